//! What happens to flowrun itself.

use std::collections::BTreeSet;

use super::{LINES, durable, long, outcome, seen};
use crate::lab::{Cluster, wait_until};

#[test]
fn flowrun_is_killed_under_a_durable_command() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(&durable("builders"));
    running.wait_for("line 5 of");
    running.killed();
    assert!(cluster.runs().contains("goes on on builder"), "{}", cluster.runs());
    let next = cluster.flowrun(&cluster.path("test.flow"), &[]);
    next.ends(1, &["was cut off", "error[R0808]", "a durable command of another run of test.flow goes on on builder"]);
    let name = cluster.cut_off();
    let resumed = cluster.own(&["resume", &name]);
    assert!(resumed.text.contains(&format!("line {LINES} of")), "{}", resumed.text);
    let effects = cluster.lines("builder", "effects");
    let log = cluster.logs(&[&name, "build", "builder"]);
    assert_eq!(log, super::whole_log());
    seen(
        "kill -9 of flowrun under a durable command",
        "the command goes on; `runs` and the next run say so; `resume` takes up its output at the byte where it stopped",
        &format!(
            "resume: exit {}, effects: {}, log whole, {}",
            resumed.code,
            effects.join(" "),
            cluster.left("builder", "77no")
        ),
    );
}

#[test]
fn flowrun_is_killed_under_a_plain_command() {
    let cluster = Cluster::with(&["builder"]);
    let running =
        cluster.start("stage one on group(builders) {\n    sh \"echo begun; sleep 7752; echo ended >> effects\"\n}\n");
    running.wait_for("│ begun");
    running.killed();
    let left = cluster.left("builder", "sleep 7752");
    let resumed = cluster.own(&["resume"]);
    assert!(resumed.text.contains("error[R0807]"), "{}", resumed.text);
    seen(
        "kill -9 of flowrun under a command that is not durable",
        "the host ends it; `resume` tells that its outcome is not known",
        &format!("{left}, resume: exit {}, effects: {:?}", resumed.code, cluster.lines("builder", "effects")),
    );
}

#[test]
fn flowrun_is_killed_again_and_again() {
    let cluster = Cluster::with(&["builder"]);
    let mut running = cluster.start(&durable("builders"));
    for line in [5, 15, 25] {
        // On a busy machine the command may be quicker than flowrun.
        wait_until("a line", || running.said().contains(&format!("line {line} of")) || running.has_ended());
        running.killed();
        let mut command = cluster.program();
        command.arg("resume");
        running = cluster.started(command);
    }
    let run = running.ended();
    seen(
        "kill -9 of flowrun three times under one durable command",
        "the log is the undisturbed one, byte for byte",
        &format!("last resume: exit {}, {}", run.code, outcome(&cluster)),
    );
}

#[test]
fn what_a_killed_run_left_is_reaped() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(
        "stage one on group(builders) {\n    sh(\"echo begun; sleep 7751; echo ended >> effects\", durable: true)\n}\n",
    );
    running.wait_for("│ begun");
    running.killed();
    let reaped = cluster.own(&["runs", "--reap"]);
    assert!(reaped.text.contains("ended on builder"), "{}", reaped.text);
    seen(
        "`runs --reap` after kill -9 of flowrun under a durable command",
        "the command is ended with all that it started",
        &format!(
            "exit {}, effects: {:?}, {}",
            reaped.code,
            cluster.lines("builder", "effects"),
            cluster.left("builder", "sleep 7751")
        ),
    );
}

/// A small workflow with something of everything: plain steps, a check, a durable command, a value, and a `finally`.
const SMALL: &str = r#"
host b = x86_64 and group(builders)

stage one on b -> Str {
    sh "echo one >> effects"
    ensure "there is a file" {
        assert file-exists("~/file")
    } else {
        sh "touch ~/file"
    }
    return sh("echo value; echo two >> effects").stdout
}

stage two on b {
    sh("echo three >> effects; echo {{ one }}", durable: true)
    sh "echo four >> effects"
} finally {
    sh "rm -f ~/file"
}
"#;

/// At every place of the journal, as far as chance leads there: kill, resume, and where an outcome is not known, say again.
#[test]
fn flowrun_is_killed_at_every_event() {
    let cluster = Cluster::with(&["builder", "cm3"]);
    let mut places = BTreeSet::new();
    let mut unknown = 0;
    let whole = {
        let run = cluster.start(SMALL).ended();
        assert_eq!(run.code, 0, "{}", run.text);
        journal(&cluster).lines().count()
    };
    let rounds = if long() { 4 } else { 1 };
    for _ in 0..rounds {
        for place in 2..whole {
            for file in ["effects", "file"] {
                let _ = std::fs::remove_file(cluster.home("builder").join(file));
            }
            let before = newest(&cluster);
            let running = cluster.start(SMALL);
            wait_closely(|| newest(&cluster) != before && journal(&cluster).matches('\n').count() >= place);
            running.killed();
            places.insert(journal(&cluster).matches('\n').count());
            let mut resumed = cluster.own(&["resume"]);
            if resumed.text.contains("there is no run to resume") || resumed.text.contains("nothing to resume") {
                resumed.code = 0;
            }
            let may_repeat = resumed.text.contains("error[R0807]");
            if may_repeat {
                unknown += 1;
                resumed = cluster.own(&["resume", "--again"]);
            }
            assert_eq!(resumed.code, 0, "killed at {place}:\n{}\n{}", resumed.text, journal(&cluster));
            let effects = cluster.lines("builder", "effects");
            let mut once = effects.clone();
            once.dedup();
            assert_eq!(once, ["one", "two", "three", "four"], "killed at {place}: {effects:?}\n{}", journal(&cluster));
            assert!(effects.len() == 4 || (may_repeat && effects.len() == 5), "killed at {place}: {effects:?}");
        }
    }
    // Records that are written in one breath are hardly ever met apart, least of all on a busy machine.
    assert!(places.len() * 3 > whole, "only at {places:?} of {whole}");
    assert!(unknown <= rounds * whole, "{unknown}");
    seen(
        "kill -9 of flowrun at every event of a small workflow, each followed by `resume`",
        "each effect happens exactly once, or its step is told as not known and done again with `--again` alone",
        &format!("all came to their end, each effect once or told, {}", cluster.left("builder", "77no")),
    );
}

/// Waits for something that is over in a moment, without a pause.
fn wait_closely(mut holds: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !holds() {
        assert!(started.elapsed() < std::time::Duration::from_secs(20));
        std::thread::sleep(std::time::Duration::from_micros(100));
    }
}

fn newest(cluster: &Cluster) -> Option<std::path::PathBuf> {
    let runs = std::fs::read_dir(cluster.path(".local/state/flowrun/runs")).into_iter().flatten().flatten();
    // Names begin with the second; within one, the time of the file decides.
    runs.map(|run| run.path().join("journal.jsonl")).filter(|path| path.exists()).max_by_key(|path| {
        std::fs::metadata(path.parent().unwrap().join("texts")).and_then(|it| it.modified()).unwrap()
    })
}

fn journal(cluster: &Cluster) -> String {
    newest(cluster).map_or(String::new(), |path| std::fs::read_to_string(path).unwrap())
}
