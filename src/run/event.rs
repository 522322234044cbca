//! What a run has to tell: its only output. Terminal, journal and machine formats each read this stream.

use std::rc::Rc;
use std::time::Duration;

use super::failure::Failure;
use super::value::Value;
use crate::transport::facts::Facts;
use crate::transport::{LocalBoxFuture, Stream};

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A stage begins on these hosts.
    StageStarted {
        /// The stage.
        stage: &'a str,
        /// The names of its hosts.
        hosts: Vec<&'a str>,
    },
    /// A host was connected for the first time and measured.
    Measured {
        /// The host.
        host: &'a str,
        /// What was measured.
        facts: &'a Facts,
    },
    /// A line of a command's output.
    Line {
        /// The stage.
        stage: &'a str,
        /// The host.
        host: &'a str,
        /// The step whose command wrote it; none for what belongs to no step.
        step: Option<u64>,
        /// Which output.
        stream: Stream,
        /// The line, without its end.
        line: &'a str,
    },
    /// A step is about to act on a host, or to look at it. What acts begins only when every observer has [kept] this.
    ///
    /// [kept]: Observer::kept
    StepStarted {
        /// The stage.
        stage: &'a str,
        /// The host whose turn of the stage it is in.
        lane: &'a str,
        /// The host that it runs on.
        host: &'a str,
        /// Its number, unlike that of any other step of the run.
        step: u64,
        /// Where it stands among the steps of its turn that are not done twice; none within an `ensure` or a probe.
        place: Option<Place>,
        /// What it does: the text of a command, or the name of a task and its arguments.
        what: &'a str,
        /// Whether it may change anything.
        acts: bool,
        /// The name of its durable command on the host.
        durable: Option<&'a str>,
    },
    /// All lines up to here of a durable command's output were told.
    Taken {
        /// The step.
        step: u64,
        /// Bytes of its output.
        bytes: u64,
    },
    /// A step is over.
    StepEnded {
        /// The step.
        step: u64,
        /// How it came out.
        outcome: Outcome<'a>,
    },
    /// A limit of time ended a block.
    TimedOut {
        /// The stage.
        stage: &'a str,
        /// The host whose turn of the stage it is in.
        lane: &'a str,
        /// Which of the limits of the turn, in the order in which they were entered.
        limit: Place,
        /// The place of the first step that was not begun before it passed.
        behind: Place,
    },
    /// The body of a stage is over on a host, and its `finally` begins.
    FinallyStarted {
        /// The stage.
        stage: &'a str,
        /// The host.
        lane: &'a str,
        /// What the body returned, where it did not fail.
        result: Option<&'a Value>,
    },
    /// A stage is done on a host.
    HostDone {
        /// The stage.
        stage: &'a str,
        /// The host.
        lane: &'a str,
        /// What it returned there.
        result: &'a Value,
    },
    /// Something was made on a host for this run alone, and this shell text undoes it.
    Owed {
        /// The host.
        host: &'a str,
        /// What undoes it.
        script: &'a str,
    },
    /// What was owed to a host is undone.
    Settled {
        /// The host.
        host: &'a str,
        /// What has undone it.
        script: &'a str,
    },
    /// A durable command that nobody waits for any more was ended on its host.
    DurableEnded {
        /// The host.
        host: &'a str,
        /// Its name there.
        name: &'a str,
    },
    /// A connection was lost and is sought again.
    Reconnecting {
        /// The host.
        host: &'a str,
        /// Why the last attempt failed.
        why: &'a str,
        /// How long until the next one.
        pause: Duration,
    },
    /// A forwarded socket could not be forwarded again after a connection was lost.
    WayLost {
        /// The host whose connection was lost.
        host: &'a str,
        /// Why.
        why: &'a str,
    },
    /// A connection that was lost is there again.
    Reconnected {
        /// The host.
        host: &'a str,
    },
    /// A `print`.
    Printed {
        /// The stage.
        stage: &'a str,
        /// The host.
        host: &'a str,
        /// What was printed.
        text: &'a str,
    },
    /// An `ensure` came out.
    Ensured {
        /// The stage.
        stage: &'a str,
        /// The host.
        host: &'a str,
        /// What it is for.
        goal: &'a str,
        /// How it came out.
        outcome: Ensured,
    },
    /// A dry run left a step out.
    Skipped {
        /// The stage.
        stage: &'a str,
        /// The host.
        host: &'a str,
        /// What a real run would do.
        what: &'a str,
    },
    /// How far a step has come.
    Progress {
        /// The stage.
        stage: &'a str,
        /// The host.
        host: &'a str,
        /// How much is done.
        done: i64,
        /// Of how much.
        total: i64,
    },
    /// A host failed in a stage.
    Failed {
        /// The stage.
        stage: &'a str,
        /// The host.
        host: &'a str,
        /// Why.
        failure: &'a Failure,
    },
    /// A stage is over.
    StageEnded {
        /// The stage.
        stage: &'a str,
        /// How long it took.
        elapsed: Duration,
        /// Whether it came to its end.
        ok: bool,
    },
}

/// How an `ensure` came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ensured {
    /// It held already.
    Ok,
    /// It was made to hold.
    Changed,
    /// It does not hold, and a dry run leaves it so.
    WouldChange,
    /// A dry run could not tell.
    NotKnown,
}

/// How a step came out.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// It succeeded.
    Done(&'a Value),
    /// It failed.
    Failed(&'a Failure),
    /// It was ended before it was through: by a limit of time, or with the run.
    Cut,
}

/// The place of a step or a limit of time in the turn that a host has of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Whether it is in the stage's `finally`.
    pub finally: bool,
    /// How many came before it.
    pub number: usize,
}

/// Takes events as they happen.
pub trait Observer {
    /// Takes one.
    fn event(&self, event: &Event<'_>);

    /// Comes when everything that was told so far is safe: it outlives flowrun and a loss of power.
    ///
    /// # Errors
    /// Why it cannot be kept.
    fn kept(&self) -> LocalBoxFuture<'_, Result<(), String>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Observers that each take every event.
pub struct Several(pub Vec<Rc<dyn Observer>>);

impl Observer for Several {
    fn event(&self, event: &Event<'_>) {
        for observer in &self.0 {
            observer.event(event);
        }
    }

    fn kept(&self) -> LocalBoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            for observer in &self.0 {
                observer.kept().await?;
            }
            Ok(())
        })
    }
}
