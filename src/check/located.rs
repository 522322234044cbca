//! Values that live on one host: a file or a socket, its path, and every text that is made of it.
//!
//! Works on the typed form, body by body, callees first. Of each value it keeps the *origins*: on which hosts it may live,
//! relative to the host that the body was entered on and to the body's parameters. Each *use* (a splice into a command, a
//! path that is read) asks that the value lives on the host of the command. What a task cannot answer for itself, because
//! it hangs on a parameter or on the host of the call, its callers answer.

mod loc;
mod walk;

use loc::{Loc, Origin};
pub(super) use loc::{Spot, Thing};
pub(super) use walk::{Use, User};

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::bodies::{Bodies, Lowered};
use super::ir::{Block, Default, Obligation, Scope};
use super::summary::{MAX_PLACES, Shift};
use super::tables::Tables;
use super::{messages, stages};
use crate::diagnostic::Diagnostic;
use crate::place::{self, Predicate};
use crate::source::SourceMap;
use walk::Walk;

/// What callers have to know of a task.
#[derive(Debug, std::default::Default)]
struct Summary {
    /// Where its result lives, in terms of its parameters and of the host of the call.
    result: Loc,
    /// Where each parameter lives that a call leaves out.
    defaults: Vec<Loc>,
    /// What the words of its failures are made of.
    raised: Vec<Origin>,
    /// What its callers have to answer.
    open: Vec<Use>,
}

/// Checks every body; `order` has callees before their callers.
pub(super) fn check(
    tables: &Tables,
    sources: &SourceMap,
    bodies: &Bodies,
    order: &[usize],
    stage_order: &stages::Order,
) -> (Vec<Obligation>, Vec<Diagnostic>) {
    let mut located = Located {
        tables,
        sources,
        tasks: Vec::new(),
        results: vec![Loc::default(); bodies.stages.len()],
        hosts: HashMap::default(),
        obligations: Vec::new(),
        diagnostics: Vec::new(),
    };
    located.tasks.resize_with(bodies.tasks.len(), Summary::default);
    for task in order {
        located.task(*task, &bodies.tasks[*task]);
    }
    for stage in stage_order.sorted() {
        located.stage(stage, &bodies.stages[stage]);
    }
    for (number, condition) in bodies.conditions.iter().enumerate() {
        located.condition(number, condition);
    }
    (located.obligations, located.diagnostics)
}

struct Located<'a> {
    tables: &'a Tables,
    sources: &'a SourceMap,
    tasks: Vec<Summary>,
    /// Where each stage's result lives, relative to the host that it ran on.
    results: Vec<Loc>,
    /// The `host`s that a place is known to be.
    hosts: HashMap<Predicate, Vec<usize>>,
    obligations: Vec<Obligation>,
    diagnostics: Vec<Diagnostic>,
}

impl Located<'_> {
    fn walk(&self, task: Option<usize>, locals: usize, blocks: &[&Block]) -> walk::Found {
        let mut walk = Walk::new(self.tables, &self.tasks, &self.results, task, locals);
        for block in blocks {
            walk.block(block);
        }
        walk.finish()
    }

    fn task(&mut self, number: usize, body: &Lowered) {
        let mut uses = Vec::new();
        for default in &body.defaults {
            let found = default.as_ref().map(|default| self.default(default));
            let (place, inner) = found.map(|found| (found.result, found.uses)).unwrap_or_default();
            self.tasks[number].defaults.push(place);
            uses.extend(inner);
        }
        let found = self.walk(Some(number), body.locals, &[&body.block]);
        uses.extend(found.uses);
        self.tasks[number].result = found.result;
        self.tasks[number].raised = found.raised;
        bound_places(&mut uses);
        let mut seen = HashSet::default();
        uses.retain(|used| seen.insert(used.key()));
        for used in uses {
            // What hangs on neither a parameter nor the host of the call is decided here, and told once.
            match (&used.origin.spot, used.user) {
                (Spot::Among(place), User::Elsewhere) => {
                    let here = used.shift.apply(&Predicate::All);
                    if self.one_host(place, &here).is_none() {
                        self.tell(&used, place, &here);
                    }
                }
                _ => self.tasks[number].open.push(used),
            }
        }
    }

    fn default(&self, default: &Default) -> walk::Found {
        let mut walk = Walk::new(self.tables, &self.tasks, &self.results, None, default.locals);
        walk.value(&default.value);
        walk.finish()
    }

    fn stage(&mut self, number: usize, body: &Lowered) {
        let blocks: Vec<&Block> = std::iter::once(&body.block).chain(&body.finally).collect();
        let found = self.walk(None, body.locals, &blocks);
        self.results[number] = found.result;
        self.decide(&self.tables.stages[number].on, found.uses, Scope::Stage(number));
    }

    fn condition(&mut self, number: usize, body: &Lowered) {
        let found = self.walk(None, body.locals, &[&body.block]);
        self.decide(&self.tables.conditions[number].on, found.uses, Scope::Condition(number));
    }

    /// Decides what is left of a body that nothing calls.
    fn decide(&mut self, place: &Predicate, uses: Vec<Use>, scope: Scope) {
        let mut seen = HashSet::default();
        for used in uses {
            if !seen.insert((used.key(), used.span)) {
                continue;
            }
            let there = match &used.origin.spot {
                Spot::Among(there) => there.clone(),
                Spot::Entry | Spot::Block(_) | Spot::Param(..) => place.clone(),
            };
            let here = used.shift.apply(place);
            match self.one_host(&there, &here) {
                Some(host) => self.proved(scope, &used, here, host),
                None => self.tell(&used, &there, &here),
            }
        }
    }

    fn proved(&mut self, scope: Scope, used: &Use, place: Predicate, host: usize) {
        let host = &self.tables.host_sets[host];
        let claim = format!("{} is used on `{}`, where it is", messages::what(used, self.tables), host.ast.name.text);
        let by = messages::way_down(&used.chain);
        let requirement = host.predicate.clone();
        self.obligations.push(Obligation::proved(scope, claim, by, place, requirement, used.span));
    }

    fn tell(&mut self, used: &Use, there: &Predicate, here: &Predicate) {
        let overlap = place::exclusive(&self.tables.axioms, there, here) == Ok(false);
        let (there, here) = (self.words(there), self.words(here));
        let diagnostic = messages::located_elsewhere(used, &there, &here, overlap, self.tables, self.sources);
        self.diagnostics.push(diagnostic);
    }

    /// A place in words: one host by its name, several by what they have in common.
    fn words(&mut self, place: &Predicate) -> String {
        let name = self.tables.place_name(place);
        if self.hosts_of(place).is_empty() { format!("a host of `{name}`") } else { format!("`{name}`") }
    }

    /// The `host` that both places are.
    fn one_host(&mut self, there: &Predicate, here: &Predicate) -> Option<usize> {
        // Most often both are the place of one `host`, as it is declared.
        let declared =
            |place: &Predicate| self.tables.host_sets.iter().position(|set| set.single && set.predicate == *place);
        if let (Some(host), true) = (declared(there), there == here) {
            return Some(host);
        }
        let first = self.hosts_of(there);
        first.into_iter().find(|host| self.is_within(here, *host))
    }

    fn is_within(&self, place: &Predicate, host: usize) -> bool {
        let host = &self.tables.host_sets[host].predicate;
        place::proves(&self.tables.axioms, place, host) == Ok(true)
    }

    fn hosts_of(&mut self, place: &Predicate) -> Vec<usize> {
        if let Some(known) = self.hosts.get(place) {
            return known.clone();
        }
        let single = (0..self.tables.host_sets.len()).filter(|set| self.tables.host_sets[*set].single);
        let mentions = place::Mentions::of(&self.tables.axioms, place);
        let may = |host: &usize| mentions.may_entail(&self.tables.host_sets[*host].predicate);
        let found: Vec<usize> = single.filter(may).filter(|host| self.is_within(place, *host)).collect();
        self.hosts.insert(place.clone(), found.clone());
        found
    }
}

/// As with effects: of a value that is used in more places than anybody writes, only the widest is kept. What is proved
/// there holds in all of them.
fn bound_places(uses: &mut [Use]) {
    let mut places: HashMap<(&Spot, User), HashSet<&Shift>> = HashMap::default();
    for used in uses.iter() {
        places.entry((&used.origin.spot, used.user)).or_default().insert(&used.shift);
    }
    let many = places.into_iter().filter(|(_, places)| places.len() > MAX_PLACES);
    let many: HashSet<(Spot, User)> = many.map(|((spot, user), _)| (spot.clone(), user)).collect();
    for used in uses.iter_mut().filter(|used| many.contains(&(used.origin.spot.clone(), used.user))) {
        used.shift = used.shift.widest();
    }
}
