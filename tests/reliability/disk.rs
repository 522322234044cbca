//! Disks that are full: a host's, for the output of durable commands and for the work itself, and this machine's.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{files_of, long, seen, skipped};
use crate::lab::Cluster;

/// A small file system of its own, gone at its end.
struct Small(PathBuf);

impl Small {
    /// None where this user cannot mount any.
    fn at(dir: &Path, kib: u32) -> Option<Self> {
        Small::with(dir, &format!("size={kib}k"))
    }

    fn with(dir: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(dir).unwrap();
        let options = format!("{size},mode=700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "flowrun-test"]).arg(dir).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Small(dir.to_owned())),
            other => {
                skipped(&format!("a small file system cannot be mounted here: {other:?}"));
                None
            }
        }
    }

    /// Takes all of its room.
    fn fill(&self) -> PathBuf {
        let file = self.0.join("fill");
        let filled = Command::new("dd").args(["if=/dev/zero", "bs=4k"]).arg(format!("of={}", file.display())).output();
        assert!(!filled.unwrap().status.success(), "it has no end");
        file
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps nobody else from taking it away.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Each kind of shell says in its own way that a disk is full, or does not.
const SHELLS: &[&str] = &["/usr/bin/dash", "/usr/bin/bash", "/usr/bin/busybox"];

/// A host whose `sh` is this program.
fn with_shell(program: &str) -> Cluster {
    let cluster = Cluster::with(&["builder"]);
    let shims = cluster.lab().dir().join("hosts/builder/shims");
    std::os::unix::fs::symlink(program, shims.join("sh")).unwrap();
    if program.ends_with("busybox") {
        std::os::unix::fs::symlink(program, shims.join("df")).unwrap();
    }
    cluster
}

fn spools(cluster: &Cluster) -> PathBuf {
    cluster.home("builder").join(".local/state/flowrun/durable")
}

#[test]
fn the_spool_fills_up_under_a_durable_command() {
    for shell in SHELLS {
        let cluster = with_shell(shell);
        let Some(_small) = Small::at(&spools(&cluster), 256) else { return };
        let text = "stage one on group(builders) {\n    sh(\"seq 100000; echo seq: $? >> effects; exit 7\", durable: true)\n} finally {\n    sh \"echo \
                    finally >> effects\"\n}\n";
        let run = cluster.start(text).ended();
        assert!(run.text.contains("│ 1000\n"), "{}", run.text);
        let told = "the disk of builder is full: output may be missing, it is kept in ~/.local/state/flowrun/durable";
        assert!(run.text.contains(told), "{shell}: {}", run.text);
        assert!(run.text.contains("failed on builder with exit status 7"), "{shell}: {}", run.text);
        assert_eq!(cluster.lines("builder", "effects"), ["seq: 1", "finally"], "{shell}: {}", run.text);
        seen(
            "a host's disk fills up with the output of a durable command",
            "the command is told so by the system, its exit status is collected, and flowrun names the disk",
            &format!("exit {}, status 7 collected, the disk named, {}", run.code, cluster.left("builder", "77no")),
        );
    }
}

#[test]
fn a_value_whose_spool_filled_up_is_no_value() {
    let cluster = Cluster::with(&["builder"]);
    let Some(_small) = Small::at(&spools(&cluster), 256) else { return };
    let text = "stage one on group(builders) {\n    let all = sh(\"seq 100000; true\", durable: true).stdout\n    print \"{{ len(lines(all)) }} lines\"\n}\n";
    let run = cluster.start(text).ended();
    assert!(run.text.contains("the disk of builder is full: there is no room for the whole output"), "{}", run.text);
    seen(
        "a host's disk fills up with the output of a durable command that is used as a value",
        "half of a value is none: the step fails, and flowrun names the disk",
        &format!("exit {}, {}", run.code, cluster.left("builder", "77no")),
    );
}

#[test]
fn there_is_no_room_for_a_spool() {
    for shell in SHELLS {
        let cluster = with_shell(shell);
        let Some(small) = Small::at(&spools(&cluster), 64) else { return };
        let fill = small.fill();
        let text = "stage one on group(builders) {\n    sh \"echo before >> effects\"\n    sh(\"echo build >> effects\", durable: true)\n}\n";
        let run = cluster.start(text).ended();
        let told = "the disk of builder is full: there is no room for the output of a durable command in \
                    ~/.local/state/flowrun/durable";
        assert!(run.text.contains(told), "{shell}: {}", run.text);
        assert_eq!(cluster.lines("builder", "effects"), ["before"]);
        std::fs::remove_file(fill).unwrap();
        let resumed = cluster.own(&["resume"]);
        seen(
            "a host's disk has no room for a durable command",
            "the command is not begun, and flowrun names the disk; `resume` goes on when there is room",
            &format!(
                "exit {}, the disk named, resume: exit {}, effects: {}, {}",
                run.code,
                resumed.code,
                cluster.lines("builder", "effects").join(" "),
                cluster.left("builder", "77no")
            ),
        );
    }
}

#[test]
fn there_is_no_room_for_a_lock() {
    let cluster = Cluster::with(&["builder"]);
    let Some(_small) = Small::with(&cluster.home("builder").join(".local/state/flowrun"), "nr_inodes=1") else {
        return;
    };
    let run = cluster.start("stage one on group(builders) {\n    sh \"echo done >> effects\"\n}\n").ended();
    let told = "the disk of builder is full: there is no room for the lock of a run in ~/.local/state/flowrun";
    assert!(run.text.contains(told), "{}", run.text);
    seen(
        "a host's disk has no room for the lock of a run",
        "nothing is done there, and flowrun names the disk",
        &format!("exit {}, the disk named, effects: {:?}", run.code, cluster.lines("builder", "effects")),
    );
}

#[test]
fn the_disk_of_the_work_is_full() {
    let cluster = Cluster::with(&["builder"]);
    let Some(small) = Small::at(&cluster.home("builder").join("work"), 64) else { return };
    small.fill();
    let mut told = Vec::new();
    for (what, step) in [
        ("a command", "sh \"head -c 100000 /dev/zero > work/made\""),
        ("a durable command", "sh(\"head -c 100000 /dev/zero > work/made\", durable: true)"),
        ("write-file", "write-file(\"~/work/made\", \"0123456789\")"),
    ] {
        let run = cluster.start(&format!("stage one on group(builders) {{\n    {step}\n}}\n")).ended();
        assert!(run.code == 1 && run.text.contains("No space left on device"), "{what}: {}", run.text);
        told.push(format!("{what}: exit {}", run.code));
    }
    seen(
        "a host's disk has no room for the work itself",
        "the step fails, with what the system says of the disk",
        &format!("{}, each with `No space left on device`, {}", told.join(", "), cluster.left("builder", "77no")),
    );
}

/// Many steps, each with an effect.
const MANY: u32 = 400;

fn many() -> String {
    let steps: String = (1..=MANY).map(|i| format!("    sh \"echo {i} >> effects\"\n")).collect();
    format!("stage many on group(builders) {{\n{steps}}}\n")
}

#[test]
fn this_machines_disk_has_no_room_for_the_journal() {
    // The journal finds room for some steps and not for all of them; where it ends decides what is being written then.
    let fills: Vec<usize> = if long() { (0..16).map(|i| 150_000 + i * 1_000).collect() } else { vec![150_000] };
    for fill in fills {
        let Some(row) = no_room_for_the_journal(fill) else { return };
        seen(
            "the disk of flowrun's machine has no room for the journal",
            "R0810 before the next effect; the outcome of what was done is on record; `resume` does the rest when there is room",
            &row,
        );
    }
}

fn no_room_for_the_journal(size: usize) -> Option<String> {
    let cluster = Cluster::with(&["builder"]);
    let state = cluster.path("state");
    let small = Small::at(&state, 256)?;
    let fill = small.0.join("fill");
    std::fs::write(&fill, vec![0; size]).unwrap();
    let run = cluster.started(on_small(cluster.command(&cluster.write("test.flow", &many()), &[]), &state)).ended();
    assert!(run.text.contains("error[R0810]"), "{}", run.text);
    let done = cluster.lines("builder", "effects").len();
    assert!(done > 0 && done < MANY as usize, "{done} steps: {}", run.text);
    std::fs::remove_file(fill).unwrap();
    let resumed = cluster.started(resume_on_small(&cluster, &state)).ended();
    let once: Vec<String> = (1..=MANY).map(|i| i.to_string()).collect();
    assert_eq!(cluster.lines("builder", "effects"), once, "{}\n{}", run.text, resumed.text);
    Some(format!(
        "exit {}, R0810, resume: exit {}, each of {MANY} effects once, {}",
        run.code,
        resumed.code,
        cluster.left("builder", "77no")
    ))
}

/// With its journal on the small file system.
fn on_small(mut command: Command, state: &Path) -> Command {
    command.env("XDG_STATE_HOME", state);
    command
}

fn resume_on_small(cluster: &Cluster, state: &Path) -> Command {
    let mut resume = cluster.program();
    resume.arg("resume");
    on_small(resume, state)
}

#[test]
fn this_machines_disk_has_no_room_for_a_log() {
    let cluster = Cluster::with(&["builder"]);
    let state = cluster.path("state");
    let Some(small) = Small::at(&state, 1024) else { return };
    let fill = small.0.join("fill");
    std::fs::write(&fill, vec![0; 700_000]).unwrap();
    let lines = 100_000;
    let workflow = cluster.write(
        "test.flow",
        &format!(
            "stage one on group(builders) {{\n    sh(\"echo build >> effects; seq {lines}\", durable: true)\n    sh \"echo after >> effects\"\n}}\n"
        ),
    );
    let run = cluster.started(on_small(cluster.command(&workflow, &[]), &state)).ended();
    assert!(run.text.contains("error[R0810]"), "{}", run.text);
    assert_eq!(cluster.lines("builder", "effects"), ["build"], "{}", run.text);
    std::fs::remove_file(fill).unwrap();
    let resumed = cluster.started(resume_on_small(&cluster, &state)).ended();
    let log = files_of(&state).into_iter().find(|file| file.extension().is_some_and(|it| it == "log")).unwrap();
    let whole: String = (1..=lines).map(|i| format!("{i}\n")).collect();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log == whole, "the log has {} of {} bytes: {}", log.len(), whole.len(), resumed.text);
    seen(
        "the disk of flowrun's machine has no room for the log of a durable command",
        "R0810 before the next effect; its host keeps the output, and `resume` takes it up when there is room",
        &format!(
            "exit {}, R0810, resume: exit {}, effects: {}, log whole, {}",
            run.code,
            resumed.code,
            cluster.lines("builder", "effects").join(" "),
            cluster.left("builder", "77no")
        ),
    );
}
