//! Tests.

use super::meant;
use crate::check::types::Type;
use crate::diagnostic::{Code, Diagnostic, list};
use crate::inventory::Inventory;
use crate::source::Span;
use crate::syntax::ast;

pub(in crate::check) fn not_constant(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "a test writes its values down", span, "this is known only when something runs")
        .help("write the value itself; `*` stands for any text in what a command, an output or a message is compared with")
}

pub(in crate::check) fn wrong_in_test(what: &str, wanted: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("{what} is {wanted}"), span, "and this is not")
}

pub(in crate::check) fn unknown_test_field(what: &str, field: &ast::Ident, known: &[&str]) -> Diagnostic {
    let help = meant(&field.text, known.iter().copied()).unwrap_or_else(|| format!("known are {}", list(known)));
    Diagnostic::error(Code::E0201, format!("{what} has no `{}`", field.text), field.span, "unknown field").help(help)
}

pub(in crate::check) fn unknown_in_test<'a>(
    what: &str,
    name: &ast::Ident,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let help = match (meant(&name.text, known.iter().copied()), known.as_slice()) {
        (Some(help), _) => help,
        (None, []) => format!("the workflow has no {what}s"),
        (None, _) if what == "code" => "`flowrun explain` lists the codes".to_owned(),
        (None, known) => format!("there are {}", list(known)),
    };
    Diagnostic::error(Code::E0201, format!("there is no {what} `{}`", name.text), name.span, format!("unknown {what}"))
        .help(help)
}

pub(in crate::check) fn test_host_twice(name: &ast::Ident, first: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("host `{}` is declared twice", name.text), name.span, "declared again here")
        .label(first, "first declared here")
}

pub(in crate::check) fn test_input_twice(name: &ast::Ident) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("input `{}` is set twice", name.text), name.span, "set again here")
}

pub(in crate::check) fn wrong_test_input(name: &str, ty: &Type, span: Span, declared: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("the value of input `{name}` is no `{ty}`"), span, "")
        .label(declared, "declared here")
}

pub(in crate::check) fn no_test_host(span: Span, inventory: &Inventory) -> Diagnostic {
    let hosts: Vec<&str> = inventory.hosts.iter().map(|host| host.name.as_str()).collect();
    let help = match hosts.as_slice() {
        [] => "declare one in the test: `host w1 { arch: x86_64, mem: 8GiB, groups: [distcc] }`".to_owned(),
        hosts => format!("it has {}", list(hosts)),
    };
    Diagnostic::error(Code::E0306, "no host of the test is picked", span, "no host").help(help)
}

pub(in crate::check) fn nothing_is_run(title: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "the test runs nothing", title, "").help(
        "write `run` for the whole workflow, `run stage NAME`, or `run on SELECTOR { … }`; what must be refused stands in \
         `expect refusal CODE { … }`",
    )
}

pub(in crate::check) fn no_stage_to_run(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0201, "the workflow has no stage", span, "there is nothing to run")
        .help("tasks are run by a block: `run on SELECTOR { … }`")
}

pub(in crate::check) fn nothing_has_run(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "nothing has run yet", span, "expected of nothing")
        .help("write what is expected below the `run` that it is expected of")
}
