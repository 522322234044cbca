//! The pest parser, and the order of its passes over a text.

use std::collections::HashSet;
use std::sync::OnceLock;

use pest::Parser;
use pest::iterators::Pair;

use super::ast;
use super::errors;
use super::incremental::Region;
use super::lower::Lowering;
use crate::diagnostic::Diagnostic;
use crate::source::FileId;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/flow.pest"]
pub(super) struct FlowParser;

const GRAMMAR: &str = include_str!("../../grammar/flow.pest");

/// Brackets within brackets beyond this are refused, before the parser recurses into them.
const MAX_DEPTH: usize = 100;

pub(super) fn parse_file(text: &str, id: FileId) -> (ast::File, Vec<Diagnostic>) {
    if let Some(refusal) = errors::too_deep(text, id, MAX_DEPTH) {
        return (ast::File { id, items: Vec::new(), comments: Vec::new(), unread: Vec::new() }, vec![refusal]);
    }
    let mut lowering = Lowering::new(text, 0, id);
    match FlowParser::parse(Rule::file, text) {
        Ok(mut pairs) => {
            let items = pairs.next().map(|file| lowering.file(file)).unwrap_or_default();
            let comments = std::mem::take(&mut lowering.comments);
            (ast::File { id, items, comments, unread: lowering.unread }, lowering.diagnostics)
        }
        // The file rule takes any text; should it ever refuse one, the reason is told like any other.
        Err(error) => {
            let refusal = errors::from_pest(text, id, 0, &error);
            (ast::File { id, items: Vec::new(), comments: Vec::new(), unread: Vec::new() }, vec![refusal])
        }
    }
}

/// Why a text is not read at all.
pub(super) fn refusal(text: &str, id: FileId) -> Option<Diagnostic> {
    errors::too_deep(text, id, MAX_DEPTH)
}

/// Reads one declaration from a place in a text, or what stands behind the last one.
pub(super) fn parse_region(text: &str, start: usize, id: FileId) -> Region {
    let rest = text.get(start..).unwrap_or_default();
    let read = FlowParser::parse(Rule::region, rest).or_else(|error| {
        FlowParser::parse(Rule::remains, rest).map_err(|_| errors::from_pest(rest, id, start, &error))
    });
    let unread = Region { start, end: text.len(), ..Region::default() };
    let pair = match read.map(|mut pairs| pairs.next()) {
        Ok(Some(pair)) => pair,
        Ok(None) => return unread,
        Err(refusal) => return Region { diagnostics: vec![refusal], ..unread },
    };
    let mut lowering = Lowering::new(text, start, id);
    let end = start + pair.as_span().end();
    let item = lowering.file(pair).into_iter().next();
    let Lowering { comments, unread, diagnostics, .. } = lowering;
    Region { start, end, item, comments, unread, diagnostics, ..Region::default() }
}

pub(super) fn parse_selector(text: &str, id: FileId) -> Result<ast::Selector, Box<Diagnostic>> {
    if let Some(refusal) = errors::too_deep(text, id, MAX_DEPTH) {
        return Err(Box::new(refusal));
    }
    let mut lowering = Lowering::new(text, 0, id);
    let mut pairs = FlowParser::parse(Rule::one_selector, text)
        .map_err(|error| Box::new(errors::from_pest(text, id, 0, &error)))?;
    match pairs.next() {
        Some(pair) => Ok(lowering.selector(pair)),
        None => Err(Box::new(errors::empty_selector(id))),
    }
}

/// The grammar's own list: a word that is no name. Asked for each declaration, so the list is read once.
pub(super) fn is_reserved(word: &str) -> bool {
    static WORDS: OnceLock<HashSet<&str>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let rule = GRAMMAR.split("\nreserved = _{").nth(1).and_then(|rest| rest.split('}').next());
        rule.unwrap_or_default().split('"').skip(1).step_by(2).collect()
    });
    words.contains(word)
}

/// The children of a pair without its comments, which are kept in a table of their own.
pub(super) fn children(pair: Pair<'_, Rule>) -> impl Iterator<Item = Pair<'_, Rule>> + Clone {
    pair.into_inner().filter(|child| child.as_rule() != Rule::comment)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the list says is what the grammar does.
    #[test]
    fn reserved_words_are_the_grammar_s() {
        for word in ["true", "not", "if", "as", "on", "finally", "onward", "iffy", "timeout", "name", "x-on"] {
            let is_name = FlowParser::parse(Rule::name, word).is_ok_and(|pairs| pairs.as_str() == word);
            assert_eq!(is_reserved(word), !is_name, "{word}");
        }
    }
}
