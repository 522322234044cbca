//! From the tree to hosts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::de::DeserializeOwned;

use super::fields::{Faults, Fields, Shape};
use super::messages;
use super::node::{Document, Node, Value, parse_document};
use super::size::parse_size;
use super::{Connection, Host, Inventory, Power, Spanned};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

const TOP: Shape = Shape {
    noun: "an inventory",
    keys: &["defaults", "hosts"],
    synonyms: &[("all", "hosts"), ("host", "hosts"), ("nodes", "hosts"), ("vars", "defaults")],
    has_vars: false,
};

const DEFAULTS: Shape = Shape {
    noun: "`defaults`",
    keys: &["user", "port", "ssh_config", "identity", "connection"],
    synonyms: SYNONYMS,
    has_vars: false,
};

const HOST: Shape = Shape {
    noun: "a host",
    keys: &[
        "address",
        "user",
        "port",
        "connection",
        "class",
        "arch",
        "mem",
        "cores",
        "os",
        "groups",
        "mounts",
        "vars",
        "power",
        "ssh_config",
        "identity",
    ],
    synonyms: SYNONYMS,
    has_vars: true,
};

const POWER: Shape = Shape {
    noun: "`power`",
    keys: &["command", "wol"],
    synonyms: &[("mac", "wol"), ("wake-on-lan", "wol"), ("cmd", "command"), ("run", "command")],
    has_vars: false,
};

const SYNONYMS: &[(&str, &str)] = &[
    ("ansible_connection", "connection"),
    ("ansible_host", "address"),
    ("ansible_port", "port"),
    ("ansible_ssh_private_key_file", "identity"),
    ("ansible_user", "user"),
    ("architecture", "arch"),
    ("cpu", "cores"),
    ("cpus", "cores"),
    ("group", "groups"),
    ("host", "address"),
    ("hostname", "address"),
    ("identity_file", "identity"),
    ("ip", "address"),
    ("key", "identity"),
    ("memory", "mem"),
    ("ram", "mem"),
    ("ssh-config", "ssh_config"),
    ("variables", "vars"),
];

pub(super) struct Reader<'a> {
    faults: Faults<'a>,
    folder: &'a Path,
}

/// How to reach a host, as far as one place says it.
#[derive(Clone, Default)]
struct Reach {
    user: Option<String>,
    port: Option<u16>,
    connection: Option<Connection>,
    ssh_config: Option<PathBuf>,
    identity: Option<PathBuf>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: FileId, text: &'a str, folder: &'a Path) -> Self {
        Reader { faults: Faults { file, text, broken: None, diagnostics: Vec::new() }, folder }
    }

    pub(super) fn inventory(mut self) -> (Inventory, Vec<Diagnostic>) {
        let Document { root, error } = parse_document(self.faults.text);
        self.faults.broken = error.as_ref().map(|error| error.offset);
        let hosts = match &root {
            // What breaks off before it is a mapping was never meant as an inventory: that it broke off says enough.
            Some(root) if error.is_none() || matches!(root.value, Value::Mapping(_)) => self.top(root),
            Some(_) => Vec::new(),
            None => {
                self.report_no_hosts(None);
                Vec::new()
            }
        };
        if let Some(error) = error {
            self.faults.drop_consequences();
            self.faults.report(messages::syntax(self.faults.file, self.faults.text, &error, root.as_ref()));
        }
        self.faults.diagnostics.sort_by_key(Diagnostic::primary_span);
        (Inventory { hosts }, self.faults.diagnostics)
    }

    fn top(&mut self, root: &Node) -> Vec<Host> {
        let before = self.faults.diagnostics.len();
        let fields = Fields::of(root, &TOP, &mut self.faults);
        let defaults = match fields.get("defaults") {
            None => Reach::default(),
            Some(node) => {
                let fields = Fields::of(node, &DEFAULTS, &mut self.faults);
                self.reach(&fields)
            }
        };
        let hosts = fields.get("hosts").map(|node| self.hosts(node, &defaults)).unwrap_or_default();
        if hosts.is_empty() && self.faults.diagnostics.len() == before {
            self.report_no_hosts(fields.key("hosts"));
        }
        hosts
    }

    /// Unless they may have been meant to follow where the document breaks off.
    fn report_no_hosts(&mut self, key: Option<&Node>) {
        if self.faults.broken.is_none() {
            let at = key.map_or(Span::new(self.faults.file, 0, 0), |key| self.faults.span(key));
            self.faults.report(messages::no_hosts(at));
        }
    }

    fn hosts(&mut self, node: &Node, defaults: &Reach) -> Vec<Host> {
        let Value::Mapping(entries) = &node.value else {
            self.faults.report(messages::hosts_not_a_mapping(self.faults.span(node), node));
            return Vec::new();
        };
        let mut hosts: Vec<Host> = Vec::new();
        let mut declared: BTreeMap<&str, Span> = BTreeMap::new();
        for (key, value) in entries {
            let span = self.faults.span(key);
            let Some(name) = key.text() else {
                self.faults.report(messages::not_a_key(span, key));
                continue;
            };
            if !is_word(name) {
                self.faults.report(messages::bad_host_name(span, name));
            }
            if let Some(first) = declared.get(name) {
                self.faults.report(messages::host_twice(span, *first, name));
                continue;
            }
            declared.insert(name, span);
            hosts.push(self.host(name, span, value, defaults));
        }
        hosts
    }

    fn host(&mut self, name: &str, name_span: Span, node: &Node, defaults: &Reach) -> Host {
        let fields = Fields::of(node, &HOST, &mut self.faults);
        let reach = self.reach(&fields);
        let defaults = defaults.clone();
        let faults = &mut self.faults;
        Host {
            name: name.to_owned(),
            name_span,
            address: fields
                .scalar("address", faults, |text, span| login("address", text, span))
                .map_or_else(|| name.to_owned(), |text| text.value),
            user: reach.user.or(defaults.user),
            port: reach.port.or(defaults.port),
            connection: reach.connection.or(defaults.connection).unwrap_or_default(),
            class: fields.scalar("class", faults, |text, span| word("class", text, span)),
            arch: fields.scalar("arch", faults, architecture),
            mem: fields.scalar("mem", faults, size),
            cores: fields.scalar("cores", faults, cores),
            os: fields.scalar("os", faults, |text, span| word("os", text, span)),
            groups: groups(&fields, faults),
            mounts: fields.list("mounts", faults).into_iter().map(|mount| mount.value).collect(),
            vars: vars(&fields, faults),
            power: power(&fields, faults),
            ssh_config: reach.ssh_config.or(defaults.ssh_config),
            identity: reach.identity.or(defaults.identity),
        }
    }

    fn reach(&mut self, fields: &Fields<'_>) -> Reach {
        let faults = &mut self.faults;
        let path = |path: Spanned<String>| located(self.folder, &path.value);
        Reach {
            user: fields.scalar("user", faults, |text, span| login("user", text, span)).map(|user| user.value),
            port: fields.scalar("port", faults, port).map(|port| port.value),
            connection: fields.scalar("connection", faults, connection).map(|connection| connection.value),
            ssh_config: fields.scalar("ssh_config", faults, |text, _| Ok(text.to_owned())).map(path),
            identity: fields.scalar("identity", faults, |text, _| Ok(text.to_owned())).map(path),
        }
    }
}

fn groups(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Vec<Spanned<String>> {
    let mut groups = fields.list("groups", faults);
    groups.retain(|group| match word("groups", &group.value, group.span) {
        Ok(_) => true,
        Err(fault) => {
            faults.report(fault);
            false
        }
    });
    groups
}

fn vars(fields: &Fields<'_>, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    let mut vars = BTreeMap::new();
    let Some(node) = fields.get("vars") else { return vars };
    let Value::Mapping(entries) = &node.value else {
        faults.report(messages::vars_not_a_mapping(faults.span(node), node));
        return vars;
    };
    let mut known: BTreeMap<&str, Span> = BTreeMap::new();
    for (key, value) in entries {
        let span = faults.span(key);
        match (key.text(), &value.value) {
            (None, _) => faults.report(messages::not_a_key(span, key)),
            (Some(name), _) if known.contains_key(name) => {
                let first = known.get(name).copied().unwrap_or(span);
                faults.report(messages::set_twice(span, first, name));
            }
            (Some(name), Value::Scalar { .. }) => {
                known.insert(name, span);
                vars.insert(name.to_owned(), value.text().unwrap_or_default().to_owned());
            }
            (Some(name), _) => faults.report(messages::not_a_variable(faults.span(value), name, value)),
        }
    }
    vars
}

fn power(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<Power> {
    power_of(fields.get("power")?, faults)
}

/// How a host is switched on.
pub(super) fn power_of(node: &Node, faults: &mut Faults<'_>) -> Option<Power> {
    let before = faults.diagnostics.len();
    let fields = Fields::of(node, &POWER, faults);
    let command = fields.scalar("command", faults, |text, _| Ok(text.to_owned()));
    let wol = fields.scalar("wol", faults, |text, span| text.parse().map_err(|()| messages::bad_mac(span, text)));
    match (command, wol) {
        (Some(command), None) => Some(Power::Command(command.value)),
        (None, Some(wol)) => Some(Power::Wol(wol.value)),
        (Some(command), Some(wol)) => {
            faults.report(messages::two_powers(wol.span, command.span));
            None
        }
        (None, None) => {
            if faults.diagnostics.len() == before {
                faults.report(messages::no_power(faults.span(node)));
            }
            None
        }
    }
}

/// A path of the inventory, which is relative to the inventory's own folder.
pub(super) fn located(folder: &Path, path: &str) -> PathBuf {
    if path == "~" || path.starts_with("~/") { PathBuf::from(path) } else { folder.join(path) }
}

/// Whether it can be a name: it then needs no quoting anywhere, and is no option of any program.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// An architecture by the name that `uname -m` has for it; packages have others, by which no selector would find the host.
fn architecture(text: &str, span: Span) -> Result<String, Diagnostic> {
    match kernel_name(text) {
        Some(name) => Err(messages::other_architecture(span, text, name)),
        None => word("arch", text, span),
    }
}

/// The name that the kernel has for an architecture that packages call so.
pub(crate) fn kernel_name(text: &str) -> Option<&'static str> {
    const OTHERS: &[(&str, &str)] = &[
        ("amd64", "x86_64"),
        ("x86-64", "x86_64"),
        ("x64", "x86_64"),
        ("arm64", "aarch64"),
        ("armhf", "armv7l"),
        ("armv7", "armv7l"),
        ("i386", "i686"),
        ("ppc64el", "ppc64le"),
        ("loong64", "loongarch64"),
    ];
    OTHERS.iter().find(|(other, _)| *other == text).map(|(_, name)| *name)
}

pub(super) fn word(key: &'static str, text: &str, span: Span) -> Result<String, Diagnostic> {
    if is_word(text) { Ok(text.to_owned()) } else { Err(messages::bad_word(span, key, text)) }
}

/// A user or an address: it ends up as an argument of `ssh`.
pub(super) fn login(key: &'static str, text: &str, span: Span) -> Result<String, Diagnostic> {
    let bad = text.starts_with('-') || text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control());
    if bad { Err(messages::bad_login(span, key, text)) } else { Ok(text.to_owned()) }
}

pub(super) fn port(text: &str, span: Span) -> Result<u16, Diagnostic> {
    number::<u16>(text).filter(|port| *port > 0).ok_or_else(|| messages::bad_port(span, text))
}

pub(super) fn cores(text: &str, span: Span) -> Result<u32, Diagnostic> {
    number::<u32>(text).filter(|cores| *cores > 0).ok_or_else(|| messages::bad_cores(span, text))
}

pub(super) fn size(text: &str, span: Span) -> Result<u64, Diagnostic> {
    parse_size(text).map_err(|fault| messages::bad_size(span, text, fault))
}

fn connection(text: &str, span: Span) -> Result<Connection, Diagnostic> {
    match text {
        "ssh" => Ok(Connection::Ssh),
        "local" => Ok(Connection::Local),
        _ => Err(messages::bad_connection(span, text)),
    }
}

/// A number, in any of the ways in which YAML writes it.
fn number<T: DeserializeOwned + FromStr>(text: &str) -> Option<T> {
    // The plain way first: it is the usual one, and far quicker.
    text.parse().ok().or_else(|| serde_yaml::from_str(text).ok())
}
