//! What has a heading of its own: types, conditions, tasks, stages.

use super::{Subject, add, code, each};
use crate::source::Span;
use crate::syntax::ast::{Condition, Item, ItemKind, Param, Stage, Task, TypeDecl};

/// A header that is longer than this has a parameter a line.
const WIDTH: usize = 100;

/// The sections of a page, empty ones included.
pub(super) fn sections(subject: Subject<'_>) -> Vec<String> {
    let named = |heading: &str, say: fn(Subject<'_>, &Item) -> Option<String>| {
        let entries = each(subject.file, |item| say(subject, item));
        if entries.is_empty() { String::new() } else { format!("## {heading}\n\n{}", entries.join("\n\n")) }
    };
    vec![named("Types", a_type), named("Conditions", a_condition), named("Tasks", a_task), named("Stages", a_stage)]
}

fn a_type(subject: Subject<'_>, item: &Item) -> Option<String> {
    let ItemKind::Type(TypeDecl { name, fields }) = &item.kind else { return None };
    let header = listed(&format!("type {} = {{ ", name.text), &params(subject, fields), " }");
    Some(entry(&name.text, &header, &item.doc, &[]))
}

fn a_condition(subject: Subject<'_>, item: &Item) -> Option<String> {
    let ItemKind::Condition(Condition { name, on, .. }) = &item.kind else { return None };
    let header = format!("condition {} on {}", name.text, slice(subject, on.span));
    Some(entry(&name.text, &header, &item.doc, &[]))
}

fn a_task(subject: Subject<'_>, item: &Item) -> Option<String> {
    let ItemKind::Task(task) = &item.kind else { return None };
    let result = task.result.as_ref().map_or(String::new(), |ty| format!(" -> {}", slice(subject, ty.span)));
    let header = listed(&format!("{}(", called(subject, task)), &params(subject, &task.params), &format!("){result}"));
    Some(entry(&task.name.text, &header, &item.doc, &task_facts(subject, task)))
}

/// A task as its callers name it.
fn called(subject: Subject<'_>, task: &Task) -> String {
    subject.prefix.map_or_else(|| task.name.text.to_string(), |prefix| format!("{prefix}.{}", task.name.text))
}

fn task_facts(subject: Subject<'_>, task: &Task) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    facts.extend(task.guard.as_ref().map(|guard| ("Only on", code(slice(subject, guard.span)))));
    facts.extend(task.needs.as_ref().map(|needs| ("Needs", code(slice(subject, needs.span)))));
    let effects = subject.effects.get(&task.name.span).map_or(&[][..], Vec::as_slice);
    if !effects.is_empty() {
        facts.push(("Does", codes(effects.iter().map(String::as_str))));
    }
    facts
}

fn a_stage(subject: Subject<'_>, item: &Item) -> Option<String> {
    let ItemKind::Stage(stage) = &item.kind else { return None };
    Some(entry(&stage.name.text, &stage_header(subject, stage), &item.doc, &[]))
}

/// All of a stage above its body, as it is written.
fn stage_header(subject: Subject<'_>, stage: &Stage) -> String {
    let whole = Span { end: stage.body.span.start, start: stage.name.span.start, file: stage.name.span.file };
    let lines = slice(subject, whole).lines().map(|line| line.split(" #").next().unwrap_or("").trim());
    format!(
        "stage {}",
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect::<Vec<_>>().join("\n    ")
    )
}

/// A heading, the declaration as code, what is said of it, and a list of facts.
fn entry(name: &str, header: &str, doc: &str, facts: &[(&str, String)]) -> String {
    let mut text = format!("### {}\n", code(name));
    add(&mut text, &format!("```text\n{header}\n```"));
    add(&mut text, doc);
    let facts: Vec<String> = facts.iter().map(|(what, said)| format!("- {what}: {said}")).collect();
    add(&mut text, &facts.join("\n"));
    text.trim_end().to_owned()
}

/// `NAME: T = default`, as it is written.
fn params(subject: Subject<'_>, params: &[Param]) -> Vec<String> {
    let one = |param: &Param| {
        let default = param.default.as_ref().map(|value| format!(" = {}", slice(subject, value.span)));
        format!("{}: {}{}", param.name.text, slice(subject, param.ty.span), default.unwrap_or_default())
    };
    params.iter().map(one).collect()
}

fn listed(open: &str, parts: &[String], close: &str) -> String {
    let line = format!("{open}{}{close}", parts.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let parts: String = parts.iter().map(|part| format!("    {part},\n")).collect();
    format!("{}\n{parts}{}", open.trim_end(), close.trim_start())
}

fn codes<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(code).collect::<Vec<_>>().join(", ")
}

fn slice<'a>(subject: Subject<'a>, span: Span) -> &'a str {
    subject.sources.slice(span)
}
