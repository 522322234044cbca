//! Expressions.

use std::sync::LazyLock;

use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::Lowering;
use super::selector::comparison_of;
use crate::source::Span;
use crate::syntax::ast::{
    Argument, BinaryOp, Comprehension, DurationLit, Expr, ExprKind, Ident, IntLit, UnaryOp, Words,
};
use crate::syntax::parser::{Rule, children};

/// Operators in one expression beyond this are refused: each is a level of the tree that later steps walk.
const MAX_OPERATORS: usize = 500;

static OPERATORS: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or_op))
        .op(left(Rule::and_op))
        .op(Op::prefix(Rule::not_op))
        .op(left(Rule::eq)
            | left(Rule::ne)
            | left(Rule::le)
            | left(Rule::ge)
            | left(Rule::lt)
            | left(Rule::gt)
            | left(Rule::in_op))
        .op(left(Rule::add) | left(Rule::sub))
        .op(left(Rule::mul) | left(Rule::div) | left(Rule::rem))
});

impl<'s> Lowering<'s> {
    pub(super) fn expr(&mut self, pair: Pair<'s, Rule>) -> Expr {
        let span = self.span(&pair);
        let parts: Vec<Pair<'s, Rule>> = children(pair).collect();
        if parts.len() > 2 * MAX_OPERATORS {
            self.refuse(format!("more than {MAX_OPERATORS} operators in one expression"), span, "too long");
            return self.no_expr(span);
        }
        if parts.is_empty() {
            return self.no_expr(span);
        }
        let base = self.base;
        let this = std::cell::RefCell::new(self);
        OPERATORS
            .map_primary(|term| this.borrow_mut().term(term))
            .map_infix(|left, op, right| {
                let span = left.span.to(right.span);
                Expr { kind: ExprKind::Binary(binary_op(&op), Box::new(left), Box::new(right)), span }
            })
            .map_prefix(|op, operand| {
                let span = Span::new(operand.span.file, base + op.as_span().start(), operand.span.end as usize);
                Expr { kind: ExprKind::Unary(UnaryOp::Not, Box::new(operand)), span }
            })
            .parse(parts.into_iter())
    }

    fn no_expr(&self, span: Span) -> Expr {
        let name = self.no_name(span);
        Expr { span: name.span, kind: ExprKind::Name(name) }
    }

    /// Prefixes, a primary, postfixes, a cast.
    fn term(&mut self, pair: Pair<'s, Rule>) -> Expr {
        let whole = self.span(&pair);
        if children(pair.clone()).nth(MAX_OPERATORS).is_some() {
            self.refuse(format!("more than {MAX_OPERATORS} fields and calls in one expression"), whole, "too long");
            return self.no_expr(whole);
        }
        let mut prefixes = Vec::new();
        let mut value = None;
        for child in children(pair) {
            match child.as_rule() {
                Rule::neg_op | Rule::try_op => prefixes.push(child),
                Rule::args | Rule::field | Rule::index | Rule::cast => {
                    let inner = value.take().unwrap_or_else(|| self.no_expr(whole));
                    value = Some(self.postfix(inner, child));
                }
                _ => value = Some(self.primary(child)),
            }
        }
        let value = value.unwrap_or_else(|| self.no_expr(whole));
        prefixes.into_iter().rev().fold(value, |value, prefix| {
            let span = self.span(&prefix).to(value.span);
            let value = Box::new(value);
            let kind = match prefix.as_rule() {
                Rule::neg_op => ExprKind::Unary(UnaryOp::Neg, value),
                _ => ExprKind::Try(value),
            };
            Expr { kind, span }
        })
    }

    fn postfix(&mut self, value: Expr, pair: Pair<'s, Rule>) -> Expr {
        let span = value.span.to(self.span(&pair));
        let value = Box::new(value);
        let kind = match pair.as_rule() {
            Rule::args => ExprKind::Call(value, self.arguments(pair)),
            Rule::field => {
                let name = children(pair).next();
                ExprKind::Field(value, name.map_or_else(|| self.no_name(span), |word| self.ident(&word)))
            }
            Rule::index => {
                let at = children(pair).find(|child| child.as_rule() == Rule::expr_in);
                let at = match at {
                    Some(at) => self.expr(at),
                    None => self.no_expr(span),
                };
                ExprKind::Index(value, Box::new(at))
            }
            _ => match children(pair).find(|child| child.as_rule() == Rule::ty) {
                Some(ty) => ExprKind::Cast(value, Box::new(self.ty(ty))),
                None => return *value,
            },
        };
        Expr { kind, span }
    }

    fn arguments(&mut self, pair: Pair<'s, Rule>) -> Vec<Argument> {
        let arguments = children(pair).filter(|child| child.as_rule() == Rule::arg);
        let mut lowered = Vec::with_capacity(arguments.clone().count());
        lowered.extend(arguments.filter_map(|argument| self.argument(argument)));
        lowered
    }

    fn argument(&mut self, pair: Pair<'s, Rule>) -> Option<Argument> {
        let mut name = None;
        for child in children(pair) {
            match child.as_rule() {
                Rule::arg_name => name = Some(self.ident(&child)),
                Rule::expr_in => return Some(Argument { name, value: self.expr(child) }),
                _ => {}
            }
        }
        None
    }

    fn primary(&mut self, pair: Pair<'s, Rule>) -> Expr {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::string => ExprKind::Text(self.text(pair)),
            Rule::int => {
                let IntLit { value, .. } = self.int(&pair);
                ExprKind::Int(value)
            }
            Rule::duration => {
                let DurationLit { millis, .. } = self.duration(&pair);
                ExprKind::Duration(millis)
            }
            Rule::size => ExprKind::Size(self.size(&pair)),
            Rule::bool => ExprKind::Bool(pair.as_str().trim_end() == "true"),
            Rule::name => ExprKind::Name(self.ident(&pair)),
            Rule::paren => {
                let inner = children(pair).find(|child| child.as_rule() == Rule::expr_in);
                let inner = match inner {
                    Some(inner) => self.expr(inner),
                    None => self.no_expr(span),
                };
                return Expr { kind: inner.kind, span };
            }
            Rule::list => self.list(pair),
            Rule::record => self.record(pair),
            Rule::if_expr => self.if_expr(pair, span),
            _ => self.bare_sh(pair, span),
        };
        Expr { kind, span }
    }

    /// `sh "…"` is the call `sh("…")`.
    fn bare_sh(&mut self, pair: Pair<'s, Rule>, span: Span) -> ExprKind {
        let mut name = self.no_name(span);
        let mut arguments = Vec::new();
        for child in children(pair) {
            match child.as_rule() {
                Rule::k_sh => name = self.ident(&child),
                Rule::string => {
                    let text = self.text(child);
                    let value = Expr { span: text.span, kind: ExprKind::Text(text) };
                    arguments.push(Argument { name: None, value });
                }
                _ => {}
            }
        }
        let callee = Expr { span: name.span, kind: ExprKind::Name(name) };
        ExprKind::Call(Box::new(callee), arguments)
    }

    fn list(&mut self, pair: Pair<'s, Rule>) -> ExprKind {
        let mut values = Vec::new();
        let mut comprehension = None;
        for child in children(pair) {
            match child.as_rule() {
                Rule::expr_in => values.push(self.expr(child)),
                Rule::comprehension => comprehension = self.comprehension(child),
                _ => {}
            }
        }
        match comprehension {
            Some((name, list, condition)) if values.len() == 1 => {
                let value = values.remove(0);
                ExprKind::Comprehension(Box::new(Comprehension { value, name, list, condition }))
            }
            _ => ExprKind::List(values),
        }
    }

    fn comprehension(&mut self, pair: Pair<'s, Rule>) -> Option<(Ident, Expr, Option<Expr>)> {
        let mut name = None;
        let mut exprs = Vec::new();
        for child in children(pair) {
            match child.as_rule() {
                Rule::name => name = Some(self.ident(&child)),
                Rule::expr_in => exprs.push(self.expr(child)),
                _ => {}
            }
        }
        let mut exprs = exprs.into_iter();
        Some((name?, exprs.next()?, exprs.next()))
    }

    fn record(&mut self, pair: Pair<'s, Rule>) -> ExprKind {
        let entries = children(pair).filter(|child| child.as_rule() == Rule::entry);
        ExprKind::Record(entries.filter_map(|entry| self.entry(entry)).collect())
    }

    fn entry(&mut self, pair: Pair<'s, Rule>) -> Option<(Ident, Expr)> {
        let mut key = None;
        for child in children(pair) {
            match child.as_rule() {
                Rule::word => key = Some(self.ident(&child)),
                Rule::string => key = Some(self.key(child)),
                Rule::expr_in => return Some((key?, self.expr(child))),
                _ => {}
            }
        }
        None
    }

    fn key(&mut self, pair: Pair<'s, Rule>) -> Ident {
        let text = self.text(pair);
        let literal = text.literal().unwrap_or_else(|| {
            self.refuse("a key holds no splice", text.span, "");
            Words::default()
        });
        Ident { text: literal, span: text.span }
    }

    fn if_expr(&mut self, pair: Pair<'s, Rule>, span: Span) -> ExprKind {
        let parts = children(pair).filter(|child| matches!(child.as_rule(), Rule::expr | Rule::expr_in));
        let mut parts = parts.collect::<Vec<_>>().into_iter();
        let mut next = || {
            Box::new(match parts.next() {
                Some(part) => self.expr(part),
                None => self.no_expr(span),
            })
        };
        ExprKind::If(next(), next(), next())
    }
}

fn binary_op(pair: &Pair<'_, Rule>) -> BinaryOp {
    match pair.as_rule() {
        Rule::or_op => BinaryOp::Or,
        Rule::and_op => BinaryOp::And,
        Rule::in_op => BinaryOp::In,
        Rule::add => BinaryOp::Add,
        Rule::sub => BinaryOp::Sub,
        Rule::mul => BinaryOp::Mul,
        Rule::div => BinaryOp::Div,
        Rule::rem => BinaryOp::Rem,
        _ => comparison_of(pair.as_str().trim_end()).map_or(BinaryOp::And, BinaryOp::Compare),
    }
}
