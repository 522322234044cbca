//! The hosts of a test: an inventory of its own, and what its hosts really are.

use std::collections::BTreeMap;

use super::case::Simulated;
use super::constant;
use crate::check::ir::Workflow;
use crate::check::messages;
use crate::diagnostic::Diagnostic;
use crate::inventory::{Connection, Host, Inventory, Power, Spanned};
use crate::source::Span;
use crate::syntax::ast::{
    Comparison, Expr, Ident, Path, Selector, SelectorKind, SelectorValue, SelectorValueKind, TestKind, TestStatement,
};

const FIELDS: &[&str] = &[
    "arch", "class", "mem", "cores", "os", "groups", "address", "mounts", "vars", "power", "local", "measured", "off",
];

/// Reads every `host` of a test.
pub(super) fn hosts(statements: &[TestStatement], diagnostics: &mut Vec<Diagnostic>) -> (Inventory, Vec<Simulated>) {
    let (mut inventory, mut simulated) = (Inventory::default(), Vec::new());
    for statement in statements {
        let TestKind::Host(name, facts) = &statement.kind else { continue };
        if let Some(first) = inventory.get(&name.text) {
            diagnostics.push(messages::test_host_twice(name, first.name_span));
            continue;
        }
        match host(name, facts) {
            Ok((host, real)) => {
                inventory.hosts.push(host);
                simulated.push(real);
            }
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    (inventory, simulated)
}

fn host(name: &Ident, facts: &Expr) -> Result<(Host, Simulated), Box<Diagnostic>> {
    let mut host = blank(name);
    let (mut measured, mut off) = (None, false);
    for (field, value) in constant::record(facts, "a host")? {
        let what = format!("`{}`", field.text);
        match &*field.text {
            "arch" => host.arch = Some(spanned(constant::word(value, &what)?, value)),
            "class" => host.class = Some(spanned(constant::word(value, &what)?, value)),
            "os" => host.os = Some(spanned(constant::word(value, &what)?, value)),
            "mem" => host.mem = Some(spanned(constant::size(value, &what)?, value)),
            "cores" => host.cores = Some(spanned(constant::count(value, &what)?, value)),
            "groups" => {
                for group in constant::list(value, &what)? {
                    host.groups.push(spanned(constant::word(group, "a group")?, group));
                }
            }
            "mounts" => {
                for path in constant::list(value, &what)? {
                    host.mounts.push(constant::text(path, "a mount")?);
                }
            }
            "vars" => host.vars = vars(value)?,
            "address" => host.address = constant::text(value, &what)?,
            "power" => host.power = Some(Power::Command(constant::text(value, &what)?)),
            "local" if constant::truth(value, &what)? => host.connection = Connection::Local,
            "local" => {}
            "off" => off = constant::truth(value, &what)?,
            "measured" => measured = Some(value),
            _ => return Err(Box::new(messages::unknown_test_field("a host", field, FIELDS))),
        }
    }
    let real = real(&host, measured, off)?;
    Ok((host, real))
}

fn spanned<T>(value: T, expr: &Expr) -> Spanned<T> {
    Spanned { value, span: expr.span }
}

fn blank(name: &Ident) -> Host {
    Host {
        name: name.text.to_string(),
        name_span: name.span,
        address: name.text.to_string(),
        user: None,
        port: None,
        connection: Connection::Ssh,
        class: None,
        arch: None,
        mem: None,
        cores: None,
        os: None,
        groups: Vec::new(),
        mounts: Vec::new(),
        vars: BTreeMap::new(),
        power: None,
        ssh_config: None,
        identity: None,
    }
}

fn vars(value: &Expr) -> Result<BTreeMap<String, String>, Box<Diagnostic>> {
    let entries = constant::record(value, "`vars`")?;
    entries.iter().map(|(name, value)| Ok((name.text.to_string(), constant::text(value, "a variable")?))).collect()
}

/// What is measured: what is said under `measured`, else what the host is declared as, else an ordinary server.
fn real(host: &Host, measured: Option<&Expr>, off: bool) -> Result<Simulated, Box<Diagnostic>> {
    const FIELDS: &[&str] = &["arch", "mem", "cores", "os"];
    let declared = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.value.clone());
    let mut real = Simulated {
        arch: declared(&host.arch).unwrap_or_else(|| "x86_64".to_owned()),
        mem: host.mem.as_ref().map_or(8 << 30, |mem| mem.value),
        cores: host.cores.as_ref().map_or(4, |cores| cores.value),
        os: declared(&host.os).unwrap_or_else(|| "debian".to_owned()),
        off,
    };
    let Some(measured) = measured else { return Ok(real) };
    for (field, value) in constant::record(measured, "`measured`")? {
        let what = format!("`{}`", field.text);
        match &*field.text {
            "arch" => real.arch = constant::word(value, &what)?,
            "os" => real.os = constant::word(value, &what)?,
            "mem" => real.mem = constant::size(value, &what)?,
            "cores" => real.cores = constant::count(value, &what)?,
            _ => return Err(Box::new(messages::unknown_test_field("what is measured", field, FIELDS))),
        }
    }
    Ok(real)
}

/// A selector in which the hosts of the test are all that is known of them: what may run there is proved of them alone.
pub(super) fn named(selector: &Selector, inventory: &Inventory, workflow: &Workflow) -> Selector {
    let each = |parts: &[Selector]| parts.iter().map(|part| named(part, inventory, workflow)).collect();
    let kind = match &selector.kind {
        SelectorKind::Or(parts) => SelectorKind::Or(each(parts)),
        SelectorKind::And(parts) => SelectorKind::And(each(parts)),
        SelectorKind::Not(inner) => SelectorKind::Not(Box::new(named(inner, inventory, workflow))),
        SelectorKind::Name(path) => {
            let name = path.text();
            let is_own = workflow.host_sets.iter().any(|set| set.name == name)
                || workflow.classes.iter().any(|(class, _)| **class == *name)
                || matches!(name.as_str(), "all" | "local");
            match inventory.get(&name).filter(|_| !is_own) {
                Some(host) => whole(host, workflow, selector.span),
                None => selector.kind.clone(),
            }
        }
        kind => kind.clone(),
    };
    Selector { kind, span: selector.span }
}

fn whole(host: &Host, workflow: &Workflow, span: Span) -> SelectorKind {
    let ident = |text: &str| Ident { text: text.to_owned().into(), span };
    let path = |text: &str| Path { words: vec![ident(text)], span };
    let compare = |attribute: &str, op: Comparison, value: SelectorValueKind| Selector {
        kind: SelectorKind::Compare(path(attribute), op, SelectorValue { kind: value, span }),
        span,
    };
    let is = |attribute: &str, text: &str| compare(attribute, Comparison::Eq, SelectorValueKind::Str(text.to_owned()));
    let mut parts = vec![is("name", &host.name)];
    parts.extend(host.arch.iter().map(|arch| is("arch", &arch.value)));
    parts.extend(host.os.iter().map(|os| is("os", &os.value)));
    parts.extend(host.mem.iter().map(|mem| compare("mem", Comparison::Eq, SelectorValueKind::Size(mem.value))));
    parts.extend(
        host.cores.iter().map(|cores| compare("cores", Comparison::Eq, SelectorValueKind::Int(i64::from(cores.value)))),
    );
    parts.extend(host.groups.iter().map(|group| Selector { kind: SelectorKind::Group(ident(&group.value)), span }));
    for (class, _) in &workflow.classes {
        let own = host.class.as_ref().is_some_and(|own| *own.value == **class);
        let op = if own { Comparison::Eq } else { Comparison::Ne };
        parts.push(compare("class", op, SelectorValueKind::Str(class.to_string())));
    }
    SelectorKind::And(parts)
}
