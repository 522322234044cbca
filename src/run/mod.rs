//! Running a workflow: stages in order, hosts side by side, steps by the interpreter.
//!
//! [`run`] takes what the checker made and trusts it; its only output is the stream of [`event::Event`]s and, at the
//! end, a [`Summary`].

mod admission;
mod cluster;
mod command;
mod decode;
mod durable;
mod evaluate;
pub mod event;
pub mod failure;
pub mod inputs;
pub mod kept;
mod lock;
mod machine;
mod measure;
mod operators;
mod out_of_memory;
mod output;
pub mod past;
mod primitives;
mod reap;
mod redact;
mod schedule;
mod scripts;
mod state;
mod step;
pub mod value;
mod ways;
mod work;

pub use cluster::Counts;
pub use lock::Lock;
pub use machine::{Machine, ThisMachine};
pub(crate) use primitives::write_whole;
pub use reap::reap;
pub use schedule::{StageSummary, Status, Summary};
pub(crate) use work::BYTES as BYTES_OF_VALUE;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::watch;

use cluster::Cluster;
use event::Observer;
use past::Past;
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
    /// How long a host that was connected and is lost is sought.
    pub reconnect: Duration,
    /// Whether the keys of hosts that were never seen are accepted.
    pub accept_new_host_keys: bool,
    /// A directory on this machine with a short path, in which forwarded sockets meet.
    pub sockets: PathBuf,
    /// The name of the run, unlike that of any other.
    pub name: String,
    /// What is locked on each host; nothing for a run that changes nothing.
    pub lock: Option<Lock>,
    /// What an earlier part of the run did.
    pub past: Past,
    /// The machine that flowrun runs on.
    pub machine: Rc<dyn Machine>,
}

/// Runs the stages of a workflow. `cancel` becomes true when the run has to end.
pub async fn run(
    workflow: Workflow,
    placement: Placement,
    inventory: Inventory,
    connector: Box<dyn Connector>,
    observer: Rc<dyn Observer>,
    options: Options,
    cancel: watch::Receiver<bool>,
) -> Summary {
    let observer = Rc::new(Redacting::new(observer));
    let to_measure = measure::to_measure(&workflow, &placement, &inventory, &options.stages);
    let cluster = Cluster::new(
        inventory,
        workflow.axioms.clone(),
        connector,
        observer.clone(),
        cluster::Options {
            connect_timeout: options.connect_timeout,
            reconnect: options.reconnect,
            accept_new_host_keys: options.accept_new_host_keys,
            lock: options.lock.clone(),
        },
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
        sockets: options.sockets,
        machine: options.machine,
        cleanups: RefCell::new(Vec::new()),
        next_socket: Cell::new(0),
        run_name: options.name,
        lock_key: options.lock.map(|lock| lock.key).unwrap_or_default(),
        next_step: Cell::new(options.past.next_step),
        turns: RefCell::default(),
        durables: RefCell::default(),
        to_end: RefCell::default(),
        again: options.past.again,
        past: options.past,
    };
    let state = Rc::new(state);
    state.hide_inputs();
    let summary = schedule::run(state.clone(), &options.stages, cancel).await;
    state.clean_up().await;
    state.cluster.close().await;
    summary
}
