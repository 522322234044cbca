//! No text makes the checker panic, hang or exhaust its stack.

use std::path::Path;

use flowrun::check::{self, Loader};
use flowrun::diagnostic::{self, Style};
use flowrun::source::SourceMap;
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
    let mut sources = SourceMap::new();
    let (modules, mut diagnostics) = check::load(&mut sources, &NoFiles, Path::new("test.flow"), text);
    diagnostics.extend(check::check(&sources, &NoFiles, &modules, None).1);
    diagnostic::render_all(&diagnostics, &sources, Style::default())
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
    assert_eq!(checked(&format!("hosts many = {selector}\n{stages}")), "");
    let speaks = |number| format!("stage s{number} on x86_64 expects c leaves c {{\n    sh \"true\"\n}}\n");
    let stages: String = (0..1_000).map(speaks).collect();
    let first = "condition c on x86_64 {\n    sh \"true\"\n}\nstage s on x86_64 leaves c {\n    sh \"true\"\n}\n";
    assert_eq!(checked(&format!("{first}{stages}")), "");
    let calls = |number| {
        let next = number + 1;
        format!(
            "task t{number}() {{\n    on group(a{number}) {{ t{next}() }}\n    on group(b{number}) {{ t{next}() }}\n}}\n"
        )
    };
    let tasks: String = (0..40).map(calls).collect();
    assert_eq!(
        checked(&format!("{tasks}task t40() {{\n    sh \"make\"\n}}\nstage s on x86_64 {{\n    t0()\n}}\n")),
        ""
    );
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

proptest! {
    #![proptest_config(crate::random_cases(300))]

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
