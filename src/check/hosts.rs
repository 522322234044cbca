//! The typed workflow held against an inventory: which hosts each name and each stage comes to.

use super::ir::Workflow;
use super::messages;
use crate::diagnostic::{self, Diagnostic};
use crate::inventory::Inventory;
use crate::place::{self, Attribute, Predicate, Symbol, Truth};
use crate::source::{SourceMap, Span};
use crate::syntax::{self, ast};

/// Which hosts of the inventory the workflow's names come to, by their numbers there.
#[derive(Debug, Default)]
pub struct Placement {
    /// For each `host` and `hosts`.
    pub host_sets: Vec<Vec<usize>>,
    /// For each stage.
    pub stages: Vec<Vec<usize>>,
    /// For each condition.
    pub conditions: Vec<Vec<usize>>,
}

/// Resolves every selector of the workflow, and refuses those that come to the wrong number of hosts.
#[must_use]
pub fn against_inventory(workflow: &Workflow, inventory: &Inventory) -> (Placement, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let names: Vec<String> = inventory.hosts.iter().map(|host| host.name.clone()).collect();
    let mut placement = Placement::default();
    for set in &workflow.host_sets {
        let (found, open) = select(workflow, inventory, &set.predicate);
        let selector = set.predicate.to_string();
        if set.single && found.len() != 1 {
            let found = labelled(inventory, &found);
            diagnostics.push(messages::not_one_host(
                &set.name,
                set.span,
                &found,
                &labelled(inventory, &open),
                &selector,
            ));
        } else if set.own && found.is_empty() {
            let what = format!("`hosts {}` (`{selector}`)", set.name);
            diagnostics.push(messages::no_host(
                &what,
                set.span,
                &labelled(inventory, &open),
                &names,
                &strange_groups(inventory, &set.predicate),
            ));
        }
        placement.host_sets.push(found);
    }
    for stage in &workflow.stages {
        let (found, open) = select(workflow, inventory, &stage.on);
        // Where a `host` is at fault that was told at its declaration.
        if found.is_empty() && diagnostics.is_empty() {
            let what = format!("stage `{}` (`{}`)", stage.name, stage.on_text);
            diagnostics.push(messages::no_host(
                &what,
                stage.on_span,
                &labelled(inventory, &open),
                &names,
                &strange_groups(inventory, &stage.on),
            ));
        }
        placement.stages.push(found);
    }
    for (number, condition) in workflow.conditions.iter().enumerate() {
        let (found, open) = select(workflow, inventory, &condition.on);
        // Where no host is asked, a condition would hold whatever a stage leaves behind.
        let spoken_of = workflow
            .stages
            .iter()
            .any(|stage| stage.expects.iter().chain(&stage.leaves).any(|(spoken_of, _)| *spoken_of == number));
        if found.is_empty() && spoken_of && diagnostics.is_empty() {
            let what = format!("condition `{}` (`{}`)", condition.name, condition.on);
            diagnostics.push(messages::no_host(
                &what,
                condition.span,
                &labelled(inventory, &open),
                &names,
                &strange_groups(inventory, &condition.on),
            ));
        }
        placement.conditions.push(found);
    }
    (placement, diagnostics)
}

/// The hosts that are known to satisfy a predicate, and those of which it is not known.
fn select(workflow: &Workflow, inventory: &Inventory, predicate: &Predicate) -> (Vec<usize>, Vec<usize>) {
    let mut found = Vec::new();
    let mut open = Vec::new();
    for (number, host) in inventory.hosts.iter().enumerate() {
        match place::evaluate(&workflow.axioms, predicate, &host.facts()) {
            Truth::Yes => found.push(number),
            Truth::Unknown => open.push(number),
            Truth::No => {}
        }
    }
    (found, open)
}

/// The groups of a predicate that no host of the inventory is in, each with those that there are.
fn strange_groups(inventory: &Inventory, predicate: &Predicate) -> Vec<(String, Vec<String>)> {
    let groups = inventory.hosts.iter().flat_map(|host| &host.groups).map(|group| group.value.clone());
    let known: Vec<String> = groups.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let strange = predicate.tests().filter_map(|test| match test {
        Predicate::Group(name) if !known.iter().any(|group| **group == **name) => {
            Some((name.to_string(), known.clone()))
        }
        _ => None,
    });
    strange.collect()
}

fn labelled(inventory: &Inventory, hosts: &[usize]) -> Vec<(String, Span)> {
    hosts.iter().map(|host| (inventory.hosts[*host].name.clone(), inventory.hosts[*host].name_span)).collect()
}

/// The hosts of the inventory that a selector of the command line picks. It knows the workflow's `host` and `hosts`, the
/// prelude's names, classes and hosts' own names.
///
/// # Errors
/// Rendered diagnostics, where the selector is none.
pub fn select_hosts(workflow: &Workflow, inventory: &Inventory, selector: &str) -> Result<Vec<usize>, String> {
    let mut sources = SourceMap::new();
    let file = sources.add("--limit", selector);
    let render = |diagnostic: &Diagnostic| diagnostic::render(diagnostic, &sources, diagnostic::Style::default());
    let parsed = syntax::parse_selector(&sources, file).map_err(|diagnostic| render(&diagnostic))?;
    let predicate = limit_predicate(workflow, inventory, &parsed).map_err(|diagnostic| render(&diagnostic))?;
    Ok(select(workflow, inventory, &predicate).0)
}

fn limit_predicate(
    workflow: &Workflow,
    inventory: &Inventory,
    selector: &ast::Selector,
) -> Result<Predicate, Box<Diagnostic>> {
    use ast::SelectorKind as Kind;
    let each = |parts: &[ast::Selector]| {
        parts.iter().map(|part| limit_predicate(workflow, inventory, part)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match &selector.kind {
        Kind::Or(parts) => Predicate::any_of(each(parts)?),
        Kind::And(parts) => Predicate::all_of(each(parts)?),
        Kind::Not(inner) => limit_predicate(workflow, inventory, inner)?.not(),
        Kind::Group(name) => Predicate::group(name.text.as_str()),
        Kind::Name(path) => limit_name(workflow, inventory, &path.text(), path.span)?,
        Kind::Compare(path, ..) => {
            return Err(Box::new(messages::limit_compares(path.span)));
        }
    })
}

fn limit_name(
    workflow: &Workflow,
    inventory: &Inventory,
    name: &str,
    span: Span,
) -> Result<Predicate, Box<Diagnostic>> {
    let set = workflow.host_sets.iter().find(|set| set.name == name).map(|set| set.predicate.clone());
    let class =
        workflow.classes.iter().find(|(class, _)| **class == *name).map(|(class, _)| Predicate::class(class.clone()));
    let host = inventory.get(name).map(|_| Predicate::Is(Attribute::Name, Symbol::from(name)));
    let fixed = match name {
        "all" => Some(Predicate::All),
        "local" => Some(Predicate::Local),
        _ => None,
    };
    fixed.or(host).or(set).or(class).ok_or_else(|| {
        let hosts = inventory.hosts.iter().map(|host| host.name.clone());
        let sets = workflow.host_sets.iter().map(|set| set.name.clone());
        let known: Vec<String> = hosts.chain(sets).collect();
        Box::new(messages::limit_unknown(name, span, &known))
    })
}
