//! The expressions that statements and expressions are made of.

use crate::check::ir::{Command, CommandPart, Expr, Part, Statement};

/// The expressions of a statement without those of its blocks, in the order in which they are evaluated.
pub(super) fn of_statement(statement: &Statement) -> Vec<&Expr> {
    match statement {
        Statement::Let(_, value)
        | Statement::Print(value)
        | Statement::Fail(value, _)
        | Statement::Expr(value)
        | Statement::If(value, ..)
        | Statement::For(_, value, _)
        | Statement::At { host: value, .. }
        | Statement::Timeout(value, ..)
        | Statement::Ensure { goal: value, .. } => vec![value],
        Statement::Return(value) => value.iter().collect(),
        Statement::Assert { condition, message, .. } => std::iter::once(condition).chain(message).collect(),
        Statement::On(..) | Statement::Retry { .. } | Statement::Try(..) => Vec::new(),
    }
}

/// The parts of an expression, in the order in which they are evaluated.
pub(super) fn of_expr(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Literal(_)
        | Expr::Local(_)
        | Expr::Input(_)
        | Expr::HostSet(_)
        | Expr::Here
        | Expr::StageResult(..)
        | Expr::Default(..) => Vec::new(),
        Expr::Text(parts) => parts.iter().filter_map(spliced).collect(),
        Expr::List(items) | Expr::Call(_, items, _) => items.iter().collect(),
        Expr::Record(entries) => entries.iter().map(|(_, value)| value).collect(),
        Expr::Field(value, ..)
        | Expr::HostName(value)
        | Expr::Not(value)
        | Expr::Neg(value)
        | Expr::Cast(value, ..)
        | Expr::Try(value) => vec![value],
        Expr::Index(left, right, _) | Expr::Binary(_, left, right, _) => vec![left, right],
        Expr::If(condition, then, other) => vec![condition, then, other],
        Expr::Comprehension(of) => [&of.list].into_iter().chain(&of.condition).chain([&of.value]).collect(),
        Expr::Command(command) => of_command(command),
    }
}

fn spliced(part: &Part) -> Option<&Expr> {
    match part {
        Part::Literal(_) => None,
        Part::Splice(value) => Some(value),
    }
}

fn of_command(command: &Command) -> Vec<&Expr> {
    let Command { parts, cwd, env, stdin, user, timeout, durable, .. } = command;
    let values = parts.iter().filter_map(|part| match part {
        CommandPart::Text(_) => None,
        CommandPart::Value { value, .. } | CommandPart::Raw(value) => Some(value),
    });
    values.chain([cwd, env, stdin, user, timeout, durable].into_iter().flatten()).collect()
}
