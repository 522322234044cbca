//! The stages whose values others use: a run that leaves one out and does the other would fail halfway.

use std::collections::{BTreeMap, BTreeSet};

use super::parts;
use crate::check::ir::{Block, Expr, Statement, Workflow};
use crate::source::Span;
use crate::syntax::ast::BinaryOp;

/// A value that a run needs and will not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The stage whose value it is.
    pub of: usize,
    /// The chosen stage that uses it.
    pub by: usize,
    /// Where it is used first.
    pub span: Span,
}

/// The values of stages that were not chosen which chosen ones use, however the run goes: what stands in one branch alone
/// may not be come to.
#[must_use]
pub fn missing(workflow: &Workflow, chosen: &[usize]) -> Vec<Missing> {
    let mut found: Vec<Missing> = Vec::new();
    for by in chosen.iter().copied() {
        let uses = uses(workflow, by).into_iter().filter(|(of, _)| !chosen.contains(of));
        found.extend(uses.map(|(of, span)| Missing { of, by, span }));
    }
    let mut seen = BTreeSet::new();
    found.retain(|missing| seen.insert(missing.of));
    found
}

/// The chosen stages with all whose values they use, through any number of stages, in the order of the text.
#[must_use]
pub fn completed(workflow: &Workflow, chosen: &[usize]) -> Vec<usize> {
    let mut all = BTreeSet::new();
    let mut open = chosen.to_vec();
    while let Some(stage) = open.pop() {
        if all.insert(stage) {
            open.extend(uses(workflow, stage).into_keys());
        }
    }
    all.into_iter().collect()
}

/// The stages whose values a stage uses, each with the first place.
fn uses(workflow: &Workflow, stage: usize) -> BTreeMap<usize, Span> {
    let mut uses = Uses::default();
    let stage = &workflow.stages[stage];
    for block in std::iter::once(&stage.body).chain(&stage.finally) {
        uses.block(block);
    }
    uses.0
}

#[derive(Default)]
struct Uses(BTreeMap<usize, Span>);

impl Uses {
    fn block(&mut self, block: &Block) {
        block.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            // What an assertion says is asked for when it does not hold.
            Statement::Assert { condition, .. } => self.expr(condition),
            _ => parts::of_statement(statement).into_iter().for_each(|value| self.expr(value)),
        }
        match statement {
            Statement::For(_, _, body)
            | Statement::At { body, .. }
            | Statement::Timeout(_, body, _)
            | Statement::Ensure { check: body, .. }
            | Statement::On(_, body)
            | Statement::Retry { body, .. }
            | Statement::Try(body, ..) => self.block(body),
            Statement::Let(..)
            | Statement::Return(_)
            | Statement::Print(_)
            | Statement::Assert { .. }
            | Statement::Fail(..)
            | Statement::If(..)
            | Statement::Expr(_) => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::StageResult(stage, span) => {
                self.0.entry(*stage).or_insert(*span);
            }
            Expr::If(first, ..) | Expr::Binary(BinaryOp::And | BinaryOp::Or, first, ..) => self.expr(first),
            _ => parts::of_expr(expr).into_iter().for_each(|part| self.expr(part)),
        }
    }
}
