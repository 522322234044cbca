//! What commands run.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

pub(in crate::lint) fn no_time_limit(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        Code::W0729,
        format!("nothing ends `{name}` when it hangs"),
        span,
        "it has all the time there is",
    )
    .help("give the stage a `timeout`, or the command: `sh(\"…\", timeout: 30m)`")
}

pub(in crate::lint) fn other_user(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        Code::W0736,
        format!("`user:` runs a command as somebody else, and `{name}` may ask for a password"),
        span,
        "",
    )
    .help("`sh(\"…\", user: \"root\")` never asks, says what is missing, and covers the whole text")
}

pub(in crate::lint) fn known_temporary_name(file: &str, span: Span) -> Diagnostic {
    let message = format!("everybody on the host knows the name `{}` beforehand", file.trim_matches(['"', '\\']));
    Diagnostic::warning(Code::W0738, message, span, "a link of that name leads it anywhere")
        .help("`dir=$(mktemp -d) || exit 1` makes a directory that nobody else can use; or write below `~`")
}

pub(in crate::lint) fn removes_too_much(word: &str, span: Span) -> Diagnostic {
    let message = format!("`{word}` is a directory of the system when its value is empty");
    Diagnostic::warning(Code::W0740, message, span, "removed with all that is in it")
        .help("`${name:?}` stops where there is no value; a spliced one is checked by `assert … != \"\"` before")
}

pub(in crate::lint) fn open_to_everybody(mode: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0742, format!("`{mode}` lets everybody on the host write"), span, "")
        .help("`755` and `644` let everybody read; a group's members share by `775` and `chgrp`")
}

pub(in crate::lint) fn secret_seen(option: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        Code::W0743,
        format!("what follows `{option}` is seen by every user of the host"),
        span,
        "in the list of processes",
    )
    .help(
        "make it an input of type `Secret` and pass it by `stdin:` or `env:`; most programs read one from a file, too",
    )
}

pub(in crate::lint) fn killed_at_once(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        Code::W0744,
        format!("`{name}` leaves no time to clean up"),
        span,
        "locks, sockets and half-written files stay",
    )
    .help("send TERM first, wait a little, and KILL only what is left")
}

pub(in crate::lint) fn leaves_its_host(name: &str, span: Span) -> Diagnostic {
    let help = match name {
        "scp" | "rsync" | "sftp" => {
            "`copy(file, to: \"…\")` takes a file to another host, `upload` and `download` to and from here"
        }
        _ => "`at HOST { … }` runs on another host, and what it does there is checked",
    };
    Diagnostic::warning(
        Code::W0745,
        format!("`{name}` leaves the host, and no proof goes with it"),
        span,
        "it may reach any host",
    )
    .help(help)
}

pub(in crate::lint) fn asks_a_question(command: &str, answer: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0747, format!("`{command}` asks a question, and nobody answers"), span, "")
        .help(format!("answer it beforehand: `{answer}`"))
}

pub(in crate::lint) fn never_ends(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0748, format!("`{name}` does not end by itself, and so the stage does not"), span, "")
        .help("say when it is enough: a count, `timeout:`, or another program")
}
