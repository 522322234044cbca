//! `command`, `shell`, `raw`, `script`.

use crate::import::code::{Code, Piece, Text};
use crate::import::params::Params;
use crate::import::read::words;
use crate::import::step::{Call, Step, text, written};
use crate::import::translator::{Translator, shell_quoted};
use crate::import::value::Reason;
use crate::inventory::node::{Node, Value as Yaml};

pub(super) fn command(to: &mut Translator<'_>, module: &str, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let command = match (params.free.take(), params.text(&["cmd", "_raw_params"])?, params.take(&["argv"])) {
        (Some(text), ..) if !text.is_empty() => spoken(to, module, &text)?,
        (_, Some(text), _) => spoken(to, module, &text)?,
        (_, _, Some(argv)) => listed(to, &argv)?,
        _ => return Err(String::from("it names no command")),
    };
    params.leave_out(&["warn", "stdin_add_newline", "strip_empty_ends"]);
    let command = match params.text(&["executable"])? {
        Some(shell) => by_shell(&shell, &command)?,
        None => command,
    };
    let mut call = to.call(command);
    if let Some(folder) = params.text(&["chdir"])? {
        call.options.insert(0, ("cwd", to.string(&folder)?));
    }
    if let Some(input) = params.text(&["stdin"])? {
        call.options.push(("stdin", to.string(&input)?));
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
        code.block(format!("if file-exists({})", to.string(&path)?), Code::line(call.code()));
        return Ok(vec![Step::Plain(code)]);
    }
    Ok(vec![Step::Command(call)])
}

/// A check that a path is there, as whoever the steps are run as.
pub(super) fn exists(to: &mut Translator<'_>, path: &str) -> Result<Code, Reason> {
    if to.setting.user.is_none() {
        return Ok(Code::line(format!("file-exists({})", to.string(path)?)));
    }
    let text = text([written("test -e "), to.word(path)?]);
    Ok(Code::line(to.call(text).code()))
}

fn spoken(to: &mut Translator<'_>, module: &str, text: &str) -> Result<Text, Reason> {
    if module == "command" {
        let own = to.setting.env.iter().map(|(name, _)| name.clone());
        let known: Vec<String> = own.chain(ENVIRONMENT.iter().map(|name| (*name).to_owned())).collect();
        let folded = words(text).iter().map(|word| literal(word, &known)).collect::<Result<Vec<String>, Reason>>()?;
        return to.reader().command(&folded.join(" "));
    }
    to.reader().command(text)
}

/// What is set wherever somebody is logged in.
const ENVIRONMENT: &[&str] = &["HOME", "USER", "LOGNAME", "PATH", "SHELL", "PWD"];

/// A word of `command`, which no shell reads: what a shell would take for more than text is put in quotes. Ansible puts
/// variables of the environment in by itself, in quotes too, and leaves the names of others as they are.
fn literal(word: &str, known: &[String]) -> Result<String, Reason> {
    if let Some(rest) = word.strip_prefix("~/").filter(|rest| !rest.is_empty()) {
        return Ok(format!("~/{}", literal(rest, known)?));
    }
    if word == "~" || word == "~/" {
        return Ok(word.to_owned());
    }
    if word.starts_with("'~") || word.starts_with("\"~") {
        return Err(format!("`{word}` is expanded by Ansible within its quotes: write it without"));
    }
    let plain = word.strip_prefix(['\'', '"']).map_or(word, |rest| rest.trim_end_matches(['\'', '"']));
    let is_expanded = known.iter().any(|name| expands(plain, name));
    if is_expanded {
        let others = plain.matches('$').count() > known.iter().filter(|name| expands(plain, name)).count();
        if others || plain.contains(['"', '\'', '`', '\\']) {
            return Err(format!("`{word}` mixes variables and quotes: write it as a `shell`"));
        }
        return Ok(format!("\"{plain}\""));
    }
    let special = |c: char| "$`|&;<>()*?[]~#!\\".contains(c);
    let mut outside = String::new();
    let mut rest = word;
    while let Some((before, from)) = rest.split_once("{{") {
        outside.push_str(before);
        rest = from.split_once("}}").map_or("", |(_, behind)| behind);
    }
    outside.push_str(rest);
    let is_single = word.len() > 1 && word.starts_with('\'') && word.ends_with('\'');
    if is_single || !outside.contains(special) {
        return Ok(word.to_owned());
    }
    let inner = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(word);
    if inner.contains(['\'', '"']) || inner != word && inner.contains('\\') {
        return Err(format!("`{word}` mixes quotes: write it as `argv`"));
    }
    Ok(format!("'{inner}'"))
}

/// Whether a text has `$NAME` or `${NAME}`.
fn expands(text: &str, name: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let bare = text.split('$').skip(1).filter_map(|rest| rest.strip_prefix(name)).any(ends);
    bare || text.contains(&format!("${{{name}}}"))
}

fn listed(to: &mut Translator<'_>, argv: &Node) -> Result<Text, Reason> {
    let Yaml::Sequence(items) = &argv.value else { return Err(String::from("`argv` is no list")) };
    let mut pieces: Vec<Piece> = Vec::new();
    for item in items {
        let word = item.text().ok_or("`argv` holds more than texts")?;
        if !pieces.is_empty() {
            pieces.extend(written(" "));
        }
        pieces.extend(to.word(word)?);
    }
    Ok(Text(pieces))
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
