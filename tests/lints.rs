//! What holds of all lints: each has its page, its cases and its line in the table; fixes mend; `allow` takes them out.

use std::collections::BTreeMap;
use std::path::Path;

use flowrun::analysis::{self, Analysis, Text};
use flowrun::check::Loader;
use flowrun::diagnostic::{Code, Diagnostic};
use flowrun::lint::RULES;

use crate::cases::{Corpus, files_below};
use crate::lab::program;

/// The codes of all lints, those about `allow` itself included.
fn codes() -> impl Iterator<Item = Code> {
    Code::ALL.iter().copied().filter(|code| code.as_str().starts_with('W'))
}

fn analysed(path: &Path, text: &str) -> Analysis {
    let inventory = path.with_extension("yml");
    let hosts = Corpus.load(&inventory).ok();
    let hosts = hosts.as_ref().map(|text| Text { path: &inventory, text });
    analysis::analyse(&Corpus, Text { path, text }, hosts)
}

/// A rule that is taken out of the table, or finds nothing any more, fails here.
#[test]
fn each_rule_has_a_case_that_it_finds_and_finds_nothing_in_what_is_accepted() {
    for code in codes() {
        let about_it = |folder: &str| {
            let files = files_below(Path::new(folder), "flow").into_iter();
            files.filter(move |path| path.file_stem().unwrap().to_string_lossy().starts_with(code.as_str()))
        };
        let finds = |path: &Path| {
            let found = analysed(path, &std::fs::read_to_string(path).unwrap());
            found.diagnostics.iter().filter(|diagnostic| diagnostic.code == code).count()
        };
        assert!(about_it("tests/cases/lints").any(|path| finds(&path) > 0), "{code} finds nothing in its cases");
        assert!(about_it("tests/cases/accepted").all(|path| finds(&path) == 0), "{code} finds what is accepted");
        let snapshots = files_below(Path::new("tests/cases/lints"), "snap").into_iter();
        let mut texts = snapshots.map(|path| std::fs::read_to_string(path).unwrap());
        assert!(texts.any(|text| text.contains(&format!("[{code}]"))), "no snapshot shows {code}");
    }
}

#[test]
fn the_table_of_rules_is_in_order_and_has_every_lint() {
    let rules: Vec<Code> = RULES.iter().map(|rule| rule.code).collect();
    let about_allow = [Code::W0705, Code::W0706, Code::W0707];
    assert_eq!(rules, codes().filter(|code| !about_allow.contains(code)).collect::<Vec<_>>());
}

/// docs/lints.md lists each lint, with the first sentence of its page; bless it as a snapshot is blessed.
#[test]
fn the_page_of_all_lints_is_up_to_date() {
    let path = Path::new("docs/lints.md");
    let written = std::fs::read_to_string(path).unwrap();
    let (about, _) = written.split_once("| code |").unwrap();
    let row = |code: Code| {
        let page = code.page();
        let text = page.split("\n\n").nth(1).unwrap().replace('\n', " ");
        let end = [". ", ": "].iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
        let first = text[..end].trim_end_matches('.').replace('|', "\\|");
        let fix = if page.contains("--fix") { "yes" } else { "" };
        format!("| [{code}](codes/{code}.md) | {} | {first} | {fix} |\n", code.title())
    };
    let table: String = codes().map(row).collect();
    let expected = format!("{about}| code | | | `--fix` |\n| --- | --- | --- | --- |\n{table}");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        return std::fs::write(path, &expected).unwrap();
    }
    assert!(written == expected, "docs/lints.md is out of date: run this test with INSTA_UPDATE=always");
}

/// A text with all fixes carried out that touch nothing another one changes.
fn fixed(found: &Analysis, text: &str) -> Option<String> {
    let file = found.modules.all[found.modules.entry].file.id;
    let mut taken: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    for fix in found.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_deref()) {
        let own = fix.edits.iter().all(|(span, _)| span.file == file);
        let free = fix.edits.iter().all(|(span, _)| {
            taken.iter().all(|(range, _)| span.range().end <= range.start || range.end <= span.range().start)
        });
        if own && free {
            taken.extend(fix.edits.iter().map(|(span, new)| (span.range(), new.clone())));
        }
    }
    taken.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let any = !taken.is_empty();
    taken.into_iter().for_each(|(range, new)| text.replace_range(range, &new));
    any.then_some(text)
}

fn errors(diagnostics: &[Diagnostic]) -> BTreeMap<(Code, String), usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
        *counts.entry((diagnostic.code, diagnostic.message.clone())).or_default() += 1;
    }
    counts
}

/// Of every case in the corpus and every example in it: fixing ends, and leaves nothing worse.
#[test]
fn fixes_make_no_error_and_come_to_an_end() {
    let cases = files_below(Path::new("tests/cases"), "flow");
    let mut mended = 0;
    for path in cases {
        let Ok(mut text) = std::fs::read_to_string(&path) else { continue };
        let mut found = analysed(&path, &text);
        let mut rounds = 0;
        while let Some(better) = fixed(&found, &text) {
            let after = analysed(&path, &better);
            let lint_alone = errors(&found.diagnostics).is_empty();
            for (error, count) in errors(&after.diagnostics) {
                let before = errors(&found.diagnostics).get(&error).copied().unwrap_or(0);
                assert!(!lint_alone && count <= before.max(1), "{}: {error:?} is new in\n{better}", path.display());
            }
            if lint_alone {
                let count = |found: &Analysis| found.diagnostics.len();
                assert!(count(&after) < count(&found), "{}: nothing is gained in\n{better}", path.display());
            }
            rounds += 1;
            assert!(rounds < 16, "{} is never done", path.display());
            (text, found) = (better, after);
            mended += 1;
        }
    }
    assert!(mended > 10, "only {mended} texts were mended");
}

/// Whatever a lint finds, `allow` on its line or above it takes out, and nothing is left of either.
#[test]
fn what_is_allowed_is_not_told() {
    for path in files_below(Path::new("tests/cases/lints"), "flow") {
        let text = std::fs::read_to_string(&path).unwrap();
        let found = analysed(&path, &text);
        let file = found.modules.all[found.modules.entry].file.id;
        let about_allow = |code: Code| [Code::W0705, Code::W0706, Code::W0707].contains(&code);
        let mut lines: BTreeMap<usize, Vec<Code>> = BTreeMap::new();
        for diagnostic in found.diagnostics.iter().filter(|diagnostic| !about_allow(diagnostic.code)) {
            let span = diagnostic.primary_span().unwrap();
            if span.file == file {
                let line = found.sources.get(file).unwrap().line_index(span.start as usize);
                // A text of several lines holds no comment: what is in it is allowed where the text begins.
                let line = found_statement(&text, line);
                lines.entry(line).or_default().push(diagnostic.code);
            }
        }
        if found.diagnostics.iter().any(|diagnostic| about_allow(diagnostic.code)) {
            continue;
        }
        let mut allowed = String::new();
        for (number, line) in text.lines().enumerate() {
            if let Some(codes) = lines.get(&number) {
                let mut codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
                codes.sort_unstable();
                codes.dedup();
                allowed.push_str(&format!("# allow({}) this case is about it\n", codes.join(", ")));
            }
            allowed.push_str(line);
            allowed.push('\n');
        }
        let left = analysed(&path, &allowed).diagnostics;
        let own = left.iter().filter(|diagnostic| diagnostic.primary_span().is_none_or(|span| span.file == file));
        let left: Vec<String> = own.map(|diagnostic| format!("{}: {}", diagnostic.code, diagnostic.message)).collect();
        assert!(left.is_empty(), "{}\n{}\nin\n{allowed}", path.display(), left.join("\n"));
    }
}

/// The line in which the command that a line belongs to begins.
fn found_statement(text: &str, line: usize) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let open = |upto: usize| lines[..upto].iter().map(|line| line.matches("\"\"\"").count()).sum::<usize>() % 2 == 1;
    (0..=line).rev().find(|line| !open(*line)).unwrap_or(line)
}

/// Where something could not be read, nothing is called unused that the rest may speak of.
#[test]
fn what_could_not_be_read_makes_nothing_unused() {
    let texts = [
        "use std/net\ninput a: Str = \"a\"\nhost b = group(b)\nstage one on b {\n    net.listening(}\n}\n",
        "input a: Str = \"a\"\ntask t(x: Int) {\n    let y = 1\n    print x y a\n}\nstage one on all {\n    t(1)\n}\n",
        "input a: Str = \"a\"\nstage one on all {\n    print unknown\n}\n",
        "use ./not-there as n\ninput a: Str = \"a\"\nstage one on all {\n    n.show(a)\n}\n",
    ];
    for text in texts {
        let found = analysed(Path::new("test.flow"), text);
        assert!(found.diagnostics.iter().all(Diagnostic::is_error), "{text}\n{:?}", found.diagnostics);
    }
}

const UNTIDY: &str = "\
use std/distcc

stage one on x86_64 and x86_64 {
    let first: distcc.Worker = { host: \"a\" }
    let second = first
    let listed = sh \"cd /srv && ls `uname -m`\"
    sh \"ls /opt\"    # allow(W0732) it has no blanks
}
";

/// A fix may uncover another: the value, then the one that it was made of, then the module of its type.
#[test]
fn fixing_goes_on_until_nothing_is_left_to_fix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.flow");
    std::fs::write(&path, UNTIDY).unwrap();
    let flowrun = |arguments: &[&str]| {
        let ended =
            program(folder.path()).current_dir(folder.path()).args(arguments).arg("test.flow").output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    let (status, said) = flowrun(&["check", "--fix", "--deny", "warnings"]);
    assert_eq!(status, Some(0), "{said}");
    insta::assert_snapshot!(format!("{said}\n{}", std::fs::read_to_string(&path).unwrap()));
}

/// Who runs a workflow is told how many lints there are, and nothing else of them.
#[test]
fn lints_stay_out_of_the_way_of_a_plan() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("test.flow"), UNTIDY).unwrap();
    let ended = program(folder.path()).current_dir(folder.path()).args(["plan", "test.flow"]).output().unwrap();
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "6 lints: `flowrun check test.flow` shows them\n");
}
