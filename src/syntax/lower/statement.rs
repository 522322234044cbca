//! Blocks and statements.

use pest::iterators::Pair;

use super::Lowering;
use crate::source::Span;
use crate::syntax::ast::{
    Block, DurationLit, Else, Expr, ExprKind, Ident, IntLit, Selector, Statement, StatementKind, Text, Type,
};
use crate::syntax::parser::{Rule, children};

/// The pieces that statements are made of, gathered by kind in the order of the text.
#[derive(Default)]
struct Pieces {
    names: Vec<Ident>,
    exprs: Vec<Expr>,
    blocks: Vec<Block>,
    ty: Option<Type>,
    selector: Option<Selector>,
    text: Option<Text>,
    int: Option<IntLit>,
    duration: Option<DurationLit>,
}

impl<'s> Lowering<'s> {
    pub(super) fn block(&mut self, pair: Pair<'s, Rule>) -> Block {
        // The rule begins with the newlines before the brace, which are no part of the block.
        let whole = self.span(&pair);
        let brace = self.text[whole.range()].find('{').unwrap_or(0);
        let span = Span::new(self.file, whole.start as usize + brace, whole.end as usize);
        let items = children(pair).filter(|child| child.as_rule() == Rule::stmt_item);
        // Most blocks are short, and statements large.
        let mut statements = Vec::with_capacity(items.clone().count());
        for item in items {
            statements.extend(children(item.clone()).next().and_then(|stmt| self.statement(stmt)));
            self.semicolon(item);
        }
        Block { statements, span }
    }

    fn statement(&mut self, pair: Pair<'s, Rule>) -> Option<Statement> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        match rule {
            Rule::semicolon => return None,
            Rule::bad_stmt => {
                self.bad_statement(&pair);
                return None;
            }
            _ => {}
        }
        let mut pieces = self.pieces(pair);
        let kind = self.statement_kind(rule, span, &mut pieces)?;
        Some(Statement { kind, span })
    }

    fn statement_kind(&mut self, rule: Rule, span: Span, pieces: &mut Pieces) -> Option<StatementKind> {
        let mut blocks = std::mem::take(&mut pieces.blocks).into_iter();
        let mut exprs = std::mem::take(&mut pieces.exprs).into_iter();
        let mut names = std::mem::take(&mut pieces.names).into_iter();
        let empty = self.empty_block(span);
        let mut block = || blocks.next().unwrap_or_else(|| empty.clone());
        Some(match rule {
            Rule::let_stmt => StatementKind::Let { name: names.next()?, ty: pieces.ty.take(), value: exprs.next()? },
            Rule::return_stmt => StatementKind::Return(exprs.next()),
            Rule::print_stmt => StatementKind::Print(exprs.next()?),
            Rule::assert_stmt => StatementKind::Assert(exprs.next()?, exprs.next()),
            Rule::fail_stmt => StatementKind::Fail(exprs.next()?),
            Rule::if_stmt => return self.if_chain(span, exprs.collect(), blocks.collect()),
            Rule::for_stmt => StatementKind::For(names.next()?, exprs.next()?, block()),
            Rule::on_stmt => StatementKind::On(pieces.selector.take()?, block()),
            Rule::at_stmt => StatementKind::At(exprs.next()?, block()),
            Rule::ensure_stmt => StatementKind::Ensure(pieces.text.take()?, block(), blocks.next()),
            Rule::retry_stmt => StatementKind::Retry(pieces.int?, pieces.duration, block()),
            Rule::timeout_stmt => StatementKind::Timeout(self.limit(pieces.duration, exprs.next())?, block()),
            Rule::try_stmt => StatementKind::Try(block(), names.next(), block()),
            _ => StatementKind::Expr(exprs.next()?),
        })
    }

    /// `if … else if … else …`: each further condition stands in the `else` of the one before.
    fn if_chain(&mut self, span: Span, conditions: Vec<Expr>, mut blocks: Vec<Block>) -> Option<StatementKind> {
        /// Each is a level of the tree that later steps walk.
        const LONGEST: usize = 200;
        if conditions.len() > LONGEST {
            self.refuse(format!("more than {LONGEST} conditions in one `if`"), span, "too long");
            return None;
        }
        let mut other = if blocks.len() > conditions.len() { blocks.pop().map(Else::Block) } else { None };
        let mut branches = conditions.into_iter().zip(blocks).rev().peekable();
        while let Some((condition, then)) = branches.next() {
            let start = if branches.peek().is_none() { span.start } else { condition.span.start };
            let kind = StatementKind::If(condition, then, other.take().map(Box::new));
            if branches.peek().is_none() {
                return Some(kind);
            }
            other = Some(Else::If(Statement { kind, span: Span { start, ..span } }));
        }
        None
    }

    fn limit(&self, literal: Option<DurationLit>, named: Option<Expr>) -> Option<Expr> {
        let literal = literal.map(|limit| Expr { kind: ExprKind::Duration(limit.millis), span: limit.span });
        literal.or(named)
    }

    fn pieces(&mut self, pair: Pair<'s, Rule>) -> Pieces {
        let mut pieces = Pieces::default();
        for child in children(pair) {
            match child.as_rule() {
                Rule::name => pieces.names.push(self.ident(&child)),
                Rule::ty => pieces.ty = Some(self.ty(child)),
                Rule::expr => pieces.exprs.push(self.expr(child)),
                Rule::path => pieces.exprs.push(self.path_expr(child)),
                Rule::block => pieces.blocks.push(self.block(child)),
                Rule::selector => pieces.selector = Some(self.selector(child)),
                Rule::string => pieces.text = Some(self.text(child)),
                Rule::int => pieces.int = Some(self.int(&child)),
                Rule::duration => pieces.duration = Some(self.duration(&child)),
                _ => {}
            }
        }
        pieces
    }

    /// A dotted name where only a name may stand, as an expression.
    fn path_expr(&mut self, pair: Pair<'s, Rule>) -> Expr {
        let path = self.path(pair);
        let mut words = path.words.into_iter();
        let first = words.next().unwrap_or_else(|| self.no_name(path.span));
        let span = first.span;
        words.fold(Expr { kind: ExprKind::Name(first), span }, |value, field| {
            let span = value.span.to(field.span);
            Expr { kind: ExprKind::Field(Box::new(value), field), span }
        })
    }
}
