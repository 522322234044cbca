//! All words of the checker: a function for each diagnostic.

use std::path::Path;

use super::prove::Example;
use super::summary::{Occurrence, Step};
use super::tables::{EffectDecl, ForbidDecl, Signature};
use super::types::Type;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, list, or_list, plural};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, BinaryOp};

fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    did_you_mean(name, known).map(|found| format!("did you mean `{found}`?"))
}

// ------------------------------------------------------------------ modules and declarations

pub(super) fn no_such_module(module: &str, span: Span) -> Diagnostic {
    let shipped: Vec<String> = crate::library::MODULES.iter().map(|(name, _)| format!("std/{name}")).collect();
    let near = meant(module, shipped.iter().map(String::as_str));
    let help = near
        .unwrap_or_else(|| format!("the standard library has {}; a file beside this one is `./NAME`", list(&shipped)));
    Diagnostic::error(Code::E0205, format!("there is no module `{module}`"), span, "not found").help(help)
}

pub(super) fn module_unreadable(written: &str, path: &Path, reason: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0205, format!("module `{written}` cannot be read"), span, reason.to_owned())
        .note(format!("looked for `{}`", path.display()))
}

pub(super) fn module_name_taken(alias: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("two modules are called `{alias}` here"), span, "the second one")
        .help(format!("give one another name: `use … as {alias}-2`"))
}

pub(super) fn import_cycle(steps: &[(String, Option<Span>)], last: Span) -> Diagnostic {
    let ring: Vec<&str> =
        steps.iter().map(|(name, _)| name.as_str()).chain(steps.first().map(|(name, _)| name.as_str())).collect();
    let diagnostic = Diagnostic::error(Code::E0206, "modules use each other in a ring", last, "this closes the ring")
        .note(ring.join(" → "));
    steps
        .iter()
        .skip(1)
        .filter_map(|(_, span)| *span)
        .fold(diagnostic, |diagnostic, span| diagnostic.label(span, "used here"))
}

pub(super) fn not_yet(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0103,
        format!("{what} cannot run in this version of flowrun yet"),
        span,
        "not yet supported",
    )
}

pub(super) fn defined_twice(name: &str, span: Span, before: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("`{name}` is defined twice"), span, "defined again here")
        .label(before, "first defined here")
}

pub(super) fn effect_twice(name: &str, span: Span, before: Option<Span>) -> Diagnostic {
    match before {
        Some(before) => defined_twice(name, span, before),
        None => Diagnostic::error(Code::E0202, format!("effect `{name}` is built in"), span, "defined again here"),
    }
}

pub(super) fn type_twice(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("type `{name}` is defined twice"), span, "defined again here")
}

pub(super) fn parameter_twice(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("two parameters are called `{name}`"), span, "the second one")
}

pub(super) fn reserved_name(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0202, format!("`{name}` is a word of the language"), span, "cannot be defined again")
}

pub(super) fn extern_outside(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "`extern task` belongs to the standard library", span, "")
        .help("give the task a body: `task … { … }`")
}

pub(super) fn unknown_primitive(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("the interpreter has no primitive `{name}`"), span, "")
}

pub(super) fn no_body(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, format!("task `{name}` has no body"), span, "expected `{ … }` behind its header")
}

pub(super) fn stage_outside(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "a stage stands in a module", span, "modules declare tasks and conditions")
        .help("move the stage to the workflow that is run")
}

pub(super) fn unknown_type<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    const TYPES: &[&str] = &[
        "Str", "Int", "Bool", "Duration", "Size", "Path", "Host", "Output", "Secret", "List", "Map", "File", "Socket",
        "Process",
    ];
    let help = meant(name, TYPES.iter().copied().chain(known));
    Diagnostic::error(Code::E0201, format!("there is no type `{name}`"), span, "").maybe_help(help)
}

pub(super) fn type_argument(name: &str, takes_one: bool, span: Span) -> Diagnostic {
    let label = if takes_one { format!("write `{name}[T]`") } else { format!("`{name}` takes no type in brackets") };
    Diagnostic::error(Code::E0203, "the type is not complete", span, label)
}

pub(super) fn field_default(field: &str, ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("the default of field `{field}` is no constant of type `{ty}`"), span, "")
}

pub(super) fn unknown_effect<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let help = meant(name, known.iter().copied())
        .unwrap_or_else(|| format!("known are {}; declare your own: `effect {name}`", list(&known)));
    Diagnostic::error(Code::E0201, format!("there is no effect `{name}`"), span, "").help(help)
}

pub(super) fn bad_program(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "a program is one to four leading words of a command", span, "")
        .help("for example `program \"systemctl is-active\" does read`")
}

// ------------------------------------------------------------------ selectors

pub(super) fn unknown_hosts(name: &str, span: Span, known: &[String]) -> Diagnostic {
    let near = meant(name, known.iter().map(String::as_str));
    let help = near.unwrap_or_else(|| {
        format!("a host of the inventory is declared first, `host {name} = name == \"{name}\"`; a group is `group({name})`")
    });
    Diagnostic::error(Code::E0201, format!("no host, class or architecture is called `{name}`"), span, "unknown name")
        .help(help)
}

pub(super) fn not_hosts(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`{name}` names no hosts"), span, "a selector stands here")
}

pub(super) fn not_a_selector_name(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("`{name}` is no name in a selector"), span, "no such module")
}

pub(super) fn selector_cycle(names: &[&ast::Ident]) -> Diagnostic {
    let ring: Vec<&str> = names.iter().chain(names.first()).map(|name| name.text.as_str()).collect();
    let first = names.first().map(|name| name.span);
    let diagnostic =
        Diagnostic::new(crate::diagnostic::Severity::Error, Code::E0201, "hosts are declared by each other in a ring");
    let diagnostic = diagnostic.note(ring.join(" → "));
    first.into_iter().fold(diagnostic, |diagnostic, span| diagnostic.label(span, "declared by way of itself"))
}

pub(super) fn unknown_attribute(name: &str, span: Span) -> Diagnostic {
    const KNOWN: &[&str] = &["arch", "class", "name", "os", "mem", "cores"];
    let help = meant(name, KNOWN.iter().copied()).unwrap_or_else(|| format!("hosts have {}", list(KNOWN)));
    Diagnostic::error(Code::E0201, format!("hosts have no attribute `{name}`"), span, "").help(help)
}

pub(super) fn wrong_selector_value(attribute: &str, example: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`{attribute}` is not compared with this"), span, "")
        .help(format!("for example `{attribute} == {example}`"))
}

pub(super) fn no_order(attribute: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`{attribute}` has no order"), span, "").help("compare it by `==` or `!=`")
}

pub(super) fn quote_the_value(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("`{word}` is no name"), span, "text stands in quotes")
        .help(format!("write `\"{word}\"`"))
}

// ------------------------------------------------------------------ names and values

pub(super) fn unknown_name(name: &str, span: Span, known: &[&str], is_task: bool) -> Diagnostic {
    let help = if is_task {
        Some(format!("`{name}` is a task: call it, `{name}(…)`"))
    } else {
        meant(name, known.iter().copied())
    };
    Diagnostic::error(Code::E0201, format!("nothing is called `{name}` here"), span, "unknown name").maybe_help(help)
}

pub(super) fn unknown_in_module(module: &str, name: &str, span: Span, is_task: bool) -> Diagnostic {
    let help = is_task.then(|| format!("`{module}.{name}` is a task: call it, `{module}.{name}(…)`"));
    Diagnostic::error(Code::E0201, format!("module `{module}` has no value `{name}`"), span, "").maybe_help(help)
}

pub(super) fn class_as_value(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("class `{name}` is no value"), span, "a class stands in selectors alone")
        .help(format!("declare the hosts of it: `hosts all-{name} = {name}`"))
}

pub(super) fn unknown_task(name: &str, span: Span, known: &[&str], elsewhere: Option<String>) -> Diagnostic {
    let help = elsewhere.map(|full| format!("did you mean `{full}`?")).or_else(|| meant(name, known.iter().copied()));
    Diagnostic::error(Code::E0201, format!("there is no task `{name}`"), span, "unknown task").maybe_help(help)
}

pub(super) fn unknown_task_in<'a>(
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

pub(super) fn unknown_module<'a>(
    name: &str,
    span: Span,
    known: impl Iterator<Item = &'a str>,
    shipped: bool,
) -> Diagnostic {
    let help = if shipped { Some(format!("add `use std/{name}` at the top")) } else { meant(name, known) };
    Diagnostic::error(Code::E0201, format!("no module is called `{name}` here"), span, "unknown module")
        .maybe_help(help)
}

pub(super) fn no_methods(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("values have no method `{name}`"), span, "")
        .help(format!("call it as a task: `{name}(…)`"))
}

pub(super) fn not_callable(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "this cannot be called", span, "not a task")
}

pub(super) fn unknown_field(name: &str, ty: &Type, span: Span) -> Diagnostic {
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

pub(super) fn field_missing(field: &str, record: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("field `{field}` of `{record}` is missing"), span, "")
}

pub(super) fn mismatch(wanted: &Type, found: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0203,
        format!("expected `{wanted}`, found `{found}`"),
        span,
        format!("this is of type `{found}`"),
    )
    .maybe_help(conversion(wanted, found))
}

fn conversion(wanted: &Type, found: &Type) -> Option<String> {
    match (wanted, found) {
        (Type::Duration, Type::Int) => Some("write the unit: `30s`, `5m`, `500ms`".to_owned()),
        (Type::Size, Type::Int) => Some("write the unit: `512MiB`, `8GiB`".to_owned()),
        (Type::Duration, Type::Str) => Some("a duration has no quotes: `30s`".to_owned()),
        (Type::Size, Type::Str) => Some("a size has no quotes: `8GiB`".to_owned()),
        (Type::Int, Type::Str) => Some("`int(text)` reads a number".to_owned()),
        (Type::Str, Type::List(_)) => Some("`join(list, \", \")` makes one text".to_owned()),
        (Type::Str, Type::Output) => Some("its text is `.stdout`".to_owned()),
        (_, Type::Map(inner)) if **inner == *wanted => Some(
            "take an entry: `value[\"key\"]`; a stage that runs on one `host` gives a single value in place of a map"
                .to_owned(),
        ),
        (Type::Bool, Type::Output) => Some("whether it succeeded is `.ok`, with `try sh …`".to_owned()),
        (Type::Str, found) if found.is_text() => Some("splice it into a text: `\"{{ value }}\"`".to_owned()),
        (_, Type::Optional(inner)) if **inner == *wanted => {
            Some("it may be missing: `or-else(value, fallback)`".to_owned())
        }
        (Type::Record(_) | Type::List(_) | Type::Map(_), Type::Data) => Some(format!("decode it: `… as {wanted}`")),
        _ => None,
    }
}

pub(super) fn not_a_list(ty: &Type, span: Span) -> Diagnostic {
    let help = (*ty == Type::Str).then_some("`lines(text)` gives its lines");
    Diagnostic::error(Code::E0203, format!("expected a list, found `{ty}`"), span, "").maybe_help(help)
}

pub(super) fn not_indexable(ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`{ty}` has no elements"), span, "expected a list or a map")
}

pub(super) fn not_text(ty: &Type, span: Span) -> Diagnostic {
    let help = match ty {
        Type::Output => Some("splice its text: `.stdout`"),
        Type::Optional(_) => Some("it may be missing: `or-else(value, fallback)`"),
        Type::Map(_) => Some(
            "take an entry: `value[\"key\"]`; a stage that runs on one `host` gives a single value in place of a map",
        ),
        _ => None,
    };
    Diagnostic::error(Code::E0203, format!("`{ty}` cannot be spliced into a text"), span, "").maybe_help(help)
}

pub(super) fn not_printable(ty: &Type, span: Span) -> Diagnostic {
    let help = (*ty == Type::Output).then_some("print its text: `.stdout`");
    Diagnostic::error(Code::E0203, format!("`{ty}` cannot be printed"), span, "").maybe_help(help)
}

pub(super) fn list_in_text(span: Span, sources: &SourceMap) -> Diagnostic {
    Diagnostic::error(Code::E0203, "a list cannot be spliced into a text", span, "")
        .help(format!("`{{{{ join({}, \", \") }}}}`", sources.slice(span)))
}

pub(super) fn bad_operands(op: BinaryOp, left: &Type, right: &Type, left_span: Span, right_span: Span) -> Diagnostic {
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

pub(super) fn cast_of(ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`as` decodes data, and this is of type `{ty}`"), span, "")
        .help("`from-yaml(text) as T` and `from-json(text) as T` decode")
}

pub(super) fn try_what(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "`try` stands before `sh`", span, "this is no command")
        .help("to go on after a failure: `try { … } rescue e { … }`")
}

pub(super) fn no_value_to_bind(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("there is no value for `{name}`"), span, "what is called returns nothing")
}

pub(super) fn returns_nothing(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "a value is returned where the header names none", span, "")
        .help("write its type into the header: `-> T`")
}

pub(super) fn returns_something(wanted: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("a value of type `{wanted}` has to be returned"), span, "")
}

pub(super) fn may_end_without(name: &str, wanted: &Type, span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0203,
        format!("`{name}` can end without returning its `{wanted}`"),
        span,
        "the header promises a value",
    )
    .help("end it with `return …` or `fail …`")
}

pub(super) fn does_nothing(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "this value is not used", span, "a statement does something")
        .help("bind it (`let x = …`), print it, or return it")
}

pub(super) fn answer_dropped(span: Span, sources: &SourceMap) -> Diagnostic {
    Diagnostic::error(Code::E0101, "nobody looks at this answer", span, "it is true or false")
        .help(format!("make it a condition: `assert {}`", sources.slice(span)))
}

pub(super) fn result_too_early(stage: &ast::Stage, span: Span) -> Diagnostic {
    let name = &stage.name.text;
    Diagnostic::error(Code::E0201, format!("the result of `{name}` is not there yet"), span, "used before it is made")
        .label(stage.name.span, "made here")
        .help(format!("let this stage come after it: `after {name}`"))
}

pub(super) fn stage_without_result(stage: &ast::Stage, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("stage `{}` has no result", stage.name.text), span, "")
        .label(stage.name.span, "its header names no type")
        .help("write the type into its header (`-> T`) and return a value")
}

// ------------------------------------------------------------------ arguments

fn signature_span(signature: &Signature) -> Span {
    signature.ast.name.span
}

pub(super) fn unknown_argument(signature: &Signature, name: &ast::Ident) -> Diagnostic {
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

pub(super) fn positional_after_named(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0204, "an argument without a name follows one with a name", span, "")
        .help("give it its name: `name: value`")
}

pub(super) fn too_many_arguments(signature: &Signature, span: Span) -> Diagnostic {
    let count = plural(signature.params.len(), "argument");
    Diagnostic::error(Code::E0204, format!("`{}` takes {count}", signature.name), span, "one too many")
        .label(signature_span(signature), "declared here")
}

pub(super) fn argument_twice(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0204, format!("argument `{name}` is given twice"), span, "given again here")
}

pub(super) fn missing_arguments(signature: &Signature, missing: &[&ast::Param], span: Span) -> Diagnostic {
    let names: Vec<String> = missing.iter().map(|param| format!("`{}`", param.name.text)).collect();
    let first = missing.first().map_or(signature_span(signature), |param| param.name.span.to(param.ty.span));
    Diagnostic::error(Code::E0204, format!("`{}` needs {}", signature.name, list(&names)), span, "not given")
        .label(first, "declared here")
}

pub(super) fn argument_mismatch(
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

pub(super) fn at_takes_one(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, format!("`at` delegates to one host, and `{name}` is many"), span, "")
        .help(format!("`for h in {name} {{ at h {{ … }} }}`"))
}

pub(super) fn local_file_missing(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0210, format!("there is no file `{name}` beside the workflow"), span, "not found")
}

pub(super) fn not_shipped(name: &str, span: Span) -> Diagnostic {
    let known: Vec<&str> = crate::library::FILES.iter().map(|(name, _)| *name).collect();
    Diagnostic::error(Code::E0210, format!("no file `{name}` is shipped with the standard library"), span, "")
        .help(format!("shipped are {}", list(&known)))
}

// ------------------------------------------------------------------ commands

pub(super) fn command_not_literal(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0309,
        "the command cannot be known before the run",
        span,
        "a text in quotes has to stand here",
    )
    .help("splice the values that vary: `sh \"tar -xf {{ archive }}\"`")
}

pub(super) fn bad_shell(message: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, format!("the shell cannot read this command: {message}"), span, "")
}

pub(super) fn splice_not_here(place: &str, code: Option<&str>, span: Span) -> Diagnostic {
    let (code, help) = match code {
        Some(_) => (Code::E0309, "pass it as an argument: `sh -c '… \"$1\"' sh {{ value }}`, or by `env:`"),
        None => (Code::E0101, "pass it by `env:` or `stdin:`, or as a word of its own"),
    };
    Diagnostic::error(code, format!("a value cannot be spliced {place}"), span, "it could become code here").help(help)
}

pub(super) fn list_not_here(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0203,
        "a list is spliced as whole words of a command",
        span,
        "this is a part of a word or no argument",
    )
    .help("`join(list, \" \")` makes one text of it")
}

pub(super) fn secret_in_command(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0403, "a secret on a command line is seen by every user of the host", span, "")
        .help("pass it by `env: { NAME: secret }` or `stdin: secret`")
}

pub(super) fn secret_shown(place: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0403, format!("a secret would be seen in {place}"), span, "")
        .help("a secret goes to a host by `env:` or `stdin:` alone")
}

pub(super) fn raw(span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0702, "`raw` splices shell code", span, "whoever controls this text controls the host")
        .help("splice the value without `raw`; where it has to be code, say so: `# allow(W0702)`")
}

pub(super) fn raw_outside(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "`raw` stands in a splice of `sh` alone", span, "")
}

// ------------------------------------------------------------------ stages and conditions

pub(super) fn unknown_stage<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("there is no stage `{name}`"), span, "unknown stage")
        .maybe_help(meant(name, known))
}

pub(super) fn stage_cycle(names: &[&ast::Ident]) -> Diagnostic {
    let ring: Vec<&str> = names.iter().chain(names.first()).map(|name| name.text.as_str()).collect();
    let diagnostic =
        Diagnostic::new(crate::diagnostic::Severity::Error, Code::E0207, "stages wait for each other in a ring");
    let mut diagnostic = diagnostic.note(ring.join(" waits for "));
    for name in names {
        diagnostic = diagnostic.label(name.span, "");
    }
    if let Some(first) = diagnostic.labels.first_mut() {
        first.primary = true;
    }
    diagnostic
}

pub(super) fn unknown_condition<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error(Code::E0201, format!("there is no condition `{name}`"), span, "unknown condition")
        .maybe_help(meant(name, known))
}

fn polarity(clause: &ast::ConditionRef, condition: &ast::Ident) -> String {
    if clause.negated { format!("not {}", condition.text) } else { condition.text.clone() }
}

pub(super) fn not_established(
    clause: &ast::ConditionRef,
    condition: &ast::Ident,
    stage: &ast::Stage,
    opposite: Option<&ast::Stage>,
) -> Diagnostic {
    let wanted = polarity(clause, condition);
    let message = format!("`{}` expects `{wanted}`, which no stage before it establishes", stage.name.text);
    let diagnostic =
        Diagnostic::error(Code::E0501, message, clause.span, "not established on every path to this stage");
    let diagnostic = match opposite {
        Some(other) => diagnostic.label(other.name.span, "this one leaves the opposite"),
        None => diagnostic,
    };
    diagnostic.label(condition.span, "the condition").help(format!("let a stage before it say `leaves {wanted}`"))
}

pub(super) fn disturbed(
    clause: &ast::ConditionRef,
    condition: &ast::Ident,
    stage: &ast::Stage,
    other: &ast::Stage,
) -> Diagnostic {
    let message =
        format!("`{}` may run beside `{}` and disturb `{}`", other.name.text, stage.name.text, condition.text);
    Diagnostic::error(Code::E0502, message, clause.span, "expected here")
        .label(other.name.span, "leaves the opposite")
        .help(format!("put them in order: `after {}`", stage.name.text))
}

pub(super) fn recursion(steps: &[(String, Span)]) -> Diagnostic {
    let ring: Vec<&str> = steps.iter().chain(steps.first()).map(|(name, _)| name.as_str()).collect();
    let diagnostic =
        Diagnostic::new(crate::diagnostic::Severity::Error, Code::E0208, "tasks call each other in a ring")
            .note(ring.join(" → "));
    let mut diagnostic = steps.iter().fold(diagnostic, |diagnostic, (_, span)| diagnostic.label(*span, "called here"));
    if let Some(first) = diagnostic.labels.first_mut() {
        first.primary = true;
    }
    diagnostic.help("repeat with `for`, or with `retry`")
}

// ------------------------------------------------------------------ effects

pub(super) fn undeclared_effect(signature: &Signature, effect: &str, chain: &[Step]) -> Diagnostic {
    let does =
        signature.ast.does.as_ref().and_then(|does| does.last()).map_or(signature_span(signature), |last| last.span);
    let span = chain.first().map_or(does, |step| step.span);
    Diagnostic::error(
        Code::E0402,
        format!("`{}` has the effect `{effect}`, which its `does` leaves out", signature.name),
        span,
        path(chain),
    )
    .label(does, "declared here")
    .help(format!("add it: `does …, {effect}`"))
}

pub(super) fn check_changes(occurrence: &Occurrence, effect: &str, goal: Span) -> Diagnostic {
    let span = occurrence.chain.first().map_or(goal, |step| step.span);
    if effect == "unknown" {
        let what = occurrence.chain.last().map_or_else(String::new, |step| step.name.clone());
        return Diagnostic::error(
            Code::E0401,
            format!("a check may only look, and what {what} does is not known"),
            span,
            path(&occurrence.chain),
        )
        .label(goal, "the check")
        .help("say what it does: `program \"NAME\" does read`");
    }
    Diagnostic::error(
        Code::E0401,
        format!("a check may only look, and this has the effect `{effect}`"),
        span,
        path(&occurrence.chain),
    )
    .label(goal, "the check")
    .help("move it to the `else` block, which mends what the check found")
}

/// `kernel.build → kernel.make → program `make``
fn path(chain: &[Step]) -> String {
    const ENDS: usize = 4;
    let names: Vec<&str> = chain.iter().map(|step| step.name.as_str()).collect();
    if names.len() <= 2 * ENDS {
        return names.join(" → ");
    }
    let (first, last) = (&names[..ENDS], &names[names.len() - ENDS..]);
    format!("{} → … → {}", first.join(" → "), last.join(" → "))
}

// ------------------------------------------------------------------ place

fn with_example(diagnostic: Diagnostic, example: &Example) -> Diagnostic {
    match example {
        Example::Real(what, span) => diagnostic.label(*span, format!("for example this host ({what})")),
        Example::MadeUp(host) => diagnostic.note(format!("for example {host}")),
    }
}

/// The way down from the stage to the thing itself for each call that leads there; the longest one is shown to its end.
fn with_chains(mut diagnostic: Diagnostic, found: &[&Occurrence], what: &str) -> Diagnostic {
    const CALLS: usize = 5;
    for occurrence in found.iter().take(CALLS) {
        if let Some(first) = occurrence.chain.first() {
            diagnostic = diagnostic.label(first.span, format!("{what}: {}", path(&occurrence.chain)));
        }
    }
    if found.len() > CALLS {
        diagnostic = diagnostic.note(format!("and {} further down", plural(found.len() - CALLS, "call")));
    }
    let longest = found.iter().rev().max_by_key(|occurrence| occurrence.chain.len());
    match longest.and_then(|occurrence| occurrence.chain.last().filter(|_| occurrence.chain.len() > 1)) {
        Some(last) => diagnostic.label(last.span, format!("{what} here")),
        None => diagnostic,
    }
}

fn verb(effect: &EffectDecl) -> String {
    match effect.name.as_str() {
        "build" => "builds".to_owned(),
        "change" => "changes the host".to_owned(),
        "power" => "switches power".to_owned(),
        "read" => "looks".to_owned(),
        name if effect.title.is_empty() => format!("has the effect `{name}`"),
        name => format!("`{name}`, which {}", effect.title),
    }
}

fn a_host_of(forbid: &ForbidDecl) -> String {
    let article = if forbid.hosts.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {}", forbid.hosts)
}

fn with_forbid(diagnostic: Diagnostic, forbid: &ForbidDecl) -> Diagnostic {
    diagnostic.label(forbid.span, "forbidden here")
}

pub(super) fn forbidden(
    stage: &ast::Stage,
    found: &[&Occurrence],
    forbid: &ForbidDecl,
    effect: &EffectDecl,
    example: &Example,
    suggestion: Option<String>,
) -> Diagnostic {
    let message = match effect.name.as_str() {
        "build" => format!("`{}` may build on {}", stage.name.text, a_host_of(forbid)),
        name => format!("`{}` may have the effect `{name}` on {}", stage.name.text, a_host_of(forbid)),
    };
    let narrowed = found.iter().all(|occurrence| occurrence.shift != super::summary::Shift::Same);
    let label = if narrowed { "this place, as it is narrowed or left below, includes" } else { "this place includes" };
    let diagnostic = Diagnostic::error(Code::E0302, message, stage.on.span, format!("{label} {}", a_host_of(forbid)));
    let diagnostic = with_chains(diagnostic, found, &verb(effect));
    let diagnostic = with_example(diagnostic, example);
    with_forbid(diagnostic, forbid).maybe_help(suggestion)
}

pub(super) fn forbidden_by_clause(stage: &ast::Stage, name: &ast::Ident, occurrence: &Occurrence) -> Diagnostic {
    let message = format!("stage `{}` forbids `{}`, and something in it has that effect", stage.name.text, name.text);
    let span = occurrence.chain.first().map_or(name.span, |step| step.span);
    let diagnostic =
        Diagnostic::error(Code::E0302, message, span, path(&occurrence.chain)).label(name.span, "forbidden here");
    match occurrence.chain.last() {
        Some(last) if occurrence.chain.len() > 1 => diagnostic.label(last.span, format!("`{}` here", name.text)),
        _ => diagnostic,
    }
}

pub(super) fn unknown_under_clause(name: &ast::Ident, occurrence: &Occurrence) -> Diagnostic {
    let span = occurrence.chain.first().map_or(name.span, |step| step.span);
    let message = format!("the program cannot be known, and `{}` is forbidden here", name.text);
    Diagnostic::error(Code::E0309, message, span, path(&occurrence.chain)).label(name.span, "forbidden here")
}

pub(super) fn unknown_program(
    stage: &ast::Stage,
    occurrence: &Occurrence,
    text: &str,
    forbid: &ForbidDecl,
    effect: &EffectDecl,
    example: &Example,
) -> Diagnostic {
    let message =
        format!("the program `{text}` cannot be known, and `{}` is forbidden on {}", effect.name, a_host_of(forbid));
    let span = occurrence.chain.last().map_or(stage.on.span, |step| step.span);
    let diagnostic = Diagnostic::error(Code::E0309, message, span, "this is known only at run time");
    let diagnostic = diagnostic.label(stage.on.span, format!("this place includes {}", a_host_of(forbid)));
    with_forbid(with_example(diagnostic, example), forbid)
        .help("write the program's name: a directory may be spliced before it, `{{ dir }}/NAME`")
}

pub(super) fn unlisted(occurrence: &Occurrence, forbid: &ForbidDecl, effect: &EffectDecl) -> Diagnostic {
    let name = occurrence.chain.last().map_or_else(String::new, |step| step.name.clone());
    let span = occurrence.chain.last().map_or(forbid.span, |step| step.span);
    let message = format!("what {name} does is not known, and `{}` is forbidden on {}", effect.name, a_host_of(forbid));
    let command = name.trim_start_matches("program ").trim_matches('`');
    Diagnostic::warning(Code::W0701, message, span, "no `program` table lists it")
        .help(format!("say what it does: `program \"{command}\" does EFFECT`, with read, change, power, build, pump or an effect of your own"))
}

pub(super) fn guard_not_proved(
    signature: &Signature,
    occurrence: &Occurrence,
    example: &Example,
    sources: &SourceMap,
) -> Diagnostic {
    let guard = signature.ast.guard.as_ref().map_or(signature.ast.name.span, |guard| guard.span);
    let span = occurrence.chain.first().map_or(guard, |step| step.span);
    let message =
        format!("`{}` runs on `{}` only, and this place includes others", signature.name, sources.slice(guard));
    let label = if occurrence.chain.len() > 1 { path(&occurrence.chain) } else { String::new() };
    let diagnostic = Diagnostic::error(Code::E0301, message, span, label).label(guard, "its guard");
    with_example(diagnostic, example).help(format!("narrow the place: `on {} {{ … }}`", sources.slice(guard)))
}

pub(super) fn stage_guard_not_proved(
    stage: &ast::Stage,
    guard: &ast::Selector,
    example: &Example,
    sources: &SourceMap,
) -> Diagnostic {
    let (on, only) = (sources.slice(stage.on.span), sources.slice(guard.span));
    let message = format!("`{on}` is not proved to be `{only}`");
    let diagnostic =
        Diagnostic::error(Code::E0301, message, stage.on.span, "selects the hosts").label(guard.span, "guards them");
    with_example(diagnostic, example)
        .help(format!("select with both: `on {on} and {only}`, or say so where `{on}` is declared"))
}

pub(super) fn needs_refuted(signature: &Signature, occurrence: &Occurrence, sources: &SourceMap) -> Diagnostic {
    let needs = signature.ast.needs.as_ref().map_or(signature.ast.name.span, |needs| needs.span);
    let span = occurrence.chain.first().map_or(needs, |step| step.span);
    let message =
        format!("`{}` needs `{}`, and no host of this place can be that", signature.name, sources.slice(needs));
    Diagnostic::error(Code::E0303, message, span, path(&occurrence.chain)).label(needs, "needed here")
}

pub(super) fn leaves_closed(stage: &ast::Stage, only: Span, occurrence: &Occurrence, example: &Example) -> Diagnostic {
    let message = format!("`{}` is closed, and this runs outside of it", stage.name.text);
    let span = occurrence.chain.last().map_or(only, |step| step.span);
    let diagnostic =
        Diagnostic::error(Code::E0304, message, span, "goes to another host").label(only, "closed by this `only`");
    let diagnostic = match occurrence.chain.first() {
        Some(first) if occurrence.chain.len() > 1 => diagnostic.label(first.span, path(&occurrence.chain)),
        _ => diagnostic,
    };
    with_example(diagnostic, example).help("do it in a stage of its own, or leave `only` out")
}

pub(super) fn narrowed_to_nothing(span: Span, stage: &ast::Stage, why: &[String], sources: &SourceMap) -> Diagnostic {
    let (place, narrow) = (sources.slice(stage.on.span), sources.slice(span));
    let diagnostic =
        Diagnostic::error(Code::E0307, format!("no host of `{place}` can be `{narrow}`"), span, "can never hold here")
            .label(stage.on.span, "the stage's place");
    why.iter().fold(diagnostic, |diagnostic, why| diagnostic.note(why.clone()))
}

pub(super) fn never(what: &str, span: Span, why: &[String]) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(Code::E0307, format!("{what} can never hold a host"), span, "no host can be all of this");
    why.iter().fold(diagnostic, |diagnostic, why| diagnostic.note(why.clone()))
}

pub(super) fn too_hard(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0301, "the selectors have too many alternatives to be decided", span, "")
        .help("give parts of them names, and use fewer alternatives")
}

// ------------------------------------------------------------------ inventory

pub(super) fn limit_unknown(name: &str, span: Span, known: &[String]) -> Diagnostic {
    let help = meant(name, known.iter().map(String::as_str)).unwrap_or_else(|| format!("there are {}", list(known)));
    Diagnostic::error(Code::E0201, format!("no host is called `{name}`"), span, "").help(help)
}

pub(super) fn limit_compares(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0101,
        "a limit names hosts, groups, classes and architectures, and compares nothing",
        span,
        "",
    )
    .help("for example `--limit 'worker-1 or group(builders)'`")
}

pub(super) fn not_one_host(
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

pub(super) fn no_host(what: &str, span: Span, open: &[(String, Span)], hosts: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::E0306, format!("{what} selects no host of the inventory"), span, "");
    let diagnostic = diagnostic.note(format!("the inventory has {}", or_list(hosts).replace(" or ", " and ")));
    with_open(diagnostic, open)
}

fn with_open(diagnostic: Diagnostic, open: &[(String, Span)]) -> Diagnostic {
    let Some((name, span)) = open.first() else { return diagnostic };
    diagnostic
        .label(*span, "not known to be one: it says too little")
        .help(format!("say what `{name}` is in the inventory: arch, class, mem or cores"))
}
