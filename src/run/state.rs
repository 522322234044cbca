//! What a run knows while it goes on.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;

use super::cluster::Cluster;
use super::event::{Event, Observer};
use super::failure::Failure;
use super::machine::Machine;
use super::past::{Durable, Past};
use super::redact::Redacting;
use super::step::Turn;
use super::value::Value;
use crate::check::Placement;
use crate::check::ir::Workflow;
use crate::diagnostic::Code;
use crate::transport::Command;

/// Where a statement runs, and for which stage.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    /// The stage; none for a probe before the first one.
    pub(super) stage: usize,
    /// The host that it runs on now.
    pub(super) host: usize,
    /// Whether its output is for nobody: it stands in a check.
    pub(super) quiet: bool,
    /// Whether its commands count as steps; those that mend for an `ensure` are counted as its change.
    pub(super) counted: bool,
    /// The host whose turn of the stage it is: `host`, unless an `at` leads elsewhere.
    pub(super) lane: usize,
    /// Whether it is in the stage's `finally`.
    pub(super) finally: bool,
    /// Whether it is done anew in a resumed run: it stands in an `ensure` or a probe.
    pub(super) anew: bool,
    /// Whether what may or may not have happened may be done again: it stands in an `ensure` or a `retry`.
    pub(super) again: bool,
}

impl At {
    /// At the beginning of a stage's body on a host.
    pub(super) fn body(stage: usize, host: usize) -> At {
        At { stage, host, lane: host, quiet: false, counted: true, finally: false, anew: false, again: false }
    }

    /// At a probe of a condition, for a stage.
    pub(super) fn probe(stage: usize, host: usize) -> At {
        At { quiet: true, counted: false, anew: true, again: true, ..At::body(stage, host) }
    }
}

/// Something to be undone on a host when the run ends.
pub(super) struct Cleanup {
    pub(super) host: usize,
    pub(super) script: String,
}

/// What a run knows.
pub(super) struct State {
    pub(super) workflow: Workflow,
    pub(super) placement: Placement,
    pub(super) cluster: Rc<Cluster>,
    pub(super) observer: Rc<Redacting>,
    /// The folder that the workflow is in: local files are beside it.
    pub(super) folder: PathBuf,
    pub(super) given: Vec<Option<Value>>,
    pub(super) results: RefCell<Vec<Option<Value>>>,
    /// Whether only checks are run.
    pub(super) dry: bool,
    /// Set where a dry run came to something that only a real one knows.
    pub(super) not_known: Cell<bool>,
    pub(super) sockets: PathBuf,
    /// The machine that flowrun runs on.
    pub(super) machine: Rc<dyn Machine>,
    pub(super) cleanups: RefCell<Vec<Cleanup>>,
    pub(super) next_socket: Cell<usize>,
    /// The name of the run, unlike that of any other.
    pub(super) run_name: String,
    /// What the workflow is called where hosts keep locks.
    pub(super) lock_key: String,
    pub(super) next_step: Cell<u64>,
    /// How far each host has come in each stage, by the numbers of both.
    pub(super) turns: RefCell<HashMap<(usize, usize), Turn>>,
    /// Durable commands of an earlier part of the run that were not taken up yet.
    pub(super) durables: RefCell<Vec<Durable>>,
    /// Durable commands that were cut off and have to be ended: host and name.
    pub(super) to_end: RefCell<Vec<(usize, String)>>,
    /// Whether what may or may not have happened is done again wherever it stands.
    pub(super) again: bool,
    pub(super) past: Past,
}

impl State {
    pub(super) fn stage_name(&self, at: At) -> &str {
        &self.workflow.stages[at.stage].name
    }

    pub(super) fn host_name(&self, at: At) -> &str {
        &self.cluster.hosts[at.host].name
    }

    pub(super) fn event(&self, event: &Event<'_>) {
        self.observer.event(event);
    }

    /// Counts a step that stands for itself.
    pub(super) fn step_done(&self, at: At) {
        if at.counted {
            self.cluster.count(at.host, |counts| counts.ok += 1);
        }
    }

    pub(super) async fn input(&self, number: usize) -> Result<Value, Failure> {
        if let Some(value) = &self.given[number] {
            return Ok(value.clone());
        }
        match &self.workflow.inputs[number].default {
            // Defaults are constants and `env(…)`; neither looks at a host.
            Some(default) => self.expr(At::probe(0, 0), default, &mut Vec::new()).await,
            None => Ok(Value::None),
        }
    }

    /// Secrets that were given are shown nowhere from the start, so that the record of a step is the same in every part of
    /// the run.
    pub(super) fn hide_inputs(&self) {
        for value in self.given.iter().flatten() {
            self.hide(value);
        }
    }

    fn hide(&self, value: &Value) {
        match value {
            Value::Secret(text) => self.observer.hide(text),
            Value::List(items) => items.iter().for_each(|item| self.hide(item)),
            Value::Map(entries) => entries.values().for_each(|entry| self.hide(entry)),
            _ => {}
        }
    }

    pub(super) fn host_set(&self, set: usize) -> Value {
        let hosts = &self.placement.host_sets[set];
        if self.workflow.host_sets[set].single {
            return hosts.first().map_or(Value::None, |host| Value::Host(*host));
        }
        Value::list(hosts.iter().map(|host| Value::Host(*host)).collect())
    }

    pub(super) fn field(&self, value: &Value, name: &str) -> Result<Value, Failure> {
        Ok(match value {
            Value::Host(host) => self.host_field(*host, name),
            Value::Output(output) => match name {
                "stdout" => Value::Str(output.stdout.clone()),
                "stderr" => Value::Str(output.stderr.clone()),
                "code" => Value::Int(i64::from(output.code)),
                _ => Value::Bool(output.code == 0),
            },
            Value::File(located) | Value::Socket(located) => match name {
                "host" => Value::text(located.host_name.as_str()),
                _ => Value::text(located.path.as_str()),
            },
            Value::Map(entries) => entries
                .get(name)
                .cloned()
                .ok_or_else(|| Failure::step(Code::R0803, format!("there is no entry `{name}`")))?,
            _ => Value::Unknown,
        })
    }

    fn host_field(&self, host: usize, name: &str) -> Value {
        let node = &self.cluster.hosts[host];
        let facts = self.cluster.facts(host);
        let text = |text: Option<&str>| Value::text(text.unwrap_or_default());
        let texts = |items: &mut dyn Iterator<Item = &str>| Value::list(items.map(Value::text).collect());
        match name {
            "name" => Value::text(node.name.as_str()),
            "address" => Value::text(node.address.as_str()),
            "arch" => text(facts.arch.as_deref()),
            "class" => text(facts.class.as_deref()),
            "os" => text(facts.os.as_deref()),
            "mem" => Value::Size(facts.mem.unwrap_or(0)),
            "cores" => Value::Int(i64::from(facts.cores.unwrap_or(1))),
            "groups" => texts(&mut facts.groups.iter().map(|group| &**group)),
            "mounts" => texts(&mut node.mounts().iter().map(String::as_str)),
            _ => {
                let vars = node.vars().iter().map(|(name, value)| (name.clone(), Value::text(value.as_str())));
                Value::Map(Rc::new(vars.collect::<BTreeMap<_, _>>()))
            }
        }
    }

    /// Notes what undoes something that is made on a host for this run alone.
    pub(super) fn owe(&self, host: usize, script: String) {
        self.event(&Event::Owed { host: &self.cluster.hosts[host].name, script: &script });
        self.cleanups.borrow_mut().push(Cleanup { host, script });
    }

    /// Undoes what was noted last with this text, now.
    pub(super) async fn settle(&self, host: usize, script: &str) {
        let noted = |cleanup: &Cleanup| cleanup.host == host && cleanup.script == script;
        let found = self.cleanups.borrow().iter().rposition(noted);
        if let Some(found) = found {
            let cleanup = self.cleanups.borrow_mut().remove(found);
            self.undo(cleanup).await;
        }
    }

    /// Leaves what was noted last with this text to a resumed run.
    pub(super) fn leave(&self, host: usize, script: &str) {
        let mut cleanups = self.cleanups.borrow_mut();
        if let Some(found) = cleanups.iter().rposition(|noted| noted.host == host && noted.script == script) {
            cleanups.remove(found);
        }
    }

    /// Undoes on the hosts what was made there for this run alone.
    pub(super) async fn clean_up(&self) {
        self.end_cut_durables().await;
        let cleanups: Vec<Cleanup> = self.cleanups.take();
        for cleanup in cleanups.into_iter().rev() {
            self.undo(cleanup).await;
        }
    }

    /// A host that is not reached keeps it; the journal says what.
    async fn undo(&self, cleanup: Cleanup) {
        let Cleanup { host, script } = cleanup;
        // No search for a host that was lost: it has been searched for, and the run is over.
        let Some(session) = self.cluster.connected(host).await else { return };
        let command = Command::new(script);
        if session.run(&command, &mut super::cluster::Discard).await.is_ok_and(crate::transport::Exit::success) {
            let host = &self.cluster.hosts[host].name;
            self.event(&Event::Settled { host, script: &command.script });
        }
    }
}
