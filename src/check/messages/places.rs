//! Places.

use super::effects::path;
use crate::check::ir::Obligation;
use crate::check::prove::{Example, Whose};
use crate::check::remedy::{Remedy, in_parentheses};
use crate::check::summary::Occurrence;
use crate::check::tables::{EffectDecl, ForbidDecl, Signature};
use crate::diagnostic::{Code, Diagnostic, list, plural};
use crate::source::{SourceMap, Span};
use crate::syntax::ast;

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

pub(in crate::check) fn forbidden(
    whose: &Whose<'_>,
    found: &[&Occurrence],
    forbid: &ForbidDecl,
    effect: &EffectDecl,
    example: &Example,
    remedy: &Remedy,
) -> Diagnostic {
    let message = match effect.name.as_str() {
        "build" => format!("`{}` may build on {}", whose.name, a_host_of(forbid)),
        name => format!("`{}` may have the effect `{name}` on {}", whose.name, a_host_of(forbid)),
    };
    let narrowed = found.iter().all(|occurrence| occurrence.shift != crate::check::summary::Shift::Same);
    let label = if narrowed { "this place, as it is narrowed or left below, includes" } else { "this place includes" };
    let diagnostic = Diagnostic::error(Code::E0302, message, whose.on.span, format!("{label} {}", a_host_of(forbid)));
    let diagnostic = with_chains(diagnostic, found, &verb(effect));
    let diagnostic = with_example(diagnostic, example);
    with_forbid(diagnostic, forbid).help(&remedy.help).maybe_fix(remedy.fix.clone())
}

pub(in crate::check) fn forbidden_by_clause(
    stage: &ast::Stage,
    name: &ast::Ident,
    occurrence: &Occurrence,
) -> Diagnostic {
    let message = format!("stage `{}` forbids `{}`, and something in it has that effect", stage.name.text, name.text);
    let span = occurrence.chain.first().map_or(name.span, |step| step.span);
    let diagnostic =
        Diagnostic::error(Code::E0302, message, span, path(&occurrence.chain)).label(name.span, "forbidden here");
    match occurrence.chain.last() {
        Some(last) if occurrence.chain.len() > 1 => diagnostic.label(last.span, format!("`{}` here", name.text)),
        _ => diagnostic,
    }
}

pub(in crate::check) fn unknown_under_clause(name: &ast::Ident, occurrence: &Occurrence) -> Diagnostic {
    let span = occurrence.chain.first().map_or(name.span, |step| step.span);
    let message = format!("the program cannot be known, and `{}` is forbidden here", name.text);
    Diagnostic::error(Code::E0309, message, span, path(&occurrence.chain)).label(name.span, "forbidden here")
}

pub(in crate::check) fn unknown_program(
    whose: &Whose<'_>,
    occurrence: &Occurrence,
    text: &str,
    forbid: &ForbidDecl,
    effect: &EffectDecl,
    example: &Example,
) -> Diagnostic {
    let message =
        format!("the program `{text}` cannot be known, and `{}` is forbidden on {}", effect.name, a_host_of(forbid));
    let span = occurrence.chain.last().map_or(whose.on.span, |step| step.span);
    let diagnostic = Diagnostic::error(Code::E0309, message, span, "this is known only at run time");
    let diagnostic = diagnostic.label(whose.on.span, format!("this place includes {}", a_host_of(forbid)));
    with_forbid(with_example(diagnostic, example), forbid)
        .help("write the program's name: a directory may be spliced before it, `{{ dir }}/NAME`")
}

pub(in crate::check) fn unlisted(occurrence: &Occurrence, forbid: &ForbidDecl, effect: &EffectDecl) -> Diagnostic {
    let name = occurrence.chain.last().map_or_else(String::new, |step| step.name.clone());
    let span = occurrence.chain.last().map_or(forbid.span, |step| step.span);
    let message = format!("what {name} does is not known, and `{}` is forbidden on {}", effect.name, a_host_of(forbid));
    let command = name.trim_start_matches("program ").trim_matches('`');
    Diagnostic::warning(Code::W0701, message, span, "no `program` table lists it")
        .help(format!("say what it does: `program \"{command}\" does EFFECT`, with read, change, power, build, pump or an effect of your own"))
}

pub(in crate::check) fn guard_not_proved(
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

pub(in crate::check) fn stage_guard_not_proved(
    stage: &ast::Stage,
    guard: &ast::Selector,
    example: &Example,
    sources: &SourceMap,
) -> Diagnostic {
    let (on, only) = (sources.slice(stage.on.span), sources.slice(guard.span));
    let message = format!("`{on}` is not proved to be `{only}`");
    let both = format!("{} and {}", in_parentheses(on), in_parentheses(only));
    let diagnostic =
        Diagnostic::error(Code::E0301, message, stage.on.span, "selects the hosts").label(guard.span, "guards them");
    with_example(diagnostic, example)
        .help(format!("select with both: `on {both}`, or say so where `{on}` is declared"))
        .fixed_by(format!("select with both: `on {both}`"), vec![(stage.on.span, both)])
}

pub(in crate::check) fn needs_refuted(
    signature: &Signature,
    occurrence: &Occurrence,
    sources: &SourceMap,
) -> Diagnostic {
    let needs = signature.ast.needs.as_ref().map_or(signature.ast.name.span, |needs| needs.span);
    let span = occurrence.chain.first().map_or(needs, |step| step.span);
    let message =
        format!("`{}` needs `{}`, and no host of this place can be that", signature.name, sources.slice(needs));
    Diagnostic::error(Code::E0303, message, span, path(&occurrence.chain)).label(needs, "needed here")
}

pub(in crate::check) fn needs_refuted_by(
    obligation: &Obligation,
    task: &str,
    host: &str,
    declared: Span,
) -> Diagnostic {
    let requirement = &obligation.requirement;
    let message = format!("`{task}` needs `{requirement}`, and `{host}` of this place is declared otherwise");
    Diagnostic::error(Code::E0303, message, obligation.span, obligation.by.clone())
        .label(declared, "this host")
        .help(format!("narrow the place: `on {requirement} {{ … }}`"))
}

pub(in crate::check) fn needs_measured(obligation: &Obligation, task: &str, hosts: &[(String, Span)]) -> Diagnostic {
    let names: Vec<&str> = hosts.iter().map(|(name, _)| name.as_str()).collect();
    let requirement = &obligation.requirement;
    let message = format!("whether `{requirement}`, which `{task}` needs, holds on {} will be measured", list(&names));
    let diagnostic = Diagnostic::note_at(Code::E0303, message, obligation.span, obligation.by.clone());
    let diagnostic =
        hosts.iter().take(3).fold(diagnostic, |diagnostic, (_, span)| diagnostic.label(*span, "says too little"));
    diagnostic.help(format!("say it in the inventory, or narrow the place: `on {requirement} {{ … }}`"))
}

pub(in crate::check) fn leaves_closed(
    stage: &ast::Stage,
    only: Span,
    occurrence: &Occurrence,
    example: &Example,
) -> Diagnostic {
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

pub(in crate::check) fn narrowed_to_nothing(
    span: Span,
    stage: &ast::Stage,
    why: &[String],
    sources: &SourceMap,
) -> Diagnostic {
    let (place, narrow) = (sources.slice(stage.on.span), sources.slice(span));
    let diagnostic =
        Diagnostic::error(Code::E0307, format!("no host of `{place}` can be `{narrow}`"), span, "can never hold here")
            .label(stage.on.span, "the stage's place");
    why.iter().fold(diagnostic, |diagnostic, why| diagnostic.note(why.clone()))
}

pub(in crate::check) fn never(what: &str, span: Span, why: &[String]) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(Code::E0307, format!("{what} can never hold a host"), span, "no host can be all of this");
    why.iter().fold(diagnostic, |diagnostic, why| diagnostic.note(why.clone()))
}

pub(in crate::check) fn too_hard(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0301, "the selectors have too many alternatives to be decided", span, "")
        .help("give parts of them names, and use fewer alternatives")
}
