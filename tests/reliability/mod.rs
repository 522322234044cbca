//! Faults, each done to a real run on the lab's real sshds: what was expected, and what was seen.
//!
//! What is seen of each is a row of `docs/reliability.md`; a test fails when the row is not what it sees. `scripts/reliability`
//! runs the longer form of all of them and writes the page anew.

mod build;
mod cancelled;
mod clock;
mod connection;
mod disk;
mod flood;
mod journal;
mod killed;
mod network;
mod order;
mod shells;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::lab::{Cluster, Run, program, wait_until};

/// Holds a row of the page against what was seen, or writes it when the page is made anew.
#[track_caller]
pub(crate) fn seen(fault: &str, expected: &str, seen: &str) {
    let row = format!("| {fault} | {expected} | {seen} |");
    if let Some(dir) = std::env::var_os("FLOWRUN_RELIABILITY") {
        let name: String = fault.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(Path::new(&dir).join(name), row).unwrap();
        return;
    }
    let page = std::fs::read_to_string("docs/reliability.md").unwrap_or_default();
    assert!(
        page.lines().any(|line| line == row),
        "docs/reliability.md has no row like this (scripts/reliability):\n{row}"
    );
}

/// Says that a fault cannot be done here.
#[expect(clippy::print_stderr, reason = "a test that was not done has to say so")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// Whether the longer form was asked for.
pub(crate) fn long() -> bool {
    std::env::var_os("FLOWRUN_RELIABILITY_LONG").is_some()
}

/// flowrun while it runs.
pub(crate) struct Running {
    child: Child,
    /// What it says, as far as it has.
    text: PathBuf,
}

impl Running {
    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.text).unwrap()
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, words: &str) {
        wait_until(words, || self.said().contains(words));
    }

    /// Waits until so many lines hold the words. A build has its own pace.
    pub(crate) fn wait_for_lines(&mut self, words: &str, lines: usize) {
        let started = Instant::now();
        while self.said().matches(words).count() < lines && !self.has_ended() {
            assert!(started.elapsed() < Duration::from_secs(300), "{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(crate) fn killed(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn ended(mut self) -> Run {
        // Longer than anything that is done here; a run that hangs must not hang the tests.
        const LONGEST: Duration = Duration::from_secs(20 * 60);
        let started = Instant::now();
        while !self.has_ended() {
            if started.elapsed() > LONGEST {
                self.child.kill().unwrap();
                panic!("it did not end: {}", self.said());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        Run { code, text: self.said() }
    }
}

impl Cluster {
    /// Starts the workflow `test.flow` of this text.
    fn start(&self, text: &str) -> Running {
        let workflow = self.write("test.flow", text);
        self.started(self.command(&workflow, &["--reconnect", "60"]))
    }

    pub(crate) fn started(&self, mut command: Command) -> Running {
        let text = self.path("said");
        let file = std::fs::File::create(&text).unwrap();
        let child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
        Running { child, text }
    }

    /// A subcommand of flowrun, for the same user.
    fn own(&self, arguments: &[&str]) -> Run {
        let mut command = self.program();
        Run::of(command.args(arguments).output().unwrap())
    }

    pub(crate) fn program(&self) -> Command {
        program(&self.path(""))
    }

    /// What `flowrun logs` prints.
    fn logs(&self, arguments: &[&str]) -> String {
        let printed = self.program().arg("logs").args(arguments).output().unwrap();
        String::from_utf8(printed.stdout).unwrap()
    }

    /// What `flowrun runs` prints.
    fn runs(&self) -> String {
        String::from_utf8(self.program().arg("runs").output().unwrap().stdout).unwrap()
    }

    /// The name of the run that was cut off.
    pub(crate) fn cut_off(&self) -> String {
        let runs = self.runs();
        runs.lines().find(|line| line.contains("cut off")).unwrap().split(' ').next().unwrap().to_owned()
    }

    /// The lines of a file in a host's home.
    fn lines(&self, host: &str, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.home(host).join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn home(&self, host: &str) -> PathBuf {
        self.lab().dir().join("hosts").join(host).join("home")
    }

    /// What is left of flowrun on a host: files, and processes of the marker.
    fn left(&self, host: &str, marker: &str) -> String {
        let started = Instant::now();
        loop {
            let processes = processes(marker).len();
            let spools = files_of(&self.home(host).join(".local/state/flowrun"));
            match (processes, spools.len()) {
                (0, 0) => return "nothing left".to_owned(),
                // Ten seconds are what a host has to notice that nobody is there any more.
                (processes, files) if started.elapsed() > Duration::from_secs(10) => {
                    return format!("left: {processes} processes, {files} files {spools:?}");
                }
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

fn files_of(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files_of(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

/// The living processes whose command line holds the marker.
fn processes(marker: &str) -> Vec<Pid> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).replace('\0', " ").contains(marker) {
            found.extend(Pid::from_raw(pid));
        }
    }
    found
}

/// The processes of a host's sshd: the listener first, then those of connections.
pub(crate) fn sshds(cluster: &Cluster, host: &str) -> Vec<Pid> {
    let config = cluster.lab().dir().join("hosts").join(host).join("sshd_config");
    let mut listener = processes(&config.display().to_string());
    listener.retain(|pid| is_sshd(*pid));
    let mut found = listener.clone();
    let mut next = listener;
    while let Some(parent) = next.pop() {
        for child in children(parent) {
            if is_sshd(child) {
                found.push(child);
                next.push(child);
            }
        }
    }
    found
}

fn is_sshd(pid: Pid) -> bool {
    let name = std::fs::read_to_string(format!("/proc/{}/comm", pid.as_raw_pid())).unwrap_or_default();
    name.trim().starts_with("sshd")
}

fn children(of: Pid) -> Vec<Pid> {
    let task = format!("/proc/{0}/task/{0}/children", of.as_raw_pid());
    let text = std::fs::read_to_string(task).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).filter_map(Pid::from_raw).collect()
}

const LINES: u32 = 40;

/// A durable command that writes numbered lines for about four seconds, and one line to a file for each time it runs.
fn durable(host: &str) -> String {
    format!(
        "stage build on group({host}) {{\n    sh \"echo before >> effects\"\n    sh(\"echo build >> effects; i=0; while [ $i -lt \
         {LINES} ]; do i=$((i+1)); echo line $i of some output; [ $((i % 10)) -gt 0 ] || echo warning $i >&2; sleep 0.1; \
         done\", durable: true)\n    sh \"echo after >> effects\"\n}}\n"
    )
}

/// The log that the durable command has when nothing disturbs it.
fn whole_log() -> String {
    (1..=LINES).fold(String::new(), |text, i| {
        let warning = if i % 10 == 0 { format!("warning {i}\n") } else { String::new() };
        text + &format!("line {i} of some output\n") + &warning
    })
}

/// What came of `durable`: how often each of its effects happened, and whether its log is whole.
fn outcome(cluster: &Cluster) -> String {
    let effects = cluster.lines("builder", "effects");
    let times = |what: &str| effects.iter().filter(|effect| *effect == what).count();
    let log = cluster.logs(&["", "build", "builder"]);
    let log = if log == whole_log() { "log whole".to_owned() } else { format!("log differs: {log}") };
    format!(
        "each effect {}-{}-{} times, {log}, {}",
        times("before"),
        times("build"),
        times("after"),
        cluster.left("builder", "77no")
    )
}
