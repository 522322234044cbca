//! Formatting. The formatter itself is part of `syntax`: this is where the server asks it.

use lsp_types::{Position, Range, TextEdit};

use super::session::Session;
use super::text::Lines;
use crate::source::SourceMap;
use crate::syntax;

/// The text as it is formatted; none where it cannot be read, and so is left alone.
fn formatted(text: &str) -> Option<String> {
    let mut sources = SourceMap::new();
    let file = sources.add("", text);
    syntax::format(&sources, file).ok()
}

/// The change that formats a text: one edit that leaves out what is the same at both ends.
pub(super) fn edits(session: &Session, text: &str, lines: &Lines) -> Option<Vec<TextEdit>> {
    let new = formatted(text)?;
    if new == text {
        return Some(Vec::new());
    }
    let before = text.lines().zip(new.lines()).take_while(|(old, new)| old == new).count();
    let start = lines.start(before).unwrap_or(text.len());
    let start = if text.get(..start) == new.get(..start) { start } else { 0 };
    let first = lines.position(text, start, session.encoding);
    let range = Range { start: first, end: lines.position(text, text.len(), session.encoding) };
    let range = if start == 0 { Range { start: Position::default(), ..range } } else { range };
    Some(vec![TextEdit { range, new_text: new.get(start..).unwrap_or(&new).to_owned() }])
}
