//! What an earlier part of the same run did, from which a resumed run goes on.

use std::collections::{BTreeMap, BTreeSet};

use super::event::Place;
use super::kept::{Kept, KeptFailure};

/// What was done before.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The turns that hosts had of stages, by the names of both.
    pub turns: BTreeMap<(String, String), Turn>,
    /// The stages that had ended well.
    pub stages: BTreeSet<String>,
    /// Durable commands whose end is not known.
    pub durables: Vec<Durable>,
    /// The first number that no step has.
    pub next_step: u64,
    /// What is to be undone, by host.
    pub owed: Vec<(String, String)>,
    /// Whether what may or may not have happened is done again.
    pub again: bool,
}

/// What was done of one stage on one host.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// Its result, where it is done.
    pub done: Option<Kept>,
    /// What the body returned, where it had come to its end and `finally` had begun.
    pub body: Option<Kept>,
    /// The steps that are not done twice.
    pub steps: BTreeMap<Place, Step>,
    /// The limits of time that had passed, each with the place of the first step behind it.
    pub timed_out: BTreeMap<Place, Place>,
}

/// A step that was begun.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub what: String,
    /// How it came out.
    pub outcome: Outcome,
}

/// How a step came out.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It succeeded.
    Done(Kept),
    /// It failed.
    Failed(KeptFailure),
    /// It was ended before it was through.
    Cut,
    /// It may or may not have happened.
    Unknown,
}

/// A durable command whose end is not known.
#[derive(Clone, Debug)]
pub struct Durable {
    /// The stage that it belongs to.
    pub stage: String,
    /// The host whose turn it is in.
    pub lane: String,
    /// The host that it runs on.
    pub host: String,
    /// The step.
    pub step: u64,
    /// Where the step stands; none within an `ensure`.
    pub place: Option<Place>,
    /// What it does.
    pub what: String,
    /// Its name on the host.
    pub name: String,
    /// The bytes of its output that were told.
    pub taken: u64,
}
