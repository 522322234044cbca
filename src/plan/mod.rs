//! What would run where, and how each thing that had to be shown of a place is known: the stages held against the hosts
//! of an inventory.

pub mod graph;
mod narrow;
pub mod needed;
mod parts;
pub mod prove;
mod show;
pub mod snapshot;

use serde::Serialize;

use crate::check::ir::{Elsewhere, HostSet, Obligation, Scope, Stage, Workflow};
use crate::check::{self, Evidence, Placement};
use crate::inventory::Inventory;

/// A workflow's plan. It displays as text, and serialises.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// The `host` and `hosts` of the workflow.
    pub names: Vec<Named>,
    /// Its stages, in the order of the text.
    pub stages: Vec<StagePlan>,
    /// What conditions' probes owe.
    pub conditions: Vec<ConditionPlan>,
}

/// A `host` or `hosts`.
#[derive(Debug, Serialize)]
pub struct Named {
    /// The name in the workflow.
    pub name: String,
    /// Whether it is exactly one host.
    pub one: bool,
    /// Its hosts, where there is an inventory.
    pub hosts: Option<Vec<String>>,
}

/// What a stage does where.
#[derive(Debug, Serialize)]
pub struct StagePlan {
    /// Its name.
    pub name: String,
    /// The selector as written.
    pub selector: String,
    /// Its hosts, where there is an inventory.
    pub hosts: Option<Vec<String>>,
    /// The other places that something in it goes to, with the calls that lead there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<String>,
    /// Its `on` blocks, and those of tasks that it calls.
    #[serde(skip)]
    within: Vec<narrow::Narrowing>,
    /// What each of its hosts is measured to be before its first step there, where the stage is closed.
    pub closed: Option<String>,
    /// The stages it waits for.
    pub after: Vec<String>,
    /// What must hold before it.
    pub expects: Vec<String>,
    /// What holds after it.
    pub leaves: Vec<String>,
    /// How long it may take on a host, in milliseconds.
    pub timeout: Option<u64>,
    /// What had to be shown of it.
    pub obligations: Vec<Known>,
}

/// What a condition's probe owes.
#[derive(Debug, Serialize)]
pub struct ConditionPlan {
    /// Its name.
    pub name: String,
    /// Where it is probed, where there is an inventory.
    pub hosts: Option<Vec<String>>,
    /// What had to be shown of it.
    pub obligations: Vec<Known>,
}

/// An obligation, and how it is known to hold.
#[derive(Debug, Serialize)]
pub struct Known {
    /// What must hold.
    pub claim: String,
    /// The calls that make it necessary.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// How it is known.
    pub evidence: Level,
    /// The hosts that the evidence is about; none where it is about every host that could exist.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}

/// The levels of evidence, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Proved from the text: it holds whatever the inventory says.
    Text,
    /// The inventory says so.
    Inventory,
    /// Measured on the hosts, before their first step.
    ToBeMeasured,
    /// An inventory will have to say.
    Open,
}

/// Plans a workflow; without an inventory, what its text says.
#[must_use]
pub fn plan(workflow: &Workflow, placed: Option<(&Inventory, &Placement)>) -> Plan {
    let planner = Planner { workflow, placed };
    let own = workflow.host_sets.iter().enumerate().filter(|(_, set)| set.own);
    let stages = workflow.stages.iter().enumerate();
    let conditions = workflow.conditions.iter().enumerate().map(|(number, condition)| ConditionPlan {
        name: condition.name.clone(),
        hosts: planner.hosts(|placement| &placement.conditions[number]),
        obligations: planner.known(Scope::Condition(number)),
    });
    Plan {
        names: own.map(|(number, set)| planner.name(number, set)).collect(),
        stages: stages.map(|(number, stage)| planner.stage(number, stage)).collect(),
        conditions: conditions.collect(),
    }
}

struct Planner<'a> {
    workflow: &'a Workflow,
    placed: Option<(&'a Inventory, &'a Placement)>,
}

impl Planner<'_> {
    fn hosts<'p>(&'p self, of: impl Fn(&'p Placement) -> &'p Vec<usize>) -> Option<Vec<String>> {
        self.placed.map(|(_, placement)| self.host_names(of(placement)))
    }

    fn host_names(&self, hosts: &[usize]) -> Vec<String> {
        let inventory = self.placed.map(|(inventory, _)| inventory);
        inventory.iter().flat_map(|inventory| hosts.iter().map(|host| inventory.hosts[*host].name.clone())).collect()
    }

    fn name(&self, number: usize, set: &HostSet) -> Named {
        Named { name: set.name.clone(), one: set.single, hosts: self.hosts(|placement| &placement.host_sets[number]) }
    }

    fn stage(&self, number: usize, stage: &Stage) -> StagePlan {
        StagePlan {
            name: stage.name.clone(),
            selector: stage.on_text.clone(),
            hosts: self.hosts(|placement| &placement.stages[number]),
            elsewhere: stage.elsewhere.iter().map(elsewhere).collect(),
            within: narrow::narrowings(
                self.workflow,
                stage,
                self.placed.map(|(inventory, placement)| (inventory, placement.stages[number].as_slice())),
            ),
            closed: stage.closed.as_ref().map(ToString::to_string),
            after: stage.after.iter().map(|earlier| self.workflow.stages[*earlier].name.clone()).collect(),
            expects: self.conditions(&stage.expects),
            leaves: self.conditions(&stage.leaves),
            timeout: stage.timeout,
            obligations: self.known(Scope::Stage(number)),
        }
    }

    fn conditions(&self, wanted: &[(usize, bool)]) -> Vec<String> {
        let names = wanted.iter().map(|(condition, wanted)| {
            let not = if *wanted { "" } else { "not " };
            format!("{not}{}", self.workflow.conditions[*condition].name)
        });
        names.collect()
    }

    fn known(&self, scope: Scope) -> Vec<Known> {
        let own = self.workflow.obligations.iter().filter(|obligation| obligation.scope == scope);
        own.map(|obligation| self.evidence(obligation)).collect()
    }

    fn evidence(&self, obligation: &Obligation) -> Known {
        let inventory = self.placed.map(|(inventory, _)| inventory);
        let (evidence, hosts) = match check::evidence(self.workflow, inventory, obligation) {
            Evidence::Text => (Level::Text, Vec::new()),
            Evidence::Inventory(hosts) => (Level::Inventory, hosts),
            Evidence::Measured(hosts) => (Level::ToBeMeasured, hosts),
            // A workflow that a host refutes is refused, and not planned.
            Evidence::Refuted(_) | Evidence::Open => (Level::Open, Vec::new()),
        };
        Known { claim: obligation.claim.clone(), by: obligation.by.clone(), evidence, hosts: self.host_names(&hosts) }
    }
}

fn elsewhere(elsewhere: &Elsewhere) -> String {
    let by = if elsewhere.by.is_empty() { "`at`" } else { &elsewhere.by };
    format!("`{}` by {by}", elsewhere.place)
}
