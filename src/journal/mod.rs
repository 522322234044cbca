//! The journal: what a run did, kept on disk so that nothing of it is lost when flowrun or its machine goes down.
//!
//! Each run has a directory of its own below `$XDG_STATE_HOME/flowrun/runs` (by default `~/.local/state`), for its user alone:
//!
//! - `journal.jsonl`: one [`Record`](record::Record) a line, in the order of the events. What acts on a host is on disk
//!   before it begins, and its outcome after it.
//! - `logs/STAGE/HOST/STEP.log`: the lines that a step's command wrote.
//! - `texts/`: the workflow, its modules and the inventory, as they were.
//!
//! The format is versioned by [`record::FORMAT`] and documented in `docs/journal.md`.

mod changes;
mod error;
mod private;
pub mod record;
mod store;
mod story;
mod writer;

pub use changes::{Change, changes, changes_of_hosts};
pub use error::Error;
pub use store::{Claim, Run, Store};
pub use story::{Stage, State, Story};
pub use writer::Journal;
