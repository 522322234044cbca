//! `flowrun new`: what it writes is accepted without a word, and runs here.

use std::path::Path;
use std::process::Output;

use crate::lab::program;

fn flowrun(folder: &Path, arguments: &[&str]) -> Output {
    program(folder).current_dir(folder).args(arguments).output().unwrap()
}

fn said(ended: &Output) -> String {
    String::from_utf8(ended.stderr.clone()).unwrap()
}

#[test]
fn the_starter_is_accepted_and_runs_and_changes_nothing_the_second_time() {
    let folder = tempfile::tempdir().unwrap();
    assert!(flowrun(folder.path(), &["new", "hello.flow"]).status.success());
    let checked = flowrun(folder.path(), &["check", "hello.flow", "--deny", "warnings"]);
    assert_eq!(said(&checked), "hello.flow: accepted, with an inventory of 1 host\n");
    let kept = format!("folder={}/kept", folder.path().display());
    let run = ["hello.flow", "--input", &kept, "--input", "text=good day"];
    let first = flowrun(folder.path(), &run);
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    assert!(said(&first).contains("changed 2") && said(&first).contains("here keeps: good day"), "{}", said(&first));
    assert_eq!(std::fs::read_to_string(folder.path().join("kept/note")).unwrap(), "good day\n");
    let second = flowrun(folder.path(), &run);
    assert!(second.status.success() && said(&second).contains("changed 0"), "{}", said(&second));
}

/// It is what a beginner meets first, so it shows what the language is about.
#[test]
fn the_starter_shows_what_the_language_is_about() {
    let folder = tempfile::tempdir().unwrap();
    flowrun(folder.path(), &["new", "hello.flow"]);
    let text = std::fs::read_to_string(folder.path().join("hello.flow")).unwrap();
    for part in ["\ninput ", "\nhost ", "\ntask ", "\nstage ", " ensure ", " sh \"", ", not cm3 only {", "{{ "] {
        assert!(text.contains(part), "no `{part}`");
    }
    assert!(!text.contains("starter"), "a name is left");
}

/// Its last comment invites to a change that is refused.
#[test]
fn the_guard_of_the_starter_refuses_what_its_comment_says() {
    let folder = tempfile::tempdir().unwrap();
    flowrun(folder.path(), &["new", "hello.flow"]);
    let file = folder.path().join("hello.flow");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("on keeper, not cm3 only", "on all, not cm3 only")).unwrap();
    let checked = flowrun(folder.path(), &["check", "hello.flow"]);
    assert_eq!(checked.status.code(), Some(3));
    assert!(said(&checked).contains("error[E0301]"), "{}", said(&checked));
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hello.flow"), "mine").unwrap();
    let ended = flowrun(folder.path(), &["new", "hello.flow"]);
    assert_eq!(ended.status.code(), Some(2));
    assert_eq!(said(&ended), "error: cannot write hello.flow: it is there already, and nothing is overwritten\n");
    assert_eq!(std::fs::read_to_string(folder.path().join("hello.flow")).unwrap(), "mine");
    assert!(!folder.path().join("inventory.yml").exists());
}

#[test]
fn an_inventory_that_is_there_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yml"), "hosts:\n  a: { connection: local }\n").unwrap();
    let ended = flowrun(folder.path(), &["new", "hello.flow"]);
    assert!(ended.status.success() && said(&ended).contains("is left as it is"), "{}", said(&ended));
    assert!(flowrun(folder.path(), &["check", "hello.flow"]).status.success());
}

#[test]
fn a_name_that_is_no_workflow_makes_a_folder_with_one() {
    let folder = tempfile::tempdir().unwrap();
    assert!(flowrun(folder.path(), &["new", "deploy"]).status.success());
    assert!(flowrun(folder.path(), &["check", "deploy/deploy.flow"]).status.success());
    for name in ["hello.yml", "a b.flow", ".."] {
        let ended = flowrun(folder.path(), &["new", name]);
        assert_eq!(ended.status.code(), Some(2), "{name}: {}", said(&ended));
    }
}
