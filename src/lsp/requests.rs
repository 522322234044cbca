//! The editor's questions, each to who answers it.

use lsp_server::{ErrorCode, Request};
use lsp_types::{
    CodeActionParams, CompletionParams, DocumentFormattingParams, DocumentHighlightParams, DocumentSymbolParams,
    ExecuteCommandParams, FoldingRangeParams, GotoDefinitionParams, HoverParams, InlayHintParams, ReferenceParams,
    RenameParams, SemanticTokens, SemanticTokensParams, SemanticTokensRangeParams, SignatureHelpParams,
    TextDocumentPositionParams, Uri, WorkspaceSymbolParams,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::documents::path_of;
use super::session::{Session, Spot};
use super::{actions, complete, folding, format, hints, hover, navigate, rename, signature, symbols, tokens};
use crate::diagnostic::Code;

/// Why there is no answer.
pub(super) type Refusal = (ErrorCode, String);
type Answer = Result<Value, Refusal>;

/// Answers a question from what is known now.
pub(super) fn answer(session: &mut Session, request: &Request) -> Answer {
    match request.method.as_str() {
        "textDocument/hover" => {
            at(session, request, |p: &HoverParams| &p.text_document_position_params, |s, spot, _| hover::hover(s, spot))
        }
        "textDocument/definition" | "textDocument/declaration" => at(
            session,
            request,
            |p: &GotoDefinitionParams| &p.text_document_position_params,
            |s, spot, _| Some(navigate::definition(s, spot)),
        ),
        "textDocument/references" => {
            session.refresh_all();
            at(
                session,
                request,
                |p: &ReferenceParams| &p.text_document_position,
                |s, spot, p| Some(navigate::references(s, spot, p.context.include_declaration)),
            )
        }
        "textDocument/documentHighlight" => at(
            session,
            request,
            |p: &DocumentHighlightParams| &p.text_document_position_params,
            |s, spot, _| Some(navigate::highlights(s, spot)),
        ),
        "textDocument/completion" => at(
            session,
            request,
            |p: &CompletionParams| &p.text_document_position,
            |s, spot, _| Some(complete::complete(s, spot)),
        ),
        "textDocument/signatureHelp" => at(
            session,
            request,
            |p: &SignatureHelpParams| &p.text_document_position_params,
            |_, spot, _| signature::help(spot),
        ),
        "textDocument/prepareRename" => {
            renaming(session, request, |p: &TextDocumentPositionParams| p, |s, spot, _| rename::prepare(s, spot))
        }
        "textDocument/rename" => {
            session.refresh_all();
            renaming(
                session,
                request,
                |p: &RenameParams| &p.text_document_position,
                |s, spot, p| rename::rename(s, spot, &p.new_name),
            )
        }
        "workspace/symbol" => {
            let params: WorkspaceSymbolParams = read(request)?;
            session.refresh_all();
            give(symbols::find(session, &params.query))
        }
        "workspace/executeCommand" => command(&read(request)?),
        _ => of_file(session, request),
    }
}

fn of_file(session: &mut Session, request: &Request) -> Answer {
    match request.method.as_str() {
        "textDocument/documentSymbol" => {
            let params: DocumentSymbolParams = read(request)?;
            let uri = &params.text_document.uri;
            fresh(session, uri);
            give(session.file(uri).map(|(unit, file)| symbols::outline(session, unit, file, uri)))
        }
        "textDocument/semanticTokens/full" => {
            let params: SemanticTokensParams = read(request)?;
            semantic(session, &params.text_document.uri, None)
        }
        "textDocument/semanticTokens/range" => {
            let params: SemanticTokensRangeParams = read(request)?;
            semantic(session, &params.text_document.uri, Some(params.range))
        }
        "textDocument/foldingRange" => {
            let params: FoldingRangeParams = read(request)?;
            let document = session.world.documents.get(&path_of(&params.text_document.uri));
            give(document.map(|document| folding::ranges(&document.text, &document.lines)))
        }
        "textDocument/formatting" => {
            let params: DocumentFormattingParams = read(request)?;
            let document = session.world.documents.get(&path_of(&params.text_document.uri));
            give(document.and_then(|document| format::edits(session, &document.text, &document.lines)))
        }
        "textDocument/codeAction" => {
            let params: CodeActionParams = read(request)?;
            fresh(session, &params.text_document.uri);
            let file = session.file(&params.text_document.uri);
            give(file.map(|(unit, file)| actions::actions(session, unit, file, params.range)))
        }
        "textDocument/inlayHint" => {
            let params: InlayHintParams = read(request)?;
            fresh(session, &params.text_document.uri);
            let file = session.file(&params.text_document.uri);
            give(file.map(|(unit, file)| hints::hints(session, unit, file, params.range)))
        }
        other => Err((ErrorCode::MethodNotFound, format!("there is no `{other}` here"))),
    }
}

fn semantic(session: &mut Session, uri: &Uri, range: Option<lsp_types::Range>) -> Answer {
    fresh(session, uri);
    let found = session.file(uri).and_then(|(unit, file)| {
        let (lines, text) = (unit.lines(file)?, unit.text(file));
        let offset = |position| lines.offset(text, position, session.encoding);
        let shown = range.map_or(0..text.len(), |range| offset(range.start)..offset(range.end));
        let data = tokens::tokens(session, unit, file, shown);
        Some(SemanticTokens { result_id: None, data })
    });
    give(found)
}

/// The page of a code.
fn command(params: &ExecuteCommandParams) -> Answer {
    if params.command != actions::EXPLAIN {
        return Err((ErrorCode::InvalidParams, format!("there is no command `{}`", params.command)));
    }
    let code = explained(params).ok_or_else(|| (ErrorCode::InvalidParams, "no such code".to_owned()))?;
    give(code.page())
}

/// The code that a command asks to be explained.
pub(super) fn explained(params: &ExecuteCommandParams) -> Option<Code> {
    let wanted = params.arguments.first()?.as_str()?;
    Code::ALL.iter().copied().find(|code| code.as_str() == wanted)
}

fn fresh(session: &mut Session, uri: &Uri) {
    session.refresh_for(&path_of(uri));
}

fn give(answer: impl Serialize) -> Answer {
    serde_json::to_value(answer).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}

pub(super) fn read<P: DeserializeOwned>(request: &Request) -> Result<P, Refusal> {
    P::deserialize(&request.params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

/// A question about a place; the answer is nothing where the place is in no file that is known.
fn at<P: DeserializeOwned, A: Serialize>(
    session: &mut Session,
    request: &Request,
    place: impl Fn(&P) -> &TextDocumentPositionParams,
    answer: impl Fn(&Session, Spot<'_>, &P) -> Option<A>,
) -> Answer {
    let params: P = read(request)?;
    let place = place(&params);
    fresh(session, &place.text_document.uri);
    let session = &*session;
    give(session.spot(&place.text_document.uri, place.position).and_then(|spot| answer(session, spot, &params)))
}

/// The same, of what can be refused with a reason that people are to read.
fn renaming<P: DeserializeOwned, A: Serialize>(
    session: &mut Session,
    request: &Request,
    place: impl Fn(&P) -> &TextDocumentPositionParams,
    answer: impl Fn(&Session, Spot<'_>, &P) -> Result<A, String>,
) -> Answer {
    let params: P = read(request)?;
    let place = place(&params);
    fresh(session, &place.text_document.uri);
    let session = &*session;
    let spot = session.spot(&place.text_document.uri, place.position);
    let spot = spot.ok_or_else(|| (ErrorCode::InvalidParams, "this file is not known".to_owned()))?;
    let found = answer(session, spot, &params).map_err(|reason| (ErrorCode::RequestFailed, reason))?;
    give(found)
}
