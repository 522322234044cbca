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
    missed: &Missed,
) -> Diagnostic {
    let count = if found.is_empty() { "no host of the inventory".to_owned() } else { plural(found.len(), "host") };
    let message = match (found, open) {
        ([_], [(other, _), ..]) => {
            let message =
                format!("`host {name}` has to be exactly one host, and `{other}` may be one by `{selector}` too");
            return with_open(Diagnostic::error(Code::E0305, message, span, "declared here"), open);
        }
        _ => format!("`host {name}` has to be exactly one host, and `{selector}` selects {count}"),
    };
    let diagnostic = Diagnostic::error(Code::E0305, message, span, "declared here");
    let Some((first, _)) = found.first() else { return with_open(with_missed(diagnostic, missed), open) };
    let diagnostic = found.iter().take(3).fold(diagnostic, |diagnostic, (_, span)| diagnostic.label(*span, "selected"));
    let selector = if selector.contains(" or ") { format!("({selector})") } else { selector.to_owned() };
    let one =
        if selector == "all" { format!("name == \"{first}\"") } else { format!("{selector} and name == \"{first}\"") };
    diagnostic.help(format!("say which one: `host {name} = {one}`; for all of them write `hosts {name}`"))
}

pub(in crate::check) fn no_host(what: &str, span: Span, open: &[(String, Span)], missed: &Missed) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::E0306, format!("{what} selects no host of the inventory"), span, "");
    with_open(with_missed(diagnostic, missed), open)
}

/// What a selector that finds no host speaks of, and what there is.
pub(in crate::check) struct Missed {
    pub(in crate::check) hosts: Vec<String>,
    pub(in crate::check) groups: Vec<String>,
    /// Names and groups of the selector that no host has.
    pub(in crate::check) strange_names: Vec<String>,
    pub(in crate::check) strange_groups: Vec<String>,
    /// Whether it asks for `local`, which no host of the inventory is.
    pub(in crate::check) no_local: bool,
}

fn with_missed(diagnostic: Diagnostic, missed: &Missed) -> Diagnostic {
    let hosts = missed.hosts.iter().map(String::as_str);
    let groups = missed.groups.iter().map(String::as_str);
    let diagnostic = diagnostic.note(format!("the inventory has {}", list(&missed.hosts)));
    let diagnostic = missed.strange_groups.iter().fold(diagnostic, |diagnostic, group| {
        let known = if missed.groups.is_empty() {
            "the inventory has no groups".to_owned()
        } else {
            format!("the groups are {}", list(&missed.groups))
        };
        let help = meant(group, groups.clone()).or_else(|| {
            let is_host = missed.hosts.contains(group);
            is_host.then(|| format!("`{group}` is a host: `name == \"{group}\"`"))
        });
        diagnostic.note(format!("no host is in a group `{group}`; {known}")).maybe_help(help)
    });
    let diagnostic = diagnostic.maybe_help(missed.no_local.then(no_local));
    missed.strange_names.iter().fold(diagnostic, |diagnostic, name| {
        let help = meant(name, hosts.clone()).or_else(|| {
            let is_group = missed.groups.contains(name);
            is_group.then(|| format!("`{name}` is a group: `group({name})`"))
        });
        diagnostic.maybe_help(help)
    })
}

/// The machine that flowrun runs on is a host as others are.
fn no_local() -> String {
    "`local` is the host of which the inventory says that flowrun runs on it: put \
     `localhost: { connection: local }` among its `hosts:`, or in an inventory of Ansible the line \
     `localhost ansible_connection=local`"
        .to_owned()
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
