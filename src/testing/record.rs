//! What a run told, kept to be compared with what is expected.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::world::{Ran, World};
use crate::check::ir::Workflow;
use crate::run::event::{Ensured, Event, Observer};
use crate::run::failure::{Failure, Kind};
use crate::run::{Status, Summary};

/// Something that a run told.
#[derive(Debug)]
pub(super) enum Told {
    /// Something was printed, or a command's output was shown.
    Output { host: String, text: String },
    /// What an `ensure` is for came out.
    Goal { host: String, goal: String, outcome: Ensured },
    /// A host came to the end of a stage.
    Done { stage: String, host: String },
    /// A host failed in a stage, or before the first one.
    Failed { stage: Option<String>, host: Option<String>, failure: Failure },
}

impl Told {
    pub(super) fn host(&self) -> Option<&str> {
        match self {
            Told::Output { host, .. } | Told::Goal { host, .. } | Told::Done { host, .. } => Some(host),
            Told::Failed { host, .. } => host.as_deref(),
        }
    }
}

/// Keeps what a run tells.
#[derive(Default)]
pub(super) struct Recorder(pub(super) RefCell<Vec<Told>>);

impl Observer for Recorder {
    fn event(&self, event: &Event<'_>) {
        let owned = |text: &str| text.to_owned();
        let told = match event {
            Event::Printed { host, text, .. } => Told::Output { host: owned(host), text: owned(text) },
            Event::Line { host, line, .. } => Told::Output { host: owned(host), text: owned(line) },
            Event::Ensured { host, goal, outcome, .. } => {
                Told::Goal { host: owned(host), goal: owned(goal), outcome: *outcome }
            }
            Event::HostDone { stage, lane, .. } => Told::Done { stage: owned(stage), host: owned(lane) },
            Event::Failed { stage, host, failure } if failure.kind != Kind::Cancelled => {
                Told::Failed { stage: Some(owned(stage)), host: Some(owned(host)), failure: (*failure).clone() }
            }
            _ => return,
        };
        self.0.borrow_mut().push(told);
    }
}

/// A run of a test that is over.
pub(super) struct Record {
    pub(super) told: Vec<Told>,
    /// Where the commands of this run begin among all that ran.
    pub(super) first: usize,
    pub(super) status: Status,
    /// The stages by their numbers, each with its name and status.
    pub(super) stages: Vec<(String, Status)>,
    /// The stages that were to run, each with the names of its hosts.
    pub(super) places: Vec<(String, Vec<String>)>,
    /// Which of what was told are failures that the test expects.
    pub(super) excused: BTreeSet<usize>,
    /// Whether it was given up, so that how it ended says nothing.
    pub(super) may_fail: bool,
}

impl Record {
    pub(super) fn new(
        recorder: &Recorder,
        summary: Summary,
        places: Vec<(String, Vec<String>)>,
        first: usize,
    ) -> Record {
        let mut told = recorder.0.take();
        let before = summary.failure.map(|failure| Told::Failed { stage: None, host: None, failure });
        told.extend(before);
        let stages = summary.stages.into_iter().map(|stage| (stage.name, stage.status)).collect();
        Record { told, first, status: summary.status, stages, places, excused: BTreeSet::new(), may_fail: false }
    }

    /// Of a run that did not come to its end.
    pub(super) fn unfinished(recorder: &Recorder, workflow: &[String], first: usize) -> Record {
        let stages = workflow.iter().map(|name| (name.clone(), Status::NotRun)).collect();
        Record {
            told: recorder.0.take(),
            first,
            status: Status::Cancelled,
            stages,
            places: Vec::new(),
            excused: BTreeSet::new(),
            may_fail: true,
        }
    }

    pub(super) fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.told.iter().filter_map(|told| match told {
            Told::Failed { failure, .. } => Some(failure),
            Told::Output { .. } | Told::Goal { .. } | Told::Done { .. } => None,
        })
    }

    /// The failures that the test does not expect.
    pub(super) fn unexpected(&self) -> impl Iterator<Item = &Failure> {
        self.told.iter().enumerate().filter(|(number, _)| !self.excused.contains(number)).filter_map(|(_, told)| {
            match told {
                Told::Failed { failure, .. } => Some(failure),
                Told::Output { .. } | Told::Goal { .. } | Told::Done { .. } => None,
            }
        })
    }

    /// The commands of the run.
    pub(super) fn commands(&self, world: &World) -> Vec<Ran> {
        world.ran.borrow().iter().skip(self.first).cloned().collect()
    }
}

/// The names of a workflow's stages.
pub(super) fn stage_names(workflow: &Workflow) -> Vec<String> {
    workflow.stages.iter().map(|stage| stage.name.clone()).collect()
}
