//! Diagnostics as editors show them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lsp_types::{
    CodeDescription, Diagnostic as Shown, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
};

use super::session::Session;
use super::unit::Unit;
use crate::diagnostic::{Diagnostic, Severity};

/// What a unit says of each of its files. One about no file of its own stands at the beginning of the workflow.
pub(super) fn by_file(session: &Session, unit: &Unit) -> BTreeMap<PathBuf, Vec<Shown>> {
    let mut found: BTreeMap<PathBuf, Vec<Shown>> = unit.paths().map(|path| (path.to_path_buf(), Vec::new())).collect();
    for diagnostic in unit.diagnostics() {
        let span = diagnostic.primary_span();
        let path = span.and_then(|span| unit.path(span.file)).unwrap_or(&unit.entry);
        found.entry(path.to_path_buf()).or_default().push(shown(session, unit, diagnostic));
    }
    found
}

pub(super) fn shown(session: &Session, unit: &Unit, diagnostic: &Diagnostic) -> Shown {
    let of_file = diagnostic.primary_span().filter(|span| unit.path(span.file).is_some());
    Shown {
        range: of_file.map(|span| session.range(unit, span)).unwrap_or_default(),
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Note => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(diagnostic.code.as_str().to_owned())),
        code_description: None::<CodeDescription>,
        source: Some("flowrun".to_owned()),
        message: message(diagnostic),
        related_information: Some(related(session, unit, diagnostic)).filter(|related| !related.is_empty()),
        tags: None,
        data: None,
    }
}

/// What is wrong, what of it is here, and what helps: an editor shows one text.
fn message(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    let primary = diagnostic.labels.iter().find(|label| label.primary && !label.message.is_empty());
    if let Some(label) = primary {
        text.push_str(&format!(": {}", label.message));
    }
    diagnostic.notes.iter().for_each(|note| text.push_str(&format!("\nnote: {note}")));
    diagnostic.helps.iter().for_each(|help| text.push_str(&format!("\nhelp: {help}")));
    text
}

fn related(session: &Session, unit: &Unit, diagnostic: &Diagnostic) -> Vec<DiagnosticRelatedInformation> {
    let others = diagnostic.labels.iter().filter(|label| !label.primary && !label.message.is_empty());
    let places = others.filter_map(|label| {
        let location: Location = session.location(unit, label.span)?;
        Some(DiagnosticRelatedInformation { location, message: label.message.clone() })
    });
    places.collect()
}
