//! Names that nothing speaks of.

use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::source::Span;
use crate::syntax::ast::Ident;

fn unused(code: Code, what: &str, name: &Ident, help: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(code, format!("{what} `{}` is never used", name.text), name.span, "").help(help)
}

pub(in crate::lint) fn unused_input(name: &Ident) -> Diagnostic {
    unused(Code::W0708, "input", name, "take it out: who sets it believes that it does something")
}

pub(in crate::lint) fn unused_host(keyword: &str, name: &Ident) -> Diagnostic {
    unused(Code::W0709, keyword, name, "take it out: the inventory has to have such a host all the same")
}

pub(in crate::lint) fn unused_value(name: &Ident, hides: bool, fix: Option<Fix>) -> Diagnostic {
    let help = match (&fix, hides) {
        (_, true) => "it does not set the outer value of that name: a `let` makes a new one".to_owned(),
        (Some(_), false) => format!("leave `{}` out", name.text),
        (None, false) => format!("leave it out, or call it `_{}` where it is there for what it does", name.text),
    };
    unused(Code::W0710, "the value", name, help).maybe_fix(fix.filter(|_| !hides))
}

pub(in crate::lint) fn unused_task(name: &Ident) -> Diagnostic {
    unused(Code::W0711, "task", name, "call it, take it out, or move it to a module that others use")
}

pub(in crate::lint) fn unused_parameter(name: &Ident, task: &str) -> Diagnostic {
    let help = format!("take it out of `{task}` and of its calls, or call it `_{}`", name.text);
    unused(Code::W0712, "the parameter", name, help)
}

pub(in crate::lint) fn unused_module(module: &str, name: &str, span: Span, fix: Option<Fix>) -> Diagnostic {
    Diagnostic::warning(Code::W0713, format!("nothing of `{module}` is used"), span, "")
        .help(format!("take the `use` out: nothing here begins with `{name}.`"))
        .maybe_fix(fix)
}

pub(in crate::lint) fn unused_condition(name: &Ident) -> Diagnostic {
    let help = format!("let a stage say `leaves {0}` and another `expects {0}`, or take it out", name.text);
    unused(Code::W0714, "condition", name, help)
}

pub(in crate::lint) fn unused_type(name: &Ident) -> Diagnostic {
    unused(Code::W0715, "type", name, "take it out")
}

pub(in crate::lint) fn hidden_name(inner: &Ident, outer: Span) -> Diagnostic {
    let name = &inner.text;
    Diagnostic::warning(
        Code::W0716,
        format!("this `{name}` hides another `{name}`"),
        inner.span,
        "a new value, known in this block only",
    )
    .label(outer, "this one keeps its value")
    .help(format!("give it a name of its own; for a value that depends: `let {name} = if … {{ a }} else {{ b }}`"))
}
