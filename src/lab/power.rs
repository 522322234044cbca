//! Power on and off: starting a host's init and ending it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use super::layout::{Host, HostLayout, MARKER, Service};
use super::process::{self, ProcessId};
use super::{Lab, LabError, Settings, emulated, leftovers, network, sshd};

/// How long a host may take to boot.
const BOOT: Duration = Duration::from_secs(15);

/// How long an emulated one may, on a machine that has other things to do too.
const EMULATED_BOOT: Duration = Duration::from_secs(180);

/// How long an init may take to end all that is below it, its own grace and a margin.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Boots a host and waits until it listens; one that is on stays as it is.
pub(super) fn on(lab: &Lab, host: &'static Host) -> Result<(), LabError> {
    let paths = lab.layout.host(host);
    let _lock = lock(&paths)?;
    if is_on(&paths) && answers_ssh(&lab.settings, host, &paths) {
        return Ok(());
    }
    clear_away(&lab.settings, host, &paths)?;
    require_free_ports(&lab.settings, host)?;
    let mut init = start_init(lab, host, &paths)?;
    let outcome = wait_for_boot(lab, host, &paths, &mut init);
    // Whoever starts a process has to collect it; this program may live on for as long as the host does.
    std::thread::spawn(move || init.wait());
    if outcome.is_err() {
        off_locked(&lab.settings, host, &paths)?;
    }
    outcome
}

/// Ends a host and everything on it; one that is off stays so.
pub(super) fn off(lab: &Lab, host: &'static Host) -> Result<(), LabError> {
    let paths = lab.layout.host(host);
    let _lock = lock(&paths)?;
    off_locked(&lab.settings, host, &paths)
}

fn off_locked(settings: &Settings, host: &'static Host, paths: &HostLayout) -> Result<(), LabError> {
    if let Some(init) = ProcessId::read(&paths.init_pid()).filter(|init| init.is_alive()) {
        process::end(&[init], SHUTDOWN)?;
    }
    // An init that was killed could not clear up: its host's processes are known by their pid files and environment.
    let strays = strays(settings, host, paths);
    let left = leftovers::find(paths, &strays);
    process::end(&strays, Duration::from_secs(2))?;
    left.remove();
    leftovers::empty(paths);
    Ok(())
}

/// Ends what is left of a host that failed or was not powered off as it should be.
fn clear_away(settings: &Settings, host: &'static Host, paths: &HostLayout) -> Result<(), LabError> {
    // Power off leaves no pid file; without one there is nothing to look for among all processes.
    let has_pid_files = fs::read_dir(paths.run()).is_ok_and(|mut entries| entries.next().is_some());
    if has_pid_files { off_locked(settings, host, paths) } else { Ok(()) }
}

fn strays(settings: &Settings, host: &Host, paths: &HostLayout) -> Vec<ProcessId> {
    let mut strays = process::with_environment(&paths.marker());
    for service in settings.services(host) {
        let daemon = ProcessId::read(&paths.service_pid(*service)).filter(|daemon| daemon.is_alive());
        if let Some(daemon) = daemon {
            strays.extend(process::descendants(daemon.pid()));
            strays.push(daemon);
        }
    }
    // flowrun itself can have been started on a host of the lab.
    strays.retain(|stray| u32::try_from(stray.pid()) != Ok(std::process::id()));
    strays
}

/// Whether the host's init runs.
pub(super) fn is_on(paths: &HostLayout) -> bool {
    ProcessId::read(&paths.init_pid()).is_some_and(ProcessId::is_alive)
}

/// Whether a daemon of the host runs, its init or not.
pub(super) fn has_daemon(settings: &Settings, host: &Host, paths: &HostLayout) -> bool {
    settings.services(host).iter().any(|service| is_running(paths, *service))
}

fn is_running(paths: &HostLayout, service: Service) -> bool {
    ProcessId::read(&paths.service_pid(service)).is_some_and(ProcessId::is_alive)
}

/// Whether a service of the host runs and listens.
pub(super) fn serves(settings: &Settings, host: &Host, paths: &HostLayout, service: Service) -> bool {
    // The emulator listens long before its guest does.
    let is_up = service != Service::Guest || paths.answered().exists();
    is_up && listens(settings, host, paths, service)
}

fn listens(settings: &Settings, host: &Host, paths: &HostLayout, service: Service) -> bool {
    is_running(paths, service) && network::listens(host.address(settings.subnet), settings.port_of(service))
}

/// Whether the host's sshd serves, which is what makes it a host that is on.
pub(super) fn answers_ssh(settings: &Settings, host: &Host, paths: &HostLayout) -> bool {
    let service = if settings.image_of(host).is_some() { Service::Guest } else { Service::Sshd };
    serves(settings, host, paths, service)
}

fn is_ready(settings: &Settings, host: &Host, paths: &HostLayout) -> bool {
    settings.services(host).iter().all(|service| serves(settings, host, paths, *service))
}

/// Makes sure that each service of the host can have its port.
///
/// # Errors
/// When another program has it.
pub(super) fn require_free_ports(settings: &Settings, host: &Host) -> Result<(), LabError> {
    let address = host.address(settings.subnet);
    for service in settings.services(host) {
        let port = settings.port_of(*service);
        if !network::is_free(address, port) {
            return Err(LabError::new(format!("port {port} of {address} is in use: {} needs it", service.name()))
                .with_help(format!(
                    "look who has it with `ss -ltnp 'sport = :{port}'`, or make the lab on another subnet or port"
                )));
        }
    }
    Ok(())
}

fn lock(paths: &HostLayout) -> Result<File, LabError> {
    let path = paths.dir().join("lock");
    let file = sshd::append(&path)?;
    flock(&file, FlockOperation::LockExclusive).map_err(|why| LabError::io("lock", &path, why))?;
    Ok(file)
}

fn start_init(lab: &Lab, host: &Host, paths: &HostLayout) -> Result<Child, LabError> {
    let log = sshd::append(&paths.log("init"))?;
    let second = log.try_clone().map_err(|why| LabError::io("write", &paths.log("init"), why))?;
    let (program, arguments) =
        lab.settings.supervisor.split_first().ok_or_else(|| LabError::new("the lab names no supervisor"))?;
    Command::new(program)
        .args(arguments)
        .args([host.name, "--dir"])
        .arg(lab.dir())
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .env(MARKER, paths.dir())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(second)
        .spawn()
        .map_err(|why| LabError::new(format!("cannot run `{program}`: {why}")))
}

fn wait_for_boot(lab: &Lab, host: &Host, paths: &HostLayout, init: &mut Child) -> Result<(), LabError> {
    let settings = &lab.settings;
    let is_emulated = settings.image_of(host).is_some();
    let deadline = Instant::now() + if is_emulated { EMULATED_BOOT } else { BOOT };
    loop {
        if is_emulated && listens(settings, host, paths, Service::Guest) {
            emulated::note_answer(&lab.layout, host)?;
        }
        if is_ready(settings, host, paths) {
            return Ok(());
        }
        if !matches!(init.try_wait(), Ok(None)) {
            return Err(failed(host, "its init ended", &paths.log("init")));
        }
        for service in settings.services(host) {
            let ended = ProcessId::read(&paths.service_pid(*service)).is_some_and(|daemon| !daemon.is_alive());
            if ended {
                let what = format!("its {} ended", service.name());
                return Err(failed(host, &what, &paths.log(service.name())));
            }
        }
        if Instant::now() >= deadline {
            let log = if is_emulated { "console" } else { "sshd" };
            return Err(failed(host, "it does not answer", &paths.log(log)));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A host that did not come up, with the last line of the log that says why.
fn failed(host: &Host, what: &str, log: &Path) -> LabError {
    let text = fs::read_to_string(log).unwrap_or_default();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).map_or("it logged nothing", str::trim);
    LabError::new(format!("{} did not come up: {what}: {last}", host.name))
        .with_help(format!("its log is `{}`", log.display()))
}
