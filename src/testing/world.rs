//! The world of a test: what its hosts answer, which files they have, and all that was asked of them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::glob;
use crate::check::testing::{Answer, Answers, Case, Manner, Simulated};
use crate::run;
use crate::transport::Command;

/// Where something is: a host of the test by its number, or the machine that flowrun runs on.
pub(super) type Where = Option<usize>;

/// A command that ran.
#[derive(Clone, Debug)]
pub(super) struct Ran {
    pub(super) host: Where,
    pub(super) command: String,
    /// The variables, the user, the directory and the input that it was given.
    pub(super) manner: Manner,
    /// Whether the test has an answer to it.
    pub(super) expected: bool,
}

struct Given {
    answers: Answers,
    /// How often each host asked for one.
    asked: BTreeMap<Where, usize>,
}

/// Everything that simulated hosts share.
pub(super) struct World {
    pub(super) names: Vec<String>,
    pub(super) simulated: Vec<Simulated>,
    off: RefCell<Vec<bool>>,
    answers: RefCell<Vec<Given>>,
    files: RefCell<BTreeMap<(Where, String), Vec<u8>>>,
    /// All commands, in the order in which they began.
    pub(super) ran: RefCell<Vec<Ran>>,
    directories: Cell<usize>,
    /// How often something was asked of a host, or tried again.
    attempts: Cell<usize>,
    /// What is waited for that never ends, each with where it is.
    hanging: RefCell<Vec<(Where, String)>>,
    /// How many values the test may still work on.
    pub(super) values: Cell<usize>,
}

/// A test that attempts more does not end: a count, and no time of this machine, so that it is the same everywhere.
const MOST_ATTEMPTS: usize = 100_000;
/// One that works on more values does not end either. They are so many that a list of them fits into memory.
const MOST_VALUES: usize = 5_000_000;

/// Why a run was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// It waits for these commands, each with its host, which never end.
    Never(Vec<(String, String)>),
    /// It takes longer than so many days by its own clock.
    Days(u64),
    /// It attempts more than so much.
    Attempts(usize),
    /// It works on more than so many values.
    Values(usize),
}

/// A command that never ends, as long as something waits for it.
struct Hanging<'a> {
    world: &'a World,
    what: (Where, String),
}

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        let mut hanging = self.world.hanging.borrow_mut();
        if let Some(at) = hanging.iter().position(|what| *what == self.what) {
            hanging.remove(at);
        }
    }
}

impl World {
    pub(super) const HOME: &str = "/home/flowrun";

    pub(super) fn new(case: &Case) -> World {
        World {
            names: case.inventory.hosts.iter().map(|host| host.name.clone()).collect(),
            off: RefCell::new(case.simulated.iter().map(|host| host.off).collect()),
            simulated: case.simulated.clone(),
            answers: RefCell::default(),
            files: RefCell::default(),
            ran: RefCell::default(),
            directories: Cell::new(0),
            attempts: Cell::new(0),
            hanging: RefCell::default(),
            values: Cell::new(MOST_VALUES),
        }
    }

    pub(super) fn number(&self, name: &str) -> Where {
        self.names.iter().position(|known| known == name)
    }

    pub(super) fn name(&self, host: Where) -> &str {
        host.and_then(|host| self.names.get(host)).map_or("the machine that flowrun runs on", String::as_str)
    }

    pub(super) fn is_off(&self, host: usize) -> bool {
        self.off.borrow().get(host).copied().unwrap_or_default()
    }

    pub(super) fn switch_on(&self, name: &str) {
        if let (Some(host), mut off) = (self.number(name), self.off.borrow_mut()) {
            off[host] = false;
        }
    }

    pub(super) fn give(&self, answers: &Answers) {
        self.answers.borrow_mut().push(Given { answers: answers.clone(), asked: BTreeMap::new() });
    }

    /// The answer to a command: of the texts that match, the one that says most, then the one that names its hosts, then
    /// the later one.
    pub(super) fn answer(&self, host: Where, command: &str) -> Option<Answer> {
        let mut given = self.answers.borrow_mut();
        let fits = |given: &Given| {
            let here = given.answers.on.as_ref().is_none_or(|on| host.is_some_and(|host| on.contains(&host)));
            here && glob::is_command(&given.answers.command, command)
        };
        let rank = |given: &Given| (glob::said(&given.answers.command), given.answers.on.is_some());
        let best = given.iter_mut().filter(|given| fits(given)).max_by_key(|given| rank(given))?;
        let asked = best.asked.entry(host).or_default();
        *asked += 1;
        let last = best.answers.answers.len().saturating_sub(1);
        best.answers.answers.get((*asked - 1).min(last)).cloned()
    }

    /// Answers that were not asked for, each with the number of those that were. What stands for any command may wait.
    pub(super) fn unasked(&self) -> Vec<(Answers, usize)> {
        let given = self.answers.borrow();
        let most = |given: &Given| given.asked.values().max().copied().unwrap_or_default();
        let unasked = given.iter().filter(|given| most(given) < given.answers.answers.len());
        let counted = unasked.filter(|given| glob::said(&given.answers.command) > 0);
        counted.map(|given| (given.answers.clone(), most(given))).collect()
    }

    /// Notes a command, and answers it.
    pub(super) fn ask(&self, host: Where, command: &Command) -> Option<Answer> {
        let manner = Manner {
            env: command.env.clone(),
            user: command.user.clone(),
            cwd: command.cwd.clone(),
            stdin: command.stdin.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
        };
        let command = glob::plain(&command.script);
        let answer = self.answer(host, &command);
        self.ran.borrow_mut().push(Ran { host, command, manner, expected: answer.is_some() });
        answer
    }

    fn path(path: &str) -> String {
        path.strip_prefix("~/").map_or_else(|| path.to_owned(), |rest| format!("{}/{rest}", Self::HOME))
    }

    pub(super) fn put(&self, host: Where, path: &str, bytes: &[u8]) {
        self.files.borrow_mut().insert((host, Self::path(path)), bytes.to_vec());
    }

    pub(super) fn file(&self, host: Where, path: &str) -> Option<Vec<u8>> {
        self.files.borrow().get(&(host, Self::path(path))).cloned()
    }

    /// Whether there is a file, or a directory with a file in it.
    pub(super) fn exists(&self, host: Where, path: &str) -> bool {
        let path = Self::path(path);
        let within = format!("{}/", path.trim_end_matches('/'));
        self.files.borrow().keys().any(|(at, known)| *at == host && (*known == path || known.starts_with(&within)))
    }

    /// Goes on, unless there were too many attempts, or too many bytes to be kept of them: then it waits until the run is
    /// given up.
    pub(super) async fn attempt(&self, bytes: usize) {
        self.attempts.set(self.attempts.get() + 1);
        let left = self.values.get().checked_sub(bytes / run::BYTES_OF_VALUE);
        self.values.set(left.unwrap_or(0));
        if self.attempts.get() > MOST_ATTEMPTS || left.is_none() {
            std::future::pending().await
        }
    }

    /// Waits for a command that never ends.
    pub(super) async fn hang<T>(&self, host: Where, command: &str) -> T {
        let what = (host, command.to_owned());
        self.hanging.borrow_mut().push(what.clone());
        let _waits = Hanging { world: self, what };
        std::future::pending().await
    }

    /// Why a run that is under way does not come to its end within so many days.
    pub(super) fn limit(&self, days: u64) -> Limit {
        if self.attempts.get() > MOST_ATTEMPTS {
            return Limit::Attempts(MOST_ATTEMPTS);
        }
        if self.values.get() == 0 {
            return Limit::Values(MOST_VALUES);
        }
        let hanging = self.hanging.borrow();
        if hanging.is_empty() {
            return Limit::Days(days);
        }
        Limit::Never(hanging.iter().map(|(host, command)| (command.clone(), self.name(*host).to_owned())).collect())
    }

    /// The path of a new directory.
    pub(super) fn new_directory(&self) -> String {
        self.directories.set(self.directories.get() + 1);
        format!("/tmp/flowrun-forward.{}", self.directories.get())
    }
}
