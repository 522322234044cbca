//! Values that a test writes down.

use super::case::{Answer, Constant, End, Manner};
use crate::check::messages;
use crate::check::types::Type;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Expr, ExprKind, Ident, Text, UnaryOp};

type Read<T> = Result<T, Box<Diagnostic>>;

fn refused<T>(diagnostic: Diagnostic) -> Read<T> {
    Err(Box::new(diagnostic))
}

/// A text into which nothing is spliced.
pub(super) fn literal(text: &Text) -> Read<String> {
    match text.literal() {
        Some(words) => Ok(words.into_owned()),
        None => refused(messages::not_constant(text.span)),
    }
}

/// The value of an expression that needs neither a host nor a name.
pub(super) fn constant(expr: &Expr) -> Read<Constant> {
    Ok(match &expr.kind {
        ExprKind::Text(text) => Constant::Text(literal(text)?),
        ExprKind::Int(number) => Constant::Int(*number),
        ExprKind::Bool(truth) => Constant::Bool(*truth),
        ExprKind::Duration(millis) => Constant::Duration(*millis),
        ExprKind::Size(bytes) => Constant::Size(*bytes),
        ExprKind::List(items) => Constant::List(items.iter().map(constant).collect::<Read<_>>()?),
        ExprKind::Record(entries) => Constant::Map(
            entries.iter().map(|(key, value)| Ok((key.text.to_string(), constant(value)?))).collect::<Read<_>>()?,
        ),
        ExprKind::Unary(UnaryOp::Neg, inner) => match constant(inner)? {
            Constant::Int(number) => Constant::Int(number.saturating_neg()),
            _ => return refused(messages::not_constant(expr.span)),
        },
        _ => return refused(messages::not_constant(expr.span)),
    })
}

/// Whether a constant is a value of a type.
pub(super) fn fits(value: &Constant, ty: &Type) -> bool {
    match (value, ty) {
        (_, Type::Optional(inner)) => fits(value, inner),
        (Constant::Text(_), Type::Str | Type::Path | Type::Secret)
        | (Constant::Int(_), Type::Int)
        | (Constant::Bool(_), Type::Bool)
        | (Constant::Duration(_), Type::Duration)
        | (Constant::Size(_), Type::Size) => true,
        (Constant::List(items), Type::List(element)) => items.iter().all(|item| fits(item, element)),
        (Constant::Map(entries), Type::Map(element)) => entries.iter().all(|(_, value)| fits(value, element)),
        _ => false,
    }
}

/// Text, where that is wanted.
pub(super) fn text(expr: &Expr, what: &str) -> Read<String> {
    match constant(expr)? {
        Constant::Text(text) => Ok(text),
        _ => refused(messages::wrong_in_test(what, "text", expr.span)),
    }
}

/// Text, or a bare word.
pub(super) fn word(expr: &Expr, what: &str) -> Read<String> {
    match &expr.kind {
        ExprKind::Name(name) => Ok(name.text.to_string()),
        _ => text(expr, what),
    }
}

pub(super) fn truth(expr: &Expr, what: &str) -> Read<bool> {
    match constant(expr)? {
        Constant::Bool(truth) => Ok(truth),
        _ => refused(messages::wrong_in_test(what, "`true` or `false`", expr.span)),
    }
}

pub(super) fn size(expr: &Expr, what: &str) -> Read<u64> {
    match constant(expr)? {
        Constant::Size(bytes) if bytes > 0 => Ok(bytes),
        _ => refused(messages::wrong_in_test(what, "a size such as `8GiB`", expr.span)),
    }
}

pub(super) fn count(expr: &Expr, what: &str) -> Read<u32> {
    match constant(expr)? {
        Constant::Int(number) if number > 0 && u32::try_from(number).is_ok() => Ok(u32::try_from(number).unwrap_or(1)),
        _ => refused(messages::wrong_in_test(what, "a number of at least 1", expr.span)),
    }
}

pub(super) fn list<'e>(expr: &'e Expr, what: &str) -> Read<&'e [Expr]> {
    match &expr.kind {
        ExprKind::List(items) => Ok(items),
        _ => refused(messages::wrong_in_test(what, "a list", expr.span)),
    }
}

pub(super) fn record<'e>(expr: &'e Expr, what: &str) -> Read<&'e [(Ident, Expr)]> {
    match &expr.kind {
        ExprKind::Record(entries) => Ok(entries),
        _ => refused(messages::wrong_in_test(what, "`{ … }`", expr.span)),
    }
}

/// `"output"`, an exit status, or `{ code: 3, stdout: "…", stderr: "…", after: 5m, never: true, lost: true }`.
pub(super) fn answer(expr: &Expr) -> Read<Answer> {
    const FIELDS: &[&str] = &["code", "stdout", "stderr", "after", "never", "lost"];
    let ExprKind::Record(entries) = &expr.kind else {
        return match constant(expr)? {
            Constant::Text(stdout) => Ok(Answer { stdout, ..Answer::default() }),
            Constant::Int(_) => Ok(Answer { code: status(expr)?, ..Answer::default() }),
            _ => refused(messages::wrong_in_test(
                "an answer",
                "output, an exit status or `{ code: …, stdout: … }`",
                expr.span,
            )),
        };
    };
    let mut answer = Answer::default();
    for (field, value) in entries {
        match &*field.text {
            "code" => answer.code = status(value)?,
            "stdout" => answer.stdout = text(value, "`stdout`")?,
            "stderr" => answer.stderr = text(value, "`stderr`")?,
            "after" => match constant(value)? {
                Constant::Duration(millis) => answer.after = millis,
                _ => return refused(messages::wrong_in_test("`after`", "a duration such as `5m`", value.span)),
            },
            "never" if truth(value, "`never`")? => answer.end = End::Never,
            "lost" if truth(value, "`lost`")? => answer.end = End::Lost,
            "never" | "lost" => {}
            _ => return refused(messages::unknown_test_field("an answer", field, FIELDS)),
        }
    }
    Ok(answer)
}

/// `{ env: { NAME: "…" }, user: "…", cwd: "…", stdin: "…" }`
pub(super) fn manner(expr: &Expr) -> Read<Manner> {
    const FIELDS: &[&str] = &["env", "user", "cwd", "stdin"];
    let mut manner = Manner::default();
    for (field, value) in record(expr, "how a command runs")? {
        let what = format!("`{}`", field.text);
        match &*field.text {
            "env" => {
                for (name, value) in record(value, &what)? {
                    manner.env.push((name.text.to_string(), text(value, "a variable")?));
                }
            }
            "user" => manner.user = Some(text(value, &what)?),
            "cwd" => manner.cwd = Some(text(value, &what)?),
            "stdin" => manner.stdin = Some(text(value, &what)?),
            _ => return refused(messages::unknown_test_field("a command", field, FIELDS)),
        }
    }
    Ok(manner)
}

fn status(expr: &Expr) -> Read<i32> {
    match constant(expr)? {
        Constant::Int(code @ 0..=255) => Ok(i32::try_from(code).unwrap_or(255)),
        _ => refused(messages::wrong_in_test("an exit status", "a number from 0 to 255", expr.span)),
    }
}
