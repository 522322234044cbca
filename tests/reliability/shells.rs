//! Durable commands and locks on hosts of each kind of shell, with GNU's tools and with busybox's.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::{durable, outcome, seen};
use crate::lab::{Cluster, wait_until};

/// What the scripts use besides the shell's own commands.
const TOOLS: &[&str] =
    &["cat", "env", "ln", "mkdir", "mktemp", "mv", "readlink", "rm", "rmdir", "setsid", "sleep", "tail", "wc"];

/// A host whose `sh`, and with busybox its tools too, are this program; a durable command is killed off and taken up.
fn on(program: &str, tools: &[&str]) -> String {
    let cluster = Cluster::with(&["builder"]);
    let shims = cluster.lab().dir().join("hosts/builder/shims");
    for name in std::iter::once(&"sh").chain(tools) {
        symlink(Path::new(program), shims.join(name)).unwrap();
    }
    let mut running = cluster.start(&durable("builders"));
    wait_until("a line", || running.said().contains("line 5 of") || running.has_ended());
    running.killed();
    let resumed = cluster.own(&["resume"]);
    assert_eq!(resumed.code, 0, "{}", resumed.text);
    outcome(&cluster)
}

#[test]
fn dash() {
    seen("kill -9 and `resume` on a host with dash", "as everywhere", &on("/usr/bin/dash", &[]));
}

#[test]
fn bash() {
    seen("kill -9 and `resume` on a host with bash for `sh`", "as everywhere", &on("/usr/bin/bash", &[]));
}

#[test]
fn busybox() {
    seen("kill -9 and `resume` on a host with busybox alone", "as everywhere", &on("/usr/bin/busybox", TOOLS));
}
