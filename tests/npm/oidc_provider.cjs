// An OpenID provider (npm oidc-provider) with its own login form and accounts that need no password.
// node oidc_provider.cjs MODULES ACCOUNTS.json SITE_URL PORT; prints "listening PORT".
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');

const [, , modules, accountsFile, site, port] = process.argv;
const accounts = JSON.parse(fs.readFileSync(accountsFile, 'utf8'));
for (const name of ['log', 'info', 'warn']) console[name] = () => {}; // it warns of its development settings

async function grantAll(ctx) { // nobody is asked for consent
    const { Grant } = ctx.oidc.provider;
    const grant = new Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile');
    grant.addOIDCClaims(['preferred_username', 'groups']);
    await grant.save();
    return grant;
}

async function main() {
    const { Provider } = await import(path.join(modules, 'oidc-provider', 'lib', 'index.js'));
    const server = http.createServer();
    await new Promise((done) => server.listen(Number(port), '127.0.0.1', done));
    const here = server.address().port;
    const provider = new Provider(`http://127.0.0.1:${here}`, {
        clients: [{
            client_id: 'refractd-proxy', client_secret: 'between-the-two', redirect_uris: [`${site}/oauth2callback`],
            post_logout_redirect_uris: [`${site}/loggedout`],
        }],
        claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
        cookies: { keys: ['one', 'two'] },
        findAccount: (ctx, id) => (accounts[id] ? { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) } : undefined),
        loadExistingGrant: grantAll,
        pkce: { required: () => false },
    });
    server.on('request', provider.callback());
    process.stdout.write(`listening ${here}\n`);
}
main().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
