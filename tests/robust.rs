//! No text makes the checker panic, hang or exhaust its stack.

use std::path::Path;

use flowrun::analysis::{self, Text};
use flowrun::check::{self, Loader};
use flowrun::diagnostic::{self, Style};
use flowrun::source::SourceMap;
use flowrun::testing::Suite;
use proptest::prelude::*;

struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _: &Path) -> Result<String, String> {
        Err("there is no such file".to_owned())
    }

    fn exists(&self, _: &Path) -> bool {
        false
    }
}

/// What a check of the text prints.
fn checked(text: &str) -> String {
    let found = analysis::analyse(&NoFiles, Text { path: Path::new("test.flow"), text }, None);
    diagnostic::render_all(&found.diagnostics, &found.sources, Style::default())
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    let stage = |body: &str| format!("stage one on all {{\n    {body}\n}}\n");
    let texts = [
        stage(&format!("if true {{\n}}{}", " else if true {\n}".repeat(5_000))),
        stage(&format!("print a{}", ".b".repeat(20_000))),
        stage(&format!("print 1{}", " + 1".repeat(20_000))),
        stage(&format!("print {}true", "not ".repeat(20_000))),
        stage(&format!("print {}1{}", "(".repeat(5_000), ")".repeat(5_000))),
        stage(&format!("sh \"{}make{}\"", "$(".repeat(500), ")".repeat(500))),
        format!("host a = {}x86_64{}\n", "(".repeat(5_000), ")".repeat(5_000)),
        stage(&format!("{}{}", "if true {\n".repeat(5_000), "}\n".repeat(5_000))),
        "{".repeat(100_000),
        "\"".repeat(10_001),
    ];
    for text in texts {
        assert!(checked(&text).contains("error["), "{} is accepted", &text[..60]);
    }
}

/// Each of these would be tried again within each one around it, did it fail where the text ends: it would never be told.
#[test]
fn what_is_never_closed_is_told_of() {
    for opened in [
        "{ ",
        "\"{{ ",
        "on cm3 {\n",
        "foo(\n",
        "let x = [{ a: \"{{ f(\n",
        "retry 2 {\n",
        "ensure \"x\" {\n} else {\n",
        "try {\n} rescue {\n",
        "if a {\n} else if b {\n",
        "print \"{{ \"\"\" {{ \"\n",
        "x {\"{\n",
    ] {
        let text = format!("stage one on all {{\n    print {}\n}}\n", opened.repeat(90));
        assert!(checked(&text).contains("error["), "{opened} is accepted");
        let text = format!("stage one on all {{\n    {}\n}}\n", opened.repeat(90));
        assert!(checked(&text).contains("error["), "{opened} is accepted");
    }
}

#[test]
fn what_is_merely_long_is_accepted() {
    let selector = format!("not {}x86_64 and {}", "not ".repeat(999), vec!["group(a)"; 500].join(" and "));
    let stages: String = (0..1_000).map(|number| format!("stage s{number} on all {{\n    sh \"true\"\n}}\n")).collect();
    let accepted = |text: &str| !checked(text).contains("error[");
    assert!(accepted(&format!("hosts many = {selector}\n{stages}")));
    let speaks = |number| format!("stage s{number} on x86_64 expects c leaves c {{\n    sh \"true\"\n}}\n");
    let stages: String = (0..1_000).map(speaks).collect();
    let first = "condition c on x86_64 {\n    sh \"true\"\n}\nstage s on x86_64 leaves c {\n    sh \"true\"\n}\n";
    assert!(accepted(&format!("{first}{stages}")));
    let calls = |number| {
        let next = number + 1;
        format!(
            "task t{number}() {{\n    on group(a{number}) {{ t{next}() }}\n    on group(b{number}) {{ t{next}() }}\n}}\n"
        )
    };
    let tasks: String = (0..40).map(calls).collect();
    assert!(accepted(&format!("{tasks}task t40() {{\n    sh \"make\"\n}}\nstage s on x86_64 {{\n    t0()\n}}\n")));
}

/// Eleven pigeons in ten holes: a proof would need exponentially many steps.
#[test]
fn what_cannot_be_decided_is_refused() {
    let hole = |pigeon: usize, hole: usize| format!("group(p{pigeon}h{hole})");
    let housed = (0..11).map(|p| (0..10).map(|h| hole(p, h)).collect::<Vec<_>>().join(" or "));
    let pairs = (0..10).flat_map(|h| (0..11).flat_map(move |p| (0..p).map(move |q| (h, p, q))));
    let alone = pairs.map(|(h, p, q)| format!("not ({} and {})", hole(p, h), hole(q, h)));
    let all: Vec<String> = housed.map(|any| format!("({any})")).chain(alone).collect();
    let told = checked(&format!("hosts pigeons = {}\n", all.join(" and ")));
    assert!(told.contains("the selectors have too many alternatives to be decided"), "{told}");
}

/// Checks a workflow, and runs its tests where it is accepted; how often a run was asked for.
fn tested(text: &str) -> usize {
    let mut sources = SourceMap::new();
    let (modules, _) = check::load(&mut sources, &NoFiles, Path::new("test.flow"), text);
    let Some(workflow) = check::check(&sources, &NoFiles, &modules, None).0 else { return 0 };
    let (cases, _) = check::testing::cases(&sources, &NoFiles, &modules, &workflow);
    let suite = Suite { sources: &sources, loader: &NoFiles, modules: &modules };
    for case in &cases {
        let drawn = diagnostic::render_all(&suite.run(case), &sources, Style::default());
        assert!(drawn.is_empty() || drawn.starts_with("error["), "{drawn}");
    }
    cases.len()
}

/// A declaration at the beginning of a line ends a nesting for what counts the depth, and so none may nest.
#[test]
fn tests_within_refusals_within_tests_are_refused() {
    let nested = |depth: usize| {
        let open = "test \"t\" {\nexpect refusal E0302 {\n".repeat(depth);
        format!("{open}stage s on all {{\nsh \"make\"\n}}\n{}", "}\n}\n".repeat(depth))
    };
    assert_eq!((tested(&nested(1)), checked(&nested(1))), (1, String::new()));
    for depth in [2, 200, 5_000] {
        assert!(checked(&nested(depth)).contains("error["), "{depth}");
    }
}

/// Each brace that is not closed is looked behind once.
#[test]
fn many_unclosed_braces_are_soon_refused() {
    assert!(checked(&format!("stage s on all {{\n    x {}\n}}\n", "{".repeat(90))).contains("error[E0102]"));
    assert!(checked(&format!("test \"t\" {{\n    x {}\n}}\n", "{".repeat(90))).contains("error[E0102]"));
}

proptest! {
    #![proptest_config(crate::random_cases(300))]

    /// Statements of tests in any order: they are refused, or come to an end on hosts that are not there.
    #[test]
    fn random_tests_are_refused_or_end(statements in prop::collection::vec(prop::sample::select(STATEMENTS), 0..12)) {
        let stage = "input slots: Int = 4\nstage one on all {\nsh \"one\"\nprint \"{{ slots }}\"\n}\n";
        tested(&format!("{stage}test \"t\" {{\nhost w0 {{ arch: x86_64 }}\n{}\n}}\n", statements.join("\n")));
    }

    #[test]
    fn random_text_is_only_refused(text in ".{0,200}") {
        checked(&text);
    }

    /// Near to what people write: the words of the language in any order.
    #[test]
    fn random_words_are_only_refused(words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        checked(&words.join(" "));
        checked(&format!("stage one on all {{\n{}\n}}\n", words.join(" ")));
    }
}

const STATEMENTS: &[&str] = &[
    "host w1 { arch: aarch64, class: cm3, mem: 1GiB }",
    "host w1 { off: true }",
    "host w2 { arch: aarch64, measured: { arch: x86_64 } }",
    "input slots = 5",
    "input slots = \"5\"",
    "file \"/a\" on all = \"text\"",
    "answer \"*\" with \"\"",
    "answer \"one\" on all with 1 then { code: 0, stdout: \"two\" }",
    "answer \"one\" on w1 with { never: true }",
    "answer \"one\" with { lost: true } then { after: 3d }",
    "run",
    "run stage one",
    "run stage two",
    "run on all { retry 5 every 1d { sh \"one\" } }",
    "run on w1 { timeout 5m { sh \"one\" } }",
    "run on w1 { wait-port(80)\nprint read-file(\"/a\") }",
    "expect ok",
    "expect ok \"goal\" on w1",
    "expect changed \"goal\"",
    "expect failed",
    "expect failed R0803 stage one on all because \"one\"",
    "expect command \"one\" then \"*\" with { user: \"root\" } on w0",
    "expect no command \"*\"",
    "expect output \"5\"",
    "expect file \"/a\" on w1 = \"*\"",
    "expect refusal E0302",
    "expect refusal E0302 { stage one on all { sh \"make\" } }",
    "expect refusal E0201 { stage two on none { } }",
    "expect nothing",
];

const WORDS: &[&str] = &[
    "stage",
    "on",
    "all",
    "{",
    "}",
    "\n",
    "(",
    ")",
    "[",
    "]",
    "let",
    "x",
    "=",
    "==",
    "\"text\"",
    "\"{{ x }}\"",
    "\"{{",
    "sh",
    "\"make\"",
    "if",
    "else",
    "for",
    "in",
    "task",
    "->",
    "Str",
    "host",
    "hosts",
    "cm3",
    "only",
    ",",
    ".",
    "ensure",
    "try",
    "rescue",
    "42",
    "30s",
    "8GiB",
    "not",
    "and",
    "or",
    "at",
    "finally",
    "#",
    "##",
    "input",
    ":",
    "return",
    "use",
    "std/pump",
    "condition",
    "expects",
    "leaves",
    "after",
    "pump.start",
    "-",
    "+",
    "as",
    "List[Str]",
    "\"\"\"",
    "é",
];

/// The deepest texts that are let through to the parser, each in brackets of another kind.
fn deepest() -> Vec<String> {
    let nested = |open: &str, inner: &str, close: &str, levels: usize| {
        format!("stage one on x86_64 {{\n    {}{inner}{}\n}}\n", open.repeat(levels), close.repeat(levels))
    };
    vec![
        nested("", &format!("print {}1{}", "(".repeat(98), ")".repeat(98)), "", 0),
        nested("", &format!("let x = {}1{}", "[".repeat(98), "]".repeat(98)), "", 0),
        nested("", &format!("let x = {}1{}", "{ a: ".repeat(98), "}".repeat(98)), "", 0),
        nested("", &format!("print {}1{}", "len(".repeat(98), ")".repeat(98)), "", 0),
        nested("", &format!("let x: {}Str{} = []", "List[".repeat(98), "]".repeat(98)), "", 0),
        nested("", &format!("print {}\"x\"{}", "\"{{ ".repeat(49), " }}\"".repeat(49)), "", 0),
        nested("if true {\n", "print \"x\"\n", "}\n", 98),
        nested("on x86_64 {\n", "print \"x\"\n", "}\n", 98),
        nested("try {\n", "print \"x\"\n", "} rescue {\n}\n", 98),
        format!("host a = {}x86_64{}\n", "(".repeat(99), ")".repeat(99)),
    ]
}

/// A thread has 2 MiB of stack where nobody asks for more, and this is where an editor's server or a test runs.
#[test]
fn what_is_as_deep_as_may_be_fits_on_a_small_stack() {
    let small = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    let checked = small.spawn(|| deepest().iter().map(|text| checked(text)).collect::<Vec<String>>()).unwrap();
    for (text, told) in deepest().iter().zip(checked.join().unwrap()) {
        assert!(!told.contains("within each other"), "{} is refused as too deep:\n{told}", &text[..80]);
    }
}
