//! Hosts that write much, without an end of line, or what would harm a terminal: flowrun's memory, logs and screens.

use std::path::Path;
use std::time::Duration;

use super::{files_of, long, seen};
use crate::lab::{Cluster, Run};

/// What flowrun's memory may come to, whatever flows through it, beside the pages of the program itself: these are many where
/// nothing is optimized, and the system drops them when it needs to.
const PEAK_MIB: u64 = 8;

/// How much is much: a gigabyte takes a while when nothing is optimized.
fn much() -> u64 {
    if long() { 1_000_000_000 } else { 100_000_000 }
}

const LITTLE: u64 = 10_000_000;

/// Runs one command in one stage; with how it came out, and the most memory that flowrun had, in MiB.
fn peak(cluster: &Cluster, command: &str, durable: bool) -> (Run, u64) {
    let text = format!("stage flood on group(builders) {{\n    sh(\"{command}\", durable: {durable})\n}}\n");
    let mut running = cluster.start(&text);
    let status = format!("/proc/{}/status", running.pid().as_raw_pid());
    let mut peak = 0;
    while !running.has_ended() {
        // The most it ever had only grows, so that the last look before the end is what counts.
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default()
        };
        peak = peak.max(kib("VmHWM:").saturating_sub(kib("RssFile:")));
        std::thread::sleep(Duration::from_millis(10));
    }
    (running.ended(), peak.div_ceil(1024))
}

/// The log of the only step of the only run.
fn log(cluster: &Cluster) -> std::path::PathBuf {
    let files = files_of(&cluster.path(".local/state/flowrun/runs"));
    files.into_iter().find(|file| file.extension().is_some_and(|it| it == "log")).unwrap()
}

fn forget(cluster: &Cluster) {
    std::fs::remove_dir_all(cluster.path(".local/state/flowrun/runs")).unwrap();
}

fn within(peak: u64) -> String {
    if peak <= PEAK_MIB { "within the bound".to_owned() } else { format!("{peak} MiB") }
}

#[test]
fn much_output_takes_no_more_memory_than_little() {
    let cluster = Cluster::with(&["builder"]);
    for durable in [false, true] {
        let mut peaks = Vec::new();
        for bytes in [LITTLE, much()] {
            let line = "x".repeat(99);
            let (run, peak) = peak(&cluster, &format!("yes {line} | head -c {bytes}"), durable);
            assert_eq!(run.code, 0);
            assert_eq!(std::fs::metadata(log(&cluster)).unwrap().len(), bytes, "the log is not whole");
            peaks.push(within(peak));
            forget(&cluster);
        }
        let what = if durable { "a durable command" } else { "a command" };
        seen(
            &format!("1 GB of output of {what} (100 MB in the short form)"),
            "flowrun's memory beside its program stays below 8 MiB, as with 10 MB; the log is whole",
            &format!("10 MB: {}, 1 GB: {}, log whole, {}", peaks[0], peaks[1], cluster.left("builder", "77no")),
        );
    }
}

#[test]
fn output_without_an_end_of_line() {
    let cluster = Cluster::with(&["builder"]);
    let bytes = 100_000_000;
    let (run, peak) = peak(&cluster, &format!("head -c {bytes} /dev/zero | tr '\\\\0' x"), true);
    let log = std::fs::read(log(&cluster)).unwrap();
    let taken = log.iter().filter(|byte| **byte == b'x').count();
    assert_eq!(taken, bytes);
    seen(
        "100 MB of output without an end of line",
        "it comes in pieces of 8 KiB, none is lost, and flowrun's memory stays below the same bound",
        &format!("exit {}, {}, no byte lost", run.code, within(peak)),
    );
}

/// What moves a cursor, rings, sets a title, and what is no text at all.
const ODD: &[u8] = b"\x1b[2J\x1b[31mred\x1b[0m \x1b]0;title\x07 \x07\x08\x9b1m \xff\xfe \x1bP+q\x1b\\ \xc2\x9b31m end\r\nnext \x00 line\r";

#[test]
fn escape_sequences_and_broken_text() {
    let cluster = Cluster::with(&["builder"]);
    std::fs::write(cluster.home("builder").join("odd"), ODD).unwrap();
    let text = "stage odd on group(builders) {\n    sh \"cat odd; cat odd >&2\"\n    sh(\"cat odd; cat odd >&2\", durable: true)\n    let odd = sh(\"cat \
                odd\").stdout\n    print odd\n    try {\n        sh \"cat odd; exit 1\"\n    } rescue problem {\n        print problem\n    }\n    \
                fail \"it said {{ odd }}\"\n}\n";
    let workflow = cluster.write("test.flow", text);
    let human = cluster.command(&workflow, &[]).output().unwrap();
    let json = cluster.command(&workflow, &["--format", "json"]).output().unwrap();
    let logs: Vec<Vec<u8>> = files_of(&cluster.path(".local/state/flowrun/runs"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|it| it == "log"))
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    assert!(logs.len() >= 4, "{} logs", logs.len());
    let told = std::process::Command::new(env!("CARGO_BIN_EXE_flowrun"))
        .arg("logs")
        .env("HOME", cluster.path(""))
        .env_remove("XDG_STATE_HOME")
        .output()
        .unwrap();
    let mut unclean = Vec::new();
    let texts = [("terminal", &human.stderr), ("json", &json.stdout), ("`flowrun logs`", &told.stdout)];
    for (what, bytes) in texts.into_iter().chain(logs.iter().map(|log| ("log", log))) {
        assert!(!bytes.is_empty(), "{what}");
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') => {}
            _ => unclean.push(format!("{what}: {}", bytes.escape_ascii())),
        }
    }
    let unclean = if unclean.is_empty() { "all clean".to_owned() } else { unclean.join(", ") };
    seen(
        "escape sequences and broken text in a host's output, in values and in failures",
        "no control character reaches terminal, logs or JSON, and all of it is UTF-8",
        &format!("exit {} and {}, {unclean}", human.status.code().unwrap(), json.status.code().unwrap()),
    );
}

/// A host whose programs answer flowrun's own questions with far too much.
#[test]
fn an_answer_without_end_to_a_short_question() {
    let cluster = Cluster::with(&["builder"]);
    let shims = cluster.lab().dir().join("hosts/builder/shims");
    put(&shims.join("nproc"), "#!/bin/sh\nhead -c 5000000 /dev/zero | tr '\\0' 1\n");
    let run = cluster.start("stage one on group(builders) {\n    sh \"true\"\n}\n").ended();
    let told = run.text.contains("answers a short question with more than 1 MiB");
    assert!(told, "{}", run.text);
    seen(
        "a host that answers flowrun's own short questions with megabytes",
        "at most 1 MiB of it is kept, and flowrun says so",
        &format!("exit {}, told: {told}", run.code),
    );
}

fn put(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
