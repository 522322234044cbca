//! Changes of the text that are safe to make without asking.

use super::Context;
use crate::diagnostic::Fix;
use crate::source::{SourceMap, Span};

/// Takes out a declaration or statement that has its lines to itself, and the lines with it.
pub(super) fn without_lines(sources: &SourceMap, span: Span, title: impl Into<String>) -> Option<Fix> {
    let file = sources.get(span.file)?;
    let first = file.line_range(file.line_index(span.start as usize))?;
    let last = file.line_range(file.line_index((span.end as usize).saturating_sub(1)))?;
    let (before, after) =
        (file.text().get(first.start..span.start as usize)?, file.text().get(span.end as usize..last.end)?);
    let alone = before.trim().is_empty() && after.trim().is_empty();
    alone
        .then(|| Fix { title: title.into(), edits: vec![(Span::new(span.file, first.start, last.end), String::new())] })
}

/// Puts a text in the place of a span.
pub(super) fn replace(span: Span, text: impl Into<String>, title: impl Into<String>) -> Fix {
    Fix { title: title.into(), edits: vec![(span, text.into())] }
}

/// A span of the same file from one offset to another.
pub(super) fn between(start: u32, end: u32, like: Span) -> Span {
    Span { start, end, ..like }
}

impl Context<'_> {
    /// The text below a span.
    pub(super) fn slice(&self, span: Span) -> &str {
        self.given.sources.slice(span)
    }
}
