//! The hosts of a run: connected when they are first needed, measured before anything else is done on them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::event::{Event, Observer};
use super::failure::{Failure, Kind};
use super::measure::{ToMeasure, Why};
use crate::diagnostic::{self, Code};
use crate::inventory::{self, Connection, Inventory};
use crate::place::{self, Axioms, HostFacts, Predicate, Symbol, Truth};
use crate::transport::facts::{self, Facts, FactsError};
use crate::transport::{Command, Connector, Endpoint, Host, Sink, Stream};

/// Measured memory may be this much less than declared, in percent: firmware and kernel keep some for themselves, more on
/// small machines (a CM3+ of 1 GiB measures 914 MiB).
const MEM_MISSING: u64 = 20;
/// Measured memory may be this much more than declared, in percent.
const MEM_EXCESS: u64 = 5;

/// How long a host that may be off is given to answer, before the first stage.
const FIRST_LOOK: Duration = Duration::from_secs(3);

/// All hosts of the inventory.
pub(super) struct Cluster {
    pub(super) hosts: Vec<Node>,
    connector: Box<dyn Connector>,
    axioms: Axioms,
    observer: Rc<dyn Observer>,
    connect_timeout: Duration,
    accept_new_host_keys: bool,
    to_measure: Vec<ToMeasure>,
}

/// A host of the inventory.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) inventory: inventory::Host,
    pub(super) declared: HostFacts,
    session: Mutex<Option<Rc<dyn Host>>>,
    measured: RefCell<Option<Facts>>,
    home: RefCell<Option<String>>,
    pub(super) counts: Cell<Counts>,
}

/// What came of the steps of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Steps that succeeded and changed nothing that an `ensure` watches.
    pub ok: u64,
    /// Times that an `ensure` had to mend something.
    pub changed: u64,
    /// Failures.
    pub failed: u64,
}

impl Cluster {
    pub(super) fn new(
        inventory: Inventory,
        axioms: Axioms,
        connector: Box<dyn Connector>,
        observer: Rc<dyn Observer>,
        connect_timeout: Duration,
        accept_new_host_keys: bool,
        to_measure: Vec<ToMeasure>,
    ) -> Self {
        let hosts = inventory.hosts.into_iter().map(Node::new).collect();
        Cluster { hosts, connector, axioms, observer, connect_timeout, accept_new_host_keys, to_measure }
    }

    /// The session of a host, connected and measured.
    pub(super) async fn session(&self, host: usize) -> Result<Rc<dyn Host>, Failure> {
        self.session_within(host, self.connect_timeout).await
    }

    /// The session, where the host answers within the time.
    pub(super) async fn session_within(&self, host: usize, timeout: Duration) -> Result<Rc<dyn Host>, Failure> {
        let node = &self.hosts[host];
        let mut session = node.session.lock().await;
        if let Some(session) = &*session {
            return Ok(session.clone());
        }
        let endpoint = node.endpoint(timeout, self.accept_new_host_keys);
        let connected = self.connector.connect(&endpoint).await?;
        let measured = facts::measure(&*connected).await.map_err(|error| cannot_measure(&error))?;
        self.observer.event(&Event::Measured { host: &node.name, facts: &measured });
        let checked = self.compare(node, &measured);
        *node.measured.borrow_mut() = Some(measured);
        if let Err(failure) = checked.and_then(|()| self.meets_needs(host)) {
            connected.close().await;
            return Err(failure);
        }
        *session = Some(connected.clone());
        Ok(connected)
    }

    /// Whether a host that was connected still is; a session that is lost is given up, so that the next one is new.
    pub(super) async fn still_connected(&self, host: usize) -> bool {
        let mut session = self.hosts[host].session.lock().await;
        let Some(open) = session.clone() else { return false };
        let alive = open.run(&Command::new(":"), &mut Discard).await.is_ok_and(|exit| exit.success());
        if !alive {
            open.close().await;
            *session = None;
        }
        alive
    }

    /// Connects to those hosts that are up, all at once, so that a wrong premise shows before the first stage. Hosts that
    /// are off are met again when they are needed.
    pub(super) async fn first_look(self: &Rc<Self>, hosts: &[usize]) -> Result<(), Failure> {
        /// Logging in costs both sides CPU: more at a time would not be faster.
        const AT_ONCE: usize = 16;
        let permits = Rc::new(tokio::sync::Semaphore::new(AT_ONCE));
        let mut looks = tokio::task::JoinSet::new();
        for host in hosts.iter().copied() {
            let (cluster, permits) = (self.clone(), permits.clone());
            looks.spawn_local(async move {
                let _permit = permits.acquire().await;
                cluster.session_within(host, FIRST_LOOK).await.map(|_| ())
            });
        }
        let mut first = None;
        while let Some(look) = looks.join_next().await {
            if let Ok(Err(failure)) = look
                && failure.code == Code::R0801
            {
                first.get_or_insert(failure);
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// What was measured of a host, as far as it was; else what the inventory says.
    pub(super) fn facts(&self, host: usize) -> HostFacts {
        let node = &self.hosts[host];
        let measured = node.measured.borrow();
        measured.as_ref().map_or_else(|| node.declared.clone(), |measured| with_measured(&node.declared, measured))
    }

    /// How many processes the host's kernel was last known to have ended for want of memory.
    pub(super) fn oom_kills(&self, host: usize) -> Option<u64> {
        self.hosts[host].measured.borrow().as_ref()?.oom_kills
    }

    /// Remembers how many it has ended by now.
    pub(super) fn note_oom_kills(&self, host: usize, kills: u64) {
        if let Some(facts) = &mut *self.hosts[host].measured.borrow_mut() {
            facts.oom_kills = Some(kills);
        }
    }

    /// Whether a host is in a place. What the inventory says of it counts, as it does for the stage's own place, and what was
    /// measured counts where the inventory is silent: a host of 1 GiB that measures 914 MiB would else be in a stage for
    /// `mem >= 1GiB` and there in `on mem < 1GiB`, a place that by all proofs has no host.
    pub(super) fn is_in(&self, host: usize, place: &Predicate) -> bool {
        let (declared, facts) = (&self.hosts[host].declared, self.facts(host));
        let agreed = HostFacts {
            arch: declared.arch.clone().or(facts.arch),
            os: declared.os.clone().or(facts.os),
            mem: declared.mem.or(facts.mem),
            cores: declared.cores.or(facts.cores),
            ..facts
        };
        place::evaluate(&self.axioms, place, &agreed) == Truth::Yes
    }

    /// A closed stage holds its hosts to what they were measured to be.
    pub(super) fn admit(&self, host: usize, closed: &Predicate) -> Result<(), Failure> {
        if place::evaluate(&self.axioms, closed, &self.facts(host)) != Truth::No {
            return Ok(());
        }
        let name = &self.hosts[host].name;
        Err(Failure::fatal(
            Code::R0801,
            format!("{name} is measured to be no `{closed}`, and the stage is closed to others"),
        )
        .help(format!("correct the entry of `{name}` in the inventory")))
    }

    /// What a task needs of its host, against what was measured.
    pub(super) fn needs(&self, host: usize, needs: &Predicate, task: &str) -> Result<(), Failure> {
        let facts = self.facts(host);
        if place::evaluate(&self.axioms, needs, &facts) == Truth::Yes {
            return Ok(());
        }
        let measured = facts.mem.map_or(String::new(), |mem| format!(" ({})", diagnostic::about(mem)));
        let message = format!("`{task}` needs `{needs}`, and {}{measured} is not that", self.hosts[host].name);
        Err(Failure::fatal(Code::R0801, message).help(format!("narrow the place: `on {needs} {{ … }}`")))
    }

    /// What was left to be measured, before the first step.
    fn meets_needs(&self, host: usize) -> Result<(), Failure> {
        let mut open = self.to_measure.iter().filter(|open| open.host == host && self.is_in(host, &open.place));
        open.try_for_each(|open| {
            let met = match &open.why {
                Why::Needs(task) => self.needs(host, &open.requirement, task),
                Why::Forbidden(effect) => self.is_no_such_class(host, &open.requirement, effect),
            };
            met.map_err(|failure| failure.at(open.span))
        })
    }

    fn is_no_such_class(&self, host: usize, requirement: &Predicate, effect: &str) -> Result<(), Failure> {
        if place::evaluate(&self.axioms, requirement, &self.facts(host)) != Truth::No {
            return Ok(());
        }
        let name = &self.hosts[host].name;
        let looks_like = requirement.clone().not();
        let message =
            format!("{name} has no class, and it is measured to be `{looks_like}`, where `{effect}` is forbidden");
        Err(Failure::fatal(Code::R0801, message)
            .help(format!("say in the inventory what `{name}` is: `class: …`, or a class of its own")))
    }

    /// The measured facts against the inventory's, and against what the class says.
    fn compare(&self, node: &Node, measured: &Facts) -> Result<(), Failure> {
        let name = &node.name;
        let mut differences = Vec::new();
        let declared = &node.declared;
        if let Some(arch) = declared.arch.as_ref().filter(|arch| ***arch != *measured.arch) {
            differences.push(format!("arch: the inventory says {arch}, measured is {}", measured.arch));
        }
        if let Some(mem) = declared.mem.filter(|mem| !plausible(*mem, measured.mem)) {
            let (said, found) = (place::human_size(mem), diagnostic::about(measured.mem));
            differences.push(format!("mem: the inventory says {said}, measured is {found}"));
        }
        if let Some(os) = declared.os.as_ref().filter(|os| ***os != *measured.os) {
            differences.push(format!("os: the inventory says {os}, measured is {}", measured.os));
        }
        if let Some(cores) = declared.cores.filter(|cores| measured.cores < *cores) {
            differences.push(format!("cores: the inventory says {cores}, measured is {}", measured.cores));
        }
        if let Some(contradiction) = place::contradiction(&self.axioms, &with_measured(declared, measured)) {
            for violation in &contradiction.violations {
                differences.push(format!(
                    "class: every host of class {} is `{}`, and {name} is measured as {}, {}",
                    contradiction.class,
                    violation.part,
                    measured.arch,
                    diagnostic::about(measured.mem)
                ));
            }
        }
        if differences.is_empty() {
            return Ok(());
        }
        let failure = Failure::fatal(Code::R0801, format!("{name} is not what the inventory says"));
        let failure = differences.into_iter().fold(failure, Failure::note);
        let mut failure = failure
            .help(format!("correct the entry of `{name}` in the inventory, or its address; the proofs rest on it"));
        failure.span = Some(node.inventory.name_span);
        Err(failure)
    }

    /// A path of a host with `~/` as its home directory.
    pub(super) async fn expand(&self, host: usize, path: &str) -> Result<String, Failure> {
        let Some(rest) = path.strip_prefix("~/") else { return Ok(path.to_owned()) };
        let known = self.hosts[host].home.borrow().clone();
        let home = match known {
            Some(home) => home,
            None => {
                let session = self.session(host).await?;
                let mut text = Collect::default();
                let asked = session.run(&Command::new("printf %s \"$HOME\""), &mut text).await;
                asked?;
                let home = String::from_utf8_lossy(&text.0).into_owned();
                *self.hosts[host].home.borrow_mut() = Some(home.clone());
                home
            }
        };
        Ok(format!("{home}/{rest}"))
    }

    pub(super) fn count(&self, host: usize, add: impl FnOnce(&mut Counts)) {
        let counts = &self.hosts[host].counts;
        let mut now = counts.get();
        add(&mut now);
        counts.set(now);
    }

    /// Ends all connections, side by side.
    pub(super) async fn close(self: &Rc<Self>) {
        let mut closing = tokio::task::JoinSet::new();
        for host in 0..self.hosts.len() {
            let cluster = self.clone();
            closing.spawn_local(async move {
                let session = cluster.hosts[host].session.lock().await.take();
                if let Some(session) = session {
                    session.close().await;
                }
            });
        }
        while closing.join_next().await.is_some() {}
    }
}

impl Node {
    fn new(inventory: inventory::Host) -> Self {
        Node {
            name: inventory.name.clone(),
            address: inventory.address.clone(),
            declared: inventory.facts(),
            inventory,
            session: Mutex::new(None),
            measured: RefCell::new(None),
            home: RefCell::new(None),
            counts: Cell::new(Counts::default()),
        }
    }

    fn endpoint(&self, connect_timeout: Duration, accept_new_host_keys: bool) -> Endpoint {
        let host = &self.inventory;
        Endpoint {
            name: host.name.clone(),
            address: host.address.clone(),
            user: host.user.clone(),
            port: host.port,
            ssh_config: host.ssh_config.as_deref().map(at_home),
            identity: host.identity.as_deref().map(at_home),
            connect_timeout,
            accept_new_host_keys,
            local: host.connection == Connection::Local,
        }
    }

    pub(super) fn vars(&self) -> &BTreeMap<String, String> {
        &self.inventory.vars
    }

    pub(super) fn mounts(&self) -> &[String] {
        &self.inventory.mounts
    }
}

/// A path of the inventory with `~/` as the home directory of whoever runs flowrun, which `ssh` would not read so.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_path_buf(),
    }
}

fn cannot_measure(error: &FactsError) -> Failure {
    match error {
        FactsError::Transport(error) => Failure::from(error.clone()),
        FactsError::Missing { .. } => Failure::fatal(Code::R0801, error.to_string())
            .help("the host needs a POSIX shell, `uname` and /proc to be measured"),
    }
}

fn plausible(declared: u64, measured: u64) -> bool {
    let percent = |share: u64| declared / 100 * share;
    measured >= percent(100 - MEM_MISSING) && measured <= declared.saturating_add(percent(MEM_EXCESS))
}

fn with_measured(declared: &HostFacts, measured: &Facts) -> HostFacts {
    HostFacts {
        arch: Some(Symbol::from(measured.arch.as_str())),
        os: Some(Symbol::from(measured.os.as_str())),
        mem: Some(measured.mem),
        cores: Some(measured.cores),
        ..declared.clone()
    }
}

/// Output that nobody looks at.
pub(super) struct Discard;

impl Sink for Discard {
    fn data(&mut self, _: Stream, _: &[u8]) {}
}

/// The standard output of a command whose output is known to be short.
#[derive(Default)]
pub(super) struct Collect(pub(super) Vec<u8>);

impl Sink for Collect {
    fn data(&mut self, stream: Stream, bytes: &[u8]) {
        if stream == Stream::Stdout {
            self.0.extend_from_slice(bytes);
        }
    }
}

/// The directory on this machine in which forwarded sockets meet.
pub(super) fn socket_dir() -> std::io::Result<(tempfile::TempDir, PathBuf)> {
    let dir = tempfile::Builder::new().prefix("flowrun-").tempdir_in("/tmp")?;
    let path = dir.path().to_path_buf();
    Ok((dir, path))
}

/// Whether trying again later may help: the host was not reached.
pub(super) fn may_come(failure: &Failure) -> bool {
    failure.kind == Kind::Unreachable
}
