//! What programs are told: each format of `check` as it is, and held against its schema; and snapshots, from the first to one
//! that a changed inventory moves. Through the program as users start it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::lab::program;

/// A directory that is the repository's top.
struct Folder(TempDir);

struct Ended {
    code: i32,
    out: String,
    said: String,
}

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn flowrun(&self, arguments: &[&str]) -> Ended {
        Self::ended(self.command().args(arguments))
    }

    fn command(&self) -> Command {
        let mut command = program(self.0.path());
        command.current_dir(self.0.path());
        command
    }

    fn ended(command: &mut Command) -> Ended {
        let ended = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: ended.status.code().unwrap_or(-1), out: text(ended.stdout), said: text(ended.stderr) }
    }
}

/// Faults of several kinds, with text beyond ASCII before them, a line that two of them share, and one that can be mended.
const FAULTY: &str = "\
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

const CLUSTER: &str = "\
hosts:
  cm3:      { address: 10.0.0.10, class: cm3, arch: aarch64, mem: 1GiB, cores: 4, groups: [orchestrators] }
  x86:      { address: 10.0.0.20, arch: x86_64, mem: 32GiB, cores: 16, groups: [builders] }
  worker-1: { address: 10.0.0.31, arch: x86_64, mem: 8GiB, cores: 8, groups: [distcc] }
";

/// A workflow with a warning and nothing worse.
const WARNED: &str = "stage one on all {\n    print \"one\"\n    sh \"frobnicate '<a> & b'\"\n}\n";

const FAULTY_PATH: &str = "my flows/bäu, 1.flow";

fn faulty() -> Folder {
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
fn valid_json(text: &str, schema: &str) {
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

const PLACED: &str = "\
input version: Str = \"6.1\"

host builder = group(builders)
hosts workers = group(distcc)

condition warm on workers {
    sh \"test -e /tmp/warm\"
}

task room() needs mem >= 4GiB {
    print \"room\"
}

stage warm-up on workers leaves warm {
    sh \"touch /tmp/warm\"
}

stage build on builder, not cm3 only expects warm timeout 2h {
    room()
    at workers[0] {
        print version
    }
} finally {
    print \"done\"
}
";

/// `PLACED` without what it is refused for.
fn placed() -> String {
    PLACED
        .replace("group(builders)", "x86_64 and group(builders)")
        .replace("    at workers[0] {\n        print version\n    }\n", "")
}

fn snapshots() -> Folder {
    Folder::with(&[("flows/a.flow", &placed()), ("cluster.yml", CLUSTER)])
}

const SNAPSHOT: &[&str] = &["snapshot", "-i", "cluster.yml", "flows/a.flow"];

#[test]
fn a_snapshot_is_written_and_is_the_same_from_wherever_it_is_made() {
    let folder = snapshots();
    let first = folder.flowrun(SNAPSHOT);
    assert_eq!((first.code, first.out.as_str(), first.said.as_str()), (0, "", "flows/a.flow.snap: written\n"));
    insta::assert_snapshot!("a_snapshot", folder.read("flows/a.flow.snap"));
    let again = folder.flowrun(SNAPSHOT);
    assert_eq!((again.code, again.said.as_str()), (0, "flows/a.flow.snap: as recorded\n"));
    let inventory = folder.path("cluster.yml");
    let elsewhere = Folder::ended(
        folder.command().current_dir(folder.path("flows")).args(["snapshot", "--check", "a.flow", "-i"]).arg(inventory),
    );
    assert_eq!((elsewhere.code, elsewhere.out.as_str()), (0, ""), "{}", elsewhere.said);
    let mut hosts: Vec<&str> = CLUSTER.lines().skip(1).collect();
    hosts.reverse();
    folder.write("cluster.yml", &format!("hosts:\n{}\n", hosts.join("\n")));
    assert_eq!(folder.flowrun(SNAPSHOT).code, 0, "the order of hosts is nobody's matter");
}

#[test]
fn an_inventory_that_moves_a_stage_is_shown_and_accepted_when_that_is_said() {
    let folder = snapshots();
    folder.flowrun(SNAPSHOT);
    let before = folder.read("flows/a.flow.snap");
    let moved =
        CLUSTER.replace("cores: 16, groups: [builders]", "cores: 16").replace("[distcc] }", "[distcc, builders] }");
    folder.write("cluster.yml", &moved);
    let changed = folder.flowrun(SNAPSHOT);
    assert_eq!(changed.code, 3);
    insta::assert_snapshot!("a_moved_stage", format!("{}\n{}", changed.out, changed.said));
    assert_eq!(folder.read("flows/a.flow.snap"), before);
    let accepted = folder.flowrun(&[SNAPSHOT, &["--accept"]].concat());
    assert_eq!((accepted.code, accepted.out), (0, changed.out));
    assert_eq!(accepted.said, "flows/a.flow.snap: written anew\n");
    assert_eq!(folder.flowrun(&[SNAPSHOT, &["--check"]].concat()).code, 0);
}

/// The whole plan is gone then, and that is not what a reader needs to see.
#[test]
fn what_is_refused_now_is_shown_by_its_diagnostics() {
    let folder = snapshots();
    folder.flowrun(SNAPSHOT);
    folder.write("flows/a.flow", &placed().replace("    room()\n", "    room()\n    missing()\n"));
    let refused = folder.flowrun(SNAPSHOT);
    assert_eq!(refused.code, 3);
    insta::assert_snapshot!("a_refused_stage", refused.out);
}

#[test]
fn a_check_writes_nothing() {
    let folder = snapshots();
    let in_ci = Folder::ended(folder.command().env("CI", "true").args(SNAPSHOT));
    let checked = folder.flowrun(&[SNAPSHOT, &["--check"]].concat());
    for ended in [in_ci, checked] {
        let words = "flows/a.flow.snap: there is no such snapshot\nhelp: if that is meant, record it: `flowrun snapshot --accept -i cluster.yml flows/a.flow`\n";
        assert_eq!((ended.code, ended.said.as_str()), (3, words));
    }
    assert!(!folder.path("flows/a.flow.snap").exists());
    let both = folder.flowrun(&[SNAPSHOT, &["--check", "--accept"]].concat());
    assert_eq!(both.code, 2);
}

#[test]
fn what_is_refused_has_a_snapshot_of_its_diagnostics() {
    let folder = Folder::with(&[("my flow.flow", FAULTY), ("warned.flow", WARNED), ("placed.flow", PLACED)]);
    let ended = folder.flowrun(&["snapshot", "my flow.flow", "warned.flow", "placed.flow"]);
    assert_eq!(ended.code, 0, "{}", ended.said);
    let texts = ["my flow.flow.snap", "warned.flow.snap", "placed.flow.snap"].map(|name| folder.read(name));
    insta::assert_snapshot!("snapshots_of_the_text_alone", texts.join("\n---\n\n"));
}

#[test]
fn a_plan_is_drawn_as_a_graph() {
    let folder = snapshots();
    let dot = folder.flowrun(&["plan", "-i", "cluster.yml", "--format", "dot", "flows/a.flow"]);
    let mermaid = folder.flowrun(&["plan", "--format", "mermaid", "flows/a.flow"]);
    insta::assert_snapshot!("a_plan_as_a_graph", format!("{}\n{}", dot.out, mermaid.out));
}

/// The step of action.yml that checks, as the runner would start it. What stands in `${{ … }}` is the input of that name, or
/// its default.
fn action(folder: &Folder, inputs: &[(&str, &str)]) -> Ended {
    let action: serde_yaml::Value = serde_yaml::from_str(&std::fs::read_to_string("action.yml").unwrap()).unwrap();
    let steps = action["runs"]["steps"].as_sequence().unwrap();
    let step = steps.iter().find(|step| step["name"] == "Check").unwrap();
    let value_of = |name: &str| -> String {
        let given = inputs.iter().find(|(input, _)| *input == name).map(|(_, value)| *value);
        let default = action["inputs"][name]["default"].as_str();
        given.or(default).unwrap_or_else(|| panic!("action.yml declares no input {name}")).to_owned()
    };
    let mut bash = Command::new("bash");
    bash.current_dir(folder.0.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder.0.path())
        .stdin(Stdio::null());
    for (name, template) in step["env"].as_mapping().unwrap() {
        let expression = template.as_str().unwrap().trim_start_matches("${{").trim_end_matches("}}").trim();
        let input = expression.strip_prefix("inputs.").unwrap().split(' ').next().unwrap();
        bash.env(name.as_str().unwrap(), value_of(input));
    }
    // As GitHub starts `shell: bash`.
    Folder::ended(bash.env("CI", "true").args([
        "--noprofile",
        "--norc",
        "-eo",
        "pipefail",
        "-c",
        step["run"].as_str().unwrap(),
    ]))
}

#[test]
fn the_action_shows_what_is_refused_and_what_has_moved() {
    let flowrun = ("flowrun", env!("CARGO_BIN_EXE_flowrun"));
    let folder = snapshots();
    assert_eq!(folder.flowrun(SNAPSHOT).code, 0);
    let wanted = [flowrun, ("inventory", "cluster.yml"), ("snapshot", "true"), ("sarif", "out.sarif")];
    let same = action(&folder, &wanted);
    assert_eq!((same.code, same.out.as_str()), (0, ""), "{}", same.said);
    valid_json(&folder.read("out.sarif"), "tests/schemas/sarif-2.1.0.json");

    folder.write("cluster.yml", &CLUSTER.replace("8GiB", "16GiB"));
    let moved = action(&folder, &wanted);
    assert_eq!(moved.code, 3, "{}", moved.said);
    assert!(moved.out.contains("+   worker-1: x86_64, 16 GiB"), "{}", moved.out);
    assert!(moved.out.contains("::error title=flowrun snapshot::"), "{}", moved.out);

    let faulty = faulty();
    let refused = action(&faulty, &[flowrun, ("files", "my*/*.flow\nwarned.flow"), ("sarif", "out.sarif")]);
    assert_eq!(refused.code, 3, "{}", refused.said);
    assert!(refused.out.contains("::error file=my flows/bäu%2C 1.flow,line="), "{}", refused.out);
    assert!(faulty.read("out.sarif").contains("E0302"));

    assert_eq!(action(&faulty, &[flowrun, ("files", "none/*.flow")]).code, 2);
    assert_eq!(action(&faulty, &[flowrun, ("files", "missing.flow")]).code, 2);
    assert_eq!(action(&faulty, &[flowrun, ("files", "warned.flow"), ("deny-warnings", "false")]).code, 0);
}

/// The blocks of a language on a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The commands in docs/ci.md do what the page says, and its recipes ask for what there is.
#[test]
fn the_recipes_are_right() {
    let folder = Folder::with(&[("workflows/a.flow", &placed()), ("workflows/inventory.yml", CLUSTER)]);
    assert_eq!(folder.flowrun(&["snapshot", "workflows/a.flow"]).code, 0);
    let bin = Path::new(env!("CARGO_BIN_EXE_flowrun")).parent().unwrap();
    let plain = |folder: &Folder, script: &str| {
        let path = format!("{}:/usr/bin:/bin", bin.display());
        let mut sh = Command::new("sh");
        Folder::ended(sh.current_dir(folder.0.path()).env_clear().env("PATH", path).args(["-ec", script]))
    };
    let script = blocks("docs/ci.md", "sh").concat();
    assert_eq!(plain(&folder, &script).code, 0);
    folder.write("workflows/inventory.yml", &CLUSTER.replace("x86:", "x87:"));
    assert_eq!(plain(&folder, &script).code, 3);

    let action: serde_yaml::Value = serde_yaml::from_str(&std::fs::read_to_string("action.yml").unwrap()).unwrap();
    let hooks: serde_yaml::Value =
        serde_yaml::from_str(&std::fs::read_to_string(".pre-commit-hooks.yaml").unwrap()).unwrap();
    let hooks: Vec<&str> = hooks.as_sequence().unwrap().iter().map(|hook| hook["id"].as_str().unwrap()).collect();
    let mut asked = (0, 0);
    for block in blocks("docs/ci.md", "yaml") {
        let recipe: serde_yaml::Value = serde_yaml::from_str(&block).unwrap();
        for step in recipe["jobs"]["flow"]["steps"].as_sequence().into_iter().flatten() {
            if step["uses"].as_str().is_some_and(|used| used.contains("/flowrun@")) {
                asked.0 += 1;
                for (input, _) in step["with"].as_mapping().unwrap() {
                    assert!(action["inputs"].get(input).is_some(), "action.yml has no input {input:?}");
                }
            }
        }
        for hook in
            recipe["repos"].as_sequence().into_iter().flatten().flat_map(|repo| repo["hooks"].as_sequence().unwrap())
        {
            asked.1 += 1;
            assert!(hooks.contains(&hook["id"].as_str().unwrap()), "{hook:?}");
        }
        if let Some(commands) = recipe["flow"]["script"].as_sequence() {
            let commands: Vec<&str> = commands.iter().filter_map(serde_yaml::Value::as_str).skip(1).collect();
            assert_eq!(plain(&folder, &commands.join("\n")).code, 3, "the inventory has changed");
            assert!(folder.read("flowrun.xml").contains("name=\"accepted\""));
        }
    }
    assert_eq!(asked, (2, 3));
}

/// The snapshots beside the shipped workflows are what the workflows do.
#[test]
fn the_shipped_workflows_are_as_recorded() {
    let mut flowrun = program(Path::new("/nonexistent"));
    let arguments = ["snapshot", "--check", "-i", "workflows/example-inventory.yml"];
    let workflows = crate::cases::files_below(Path::new("workflows"), "flow");
    let ended = Folder::ended(flowrun.args(arguments).args(&workflows));
    assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{}", ended.said);
}
