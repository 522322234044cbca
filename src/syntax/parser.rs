//! The pest parser, and the order of its passes over a text.

use pest::Parser;
use pest::iterators::Pair;

use super::ast;
use super::errors;
use super::lower::Lowering;
use crate::diagnostic::Diagnostic;
use crate::source::FileId;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/flow.pest"]
pub(super) struct FlowParser;

/// Brackets within brackets beyond this are refused, before the parser recurses into them.
const MAX_DEPTH: usize = 100;

pub(super) fn parse_file(text: &str, id: FileId) -> (ast::File, Vec<Diagnostic>) {
    if let Some(refusal) = errors::too_deep(text, id, MAX_DEPTH) {
        return (ast::File { id, items: Vec::new(), comments: Vec::new(), unread: Vec::new() }, vec![refusal]);
    }
    let mut lowering = Lowering::new(text, id);
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

pub(super) fn parse_selector(text: &str, id: FileId) -> Result<ast::Selector, Box<Diagnostic>> {
    if let Some(refusal) = errors::too_deep(text, id, MAX_DEPTH) {
        return Err(Box::new(refusal));
    }
    let mut lowering = Lowering::new(text, id);
    let mut pairs = FlowParser::parse(Rule::one_selector, text)
        .map_err(|error| Box::new(errors::from_pest(text, id, 0, &error)))?;
    match pairs.next() {
        Some(pair) => Ok(lowering.selector(pair)),
        None => Err(Box::new(errors::empty_selector(id))),
    }
}

/// The grammar's own list: a word that is no name.
pub(super) fn is_reserved(word: &str) -> bool {
    FlowParser::parse(Rule::word, word).is_ok() && FlowParser::parse(Rule::name, word).is_err()
}

/// The children of a pair without its comments, which are kept in a table of their own.
pub(super) fn children(pair: Pair<'_, Rule>) -> impl Iterator<Item = Pair<'_, Rule>> {
    pair.into_inner().filter(|child| child.as_rule() != Rule::comment)
}
