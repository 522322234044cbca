//! Writes a run's events to its journal, and the lines of its steps to their logs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::private::{make_private, private};
use super::record::{Line, Record};
use crate::run::event::{Event, Observer};
use crate::transport::LocalBoxFuture;

/// How often the journal says how far a log has come. What is behind that is asked for again after a crash.
const TAKEN_BYTES: u64 = 256 * 1024;
const TAKEN_TIME: Duration = Duration::from_millis(500);

/// A run's journal while it is written.
pub struct Journal {
    dir: PathBuf,
    names: Vec<String>,
    started: Instant,
    file: Rc<File>,
    steps: RefCell<BTreeMap<u64, Step>>,
    written: Cell<u64>,
    synced: Cell<u64>,
    syncing: tokio::sync::Mutex<()>,
    fault: RefCell<Option<String>>,
}

/// A step that goes on.
struct Step {
    log: PathBuf,
    file: Option<BufWriter<File>>,
    /// Bytes in the log.
    length: u64,
    told: u64,
    told_at: Instant,
}

impl Journal {
    /// Goes on with a journal. `logs` are the lengths of logs that are whole, by their steps.
    pub(super) fn new(dir: PathBuf, file: File, names: Vec<String>, logs: &[(u64, String, String, u64)]) -> Self {
        let journal = Journal {
            dir,
            names,
            started: Instant::now(),
            file: Rc::new(file),
            steps: RefCell::default(),
            written: Cell::new(0),
            synced: Cell::new(0),
            syncing: tokio::sync::Mutex::new(()),
            fault: RefCell::new(None),
        };
        for (step, stage, host, length) in logs {
            journal.steps.borrow_mut().insert(*step, Step::new(journal.log(stage, host, *step), *length));
        }
        journal
    }

    fn log(&self, stage: &str, host: &str, step: u64) -> PathBuf {
        self.dir.join(log_path(stage, host, step))
    }

    /// Appends a record.
    pub fn append(&self, record: Record) {
        // Behind a line that was cut short nothing could be read.
        if self.fault.borrow().is_some() {
            return;
        }
        let line = Line { ms: self.started.elapsed().as_millis() as u64, record };
        // Only a map with keys that are no text cannot be written, and there is none.
        let mut text = serde_json::to_vec(&line).unwrap_or_default();
        text.push(b'\n');
        let written = (&*self.file).write_all(&text);
        self.written.set(self.written.get() + 1);
        self.note(written, "journal");
    }

    /// The run stops before its next effect when something cannot be written.
    fn note(&self, written: std::io::Result<()>, what: &str) {
        if let Err(error) = written {
            let reason = format!("its {what} in {} cannot be written: {error}", self.dir.display());
            self.fault.borrow_mut().get_or_insert(reason);
        }
    }

    fn line(&self, step: u64, line: &str) {
        let mut steps = self.steps.borrow_mut();
        if let Some(step) = steps.get_mut(&step) {
            let written = step.write(line);
            drop(steps);
            self.note(written, "log");
        }
    }

    fn taken(&self, number: u64, bytes: u64) {
        let mut steps = self.steps.borrow_mut();
        let Some(step) = steps.get_mut(&number) else { return };
        if step.length - step.told < TAKEN_BYTES && step.told_at.elapsed() < TAKEN_TIME {
            return;
        }
        let (flushed, log) = (step.flush(), step.length);
        (step.told, step.told_at) = (log, Instant::now());
        drop(steps);
        self.note(flushed, "log");
        self.append(Record::Taken { step: number, bytes, log });
    }
}

impl Step {
    fn new(log: PathBuf, length: u64) -> Self {
        Step { log, file: None, length, told: length, told_at: Instant::now() }
    }

    fn write(&mut self, line: &str) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                if let Some(folder) = self.log.parent() {
                    make_private(folder)?;
                }
                let file = private().append(true).create(true).open(&self.log)?;
                // What is behind the last whole line that the journal knows of comes again.
                file.set_len(self.length)?;
                self.file.insert(BufWriter::new(file))
            }
        };
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")?;
        self.length += line.len() as u64 + 1;
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), std::io::Write::flush)
    }
}

/// The log of a step, in its run's directory.
pub(super) fn log_path(stage: &str, host: &str, step: u64) -> PathBuf {
    let name = |name: &str| name.replace('/', "_");
    PathBuf::from("logs").join(name(stage)).join(name(host)).join(format!("{step}.log"))
}

impl Observer for Journal {
    fn event(&self, event: &Event<'_>) {
        match *event {
            Event::Line { step: Some(step), line, .. } => self.line(step, line),
            Event::Taken { step, bytes } => self.taken(step, bytes),
            Event::StepStarted { stage, lane, step, .. } => {
                let log = self.log(stage, lane, step);
                self.steps.borrow_mut().insert(step, Step::new(log, 0));
            }
            Event::StepEnded { step, .. } => {
                let step = self.steps.borrow_mut().remove(&step);
                let flushed = step.map_or(Ok(()), |mut step| step.flush());
                self.note(flushed, "log");
            }
            _ => {}
        }
        if let Some(record) = Record::of(event, &self.names) {
            self.append(record);
        }
    }

    fn kept(&self) -> LocalBoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            let wanted = self.written.get();
            // Whoever waits meanwhile finds it done by the one before.
            let _turn = self.syncing.lock().await;
            if self.synced.get() < wanted && self.fault.borrow().is_none() {
                let written = self.written.get();
                let file = self.file.try_clone().map_err(|error| error.to_string())?;
                let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
                self.note(synced.unwrap_or_else(|error| Err(std::io::Error::other(error))), "journal");
                self.synced.set(written);
            }
            self.fault.borrow().clone().map_or(Ok(()), Err)
        })
    }
}
