// The TextMate grammar, by VS Code's own engine: over every file that is shipped, and a file whose scopes are recorded.
// UPDATE=1 records them anew.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { Registry, INITIAL, parseRawGrammar } = require('vscode-textmate');
const oniguruma = require('vscode-oniguruma');

const here = fileURLToPath(new URL('.', import.meta.url));
const project = join(here, '../../..');

const grammars = {
  'source.flow': join(here, '../syntaxes/flow.tmLanguage.json'),
  'source.shell': require.resolve('tm-grammars/grammars/shellscript.json'),
};
await oniguruma.loadWASM(readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')));
const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => (grammars[scope] ? parseRawGrammar(readFileSync(grammars[scope], 'utf8'), 'x.json') : null),
});
const flow = await registry.loadGrammar('source.flow');

function filesBelow(folder) {
  return readdirSync(join(project, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : path.endsWith('.flow') ? [path] : [];
  });
}

/** The tokens of each line, and the state behind the last. */
function tokens(text) {
  let state = INITIAL;
  const lines = text.split('\n').map((line) => {
    const { tokens, ruleStack } = flow.tokenizeLine(line, state);
    state = ruleStack;
    return { line, tokens };
  });
  return { lines, state };
}

const shipped = ['stdlib', 'workflows', 'src/cli/new', 'tests/cases/ok', 'tests/cases/accepted'].flatMap(filesBelow);
const cases = shipped.map((path) => ({ path, text: readFileSync(join(project, path), 'utf8') }));

function scopesAt({ tokens }, column) {
  return tokens.find((token) => token.startIndex <= column && column < token.endIndex)?.scopes ?? [];
}

test('at the end of every file nothing is open', () => {
  assert.ok(cases.length > 40);
  for (const { path, text } of cases) {
    assert.equal(tokens(text).state.depth, 1, path);
  }
});

test('every declaration begins with a word of the language', () => {
  const declaration = /^(use|input|type|class|effect|forbid|program|hosts?|condition|extern|task|stage|test) /;
  for (const { path, text } of cases) {
    for (const line of tokens(text).lines) {
      if (declaration.test(line.line)) {
        assert.match(scopesAt(line, 0).at(-1), /^(storage|keyword)\./, `${path}: ${line.line}`);
      }
    }
  }
});

test('every splice is one, in a string and in the shell of a command', () => {
  let seen = 0;
  for (const { path, text } of cases.filter(({ path }) => !path.startsWith('tests'))) {
    for (const line of tokens(text).lines) {
      for (const { index } of line.line.matchAll(/(?<!\\)\{\{ /g)) {
        if (!line.line.trimStart().startsWith('#')) {
          assert.match(scopesAt(line, index).at(-1), /interpolation\.begin/, `${path}: ${line.line}`);
          seen += 1;
        }
      }
    }
  }
  assert.ok(seen > 100, `${seen} splices`);
});

test('the scopes of a file are as recorded', () => {
  const { lines } = tokens(readFileSync(join(here, 'example.flow'), 'utf8'));
  const told = lines.flatMap(({ line, tokens }) => [
    `> ${line}`,
    ...tokens
      .filter((token) => line.slice(token.startIndex, token.endIndex).trim() !== '' && token.scopes.length > 1)
      .map((token) => `  ${line.slice(token.startIndex, token.endIndex)}  ${token.scopes.slice(1).join(' ')}`),
  ]);
  const recorded = join(here, 'example.scopes');
  const found = `${told.join('\n')}\n`;
  if (process.env.UPDATE) {
    writeFileSync(recorded, found);
  }
  assert.equal(found, readFileSync(recorded, 'utf8'));
});
