//! Statements.

use crate::diagnostic::{Code, Diagnostic, duration};
use crate::source::Span;

pub(in crate::lint) fn never_reached(span: Span, end: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0722, "this is never reached", span, "")
        .label(end, "the block ends here at the latest")
        .help("take it out, or put it before")
}

pub(in crate::lint) fn constant_condition(what: &str, value: bool, span: Span) -> Diagnostic {
    let help = match (what, value) {
        ("assert", true) => "take the `assert` out, or say what has to hold",
        ("assert", false) => "`fail \"…\"` fails and says why",
        (_, true) => "leave the `if` out, or say on what it depends",
        (_, false) => "take it out, or say on what it depends",
    };
    Diagnostic::warning(Code::W0723, format!("this is always {value}"), span, "it depends on nothing").help(help)
}

pub(in crate::lint) fn result_dropped(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0724, format!("what `{name}` gives is dropped"), span, "it does nothing else")
        .help("bind it by `let`, or take it out")
}

pub(in crate::lint) fn failure_dropped(span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0725, "a failure of this would go unseen", span, "nothing looks at what it gives")
        .help("leave `try` out, so that a failure ends the stage; or look: `let done = try …`, then `done.ok`")
}

pub(in crate::lint) fn empty_rescue(span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0726, "whatever fails here is passed over in silence", span, "this does nothing")
        .help("say at least that it failed: `rescue problem { print \"went on without it: {{ problem }}\" }`")
}

pub(in crate::lint) fn vain_fix(goal: Span, fix: Span, why: &str) -> Diagnostic {
    Diagnostic::warning(Code::W0727, "this `ensure` cannot mend what it checks", fix, why)
        .label(goal, "the check fails again after it")
        .help("do here what makes the check succeed; without an `else`, the check alone says that it fails")
}

pub(in crate::lint) fn retried_once(times: i64, span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0728, format!("`retry {times}` tries once and never again"), span, "")
        .help("say how often it may be tried in all: `retry 3 every 2s { … }`")
}

pub(in crate::lint) fn outer_limit_first(inner: Span, outer: u64, place: Span) -> Diagnostic {
    let message = format!("this limit is never reached: {} are over before", duration(outer));
    Diagnostic::warning(Code::W0730, message, inner, "longer")
        .label(place, "this one ends it first")
        .help("make it shorter than the one around it, or leave it out")
}
