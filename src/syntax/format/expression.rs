//! Expressions, selectors and what stands in brackets, as documents.

use pest::iterators::Pair;

use super::doc::Doc;
use super::layout::Layout;
use super::source::{end_of, start_of};
use crate::syntax::parser::{Rule, children};

impl<'s> Layout<'s> {
    /// Operands and operators. A line may end behind an operator; those that bind least are broken first.
    pub(super) fn chain(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let parts: Vec<_> = children(pair).collect();
        self.operands(&parts)
    }

    fn operands(&mut self, parts: &[Pair<'s, Rule>]) -> Doc<'s> {
        let Some(loosest) = parts.iter().filter_map(|part| strength(part.as_rule())).min() else {
            return self.words(Rule::expr, parts.to_vec());
        };
        let mut rest = Vec::new();
        let mut operands = parts.split(|part| strength(part.as_rule()) == Some(loosest));
        let mut operators = parts.iter().filter(|part| strength(part.as_rule()) == Some(loosest));
        let first = operands.next().map(|operand| self.operands(operand));
        for (operator, operand) in operators.by_ref().zip(operands) {
            // A comment before the operator moves behind it, where its line may end in any place.
            let comments = self.source.comments_before(operator.as_span().start());
            rest.extend([Doc::Space, self.source.token(operator)]);
            rest.extend(comments);
            rest.extend(operand.first().map(start_of).into_iter().flat_map(|start| self.source.comments_before(start)));
            rest.extend([Doc::Line, self.operands(operand)]);
        }
        let mut docs = Vec::from_iter(first);
        docs.push(Doc::Indent(self.hang, rest));
        self.group(false, docs)
    }

    /// Elements between brackets: on one line, or each on its own.
    pub(super) fn bracketed(&mut self, mut parts: Vec<Pair<'s, Rule>>, edge: Doc<'s>) -> Doc<'s> {
        let (Some(close), false) = (parts.pop(), parts.is_empty()) else { return Doc::Concat(Vec::new()) };
        let open = parts.remove(0);
        let hang = std::mem::replace(&mut self.hang, 1);
        let broken = parts.first().is_some_and(|first| self.is_open(&open, first));
        let mut docs = vec![self.source.token(&open)];
        let inner = self.elements(&parts, &close, matches!(edge, Doc::Line));
        if !inner.is_empty() {
            docs.extend([Doc::Indent(1, inner), edge]);
        }
        docs.push(self.source.token(&close));
        self.hang = hang;
        self.group(broken, docs)
    }

    fn elements(&mut self, parts: &[Pair<'s, Rule>], close: &Pair<'s, Rule>, spaced: bool) -> Vec<Doc<'s>> {
        let mut docs = Vec::new();
        let mut parts = parts.iter().peekable();
        while let Some(element) = parts.next() {
            let start = start_of(element);
            let is_first = docs.is_empty();
            docs.extend(self.source.comment_lines_before(start));
            docs.push(match () {
                () if self.source.is_blank_before(start) && !self.flat => Doc::Blank,
                () if is_first && !spaced => Doc::SoftLine,
                () => Doc::Line,
            });
            docs.push(self.form(element.clone()));
            let comma = parts.next_if(|part| part.as_rule() == Rule::p_comma);
            let next = comma.map_or(close.as_span().start(), |comma| comma.as_span().start());
            // Comments before the comma move behind it; those before the closing bracket stand behind all.
            let comments = if comma.is_some() { self.source.comments_before(next) } else { Vec::new() };
            comma.into_iter().for_each(|comma| self.source.skip(comma));
            docs.push(if parts.peek().is_some() { Doc::Text(",") } else { Doc::IfBroken(",") });
            docs.extend(comments);
        }
        docs.extend(self.source.comment_lines_before(close.as_span().start()));
        docs
    }

    /// Whether a new line began behind an opening bracket: then what stands between the brackets keeps lines of its own.
    fn is_open(&self, open: &Pair<'s, Rule>, first: &Pair<'s, Rule>) -> bool {
        self.source.is_line_between(open.as_span().end(), start_of(first))
    }

    pub(super) fn paren(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let parts: Vec<_> = children(pair).collect();
        let [open, inner, close] = parts.as_slice() else { return self.words(Rule::paren, parts) };
        let hang = std::mem::replace(&mut self.hang, 0);
        let broken = self.is_open(open, inner);
        let open = self.source.token(open);
        let mut docs = self.source.comments_before(start_of(inner));
        docs.extend([Doc::SoftLine, self.form(inner.clone())]);
        docs.extend(self.source.comments_before(close.as_span().start()));
        self.hang = hang;
        let close = self.source.token(close);
        self.group(broken, vec![open, Doc::Indent(1, docs), Doc::SoftLine, close])
    }

    /// `(a, name: b)`. The brackets of a sole argument that has brackets of its own are one with these.
    pub(super) fn arguments(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let parts: Vec<_> = children(pair).collect();
        match parts.as_slice() {
            [open, only, close] | [open, only, _, close] if self.is_one_with(open, only, close) => {
                let docs = vec![self.source.token(open), self.form(only.clone())];
                if let [_, _, comma, _] = parts.as_slice() {
                    self.source.skip(comma);
                }
                let close = self.source.token(close);
                Doc::Concat(docs.into_iter().chain([close]).collect())
            }
            _ => self.bracketed(parts, Doc::SoftLine),
        }
    }

    fn is_one_with(&self, open: &Pair<'s, Rule>, only: &Pair<'s, Rule>, close: &Pair<'s, Rule>) -> bool {
        let (start, end) = (start_of(only), end_of(only));
        !self.source.is_line_between(open.as_span().end(), start)
            && !self.source.has_comment_between(open.as_span().end(), start)
            && !self.source.has_comment_between(end, close.as_span().start())
            && sole_term(only).is_some_and(|term| ends_in_brackets(&term))
    }

    pub(super) fn list(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let parts: Vec<_> = children(pair).collect();
        match parts.as_slice() {
            [open, value, made, close] if made.as_rule() == Rule::comprehension => {
                self.comprehension(open, value, made, close)
            }
            _ => self.bracketed(parts, Doc::SoftLine),
        }
    }

    /// `[value for name in list if condition]`
    fn comprehension(
        &mut self,
        open: &Pair<'s, Rule>,
        value: &Pair<'s, Rule>,
        made: &Pair<'s, Rule>,
        close: &Pair<'s, Rule>,
    ) -> Doc<'s> {
        let hang = std::mem::replace(&mut self.hang, 1);
        let broken = self.is_open(open, value);
        let open = self.source.token(open);
        let mut docs = self.source.comments_before(start_of(value));
        docs.extend([Doc::SoftLine, self.form(value.clone())]);
        let mut made: Vec<_> = children(made.clone()).collect();
        let at = made.iter().position(|part| part.as_rule() == Rule::k_if).unwrap_or(made.len());
        let condition = made.split_off(at);
        for part in [made, condition].into_iter().filter(|part| !part.is_empty()) {
            docs.extend(self.source.comments_before(part.first().map_or(0, start_of)));
            docs.extend([Doc::Line, self.words(Rule::comprehension, part)]);
        }
        docs.extend(self.source.comments_before(close.as_span().start()));
        self.hang = hang;
        let close = self.source.token(close);
        self.group(broken, vec![open, Doc::Indent(1, docs), Doc::SoftLine, close])
    }

    /// `if c { a } else { b }` as a value.
    pub(super) fn if_expr(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let parts: Vec<_> = children(pair).collect();
        let first = parts.iter().position(|part| part.as_rule() == Rule::p_brace).unwrap_or(0);
        let broken = matches!(parts.get(first..=first + 1), Some([brace, value]) if self.is_open(brace, value));
        let mut docs = Vec::new();
        for part in parts {
            let start = start_of(&part);
            match part.as_rule() {
                Rule::expr_in => {
                    let hang = std::mem::replace(&mut self.hang, 1);
                    let mut inner = self.source.comments_before(start);
                    inner.extend([Doc::Line, self.form(part)]);
                    self.hang = hang;
                    docs.push(Doc::Indent(1, inner));
                }
                Rule::p_unbrace => {
                    let comments = self.source.comments_before(start);
                    docs.push(Doc::Indent(1, comments));
                    docs.extend([Doc::Line, self.source.token(&part), Doc::Space]);
                }
                Rule::p_brace => {
                    docs.extend(self.source.comments_before(start));
                    docs.push(self.source.token(&part));
                }
                _ => docs.extend([self.form(part), Doc::Space]),
            }
        }
        // The last brace has no blank behind it.
        docs.pop();
        self.group(broken, docs)
    }
}

/// How strongly an infix operator binds; none for what is no operator.
fn strength(rule: Rule) -> Option<u8> {
    match rule {
        Rule::or_op | Rule::k_or => Some(0),
        Rule::and_op | Rule::k_and => Some(1),
        Rule::eq | Rule::ne | Rule::le | Rule::ge | Rule::lt | Rule::gt | Rule::in_op => Some(2),
        Rule::add | Rule::sub => Some(3),
        Rule::mul | Rule::div | Rule::rem => Some(4),
        _ => None,
    }
}

/// The term that an argument's value is, where it is nothing else.
fn sole_term<'s>(argument: &Pair<'s, Rule>) -> Option<Pair<'s, Rule>> {
    let value = children(argument.clone()).find(|part| part.as_rule() == Rule::expr_in)?;
    let mut parts = children(value);
    let term = parts.next().filter(|part| part.as_rule() == Rule::term)?;
    parts.next().is_none().then_some(term)
}

/// Whether a term is a string, a list or a record, or ends in the arguments of a call.
fn ends_in_brackets(term: &Pair<'_, Rule>) -> bool {
    let parts: Vec<_> = children(term.clone()).map(|part| part.as_rule()).collect();
    matches!(parts.as_slice(), [Rule::string | Rule::list | Rule::record] | [.., Rule::args])
}
