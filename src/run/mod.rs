//! Running a workflow: stages in order, hosts side by side, steps by the interpreter.
//!
//! [`run`] takes what the checker made and trusts it; its only output is the stream of [`event::Event`]s and, at the
//! end, a [`Summary`].

mod cluster;
mod command;
mod decode;
mod evaluate;
pub mod event;
pub mod failure;
pub mod inputs;
mod operators;
mod output;
mod primitives;
mod redact;
mod schedule;
mod state;
pub mod value;

pub use cluster::Counts;
pub(crate) use primitives::write_whole;
pub use schedule::{StageSummary, Status, Summary};

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::watch;

use cluster::{Cluster, ToMeasure};
use event::Observer;
use failure::Failure;
use redact::Redacting;
use state::State;
use value::Value;

use crate::check::ir::{Proof, Scope, Workflow};
use crate::check::{self, Evidence, Placement};
use crate::inventory::Inventory;
use crate::place::{self, Truth};
use crate::transport::Connector;

/// What a run is given besides the workflow.
pub struct Options {
    /// The folder that the workflow is in.
    pub folder: PathBuf,
    /// A value for each input of the workflow, or none for its default.
    pub inputs: Vec<Option<Value>>,
    /// Run checks alone.
    pub dry: bool,
    /// The stages to run, by their numbers.
    pub stages: Vec<usize>,
    /// How long a host may take to answer.
    pub connect_timeout: Duration,
    /// Whether the keys of hosts that were never seen are accepted.
    pub accept_new_host_keys: bool,
}

/// Runs the stages of a workflow. `cancel` becomes true when the run has to end.
///
/// # Errors
/// When this machine cannot make what a run needs, before anything was done.
pub async fn run(
    workflow: Workflow,
    placement: Placement,
    inventory: Inventory,
    connector: Box<dyn Connector>,
    observer: Rc<dyn Observer>,
    options: Options,
    cancel: watch::Receiver<bool>,
) -> Result<Summary, Failure> {
    let (dir, sockets) = cluster::socket_dir().map_err(|error| {
        Failure::step(crate::diagnostic::Code::R0803, format!("cannot make a directory below /tmp here: {error}"))
    })?;
    let observer = Rc::new(Redacting::new(observer));
    let to_measure = to_measure(&workflow, &placement, &inventory, &options.stages);
    let cluster = Cluster::new(
        inventory,
        workflow.axioms.clone(),
        connector,
        observer.clone(),
        options.connect_timeout,
        options.accept_new_host_keys,
        to_measure,
    );
    let state = State {
        results: RefCell::new(vec![None; workflow.stages.len()]),
        workflow,
        placement,
        cluster: Rc::new(cluster),
        observer,
        folder: options.folder,
        given: options.inputs,
        dry: options.dry,
        not_known: Cell::new(false),
        sockets,
        cleanups: RefCell::new(Vec::new()),
        next_socket: Cell::new(0),
    };
    let state = Rc::new(state);
    let summary = schedule::run(state.clone(), &options.stages, cancel).await;
    state.clean_up().await;
    state.cluster.close().await;
    drop(dir);
    Ok(summary)
}

/// What the inventory leaves open of the hosts that this run comes to.
fn to_measure(workflow: &Workflow, placement: &Placement, inventory: &Inventory, chosen: &[usize]) -> Vec<ToMeasure> {
    let mut found = Vec::new();
    for obligation in &workflow.obligations {
        let (Proof::Open(task), Evidence::Measured(hosts)) =
            (&obligation.proof, check::evidence(workflow, Some(inventory), obligation))
        else {
            continue;
        };
        let comes = |host: &usize| match obligation.scope {
            Scope::Condition(_) => true,
            Scope::Stage(stage) => {
                let selected = &workflow.stages[stage].on;
                // A host that the stage's selector picks and the placement leaves out was limited away.
                let picked = place::evaluate(&workflow.axioms, selected, &inventory.hosts[*host].facts()) == Truth::Yes;
                chosen.contains(&stage) && (!picked || placement.stages[stage].contains(host))
            }
        };
        found.extend(hosts.into_iter().filter(comes).map(|host| ToMeasure {
            host,
            task: task.clone(),
            requirement: obligation.requirement.clone(),
            span: obligation.span,
        }));
    }
    found
}
