//! Diagnostics as workflow commands of GitHub Actions: a line each, shown at its place in a change.

use std::collections::HashSet;
use std::path::Path;

use super::Checked;
use super::checked::Position;
use super::paths::relative;
use crate::diagnostic::{Diagnostic, Severity, clean};

/// A command for each diagnostic, each once: workflows that share an inventory share its faults. Files are named relative to
/// `root`, which has to be the repository's top for GitHub to find them.
#[must_use]
pub fn github(all: &[Checked<'_>], root: &Path) -> String {
    let found = all.iter().flat_map(|checked| checked.diagnostics.iter().map(move |diagnostic| (checked, diagnostic)));
    let mut told = HashSet::new();
    let commands = found.map(|(checked, diagnostic)| command(checked, diagnostic, root));
    commands.filter(|command| told.insert(command.clone())).collect()
}

fn command(checked: &Checked<'_>, diagnostic: &Diagnostic, root: &Path) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let title = property(&format!("{}: {}", diagnostic.code, diagnostic.code.title()));
    let place = place(checked, diagnostic, root);
    format!("::{word} {place},title={title}::{}\n", data(&text(checked, diagnostic)))
}

/// GitHub takes columns only where a place is on one line.
fn place(checked: &Checked<'_>, diagnostic: &Diagnostic, root: &Path) -> String {
    let shown = checked.shown_at(diagnostic).and_then(|label| Some((checked.file(label.span)?, label.span)));
    let Some((file, span)) = shown else { return format!("file={}", property(&relative(&checked.workflow, root))) };
    let (start, end) = Position::ends(file, span);
    let name = property(&relative(file.name(), root));
    if start.line == end.line {
        let (line, column, end) = (start.line, start.column, end.column);
        format!("file={name},line={line},endLine={line},col={column},endColumn={end}")
    } else {
        format!("file={name},line={},endLine={}", start.line, end.line)
    }
}

/// The message, what each place has to do with it, and the remarks.
fn text(checked: &Checked<'_>, diagnostic: &Diagnostic) -> String {
    let labels = diagnostic.labels.iter().filter(|label| !label.message.is_empty());
    let labels = labels.map(|label| format!("{}: {}", checked.sources.location(label.span), clean(&label.message)));
    let lines = std::iter::once(clean(&diagnostic.message)).chain(labels).chain(Checked::remarks(diagnostic));
    lines.collect::<Vec<_>>().join("\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
