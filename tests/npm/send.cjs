// Sends messages with an HL7 client that nobody here wrote, one after the other, and prints MSA-1 and MSA-2 of
// each answer as that client's own parser reads them.  node send.cjs MODULES CLIENT PORT MESSAGES.json
const fs = require('fs');
const [modules, client, port, file] = process.argv.slice(2);
const messages = JSON.parse(fs.readFileSync(file, 'utf8'));
const load = (name) => require(modules + '/' + name);
const told = (code, id) => console.log(`${code} ${id}`);

const senders = {
    'node-hl7-client': async () => {
        const { Client, Message } = load('node-hl7-client');
        let answered;
        const connection = new Client({ host: '127.0.0.1' }).createConnection(
            { port: Number(port), waitAck: true }, async (answer) => {
                const msa = answer.getMessage().get('MSA');
                told(msa.get('1').toString(), msa.get('2').toString());
                answered();
            });
        for (const text of messages) {
            const answer = new Promise((resolve) => { answered = resolve; });
            await connection.sendMessage(new Message({ text }));
            await answer;
        }
        await connection.close();
    },
    '@medplum/hl7': async () => {
        const { Hl7Client } = load('@medplum/hl7');
        const { Hl7Message } = load('@medplum/core');
        const connection = new Hl7Client({ host: '127.0.0.1', port: Number(port), keepAlive: true });
        for (const text of messages) {
            const msa = (await connection.sendAndWait(Hl7Message.parse(text))).getSegment('MSA');
            told(msa.getField(1).toString(), msa.getField(2).toString());
        }
        connection.close();
    },
    'simple-hl7': async () => {
        const hl7 = load('simple-hl7');
        const parser = new hl7.Parser({ segmentSeperator: '\r' });
        const connection = hl7.Server.createTcpClient({ host: '127.0.0.1', port: Number(port), keepalive: true });
        for (const text of messages) {
            const answer = await new Promise((resolve, reject) => {
                connection.send(parser.parse(text), (error, ack) => (error ? reject(error) : resolve(ack)));
            });
            const msa = answer.getSegment('MSA');
            told(msa.getField(1), msa.getField(2));
        }
        connection.close();
    },
};

senders[client]().then(() => process.exit(0), (error) => {
    console.error(error);
    process.exit(1);
});
