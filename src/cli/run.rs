//! `flowrun run`

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::arguments::{Run, TextOrJson};
use super::files::{self, Loaded};
use super::{Exit, say};
use crate::check::Placement;
use crate::check::ir::Workflow;
use crate::diagnostic;
use crate::inventory::Inventory;
use crate::report::{Json, Terminal};
use crate::run::event::Observer;
use crate::run::inputs::Given;
use crate::run::{self, Options, Status, Summary};
use crate::transport::ssh::Ssh;

pub(super) fn main(options: &Run) -> Exit {
    let given = match files::inputs(&options.inputs.input, options.inputs.inputs.as_deref()) {
        Ok(given) => given,
        Err(exit) => return exit,
    };
    let loaded = match files::load(&options.workflow, options.hosts.inventory.as_deref()) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    files::show(&loaded);
    if loaded.refused() {
        return Exit::Refused;
    }
    match prepare(loaded, options, &given) {
        Ok(prepared) => execute(prepared, options),
        Err(exit) => exit,
    }
}

struct Prepared {
    workflow: Workflow,
    inventory: Inventory,
    placement: Placement,
    sources: Rc<crate::source::SourceMap>,
    options: Options,
}

fn prepare(loaded: Loaded, options: &Run, given: &Given) -> Result<Prepared, Exit> {
    let Some(workflow) = loaded.workflow else { return Err(Exit::Refused) };
    let (Some(inventory), Some(mut placement)) = (loaded.inventory, loaded.placement) else {
        say(
            "error: a run needs an inventory: give one by `-i FILE` or FLOWRUN_INVENTORY, or put inventory.yml beside the workflow\n",
        );
        return Err(Exit::Usage);
    };
    let inputs = run::inputs::resolve(&workflow, given).map_err(|diagnostics| {
        say(&diagnostic::render_all(&diagnostics, &loaded.sources, files::style()));
        Exit::Refused
    })?;
    if workflow.stages.is_empty() {
        say("error: the workflow has no stage, so there is nothing to run\n");
        return Err(Exit::Usage);
    }
    let stages = chosen_stages(&workflow, options)?;
    if let Some(selector) = &options.limit {
        limit(&mut placement, &workflow, &inventory, selector)?;
    }
    let folder = options.workflow.parent().unwrap_or(Path::new("")).to_path_buf();
    let options = Options {
        folder,
        inputs,
        dry: options.dry_run,
        stages,
        connect_timeout: Duration::from_secs(options.connect_timeout.max(1)),
        accept_new_host_keys: options.accept_new_host_keys,
    };
    Ok(Prepared { workflow, inventory, placement, sources: loaded.sources, options })
}

fn chosen_stages(workflow: &Workflow, options: &Run) -> Result<Vec<usize>, Exit> {
    let number = |name: &String| {
        let found = workflow.stages.iter().position(|stage| stage.name == *name);
        found.ok_or_else(|| {
            say(&format!("error: {}\n", super::prove::no_such_stage(workflow, name)));
            Exit::Usage
        })
    };
    if !options.stage.is_empty() {
        let mut stages = options.stage.iter().map(number).collect::<Result<Vec<usize>, Exit>>()?;
        stages.sort_unstable();
        stages.dedup();
        return Ok(stages);
    }
    match &options.from {
        None => Ok((0..workflow.stages.len()).collect()),
        Some(name) => {
            let first = number(name)?;
            let follows = |stage: usize| workflow.before(stage).binary_search(&first).is_ok();
            Ok((0..workflow.stages.len()).filter(|stage| *stage == first || follows(*stage)).collect())
        }
    }
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

fn execute(prepared: Prepared, options: &Run) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("error: cannot start: {error}\n"));
            return Exit::Failed;
        }
    };
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, run_and_report(prepared, options))
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

async fn run_and_report(prepared: Prepared, options: &Run) -> Exit {
    let started = Instant::now();
    let report = match options.format {
        TextOrJson::Human => {
            let hosts = prepared.inventory.hosts.iter().map(|host| host.name.as_str());
            let out = Box::new(std::io::stderr());
            Report::Human(Rc::new(Terminal::new(out, prepared.sources.clone(), files::style(), options.verbose, hosts)))
        }
        TextOrJson::Json => Report::Json(Rc::new(Json::new(Box::new(std::io::stdout())))),
    };
    let runtime_dir = std::env::var_os("XDG_RUNTIME_DIR").map(std::path::PathBuf::from);
    let connector = match Ssh::new(runtime_dir.as_deref()) {
        Ok(connector) => Box::new(connector),
        Err(error) => {
            say(&format!("error: cannot make a directory for connections: {error}\n"));
            return Exit::Failed;
        }
    };
    let (cancel, cancelled) = watch::channel(false);
    let signals = tokio::task::spawn_local(watch_signals(cancel));
    let Prepared { workflow, inventory, placement, options, .. } = prepared;
    let outcome = run::run(workflow, placement, inventory, connector, report.observer(), options, cancelled).await;
    signals.abort();
    match outcome {
        Ok(summary) => {
            report.summary(&summary, started.elapsed());
            match summary.status {
                Status::Done => Exit::Done,
                Status::Unreachable => Exit::Unreachable,
                Status::Cancelled => Exit::Cancelled,
                Status::Failed | Status::NotRun => Exit::Failed,
            }
        }
        Err(failure) => {
            say(&diagnostic::render(&failure.diagnostic(), &prepared.sources, files::style()));
            Exit::Failed
        }
    }
}

/// The first signal ends the run in order, the second one at once.
async fn watch_signals(cancel: watch::Sender<bool>) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let streams: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
    let [Some(mut interrupt), Some(mut terminate), Some(mut hangup)] = ({
        let mut streams = streams.into_iter();
        [streams.next(), streams.next(), streams.next()]
    }) else {
        return;
    };
    let mut again = false;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        if again {
            say("\nstopped at once: what still runs on the hosts ends when they notice that the connection is gone\n");
            std::process::exit(i32::from(Exit::Cancelled as u8));
        }
        again = true;
        say("\ncancelling: ending what runs on the hosts; press again to stop at once\n");
        // The run may have ended in this very moment.
        let _ = cancel.send(true);
    }
}
