//! What programs are told: each format of `check` as it is, and held against its schema. Through the program as users start
//! it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::lab::program;

/// A directory that is the repository's top.
pub(crate) struct Folder(pub(crate) TempDir);

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) said: String,
}

impl Folder {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn flowrun(&self, arguments: &[&str]) -> Ended {
        Self::ended(self.command().args(arguments))
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = program(self.0.path());
        command.current_dir(self.0.path());
        command
    }

    pub(crate) fn ended(command: &mut Command) -> Ended {
        let ended = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: ended.status.code().unwrap_or(-1), out: text(ended.stdout), said: text(ended.stderr) }
    }
}

/// Faults of several kinds, with text beyond ASCII before them, a line that two of them share, and one that can be mended.
pub(crate) const FAULTY: &str = "\
host builder = group(builders)

task baut(ort: Path) on x86_64 only {
    sh(\"make -C {{ ort }}\")
}

stage bau on builder {
    baut(\"/srv/größe\")
}

stage gruss on all {
    print \"😀 {{ here.name }}, 100%\"
    let a = \"😀\" + fehlt + fehlt2
}

stage alle on all {
    sh \"make\"
}
";

pub(crate) const CLUSTER: &str = "\
hosts:
  cm3:      { address: 10.0.0.10, class: cm3, arch: aarch64, mem: 1GiB, cores: 4, groups: [orchestrators] }
  x86:      { address: 10.0.0.20, arch: x86_64, mem: 32GiB, cores: 16, groups: [builders] }
  worker-1: { address: 10.0.0.31, arch: x86_64, mem: 8GiB, cores: 8, groups: [distcc] }
";

/// A workflow with a warning and nothing worse.
pub(crate) const WARNED: &str = "stage one on all {\n    print \"one\"\n    sh \"frobnicate '<a> & b'\"\n}\n";

const FAULTY_PATH: &str = "my flows/bäu, 1.flow";

pub(crate) fn faulty() -> Folder {
    Folder::with(&[(FAULTY_PATH, FAULTY), ("warned.flow", WARNED), ("cluster.yml", CLUSTER)])
}

/// What `check` tells of both workflows.
fn told(format: &str) -> String {
    let ended = faulty().flowrun(&["check", "-i", "cluster.yml", "--format", format, FAULTY_PATH, "warned.flow"]);
    assert_eq!((ended.code, ended.said.as_str()), (3, ""));
    ended.out
}

#[test]
fn short_is_a_line_for_each() {
    insta::assert_snapshot!(told("short"));
}

#[test]
fn github_is_a_command_for_each() {
    let told = told("github");
    insta::assert_snapshot!(told);
    for line in told.lines() {
        assert!(line.starts_with("::"), "{line}");
    }
}

#[test]
fn junit_is_what_jenkins_takes() {
    let told = told("junit");
    insta::assert_snapshot!(told);
    let schema = Path::new("tests/schemas/jenkins-junit.xsd").canonicalize().unwrap();
    let mut xmllint = Command::new("xmllint");
    checked_by(xmllint.args(["--noout", "--nonet", "--schema"]).arg(schema).arg("-"), &told);
    let denied = faulty().flowrun(&["check", "--format", "junit", "--deny", "warnings", "warned.flow"]);
    assert!(denied.out.contains("failures=\"1\""), "{}", denied.out);
}

#[test]
fn json_is_as_it_is_documented() {
    let told = told("json");
    insta::assert_snapshot!(told);
    valid_json(&told, "docs/check.schema.json");
    let accepted = Folder::with(&[("a.flow", "stage one on all {\n    print \"one\"\n}\n")]);
    valid_json(&accepted.flowrun(&["check", "--format", "json", "a.flow"]).out, "docs/check.schema.json");
    let page = std::fs::read_to_string("docs/output.md").unwrap();
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    valid_json(example, "docs/check.schema.json");
}

/// Offsets are what they are said to be: an editor finds by each of them the same text.
#[test]
fn places_in_json_and_sarif_are_of_the_same_text() {
    let document: Value = serde_json::from_str(&told("json")).unwrap();
    let lines: Vec<&str> = FAULTY.split('\n').collect();
    let mut seen = Vec::new();
    for label in all(&document, "/workflows/0/diagnostics", "labels") {
        if label["file"] != FAULTY_PATH {
            continue;
        }
        let number = |end: &str, what: &str| usize::try_from(label[end][what].as_u64().unwrap()).unwrap();
        let by_offset = &FAULTY[number("start", "offset")..number("end", "offset")];
        if number("start", "line") == number("end", "line") {
            let (start, end) = (number("start", "column") - 1, number("end", "column") - 1);
            let line = lines[number("start", "line") - 1];
            let by_column: String = line.chars().skip(start).take(end - start).collect();
            assert_eq!(by_column, by_offset);
        }
        seen.push(by_offset.to_owned());
    }
    assert!(seen.contains(&"fehlt2".to_owned()), "{seen:?}");

    let document: Value = serde_json::from_str(&told("sarif")).unwrap();
    let mut seen = Vec::new();
    for location in all(&document, "/runs/0/results", "locations") {
        let place = &location["physicalLocation"];
        if place["artifactLocation"]["uri"] != "my%20flows/b%C3%A4u%2C%201.flow" {
            continue;
        }
        let number = |what: &str| usize::try_from(place["region"][what].as_u64().unwrap()).unwrap();
        let units: Vec<u16> = lines[number("startLine") - 1].encode_utf16().collect();
        if number("startLine") == number("endLine") {
            seen.push(String::from_utf16(&units[number("startColumn") - 1..number("endColumn") - 1]).unwrap());
        }
    }
    assert!(seen.contains(&"fehlt2".to_owned()), "{seen:?}");
}

/// The elements of a list in each element of a list.
fn all<'a>(document: &'a Value, outer: &str, inner: &'a str) -> impl Iterator<Item = &'a Value> {
    document.pointer(outer).unwrap().as_array().unwrap().iter().flat_map(move |each| each[inner].as_array().unwrap())
}

#[test]
fn sarif_is_as_its_schema_says() {
    let told = told("sarif");
    valid_json(&told, "tests/schemas/sarif-2.1.0.json");
    let mut document: Value = serde_json::from_str(&told).unwrap();
    // The pages are the same as those of `flowrun explain`.
    for rule in document["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        let page = faulty().flowrun(&["explain", rule["id"].as_str().unwrap()]).out;
        assert_eq!(rule["help"]["markdown"].as_str(), Some(page.as_str()));
        rule["help"] = Value::from("its page");
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
}

#[test]
fn a_result_stays_the_same_one_when_lines_move() {
    let fingerprints = |text: &str| -> Vec<Value> {
        let folder = Folder::with(&[("a.flow", text)]);
        let document: Value =
            serde_json::from_str(&folder.flowrun(&["check", "--format", "sarif", "a.flow"]).out).unwrap();
        let results = document["runs"][0]["results"].as_array().unwrap().clone();
        results.into_iter().map(|result| result["partialFingerprints"].clone()).collect()
    };
    let before = fingerprints(FAULTY);
    assert!(before.len() > 3);
    assert_eq!(before, fingerprints(&format!("# one line\n\n# and another\n{FAULTY}")));
    let distinct: std::collections::BTreeSet<String> = before.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), before.len(), "two results are taken for one");
}

/// A fault of the inventory that two workflows share is one fault.
#[test]
fn what_workflows_share_is_told_once() {
    let text = "stage one on all {\n    print \"one\"\n}\n";
    let inventory = "hosts:\n  a: { address: 10.0.0.1, mem: much }\n";
    let folder = Folder::with(&[("a.flow", text), ("b.flow", text), ("inventory.yml", inventory)]);
    let github = folder.flowrun(&["check", "--format", "github", "a.flow", "b.flow"]);
    assert_eq!(github.out.lines().count(), 1, "{}", github.out);
    let sarif: Value =
        serde_json::from_str(&folder.flowrun(&["check", "--format", "sarif", "a.flow", "b.flow"]).out).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 1);
    let json: Value =
        serde_json::from_str(&folder.flowrun(&["check", "--format", "json", "a.flow", "b.flow"]).out).unwrap();
    assert_eq!(json["workflows"].as_array().unwrap().len(), 2);
}

#[test]
fn an_absolute_path_below_the_directory_is_a_relative_reference() {
    let folder = faulty();
    let path = folder.path(FAULTY_PATH).canonicalize().unwrap();
    let told = folder.flowrun(&["check", "--format", "sarif", path.to_str().unwrap()]).out;
    assert!(told.contains("\"uri\": \"my%20flows/b%C3%A4u%2C%201.flow\""), "{told}");
}

#[test]
fn a_file_that_cannot_be_read_is_told_to_people() {
    for format in ["short", "json", "sarif", "github", "junit"] {
        let ended = faulty().flowrun(&["check", "--format", format, "warned.flow", "missing.flow"]);
        let words = "error: cannot read the workflow missing.flow: there is no such file\n";
        assert_eq!((ended.code, ended.out.as_str(), ended.said.as_str()), (2, "", words), "{format}");
    }
}

/// Fails with what the program says, and when there is no such program.
#[track_caller]
fn checked_by(command: &mut Command, text: &str) {
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.unwrap_or_else(|error| panic!("{command:?} is needed (scripts/test installs it): {error}"));
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}\n{text}", String::from_utf8_lossy(&ended.stderr));
}

#[track_caller]
pub(crate) fn valid_json(text: &str, schema: &str) {
    const VALIDATE: &str = "\
import json, sys
from jsonschema import Draft7Validator, FormatChecker
schema = json.load(open(sys.argv[1], encoding='utf-8'))
Draft7Validator.check_schema(schema)
errors = list(Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(json.load(sys.stdin)))
sys.exit('\\n'.join(f'{list(e.absolute_path)}: {e.message}' for e in errors) or 0)
";
    checked_by(Command::new("/usr/bin/python3").args(["-c", VALIDATE, schema]), text);
}

#[test]
fn the_schemas_refuse_what_is_wrong() {
    let wrong = |schema: &str, text: &str| std::panic::catch_unwind(|| valid_json(text, schema)).is_err();
    assert!(wrong("docs/check.schema.json", &told("json").replace("\"line\": 1", "\"line\": 0")));
    assert!(wrong("docs/check.schema.json", &told("json").replacen("\"notes\"", "\"noted\"", 1)));
    assert!(wrong("tests/schemas/sarif-2.1.0.json", &told("sarif").replacen("\"level\"", "\"grade\"", 1)));
}
