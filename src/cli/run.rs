//! `flowrun run`

use std::path::Path;

use super::arguments::Run;
use super::execute::{self, Chosen, Prepared, Recording};
use super::files::{self, Loaded};
use super::{Exit, choose, say};
use crate::journal::Store;
use crate::journal::record::{FORMAT, Head};
use crate::library;
use crate::run::inputs::Given;
use crate::run::past::Past;

pub(super) fn main(options: &Run) -> Exit {
    if let Some(workflow) = crate::check::tested(&options.workflow) {
        let (tests, workflow) = (options.workflow.display(), workflow.display());
        say(&format!(
            "error: {tests} holds tests: `flowrun test {tests}` runs them, `flowrun {workflow}` the workflow\n"
        ));
        return Exit::Usage;
    }
    let given = match files::inputs(&options.inputs.input, options.inputs.inputs.as_deref()) {
        Ok(given) => given,
        Err(exit) => return exit,
    };
    let loaded = match files::load(&options.workflow, options.hosts.inventory.as_deref()) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    files::show_for_use(&loaded, &options.workflow);
    if loaded.refused() {
        return Exit::Refused;
    }
    match prepare(loaded, options, &given) {
        Ok(prepared) => execute::execute(prepared, &options.telling),
        Err(exit) => exit,
    }
}

fn prepare(loaded: Loaded, options: &Run, given: &Given) -> Result<Prepared, Exit> {
    let Some(workflow) = &loaded.workflow else { return Err(Exit::Refused) };
    let stages = choose::stages(&loaded, workflow, options)?;
    let name = Store::name_for(&options.workflow);
    let chosen = Chosen {
        name: name.clone(),
        workflow: &options.workflow,
        given,
        stages,
        limit: options.limit.as_deref(),
        dry: options.dry_run,
        connecting: &options.connecting,
        accept_new_host_keys: options.accept_new_host_keys,
        past: Past::default(),
    };
    let mut prepared = execute::prepare(loaded, chosen)?;
    if !options.dry_run {
        let store = execute::store()?;
        execute::tell_of_cut_off(&store, &options.workflow);
        prepared.recording = Some(new_recording(store, &prepared, options, given));
    }
    Ok(prepared)
}

/// What the journal has to say of a run before it begins.
fn new_recording(store: Store, prepared: &Prepared, options: &Run, given: &Given) -> Recording {
    let path = |path: &Path| std::path::absolute(path).unwrap_or(path.to_path_buf()).to_string_lossy().into_owned();
    let of_workflow = |name: &str| prepared.workflow.inputs.iter().find(|input| input.name == name);
    let is_secret = |name: &&String| of_workflow(name).is_some_and(|input| input.ty.holds_secret());
    let all = || given.shared.iter().chain(&given.named).filter(|(name, _)| of_workflow(name).is_some());
    let kept = all().filter(|(name, _)| !is_secret(name));
    let texts = prepared.sources.files().filter(|file| !library::is_of_library(file.text()));
    let head = Head {
        format: FORMAT,
        flowrun: env!("CARGO_PKG_VERSION").to_owned(),
        run: prepared.options.name.clone(),
        workflow: path(&options.workflow),
        inventory: path(&prepared.inventory_path),
        inputs: kept.map(|(name, value)| (name.clone(), value.clone())).collect(),
        secrets: all().filter(|(name, _)| is_secret(name)).map(|(name, _)| name.clone()).collect(),
        stages: prepared.options.stages.iter().map(|stage| prepared.workflow.stages[*stage].name.clone()).collect(),
        limit: options.limit.clone(),
        owner: execute::owner(),
        texts: Vec::new(),
    };
    let texts = texts.map(|file| (path(Path::new(file.name())), file.text().to_string())).collect();
    Recording::New { store, head: Box::new(head), texts }
}
