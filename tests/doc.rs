//! `flowrun doc`: the reference of the standard library is what the library says of itself.

use std::process::Output;

use crate::lab::program;

fn doc(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    program(home.path()).arg("doc").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// `INSTA_UPDATE=always` writes it anew.
#[test]
fn the_reference_of_the_library_is_generated() {
    let bless = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    let arguments: &[&str] = if bless { &[] } else { &["--check"] };
    let ended = doc(&[&["std", "-o", "docs/stdlib"], arguments].concat());
    assert!(ended.status.success(), "{}: INSTA_UPDATE=always writes it anew", text(&ended.stderr));
}

#[test]
fn every_task_of_the_library_says_what_it_is_for() {
    for (name, source) in flowrun::library::MODULES.iter().chain([&("prelude", flowrun::library::PRELUDE)]) {
        let mut above = "";
        for line in source.lines() {
            let is_task = line.starts_with("task ") || line.starts_with("extern task ");
            assert!(!is_task || above.starts_with("##"), "std/{name}: nothing is said of `{line}`");
            above = line;
        }
    }
}

const MODULE: &str = "\
## Small things.
##
##     a sample, indented

## No doc of the module.
type Pair = { key: Str, value: Int = 4 }

# A comment alone says nothing to a reader.
## Copies `a` to `b`.
##
## Fails where | is in the name.
task copy-it(a: Path, b: Path = \"/tmp/x\") -> Str on not cm3 only needs mem >= 1GiB {
    sh \"cp {{ a }} {{ b }}\"
    return \"{{ b }}\"
}

task asks() {
    copy-it(\"/tmp/a\")
}
";

#[test]
fn a_module_is_described_from_its_comments_and_what_was_found_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.flow");
    std::fs::write(&file, MODULE).unwrap();
    let ended = doc(&[file.to_str().unwrap()]);
    assert_eq!(text(&ended.stderr), "");
    insta::assert_snapshot!(text(&ended.stdout));
}

#[test]
fn a_workflow_is_described_by_its_inputs_hosts_and_stages() {
    let ended = doc(&["workflows/kernel.flow"]);
    insta::assert_snapshot!(text(&ended.stdout));
}

#[test]
fn a_page_that_is_not_as_it_would_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    assert!(doc(&["std/net", "-o", out]).status.success());
    assert!(doc(&["std/net", "-o", out, "--check"]).status.success());
    std::fs::write(folder.path().join("net.md"), "else").unwrap();
    let ended = doc(&["std/net", "-o", out, "--check"]);
    assert_eq!((ended.status.code(), text(&ended.stdout)), (Some(3), String::new()));
    assert_eq!(text(&ended.stderr), format!("error: {out}/net.md is not what `flowrun doc` would write\n"));
}

#[test]
fn what_the_check_refuses_has_no_page() {
    let ended = doc(&["tests/cases/place/E0302-build-on-cm3.flow"]);
    assert_eq!((ended.status.code(), text(&ended.stdout)), (Some(3), String::new()));
    assert!(text(&ended.stderr).contains("error[E0302]"));
}

#[test]
fn a_module_that_is_not_there_is_told_with_the_nearest_one() {
    let ended = doc(&["std/pumq"]);
    assert_eq!(ended.status.code(), Some(2));
    assert_eq!(text(&ended.stderr), "error: the standard library has no module std/pumq: did you mean std/pump?\n");
}
