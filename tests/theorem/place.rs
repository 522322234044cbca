//! Where a statement of a random workflow stands.

use std::collections::BTreeSet;

use super::generate::parts;
use super::plan::Task;
use super::selector::{Host, Selector};

/// A local value that is a host or a list of them.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) name: String,
    pub(super) list: bool,
    pub(super) members: Vec<usize>,
    pub(super) avoids: BTreeSet<usize>,
    pub(super) within: Vec<String>,
    pub(super) meaning: Option<Selector>,
}

/// Where a statement stands, as far as the generator knows.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The way as it is written in a string: with a splice in a task.
    pub(super) way: String,
    /// Hosts that it may run on.
    pub(super) hosts: Vec<usize>,
    /// Prohibitions that it avoids by its text.
    pub(super) avoids: BTreeSet<usize>,
    /// Prohibitions that are avoided around an `at` which leads here, and that it leaves behind.
    pub(super) lost: BTreeSet<usize>,
    /// Selectors that follow from it by its text.
    pub(super) within: Vec<String>,
    pub(super) locals: Vec<Local>,
    pub(super) check: bool,
    pub(super) in_task: bool,
    /// Whether an `at` of this body leads here, so that no caller decides where it is.
    pub(super) moved: bool,
    /// Whether the text says nothing of the host that the `at` goes to.
    pub(super) unsaid: bool,
    pub(super) in_library: bool,
    pub(super) closed: Option<Selector>,
    pub(super) forbids: Vec<&'static str>,
    /// The task that it is in, whose callees come before it.
    pub(super) task: usize,
    pub(super) depth: usize,
}

impl Place {
    fn plain(way: String, hosts: Vec<usize>) -> Place {
        Place {
            way,
            hosts,
            avoids: BTreeSet::new(),
            lost: BTreeSet::new(),
            within: Vec::new(),
            locals: Vec::new(),
            check: false,
            in_task: false,
            moved: false,
            unsaid: false,
            in_library: false,
            closed: None,
            forbids: Vec::new(),
            task: usize::MAX,
            depth: 0,
        }
    }

    pub(super) fn of_task(task: &Task, number: usize, hosts: &[Host]) -> Place {
        let everyone: Vec<usize> = (0..hosts.len()).collect();
        let local = |(at, list): (usize, &bool)| Local {
            name: format!("p{at}"),
            list: *list,
            members: everyone.clone(),
            avoids: BTreeSet::new(),
            within: Vec::new(),
            meaning: None,
        };
        let guarded = task.guard.clone().unwrap_or(Selector::All);
        Place {
            locals: task.params.iter().enumerate().map(local).collect(),
            within: parts(&guarded),
            in_task: true,
            in_library: task.shared,
            task: number,
            ..Place::plain(format!("{{{{ via }}}}.t{number}"), guarded.among(hosts, &everyone))
        }
    }

    /// The default of a parameter of a task.
    pub(super) fn of_default(number: usize) -> Place {
        Place { in_task: true, ..Place::plain(format!("d.t{number}"), Vec::new()) }
    }

    pub(super) fn of_condition(on: &Selector, number: usize, hosts: &[Host]) -> Place {
        let everyone: Vec<usize> = (0..hosts.len()).collect();
        Place { within: parts(on), check: true, ..Place::plain(format!("c{number}.k"), on.among(hosts, &everyone)) }
    }

    pub(super) fn of_stage(
        (on, avoids): (&Selector, BTreeSet<usize>),
        closed: Option<&Selector>,
        forbids: &[&'static str],
        number: usize,
        hosts: &[Host],
    ) -> Place {
        let everyone: Vec<usize> = (0..hosts.len()).collect();
        Place {
            avoids,
            within: parts(on),
            closed: closed.cloned(),
            forbids: forbids.to_vec(),
            ..Place::plain(format!("s{number}"), on.among(hosts, &everyone))
        }
    }

    /// One step further on the way.
    pub(super) fn by(&self, step: &str) -> Place {
        Place { way: format!("{}.{step}", self.way), depth: self.depth + 1, ..self.clone() }
    }

    pub(super) fn with(mut self, local: Local) -> Place {
        self.locals.push(local);
        self
    }
}
