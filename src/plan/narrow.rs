//! The `on` blocks of a stage, with the hosts that each comes to.

use crate::check::ir::{Block, Stage, Statement, Workflow};
use crate::inventory::Inventory;
use crate::place::{self, Predicate, Truth};

/// An `on` block of a stage.
#[derive(Debug)]
pub(super) struct Narrowing {
    /// Its selector.
    pub(super) selector: String,
    /// The hosts that come into it, where there is an inventory. One that has to be measured first is none of them.
    pub(super) hosts: Option<Vec<String>>,
}

/// Each `on` block of a stage and its `finally`, in the order of the text.
pub(super) fn narrowings(workflow: &Workflow, stage: &Stage, placed: Option<(&Inventory, &[usize])>) -> Vec<Narrowing> {
    let mut walk = Walk { workflow, inventory: placed.map(|(inventory, _)| inventory), found: Vec::new() };
    let hosts: Vec<usize> = placed.map(|(_, hosts)| hosts.to_vec()).unwrap_or_default();
    for block in std::iter::once(&stage.body).chain(&stage.finally) {
        walk.block(block, &hosts);
    }
    walk.found
}

struct Walk<'a> {
    workflow: &'a Workflow,
    inventory: Option<&'a Inventory>,
    found: Vec<Narrowing>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block, hosts: &[usize]) {
        block.iter().for_each(|statement| self.statement(statement, hosts));
    }

    fn statement(&mut self, statement: &Statement, hosts: &[usize]) {
        match statement {
            Statement::On(selector, body) => {
                let hosts = self.select(selector, hosts);
                let names =
                    |inventory: &Inventory| hosts.iter().map(|host| inventory.hosts[*host].name.clone()).collect();
                self.found.push(Narrowing { selector: selector.to_string(), hosts: self.inventory.map(names) });
                self.block(body, &hosts);
            }
            Statement::At { place, body, .. } => {
                let all: Vec<usize> = (0..self.inventory.map_or(0, |inventory| inventory.hosts.len())).collect();
                self.block(body, &self.select(place, &all));
            }
            Statement::If(_, one, other) | Statement::Try(one, _, other) => {
                self.block(one, hosts);
                self.block(other, hosts);
            }
            Statement::Ensure { check, fix, .. } => {
                self.block(check, hosts);
                fix.iter().for_each(|fix| self.block(fix, hosts));
            }
            Statement::For(_, _, body) | Statement::Timeout(_, body, _) | Statement::Retry { body, .. } => {
                self.block(body, hosts);
            }
            Statement::Let(..)
            | Statement::Return(_)
            | Statement::Print(_)
            | Statement::Assert { .. }
            | Statement::Fail(..)
            | Statement::Expr(_) => {}
        }
    }

    fn select(&self, selector: &Predicate, hosts: &[usize]) -> Vec<usize> {
        let is_one = |inventory: &Inventory, host: usize| {
            place::evaluate(&self.workflow.axioms, selector, &inventory.hosts[host].facts()) == Truth::Yes
        };
        let inventory = self.inventory;
        hosts.iter().copied().filter(|host| inventory.is_some_and(|inventory| is_one(inventory, *host))).collect()
    }
}
