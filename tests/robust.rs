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
        "{".repeat(100_000),
        "\"".repeat(10_001),
    ];
    for text in texts {
        assert!(checked(&text).contains("error["), "{} is accepted", &text[..60]);
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
