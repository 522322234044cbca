//! Whether the table of shapes says what is true: by a real shell, whose programs only note that they ran.

use std::path::Path;
use std::process::{Command, Stdio};

use super::commands::{PROGRAMS, Program, SHAPES, Shape, TABLE};
use super::generate;
use super::plan::Plan;
use super::running::{self, Outcome};
use super::script::escaped;

const STUB: &str = "#!/bin/sh\nprintf '%s ' \"${0##*/}\" \"$@\" >>\"$LOG\"\necho >>\"$LOG\"\n";
/// Runs the rest, as the real one does without asking for a password.
const SUDO: &str =
    "#!/bin/sh\nwhile :; do case $1 in -n) shift ;; -u) shift 2 ;; *) break ;; esac; done\nexec \"$@\"\n";

fn stubs(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for (name, text) in [
        ("do-heavy", STUB),
        ("do-noisy", STUB),
        ("do-both", STUB),
        ("tool", STUB),
        ("peek", STUB),
        ("mend", STUB),
        ("sudo", SUDO),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What a shell runs of the stubs, a line each.
fn log_of(folder: &Path, text: &str) -> String {
    let log = folder.join("log");
    std::fs::write(&log, "").unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("dash");
    shell.arg("-c").arg(text).env("PATH", path).env("LOG", &log).current_dir(folder);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    std::fs::read_to_string(&log).unwrap()
}

/// The programs that the stubs stand for.
fn own() -> impl Iterator<Item = &'static Program> {
    PROGRAMS
        .iter()
        .filter(|program| !["make", "reboot", "ls", "touch"].iter().any(|name| program.text.starts_with(name)))
}

/// The words that a program's log begins with.
fn logged(program: &Program) -> &'static str {
    match program.effects {
        ["heavy", "noisy"] => "do-both",
        ["heavy"] if program.text.contains("tool") => "tool heavy",
        ["heavy"] => "do-heavy",
        ["noisy"] => "do-noisy",
        ["change"] => "mend",
        _ if program.text.starts_with("tool") => "tool list",
        _ => "peek",
    }
}

#[test]
fn shapes_run_in_a_real_shell_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    stubs(folder.path());
    for shape in SHAPES {
        for program in own().filter(|program| shape.takes(program.text)) {
            let text = shape.with(program.text);
            let log = log_of(folder.path(), &text);
            assert_eq!(log.lines().any(|line| line.starts_with(logged(program))), shape.runs, "{text}\n{log}");
        }
    }
}

/// A shape within a shape, of which there are thousands: some of them, or all with PROPTEST_CASES.
#[test]
fn shapes_in_shapes_run_what_both_say() {
    let folder = tempfile::tempdir().unwrap();
    stubs(folder.path());
    let program = own().find(|program| program.effects == ["heavy"]).unwrap();
    let inner = SHAPES.iter().filter(|inner| inner.takes(program.text));
    let pairs = inner.flat_map(|inner| {
        let text = inner.with(program.text);
        SHAPES
            .iter()
            .filter(|outer| outer.takes(&text))
            .map(|outer| (outer.with(&text), inner.runs && outer.runs))
            .collect::<Vec<_>>()
    });
    let step = if std::env::var("PROPTEST_CASES").is_ok() { 1 } else { 7 };
    let ran = |text: &str| log_of(folder.path(), text).lines().any(|line| line.starts_with(logged(program)));
    let untrue: Vec<String> =
        pairs.step_by(step).filter(|(text, runs)| ran(text) != *runs).map(|(text, _)| text).collect();
    assert_eq!(untrue, <[String; 0]>::default());
}

/// A stage with a command on a host where the command's effects, and no others, are forbidden.
fn single(shape: &Shape, program: &Program) -> Plan {
    let mut main = format!("effect heavy\neffect noisy\n{TABLE}");
    for effect in program.effects {
        main += &format!("forbid {effect} on all because \"it is\"\n");
    }
    let text = escaped(&shape.with(program.text));
    main += &format!("stage s0 on all {{\nsh \"{text}\"\n}}\n");
    Plan {
        main,
        inventory: "hosts:\n  h0: { arch: x86_64 }\n".to_owned(),
        hosts: vec![generate::plain_host()],
        ..Plan::default()
    }
}

#[test]
fn each_shape_is_seen_through_and_each_likeness_is_let_through() {
    let program = own().find(|program| program.effects == ["heavy"]).unwrap();
    for shape in SHAPES {
        match running::outcome(&single(shape, program)) {
            Outcome::Refused(codes, _) => {
                let expected = codes.iter().all(|code| matches!(code.as_str(), "E0302" | "E0309"));
                assert!(shape.runs && expected, "{} is refused", shape.text);
            }
            Outcome::Ran(..) => assert!(!shape.runs, "{} is not seen through", shape.text),
        }
    }
}
