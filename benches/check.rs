//! How long a check takes: `cargo bench --bench check`.
//!
//! Whole processes, from their start to their end, as a person or CI waits for them. `just --dump` of a tiny file is the
//! rival of a small check: it reads a text of some lines and says what it has read. Where `just` is not installed, its column
//! is left out. Both are run in turn, so that the ratio holds when the machine's speed drifts.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and one that cannot go on has failed"
)]

mod generated;

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PAIRS: usize = 200;
const FLOWRUN: &str = env!("CARGO_BIN_EXE_flowrun");

fn main() {
    // `cargo test --benches` only wants to know whether it is there.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    long(folder.path());
}

fn small(folder: &Path) {
    // Copied as an installation is: the pages of a file that a linker wrote are had one by one.
    let (flowrun, tiny) = (folder.join("flowrun"), folder.join("justfile"));
    std::fs::copy(FLOWRUN, &flowrun).unwrap();
    std::fs::write(&tiny, "a:\n  echo hi\n").unwrap();
    let check = [OsStr::new("check"), OsStr::new("workflows/kernel.flow")];
    let dump = [OsStr::new("--dump"), OsStr::new("-f"), tiny.as_os_str()];
    let just = Path::new("just");
    let has_just = Command::new(just).arg("--version").stdout(Stdio::null()).status().is_ok();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        ours.push(timed(&flowrun, &check));
        if has_just {
            theirs.push(timed(just, &dump));
        }
    }
    println!("milliseconds of a whole process, {PAIRS} runs     least   median");
    let ours = told("flowrun check workflows/kernel.flow", ours);
    if has_just {
        let theirs = told("just --dump of a tiny file", theirs);
        println!("{:<42} {:>8.2} {:>8.2}", "ratio", ours.0 / theirs.0, ours.1 / theirs.1);
    }
}

fn told(name: &str, mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |place: usize| times[place].as_secs_f64() * 1e3;
    let (least, median) = (at(0), at(times.len() / 2));
    println!("{name:<42} {least:>8.2} {median:>8.2}");
    (least, median)
}

fn long(folder: &Path) {
    println!("\n    lines       MB   seconds     MB/s   (the best of 5)");
    for lines in [1_000, 10_000, 100_000] {
        let (text, path) = (generated::workflow(lines), folder.join("long.flow"));
        std::fs::write(&path, &text).unwrap();
        let runs = (0..5).map(|_| timed(Path::new(FLOWRUN), &[OsStr::new("check"), path.as_os_str()]));
        let best = runs.min().unwrap().as_secs_f64();
        let megabytes = text.len() as f64 / 1e6;
        println!("{:>9} {megabytes:>8.2} {best:>9.4} {:>8.1}", text.lines().count(), megabytes / best);
    }
}

fn timed(program: &Path, arguments: &[&OsStr]) -> Duration {
    let begun = Instant::now();
    let ended = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let taken = begun.elapsed();
    assert!(ended.unwrap().success(), "{} {arguments:?}", program.display());
    taken
}
