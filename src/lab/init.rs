//! What a lab host has for an init: one process that starts its daemons, collects its dead and, at power off, leaves
//! nothing behind.
//!
//! It is a child subreaper: whatever a daemon or an ssh session starts stays below it, detached or not, and ends with it.

use std::convert::Infallible;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, Signal, WaitOptions, set_child_subreaper, setrlimit, setsid, wait};
use tokio::signal::unix::{Signal as Incoming, SignalKind, signal};

use super::layout::{Host, HostLayout, Role, Service};
use super::process::{self, ProcessId};
use super::{Lab, LabError, distccd, emulated, leftovers, machine, sshd};

/// How long processes have to end by themselves at power off.
const GRACE: Duration = Duration::from_secs(2);

/// How often the init looks whether the lab still wants it.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Is the init of a lab host until it is told to end; then the process exits.
///
/// It answers to TERM (power off), USR1 (start distccd) and USR2 (stop it). A host whose files are deleted under it
/// ends by itself.
pub fn run_init(lab: &Lab, host: &str) -> ! {
    // A thread of its own, so that a caller may be inside an asynchronous runtime.
    let outcome = std::thread::scope(|scope| scope.spawn(|| supervise(lab, host)).join());
    let status = match outcome {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => {
            let _ = writeln!(io::stderr(), "init of {host}: {error}");
            1
        }
        Err(_) => 101,
    };
    std::process::exit(status)
}

fn supervise(lab: &Lab, host: &str) -> Result<(), LabError> {
    let host = Host::named(host)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|why| LabError::new(format!("cannot wait for signals: {why}")))?;
    runtime.block_on(async {
        let mut init = Init::new(lab, host)?;
        let outcome = init.run().await;
        init.power_off();
        let Err(why) = outcome;
        match why {
            End::Asked => Ok(()),
            End::Failed(error) => Err(error),
        }
    })
}

/// Why an init ends.
enum End {
    Asked,
    Failed(LabError),
}

impl From<LabError> for End {
    fn from(error: LabError) -> Self {
        End::Failed(error)
    }
}

struct Init<'a> {
    lab: &'a Lab,
    host: &'static Host,
    paths: HostLayout,
    own: ProcessId,
    terminate: Incoming,
    child: Incoming,
    start: Incoming,
    stop: Incoming,
}

impl<'a> Init<'a> {
    /// Makes this process the init of the host. From then on it can be told to end.
    fn new(lab: &'a Lab, host: &'static Host) -> Result<Self, LabError> {
        // Already a session's leader? Then there is nothing to leave.
        let _ = setsid();
        set_child_subreaper(Pid::from_raw(1)).map_err(|why| LabError::new(format!("cannot adopt orphans: {why}")))?;
        let init = Init {
            lab,
            host,
            paths: lab.layout.host(host),
            own: ProcessId::of(std::process::id()).ok_or_else(|| LabError::new("`/proc` is not mounted"))?,
            terminate: listen(SignalKind::terminate())?,
            child: listen(SignalKind::child())?,
            start: listen(SignalKind::user_defined1())?,
            stop: listen(SignalKind::user_defined2())?,
        };
        init.own.write(&init.paths.init_pid())?;
        Ok(init)
    }

    async fn run(&mut self) -> Result<Infallible, End> {
        // An emulated one has no more, and the emulator itself needs some.
        if self.host.role == Role::Orchestrator && self.lab.settings.cm3.is_none() {
            limit_memory()?;
        }
        for service in self.services() {
            self.start(*service)?;
        }
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return Err(End::Asked),
                _ = self.child.recv() => collect(),
                _ = self.start.recv() => self.start(Service::Distccd)?,
                _ = self.stop.recv() => self.stop(Service::Distccd),
                _ = heartbeat.tick() => self.check_wanted()?,
            }
        }
    }

    fn services(&self) -> &'static [Service] {
        self.lab.settings.services(self.host)
    }

    /// Starts a service of this host unless it runs.
    fn start(&self, service: Service) -> Result<(), LabError> {
        let file = self.paths.service_pid(service);
        if !self.services().contains(&service) || ProcessId::read(&file).is_some_and(ProcessId::is_alive) {
            return Ok(());
        }
        let child = match service {
            Service::Sshd => sshd::start(&self.paths, &program("sshd")?)?,
            Service::Distccd => distccd::start(&self.lab.settings, self.host, &self.paths, &program("distccd")?)?,
            Service::Guest => emulated::start(self.lab, self.host)?,
        };
        // One that ends at once is found dead by whoever waits for it.
        ProcessId::of(child.id()).map_or(Ok(()), |process| process.write(&file))
    }

    /// Ends a service with all that is below it.
    fn stop(&self, service: Service) {
        let Some(daemon) = ProcessId::read(&self.paths.service_pid(service)) else { return };
        let mut processes = process::descendants(daemon.pid());
        processes.push(daemon);
        end(GRACE, || processes.iter().copied().filter(|process| process.is_alive()).collect());
    }

    /// A lab whose directory was deleted by hand has no other way to end its hosts.
    fn check_wanted(&self) -> Result<(), End> {
        let wanted = ProcessId::read(&self.paths.init_pid()) == Some(self.own);
        if wanted { Ok(()) } else { Err(End::Asked) }
    }

    fn power_off(&self) {
        let below = process::descendants(self.own.pid());
        let left = leftovers::find(&self.paths, &below);
        end(GRACE, || process::descendants(self.own.pid()));
        left.remove();
        leftovers::empty(&self.paths);
    }
}

fn listen(kind: SignalKind) -> Result<Incoming, LabError> {
    signal(kind).map_err(|why| LabError::new(format!("cannot wait for signals: {why}")))
}

fn program(name: &str) -> Result<PathBuf, LabError> {
    machine::find_program(name).ok_or_else(|| LabError::new(format!("`{name}` is not installed any more")))
}

/// Gives this process and all below it no more memory than a Compute Module 3+ has.
///
/// It is the address space that is limited: that needs no rights and no control group, and holds for each process.
fn limit_memory() -> Result<(), LabError> {
    let limit = Rlimit { current: Some(machine::GIB), maximum: Some(machine::GIB) };
    setrlimit(Resource::As, limit).map_err(|why| LabError::new(format!("cannot limit memory to 1 GiB: {why}")))
}

/// Collects every child that has ended, our own and adopted ones.
fn collect() {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) | Err(_) => return,
        }
    }
}

/// Ends processes below this one, those that are started meanwhile included: TERM, a while of grace, KILL.
fn end(grace: Duration, processes: impl Fn() -> Vec<ProcessId>) {
    for (kind, patience) in [(Signal::TERM, grace), (Signal::KILL, Duration::from_secs(5))] {
        let deadline = Instant::now() + patience;
        let mut signalled = Vec::new();
        loop {
            collect();
            let alive = processes();
            if alive.is_empty() {
                return;
            }
            for process in alive {
                if !signalled.contains(&process) {
                    // A process of another user cannot be ended; it must not keep the others alive.
                    let _ = process.signal(kind);
                    signalled.push(process);
                }
            }
            if Instant::now() >= deadline {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
