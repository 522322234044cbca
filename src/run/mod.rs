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
mod measure;
mod operators;
mod out_of_memory;
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

use cluster::Cluster;
use event::Observer;
use failure::Failure;
use redact::Redacting;
use state::State;
use value::Value;

use crate::check::Placement;
use crate::check::ir::Workflow;
use crate::inventory::Inventory;
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
    let to_measure = measure::to_measure(&workflow, &placement, &inventory, &options.stages);
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
