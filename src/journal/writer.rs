//! Writes a run's events to its journal, and the lines of its steps to their logs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use super::private::{make_private, private};
use super::record::{Line, Record};
use crate::run::event::{Event, Observer, Outcome};
use crate::transport::LocalBoxFuture;

/// How often the journal says how far a log has come. What is behind that is asked for again after a crash.
const TAKEN_BYTES: u64 = 256 * 1024;
const TAKEN_TIME: Duration = Duration::from_millis(500);

/// What the outcome of a step takes on disk, seldom more.
const OUTCOME: u64 = 16 * 1024;
/// How much room is taken at a time beyond what is needed.
const SPARE: u64 = 48 * 1024;

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
    /// The length of the file, and up to where the disk has room for it.
    length: Cell<u64>,
    room: Cell<u64>,
    /// Why something is missing in the record. Nothing is begun any more; what goes on may still say how it came out.
    fault: RefCell<Option<String>>,
    /// Whether a line was cut short: behind it nothing could be read.
    torn: Cell<bool>,
}

/// A step that goes on.
struct Step {
    log: PathBuf,
    file: Option<BufWriter<File>>,
    /// Bytes in the log.
    length: u64,
    told: u64,
    told_at: Instant,
    /// Whether it is a durable command.
    durable: bool,
    /// Whether its log lacks something.
    broken: bool,
    /// Whether its begin is on record.
    begun: bool,
}

impl Journal {
    /// Goes on with a journal. `logs` are the lengths of logs that are whole, by their steps.
    pub(super) fn new(dir: PathBuf, file: File, names: Vec<String>, logs: &[(u64, String, String, u64)]) -> Self {
        let length = file.metadata().map_or(0, |file| file.len());
        let journal = Journal {
            dir,
            names,
            started: Instant::now(),
            file: Rc::new(file),
            steps: RefCell::default(),
            written: Cell::new(0),
            synced: Cell::new(0),
            syncing: tokio::sync::Mutex::new(()),
            length: Cell::new(length),
            room: Cell::new(0),
            fault: RefCell::new(None),
            torn: Cell::new(false),
        };
        for (step, stage, host, length) in logs {
            journal.steps.borrow_mut().insert(*step, Step::new(journal.log(stage, host, *step), *length, true));
        }
        journal
    }

    fn log(&self, stage: &str, host: &str, step: u64) -> PathBuf {
        self.dir.join(log_path(stage, host, step))
    }

    /// Appends a record.
    pub fn append(&self, record: Record) {
        let is_outcome = matches!(record, Record::StepEnded { .. } | Record::DurableEnded { .. });
        if self.torn.get() || (self.fault.borrow().is_some() && !is_outcome) {
            return;
        }
        let line = Line { ms: self.started.elapsed().as_millis() as u64, record };
        // Only a map with keys that are no text cannot be written, and there is none.
        let mut text = serde_json::to_vec(&line).unwrap_or_default();
        text.push(b'\n');
        let room = if is_outcome { Ok(()) } else { self.take_room(text.len() as u64) };
        let written = room.and_then(|()| {
            let written = (&*self.file).write_all(&text);
            self.torn.set(written.is_err());
            self.length.set(self.length.get() + text.len() as u64);
            written
        });
        self.written.set(self.written.get() + 1);
        self.note(written, "journal");
    }

    /// Takes room on the disk for a record, and for the outcomes of all steps that go on: a disk that is full stops a run
    /// before a step, and not between the step and its outcome.
    fn take_room(&self, record: u64) -> std::io::Result<()> {
        let end = self.length.get() + record + (self.steps.borrow().len() as u64 + 1) * OUTCOME;
        if end <= self.room.get() {
            return Ok(());
        }
        let from = self.length.get();
        match fallocate(&*self.file, FallocateFlags::KEEP_SIZE, from, end + SPARE - from) {
            Err(error @ (Errno::NOSPC | Errno::DQUOT)) => Err(error.into()),
            // Where the file system cannot, the write itself will tell.
            Ok(()) | Err(_) => {
                self.room.set(end + SPARE);
                Ok(())
            }
        }
    }

    /// Says how this part of the run ended. One with something missing in its record does not count as ended, so that it
    /// can be taken up.
    ///
    /// # Errors
    /// Why something is missing.
    pub async fn end(&self, status: &str) -> Result<(), String> {
        self.append(Record::Ended { status: status.to_owned() });
        self.kept().await
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
        if let Some(step) = steps.get_mut(&step).filter(|step| !step.broken) {
            let written = step.write(line);
            step.broken = written.is_err();
            drop(steps);
            self.note(written, "log");
        }
    }

    fn taken(&self, number: u64, bytes: u64) {
        let mut steps = self.steps.borrow_mut();
        let Some(step) = steps.get_mut(&number).filter(|step| !step.broken) else { return };
        if step.length - step.told < TAKEN_BYTES && step.told_at.elapsed() < TAKEN_TIME {
            return;
        }
        let (flushed, log) = (step.flush(), step.length);
        (step.told, step.told_at) = (log, Instant::now());
        step.broken = flushed.is_err();
        drop(steps);
        match flushed {
            Ok(()) => self.append(Record::Taken { step: number, bytes, log }),
            failed => self.note(failed, "log"),
        }
    }

    /// Ends the log of a step; whether its outcome goes on record.
    fn step_ended(&self, step: u64, outcome: Outcome<'_>) -> bool {
        let Some(mut step) = self.steps.borrow_mut().remove(&step) else { return true };
        if !step.broken {
            self.note(step.flush(), "log");
        }
        // When something is missing in the record, a durable command's status and output are left on its host, and a
        // resumed run takes both up.
        let is_left = step.durable && !matches!(outcome, Outcome::Cut) && self.fault.borrow().is_some();
        step.begun && !is_left
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Gives back the room that was taken and not used.
        if !self.torn.get() && self.fault.borrow().is_none() {
            let _ = self.file.set_len(self.length.get());
        }
    }
}

impl Step {
    fn new(log: PathBuf, length: u64, durable: bool) -> Self {
        let (told_at, begun, broken) = (Instant::now(), true, false);
        Step { log, file: None, length, told: length, told_at, durable, broken, begun }
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
            Event::StepStarted { stage, lane, step, durable, .. } => {
                let log = self.log(stage, lane, step);
                self.steps.borrow_mut().insert(step, Step::new(log, 0, durable.is_some()));
            }
            Event::StepEnded { step, outcome } if !self.step_ended(step, outcome) => return,
            _ => {}
        }
        if let Some(record) = Record::of(event, &self.names) {
            self.append(record);
        }
        if let Event::StepStarted { step, .. } = *event
            && self.fault.borrow().is_some()
            && let Some(step) = self.steps.borrow_mut().get_mut(&step)
        {
            step.begun = false;
        }
    }

    fn kept(&self) -> LocalBoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            let wanted = self.written.get();
            // Whoever waits meanwhile finds it done by the one before.
            let _turn = self.syncing.lock().await;
            if self.synced.get() < wanted {
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
