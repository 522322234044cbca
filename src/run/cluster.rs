//! The hosts of a run: connected when they are first needed, measured before anything else is done on them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::AbortHandle;

use super::admission::cannot_measure;
use super::event::{Event, Observer};
use super::failure::{Failure, Kind};
use super::lock::Lock;
use super::measure::ToMeasure;
use super::ways::Way;
use crate::diagnostic::Code;
use crate::inventory::{self, Connection, Inventory};
use crate::place::{Axioms, HostFacts};
use crate::transport::facts::{self, Facts};
use crate::transport::{Answer, Command, Connector, Endpoint, Exit, Host, Sink, Stream, TransportError};

/// How long a host that may be off is given to answer, before the first stage.
const FIRST_LOOK: Duration = Duration::from_secs(3);

/// All hosts of the inventory.
pub(super) struct Cluster {
    pub(super) hosts: Vec<Node>,
    connector: Box<dyn Connector>,
    pub(super) axioms: Axioms,
    pub(super) observer: Rc<dyn Observer>,
    pub(super) options: Options,
    pub(super) to_measure: Vec<ToMeasure>,
    /// Whether the run is being ended, so that no host is sought any more.
    hurried: Cell<bool>,
    /// Ways between sockets that were laid by way of this machine.
    pub(super) ways: RefCell<Vec<Way>>,
    pub(super) watches: RefCell<Vec<AbortHandle>>,
}

/// How hosts are connected.
pub(super) struct Options {
    /// How long a host may take to answer.
    pub(super) connect_timeout: Duration,
    /// How long a host that was lost is sought.
    pub(super) reconnect: Duration,
    /// Whether the keys of hosts that were never seen are accepted.
    pub(super) accept_new_host_keys: bool,
    /// What is locked on each host.
    pub(super) lock: Option<Lock>,
}

/// A host of the inventory.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) inventory: inventory::Host,
    pub(super) declared: HostFacts,
    session: Mutex<Option<Rc<dyn Host>>>,
    /// The process of the connection's shell on the host, where that has the lock.
    pub(super) shell: RefCell<Option<String>>,
    /// Such processes of connections that were lost, which may not have noticed.
    pub(super) lost_shells: RefCell<Vec<String>>,
    /// Whether it was connected before: then a connection is sought for a while, not tried once.
    was_connected: Cell<bool>,
    pub(super) measured: RefCell<Option<Facts>>,
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
        options: Options,
        to_measure: Vec<ToMeasure>,
    ) -> Self {
        let hosts = inventory.hosts.into_iter().map(Node::new).collect();
        Cluster {
            hosts,
            connector,
            axioms,
            observer,
            options,
            to_measure,
            hurried: Cell::new(false),
            ways: RefCell::default(),
            watches: RefCell::default(),
        }
    }

    /// The session of a host, connected and measured. One that was lost is sought again for as long as the options say.
    pub(super) async fn session(&self, host: usize) -> Result<Rc<dyn Host>, Failure> {
        let node = &self.hosts[host];
        let first = self.session_within(host, self.options.connect_timeout).await;
        if !node.was_connected.get() || self.hurried.get() {
            return first;
        }
        let started = tokio::time::Instant::now();
        let mut pauses = Backoff::new();
        let mut attempt = first;
        loop {
            match attempt {
                Err(failure) if may_come(&failure) && self.hurried.get() => return Err(failure),
                Err(failure) if may_come(&failure) && started.elapsed() < self.options.reconnect => {
                    let pause = pauses.next().min(self.options.reconnect.saturating_sub(started.elapsed()));
                    self.observer.event(&Event::Reconnecting { host: &node.name, why: &failure.message, pause });
                    tokio::time::sleep(pause).await;
                }
                Err(failure) if may_come(&failure) && !self.options.reconnect.is_zero() => {
                    let sought = crate::diagnostic::duration(self.options.reconnect.as_millis() as u64);
                    return Err(failure.note(format!("it was connected before, and sought for {sought}")).help(
                        "a durable command goes on there: `flowrun resume` takes it up; `--reconnect` says how long to seek",
                    ));
                }
                done => return done,
            }
            attempt = self.session_within(host, self.options.connect_timeout).await;
        }
    }

    /// From now on a host that is lost is tried once and not sought.
    pub(super) fn hurry(&self) {
        self.hurried.set(true);
    }

    /// The session of a host that is connected now.
    pub(super) async fn connected(&self, host: usize) -> Option<Rc<dyn Host>> {
        self.hosts[host].session.lock().await.clone()
    }

    /// Runs a command; a session that is lost under it is given up, so that the next command seeks a new one.
    pub(super) async fn run(&self, host: usize, command: &Command, sink: &mut dyn Sink) -> Result<Exit, Failure> {
        let session = self.session(host).await?;
        let outcome = session.run(command, sink).await;
        self.noted(host, &session, outcome).await
    }

    /// Runs a command whose output is short.
    pub(super) async fn ask(&self, host: usize, command: &Command) -> Result<(Exit, String), Failure> {
        let mut answer = Answer::default();
        let exit = self.run(host, command, &mut answer).await?;
        Ok((exit, answer.text(&self.hosts[host].name)?))
    }

    /// What came of something that was done on a session; a session that is lost is given up.
    pub(super) async fn noted<T>(
        &self,
        host: usize,
        session: &Rc<dyn Host>,
        outcome: Result<T, TransportError>,
    ) -> Result<T, Failure> {
        if let Err(TransportError::Lost { .. } | TransportError::Dropped { .. }) = &outcome {
            let mut current = self.hosts[host].session.lock().await;
            if current.as_ref().is_some_and(|current| Rc::ptr_eq(current, session)) {
                *current = None;
                self.hosts[host].forget_shell();
                drop(current);
                // What is left of it here ends by and by.
                let session = session.clone();
                tokio::task::spawn_local(async move { session.close().await });
            }
        }
        outcome.map_err(Failure::from)
    }

    /// The names of the hosts, by their numbers.
    pub(super) fn names(&self) -> Vec<String> {
        self.hosts.iter().map(|node| node.name.clone()).collect()
    }

    /// The session, where the host answers within the time.
    pub(super) async fn session_within(&self, host: usize, timeout: Duration) -> Result<Rc<dyn Host>, Failure> {
        let node = &self.hosts[host];
        let mut session = node.session.lock().await;
        if let Some(session) = &*session {
            return Ok(session.clone());
        }
        let endpoint = node.endpoint(timeout, self.options.accept_new_host_keys);
        let connected = self.connector.connect(&endpoint).await?;
        let measured = facts::measure(&*connected).await.map_err(|error| nothing_begun(cannot_measure(&error)))?;
        self.observer.event(&Event::Measured { host: &node.name, facts: &measured });
        let checked = self.compare(node, &measured);
        *node.measured.borrow_mut() = Some(measured);
        let admitted = match checked.and_then(|()| self.meets_needs(host)) {
            Ok(()) => self.lock(node, &connected).await.map_err(nothing_begun),
            refused => refused,
        };
        if let Err(failure) = admitted {
            connected.close().await;
            return Err(failure);
        }
        *session = Some(connected.clone());
        drop(session);
        if node.was_connected.replace(true) {
            self.observer.event(&Event::Reconnected { host: &node.name });
            Box::pin(self.lay_again(host)).await;
        }
        Ok(connected)
    }

    /// Gives a session up that is silent, so that the next one is new.
    pub(super) async fn give_up(&self, host: usize) {
        *self.hosts[host].session.lock().await = None;
        self.hosts[host].forget_shell();
    }

    /// Whether a host that was connected still is; a session that is lost is given up, so that the next one is new.
    pub(super) async fn still_connected(&self, host: usize) -> bool {
        // Others may need the session while a command of theirs is waited for.
        let Some(open) = self.connected(host).await else { return false };
        let asked = open.run(&Command::new(":"), &mut Discard).await;
        self.noted(host, &open, asked).await.is_ok_and(Exit::success)
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
                && matches!(failure.code, Code::R0801 | Code::R0808)
            {
                first.get_or_insert(failure);
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// A path of a host with `~/` as its home directory.
    pub(super) async fn expand(&self, host: usize, path: &str) -> Result<String, Failure> {
        let Some(rest) = path.strip_prefix("~/") else { return Ok(path.to_owned()) };
        let known = self.hosts[host].home.borrow().clone();
        let home = match known {
            Some(home) => home,
            None => {
                let (_, home) = self.ask(host, &Command::new("printf %s \"$HOME\"")).await?;
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
        self.watches.take().iter().for_each(AbortHandle::abort);
        let mut closing = tokio::task::JoinSet::new();
        for host in 0..self.hosts.len() {
            let cluster = self.clone();
            closing.spawn_local(async move {
                let session = cluster.hosts[host].session.lock().await.take();
                if let Some(session) = session {
                    cluster.unlock(&session).await;
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
            shell: RefCell::new(None),
            lost_shells: RefCell::default(),
            was_connected: Cell::new(false),
            measured: RefCell::new(None),
            home: RefCell::new(None),
            counts: Cell::new(Counts::default()),
        }
    }

    /// The connection is lost.
    fn forget_shell(&self) {
        self.lost_shells.borrow_mut().extend(self.shell.take());
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

/// Output that nobody looks at.
pub(super) struct Discard;

impl Sink for Discard {
    fn data(&mut self, _: Stream, _: &[u8]) {}
}

/// A connection that is lost before any step was sent is one that was not made.
fn nothing_begun(failure: Failure) -> Failure {
    match failure.kind {
        Kind::Unknown | Kind::NotBegun => Failure { kind: Kind::Unreachable, ..failure },
        _ => failure,
    }
}

/// Whether trying again later may help: the host was not reached.
pub(super) fn may_come(failure: &Failure) -> bool {
    failure.kind == Kind::Unreachable
}

/// Pauses between attempts: twice as long each time, up to a limit, and uneven, so that many hosts do not come at once.
struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_secs(15);

    fn new() -> Self {
        Backoff(Self::FIRST)
    }

    fn next(&mut self) -> Duration {
        let pause = self.0.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.0 = (self.0 * 2).min(Self::LONGEST);
        pause
    }
}
