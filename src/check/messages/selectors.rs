//! Selectors.

use super::meant;
use crate::diagnostic::{Code, Diagnostic, list};
use crate::inventory;
use crate::source::Span;
use crate::syntax::ast;

pub(in crate::check) fn unknown_hosts(name: &str, span: Span, known: &[String]) -> Diagnostic {
    let architecture = inventory::kernel_name(&name.to_ascii_lowercase()).or((name == "x86").then_some("x86_64"));
    let architecture = architecture.filter(|kernel| known.iter().any(|known| known == kernel));
    let architecture =
        architecture.map(|kernel| format!("the architecture is called `{kernel}`, as `uname -m` has it"));
    let near = architecture.or_else(|| meant(name, known.iter().map(String::as_str)));
    let help = near.unwrap_or_else(|| {
        format!(
            "a host of the inventory is declared first, `host {name} = name == \"{name}\"`; a group is `group({name})`"
        )
    });
    Diagnostic::error(Code::E0201, format!("no host, class or architecture is called `{name}`"), span, "unknown name")
        .help(help)
}

pub(in crate::check) fn not_hosts(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`{name}` names no hosts"), span, "a selector stands here")
}

pub(in crate::check) fn not_a_selector_name(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("`{name}` is no name in a selector"), span, "a module has no modules in it")
}

pub(in crate::check) fn selector_cycle(names: &[&ast::Ident]) -> Diagnostic {
    let ring: Vec<&str> = names.iter().chain(names.first()).map(|name| &*name.text).collect();
    let first = names.first().map(|name| name.span);
    let diagnostic =
        Diagnostic::new(crate::diagnostic::Severity::Error, Code::E0201, "hosts are declared by each other in a ring");
    let diagnostic = diagnostic.note(ring.join(" → "));
    first.into_iter().fold(diagnostic, |diagnostic, span| diagnostic.label(span, "declared by way of itself"))
}

pub(in crate::check) fn unknown_attribute(name: &str, span: Span) -> Diagnostic {
    const KNOWN: &[&str] = &["arch", "class", "name", "os", "mem", "cores"];
    let help = meant(name, KNOWN.iter().copied()).unwrap_or_else(|| format!("hosts have {}", list(KNOWN)));
    Diagnostic::error(Code::E0201, format!("hosts have no attribute `{name}`"), span, "").help(help)
}

pub(in crate::check) fn wrong_selector_value(attribute: &str, example: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`{attribute}` is not compared with this"), span, "")
        .help(format!("for example `{attribute} == {example}`"))
}

pub(in crate::check) fn no_order(attribute: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`{attribute}` has no order"), span, "").help("compare it by `==` or `!=`")
}

pub(in crate::check) fn quote_the_value(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("`{word}` is no name"), span, "text stands in quotes")
        .help(format!("write `\"{word}\"`"))
}
