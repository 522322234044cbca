//! Checks a generated workflow and runs it on simulated hosts, which record what is done to them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use flowrun::check::{self, Loader, Placement, ir::Workflow};
use flowrun::diagnostic::{self, Code, Diagnostic, Style};
use flowrun::inventory::{self, Inventory};
use flowrun::run::event::{Event, Observer};
use flowrun::run::past::Past;
use flowrun::run::{self, Options, ThisMachine};
use flowrun::source::SourceMap;
use flowrun::transport::simulated::{self, Answer, Simulated};
use tokio::sync::watch;

use super::plan::Plan;
use super::selector::Host;

/// The library is the only file that there is.
struct Texts<'p>(&'p Plan);

impl Loader for Texts<'_> {
    fn load(&self, path: &Path) -> Result<String, String> {
        let library = self.0.library.clone().filter(|_| path.ends_with("lib.flow"));
        library.ok_or_else(|| "there is no such file".to_owned())
    }

    fn exists(&self, _: &Path) -> bool {
        false
    }
}

struct Silent;

impl Observer for Silent {
    fn event(&self, _: &Event<'_>) {}
}

/// What became of a workflow.
pub(super) enum Outcome {
    /// The codes of its errors, and the errors as they are told.
    Refused(Vec<Code>, String),
    /// What was done: the host, and the script or path.
    Ran(Vec<(String, String)>),
}

pub(super) fn outcome(plan: &Plan) -> Outcome {
    let mut sources = SourceMap::new();
    let texts = Texts(plan);
    let (modules, mut diagnostics) = check::load(&mut sources, &texts, Path::new("test.flow"), &plan.main);
    let file = sources.add("inventory.yml", &plan.inventory);
    let (inventory, found) = inventory::parse(&sources, file, Path::new(""));
    diagnostics.extend(found);
    let (workflow, found) = check::check(&sources, &texts, &modules, Some(&inventory));
    diagnostics.extend(found);
    let mut placement = None;
    if let Some(workflow) = &workflow {
        let classes = inventory::check_classes(&inventory, &workflow.axioms, &workflow.classes);
        let wrong = !classes.is_empty();
        diagnostics.extend(classes);
        if !wrong {
            let (placed, found) = check::against_inventory(workflow, &inventory);
            diagnostics.extend(found);
            placement = Some(placed);
        }
    }
    let codes: Vec<Code> = diagnostics.iter().filter(|found| found.is_error()).map(|found| found.code).collect();
    match (workflow, placement) {
        (Some(workflow), Some(placement)) if codes.is_empty() => ran(plan, workflow, placement, inventory),
        _ => Outcome::Refused(codes, rendered(&diagnostics, &sources)),
    }
}

fn rendered(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    diagnostic::render_all(diagnostics, sources, Style::default())
}

fn ran(plan: &Plan, workflow: Workflow, placement: Placement, inventory: Inventory) -> Outcome {
    let simulated = hosts(plan);
    let options = Options {
        folder: PathBuf::new(),
        inputs: workflow.inputs.iter().map(|_| None).collect(),
        dry: plan.dry,
        stages: (plan.from..workflow.stages.len()).collect(),
        connect_timeout: Duration::from_secs(10),
        reconnect: Duration::ZERO,
        accept_new_host_keys: false,
        sockets: std::env::temp_dir(),
        name: "simulated".into(),
        lock: None,
        past: Past::default(),
        machine: Rc::new(ThisMachine),
    };
    let (_cancel, cancelled) = watch::channel(false);
    let connector = Box::new(simulated.clone());
    let run = run::run(workflow, placement, inventory, connector, Rc::new(Silent), options, cancelled);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, run);
    Outcome::Ran(simulated.events().into_iter().filter_map(done).collect())
}

fn done(event: simulated::Event) -> Option<(String, String)> {
    match event {
        simulated::Event::Ran { host, command } => Some((host, command.script)),
        simulated::Event::Uploaded { host, path, .. } => Some((host, path)),
        _ => None,
    }
}

/// Hosts that measure what they are, and whose commands fail by what they are, where they run and how often they ran.
fn hosts(plan: &Plan) -> Simulated {
    let facts: HashMap<String, String> = plan.hosts.iter().map(|host| (host.name.clone(), measured(host))).collect();
    let failing = plan.failing;
    let times: RefCell<HashMap<(String, String), u32>> = RefCell::default();
    Simulated::new(move |host, command| {
        if command.script.contains("uname -m") {
            return Ok(Answer::output(facts[host].clone()));
        }
        let key = (host.to_owned(), command.script.clone());
        let mut times = times.borrow_mut();
        let time = times.entry(key.clone()).or_default();
        *time += 1;
        let mut hasher = DefaultHasher::new();
        (key, *time).hash(&mut hasher);
        let failing = if command.script.contains("perhaps") { 50 } else { failing };
        Ok(Answer::status(i32::from(hasher.finish() % 100 < failing)))
    })
}

/// The answer to the question of what a host is.
fn measured(host: &Host) -> String {
    let kib = host.mem * 1024 * host.usable / 100;
    format!("arch={}\nkib={kib}\ncores={}\nos={}\n", host.arch, host.cores + host.spare, host.os)
}
