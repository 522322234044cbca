//! From pest's pairs to the tree, a function a rule.

mod expression;
mod item;
mod literal;
mod selector;
mod statement;
mod test;

use pest::iterators::Pair;

use super::ast::{Block, Comment, Ident, Item, Path, Words};
use super::errors;
use super::habits;
use super::parser::{Rule, children};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};

/// What lowering needs and gathers.
pub(super) struct Lowering<'s> {
    /// The whole text.
    text: &'s str,
    /// Where in it that begins which is lowered.
    base: usize,
    file: FileId,
    pub(super) comments: Vec<Comment>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) unread: Vec<String>,
}

impl<'s> Lowering<'s> {
    pub(super) fn new(text: &'s str, base: usize, file: FileId) -> Self {
        Lowering { text, base, file, comments: Vec::new(), diagnostics: Vec::new(), unread: Vec::new() }
    }

    pub(super) fn file(&mut self, pair: Pair<'s, Rule>) -> Vec<Item> {
        self.find_comments(pair.clone());
        // A comment can be met again after the parser backtracked; it is one comment all the same.
        self.comments.dedup_by_key(|comment| comment.span.start);
        children(pair)
            .filter(|child| child.as_rule() == Rule::item)
            .filter_map(|item| {
                let declaration = children(item.clone()).next().and_then(|declaration| self.item(declaration));
                self.semicolon(item);
                declaration
            })
            .collect()
    }

    /// Refuses each `;` behind a declaration or statement; what stands before it is what it is all the same.
    fn semicolon(&mut self, item: Pair<'s, Rule>) {
        for semicolon in children(item).filter(|child| child.as_rule() == Rule::semicolon) {
            let span = self.span(&semicolon);
            let behind = self.text[span.end as usize..].split('\n').next().unwrap_or("");
            self.diagnostics.push(habits::semicolon(span, behind));
        }
    }

    fn find_comments(&mut self, pair: Pair<'s, Rule>) {
        if pair.as_rule() == Rule::comment {
            self.comments.push(Comment { span: self.raw_span(&pair), doc: pair.as_str().starts_with("##") });
        } else if pair.as_str().contains('#') {
            // There are far more pairs than comments, so that it pays to look into few of them.
            pair.into_inner().for_each(|inner| self.find_comments(inner));
        }
    }

    fn raw_span(&self, pair: &Pair<'_, Rule>) -> Span {
        Span::new(self.file, self.base + pair.as_span().start(), self.base + pair.as_span().end())
    }

    /// The span of a pair without the blanks and comments that pest lets a rule's optional end swallow.
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let (start, mut end) = (self.base + pair.as_span().start(), self.base + pair.as_span().end());
        loop {
            end = start + self.text[start..end].trim_end().len();
            let last = self.comments.partition_point(|comment| (comment.span.end as usize) < end);
            match self.comments.get(last) {
                Some(comment) if comment.span.end as usize == end && comment.span.start as usize > start => {
                    end = comment.span.start as usize;
                }
                _ => return Span::new(self.file, start, end),
            }
        }
    }

    fn ident(&self, pair: &Pair<'_, Rule>) -> Ident {
        Ident { text: pair.as_str().trim_end().to_owned().into(), span: self.span(pair) }
    }

    fn path(&self, pair: Pair<'s, Rule>) -> Path {
        let span = self.span(&pair);
        Path { words: children(pair).map(|word| self.ident(&word)).collect(), span }
    }

    fn refuse(&mut self, message: impl Into<String>, span: Span, label: &str) {
        self.diagnostics.push(Diagnostic::error(Code::E0101, message, span, label));
    }

    /// A place in the tree for a form that the grammar promised and did not deliver.
    fn missing(&self, at: Span) -> Span {
        Span { start: at.end, ..at }
    }

    fn empty_block(&self, at: Span) -> Block {
        Block { statements: Vec::new(), span: self.missing(at) }
    }

    fn no_name(&self, at: Span) -> Ident {
        Ident { text: Words::default(), span: self.missing(at) }
    }

    /// A declaration names itself by its second word, or its third one behind `extern`.
    fn name_unread(&mut self, region: &str) {
        let line = region.trim_start().lines().next().unwrap_or("");
        let words = line.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')));
        self.unread.extend(words.skip(1).take(2).filter(|word| !word.is_empty()).map(str::to_owned));
    }

    fn bad_item(&mut self, pair: &Pair<'s, Rule>) {
        self.name_unread(pair.as_str());
        let diagnostic = errors::bad_item(pair.as_str(), self.file, self.base + pair.as_span().start());
        self.diagnostics.push(diagnostic);
    }

    fn bad_statement(&mut self, pair: &Pair<'s, Rule>) {
        self.name_unread(pair.as_str());
        let diagnostic = errors::bad_statement(pair.as_str(), self.file, self.base + pair.as_span().start());
        self.diagnostics.push(diagnostic);
    }

    fn bad_test_statement(&mut self, pair: &Pair<'s, Rule>) {
        let diagnostic = errors::bad_test_statement(pair.as_str(), self.file, self.base + pair.as_span().start());
        self.diagnostics.push(diagnostic);
    }
}
