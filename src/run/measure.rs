//! What is left to be measured of the hosts that a run comes to: neither the text nor the inventory says it, and it has to
//! hold before a host's first step.

use std::rc::Rc;

use crate::check::ir::{Obligation, Proof, Scope, Workflow};
use crate::check::{self, Evidence, Placement};
use crate::inventory::{self, Inventory};
use crate::place::{self, HostFacts, Predicate, Truth};
use crate::source::Span;

/// What neither the text nor the inventory says of a host, and has to hold before its first step.
pub(super) struct ToMeasure {
    pub(super) host: usize,
    /// Where it has to hold: on a host that turns out to be elsewhere it need not.
    pub(super) place: Predicate,
    pub(super) why: Why,
    pub(super) requirement: Predicate,
    pub(super) span: Span,
}

/// Why something has to be measured.
#[derive(Clone)]
pub(super) enum Why {
    /// This task needs it.
    Needs(Rc<str>),
    /// The host says no class, and must not be all that one is on which this effect is forbidden.
    Forbidden(Rc<str>),
}

/// Everything that is left to be measured for the chosen stages.
pub(super) fn to_measure(
    workflow: &Workflow,
    placement: &Placement,
    inventory: &Inventory,
    chosen: &[usize],
) -> Vec<ToMeasure> {
    let facts = inventory.hosts.iter().map(inventory::Host::facts).collect();
    let run = Run { workflow, placement, inventory, chosen, facts };
    workflow.obligations.iter().flat_map(|obligation| run.left_of(obligation)).collect()
}

struct Run<'a> {
    workflow: &'a Workflow,
    placement: &'a Placement,
    inventory: &'a Inventory,
    chosen: &'a [usize],
    /// What the inventory says of each of its hosts.
    facts: Vec<HostFacts>,
}

impl Run<'_> {
    fn left_of(&self, obligation: &Obligation) -> Vec<ToMeasure> {
        match (&obligation.proof, &obligation.forbids) {
            (Proof::Open(task), _) => self.needed(obligation, task),
            (_, Some(effect)) => self.forbidden(obligation, effect),
            (Proof::Proved | Proof::Selects, None) => Vec::new(),
        }
    }

    fn needed(&self, obligation: &Obligation, task: &Rc<str>) -> Vec<ToMeasure> {
        match check::evidence(self.workflow, Some(self.inventory), obligation) {
            Evidence::Measured(hosts) => {
                self.ask(obligation, &hosts, &obligation.requirement, &Why::Needs(task.clone()))
            }
            _ => Vec::new(),
        }
    }

    /// The proof takes a host without a class for one of none. Whether it is what a class promises shows when it is measured.
    fn forbidden(&self, obligation: &Obligation, effect: &Rc<str>) -> Vec<ToMeasure> {
        let outside = |host: usize| self.truth(host, &obligation.place) == Truth::No;
        let without = |host: &usize| self.facts[*host].class.is_none() && !outside(*host);
        let hosts: Vec<usize> = (0..self.facts.len()).filter(without).collect();
        let looks = place::classes_as_promises(&self.workflow.axioms, &obligation.requirement);
        self.ask(obligation, &hosts, &looks, &Why::Forbidden(effect.clone()))
    }

    fn ask(&self, obligation: &Obligation, hosts: &[usize], requirement: &Predicate, why: &Why) -> Vec<ToMeasure> {
        let hosts = hosts.iter().filter(|host| self.comes(obligation, **host));
        let asked = hosts.map(|host| ToMeasure {
            host: *host,
            place: obligation.place.clone(),
            why: why.clone(),
            requirement: requirement.clone(),
            span: obligation.span,
        });
        asked.collect()
    }

    /// Whether this run comes to a host for this: one that a stage's selector picks and the placement leaves out was limited
    /// away, unless an `at` leads there.
    fn comes(&self, obligation: &Obligation, host: usize) -> bool {
        match obligation.scope {
            Scope::Condition(_) => true,
            Scope::Stage(stage) => {
                let picked = || self.truth(host, &self.workflow.stages[stage].on) == Truth::Yes;
                let comes = obligation.elsewhere || self.placement.stages[stage].contains(&host) || !picked();
                self.chosen.contains(&stage) && comes
            }
        }
    }

    fn truth(&self, host: usize, place: &Predicate) -> Truth {
        place::evaluate(&self.workflow.axioms, place, &self.facts[host])
    }
}
