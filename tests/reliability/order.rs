//! What a resumed run does and does not do again.

use rustix::process::Signal;

use crate::lab::Cluster;

#[test]
fn what_failed_is_done_again_and_what_is_done_is_not() {
    let cluster = Cluster::with(&["builder"]);
    let text = "host b = group(builders)\n\nstage one on b -> Str {\n    sh \"echo one >> effects\"\n    return sh(\"cat here && echo two >> effects\").stdout\n}\n\nstage \
                two on b {\n    print \"got {{ one }}\"\n}\n";
    let run = cluster.start(text).ended().ends(1, &["No such file", "go on with it: flowrun resume"]);
    assert!(!run.text.contains("got"));
    std::fs::write(cluster.home("builder").join("here"), "it\n").unwrap();
    cluster.own(&["resume"]).ends(0, &["got it"]);
    assert_eq!(cluster.lines("builder", "effects"), ["one", "two"]);
    cluster.own(&["resume"]).ends(2, &["there is no run to resume: all are done"]);
}

#[test]
fn a_stage_that_was_not_begun_may_change_and_one_that_was_may_not() {
    let cluster = Cluster::with(&["builder"]);
    let text = "stage one on group(builders) {\n    sh \"echo one >> effects\"\n    sh \"test -e go\"\n}\n\nstage two on group(builders) {\n    print \
                \"old\"\n}\n";
    cluster.start(text).ended().ends(1, &["R0803"]);
    cluster.write("test.flow", &text.replace("echo one", "echo other"));
    cluster.own(&["resume"]).ends(3, &["error[R0809]", "changed: stage `one`, which was begun"]);
    cluster.own(&["resume", "--accept-changes"]).ends(1, &["error[R0809]", "did something else here"]);
    std::fs::write(cluster.home("builder").join("go"), "").unwrap();
    cluster.write("test.flow", &text.replace("old", "new"));
    cluster.own(&["resume"]).ends(0, &["new"]);
    assert_eq!(cluster.lines("builder", "effects"), ["one"]);
}

/// What `finally` has undone cannot be taken up in the middle.
#[test]
fn a_turn_whose_finally_ran_begins_anew() {
    let cluster = Cluster::with(&["builder"]);
    let text = "stage one on group(builders) {\n    sh \"echo begin >> effects\"\n    sh \"test -e go\"\n} finally {\n    sh \"echo end >> \
                effects\"\n}\n";
    cluster.start(text).ended().ends(1, &["R0803"]);
    std::fs::write(cluster.home("builder").join("go"), "").unwrap();
    cluster.own(&["resume"]).ends(0, &["done"]);
    assert_eq!(cluster.lines("builder", "effects"), ["begin", "end", "begin", "end"]);
}

/// What was ended is known to be ended: it is no reason not to go on.
#[test]
fn a_durable_command_that_was_cancelled_is_done_again() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(
        "stage one on group(builders) {\n    sh \"echo one >> effects\"\n    sh(\"echo begun; echo two >> effects; test -e go || sleep \
         7793\", durable: true)\n}\n",
    );
    running.wait_for("│ begun");
    running.signal(Signal::INT);
    running.ended().ends(130, &["go on with it"]);
    std::fs::write(cluster.home("builder").join("go"), "").unwrap();
    cluster.own(&["resume"]).ends(0, &["done"]);
    assert_eq!(cluster.lines("builder", "effects"), ["one", "two", "two"]);
}

/// A limit that passed, and what was done about it, are not repeated; what comes behind is.
#[test]
fn what_timed_out_and_was_rescued_stays_so() {
    let cluster = Cluster::with(&["builder"]);
    for (durable, polled) in [(true, false), (false, false), (false, true)] {
        let body = match polled {
            // The limit passes in a pause between two attempts.
            true => "retry 100 every 700ms { sh \"echo try >> tries; test -e never\" }".to_owned(),
            false => format!("sh(\"echo begun >> effects; sleep 7794\", durable: {durable})"),
        };
        let run = cluster.start(&format!(
            "stage one on group(builders) {{\n    try {{\n        timeout 1s {{ {body} }}\n    }} rescue {{\n        sh \"echo rescued >> \
             effects\"\n    }}\n    sh \"test -e go\"\n}}\n"
        ));
        run.ended().ends(1, &["error[R0803]"]);
        let before = cluster.lines("builder", "effects");
        std::fs::write(cluster.home("builder").join("go"), "").unwrap();
        cluster.own(&["resume"]).ends(0, &["done"]);
        assert_eq!(cluster.lines("builder", "effects"), before, "durable: {durable}, polled: {polled}");
        for file in ["effects", "go"] {
            std::fs::remove_file(cluster.home("builder").join(file)).unwrap();
        }
    }
}

/// What a stage has itself made true by now is no reason not to go on with it.
#[test]
fn a_stage_that_has_begun_expects_nothing_any_more() {
    let cluster = Cluster::with(&["builder"]);
    let text = "condition up on group(builders) {\n    file-exists(\"~/up\")\n}\n\nstage zero on group(builders) leaves not up {\n    sh \"rm -f up\"\n}\n\nstage one on group(builders) expects not up leaves up {\n    \
                sh \"touch up\"\n    sh \"test -e go\"\n}\n";
    cluster.start(text).ended().ends(1, &["R0803"]);
    std::fs::write(cluster.home("builder").join("go"), "").unwrap();
    cluster.own(&["resume"]).ends(0, &["done"]);
}

/// A secret's text in a command is on record as `***`, and the command is known by that all the same.
#[test]
fn a_secret_does_not_make_a_command_another_one() {
    let cluster = Cluster::with(&["builder"]);
    let workflow = cluster.write(
        "test.flow",
        "input token: Secret\ninput level: Int = 1\n\nstage one on group(builders) {\n    sh(\"echo for-hunter2 {{ level }} >> effects\", env: { T: token })\n    sh(\"echo begun; echo \
         for-hunter2 >> effects; sleep 2\", env: { T: token }, durable: true)\n}\n",
    );
    let inputs = cluster.write("inputs.yml", "token: hunter2\n");
    let given = ["--inputs", inputs.to_str().unwrap()];
    let running = cluster.started(cluster.command(&workflow, &given));
    running.wait_for("│ begun");
    running.killed();
    cluster.own(&["resume"]).ends(2, &["secrets are not kept: give token again"]);
    // What was left to its default stays so, whatever the file says by now.
    cluster.write("inputs.yml", "token: hunter2\nlevel: 7\n");
    cluster.own(&["resume", given[0], given[1]]).ends(0, &["done"]).does_not_say("hunter2");
    assert_eq!(cluster.lines("builder", "effects"), ["for-hunter2 1", "for-hunter2"]);
}

/// Where a step is not done again, its host may not be connected yet; what is asked of the host is asked all the same.
#[test]
fn a_host_is_measured_where_that_decides_what_is_done() {
    let cluster = Cluster::with(&["builder"]);
    let inventory = std::fs::read_to_string(cluster.lab().inventory()).unwrap();
    let silent: String = inventory
        .lines()
        .filter(|line| !line.trim().starts_with("mem:"))
        .fold(String::new(), |text, line| text + line + "\n");
    std::fs::write(cluster.lab().inventory(), silent).unwrap();
    let text = "stage one on group(builders) {\n    sh \"echo one >> effects\"\n    on mem >= 1MiB {\n        sh \"test -e go && echo two >> \
                effects\"\n    }\n}\n";
    cluster.start(text).ended().ends(1, &["R0803"]);
    cluster.lab().power_off("builder").unwrap();
    cluster.own(&["resume"]).ends(4, &["R0802"]);
    cluster.lab().power_on("builder").unwrap();
    std::fs::write(cluster.home("builder").join("go"), "").unwrap();
    cluster.own(&["resume"]).ends(0, &["done"]);
    assert_eq!(cluster.lines("builder", "effects"), ["one", "two"]);
}
