//! What was found in a workflow, as the formats for programs take it, and where in its texts.

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Label, Severity, clean};
use crate::source::{SourceFile, SourceMap, Span};

/// A workflow and what was found in it and its inventory.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// The workflow's file.
    pub workflow: Cow<'a, str>,
    /// The inventory's file, where it was checked against one.
    pub inventory: Option<Cow<'a, str>>,
    /// The texts that the diagnostics point into.
    pub sources: &'a SourceMap,
    /// What was found.
    pub diagnostics: &'a [Diagnostic],
    /// Whether lints refuse it too.
    pub deny_warnings: bool,
}

impl<'a> Checked<'a> {
    /// Whether the workflow is refused for this.
    #[must_use]
    pub fn refuses(&self, diagnostic: &Diagnostic) -> bool {
        match diagnostic.severity {
            Severity::Error => true,
            Severity::Warning => self.deny_warnings,
            Severity::Note => false,
        }
    }

    /// Whether the workflow is refused.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| self.refuses(diagnostic))
    }

    /// How many diagnostics are so grave.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// The place to show it at: its own, unless that is in a text that is part of flowrun and nobody's file.
    pub(super) fn shown_at(&self, diagnostic: &'a Diagnostic) -> Option<&'a Label> {
        let primary = diagnostic.labels.iter().filter(|label| label.primary);
        let others = diagnostic.labels.iter().filter(|label| !label.primary);
        primary.chain(others).find(|label| self.file(label.span).is_some_and(|file| !file.is_shipped()))
    }

    pub(super) fn file(&self, span: Span) -> Option<&'a SourceFile> {
        self.sources.get(span.file)
    }

    /// Notes and helps, a line each and more where they have more.
    pub(super) fn remarks(diagnostic: &Diagnostic) -> impl Iterator<Item = String> {
        let notes = diagnostic.notes.iter().map(|note| format!("note: {}", clean(note)));
        notes.chain(diagnostic.helps.iter().map(|help| format!("help: {}", clean(help))))
    }
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The line, from one.
    pub(super) line: usize,
    /// The column in characters, from one.
    pub(super) column: usize,
    /// The column in UTF-16 code units, from one.
    pub(super) utf16: usize,
    /// The offset in bytes, from zero.
    pub(super) offset: usize,
}

impl Position {
    /// Where the byte at `offset` is; of a character that begins before it, where that begins.
    pub(super) fn of(file: &SourceFile, offset: u32) -> Self {
        let text = file.text();
        let mut offset = (offset as usize).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = file.line_index(offset);
        let start = file.line_range(line).map_or(0, |range| range.start);
        let before = text.get(start..offset).unwrap_or_default();
        Position {
            line: line + 1,
            column: before.chars().count() + 1,
            utf16: before.encode_utf16().count() + 1,
            offset,
        }
    }

    /// Where a span begins and ends.
    pub(super) fn ends(file: &SourceFile, span: Span) -> (Self, Self) {
        (Position::of(file, span.start), Position::of(file, span.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_characters_and_in_utf16() {
        let mut sources = SourceMap::new();
        let id = sources.add("a.flow", "one\nü😀x\n");
        let file = sources.get(id).unwrap();
        let position = |offset| Position::of(file, offset);
        assert_eq!(position(10), Position { line: 2, column: 3, utf16: 4, offset: 10 });
        assert_eq!(position(8), position(6), "within a character");
        assert_eq!(position(99).offset, file.text().len());
    }

    proptest::proptest! {
        /// A span may be wrong, and is no reason to fail.
        #[test]
        fn every_offset_is_somewhere(text in "[aü😀\r\n]{0,20}", offset in 0u32..100) {
            let mut sources = SourceMap::new();
            let id = sources.add("a.flow", &text);
            let Position { line, column, offset, .. } = Position::of(sources.get(id).unwrap(), offset);
            let before = &text[..offset];
            assert_eq!(line, before.matches('\n').count() + 1);
            assert_eq!(column, before.rsplit('\n').next().unwrap().chars().count() + 1);
        }
    }
}
