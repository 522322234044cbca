//! Effects.

use crate::check::summary::{Occurrence, Step};
use crate::check::tables::Signature;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

pub(in crate::check) fn undeclared_effect(signature: &Signature, effect: &str, chain: &[Step]) -> Diagnostic {
    let does =
        signature.ast.does.as_ref().and_then(|does| does.last()).map_or(signature.ast.name.span, |last| last.span);
    let span = chain.first().map_or(does, |step| step.span);
    Diagnostic::error(
        Code::E0402,
        format!("`{}` has the effect `{effect}`, which its `does` leaves out", signature.name),
        span,
        path(chain),
    )
    .label(does, "declared here")
    .help(format!("add it: `does …, {effect}`"))
}

pub(in crate::check) fn check_changes(occurrence: &Occurrence, effect: &str, goal: Span) -> Diagnostic {
    let span = occurrence.chain.first().map_or(goal, |step| step.span);
    if effect == "unknown" {
        let what = occurrence.chain.last().map_or_else(String::new, |step| step.name.clone());
        return Diagnostic::error(
            Code::E0401,
            format!("a check may only look, and what {what} does is not known"),
            span,
            path(&occurrence.chain),
        )
        .label(goal, "the check")
        .help("say what it does: `program \"NAME\" does read`");
    }
    Diagnostic::error(
        Code::E0401,
        format!("a check may only look, and this has the effect `{effect}`"),
        span,
        path(&occurrence.chain),
    )
    .label(goal, "the check")
    .help("move it to the `else` block, which mends what the check found")
}

/// `kernel.build → kernel.make → program `make``
pub(in crate::check) fn path(chain: &[Step]) -> String {
    const ENDS: usize = 4;
    let names: Vec<&str> = chain.iter().map(|step| step.name.as_str()).collect();
    if names.len() <= 2 * ENDS {
        return names.join(" → ");
    }
    let (first, last) = (&names[..ENDS], &names[names.len() - ENDS..]);
    format!("{} → … → {}", first.join(" → "), last.join(" → "))
}
