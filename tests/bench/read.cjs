// Reads every OBX of the files of a list with node-hl7-client, over and over for some seconds; prints rows as
// tests/bench/main.c does.  node read.cjs MODULES LIST SECONDS
const fs = require('fs');
const [modules, list, seconds] = process.argv.slice(2);
const { Message } = require(modules + '/node-hl7-client');

// Line ends made CR beforehand: this reader knows no other.
const texts = fs.readFileSync(list, 'utf8').split('\n').filter(Boolean)
    .map((path) => fs.readFileSync(path, 'latin1').replace(/\r?\n/g, '\r').trim() + '\r');
let seen = 0, failed = 0, messages = 0, bytes = 0;

function readOne(text) {
    const message = new Message({ text });
    const obx = message.get('OBX');
    obx.forEach((segment) => {
        for (const path of ['3.1', '5.1', '6.1', '11.1']) seen += segment.get(path).toString().length;
    });
}

const begin = process.hrtime.bigint();
const elapsed = () => Number(process.hrtime.bigint() - begin) / 1e9;
do {
    for (const text of texts) {
        try { readOne(text); } catch { failed++; }
        messages++;
        bytes += text.length;
    }
} while (elapsed() < Number(seconds));
console.log(`node.bytes\t${bytes / 1e6 / elapsed()}\tMB/s`);
console.log(`node.messages\t${messages / elapsed()}\tmessages/s`);
console.error(`node-hl7-client: ${failed} of ${messages} readings failed, ${seen} characters read`);
