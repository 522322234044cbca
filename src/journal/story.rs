//! What a journal tells: how far a run came, what goes on, and from where it can be taken up.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::error::Error;
use super::record::{FORMAT, Head, Line, Part, Record, StepOutcome};

use crate::run::event::Place;
use crate::run::failure::Kind;
use crate::run::past::{Durable, Outcome, Past, Step, Turn};

/// A run as its journal tells it.
#[derive(Debug)]
pub struct Story {
    /// What was asked for.
    pub head: Head,
    /// The parts of the run, each a flowrun of its own.
    pub parts: Vec<Part>,
    /// How its last part ended.
    pub state: State,
    /// The stages that were begun, in that order.
    pub stages: Vec<Stage>,
    /// Bytes of the journal up to the end of its last whole line.
    pub(super) length: u64,
    turns: BTreeMap<(String, String), Told>,
    open: BTreeMap<u64, Open>,
    owed: Vec<(String, String)>,
    next_step: u64,
}

/// How a run's last part ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It did not: flowrun runs, or was killed.
    Open,
    /// It ended with this status.
    Ended(String),
    /// It was cut off, and what it had left was ended.
    Reaped,
}

/// A stage that was begun.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub ok: Option<bool>,
}

/// What is told of a turn.
#[derive(Debug, Default)]
struct Told {
    turn: Turn,
    /// Which of the steps act.
    acts: BTreeMap<Place, bool>,
    /// Whether `finally` ran after a body that failed.
    undone: bool,
}

/// A step that was begun and whose end was not told.
#[derive(Debug)]
struct Open {
    stage: String,
    lane: String,
    host: String,
    place: Option<Place>,
    what: String,
    acts: bool,
    durable: Option<String>,
    taken: u64,
    log: u64,
    /// Whether flowrun gave it up, and does not know whether it still runs.
    given_up: bool,
}

impl Story {
    /// Reads a journal and gives each record to `each`. A last line without its end was being written when flowrun died, and does not count.
    ///
    /// # Errors
    /// When it cannot be read, or is no journal of this version.
    pub(super) fn read(name: &str, mut from: impl BufRead, mut each: impl FnMut(&Record)) -> Result<Story, Error> {
        let mut story: Option<Story> = None;
        let (mut text, mut length, mut number) = (Vec::new(), 0, 0_usize);
        loop {
            text.clear();
            number += 1;
            let read = from.read_until(b'\n', &mut text);
            let read = read.map_err(|error| Error::new(format!("cannot read the journal of {name}: {error}")))?;
            if !text.ends_with(b"\n") {
                break;
            }
            length += read as u64;
            let line: Line = serde_json::from_slice(&text).map_err(|error| {
                Error::new(format!("line {number} of the journal of {name} is not what flowrun writes: {error}"))
            })?;
            match (&mut story, &line.record) {
                (None, Record::Run(head)) if head.format == FORMAT => story = Some(Story::new((**head).clone())),
                (None, Record::Run(head)) => {
                    let message = format!(
                        "the journal of {name} has format {}, and this flowrun reads format {FORMAT}",
                        head.format
                    );
                    return Err(Error::new(message));
                }
                (None, _) => return Err(Error::new(format!("the journal of {name} does not begin as one"))),
                (Some(story), record) => story.take(record),
            }
            if let Some(story) = &mut story {
                each(&line.record);
                story.length = length;
            }
        }
        story.ok_or_else(|| Error::new(format!("the journal of {name} is empty: flowrun died before it began")))
    }

    fn new(head: Head) -> Story {
        Story {
            head,
            parts: Vec::new(),
            state: State::Open,
            stages: Vec::new(),
            length: 0,
            turns: BTreeMap::new(),
            open: BTreeMap::new(),
            owed: Vec::new(),
            next_step: 1,
        }
    }

    fn take(&mut self, record: &Record) {
        match record {
            Record::Part(part) => {
                if !self.parts.is_empty() {
                    self.settle();
                }
                self.parts.push(part.clone());
                self.state = State::Open;
            }
            Record::StageStarted { stage, .. } => {
                self.stages.retain(|begun| begun.name != *stage);
                self.stages.push(Stage { name: stage.clone(), ok: None });
            }
            Record::StageEnded { stage, ok, .. } => {
                if let Some(begun) = self.stages.iter_mut().find(|begun| begun.name == *stage) {
                    begun.ok = Some(*ok);
                }
            }
            Record::StepStarted { stage, lane, host, step, place, what, acts, durable } => {
                self.next_step = self.next_step.max(step + 1);
                let open = Open {
                    stage: stage.clone(),
                    lane: lane.clone(),
                    host: host.clone(),
                    place: *place,
                    what: what.clone(),
                    acts: *acts,
                    durable: durable.clone(),
                    taken: 0,
                    log: 0,
                    given_up: false,
                };
                if let Some(place) = place {
                    let told = self.turns.entry((stage.clone(), lane.clone())).or_default();
                    told.acts.insert(*place, *acts);
                    told.turn.steps.insert(*place, Step { what: what.clone(), outcome: Outcome::Unknown });
                }
                self.open.insert(*step, open);
            }
            Record::Taken { step, bytes, log } => {
                if let Some(open) = self.open.get_mut(step) {
                    (open.taken, open.log) = (*bytes, *log);
                }
            }
            Record::StepEnded { step, outcome } => self.step_ended(*step, outcome),
            Record::TimedOut { stage, lane, limit } => {
                self.turns.entry((stage.clone(), lane.clone())).or_default().turn.timed_out.insert(*limit);
            }
            Record::FinallyStarted { stage, lane, result } => {
                let told = self.turns.entry((stage.clone(), lane.clone())).or_default();
                told.turn.body.clone_from(result);
                told.undone = result.is_none();
            }
            Record::HostDone { stage, lane, result } => {
                self.turns.entry((stage.clone(), lane.clone())).or_default().turn.done = Some(result.clone());
            }
            Record::Owed { host, script } => self.owed.push((host.clone(), script.clone())),
            Record::Settled { host, script } => {
                let settled = |owed: &(String, String)| owed.0 == *host && owed.1 == *script;
                if let Some(at) = self.owed.iter().rposition(settled) {
                    self.owed.remove(at);
                }
            }
            Record::DurableEnded { name, .. } => self.open.retain(|_, open| open.durable.as_ref() != Some(name)),
            Record::Ended { status } => self.state = State::Ended(status.clone()),
            Record::Reaped => {
                self.state = State::Reaped;
                self.open.clear();
                self.owed.clear();
            }
            Record::Run(_)
            | Record::Measured { .. }
            | Record::Reconnecting { .. }
            | Record::Reconnected { .. }
            | Record::Printed { .. }
            | Record::Ensured { .. }
            | Record::Progress { .. }
            | Record::Failed { .. } => {}
        }
    }

    fn step_ended(&mut self, step: u64, outcome: &StepOutcome) {
        let Some(open) = self.open.get_mut(&step) else { return };
        let lost = match outcome {
            StepOutcome::Failed(failure) => matches!(failure.kind, Kind::Unknown | Kind::Unreachable),
            StepOutcome::Cut => true,
            StepOutcome::Done(_) => false,
        };
        // It goes on without us, unless `durable-ended` follows.
        if open.durable.is_some() && lost {
            open.given_up = true;
            return;
        }
        let outcome = match outcome {
            StepOutcome::Done(value) => Outcome::Done(value.clone()),
            StepOutcome::Failed(failure) if failure.kind == Kind::Unknown => Outcome::Unknown,
            StepOutcome::Failed(failure) => Outcome::Failed(failure.clone()),
            StepOutcome::Cut => Outcome::Cut,
        };
        if let Some(place) = open.place
            && let Some(told) = self.turns.get_mut(&(open.stage.clone(), open.lane.clone()))
            && let Some(step) = told.turn.steps.get_mut(&place)
        {
            step.outcome = outcome;
        }
        self.open.remove(&step);
    }

    /// Durable commands whose end is not known, with the steps that they are.
    fn durables(&self) -> impl Iterator<Item = (&u64, &Open)> {
        self.open.iter().filter(|(_, open)| open.durable.is_some())
    }

    /// Lets go of what the next part of the run does again: what failed, and what was only looked at before it.
    fn settle(&mut self) {
        let running: Vec<((String, String), Option<Place>)> =
            self.durables().map(|(_, open)| ((open.stage.clone(), open.lane.clone()), open.place)).collect();
        for (key, told) in &mut self.turns {
            if told.turn.done.is_some() {
                continue;
            }
            if told.undone {
                // What `finally` has undone cannot be taken up in the middle.
                *told = Told::default();
                continue;
            }
            let holds = |place: &Place, step: &Step| {
                let runs = running.iter().any(|(turn, at)| turn == key && *at == Some(*place));
                let acts = told.acts.get(place).copied().unwrap_or_default();
                runs || (acts && matches!(step.outcome, Outcome::Done(_) | Outcome::Unknown))
            };
            let last = told.turn.steps.iter().rev().find(|(place, step)| holds(place, step)).map(|(place, _)| *place);
            told.turn.steps.retain(|place, _| Some(*place) <= last);
            // A durable command is taken up, and not remembered.
            let is_running = |place: &Place| running.iter().any(|(turn, at)| turn == key && *at == Some(*place));
            told.turn.steps.retain(|place, _| !is_running(place));
        }
        self.open.retain(|_, open| open.durable.is_some());
    }

    /// From where the run can be taken up.
    #[must_use]
    pub fn past(&mut self, again: bool) -> Past {
        self.settle();
        let durables = self.durables().map(|(step, open)| Durable {
            stage: open.stage.clone(),
            lane: open.lane.clone(),
            host: open.host.clone(),
            step: *step,
            place: open.place,
            what: open.what.clone(),
            name: open.durable.clone().unwrap_or_default(),
            taken: open.taken,
        });
        Past {
            durables: durables.collect(),
            turns: self.turns.iter().map(|(key, told)| (key.clone(), told.turn.clone())).collect(),
            stages: self.stages.iter().filter(|stage| stage.ok == Some(true)).map(|stage| stage.name.clone()).collect(),
            next_step: self.next_step,
            owed: self.owed.clone(),
            again,
        }
    }

    /// What goes on, or may go on, on hosts: the host and what it does.
    #[must_use]
    pub fn running(&self) -> Vec<(String, String)> {
        self.durables().map(|(_, open)| (open.host.clone(), open.what.clone())).collect()
    }

    /// Steps that act and whose outcome is not known: stage, host and what they do.
    #[must_use]
    pub fn unknown(&self) -> Vec<(String, String, String)> {
        let unknown = self.open.values().filter(|open| open.acts && open.durable.is_none());
        unknown.map(|open| (open.stage.clone(), open.host.clone(), open.what.clone())).collect()
    }

    /// Whether hosts may still hold something of the run.
    #[must_use]
    pub fn leaves_something(&self) -> bool {
        self.durables().next().is_some() || !self.owed.is_empty()
    }

    /// The logs of durable commands that go on: step, stage, host, and how much of each is whole.
    pub(super) fn logs(&self) -> Vec<(u64, String, String, u64)> {
        self.durables().map(|(step, open)| (*step, open.stage.clone(), open.lane.clone(), open.log)).collect()
    }
}
