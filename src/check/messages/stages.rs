//! Stages, conditions and calls in a ring.

use super::meant;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast;

pub(in crate::check) fn unknown_stage<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("there is no stage `{name}`"), span, "unknown stage")
        .maybe_help(meant(name, known))
}

pub(in crate::check) fn stage_cycle(names: &[&ast::Ident]) -> Diagnostic {
    let ring: Vec<&str> = names.iter().chain(names.first()).map(|name| name.text.as_str()).collect();
    let diagnostic =
        Diagnostic::new(crate::diagnostic::Severity::Error, Code::E0207, "stages wait for each other in a ring");
    let mut diagnostic = diagnostic.note(ring.join(" waits for "));
    for name in names {
        diagnostic = diagnostic.label(name.span, "");
    }
    if let Some(first) = diagnostic.labels.first_mut() {
        first.primary = true;
    }
    diagnostic
}

pub(in crate::check) fn unknown_condition<'a>(
    name: &str,
    span: Span,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("there is no condition `{name}`"), span, "unknown condition")
        .maybe_help(meant(name, known))
}

fn polarity(clause: &ast::ConditionRef, condition: &ast::Ident) -> String {
    if clause.negated { format!("not {}", condition.text) } else { condition.text.clone() }
}

pub(in crate::check) fn not_established(
    clause: &ast::ConditionRef,
    condition: &ast::Ident,
    stage: &ast::Stage,
    opposite: Option<&ast::Stage>,
) -> Diagnostic {
    let wanted = polarity(clause, condition);
    let message = format!("`{}` expects `{wanted}`, which no stage before it establishes", stage.name.text);
    let diagnostic =
        Diagnostic::error(Code::E0501, message, clause.span, "not established on every path to this stage");
    let diagnostic = match opposite {
        Some(other) => diagnostic.label(other.name.span, "this one leaves the opposite"),
        None => diagnostic,
    };
    diagnostic.label(condition.span, "the condition").help(format!("let a stage before it say `leaves {wanted}`"))
}

pub(in crate::check) fn disturbed(
    clause: &ast::ConditionRef,
    condition: &ast::Ident,
    stage: &ast::Stage,
    other: &ast::Stage,
) -> Diagnostic {
    let message =
        format!("`{}` may run beside `{}` and disturb `{}`", other.name.text, stage.name.text, condition.text);
    Diagnostic::error(Code::E0502, message, clause.span, "expected here")
        .label(other.name.span, "leaves the opposite")
        .help(format!("put them in order: `after {}`", stage.name.text))
}

pub(in crate::check) fn recursion(steps: &[(String, Span)]) -> Diagnostic {
    let ring: Vec<&str> = steps.iter().chain(steps.first()).map(|(name, _)| name.as_str()).collect();
    let diagnostic =
        Diagnostic::new(crate::diagnostic::Severity::Error, Code::E0208, "tasks call each other in a ring")
            .note(ring.join(" → "));
    let mut diagnostic = steps.iter().fold(diagnostic, |diagnostic, (_, span)| diagnostic.label(*span, "called here"));
    if let Some(first) = diagnostic.labels.first_mut() {
        first.primary = true;
    }
    diagnostic.help("repeat with `for`, or with `retry`")
}
