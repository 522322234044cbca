//! The stages whose values others use: a run that leaves one out and does the other would fail halfway.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::ir::{Block, Command, CommandPart, Expr, Part, Statement, Workflow};
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
            Statement::Let(_, value) | Statement::Print(value) | Statement::Fail(value, _) | Statement::Expr(value) => {
                self.expr(value);
            }
            Statement::Return(value) => value.iter().for_each(|value| self.expr(value)),
            Statement::Assert { condition, .. } | Statement::If(condition, ..) => self.expr(condition),
            Statement::For(_, value, body)
            | Statement::At { host: value, body, .. }
            | Statement::Timeout(value, body, _)
            | Statement::Ensure { goal: value, check: body, .. } => {
                self.expr(value);
                self.block(body);
            }
            Statement::On(_, body) | Statement::Retry { body, .. } | Statement::Try(body, ..) => self.block(body),
        }
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::StageResult(stage, span) => {
                self.0.entry(*stage).or_insert(*span);
            }
            Expr::Literal(_)
            | Expr::Local(_)
            | Expr::Input(_)
            | Expr::HostSet(_)
            | Expr::Here
            // A default belongs to its task, which sees no stage.
            | Expr::Default(..) => {}
            Expr::Text(parts) => self.all(parts.iter().filter_map(|part| match part {
                Part::Literal(_) => None,
                Part::Splice(value) => Some(value),
            })),
            Expr::List(items) | Expr::Call(_, items, _) => self.all(items),
            Expr::Record(entries) => self.all(entries.iter().map(|(_, value)| value)),
            Expr::Field(value, ..)
            | Expr::HostName(value)
            | Expr::Not(value)
            | Expr::Neg(value)
            | Expr::Cast(value, ..)
            | Expr::Try(value)
            | Expr::If(value, ..)
            | Expr::Binary(BinaryOp::And | BinaryOp::Or, value, ..) => self.expr(value),
            Expr::Index(left, right, _) | Expr::Binary(_, left, right, _) => self.all([&**left, &**right]),
            Expr::Comprehension(comprehension) => {
                self.all([&comprehension.list, &comprehension.value].into_iter().chain(&comprehension.condition));
            }
            Expr::Command(command) => self.command(command),
        }
    }

    fn command(&mut self, command: &Command) {
        for part in &command.parts {
            match part {
                CommandPart::Text(_) => {}
                CommandPart::Value { value, .. } | CommandPart::Raw(value) => self.expr(value),
            }
        }
        let Command { cwd, env, stdin, user, timeout, durable, .. } = command;
        self.all([cwd, env, stdin, user, timeout, durable].into_iter().flatten());
    }
}
