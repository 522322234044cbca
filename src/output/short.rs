//! A line for each diagnostic, as editors and `grep` take it.

use super::Checked;
use super::checked::Position;
use crate::diagnostic::clean;

/// `file:line:column: error[E0302]: message`, a line for each diagnostic.
#[must_use]
pub fn short(checked: &Checked<'_>) -> String {
    let lines = checked.diagnostics.iter().map(|diagnostic| {
        let span = diagnostic.primary_span().and_then(|span| Some((checked.file(span)?, span)));
        let place = span.map_or_else(
            || checked.workflow.to_string(),
            |(file, span)| {
                let Position { line, column, .. } = Position::of(file, span.start);
                format!("{}:{line}:{column}", file.name())
            },
        );
        let message = clean(&diagnostic.message).replace('\n', " ");
        format!("{place}: {}[{}]: {message}\n", diagnostic.severity.word(), diagnostic.code)
    });
    lines.collect()
}
