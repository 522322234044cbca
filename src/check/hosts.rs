//! The typed workflow held against an inventory: which hosts each name and each stage comes to.

use std::collections::BTreeSet;

use super::ir::{ForbiddenClass, Obligation, Proof, Workflow};
use super::{compare, messages};
use crate::diagnostic::{self, Diagnostic};
use crate::inventory::{self, Inventory};
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
    let mut placement = Placement::default();
    for set in &workflow.host_sets {
        let (found, open) = select(workflow, inventory, &set.predicate);
        let selector = set.predicate.to_string();
        // One of which it is not known would make two of one host, once it is measured.
        if set.single && (found.len() != 1 || !open.is_empty()) {
            let found = labelled(inventory, &found);
            diagnostics.push(messages::not_one_host(
                &set.name,
                set.span,
                &found,
                &labelled(inventory, &open),
                &selector,
                &missed(inventory, &set.predicate),
            ));
        } else if set.own && found.is_empty() {
            let what = format!("`hosts {}` (`{selector}`)", set.name);
            diagnostics.push(messages::no_host(
                &what,
                set.span,
                &labelled(inventory, &open),
                &missed(inventory, &set.predicate),
            ));
        }
        placement.host_sets.push(found);
    }
    // Where a `host` is at fault that was told at its declaration.
    let all_right = diagnostics.is_empty();
    for stage in &workflow.stages {
        let (found, open) = select(workflow, inventory, &stage.on);
        if found.is_empty() && all_right {
            let what = format!("stage `{}` (`{}`)", stage.name, stage.on_text);
            diagnostics.push(messages::no_host(
                &what,
                stage.on_span,
                &labelled(inventory, &open),
                &missed(inventory, &stage.on),
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
        if found.is_empty() && spoken_of && all_right {
            let what = format!("condition `{}` (`{}`)", condition.name, condition.on);
            let missed = missed(inventory, &condition.on);
            diagnostics.push(messages::no_host(&what, condition.span, &labelled(inventory, &open), &missed));
        }
        placement.conditions.push(found);
    }
    let selected: BTreeSet<usize> = placement.stages.iter().flatten().copied().collect();
    diagnostics.extend(selected.iter().filter_map(|host| without_class(workflow, &inventory.hosts[*host])));
    for obligation in &workflow.obligations {
        diagnostics.extend(held_against(workflow, inventory, obligation));
    }
    (placement, diagnostics)
}

/// A host that says no class is taken for none, and so for one on which nothing is forbidden. One that is all that a class
/// promises may have been forgotten.
fn without_class(workflow: &Workflow, host: &inventory::Host) -> Option<Diagnostic> {
    let facts = host.facts();
    if facts.class.is_some() {
        return None;
    }
    let fits = |forbidden: &&ForbiddenClass| {
        let promise = workflow.axioms.get(&forbidden.class);
        promise.is_some_and(|promise| {
            *promise != Predicate::All && place::evaluate(&workflow.axioms, promise, &facts) == Truth::Yes
        })
    };
    let forbidden = workflow.forbidden_classes.iter().find(fits)?;
    Some(messages::host_without_class(&host.name, host.name_span, forbidden))
}

/// How an obligation is known to hold, or when it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// From the text alone: whatever the inventory says.
    Text,
    /// Each of these hosts of the inventory is declared so.
    Inventory(Vec<usize>),
    /// The inventory says too little of these hosts: they are measured before their first step.
    Measured(Vec<usize>),
    /// This host of the inventory is declared otherwise.
    Refuted(usize),
    /// There is no inventory to ask.
    Open,
}

/// How an obligation is known to hold: by the text, else by the inventory, else by what is measured.
#[must_use]
pub fn evidence(workflow: &Workflow, inventory: Option<&Inventory>, obligation: &Obligation) -> Evidence {
    if obligation.proof == Proof::Proved {
        return Evidence::Text;
    }
    let Some(inventory) = inventory else { return Evidence::Open };
    let (mut declared, mut measured) = (Vec::new(), Vec::new());
    for (number, host) in inventory.hosts.iter().enumerate() {
        let facts = host.facts();
        let truth = |predicate: &Predicate| place::evaluate(&workflow.axioms, predicate, &facts);
        match (truth(&obligation.place), truth(&obligation.requirement)) {
            (Truth::No, _) | (Truth::Unknown, Truth::Yes) => {}
            (Truth::Yes, Truth::Yes) => declared.push(number),
            (Truth::Yes, Truth::No) => return Evidence::Refuted(number),
            // Whether it is in the place, or what is needed there, shows when it is measured.
            (Truth::Unknown, _) | (Truth::Yes, Truth::Unknown) => measured.push(number),
        }
    }
    if measured.is_empty() { Evidence::Inventory(declared) } else { Evidence::Measured(measured) }
}

/// What the inventory's hosts say against an obligation, or leave open.
fn held_against(workflow: &Workflow, inventory: &Inventory, obligation: &Obligation) -> Option<Diagnostic> {
    let Proof::Open(task) = &obligation.proof else { return None };
    match evidence(workflow, Some(inventory), obligation) {
        Evidence::Refuted(host) => {
            let host = &inventory.hosts[host];
            Some(messages::needs_refuted_by(obligation, task, &host.name, host.name_span))
        }
        Evidence::Measured(hosts) => Some(messages::needs_measured(obligation, task, &labelled(inventory, &hosts))),
        Evidence::Text | Evidence::Inventory(_) | Evidence::Open => None,
    }
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

/// What a predicate that finds no host speaks of and the inventory does not have.
fn missed(inventory: &Inventory, predicate: &Predicate) -> messages::Missed {
    let hosts: Vec<String> = inventory.hosts.iter().map(|host| host.name.clone()).collect();
    let groups = inventory.hosts.iter().flat_map(|host| &host.groups).map(|group| group.value.clone());
    let groups: Vec<String> = groups.collect::<BTreeSet<_>>().into_iter().collect();
    let no_local = asks_for_local(predicate) && !inventory.has_local();
    let mut missed =
        messages::Missed { hosts, groups, strange_names: Vec::new(), strange_groups: Vec::new(), no_local };
    for test in predicate.tests() {
        match test {
            Predicate::Group(name) if !missed.groups.iter().any(|group| **group == **name) => {
                missed.strange_groups.push(name.to_string());
            }
            Predicate::Is(Attribute::Name, name) if !missed.hosts.iter().any(|host| **host == **name) => {
                missed.strange_names.push(name.to_string());
            }
            _ => {}
        }
    }
    missed
}

/// Whether a predicate asks for the machine that flowrun runs on.
fn asks_for_local(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::And(parts) | Predicate::Or(parts) => parts.iter().any(asks_for_local),
        other => *other == Predicate::Local,
    }
}

fn labelled(inventory: &Inventory, hosts: &[usize]) -> Vec<(String, Span)> {
    hosts.iter().map(|host| (inventory.hosts[*host].name.clone(), inventory.hosts[*host].name_span)).collect()
}

/// The hosts of the inventory that a selector of the command line picks.
///
/// # Errors
/// Rendered diagnostics, where the selector is none.
pub fn select_hosts(workflow: &Workflow, inventory: &Inventory, written: &str) -> Result<Vec<usize>, String> {
    Ok(select(workflow, inventory, &selector(workflow, Some(inventory), written)?).0)
}

/// The predicate that a selector of the command line stands for. It knows the workflow's `host` and `hosts`, the prelude's
/// names, classes, and the inventory's own names of hosts.
///
/// # Errors
/// Rendered diagnostics, where the selector is none.
pub fn selector(workflow: &Workflow, inventory: Option<&Inventory>, written: &str) -> Result<Predicate, String> {
    let mut sources = SourceMap::new();
    let file = sources.add("selector", written);
    let render = |diagnostic: &Diagnostic| diagnostic::render(diagnostic, &sources, diagnostic::Style::default());
    let parsed = syntax::parse_selector(&sources, file).map_err(|diagnostic| render(&diagnostic))?;
    let names = Names { workflow, inventory };
    names.predicate(&parsed).map_err(|diagnostic| render(&diagnostic))
}

/// What the names of a selector on the command line, or in a test, stand for.
pub(super) struct Names<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) inventory: Option<&'a Inventory>,
}

impl Names<'_> {
    pub(super) fn predicate(&self, selector: &ast::Selector) -> Result<Predicate, Box<Diagnostic>> {
        use ast::SelectorKind as Kind;
        let each =
            |parts: &[ast::Selector]| parts.iter().map(|part| self.predicate(part)).collect::<Result<Vec<_>, _>>();
        Ok(match &selector.kind {
            Kind::Or(parts) => Predicate::any_of(each(parts)?),
            Kind::And(parts) => Predicate::all_of(each(parts)?),
            Kind::Not(inner) => self.predicate(inner)?.not(),
            Kind::Group(name) => Predicate::group(&*name.text),
            Kind::Name(path) => self.named(&path.text(), path.span)?,
            Kind::Compare(path, op, value) => compare::predicate(path, *op, value, &|attribute| self.words(attribute))?,
        })
    }

    fn named(&self, name: &str, span: Span) -> Result<Predicate, Box<Diagnostic>> {
        let set = self.workflow.host_sets.iter().find(|set| set.name == name).map(|set| set.predicate.clone());
        let class = self.workflow.classes.iter().find(|(class, _)| **class == *name);
        let class = class.map(|(class, _)| Predicate::class(class.clone()));
        let host = self.inventory.and_then(|inventory| inventory.get(name));
        let host = host.map(|_| Predicate::Is(Attribute::Name, Symbol::from(name)));
        let fixed = match name {
            "all" => Some(Predicate::All),
            "local" => Some(Predicate::Local),
            _ => None,
        };
        // What the workflow calls by a name is meant before a host of that name.
        fixed.or(set).or(class).or(host).ok_or_else(|| {
            let hosts = self.inventory.iter().flat_map(|inventory| &inventory.hosts).map(|host| host.name.clone());
            let sets = self.workflow.host_sets.iter().map(|set| set.name.clone());
            let classes = self.workflow.classes.iter().map(|(class, _)| class.to_string());
            let known: Vec<String> = hosts.chain(sets).chain(classes).collect();
            Box::new(messages::limit_unknown(name, span, &known))
        })
    }

    fn words(&self, attribute: Attribute) -> Vec<String> {
        let classes = self.workflow.classes.iter().map(|(class, _)| class.to_string());
        let archs = self.workflow.host_sets.iter().filter_map(|set| match &set.predicate {
            Predicate::Is(Attribute::Arch, arch) => Some(arch.to_string()),
            _ => None,
        });
        if attribute == Attribute::Class { classes.collect() } else { archs.collect() }
    }
}
