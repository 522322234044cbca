//! What happens to the record of a run.

use std::os::unix::fs::PermissionsExt;

use super::files_of;
use crate::lab::Cluster;

/// A journal whose last line was being written when the power failed is read up to there, and goes on from there.
#[test]
fn a_line_that_was_cut_short_is_written_again() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start("stage one on group(builders) {\n    sh(\"echo begun; sleep 2\", durable: true)\n}\n");
    running.wait_for("│ begun");
    running.killed();
    let journal = files_of(&cluster.path(".local/state/flowrun/runs"))
        .into_iter()
        .find(|file| file.ends_with("journal.jsonl"))
        .unwrap();
    let mut text = std::fs::read_to_string(&journal).unwrap();
    text.push_str("{\"ms\":12,\"record\":\"step-en");
    std::fs::write(&journal, text).unwrap();
    cluster.own(&["resume"]).ends(0, &["done"]);
    for line in std::fs::read_to_string(&journal).unwrap().lines() {
        assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
    }
}

#[test]
fn a_journal_that_is_no_journal_is_told_with_its_line() {
    let cluster = Cluster::with(&[]);
    let dir = cluster.path(".local/state/flowrun/runs/20260101T000000Z-x-abcd");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("journal.jsonl"), "{\"ms\":0,\"record\":\"nothing\"}\n").unwrap();
    for arguments in [&["runs"][..], &["logs"], &["resume"]] {
        cluster
            .own(arguments)
            .ends(1, &["line 1 of the journal of 20260101T000000Z-x-abcd is not what flowrun writes"]);
    }
}

#[test]
fn the_record_is_for_its_user_alone_and_holds_no_secret() {
    let cluster = Cluster::with(&["builder"]);
    let workflow = cluster.write(
        "test.flow",
        "input token: Secret\n\nstage one on group(builders) {\n    let echoed = sh(\"printenv TOKEN; printenv TOKEN | rev\", env: { TOKEN: token })\n    sh(\"echo \
         it is $TOKEN; cat\", stdin: token, env: { TOKEN: token }, durable: true)\n    print echoed.stdout\n}\n",
    );
    cluster.flowrun(&workflow, &["--input", "token=s3cr3t-token"]).ends(0, &["it is ***"]).does_not_say("s3cr3t");
    let state = cluster.path(".local/state/flowrun");
    for file in files_of(&state) {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("s3cr3t-token"), "{} holds the secret", file.display());
    }
    for dir in [state.join("runs"), state] {
        assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700, "{}", dir.display());
    }
}
