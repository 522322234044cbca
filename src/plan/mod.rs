//! What would run where: the stages held against the hosts of an inventory.

use crate::check::Placement;
use crate::check::ir::{Stage, Workflow};
use crate::inventory::Inventory;

/// The plan as text, one stage a paragraph.
#[must_use]
pub fn text(workflow: &Workflow, inventory: &Inventory, placement: &Placement) -> String {
    let stages = workflow.stages.iter().enumerate();
    stages.map(|(number, stage)| paragraph(workflow, stage, &hosts(inventory, &placement.stages[number]))).collect()
}

fn hosts(inventory: &Inventory, numbers: &[usize]) -> String {
    let names: Vec<&str> = numbers.iter().map(|number| inventory.hosts[*number].name.as_str()).collect();
    names.join(", ")
}

fn paragraph(workflow: &Workflow, stage: &Stage, hosts: &str) -> String {
    let after: Vec<&str> = stage.after.iter().map(|earlier| workflow.stages[*earlier].name.as_str()).collect();
    let mut lines = vec![format!("{} on {hosts}", stage.name), format!("  selector  {}", stage.on_text)];
    if let Some(closed) = &stage.closed {
        lines.push(format!("  closed    {closed}"));
    }
    if !after.is_empty() {
        lines.push(format!("  after     {}", after.join(", ")));
    }
    lines.extend(clause(workflow, "expects", &stage.expects));
    lines.extend(clause(workflow, "leaves", &stage.leaves));
    if let Some(timeout) = stage.timeout {
        lines.push(format!("  timeout   {}", crate::diagnostic::duration(timeout)));
    }
    format!("{}\n\n", lines.join("\n"))
}

fn clause(workflow: &Workflow, word: &str, conditions: &[(usize, bool)]) -> Option<String> {
    let names = conditions.iter().map(|(condition, wanted)| {
        let not = if *wanted { "" } else { "not " };
        format!("{not}{}", workflow.conditions[*condition].name)
    });
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| format!("  {word:8}  {}", names.join(", ")))
}
