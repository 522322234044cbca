//! Which groups a host is in, and which of the values that are set for it holds.

use std::collections::{BTreeMap, BTreeSet};

use super::messages;
use super::model::{Group, HostEntry, Model, Vars};
use crate::inventory::Spanned;
use crate::source::Span;

/// Groups by the order in which they decide: the later one goes before the earlier.
pub(super) struct Groups<'m> {
    model: &'m Model,
    parents: BTreeMap<&'m str, Vec<(&'m str, Span)>>,
    depths: BTreeMap<&'m str, usize>,
}

impl<'m> Groups<'m> {
    pub(super) fn of(model: &'m Model) -> Self {
        let mut parents: BTreeMap<&str, Vec<(&str, Span)>> = BTreeMap::new();
        for group in model.groups.values() {
            for (child, span) in &group.children {
                parents.entry(child).or_default().push((&group.name, *span));
            }
        }
        let mut groups = Groups { model, parents, depths: BTreeMap::new() };
        for name in model.groups.keys() {
            groups.measure(name);
        }
        groups
    }

    /// Finds out how far below `all` a group is at most. There are no rings any more.
    fn measure(&mut self, name: &'m str) -> usize {
        if let Some(depth) = self.depths.get(name) {
            return *depth;
        }
        self.depths.insert(name, usize::from(name != "all"));
        let parents: Vec<&str> = self.parents.get(name).into_iter().flatten().map(|(parent, _)| *parent).collect();
        let deepest = parents.into_iter().map(|parent| self.measure(parent) + 1).max();
        let depth = if name == "all" { 0 } else { deepest.unwrap_or(1) };
        self.depths.insert(name, depth);
        depth
    }

    /// The groups of a host, and where it is said to be in each: itself, or the group through which it is.
    pub(super) fn around(&self, host: &HostEntry) -> BTreeMap<&'m str, Span> {
        let mut found: BTreeMap<&str, Span> = BTreeMap::new();
        let mut open: Vec<(&'m str, Span)> = Vec::new();
        for group in self.model.groups.values() {
            if let Some((_, span)) = group.hosts.iter().find(|(name, _)| *name == host.name) {
                open.push((&group.name, *span));
            }
        }
        while let Some((name, span)) = open.pop() {
            if !found.contains_key(name) {
                found.insert(name, span);
                open.extend(self.parents.get(name).into_iter().flatten().copied());
            }
        }
        found
    }

    /// The variables of a host.
    pub(super) fn vars(&self, host: &HostEntry, around: &BTreeMap<&'m str, Span>) -> Vars {
        let mut order: Vec<&Group> = around.keys().filter_map(|name| self.model.groups.get(*name)).collect();
        order.retain(|group| group.name != "all");
        order.sort_by_key(|group| (self.depths.get(group.name.as_str()), group.priority, &group.name));
        let mut vars = Vars::new();
        let mut over = |more: Option<&Vars>| {
            vars.extend(more.into_iter().flatten().map(|(name, var)| (name.clone(), var.clone())));
        };
        over(self.model.groups.get("all").map(|group| &group.vars));
        order.iter().for_each(|group| over(Some(&group.vars)));
        over(self.model.group_files.get("all"));
        order.iter().for_each(|group| over(self.model.group_files.get(&group.name)));
        over(Some(&host.vars));
        over(self.model.host_files.get(&host.name));
        vars
    }
}

/// The groups as selectors know them: all but `all`, and `ungrouped` where there is no other.
pub(super) fn named(host: &HostEntry, around: &BTreeMap<&str, Span>) -> Vec<Spanned<String>> {
    let others = around.keys().any(|name| !matches!(*name, "all" | "ungrouped"));
    if !others {
        return vec![Spanned { value: String::from("ungrouped"), span: host.span }];
    }
    let named = around.iter().filter(|(name, _)| !matches!(**name, "all" | "ungrouped"));
    named.map(|(name, span)| Spanned { value: (*name).to_owned(), span: *span }).collect()
}

/// Refuses groups that are within themselves; takes the place away that makes the ring.
pub(super) fn refuse_rings(model: &mut Model) {
    let names: Vec<String> = model.groups.keys().cloned().collect();
    let mut done = BTreeSet::new();
    for name in names {
        let mut path = Vec::new();
        cut_rings(model, &name, &mut path, &mut done);
    }
}

fn cut_rings(model: &mut Model, name: &str, path: &mut Vec<String>, done: &mut BTreeSet<String>) {
    if done.contains(name) || path.len() > 200 {
        return;
    }
    path.push(name.to_owned());
    let children = model.groups.get(name).map(|group| group.children.clone()).unwrap_or_default();
    for (child, span) in children {
        if let Some(from) = path.iter().position(|above| *above == child) {
            let ring: Vec<&str> = path[from..].iter().map(String::as_str).chain([child.as_str()]).collect();
            let fault = messages::ring(span, &ring);
            model.report(fault);
            model.group(name).children.retain(|(known, _)| *known != child);
        } else {
            cut_rings(model, &child, path, done);
        }
    }
    path.pop();
    done.insert(name.to_owned());
}
