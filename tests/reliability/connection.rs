//! What happens to connections.

use std::process::Command;
use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::{durable, outcome, seen, sshds};
use crate::lab::Cluster;

#[test]
fn the_session_is_killed_under_a_durable_command() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(&durable("builders"));
    running.wait_for("line 5 of");
    for session in &sshds(&cluster, "builder")[1..] {
        let _ = kill_process(*session, Signal::KILL);
    }
    let run = running.ended();
    let again = run.text.matches("there again").count();
    seen(
        "the sshd of the connection is killed",
        "flowrun connects again and follows the durable command from where it stopped",
        &format!("exit {}, reconnected {again} time, {}", run.code, outcome(&cluster)),
    );
}

#[test]
fn the_whole_sshd_is_killed_and_comes_back() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(&durable("builders"));
    running.wait_for("line 5 of");
    for sshd in sshds(&cluster, "builder") {
        let _ = kill_process(sshd, Signal::KILL);
    }
    running.wait_for("next attempt in");
    let config = cluster.lab().dir().join("hosts/builder/sshd_config");
    // Without -D it goes into the background by itself.
    assert!(Command::new("/usr/sbin/sshd").arg("-f").arg(config).status().unwrap().success());
    let run = running.ended();
    let result = format!("exit {}, {}", run.code, outcome(&cluster));
    for sshd in sshds(&cluster, "builder") {
        let _ = kill_process(sshd, Signal::KILL);
    }
    seen(
        "the whole sshd is killed, and started again a while later",
        "flowrun tries again, at longer and longer pauses, until it answers",
        &result,
    );
}

#[test]
fn the_sshd_is_stopped_for_longer_than_the_keepalive() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(&durable("builders"));
    running.wait_for("line 5 of");
    let stopped = sshds(&cluster, "builder").split_off(1);
    for session in &stopped {
        let _ = kill_process(*session, Signal::STOP);
    }
    wait_for_long(&running, "there again");
    for session in &stopped {
        let _ = kill_process(*session, Signal::CONT);
    }
    let run = running.ended();
    seen(
        "the sshd of the connection is stopped (SIGSTOP) for longer than the keepalive",
        "the silence is noticed after 15 s, and flowrun connects again",
        &format!("exit {}, {}", run.code, outcome(&cluster)),
    );
}

/// As [`super::Running::wait_for`], for what takes longer than a keepalive.
fn wait_for_long(running: &super::Running, words: &str) {
    let started = std::time::Instant::now();
    while !running.said().contains(words) {
        assert!(started.elapsed() < Duration::from_secs(60), "{words} did not come: {}", running.said());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_host_is_rebooted_in_the_middle_of_a_durable_command() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(&durable("builders"));
    running.wait_for("line 5 of");
    cluster.lab().power_off("builder").unwrap();
    running.wait_for("next attempt in");
    cluster.lab().power_on("builder").unwrap();
    let run = running.ended();
    assert!(run.text.contains("the command was killed on builder") || run.text.contains("signal 15"), "{}", run.text);
    let resumed = cluster.own(&["resume"]);
    seen(
        "the host is switched off and on in the middle of a durable command",
        "the command is gone and told as killed, not taken for done; `resume` does it once more and nothing before it",
        &format!("exit {}, resume: exit {}, {}", run.code, resumed.code, effects(&cluster)),
    );
}

fn effects(cluster: &Cluster) -> String {
    format!("effects: {}, {}", cluster.lines("builder", "effects").join(" "), cluster.left("builder", "77no"))
}

#[test]
fn the_connection_is_lost_under_a_plain_command() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(
        "stage one on group(builders) {\n    sh \"echo begun >> effects; echo begun; sleep 7741; echo ended >> effects\"\n}\n",
    );
    running.wait_for("│ begun");
    for session in &sshds(&cluster, "builder")[1..] {
        let _ = kill_process(*session, Signal::KILL);
    }
    let run = running.ended().ends(4, &["error[R0807]", "whether it happened is not known"]);
    let resumed = cluster.own(&["resume"]);
    assert!(resumed.text.contains("error[R0807]"), "{}", resumed.text);
    seen(
        "the connection is lost under a command that is not durable",
        "its outcome is told as not known, it is not repeated unasked, and what was left of it is ended",
        &format!(
            "exit {}, resume: exit {}, effects: {}, {}",
            run.code,
            resumed.code,
            cluster.lines("builder", "effects").join(" "),
            cluster.left("builder", "sleep 7741")
        ),
    );
}

#[test]
fn the_connection_is_lost_under_an_ensure() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(
        "stage one on group(builders) {\n    ensure \"it is there\" {\n        assert file-exists(\"~/there\")\n    } else {\n        \
         sh \"echo begun; [ -e once ] || { touch once; sleep 7742; }; touch there\"\n    }\n}\n",
    );
    running.wait_for("│ begun");
    for session in &sshds(&cluster, "builder")[1..] {
        let _ = kill_process(*session, Signal::KILL);
    }
    let run = running.ended();
    seen(
        "the connection is lost under the command of an `ensure`",
        "the check is asked anew and the step done again",
        &format!("exit {}, {}", run.code, cluster.left("builder", "sleep 7742")),
    );
}

#[test]
fn two_runs_at_once() {
    let cluster = Cluster::with(&["builder"]);
    let first =
        cluster.start("stage one on group(builders) {\n    sh \"echo begun; sleep 8; echo ended >> effects\"\n}\n");
    first.wait_for("│ begun");
    let second = cluster.flowrun(&cluster.path("test.flow"), &[]);
    assert!(second.text.contains("another run of test.flow is at work on builder"), "{}", second.text);
    let first = first.ended();
    assert_eq!(cluster.left("builder", "77no"), "nothing left");
    seen(
        "two flowruns with the same workflow at once",
        "the second one names the first and does nothing",
        &format!(
            "first: exit {}, second: exit {}, effects: {}",
            first.code,
            second.code,
            cluster.lines("builder", "effects").join(" ")
        ),
    );
}

/// What the kernel of a host that is out of memory does to one process.
#[test]
fn a_part_of_the_remote_shell_is_killed_alone() {
    const WORKER: &str = "IFS=' ' read -r _ _ _ worker _ </proc/self/stat; kill -KILL $worker";
    let cluster = Cluster::with(&["builder"]);
    let script = format!("echo begun >> effects; {WORKER}; sleep 7743; echo ended >> effects");
    let running = cluster.start(&format!("stage one on group(builders) {{\n    sh \"{script}\"\n}}\n"));
    let run = running.ended().ends(4, &["error[R0807]", "whether it happened is not known"]);
    seen(
        "the part of the remote shell that would tell how a command ended is killed alone, as for want of memory",
        "it is missed within 10 s; the outcome is told as not known, and what was left of the command is ended",
        &format!(
            "exit {}, effects: {}, {}",
            run.code,
            cluster.lines("builder", "effects").join(" "),
            cluster.left("builder", "sleep 7743")
        ),
    );
}
