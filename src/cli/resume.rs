//! `flowrun resume`

use std::path::Path;

use super::arguments::Resume;
use super::execute::{self, Chosen, Recording};
use super::files::{self, Loaded};
use super::{Exit, say};
use crate::diagnostic;
use crate::inventory::Texts;
use crate::journal::{self, Change, State, Store, Story, changes, changes_of_hosts};
use crate::run::inputs::Given;

pub(super) fn main(options: &Resume) -> Exit {
    resume(options).unwrap_or_else(|exit| exit)
}

fn resume(options: &Resume) -> Result<Exit, Exit> {
    let store = execute::store()?;
    let run = find(&store, options.run.as_deref())?;
    let claim = run.claim().map_err(|error| execute::failed(&error))?;
    let mut story = claim.story().map_err(|error| execute::failed(&error))?;
    if story.state == State::Ended("done".to_owned()) {
        say(&format!("run {} is done: there is nothing to resume\n", run.name));
        return Ok(Exit::Done);
    }
    let given = inputs(&story, options)?;
    let workflow = story.head.workflow.clone();
    let workflow = Path::new(&workflow);
    let loaded = files::load(workflow, Some(Path::new(&story.head.inventory)))?;
    files::show_for_use(&loaded, workflow);
    if loaded.refused() {
        return Err(Exit::Refused);
    }
    if !options.accept_changes {
        refuse_changes(&run, &story, &loaded)?;
    }
    let stages = stages(&story, &loaded)?;
    let past = story.past(options.again);
    let limit = story.head.limit.clone();
    let chosen = Chosen {
        name: run.name.clone(),
        workflow,
        given: &given,
        stages,
        limit: limit.as_deref(),
        dry: false,
        connecting: &options.connecting,
        accept_new_host_keys: false,
        past,
    };
    let mut prepared = execute::prepare(loaded, chosen)?;
    execute::sweep(&story);
    say(&format!("resuming {}\n", run.name));
    prepared.recording = Some(Recording::Again { claim, story: Box::new(story) });
    Ok(execute::execute(prepared, &options.telling))
}

/// The run of this name. Without a name the one that is not done: of several, the last one of a workflow in this directory.
fn find(store: &Store, name: Option<&str>) -> Result<journal::Run, Exit> {
    if let Some(name) = name {
        return store.find(name).map_err(|error| execute::failed(&error));
    }
    let mut runs = store.runs().map_err(|error| execute::failed(&error))?;
    runs.retain(|run| run.status().is_none_or(|status| status != "done"));
    let here = std::env::current_dir().unwrap_or_default();
    let is_here =
        |run: &&journal::Run| run.head().is_some_and(|head| Path::new(&head.workflow).parent() == Some(here.as_path()));
    match runs.as_slice() {
        [] => say("error: there is no run to resume: all are done\n"),
        [run] => return Ok(run.clone()),
        several => {
            if let Some(run) = several.iter().rev().find(is_here) {
                return Ok(run.clone());
            }
            say("error: several runs are not done: say which\n");
            for run in several.iter().rev().take(5) {
                let workflow = run.head().map(|head| head.workflow).unwrap_or_default();
                say(&format!("  = help: `flowrun resume {}` goes on with {workflow}\n", run.name));
            }
        }
    }
    Err(Exit::Usage)
}

/// What was given when the run began, and the secrets that have to be given again.
fn inputs(story: &Story, options: &Resume) -> Result<Given, Exit> {
    let mut given = files::inputs(&options.input, options.inputs.as_deref())?;
    let names = given.named.keys();
    if let Some(other) = names.into_iter().find(|name| !story.head.secrets.contains(name)) {
        say(&format!(
            "error: input `{other}` cannot be given anew: the run goes on with the value that it had, if it had one\n"
        ));
        return Err(Exit::Usage);
    }
    // A file may hold more: what was not given when the run began is not given now.
    given.shared.retain(|name, _| story.head.secrets.contains(name));
    let missing: Vec<&str> = story
        .head
        .secrets
        .iter()
        .filter(|name| !given.named.contains_key(*name) && !given.shared.contains_key(*name))
        .map(String::as_str)
        .collect();
    if let Some(first) = missing.first() {
        let names = diagnostic::list(&missing);
        say(&format!(
            "error: secrets are not kept: give {names} again\n  = help: `flowrun resume {} --inputs FILE`, or `--input {first}=…`, which others on this machine can see\n",
            story.head.run
        ));
        return Err(Exit::Usage);
    }
    given.named.extend(story.head.inputs.clone());
    Ok(given)
}

/// The stages that were chosen, in the workflow as it is now.
fn stages(story: &Story, loaded: &Loaded) -> Result<Vec<usize>, Exit> {
    let Some(workflow) = &loaded.workflow else { return Err(Exit::Refused) };
    let number = |name: &String| {
        workflow.stages.iter().position(|stage| stage.name == *name).ok_or_else(|| {
            say(&format!("error: the workflow has no stage `{name}` any more, which the run was to do\n"));
            Exit::Refused
        })
    };
    let mut stages = story.head.stages.iter().map(number).collect::<Result<Vec<usize>, Exit>>()?;
    stages.sort_unstable();
    Ok(stages)
}

/// What is done has to be what the workflow still says.
fn refuse_changes(run: &journal::Run, story: &Story, loaded: &Loaded) -> Result<(), Exit> {
    let begun = |name: &String| story.stages.iter().any(|stage| stage.name == *name);
    let mut changed = inventory_changes(run, story, loaded)?;
    for (path, file) in story.head.texts.iter().filter(|(path, _)| path.ends_with(".flow")) {
        let before = run.text(file).map_err(|error| execute::failed(&error))?;
        let is_same = |name: &str| std::path::absolute(name).is_ok_and(|now| now == Path::new(path));
        let now = loaded.sources.files().find(|file| is_same(file.name())).map_or("", |file| file.text());
        for change in changes(&before, now) {
            match change {
                Change::Stage(name) if begun(&name) => {
                    changed.push(format!("stage `{name}`, which was begun, in {path}"))
                }
                // What was not begun may change.
                Change::Stage(_) => {}
                Change::Other(what) => changed.push(format!("{what} in {path}")),
            }
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    say(&format!("error[R0809]: what run {} did is no longer what the workflow says\n", run.name));
    for change in changed {
        say(&format!("  = note: changed: {change}\n"));
    }
    say("  = help: undo the change, begin anew, or go on all the same with `--accept-changes`\n");
    Err(Exit::Refused)
}

/// The hosts that the inventory says something else of than it did.
fn inventory_changes(run: &journal::Run, story: &Story, loaded: &Loaded) -> Result<Vec<String>, Exit> {
    let absolute = |name: &str| std::path::absolute(name).unwrap_or_default();
    let files = loaded.sources.files().filter(|file| !file.name().ends_with(".flow"));
    let now: Texts = files.map(|file| (absolute(file.name()), file.text().to_owned())).collect();
    let changed = changes_of_hosts(Path::new(&story.head.inventory), &texts_then(run, story)?, &now);
    Ok(changed.into_iter().map(|host| format!("{host} in {}", story.head.inventory)).collect())
}

/// The texts of a run as they were when it began, workflows left out.
pub(super) fn texts_then(run: &journal::Run, story: &Story) -> Result<Texts, Exit> {
    let kept = story.head.texts.iter().filter(|(path, _)| !path.ends_with(".flow"));
    kept.map(|(path, file)| Ok((path.into(), run.text(file).map_err(|error| execute::failed(&error))?))).collect()
}
