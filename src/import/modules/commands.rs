//! `command`, `shell`, `raw`, `script`.

use crate::import::argv;
use crate::import::code::{Code, Piece, Text};
use crate::import::params::Params;
use crate::import::read::truth;
use crate::import::step::{Call, Step, text, written};
use crate::import::translator::{Translator, printed, shell_quoted};
use crate::import::value::Reason;

pub(super) fn command(to: &mut Translator<'_>, module: &str, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let free = params.free.take().filter(|text| !text.is_empty());
    let free = match free {
        Some(text) => Some(text),
        None => params.text(&["cmd", "_raw_params"])?,
    };
    let expands = params.flag("expand_argument_vars", true);
    let command = match (free, params.take(&["argv"])) {
        (Some(text), _) if module == "command" => argv::spoken(to, &text, expands)?,
        (Some(text), _) => to.reader().command(&text)?,
        (_, Some(argv)) => argv::listed(to, &argv, expands)?,
        _ => return Err(String::from("it names no command")),
    };
    params.leave_out(&["warn"]);
    if params.take(&["strip_empty_ends"]).is_some_and(|node| truth(&node) != Some(true)) {
        return Err(String::from("`strip_empty_ends: false`: flow takes the ends of lines off what a command printed"));
    }
    let command = match params.text(&["executable"])? {
        // `command` has no shell, and leaves it alone.
        Some(shell) if module != "command" => by_shell(&shell, &command)?,
        _ => command,
    };
    let mut call = to.call(command);
    if let Some(folder) = params.text(&["chdir"])? {
        call.options.insert(0, ("cwd", to.string(&folder)?));
    }
    let adds_newline = params.flag("stdin_add_newline", true);
    if let Some(node) = params.take(&["stdin"]) {
        let input = node.text().ok_or_else(|| format!("`stdin` is {}", node.kind()))?;
        let input = printed(&node, input)?;
        let end = if adds_newline && !input.is_empty() { "\n" } else { "" };
        let mut text = to.reader().text(&input)?;
        text.0.push(Piece::Written(end.to_owned()));
        let text = match text.0.as_slice() {
            [Piece::Splice(value), Piece::Written(end)] if end.is_empty() => value.clone(),
            _ => text.quoted(),
        };
        call.options.push(("stdin", text));
    }
    if !to.setting.env.is_empty() {
        let entries: Vec<String> = to.setting.env.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        call.options.push(("env", format!("{{ {} }}", entries.join(", "))));
    }
    guarded(to, params, call)
}

/// `creates` and `removes`.
fn guarded(to: &mut Translator<'_>, params: &mut Params, call: Call) -> Result<Vec<Step>, Reason> {
    let relative =
        |path: &str| !path.starts_with(['/', '~', '{']) && call.options.iter().any(|(name, _)| *name == "cwd");
    if let Some(path) = params.text(&["creates"])? {
        if path.contains(['*', '?']) || relative(&path) {
            return Err(String::from("`creates` is a pattern or a path within `chdir`"));
        }
        let goal = Text([to.reader().text(&path)?.0, written(" is there")].concat());
        let check = exists(to, &path)?;
        return Ok(vec![Step::Ensure { goal, check, fix: Code::line(call.code()) }]);
    }
    if let Some(path) = params.text(&["removes"])? {
        if path.contains(['*', '?']) || relative(&path) {
            return Err(String::from("`removes` is a pattern or a path within `chdir`"));
        }
        let mut code = Code::new();
        code.block(format!("if {}", is_there(to, &path)?), Code::line(call.code()));
        return Ok(vec![Step::Plain(code)]);
    }
    Ok(vec![Step::Command(call)])
}

/// A check that a path is there, as whoever the steps are run as.
fn exists(to: &mut Translator<'_>, path: &str) -> Result<Code, Reason> {
    if to.setting.user.is_none() {
        return Ok(Code::line(format!("file-exists({})", to.string(path)?)));
    }
    let word = to.word(path)?;
    // A link that leads nowhere is there too.
    let text = text([written("test -e "), word.clone(), written(" || test -L "), word]);
    Ok(Code::line(to.call(text).code()))
}

/// Whether a path is there, as an expression, for whoever the steps are run as.
pub(super) fn is_there(to: &mut Translator<'_>, path: &str) -> Result<String, Reason> {
    let check = exists(to, path)?.text();
    let check = check.trim();
    Ok(if to.setting.user.is_some() { format!("(try {check}).ok") } else { check.to_owned() })
}

/// `bash -c '…'`: what is spliced into that would be code.
fn by_shell(shell: &str, command: &Text) -> Result<Text, Reason> {
    match shell.rsplit('/').next().unwrap_or(shell) {
        "sh" | "dash" => Ok(command.clone()),
        name @ ("bash" | "zsh" | "ksh") => match command.literal() {
            Some(code) => Ok(Text::of(&format!("{name} -c {}", shell_quoted(code.trim())))),
            None => Err(format!("a value in a command of `{name}`: pass it by `environment`, and write `\"$NAME\"`")),
        },
        _ => Err(format!("the shell `{shell}` has no counterpart")),
    }
}

/// A script without arguments, for the POSIX shell, is the text of a command, so that what it runs can be seen.
pub(super) fn script(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let text = match params.free.take() {
        Some(text) if !text.is_empty() => text,
        _ => params.needed(&["cmd"])?,
    };
    if text.contains(char::is_whitespace) || text.contains("{{") {
        return Err(String::from("a script with arguments: upload it, and run it by `sh`"));
    }
    let path = super::files::local(to, &text, "files");
    let script = to.files.load(&path).map_err(|reason| format!("{} cannot be read: {reason}", path.display()))?;
    let first = script.lines().next().unwrap_or_default();
    if !matches!(first.trim(), "#!/bin/sh" | "#!/bin/sh -e" | "#!/usr/bin/env sh" | "#!/bin/dash") {
        return Err(format!("{} is no script of `/bin/sh`: upload it, and run it by `sh`", path.display()));
    }
    let body: String = script.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let strict = if first.ends_with("-e") { "set -e\n" } else { "" };
    let call = to.call(Text::of(&format!("{strict}{}", body.trim())));
    guarded(to, params, call)
}
