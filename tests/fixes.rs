//! What `check --fix` must not do to a file.

use crate::outputs::Folder;

/// A workflow after its fixes.
fn fixed(text: &str) -> (i32, String) {
    let folder = Folder::with(&[("test.flow", text)]);
    let ended = folder.flowrun(&["check", "--fix", "test.flow"]);
    (ended.code, folder.read("test.flow"))
}

#[track_caller]
fn assert_untouched(text: &str) {
    assert_eq!(fixed(text).1, text);
}

#[test]
fn an_alternative_of_several_lines_is_put_in_parentheses_once() {
    let text =
        "host builder = name == \"a\" or\n    name == \"b\"\n\nstage s on builder timeout 1h {\n    sh \"make\"\n}\n";
    let (code, after) = fixed(text);
    assert_eq!(code, 0, "{after}");
    assert!(after.starts_with("host builder = x86_64 and (name == \"a\" or\n    name == \"b\")\n"), "{after}");
}

#[test]
fn a_directory_that_is_no_single_word_stays_with_the_shell() {
    for folder in ["/srv/a 2>/dev/null", "/srv/*", "/srv/$x", "~x/{a,b}"] {
        assert_untouched(&format!("stage s on all {{\n    sh \"cd {folder} && ls\"\n}}\n"));
    }
}

#[test]
fn backquotes_stay_where_brackets_would_be_read_otherwise() {
    for text in ["echo \\\"`true #x`\\\"", "echo \\\"$`id -u`\\\"", "echo \\\"`case a in a) echo 1;; esac`\\\""] {
        assert_untouched(&format!("stage s on all {{\n    sh \"{text}\"\n}}\n"));
    }
}

#[test]
fn no_comment_is_lost() {
    assert_untouched("stage s on all {\n    let z = [\n        1, # precious\n        2,\n    ]\n    print \"x\"\n}\n");
    assert_untouched("## Notes on distcc.\nuse std/distcc\n\nstage s on all {\n    print \"x\"\n}\n");
}

#[test]
fn a_byte_order_mark_stays_and_hinders_nothing() {
    let (code, after) = fixed("\u{feff}use std/distcc\n\nstage s on all {\n    print \"x\"\n}\n");
    assert_eq!((code, after.as_str()), (0, "\u{feff}\nstage s on all {\n    print \"x\"\n}\n"));
}

#[test]
fn what_is_quoted_in_an_inventory_allows_nothing() {
    let hosts = "hosts:\n  a: { arch: x86_64, vars: { motd: \"see # allow(W0738) here\" } }\n";
    let folder = Folder::with(&[("test.flow", "stage s on all {\n    print \"x\"\n}\n"), ("inventory.yml", hosts)]);
    let ended = folder.flowrun(&["check", "--fix", "test.flow"]);
    assert_eq!((ended.code, folder.read("inventory.yml").as_str()), (0, hosts));
    assert!(!ended.said.contains("W0706"), "{}", ended.said);
}

#[test]
fn what_a_module_allows_is_up_to_those_who_use_it() {
    let lib = "task fetch() {\n    sh \"rsync -a a: b\"    # allow(W0729) the callers limit it\n}\n";
    let limited = "use ./lib\n\nstage s on x86_64 timeout 1m {\n    lib.fetch()\n}\n";
    let folder = Folder::with(&[("test.flow", limited), ("lib.flow", lib)]);
    folder.flowrun(&["check", "--fix", "test.flow"]);
    assert_eq!(folder.read("lib.flow"), lib);
}

/// An allow above a statement counts however the statement is laid out.
#[test]
fn formatting_takes_no_allow_from_its_lint() {
    let text = format!(
        "stage s on all {{\n    # allow(W0732) it is split on purpose\n    let answer = sh(\"ls $A{}\", timeout: 30s, user: \"root\")\n    print answer.stdout\n}}\n",
        " long".repeat(20)
    );
    let folder = Folder::with(&[("test.flow", &text)]);
    let check = ["check", "--deny", "warnings", "test.flow"];
    assert_eq!(folder.flowrun(&check).code, 0);
    assert_eq!(folder.flowrun(&["fmt", "test.flow"]).code, 0);
    assert_ne!(folder.read("test.flow"), text);
    let after = folder.flowrun(&check);
    assert_eq!(after.code, 0, "{}\n{}", after.said, folder.read("test.flow"));
}

#[test]
fn semicolons_are_left_out() {
    let text = "stage s on all {\n    print join([\n        \"a\",\n    ], \",\"); # the habit\n    if true { print \"b\"; };\n};\n";
    let (code, after) = fixed(text);
    assert_eq!(code, 0, "{after}");
    assert_eq!(after, text.replace(';', ""));
}

#[test]
fn a_semicolon_between_statements_is_left_to_the_reader() {
    assert_untouched("stage s on all {\n    print \"a\"; print \"b\"\n}\n");
}
