#!/usr/bin/env node
// Stands for flowrun in client.test.mjs.
const { appendFileSync } = require('node:fs');
const note = (what) => appendFileSync('@LOG@', `${JSON.stringify(what)}\n`);

const args = process.argv.slice(2);
note({ args: args.filter((arg) => arg !== '--stdio') });
if (args[0] === '--version') {
  console.log('flowrun 9.9.9');
  process.exit(0);
}
let buffer = '';
process.stdin.on('data', (chunk) => {
  buffer += chunk;
  for (;;) {
    const header = /^Content-Length: (\d+)\r\n(?:.*\r\n)*?\r\n/.exec(buffer);
    if (!header || buffer.length < header[0].length + Number(header[1])) return;
    const body = buffer.slice(header[0].length, header[0].length + Number(header[1]));
    buffer = buffer.slice(header[0].length + body.length);
    answer(JSON.parse(body));
  }
});

function answer({ id, method, params, result: answered }) {
  note({ method, params, answered });
  if (method === 'initialized') {
    send({ id: 'ask', method: 'workspace/configuration', params: { items: [{ section: 'flowrun' }] } });
  }
  if (method === 'exit') process.exit(0);
  if (id === undefined || method === undefined) return;
  send({ id, result: method === 'initialize' ? { capabilities: {} } : null });
}

function send(message) {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  process.stdout.write(`Content-Length: ${text.length}\r\n\r\n${text}`);
}
