//! A plan as a graph: stages, what they wait for, and the conditions that tie them.

use std::fmt::Write;

use super::{Plan, StagePlan};

/// The plan for Graphviz.
#[must_use]
pub fn dot(plan: &Plan) -> String {
    let mut out = String::from("digraph workflow {\n    rankdir=LR\n    node [shape=box, fontname=\"sans-serif\"]\n");
    // Writing to a String cannot fail, here and below.
    for stage in &plan.stages {
        let _ = writeln!(out, "    {} [label={}]", in_dot(&stage.name), in_dot(&label(stage)));
    }
    for (earlier, later) in order(plan) {
        let _ = writeln!(out, "    {} -> {}", in_dot(earlier), in_dot(later));
    }
    for (earlier, condition, later) in ties(plan) {
        let (earlier, later, condition) = (in_dot(earlier), in_dot(later), in_dot(condition));
        let _ = writeln!(out, "    {earlier} -> {later} [style=dashed, constraint=false, label={condition}]");
    }
    out.push_str("}\n");
    out
}

/// The plan for Mermaid, which GitHub and GitLab draw in Markdown.
#[must_use]
pub fn mermaid(plan: &Plan) -> String {
    let mut out = String::from("flowchart LR\n");
    let number = |name: &str| plan.stages.iter().position(|stage| stage.name == name).unwrap_or(plan.stages.len());
    for (number, stage) in plan.stages.iter().enumerate() {
        let _ = writeln!(out, "    s{number}[\"{}\"]", in_mermaid(&label(stage)));
    }
    for (earlier, later) in order(plan) {
        let _ = writeln!(out, "    s{} --> s{}", number(earlier), number(later));
    }
    for (earlier, condition, later) in ties(plan) {
        let _ = writeln!(out, "    s{} -. \"{}\" .-> s{}", number(earlier), in_mermaid(condition), number(later));
    }
    out
}

/// Its name, its selector, and the hosts that come of it.
fn label(stage: &StagePlan) -> String {
    let only = if stage.closed.is_some() { " only" } else { "" };
    let hosts = stage.hosts.as_ref().map_or_else(String::new, |hosts| format!("\n{}", hosts.join(", ")));
    format!("{}\non {}{only}{hosts}", stage.name, stage.selector)
}

fn order(plan: &Plan) -> impl Iterator<Item = (&str, &str)> {
    plan.stages.iter().flat_map(|later| later.after.iter().map(|earlier| (earlier.as_str(), later.name.as_str())))
}

/// For each condition that a stage expects, the last stage above it that leaves it so.
fn ties(plan: &Plan) -> Vec<(&str, &str, &str)> {
    let mut ties = Vec::new();
    for (number, later) in plan.stages.iter().enumerate() {
        for condition in &later.expects {
            let before = plan.stages[..number].iter().rev();
            if let Some(earlier) = before.into_iter().find(|stage| stage.leaves.contains(condition)) {
                ties.push((earlier.name.as_str(), condition.as_str(), later.name.as_str()));
            }
        }
    }
    ties
}

fn in_dot(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn in_mermaid(text: &str) -> String {
    let text = text.replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;");
    text.replace('\n', "<br>")
}
