//! Places.

use super::effects::path;
use crate::check::ir::Obligation;
use crate::check::prove::{Example, Whose};
use crate::check::remedy::{Remedy, in_parentheses};
use crate::check::summary::{Occurrence, Shift};
use crate::check::tables::{EffectDecl, ForbidDecl, Tables};
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
fn with_chains(mut diagnostic: Diagnostic, found: &[&Occurrence], what: &str, tables: &Tables) -> Diagnostic {
    const CALLS: usize = 5;
    for occurrence in found.iter().take(CALLS) {
        let first = occurrence.chain.first().filter(|first| diagnostic.primary_span() != Some(first.span));
        if let Some(first) = first {
            diagnostic = diagnostic.label(first.span, way(occurrence, what, tables));
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

/// `builds: kernel.build → program `make`, on `orchestrator``
fn way(occurrence: &Occurrence, what: &str, tables: &Tables) -> String {
    format!("{what}: {}{}", path(&occurrence.chain), moved(occurrence, tables))
}

/// The hosts that it comes to, where these are not simply those of the stage.
fn moved(occurrence: &Occurrence, tables: &Tables) -> String {
    match &occurrence.shift {
        Shift::Same => String::new(),
        Shift::Narrow(place) | Shift::Replace(place) => format!(", on `{}`", tables.place_name(place)),
    }
}

fn verb(effect: &EffectDecl) -> String {
    match effect.name.as_str() {
        "build" => "builds".to_owned(),
        "change" => "changes the host".to_owned(),
        "power" => "switches power".to_owned(),
        "read" => "looks".to_owned(),
        name => format!("has the effect `{name}`"),
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
    tables: &Tables,
    whose: &Whose<'_>,
    found: &[&Occurrence],
    forbid: &ForbidDecl,
    example: &Example,
    remedy: Option<&Remedy>,
) -> Diagnostic {
    let effect = &tables.effects[forbid.effect];
    let message = match effect.name.as_str() {
        "build" => format!("`{}` may build on {}", whose.name, a_host_of(forbid)),
        name => format!("`{}` may have the effect `{name}` on {}", whose.name, a_host_of(forbid)),
    };
    // The place of the stage is not at fault where only what is narrowed or left within it is.
    let moved = found.first().filter(|_| found.iter().all(|occurrence| occurrence.shift != Shift::Same));
    let diagnostic = match moved.and_then(|first| Some((first, first.chain.first()?))) {
        Some((first, step)) => Diagnostic::error(Code::E0302, message, step.span, way(first, &verb(effect), tables))
            .label(whose.on.span, "the place that it starts from"),
        None => {
            let label = format!("this place includes {}", a_host_of(forbid));
            Diagnostic::error(Code::E0302, message, whose.on.span, label)
        }
    };
    let diagnostic = with_chains(diagnostic, found, &verb(effect), tables);
    let diagnostic = with_example(diagnostic, example);
    let diagnostic = match effect.title.as_str() {
        title if !title.is_empty() && effect.is_own => diagnostic.note(format!("`{}` {title}", effect.name)),
        _ => diagnostic,
    };
    let diagnostic = with_forbid(diagnostic, forbid);
    match remedy {
        Some(remedy) => diagnostic.help(&remedy.help).maybe_fix(remedy.fix.clone()),
        None => diagnostic,
    }
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
    let diagnostic = match occurrence.chain.last() {
        Some(last) if occurrence.chain.len() > 1 => diagnostic.label(last.span, format!("`{}` here", name.text)),
        _ => diagnostic,
    };
    diagnostic.help(format!("do it in a stage that does not forbid `{}`", name.text))
}

/// Whether a program that others are run through reads text as a shell does.
pub(in crate::check) fn reads_text(program: &str) -> bool {
    program == "eval" || program.ends_with(" -c") || SHELLS.contains(&program)
}

const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "ksh", "zsh"];

/// What is run and not known, in words.
pub(in crate::check) fn unknown_words(text: &str) -> String {
    match reader(text) {
        Some("xargs") => "the program that `xargs` reads".to_owned(),
        Some(shell) => format!("the text that `{shell}` reads and runs"),
        None if text.starts_with("what ") || text.starts_with("git's ") => text.to_owned(),
        None => format!("program `{text}`"),
    }
}

/// The same at the beginning of a sentence.
fn unknown(text: &str) -> String {
    let words = unknown_words(text);
    if words.starts_with("program ") { format!("the {words}") } else { words }
}

/// How it becomes known.
pub(super) fn unknown_help(text: &str) -> String {
    match reader(text) {
        Some("xargs") => "write the program behind `xargs`, so that it reads arguments alone".to_owned(),
        Some("sed") => "write the program as a step of its own".to_owned(),
        Some(shell) => {
            let runs = shell.split(' ').next().filter(|name| SHELLS.contains(name)).unwrap_or("sh");
            format!(
                "keep the text in a file, check that (`sha256sum -c`) and run it, `{runs} install.sh`; say what it does: \
                 `program \"install.sh\" does change`"
            )
        }
        None if text == "raw(…)" => "splice the value without `raw`: it is then one word, and no program".to_owned(),
        None => "write the program's name: a directory may be spliced before it, `{{ dir }}/NAME`".to_owned(),
    }
}

/// The program whose input is what is not known.
fn reader(text: &str) -> Option<&str> {
    text.strip_prefix("what `")?.strip_suffix("` reads")
}

pub(in crate::check) fn unknown_under_clause(name: &ast::Ident, occurrence: &Occurrence, text: &str) -> Diagnostic {
    let span = occurrence.chain.first().map_or(name.span, |step| step.span);
    let message = format!("{} cannot be known, and `{}` is forbidden here", unknown(text), name.text);
    Diagnostic::error(Code::E0309, message, span, path(&occurrence.chain))
        .label(name.span, "forbidden here")
        .help(unknown_help(text))
}

pub(in crate::check) fn unknown_program(
    whose: &Whose<'_>,
    occurrence: &Occurrence,
    text: &str,
    forbid: &ForbidDecl,
    effect: &EffectDecl,
    example: &Example,
) -> Diagnostic {
    let (what, effect) = (unknown(text), &effect.name);
    let message = format!("{what} cannot be known, and `{effect}` is forbidden on {}", a_host_of(forbid));
    let span = occurrence.chain.last().map_or(whose.on.span, |step| step.span);
    let unseen = if reader(text).is_some() {
        "the check does not see what it is given"
    } else {
        "this is known only at run time"
    };
    let diagnostic = Diagnostic::error(Code::E0309, message, span, unseen);
    let diagnostic = diagnostic.label(whose.on.span, format!("this place includes {}", a_host_of(forbid)));
    with_forbid(with_example(diagnostic, example), forbid).help(unknown_help(text))
}

pub(in crate::check) fn unlisted(occurrence: &Occurrence, forbid: &ForbidDecl, effect: &EffectDecl) -> Diagnostic {
    let name = occurrence.chain.last().map_or_else(String::new, |step| step.name.clone());
    let span = occurrence.chain.last().map_or(forbid.span, |step| step.span);
    let message = format!("what {name} does is not known, and `{}` is forbidden on {}", effect.name, a_host_of(forbid));
    let command = name.trim_start_matches("program ").trim_matches('`');
    Diagnostic::warning(Code::W0701, message, span, "no `program` table lists it")
        .help(format!("say what it does: `program \"{command}\" does EFFECT`, with read, change, power, build, pump or an effect of your own"))
}

/// A call, with the place that it is made from.
fn at_call(code: Code, message: String, tables: &Tables, whose: &Whose<'_>, occurrence: &Occurrence) -> Diagnostic {
    let span = occurrence.chain.first().map_or(whose.on.span, |step| step.span);
    let called = if occurrence.chain.len() > 1 { path(&occurrence.chain) } else { "called here".to_owned() };
    let label = format!("{called}{}", moved(occurrence, tables));
    let from = if occurrence.shift == Shift::Same { "this place" } else { "the place that it starts from" };
    Diagnostic::error(code, message, span, label).label(whose.on.span, from)
}

pub(in crate::check) fn guard_not_proved(
    tables: &Tables,
    whose: &Whose<'_>,
    task: usize,
    occurrence: &Occurrence,
    never: bool,
    example: &Example,
    sources: &SourceMap,
) -> Diagnostic {
    let signature = &tables.tasks[task];
    let guard = signature.ast.guard.as_ref().map_or(signature.ast.name.span, |guard| guard.span);
    let only = sources.slice(guard);
    let (what, help) = if never {
        ("none of this place is that", format!("call it where it may run: `on {only}`"))
    } else {
        ("this place includes others", format!("narrow the place: `on {only} {{ … }}`"))
    };
    let message = format!("`{}` runs on `{only}` only, and {what}", signature.name);
    let diagnostic = at_call(Code::E0301, message, tables, whose, occurrence).label(guard, "its guard");
    with_example(diagnostic, example).help(help)
}

pub(in crate::check) fn stage_guard_not_proved(
    stage: &ast::Stage,
    guard: &ast::Selector,
    is_declared: bool,
    example: &Example,
    sources: &SourceMap,
) -> Diagnostic {
    let (on, only) = (sources.slice(stage.on.span), sources.slice(guard.span));
    let message = format!("`{on}` is not proved to be `{only}`");
    // What all hosts are besides says nothing.
    let both =
        if on == "all" { only.to_owned() } else { format!("{} and {}", in_parentheses(on), in_parentheses(only)) };
    let diagnostic =
        Diagnostic::error(Code::E0301, message, stage.on.span, "selects the hosts").label(guard.span, "guards them");
    let diagnostic = with_example(diagnostic, example);
    let elsewhere = if is_declared { format!(", or say so where `{on}` is declared") } else { String::new() };
    let what = if on == "all" { "select them" } else { "select with both" };
    // Who writes no `only` may have meant a list of selectors.
    let excludes = matches!(guard.kind, ast::SelectorKind::Not(_));
    if stage.only.is_none() && !excludes && on != "all" {
        return diagnostic.help(format!(
            "what stands behind `,` is a guard, which has to hold for every host that is selected: hosts that are \
             either are selected by `on {on} or {only}`, those that are both by `on {both}`{elsewhere}"
        ));
    }
    diagnostic
        .help(format!("{what}: `on {both}`{elsewhere}"))
        .fixed_by(format!("{what}: `on {both}`"), vec![(stage.on.span, both)])
}

pub(in crate::check) fn needs_refuted(
    tables: &Tables,
    whose: &Whose<'_>,
    task: usize,
    occurrence: &Occurrence,
    why: &[String],
    sources: &SourceMap,
) -> Diagnostic {
    let signature = &tables.tasks[task];
    let needs = signature.ast.needs.as_ref().map_or(signature.ast.name.span, |needs| needs.span);
    let wanted = sources.slice(needs);
    let message = format!("`{}` needs `{wanted}`, and no host of this place can be that", signature.name);
    let diagnostic = at_call(Code::E0303, message, tables, whose, occurrence).label(needs, "needed here");
    let diagnostic = why.iter().fold(diagnostic, |diagnostic, why| diagnostic.note(why.clone()));
    diagnostic.help(format!("call it where that holds: `on {wanted}`"))
}

fn called(obligation: &Obligation) -> String {
    if obligation.by.is_empty() { "called here".to_owned() } else { obligation.by.clone() }
}

pub(in crate::check) fn needs_refuted_by(
    obligation: &Obligation,
    task: &str,
    host: &str,
    declared: Span,
) -> Diagnostic {
    let requirement = &obligation.requirement;
    let message = format!("`{task}` needs `{requirement}`, and `{host}` of this place is declared otherwise");
    Diagnostic::error(Code::E0303, message, obligation.span, called(obligation))
        .label(declared, "this host")
        .help(format!("narrow the place: `on {requirement} {{ … }}`"))
}

pub(in crate::check) fn needs_measured(obligation: &Obligation, task: &str, hosts: &[(String, Span)]) -> Diagnostic {
    let names: Vec<&str> = hosts.iter().map(|(name, _)| name.as_str()).collect();
    let requirement = &obligation.requirement;
    let message = format!("whether `{requirement}`, which `{task}` needs, holds on {} will be measured", list(&names));
    let diagnostic = Diagnostic::note_at(Code::E0303, message, obligation.span, called(obligation));
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
