//! Selectors and the numbers of hosts.

use crate::diagnostic::{Code, Diagnostic, Fix, list, plural};
use crate::source::Span;
use crate::syntax::ast::IntLit;

pub(in crate::lint) fn no_such_host(selector: &str, span: Span, hosts: &[&str]) -> Diagnostic {
    const SHOWN: usize = 4;
    let (shown, more) = hosts.split_at(hosts.len().min(SHOWN));
    let mut names: Vec<String> = shown.iter().map(|host| (*host).to_owned()).collect();
    if !more.is_empty() {
        names.push(plural(more.len(), "other"));
    }
    Diagnostic::warning(
        Code::W0717,
        format!("no host of the stage is `{selector}`"),
        span,
        "with this inventory the block never runs",
    )
    .note(format!("the stage runs on {}", list(&names)))
    .help("correct the selector or the inventory, or take the block out")
}

pub(in crate::lint) fn says_nothing(part: &str, span: Span, and: bool, fix: Option<Fix>) -> Diagnostic {
    let label = if and { "every host of the rest is that" } else { "the rest has all of these hosts" };
    Diagnostic::warning(Code::W0718, format!("`{part}` changes nothing in this selector"), span, label)
        .help("take it out, or say what was meant")
        .maybe_fix(fix)
}

pub(in crate::lint) fn narrows_nothing(selector: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        Code::W0718,
        format!("`on {selector}` leaves no host out"),
        span,
        "every host that comes here is that",
    )
    .help("leave the `on` out, or say what was meant")
}

pub(in crate::lint) fn could_be_closed(stage: &str, effect: &str, span: Span, last: &str, fix: Fix) -> Diagnostic {
    let message = format!("`{stage}` could be closed: it has the effect `{effect}`, which is forbidden elsewhere");
    Diagnostic::note_at(Code::W0719, message, span, "what these hosts are is taken from the inventory")
        .help(format!("`{last} only` has it verified on the hosts themselves before the first step"))
        .maybe_fix(Some(fix))
}

pub(in crate::lint) fn all_may_fail(stage: &str, hosts: usize, count: IntLit) -> Diagnostic {
    let message = format!("`{stage}` cannot fail: it runs on {} and tolerates {}", plural(hosts, "host"), count.value);
    Diagnostic::warning(Code::W0720, message, count.span, "every host may fail")
        .help("tolerate fewer than there are, or `try` what may fail")
}

pub(in crate::lint) fn all_at_once(stage: &str, hosts: usize, count: IntLit) -> Diagnostic {
    let message = format!("`{stage}` runs on {}, so {} at once are all of them", plural(hosts, "host"), count.value);
    Diagnostic::note_at(Code::W0721, message, count.span, "nothing is held back").help(if hosts == 1 {
        "leave `at-once` out"
    } else {
        "for a rolling change say fewer, for example `at-once 1`"
    })
}
