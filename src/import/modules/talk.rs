//! `assert`, `fail`, `debug`, `set_fact`, `meta`.

use crate::import::code::{Code, Piece, Text, quoted};
use crate::import::params::Params;
use crate::import::scope::{Rank, Ty, Words};
use crate::import::step::{Step, written};
use crate::import::translator::Translator;
use crate::import::value::{Reason, Value};
use crate::inventory::node::{Node, Value as Yaml};

pub(super) fn assert(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let that = params.take(&["that"]).ok_or("`that` is missing")?;
    let message = params.text(&["fail_msg", "msg"])?.map(|text| to.string(&text)).transpose()?;
    params.leave_out(&["success_msg", "quiet"]);
    let mut code = Code::new();
    for condition in to.conditions(&that)? {
        let message = message.as_ref().map_or_else(String::new, |message| format!(", {message}"));
        code.push(format!("assert {}{message}", condition.text));
    }
    if code.is_empty() { Err(String::from("it asserts nothing")) } else { Ok(vec![Step::Plain(code)]) }
}

pub(super) fn fail(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let message = params.text(&["msg"])?.unwrap_or_else(|| String::from("Failed as requested from task"));
    Ok(vec![Step::Plain(Code::line(format!("fail {}", to.string(&message)?)))])
}

pub(super) fn debug(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    params.leave_out(&["verbosity"]);
    let var = params.text(&["var"])?;
    let message = params.take(&["msg"]);
    let value = match (&var, &message) {
        (Some(name), _) => to.reader().value(&format!("{{{{ {name} }}}}"))?,
        (None, Some(node)) => to.value(node)?,
        (None, None) => return Ok(vec![Step::Plain(Code::line("print \"Hello world!\""))]),
    };
    let label = var.as_ref().map_or_else(Vec::new, |name| written(&format!("{name}: ")));
    let text = match &value.ty {
        Ty::Str if label.is_empty() => value.text,
        Ty::Str | Ty::Int | Ty::Bool | Ty::Slurp | Ty::Stat => {
            Text([label, vec![Piece::Splice(value.text)]].concat()).quoted()
        }
        Ty::List(of) if **of == Ty::Str => {
            let joined = format!("join({}, {})", value.text, quoted("\n"));
            if label.is_empty() { joined } else { Text([label, vec![Piece::Splice(joined)]].concat()).quoted() }
        }
        // All of what a command gave is what it printed.
        Ty::Output => Text([label, vec![Piece::Splice(format!("{}.stdout", value.text))]].concat()).quoted(),
        _ => return Err(String::from("what it shows is no text")),
    };
    Ok(vec![Step::Plain(Code::line(format!("print {text}")))])
}

pub(super) fn set_fact(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    params.leave_out(&["cacheable"]);
    let mut code = Code::new();
    let mut values = Vec::new();
    for name in params.names() {
        let Some(node) = params.take(&[&name]) else { continue };
        if name.contains("{{") {
            return Err(String::from("which variable it sets is known at run time only"));
        }
        let value = to.value(&node)?;
        values.push((name, Value { words: value.words.or(Words::most(&node)), ..value }));
    }
    // All are evaluated before any is set.
    for (name, value) in values {
        code.append(to.bind(&name, &value, Rank::Fact));
    }
    if code.is_empty() { Err(String::from("it sets nothing")) } else { Ok(vec![Step::Plain(code)]) }
}

/// Variables of a file.
pub(super) fn include_vars(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let named = params.take(&["file"]);
    let file = match (params.free.take(), named) {
        (Some(text), _) => Node { range: 0..0, line: 0, value: Yaml::Scalar { text, plain: false } },
        (None, Some(file)) => file,
        (None, None) => return Err(String::from("it names no file")),
    };
    Ok(vec![Step::Plain(to.load_variables(&file)?)])
}

pub(super) fn meta(params: &mut Params) -> Result<Vec<Step>, Reason> {
    match params.free.take().unwrap_or_default().as_str() {
        // Handlers run where they are notified, and connections are flowrun's own affair.
        "flush_handlers" | "reset_connection" | "noop" | "clear_facts" | "refresh_inventory" => Ok(Vec::new()),
        other => Err(format!("`meta: {other}` has no counterpart")),
    }
}
