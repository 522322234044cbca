//! The directory of all runs.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};

use super::error::Error;
use super::private::{make_private, private};
use super::record::{Head, Line, Part, Record};
use super::story::Story;
use super::writer::Journal;

/// The directory of all runs of a user.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

/// A run in the store.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its name.
    pub name: String,
    /// Its directory.
    pub dir: PathBuf,
}

impl Store {
    /// The store of this user: below `$XDG_STATE_HOME`, or below `~/.local/state`.
    ///
    /// # Errors
    /// When neither variable says where.
    pub fn of_user() -> Result<Store, Error> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
        let state = state.ok_or_else(|| {
            Error::new("there is no place for the journal of runs").help("set HOME or XDG_STATE_HOME to a directory")
        })?;
        Ok(Store { dir: state.join("flowrun/runs") })
    }

    /// A name for a new run: when it began, its workflow, and a few letters that make it unlike any other.
    #[must_use]
    pub fn name_for(workflow: &Path) -> String {
        let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let time: String = time.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let stem = workflow.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let stem: String =
            stem.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).take(40).collect();
        let letters: String = std::iter::repeat_with(fastrand::lowercase).take(4).collect();
        format!("{time}-{stem}-{letters}")
    }

    /// Makes the directory and the journal of a new run. `texts` are the paths and texts that it is made of.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn create(
        &self,
        mut head: Head,
        part: Part,
        texts: &[(String, String)],
        names: Vec<String>,
    ) -> Result<Journal, Error> {
        let dir = self.dir.join(&head.run);
        let failed = |error: io::Error| {
            Error::io("make the journal of the run in", &dir, &error)
                .help("set XDG_STATE_HOME to a directory that can be written")
        };
        make_private(&dir.join("texts")).map_err(failed)?;
        for (number, (path, text)) in texts.iter().enumerate() {
            let name = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let file = format!("texts/{number}-{name}");
            let mut written = private().write(true).create_new(true).open(dir.join(&file)).map_err(failed)?;
            written.write_all(text.as_bytes()).map_err(failed)?;
            head.texts.push((path.clone(), file));
        }
        let file = private().append(true).create_new(true).open(dir.join("journal.jsonl")).map_err(failed)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| failed(error.into()))?;
        let journal = Journal::new(dir, file, names, &[]);
        journal.append(Record::Run(Box::new(head)));
        journal.append(Record::Part(part));
        Ok(journal)
    }

    /// All runs, the oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read; that there is none is no error.
    pub fn runs(&self) -> Result<Vec<Run>, Error> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", &self.dir, &error)),
        };
        // One whose first line was never written was never begun.
        let begun = |entry: &fs::DirEntry| {
            fs::metadata(entry.path().join("journal.jsonl")).is_ok_and(|journal| journal.len() > 0)
        };
        let runs = entries.flatten().filter(begun);
        let mut runs: Vec<Run> = runs
            .map(|entry| Run { name: entry.file_name().to_string_lossy().into_owned(), dir: entry.path() })
            .collect();
        // A name knows the second; of two runs of one second, the directory made first is that of the first.
        let began = |run: &Run| {
            let made = fs::metadata(&run.dir).and_then(|data| data.created()).ok();
            (run.name.split('-').next().unwrap_or_default().to_owned(), made, run.name.clone())
        };
        runs.sort_by_cached_key(began);
        Ok(runs)
    }

    /// The run of this name, or of this part of a name.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn find(&self, name: &str) -> Result<Run, Error> {
        let runs = self.runs()?;
        let exact = |run: &&Run| run.name == name;
        let part = |run: &&Run| run.name.contains(name);
        if let Some(run) = runs.iter().find(exact) {
            return Ok(run.clone());
        }
        match runs.iter().filter(part).collect::<Vec<_>>().as_slice() {
            [run] => Ok((*run).clone()),
            [] => Err(Error::new(format!("there is no run `{name}`")).help("`flowrun runs` lists them")),
            several => {
                let names: Vec<&str> = several.iter().map(|run| run.name.as_str()).collect();
                Err(Error::new(format!("`{name}` may be {}", crate::diagnostic::list(&names))))
            }
        }
    }
}

impl Run {
    fn journal(&self) -> PathBuf {
        self.dir.join("journal.jsonl")
    }

    /// Whether a flowrun is at work on it now. A lock of the system says so, which ends with the process.
    ///
    /// # Errors
    /// When the journal cannot be opened.
    pub fn is_live(&self) -> Result<bool, Error> {
        let path = self.journal();
        let file = File::open(&path).map_err(|error| Error::io("open", &path, &error))?;
        Ok(flock(&file, FlockOperation::NonBlockingLockShared).is_err())
    }

    /// Whether its last line says that it ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.status().is_some()
    }

    /// How it ended, where its last line says so.
    #[must_use]
    pub fn status(&self) -> Option<String> {
        let tail = || -> io::Result<Vec<u8>> {
            use io::{Read as _, Seek as _, SeekFrom};
            const TAIL: u64 = 4096;
            let mut file = File::open(self.journal())?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
            let mut tail = Vec::new();
            file.read_to_end(&mut tail)?;
            Ok(tail)
        };
        let tail = tail().unwrap_or_default();
        let last = tail.strip_suffix(b"\n").and_then(|tail| tail.rsplit(|byte| *byte == b'\n').next());
        let last = last.and_then(|last| serde_json::from_slice::<Line>(last).ok());
        match last?.record {
            Record::Ended { status } => Some(status),
            Record::Reaped => Some("reaped".to_owned()),
            _ => None,
        }
    }

    /// What was asked for; none where its first line cannot be read.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        let mut first = String::new();
        io::BufRead::read_line(&mut io::BufReader::new(File::open(self.journal()).ok()?), &mut first).ok()?;
        match serde_json::from_str::<Line>(&first).ok()?.record {
            Record::Run(head) => Some(*head),
            _ => None,
        }
    }

    /// What its journal tells.
    ///
    /// # Errors
    /// When it cannot be read, or is no journal of this version.
    pub fn story(&self) -> Result<Story, Error> {
        self.read(|_| {})
    }

    /// What its journal tells, each record as it is read.
    ///
    /// # Errors
    /// When it cannot be read, or is no journal of this version.
    pub fn read(&self, each: impl FnMut(&Record)) -> Result<Story, Error> {
        let path = self.journal();
        let file = File::open(&path).map_err(|error| Error::io("open", &path, &error))?;
        Story::read(&self.name, io::BufReader::new(file), each)
    }

    /// Takes the run for this process alone. Only then is what its journal tells the last word.
    ///
    /// # Errors
    /// When a flowrun is at work on it, or its journal cannot be written.
    pub fn claim(&self) -> Result<Claim, Error> {
        let path = self.journal();
        let file = private().append(true).open(&path).map_err(|error| Error::io("go on with", &path, &error))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(Error::new(format!("run {} goes on: a flowrun is at work on it", self.name)));
        }
        Ok(Claim { run: self.clone(), file })
    }

    /// A text as it was when the run began.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn text(&self, file: &str) -> Result<String, Error> {
        let path = self.dir.join(file);
        fs::read_to_string(&path).map_err(|error| Error::io("read", &path, &error))
    }

    /// The log of a step; none if its command wrote nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn log(&self, stage: &str, lane: &str, step: u64) -> Result<Option<File>, Error> {
        let path = self.dir.join(super::writer::log_path(stage, lane, step));
        match File::open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", &path, &error)),
        }
    }
}

/// A run that this process alone is at work on.
#[derive(Debug)]
pub struct Claim {
    run: Run,
    file: File,
}

impl Claim {
    /// What its journal tells.
    ///
    /// # Errors
    /// When it cannot be read, or is no journal of this version.
    pub fn story(&self) -> Result<Story, Error> {
        self.run.story()
    }

    /// Goes on with the journal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn go_on(self, story: &Story, part: Part, names: Vec<String>) -> Result<Journal, Error> {
        // A line that was being written when flowrun died.
        let cut = self.file.set_len(story.length);
        cut.map_err(|error| Error::io("go on with", &self.run.journal(), &error))?;
        let journal = Journal::new(self.run.dir, self.file, names, &story.logs());
        journal.append(Record::Part(part));
        Ok(journal)
    }
}

impl Part {
    /// This process, now.
    #[must_use]
    pub fn now(dirs: Vec<String>) -> Part {
        Part { time: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(), pid: std::process::id(), dirs }
    }
}
