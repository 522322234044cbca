//! Statements that cannot do what they seem to be there for.

use super::index::Around;
use super::{Context, edits, messages, tree};
use crate::diagnostic::Diagnostic;
use crate::shell::Analysis;
use crate::syntax::ast::{BinaryOp, Block, Comparison, Expr, ExprKind, ItemKind, Statement, StatementKind, UnaryOp};

pub(super) fn never_reached(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for block in &context.index.blocks {
        let last = block.statements.iter().position(tree::ends);
        if let Some(next) = last.and_then(|last| block.statements.get(last + 1).zip(block.statements.get(last))) {
            found.push(messages::never_reached(next.0.span, next.1.span));
        }
    }
}

pub(super) fn constant_condition(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (statement, _) in &context.index.statements {
        let (what, condition) = match &statement.kind {
            StatementKind::If(condition, ..) => ("if", condition),
            StatementKind::Assert(condition, _) => ("assert", condition),
            _ => continue,
        };
        if let Some(value) = constant(context, condition) {
            found.push(messages::constant_condition(what, value, condition.span));
        }
    }
}

/// What a condition always comes to.
fn constant(context: &Context<'_>, expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Unary(UnaryOp::Not, inner) => constant(context, inner).map(|value| !value),
        ExprKind::Binary(BinaryOp::And, left, right) => match (constant(context, left), constant(context, right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        ExprKind::Binary(BinaryOp::Or, left, right) => match (constant(context, left), constant(context, right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        ExprKind::Binary(BinaryOp::Compare(comparison), left, right) => compared(context, *comparison, left, right),
        _ => None,
    }
}

fn compared(context: &Context<'_>, comparison: Comparison, left: &Expr, right: &Expr) -> Option<bool> {
    use std::cmp::Ordering;
    let same = is_name(left) && is_name(right) && context.slice(left.span) == context.slice(right.span);
    let order = if same { Ordering::Equal } else { literals(left, right)? };
    Some(match comparison {
        Comparison::Eq => order == Ordering::Equal,
        Comparison::Ne => order != Ordering::Equal,
        Comparison::Lt => order == Ordering::Less,
        Comparison::Le => order != Ordering::Greater,
        Comparison::Gt => order == Ordering::Greater,
        Comparison::Ge => order != Ordering::Less,
    })
}

fn is_name(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) => true,
        ExprKind::Field(inner, _) => is_name(inner),
        _ => false,
    }
}

fn literals(left: &Expr, right: &Expr) -> Option<std::cmp::Ordering> {
    match (&left.kind, &right.kind) {
        (ExprKind::Int(left), ExprKind::Int(right)) => Some(left.cmp(right)),
        (ExprKind::Duration(left), ExprKind::Duration(right)) | (ExprKind::Size(left), ExprKind::Size(right)) => {
            Some(left.cmp(right))
        }
        (ExprKind::Text(left), ExprKind::Text(right)) => Some(left.literal()?.cmp(&right.literal()?)),
        _ => None,
    }
}

/// The primitives that do nothing but make a value. Those that answer yes or no are the checker's to refuse.
const PURE: &[&str] = &[
    "join",
    "split",
    "lines",
    "trim",
    "replace",
    "len",
    "first",
    "last",
    "sum",
    "int",
    "get",
    "merge",
    "or-else",
    "parent",
    "file-name",
    "from-yaml",
    "from-json",
    "env",
    "shipped",
    "socket-at",
];

pub(super) fn result_dropped(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (statement, around) in &context.index.statements {
        let StatementKind::Expr(expr) = &statement.kind else { continue };
        if let Some(name) = pure_call(context, expr, around) {
            found.push(messages::result_dropped(name, expr.span));
        }
    }
}

fn pure_call<'t>(context: &Context<'_>, expr: &'t Expr, around: &Around<'_>) -> Option<&'t str> {
    let ExprKind::Call(callee, _) = &expr.kind else { return None };
    let (None, name) = tree::callee(callee)? else { return None };
    let items = &context.given.modules.all[around.module].file.items;
    let own = || items.iter().any(|item| matches!(&item.kind, ItemKind::Task(task) if task.name.text == name));
    (PURE.contains(&name) && !own()).then_some(name)
}

pub(super) fn failure_dropped(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (statement, around) in &context.index.statements {
        let StatementKind::Expr(Expr { kind: ExprKind::Try(_), span }) = &statement.kind else { continue };
        // Cleaning up goes on as well as it can.
        if !around.in_finally {
            let word = edits::between(span.start, span.start + 3, *span);
            found.push(messages::failure_dropped(word));
        }
    }
}

pub(super) fn empty_rescue(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (statement, around) in &context.index.statements {
        let StatementKind::Try(_, _, rescue) = &statement.kind else { continue };
        if rescue.statements.is_empty() && !around.in_finally && !context.is_unread(around.module) {
            found.push(messages::empty_rescue(rescue.span));
        }
    }
}

pub(super) fn vain_fix(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (statement, around) in &context.index.statements {
        let StatementKind::Ensure(goal, check, Some(fix)) = &statement.kind else { continue };
        if context.is_unread(around.module) {
            continue;
        }
        let why = if fix.statements.is_empty() {
            "it is empty"
        } else if same_text(context, check, fix) {
            "it is the check once more"
        } else if fix.statements.iter().all(|statement| changes_nothing(context, statement, around)) {
            "it changes nothing"
        } else {
            continue;
        };
        found.push(messages::vain_fix(goal.span, fix.span, why));
    }
}

fn same_text(context: &Context<'_>, check: &Block, fix: &Block) -> bool {
    let words = |block: &Block| context.slice(block.span).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    words(check) == words(fix)
}

/// Whether nothing is other than before, nor later, once a statement was carried out.
fn changes_nothing(context: &Context<'_>, statement: &Statement, around: &Around<'_>) -> bool {
    let looks = match &statement.kind {
        StatementKind::Print(_) | StatementKind::Let { .. } | StatementKind::Assert(..) | StatementKind::Expr(_) => {
            true
        }
        StatementKind::If(..) | StatementKind::For(..) | StatementKind::On(..) => true,
        // It may be just to say what to do, and waiting may mend things.
        _ => false,
    };
    let mut nothing = looks;
    tree::exprs(statement, &mut |expr| nothing = nothing && only_looks(context, expr, around));
    tree::blocks(statement, &mut |block, _| {
        nothing = nothing && block.statements.iter().all(|statement| changes_nothing(context, statement, around));
    });
    nothing && tree::else_if(statement).is_none_or(|nested| changes_nothing(context, nested, around))
}

fn only_looks(context: &Context<'_>, expr: &Expr, around: &Around<'_>) -> bool {
    let mut looks = match &expr.kind {
        ExprKind::Call(callee, _) => match tree::callee(callee) {
            Some((None, "sh")) => command_only_looks(context, expr),
            Some((None, "file-exists" | "read-file" | "file-at")) => true,
            Some(_) => pure_call(context, expr, around).is_some(),
            None => false,
        },
        _ => true,
    };
    let parts = !matches!(&expr.kind, ExprKind::Call(..)) || looks;
    if parts {
        tree::parts(expr, &mut |part| looks = looks && only_looks(context, part, around));
    }
    looks
}

fn command_only_looks(context: &Context<'_>, call: &Expr) -> bool {
    // They were gathered in the order of the text.
    let commands = &context.index.commands;
    let command = commands.binary_search_by_key(&call.span, |command| command.call.span);
    command.ok().and_then(|at| commands.get(at)).is_some_and(|command| {
        let Analysis { programs, writes, .. } = command.analysis;
        let known = command.programs().count() == programs.len();
        let table = context.programs();
        known
            && writes.is_empty()
            && command.programs().all(|(name, invocation)| {
                // Time passes, and a shell's own words may do anything.
                let still = matches!(name, "echo" | "printf" | "test" | "[" | "true" | ":");
                name != "sleep" && (still || (!invocation.builtin && !invocation.wrapper && !table.may_act(invocation)))
            })
    })
}

pub(super) fn retried_once(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (statement, _) in &context.index.statements {
        if let StatementKind::Retry(times, ..) = &statement.kind
            && times.value <= 1
        {
            found.push(messages::retried_once(times.value, times.span));
        }
    }
}

pub(super) fn outer_limit_first(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let blocks = context.index.statements.iter().filter_map(|(statement, around)| match &statement.kind {
        StatementKind::Timeout(limit, _) => Some((limit, around)),
        _ => None,
    });
    let commands = context.index.calls.iter().filter(|call| call.alias.is_none() && call.name == "sh");
    let commands = commands.filter_map(|call| Some((call.argument("timeout", 5)?, &call.around)));
    for (limit, around) in blocks.chain(commands) {
        if let (ExprKind::Duration(inner), Some((outer, place))) = (&limit.kind, around.limit)
            && *inner > outer
        {
            found.push(messages::outer_limit_first(limit.span, outer, place));
        }
    }
}
