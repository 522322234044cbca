//! From the variables of a host to what flowrun knows of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::data;
use super::merge;
use super::messages;
use super::model::{HostEntry, Var, Vars};
use super::ssh_options::{self, Options};
use super::template::{Scope, Unresolved};
use crate::diagnostic::Diagnostic;
use crate::inventory::fields::Faults;
use crate::inventory::node::{Node, Value};
use crate::inventory::read::{self, located};
use crate::inventory::{Connection, Host, Power, Spanned, messages as own};
use crate::source::{SourceMap, Span};

/// Variables that say what a host is.
const FACTS: &[&str] = &["arch", "class", "mem", "cores", "os", "mounts", "power", "ssh_config"];

/// Variables that say how to reach it, each with its older name.
const REACH: &[(&str, &str)] = &[
    ("ansible_host", "ansible_ssh_host"),
    ("ansible_port", "ansible_ssh_port"),
    ("ansible_user", "ansible_ssh_user"),
    ("ansible_connection", ""),
    ("ansible_ssh_private_key_file", "ansible_private_key_file"),
];

/// Variables of Ansible's own that say how it works on a host, and nothing that flowrun would have to know.
const WITHOUT_MEANING: &[&str] = &[
    "ansible_python_interpreter",
    "ansible_shell_type",
    "ansible_shell_executable",
    "ansible_pipelining",
    "ansible_ssh_pipelining",
    "ansible_ssh_executable",
    "ansible_ssh_transfer_method",
    "ansible_ssh_retries",
    "ansible_ssh_timeout",
    "ansible_timeout",
    "ansible_scp_if_ssh",
    "ansible_scp_executable",
    "ansible_sftp_executable",
    "ansible_remote_tmp",
    "ansible_group_priority",
    "ansible_network_os",
];

/// Makes hosts, and gathers what is wrong with them.
pub(super) struct Maker<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) folder: &'a Path,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What was noted already: of a variable of a group that is once enough.
    pub(super) noted: BTreeSet<(String, Span)>,
}

impl Maker<'_> {
    pub(super) fn host(&mut self, entry: &HostEntry, around: &BTreeMap<&str, Span>, vars: &Vars) -> Host {
        if !read::is_word(&entry.name) {
            self.diagnostics.push(messages::bad_host_name(entry.span, &entry.name));
        }
        let scope = Scope { vars, magic: self.magic(&entry.name) };
        let options = self.ssh_options(&scope);
        self.note_others(vars);
        let address = self.decoded(&scope, "ansible_host", |text, span| read::login("address", text, span));
        let ssh_config = self.path(&scope, "ssh_config");
        let identity = self.path(&scope, "ansible_ssh_private_key_file");
        Host {
            name: entry.name.clone(),
            name_span: entry.span,
            address: address.map_or_else(|| entry.name.clone(), |address| address.value),
            user: self
                .decoded(&scope, "ansible_user", |text, span| read::login("user", text, span))
                .map(|user| user.value),
            port: self.decoded(&scope, "ansible_port", read::port).map(|port| port.value),
            connection: self.decoded(&scope, "ansible_connection", connection).map_or(Connection::Ssh, |way| way.value),
            class: self.decoded(&scope, "class", |text, span| read::word("class", text, span)),
            arch: self.decoded(&scope, "arch", architecture),
            mem: self.decoded(&scope, "mem", read::size),
            cores: self.decoded(&scope, "cores", read::cores),
            os: self.decoded(&scope, "os", |text, span| read::word("os", text, span)),
            groups: merge::named(entry, around),
            mounts: self.mounts(&scope),
            vars: self.vars(&scope),
            power: self.power(vars),
            ssh_config: ssh_config.or(options.config.map(|file| self.located(&file))),
            identity: identity.or(options.identity.map(|file| self.located(&file))),
        }
    }

    /// What Ansible says of each host by itself.
    fn magic(&self, name: &str) -> BTreeMap<&'static str, String> {
        let short = name.split('.').next().unwrap_or(name);
        let folder = self.folder.to_string_lossy();
        let folder = if folder.is_empty() { String::from(".") } else { folder.into_owned() };
        [
            ("inventory_hostname", name.to_owned()),
            ("inventory_hostname_short", short.to_owned()),
            ("inventory_dir", folder),
        ]
        .into()
    }

    /// A variable by its name, or its older one.
    fn var<'v>(&self, scope: &Scope<'v>, name: &str) -> Option<&'v Var> {
        let older = REACH.iter().find(|(newer, _)| *newer == name).map_or("", |(_, older)| *older);
        scope.vars.get(name).or_else(|| scope.vars.get(older)).filter(|var| !var.node.is_null())
    }

    /// The text of a variable that flowrun needs to know.
    fn text(&mut self, scope: &Scope<'_>, name: &str) -> Option<Spanned<String>> {
        let var = self.var(scope, name)?;
        let Some(text) = var.node.text() else {
            self.diagnostics.push(own::not_a_scalar(var.span, name, &var.node));
            return None;
        };
        let resolved = if data::is_vault(text) {
            Err(Unresolved::Vault(name.to_owned()))
        } else if var.is_unsafe {
            Ok(text.to_owned())
        } else {
            scope.resolve(text)
        };
        match resolved {
            Ok(value) => Some(Spanned { value, span: var.span }),
            Err(fault) => {
                self.diagnostics.push(messages::unresolved(var.span, scope.host(), name, &fault));
                None
            }
        }
    }

    fn decoded<T>(
        &mut self,
        scope: &Scope<'_>,
        name: &str,
        decode: impl FnOnce(&str, Span) -> Result<T, Diagnostic>,
    ) -> Option<Spanned<T>> {
        let text = self.text(scope, name)?;
        match decode(&text.value, text.span) {
            Ok(value) => Some(Spanned { value, span: text.span }),
            Err(fault) => {
                self.diagnostics.push(fault);
                None
            }
        }
    }

    fn path(&mut self, scope: &Scope<'_>, name: &str) -> Option<PathBuf> {
        let text = self.text(scope, name)?;
        Some(self.located(&text.value))
    }

    /// A path is relative to the inventory, unless it was made of the inventory's folder.
    fn located(&self, path: &str) -> PathBuf {
        let is_below = !self.folder.as_os_str().is_empty() && Path::new(path).starts_with(self.folder);
        if is_below { PathBuf::from(path) } else { located(self.folder, path) }
    }

    fn mounts(&mut self, scope: &Scope<'_>) -> Vec<String> {
        let Some(var) = self.var(scope, "mounts") else { return Vec::new() };
        match &var.node.value {
            Value::Scalar { text, .. } => text.split(',').map(|path| path.trim().to_owned()).collect(),
            Value::Sequence(items) => items.iter().filter_map(|item| self.mount(scope, var, item)).collect(),
            Value::Mapping(_) => {
                self.diagnostics.push(own::not_a_list(var.span, "mounts", &var.node));
                Vec::new()
            }
        }
    }

    /// A path, or what the `mount` module would be given.
    fn mount(&mut self, scope: &Scope<'_>, var: &Var, item: &Node) -> Option<String> {
        let path = ["path", "dest", "mountpoint", "name"].iter().find_map(|key| item.get(key)).unwrap_or(item);
        let resolved = path.text().map(|text| scope.resolve(text));
        match resolved {
            Some(Ok(path)) => Some(path),
            Some(Err(fault)) => {
                self.diagnostics.push(messages::unresolved(var.span, scope.host(), "mounts", &fault));
                None
            }
            None => {
                self.diagnostics.push(own::not_an_item(var.span, "mounts", path));
                None
            }
        }
    }

    fn power(&mut self, vars: &Vars) -> Option<Power> {
        let var = vars.get("power").filter(|var| !var.node.is_null())?;
        let text = self.sources.get(var.file).map_or("", |source| source.text());
        let mut faults = Faults { file: var.file, text, broken: None, diagnostics: Vec::new() };
        let power = read::power_of(&var.node, &mut faults);
        self.diagnostics.append(&mut faults.diagnostics);
        power
    }

    /// The user's own variables, as text.
    fn vars(&mut self, scope: &Scope<'_>) -> BTreeMap<String, String> {
        let mut vars = BTreeMap::new();
        let own = scope.vars.iter().filter(|(name, _)| !name.starts_with("ansible_"));
        for (name, var) in own.filter(|(name, _)| !FACTS.contains(&name.as_str())) {
            if data::holds_vault(&var.node) {
                self.note(name, var, messages::vault);
                continue;
            }
            let written = data::text(&var.node);
            let text = if var.is_unsafe { Ok(written.clone()) } else { scope.resolve(&written) };
            if text.is_err() {
                self.note(name, var, messages::kept_as_written);
            }
            vars.insert(name.clone(), text.unwrap_or(written));
        }
        vars
    }

    /// Says what of Ansible's own variables has no counterpart.
    fn note_others(&mut self, vars: &Vars) {
        let is_known = |name: &str| {
            let reach = REACH.iter().any(|(newer, older)| *newer == name || *older == name);
            reach || WITHOUT_MEANING.contains(&name) || ssh_options::NAMES.contains(&name)
        };
        for (name, var) in vars.iter().filter(|(name, _)| name.starts_with("ansible_")) {
            if !is_known(name) {
                self.note(name, var, messages::not_read);
            }
        }
    }

    fn ssh_options(&mut self, scope: &Scope<'_>) -> Options {
        let mut options = Options::default();
        for name in ssh_options::NAMES {
            let Some(text) = self.text(scope, name) else { continue };
            let left = options.take(&text.value);
            if !left.is_empty() && self.noted.insert(((*name).to_owned(), text.span)) {
                self.diagnostics.push(messages::ssh_options(text.span, name, &left));
            }
        }
        options
    }

    fn note(&mut self, name: &str, var: &Var, words: fn(Span, &str) -> Diagnostic) {
        if self.noted.insert((name.to_owned(), var.span)) {
            self.diagnostics.push(words(var.span, name));
        }
    }
}

fn connection(text: &str, span: Span) -> Result<Connection, Diagnostic> {
    match text.rsplit('.').next().unwrap_or(text) {
        "ssh" | "smart" | "paramiko" | "paramiko_ssh" => Ok(Connection::Ssh),
        "local" => Ok(Connection::Local),
        _ => Err(messages::no_connection(span, text)),
    }
}

/// In an Ansible inventory the names that packages have for architectures are common, and clear.
fn architecture(text: &str, span: Span) -> Result<String, Diagnostic> {
    match read::kernel_name(text) {
        Some(name) => Ok(name.to_owned()),
        None => read::word("arch", text, span),
    }
}
