//! Selectors, and the clauses that speak of how many hosts there are.

use rustc_hash::FxHashMap as HashMap;

use super::{Context, edits, messages};
use crate::check::ir::{self, Proof, Scope, Workflow};
use crate::diagnostic::{Diagnostic, Fix};
use crate::place::{self, Attribute, Predicate, Truth};
use crate::syntax::ast::{self, Else, IntLit, ItemKind, Selector, SelectorKind, Stage, StatementKind};

/// An `on S { … }` in a stage.
struct Narrowing<'a> {
    selector: &'a Selector,
    predicate: &'a Predicate,
    /// The hosts that come to it; not known behind an `at`.
    place: Option<Predicate>,
    stage: usize,
}

impl<'a> Context<'a> {
    /// The stages of the workflow, as written and as typed.
    fn stages(&self) -> impl Iterator<Item = (usize, &'a Stage, &'a ir::Stage)> {
        let typed = self.given.workflow.map_or(&[][..], |workflow| &workflow.stages);
        let items = &self.given.modules.all[self.given.modules.entry].file.items;
        let written = items.iter().filter_map(|item| match &item.kind {
            ItemKind::Stage(stage) => Some(&**stage),
            _ => None,
        });
        written.zip(typed).enumerate().map(|(number, (written, typed))| (number, written, typed))
    }

    fn narrowings(&self) -> Vec<Narrowing<'a>> {
        let mut found = Vec::new();
        for (number, written, typed) in self.stages() {
            narrowings(&written.body, &typed.body, Some(&typed.on), number, &mut found);
            if let (Some(written), Some(typed_finally)) = (&written.finally, &typed.finally) {
                narrowings(written, typed_finally, Some(&typed.on), number, &mut found);
            }
        }
        found
    }

    /// How many hosts a stage has, where it is known.
    fn hosts_of(&self, number: usize, stage: &ir::Stage) -> Option<usize> {
        if stage.single {
            return Some(1);
        }
        self.given.placement.and_then(|placement| placement.stages.get(number)).map(Vec::len).filter(|count| *count > 0)
    }
}

/// Written and typed statements stand side by side.
fn narrowings<'a>(
    written: &'a ast::Block,
    typed: &'a [ir::Statement],
    place: Option<&Predicate>,
    stage: usize,
    found: &mut Vec<Narrowing<'a>>,
) {
    for (written, typed) in written.statements.iter().zip(typed) {
        narrowings_in(written, typed, place, stage, found);
    }
}

fn narrowings_in<'a>(
    written: &'a ast::Statement,
    typed: &'a ir::Statement,
    place: Option<&Predicate>,
    stage: usize,
    found: &mut Vec<Narrowing<'a>>,
) {
    use ir::Statement as Typed;
    match (&written.kind, typed) {
        (StatementKind::On(selector, body), Typed::On(predicate, typed)) => {
            found.push(Narrowing { selector, predicate, place: place.cloned(), stage });
            let inner = place.map(|place| place.clone().and(predicate.clone()));
            narrowings(body, typed, inner.as_ref(), stage, found);
        }
        (StatementKind::At(_, body), Typed::At { body: typed, .. }) => narrowings(body, typed, None, stage, found),
        (StatementKind::If(_, then, other), Typed::If(_, typed_then, typed_other)) => {
            narrowings(then, typed_then, place, stage, found);
            match other.as_deref() {
                Some(Else::Block(block)) => narrowings(block, typed_other, place, stage, found),
                Some(Else::If(nested)) => {
                    typed_other.iter().for_each(|typed| narrowings_in(nested, typed, place, stage, found));
                }
                None => {}
            }
        }
        (StatementKind::For(_, _, body), Typed::For(_, _, typed))
        | (StatementKind::Retry(_, _, body), Typed::Retry { body: typed, .. })
        | (StatementKind::Timeout(_, body), Typed::Timeout(_, typed, _)) => {
            narrowings(body, typed, place, stage, found)
        }
        (StatementKind::Try(body, _, rescue), Typed::Try(typed, _, typed_rescue)) => {
            narrowings(body, typed, place, stage, found);
            narrowings(rescue, typed_rescue, place, stage, found);
        }
        (StatementKind::Ensure(_, check, fix), Typed::Ensure { check: typed, fix: typed_fix, .. }) => {
            narrowings(check, typed, place, stage, found);
            if let (Some(fix), Some(typed)) = (fix, typed_fix) {
                narrowings(fix, typed, place, stage, found);
            }
        }
        _ => {}
    }
}

pub(super) fn no_such_host(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(workflow), Some(inventory), Some(placement)) =
        (context.given.workflow, context.given.inventory, context.given.placement)
    else {
        return;
    };
    for narrowing in context.narrowings() {
        let Some(place) = &narrowing.place else { continue };
        let narrowed = place.clone().and(narrowing.predicate.clone());
        let hosts = placement.stages.get(narrowing.stage).map_or(&[][..], Vec::as_slice);
        let none = hosts
            .iter()
            .filter_map(|host| inventory.hosts.get(*host))
            .all(|host| place::evaluate(&workflow.axioms, &narrowed, &host.facts()) == Truth::No);
        if none && !hosts.is_empty() {
            let names: Vec<&str> =
                hosts.iter().filter_map(|host| Some(inventory.hosts.get(*host)?.name.as_str())).collect();
            found.push(messages::no_such_host(context.slice(narrowing.selector.span), narrowing.selector.span, &names));
        }
    }
}

/// Every selector of the user's whose meaning is known.
fn selectors<'a>(context: &Context<'a>, workflow: &'a Workflow) -> Vec<(&'a Selector, &'a Predicate)> {
    let mut all: Vec<_> = context.stages().map(|(_, written, typed)| (&written.on, &typed.on)).collect();
    all.extend(context.narrowings().into_iter().map(|narrowing| (narrowing.selector, narrowing.predicate)));
    let sets: HashMap<_, _> = workflow.host_sets.iter().map(|set| (set.span, &set.predicate)).collect();
    let probes: HashMap<_, _> = workflow.conditions.iter().map(|probe| (probe.span, &probe.on)).collect();
    for item in context.given.modules.all.iter().filter(|module| !module.is_std).flat_map(|module| &module.file.items) {
        match &item.kind {
            ItemKind::Host(set) | ItemKind::Hosts(set) => {
                all.extend(sets.get(&set.name.span).map(|predicate| (&set.selector, *predicate)));
            }
            ItemKind::Condition(condition) => {
                all.extend(probes.get(&condition.name.span).map(|predicate| (&condition.on, *predicate)));
            }
            _ => {}
        }
    }
    all
}

pub(super) fn says_nothing(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.given.workflow else { return };
    let mut known = HashMap::default();
    for (selector, predicate) in selectors(context, workflow) {
        redundant(context, workflow, selector, predicate, &mut known, found);
    }
    let mut narrowed = HashMap::default();
    for narrowing in context.narrowings() {
        let Some(place) = narrowing.place else { continue };
        let follows = |(place, predicate): &(Predicate, &Predicate)| follows(workflow, place, predicate);
        let narrows_nothing = *narrowed
            .entry((place, narrowing.predicate))
            .or_insert_with_key(|question| *question.1 != Predicate::All && follows(question));
        if narrows_nothing {
            found.push(messages::narrows_nothing(context.slice(narrowing.selector.span), narrowing.selector.span));
        }
    }
}

fn follows(workflow: &Workflow, place: &Predicate, requirement: &Predicate) -> bool {
    place::proves(&workflow.axioms, place, requirement) == Ok(true)
}

/// Looks for a part of a selector without which it picks the same hosts, whatever hosts there are.
fn redundant(
    context: &Context<'_>,
    workflow: &Workflow,
    selector: &Selector,
    predicate: &Predicate,
    known: &mut HashMap<Predicate, Option<usize>>,
    found: &mut Vec<Diagnostic>,
) {
    let (parts, meant) = match (&selector.kind, predicate) {
        (SelectorKind::And(parts), Predicate::And(meant)) | (SelectorKind::Or(parts), Predicate::Or(meant)) => {
            (parts, meant)
        }
        _ => return,
    };
    if parts.len() != meant.len() {
        return;
    }
    let part = *known.entry(predicate.clone()).or_insert_with(|| redundant_part(workflow, predicate, meant));
    match part {
        Some(number) => found.push(messages::says_nothing(
            context.slice(parts[number].span),
            parts[number].span,
            matches!(predicate, Predicate::And(_)),
            without_part(context, parts, number),
        )),
        None => parts
            .iter()
            .zip(meant.iter())
            .for_each(|(part, meant)| redundant(context, workflow, part, meant, known, found)),
    }
}

/// The last part that the others make superfluous.
fn redundant_part(workflow: &Workflow, whole: &Predicate, parts: &[Predicate]) -> Option<usize> {
    /// Each part is a question.
    const MOST: usize = 8;
    if parts.len() > MOST || are_independent(parts) || place::possible(&workflow.axioms, whole) != Ok(true) {
        return None;
    }
    (0..parts.len()).rev().find(|number| {
        let rest = parts.iter().enumerate().filter(|(other, _)| other != number).map(|(_, part)| part.clone());
        match whole {
            Predicate::And(_) => follows(workflow, &Predicate::all_of(rest), &parts[*number]),
            _ => follows(workflow, &parts[*number], &Predicate::any_of(rest)),
        }
    })
}

/// Whether all parts speak of different things, so that none can follow from the others. A class speaks of many.
fn are_independent(parts: &[Predicate]) -> bool {
    let different = |left: &Predicate, right: &Predicate| match (left, right) {
        (Predicate::Is(left, _), Predicate::Is(right, _)) => left != right,
        (Predicate::Compare(left, ..), Predicate::Compare(right, ..)) => left != right,
        (left, right) => left != right,
    };
    let simple = |part: &Predicate| match part {
        Predicate::Is(attribute, _) => *attribute != Attribute::Class,
        Predicate::Group(_) | Predicate::Compare(..) | Predicate::Local => true,
        _ => false,
    };
    parts.iter().all(simple)
        && parts.iter().enumerate().all(|(number, part)| parts[number + 1..].iter().all(|other| different(part, other)))
}

/// Takes a part out of a selector, with the word that ties it to the one before it or behind it.
fn without_part(context: &Context<'_>, parts: &[Selector], number: usize) -> Option<Fix> {
    let part = parts.get(number)?.span;
    let before = number.checked_sub(1).and_then(|before| parts.get(before));
    let (cut, tie) = match before {
        Some(before) => (edits::between(before.span.end, part.end, part), (before.span.end, part.start)),
        None => {
            let next = parts.get(1)?.span;
            (edits::between(part.start, next.start, part), (part.end, next.start))
        }
    };
    // Brackets are no part of what they hold, and would be left behind.
    let bracketed = matches!(parts[number].kind, SelectorKind::And(_) | SelectorKind::Or(_));
    let tied = matches!(context.slice(edits::between(tie.0, tie.1, part)).trim(), "and" | "or");
    (tied && !bracketed).then(|| edits::replace(cut, "", "a part of a selector that says nothing is taken out"))
}

pub(super) fn could_be_closed(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(workflow) = context.given.workflow else { return };
    for (number, written, typed) in context.stages() {
        if typed.closed.is_some() || !typed.elsewhere.is_empty() {
            continue;
        }
        let rests_on_selector = workflow.obligations.iter().find(|obligation| {
            obligation.scope == Scope::Stage(number)
                && obligation.forbids.is_some()
                && obligation.proof == Proof::Proved
                && !obligation.elsewhere
                && obligation.place == typed.on
        });
        if let Some(effect) = rests_on_selector.and_then(|obligation| obligation.forbids.as_deref()) {
            let last = written.guard.as_ref().unwrap_or(&written.on).span;
            let at = edits::between(last.end, last.end, last);
            let fix = edits::replace(at, " only", format!("`{}` is closed", typed.name));
            found.push(messages::could_be_closed(&typed.name, effect, written.on.span, context.slice(last), fix));
        }
    }
}

pub(super) fn all_may_fail(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    counts(context, |stage| stage.tolerate, messages::all_may_fail, found);
}

pub(super) fn all_at_once(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    counts(context, |stage| stage.at_once, messages::all_at_once, found);
}

/// Compares the number of a clause with that of the hosts it is about.
fn counts(
    context: &Context<'_>,
    clause: fn(&Stage) -> Option<IntLit>,
    message: fn(&str, usize, IntLit) -> Diagnostic,
    found: &mut Vec<Diagnostic>,
) {
    for (number, written, typed) in context.stages() {
        let (Some(count), Some(hosts)) = (clause(written), context.hosts_of(number, typed)) else { continue };
        if usize::try_from(count.value).is_ok_and(|count| count >= hosts) {
            found.push(message(&typed.name, hosts, count));
        }
    }
}
