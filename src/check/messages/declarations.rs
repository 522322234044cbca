//! Modules and declarations.

use std::path::Path;

use super::meant;
use crate::check::tables::ForbidDecl;
use crate::check::types::Type;
use crate::diagnostic::{Code, Diagnostic, list};
use crate::source::Span;
use crate::syntax::ast::Words;

pub(in crate::check) fn no_such_module(module: &str, span: Span) -> Diagnostic {
    let shipped: Vec<String> = crate::library::MODULES.iter().map(|(name, _)| format!("std/{name}")).collect();
    let near = meant(module, shipped.iter().map(String::as_str));
    let help = near
        .unwrap_or_else(|| format!("the standard library has {}; a file beside this one is `./NAME`", list(&shipped)));
    Diagnostic::error(Code::E0205, format!("there is no module `{module}`"), span, "not found").help(help)
}

pub(in crate::check) fn module_unreadable(
    written: &str,
    path: &Path,
    reason: &str,
    beside: &[String],
    span: Span,
) -> Diagnostic {
    Diagnostic::error(Code::E0205, format!("module `{written}` cannot be read"), span, reason.to_owned())
        .note(format!("looked for `{}`", path.display()))
        .maybe_help(meant(written, beside.iter().map(String::as_str)))
}

pub(in crate::check) fn module_name_taken(alias: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("two modules are called `{alias}` here"), span, "the second one")
        .help(format!("give one another name: `use … as {alias}-2`"))
}

pub(in crate::check) fn import_cycle(steps: &[(String, Option<Span>)], last: Span) -> Diagnostic {
    let ring: Vec<&str> =
        steps.iter().map(|(name, _)| name.as_str()).chain(steps.first().map(|(name, _)| name.as_str())).collect();
    let diagnostic = match steps {
        [_] => Diagnostic::error(Code::E0206, "a module uses itself", last, "this is the file it stands in")
            .help("what is declared in a file is named there without a module"),
        _ => Diagnostic::error(Code::E0206, "modules use each other in a ring", last, "this closes the ring")
            .note(ring.join(" → "))
            .help("move what both need into a module of its own"),
    };
    steps
        .iter()
        .skip(1)
        .filter_map(|(_, span)| *span)
        .fold(diagnostic, |diagnostic, span| diagnostic.label(span, "used here"))
}

pub(in crate::check) fn defined_twice(name: &str, span: Span, before: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("`{name}` is defined twice"), span, "defined again here")
        .label(before, "first defined here")
}

pub(in crate::check) fn class_twice(name: &str, span: Span, before: Span) -> Diagnostic {
    defined_twice(name, span, before).help(format!(
        "a class is one for all modules: give yours another name, or say which of its hosts you mean, `hosts NAME = {name} and …`"
    ))
}

pub(in crate::check) fn prelude_s(name: &str, span: Span, before: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("`{name}` is a name of the prelude"), span, "defined again here")
        .label(before, "first defined here")
        .help("give yours another name: the prelude's mean the same in every workflow")
}

pub(in crate::check) fn program_twice(name: &str, span: Span, before: Span) -> Diagnostic {
    let message = format!("what program `{name}` does is said twice, and not alike");
    Diagnostic::error(Code::E0202, message, span, "said otherwise here")
        .label(before, "first said here")
        .help(format!("say what some of its commands do by more of their words: `program \"{name} WORD\" does …`"))
}

pub(in crate::check) fn program_weakened(
    words: &[Words],
    span: Span,
    shorter: Span,
    effect: &str,
    forbid: &ForbidDecl,
) -> Diagnostic {
    let command = words.join(" ");
    let command = command.trim_end();
    let message = format!("`{command}` is said to do no `{effect}`, and a shorter entry says that the program does");
    Diagnostic::warning(Code::W0704, message, span, "from here on a prohibition does not meet it")
        .label(shorter, format!("`{effect}` is said here"))
        .label(forbid.span, "forbidden here")
        .help(format!("add `{effect}` to what it does; where the line is true, say why: `# allow(W0704) …`"))
}

pub(in crate::check) fn read_forbidden(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0307, "reading cannot be forbidden", span, "each host that takes part is measured")
        .help("leave the hosts out of the stages that are not to look at them")
}

pub(in crate::check) fn effect_twice(name: &str, span: Span, before: Option<Span>) -> Diagnostic {
    match before {
        Some(before) => defined_twice(name, span, before),
        None => Diagnostic::error(Code::E0202, format!("effect `{name}` is built in"), span, "defined again here"),
    }
}

pub(in crate::check) fn parameter_twice(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("two parameters are called `{name}`"), span, "the second one")
}

pub(in crate::check) fn reserved_name(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("`{name}` is a word of the language"), span, "cannot be defined again")
}

pub(in crate::check) fn extern_outside(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "`extern task` belongs to the standard library", span, "")
        .help("give the task a body: `task … { … }`")
}

pub(in crate::check) fn no_body(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, format!("task `{name}` has no body"), span, "expected `{ … }` behind its header")
}

pub(in crate::check) fn stage_outside(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "a stage stands in a module", span, "modules declare tasks and conditions")
        .help("move the stage to the workflow that is run")
}

pub(in crate::check) fn unknown_type<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    const TYPES: &[&str] = &[
        "Str", "Int", "Bool", "Duration", "Size", "Path", "Host", "Output", "Secret", "List", "Map", "File", "Socket",
        "Process",
    ];
    let help = meant(name, TYPES.iter().copied().chain(known));
    Diagnostic::error(Code::E0201, format!("there is no type `{name}`"), span, "").maybe_help(help)
}

pub(in crate::check) fn type_argument(name: &str, takes_one: bool, span: Span) -> Diagnostic {
    if takes_one {
        return Diagnostic::error(Code::E0203, format!("`{name}` does not say of what"), span, "")
            .help(format!("name the type of what is in it: `{name}[Str]`"));
    }
    Diagnostic::error(Code::E0203, format!("`{name}` takes no type in brackets"), span, "")
        .help("only `List` and `Map` do")
}

pub(in crate::check) fn field_default(field: &str, ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("the default of field `{field}` is no constant of type `{ty}`"), span, "")
}

pub(in crate::check) fn unknown_effect<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let help = meant(name, known.iter().copied())
        .unwrap_or_else(|| format!("known are {}; declare your own: `effect {name}`", list(&known)));
    Diagnostic::error(Code::E0201, format!("there is no effect `{name}`"), span, "").help(help)
}

pub(in crate::check) fn bad_program(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "a program is one to four leading words of a command", span, "")
        .help("for example `program \"systemctl is-active\" does read`")
}
