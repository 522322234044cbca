//! What a node of the tree holds directly. Matches are exhaustive, so that a new form cannot be overlooked.

use crate::syntax::ast::{Block, Else, Expr, ExprKind, Statement, StatementKind, Text, TextPart};

/// The expressions that an expression is made of, splices included.
pub(super) fn parts<'t>(expr: &'t Expr, each: &mut dyn FnMut(&'t Expr)) {
    match &expr.kind {
        ExprKind::Text(text) => splices(text, each),
        ExprKind::List(items) => items.iter().for_each(each),
        ExprKind::Comprehension(chosen) => {
            [&chosen.list, &chosen.value].into_iter().chain(&chosen.condition).for_each(each);
        }
        ExprKind::Record(entries) => entries.iter().for_each(|(_, value)| each(value)),
        ExprKind::Field(inner, _) | ExprKind::Unary(_, inner) | ExprKind::Try(inner) | ExprKind::Cast(inner, _) => {
            each(inner);
        }
        ExprKind::Index(left, right) | ExprKind::Binary(_, left, right) => {
            each(left);
            each(right);
        }
        ExprKind::Call(callee, arguments) => {
            each(callee);
            arguments.iter().for_each(|argument| each(&argument.value));
        }
        ExprKind::If(condition, then, other) => [condition, then, other].into_iter().for_each(|part| each(part)),
        ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::Duration(_) | ExprKind::Size(_) | ExprKind::Name(_) => {}
    }
}

/// The expressions in a text.
pub(super) fn splices<'t>(text: &'t Text, each: &mut dyn FnMut(&'t Expr)) {
    for part in &text.parts {
        if let TextPart::Splice(value) = part {
            each(value);
        }
    }
}

/// The expressions that stand in a statement itself, and not in its blocks.
pub(super) fn exprs<'t>(statement: &'t Statement, each: &mut dyn FnMut(&'t Expr)) {
    match &statement.kind {
        StatementKind::Let { value, .. }
        | StatementKind::Return(Some(value))
        | StatementKind::Print(value)
        | StatementKind::Fail(value)
        | StatementKind::If(value, _, _)
        | StatementKind::For(_, value, _)
        | StatementKind::At(value, _)
        | StatementKind::Timeout(value, _)
        | StatementKind::Expr(value) => each(value),
        StatementKind::Assert(condition, message) => {
            each(condition);
            message.iter().for_each(each);
        }
        StatementKind::Ensure(goal, _, _) => splices(goal, each),
        StatementKind::Return(None) | StatementKind::On(..) | StatementKind::Retry(..) | StatementKind::Try(..) => {}
    }
}

/// The blocks of a statement, and what they are to it.
pub(super) fn blocks<'t>(statement: &'t Statement, each: &mut dyn FnMut(&'t Block, Role)) {
    match &statement.kind {
        StatementKind::If(_, then, other) => {
            each(then, Role::Body);
            if let Some(Else::Block(block)) = other.as_deref() {
                each(block, Role::Body);
            }
        }
        StatementKind::For(_, _, body)
        | StatementKind::On(_, body)
        | StatementKind::At(_, body)
        | StatementKind::Retry(_, _, body)
        | StatementKind::Timeout(_, body) => each(body, Role::Body),
        StatementKind::Ensure(_, check, fix) => {
            each(check, Role::Check);
            fix.iter().for_each(|fix| each(fix, Role::Body));
        }
        StatementKind::Try(body, _, rescue) => {
            each(body, Role::Body);
            each(rescue, Role::Rescue);
        }
        StatementKind::Let { .. }
        | StatementKind::Return(_)
        | StatementKind::Print(_)
        | StatementKind::Assert(..)
        | StatementKind::Fail(_)
        | StatementKind::Expr(_) => {}
    }
}

/// The `if` of an `else if`.
pub(super) fn else_if(statement: &Statement) -> Option<&Statement> {
    match &statement.kind {
        StatementKind::If(_, _, Some(other)) => match other.as_ref() {
            Else::If(statement) => Some(statement),
            Else::Block(_) => None,
        },
        _ => None,
    }
}

/// What a block is to its statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Body,
    Check,
    Rescue,
}

/// Whether nothing behind a statement is reached.
pub(super) fn ends(statement: &Statement) -> bool {
    let block = |block: &Block| block.statements.iter().any(ends);
    match &statement.kind {
        StatementKind::Return(_) | StatementKind::Fail(_) => true,
        StatementKind::If(_, then, Some(other)) => {
            block(then)
                && match other.as_ref() {
                    Else::Block(other) => block(other),
                    Else::If(nested) => ends(nested),
                }
        }
        StatementKind::Try(body, _, rescue) => block(body) && block(rescue),
        StatementKind::Timeout(_, body) | StatementKind::At(_, body) => block(body),
        _ => false,
    }
}

/// The name that an expression calls, and what stands before its dot.
pub(super) fn callee(expr: &Expr) -> Option<(Option<&str>, &str)> {
    match &expr.kind {
        ExprKind::Name(name) => Some((None, &name.text)),
        ExprKind::Field(module, name) => match &module.kind {
            ExprKind::Name(module) => Some((Some(&module.text), &name.text)),
            _ => None,
        },
        _ => None,
    }
}
