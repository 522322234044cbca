//! A run as JSON, an event a line, for programs.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Write;

use serde_json::{Value, json};

use crate::run::Summary;
use crate::run::event::{Ensured, Event, Observer, Outcome};
use crate::transport::Stream;

/// Writes events as JSON lines.
pub struct Json {
    out: RefCell<Box<dyn Write>>,
}

impl Json {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write>) -> Self {
        Json { out: RefCell::new(out) }
    }

    /// A reader that is gone takes no more lines, and the run goes on without it.
    fn write(&self, value: &Value) {
        let mut out = self.out.borrow_mut();
        let _ = writeln!(out, "{}", escaped(&value.to_string())).and_then(|()| out.flush());
    }

    /// The summary at the end of a run.
    pub fn summary(&self, summary: &Summary) {
        let stages = summary.stages.iter().map(|stage| {
            json!({ "stage": stage.name, "status": stage.status.name(), "millis": stage.elapsed.as_millis() as u64 })
        });
        let hosts = summary.hosts.iter().map(|(host, counts)| {
            json!({ "host": host, "ok": counts.ok, "changed": counts.changed, "failed": counts.failed })
        });
        let failure = summary
            .failure
            .as_ref()
            .map(|failure| json!({ "code": failure.code.as_str(), "message": failure.message }));
        self.write(&json!({
            "event": "summary",
            "status": summary.status.name(),
            "stages": stages.collect::<Vec<_>>(),
            "hosts": hosts.collect::<Vec<_>>(),
            "failure": failure,
        }));
    }
}

/// JSON need not escape the control characters beyond ASCII; a terminal that shows it would obey them.
fn escaped(json: &str) -> Cow<'_, str> {
    if !json.contains(char::is_control) {
        return json.into();
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c.is_control() {
            true => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => text.push(c),
        }
    }
    text.into()
}

impl Observer for Json {
    fn event(&self, event: &Event<'_>) {
        self.write(&match event {
            Event::StageStarted { stage, hosts } => json!({ "event": "stage-started", "stage": stage, "hosts": hosts }),
            Event::Measured { host, facts } => json!({
                "event": "measured", "host": host, "arch": facts.arch, "mem": facts.mem, "cores": facts.cores, "os": facts.os,
            }),
            Event::Line { stage, host, stream, line, .. } => {
                let stream = if *stream == Stream::Stdout { "stdout" } else { "stderr" };
                json!({ "event": "line", "stage": stage, "host": host, "stream": stream, "line": line })
            }
            Event::Printed { stage, host, text } => json!({ "event": "printed", "stage": stage, "host": host, "text": text }),
            Event::Ensured { stage, host, goal, outcome } => {
                let outcome = match outcome {
                    Ensured::Ok => "ok",
                    Ensured::Changed => "changed",
                    Ensured::WouldChange => "would-change",
                    Ensured::NotKnown => "not-known",
                };
                json!({ "event": "ensured", "stage": stage, "host": host, "goal": goal, "outcome": outcome })
            }
            Event::Skipped { stage, host, what } => {
                json!({ "event": "skipped", "stage": stage, "host": host, "what": what })
            }
            Event::StepStarted { stage, host, step, what, durable, .. } => {
                json!({ "event": "step-started", "stage": stage, "host": host, "step": step, "what": what, "durable": durable.is_some() })
            }
            Event::StepEnded { step, outcome } => {
                let outcome = match outcome {
                    Outcome::Done(_) => "done",
                    Outcome::Failed(_) => "failed",
                    Outcome::Cut => "cut",
                };
                json!({ "event": "step-ended", "step": step, "outcome": outcome })
            }
            Event::Reconnecting { host, why, pause } => {
                json!({ "event": "reconnecting", "host": host, "why": why, "millis": pause.as_millis() as u64 })
            }
            Event::WayLost { host, why } => json!({ "event": "way-lost", "host": host, "why": why }),
            Event::Reconnected { host } => json!({ "event": "reconnected", "host": host }),
            // What only a resumed run needs.
            Event::Taken { .. }
            | Event::TimedOut { .. }
            | Event::FinallyStarted { .. }
            | Event::HostDone { .. }
            | Event::Owed { .. }
            | Event::Settled { .. }
            | Event::DurableEnded { .. } => return,
            Event::Progress { stage, host, done, total } => {
                json!({ "event": "progress", "stage": stage, "host": host, "done": done, "total": total })
            }
            Event::Failed { stage, host, failure } => json!({
                "event": "failed", "stage": stage, "host": host, "code": failure.code.as_str(),
                "message": failure.message, "notes": failure.notes, "help": failure.help,
            }),
            Event::StageEnded { stage, elapsed, ok } => {
                json!({ "event": "stage-ended", "stage": stage, "millis": elapsed.as_millis() as u64, "ok": ok })
            }
        });
    }
}
