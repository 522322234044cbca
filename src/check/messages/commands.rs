//! Commands of the shell.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

pub(in crate::check) fn command_not_literal(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0309,
        "the command cannot be known before the run",
        span,
        "a text in quotes has to stand here",
    )
    .help("splice the values that vary: `sh \"tar -xf {{ archive }}\"`")
}

pub(in crate::check) fn bad_shell(message: &str, span: Span) -> Diagnostic {
    let help = message.starts_with("`[[`").then_some(
        "every `sh` knows `[ … ]`, for example `[ -f /x ]` and `[ \\\"$x\\\" = y ]`; bash is asked by `bash -c '[[ … ]]'`",
    );
    Diagnostic::error(Code::E0101, format!("the shell cannot read this command: {message}"), span, "").maybe_help(help)
}

pub(in crate::check) fn splice_not_here(place: &str, code: Option<&str>, span: Span) -> Diagnostic {
    let (code, help) = match code {
        Some("sed") => (
            Code::E0309,
            "change the text here, `replace(read-file(path), \"from\", value)`, and write it by `write-file`",
        ),
        Some("ssh") => {
            (Code::E0309, "`at HOST { … }` runs commands on another host, and a spliced value stays one word")
        }
        Some(_) => (Code::E0309, "pass it as an argument: `sh -c '… \"$1\"' sh {{ value }}`, or by `env:`"),
        None => (Code::E0101, "pass it by `env:` or `stdin:`, or as a word of its own"),
    };
    Diagnostic::error(code, format!("a value cannot be spliced {place}"), span, "it could become code here").help(help)
}

pub(in crate::check) fn list_not_here(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0203,
        "a list is spliced as whole words of a command",
        span,
        "this is a part of a word or no argument",
    )
    .help("`join(list, \" \")` makes one text of it")
}

pub(in crate::check) fn secret_in_command(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::E0403,
        "a secret on a command line is seen by every user of the host",
        span,
        "this is a secret",
    )
    .help("pass it by `env: { NAME: secret }` or `stdin: secret`")
}

pub(in crate::check) fn secret_shown(place: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0403, format!("a secret would be seen in {place}"), span, "this is a secret")
        .help("a secret goes to a host by `env:` or `stdin:` alone")
}

pub(in crate::check) fn raw(span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0702, "`raw` splices shell code", span, "whoever controls this text controls the host")
        .help("splice the value without `raw`; where it has to be code, say why: `# allow(W0702) …`")
}

pub(in crate::check) fn raw_outside(span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0203, "`raw` stands in a splice of `sh` alone", span, "")
        .help("leave it out: elsewhere text is never code")
}
