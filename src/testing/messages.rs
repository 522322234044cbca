//! All words of failed tests.

use super::world::{Limit, Ran};
use crate::check::testing::{Answers, Manner};
use crate::diagnostic::{Code, Diagnostic, clean, list, plural};
use crate::run::failure::Failure;
use crate::source::Span;

/// So many things that happened are told; more would hide the first ones.
const MOST: usize = 20;

fn unmet(message: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error(Code::T0901, message, span, "expected here")
}

/// The first line of a text, with a sign that there are more.
fn brief(text: &str) -> String {
    let mut lines = text.trim().lines();
    let first = clean(lines.next().unwrap_or_default());
    if lines.next().is_some() { format!("{first} …") } else { first }
}

/// What happened, a line each.
fn with_list(diagnostic: Diagnostic, what: &str, none: &str, items: &[String]) -> Diagnostic {
    if items.is_empty() {
        return diagnostic.note(none);
    }
    let mut lines: Vec<String> = items.iter().take(MOST).map(|item| format!("  {item}")).collect();
    if items.len() > MOST {
        lines.push(format!("  and {} more", items.len() - MOST));
    }
    diagnostic.note(format!("{what}:\n{}", lines.join("\n")))
}

/// The commands that ran, `host: command` each.
fn with_commands(diagnostic: Diagnostic, ran: &[(&str, &Ran)]) -> Diagnostic {
    let items: Vec<String> = ran.iter().map(|(host, ran)| format!("{host}: {}", brief(&ran.command))).collect();
    with_list(diagnostic, "these commands ran", "no command ran", &items)
}

pub(super) fn did_not_run(
    command: &str,
    host: Option<&str>,
    after: Option<&str>,
    ran: &[(&str, &Ran)],
    span: Span,
) -> Diagnostic {
    let on = host.map(|host| format!(" on {host}")).unwrap_or_default();
    let after = after.map(|after| format!(" after `{}`", brief(after))).unwrap_or_default();
    with_commands(unmet(format!("`{}` did not run{on}{after}", brief(command)), span), ran)
}

pub(super) fn ran_otherwise(command: &str, host: Option<&str>, ran: &[&Ran], span: Span) -> Diagnostic {
    let on = host.map(|host| format!(" on {host}")).unwrap_or_default();
    let ways: Vec<String> = ran.iter().map(|ran| manner(&ran.manner)).collect();
    with_list(unmet(format!("`{}` ran otherwise{on}", brief(command)), span), "it ran with", "it did not run", &ways)
}

/// How a command ran, as a test writes it.
fn manner(manner: &Manner) -> String {
    let env: Vec<String> = manner.env.iter().map(|(name, value)| format!("{name}: \"{}\"", brief(value))).collect();
    let env = (!env.is_empty()).then(|| format!("env: {{ {} }}", env.join(", ")));
    let text = |what: &str, value: &Option<String>| value.as_ref().map(|value| format!("{what}: \"{}\"", brief(value)));
    let others = [text("user", &manner.user), text("cwd", &manner.cwd), text("stdin", &manner.stdin)];
    let all: Vec<String> = std::iter::once(env).chain(others).flatten().collect();
    if all.is_empty() { "none of this".to_owned() } else { all.join(", ") }
}

pub(super) fn did_run(command: &str, host: &str, span: Span) -> Diagnostic {
    unmet(format!("`{}` ran on {host}", brief(command)), span)
}

pub(super) fn not_printed(text: &str, host: Option<&str>, printed: &[String], span: Span) -> Diagnostic {
    let on = host.map(|host| format!(" on {host}")).unwrap_or_default();
    let printed: Vec<String> = printed.iter().map(|line| clean(line)).collect();
    with_list(
        unmet(format!("`{}` was not printed{on}", brief(text)), span),
        "this was printed",
        "nothing was printed",
        &printed,
    )
}

pub(super) fn printed(text: &str, host: &str, span: Span) -> Diagnostic {
    unmet(format!("{host} printed `{}`", brief(text)), span)
}

pub(super) fn no_file_anywhere(path: &str, span: Span) -> Diagnostic {
    unmet(format!("there is no file {path} on a host of the test, nor on the machine that flowrun runs on"), span)
}

pub(super) fn no_file(path: &str, host: &str, span: Span) -> Diagnostic {
    unmet(format!("there is no file {path} on {host}"), span)
}

pub(super) fn a_file(path: &str, host: &str, span: Span) -> Diagnostic {
    unmet(format!("there is a file {path} on {host}"), span)
}

pub(super) fn other_file(path: &str, host: &str, wanted: Option<&str>, holds: &str, span: Span) -> Diagnostic {
    let lines: Vec<String> = holds.lines().map(clean).collect();
    let unmet = unmet(format!("{path} on {host} holds something else"), span);
    let told = with_list(unmet, "it holds", "it is empty", &lines);
    // Lines do not show it.
    let blanks = wanted.is_some_and(|wanted| super::glob::matches(wanted, holds));
    if blanks { told.help(format!("blanks and ends of lines count: it is {holds:?}")) } else { told }
}

pub(super) fn goal_unseen(goal: &str, host: Option<&str>, seen: &[String], span: Span) -> Diagnostic {
    let on = host.map(|host| format!(" on {host}")).unwrap_or_default();
    let diagnostic = unmet(format!("no `ensure \"{}\"` came out{on}", brief(goal)), span);
    with_list(diagnostic, "these did", "none did", seen)
}

pub(super) fn goal_other(goal: &str, host: &str, was: &str, wanted: &str, span: Span) -> Diagnostic {
    unmet(format!("`{}` was {was} on {host}, and not {wanted}", brief(goal)), span)
}

pub(super) fn not_done(what: &str, status: &str, span: Span) -> Diagnostic {
    unmet(format!("{what} is {status}, and was expected to be done"), span)
}

pub(super) fn not_done_on(what: &str, host: &str, span: Span) -> Diagnostic {
    unmet(format!("{what} was not done on {host}"), span)
}

pub(super) fn not_failed(what: &str, failures: &[&Failure], span: Span) -> Diagnostic {
    let told: Vec<String> =
        failures.iter().map(|failure| format!("{}: {}", failure.code, brief(&failure.message))).collect();
    with_list(unmet(format!("{what} did not fail as expected"), span), "this failed", "nothing failed", &told)
}

/// A failure that no `expect failed` speaks of.
pub(super) fn failed(failure: &Failure, run: Span) -> Diagnostic {
    let help = "where it has to fail, say so behind the run: `expect failed`";
    failure.diagnostic().label(run, "run by this test").help(help)
}

pub(super) fn run_not_done(status: &str, run: Span) -> Diagnostic {
    Diagnostic::error(Code::T0901, format!("the run is {status}"), run, "run by this test")
}

/// A run that was given up: which limit it came to.
pub(super) fn endless(limit: &Limit, run: Span) -> Diagnostic {
    let (message, label, help) = match limit {
        Limit::Never(waits) => {
            let mut waits: Vec<String> = waits.iter().map(|(what, on)| format!("`{}` on {on}", brief(what))).collect();
            waits.sort_unstable();
            waits.dedup();
            let message = "the run does not come to an end".to_owned();
            let label = format!("{} never {}", list(&waits), if waits.len() == 1 { "ends" } else { "end" });
            (message, label, "put a `timeout` around what may never end; `{ after: 5m }` ends by itself")
        }
        Limit::Days(days) => (
            format!("the run takes more than {days} days of its own time"),
            "given up then".to_owned(),
            "let a `retry` be fewer or its pause shorter, or put a `timeout` around it",
        ),
        Limit::Attempts(most) => (
            format!("the run needs more than {most} attempts"),
            "each command, each file that is written and each pause of a `retry` counts as one".to_owned(),
            "let a `retry` be fewer and a loop shorter",
        ),
        Limit::Values(most) => (
            format!("the run works on more than {} million values", most / 1_000_000),
            "each element of a list and each 16 bytes of a text count as one".to_owned(),
            "let a list, a loop or a text be shorter",
        ),
    };
    Diagnostic::error(Code::T0901, message, run, label).help(help)
}

pub(super) fn refused_here(first: &Diagnostic, run: Span) -> Diagnostic {
    Diagnostic::error(
        Code::T0901,
        "the workflow is refused with the hosts of this test",
        run,
        format!("{} comes first", first.code),
    )
    .help(format!("give the test the hosts that the workflow needs, or expect it: `expect refusal {}`", first.code))
}

pub(super) fn no_input(name: &str, run: Span, declared: Span) -> Diagnostic {
    Diagnostic::error(Code::T0901, format!("input `{name}` has no value"), run, "it is read here")
        .label(declared, "it has no default")
        .help(format!("give it one in the test: `input {name} = …`"))
}

pub(super) fn accepted(code: Code, has_hosts: bool, span: Span) -> Diagnostic {
    let diagnostic = unmet(format!("the workflow is accepted, and {code} was expected"), span);
    if has_hosts { diagnostic } else { diagnostic.note("the test has no hosts: this was decided from the text alone") }
}

pub(super) fn refused_otherwise(code: Code, because: Option<&str>, found: &[Code], span: Span) -> Diagnostic {
    let mut names: Vec<&str> = found.iter().map(|code| code.as_str()).collect();
    names.dedup();
    let because = because.map(|because| format!(" because \"{because}\"")).unwrap_or_default();
    unmet(format!("the workflow is refused for {}, and not for {code}{because}", list(&names)), span)
}

pub(super) fn unexpected(command: &str, hosts: &[&str], at: Option<Span>, run: Span, some: bool) -> Diagnostic {
    let message = format!("{} ran a command to which the test has no answer", list(hosts));
    let diagnostic = match at {
        Some(at) => Diagnostic::error(Code::T0902, message, at, "run here").label(run, "by this run of the test"),
        None => Diagnostic::error(Code::T0902, message, run, "by this run of the test"),
    };
    let on = if some { format!(" on {}", hosts.join(" or ")) } else { String::new() };
    diagnostic
        .note(format!("the command is:\n{}", clean(command)))
        .help(format!("answer it: `answer {}{on} with \"\"`", quoted(command)))
}

/// A command as a test can write it: of several lines the first, and a `*` for the others.
fn quoted(command: &str) -> String {
    let mut lines = command.trim().lines();
    let first = lines.next().unwrap_or_default().replace('\\', "\\\\").replace('"', "\\\"").replace("{{", "\\{\\{");
    let star = if lines.next().is_some() { "*" } else { "" };
    format!("\"{first}{star}\"")
}

pub(super) fn not_asked(answers: &Answers, asked: usize) -> Diagnostic {
    let diagnostic = match asked {
        0 => {
            let message = format!("nothing ran `{}`", brief(&answers.command));
            Diagnostic::error(Code::T0903, message, answers.span, "this answer was not asked for")
        }
        asked => {
            let of = answers.answers.len();
            let message = format!(
                "`{}` ran {}, and has {}",
                brief(&answers.command),
                plural(asked, "time"),
                plural(of, "answer")
            );
            Diagnostic::error(Code::T0903, message, answers.span, "the last answer was not asked for")
        }
    };
    diagnostic.help("leave out what nothing asks for: a test says what happens")
}
