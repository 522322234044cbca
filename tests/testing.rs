//! `flowrun test`, as a user sees it: for each `tests/testing/*.flow` what it says of its tests, and how it ends.

use std::path::Path;

use crate::cases::files_below;
use crate::lab::program;

/// What `flowrun test` prints on both streams, and its exit status.
fn tested(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let ended = program(home.path()).arg("test").args(arguments).output().unwrap();
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
    assert!(left.is_empty(), "a test left {left:?} behind");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    format!("{}{}exit status {}\n", text(ended.stdout), text(ended.stderr), ended.status.code().unwrap())
}

#[test]
fn tests_of_tests_are_told_as_recorded() {
    for path in files_below(Path::new("tests/testing"), "flow") {
        // Those of files of their own are run with their workflow.
        if path.to_string_lossy().ends_with(flowrun::check::TESTS) {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(std::env::current_dir().unwrap().join("tests/testing"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, tested(&[&path.to_string_lossy()])));
    }
}

#[test]
fn what_is_shipped_passes_its_tests() {
    let told = tested(&["workflows", "tests/stdlib"]);
    assert!(told.ends_with("0 failed\nexit status 0\n"), "{told}");
    for file in ["kernel.test.flow", "kernel-pump-on-builder.test.flow", "net.test.flow", "distcc.test.flow"] {
        assert!(told.contains(file), "{told}");
    }
}

/// A test that cannot fail tells nothing: each of these changes breaks the workflow in a way that its tests are to see.
#[test]
fn the_tests_of_kernel_flow_see_what_is_broken_in_it() {
    let changes = [
        ("distcc.assert-same-hosts(expected, workers)", "print \"\""),
        ("pump.kill-stale()", "print \"\""),
        ("distcc.assert-distributed(at-least: 90)", "distcc.assert-distributed(at-least: 80)"),
        ("distcc.active()", "print \"\""),
        ("assert file-exists(manifest), \"no distcc", "assert true, \"no distcc"),
        (" timeout 6h", " timeout 60h"),
        ("pump: socket, ", ""),
        ("mirror: mirror)\n    print", "mirror: \"/dev/shm\")\n    print"),
        (" expects pump-active", ""),
        ("power.on(timeout: 10m)", "print \"\""),
        ("stage pump-preflight on cm3 only", "stage pump-preflight on cm3 or x86_64 only"),
    ];
    let workflow = std::fs::read_to_string("workflows/kernel.flow").unwrap();
    for (from, to) in changes {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kernel.flow");
        assert!(workflow.contains(from), "kernel.flow has no {from}");
        std::fs::write(&path, workflow.replacen(from, to, 1)).unwrap();
        std::fs::copy("workflows/kernel.test.flow", folder.path().join("kernel.test.flow")).unwrap();
        let told = tested(&[&path.to_string_lossy()]);
        assert!(
            told.ends_with("exit status 1\n") || told.ends_with("exit status 3\n"),
            "{from} → {to} passes:\n{told}"
        );
    }
}

#[test]
fn outcomes_are_data_too() {
    insta::assert_snapshot!("json", tested(&["tests/testing/failing.flow", "--format", "json", "--filter", "command"]));
    insta::assert_snapshot!(
        "junit",
        tested(&["tests/testing/failing.flow", "--format", "junit", "--filter", "command"])
    );
}

#[test]
fn a_filter_chooses_tests_by_their_titles() {
    let told = tested(&["tests/testing/passing.flow", "--filter", "no such title"]);
    assert!(
        told.starts_with("\nok: 0 passed, 0 failed, ") && told.contains(" filtered out\nexit status 0\n"),
        "{told}"
    );
}

#[test]
fn a_file_of_tests_is_no_workflow_to_run() {
    let home = tempfile::tempdir().unwrap();
    let ended = program(home.path()).arg("workflows/kernel.test.flow").output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{told}");
    assert!(told.contains("`flowrun test workflows/kernel.test.flow` runs them"), "{told}");
}

/// Whatever a workflow does, a test of it does nothing to this machine: each of these would leave a file.
#[test]
fn a_test_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    let workflow = format!(
        r#"use std/power

stage one on all {{
    power.on(timeout: 1m)
    sh("touch {made}", durable: true)
    sh "touch {made}"
    write-file("{made}", "text")
    download("{made}", "copy.txt")
    at gateway {{
        sh "touch {made}"
    }}
    print env("HOME") == "x"
}}

host gateway = local

test "on this machine and on another" {{
    host here {{ arch: x86_64, local: true }}
    host off  {{ arch: x86_64, off: true, power: "touch {made}" }}
    answer "touch {made}" with ""
    answer "env HOME" with "another"
    run
    expect file "copy.txt" = "text"
    expect changed "off answers over ssh" on off
    expect output "false"
}}
"#,
        made = made.display()
    );
    std::fs::write(folder.path().join("all.flow"), workflow).unwrap();
    let told = tested(&[&folder.path().to_string_lossy()]);
    assert!(told.ends_with("ok: 1 passed, 0 failed\nexit status 0\n"), "{told}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["all.flow"]);
}

/// What the documentation shows as flow passes its check, and its tests.
#[test]
fn the_examples_of_the_documentation_pass() {
    for page in ["docs/testing.md", "README.md"] {
        let text = std::fs::read_to_string(page).unwrap();
        let blocks: Vec<&str> = text.split("```flow\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        let tests = blocks.iter().filter(|block| block.contains("\ntest "));
        let folder = tempfile::tempdir().unwrap();
        let mut count = 0;
        for block in tests {
            count += 1;
            std::fs::write(folder.path().join(format!("block-{count}.flow")), block).unwrap();
        }
        assert!(count > 0, "{page} shows no test");
        let told = tested(&[&folder.path().to_string_lossy()]);
        assert!(told.ends_with("0 failed\nexit status 0\n"), "{page}: {told}");
    }
}

/// What `flowrun test` says of a workflow with one test.
fn told_of(workflow: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.flow");
    std::fs::write(&path, workflow).unwrap();
    tested(&[&path.to_string_lossy()])
}

const HOSTS: &str = "    host w1 { arch: x86_64 }\n    host w2 { arch: x86_64 }\n";

#[test]
fn what_is_tried_without_end_is_told_so() {
    for body in ["retry 20000000 { assert 1 == 2 }", "retry 2000000000 every 1s { sh \"x\" }"] {
        let answer = if body.contains("sh") { "    answer \"x\" with 1\n" } else { "" };
        let told = told_of(&format!(
            "stage one on all {{\n    {body}\n}}\n\ntest \"ends\" {{\n    host w1 {{ arch: x86_64 }}\n{answer}    run\n}}\n"
        ));
        assert!(
            told.contains("the run needs more than 100000 attempts") && told.ends_with("exit status 1\n"),
            "{told}"
        );
    }
}

/// Loops over lists that are made of lists, and lists and texts that double until no memory holds them.
#[test]
fn what_works_on_values_without_end_is_told_so() {
    let doubled = |first: &str, twice: &str| {
        let lets = (1..60).map(|n| format!("    let x{n} = {}\n", twice.replace('x', &format!("x{}", n - 1))));
        format!("    let x0 = {first}\n{}", lets.collect::<String>())
    };
    let nested = |inner: &str| {
        let heads: String = "abcdefghi".chars().map(|name| format!("for {name} in xs {{ ")).collect();
        format!("    let xs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n    {heads}{inner}{}\n", " }".repeat(9))
    };
    let bodies = [
        nested("let y = 1"),
        nested(""),
        doubled("[1, 2]", "x + x"),
        doubled("\"ab\"", "\"{{ x }}{{ x }}\""),
        doubled("\"ab\"", "replace(x, \"a\", x)"),
        doubled("\"ab\"", "join(split(x, \"\"), x)"),
        doubled("[1, 2]", "[y for y in x + x]"),
        // Held twice at each level, which takes no memory until it is compared.
        format!("{}    assert x59 == x59\n", doubled("[1]", "[x, x]")),
    ];
    for body in bodies {
        let told = told_of(&format!(
            "stage one on all {{\n{body}}}\n\ntest \"ends\" {{\n    host w1 {{ arch: x86_64 }}\n    run\n}}\n"
        ));
        assert!(
            told.contains("the run works on more than 5 million values") && told.ends_with("exit status 1\n"),
            "{body}{told}"
        );
    }
}

#[test]
fn a_host_is_done_where_each_of_its_stages_is() {
    let workflow = |expected: &str| {
        format!(
            "stage one on all {{\n    print \"a\"\n}}\n\nstage two on all tolerate 1 {{\n    sh \"false\"\n}}\n\n\
             test \"t\" {{\n{HOSTS}    answer \"false\" on w1 with 1\n    answer \"false\" on w2 with 0\n    run\n    {expected}\n}}\n"
        )
    };
    let told = told_of(&workflow("expect ok on w1"));
    assert!(told.contains("the run was not done on w1"), "{told}");
    for expected in ["expect ok on w2", "expect ok stage one on w1"] {
        let told = told_of(&workflow(expected));
        assert!(told.ends_with("1 passed, 0 failed\nexit status 0\n"), "{told}");
    }
}

#[test]
fn a_failure_that_is_expected_excuses_no_other() {
    let workflow = |expected: &str| {
        format!(
            "stage two on all tolerate 1 {{\n    sh \"false\"\n}}\n\n\
             test \"t\" {{\n{HOSTS}    answer \"false\" with 1\n    run\n    {expected}\n}}\n"
        )
    };
    let told = told_of(&workflow("expect failed stage two on w1"));
    assert!(told.contains("run by this test") && told.ends_with("exit status 1\n"), "{told}");
    let told = told_of(&workflow("expect failed stage two on all"));
    assert!(told.ends_with("1 passed, 0 failed\nexit status 0\n"), "{told}");
}

#[test]
fn quotes_and_blanks_that_matter_are_compared() {
    let workflow = |expected: &str| {
        format!(
            "stage one on all {{\n    sh \"psql -c \\\"name = 'x'\\\"\"\n    sh \"rm -r '/srv/*'\"\n    write-file(\"/etc/x\", \"a = 1\")\n}}\n\n\
             test \"t\" {{\n    host w1 {{ arch: x86_64 }}\n    answer \"*\" with \"\"\n    run\n    {expected}\n}}\n"
        )
    };
    for wrong in [
        r#"expect command "psql -c \"name = x\"""#,
        r#"expect command "rm -r /srv/*""#,
        r#"expect file "/etc/x" on w1 = "  a = 1\n\n""#,
        r#"expect file "/etc/x" on w1 = "a = 1\n""#,
    ] {
        let told = told_of(&workflow(wrong));
        assert!(told.contains("T0901") && told.ends_with("exit status 1\n"), "{wrong}: {told}");
    }
    for right in
        [r#"expect command "psql -c \"name = 'x'\"" then "rm -r '/srv/*'""#, r#"expect file "/etc/x" on w1 = "a = 1""#]
    {
        let told = told_of(&workflow(right));
        assert!(told.ends_with("1 passed, 0 failed\nexit status 0\n"), "{right}: {told}");
    }
}

#[test]
fn a_module_of_the_library_is_told_how_it_is_tested() {
    let told = tested(&["std/pump"]);
    assert!(told.contains("std/pump is a module of the library"), "{told}");
    assert!(told.contains("a file with `use std/pump` and `test \"…\" { … }`"), "{told}");
    assert!(told.ends_with("exit status 2\n"), "{told}");
    let told = tested(&["std/pmup"]);
    assert_eq!(told, "error: the standard library has no module std/pmup: did you mean std/pump?\nexit status 2\n");
}
