//! Names and values.

use super::meant;
use crate::check::types::Type;
use crate::diagnostic::{Code, Diagnostic, list, or_list};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, BinaryOp};

pub(in crate::check) fn no_host_yet(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("{what} needs a host, and an input is read before there is one"), span, "")
        .help("give a constant or `env(…)` here, and ask the host in a stage")
}

pub(in crate::check) fn unknown_name(name: &str, span: Span, known: &[&str], is_task: bool) -> Diagnostic {
    let help = match name {
        "local" => Some("`local` is a selector: declare `host me = local`, then write `me`".to_owned()),
        "all" => Some("`all` is a selector: declare `hosts everyone = all`, then write `everyone`".to_owned()),
        _ if is_task => Some(format!("`{name}` is a task: call it, `{name}(…)`")),
        _ => of_other_languages(name).or_else(|| meant(name, known.iter().copied())),
    };
    Diagnostic::error(Code::E0201, format!("nothing is called `{name}` here"), span, "unknown name").maybe_help(help)
}

/// Constants of other languages.
fn of_other_languages(name: &str) -> Option<String> {
    match name.to_ascii_lowercase().as_str() {
        "true" | "yes" => Some("write `true`".to_owned()),
        "false" | "no" => Some("write `false`".to_owned()),
        "null" | "none" | "nil" | "undefined" => Some(
            "a value that is missing has no name: a parameter may be, `x: Str? = none`, and `or-else(x, \"…\")` reads it"
                .to_owned(),
        ),
        _ => None,
    }
}

pub(in crate::check) fn unknown_in_module<'a>(
    module: &str,
    name: &str,
    span: Span,
    known: impl Iterator<Item = &'a str>,
    is_task: bool,
) -> Diagnostic {
    let call = is_task.then(|| format!("`{module}.{name}` is a task: call it, `{module}.{name}(…)`"));
    let help = call.or_else(|| meant(name, known));
    Diagnostic::error(Code::E0201, format!("module `{module}` has no value `{name}`"), span, "").maybe_help(help)
}

pub(in crate::check) fn class_as_value(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("class `{name}` is no value"), span, "a class stands in selectors alone")
        .help(format!("declare the hosts of it: `hosts all-{name} = {name}`"))
}

pub(in crate::check) fn unknown_task(name: &str, span: Span, known: &[&str], elsewhere: Option<String>) -> Diagnostic {
    const STATEMENTS: &[&str] = &["print", "assert", "return", "fail"];
    let known = known.iter().chain(STATEMENTS).copied();
    let help = elsewhere.map(|full| format!("did you mean `{full}`?")).or_else(|| meant(name, known));
    Diagnostic::error(Code::E0201, format!("there is no task `{name}`"), span, "unknown task").maybe_help(help)
}

pub(in crate::check) fn unknown_task_in<'a>(
    module: &str,
    name: &str,
    span: Span,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    let help = meant(name, known.iter().copied()).unwrap_or_else(|| format!("it has {}", list(&known)));
    Diagnostic::error(Code::E0201, format!("module `{module}` has no task `{name}`"), span, "unknown task").help(help)
}

pub(in crate::check) fn unknown_module<'a>(
    name: &str,
    span: Span,
    known: impl Iterator<Item = &'a str>,
    shipped: bool,
) -> Diagnostic {
    let help = if shipped { Some(format!("add `use std/{name}` at the top")) } else { meant(name, known) };
    Diagnostic::error(Code::E0201, format!("no module is called `{name}` here"), span, "unknown module")
        .maybe_help(help)
}

pub(in crate::check) fn no_methods(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("values have no method `{name}`"), span, "")
        .help(format!("a field is read without brackets, `.{name}`; a task is called with its value, `{name}(…)`"))
}

pub(in crate::check) fn not_callable(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "this cannot be called", span, "not a task")
}

pub(in crate::check) fn unknown_field(name: &str, ty: &Type, span: Span) -> Diagnostic {
    let fields = ty.fields();
    let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let help = match (meant(name, known.iter().copied()), ty) {
        (Some(help), _) => help,
        (None, Type::Optional(inner)) => {
            format!("the value may be missing: `or-else(value, fallback)` gives a `{inner}`")
        }
        (None, Type::Data) => "decode it first: `from-yaml(text) as T`".to_owned(),
        (None, _) if known.is_empty() => format!("`{ty}` has no fields"),
        (None, _) => format!("`{ty}` has {}", list(&known)),
    };
    Diagnostic::error(Code::E0201, format!("`{ty}` has no field `{name}`"), span, "unknown field").help(help)
}

pub(in crate::check) fn field_missing(field: &str, record: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("field `{field}` of `{record}` is missing"), span, "")
}

pub(in crate::check) fn mismatch(wanted: &Type, found: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0203,
        format!("expected `{wanted}`, found `{found}`"),
        span,
        format!("this is of type `{found}`"),
    )
    .maybe_help(conversion(wanted, found))
}

/// Most often it is what a stage left on several hosts.
const MAP: &str =
    "take an entry: `value[\"key\"]`; a stage that runs on one `host` gives a single value in place of a map";

pub(super) fn conversion(wanted: &Type, found: &Type) -> Option<String> {
    match (wanted, found) {
        (Type::Duration, Type::Int) => Some("write the unit: `30s`, `5m`, `500ms`".to_owned()),
        (Type::Size, Type::Int) => Some("write the unit: `512MiB`, `8GiB`".to_owned()),
        (Type::Duration, Type::Str) => Some("a duration has no quotes: `30s`".to_owned()),
        (Type::Size, Type::Str) => Some("a size has no quotes: `8GiB`".to_owned()),
        (Type::Int, Type::Str) => Some("`int(text)` reads a number".to_owned()),
        (Type::Str, Type::List(_)) => Some("`join(list, \", \")` makes one text".to_owned()),
        (Type::Str, Type::Output) => Some("its text is `.stdout`".to_owned()),
        (_, Type::Map(inner)) if **inner == *wanted => Some(MAP.to_owned()),
        (_, Type::Secret) => Some("a secret goes to a host by `env:` or `stdin:` alone".to_owned()),
        (Type::Bool, Type::Output) => Some("whether it succeeded is `.ok`, with `try sh …`".to_owned()),
        (Type::Bool, found) if is_bracketed_condition(found) => {
            Some("brackets make a list: a condition stands without them".to_owned())
        }
        (Type::Host, Type::Str) => Some("a host is declared by its name: `host NAME = name == \"…\"`".to_owned()),
        (Type::Str, Type::Str) => None,
        (Type::Str | Type::Secret, found) if found.is_text() => {
            Some("splice it into a text: `\"{{ value }}\"`".to_owned())
        }
        (Type::Optional(wanted), found) => conversion(wanted, found),
        (_, Type::Optional(inner)) if **inner == *wanted => {
            Some("it may be missing: `or-else(value, fallback)`".to_owned())
        }
        (Type::Record(_) | Type::List(_) | Type::Map(_), Type::Data) => Some(format!("decode it: `… as {wanted}`")),
        _ => None,
    }
}

/// `[ a == b ]` and `[[ a == b ]]`, as the shell has them.
fn is_bracketed_condition(ty: &Type) -> bool {
    match ty {
        Type::List(inner) => **inner == Type::Bool || is_bracketed_condition(inner),
        _ => false,
    }
}

pub(in crate::check) fn not_a_list(ty: &Type, span: Span) -> Diagnostic {
    let help = match ty {
        Type::Str => Some("`lines(text)` gives its lines"),
        Type::Map(_) => Some(MAP),
        Type::Optional(_) => Some("it may be missing: `or-else(value, [])`"),
        _ => None,
    };
    Diagnostic::error(Code::E0203, format!("expected a list, found `{ty}`"), span, "").maybe_help(help)
}

pub(in crate::check) fn not_indexable(ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`{ty}` has no elements"), span, "expected a list or a map")
}

pub(in crate::check) fn not_text(ty: &Type, span: Span) -> Diagnostic {
    let help = match ty {
        Type::Output => Some("splice its text: `.stdout`"),
        Type::Optional(_) => Some("it may be missing: `or-else(value, fallback)`"),
        Type::Map(_) => Some(MAP),
        _ => None,
    };
    Diagnostic::error(Code::E0203, format!("`{ty}` cannot be spliced into a text"), span, "").maybe_help(help)
}

pub(in crate::check) fn not_printable(ty: &Type, span: Span) -> Diagnostic {
    let help = match ty {
        Type::Output => Some("print its text: `.stdout`".to_owned()),
        Type::Map(_) => Some(MAP.to_owned()),
        Type::Record(_) => {
            let fields = ty.fields();
            let names: Vec<String> = fields.iter().map(|(name, _)| format!("`.{name}`")).collect();
            Some(format!("print a field of it: {}", or_list(&names)))
        }
        _ => None,
    };
    Diagnostic::error(Code::E0203, format!("`{ty}` cannot be printed"), span, "").maybe_help(help)
}

pub(in crate::check) fn list_in_text(span: Span, sources: &SourceMap) -> Diagnostic {
    Diagnostic::error(Code::E0203, "a list cannot be spliced into a text", span, "")
        .help(format!("`{{{{ join({}, \", \") }}}}`", sources.slice(span)))
}

pub(in crate::check) fn bad_operands(
    op: BinaryOp,
    left: &Type,
    right: &Type,
    left_span: Span,
    right_span: Span,
) -> Diagnostic {
    let what = match op {
        BinaryOp::Compare(ast::Comparison::Eq | ast::Comparison::Ne) => "compared",
        BinaryOp::Compare(_) => "put in order",
        BinaryOp::In => "looked up in each other",
        BinaryOp::Add => "added",
        BinaryOp::Sub => "subtracted",
        BinaryOp::Mul => "multiplied",
        BinaryOp::Div | BinaryOp::Rem => "divided",
        BinaryOp::Or | BinaryOp::And => "joined",
    };
    Diagnostic::error(Code::E0203, format!("`{left}` and `{right}` cannot be {what}"), right_span, format!("`{right}`"))
        .label(left_span, format!("`{left}`"))
        .maybe_help(conversion(left, right))
}

pub(in crate::check) fn cast_of(ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`as` decodes data, and this is of type `{ty}`"), span, "")
        .help("`from-yaml(text) as T` and `from-json(text) as T` decode")
}

pub(in crate::check) fn try_what(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "`try` stands before `sh`", span, "this is no command")
        .help("to go on after a failure: `try { … } rescue e { … }`")
}

pub(in crate::check) fn no_value_to_bind(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("there is no value for `{name}`"), span, "what is called returns nothing")
}

pub(in crate::check) fn returns_nothing(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "a value is returned where the header names none", span, "")
        .help("write its type into the header: `-> T`")
}

pub(in crate::check) fn returns_something(wanted: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("a value of type `{wanted}` has to be returned"), span, "")
}

pub(in crate::check) fn may_end_without(name: &str, wanted: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0203,
        format!("`{name}` can end without returning its `{wanted}`"),
        span,
        "the header promises a value",
    )
    .help("end it with `return …` or `fail …`")
}

pub(in crate::check) fn does_nothing(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "this value is not used", span, "a statement does something")
        .help("bind it (`let x = …`), print it, or return it")
}

pub(in crate::check) fn answer_dropped(span: Span, sources: &SourceMap) -> Diagnostic {
    Diagnostic::error(Code::E0101, "nobody looks at this answer", span, "it is true or false")
        .help(format!("make it a condition: `assert {}`", sources.slice(span)))
}

/// Where a stage's result is asked for too early.
pub(in crate::check) enum TooEarly<'a> {
    /// In a stage that may run beside it.
    Beside,
    /// In a stage that it waits for.
    Before(&'a ast::Stage),
    /// In the stage itself.
    Itself,
    /// In a task or a condition, which anybody may use at any time.
    AnyTime,
}

pub(in crate::check) fn result_too_early(stage: &ast::Stage, span: Span, when: &TooEarly<'_>) -> Diagnostic {
    let name = &stage.name.text;
    let help = match when {
        TooEarly::Beside => format!("let this stage come after it: `after {name}`"),
        TooEarly::Before(first) => format!("put `{name}` before `{}`", first.name.text),
        TooEarly::Itself => "a stage has its result when it has ended: give the value a name, `let x = …`".to_owned(),
        TooEarly::AnyTime => "take it as a parameter: the stage that calls knows when it is there".to_owned(),
    };
    Diagnostic::error(Code::E0201, format!("the result of `{name}` is not there yet"), span, "used before it is made")
        .label(stage.name.span, "made here")
        .help(help)
}

pub(in crate::check) fn stage_without_result(stage: &ast::Stage, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("stage `{}` has no result", stage.name.text), span, "")
        .label(stage.name.span, "its header names no type")
        .help("write the type into its header (`-> T`) and return a value")
}
