//! `wait_for`, `wait_for_connection`, `pause`, `ping`.

use super::commands::is_there;
use crate::import::code::{Code, Text};
use crate::import::params::Params;
use crate::import::scope::Ty;
use crate::import::step::{Call, Step};
use crate::import::translator::Translator;
use crate::import::value::Reason;

pub(super) fn wait_for(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let port = params.text(&["port"])?;
    let path = params.text(&["path"])?;
    let host = params.text(&["host"])?;
    let limit = params.text(&["timeout"])?.unwrap_or_else(|| String::from("300"));
    let timeout = limit.parse::<i64>().ok().filter(|time| (0..=31_536_000).contains(time));
    let pause = seconds(params, "sleep", 1)?;
    let delay = seconds(params, "delay", 0)?;
    params.leave_out(&["msg", "connect_timeout"]);
    let state = params.text(&["state"])?.unwrap_or_else(|| String::from("started"));
    let mut steps = Vec::new();
    if delay > 0 && (port.is_some() || path.is_some()) {
        steps.push(slept(delay));
    }
    match (port, path) {
        (Some(port), None) if state == "started" => {
            let limit = duration(to, &limit)?;
            steps.push(port_listens(to, &port, host.as_deref(), &limit)?);
        }
        (None, Some(path)) if matches!(state.as_str(), "started" | "present" | "absent") => {
            let asked = is_there(to, &path)?;
            let wanted = if state == "absent" { format!("not {asked}") } else { asked };
            let mut code = Code::new();
            let times = (timeout.ok_or("`timeout` is known at run time only")? / pause.max(1)).max(1);
            code.block(format!("retry {times} every {}s", pause.max(1)), Code::line(format!("assert {wanted}")));
            steps.push(Step::Plain(code));
        }
        (None, None) => steps.push(slept(timeout.ok_or("`timeout` is known at run time only")?)),
        _ => return Err(format!("to wait for the state `{state}` has no counterpart")),
    }
    Ok(steps)
}

/// Seconds as a duration.
fn duration(to: &mut Translator<'_>, text: &str) -> Result<String, Reason> {
    if text.parse::<u32>().is_ok() {
        return Ok(format!("{text}s"));
    }
    let value = to.reader().value(text)?;
    match value.ty {
        Ty::Int => Ok(format!("{} * 1s", value.text)),
        Ty::Str => Ok(format!("int({}) * 1s", value.text)),
        _ => Err(String::from("`timeout` is no number of seconds")),
    }
}

/// Addresses by which a host speaks of itself.
const OWN: &[&str] = &[
    "{{ inventory_hostname }}",
    "{{ ansible_host }}",
    "{{ ansible_default_ipv4.address }}",
    "{{ ansible_facts.default_ipv4.address }}",
    "{{ ansible_host | default(inventory_hostname) }}",
    "{{ hostvars[inventory_hostname].ansible_host }}",
];

/// Whether a host is spoken of by its own address.
pub(in crate::import) fn is_own_address(host: &str) -> bool {
    OWN.contains(&host)
}

/// A port of the host at hand: flowrun looks at the host's own table, whichever address is named.
fn port_listens(to: &mut Translator<'_>, port: &str, host: Option<&str>, limit: &str) -> Result<Step, Reason> {
    let is_own = host.is_some_and(is_own_address);
    if host.is_some_and(|host| !is_own && !matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0")) {
        return Err(String::from("a port of another host: wait for it in a stage on that host"));
    }
    let value = to.reader().value(port)?;
    let number = match port.parse::<u16>() {
        Ok(number) => number.to_string(),
        Err(_) if value.ty == Ty::Int => value.text,
        Err(_) => format!("int({})", value.text),
    };
    // Whether SSH answers can be asked only from outside.
    let from_outside = number == "22" && is_own;
    let code = if from_outside {
        format!("wait-ssh(timeout: {limit})")
    } else {
        format!("wait-port({number}, timeout: {limit})")
    };
    Ok(Step::Plain(Code::line(code)))
}

pub(super) fn wait_for_connection(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let limit = params.text(&["timeout"])?.unwrap_or_else(|| String::from("600"));
    let limit = duration(to, &limit)?;
    let delay = seconds(params, "delay", 0)?;
    params.leave_out(&["sleep", "connect_timeout"]);
    if delay > 0 {
        return Err(String::from("to wait before asking: a host that goes down answers until it does"));
    }
    Ok(vec![Step::Plain(Code::line(format!("wait-ssh(timeout: {limit})")))])
}

pub(super) fn pause(params: &mut Params) -> Result<Vec<Step>, Reason> {
    let time = seconds(params, "seconds", 0)? + 60 * seconds(params, "minutes", 0)?;
    if time == 0 {
        return Err(String::from("nobody is asked while a workflow runs: make it an `input`"));
    }
    params.leave_out(&["prompt", "echo"]);
    Ok(vec![slept(time)])
}

/// A host answers, or the step fails.
pub(super) fn ping(params: &mut Params) -> Vec<Step> {
    params.leave_out(&["data"]);
    vec![Step::Command(Call { text: Text::of("true"), options: Vec::new() })]
}

fn slept(time: i64) -> Step {
    Step::Command(Call { text: Text::of(&format!("sleep {time}")), options: Vec::new() })
}

fn seconds(params: &mut Params, name: &'static str, usual: i64) -> Result<i64, Reason> {
    match params.text(&[name])? {
        None => Ok(usual),
        Some(text) => match text.trim().parse::<i64>() {
            Ok(time) if (0..=31_536_000).contains(&time) => Ok(time),
            _ => Err(format!("`{name}` is no number of seconds")),
        },
    }
}
