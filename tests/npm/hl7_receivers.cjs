// Receives HL7 over MLLP with a program that nobody here wrote and lets it answer in its own way.
//   node hl7_receivers.cjs MODULES NAME PORT FILE
// NAME: simple-hl7 (answers in HL7 2.3, control id by the second), node-hl7-server (one message per connection, control
// id "ACK"), @medplum/hl7 (MSA-3 "OK"). PORT 0: any; "listening PORT" when it is ready. Each message is a line of JSON in
// FILE before it is answered: {"id": MSH-10, "msh9": …, "text": the message as that program's parser writes it}.
const fs = require('fs');
const net = require('net');
const [modules, name, port, file] = process.argv.slice(2);
const load = (module) => require(modules + '/' + module);

// On loopback only, whatever the package does, on any port if so wanted, and say which.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) {
    this.once('listening', () => console.log(`listening ${this.address().port}`));
    return listen.call(this, { port: Number(port), host: '127.0.0.1' }, ...given.filter((a) => typeof a === 'function'));
};

function keep(text) {
    const msh = text.split('\r')[0].split('|');
    fs.appendFileSync(file, JSON.stringify({ id: msh[9], msh9: msh[8], text }) + '\n');
}

const receivers = {
    'simple-hl7': () => {
        const hl7 = load('simple-hl7');
        const parser = new hl7.Parser({ segmentSeperator: '\r' });
        hl7.Server.createTcpServer({ parser }, (err, req, res) => {
            if (err) {
                console.error(`simple-hl7: ${err.message}`);
                return;
            }
            keep(req.msg.toString());
            res.end();
        }).start(Number(port));
    },
    'node-hl7-server': () => {
        const { Server } = load('node-hl7-server');
        const inbound = new Server({ bindAddress: '127.0.0.1' }).createInbound({ port: 2575 }, // not 0, it says; see listen
            async (req, res) => {
                keep(req.getMessage().toString());
                await res.sendResponse('AA');
            });
        inbound.on('client.error', (e) => console.error(`node-hl7-server: ${e?.message}`));
        inbound.on('error', (e) => console.error(`node-hl7-server: ${e?.message}`));
    },
    '@medplum/hl7': () => {
        const { Hl7Server } = load('@medplum/hl7');
        new Hl7Server((connection) => {
            connection.addEventListener('message', ({ message }) => {
                keep(message.toString());
                connection.send(message.buildAck());
            });
        }).start(Number(port));
    },
};

if (!receivers[name]) {
    console.error(`no such receiver: ${name}`);
    process.exit(2);
}
receivers[name]();
process.on('SIGTERM', () => process.exit(0));
