//! `flowrun prove [WORKFLOW.flow] STAGE [never] on SELECTOR`

use std::path::PathBuf;

use super::arguments::{Prove, TextOrJson};
use super::files::{self, Loaded};
use super::{Exit, give, say};
use crate::check;
use crate::check::ir::Workflow;
use crate::diagnostic::{did_you_mean, list};
use crate::plan::prove::{Question, prove};

pub(super) fn main(options: &Prove) -> Exit {
    match answer(options) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn answer(options: &Prove) -> Result<Exit, Exit> {
    let (path, rest) = workflow_and_rest(options)?;
    let asked = Asked::read(rest)?;
    let loaded = files::load(&path, options.hosts.inventory.as_deref())?;
    files::show_for_use(&loaded, &path);
    let (Some(workflow), false) = (&loaded.workflow, loaded.refused()) else { return Err(Exit::Refused) };
    let question = question(workflow, &loaded, &asked)?;
    let answer = prove(workflow, loaded.inventory.as_ref(), &loaded.sources, &question);
    match options.format {
        TextOrJson::Human => give(&answer.to_string()),
        TextOrJson::Json => give(&super::as_json(&answer)),
    }
    Ok(if answer.proved { Exit::Done } else { Exit::Refused })
}

/// The words of a question.
struct Asked<'a> {
    stage: &'a str,
    never: bool,
    selector: String,
}

impl<'a> Asked<'a> {
    fn read(words: &'a [String]) -> Result<Self, Exit> {
        let (stage, never, selector) = match words {
            [stage, never, on, selector @ ..] if never == "never" && on == "on" => (stage, true, selector),
            [stage, on, selector @ ..] if on == "on" => (stage, false, selector),
            _ => return Err(usage("the question has to be `STAGE on SELECTOR` or `STAGE never on SELECTOR`")),
        };
        if selector.is_empty() {
            return Err(usage("a selector has to follow `on`, for example `never on cm3`"));
        }
        Ok(Asked { stage, never, selector: selector.join(" ") })
    }
}

fn usage(message: &str) -> Exit {
    say(&format!("error: {message}\n"));
    Exit::Usage
}

/// The workflow is the first word where that is a file's name, else the only workflow here.
fn workflow_and_rest(options: &Prove) -> Result<(PathBuf, &[String]), Exit> {
    if let Some(path) = &options.workflow {
        return Ok((path.clone(), &options.question));
    }
    match options.question.split_first() {
        Some((first, rest)) if first.ends_with(".flow") || first.contains('/') => Ok((PathBuf::from(first), rest)),
        _ => Ok((only_workflow()?, &options.question)),
    }
}

fn only_workflow() -> Result<PathBuf, Exit> {
    let entries =
        std::fs::read_dir(".").map_err(|error| usage(&format!("cannot look for a workflow here: {error}")))?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| PathBuf::from(entry.file_name()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "flow"))
        .collect();
    found.sort();
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(usage("there is no workflow here: name one, `flowrun prove WORKFLOW.flow STAGE …`")),
        several => {
            let names: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
            Err(usage(&format!("there are {} here: name one, `flowrun prove WORKFLOW.flow STAGE …`", list(&names))))
        }
    }
}

fn question(workflow: &Workflow, loaded: &Loaded, asked: &Asked<'_>) -> Result<Question, Exit> {
    let hosts = check::selector(workflow, loaded.inventory.as_ref(), &asked.selector).map_err(|text| {
        say(&text);
        Exit::Usage
    })?;
    let found = workflow.stages.iter().position(|stage| stage.name == asked.stage);
    let stage = found.ok_or_else(|| usage(&no_such_stage(workflow, asked.stage)))?;
    Ok(Question { stage, never: asked.never, hosts, written: asked.selector.clone() })
}

pub(super) fn no_such_stage(workflow: &Workflow, name: &str) -> String {
    let names: Vec<&str> = workflow.stages.iter().map(|stage| stage.name.as_str()).collect();
    let meant = did_you_mean(name, names.iter().copied());
    let help = meant.map_or_else(|| format!("; it has {}", list(&names)), |meant| format!(": did you mean {meant}?"));
    format!("the workflow has no stage {name}{help}")
}
