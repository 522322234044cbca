//! What `run` and `resume` have in common: from a checked workflow to a run that is told and recorded.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::arguments::{Connecting, Telling, TextOrJson};
use super::files::{self, Loaded};
use super::{Exit, say};
use crate::check::Placement;
use crate::check::ir::Workflow;
use crate::diagnostic;
use crate::inventory::Inventory;
use crate::journal::record::{Head, Part};
use crate::journal::{self, Journal, Store, Story};
use crate::report::{Json, Terminal};
use crate::run::event::{Observer, Several};
use crate::run::inputs::Given;
use crate::run::past::Past;
use crate::run::{self, Lock, Options, Status, Summary};
use crate::source::SourceMap;
use crate::transport::ssh::Ssh;

/// What was chosen on the command line, now or when the run began.
pub(super) struct Chosen<'a> {
    pub(super) name: String,
    pub(super) workflow: &'a Path,
    pub(super) given: &'a Given,
    pub(super) stages: Vec<usize>,
    pub(super) limit: Option<&'a str>,
    pub(super) dry: bool,
    pub(super) connecting: &'a Connecting,
    pub(super) accept_new_host_keys: bool,
    pub(super) past: Past,
}

/// A run that can begin.
pub(super) struct Prepared {
    pub(super) workflow: Workflow,
    pub(super) inventory: Inventory,
    pub(super) inventory_path: PathBuf,
    pub(super) placement: Placement,
    pub(super) sources: Rc<SourceMap>,
    pub(super) options: Options,
    pub(super) recording: Option<Recording>,
}

/// Where a run is recorded.
pub(super) enum Recording {
    New { store: Store, head: Box<Head>, texts: Vec<(String, String)> },
    Again { claim: journal::Claim, story: Box<Story> },
}

impl Recording {
    fn journal(self, part: Part, names: Vec<String>) -> Result<Journal, journal::Error> {
        match self {
            Recording::New { store, head, texts } => store.create(*head, part, &texts, names),
            Recording::Again { claim, story } => claim.go_on(&story, part, names),
        }
    }
}

/// Makes a run of a workflow that passed its check.
///
/// # Errors
/// Something that a run needs is missing or wrong; it was said what.
pub(super) fn prepare(loaded: Loaded, chosen: Chosen<'_>) -> Result<Prepared, Exit> {
    let Some(workflow) = loaded.workflow else { return Err(Exit::Refused) };
    let (Some(inventory), Some(mut placement)) = (loaded.inventory, loaded.placement) else {
        say(
            "error: a run needs an inventory: give one by `-i FILE` or FLOWRUN_INVENTORY, or put inventory.yml beside the workflow\n",
        );
        return Err(Exit::Usage);
    };
    let inputs = run::inputs::resolve(&workflow, chosen.given).map_err(|diagnostics| {
        say(&diagnostic::render_all(&diagnostics, &loaded.sources, files::style()));
        Exit::Refused
    })?;
    if workflow.stages.is_empty() {
        say("error: the workflow has no stage, so there is nothing to run\n");
        return Err(Exit::Usage);
    }
    if let Some(selector) = chosen.limit {
        limit(&mut placement, &workflow, &inventory, selector)?;
    }
    let key = chosen.workflow.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let options = Options {
        folder: chosen.workflow.parent().unwrap_or(Path::new("")).to_path_buf(),
        inputs,
        dry: chosen.dry,
        stages: chosen.stages,
        connect_timeout: Duration::from_secs(chosen.connecting.connect_timeout.max(1)),
        reconnect: Duration::from_secs(chosen.connecting.reconnect),
        accept_new_host_keys: chosen.accept_new_host_keys,
        sockets: PathBuf::new(),
        lock: (!chosen.dry).then(|| Lock {
            key,
            run: chosen.name.clone(),
            part: format!("{}-{}", std::process::id(), fastrand::u32(..)),
            owner: format!("{} by {}", chosen.workflow.display(), owner()),
        }),
        name: chosen.name,
        past: chosen.past,
        machine: Rc::new(run::ThisMachine),
    };
    let inventory_path = loaded.inventory_path.unwrap_or_default();
    Ok(Prepared { workflow, inventory, inventory_path, placement, sources: loaded.sources, options, recording: None })
}

fn limit(placement: &mut Placement, workflow: &Workflow, inventory: &Inventory, selector: &str) -> Result<(), Exit> {
    let keep = crate::check::select_hosts(workflow, inventory, selector).map_err(|text| {
        say(&text);
        Exit::Usage
    })?;
    if keep.is_empty() {
        say(&format!("error: `--limit {selector}` picks no host of the inventory\n"));
        return Err(Exit::Usage);
    }
    for hosts in &mut placement.stages {
        hosts.retain(|host| keep.contains(host));
    }
    Ok(())
}

/// The runs of this user.
pub(super) fn store() -> Result<Store, Exit> {
    Store::of_user().map_err(|error| failed(&error))
}

/// Says what is wrong with a run's record.
pub(super) fn failed(error: &journal::Error) -> Exit {
    say(&format!("error: {error}\n"));
    if let Some(help) = &error.help {
        say(&format!("  = help: {help}\n"));
    }
    Exit::Failed
}

/// Who runs flowrun here, for others to know whom to ask.
pub(super) fn owner() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).ok();
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let machine = rustix::system::uname();
    format!("{user}@{}", machine.nodename().to_string_lossy())
}

/// Names the runs of a workflow that were cut off, and sweeps up what they left on this machine.
pub(super) fn tell_of_cut_off(store: &Store, workflow: &Path) {
    let workflow = std::path::absolute(workflow).unwrap_or(workflow.to_path_buf());
    for run in cut_off(store) {
        if run.head().is_some_and(|head| Path::new(&head.workflow) == workflow) {
            say(&format!(
                "note: run {name} of this workflow was cut off\n  = help: `flowrun resume {name}` goes on with it, \
                 `flowrun runs --reap {name}` ends what it left\n",
                name = run.name
            ));
        }
    }
}

/// The runs that no flowrun is at work on, and that did not come to an end.
fn cut_off(store: &Store) -> Vec<journal::Run> {
    let runs = store.runs().unwrap_or_default();
    runs.into_iter().filter(|run| !run.is_over() && run.is_live().is_ok_and(|live| !live)).collect()
}

/// Runs what was prepared, and tells of it.
pub(super) fn execute(prepared: Prepared, telling: &Telling) -> Exit {
    block_on(async { Ok(run_and_report(prepared, telling).await) }).unwrap_or_else(|exit| exit)
}

/// Runs something that waits, on this one thread.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Exit>>) -> Result<T, Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        say(&format!("error: cannot start: {error}\n"));
        Exit::Failed
    })?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

/// Removes what a flowrun that was killed has left on this machine.
pub(super) fn sweep(story: &Story) {
    let dirs = story.parts.iter().flat_map(|part| &part.dirs);
    let dirs: Vec<&Path> = dirs.map(Path::new).filter(|dir| dir.exists()).collect();
    if dirs.is_empty() {
        return;
    }
    let swept = block_on(async {
        for dir in dirs {
            // A directory of sockets below /tmp does no harm.
            let _ = crate::transport::ssh::sweep(dir).await;
        }
        Ok(())
    });
    // It was said why.
    let _ = swept;
}

/// The two ways in which a run is written.
enum Report {
    Human(Rc<Terminal>),
    Json(Rc<Json>),
}

impl Report {
    fn observer(&self) -> Rc<dyn Observer> {
        match self {
            Report::Human(terminal) => terminal.clone(),
            Report::Json(json) => json.clone(),
        }
    }

    fn summary(&self, summary: &Summary, elapsed: Duration) {
        match self {
            Report::Human(terminal) => terminal.summary(summary, elapsed),
            Report::Json(json) => json.summary(summary),
        }
    }
}

async fn run_and_report(prepared: Prepared, telling: &Telling) -> Exit {
    let Telling { format, verbose } = *telling;
    let started = Instant::now();
    let Prepared { workflow, inventory, placement, sources, mut options, recording, .. } = prepared;
    let report = match format {
        TextOrJson::Human => {
            let hosts = inventory.hosts.iter().map(|host| host.name.as_str());
            let out = Box::new(std::io::stderr());
            Report::Human(Rc::new(Terminal::new(out, sources, files::style(), verbose, hosts)))
        }
        TextOrJson::Json => Report::Json(Rc::new(Json::new(Box::new(std::io::stdout())))),
    };
    let connector = match connector() {
        Ok(connector) => Box::new(connector),
        Err(exit) => return exit,
    };
    options.sockets = connector.directory().join("ways");
    let part = Part::now(vec![connector.directory().to_string_lossy().into_owned()]);
    let names = inventory.hosts.iter().map(|host| host.name.clone()).collect();
    let journal = match recording.map(|recording| recording.journal(part, names)).transpose() {
        Ok(journal) => journal.map(Rc::new),
        Err(error) => return failed(&error),
    };
    let mut observers = vec![report.observer()];
    observers.extend(journal.iter().map(|journal| journal.clone() as Rc<dyn Observer>));
    let (cancel, cancelled) = watch::channel(false);
    let signals =
        tokio::task::spawn_local(watch_signals(cancel, options.name.clone(), connector.directory().to_path_buf()));
    let syncing = journal.clone().map(|journal| tokio::task::spawn_local(keep_synced(journal)));
    let name = options.name.clone();
    let observer = Rc::new(Several(observers));
    let summary = run::run(workflow, placement, inventory, connector, observer, options, cancelled).await;
    signals.abort();
    syncing.iter().for_each(tokio::task::JoinHandle::abort);
    report.summary(&summary, started.elapsed());
    if let Some(journal) = journal {
        match journal.end(summary.status.name()).await {
            Err(reason) => {
                say(&format!(
                    "error[R0810]: run {name} is not recorded as it was: {reason}\n  = help: make room on this machine's disk, \
                     then `flowrun resume {name}`\n"
                ));
                if summary.status == Status::Done {
                    return Exit::Failed;
                }
            }
            Ok(()) if summary.status != Status::Done && format == TextOrJson::Human => {
                say(&format!("go on with it: flowrun resume {name}\n"));
            }
            Ok(()) => {}
        }
    }
    match summary.status {
        Status::Done => Exit::Done,
        Status::Unreachable => Exit::Unreachable,
        Status::Cancelled => Exit::Cancelled,
        Status::Failed | Status::NotRun => Exit::Failed,
    }
}

/// Syncs outcomes that no next step has synced.
async fn keep_synced(journal: Rc<Journal>) {
    const SOON: Duration = Duration::from_millis(200);
    loop {
        tokio::time::sleep(SOON).await;
        // The run stops at the fault by itself.
        let _ = journal.kept().await;
    }
}

/// What connects to hosts.
pub(super) fn connector() -> Result<Ssh, Exit> {
    let runtime_dir = std::env::var_os("XDG_RUNTIME_DIR").map(std::path::PathBuf::from);
    Ssh::new(runtime_dir.as_deref()).map_err(|error| {
        say(&format!("error: cannot make a directory for connections: {error}\n"));
        Exit::Failed
    })
}

/// Signals other than Ctrl-C that come within this are one.
const SEVERAL: Duration = Duration::from_secs(2);

/// Whether whoever started flowrun asked that SIGHUP be ignored.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // SIGHUP is signal 1: the lowest bit.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// How long leaving at once may take.
const AT_ONCE: Duration = Duration::from_millis(500);

/// The first signal ends the run in order, the second one at once.
async fn watch_signals(cancel: watch::Sender<bool>, run: String, connections: PathBuf) {
    let ignored = ignores_hangup();
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let streams: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
    let [Some(mut interrupt), Some(mut terminate), Some(mut hangup)] = ({
        let mut streams = streams.into_iter();
        [streams.next(), streams.next(), streams.next()]
    }) else {
        return;
    };
    let mut first: Option<Instant> = None;
    loop {
        let interrupted = tokio::select! {
            _ = interrupt.recv() => true,
            _ = terminate.recv() => false,
            // `nohup` asks that it be passed over.
            _ = hangup.recv(), if !ignored => false,
        };
        // Some send several signals at once, to be sure.
        if first.is_some_and(|first| !interrupted && first.elapsed() < SEVERAL) {
            continue;
        }
        if first.is_some() {
            say(&format!(
                "\nstopped at once: what still runs on the hosts ends when they notice that the connection is gone; a \
                 durable command goes on (`flowrun runs` says so, `flowrun runs --reap {run}` ends it)\n"
            ));
            // Nobody else would for a minute.
            let _ = tokio::time::timeout(AT_ONCE, crate::transport::ssh::sweep(&connections)).await;
            std::process::exit(i32::from(Exit::Cancelled as u8));
        }
        first = Some(Instant::now());
        say("\ncancelling: ending what runs on the hosts; press again to stop at once\n");
        // The run may have ended in this very moment.
        let _ = cancel.send(true);
    }
}
