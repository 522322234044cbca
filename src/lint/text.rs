//! How the text of a command is written.

use std::ops::Range;

use super::index::{Command, literals, written};
use super::{Context, edits, messages, options};
use crate::diagnostic::{Diagnostic, Fix};
use crate::shell::{Invocation, Manner, Program, Word};
use crate::source::Span;
use crate::syntax::ast::TextPart;

/// Every remark on every command.
fn remarks<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (&'a Command<'a>, &'a Manner, Span)> {
    context.index.commands.iter().flat_map(|command| {
        let remarks = command.analysis.remarks.iter();
        remarks.map(move |remark| (command, &remark.manner, command.place(remark.position.as_ref())))
    })
}

fn run<'a>(command: &Command<'a>, range: &Range<usize>) -> &'a [Invocation] {
    command.analysis.programs.get(range.clone()).unwrap_or_default()
}

pub(super) fn bash_only(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (_, manner, span) in remarks(context) {
        if let Manner::Bash(what) = manner {
            found.push(messages::bash_only(what, span));
        }
    }
    for command in &context.index.commands {
        for (name, invocation) in command.programs().filter(|(_, invocation)| !in_bash(invocation)) {
            if let Some(what) = bash_command(name, invocation) {
                found.push(messages::bash_only(&what, command.place(invocation.position.as_ref())));
            }
        }
    }
}

/// Whether a command stands in a text that bash or a shell like it reads.
fn in_bash(invocation: &Invocation) -> bool {
    invocation.via.iter().any(|via| ["bash", "zsh", "ksh", "mksh"].iter().any(|shell| via.starts_with(shell)))
}

/// What only bash knows of a command of the shell.
fn bash_command(name: &str, invocation: &Invocation) -> Option<String> {
    let words: Vec<&str> = invocation.words.iter().skip(1).map(written).collect();
    let first = words.first().copied().unwrap_or_default();
    let has = |wanted: &str| words.contains(&wanted);
    let what = match name {
        "source" | "declare" | "typeset" | "let" | "pushd" | "popd" | "dirs" | "shopt" | "mapfile" | "readarray"
        | "disown" => name.to_owned(),
        "[" | "test" if has("==") => "==".to_owned(),
        "[" | "test" if has("=~") => "=~".to_owned(),
        "echo" if matches!(first, "-e" | "-ne" | "-en") => format!("echo {first}"),
        "read" if first.starts_with('-') && first != "-r" && first != "--" => format!("read {first}"),
        "printf" if first == "-v" => "printf -v".to_owned(),
        "export" if first == "-f" => "export -f".to_owned(),
        "set" if has("pipefail") => "set -o pipefail".to_owned(),
        "trap" => format!("trap … {}", words.iter().skip(1).find(|word| matches!(**word, "ERR" | "DEBUG" | "RETURN"))?),
        _ => return None,
    };
    Some(what)
}

pub(super) fn unquoted(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut values: Vec<Span> =
        context.uses.iter().flatten().flat_map(|uses| &uses.dollars).map(|dollar| dollar.span).collect();
    values.sort_unstable();
    for (_, manner, span) in remarks(context) {
        if let Manner::Unquoted(what) = manner
            && !is_value(&values, span)
        {
            found.push(messages::unquoted(what, span));
        }
    }
}

/// Whether what looks like a variable is told of as a value of the workflow, of which these are in order.
fn is_value(values: &[Span], span: Span) -> bool {
    let before = values.partition_point(|value| (value.file, value.start) < (span.file, span.end));
    let last = before.checked_sub(1).and_then(|last| values.get(last));
    last.is_some_and(|value| value.file == span.file && span.start < value.end)
}

pub(super) fn backquotes(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (_, manner, span) in remarks(context) {
        if *manner == Manner::Backquotes {
            found.push(messages::backquotes(span, in_brackets(context, span)));
        }
    }
}

/// `$(…)` for `…` between backquotes, where nothing in it would be read otherwise.
fn in_brackets(context: &Context<'_>, span: Span) -> Option<Fix> {
    let inner = context.slice(span).strip_prefix('`')?.strip_suffix('`')?;
    let before = context.slice(Span { start: span.start.saturating_sub(1), end: span.start, ..span });
    let plain = !inner.contains(['`', '\\', '"', '#', ')']) && !inner.starts_with('(') && !inner.is_empty();
    let same = plain && before != "$" && before != "\\";
    same.then(|| edits::replace(span, format!("$({inner})"), "backquotes become `$(…)`"))
}

/// Whether bash's `pipefail` is asked for.
fn keeps_failures(command: &Command<'_>) -> bool {
    command.programs().any(|(name, invocation)| name == "set" && literals(invocation).any(|word| word == "pipefail"))
}

/// Programs that no table lists and that are there to write what must be whole.
const DUMPS: &[&str] = &[
    "pg_dump",
    "pg_dumpall",
    "mysqldump",
    "mariadb-dump",
    "mongodump",
    "slapcat",
    "zfs",
    "btrfs",
    "xfsdump",
    "restic",
    "borg",
    "kubectl",
];

pub(super) fn failure_lost_in_pipe(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (command, manner, _) in remarks(context) {
        let Manner::Piped { programs, into } = manner else { continue };
        let dumps = |invocation: &Invocation| name_of(invocation).is_some_and(|name| DUMPS.contains(&name));
        let matters = |invocation: &&Invocation| context.programs().acts(invocation) || dumps(invocation);
        let acts = run(command, programs).iter().find(matters);
        // A download that a shell runs is told of as that.
        if let Some((invocation, name)) = acts.and_then(|invocation| Some((invocation, name_of(invocation)?)))
            && !(is_download(name) && run(command, into).iter().any(is_shell))
            && !keeps_failures(command)
        {
            found.push(messages::failure_lost_in_pipe(name, command.place(invocation.position.as_ref())));
        }
    }
}

fn name_of(invocation: &Invocation) -> Option<&str> {
    match &invocation.program {
        Program::Known(name) => Some(name),
        Program::Spliced(_) | Program::Dynamic(_) => None,
    }
}

fn is_download(name: &str) -> bool {
    matches!(name, "curl" | "wget")
}

/// Whether it runs what it reads.
fn is_shell(invocation: &Invocation) -> bool {
    let shell = name_of(invocation).is_some_and(|name| {
        matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" | "python" | "python3" | "perl" | "ruby")
    });
    shell && options::runs_its_input(invocation)
}

pub(super) fn downloaded_code(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (command, manner, _) in remarks(context) {
        let Manner::Piped { programs, into } = manner else { continue };
        let download = run(command, programs).iter().find(|invocation| name_of(invocation).is_some_and(is_download));
        let shell = run(command, into).iter().find(|invocation| is_shell(invocation));
        if let (Some(download), Some(shell)) = (download, shell) {
            let place = |invocation: &Invocation| command.place(invocation.position.as_ref());
            found.push(messages::downloaded_code(place(download), place(shell)));
        }
    }
}

pub(super) fn failure_hidden(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (command, manner, span) in remarks(context) {
        let Manner::Hidden { programs } = manner else { continue };
        let acts = run(command, programs).iter().find(|invocation| may_fail(context, invocation));
        if let Some(invocation) = acts {
            let name = name_of(invocation).unwrap_or("what runs before it");
            found.push(messages::failure_hidden(name, span, command.place(invocation.position.as_ref())));
        }
    }
}

/// Whether a command does something whose failure matters.
fn may_fail(context: &Context<'_>, invocation: &Invocation) -> bool {
    let forced = name_of(invocation) == Some("rm")
        && literals(invocation).any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('f'));
    // A file whose commands are read is no program, and stops the text where it is missing.
    let is_file = invocation.via.iter().any(|via| matches!(via.as_str(), "." | "source"));
    !forced && !is_file && context.programs().may_act(invocation)
}

pub(super) fn failure_passed_over(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for command in &context.index.commands {
        let mut passed = command.analysis.remarks.iter().filter_map(|remark| match &remark.manner {
            Manner::Passed { programs } => {
                run(command, programs).iter().find(|invocation| may_fail(context, invocation))
            }
            _ => None,
        });
        // One is enough: what mends it mends all.
        let Some(invocation) = passed.next() else { continue };
        if !stops_at_failure(command) && !context.slice(command.text.span).contains("$?") {
            let name = name_of(invocation).unwrap_or("this");
            found.push(messages::failure_passed_over(name, command.place(invocation.position.as_ref())));
        }
    }
}

/// `set -e`
fn stops_at_failure(command: &Command<'_>) -> bool {
    command.programs().any(|(name, invocation)| {
        let option = |word: &str| word.starts_with('-') && !word.starts_with("--") && word.contains('e');
        name == "set" && literals(invocation).any(|word| option(word) || word == "errexit")
    })
}

pub(super) fn changed_directory(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for command in &context.index.commands {
        let [first, _, ..] = command.analysis.programs.as_slice() else { continue };
        let known = match first.words.as_slice() {
            [_, Word::Literal(folder)] => folder.starts_with('/'),
            [_, Word::Spliced(_)] => true,
            _ => false,
        };
        let leads = matches!(command.text.parts.first(), Some(TextPart::Literal(text, _)) if text.trim_start().starts_with("cd "));
        if name_of(first) == Some("cd")
            && first.via.is_empty()
            && known
            && leads
            && command.argument("cwd", 1).is_none()
        {
            found.push(messages::changed_directory(command.place(first.position.as_ref()), by_cwd(context, command)));
        }
    }
}

/// `sh("…", cwd: "…")` for `sh "cd … && …"`, where it means the same.
fn by_cwd(context: &Context<'_>, command: &Command<'_>) -> Option<Fix> {
    let call = context.slice(command.call.span);
    let text = call.strip_prefix("sh")?.trim_start().strip_prefix('"')?.strip_suffix('"')?;
    let (folder, rest) = text.strip_prefix("cd ")?.split_once("&&")?;
    let (folder, rest) = (folder.trim(), rest.trim());
    let is_plain = |text: &str| text.chars().all(|sign| sign.is_ascii_alphanumeric() || "/._+@-".contains(sign));
    let is_splice = folder.starts_with("{{") && folder.find("}}") == folder.len().checked_sub(2);
    let one_word = is_splice || is_plain(folder) && !folder.is_empty();
    let plain = !call.starts_with("sh(") && !text.starts_with("\"\"") && one_word;
    let joined = rest.contains("||") || rest.contains([';', '\n']) || rest.replace("&&", "").contains('&');
    let same = plain && !joined && !rest.is_empty();
    same.then(|| edits::replace(command.call.span, format!("sh(\"{rest}\", cwd: \"{folder}\")"), "`cd` becomes `cwd:`"))
}

pub(super) fn written_by_shell(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for command in &context.index.commands {
        let ([program], [write]) = (command.analysis.programs.as_slice(), command.analysis.writes.as_slice()) else {
            continue;
        };
        let prints = match name_of(program) {
            Some("echo" | "printf") => true,
            Some("cat") => program.words.len() == 1,
            _ => false,
        };
        let Some(position) = write.position.as_ref().filter(|_| prints && program.via.is_empty()) else { continue };
        let file = command.place(Some(position));
        let before = context.slice(Span { end: file.start, ..command.text.span });
        let replaces = before.trim_end().trim_end_matches(['"', '\\']).trim_end().ends_with('>')
            && !before.trim_end().ends_with(">>");
        if replaces && file != command.text.span && command.argument("user", 4).is_none() {
            found.push(messages::written_by_shell(file));
        }
    }
}
