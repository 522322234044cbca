//! What can be done about a diagnostic, or at a place, without asking anybody.

use std::collections::HashMap;

use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, Command, Range, TextEdit, Uri, WorkspaceEdit};
use serde_json::json;

use super::diagnostics;
use super::session::Session;
use super::unit::Unit;
use crate::diagnostic::{Diagnostic, Fix};
use crate::source::{FileId, Span};
use crate::syntax::ast::ItemKind;

/// The command that shows what a code means.
pub(super) const EXPLAIN: &str = "flowrun.explain";

pub(super) fn actions(session: &Session, unit: &Unit, file: FileId, range: Range) -> Vec<CodeActionOrCommand> {
    let Some(lines) = unit.lines(file) else { return Vec::new() };
    let text = unit.text(file);
    let asked = lines.offset(text, range.start, session.encoding)..=lines.offset(text, range.end, session.encoding);
    let touches =
        |span: Span| span.file == file && (span.start as usize) <= *asked.end() && *asked.start() <= span.end as usize;
    let mut found = Vec::new();
    // A fault is often mended elsewhere than where it is seen, so that any of its places will do.
    let faults = unit.diagnostics().iter().filter(|fault| fault.labels.iter().any(|label| touches(label.span)));
    for fault in faults {
        found.extend(fault.fix.as_ref().and_then(|fix| mend(session, unit, fault, fix)));
        found.push(explain(session, unit, fault));
    }
    found.dedup();
    found.extend(closings(session, unit, file, &touches));
    found
}

fn mend(session: &Session, unit: &Unit, fault: &Diagnostic, fix: &Fix) -> Option<CodeActionOrCommand> {
    let places: Option<Vec<(Uri, TextEdit)>> = fix
        .edits
        .iter()
        .map(|(span, text)| {
            // What is shipped is not changed.
            let uri = session.world.documents.uri(unit.path(span.file)?)?;
            Some((uri, TextEdit { range: session.range(unit, *span), new_text: text.clone() }))
        })
        .collect();
    Some(CodeActionOrCommand::CodeAction(CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostics::shown(session, unit, fault)]),
        edit: Some(edit(places?)),
        is_preferred: Some(true),
        ..CodeAction::default()
    }))
}

#[expect(
    clippy::mutable_key_type,
    reason = "the protocol's own type; the part that changes is no part of its identity"
)]
fn edit(places: Vec<(Uri, TextEdit)>) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for (uri, edit) in places {
        changes.entry(uri).or_default().push(edit);
    }
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}

fn explain(session: &Session, unit: &Unit, fault: &Diagnostic) -> CodeActionOrCommand {
    let code = fault.code.as_str();
    let title = format!("explain {code}: {}", fault.code.title());
    let command = Command { title: title.clone(), command: EXPLAIN.to_owned(), arguments: Some(vec![json!(code)]) };
    CodeActionOrCommand::CodeAction(CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostics::shown(session, unit, fault)]),
        command: Some(command),
        ..CodeAction::default()
    })
}

/// `only` for the stages that nothing leaves: from then on nothing may.
fn closings(session: &Session, unit: &Unit, file: FileId, touches: &dyn Fn(Span) -> bool) -> Vec<CodeActionOrCommand> {
    let stages = unit.items(file).filter_map(|item| match &item.kind {
        ItemKind::Stage(stage) => Some(Span { end: stage.body.span.start, ..item.span }).zip(Some(stage)),
        _ => None,
    });
    let closings = stages.filter(|(head, _)| touches(*head)).filter_map(|(_, stage)| {
        let declaration = unit.known.declaration(stage.name.span)?;
        if !unit.known.could_be_closed(declaration) {
            return None;
        }
        let behind = stage.guard.as_ref().map_or(stage.on.span, |guard| guard.span);
        let place = Span { start: behind.end, ..behind };
        let uri = session.world.documents.uri(unit.path(file)?)?;
        let written = TextEdit { range: session.range(unit, place), new_text: " only".to_owned() };
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title: format!("close `{}`: nothing in it may leave `{}`", stage.name.text, unit.slice(behind)),
            kind: Some(CodeActionKind::REFACTOR_REWRITE),
            edit: Some(edit(vec![(uri, written)])),
            ..CodeAction::default()
        }))
    });
    closings.collect()
}
