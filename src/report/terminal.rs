//! A run on a terminal or in a log: each line with its stage and host, failures as diagnostics, a summary at the end.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use crate::diagnostic::{self, Style};
use crate::run::event::{Ensured, Event, Observer};
use crate::run::failure::Kind;
use crate::run::{Status, Summary};
use crate::source::SourceMap;
use crate::transport::Stream;

/// Writes events as text for people.
pub struct Terminal {
    out: RefCell<Box<dyn Write>>,
    sources: Rc<SourceMap>,
    style: Style,
    verbose: bool,
    /// The length of the longest host name, so that lines stand below each other.
    width: usize,
}

/// Colours of the terminal, by what they mean here.
#[derive(Clone, Copy)]
enum Paint {
    Stage,
    Dim,
    Ok,
    Changed,
    Failed,
}

impl Terminal {
    /// Writes to `out`; `hosts` are the names that may come.
    pub fn new<'a>(
        out: Box<dyn Write>,
        sources: Rc<SourceMap>,
        style: Style,
        verbose: bool,
        hosts: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let width = hosts.into_iter().map(|host| host.chars().count()).max().unwrap_or(0);
        Terminal { out: RefCell::new(out), sources, style, verbose, width }
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Stage => "1;36",
            Paint::Dim => "2",
            Paint::Ok => "32",
            Paint::Changed => "33",
            Paint::Failed => "1;31",
        };
        if self.style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A terminal that is gone takes no more lines, and the run goes on without it.
    fn write(&self, text: &str) {
        let mut out = self.out.borrow_mut();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    fn line(&self, stage: &str, host: &str, text: &str) {
        let prefix = format!("{stage} {host:width$} │ ", width = self.width);
        let prefix = self.paint(Paint::Dim, &prefix);
        let lines: String = text.split('\n').map(|line| format!("{prefix}{line}\n")).collect();
        self.write(&lines);
    }

    /// The summary at the end of a run.
    pub fn summary(&self, summary: &Summary, elapsed: Duration) {
        if let Some(failure) = &summary.failure {
            self.write(&diagnostic::render(&failure.diagnostic(), &self.sources, self.style));
        }
        let mut text = String::from("\n");
        let width = summary.stages.iter().map(|stage| stage.name.len()).max().unwrap_or(0);
        for stage in &summary.stages {
            let (paint, word) = match stage.status {
                Status::Done => (Paint::Ok, "done"),
                Status::Failed => (Paint::Failed, "failed"),
                Status::Unreachable => (Paint::Failed, "unreachable"),
                Status::Cancelled => (Paint::Failed, "cancelled"),
                Status::NotRun => (Paint::Dim, "not run"),
            };
            let time = if stage.status == Status::NotRun { String::new() } else { seconds(stage.elapsed) };
            text.push_str(&format!("{:width$}  {}  {time}\n", stage.name, self.paint(paint, &format!("{word:11}"))));
        }
        if !summary.hosts.is_empty() {
            text.push('\n');
        }
        for (host, counts) in &summary.hosts {
            let failed = format!("failed {}", counts.failed);
            let failed = if counts.failed > 0 { self.paint(Paint::Failed, &failed) } else { failed };
            let changed = format!("changed {:<3}", counts.changed);
            let changed = if counts.changed > 0 { self.paint(Paint::Changed, &changed) } else { changed };
            text.push_str(&format!(
                "{host:width$}  ok {:<4} {changed} {failed}\n",
                counts.ok,
                width = self.width.max(1)
            ));
        }
        let (paint, word) = match summary.status {
            Status::Done => (Paint::Ok, "done"),
            Status::Cancelled => (Paint::Failed, "cancelled"),
            Status::Unreachable | Status::Failed | Status::NotRun => (Paint::Failed, "failed"),
        };
        let why = if summary.status == Status::Unreachable { ": a host could not be reached" } else { "" };
        text.push_str(&format!("\n{} in {}{why}\n", self.paint(paint, word), seconds(elapsed)));
        self.write(&text);
    }
}

impl Observer for Terminal {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::StageStarted { stage, hosts } => {
                let hosts =
                    if hosts.is_empty() { "on no host".to_owned() } else { format!("on {}", diagnostic::list(hosts)) };
                let hosts = self.paint(Paint::Dim, &hosts);
                self.write(&format!("\n{} {hosts}\n", self.paint(Paint::Stage, &format!("── {stage}"))));
            }
            Event::Measured { host, facts } if self.verbose => {
                let mem = diagnostic::about(facts.mem);
                let facts = format!("{}, {mem}, {} cores, {}", facts.arch, facts.cores, facts.os);
                self.line("facts", host, &diagnostic::clean(&facts));
            }
            Event::Measured { .. } => {}
            Event::Line { stage, host, stream, line, .. } => match stream {
                Stream::Stdout => self.line(stage, host, line),
                Stream::Stderr => self.line(stage, host, &self.paint(Paint::Changed, line)),
            },
            Event::Printed { stage, host, text } => self.line(stage, host, &diagnostic::clean(text)),
            Event::Ensured { stage, host, goal, outcome } => {
                let (paint, word) = match outcome {
                    Ensured::Ok => (Paint::Ok, "ok"),
                    Ensured::Changed => (Paint::Changed, "changed"),
                    Ensured::WouldChange => (Paint::Changed, "would change"),
                    Ensured::NotKnown => (Paint::Dim, "known in a real run only"),
                };
                self.line(
                    stage,
                    host,
                    &format!("{} {}", self.paint(paint, &format!("{word}:")), diagnostic::clean(goal)),
                );
            }
            Event::Skipped { stage, host, what } => {
                self.line(
                    stage,
                    host,
                    &format!("{} {}", self.paint(Paint::Changed, "would run:"), diagnostic::clean(what)),
                );
            }
            Event::Reconnecting { host, why, pause } => {
                let text =
                    format!("the connection is lost ({}); next attempt in {}", diagnostic::clean(why), seconds(*pause));
                self.line("connection", host, &self.paint(Paint::Changed, &text));
            }
            Event::WayLost { host, why } => {
                let text = format!("a forwarded socket is lost: {}", diagnostic::clean(why));
                self.line("connection", host, &self.paint(Paint::Failed, &text));
            }
            Event::Reconnected { host } => self.line("connection", host, &self.paint(Paint::Ok, "there again")),
            // Lines tell as much; these are for the journal.
            Event::StepStarted { .. }
            | Event::Taken { .. }
            | Event::StepEnded { .. }
            | Event::TimedOut { .. }
            | Event::FinallyStarted { .. }
            | Event::HostDone { .. }
            | Event::Owed { .. }
            | Event::Settled { .. }
            | Event::DurableEnded { .. } => {}
            Event::Progress { stage, host, done, total } => self.line(stage, host, &format!("{done} of {total}")),
            // One failure is told in full; those that were stopped for it are only named.
            Event::Failed { stage, host, failure } if failure.kind == Kind::Cancelled => {
                let why = failure.help.as_deref().unwrap_or("the run is being ended");
                self.line(stage, host, &self.paint(Paint::Changed, &format!("cancelled: {why}")));
            }
            Event::Failed { stage, host, failure } => {
                self.line(stage, host, &self.paint(Paint::Failed, "failed"));
                self.write(&diagnostic::render(&failure.diagnostic(), &self.sources, self.style));
            }
            Event::StageEnded { stage, elapsed, ok } => {
                let (paint, word) = if *ok { (Paint::Ok, "done") } else { (Paint::Failed, "failed") };
                let time = self.paint(Paint::Dim, &format!("in {}", seconds(*elapsed)));
                self.write(&format!(
                    "{} {} {time}\n",
                    self.paint(Paint::Stage, &format!("── {stage}")),
                    self.paint(paint, word)
                ));
            }
        }
    }
}

/// `0.3 s`, `12 s`, `4 min 5 s`
fn seconds(elapsed: Duration) -> String {
    let whole = elapsed.as_secs();
    match whole {
        0..10 => format!("{:.1} s", elapsed.as_secs_f64()),
        10..60 => format!("{whole} s"),
        _ => format!("{} min {} s", whole / 60, whole % 60),
    }
}
