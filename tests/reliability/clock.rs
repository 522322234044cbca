//! Clocks that jump, forward and back, by hours, while flowrun runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Running, durable, outcome, seen, skipped};
use crate::lab::{Cluster, wait_until};

/// A calendar clock of flowrun's own, which jumps when it is told to. None where there is no libfaketime.
struct Clock {
    library: PathBuf,
    time: PathBuf,
}

impl Clock {
    fn of(cluster: &Cluster) -> Option<Self> {
        let folders = std::fs::read_dir("/usr/lib").unwrap().flatten().map(|folder| folder.path());
        let library = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|it| it.exists());
        let Some(library) = library else {
            skipped("there is no libfaketime here (Debian's package faketime)");
            return None;
        };
        let clock = Clock { library, time: cluster.path("clock") };
        clock.jumps("+0");
        Some(clock)
    }

    /// To the true time and this much more.
    fn jumps(&self, by: &str) {
        let new = self.time.with_extension("new");
        std::fs::write(&new, format!("{by}\n")).unwrap();
        std::fs::rename(new, &self.time).unwrap();
    }

    fn rules(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.time)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }

    /// Whether programs see it jump at all.
    fn is_seen(&self) -> bool {
        let year = || {
            let mut date = Command::new("date");
            self.rules(&mut date);
            String::from_utf8(date.arg("+%Y").output().unwrap().stdout).unwrap()
        };
        let now = year();
        self.jumps("+800d");
        let then = year();
        self.jumps("+0");
        now != then
    }
}

fn start(cluster: &Cluster, clock: &Clock, text: &str) -> Running {
    let workflow = cluster.write("test.flow", text);
    let mut command = cluster.command(&workflow, &["--reconnect", "60"]);
    clock.rules(&mut command);
    cluster.started(command)
}

fn journal(dir: &Path) -> String {
    let files = super::files_of(dir);
    let file = files.into_iter().find(|file| file.ends_with("journal.jsonl")).unwrap();
    std::fs::read_to_string(file).unwrap()
}

/// Whether the times within each part of the run only grow.
fn is_in_order(journal: &str) -> bool {
    let lines = journal.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut last = 0;
    lines.into_iter().all(|line| {
        let ms = line["ms"].as_u64().unwrap();
        let grows = ms >= last || line["record"] == "part";
        last = ms;
        grows
    })
}

#[test]
fn the_clock_jumps_under_a_run_with_a_timeout() {
    let cluster = Cluster::with(&["builder"]);
    let Some(clock) = Clock::of(&cluster) else { return };
    assert!(clock.is_seen());
    let text = durable("builders").replace("on group(builders) {", "on group(builders) timeout 10m {");
    let running = start(&cluster, &clock, &text);
    running.wait_for("line 5 of");
    clock.jumps("+5h");
    running.wait_for("line 15 of");
    clock.jumps("-7h");
    let run = running.ended();
    assert!(!run.text.contains("R0804"), "{}", run.text);
    let order = is_in_order(&journal(&cluster.path(".local/state/flowrun/runs")));
    seen(
        "the clock jumps by 5 h forward and 12 h back under a stage with a timeout of 10 min",
        "nothing times out, because limits go by a clock that does not jump; the journal is in order",
        &format!("exit {}, journal in order: {order}, {}", run.code, outcome(&cluster)),
    );
}

#[test]
fn the_clock_has_gone_back_when_a_run_is_resumed() {
    let cluster = Cluster::with(&["builder"]);
    let Some(clock) = Clock::of(&cluster) else { return };
    let running = start(&cluster, &clock, &durable("builders"));
    running.wait_for("line 5 of");
    running.killed();
    clock.jumps("-30h");
    let mut resume = cluster.program();
    resume.arg("resume");
    clock.rules(&mut resume);
    let run = cluster.started(resume).ended();
    let order = is_in_order(&journal(&cluster.path(".local/state/flowrun/runs")));
    wait_until("the run in the list", || cluster.runs().contains("done"));
    seen(
        "kill -9 of flowrun, and the clock goes back by 30 h before `resume`",
        "`resume` takes the run up as ever",
        &format!("resume: exit {}, journal in order: {order}, {}", run.code, outcome(&cluster)),
    );
}
