//! Every message about an Ansible inventory.

use std::path::Path;

use super::range::RangeFault;
use super::template::Unresolved;
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::source::Span;

fn malformed(message: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::E0601, message, span, label)
}

fn noted(message: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::note_at(Code::E0601, message, span, label)
}

pub(super) fn unknown_section(at: Span, group: &str, kind: &str) -> Diagnostic {
    let fault = malformed(format!("a section of a group cannot be `{kind}`"), at, "expected `children` or `vars`");
    let meant = did_you_mean(kind, ["children", "vars", "hosts"]).unwrap_or("vars");
    fault.help(format!("write `[{group}:{meant}]`"))
}

pub(super) fn bad_section(at: Span) -> Diagnostic {
    malformed("this is no section", at, "expected `[group]`, `[group:children]` or `[group:vars]`")
        .help("the name of a group has no spaces, colons and brackets")
}

pub(super) fn open_quote(at: Span) -> Diagnostic {
    malformed("a quote is not closed", at, "").help("close it, or write `\\\"` for a quote that is part of a value")
}

pub(super) fn no_assignment(at: Span, text: &str) -> Diagnostic {
    let fault = malformed("a variable is written `name=value`", at, "this has no `=`");
    match text.split_once(':') {
        Some((name, "")) => fault.help(format!("write `{name}=…`")),
        Some((name, value)) => fault.help(format!("write `{}={}`", name.trim(), value.trim())),
        None => fault.help("put a value that has spaces in quotes: `name=\"a b\"`"),
    }
}

pub(super) fn bad_child(at: Span, group: &str) -> Diagnostic {
    malformed("expected the name of a group", at, format!("a line of `[{group}:children]` is one group"))
        .help(format!("hosts belong into `[{group}]`, variables into `[{group}:vars]`"))
}

pub(super) fn undeclared_group(at: Span, name: &str, parent: Option<&str>) -> Diagnostic {
    let label = match parent {
        Some(parent) => format!("a child of `{parent}`"),
        None => String::from("its variables"),
    };
    malformed(format!("there is no group `{name}`"), at, label).help(format!("declare it by a line `[{name}]`"))
}

pub(super) fn bad_range(at: Span, pattern: &str, fault: RangeFault) -> Diagnostic {
    let why = match fault {
        RangeFault::Malformed => "expected `[begin:end]` or `[begin:end:step]`",
        RangeFault::Lengths => "a range that begins with a zero has ends of one length",
        RangeFault::Backwards => "it ends before it begins",
        RangeFault::TooMany => "these are more than 10000 hosts",
    };
    malformed(format!("`{pattern}` is no range of hosts"), at, why).help("write `node[01:10]` or `db[a:c]`")
}

pub(super) fn bad_priority(at: Span) -> Diagnostic {
    malformed("`ansible_group_priority` has to be a whole number", at, "").help("write `ansible_group_priority: 10`")
}

pub(super) fn groups_too_deep(at: Span) -> Diagnostic {
    malformed("groups are nested too deeply", at, "")
}

pub(super) fn not_of_a_group(at: Span, key: &str, group: &str) -> Diagnostic {
    let fault = malformed(format!("the group `{group}` has no key `{key}`"), at, "");
    match did_you_mean(key, ["hosts", "children", "vars"]) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help("a group has `hosts`, `children` and `vars`; a group within it belongs below `children`"),
    }
}

pub(super) fn not_a_mapping(at: Span, what: &str, kind: &str) -> Diagnostic {
    malformed(format!("`{what}` has to be a mapping"), at, format!("this is {kind}"))
        .help("write each name with a colon on a line of its own")
}

pub(super) fn variable_twice(at: Span, first: Span, name: &str) -> Diagnostic {
    Diagnostic::warning(Code::E0601, format!("`{name}` is set twice"), at, "here again, and this holds")
        .label(first, "first here")
}

pub(super) fn ring(at: Span, ring: &[&str]) -> Diagnostic {
    let names: Vec<String> = ring.iter().map(|name| format!("`{name}`")).collect();
    malformed("a group is within itself", at, names.join(" → ")).help("take it out of the children of one of them")
}

pub(super) fn unreadable(path: &Path, reason: &str) -> Diagnostic {
    let message = format!("cannot read {} of the inventory: {reason}", path.display());
    Diagnostic::new(Severity::Error, Code::E0601, message)
}

pub(super) fn no_hosts(at: Option<Span>) -> Diagnostic {
    let fault = Diagnostic::new(Severity::Error, Code::E0601, "the inventory has no hosts");
    let fault = match at {
        Some(at) => malformed("the inventory has no hosts", at, ""),
        None => fault,
    };
    fault.help("list them:\n[builders]\nnode-1 ansible_host=10.0.0.10 arch=x86_64 mem=8GiB")
}

pub(super) fn script(at: Span) -> Diagnostic {
    malformed("this inventory is a program, and flowrun runs none to learn of hosts", at, "").help(EXPORT)
}

pub(super) fn plugin(at: Span) -> Diagnostic {
    malformed("this is the configuration of an inventory plugin, which only Ansible can run", at, "").help(EXPORT)
}

const EXPORT: &str = "let Ansible write what it finds: `ansible-inventory -i THIS --list --yaml > inventory.yml`";

pub(super) fn vault_inventory(at: Span) -> Diagnostic {
    malformed("the inventory is encrypted by ansible-vault", at, "")
        .help("decrypt what says how hosts are reached: `ansible-vault decrypt`; secrets can be given as inputs")
}

pub(super) fn own_format(at: Span) -> Diagnostic {
    malformed("a folder of Ansible inventories holds one of flowrun's own", at, "")
        .help("name it alone: `-i` and this file")
}

pub(super) fn vault_file(at: Span) -> Diagnostic {
    noted("what ansible-vault encrypted is not read", at, "the variables of this file are not there")
        .help("give a secret as an input: `input password: Secret`")
}

pub(super) fn vault(at: Span, name: &str) -> Diagnostic {
    noted(format!("`{name}` is encrypted by ansible-vault and is not read"), at, "")
        .help(format!("give it as an input: `input {}: Secret`", name.replace('_', "-")))
}

pub(super) fn kept_as_written(at: Span, name: &str) -> Diagnostic {
    noted(
        format!("`{name}` is kept as it is written"),
        at,
        "flowrun puts other variables of the host in, and nothing else",
    )
}

pub(super) fn not_read(at: Span, name: &str) -> Diagnostic {
    let note = noted(format!("`{name}` is not read"), at, "");
    if name.contains("become") || name.contains("sudo") {
        return note.help("a step says whose it is: `sh(\"…\", user: \"root\")`");
    }
    if name.contains("pass") {
        // Its line is not shown: a password stands there.
        let note = Diagnostic::new(Severity::Note, Code::E0601, format!("`{name}` is not read"));
        return note.help("flowrun logs in by keys, and never asks for a password");
    }
    note
}

pub(super) fn ssh_options(at: Span, name: &str, lines: &[String]) -> Diagnostic {
    let lines: Vec<String> = lines.iter().map(|line| format!("    {line}")).collect();
    noted(format!("`{name}` is not given to ssh"), at, "flowrun leaves this to the SSH configuration")
        .help(format!("put it there, or in a file that a variable `ssh_config` names:\nHost …\n{}", lines.join("\n")))
}

pub(super) fn unresolved(at: Span, host: &str, name: &str, fault: &Unresolved) -> Diagnostic {
    let (label, help) = match fault {
        Unresolved::Expression(text) => {
            (format!("`{}` is more than the name of a variable", text.trim()), "write the value itself")
        }
        Unresolved::Unknown(other) => {
            (format!("the host has no single value `{other}`"), "set that variable, or write the value itself")
        }
        Unresolved::Ring(other) => (format!("`{other}` refers to itself"), "write the value itself"),
        Unresolved::Vault(other) if other == name => (
            String::from("it is encrypted by ansible-vault"),
            "write it as plain text: it is no secret for who runs this",
        ),
        Unresolved::Vault(other) => (format!("`{other}` is encrypted by ansible-vault"), "write the value itself"),
    };
    malformed(format!("flowrun cannot tell `{name}` of {host}"), at, label).help(help)
}

pub(super) fn no_connection(at: Span, text: &str) -> Diagnostic {
    malformed(format!("flowrun has no connection `{text}`"), at, "it has `ssh` and `local`")
        .help("leave the host out of the inventory that flowrun reads")
}

pub(super) fn bad_host_name(at: Span, name: &str) -> Diagnostic {
    let mended: String = name.chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '-' }).collect();
    malformed(format!("`{name}` cannot be the name of a host"), at, "a name has letters, digits, `-`, `_` and `.`")
        .help(format!("give it a name: `{} ansible_host={name}`", mended.trim_matches('-')))
}
