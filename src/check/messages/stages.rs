//! Stages, conditions and calls in a ring.

use super::meant;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast;

pub(in crate::check) fn unknown_stage<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("there is no stage `{name}`"), span, "unknown stage")
        .maybe_help(meant(name, known))
}

pub(in crate::check) fn both_ways(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("`{name}` cannot hold and not hold at once"), span, "said otherwise here")
        .label(first, "first said here")
        .help("keep the one that is meant")
}

pub(in crate::check) fn stage_cycle(stages: &[&ast::Stage]) -> Diagnostic {
    let message = match stages {
        [only] => format!("stage `{}` waits for itself", only.name.text),
        _ => "stages wait for each other in a ring".to_owned(),
    };
    let mut diagnostic = Diagnostic::new(crate::diagnostic::Severity::Error, Code::E0207, message);
    for (stage, next) in stages.iter().zip(stages.iter().cycle().skip(1)) {
        let label = match &stage.after {
            Some(_) => format!("waits for `{}`", next.name.text),
            None => format!("names no `after`, and so waits for `{}` above it", next.name.text),
        };
        diagnostic = diagnostic.label(stage.name.span, label);
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
    let declare = || (!name.contains('.')).then(|| format!("declare it: `condition {name} on all {{ … }}`"));
    Diagnostic::error(Code::E0201, format!("there is no condition `{name}`"), span, "unknown condition")
        .maybe_help(meant(name, known).or_else(declare))
}

fn polarity(clause: &ast::ConditionRef, condition: &ast::Ident) -> String {
    if clause.negated { format!("not {}", condition.text) } else { condition.text.to_string() }
}

/// Why a condition is not established.
pub(in crate::check) enum Unmet<'a> {
    /// No stage leaves it.
    Unsaid,
    /// The last word before the stage is the opposite.
    Opposite(&'a ast::Stage),
    /// A stage leaves it that may run beside.
    Beside(&'a ast::Stage),
    /// A stage leaves it that comes later.
    Later(&'a ast::Stage),
}

pub(in crate::check) fn not_established(
    clause: &ast::ConditionRef,
    condition: &ast::Ident,
    stage: &ast::Stage,
    unmet: &Unmet<'_>,
) -> Diagnostic {
    let wanted = polarity(clause, condition);
    let expects = format!("`{}` expects `{wanted}`", stage.name.text);
    let (message, other, help) = match unmet {
        Unmet::Unsaid => {
            let help = format!("let a stage before it say `leaves {wanted}`");
            (format!("{expects}, which no stage leaves"), None, help)
        }
        Unmet::Opposite(other) => {
            let name = &other.name.text;
            let help = format!("let a stage between them say `leaves {wanted}`");
            let label = (other.name.span, "this one leaves the opposite");
            (format!("{expects}, and `{name}` before it leaves the opposite"), Some(label), help)
        }
        Unmet::Beside(other) => {
            let label = (other.name.span, "this one leaves it");
            let message = format!("{expects}, and `{}`, which leaves it, may run beside", other.name.text);
            (message, Some(label), format!("wait for it: `{}`", waiting_for(stage, other)))
        }
        Unmet::Later(other) => {
            let name = &other.name.text;
            let label = (other.name.span, "this one leaves it");
            let message = format!("{expects}, and `{name}`, which leaves it, comes later");
            (message, Some(label), format!("put `{name}` before `{}`", stage.name.text))
        }
    };
    let diagnostic = Diagnostic::error(Code::E0501, message, clause.span, "not established before this stage");
    let diagnostic = other.into_iter().fold(diagnostic, |diagnostic, (span, label)| diagnostic.label(span, label));
    diagnostic.label(condition.span, "the condition").help(help)
}

/// The whole clause by which a stage waits for another one too.
fn waiting_for(stage: &ast::Stage, other: &ast::Stage) -> String {
    let known = stage.after.iter().flatten().map(|name| &*name.text);
    let all: Vec<&str> = known.chain([&*other.name.text]).collect();
    format!("after {}", all.join(", "))
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
        .help(format!("let `{}` wait: `{}`", other.name.text, waiting_for(other, stage)))
}

pub(in crate::check) fn recursion(steps: &[(String, Span)]) -> Diagnostic {
    let ring: Vec<&str> = steps.iter().chain(steps.first()).map(|(name, _)| name.as_str()).collect();
    let message = match steps {
        [(name, _)] => format!("`{name}` calls itself"),
        _ => "tasks call each other in a ring".to_owned(),
    };
    let diagnostic = Diagnostic::new(crate::diagnostic::Severity::Error, Code::E0208, message);
    let diagnostic = if steps.len() > 1 { diagnostic.note(ring.join(" → ")) } else { diagnostic };
    let mut diagnostic = steps.iter().fold(diagnostic, |diagnostic, (_, span)| diagnostic.label(*span, "called here"));
    if let Some(first) = diagnostic.labels.first_mut() {
        first.primary = true;
    }
    diagnostic.help("repeat with `for`, or with `retry`")
}
