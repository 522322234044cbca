//! What changed in a workflow or an inventory since a run began.

use std::collections::BTreeMap;
use std::path::Path;

use crate::inventory::{self, Texts};
use crate::source::SourceMap;
use crate::syntax::{self, ast::ItemKind};

/// A declaration, or an entry of the inventory, that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A stage, by its name.
    Stage(String),
    /// Anything else, in words.
    Other(String),
}

/// The differences between two versions of a workflow or module.
#[must_use]
pub fn changes(before: &str, now: &str) -> Vec<Change> {
    if before == now {
        return Vec::new();
    }
    differences(&declarations(before), &declarations(now))
}

/// The hosts of which two versions of the inventory at `path` say different things. Ansible's inventories have several
/// files, and any of them may have changed.
#[must_use]
pub fn changes_of_hosts(path: &Path, before: &Texts, now: &Texts) -> Vec<String> {
    let named = |change| match change {
        Change::Stage(name) | Change::Other(name) => name,
    };
    differences(&entries(path, before), &entries(path, now)).into_iter().map(named).collect()
}

fn differences(before: &BTreeMap<Change, String>, now: &BTreeMap<Change, String>) -> Vec<Change> {
    let keys = before.keys().chain(now.keys().filter(|key| !before.contains_key(*key)));
    let mut changes: Vec<Change> = keys.filter(|key| before.get(*key) != now.get(*key)).cloned().collect();
    changes.sort();
    changes
}

/// The declarations of a workflow or module, each with its text. Comments between them are nobody's.
fn declarations(text: &str) -> BTreeMap<Change, String> {
    let mut sources = SourceMap::new();
    let file = sources.add("then", text);
    let (file, _) = syntax::parse(&sources, file);
    let named = |item: &ItemKind| match item {
        ItemKind::Stage(stage) => Change::Stage(stage.name.text.to_string()),
        ItemKind::Task(task) => Change::Other(format!("task `{}`", task.name.text)),
        ItemKind::Condition(condition) => Change::Other(format!("condition `{}`", condition.name.text)),
        ItemKind::Input(input) => Change::Other(format!("input `{}`", input.name.text)),
        ItemKind::Host(host) | ItemKind::Hosts(host) => Change::Other(format!("`{}`", host.name.text)),
        ItemKind::Type(ty) => Change::Other(format!("type `{}`", ty.name.text)),
        ItemKind::Class(class) => Change::Other(format!("class `{}`", class.name.text)),
        ItemKind::Use(used) => Change::Other(format!("`use {}`", used.module.text)),
        ItemKind::Effect(effect) => Change::Other(format!("effect `{}`", effect.name.text)),
        // They have no name of their own, and decide what may run, not what was run.
        ItemKind::Forbid(_) | ItemKind::Program(_) | ItemKind::Test(_) => Change::Other(String::new()),
    };
    let items = file.items.iter().map(|item| (named(&item.kind), sources.slice(item.span).to_owned()));
    items.filter(|(change, _)| *change != Change::Other(String::new())).collect()
}

/// The hosts of an inventory, each with what it says of them; places in the text do not count.
fn entries(path: &Path, texts: &Texts) -> BTreeMap<Change, String> {
    let mut sources = SourceMap::new();
    let text = texts.get(path).unwrap_or_default();
    let (inventory, _) = inventory::read(&mut sources, texts, path, text);
    let entry = |host: &inventory::Host| {
        let facts = host.facts();
        format!(
            "{} {:?} {:?} {:?} {facts:?} {:?} {:?} {:?}",
            host.address, host.user, host.port, host.connection, host.mounts, host.vars, host.ssh_config
        )
    };
    inventory.hosts.iter().map(|host| (Change::Other(format!("host {}", host.name)), entry(host))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "stage a on x {\n    print \"1\"\n}\n\n# between\nstage b on x {\n    print \"2\"\n}\n";

    #[test]
    fn what_changed_is_named() {
        let now = FLOW.replace("\"2\"", "\"3\"").replace("# between\n", "").replace("stage a", "\n\nstage a");
        assert_eq!(changes(FLOW, &now), [Change::Stage("b".into())]);
        assert_eq!(changes(FLOW, FLOW), []);
    }

    #[test]
    fn an_inventory_is_compared_by_what_it_says_of_each_host() {
        let before = "hosts:\n  a: { address: 10.0.0.1, arch: x86_64 }\n  b: { address: 10.0.0.2 }\n";
        let now = "hosts:\n  a:\n    arch: x86_64\n    address: 10.0.0.1\n  b: { address: 10.0.0.3 }\n";
        let path = Path::new("/srv/inventory.yml");
        let texts = |text: &str| [(path.to_path_buf(), text.to_owned())].into_iter().collect();
        assert_eq!(changes_of_hosts(path, &texts(before), &texts(now)), ["host b"]);
    }

    #[test]
    fn a_changed_variable_of_a_group_changes_its_hosts() {
        let path = Path::new("/srv/hosts");
        let texts = |vars: &str| {
            let hosts = (path.to_path_buf(), "[a]\none\n[b]\ntwo\n".to_owned());
            [hosts, ("/srv/group_vars/b.yml".into(), vars.to_owned())].into_iter().collect()
        };
        assert_eq!(changes_of_hosts(path, &texts("x: 1\n"), &texts("x: 2\n")), ["host two"]);
    }
}
