//! `flowrun fmt` as it is used.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const UGLY: &str = "use   std/pump\nstage s on all { sh \"true\"   }\n";
const NEAT: &str = "use std/pump\n\nstage s on all {\n    sh \"true\"\n}\n";
const BROKEN: &str = "use   std/pump\nstage s on all {\n    let = 1\n}\n";

/// A directory with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn fmt(folder: &TempDir, arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowrun"))
        .arg("fmt")
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Exit status, stdout and stderr.
fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("exit {}\n{}---\n{}", output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn read(folder: &TempDir, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

/// A file that is written has another inode afterwards.
fn inode(path: &Path) -> u64 {
    path.metadata().unwrap().ino()
}

#[test]
fn without_a_path_all_files_below_are_formatted() {
    let files =
        [("a.flow", UGLY), ("neat.flow", NEAT), ("deep/er/b.flow", UGLY), (".hidden/c.flow", UGLY), ("d.txt", UGLY)];
    let folder = folder(&files);
    let before = inode(&folder.path().join("neat.flow"));
    insta::assert_snapshot!(told(&fmt(&folder, &[], "")), @r"
    exit 0
    ---
    formatted: a.flow
    formatted: deep/er/b.flow
    2 files formatted, 1 file already as it should be
    ");
    assert_eq!(read(&folder, "a.flow"), NEAT);
    assert_eq!(read(&folder, "deep/er/b.flow"), NEAT);
    assert_eq!(read(&folder, ".hidden/c.flow"), UGLY);
    assert_eq!(read(&folder, "d.txt"), UGLY);
    assert_eq!(inode(&folder.path().join("neat.flow")), before);
}

#[test]
fn check_lists_what_would_change_and_writes_nothing() {
    let folder = folder(&[("a.flow", UGLY), ("neat.flow", NEAT)]);
    insta::assert_snapshot!(told(&fmt(&folder, &["--check", "."], "")), @r"
    exit 3
    a.flow
    ---
    1 file would be formatted, 1 file already as it should be
    ");
    assert_eq!(read(&folder, "a.flow"), UGLY);
    insta::assert_snapshot!(told(&fmt(&folder, &["--check", "neat.flow"], "")), @r"
    exit 0
    ---
    1 file already as it should be
    ");
}

#[test]
fn diff_shows_what_would_change_and_writes_nothing() {
    let folder = folder(&[("a.flow", UGLY), ("neat.flow", NEAT)]);
    insta::assert_snapshot!(told(&fmt(&folder, &["--diff", "--check"], "")), @r#"
    exit 3
    --- a.flow
    +++ a.flow
    @@ -1,2 +1,5 @@
    -use   std/pump
    -stage s on all { sh "true"   }
    +use std/pump
    +
    +stage s on all {
    +    sh "true"
    +}
    ---
    1 file would be formatted, 1 file already as it should be
    "#);
    assert_eq!(read(&folder, "a.flow"), UGLY);
}

#[test]
fn what_cannot_be_read_is_left_alone_and_the_others_are_formatted() {
    let folder = folder(&[("a.flow", UGLY), ("broken.flow", BROKEN)]);
    insta::assert_snapshot!(told(&fmt(&folder, &["broken.flow", "a.flow"], "")), @r"
    exit 3
    ---
    error[E0101]: expected a name, found `=`
      ┌─ broken.flow:3:9
      │
    3 │     let = 1
      │         ^
      │
      = help: give it a name: `let NAME = …`

    broken.flow is left as it is: it cannot be read
    formatted: a.flow
    1 file formatted, 1 file left as it is
    ");
    assert_eq!(read(&folder, "broken.flow"), BROKEN);
    assert_eq!(read(&folder, "a.flow"), NEAT);
}

#[test]
fn a_missing_file_and_one_that_is_no_text_are_told() {
    let folder = folder(&[("a.flow", UGLY)]);
    std::fs::write(folder.path().join("bytes.flow"), b"use std/a\n\xff").unwrap();
    insta::assert_snapshot!(told(&fmt(&folder, &["missing.flow", "bytes.flow", "a.flow"], "")), @r"
    exit 2
    ---
    error: cannot read missing.flow: there is no such file
    error: cannot read bytes.flow: it is no UTF-8 text (byte 10)
    formatted: a.flow
    1 file formatted
    ");
}

#[test]
fn stdin_is_formatted_to_stdout() {
    let folder = folder(&[]);
    assert_eq!(told(&fmt(&folder, &["-"], UGLY)), format!("exit 0\n{NEAT}---\n"));
    assert_eq!(told(&fmt(&folder, &["-"], NEAT)), format!("exit 0\n{NEAT}---\n"));
    assert_eq!(told(&fmt(&folder, &["--check", "-"], UGLY)), "exit 3\n<stdin>\n---\n");
    assert_eq!(told(&fmt(&folder, &["--check", "-"], NEAT)), "exit 0\n---\n");
    insta::assert_snapshot!(told(&fmt(&folder, &["-"], "stge s on all {\n}\n")), @r"
    exit 3
    ---
    error[E0101]: expected a declaration
      ┌─ <stdin>:1:1
      │
    1 │ stge s on all {
      │ ^^^^ this begins none
      │
      = help: did you mean `stage`?

    <stdin> is left as it is: it cannot be read
    ");
}

#[test]
fn a_file_keeps_its_permissions_its_mark_its_line_breaks_and_the_link_to_it() {
    let text = format!("\u{feff}{}", UGLY.replace('\n', "\r\n"));
    let folder = folder(&[("real.flow", &text)]);
    let real = folder.path().join("real.flow");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link.flow");
    std::os::unix::fs::symlink("real.flow", &link).unwrap();
    assert_eq!(fmt(&folder, &["link.flow", "real.flow"], "").status.code(), Some(0));
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(real.metadata().unwrap().mode() & 0o777, 0o640);
    assert_eq!(read(&folder, "real.flow"), format!("\u{feff}{}", NEAT.replace('\n', "\r\n")));
    assert_eq!(told(&fmt(&folder, &["--check", "link.flow"], "")), "exit 0\n---\n1 file already as it should be\n");
}
