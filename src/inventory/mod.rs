//! The inventory: which hosts there are, how to reach them, and what is known of them.
//!
//! It is YAML, read into a tree with positions ([`node`]) and from that into [`Inventory`], so that every message can
//! point at the place it speaks of. Reading never fails: it gives what could be read, and everything that is wrong.
//! Ansible's inventories are read as they are (`ansible`) and give the same.

mod ansible;
mod classes;
mod fields;
mod files;
mod messages;
pub mod node;
pub(crate) mod number;
mod read;
mod size;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use classes::check_classes;
pub use files::{Files, Texts};
pub(crate) use read::kernel_name;
pub use size::MacAddress;

use crate::diagnostic::Diagnostic;
use crate::place::{HostFacts, Symbol};
use crate::source::{FileId, SourceMap, Span};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// All hosts that a workflow can run on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The hosts, in the order of the text.
    pub hosts: Vec<Host>,
}

/// One host: how to reach it, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Where the name is declared.
    pub name_span: Span,
    /// Where it is reached: a name or an address; its own name unless the inventory says otherwise.
    pub address: String,
    /// Who logs in; else as the SSH configuration says.
    pub user: Option<String>,
    /// The port of its SSH server; else as the SSH configuration says.
    pub port: Option<u16>,
    /// How steps get there.
    pub connection: Connection,
    /// Its class.
    pub class: Option<Spanned<String>>,
    /// Its architecture.
    pub arch: Option<Spanned<String>>,
    /// Its memory in bytes.
    pub mem: Option<Spanned<u64>>,
    /// Its number of cores.
    pub cores: Option<Spanned<u32>>,
    /// Its operating system's identifier.
    pub os: Option<Spanned<String>>,
    /// The groups that it belongs to.
    pub groups: Vec<Spanned<String>>,
    /// Directories that have to be mounted on it.
    pub mounts: Vec<String>,
    /// Values of the user's own, for `here.vars`.
    pub vars: BTreeMap<String, String>,
    /// How it is switched on.
    pub power: Option<Power>,
    /// The SSH configuration to use for it.
    pub ssh_config: Option<PathBuf>,
    /// The private key to use for it.
    pub identity: Option<PathBuf>,
}

/// How steps get to a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Over SSH.
    #[default]
    Ssh,
    /// It is the machine where flowrun runs.
    Local,
}

/// How a host is switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Power {
    /// By a command on the machine where flowrun runs.
    Command(String),
    /// By a Wake-on-LAN packet to this address.
    Wol(MacAddress),
}

/// The names that an inventory beside a workflow may have; the first that is there is taken.
pub const USUAL_NAMES: &[&str] =
    &["inventory.yml", "inventory.yaml", "inventory.ini", "hosts.ini", "hosts.yml", "hosts", "inventory"];

/// Reads the inventory at `path`, of whatever kind it is: a file, whose text is given, or a folder of Ansible's.
///
/// Ansible's have more files beside them, which are read through `files` and added to `sources`.
#[must_use]
pub fn read(sources: &mut SourceMap, files: &dyn Files, path: &Path, text: &str) -> (Inventory, Vec<Diagnostic>) {
    let is_own = files.names(path).is_empty() && ansible::kind(path, text) == ansible::Kind::Own;
    if !is_own {
        return ansible::read(sources, files, path, text);
    }
    let file = sources.add(path.to_string_lossy(), text);
    parse(sources, file, path.parent().unwrap_or(Path::new("")))
}

/// Reads the inventory of flowrun's own kind in `file`; paths in it are relative to `folder`.
///
/// A path that begins with `~/` is kept as it is written: only who connects knows whose home is meant.
#[must_use]
pub fn parse(sources: &SourceMap, file: FileId, folder: &Path) -> (Inventory, Vec<Diagnostic>) {
    let text = sources.get(file).map_or("", |source| source.text());
    read::Reader::new(file, text, folder).inventory()
}

impl Inventory {
    /// The host of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name == name)
    }

    /// Whether it has the machine that flowrun runs on.
    #[must_use]
    pub fn has_local(&self) -> bool {
        self.hosts.iter().any(|host| host.connection == Connection::Local)
    }
}

impl Host {
    /// What the inventory says of the host, for predicates.
    #[must_use]
    pub fn facts(&self) -> HostFacts {
        let symbol = |text: &Option<Spanned<String>>| text.as_ref().map(|text| Symbol::from(text.value.as_str()));
        HostFacts {
            name: self.name.as_str().into(),
            arch: symbol(&self.arch),
            class: symbol(&self.class),
            os: symbol(&self.os),
            mem: self.mem.as_ref().map(|mem| mem.value),
            cores: self.cores.as_ref().map(|cores| cores.value),
            groups: self.groups.iter().map(|group| group.value.as_str().into()).collect(),
            local: self.connection == Connection::Local,
        }
    }
}
