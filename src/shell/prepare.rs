//! Takes out of a text what the shell parser does not read well: comments and here-documents.
//!
//! The parser (brush-parser 0.4) knows here-documents, but in an expansion it may take too much for one, panic, or never
//! end; and it takes a comment after two blanks in a `$(…)` for words. So here-documents are replaced by a redirection
//! from a mark, comments are dropped, and what is not closed never gets to the parser. This needs to know where quotes
//! and brackets end, and no more: it looks for no commands. Where shells disagree on that, the text is refused.

use std::ops::Range;

use super::parse::Failure;
use super::scan::{Frame, Scanner};
use super::template::Marks;

/// The most bytes that are read as one text.
const MAX_BYTES: usize = 64 * 1024;

/// A text that the parser can read.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) text: String,
    /// The here-documents that were taken out.
    pub(super) documents: Vec<Document>,
    /// The comments that were taken out.
    pub(super) comments: Vec<Range<usize>>,
    /// Only the bash grammar knows something in it.
    pub(super) needs_bash: bool,
    /// For each run of kept text its start here, and its range in the source.
    pub(super) kept: Vec<(usize, Range<usize>)>,
}

/// A here-document.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) body: String,
    /// Where the body stands in the source.
    pub(super) range: Range<usize>,
    /// Expansions are made in it.
    pub(super) expands: bool,
}

impl Prepared {
    /// A range of the prepared text in its source.
    pub(super) fn source(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.source_offset(range.start, false);
        start..self.source_offset(range.end, true).max(start)
    }

    fn source_offset(&self, offset: usize, is_end: bool) -> usize {
        let before = |start: usize| if is_end { start < offset } else { start <= offset };
        let run = self.kept.iter().rev().find(|(start, _)| before(*start));
        run.map_or(0, |(start, source)| (source.start + (offset - start)).min(source.end))
    }
}

/// Prepares the text of commands. `documents` is how many here-documents have a mark already.
pub(super) fn commands(text: &str, marks: &Marks, documents: usize) -> Result<Prepared, Failure> {
    prepare(text, Frame::Text, marks, documents)
}

/// Prepares the body of a here-document in which expansions are made.
pub(super) fn body(text: &str, marks: &Marks, documents: usize) -> Result<Prepared, Failure> {
    prepare(text, Frame::Body, marks, documents)
}

fn prepare(text: &str, outermost: Frame, marks: &Marks, documents: usize) -> Result<Prepared, Failure> {
    if text.len() > MAX_BYTES {
        return Err(Failure::new(format!("the text is longer than {} KiB", MAX_BYTES / 1024)));
    }
    // No shell takes a NUL, and a carriage return would be part of a program's name, which nobody means.
    if text.contains(['\0', '\r', '\x0b', '\x0c']) {
        return Err(Failure::new("the text contains a carriage return or another control character"));
    }
    let mut scanner = Scanner {
        text,
        marks,
        first_document: documents,
        at: 0,
        kept_to: 0,
        frames: vec![outermost],
        pending: Vec::new(),
        word_start: true,
        prepared: Prepared::default(),
    };
    scanner.run()?;
    Ok(scanner.prepared)
}
