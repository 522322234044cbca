//! How the text of a command is written.

use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::lint::dollars::Dollar;
use crate::source::Span;

pub(in crate::lint) fn bash_only(what: &str, span: Span) -> Diagnostic {
    let shown = if what.starts_with("an ") { what.to_owned() } else { format!("`{what}`") };
    let help = match what {
        "source" => "`. FILE` is what every shell knows",
        "==" => "compare by `=`",
        "function" => "define it by `NAME() { … }`",
        "+=" => "`NAME=\"$NAME…\"` appends in every shell",
        "<<<" => "pass the text by `stdin:`, or by `printf '%s\\n' … |`",
        "<(…)" => "write the output to a file of `mktemp` first",
        "set -o pipefail" => "write the output to a file and read that, or run it by `bash -c '…'`",
        _ if what.starts_with("echo") => "`printf` reads escapes in every shell",
        _ => "say it as POSIX has it, or run the text by bash: `bash -c '…'`",
    };
    Diagnostic::warning(
        Code::W0731,
        format!("{shown} is of bash, and `sh` may be another shell"),
        span,
        "dash does not know it",
    )
    .help(help)
}

pub(in crate::lint) fn unquoted(what: &str, span: Span) -> Diagnostic {
    let label = "split at blanks, and `*` in it becomes names of files";
    Diagnostic::warning(Code::W0732, format!("`{what}` stands outside of quotes"), span, label)
        .help(format!("quote it: `\\\"{what}\\\"`, between `\"\"\"` just `\"{what}\"`"))
}

pub(in crate::lint) fn failure_lost_in_pipe(name: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0733, format!("a failure of `{name}` is lost in the pipe"), span, "only the last command's status counts")
        .help(format!("let `{name}` write to a file, and read that in a command of its own; its output is kept by `flowrun logs` anyway"))
}

pub(in crate::lint) fn failure_hidden(name: &str, span: Span, program: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0734, format!("a failure of `{name}` is hidden"), span, "it counts as done either way")
        .label(program, "this may fail")
        .help("`let done = try sh \"…\"` goes on as well, and `done.ok` and `done.stderr` tell what happened")
}

pub(in crate::lint) fn failure_passed_over(name: &str, span: Span) -> Diagnostic {
    let message = format!("a failure of `{name}` is passed over: what follows runs all the same");
    Diagnostic::warning(Code::W0735, message, span, "only the last command's status counts")
        .help("begin the text with `set -e`, or make several `sh` of it")
}

pub(in crate::lint) fn changed_directory(span: Span, fix: Option<Fix>) -> Diagnostic {
    Diagnostic::warning(Code::W0737, "`cwd:` says where a command runs, and `cd` only tries", span, "")
        .help("`sh(\"…\", cwd: \"…\")`: where there is no such directory, nothing runs and the failure names it")
        .maybe_fix(fix)
}

pub(in crate::lint) fn written_by_shell(file: Span) -> Diagnostic {
    Diagnostic::warning(Code::W0739, "the shell writes this file, half of it where it is interrupted", file, "written in place")
        .help("`write-file(\"…\", \"…\\n\", mode: \"644\")` leaves the old file or the new one; in an `ensure` it tells whether anything changed")
}

pub(in crate::lint) fn downloaded_code(download: Span, shell: Span) -> Diagnostic {
    Diagnostic::warning(
        Code::W0741,
        "whatever the server sends is run",
        shell,
        "half of it where the connection breaks",
    )
    .label(download, "downloaded here")
    .help("download it to a file, compare its `sha256sum`, then run it; or `upload` one that you have read")
}

pub(in crate::lint) fn backquotes(span: Span, fix: Option<Fix>) -> Diagnostic {
    Diagnostic::warning(Code::W0746, "backquotes take backslashes away before anything is read", span, "")
        .help("`$(…)` reads what is written, and nests")
        .maybe_fix(fix)
}

pub(in crate::lint) fn value_as_variable(dollar: &Dollar) -> Diagnostic {
    let name = &dollar.name;
    let (message, label) = if dollar.in_command {
        (
            format!("`{name}` is a value of the workflow, which the shell does not know"),
            "the shell has no such variable",
        )
    } else {
        (format!("`{name}` is a value of the workflow, and `$` does not splice it"), "shown as it stands here")
    };
    Diagnostic::warning(Code::W0749, message, dollar.span, label).help(format!("splice the value: `{{{{ {name} }}}}`"))
}
