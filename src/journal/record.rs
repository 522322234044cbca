//! What stands on a line of a journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::run::event::{Ensured, Event, Outcome, Place};
use crate::run::kept::{Kept, KeptFailure};

/// The version of the format. A journal of another version is not read.
pub const FORMAT: u32 = 1;

/// A line of a journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Milliseconds since this part of the run began, by a clock that never jumps.
    pub ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub record: Record,
}

/// The first line: what was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the format.
    pub format: u32,
    /// The version of flowrun.
    pub flowrun: String,
    /// The name of the run.
    pub run: String,
    /// The workflow's file.
    pub workflow: String,
    /// The inventory's file.
    pub inventory: String,
    /// The inputs that were given. Secrets are left out.
    pub inputs: BTreeMap<String, String>,
    /// Inputs that were given and are not kept.
    pub secrets: Vec<String>,
    /// The stages that were chosen.
    pub stages: Vec<String>,
    /// The selector of `--limit`.
    pub limit: Option<String>,
    /// Who runs it, and on which machine.
    pub owner: String,
    /// The texts as they were: the path of each, and its file in the run's directory.
    pub texts: Vec<(String, String)>,
}

/// How flowrun runs now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// When it began, by the calendar.
    pub time: String,
    /// flowrun's process.
    pub pid: u32,
    /// Directories of this machine that go with the process.
    pub dirs: Vec<String>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[expect(missing_docs, reason = "each is an event of the same name, documented there")]
pub enum Record {
    /// What was asked for.
    Run(Box<Head>),
    /// A part of the run begins: its first, or one that takes it up again.
    Part(Part),
    StageStarted {
        stage: String,
        hosts: Vec<String>,
    },
    StageEnded {
        stage: String,
        ok: bool,
        millis: u64,
    },
    Measured {
        host: String,
        arch: String,
        mem: u64,
        cores: u32,
        os: String,
    },
    StepStarted {
        stage: String,
        lane: String,
        host: String,
        step: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<Place>,
        what: String,
        acts: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        durable: Option<String>,
    },
    /// The log of a step is whole up to `log` bytes, which tell `bytes` of its command's output.
    Taken {
        step: u64,
        bytes: u64,
        log: u64,
    },
    StepEnded {
        step: u64,
        outcome: StepOutcome,
    },
    TimedOut {
        stage: String,
        lane: String,
        limit: Place,
        behind: Place,
    },
    FinallyStarted {
        stage: String,
        lane: String,
        result: Option<Kept>,
    },
    HostDone {
        stage: String,
        lane: String,
        result: Kept,
    },
    Owed {
        host: String,
        script: String,
    },
    Settled {
        host: String,
        script: String,
    },
    DurableEnded {
        host: String,
        name: String,
    },
    Reconnecting {
        host: String,
        why: String,
    },
    WayLost {
        host: String,
        why: String,
    },
    Reconnected {
        host: String,
    },
    Printed {
        stage: String,
        host: String,
        text: String,
    },
    Ensured {
        stage: String,
        host: String,
        goal: String,
        outcome: Ensured,
    },
    Progress {
        stage: String,
        host: String,
        done: i64,
        total: i64,
    },
    Failed {
        stage: String,
        host: String,
        failure: KeptFailure,
    },
    /// A part of the run came to its end.
    Ended {
        status: String,
    },
    /// What a run that was cut off had left is ended.
    Reaped,
}

/// How a step came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// It succeeded.
    Done(Kept),
    /// It failed.
    Failed(KeptFailure),
    /// It was ended before it was through.
    Cut,
}

impl Record {
    /// The record of an event; none for those that stand in logs, or happen in a dry run alone. `names` are those of the
    /// inventory's hosts.
    #[must_use]
    pub fn of(event: &Event<'_>, names: &[String]) -> Option<Record> {
        let text = |text: &str| text.to_owned();
        Some(match *event {
            Event::Line { .. } | Event::Taken { .. } | Event::Skipped { .. } => return None,
            Event::StageStarted { stage, ref hosts } => {
                Record::StageStarted { stage: text(stage), hosts: hosts.iter().map(|host| text(host)).collect() }
            }
            Event::StageEnded { stage, elapsed, ok } => {
                Record::StageEnded { stage: text(stage), ok, millis: elapsed.as_millis() as u64 }
            }
            Event::Measured { host, facts } => Record::Measured {
                host: text(host),
                arch: facts.arch.clone(),
                mem: facts.mem,
                cores: facts.cores,
                os: facts.os.clone(),
            },
            Event::StepStarted { stage, lane, host, step, place, what, acts, durable } => Record::StepStarted {
                stage: text(stage),
                lane: text(lane),
                host: text(host),
                step,
                place,
                what: text(what),
                acts,
                durable: durable.map(text),
            },
            Event::StepEnded { step, outcome } => Record::StepEnded {
                step,
                outcome: match outcome {
                    Outcome::Done(value) => StepOutcome::Done(Kept::of(value, names)),
                    Outcome::Failed(failure) => StepOutcome::Failed(failure.into()),
                    Outcome::Cut => StepOutcome::Cut,
                },
            },
            Event::TimedOut { stage, lane, limit, behind } => {
                Record::TimedOut { stage: text(stage), lane: text(lane), limit, behind }
            }
            Event::FinallyStarted { stage, lane, result } => Record::FinallyStarted {
                stage: text(stage),
                lane: text(lane),
                result: result.map(|result| Kept::of(result, names)),
            },
            Event::HostDone { stage, lane, result } => {
                Record::HostDone { stage: text(stage), lane: text(lane), result: Kept::of(result, names) }
            }
            Event::Owed { host, script } => Record::Owed { host: text(host), script: text(script) },
            Event::Settled { host, script } => Record::Settled { host: text(host), script: text(script) },
            Event::DurableEnded { host, name } => Record::DurableEnded { host: text(host), name: text(name) },
            Event::Reconnecting { host, why, .. } => Record::Reconnecting { host: text(host), why: text(why) },
            Event::WayLost { host, why } => Record::WayLost { host: text(host), why: text(why) },
            Event::Reconnected { host } => Record::Reconnected { host: text(host) },
            Event::Printed { stage, host, text: said } => {
                Record::Printed { stage: text(stage), host: text(host), text: text(said) }
            }
            Event::Ensured { stage, host, goal, outcome } => {
                Record::Ensured { stage: text(stage), host: text(host), goal: text(goal), outcome }
            }
            Event::Progress { stage, host, done, total } => {
                Record::Progress { stage: text(stage), host: text(host), done, total }
            }
            Event::Failed { stage, host, failure } => {
                Record::Failed { stage: text(stage), host: text(host), failure: failure.into() }
            }
        })
    }
}
