//! The `on` blocks of a stage and of the tasks that it calls, with the hosts that each comes to.

use std::collections::BTreeSet;

use super::parts;
use crate::check::ir::{Block, Expr, Stage, Statement, TaskBody, Workflow};
use crate::inventory::Inventory;
use crate::place::{self, Predicate, Truth};

/// An `on` block of a stage.
#[derive(Debug)]
pub(super) struct Narrowing {
    /// Its selector.
    pub(super) selector: String,
    /// The calls down to it; empty where it stands in the stage itself.
    pub(super) by: String,
    /// The hosts that come into it, where there is an inventory. One that has to be measured first is none of them.
    pub(super) hosts: Option<Vec<String>>,
}

/// Each `on` block of a stage and its `finally`, in the order of the text; those of a task once for the same hosts, where
/// it is called first.
pub(super) fn narrowings(workflow: &Workflow, stage: &Stage, placed: Option<(&Inventory, &[usize])>) -> Vec<Narrowing> {
    let inventory = placed.map(|(inventory, _)| inventory);
    let mut walk = Walk { workflow, inventory, calls: Vec::new(), seen: BTreeSet::new(), found: Vec::new() };
    let hosts: Vec<usize> = placed.map(|(_, hosts)| hosts.to_vec()).unwrap_or_default();
    for block in std::iter::once(&stage.body).chain(&stage.finally) {
        walk.block(block, &hosts);
    }
    walk.found
}

struct Walk<'a> {
    workflow: &'a Workflow,
    inventory: Option<&'a Inventory>,
    /// The tasks that are being gone through.
    calls: Vec<&'a str>,
    /// The tasks that were gone through, each with its hosts.
    seen: BTreeSet<(usize, Vec<usize>)>,
    found: Vec<Narrowing>,
}

impl<'a> Walk<'a> {
    fn block(&mut self, block: &'a Block, hosts: &[usize]) {
        block.iter().for_each(|statement| self.statement(statement, hosts));
    }

    fn statement(&mut self, statement: &'a Statement, hosts: &[usize]) {
        parts::of_statement(statement).into_iter().for_each(|value| self.expr(value, hosts));
        match statement {
            Statement::On(selector, body) => {
                let hosts = self.select(selector, hosts);
                let names =
                    |inventory: &Inventory| hosts.iter().map(|host| inventory.hosts[*host].name.clone()).collect();
                let (by, hosts_of) = (self.calls.join(" → "), self.inventory.map(names));
                self.found.push(Narrowing { selector: selector.to_string(), by, hosts: hosts_of });
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

    fn expr(&mut self, expr: &'a Expr, hosts: &[usize]) {
        parts::of_expr(expr).into_iter().for_each(|part| self.expr(part, hosts));
        let tasks = &self.workflow.tasks;
        match expr {
            Expr::Call(task, ..) => self.call(*task, hosts),
            Expr::Default(task, param) => {
                let default = tasks[*task].defaults.get(*param).and_then(Option::as_ref);
                self.calls.push(&tasks[*task].name);
                default.into_iter().for_each(|default| self.expr(&default.value, hosts));
                self.calls.pop();
            }
            _ => {}
        }
    }

    /// A task that is called. None calls itself, through any number of others.
    fn call(&mut self, task: usize, hosts: &[usize]) {
        let workflow = self.workflow;
        let called = &workflow.tasks[task];
        if let TaskBody::Flow(body) = &called.body
            && self.seen.insert((task, hosts.to_vec()))
        {
            self.calls.push(&called.name);
            self.block(body, hosts);
            self.calls.pop();
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
