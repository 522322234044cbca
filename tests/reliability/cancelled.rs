//! Cancellation, in each of its ways, of a command and of a durable one.

use rustix::process::Signal;

use super::{Running, seen};
use crate::lab::{Cluster, Run};

/// A stage with a command that never ends by itself, and a `finally`.
fn endless(number: u32, durable: bool) -> String {
    format!(
        "stage one on group(builders) {{\n    sh(\"echo begun; sleep {number} & sleep {number}\", durable: {durable})\n}} finally {{\n    sh \
         \"echo finally >> effects\"\n}}\n"
    )
}

fn cancelled(number: u32, durable: bool, end: impl FnOnce(&Running)) -> (Run, String) {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(&endless(number, durable));
    running.wait_for("│ begun");
    end(&running);
    let run = running.ended();
    let finally = cluster.lines("builder", "effects").len();
    let left = cluster.left("builder", &format!("sleep {number}"));
    let text = format!("exit {}, `finally` ran {finally} times, {left}", run.code);
    (run, text)
}

#[test]
fn signals() {
    let signals = [(Signal::INT, "Ctrl-C"), (Signal::TERM, "SIGTERM"), (Signal::HUP, "SIGHUP")];
    // Under `nohup` flowrun passes it over, as it should.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status
        .lines()
        .any(|line| line.starts_with("SigIgn:") && line.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']));
    for (number, (signal, name)) in signals.into_iter().enumerate() {
        if signal == Signal::HUP && ignored {
            continue;
        }
        for durable in [false, true] {
            let number = 7761 + u32::try_from(number).unwrap() * 2 + u32::from(durable);
            let (_, text) = cancelled(number, durable, |running| running.signal(signal));
            let what = if durable { "a durable command" } else { "a command" };
            seen(&format!("{name} under {what}"), "it is ended with all that it started, and `finally` runs", &text);
        }
    }
}

#[test]
fn a_second_ctrl_c() {
    let (run, text) = cancelled(7771, false, |running| {
        running.signal(Signal::INT);
        running.wait_for("press again");
        running.signal(Signal::INT);
    });
    let told = run.text.contains("stopped at once") || run.text.contains("cancelled");
    let text = text.replace("`finally` ran 1 times, ", "").replace("`finally` ran 0 times, ", "");
    seen(
        "Ctrl-C twice under a command",
        "flowrun leaves at once and says what may remain; the host ends the command by itself",
        &format!("{text}, told: {told}"),
    );
}

#[test]
fn a_timeout() {
    for durable in [false, true] {
        let cluster = Cluster::with(&["builder"]);
        let number = 7781 + u32::from(durable);
        let text = endless(number, durable).replace("on group(builders) {", "on group(builders) timeout 1s {");
        let run = cluster.start(&text).ended();
        assert!(run.text.contains("error[R0804]"), "{}", run.text);
        let what = if durable { "a durable command" } else { "a command" };
        seen(
            &format!("a stage's timeout under {what}"),
            "it is ended with all that it started, and `finally` runs",
            &format!(
                "exit {}, `finally` ran {} times, {}",
                run.code,
                cluster.lines("builder", "effects").len(),
                cluster.left("builder", &format!("sleep {number}"))
            ),
        );
    }
}

#[test]
fn a_sibling_fails() {
    let cluster = Cluster::with(&["builder", "worker-1"]);
    let run = cluster
        .start(
            "stage one on group(builders) or name == \"worker-1\" {\n    on group(builders) {\n        sh(\"sleep 7791\", durable: true)\n    }\n    on \
             name == \"worker-1\" {\n        retry 50 every 100ms {\n            sh \"ps -e -o args | grep -q '[s]leep 7791'\"\n        }\n        fail \
             \"as it was to\"\n    }\n}\n",
        )
        .ended();
    seen(
        "another host of the stage fails under a durable command",
        "it is ended, as `tolerate` says",
        &format!("exit {}, {}", run.code, cluster.left("builder", "sleep 7791")),
    );
}
