//! `systemd`, `service`, `mount`, `apt`.

use crate::import::code::{Code, Piece, Text};
use crate::import::jinja::{Part, parse_template};
use crate::import::params::Params;
use crate::import::read::{items, truth};
use crate::import::scope::Ty;
use crate::import::step::{Step, text, written};
use crate::import::translator::{Translator, shell_quoted};
use crate::import::value::Reason;

pub(super) fn service(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let name = params.text(&["name", "unit"])?;
    let state = params.text(&["state"])?;
    let enabled = params.take(&["enabled"]);
    let masked = params.take(&["masked"]);
    let reload = params.take(&["daemon_reload", "daemon-reload"]).and_then(|node| truth(&node)).unwrap_or(false);
    let scope = params.text(&["scope"])?;
    params.leave_out(&["no_block"]);
    if scope.as_deref().is_some_and(|scope| scope != "system") || masked.is_some() {
        return Err(String::from("`scope` and `masked` have no counterpart"));
    }
    let mut steps = Vec::new();
    if reload {
        steps.push(Step::Command(to.call(Text::of("systemctl daemon-reload"))));
    }
    let Some(name) = name else {
        return if steps.is_empty() { Err(String::from("`name` is missing")) } else { Ok(steps) };
    };
    if let Some(enabled) = enabled {
        let wanted = truth(&enabled).ok_or("`enabled` is known at run time only")?;
        steps.push(is_enabled(to, &name, wanted)?);
    }
    if let Some(state) = state {
        steps.push(in_state(to, &name, &state)?);
    }
    if steps.is_empty() { Err(String::from("it asks for nothing")) } else { Ok(steps) }
}

fn is_enabled(to: &mut Translator<'_>, name: &str, wanted: bool) -> Result<Step, Reason> {
    let (verb, what) = if wanted { ("enable", " is enabled") } else { ("disable", " is disabled") };
    let word = to.word(name)?;
    let asked = text([written("systemctl is-enabled "), word.clone()]).quoted();
    let check = if wanted { format!("sh {asked}") } else { format!("assert not (try sh {asked}).ok") };
    let fix = to.call(text([written(&format!("systemctl {verb} ")), word])).code();
    let goal = Text([to.reader().text(name)?.0, written(what)].concat());
    Ok(Step::Ensure { goal, check: Code::line(check), fix: Code::line(fix) })
}

fn in_state(to: &mut Translator<'_>, name: &str, state: &str) -> Result<Step, Reason> {
    let word = to.word(name)?;
    let verb = match state {
        "started" => "start",
        "stopped" => "stop",
        "restarted" => "restart",
        "reloaded" => "reload",
        _ => return Err(format!("the state `{state}` has no counterpart")),
    };
    let call = to.call(text([written(&format!("systemctl {verb} ")), word]));
    if matches!(verb, "restart" | "reload") {
        return Ok(Step::Command(call));
    }
    to.uses.insert("systemd");
    let active = format!("systemd.is-active({})", to.string(name)?);
    let (check, what) = match verb {
        "start" => (active, " is active"),
        _ => (format!("assert not {active}"), " is not active"),
    };
    let goal = Text([to.reader().text(name)?.0, written(what)].concat());
    Ok(Step::Ensure { goal, check: Code::line(check), fix: Code::line(call.code()) })
}

pub(super) fn mount(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let path = params.needed(&["path", "name"])?;
    let state = params.needed(&["state"])?;
    let src = params.text(&["src"])?;
    let kind = params.text(&["fstype"])?;
    let options = params.text(&["opts"])?;
    for (name, usual) in [("boot", true), ("dump", false), ("passno", false)] {
        if params.take(&[name]).is_some_and(|node| truth(&node) != Some(usual)) {
            return Err(format!("`{name}` has no counterpart: write the line of /etc/fstab"));
        }
    }
    let word = to.word(&path)?;
    let is_mounted =
        |word: &[Piece]| Code::line(format!("sh {}", text([written("mountpoint -q "), word.to_vec()]).quoted()));
    let goal = |to: &mut Translator<'_>, what: &str| {
        Ok::<Text, Reason>(Text([to.reader().text(&path)?.0, written(what)].concat()))
    };
    match (state.as_str(), src) {
        ("unmounted", _) => {
            let asked = text([written("mountpoint -q "), word.clone()]).quoted();
            let check = Code::line(format!("assert not (try sh {asked}).ok"));
            let fix = Code::line(to.call(text([written("umount "), word])).code());
            Ok(vec![Step::Ensure { goal: goal(to, " is not mounted")?, check, fix }])
        }
        ("ephemeral", Some(src)) => {
            let mut command = written("mount ");
            for (flag, value) in [("-t ", &kind), ("-o ", &options)] {
                if let Some(value) = value {
                    command.extend([written(flag), to.word(value)?, written(" ")].concat());
                }
            }
            command.extend([to.word(&src)?, written(" "), word.clone()].concat());
            let fix = Code::line(to.call(Text(command)).code());
            Ok(vec![Step::Ensure { goal: goal(to, " is mounted")?, check: is_mounted(&word), fix }])
        }
        ("mounted" | "present", Some(src)) => {
            let kind = kind.ok_or("`fstype` is missing")?;
            let line = [&src, &path, &kind, options.as_deref().unwrap_or("defaults")].join(" ");
            let line = to.reader().text(&format!("{line} 0 0"))?;
            let line = match line.literal() {
                Some(line) => written(&shell_quoted(&line)),
                None => vec![Piece::Splice(line.quoted())],
            };
            let check = format!("sh {}", text([written("findmnt --fstab --mountpoint "), word]).quoted());
            let fix = to.call(text([written("printf '%s\\n' "), line, written(" >> /etc/fstab")])).code();
            let goal = goal(to, " is in /etc/fstab")?;
            let known = Step::Ensure { goal, check: Code::line(check), fix: Code::line(fix) };
            Ok(if state == "present" { vec![known] } else { vec![known, present(to, &path)?] })
        }
        ("mounted", None) => Ok(vec![present(to, &path)?]),
        _ => Err(format!("the state `{state}` has no counterpart")),
    }
}

/// What `/etc/fstab` knows is mounted by the standard library.
fn present(to: &mut Translator<'_>, path: &str) -> Result<Step, Reason> {
    to.uses.insert("mounts");
    Ok(Step::Plain(Code::line(format!("mounts.present([{}])", to.string(path)?))))
}

pub(super) fn apt(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let names = params.take(&["name", "pkg", "package"]);
    let state = params.text(&["state"])?.unwrap_or_else(|| String::from("present"));
    let update = params.take(&["update_cache"]).and_then(|node| truth(&node)).unwrap_or(false);
    let valid = params.take(&["cache_valid_time"]);
    let lean = params.take(&["install_recommends"]).and_then(|node| truth(&node)) == Some(false);
    let mut steps = Vec::new();
    let call = to.call(Text::of("apt-get update"));
    match valid {
        Some(_) => {
            let mut code = Code::new();
            code.comment("each time: `cache_valid_time` has no counterpart");
            code.push(call.code());
            steps.push(Step::Plain(code));
        }
        None if update => steps.push(Step::Command(call)),
        None => {}
    }
    for node in names.iter().flat_map(items) {
        let listed = node.text().ok_or("a package is no text")?;
        if let Some(list) = list_alone(to, listed)? {
            steps.push(packages(to, &list, &state, lean)?);
            continue;
        }
        for name in listed.split(',').map(str::trim) {
            steps.push(package(to, name, &state, lean)?);
        }
    }
    if steps.is_empty() { Err(String::from("it names no package")) } else { Ok(steps) }
}

/// The list that a text is, where it is one expression alone.
fn list_alone(to: &mut Translator<'_>, listed: &str) -> Result<Option<String>, Reason> {
    let is_alone = listed.trim().starts_with("{{") && matches!(parse_template(listed)?.as_slice(), [Part::Expr(_)]);
    if !is_alone {
        return Ok(None);
    }
    let value = to.reader().value(listed)?;
    Ok((value.ty == Ty::List(Box::new(Ty::Str))).then_some(value.text))
}

/// Packages of a list, which `apt-get` is given all at once.
fn packages(to: &mut Translator<'_>, list: &str, state: &str, lean: bool) -> Result<Step, Reason> {
    let names = to.scope.written.get(list);
    let is_plain = |name: &String| name.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-.:".contains(&c));
    if !names.is_some_and(|names| names.iter().all(is_plain)) {
        return Err(format!("the packages of `{list}` are known at run time only, or have versions: name each"));
    }
    let name = to.names.free("package", true);
    let (check, fix, is_there) = asked_and_done(state, lean, vec![Piece::Splice(name.clone())])?;
    let what = if is_there { " are installed" } else { " are not installed" };
    let goal = text([vec![Piece::Splice(format!("join({list}, \", \")"))], written(what)]);
    let mut each = Code::new();
    each.block(format!("for {name} in {list}"), Code::line(check));
    // A list is a word for each element.
    let fix = text([written(&fix), vec![Piece::Splice(list.to_owned())]]);
    Ok(Step::Ensure { goal, check: each, fix: Code::line(to.call(fix).code()) })
}

/// How to ask whether a package is as it should be, the beginning of the command that mends it, and whether it is to be
/// there.
fn asked_and_done(state: &str, lean: bool, word: Vec<Piece>) -> Result<(String, String, bool), Reason> {
    let (verb, is_there) = match state {
        "present" | "installed" if lean => ("install --no-install-recommends", true),
        "present" | "installed" => ("install", true),
        "absent" | "removed" => ("remove", false),
        _ => return Err(format!("the state `{state}` has no counterpart")),
    };
    let asked = text([written("dpkg-query -W -f '${db:Status-Status}' "), word]);
    let sign = if is_there { "==" } else { "!=" };
    let check = format!("assert (try sh {}).stdout {sign} \"installed\"", asked.quoted());
    Ok((check, format!("DEBIAN_FRONTEND=noninteractive apt-get -y {verb} "), is_there))
}

fn package(to: &mut Translator<'_>, name: &str, state: &str, lean: bool) -> Result<Step, Reason> {
    let word = to.word(name)?;
    let (check, fix, is_there) = asked_and_done(state, lean, word.clone())?;
    let what = if is_there { " is installed" } else { " is not installed" };
    let fix = text([written(&fix), word]);
    if is_choice(to, name)? {
        if !is_there {
            return Err(format!("`{name}` is no single package, and none of them is told to be gone"));
        }
        // `dpkg-query` knows packages by their whole names; `apt-get` leaves alone what is there already.
        return Ok(Step::Plain(Code::line(to.call(fix).code())));
    }
    let goal = Text([to.reader().text(name)?.0, written(what)].concat());
    Ok(Step::Ensure { goal, check: Code::line(check), fix: Code::line(to.call(fix).code()) })
}

/// Whether a name chooses a version, or one of several packages: `nginx=1.18*`.
fn is_choice(to: &mut Translator<'_>, name: &str) -> Result<bool, Reason> {
    let text = to.reader().text(name)?;
    Ok(text.0.iter().any(|piece| matches!(piece, Piece::Written(text) if text.contains(['=', '*', '?', '[']))))
}
