//! What editors know of the language is held to what flowrun reads: the same words, the same declarations, the same files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flowrun::source::SourceMap;
use proptest::prelude::*;
use tree_sitter::{Node, Parser, Query, QueryCursor, StreamingIterator, Tree};

use crate::cases::files_below;
use crate::random_cases;

const PEST: &str = include_str!("../grammar/flow.pest");
const GRAMMAR: &str = include_str!("../editors/tree-sitter-flow/grammar.js");
const TEXTMATE: &str = include_str!("../editors/vscode/syntaxes/flow.tmLanguage.json");
const VIM: &str = include_str!("../editors/vim/syntax/flow.vim");

fn language() -> tree_sitter::Language {
    tree_sitter_flow::LANGUAGE.into()
}

fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&language()).unwrap();
    parser.parse(text, None).unwrap()
}

/// Every `.flow` file of the project.
fn flow_files() -> Vec<PathBuf> {
    let folders = ["stdlib", "workflows", "tests", "src/cli/new"];
    folders.iter().flat_map(|folder| files_below(Path::new(folder), "flow")).collect()
}

/// Whether flowrun reads a text without an error of syntax.
fn is_read(text: &str) -> bool {
    let mut sources = SourceMap::new();
    let id = sources.add("file.flow", text);
    flowrun::syntax::parse(&sources, id).1.iter().all(|diagnostic| !diagnostic.code.as_str().starts_with("E01"))
}

fn is_letters(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

/// The words between quotes of a text.
fn quoted(text: &str, quote: char) -> BTreeSet<String> {
    let words = text.split(quote).skip(1).step_by(2);
    words.filter(|word| is_letters(word)).map(str::to_owned).collect()
}

/// The words that have a meaning in the language: those of the `k_` rules, and what is reserved.
fn words_of_the_language() -> BTreeSet<String> {
    let rules = PEST.split("k_").skip(1).filter_map(|rest| rest.split_once(" = @{")).map(|(_, rest)| rest);
    let mut words: BTreeSet<String> = rules.flat_map(|rule| quoted(rule.split('}').next().unwrap(), '"')).collect();
    let reserved = PEST.split("\nreserved = _{").nth(1).unwrap().split('}').next().unwrap();
    words.extend(quoted(reserved, '"'));
    assert!(words.len() > 40, "the grammar's words were not found: {words:?}");
    words
}

/// The declarations, by the word that begins them: the rules `…_decl`, of which that of a type's field is none.
fn declarations_of_the_language() -> BTreeSet<String> {
    let rules = PEST.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim());
    let names = rules.filter_map(|name| name.strip_suffix("_decl")).filter(|name| *name != "field");
    names.map(str::to_owned).collect()
}

/// What one set has and another has not.
fn difference(what: &str, found: &BTreeSet<String>, wanted: &BTreeSet<String>) -> Option<String> {
    let missing: Vec<_> = wanted.difference(found).collect();
    let surplus: Vec<_> = found.difference(wanted).collect();
    (found != wanted).then(|| format!("{what} lacks {missing:?} and has {surplus:?} beyond flow.pest"))
}

fn same(what: &str, found: &BTreeSet<String>, wanted: &BTreeSet<String>) {
    assert_eq!(difference(what, found, wanted), None);
}

/// The words that the compiled grammar knows, without names of nodes.
fn words_of_tree_sitter() -> BTreeSet<String> {
    let language = language();
    let kinds = (0..language.node_kind_count()).filter_map(|id| u16::try_from(id).ok());
    let words = kinds.filter(|id| language.node_kind_is_visible(*id) && !language.node_kind_is_named(*id));
    let words = words.filter_map(|id| language.node_kind_for_id(id));
    words.filter(|word| is_letters(word)).map(str::to_owned).collect()
}

#[test]
fn the_words_of_the_grammars_are_those_of_the_language() {
    let wanted = words_of_the_language();
    same("the tree-sitter grammar", &words_of_tree_sitter(), &wanted);
    same("the TextMate grammar", &words_of_textmate(), &wanted);
    same("the Vim syntax", &words_of_vim(), &wanted);
}

/// The words of its lists, which all have the form `(?<![\w.-])(?:a|b)(?!…)`.
fn words_of_textmate() -> BTreeSet<String> {
    let lists = TEXTMATE.split("(?<![\\\\w.-])(?:").skip(1).filter_map(|rest| rest.split(")(?!").next());
    let words = lists.flat_map(|list| list.split('|'));
    words.filter(|word| is_letters(word) && !VALUES.contains(word)).map(str::to_owned).collect()
}

fn words_of_vim() -> BTreeSet<String> {
    let lines = VIM.lines().filter_map(|line| line.strip_prefix("syntax keyword "));
    lines
        .flat_map(|line| line.split_whitespace().skip(1))
        .filter(|word| is_letters(word) && *word != "contained" && !VALUES.contains(word))
        .map(str::to_owned)
        .collect()
}

/// Names that have a meaning without being words of the grammar.
const VALUES: [&str; 4] = ["here", "none", "all", "local"];

#[test]
fn the_declarations_of_the_grammars_are_those_of_the_language() {
    let wanted = declarations_of_the_language();
    let rule = GRAMMAR.split("\n    declaration: ($) =>").nth(1).unwrap().split("),\n\n").next().unwrap();
    let names = rule.split("$.").skip(1).filter_map(|name| name.split("_declaration").next()).map(str::to_owned);
    same("the tree-sitter grammar", &names.collect(), &wanted);
}

/// The parser is generated by tree-sitter's own tool, which is no light thing to ask of every build. So it is kept, with
/// the digest of what it was generated from.
#[test]
fn the_parser_was_generated_from_the_grammar() {
    let folder = Path::new("editors/tree-sitter-flow");
    let listed = std::fs::read_to_string(folder.join("src/generated-from")).unwrap();
    assert_eq!(listed.trim(), checksum(GRAMMAR), "run editors/tree-sitter-flow/generate");
}

/// What `cksum` prints of a text.
fn checksum(text: &str) -> String {
    let mut child = std::process::Command::new("cksum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

/// The first thing that could not be read.
fn fault(node: Node<'_>) -> Option<String> {
    if node.is_error() || node.is_missing() {
        return Some(format!("line {}: {}", node.start_position().row + 1, node.to_sexp()));
    }
    let mut cursor = node.walk();
    node.children(&mut cursor).filter(Node::has_error).find_map(fault)
}

#[test]
fn every_file_that_flowrun_reads_is_read_by_the_tree_sitter_grammar() {
    let mut read = 0;
    let mut faults = Vec::new();
    for path in flow_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        if !is_read(&text) {
            continue;
        }
        read += 1;
        faults.extend(fault(parse(&text).root_node()).map(|fault| format!("{}: {fault}", path.display())));
    }
    assert!(read > 200, "only {read} files were read");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

proptest! {
    #![proptest_config(random_cases(64))]

    /// While somebody types, most texts are broken.
    #[test]
    fn a_text_that_is_being_typed_is_read_to_its_end(file in 0_usize..1000, at: prop::sample::Index, typed in "[ -~\n]{0,3}") {
        let files = flow_files();
        let text = std::fs::read_to_string(&files[file % files.len()]).unwrap();
        let at = (0..=at.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let broken = [&text[..at], &typed, &text[at..]].concat();
        prop_assert_eq!(parse(&broken).root_node().end_byte(), broken.len());
        prop_assert!(parse(&text[..at]).root_node().end_byte() <= at);
    }
}

/// A case of `test/corpus`, in the form that `tree-sitter test` reads.
struct Case {
    title: String,
    text: String,
    tree: String,
}

fn corpus(path: &Path) -> Vec<Case> {
    let file = std::fs::read_to_string(path).unwrap();
    let parts: Vec<&str> = file.split(&format!("{}\n", "=".repeat(80))).skip(1).collect();
    let case = |pair: &[&str]| {
        let (text, tree) = pair[1].split_once(&format!("\n{}\n", "-".repeat(80))).unwrap();
        Case { title: pair[0].trim().to_owned(), text: format!("{text}\n"), tree: tree.to_owned() }
    };
    parts.chunks_exact(2).map(case).collect()
}

fn in_one_line(tree: &str) -> String {
    tree.split_whitespace().collect::<Vec<_>>().join(" ").replace(" )", ")")
}

#[test]
fn the_corpus_is_read_as_recorded() {
    let cases: Vec<Case> = files_below(Path::new("editors/tree-sitter-flow/test/corpus"), "txt")
        .iter()
        .flat_map(|path| corpus(path))
        .collect();
    assert!(cases.len() > 10, "the corpus was not found");
    for case in cases {
        assert_eq!(parse(&case.text).root_node().to_sexp(), in_one_line(&case.tree), "{}", case.title);
    }
}

fn queries() -> Vec<PathBuf> {
    files_below(Path::new("editors"), "scm")
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains("node_modules"))
        .collect()
}

fn query(path: &Path) -> Query {
    let text = std::fs::read_to_string(path).unwrap();
    Query::new(&language(), &text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_query_is_one_of_this_grammar() {
    let queries = queries();
    assert!(queries.len() > 12, "the queries were not found");
    queries.iter().for_each(|path| drop(query(path)));
}

/// A node with the capture that it has.
struct Captured {
    node: usize,
    range: std::ops::Range<usize>,
    capture: String,
}

/// What a query captures of a file, in order.
fn captured(query: &Query, text: &str) -> Vec<Captured> {
    let tree = parse(text);
    let mut cursor = QueryCursor::new();
    let mut captures = cursor.captures(query, tree.root_node(), text.as_bytes());
    let mut found = Vec::new();
    while let Some((matched, number)) = captures.next() {
        let capture = matched.captures[*number];
        let name = query.capture_names()[capture.index as usize].to_owned();
        found.push(Captured { node: capture.node.id(), range: capture.node.byte_range(), capture: name });
    }
    found
}

fn highlights() -> Vec<PathBuf> {
    queries().into_iter().filter(|path| path.ends_with("highlights.scm")).collect()
}

/// Editors differ in which of two captures of a node they follow.
#[test]
fn no_node_is_highlighted_twice() {
    for path in highlights() {
        let query = query(&path);
        for file in flow_files() {
            let text = std::fs::read_to_string(&file).unwrap();
            let mut seen = BTreeSet::new();
            for Captured { node, range, capture } in captured(&query, &text) {
                assert!(seen.insert(node), "{}: {:?} again as {capture}", path.display(), &text[range]);
            }
        }
    }
}

#[test]
fn every_word_is_highlighted() {
    for path in highlights() {
        let text = std::fs::read_to_string(&path).unwrap();
        // Truth values are a node of their own.
        let wanted: BTreeSet<String> =
            words_of_the_language().into_iter().filter(|word| word != "true" && word != "false").collect();
        let found: BTreeSet<String> =
            quoted(&text.replace("\\\"", ""), '"').into_iter().filter(|word| !VALUES.contains(&&**word)).collect();
        same(&path.display().to_string(), &found, &wanted);
    }
}

const EXAMPLE: &str = r#"## Builds.
use std/power as p
input tree: Path = "/srv/{{ env("X") }}\n"  # where

host builder = x86_64 and mem >= 8GiB

task make(jobs: Int = 4) -> Str on not cm3 only does build {
    let out = sh "make -j{{ jobs }}"
    return sh("nproc", timeout: 30s).stdout
}

stage one on builder, all only forbids pump leaves not ready {
    if true { p.on(timeout: 1m) }
}
"#;

#[test]
fn a_file_is_highlighted_as_recorded() {
    for path in highlights() {
        let lines = captured(&query(&path), EXAMPLE).into_iter();
        let lines = lines.map(|Captured { range, capture, .. }| format!("{:<24} {capture}\n", &EXAMPLE[range]));
        let lines = lines.filter(|line| !line.contains("punctuation")).collect::<String>();
        let editor = path.components().nth(1).unwrap().as_os_str().to_string_lossy().into_owned();
        insta::assert_snapshot!(format!("highlights_of_{editor}"), lines);
    }
}

/// A command's text is shell, and what is spliced into it is none.
#[test]
fn commands_hold_shell() {
    let path = Path::new("editors/tree-sitter-flow/queries/injections.scm");
    let found = captured(&query(path), EXAMPLE).into_iter().filter(|found| found.capture == "injection.content");
    let texts: Vec<&str> = found.map(|found| &EXAMPLE[found.range]).collect();
    assert_eq!(texts, ["# where", "make -j{{ jobs }}", "nproc"]);
}
