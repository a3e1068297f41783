// Validates FHIR R4 JSON of standard input with the npm package `fhir`: a Bundle and each resource in it, or one
// resource.  node fhir_validate.cjs MODULES; prints "TYPE LOCATION: MESSAGE" for each error, exit code 1 if there is one.
// Left out are codes of value sets that the package does not have; --warnings shows what else it says.
const fs = require('fs');
const [modules, ...options] = process.argv.slice(2);
const { Fhir } = require(modules + '/fhir');
const input = JSON.parse(fs.readFileSync(0, 'utf8'));
const warnings = options.includes('--warnings');
const fhir = new Fhir();
let errors = 0;

// fhir 4.12.0 takes an object without a type for a problem of ours.
function check(resource, where) {
    if (typeof resource?.resourceType !== 'string') {
        console.log(`? ${where}: not a resource`);
        errors += 1;
        return;
    }
    for (const m of fhir.validate(resource, { errorOnUnexpected: true }).messages) {
        const wrong = m.severity === 'error' || m.severity === 'fatal';
        errors += wrong;
        if (wrong || warnings) {
            console.log(`${resource.resourceType} ${m.location ?? where}: ${wrong ? '' : m.severity + ': '}${m.message}`);
        }
    }
}

check(input, '-');
if (input.resourceType === 'Bundle') {
    (input.entry ?? []).forEach((entry, i) => {
        if (entry.resource !== undefined || entry.request?.method !== 'DELETE') {
            check(entry.resource, `entry[${i}]`);
        }
    });
}
process.exit(errors > 0 ? 1 : 0);
