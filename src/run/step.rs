//! Steps: what a run does on hosts, announced before and told after, so that a run that was cut off can be taken up.
//!
//! A resumed run interprets a stage from its beginning. A step that was done before gives the outcome that it had; the
//! first one that was not is done. What stands in an `ensure` is asked anew each time, and so is every condition.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::event::{Event, Outcome, Place};
use super::failure::{Failure, Kind};
use super::past::{self, Durable};
use super::state::{At, Cleanup, State};
use super::value::Value;
use crate::diagnostic::Code;

/// A step to be done.
pub(super) struct Doing<'a> {
    /// The text of a command, or the name of a task and its arguments.
    pub(super) what: &'a str,
    /// Whether it may change anything.
    pub(super) acts: bool,
    /// Whether it outlives the connection.
    pub(super) durable: bool,
}

/// A step that was begun.
pub(super) struct Begun {
    /// Its number in the run.
    pub(super) step: u64,
    /// The name of its durable command.
    pub(super) name: String,
    /// The bytes that were told of the output of a durable command which an earlier part of the run began.
    pub(super) taken: Option<u64>,
}

/// How far a host has come in its turn of a stage.
#[derive(Default)]
pub(super) struct Turn {
    past: past::Turn,
    steps: BTreeMap<bool, usize>,
    limits: BTreeMap<bool, usize>,
    /// The first step behind each limit of time that is entered now and had passed in an earlier part of the run.
    passed: Vec<Place>,
}

impl Turn {
    pub(super) fn new(past: past::Turn) -> Self {
        Turn { past, ..Turn::default() }
    }
}

/// Tells that a step was cut off, unless its outcome was told.
struct Open<'a> {
    state: &'a State,
    step: u64,
    told: Cell<bool>,
}

impl Open<'_> {
    fn tell(&self, outcome: Outcome<'_>) {
        self.told.set(true);
        self.state.event(&Event::StepEnded { step: self.step, outcome });
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.told.get() {
            self.tell(Outcome::Cut);
        }
    }
}

impl State {
    /// Does a step, or gives the outcome that it had in an earlier part of the run.
    pub(super) async fn step(
        &self,
        at: At,
        doing: &Doing<'_>,
        work: impl AsyncFnOnce(Begun) -> Result<Value, Failure>,
    ) -> Result<Value, Failure> {
        if self.dry {
            return work(Begun { step: 0, name: String::new(), taken: None }).await;
        }
        if !at.anew {
            // One that is not come to takes no place.
            self.within_limits(at, self.next_step_place(at))?;
        }
        let place = self.next(at, |turn| &mut turn.steps);
        if let Some(place) = place
            && let Some(outcome) = self.earlier(at, place, doing)?
        {
            return outcome;
        }
        let begun = match self.take_up(at, place, doing)? {
            Some(begun) => begun,
            None => self.begin(at, place, doing),
        };
        let open = Open { state: self, step: begun.step, told: Cell::new(false) };
        if doing.acts && begun.taken.is_none() {
            match self.kept().await {
                // What is to be undone is undone, on record or not.
                Err(_) if at.finally => {}
                kept => kept?,
            }
        }
        let outcome = work(begun).await;
        open.tell(match &outcome {
            Ok(value) => Outcome::Done(value),
            Err(failure) if failure.kind == Kind::Cancelled => Outcome::Cut,
            Err(failure) => Outcome::Failed(failure),
        });
        outcome
    }

    /// Recalls what an earlier part of the run did.
    pub(super) fn recall(&self) {
        let stage_of = |name: &String| self.workflow.stages.iter().position(|stage| stage.name == *name);
        let host_of = |name: &String| self.cluster.hosts.iter().position(|host| host.name == *name);
        let turns =
            self.past.turns.iter().filter_map(|((stage, lane), turn)| {
                Some(((stage_of(stage)?, host_of(lane)?), Turn::new(turn.clone())))
            });
        *self.turns.borrow_mut() = turns.collect();
        self.durables.borrow_mut().clone_from(&self.past.durables);
        let owed = self.past.owed.iter();
        let owed = owed.filter_map(|(host, script)| Some(Cleanup { host: host_of(host)?, script: script.clone() }));
        self.cleanups.borrow_mut().extend(owed);
    }

    /// What a stage returned on a host in an earlier part of the run.
    pub(super) fn result_before(&self, stage: usize, host: usize) -> Option<Value> {
        let turns = self.turns.borrow();
        turns.get(&(stage, host))?.past.done.as_ref()?.value(&self.cluster.names())
    }

    /// What the body of a stage returned on a host where only its `finally` was still to do.
    pub(super) fn body_before(&self, stage: usize, host: usize) -> Option<Value> {
        let turns = self.turns.borrow();
        turns.get(&(stage, host))?.past.body.as_ref()?.value(&self.cluster.names())
    }

    /// Whether a stage had ended well in an earlier part of the run.
    pub(super) fn is_done(&self, stage: usize) -> bool {
        self.past.stages.contains(&self.workflow.stages[stage].name)
    }

    /// The next place of a turn; none for what is done anew each time.
    fn next(&self, at: At, counter: impl FnOnce(&mut Turn) -> &mut BTreeMap<bool, usize>) -> Option<Place> {
        if at.anew {
            return None;
        }
        let mut turns = self.turns.borrow_mut();
        let count = counter(turns.entry((at.stage, at.lane)).or_default()).entry(at.finally).or_default();
        *count += 1;
        Some(Place { finally: at.finally, number: *count - 1 })
    }

    /// Enters a limit of time, and says whether it had passed in an earlier part of the run.
    pub(super) fn enter_limit(&self, at: At) -> Option<(Place, bool)> {
        let place = self.next(at, |turn| &mut turn.limits)?;
        let mut turns = self.turns.borrow_mut();
        let turn = turns.entry((at.stage, at.lane)).or_default();
        let behind = turn.past.timed_out.get(&place).copied();
        turn.passed.extend(behind);
        Some((place, behind.is_some()))
    }

    /// Leaves a limit of time that had passed.
    pub(super) fn leave_limit(&self, at: At) {
        if let Some(turn) = self.turns.borrow_mut().get_mut(&(at.stage, at.lane)) {
            turn.passed.pop();
        }
    }

    /// The place of the next step.
    pub(super) fn next_step_place(&self, at: At) -> Place {
        let turns = self.turns.borrow();
        let turn = turns.get(&(at.stage, at.lane));
        let number = turn.and_then(|turn| turn.steps.get(&at.finally)).copied().unwrap_or_default();
        Place { finally: at.finally, number }
    }

    /// A step that an earlier part of the run did not come to, because a limit of time passed before, is not come to now.
    fn within_limits(&self, at: At, place: Place) -> Result<(), Failure> {
        let turns = self.turns.borrow();
        let turn = turns.get(&(at.stage, at.lane));
        match turn.is_some_and(|turn| turn.passed.iter().any(|behind| place >= *behind)) {
            true => Err(Failure { kind: Kind::CutBefore, ..Failure::cancelled(self.host_name(at)) }),
            false => Ok(()),
        }
    }

    /// Whether a host has begun its turn of a stage in an earlier part of the run, so that the stage has begun.
    pub(super) fn is_begun(&self, stage: usize) -> bool {
        let name = &self.workflow.stages[stage].name;
        let turns = self.past.turns.iter().filter(|((stage, _), _)| stage == name);
        let mut begun = turns.filter(|(_, turn)| turn.done.is_some() || turn.body.is_some() || !turn.steps.is_empty());
        begun.next().is_some() || self.past.durables.iter().any(|durable| durable.stage == *name)
    }

    /// Whether there are steps to come that were done before: what is said between them was said before.
    pub(super) fn repeats(&self, at: At) -> bool {
        let next = self.next_step_place(at);
        let turns = self.turns.borrow();
        let turn = turns.get(&(at.stage, at.lane));
        turn.is_some_and(|turn| turn.past.steps.range(next..).any(|(place, _)| place.finally == at.finally))
    }

    /// The outcome that a step had.
    fn earlier(&self, at: At, place: Place, doing: &Doing<'_>) -> Result<Option<Result<Value, Failure>>, Failure> {
        let turns = self.turns.borrow();
        let Some(earlier) = turns.get(&(at.stage, at.lane)).and_then(|turn| turn.past.steps.get(&place)) else {
            return Ok(None);
        };
        let (stage, host) = (self.stage_name(at), self.host_name(at));
        if !self.is_same(&earlier.what, doing.what) {
            return Err(self.differs(at, &earlier.what, doing));
        }
        match &earlier.outcome {
            past::Outcome::Done(kept) => match kept.value(&self.cluster.names()) {
                Some(value) => Ok(Some(Ok(value))),
                None => {
                    let message =
                        format!("what a step of stage `{stage}` left on {host} held a secret, which is not kept");
                    Err(Failure::fatal(Code::R0809, message)
                        .note(format!("the step is: {}", doing.what.trim()))
                        .help(format!("begin anew, with this stage: `flowrun run … --from {stage}`")))
                }
            },
            past::Outcome::Failed(failure) => Ok(Some(Err(Failure::from(failure)))),
            past::Outcome::Cut => Ok(Some(Err(Failure { kind: Kind::CutBefore, ..Failure::cancelled(host) }))),
            past::Outcome::Unknown if at.again || self.again => Ok(None),
            past::Outcome::Unknown => {
                let message = format!("a step of stage `{stage}` had begun on {host} when the run was cut off");
                Err(Failure::fatal(Code::R0807, message)
                    .note(format!("the step is: {}", doing.what.trim()))
                    .note("whether it happened is not known; it does not run any more")
                    .help(
                        "look at the host; `flowrun resume --again` does the step again, and one that stands in an \
                         `ensure` or a `retry` is done again without being told",
                    ))
            }
        }
    }

    /// Whether a step is the one that is on record, where secrets are left out.
    fn is_same(&self, earlier: &str, now: &str) -> bool {
        self.observer.clean(earlier) == self.observer.clean(now)
    }

    fn differs(&self, at: At, earlier: &str, doing: &Doing<'_>) -> Failure {
        let (stage, host) = (self.stage_name(at), self.host_name(at));
        let message = format!("the run that is resumed did something else here, in stage `{stage}` on {host}");
        Failure::fatal(Code::R0809, message)
            .note(format!("it did: {}", earlier.trim()))
            .note(format!("now it is: {}", doing.what.trim()))
            .help("undo what has changed since, in the workflow or on the hosts, or begin anew with `flowrun run`")
    }

    /// Takes up a durable command that an earlier part of the run began.
    fn take_up(&self, at: At, place: Option<Place>, doing: &Doing<'_>) -> Result<Option<Begun>, Failure> {
        let mut durables = self.durables.borrow_mut();
        let here = |durable: &Durable| {
            durable.stage == self.stage_name(at)
                && durable.lane == self.cluster.hosts[at.lane].name
                && durable.place == place
        };
        let same = |durable: &Durable| {
            here(durable)
                && doing.durable
                && durable.host == self.host_name(at)
                && self.is_same(&durable.what, doing.what)
        };
        if let Some(found) = durables.iter().position(same) {
            let durable = durables.remove(found);
            return Ok(Some(Begun { step: durable.step, name: durable.name, taken: Some(durable.taken) }));
        }
        // Where it stood, nothing else may begin while it goes on.
        match durables.iter().find(|durable| place.is_some() && here(durable)) {
            Some(other) => Err(self.differs(at, &other.what, doing).note(format!("that goes on on {}", other.host))),
            None => Ok(None),
        }
    }

    fn begin(&self, at: At, place: Option<Place>, doing: &Doing<'_>) -> Begun {
        let step = self.next_step.replace(self.next_step.get() + 1);
        let name = format!("{}.{step}", self.run_name);
        self.event(&Event::StepStarted {
            stage: self.stage_name(at),
            lane: &self.cluster.hosts[at.lane].name,
            host: self.host_name(at),
            step,
            place,
            what: doing.what,
            acts: doing.acts,
            durable: doing.durable.then_some(name.as_str()),
        });
        Begun { step, name, taken: None }
    }

    /// Waits until everything that was told is safe.
    pub(super) async fn kept(&self) -> Result<(), Failure> {
        use super::event::Observer as _;
        self.observer.kept().await.map_err(|reason| {
            Failure::fatal(Code::R0810, format!("the run cannot be recorded, and goes no further: {reason}"))
                .help("make room on this machine's disk, then `flowrun resume`")
        })
    }
}
