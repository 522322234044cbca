//! The order of the stages, and what holds when each of them runs.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap as HashMap;

use super::modules::Modules;
use super::record::Meant;
use super::tables::{HostSetDecl, Tables};
use super::{ir, messages};
use crate::diagnostic::{Diagnostic, list};
use crate::place::{self, Predicate};
use crate::syntax::ast;

/// The graph of the stages.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// For each stage those that it waits for.
    pub(super) after: Vec<Vec<usize>>,
    /// The stage that was asked about last, with all that ended before it.
    last: RefCell<(Option<usize>, Vec<usize>)>,
    /// Whether some wait for each other, or for one that there is not: what comes before what is not known then, and
    /// nothing is refused because of it.
    pub(super) unknown: bool,
}

impl Order {
    /// All stages that have ended when a stage begins. It is found out when it is asked for: kept for every stage it would
    /// take the square of their number.
    fn before(&self, stage: usize) -> Vec<usize> {
        ir::ancestors(|stage| &self.after[stage], stage)
    }

    /// The stages in an order in which each comes behind those that it waits for.
    pub(super) fn sorted(&self) -> Vec<usize> {
        sorted(&self.after).0
    }

    /// Whether a stage has ended when another one begins.
    pub(super) fn ends_before(&self, earlier: usize, stage: usize) -> bool {
        // Asked for each result that a stage uses, one stage after the other.
        let mut last = self.last.borrow_mut();
        if last.0 != Some(stage) {
            *last = (Some(stage), self.before(stage));
        }
        last.1.binary_search(&earlier).is_ok()
    }

    /// Of the stages that have ended when a stage begins and speak, those behind which no other of them comes.
    fn last_before(&self, stage: usize, speaks: impl Fn(usize) -> bool) -> Vec<usize> {
        // The way back goes no further than a stage that speaks, so the last ones are all met; of those that are met, one
        // that another waits for is not the last. No stage is looked at more than twice, however many speak.
        let met = self.back_from(&[stage], &speaks);
        let met: Vec<usize> = met.into_iter().filter(|stage| speaks(*stage)).collect();
        if met.len() < 2 {
            return met;
        }
        let surpassed = self.back_from(&met, |_| false);
        met.into_iter().filter(|speaker| !surpassed.contains(speaker)).collect()
    }

    /// What some stages wait for, directly or by way of stages at which the way does not stop.
    fn back_from(&self, stages: &[usize], stops: impl Fn(usize) -> bool) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<usize> = stages.iter().flat_map(|stage| &self.after[*stage]).copied().collect();
        while let Some(next) = open.pop() {
            if seen.insert(next) && !stops(next) {
                open.extend(&self.after[next]);
            }
        }
        seen
    }

    /// Those of some stages that may run while a stage does.
    fn beside(&self, stage: usize, others: &[usize]) -> Vec<usize> {
        if others.is_empty() {
            return Vec::new();
        }
        let before = self.before(stage);
        let followers = followers(&self.after);
        let behind = ir::ancestors(|stage| &followers[stage], stage);
        let is_beside = |other: &usize| {
            *other != stage && before.binary_search(other).is_err() && behind.binary_search(other).is_err()
        };
        others.iter().copied().filter(is_beside).collect()
    }
}

pub(super) fn order(tables: &Tables, diagnostics: &mut Vec<Diagnostic>) -> Order {
    // Of two stages of one name the first one is meant.
    let by_name: HashMap<&str, usize> =
        tables.stages.iter().enumerate().rev().map(|(number, stage)| (&*stage.ast.name.text, number)).collect();
    let told = diagnostics.len();
    let mut after = Vec::new();
    for (number, stage) in tables.stages.iter().enumerate() {
        let waits = match &stage.ast.after {
            None => number.checked_sub(1).into_iter().collect(),
            Some(names) => named_stages(tables, names, &by_name, diagnostics),
        };
        after.push(waits);
    }
    let ring = cycle(&after);
    let is_unread = |name: &ast::Ident| tables.is_unread(tables.entry, &name.text);
    let unread = tables.stages.iter().flat_map(|stage| stage.ast.after.iter().flatten()).any(is_unread);
    let unknown = ring.is_some() || unread || diagnostics.len() > told;
    if let Some(ring) = &ring {
        let stages: Vec<&ast::Stage> = ring.iter().map(|stage| &*tables.stages[*stage].ast).collect();
        diagnostics.push(messages::stage_cycle(&stages));
        after.iter_mut().for_each(Vec::clear);
    }
    Order { after, unknown, last: RefCell::default() }
}

fn named_stages(
    tables: &Tables,
    names: &[ast::Ident],
    by_name: &HashMap<&str, usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let mut stages = Vec::new();
    for name in names {
        match by_name.get(&*name.text) {
            Some(stage) => {
                tables.recorder.declared(name.span, tables.stages[*stage].ast.name.span);
                stages.push(*stage);
            }
            None if tables.is_unread(tables.entry, &name.text) => {}
            None => diagnostics.push(messages::unknown_stage(&name.text, name.span, by_name.keys().copied())),
        }
    }
    stages
}

/// For each stage those that wait for it.
fn followers(after: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut followers = vec![Vec::new(); after.len()];
    for (stage, earlier) in after.iter().enumerate().flat_map(|(stage, waits)| waits.iter().map(move |w| (stage, *w))) {
        followers[earlier].push(stage);
    }
    followers
}

/// A ring of stages that wait for each other.
fn cycle(after: &[Vec<usize>]) -> Option<Vec<usize>> {
    let (_, waiting) = sorted(after);
    let mut ring = vec![(0..after.len()).find(|stage| waiting[*stage] > 0)?];
    loop {
        let last = *ring.last()?;
        let next = *after[last].iter().find(|next| waiting[**next] > 0)?;
        if let Some(at) = ring.iter().position(|stage| *stage == next) {
            return Some(ring.split_off(at));
        }
        ring.push(next);
    }
}

/// The stages that can run, in order, and for how many others each of the rest waits for ever.
fn sorted(after: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    // Stages whose waits are all done are taken away; what is left waits for each other.
    let mut waiting: Vec<usize> = after.iter().map(Vec::len).collect();
    let followers = followers(after);
    let mut order: Vec<usize> = (0..after.len()).filter(|stage| waiting[*stage] == 0).collect();
    let mut at = 0;
    while let Some(stage) = order.get(at).copied() {
        for follower in &followers[stage] {
            waiting[*follower] -= 1;
            if waiting[*follower] == 0 {
                order.push(*follower);
            }
        }
        at += 1;
    }
    (order, waiting)
}

/// Whether a place is one host: it lies within what a `host` declares.
pub(super) fn is_one_host(tables: &Tables, place: &Predicate) -> bool {
    tables.single.get(place, || lies_within_a_host(tables, place))
}

fn lies_within_a_host(tables: &Tables, place: &Predicate) -> bool {
    let hosts = || tables.host_sets.iter().filter(|set| set.single);
    // Most stages name their host, and there may be many of both.
    let is_named = hosts().any(|set| set.predicate == *place);
    let mentions = place::Mentions::of(&tables.axioms, place);
    let within = |set: &&HostSetDecl| {
        mentions.may_entail(&set.predicate) && place::proves(&tables.axioms, place, &set.predicate) == Ok(true)
    };
    is_named || hosts().any(|set| within(&set))
}

/// What a stage says of conditions, resolved: `false` stands for `not`.
pub(super) type Conditions = Vec<(usize, bool)>;

pub(super) fn conditions(
    tables: &Tables,
    modules: &Modules,
    refs: &[ast::ConditionRef],
    diagnostics: &mut Vec<Diagnostic>,
) -> Conditions {
    let mut found = Vec::new();
    for reference in refs {
        match condition(tables, modules, &reference.name) {
            Some(number) => {
                record_condition(tables, modules, &reference.name, number);
                if found.contains(&(number, reference.negated)) {
                    let name = &tables.conditions[number].ast.name.text;
                    diagnostics.push(messages::both_ways(name, reference.span, refs[0].span));
                }
                found.push((number, !reference.negated));
            }
            None if modules.lost(modules.entry, &reference.name) => {}
            None if tables.is_unread(modules.entry, &reference.name.text()) => {}
            None => {
                let known = tables.conditions.iter().map(|condition| &*condition.ast.name.text);
                diagnostics.push(messages::unknown_condition(&reference.name.text(), reference.name.span, known));
            }
        }
    }
    found
}

fn record_condition(tables: &Tables, modules: &Modules, path: &ast::Path, number: usize) {
    if let [alias, _] = path.words.as_slice()
        && let Some(module) = modules.all[modules.entry].uses.get(&*alias.text)
    {
        tables.recorder.name(alias.span, Meant::Module(*module));
    }
    if let Some(name) = path.words.last() {
        tables.recorder.declared(name.span, tables.conditions[number].ast.name.span);
    }
}

fn condition(tables: &Tables, modules: &Modules, path: &ast::Path) -> Option<usize> {
    match path.words.as_slice() {
        [name] => tables.names[modules.entry].conditions.get(&*name.text).copied(),
        [alias, name] => {
            let module = modules.all[modules.entry].uses.get(&*alias.text)?;
            tables.names[*module].conditions.get(&*name.text).copied()
        }
        _ => None,
    }
}

/// The last word before a stage on a condition that it expects has to be the one that it expects, and no stage that may
/// run beside it may say the opposite.
pub(super) fn check_conditions(
    tables: &Tables,
    order: &Order,
    expects: &[Conditions],
    leaves: &[Conditions],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<ir::Obligation> {
    let mut obligations = Vec::new();
    // A condition that does not exist was told of, and may be the one that is missed; so may one of a stage that could not
    // be read.
    let all_known = leaves.iter().zip(&tables.stages).all(|(leaves, stage)| leaves.len() == stage.ast.leaves.len());
    if order.unknown || !all_known || !tables.names[tables.entry].unread.is_empty() {
        return obligations;
    }
    for (stage, expected) in expects.iter().enumerate() {
        for (at, (condition, wanted)) in expected.iter().enumerate() {
            let Some(clause) = tables.stages[stage].ast.expects.get(at) else { continue };
            let name = &tables.conditions[*condition].ast.name;
            let unmet = match last_word(order, leaves, stage, *condition, *wanted) {
                Found::Holds(by) => {
                    obligations.push(established(tables, stage, clause, *condition, &by));
                    None
                }
                Found::Unsaid => Some(elsewhere(tables, order, leaves, stage, (*condition, *wanted))),
                Found::Opposite(other) => Some(messages::Unmet::Opposite(&tables.stages[other].ast)),
            };
            // What does not hold cannot be disturbed.
            if let Some(unmet) = unmet {
                diagnostics.push(messages::not_established(clause, name, &tables.stages[stage].ast, &unmet));
                continue;
            }
            let disturbs = |other: &usize| leaves[*other].contains(&(*condition, !wanted));
            let others: Vec<usize> = (0..leaves.len()).filter(disturbs).collect();
            for other in order.beside(stage, &others) {
                let other = &tables.stages[other].ast;
                diagnostics.push(messages::disturbed(clause, name, &tables.stages[stage].ast, other));
            }
        }
    }
    obligations
}

/// The stage that leaves what is wanted, though not before.
fn elsewhere<'a>(
    tables: &'a Tables,
    order: &Order,
    leaves: &[Conditions],
    stage: usize,
    wanted: (usize, bool),
) -> messages::Unmet<'a> {
    let leaving = |other: &usize| *other != stage && leaves[*other].contains(&wanted);
    let found: Vec<usize> = (0..leaves.len()).filter(leaving).collect();
    let beside = order.beside(stage, &found);
    match (beside.first(), found.first()) {
        (Some(other), _) => messages::Unmet::Beside(&tables.stages[*other].ast),
        (None, Some(other)) => messages::Unmet::Later(&tables.stages[*other].ast),
        (None, None) => messages::Unmet::Unsaid,
    }
}

fn established(
    tables: &Tables,
    stage: usize,
    clause: &ast::ConditionRef,
    condition: usize,
    by: &[usize],
) -> ir::Obligation {
    let not = if clause.negated { "not " } else { "" };
    let by: Vec<String> = by.iter().map(|stage| format!("`{}`", tables.stages[*stage].ast.name.text)).collect();
    let place = tables.conditions[condition].on.clone();
    let claim = format!("`{not}{}` holds before it", clause.name.text());
    let by = format!("left so by {}", list(&by));
    ir::Obligation::proved(ir::Scope::Stage(stage), claim, by, place.clone(), place, clause.span)
}

enum Found {
    /// These stages left it so.
    Holds(Vec<usize>),
    Unsaid,
    Opposite(usize),
}

/// The last stages before this one that speak of the condition all have to leave what is wanted. A fresh cluster has no
/// condition established, yet nothing in the text says so: `not c` has to be established too.
fn last_word(order: &Order, leaves: &[Conditions], stage: usize, condition: usize, wanted: bool) -> Found {
    let said = |stage: usize| leaves[stage].iter().rev().find(|(said, _)| *said == condition).map(|(_, said)| *said);
    let last = order.last_before(stage, |earlier| said(earlier).is_some());
    match last.iter().find(|speaker| said(**speaker) != Some(wanted)) {
        _ if last.is_empty() => Found::Unsaid,
        Some(opposite) => Found::Opposite(*opposite),
        None => Found::Holds(last),
    }
}
