//! The one layout of a text. It works from pest's pairs, in which every token and every comment stands where it was
//! written: only blanks, line breaks and the commas before closing brackets are its own.

mod align;
mod doc;
mod expression;
mod layout;
mod same;
mod source;

use pest::Parser;
use pest::iterators::Pair;

use super::parser::{self, FlowParser, Rule};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceMap};

/// Why a text has no layout.
#[derive(Debug)]
pub enum NoLayout {
    /// It cannot be read, for these reasons.
    Unread(Vec<Diagnostic>),
    /// The layout would not say the same: a fault of this program.
    Fault,
}

/// A file of `sources` in the one layout: the same declarations with the same comments. What is laid out so already
/// comes back as it is. Line breaks are those of its first line; a byte order mark is no part of the text.
///
/// # Errors
/// The file has errors of syntax; or, which would be a fault of this program, the layout would not say the same.
pub fn format(sources: &SourceMap, file: FileId) -> Result<String, NoLayout> {
    let text = sources.get(file).map_or("", |source| source.text());
    let (tree, diagnostics) = parser::parse_file(text, file);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(NoLayout::Unread(diagnostics));
    }
    let laid_out = lay_out(text).ok_or(NoLayout::Fault)?;
    let (again, _) = parser::parse_file(&laid_out, file);
    let docs = |file: &super::ast::File| file.items.iter().map(|item| item.doc.clone()).collect::<Vec<_>>();
    let same = docs(&tree) == docs(&again) && same::is_same(text, &laid_out);
    if same { Ok(laid_out) } else { Err(NoLayout::Fault) }
}

fn lay_out(text: &str) -> Option<String> {
    let file = FlowParser::parse(Rule::file, text).ok()?.next()?;
    let line_break = line_break(text, &file);
    let mut layout = layout::Layout::new(source::Source::new(text, &file));
    let docs = layout.file(file);
    Some(align::join(&doc::write(&docs), line_break))
}

/// The first line break of the text. Those in strings are the strings' own.
fn line_break<'s>(text: &'s str, file: &Pair<'s, Rule>) -> &'static str {
    let mut from = 0;
    for string in file.clone().into_inner().flatten().filter(|pair| pair.as_rule() == Rule::string) {
        let span = string.as_span();
        match text.get(from..span.start()) {
            Some(between) if between.contains('\n') => break,
            // The blanks behind it are not its own: a carriage return may be among them.
            Some(_) => from = span.start() + string.as_str().trim_end().len(),
            // It stands in a splice of the one before.
            None => {}
        }
    }
    let line = text.get(from..).and_then(|rest| rest.split('\n').next());
    if line.is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" }
}
