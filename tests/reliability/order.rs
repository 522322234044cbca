//! What a resumed run does and does not do again.

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
