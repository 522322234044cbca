//! A generated workflow with its inventory, and what is known of it by how it was made.

use std::collections::BTreeSet;

use super::selector::{Host, Selector};

/// The texts, and the truth about them.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) main: String,
    pub(super) library: Option<String>,
    pub(super) inventory: String,
    pub(super) hosts: Vec<Host>,
    /// Each prohibition of the text: the effect, and where.
    pub(super) forbids: Vec<(&'static str, Selector)>,
    /// What the steps do, by the numbers that their scripts and paths carry.
    pub(super) steps: Vec<Step>,
    pub(super) stages: Vec<Stage>,
    pub(super) conditions: Vec<Selector>,
    pub(super) tasks: Vec<Task>,
    /// The selectors of the `on` blocks.
    pub(super) narrowed: Vec<Selector>,
    /// Where the `at` blocks go, as far as the generator knows.
    pub(super) targets: Vec<Option<Selector>>,
    /// The ways to steps and calls that nothing keeps from where they are forbidden.
    pub(super) careless: Vec<String>,
    pub(super) dry: bool,
    /// The first stage that is run.
    pub(super) from: usize,
    /// How many of a hundred commands fail.
    pub(super) failing: u64,
}

/// A step on a host.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) effects: Vec<&'static str>,
}

/// A stage.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) on: Selector,
    /// What nothing in it may leave.
    pub(super) closed: Option<Selector>,
    pub(super) forbids: Vec<&'static str>,
}

/// A task, and what a caller has to know of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Task {
    pub(super) name: String,
    /// Whether it stands in the library module.
    pub(super) shared: bool,
    pub(super) guard: Option<Selector>,
    pub(super) needs: Option<Selector>,
    /// Its parameters besides the way that led to it; true for a list.
    pub(super) params: Vec<bool>,
    /// Whether a parameter may be left out.
    pub(super) has_default: bool,
    pub(super) effects: BTreeSet<&'static str>,
    /// The prohibitions that its callers have to avoid.
    pub(super) exposed: BTreeSet<usize>,
    /// Whether it goes to other hosts.
    pub(super) leaves: bool,
}
