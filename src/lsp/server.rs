//! The server's loop: takes what comes in its order, answers questions from what is known at their time, and looks at what
//! changed when nothing else waits.

use std::path::PathBuf;

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions, DidChangeTextDocumentParams,
    DidChangeWatchedFilesParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, ExecuteCommandOptions,
    ExecuteCommandParams, FoldingRangeProviderCapability, HoverProviderCapability, OneOf, PositionEncodingKind,
    PublishDiagnosticsParams, RenameOptions, SemanticTokensFullOptions, SemanticTokensOptions, ServerCapabilities,
    SignatureHelpOptions, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    WorkDoneProgressOptions, WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::connection::Peer;
use super::documents::{Document, path_of, uri_of};
use super::requests;
use super::session::Session;
use super::text::Encoding;
use super::{actions, tokens};
use crate::check::Loader as _;

/// How the editor and the server stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    Serving,
    /// It was told to end, and only waits for the word.
    Ending,
}

pub(super) struct Server {
    peer: Peer,
    session: Session,
    phase: Phase,
    /// The buffer that changed last, which is looked at first.
    current: Option<PathBuf>,
    /// The question for settings that was asked last.
    asked: Option<RequestId>,
}

impl Server {
    pub(super) fn new(peer: Peer, session: Session) -> Self {
        Server { peer, session, phase: Phase::New, current: None, asked: None }
    }

    /// Serves until the editor is done; whether it said so before it went.
    pub(super) fn serve(mut self) -> bool {
        let mut ended_well = false;
        while let Some(message) = self.peer.next() {
            match message {
                Message::Request(request) => self.request(request),
                Message::Response(response) => self.response(response),
                Message::Notification(notification) if notification.method == "exit" => {
                    ended_well = self.phase == Phase::Ending;
                    break;
                }
                Message::Notification(notification) => self.notification(&notification),
            }
            // What waits may change the text again, and then this one need not be looked at.
            while self.session.is_dirty() && self.peer.is_idle() {
                self.look();
            }
        }
        self.peer.close();
        ended_well
    }

    /// Looks at one workflow that changed, and tells what is to be told.
    fn look(&mut self) {
        self.session.refresh_next(self.current.as_deref());
        self.tell_looked_at();
    }

    fn tell_looked_at(&mut self) {
        for path in self.session.take_looked_at() {
            self.tell(&path);
        }
    }

    fn tell(&mut self, looked_at: &std::path::Path) {
        for publication in self.session.publish(looked_at) {
            let params = PublishDiagnosticsParams {
                uri: publication.uri,
                diagnostics: publication.diagnostics,
                version: publication.version,
            };
            self.peer.notify("textDocument/publishDiagnostics", params);
        }
    }

    // ------------------------------------------------------------------ questions

    fn request(&mut self, request: Request) {
        match (self.phase, request.method.as_str()) {
            (Phase::New, "initialize") => self.initialize(request),
            (Phase::New, _) => {
                self.peer.refuse(request.id, ErrorCode::ServerNotInitialized, "the server is not initialized");
            }
            (Phase::Serving, "shutdown") => {
                self.phase = Phase::Ending;
                self.peer.send(Response::new_ok(request.id, Value::Null));
            }
            (Phase::Serving, "initialize") | (Phase::Ending, _) => {
                self.peer.refuse(request.id, ErrorCode::InvalidRequest, "this is not the time for it");
            }
            (Phase::Serving, _) => self.answer(request),
        }
    }

    fn answer(&mut self, request: Request) {
        let answer = requests::answer(&mut self.session, &request);
        self.tell_looked_at();
        if request.method == "workspace/executeCommand" && answer.is_ok() {
            self.show_page(&request);
        }
        match answer {
            Ok(value) => self.peer.send(Response::new_ok(request.id, value)),
            Err((code, reason)) => self.peer.refuse(request.id, code, &reason),
        }
    }

    /// Opens the page of a code in the editor, where that can be done.
    fn show_page(&mut self, request: &Request) {
        let Ok(params) = requests::read::<ExecuteCommandParams>(request) else { return };
        let page = requests::explained(&params).and_then(|code| self.session.library.page(code));
        let uri = page.filter(|_| self.session.options.shows_documents).and_then(|page| uri_of(&page));
        if let Some(uri) = uri {
            self.peer.ask("window/showDocument", json!({ "uri": uri, "takeFocus": true }));
        }
    }

    fn initialize(&mut self, request: Request) {
        let params = &request.params;
        let capabilities = params.get("capabilities").cloned().unwrap_or_default();
        self.session.options.of_client(&capabilities);
        self.session.options.roots = roots(params);
        self.session.options.set(params.get("initializationOptions").unwrap_or(&Value::Null));
        let encodings = capabilities.pointer("/general/positionEncodings").and_then(Value::as_array);
        if encodings.is_some_and(|encodings| encodings.iter().any(|encoding| encoding == "utf-8")) {
            self.session.encoding = Encoding::Utf8;
        }
        let result = json!({
            "capabilities": abilities(self.session.encoding),
            "serverInfo": { "name": "flowrun", "version": env!("CARGO_PKG_VERSION") },
        });
        self.phase = Phase::Serving;
        self.peer.send(Response::new_ok(request.id, result));
    }

    // ------------------------------------------------------------------ news

    fn notification(&mut self, notification: &Notification) {
        if self.phase != Phase::Serving {
            return;
        }
        match notification.method.as_str() {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => {
                if let Some(params) = read::<DidOpenTextDocumentParams>(notification) {
                    let document = params.text_document;
                    self.session.open(Document::new(document.uri, document.version, document.text));
                }
            }
            "textDocument/didChange" => {
                if let Some(params) = read::<DidChangeTextDocumentParams>(notification) {
                    self.change(params);
                }
            }
            "textDocument/didClose" => {
                if let Some(params) = read::<DidCloseTextDocumentParams>(notification) {
                    let path = path_of(&params.text_document.uri);
                    self.session.close(&path);
                    self.tell(&path);
                    self.refresh_hints();
                }
            }
            // What is on the disk is another now, if nobody else said so.
            "textDocument/didSave" if !self.session.options.watches => self.session.all_changed(),
            "workspace/didChangeWatchedFiles" => {
                if let Some(params) = read::<DidChangeWatchedFilesParams>(notification) {
                    params.changes.iter().for_each(|change| self.session.file_changed(&path_of(&change.uri)));
                    self.refresh_hints();
                }
            }
            "workspace/didChangeConfiguration" => self.settings_changed(&notification.params),
            "workspace/didChangeWorkspaceFolders" => self.folders_changed(&notification.params),
            _ => {}
        }
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let path = path_of(&params.text_document.uri);
        let encoding = self.session.encoding;
        let Some(document) = self.session.world.documents.get_mut(&path) else { return };
        document.change(params.text_document.version, params.content_changes, encoding);
        self.session.changed(&path);
        self.session.edited(&path);
        if path.extension().is_some_and(|extension| extension != "flow") {
            self.refresh_hints();
        }
        self.current = Some(path);
    }

    fn initialized(&mut self) {
        if self.session.options.watches {
            let watchers =
                json!([{ "globPattern": "**/*.flow" }, { "globPattern": "**/*.yml" }, { "globPattern": "**/*.yaml" }]);
            let registration = json!({
                "id": "flowrun-files", "method": "workspace/didChangeWatchedFiles", "registerOptions": { "watchers": watchers },
            });
            self.peer.ask("client/registerCapability", json!({ "registrations": [registration] }));
        }
        self.say_if_missing();
        self.ask_for_settings();
    }

    fn ask_for_settings(&mut self) {
        if self.session.options.has_settings {
            let items = json!({ "items": [{ "section": "flowrun" }] });
            self.asked = Some(self.peer.ask("workspace/configuration", items));
        }
    }

    fn response(&mut self, response: Response) {
        if self.asked.as_ref() != Some(&response.id) {
            return;
        }
        self.asked = None;
        let settings = response.response_result.ok();
        if let Some(settings) = settings.as_ref().and_then(|found| found.get(0)).filter(|found| found.is_object()) {
            self.set(settings);
        }
    }

    fn settings_changed(&mut self, params: &Value) {
        match params.get("settings").filter(|settings| settings.is_object()) {
            Some(settings) => self.set(settings),
            None => self.ask_for_settings(),
        }
    }

    fn set(&mut self, settings: &Value) {
        if self.session.options.set(settings) {
            self.session.all_changed();
            self.refresh_hints();
            self.say_if_missing();
        }
    }

    /// Says that the inventory that is set cannot be had: without a word, hosts would only be shown no more.
    fn say_if_missing(&self) {
        const WARNING: u8 = 2;
        let paths = self.session.options.inventories();
        if !paths.is_empty() && !paths.iter().any(|path| self.session.world.exists(path)) {
            let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            let message = format!("flowrun cannot read the inventory that is set: {}", shown.join(", "));
            self.peer.notify("window/showMessage", json!({ "type": WARNING, "message": message }));
        }
    }

    fn folders_changed(&mut self, params: &Value) {
        let folders = |key: &str| params.pointer(&format!("/event/{key}")).map(folders).unwrap_or_default();
        let gone = folders("removed");
        let roots = &mut self.session.options.roots;
        roots.retain(|root| !gone.contains(root));
        roots.extend(folders("added"));
        self.session.all_changed();
    }

    /// The hosts that are shown may be others.
    fn refresh_hints(&mut self) {
        if self.session.options.refreshes_hints {
            self.peer.ask("workspace/inlayHint/refresh", Value::Null);
        }
    }
}

fn read<P: DeserializeOwned>(notification: &Notification) -> Option<P> {
    P::deserialize(&notification.params).ok()
}

/// The folders that the editor works in.
fn roots(params: &Value) -> Vec<PathBuf> {
    let folders = params.get("workspaceFolders").map(folders).unwrap_or_default();
    if !folders.is_empty() {
        return folders;
    }
    let root = params.get("rootUri").and_then(Value::as_str).and_then(|uri| uri.parse().ok()).map(|uri| path_of(&uri));
    let root = root.or_else(|| params.get("rootPath").and_then(Value::as_str).map(PathBuf::from));
    root.into_iter().collect()
}

fn folders(list: &Value) -> Vec<PathBuf> {
    let uris = list.as_array().into_iter().flatten().filter_map(|folder| folder.get("uri")?.as_str()?.parse().ok());
    uris.map(|uri| path_of(&uri)).collect()
}

/// What the server can do.
fn abilities(encoding: Encoding) -> ServerCapabilities {
    let progress = WorkDoneProgressOptions::default;
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(lsp_types::TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: words(&[".", "(", "/", "\"", " "]),
            ..CompletionOptions::default()
        }),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: words(&["(", ","]),
            retrigger_characters: words(&[":"]),
            work_done_progress_options: progress(),
        }),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: progress(),
        })),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        semantic_tokens_provider: Some(
            SemanticTokensOptions {
                legend: tokens::legend(),
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                work_done_progress_options: progress(),
            }
            .into(),
        ),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::REFACTOR_REWRITE]),
            ..CodeActionOptions::default()
        })),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![actions::EXPLAIN.to_owned()],
            work_done_progress_options: progress(),
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}
