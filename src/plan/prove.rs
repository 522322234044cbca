//! An audit's question: does a stage run on hosts of a kind alone, or never on them? Answered for every host that could
//! exist, with the facts that the proof rests on, or with a host that shows why not.

use std::fmt::{Display, Formatter};

use serde::Serialize;

use crate::check::ir::Workflow;
use crate::diagnostic::list;
use crate::inventory::{self, Inventory};
use crate::place::{self, Predicate, Reason, TooHard, Truth, Verdict, Witness};
use crate::source::SourceMap;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The stage, by its number.
    pub stage: usize,
    /// Whether it must never run on these hosts; else it must run on them alone.
    pub never: bool,
    /// The hosts.
    pub hosts: Predicate,
    /// The hosts as they were written.
    pub written: String,
}

/// The answer. It displays as text, and serialises.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The stage.
    pub stage: String,
    /// Whether it must never run on these hosts; else it must run on them alone.
    pub never: bool,
    /// The hosts as they were written.
    pub on: String,
    /// Whether it holds for every host that could exist.
    pub proved: bool,
    /// The stage's own place first, then those that it goes to.
    pub places: Vec<PlaceAnswer>,
    /// Conditions that are probed for the stage; a probe may only look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probed: Vec<String>,
}

/// The answer for one place.
#[derive(Debug, Serialize)]
pub struct PlaceAnswer {
    /// The place.
    pub place: String,
    /// The calls that lead there; empty for the stage's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How it came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds, from these facts.
    Because(Vec<String>),
    /// It does not.
    Counterexample(Box<Counterexample>),
    /// It was given up: the selectors have too many alternatives.
    TooHard,
}

/// A host that shows why not.
#[derive(Debug, Serialize)]
pub struct Counterexample {
    /// Its name in the inventory, where it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Where the inventory declares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// Whether every host of the inventory is no such one, so that it holds for these hosts though not for all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub none_in_inventory: bool,
    /// What makes it one, in words.
    pub what: String,
    /// The attributes that matter, of a made-up one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Witness>,
}

/// Answers a question about a workflow that passed its check.
#[must_use]
pub fn prove(workflow: &Workflow, inventory: Option<&Inventory>, sources: &SourceMap, question: &Question) -> Answer {
    let stage = &workflow.stages[question.stage];
    let requirement = if question.never { question.hosts.clone().not() } else { question.hosts.clone() };
    let prover = Prover { workflow, inventory, sources, requirement };
    let own = PlaceAnswer { place: stage.on.to_string(), by: String::new(), outcome: prover.outcome(&stage.on) };
    let others = stage.elsewhere.iter().map(|elsewhere| PlaceAnswer {
        place: elsewhere.place.to_string(),
        by: if elsewhere.by.is_empty() { "`at`".to_owned() } else { elsewhere.by.clone() },
        outcome: prover.outcome(&elsewhere.place),
    });
    let places: Vec<PlaceAnswer> = std::iter::once(own).chain(others).collect();
    let conditions = stage.expects.iter().chain(&stage.leaves);
    let probed = conditions.map(|(condition, _)| &workflow.conditions[*condition]);
    Answer {
        stage: stage.name.clone(),
        never: question.never,
        on: question.written.clone(),
        proved: places.iter().all(|place| matches!(place.outcome, Outcome::Because(_))),
        places,
        probed: probed.map(|condition| format!("`{}` on `{}`", condition.name, condition.on)).collect(),
    }
}

struct Prover<'a> {
    workflow: &'a Workflow,
    inventory: Option<&'a Inventory>,
    sources: &'a SourceMap,
    requirement: Predicate,
}

impl Prover<'_> {
    fn outcome(&self, place: &Predicate) -> Outcome {
        self.decide(place).unwrap_or(Outcome::TooHard)
    }

    fn decide(&self, place: &Predicate) -> Result<Outcome, TooHard> {
        let axioms = &self.workflow.axioms;
        match place::entails(axioms, place, &self.requirement)? {
            Verdict::Proved => {
                let reasons = place::reasons(axioms, place, &self.requirement)?;
                Ok(Outcome::Because(reasons.iter().map(reason).collect()))
            }
            Verdict::Refuted(witness) => Ok(Outcome::Counterexample(Box::new(self.counterexample(place, witness)))),
        }
    }

    /// A host of the inventory says more than one that is made up.
    fn counterexample(&self, place: &Predicate, witness: Witness) -> Counterexample {
        let against = place.clone().and(self.requirement.clone().not());
        let hosts = self.inventory.map_or(&[][..], |inventory| &inventory.hosts);
        let truth = |host: &inventory::Host| place::evaluate(&self.workflow.axioms, &against, &host.facts());
        match hosts.iter().find(|host| truth(host) == Truth::Yes) {
            Some(host) => Counterexample {
                host: Some(host.name.clone()),
                declared: Some(self.sources.location(host.name_span)),
                none_in_inventory: false,
                what: host.facts().describe(),
                attributes: None,
            },
            None => Counterexample {
                host: None,
                declared: None,
                none_in_inventory: !hosts.is_empty() && hosts.iter().all(|host| truth(host) == Truth::No),
                what: witness.host(),
                attributes: Some(witness),
            },
        }
    }
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Place(part) => format!("every host there is `{part}`"),
        Reason::Class(class, part) => format!("every host of class `{class}` is `{part}`"),
    }
}

impl Display for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let claim = if self.never { "never runs on" } else { "runs only on" };
        let word = if self.proved { "proved" } else { "not proved" };
        writeln!(f, "{word}: `{}` {claim} `{}`", self.stage, self.on)?;
        for place in &self.places {
            place.fmt(f)?;
        }
        if !self.probed.is_empty() {
            writeln!(f, "  its conditions are probed, which only looks: {}", list(&self.probed))?;
        }
        Ok(())
    }
}

impl Display for PlaceAnswer {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.by.as_str() {
            "" => writeln!(f, "  its place is `{}`", self.place)?,
            by => writeln!(f, "  it goes to `{}` by {by}", self.place)?,
        }
        match &self.outcome {
            Outcome::Because(reasons) if reasons.is_empty() => writeln!(f, "    which says it all"),
            Outcome::Because(reasons) => reasons.iter().try_for_each(|reason| writeln!(f, "    {reason}")),
            Outcome::TooHard => writeln!(f, "    the selectors have too many alternatives to be decided"),
            Outcome::Counterexample(host) => host.fmt(f),
        }
    }
}

impl Display for Counterexample {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match (&self.host, &self.declared) {
            (Some(host), Some(declared)) => {
                writeln!(f, "    for example `{host}` of the inventory ({}), {declared}", self.what)
            }
            _ => writeln!(f, "    for example {}", self.what),
        }?;
        if self.none_in_inventory {
            writeln!(f, "    no host of the inventory is one: it holds for these hosts, and not by the text")?;
        }
        Ok(())
    }
}
