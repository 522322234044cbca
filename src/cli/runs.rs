//! `flowrun runs`

use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use super::arguments::{Runs, TextOrJson};
use super::{Exit, execute, give, say};
use crate::diagnostic;
use crate::inventory::{self, Inventory};
use crate::journal::record::{Part, Record};
use crate::journal::{self, State, Store, Story};
use crate::run;
use crate::run::event::Observer as _;
use crate::source::SourceMap;

/// How long a host may take to answer when it is asked to end something.
const CONNECT: Duration = Duration::from_secs(10);

pub(super) fn main(options: &Runs) -> Exit {
    let store = match execute::store() {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match &options.reap {
        Some(name) => reap_all(&store, name),
        None => list(&store, options.format),
    }
}

/// A run in the list.
#[derive(Serialize)]
struct Listed {
    run: String,
    workflow: String,
    began: String,
    state: String,
    stages: usize,
    done: usize,
    running: Vec<Running>,
}

#[derive(Serialize)]
struct Running {
    host: String,
    command: String,
}

fn list(store: &Store, format: TextOrJson) -> Exit {
    let runs = match store.runs() {
        Ok(runs) => runs,
        Err(error) => return execute::failed(&error),
    };
    let mut exit = Exit::Done;
    let mut listed = Vec::new();
    for run in &runs {
        match run.story() {
            Ok(story) => listed.push(listed_run(run, &story)),
            Err(error) => exit = execute::failed(&error),
        }
    }
    match format {
        TextOrJson::Json => give(&super::as_json(&listed)),
        TextOrJson::Human if listed.is_empty() => say("there are no runs\n"),
        TextOrJson::Human => give(&table(&listed)),
    }
    exit
}

fn listed_run(run: &journal::Run, story: &Story) -> Listed {
    let live = run.is_live().unwrap_or_default();
    let state = match &story.state {
        _ if live => "running".to_owned(),
        State::Open => "cut off".to_owned(),
        State::Ended(status) => status.clone(),
        State::Reaped => "cut off, reaped".to_owned(),
    };
    let running = story.running().into_iter().map(|(host, command)| Running { host, command });
    Listed {
        run: run.name.clone(),
        workflow: story.head.workflow.clone(),
        began: story.parts.first().map(|part| part.time.clone()).unwrap_or_default(),
        state,
        stages: story.head.stages.len(),
        done: story.stages.iter().filter(|stage| stage.ok == Some(true)).count(),
        running: running.collect(),
    }
}

fn table(listed: &[Listed]) -> String {
    let name = listed.iter().map(|run| run.run.len()).max().unwrap_or_default();
    let state = listed.iter().map(|run| run.state.len()).max().unwrap_or_default();
    let mut text = String::new();
    for run in listed {
        let Listed { run: named, state: how, done, stages, workflow, .. } = run;
        let _ = writeln!(
            text,
            "{named:name$}  {how:state$}  {done} of {} done  {workflow}",
            diagnostic::plural(*stages, "stage")
        );
        for Running { host, command } in &run.running {
            let first = command.trim().lines().next().unwrap_or_default();
            let _ = writeln!(text, "{:name$}  goes on on {host}: {}", "", super::printable(first));
        }
    }
    text
}

/// Ends what runs have left that no flowrun is at work on.
fn reap_all(store: &Store, name: &str) -> Exit {
    let runs = match name {
        "" => store.runs(),
        name => store.find(name).map(|run| vec![run]),
    };
    let runs = match runs {
        Ok(runs) => runs,
        Err(error) => return execute::failed(&error),
    };
    let mut exit = Exit::Done;
    let mut found = false;
    for run in runs {
        if run.is_live().unwrap_or(true) {
            if !name.is_empty() {
                say(&format!("error: run {} goes on: end it where it was started\n", run.name));
                return Exit::Usage;
            }
            continue;
        }
        match run.story() {
            Ok(story) if story.state == State::Open || story.leaves_something() => {
                found = true;
                if let Err(failed) = reap(&run) {
                    exit = failed;
                }
            }
            Ok(_) => {}
            Err(error) => exit = execute::failed(&error),
        }
    }
    if !found {
        say("nothing is left of any run\n");
    }
    exit
}

fn reap(run: &journal::Run) -> Result<(), Exit> {
    let claim = run.claim().map_err(|error| execute::failed(&error))?;
    let mut story = claim.story().map_err(|error| execute::failed(&error))?;
    execute::sweep(&story);
    let unknown = story.unknown();
    let past = story.past(false);
    let inventory = inventory_then(run, &story)?;
    let names = inventory.hosts.iter().map(|host| host.name.clone()).collect();
    let journal = claim.go_on(&story, Part::now(Vec::new()), names).map_err(|error| execute::failed(&error))?;
    let journal = Rc::new(journal);
    let left = execute::block_on(async {
        let connector = execute::connector()?;
        let observer = journal.clone();
        let left = run::reap(inventory, Box::new(connector), observer, &past, CONNECT).await;
        if left.is_empty() {
            journal.append(Record::Reaped);
        }
        journal.kept().await.map_err(|reason| {
            say(&format!("error: {reason}\n"));
            Exit::Failed
        })?;
        Ok(left)
    })?;
    for durable in &past.durables {
        if left.iter().all(|(host, _)| *host != durable.host) {
            say(&format!("{}: ended on {}: {}\n", run.name, durable.host, super::printable(durable.what.trim())));
        }
    }
    for (stage, host, what) in unknown {
        let what = super::printable(what.trim());
        say(&format!("{}: in stage {stage} on {host} it is not known whether this happened: {what}\n", run.name));
    }
    for (host, failure) in &left {
        let why = super::printable(&failure.message);
        say(&format!("error: {host} still holds something of run {}: {why}\n", run.name));
    }
    if left.is_empty() {
        say(&format!("{}: nothing is left of it\n", run.name));
        Ok(())
    } else {
        Err(Exit::Unreachable)
    }
}

/// The inventory as it was: hosts are asked where the run reached them, whatever has become of its files since.
fn inventory_then(run: &journal::Run, story: &Story) -> Result<Inventory, Exit> {
    let texts = super::resume::texts_then(run, story)?;
    let path = Path::new(&story.head.inventory);
    let text = texts.get(path).unwrap_or_default().to_owned();
    Ok(inventory::read(&mut SourceMap::new(), &texts, path, &text).0)
}
