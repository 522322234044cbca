//! Every message about an inventory.

use super::fields::Shape;
use super::node::{Node, SyntaxError, Value};
use super::size::SizeFault;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::source::{FileId, Span};

fn malformed(message: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::E0601, message, span, label)
}

const EXAMPLE: &str =
    "list them:\nhosts:\n  node-1: { address: 10.0.0.10, arch: x86_64, mem: 8GiB, groups: [builders] }";

pub(super) fn syntax(file: FileId, text: &str, error: &SyntaxError, root: Option<&Node>) -> Diagnostic {
    let end = text.get(error.offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let at = Span::new(file, error.offset, error.offset + end);
    let fault = malformed("the inventory is not valid YAML", at, &*error.message);
    let fault = match error.opened {
        Some(opened) => fault.label(Span::new(file, opened, opened + 1), "this is still open"),
        None => fault,
    };
    let fault = fault.maybe_help(error.help);
    match root.map(|root| &root.value) {
        None | Some(Value::Mapping(_)) => fault,
        Some(_) => fault.help(format!("an inventory names `hosts`; {EXAMPLE}")),
    }
}

pub(super) fn no_hosts(at: Span) -> Diagnostic {
    malformed("the inventory has no hosts", at, "").help(EXAMPLE)
}

pub(super) fn not_a_mapping(at: Span, node: &Node, shape: &Shape) -> Diagnostic {
    let fault = malformed(format!("{} has to be a mapping", shape.noun), at, format!("this is {}", node.kind()));
    match (node.text(), shape.keys.first()) {
        (Some(text), _) if shape.keys.contains(&text) => fault.help(format!("write `{{ {text}: … }}`")),
        (Some(text), Some(key)) if *key != "defaults" => fault.help(format!("write `{{ {key}: {text} }}`")),
        (_, Some(key)) if *key != "defaults" => fault.help(format!("write `{{ {key}: … }}`")),
        _ => fault.help(format!("it names `hosts`; {EXAMPLE}")),
    }
}

pub(super) fn hosts_not_a_mapping(at: Span, node: &Node) -> Diagnostic {
    let first = match &node.value {
        Value::Sequence(items) => items.first().and_then(|item| item.text().or(item.get("name")?.text())),
        _ => node.text(),
    };
    let name = first.unwrap_or("node-1");
    let label = format!("this is {}", node.kind());
    malformed("`hosts` has to be a mapping from names to hosts", at, label)
        .help(format!("write each host below its name:\nhosts:\n  {name}: {{ address: 10.0.0.10 }}"))
}

pub(super) fn not_a_key(at: Span, key: &Node) -> Diagnostic {
    malformed("a key has to be a name", at, format!("this is {}", key.kind()))
}

pub(super) fn unknown_key(at: Span, name: &str, value: &Node, shape: &Shape) -> Diagnostic {
    let fault = malformed(format!("{} has no key `{name}`", shape.noun), at, "");
    let synonym = shape.synonyms.iter().find(|(other, key)| *other == name && shape.keys.contains(key));
    let meant = synonym.map(|(_, key)| *key).or_else(|| did_you_mean(name, shape.keys.iter().copied()));
    if name == "all" && shape.keys.contains(&"hosts") {
        return fault.help(format!("hosts and groups of Ansible are written otherwise here; {EXAMPLE}"));
    }
    if let Some(meant) = meant {
        return fault.help(format!("did you mean `{meant}`?"));
    }
    if shape.has_vars {
        let value = value.text().unwrap_or("…");
        return fault.help(format!("a value of your own belongs into `vars`: `vars: {{ {name}: {value} }}`"));
    }
    let keys: Vec<String> = shape.keys.iter().map(|key| format!("`{key}`")).collect();
    fault.help(format!("its keys are {}", crate::diagnostic::list(&keys)))
}

pub(super) fn set_twice(at: Span, first: Span, name: &str) -> Diagnostic {
    malformed(format!("`{name}` is set twice"), at, "here again").label(first, "first here")
}

pub(super) fn host_twice(at: Span, first: Span, name: &str) -> Diagnostic {
    Diagnostic::error(Code::E0603, format!("host `{name}` is declared twice"), at, "here again")
        .label(first, "first here")
        .help("give one of them another name, or make them one")
}

pub(super) fn bad_host_name(at: Span, name: &str) -> Diagnostic {
    let fault = malformed(format!("`{name}` cannot be the name of a host"), at, offence(name));
    fault.help(format!("call it `{}`", mended(name)))
}

pub(super) fn other_architecture(span: Span, text: &str, name: &str) -> Diagnostic {
    let message = format!("the kernel calls the architecture `{text}` by another name");
    Diagnostic::error(Code::E0601, message, span, "no selector would find it").help(format!("write `arch: {name}`"))
}

pub(super) fn bad_word(at: Span, key: &str, text: &str) -> Diagnostic {
    let noun = match key {
        "arch" => "an architecture",
        "os" => "an operating system",
        "groups" => "a group",
        _ => "a class",
    };
    if text.is_empty() {
        return malformed(format!("the name of {noun} is empty"), at, "").help(format!("leave `{key}` out"));
    }
    let fault = malformed(format!("`{text}` cannot be the name of {noun}"), at, offence(text));
    if key == "groups" && text.contains(',') {
        let groups: Vec<&str> = text.split(',').map(str::trim).filter(|group| !group.is_empty()).collect();
        return fault.help(format!("several groups are a list: `groups: [{}]`", groups.join(", ")));
    }
    // Architectures are spelt with `_`, as `uname -m` says them.
    let mended = if key == "arch" { mended(text).replace('-', "_") } else { mended(text) };
    fault.help(format!("call it `{mended}`"))
}

/// What in a name is not allowed.
fn offence(name: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    match name.chars().find(|c| !allowed(*c)) {
        Some(c) if c.is_whitespace() => String::from("a name has no spaces"),
        Some(c) => format!("a name has letters, digits, `-`, `_` and `.`, and no `{}`", c.escape_debug()),
        None if name.is_empty() => String::from("a name has at least one letter"),
        None => String::from("a name does not begin with `-`"),
    }
}

/// The name with everything that is not allowed replaced.
fn mended(name: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mended: String = name.trim().chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let mended = mended.trim_matches('-');
    if mended.is_empty() { String::from("node-1") } else { mended.to_owned() }
}

pub(super) fn not_a_scalar(at: Span, key: &str, node: &Node) -> Diagnostic {
    malformed(format!("`{key}` has to be a single value"), at, format!("this is {}", node.kind()))
}

pub(super) fn not_a_list(at: Span, key: &str, node: &Node) -> Diagnostic {
    let fault = malformed(format!("`{key}` has to be a list"), at, format!("this is {}", node.kind()));
    let items: Vec<&str> =
        node.text().into_iter().flat_map(|text| text.split([',', ' '])).filter(|s| !s.is_empty()).collect();
    let example = if key == "mounts" { "/srv" } else { "builders" };
    let items = if items.is_empty() { example.to_owned() } else { items.join(", ") };
    fault.help(format!("write `{key}: [{items}]`"))
}

pub(super) fn not_an_item(at: Span, key: &str, item: &Node) -> Diagnostic {
    malformed(format!("`{key}` has to be a list of single values"), at, format!("this is {}", item.kind()))
}

pub(super) fn vars_not_a_mapping(at: Span, node: &Node) -> Diagnostic {
    malformed("`vars` has to be a mapping", at, format!("this is {}", node.kind()))
        .help("write `vars: { name: value }`")
}

pub(super) fn not_a_variable(at: Span, name: &str, value: &Node) -> Diagnostic {
    malformed(format!("the variable `{name}` has to be a single value"), at, format!("this is {}", value.kind()))
        .help("set one variable for each value")
}

pub(super) fn bad_login(at: Span, key: &str, text: &str) -> Diagnostic {
    let noun = if key == "user" { "the name of a user" } else { "an address" };
    let label = if text.starts_with('-') { "`ssh` would take this for an option" } else { "expected one word" };
    malformed(format!("`{text}` cannot be {noun}"), at, label)
}

pub(super) fn bad_port(at: Span, text: &str) -> Diagnostic {
    malformed(format!("`{text}` is not a port"), at, "expected a number from 1 to 65535").help("write `port: 22`")
}

pub(super) fn bad_cores(at: Span, text: &str) -> Diagnostic {
    malformed(format!("`{text}` is not a number of cores"), at, "expected a whole number from 1")
        .help("write `cores: 4`, or leave `cores` out: it is measured on the host")
}

pub(super) fn bad_size(at: Span, text: &str, fault: SizeFault) -> Diagnostic {
    let no_size = |label: &str| malformed(format!("`{text}` is not a size"), at, label);
    const EXPECTED: &str = "expected a whole number and `KiB`, `MiB`, `GiB` or `TiB`";
    match fault {
        SizeFault::Malformed(Some(meant)) => no_size(EXPECTED).help(format!("write `{meant}`")),
        SizeFault::Malformed(None) => {
            no_size(EXPECTED).help("write `512MiB` or `8GiB`, or leave `mem` out: it is measured on the host")
        }
        SizeFault::TooLarge => no_size("this is more than can be counted in bytes"),
        SizeFault::Zero => no_size("a host has at least one byte").help("leave `mem` out: it is measured on the host"),
    }
}

pub(super) fn bad_connection(at: Span, text: &str) -> Diagnostic {
    let fault = malformed(format!("there is no connection `{text}`"), at, "expected `ssh` or `local`");
    match did_you_mean(text, ["ssh", "local"]) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help("leave it out, or write `connection: local` for the machine where flowrun runs"),
    }
}

pub(super) fn bad_mac(at: Span, text: &str) -> Diagnostic {
    malformed(format!("`{text}` is not a hardware address"), at, "expected six pairs of hexadecimal digits")
        .help("write `wol: \"52:54:00:12:34:56\"`")
}

pub(super) fn two_powers(at: Span, other: Span) -> Diagnostic {
    malformed("`power` has both `command` and `wol`", at, "one way to switch the host on")
        .label(other, "another way")
        .help("keep one of them")
}

pub(super) fn no_power(at: Span) -> Diagnostic {
    malformed("`power` does not say how the host is switched on", at, "")
        .help("write `power: { wol: \"52:54:00:12:34:56\" }` or `power: { command: \"ipmitool power on\" }`")
}

pub(super) fn unknown_class(at: Span, name: &str, classes: &[&str]) -> Diagnostic {
    let fault = malformed(format!("unknown class `{name}`"), at, "");
    match did_you_mean(name, classes.iter().copied()) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help(format!("declare it in the workflow: `class {name} = mem >= 8GiB`")),
    }
}

/// One thing that a host's class says and the host breaks: where the host does, and the text of what it says.
pub(super) struct Broken {
    pub(super) at: Vec<Span>,
    pub(super) part: String,
}

pub(super) fn contradicts_class(
    host: &str,
    class: &str,
    at: Span,
    declared: Option<Span>,
    broken: &[Broken],
) -> Diagnostic {
    let labels: Vec<(Span, String)> = broken.iter().flat_map(|broken| broken.labels(class, at)).collect();
    let message = format!("host `{host}` contradicts its class `{class}`");
    let (span, label) = labels.first().map_or((at, ""), |(span, label)| (*span, label));
    let first = Diagnostic::error(Code::E0602, message, span, label);
    let fault = labels.iter().skip(1).fold(first, |fault, (span, label)| fault.label(*span, label));
    let fault = match declared {
        Some(declared) => fault.label(declared, "the class is declared here"),
        None => fault,
    };
    fault.help(format!("correct what is wrong, or leave out `class: {class}`"))
}

impl Broken {
    fn labels(&self, class: &str, fallback: Span) -> Vec<(Span, String)> {
        let says = format!("every `{class}` satisfies `{}`", self.part);
        match self.at.split_first() {
            None => vec![(fallback, says)],
            Some((first, rest)) => {
                let others = rest.iter().map(|span| (*span, String::from("together with this")));
                std::iter::once((*first, says)).chain(others).collect()
            }
        }
    }
}
