//! What a run has to tell: its only output. Terminal, journal and machine formats each read this stream.

use std::time::Duration;

use super::failure::Failure;
use crate::transport::Stream;
use crate::transport::facts::Facts;

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
        /// Which output.
        stream: Stream,
        /// The line, without its end.
        line: &'a str,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Takes events as they happen.
pub trait Observer {
    /// Takes one.
    fn event(&self, event: &Event<'_>);
}
