//! The main job on a part of a real kernel: `mm/` of Debian's source, in pump mode, on the lab.

use std::path::Path;
use std::process::Command;

use flowrun::lab::kernel;

use crate::lab::Cluster;

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

/// What a killed run leaves on cm3: a server that still runs, and the directory of one that does not.
fn leave_a_stale_server(cluster: &Cluster) {
    let script = "stale=$(mktemp -d /tmp/distcc-pump.XXXXXX) && mktemp -d /tmp/distcc-pump.XXXXXX && \
        /usr/bin/python3 /usr/lib/python3/dist-packages/include_server/include_server.py \
        --port $stale/socket --pid_file $stale/pid -d1 </dev/null >/dev/null 2>&1";
    let left = Command::new("ssh").arg("-F").arg(cluster.lab().ssh_config()).args(["cm3", script]).output().unwrap();
    assert!(left.status.success(), "{}", String::from_utf8_lossy(&left.stderr));
}
