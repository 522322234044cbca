//! Diagnostics as JSON. The form is documented in docs/output.md and docs/check.schema.json: within a version, fields are
//! added and never changed.

use serde::Serialize;

use super::Checked;
use super::checked::Position;
use crate::diagnostic::{Diagnostic, Fix, Label, Severity};
use crate::source::{SourceFile, Span};

/// The version of the form.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    flowrun: &'static str,
    workflows: Vec<Workflow<'a>>,
}

#[derive(Serialize)]
struct Workflow<'a> {
    workflow: &'a str,
    inventory: Option<&'a str>,
    accepted: bool,
    errors: usize,
    warnings: usize,
    diagnostics: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'static str,
    title: &'static str,
    severity: &'static str,
    message: &'a str,
    labels: Vec<Place<'a>>,
    notes: &'a [String],
    helps: &'a [String],
    fix: Option<Mend<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    #[serde(flatten)]
    at: Range<'a>,
    primary: bool,
    message: &'a str,
}

#[derive(Serialize)]
struct Range<'a> {
    file: &'a str,
    shipped: bool,
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
    offset: usize,
}

#[derive(Serialize)]
struct Mend<'a> {
    title: &'a str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    #[serde(flatten)]
    at: Range<'a>,
    text: &'a str,
}

/// One document for all of them.
#[must_use]
pub fn json(all: &[Checked<'_>]) -> String {
    let workflows = all.iter().map(workflow).collect();
    let document = Document { version: VERSION, flowrun: env!("CARGO_PKG_VERSION"), workflows };
    // Only a map with keys that are no text cannot be written, and there is none.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn workflow<'a>(checked: &'a Checked<'a>) -> Workflow<'a> {
    Workflow {
        workflow: &checked.workflow,
        inventory: checked.inventory.as_deref(),
        accepted: !checked.refused(),
        errors: checked.count(Severity::Error),
        warnings: checked.count(Severity::Warning),
        diagnostics: checked.diagnostics.iter().map(|diagnostic| entry(checked, diagnostic)).collect(),
    }
}

fn entry<'a>(checked: &Checked<'a>, diagnostic: &'a Diagnostic) -> Entry<'a> {
    Entry {
        code: diagnostic.code.as_str(),
        title: diagnostic.code.title(),
        severity: diagnostic.severity.word(),
        message: &diagnostic.message,
        labels: diagnostic.labels.iter().filter_map(|label| place(checked, label)).collect(),
        notes: &diagnostic.notes,
        helps: &diagnostic.helps,
        fix: diagnostic.fix.as_deref().map(|fix| mend(checked, fix)),
    }
}

fn place<'a>(checked: &Checked<'a>, label: &'a Label) -> Option<Place<'a>> {
    let file = checked.file(label.span)?;
    Some(Place { at: range(file, label.span), primary: label.primary, message: &label.message })
}

fn mend<'a>(checked: &Checked<'a>, fix: &'a Fix) -> Mend<'a> {
    let edits = fix.edits.iter().filter_map(|(span, text)| {
        let file = checked.file(*span)?;
        Some(Edit { at: range(file, *span), text })
    });
    Mend { title: &fix.title, edits: edits.collect() }
}

fn range(file: &SourceFile, span: Span) -> Range<'_> {
    let point = |Position { line, column, offset, .. }: Position| Point { line, column, offset };
    let (start, end) = Position::ends(file, span);
    Range { file: file.name(), shipped: file.is_shipped(), start: point(start), end: point(end) }
}
