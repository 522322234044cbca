//! A workflow against the hosts of an inventory.

use super::meant;
use crate::check::ir::ForbiddenClass;
use crate::diagnostic::{Code, Diagnostic, list, plural};
use crate::source::Span;

pub(in crate::check) fn limit_unknown(name: &str, span: Span, known: &[String]) -> Diagnostic {
    let help = meant(name, known.iter().map(String::as_str)).unwrap_or_else(|| format!("there are {}", list(known)));
    Diagnostic::error(Code::E0201, format!("no host is called `{name}`"), span, "").help(help)
}

pub(in crate::check) fn not_one_host(
    name: &str,
    span: Span,
    found: &[(String, Span)],
    open: &[(String, Span)],
    selector: &str,
) -> Diagnostic {
    let count = if found.is_empty() { "no host of the inventory".to_owned() } else { plural(found.len(), "host") };
    let message = format!("`host {name}` has to be exactly one host, and `{selector}` selects {count}");
    let diagnostic = Diagnostic::error(Code::E0305, message, span, "declared here");
    let diagnostic = found.iter().take(3).fold(diagnostic, |diagnostic, (_, span)| diagnostic.label(*span, "selected"));
    with_open(diagnostic, open)
}

pub(in crate::check) fn no_host(
    what: &str,
    span: Span,
    open: &[(String, Span)],
    hosts: &[String],
    strange_groups: &[(String, Vec<String>)],
) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::E0306, format!("{what} selects no host of the inventory"), span, "");
    let diagnostic = diagnostic.note(format!("the inventory has {}", list(hosts)));
    let diagnostic = strange_groups.iter().fold(diagnostic, |diagnostic, (group, known)| {
        let help = meant(group, known.iter().map(String::as_str));
        diagnostic.note(format!("no host is in a group `{group}`; the groups are {}", list(known))).maybe_help(help)
    });
    with_open(diagnostic, open)
}

pub(in crate::check) fn host_without_class(host: &str, declared: Span, forbidden: &ForbiddenClass) -> Diagnostic {
    let (class, effect) = (&forbidden.class, &forbidden.effect);
    let message = format!("`{host}` has no class, and it is all that a `{class}` is, on which `{effect}` is forbidden");
    Diagnostic::warning(Code::W0703, message, declared, format!("taken for no `{class}`"))
        .label(forbidden.span, "forbidden here")
        .help(format!("say what it is: `class: {class}`, or a class of its own, `class NAME = …` in the workflow"))
}

fn with_open(diagnostic: Diagnostic, open: &[(String, Span)]) -> Diagnostic {
    let Some((name, span)) = open.first() else { return diagnostic };
    diagnostic
        .label(*span, "not known to be one: it says too little")
        .help(format!("say what `{name}` is in the inventory: arch, class, mem or cores"))
}
