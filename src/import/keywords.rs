//! The keywords of tasks.

use super::code::Code;
use super::read::{fields, items, truth};
use super::value::Reason;
use crate::inventory::node::{Node, Value as Yaml};

/// Keywords that mean nothing to a workflow, or are looked at elsewhere.
pub(super) const KEYWORDS: &[&str] = &[
    "name",
    "when",
    "loop",
    "loop_control",
    "register",
    "become",
    "become_user",
    "become_method",
    "become_flags",
    "ignore_errors",
    "failed_when",
    "changed_when",
    "delegate_to",
    "run_once",
    "environment",
    "notify",
    "tags",
    "vars",
    "until",
    "retries",
    "delay",
    "args",
    "no_log",
    "listen",
    "check_mode",
    "diff",
    "any_errors_fatal",
    "async",
    "poll",
    "throttle",
    "timeout",
    "delegate_facts",
    "module_defaults",
    "connection",
    "remote_user",
    "local_action",
    "action",
    "collections",
    "ignore_unreachable",
    "port",
    "debugger",
    "block",
    "rescue",
    "always",
];

/// Why what hides its output is not translated: what commands print would be shown and recorded.
pub(super) const NO_LOG: &str = "`no_log`: what commands print is shown and kept; a secret is an `input …: Secret`, and reaches them by `env` or `stdin`";

/// Keywords that ask for something that flow says otherwise, with what it says.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("async", "`async`: a command that outlives the connection is `durable: true`"),
    ("run_once", "`run_once`: give the step a stage of its own on one `host`"),
    ("throttle", "`throttle`: the stage's `at-once` says how many hosts run at a time"),
    ("connection", "`connection`: the inventory says how a host is reached"),
    ("remote_user", "`remote_user`: the inventory says who logs in"),
    ("check_mode", "`check_mode`: an `ensure` looks before it changes"),
    ("no_log", NO_LOG),
    ("delegate_facts", "`delegate_facts` has no counterpart"),
    ("debugger", "`debugger` has no counterpart"),
    ("port", "`port`: the inventory says it"),
    ("module_defaults", "`module_defaults` has no counterpart"),
    ("become_flags", "`become_flags` has no counterpart"),
    ("ignore_unreachable", "`ignore_unreachable`: the stage's `tolerate` says how many hosts may fail"),
];

/// A task's keywords by their names.
pub(super) struct Task<'n> {
    pub(super) node: &'n Node,
    pub(super) fields: Vec<(&'n str, &'n Node)>,
}

impl<'n> Task<'n> {
    pub(super) fn of(node: &'n Node) -> Self {
        Task { node, fields: fields(node) }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Option<&'n str> {
        self.get(name).and_then(Node::text)
    }

    pub(super) fn is_on(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(truth)
    }

    pub(super) fn title(&self) -> &'n str {
        self.text("name").unwrap_or_default()
    }

    /// The module with what it is given; its name without its collection.
    pub(super) fn module(&self) -> Result<(String, Node), Reason> {
        if let Some(local) = self.get("local_action") {
            return action(local);
        }
        if let Some(other) = self.get("action") {
            return action(other);
        }
        let mut modules = self.fields.iter().filter(|(name, _)| !KEYWORDS.contains(name) && !name.starts_with("with_"));
        match (modules.next(), modules.next()) {
            (Some((name, node)), None) => Ok((short(name), (*node).clone())),
            (Some((first, _)), Some((second, _))) => {
                Err(format!("`{first}` and `{second}` are two modules, or one is misspelt"))
            }
            (None, _) => Err(String::from("it names no module")),
        }
    }
}

/// `local_action: command ls`, and the same as a mapping.
pub(super) fn action(node: &Node) -> Result<(String, Node), Reason> {
    if let Some(text) = node.text() {
        let (name, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        let value = Yaml::Scalar { text: rest.trim().to_owned(), plain: rest.trim().is_empty() };
        return Ok((short(name), Node { value, ..node.clone() }));
    }
    let name = node.get("module").and_then(Node::text).ok_or("it names no module")?;
    let Yaml::Mapping(entries) = &node.value else { return Err(String::from("it names no module")) };
    let rest = entries.iter().filter(|(key, _)| key.text() != Some("module")).cloned().collect();
    Ok((short(name), Node { value: Yaml::Mapping(rest), ..node.clone() }))
}

pub(super) fn short(name: &str) -> String {
    pub(super) const COLLECTIONS: &[&str] =
        &["ansible.builtin.", "ansible.legacy.", "ansible.posix.", "community.general."];
    let known = COLLECTIONS.iter().find_map(|collection| name.strip_prefix(collection));
    known.unwrap_or(name).to_owned()
}

/// Why a step is not translated that runs only where it is asked for.
pub(super) const NEVER: &str = "`tags: never`: Ansible runs it only where `--tags` asks for it; give it a workflow of its own, or an `input` and an `if`";

/// Whether something does not run unless `--tags` asks for it. Ansible lets `always` win.
pub(super) fn is_never(tags: Option<&Node>) -> bool {
    let texts = tags.into_iter().flat_map(items).filter_map(Node::text);
    let tags: Vec<&str> = texts.flat_map(|text| text.split(',')).map(str::trim).collect();
    tags.contains(&"never") && !tags.contains(&"always")
}

pub(super) fn refuse_keywords(task: &Task<'_>) -> Result<(), Reason> {
    if is_never(task.get("tags")) {
        return Err(NEVER.to_owned());
    }
    if task.get("ignore_errors").is_some_and(|node| truth(node).is_none()) {
        return Err(String::from("`ignore_errors` is known at run time only"));
    }
    for (name, reason) in REFUSED {
        let is_off = task.get(name).is_none_or(|node| truth(node) == Some(false));
        if !is_off {
            return Err((*reason).to_owned());
        }
    }
    Ok(())
}

/// Keywords that say something of one step.
pub(super) const OF_ONE_STEP: &[&str] =
    &["register", "until", "retries", "loop", "notify", "failed_when", "changed_when", "timeout"];

/// Refuses what would have to be handed down to several steps.
pub(super) fn refuse_around(task: &Task<'_>, what: &str, names: &[&str]) -> Result<(), Reason> {
    match names.iter().find(|name| task.get(name).is_some()) {
        Some(name) => Err(format!("`{name}` of {what} has no counterpart: say it of each step")),
        None => Ok(()),
    }
}

/// Statements with a limit to how long they take.
pub(super) fn limited(limit: Option<u32>, body: Code) -> Code {
    let Some(limit) = limit.filter(|limit| *limit > 0) else { return body };
    let mut code = Code::new();
    code.block(format!("timeout {limit}s"), body);
    code
}

pub(super) fn is_repeated(task: &Task<'_>) -> bool {
    task.get("until").is_some() || task.get("retries").is_some()
}

pub(super) fn loop_var<'n>(task: &Task<'n>) -> &'n str {
    task.get("loop_control").and_then(|control| control.get("loop_var")).and_then(Node::text).unwrap_or("item")
}

pub(super) fn without(node: &Node, names: &[&str]) -> Node {
    let Yaml::Mapping(entries) = &node.value else { return node.clone() };
    let left = entries.iter().filter(|(key, _)| !key.text().is_some_and(|key| names.contains(&key)));
    Node { value: Yaml::Mapping(left.cloned().collect()), ..node.clone() }
}

/// Steps whose failure is told, and is none.
pub(super) fn ignored(inner: Code) -> Code {
    let mut code = Code::new();
    code.block("try", inner);
    code.go_on("rescue failure", Code::line("print \"ignored: {{ failure }}\""));
    code
}

/// A condition beside others.
pub(super) fn bracketed(condition: &str) -> String {
    if condition.contains(" or ") || condition.starts_with("if ") {
        format!("({condition})")
    } else {
        condition.to_owned()
    }
}
