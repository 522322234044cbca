//! Stages in the order of their graph; within a stage its hosts side by side, each at its own pace.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::cluster::Counts;
use super::evaluate::Flow;
use super::event::Event;
use super::failure::{Failure, Kind};
use super::state::{At, State};
use super::value::Value;
use crate::diagnostic::Code;

/// How a run came out.
#[derive(Debug)]
pub struct Summary {
    /// The status of the whole.
    pub status: Status,
    /// The stages in the order of the text.
    pub stages: Vec<StageSummary>,
    /// What came of each host's steps, by its name; hosts that took no part are left out.
    pub hosts: Vec<(String, Counts)>,
    /// A failure that belongs to no stage: a host that is not what the inventory says.
    pub failure: Option<Failure>,
}

/// The status of a run or a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything succeeded.
    Done,
    /// Something failed.
    Failed,
    /// A host could not be reached.
    Unreachable,
    /// It was cancelled.
    Cancelled,
    /// It did not begin.
    NotRun,
}

impl Status {
    /// Its word in data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Done => "done",
            Status::Failed => "failed",
            Status::Unreachable => "unreachable",
            Status::Cancelled => "cancelled",
            Status::NotRun => "not run",
        }
    }
}

/// How a stage came out.
#[derive(Debug)]
pub struct StageSummary {
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: Status,
    /// How long it took.
    pub elapsed: Duration,
}

struct StageEnd {
    stage: usize,
    status: Status,
    elapsed: Duration,
}

pub(super) async fn run(state: Rc<State>, chosen: &[usize], cancel: watch::Receiver<bool>) -> Summary {
    let mut stages: Vec<StageSummary> = state
        .workflow
        .stages
        .iter()
        .map(|stage| StageSummary { name: stage.name.clone(), status: Status::NotRun, elapsed: Duration::ZERO })
        .collect();
    let mut hosts: Vec<usize> = chosen.iter().flat_map(|stage| state.placement.stages[*stage].clone()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    state.recall();
    let mut cancelled = cancel.clone();
    let failure = tokio::select! {
        look = state.cluster.first_look(&hosts) => look.err(),
        _ = cancelled.wait_for(|cancelled| *cancelled) => None,
    };
    if failure.is_none() {
        run_graph(&state, chosen, &cancel, &mut stages).await;
    }
    let status = match &failure {
        Some(_) => Status::Failed,
        None if *cancel.borrow() => Status::Cancelled,
        None => overall(&stages, chosen),
    };
    let begun = |stage: &&usize| stages[**stage].status != Status::NotRun;
    let took_part: Vec<usize> =
        chosen.iter().filter(begun).flat_map(|stage| state.placement.stages[*stage].clone()).collect();
    let counts = state
        .cluster
        .hosts
        .iter()
        .enumerate()
        .filter(|(host, node)| took_part.contains(host) || node.counts.get() != Counts::default());
    let hosts = counts.map(|(_, node)| (node.name.clone(), node.counts.get())).collect();
    Summary { status, stages, hosts, failure }
}

fn overall(stages: &[StageSummary], chosen: &[usize]) -> Status {
    let of = |status: Status| stages.iter().any(|stage| stage.status == status);
    match () {
        () if of(Status::Failed) => Status::Failed,
        () if of(Status::Unreachable) => Status::Unreachable,
        () if of(Status::Cancelled) => Status::Cancelled,
        () if chosen.iter().any(|stage| stages[*stage].status == Status::NotRun) => Status::Failed,
        () => Status::Done,
    }
}

/// Starts each stage when all that it waits for have ended well; after a failure no further one begins.
async fn run_graph(state: &Rc<State>, chosen: &[usize], cancel: &watch::Receiver<bool>, stages: &mut [StageSummary]) {
    // Stages keep their order when one between them is left out.
    let among: BTreeSet<usize> = chosen.iter().copied().collect();
    let waits: HashMap<usize, Vec<usize>> =
        chosen.iter().map(|stage| (*stage, state.workflow.waits_for(*stage, &among))).collect();
    let mut waiting: Vec<usize> = chosen.to_vec();
    let mut running = JoinSet::new();
    let mut failed = false;
    loop {
        let ended = |earlier: &usize| stages[*earlier].status == Status::Done;
        let ready: Vec<usize> = waiting.iter().copied().filter(|stage| waits[stage].iter().all(ended)).collect();
        if !failed && !*cancel.borrow() {
            waiting.retain(|stage| !ready.contains(stage));
            for stage in ready {
                running.spawn_local(run_stage(state.clone(), stage, cancel.clone()));
            }
        }
        match running.join_next().await {
            Some(Ok(end)) => {
                failed |= end.status != Status::Done;
                stages[end.stage].status = end.status;
                stages[end.stage].elapsed = end.elapsed;
            }
            // A stage that panicked is a fault of ours; the run does not go on over it.
            Some(Err(_)) => failed = true,
            None => return,
        }
    }
}

async fn run_stage(state: Rc<State>, stage: usize, cancel: watch::Receiver<bool>) -> StageEnd {
    let started = Instant::now();
    let hosts = state.placement.stages[stage].clone();
    if state.is_done(stage) {
        let results = hosts.iter().filter_map(|host| Some((*host, state.result_before(stage, *host)?))).collect();
        keep_results(&state, stage, results);
        return StageEnd { stage, status: Status::Done, elapsed: Duration::ZERO };
    }
    let names = hosts.iter().map(|host| state.cluster.hosts[*host].name.as_str()).collect();
    state.event(&Event::StageStarted { stage: &state.workflow.stages[stage].name, hosts: names });
    // A stage whose hosts are all limited away does nothing, and so owes nothing.
    let mut status = if hosts.is_empty() || state.is_begun(stage) {
        Status::Done
    } else {
        unless_cancelled(&cancel, expectations(&state, stage)).await
    };
    if status == Status::Done && !hosts.is_empty() {
        status = run_hosts(&state, stage, &hosts, cancel.clone()).await;
    }
    if status == Status::Done && !hosts.is_empty() {
        status = unless_cancelled(&cancel, promises(&state, stage)).await;
    }
    let elapsed = started.elapsed();
    state.event(&Event::StageEnded { stage: &state.workflow.stages[stage].name, elapsed, ok: status == Status::Done });
    StageEnd { stage, status, elapsed }
}

/// Probes of conditions only look: they can be left at any moment.
async fn unless_cancelled(cancel: &watch::Receiver<bool>, probes: impl Future<Output = Status>) -> Status {
    let mut cancel = cancel.clone();
    tokio::select! {
        status = probes => status,
        _ = cancel.wait_for(|cancelled| *cancelled) => Status::Cancelled,
    }
}

async fn run_hosts(state: &Rc<State>, stage: usize, hosts: &[usize], cancel: watch::Receiver<bool>) -> Status {
    let decl = &state.workflow.stages[stage];
    let permits = Rc::new(Semaphore::new(decl.at_once.unwrap_or(hosts.len()).max(1)));
    // Ends the others of this stage when more of them failed than may.
    let (stop, stopped) = watch::channel(false);
    let mut running = JoinSet::new();
    for host in hosts.iter().copied() {
        let (state, permits, cancel, stopped) = (state.clone(), permits.clone(), cancel.clone(), stopped.clone());
        running.spawn_local(async move {
            let _permit = permits.acquire().await;
            (host, run_host(&state, stage, host, cancel, stopped).await)
        });
    }
    let mut results: Vec<(usize, Value)> = Vec::new();
    let mut worst = Status::Done;
    let mut failures = 0;
    let mut last = None;
    while let Some(joined) = running.join_next().await {
        let Ok((host, result)) = joined else {
            worst = Status::Failed;
            continue;
        };
        match result {
            Ok(value) => {
                results.push((host, value));
            }
            Err(failure) => {
                let status = report(state, stage, host, &failure);
                last = Some(status);
                // A host that was only stopped because another one failed does not count as a further failure.
                if failure.kind != Kind::Cancelled || *cancel.borrow() {
                    failures += 1;
                }
                if failures > decl.tolerate {
                    worst = if worst == Status::Done || worst == Status::Cancelled { status } else { worst };
                    // Nobody listens any more when this was the last host.
                    let _ = stop.send(true);
                }
            }
        }
    }
    // Some hosts may fail; that all of them do is no success.
    if results.is_empty() && failures > 0 && worst == Status::Done {
        worst = last.unwrap_or(Status::Failed);
    }
    keep_results(state, stage, results);
    worst
}

/// Without a host, because of a limit or of failures that are tolerated, there is no result.
fn keep_results(state: &State, stage: usize, results: Vec<(usize, Value)>) {
    let results: BTreeMap<String, Value> =
        results.into_iter().map(|(host, value)| (state.cluster.hosts[host].name.clone(), value)).collect();
    state.results.borrow_mut()[stage] = match (state.workflow.stages[stage].single, results.is_empty()) {
        (_, true) => None,
        (true, false) => results.into_values().next(),
        (false, false) => Some(Value::Map(Rc::new(results))),
    };
}

fn report(state: &State, stage: usize, host: usize, failure: &Failure) -> Status {
    if failure.kind != Kind::Cancelled {
        state.cluster.count(host, |counts| counts.failed += 1);
    }
    let stage = &state.workflow.stages[stage].name;
    state.event(&Event::Failed { stage, host: &state.cluster.hosts[host].name, failure });
    match failure.kind {
        Kind::Unreachable => Status::Unreachable,
        Kind::Cancelled => Status::Cancelled,
        _ if failure.code == Code::R0802 => Status::Unreachable,
        // Of a step in flight when the run was cut off, a resumed run knows no more than the journal does.
        Kind::Unknown | Kind::NotBegun | Kind::GivenUp => Status::Unreachable,
        Kind::Step | Kind::Fatal | Kind::CutBefore => Status::Failed,
    }
}

/// The body of a stage on one host, then its `finally`, however the body ended.
async fn run_host(
    state: &State,
    stage: usize,
    host: usize,
    mut cancel: watch::Receiver<bool>,
    mut stopped: watch::Receiver<bool>,
) -> Result<Value, Failure> {
    let decl = &state.workflow.stages[stage];
    if let Some(result) = state.result_before(stage, host) {
        return Ok(result);
    }
    let name = &state.cluster.hosts[host].name;
    // It waited for its turn, and nothing of it was begun that `finally` could undo.
    if *cancel.borrow() || *stopped.borrow() {
        return Err(Failure::cancelled(name));
    }
    let at = At::body(stage, host);
    let mut frame = vec![Value::None; decl.locals];
    let admitted = std::cell::Cell::new(decl.closed.is_none());
    let outcome = {
        let body = async {
            if let Some(closed) = &decl.closed {
                // Measured first: the first step comes only when the host is what the stage is closed to.
                state.cluster.session(host).await.map_err(|failure| failure.at(decl.on_span))?;
                state.cluster.admit(host, closed).map_err(|failure| failure.at(decl.on_span))?;
                admitted.set(true);
            }
            state.block(at, &decl.body, &mut frame).await
        };
        let limit = decl.timeout.map_or(Value::None, Value::Duration);
        let body = async {
            match state.body_before(stage, host) {
                // The body had come to its end, and `finally` had begun.
                Some(result) => {
                    admitted.set(true);
                    Ok(Flow::Return(result))
                }
                None => body.await,
            }
        };
        let limited = state.limited(at, &limit, decl.span, body);
        tokio::select! {
            outcome = limited => outcome,
            _ = cancel.wait_for(|cancelled| *cancelled) => {
                state.cluster.hurry();
                Err(Failure::cancelled(name))
            }
            _ = stopped.wait_for(|stopped| *stopped) => {
                Err(Failure::cancelled(name).help("another host of the stage failed"))
            }
        }
    };
    state.end_cut_durables().await;
    // A run that cannot be resumed has done nothing that would have to be undone before it can be.
    let refused = outcome
        .as_ref()
        .is_err_and(|failure| failure.kind == Kind::Fatal && matches!(failure.code, Code::R0807 | Code::R0809));
    // On a host that the stage is closed to nothing of it runs, and this is a part of it.
    if let Some(finally) = decl.finally.as_ref().filter(|_| admitted.get() && !refused) {
        let result = match &outcome {
            Ok(Flow::Return(value)) => Some(value),
            Ok(Flow::Next) => Some(&Value::None),
            Err(_) => None,
        };
        let (stage, lane) = (state.stage_name(at), state.host_name(at));
        state.event(&Event::FinallyStarted { stage, lane, result });
        let last = state.block(At { finally: true, ..at }, finally, &mut frame).await;
        if let (Ok(_), Err(failure)) = (&outcome, last) {
            return Err(failure);
        }
    }
    // What fails without a step of its own is told at the stage.
    let located = |failure: Failure| if failure.span.is_none() { failure.at(decl.span) } else { failure };
    let result = match outcome.map_err(located)? {
        Flow::Return(value) => value,
        Flow::Next => Value::None,
    };
    state.event(&Event::HostDone { stage: state.stage_name(at), lane: state.host_name(at), result: &result });
    Ok(result)
}

async fn expectations(state: &State, stage: usize) -> Status {
    let expects = &state.workflow.stages[stage].expects;
    conditions(state, stage, expects, "expects").await
}

async fn promises(state: &State, stage: usize) -> Status {
    let leaves = &state.workflow.stages[stage].leaves;
    conditions(state, stage, leaves, "promises to leave").await
}

/// Probes conditions; a dry run has not made them true, and does not ask.
async fn conditions(state: &State, stage: usize, wanted: &[(usize, bool)], role: &str) -> Status {
    if state.dry {
        return Status::Done;
    }
    for (condition, wanted) in wanted {
        let decl = &state.workflow.conditions[*condition];
        for host in &state.placement.conditions[*condition] {
            let at = At::probe(stage, *host);
            let mut frame = vec![Value::None; decl.locals];
            let probed = state.block(at, &decl.probe, &mut frame).await;
            let failure = match (probed, wanted) {
                (Ok(_), true) => continue,
                (Err(failure), false) if failure.kind == Kind::Step => continue,
                (Err(failure), _) if failure.kind != Kind::Step => failure,
                (Err(failure), _) => unmet(state, stage, &decl.name, *host, role, Some(failure)),
                (Ok(_), false) => unmet(state, stage, &format!("not {}", decl.name), *host, role, None),
            };
            return report(state, stage, *host, &failure);
        }
    }
    Status::Done
}

fn unmet(state: &State, stage: usize, name: &str, host: usize, role: &str, probe: Option<Failure>) -> Failure {
    let stage = &state.workflow.stages[stage];
    let message =
        format!("stage `{}` {role} `{name}`, and it does not hold on {}", stage.name, state.cluster.hosts[host].name);
    let failure = Failure::step(Code::R0805, message).at(stage.span);
    match probe {
        Some(probe) => {
            let failure = failure.note(format!("its probe says: {}", probe.message));
            probe.notes.into_iter().fold(failure, Failure::note)
        }
        None => failure,
    }
}
