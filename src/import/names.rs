//! What the names of a playbook stand for.

use std::rc::Rc;

use super::code::quoted;
use super::reader::{DEPTH, Reader};
use super::scope::{Known, Ty, Words};
use super::value::{Origin, PRODUCT, Reason, Value};

impl Reader<'_> {
    pub(super) fn name(&mut self, name: &str) -> Result<Value, Reason> {
        match self.scope.get(name) {
            Some(Known::Lost(why)) => return Err(why.clone()),
            Some(Known::Value { name, ty, words }) => {
                let is_kept = self.scope.of_inventory.contains(name);
                let origin = if is_kept { Origin::Inventory } else { Origin::Elsewhere };
                let entries = self.scope.entries.get(name).cloned().unwrap_or_default();
                return Ok(Value { words: *words, origin, entries, ..Value::new(name.clone(), ty.clone()) });
            }
            Some(Known::Written(_)) if self.depth > DEPTH => {
                return Err(format!("the variable `{name}` asks for itself"));
            }
            Some(Known::Written(node)) => {
                let node = Rc::clone(node);
                self.depth += 1;
                let value = self.node(&node);
                self.depth -= 1;
                return value.map_err(|reason| format!("the variable `{name}`: {reason}"));
            }
            None => {}
        }
        let fact = name.strip_prefix("ansible_");
        match name {
            "inventory_hostname" => Ok(Value::new(self.of_host("name"), Ty::Str)),
            "inventory_hostname_short" => {
                Ok(Value::new(format!("first(split({}, \".\"))", self.of_host("name")), Ty::Str))
            }
            "group_names" => Ok(Value::new(self.of_host("groups"), Ty::List(Box::new(Ty::Str)))),
            "ansible_host" => Ok(Value::new(self.of_host("address"), Ty::Str)),
            "omit" | "hostvars" | "groups" | "playbook_dir" | "role_path" | "ansible_play_hosts" | "play_hosts"
            | "inventory_dir" | "ansible_play_batch" => Err(format!("`{name}` has no counterpart")),
            _ => match fact {
                Some(fact) => self.fact(fact),
                None => {
                    self.is_resolved(name)?;
                    let key = quoted(name);
                    let text = format!("{}[{key}]", self.of_host("vars"));
                    let words = self.words_of(name);
                    Ok(Value { words, origin: Origin::Variable(key), ..Value::new(text, Ty::Str) })
                }
            },
        }
    }

    /// What the inventory keeps as it is written, Ansible would evaluate: spliced, it would be another text.
    pub(super) fn is_resolved(&self, name: &str) -> Result<(), Reason> {
        let is_jinja = |text: &String| text.contains("{{") || text.contains("{%");
        let mut hosts = self.inventory.iter().flat_map(|inventory| &inventory.hosts);
        match hosts.find(|host| host.vars.get(name).is_some_and(is_jinja)) {
            Some(host) => Err(format!("the inventory's `{name}` of `{}` holds Jinja that is not evaluated", host.name)),
            None => Ok(()),
        }
    }

    /// Whether the inventory has several words for a variable, for any of its hosts. Lists are texts of their own kind.
    pub(super) fn words_of(&self, name: &str) -> Words {
        let hosts = self.inventory.iter().flat_map(|inventory| &inventory.hosts);
        let texts = hosts.filter_map(|host| host.vars.get(name)).filter(|text| !text.starts_with(['[', '{']));
        Words::of_all(texts.map(|text| Words::of(text)))
    }

    /// A field of the host whose playbook this is.
    pub(super) fn of_host(&self, field: &str) -> String {
        format!("{}.{field}", self.here)
    }

    /// A fact that Ansible would gather.
    pub(super) fn fact(&self, fact: &str) -> Result<Value, Reason> {
        match fact {
            "architecture" | "machine" => Ok(Value::new(self.of_host("arch"), Ty::Str)),
            "processor_vcpus" | "processor_nproc" => Ok(Value::new(self.of_host("cores"), Ty::Int)),
            "memtotal_mb" => {
                let value = Value::ranked(format!("{} / 1MiB", self.of_host("mem")), Ty::Int, PRODUCT);
                Ok(Value { origin: Origin::Memory, ..value })
            }
            "distribution" => Ok(Value { origin: Origin::Os, ..Value::new(self.of_host("os"), Ty::Str) }),
            _ => Err(format!("the fact `ansible_{fact}` is none that flowrun measures{}", instead(fact))),
        }
    }

    /// The names of a group's hosts.
    pub(super) fn group(&mut self, name: &str) -> Result<Value, Reason> {
        let selector = if name == "all" { String::from("all") } else { super::pattern::group(name) };
        let declared = self.declare(&selector, &format!("{name}-hosts"));
        Ok(Value::new(format!("[h.name for h in {declared}]"), Ty::List(Box::new(Ty::Str))))
    }

    pub(super) fn declare(&mut self, selector: &str, wanted: &str) -> String {
        if let Some((name, _)) = self.hosts.iter().find(|(_, known)| known == &format!("hosts = {selector}")) {
            return name.clone();
        }
        let name = self.names.free(wanted, true);
        self.hosts.push((name.clone(), format!("hosts = {selector}")));
        name
    }
}

/// What to ask for in the place of a fact.
fn instead(fact: &str) -> &'static str {
    match fact {
        "os_family" => ": ask for each `ansible_distribution` that is meant",
        "kernel" => ": register what `uname -r` prints",
        "hostname" | "nodename" => ": register what `uname -n` prints",
        "fqdn" => ": register what `hostname -f` prints",
        "processor_cores" | "processor_count" => ": `here.cores` is `ansible_processor_vcpus`",
        _ if fact.starts_with("distribution_") => ": register what is in `/etc/os-release`",
        _ => "",
    }
}
