//! What holds for any text, and for any value in any real shell.

use std::process::Command;

use proptest::prelude::*;

use super::*;

/// Pieces of shell syntax, which find more than random characters do.
const PIECES: &[&str] = &[
    "make",
    " ",
    " ",
    "\n",
    ";",
    "&&",
    "|",
    "&",
    "(",
    ")",
    "((",
    "))",
    "{ ",
    "; }",
    "$(",
    "$((",
    "${",
    "${x:-",
    "${x[",
    "$",
    "`",
    "'",
    "\"",
    "\\",
    "\\\n",
    "#",
    " # ",
    "<<E\n",
    "\nE\n",
    "<<'E'\n",
    "<<-E\n",
    "<<\"\"",
    "<<  ",
    "<<\r",
    "<",
    ">",
    "2>",
    "99999999999>",
    "<<<",
    "<(",
    "$'",
    "~",
    "~99999999999",
    "=",
    "x=",
    "a[",
    "]",
    "[[ ",
    " ]]",
    "! ",
    "if ",
    " then ",
    " fi",
    "while ",
    " do ",
    " done",
    "case x in ",
    " esac",
    "a) ",
    ";;",
    "for x in ",
    "f() ",
    "echo ",
    "sh -c ",
    "eval ",
    "env ",
    "xargs ",
    "find . -exec ",
    "é",
    "\0",
    "\t",
    "*",
    "{a,b}",
    "-",
    "-c ",
    "time ",
    "coproc ",
    "|&",
    "Xsplice0xS0E",
];

fn any_template() -> impl Strategy<Value = Template> {
    let piece = prop_oneof![
        12 => prop::sample::select(PIECES).prop_map(|piece| Part::Text(piece.to_owned())),
        2 => (0_usize..4).prop_map(Part::Splice),
        1 => ".{0,6}".prop_map(Part::Text),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|parts| Template { parts })
}

/// So many cases, or as many as PROPTEST_CASES says.
fn config(usual: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual);
    ProptestConfig { failure_persistence: None, cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn no_text_panics(template in any_template()) {
        let analysis = analyse(&template);
        let used = template.parts.iter().filter_map(|part| if let Part::Splice(index) = part { Some(*index) } else { None });
        prop_assert_eq!(analysis.splices.len(), used.max().map_or(0, |highest| highest + 1));
    }

    #[test]
    fn quoted_words_are_read_as_one_literal(value in "[^\0\r\x0b\x0c]{0,20}") {
        let text = format!("prog {}", quote(&value, Quoting::Word).unwrap());
        let analysis = analyse(&Template { parts: vec![Part::Text(text)] });
        prop_assert_eq!(&analysis.errors, &[]);
        prop_assert_eq!(&analysis.programs[0].words[1..], &[Word::Literal(value)]);
    }
}

/// What a shell prints for a text.
fn output(shell: &[&str], text: &str) -> Vec<u8> {
    let command = Command::new(shell[0]).args(&shell[1..]).arg("-c").arg(text).output();
    command.unwrap().stdout
}

#[test]
fn values_survive_real_shells() {
    let texts = [
        "printf %s {{0}}",
        "printf %s \"{{0}}\"",
        "printf %s '{{0}}'",
        "printf %s \"$(printf %s \"{{0}}\"; printf .)\"",
    ];
    let shells: Vec<&[&str]> = [&["sh"][..], &["dash"], &["bash", "--posix"], &["busybox", "sh"]]
        .into_iter()
        .filter(|shell| Command::new(shell[0]).arg("--help").output().is_ok())
        .collect();
    let mut runner = proptest::test_runner::TestRunner::new(config(12));
    let value =
        prop_oneof!["[^\0]{0,12}", "[ '\"\\\\$`\n;&|<>(){}*?#~!=-]{0,12}", Just("$(touch x); `id` 'a' \\".to_owned()),];
    let tested = runner.run(&value, |value| {
        for text in texts {
            let template = template(text);
            let quoting = analyse(&template).splices[0].quoting().unwrap();
            let written = text.replace("{{0}}", &quote(&value, quoting).unwrap());
            let expected = if text.ends_with("; printf .)\"") { format!("{value}.") } else { value.clone() };
            for shell in &shells {
                prop_assert_eq!(output(shell, &written), expected.as_bytes(), "{:?}: {}", shell, written);
            }
        }
        Ok(())
    });
    tested.unwrap();
}

#[test]
fn lists_give_one_word_each_in_a_real_shell() {
    let values = ["a b", "", "'", "-n", "$x"];
    let written = format!("for x in {}; do printf '<%s>' \"$x\"; done", quote_list(&values, Quoting::Word).unwrap());
    assert_eq!(output(&["sh"], &written), b"<a b><><'><-n><$x>");
}

#[test]
fn nested_text_is_read_in_bounded_time() {
    let start = std::time::Instant::now();
    let nested = [
        ("$(", ")"),
        ("\"$(", ")\""),
        ("${x:-", "}"),
        ("\"${x:-", "}\""),
        ("$((", "))"),
        ("\"$((", ") )\""),
        ("`", "`"),
        ("( ", " )"),
        ("{ ", "; }"),
        ("if a; then ", "; fi"),
        ("${a[", "]}"),
        ("${a/${b:", "}}"),
        ("sh -c \"", "\""),
        ("eval ", ""),
        ("env ", ""),
        ("! ", ""),
        ("x | ", ""),
        ("case a in a) ", ";; esac"),
        ("f() { ", "; }"),
        ("a[", "]"),
        ("find . -exec ", " \\;"),
        ("$x ", ""),
        ("while a; do ", "; done"),
        ("$(( (", ")))"),
        ("<(", ")"),
        ("$({ { { { ", "; }; }; }; })"),
        ("${x:-$({ { { ", "; }; }; })}"),
    ];
    for (open, close) in nested {
        for depth in [1, 5, 20, 39, 47, 100, 1000] {
            let _ = analyse(&Template {
                parts: vec![Part::Text(format!("{}a{}", open.repeat(depth), close.repeat(depth)))],
            });
        }
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
