//! The stages that a run is to do, from `--stage` and `--from`.

use std::path::Path;

use super::arguments::Run;
use super::files::{self, Loaded};
use super::{Exit, say};
use crate::check::ir::Workflow;
use crate::diagnostic::{self, Code, Diagnostic};
use crate::journal::Store;
use crate::plan::needed::{self, Missing};

/// The stages of a workflow that are chosen, in the order of the text.
///
/// # Errors
/// There is no such stage, or one that is left out has a value that the others need; it was said which.
pub(super) fn stages(loaded: &Loaded, workflow: &Workflow, options: &Run) -> Result<Vec<usize>, Exit> {
    let chosen = chosen(workflow, options)?;
    let missing = needed::missing(workflow, &chosen);
    // A dry run says what it cannot know.
    if missing.is_empty() || options.dry_run {
        return Ok(chosen);
    }
    let told: Vec<Diagnostic> = missing.iter().map(|missing| left_out(workflow, missing, &chosen, options)).collect();
    say(&diagnostic::render_all(&told, &loaded.sources, files::style()));
    Err(Exit::Refused)
}

fn chosen(workflow: &Workflow, options: &Run) -> Result<Vec<usize>, Exit> {
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
        Some(name) => Ok(beginning_with(workflow, number(name)?)),
    }
}

fn beginning_with(workflow: &Workflow, first: usize) -> Vec<usize> {
    let follows = |stage: usize| workflow.before(stage).binary_search(&first).is_ok();
    (0..workflow.stages.len()).filter(|stage| *stage == first || follows(*stage)).collect()
}

/// A stage that is left out, and whose value is needed.
fn left_out(workflow: &Workflow, missing: &Missing, chosen: &[usize], options: &Run) -> Diagnostic {
    let name = |stage: usize| workflow.stages[stage].name.as_str();
    let (of, by) = (name(missing.of), name(missing.by));
    let message = format!("stage `{by}` needs the value of stage `{of}`, which this run leaves out");
    let remedy = if options.from.is_some() { from(workflow, missing, chosen) } else { all(workflow, chosen) };
    Diagnostic::error(Code::R0805, message, missing.span, "it is used here")
        .help(format!("run it too: {remedy}"))
        .maybe_help(
            resumable(&options.workflow, of, by)
                .map(|run| format!("or go on with the run that has it: `flowrun resume {run}`")),
        )
}

/// All stages that are needed, by their names.
fn all(workflow: &Workflow, chosen: &[usize]) -> String {
    let stages = needed::completed(workflow, chosen).into_iter();
    let named: Vec<String> = stages.map(|stage| format!("--stage {}", workflow.stages[stage].name)).collect();
    format!("`{}`", named.join(" "))
}

/// The last stage to begin with so that nothing is missing.
fn from(workflow: &Workflow, missing: &Missing, chosen: &[usize]) -> String {
    let is_enough = |first: &usize| {
        let begun = beginning_with(workflow, *first);
        chosen.iter().all(|stage| begun.contains(stage)) && needed::missing(workflow, &begun).is_empty()
    };
    match (0..=missing.of).rev().find(is_enough) {
        Some(first) => format!("`--from {}`", workflow.stages[first].name),
        None => "leave out `--from`".to_owned(),
    }
}

/// The last run of a workflow that came as far as the one stage and not through the other.
fn resumable(workflow: &Path, of: &str, by: &str) -> Option<String> {
    let workflow = std::path::absolute(workflow).ok()?;
    let mut runs = Store::of_user().ok()?.runs().ok()?;
    runs.retain(|run| {
        let is_open = run.status().is_none_or(|status| status != "done") && run.is_live().is_ok_and(|live| !live);
        let is_of_it = run
            .head()
            .is_some_and(|head| Path::new(&head.workflow) == workflow && head.stages.iter().any(|stage| stage == by));
        let has = |name: &str| {
            run.story().is_ok_and(|story| story.stages.iter().any(|stage| stage.name == name && stage.ok == Some(true)))
        };
        is_open && is_of_it && has(of) && !has(by)
    });
    runs.pop().map(|run| run.name)
}
