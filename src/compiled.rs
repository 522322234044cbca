//! A file as far as it is understood without any other: its tree, and what its commands run.
//!
//! This is what build.rs finds out of the standard library.

use std::ops::Range;

use rustc_hash::FxHashMap as HashMap;

use crate::shell::{self, Analysis, Part, Position, Template};
use crate::source::Span;
use crate::stored::{Reader, Stored, Writer};
use crate::syntax::{self, ast};

/// A file with what its commands run.
#[derive(Debug)]
pub struct Compiled {
    /// Its tree.
    pub file: ast::File,
    /// What is known of the texts that `sh` is called with, by where they begin.
    pub commands: HashMap<u32, Analysis>,
}

impl Compiled {
    /// Reads the commands of a file.
    #[must_use]
    pub fn new(file: ast::File) -> Self {
        let commands = commands(&file.items).collect();
        Compiled { file, commands }
    }
}

/// What the commands of declarations run, each by where its text begins.
pub fn commands(items: &[ast::Item]) -> impl Iterator<Item = (u32, Analysis)> {
    let texts = syntax::commands(items).into_iter();
    texts.map(|text| (text.span.start, shell::analyse(&template(text))))
}

impl Stored for Compiled {
    fn write(&self, out: &mut Writer) {
        self.file.write(out);
        let mut commands: Vec<_> = self.commands.iter().collect();
        commands.sort_by_key(|(start, _)| **start);
        commands.len().write(out);
        for (start, analysis) in commands {
            start.write(out);
            analysis.write(out);
        }
    }

    fn read(input: &mut Reader) -> Option<Self> {
        let file = input.take()?;
        let commands: Vec<(u32, Analysis)> = input.take()?;
        Some(Compiled { file, commands: commands.into_iter().collect() })
    }
}

/// A text as the shell's reader takes it; splices are numbered in their order.
#[must_use]
pub fn template(text: &ast::Text) -> Template {
    let mut splices = 0;
    let parts = text.parts.iter().map(|part| match part {
        ast::TextPart::Literal(literal, _) => Part::Text(literal.clone().into_owned()),
        ast::TextPart::Splice(_) => {
            splices += 1;
            Part::Splice(splices - 1)
        }
    });
    Template { parts: parts.collect() }
}

/// Where something in the shell text stands in the workflow; the whole text, where that cannot be told.
#[must_use]
pub fn place_in(text: &ast::Text, range: Option<&Range<Position>>) -> Span {
    let exact = range.and_then(|range| offset(text, range.start).zip(offset(text, range.end)));
    let sign = range.map_or(1, |range| width(text, range.start));
    exact.map_or(text.span, |(start, end)| Span {
        start,
        end: if end > start { end } else { start + sign },
        ..text.span
    })
}

/// How many bytes the sign at a position has: no place ends within one.
fn width(text: &ast::Text, position: Position) -> u32 {
    let sign = match text.parts.get(position.part) {
        Some(ast::TextPart::Literal(literal, _)) => literal.get(position.offset..).and_then(|rest| rest.chars().next()),
        _ => None,
    };
    sign.map_or(1, |sign| u32::try_from(sign.len_utf8()).unwrap_or(1))
}

fn offset(text: &ast::Text, position: Position) -> Option<u32> {
    match text.parts.get(position.part)? {
        ast::TextPart::Literal(literal, span) if literal.len() == span.range().len() => {
            Some(span.start + u32::try_from(position.offset).ok()?)
        }
        ast::TextPart::Literal(_, span) => Some(if position.offset == 0 { span.start } else { span.end }),
        ast::TextPart::Splice(value) => Some(if position.offset == 0 { value.span.start } else { value.span.end }),
    }
}
