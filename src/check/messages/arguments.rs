//! Arguments of calls.

use std::path::Path;

use super::meant;
use super::values::conversion;
use crate::check::tables::Signature;
use crate::check::types::Type;
use crate::diagnostic::{Code, Diagnostic, list, plural};
use crate::source::Span;
use crate::syntax::ast;

fn signature_span(signature: &Signature) -> Span {
    signature.ast.name.span
}

pub(in crate::check) fn unknown_argument(signature: &Signature, name: &ast::Ident) -> Diagnostic {
    let known: Vec<&str> = signature.params.iter().map(|(name, _)| name.as_str()).collect();
    let help = meant(&name.text, known.iter().copied()).unwrap_or_else(|| match known.is_empty() {
        true => "it takes no arguments".to_owned(),
        false => format!("it takes {}", list(&known)),
    });
    Diagnostic::error(
        Code::E0204,
        format!("`{}` takes no argument `{}`", signature.name, name.text),
        name.span,
        "unknown argument",
    )
    .label(signature_span(signature), "declared here")
    .help(help)
}

pub(in crate::check) fn positional_after_named(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0204, "an argument without a name follows one with a name", span, "")
        .help("give it its name: `name: value`")
}

pub(in crate::check) fn too_many_arguments(signature: &Signature, span: Span) -> Diagnostic {
    let count = match signature.params.len() {
        0 => "no arguments".to_owned(),
        count => plural(count, "argument"),
    };
    Diagnostic::error(Code::E0204, format!("`{}` takes {count}", signature.name), span, "one too many")
        .label(signature_span(signature), "declared here")
}

pub(in crate::check) fn argument_twice(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0204, format!("argument `{name}` is given twice"), span, "given again here")
}

pub(in crate::check) fn missing_arguments(signature: &Signature, missing: &[&ast::Param], span: Span) -> Diagnostic {
    let names: Vec<String> = missing.iter().map(|param| format!("`{}`", param.name.text)).collect();
    let first = missing.first().map_or(signature_span(signature), |param| param.name.span.to(param.ty.span));
    Diagnostic::error(Code::E0204, format!("`{}` needs {}", signature.name, list(&names)), span, "not given")
        .label(first, "declared here")
}

pub(in crate::check) fn argument_mismatch(
    task: &str,
    name: &str,
    wanted: &Type,
    found: &Type,
    span: Span,
    param: Option<Span>,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        Code::E0203,
        format!("`{name}` of `{task}` is `{wanted}`, not `{found}`"),
        span,
        format!("this is of type `{found}`"),
    );
    let diagnostic = param.into_iter().fold(diagnostic, |diagnostic, param| diagnostic.label(param, "declared here"));
    diagnostic.maybe_help(conversion(wanted, found))
}

pub(in crate::check) fn at_takes_one(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`at` delegates to one host, and `{name}` is many"), span, "")
        .help(format!("`for h in {name} {{ at h {{ … }} }}`"))
}

/// What an operator of other tools writes for the host that is meant.
pub(in crate::check) fn at_text(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "`at` takes a host, and not the text of its name", span, "this is of type `Str`")
        .help(format!("declare it, `host {name} = name == \"{name}\"`, then write `at {name} {{ … }}`"))
}

/// A class, or one of the words of selectors.
pub(in crate::check) fn at_selector(name: &str, span: Span) -> Diagnostic {
    let help = match name {
        "local" => "declare it, `host me = local`, then write `at me { … }`".to_owned(),
        "all" => "declare them, `hosts everyone = all`, then write `for h in everyone { at h { … } }`".to_owned(),
        class => format!("declare the one that is meant, `host one = {class}`, then write `at one {{ … }}`"),
    };
    Diagnostic::error(Code::E0203, format!("`at` takes a host, and `{name}` is a selector"), span, "").help(help)
}

pub(in crate::check) fn at_unknown<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let help = meant(name, known)
        .unwrap_or_else(|| format!("declare it, `host {name} = name == \"{name}\"`, then write `at {name} {{ … }}`"));
    Diagnostic::error(Code::E0201, format!("no host is called `{name}` here"), span, "unknown host").help(help)
}

pub(in crate::check) fn local_file_missing(name: &str, path: &Path, beside: &[String], span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0210, format!("there is no file `{name}` beside the workflow"), span, "not found")
        .note(format!("looked for `{}`", path.display()))
        .maybe_help(meant(name, beside.iter().map(String::as_str)))
}

pub(in crate::check) fn not_shipped(name: &str, span: Span) -> Diagnostic {
    let known: Vec<&str> = crate::library::FILES.iter().map(|(name, _)| *name).collect();
    let help = meant(name, known.iter().copied()).unwrap_or_else(|| format!("shipped are {}", list(&known)));
    Diagnostic::error(Code::E0210, format!("no file `{name}` is shipped with the standard library"), span, "not found")
        .help(help)
}
