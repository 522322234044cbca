//! `flowrun completions` and `flowrun man`, by the programs that read them.

use std::path::Path;
use std::process::Command;

use crate::cases::files_below;
use crate::lab::program;

fn given(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let ended = program(home.path()).args(arguments).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

/// What bash offers for a line that ends where the cursor is.
fn offered(line: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("completions"), given(&["completions", "bash"])).unwrap();
    let script = r#"
        set -eu
        . ./completions
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _flowrun flowrun "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let ended =
        Command::new("bash").current_dir(folder.path()).args(["-c", script, "bash"]).args(line).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_and_options() {
    assert_eq!(offered(&["flowrun", "ch"]), ["check"]);
    assert_eq!(offered(&["flowrun", "check", "--de"]), ["--deny"]);
    assert_eq!(offered(&["flowrun", "check", "--deny", ""]), ["warnings"]);
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = given(&["completions", shell]);
        assert!(script.contains("explain") && script.contains("accept-new-host-keys"), "{shell}");
    }
}

/// groff warns of nothing in the page.
fn is_clean(page: &Path) {
    let ended = Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).arg(page).output().unwrap();
    let warned = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success() && warned.is_empty(), "{}: {warned}", page.display());
}

#[test]
fn every_command_has_a_page_that_groff_reads() {
    let folder = tempfile::tempdir().unwrap();
    given(&["man", "-o", folder.path().to_str().unwrap()]);
    let pages = files_below(folder.path(), "1");
    let names: Vec<_> = pages.iter().map(|page| page.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    for name in ["flowrun", "flowrun-check", "flowrun-lab-up", "flowrun-new"] {
        assert!(names.iter().any(|found| found == name), "no {name} in {names:?}");
    }
    assert!(!names.contains(&"flowrun-lab-init".to_owned()), "what is no command of users has a page");
    pages.iter().for_each(|page| is_clean(page));
    let main = std::fs::read_to_string(folder.path().join("flowrun.1")).unwrap();
    assert!(main.contains("flowrun\\-check(1)"), "{main}");
}
