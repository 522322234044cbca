//! What distcc says nothing of: a worker or the include server that is gone in the middle of a build.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use super::{Running, children, seen};
use crate::kernel::PUMP;
use crate::lab::Cluster;

const FILES: usize = 60;
/// The fault is done when this many were begun ...
const BEFORE: usize = 15;
/// ... and no more than these begin before that.
const GATE: usize = 20;

/// What `kernel.build` takes for a kernel tree: small files in place of the large ones.
fn tree(cluster: &Cluster) -> PathBuf {
    let tree = cluster.path("tree");
    std::fs::create_dir_all(&tree).unwrap();
    let write = |name: &str, text: &str| std::fs::write(tree.join(name), text).unwrap();
    write(".config", "");
    write("common.h", "struct state { long sum; int turns; };\n");
    write(
        "Makefile",
        &format!(
            "all: $(patsubst %.c,%.o,$(sort $(wildcard *.c)))\n\t@touch all\nprepare:\n\t@echo prepared\n%.o: %.c\n\t@while [ $* -gt {} ] && ! [ -e go ]; do sleep \
             0.1; done; echo CC $*\n\t@$(CC) -O2 -c -o $@ $<\n.PHONY: prepare\n",
            100 + GATE
        ),
    );
    for file in 1..=FILES {
        let mut text = String::from("#include \"common.h\"\n");
        for function in 0..40 {
            let _ = writeln!(
                text,
                "long f{file}_{function}(struct state *s, int n) {{ while (n-- > {function}) {{ s->sum += n * s->turns; s->turns ^= n; }} return s->sum; }}"
            );
        }
        write(&format!("{}.c", 100 + file), &text);
    }
    tree
}

const PLAIN: &str = r#"
use std/distcc
use std/kernel

input tree: Path
hosts workers = group(distcc)

stage build on group(builders) and x86_64 {
    kernel.build(tree, "all", jobs: 8, workers: workers)
    distcc.assert-distributed(at-least: 50, pump: false)
}
"#;

const PUMPED: &str = r#"
use std/distcc
use std/kernel
use std/pump

input tree: Path
input pumpctl: Path
input mirror: Path

host builder = x86_64 and group(builders)
hosts workers = group(distcc)

stage pump-start on builder, x86_64 only -> Socket {
    pump.ensure-pumpctl(pumpctl)
    pump.write-env(distcc.hosts-line(workers, pump: true), mirror: mirror)
    return pump.start(pumpctl)
}

stage build on builder, x86_64 only {
    kernel.prepare(tree)
    kernel.build(tree, "all", jobs: 8, pump: pump-start, workers: workers)
    distcc.assert-distributed(at-least: 90)
} finally {
    pump.stop(pumpctl)
}
"#;

/// Starts the build and comes back when it is in its middle.
fn begun(cluster: &Cluster, text: &str, tree: &Path) -> Running {
    let workflow = cluster.write("build.flow", text);
    let (inputs, tree) = (cluster.lab().inputs(), format!("tree={}", tree.display()));
    let running =
        cluster.started(cluster.command(&workflow, &["--inputs", inputs.to_str().unwrap(), "--input", &tree]));
    wait_for(&running, &format!("CC {}", 100 + BEFORE));
    running
}

/// As [`Running::wait_for`], and longer: compilers are not quick on a busy machine.
fn wait_for(running: &Running, words: &str) {
    let started = std::time::Instant::now();
    while !running.said().contains(words) {
        assert!(started.elapsed().as_secs() < 120, "{words} did not come: {}", running.said());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// A process of which a file tells the pid on this line.
fn process(file: &Path, line: usize) -> Pid {
    let text = std::fs::read_to_string(file).unwrap();
    let pid = text.lines().nth(line).unwrap().split(' ').next().unwrap().parse().unwrap();
    Pid::from_raw(pid).unwrap()
}

/// The number before these words.
fn figure(text: &str, words: &str) -> usize {
    let before = text.split_once(words).unwrap_or_else(|| panic!("does not say {words:?}: {text}")).0;
    before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[test]
fn the_distccd_of_a_worker_is_killed() {
    let cluster = Cluster::with(&["builder", "worker-1", "worker-2"]);
    let tree = tree(&cluster);
    let running = begun(&cluster, PLAIN, &tree);
    let distccd = process(&cluster.lab().dir().join("hosts/worker-1/run/distccd"), 0);
    // Its children would go on serving.
    for process in [vec![distccd], children(distccd)].concat() {
        let _ = kill_process(process, Signal::KILL);
    }
    std::fs::write(tree.join("go"), "").unwrap();
    let run = running.ended();
    let compiled =
        std::fs::read_dir(&tree).unwrap().flatten().filter(|it| it.path().extension().is_some_and(|it| it == "o"));
    assert_eq!(compiled.count(), FILES, "{}", run.text);
    let told = run.text.split_once(" compilations: ").unwrap().1.lines().next().unwrap();
    let shares: Vec<usize> = told.split(", ").map(|share| share.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(figure(&run.text, " compilations: "), FILES);
    assert_eq!(shares.iter().sum::<usize>(), FILES, "{told}");
    seen(
        "a worker's distccd is killed in the middle of a build",
        "the build comes to its end without that worker, and the share of each is told",
        &format!("exit {}, all {FILES} files compiled, the shares told add up", run.code),
    );
}

#[test]
fn the_include_server_is_killed() {
    let _alone = PUMP.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let cluster = Cluster::with(&["builder", "worker-1", "worker-2"]);
    let tree = tree(&cluster);
    let running = begun(&cluster, PUMPED, &tree);
    kill_process(process(&cluster.home("builder").join(".distcc/pump.current"), 1), Signal::KILL).unwrap();
    std::fs::write(tree.join("go"), "").unwrap();
    let run = running.ended();
    assert_eq!(figure(&run.text, " compilations: "), FILES);
    assert!(figure(&run.text, " of them pumped") <= GATE, "{}", run.text);
    let told = run.text.contains("of the compilations were pumped to workers, and 90 % were asked for")
        || run.text.contains("pump mode was given up during the build");
    seen(
        "the include server is killed in the middle of a build in pump mode",
        "make and distcc end with 0; flowrun does not, because most was not pumped",
        &format!("exit {}, told: {told}, {}", run.code, cluster.left("builder", &tree.display().to_string())),
    );
}
