// What VS Code's own protocol library makes of the server: vscode-languageserver-protocol, by which its language client talks.
//
//   npm install --no-save vscode-languageserver-protocol
//   FLOWRUN=target/debug/flowrun node tests/editors/vscode.mjs
//
// Fails where an answer is not what the library takes, or not what is expected.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.cwd(), 'package.json'));
const lsp = require('vscode-languageserver-protocol/node');

const folder = mkdtempSync(join(tmpdir(), 'flowrun-vscode-'));
const text = `host builder = x86_64

stage s on builder {
    let x = 1
    sh "make"
    print "{{ x }} {{ here.name }}"
}
`;
writeFileSync(join(folder, 'inventory.yml'), 'hosts:\n  a: { arch: x86_64 }\n  b: { arch: aarch64 }\n');
const server = spawn(process.env.FLOWRUN, ['lsp', '--stdio'], {
  stdio: ['pipe', 'pipe', 'inherit'],
  env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
});
const left = new Promise((resolve) => server.once('exit', resolve));
const peer = lsp.createProtocolConnection(
  new lsp.StreamMessageReader(server.stdout),
  new lsp.StreamMessageWriter(server.stdin),
);
const told = [];
const waiting = [];
peer.onNotification(lsp.PublishDiagnosticsNotification.type, (params) => {
  const next = waiting.shift();
  if (next) next(params);
  else told.push(params);
});
const diagnostics = () => (told.length ? Promise.resolve(told.shift()) : new Promise((resolve) => waiting.push(resolve)));
peer.onRequest(lsp.RegistrationRequest.type, () => {});
peer.onRequest(lsp.ConfigurationRequest.type, () => [null]);
peer.listen();

const { capabilities } = await peer.sendRequest(lsp.InitializeRequest.type, {
  processId: process.pid,
  rootUri: null,
  workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'w' }],
  capabilities: {
    workspace: { configuration: true, didChangeWatchedFiles: { dynamicRegistration: true } },
    textDocument: { documentSymbol: { hierarchicalDocumentSymbolSupport: true } },
  },
});
assert.equal(capabilities.positionEncoding, 'utf-16');
await peer.sendNotification(lsp.InitializedNotification.type, {});

const uri = pathToFileURL(join(folder, 'main.flow')).href;
const textDocument = { uri };
await peer.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
  textDocument: { uri, languageId: 'flow', version: 1, text: text.replace('let x = 1', 'let x == 1') },
});
assert.deepEqual((await diagnostics()).diagnostics.map((found) => found.code), ['E0101']);
await peer.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
  textDocument: { uri, version: 2 },
  contentChanges: [{ range: { start: { line: 3, character: 10 }, end: { line: 3, character: 12 } }, text: '=' }],
});
const mended = await diagnostics();
assert.equal(mended.version, 2);
assert.deepEqual(mended.diagnostics, []);

const at = (line, character) => ({ textDocument, position: { line, character } });
const whole = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
const hover = await peer.sendRequest(lsp.HoverRequest.type, at(0, 6));
assert.ok(lsp.Hover.is(hover) && hover.contents.value.includes('a (1 of 2)'));
const [definition] = await peer.sendRequest(lsp.DefinitionRequest.type, at(5, 14));
assert.ok(lsp.Location.is(definition) && definition.range.start.line === 3);
const completion = await peer.sendRequest(lsp.CompletionRequest.type, at(5, 29));
assert.ok(completion.some((item) => item.label === 'cores'));
const hints = await peer.sendRequest(lsp.InlayHintRequest.type, { textDocument, range: whole });
assert.ok(hints.every(lsp.InlayHint.is) && hints.length === 2);
const edit = await peer.sendRequest(lsp.RenameRequest.type, { ...at(3, 8), newName: 'y' });
assert.ok(lsp.WorkspaceEdit.is(edit) && edit.changes[uri].length === 2);
await assert.rejects(peer.sendRequest(lsp.RenameRequest.type, { ...at(3, 8), newName: '1' }), /no name/);
const symbols = await peer.sendRequest(lsp.DocumentSymbolRequest.type, { textDocument });
assert.ok(symbols.every(lsp.DocumentSymbol.is) && symbols.length === 2);
const tokens = await peer.sendRequest(lsp.SemanticTokensRequest.type, { textDocument });
assert.ok(lsp.SemanticTokens.is(tokens) && tokens.data.length > 50);
const folds = await peer.sendRequest(lsp.FoldingRangeRequest.type, { textDocument });
assert.ok(folds.every(lsp.FoldingRange.is) && folds.length === 1);
const actions = await peer.sendRequest(lsp.CodeActionRequest.type, { ...at(2, 8), range: whole, context: { diagnostics: [] } });
assert.ok(actions.every(lsp.CodeAction.is) && actions.some((action) => action.title.startsWith('close `s`')));
const references = await peer.sendRequest(lsp.ReferencesRequest.type, { ...at(3, 8), context: { includeDeclaration: true } });
assert.ok(references.every(lsp.Location.is) && references.length === 2);

await peer.sendRequest(lsp.ShutdownRequest.type);
await peer.sendNotification(lsp.ExitNotification.type);
assert.equal(await left, 0);
rmSync(folder, { recursive: true });
console.log('all as expected');
