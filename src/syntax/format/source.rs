//! The text that is formatted: how far it is taken over, and what of its own layout is kept.

use pest::iterators::Pair;

use super::align::{Behind, Remark};
use super::doc::Doc;
use crate::syntax::parser::{Rule, children};

/// A text on its way into a document, from its beginning to its end: each token and each comment is taken once.
pub(super) struct Source<'s> {
    text: &'s str,
    /// The comments outside of strings.
    comments: Vec<(usize, &'s str)>,
    /// How many of them are taken.
    taken: usize,
    /// The end of what was taken last.
    end: usize,
    /// The end of the last bracket that was opened; an empty line behind it is none that is kept.
    opened: usize,
}

impl<'s> Source<'s> {
    pub(super) fn new(text: &'s str, file: &Pair<'s, Rule>) -> Self {
        let mut comments = Vec::new();
        find_comments(file.clone(), &mut comments);
        // One can be met again after the parser backtracked.
        comments.dedup_by_key(|(start, _)| *start);
        Source { text, comments, taken: 0, end: 0, opened: 0 }
    }

    /// Takes a token.
    pub(super) fn token(&mut self, pair: &Pair<'s, Rule>) -> Doc<'s> {
        let text = pair.as_str().trim_end();
        let mut docs = self.comments_before(pair.as_span().start());
        self.end = pair.as_span().start() + text.len();
        if matches!(text, "(" | "[" | "{") {
            self.opened = self.end;
        }
        if docs.is_empty() {
            return Doc::Text(text);
        }
        docs.push(Doc::Text(text));
        Doc::Concat(docs)
    }

    /// Takes a token that is not written, or written otherwise.
    pub(super) fn skip(&mut self, pair: &Pair<'s, Rule>) {
        self.end = pair.as_span().start() + pair.as_str().trim_end().len();
    }

    /// Takes the comments up to an offset.
    pub(super) fn comments_before(&mut self, offset: usize) -> Vec<Doc<'s>> {
        let mut docs = Vec::new();
        while let Some(remark) = self.next_comment(offset) {
            docs.push(Doc::Comment(remark));
        }
        docs
    }

    /// Takes the comments up to an offset, with the empty lines before each.
    pub(super) fn comment_lines_before(&mut self, offset: usize) -> Vec<Doc<'s>> {
        let mut docs = Vec::new();
        while let Some((start, _)) = self.peek(offset) {
            if self.is_blank_before(start) {
                docs.push(Doc::Blank);
            }
            docs.extend(self.next_comment(offset).map(Doc::Comment));
        }
        docs
    }

    fn peek(&self, offset: usize) -> Option<(usize, &'s str)> {
        self.comments.get(self.taken).copied().filter(|(start, _)| *start < offset)
    }

    fn next_comment(&mut self, offset: usize) -> Option<Remark<'s>> {
        let (start, text) = self.peek(offset)?;
        let behind = (!self.is_line_between(self.end, start)).then(|| Behind {
            column: self.text[..start].rsplit('\n').next().unwrap_or("").chars().count(),
            gap: self.text[self.end..start].chars().count(),
        });
        self.taken += 1;
        self.end = start + text.len();
        Some(Remark { text: text.trim_end(), behind })
    }

    /// Whether a comment is still to be taken before an offset.
    pub(super) fn is_comment_before(&self, offset: usize) -> bool {
        self.peek(offset).is_some()
    }

    pub(super) fn has_comment_between(&self, start: usize, end: usize) -> bool {
        let first = self.comments.partition_point(|(at, _)| *at < start);
        self.comments.get(first).is_some_and(|(at, _)| *at < end)
    }

    /// Whether an empty line stands before an offset, and behind what was taken.
    pub(super) fn is_blank_before(&self, offset: usize) -> bool {
        self.end != self.opened && self.between(self.end, offset).matches('\n').count() > 1
    }

    /// Whether a new line begins before an offset.
    pub(super) fn is_line_before(&self, offset: usize) -> bool {
        self.is_line_between(self.end, offset)
    }

    pub(super) fn is_line_between(&self, start: usize, end: usize) -> bool {
        self.between(start, end).contains('\n')
    }

    fn between(&self, start: usize, end: usize) -> &'s str {
        self.text.get(start..end).unwrap_or("")
    }

    /// Whether an `# allow(…)` stands behind an offset, on its line and with nothing between but the brace of a block.
    pub(super) fn is_allowed_at(&self, offset: usize) -> bool {
        let next = self.comments.partition_point(|(start, _)| *start < offset);
        self.comments.get(next).is_some_and(|(start, text)| {
            text.contains("allow(") && matches!(self.between(offset, *start).trim_matches([' ', '\t', '\r']), "" | "{")
        })
    }
}

fn find_comments<'s>(pair: Pair<'s, Rule>, found: &mut Vec<(usize, &'s str)>) {
    match pair.as_rule() {
        Rule::comment => found.push((pair.as_span().start(), pair.as_str())),
        // A string stays as it is, with the comments in its splices.
        Rule::string => {}
        _ if pair.as_str().contains('#') => pair.into_inner().for_each(|inner| find_comments(inner, found)),
        _ => {}
    }
}

/// Where the first token of a form begins: the form itself may begin with newlines and comments.
pub(super) fn start_of(pair: &Pair<'_, Rule>) -> usize {
    if matches!(pair.as_rule(), Rule::field | Rule::string) {
        return pair.as_span().start();
    }
    match children(pair.clone()).next() {
        Some(first) => start_of(&first),
        None => pair.as_span().start(),
    }
}

/// Where the last token of a form ends: the form itself may end in newlines and comments.
pub(super) fn end_of(pair: &Pair<'_, Rule>) -> usize {
    let own = || pair.as_span().start() + pair.as_str().trim_end().len();
    if pair.as_rule() == Rule::string {
        return own();
    }
    children(pair.clone()).last().map_or_else(own, |last| end_of(&last))
}
