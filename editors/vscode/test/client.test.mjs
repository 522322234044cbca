// The built extension, in a stand-in for VS Code, with a stand-in for flowrun: that it starts `flowrun lsp`, what it tells
// it first, and what it says where there is none.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { vscodeStub } from './vscode.mjs';

const require = createRequire(import.meta.url);
const bundle = require.resolve('../dist/extension.js');

/** The extension anew, with these settings. */
function load(settings) {
  const stub = vscodeStub(settings);
  const original = Module._load;
  Module._load = (request, ...rest) => (request === 'vscode' ? stub.api : original(request, ...rest));
  try {
    delete require.cache[bundle];
    return { extension: require(bundle), stub };
  } finally {
    Module._load = original;
  }
}

/** A program that answers `--version` and the first messages of a language server, and writes down what it is told. */
function fakeFlowrun() {
  const folder = mkdtempSync(join(tmpdir(), 'flowrun-client-'));
  const log = join(folder, 'log');
  const path = join(folder, 'flowrun');
  writeFileSync(path, readFileSync(new URL('fake-flowrun.cjs', import.meta.url), 'utf8').replace('@LOG@', log));
  chmodSync(path, 0o755);
  return { path, told: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line)) : []) };
}

/** Waits for what another process does. */
async function until(holds) {
  while (!holds()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('it starts `flowrun lsp` and tells it the inventory', async () => {
  const flowrun = fakeFlowrun();
  const { extension, stub } = load({ path: flowrun.path, inventory: '${workspaceFolder}/hosts.yml' });
  await extension.activate({ subscriptions: [] });
  assert.equal(stub.status.text, 'flowrun: flowrun 9.9.9');
  await until(() => flowrun.told().some((line) => line.answered));
  await extension.deactivate();
  const told = flowrun.told();
  assert.deepEqual(told.filter((line) => line.args).map((line) => line.args), [['--version'], ['lsp']]);
  const first = told.find((line) => line.method === 'initialize');
  assert.deepEqual(first.params.initializationOptions, { inventory: '/workspace/hosts.yml' });
  assert.deepEqual(told.find((line) => line.answered)?.answered, [{ inventory: '/workspace/hosts.yml' }]);
  assert.ok(told.some((line) => line.method === 'shutdown'), 'it is ended in order');
  assert.deepEqual(stub.errors, []);
});

const built = fileURLToPath(new URL('../../../target/debug/flowrun', import.meta.url));
const serves = spawnSync(built, ['lsp', '--help']).status === 0;

test('it and flowrun itself understand each other', { skip: serves ? false : 'no flowrun that serves editors is built' }, async () => {
  const { extension, stub } = load({ path: built });
  await extension.activate({ subscriptions: [] });
  assert.match(stub.status.text, /^flowrun: flowrun \d/);
  await extension.deactivate();
  assert.deepEqual(stub.errors, []);
});

test('its commands are the ones that are declared', async () => {
  const flowrun = fakeFlowrun();
  const { extension, stub } = load({ path: flowrun.path });
  await extension.activate({ subscriptions: [] });
  await extension.deactivate();
  const declared = require('../package.json').contributes.commands.map((command) => command.command);
  assert.deepEqual([...stub.commands.keys()].filter((name) => name.startsWith('flowrun.')).sort(), declared.sort());
});

test('a check runs flowrun with the file and the inventory, without a shell', async () => {
  const flowrun = fakeFlowrun();
  const { extension, stub } = load({ path: flowrun.path, inventory: '/hosts.yml' });
  await extension.activate({ subscriptions: [] });
  stub.open('/workspace/a b.flow');
  await stub.commands.get('flowrun.check')();
  await extension.deactivate();
  assert.deepEqual(stub.tasks, [[flowrun.path, ['check', '/workspace/a b.flow', '--inventory', '/hosts.yml']]]);
});

test('where there is no flowrun, it says what to do', async () => {
  const { extension, stub } = load({ path: '/nowhere/flowrun' });
  await extension.activate({ subscriptions: [] });
  assert.equal(stub.status.text, 'flowrun: the program was not found');
  assert.equal(stub.errors.length, 1);
  assert.match(stub.errors[0], /cannot start `\/nowhere\/flowrun`.*flowrun\.path/);
  await extension.deactivate();
});

test('nothing is started in a workspace that is not trusted', async () => {
  const flowrun = fakeFlowrun();
  const { extension, stub } = load({ path: flowrun.path, trusted: false });
  await extension.activate({ subscriptions: [] });
  assert.match(stub.status.text, /not trusted/);
  assert.deepEqual(flowrun.told(), []);
});
