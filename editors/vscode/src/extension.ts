// The extension: starts `flowrun lsp`, and three commands. All that is known of the language, flowrun knows.

import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { type ConfigurationMiddleware, LanguageClient, type LanguageClientOptions, type ServerOptions } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;
/** Starts and stops come one after the other. */
let turn: Promise<void> = Promise.resolve();
let status: vscode.LanguageStatusItem;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  status = vscode.languages.createLanguageStatusItem('flowrun', { language: 'flow' });
  status.name = 'flowrun';
  context.subscriptions.push(
    status,
    vscode.commands.registerCommand('flowrun.restart', restart),
    vscode.commands.registerCommand('flowrun.check', check),
    vscode.commands.registerCommand('flowrun.explain', explain),
    vscode.workspace.onDidChangeConfiguration((change) => (change.affectsConfiguration('flowrun') ? restart() : undefined)),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
  );
  await inTurn(start);
}

export async function deactivate(): Promise<void> {
  await inTurn(stop);
}

function inTurn(step: () => Promise<void>): Promise<void> {
  turn = turn.then(step, step);
  return turn;
}

function program(): string {
  return setting('path') || 'flowrun';
}

function inventory(): string {
  return setting('inventory');
}

/** A setting; `${workspaceFolder}` and a leading `~` mean what they mean elsewhere. */
function setting(name: string): string {
  const value = vscode.workspace.getConfiguration('flowrun').get<string>(name, '').trim();
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  return value.replaceAll('${workspaceFolder}', folder).replace(/^~(?=\/)/, process.env.HOME ?? '~');
}

/** What the server is told, at its start and when it asks. */
function settings(): { inventory?: string } {
  return inventory() ? { inventory: inventory() } : {};
}

const configuration: ConfigurationMiddleware['configuration'] = async (params, token, next) => {
  const found = await next(params, token);
  return Array.isArray(found) ? found.map((value, at) => (params.items[at]?.section === 'flowrun' ? settings() : value)) : found;
};

async function start(): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    say('not started: the workspace is not trusted', vscode.LanguageStatusSeverity.Warning);
    return;
  }
  const found = await version(program());
  if (found === undefined) {
    // Not waited for: people may leave a message where it is.
    void missing();
    return;
  }
  const run = { command: program(), args: ['lsp'] };
  const server: ServerOptions = { run, debug: run };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: 'flow' }],
    initializationOptions: settings(),
    middleware: { workspace: { configuration } },
    // An inventory that changes changes what is proved.
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/*.{flow,yml,yaml}') },
  };
  client = new LanguageClient('flowrun', 'flowrun', server, options);
  try {
    await client.start();
    say(found, vscode.LanguageStatusSeverity.Information);
  } catch (error) {
    client = undefined;
    say('the language server did not start', vscode.LanguageStatusSeverity.Error);
    void vscode.window.showErrorMessage(`flowrun: \`${program()} lsp\` did not start: ${error}`);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function restart(): Promise<void> {
  await inTurn(stop);
  await inTurn(start);
}

function say(text: string, severity: vscode.LanguageStatusSeverity): void {
  status.text = `flowrun: ${text}`;
  status.severity = severity;
  status.command = { command: 'flowrun.restart', title: 'Restart' };
}

/** What the program says of its version, or nothing when it cannot be started. */
function version(command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, ['--version'], { timeout: 10_000 }, (error, out) => resolve(error ? undefined : out.trim()));
  });
}

async function missing(): Promise<void> {
  say('the program was not found', vscode.LanguageStatusSeverity.Error);
  const open = 'Open settings';
  const chosen = await vscode.window.showErrorMessage(
    `flowrun: cannot start \`${program()}\`. Install flowrun so that it is in PATH, or set flowrun.path to where it is.`,
    open,
  );
  if (chosen === open) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'flowrun.path');
  }
}

/** A task with the workflow's own problems would tell them twice; a terminal shows them as flowrun does. */
async function check(): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== 'flow') {
    void vscode.window.showInformationMessage('flowrun: open a workflow to check it.');
    return;
  }
  await document.save();
  const given = inventory() ? ['--inventory', inventory()] : [];
  await execute('check', ['check', document.uri.fsPath, ...given]);
}

async function explain(): Promise<void> {
  const code = await vscode.window.showInputBox({ prompt: 'Which code?', placeHolder: 'E0302', value: codeAtCursor() });
  if (code) {
    await execute(`explain ${code}`, ['explain', code.trim()]);
  }
}

/** The code of the problem that the cursor stands in. */
function codeAtCursor(): string {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return '';
  }
  const problems = vscode.languages.getDiagnostics(editor.document.uri);
  const code = problems.find((problem) => problem.range.contains(editor.selection.active))?.code;
  return String(typeof code === 'object' ? code.value : (code ?? ''));
}

/** Runs flowrun where its output is seen; arguments are passed as they are, without a shell. */
async function execute(name: string, args: string[]): Promise<void> {
  const run = new vscode.ProcessExecution(program(), args);
  const task = new vscode.Task({ type: 'flowrun' }, vscode.TaskScope.Workspace, name, 'flowrun', run);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  await vscode.tasks.executeTask(task);
}
