//! The command line: arguments in, exit status out. Human text goes to stderr, data to stdout.

mod arguments;
mod check;
mod choose;
mod demo;
mod diff;
mod doc;
mod execute;
mod explain;
mod files;
mod fix;
mod fmt;
mod generate;
mod import;
mod inventory;
mod lab;
mod logs;
mod lsp;
mod new;
mod plan;
mod prove;
mod resume;
mod run;
mod runs;
mod snapshot;
mod test;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Cli, Subcommand};

/// How flowrun ends; the numbers are part of its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Refused = 3,
    Unreachable = 4,
    Cancelled = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Runs flowrun with these arguments, the program's name first.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments = with_default_command(arguments.collect());
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Printing fails only when there is nobody to read it.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let exit = match cli.command {
        Subcommand::Run(options) => run::main(&options),
        Subcommand::Resume(options) => resume::main(&options),
        Subcommand::Runs(options) => runs::main(&options),
        Subcommand::Logs(options) => logs::main(&options),
        Subcommand::Check(options) => check::main(&options),
        Subcommand::Fmt(options) => fmt::main(&options),
        Subcommand::Plan(options) => plan::main(&options),
        Subcommand::Snapshot(options) => snapshot::main(&options),
        Subcommand::Prove(options) => prove::main(&options),
        Subcommand::Test(options) => test::main(&options),
        Subcommand::Inventory(options) => inventory::main(&options),
        Subcommand::Import(options) => import::main(&options),
        Subcommand::Explain(options) => explain::main(&options),
        Subcommand::Lsp(_) => lsp::main(),
        Subcommand::Lab(options) => lab::main(&options),
        Subcommand::Demo(options) => demo::main(&options),
        Subcommand::New(options) => new::main(&options),
        Subcommand::Doc(options) => doc::main(&options),
        Subcommand::Completions(options) => generate::completions(&options),
        Subcommand::Man(options) => generate::man(&options),
    };
    exit.into()
}

/// `flowrun kernel.flow` is `flowrun run kernel.flow`.
fn with_default_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    const OWN: &[&str] = &[
        "run",
        "resume",
        "runs",
        "logs",
        "check",
        "fmt",
        "plan",
        "snapshot",
        "prove",
        "test",
        "inventory",
        "import",
        "explain",
        "lsp",
        "lab",
        "demo",
        "new",
        "doc",
        "completions",
        "man",
        "help",
        "-h",
        "--help",
        "-V",
        "--version",
    ];
    let first = arguments.get(1).map(|first| first.to_string_lossy().into_owned());
    // A mistyped command is told as such, and not as a workflow that is missing.
    let is_file = |word: &str| word.ends_with(".flow") || word.starts_with('-') || word.contains('/');
    if first.is_some_and(|first| !OWN.contains(&first.as_str()) && is_file(&first)) {
        arguments.insert(1, "run".into());
    }
    arguments
}

/// Text for people, on stderr. A terminal that is gone takes nothing, and that is no reason to fail.
fn say(text: &str) {
    use std::io::Write;
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Text of a host or a workflow as a terminal may show it, on one line.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Data as JSON, for stdout.
fn as_json(data: &impl serde::Serialize) -> String {
    // Only a map with keys that are no text cannot be written, and there is none.
    let mut text = serde_json::to_string_pretty(data).unwrap_or_default();
    text.push('\n');
    text
}

/// Data, on stdout.
fn give(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
