//! The main job on a part of a real kernel: `mm/` of Debian's source, in pump mode, on the lab.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use flowrun::lab::kernel;

use crate::lab::{Cluster, wait_until};
use crate::reliability;

/// Held by tests of pump mode: what is left over below /tmp is swept by whoever of a user comes next.
pub(crate) static PUMP: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// From what an earlier, broken run left to a build in pump mode; again, with nothing to do; and with the pump elsewhere.
#[test]
fn kernel_flow_builds_in_pump_mode_from_a_stale_state_and_then_changes_nothing() {
    let _alone = PUMP.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let cluster = Cluster::booted();
    let tree = cluster.lab().tree();
    let mut quiet = |_: &str| {};
    kernel::require_tools().unwrap();
    kernel::unpack(&kernel::source().unwrap(), &tree, &mut quiet).unwrap();
    kernel::configure(&tree, &mut quiet).unwrap();
    leave_a_stale_server(&cluster);

    let part = ["--input", "target=mm/"];
    let run = cluster.kernel_flow(&part).ends(
        0,
        &[
            "changed: no include server is left over",
            "changed: no pump directories are left over",
            "2 workers compile as builder does",
            "of them pumped (100 %), 0 fell back to builder, 0 failed",
            "on 127.77.",
            "0 on builder itself",
        ],
    );
    run.does_not_say("no C file had to be compiled");

    cluster.kernel_flow(&part).ends(0, &["no C file had to be compiled"]).does_not_say("changed:");

    clean(&tree);
    plain_distcc_is_not_pump_mode(&cluster);

    clean(&tree);
    a_disturbed_build_is_the_undisturbed_one(&cluster);

    clean(&tree);
    let on_builder = cluster.flow("workflows/kernel-pump-on-builder.flow", &part);
    on_builder.ends(0, &["of them pumped (100 %)", "the include server of builder answers"]);
}

fn clean(tree: &Path) {
    let clean = Command::new("find").arg(tree.join("mm")).args(["-name", "*.o", "-delete"]).status().unwrap();
    assert!(clean.success());
}

/// A build that exits with 0 and was not pumped is a failure where pump mode was asked for.
fn plain_distcc_is_not_pump_mode(cluster: &Cluster) {
    let workflow = cluster.write(
        "plain.flow",
        r#"
use std/distcc
use std/kernel

input tree: Path
hosts workers = group(distcc)

stage build on group(builders) and x86_64 {
    kernel.build(tree, "mm/", jobs: 4, workers: workers)
    distcc.assert-distributed(at-least: 90, pump: false)
    print "a worker compiled"
    distcc.assert-distributed(at-least: 90)
}
"#,
    );
    let inputs = cluster.lab().inputs();
    let run = cluster.flowrun(&workflow, &["--inputs", inputs.to_str().unwrap()]);
    run.ends(1, &["a worker compiled", "0 % of the compilations were pumped to workers, and 90 % were asked for"]);
}

/// The connection is lost three times and flowrun is killed once in the middle of a build: what is built is the same to the
/// byte. The longer form of the fault suite builds the whole image.
fn a_disturbed_build_is_the_undisturbed_one(cluster: &Cluster) {
    let (target, product) = if reliability::long() { ("bzImage", "arch/x86/boot/bzImage") } else { ("mm/", "mm") };
    let workflow = cluster.write("disturbed.flow", &PLAIN_DISTCC.replace("TARGET", target));
    let inputs = cluster.lab().inputs();
    let start = || cluster.started(cluster.command(&workflow, &["--inputs", inputs.to_str().unwrap()]));
    let tree = cluster.lab().tree();

    start().ended().ends(0, &[]);
    let undisturbed = built(&tree.join(product));
    clean_all(&tree, target);

    let mut running = start();
    let mut compiled = 0;
    for disturbance in 0..4 {
        compiled += 8;
        running.wait_for_lines(" CC ", compiled);
        if disturbance == 2 {
            running.killed();
            let mut resume = cluster.program();
            resume.arg("resume").arg(cluster.cut_off());
            running = cluster.started(resume);
            compiled = 0;
            continue;
        }
        let again = running.said().matches("there again").count();
        for session in &reliability::sshds(cluster, "builder")[1..] {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(*session, rustix::process::Signal::KILL);
        }
        // On a busy machine the build may be quicker than the news of it.
        wait_until("the connection", || running.said().matches("there again").count() > again || running.has_ended());
    }
    let run = running.ended();
    assert_eq!(run.code, 0, "{}", run.text);
    let disturbed = built(&tree.join(product));
    let differing: Vec<_> = undisturbed.iter().filter(|(path, bytes)| disturbed.get(*path) != Some(bytes)).collect();
    let names: Vec<_> = differing.iter().map(|(path, _)| path).collect();
    assert!(undisturbed.len() == disturbed.len() && names.is_empty(), "they differ: {names:?}");
    reliability::seen(
        "the connection is lost three times and flowrun killed once in the middle of a kernel build with distcc",
        "what is built is what an undisturbed build makes, byte for byte",
        "exit 0, every byte the same",
    );
}

const PLAIN_DISTCC: &str = r#"
use std/distcc
use std/kernel

input tree: Path
host builder = x86_64 and group(builders)
hosts workers = group(distcc)

stage build on builder {
    let env = {
        DISTCC_HOSTS: distcc.hosts-line(workers, pump: false),
        KBUILD_BUILD_TIMESTAMP: "2026-01-01",
        KBUILD_BUILD_USER: "flowrun",
        KBUILD_BUILD_HOST: "lab",
        KBUILD_BUILD_VERSION: "1",
    }
    kernel.prepare(tree)
    kernel.make(tree, "TARGET", jobs: 4, env: env)
}
"#;

/// The objects below a directory, or the one file, with their bytes.
fn built(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    if path.is_file() {
        return BTreeMap::from([(path.to_path_buf(), std::fs::read(path).unwrap())]);
    }
    let entries = std::fs::read_dir(path).unwrap().flatten().map(|entry| entry.path());
    let objects = entries.filter(|path| path.is_dir() || path.extension().is_some_and(|extension| extension == "o"));
    objects.flat_map(|path| built(&path)).collect()
}

fn clean_all(tree: &Path, target: &str) {
    match target {
        "mm/" => clean(tree),
        _ => assert!(Command::new("make").arg("-s").arg("-C").arg(tree).arg("clean").status().unwrap().success()),
    }
}

/// What a killed run leaves on cm3: a server that still runs, and the directory of one that does not.
fn leave_a_stale_server(cluster: &Cluster) {
    let script = "stale=$(mktemp -d /tmp/distcc-pump.XXXXXX) && mktemp -d /tmp/distcc-pump.XXXXXX && \
        /usr/bin/python3 /usr/lib/python3/dist-packages/include_server/include_server.py \
        --port $stale/socket --pid_file $stale/pid -d1 </dev/null >/dev/null 2>&1";
    let left = Command::new("ssh").arg("-F").arg(cluster.lab().ssh_config()).args(["cm3", script]).output().unwrap();
    assert!(left.status.success(), "{}", String::from_utf8_lossy(&left.stderr));
}
