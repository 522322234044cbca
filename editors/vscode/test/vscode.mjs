// As much of VS Code as the extension and its client library ask for. What is not written here is a class or a function
// that does nothing.

const nothing = () => ({ dispose() {} });

/** An object in which every name means something. */
function anything(known = {}) {
  return new Proxy(known, {
    get(target, name) {
      if (!(name in target) && typeof name === 'string' && name !== 'then') {
        target[name] = /^on[A-Z]|^register|^create/.test(name) ? () => anything({ dispose() {} }) : class {};
      }
      return target[name];
    },
  });
}

const kind = { append: () => kind, value: '' };
const uri = (path) => ({ scheme: 'file', fsPath: path, path, toString: () => `file://${path}` });

export function vscodeStub({ trusted = true, ...settings }) {
  const stub = { errors: [], commands: new Map(), tasks: [], status: {} };
  const window = anything({
    activeTextEditor: undefined,
    visibleTextEditors: [],
    tabGroups: anything({ all: [] }),
    showErrorMessage: async (text) => void stub.errors.push(text),
    createOutputChannel: () => anything({ append() {}, appendLine() {}, show() {}, dispose() {} }),
  });
  stub.open = (path) => {
    window.activeTextEditor = { document: { languageId: 'flow', uri: uri(path), save: async () => true } };
  };
  const workspaceFolder = { uri: uri('/workspace'), name: 'workspace', index: 0 };
  stub.api = anything({
    version: '1.82.0',
    env: { appName: 'stub', language: 'en' },
    window,
    workspace: anything({
      isTrusted: trusted,
      workspaceFolders: [workspaceFolder],
      textDocuments: [],
      notebookDocuments: [],
      getConfiguration: (section) => ({ get: (name, other) => (section === 'flowrun' ? (settings[name] ?? other) : other) }),
      getWorkspaceFolder: () => workspaceFolder,
    }),
    commands: anything({
      registerCommand: (name, run) => (stub.commands.set(name, run), nothing()),
      executeCommand: async () => undefined,
    }),
    languages: anything({
      createLanguageStatusItem: () => stub.status,
      createDiagnosticCollection: () => anything({ clear() {}, dispose() {} }),
      match: () => 0,
    }),
    tasks: anything({ executeTask: async (task) => void stub.tasks.push(task.execution) }),
    Task: class {
      constructor(definition, scope, name, source, execution) {
        this.execution = execution;
      }
    },
    ProcessExecution: class {
      constructor(program, args) {
        return [program, args];
      }
    },
    CancellationTokenSource: class {
      token = { isCancellationRequested: false, onCancellationRequested: nothing };
      cancel() {}
      dispose() {}
    },
    EventEmitter: class {
      event = nothing;
      fire() {}
      dispose() {}
    },
    Uri: { parse: (text) => uri(text.replace('file://', '')), file: uri },
    Disposable: class {
      static from = nothing;
      dispose() {}
    },
    CodeActionKind: anything({ Empty: kind, QuickFix: kind }),
    LanguageStatusSeverity: { Information: 0, Warning: 1, Error: 2 },
    TaskScope: { Workspace: 2 },
    TaskRevealKind: { Always: 1 },
  });
  return stub;
}
