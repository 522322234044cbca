//! What the proofs are shown as: the plan with its evidence, an audit's question, fixes, and what is left to be measured.
//! Through the program as users start it.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::lab::program;

/// A workflow and perhaps an inventory in a directory of their own.
struct Folder(TempDir);

struct Ended {
    code: i32,
    out: String,
    said: String,
}

impl Folder {
    fn new(workflow: &str, inventory: Option<&str>) -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        std::fs::write(folder.path("test.flow"), workflow).unwrap();
        if let Some(inventory) = inventory {
            std::fs::write(folder.path("inventory.yml"), inventory).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn flowrun(&self, arguments: &[&str]) -> Ended {
        let ended = program(self.0.path()).current_dir(self.0.path()).args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: ended.status.code().unwrap_or(-1), out: text(ended.stdout), said: text(ended.stderr) }
    }
}

const CLUSTER: &str = "\
hosts:
  cm3:      { address: 10.0.0.10, class: cm3, arch: aarch64, mem: 1GiB, cores: 4, groups: [orchestrators] }
  x86:      { address: 10.0.0.20, arch: x86_64, mem: 32GiB, cores: 16, groups: [builders] }
  worker-1: { address: 10.0.0.31, arch: x86_64, mem: 8GiB, cores: 8, groups: [distcc] }
  worker-2: { address: 10.0.0.32, arch: x86_64, groups: [distcc] }
";

fn kernel_flow() -> String {
    std::fs::read_to_string("workflows/kernel.flow").unwrap()
}

#[test]
fn the_plan_of_kernel_flow_says_how_each_thing_is_known() {
    let plan = Folder::new(&kernel_flow(), Some(CLUSTER)).flowrun(&["plan", "test.flow"]);
    assert_eq!((plan.code, plan.said.as_str()), (0, ""));
    insta::assert_snapshot!(plan.out);
    let from_text = Folder::new(&kernel_flow(), None).flowrun(&["plan", "test.flow"]);
    insta::assert_snapshot!("the_plan_of_kernel_flow_from_its_text", from_text.out);
}

const NEEDS: &str = "\
task cache() needs mem >= 4GiB {
    print \"cached\"
}

stage proved on mem >= 8GiB {
    cache()
}

stage declared on x86_64 and group(builders) {
    cache()
}

stage measured on group(distcc) {
    cache()
}
";

#[test]
fn a_need_is_known_from_the_text_or_the_inventory_or_is_measured() {
    let folder = Folder::new(NEEDS, Some(CLUSTER));
    let plan = folder.flowrun(&["plan", "test.flow"]);
    insta::assert_snapshot!("a_need_is_planned", plan.out);
    insta::assert_snapshot!("a_need_that_is_measured_is_noted", plan.said);
    let json: serde_json::Value =
        serde_json::from_str(&folder.flowrun(&["plan", "test.flow", "--format", "json"]).out).unwrap();
    let levels: Vec<&str> = json["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| stage["obligations"].as_array().unwrap().last().unwrap()["evidence"].as_str().unwrap())
        .collect();
    assert_eq!(levels, ["text", "inventory", "to_be_measured"]);
    // A note is no warning.
    assert_eq!(folder.flowrun(&["check", "test.flow", "--deny", "warnings"]).code, 0);
}

#[test]
fn what_is_left_to_be_measured_is_measured_before_the_first_step() {
    let workflow = |need: &str| {
        format!(
            "task big() needs {need} {{\n    print \"it is\"\n}}\n\nstage one on all {{\n    print \"first\"\n    big()\n}}\n"
        )
    };
    let run = Folder::new(&workflow("mem >= 1MiB"), Some(HERE)).flowrun(&["test.flow"]);
    assert_eq!(run.code, 0, "{}", run.said);
    assert!(run.said.contains("it is"), "{}", run.said);

    let run = Folder::new(&workflow("mem >= 9000TiB"), Some(HERE)).flowrun(&["test.flow"]);
    assert_eq!(run.code, 1, "{}", run.said);
    assert!(run.said.contains("error[R0801]: `big` needs `mem >= 9000TiB`, and here"), "{}", run.said);
    assert!(!run.said.contains("first"), "a step came before: {}", run.said);
}

/// A host that was declared without its class is no way around a `forbid`.
#[test]
fn a_host_without_a_class_that_is_measured_to_be_all_that_a_forbidden_one_is_does_nothing() {
    let workflow = "\
class tiny = mem <= 9000TiB and cores >= 1
effect heavy \"fills memory\"
program \"heavy\" does heavy
forbid heavy on tiny because \"no room\"

stage look on all {
    print \"begun\"
}

stage fill on not tiny {
    sh \"heavy\"
}
";
    let folder = Folder::new(workflow, Some(HERE));
    let run = folder.flowrun(&["test.flow"]);
    assert_eq!(run.code, 1, "{}", run.said);
    let words = "error[R0801]: here has no class, and it is measured to be `mem <= 9000TiB and cores >= 1`";
    assert!(run.said.contains(words), "{}", run.said);
    assert!(!run.said.contains("begun"), "a step came before: {}", run.said);
    // A stage that does nothing of the kind may run there.
    assert_eq!(folder.flowrun(&["test.flow", "--stage", "look"]).code, 0);
}

#[test]
fn a_host_that_is_measured_to_be_outside_of_a_closed_stage_does_nothing_of_it() {
    // More cores than declared are no contradiction, and still none that the stage is closed to.
    let workflow =
        "stage one on cores <= 0 or cores == 1 only {\n    print \"body\"\n} finally {\n    print \"last\"\n}\n";
    let inventory = "hosts:\n  here: { address: 127.0.0.1, connection: local, cores: 1 }\n";
    let run = Folder::new(workflow, Some(inventory)).flowrun(&["test.flow"]);
    if std::thread::available_parallelism().unwrap().get() == 1 {
        return;
    }
    assert_eq!(run.code, 1, "{}", run.said);
    assert!(run.said.contains("error[R0801]: here is measured to be no `"), "{}", run.said);
    assert!(!run.said.contains("body") && !run.said.contains("last"), "{}", run.said);
}

#[test]
fn an_audit_s_question_is_answered_with_the_reasons_or_with_a_host() {
    let folder = Folder::new(&kernel_flow(), Some(CLUSTER));
    let questions = [
        ("kernel-build never on cm3", 0),
        ("power-on never on cm3", 3),
        ("test.flow kernel-build on arch == x86_64 and mem >= 8GiB", 3),
        ("pump-start on orchestrator", 0),
        ("post-power-on-validate never on group(builders)", 3),
    ];
    let mut told = String::new();
    for (question, code) in questions {
        let words: Vec<&str> = std::iter::once("prove").chain(question.split(' ')).collect();
        let answer = folder.flowrun(&words);
        assert_eq!(answer.code, code, "{question}: {}", answer.said);
        told.push_str(&format!("$ flowrun prove {question}\n{}\n", answer.out));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_stage_is_held_to_where_its_at_blocks_go() {
    let workflow = "\
host builder = x86_64 and group(builders)

task look() {
    for host in [h for h in others] {
        at host {
            sh \"uptime\"
        }
    }
}

hosts others = group(distcc)

stage one on builder {
    look()
    at builder {
        sh \"uptime\"
    }
}
";
    let folder = Folder::new(workflow, None);
    let told: String = ["never on cm3", "on x86_64"]
        .iter()
        .map(|question| {
            let words: Vec<&str> = ["prove", "one"].into_iter().chain(question.split(' ')).collect();
            let answer = folder.flowrun(&words);
            assert_eq!(answer.code, 3);
            answer.out
        })
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn an_answer_is_data_too() {
    let folder = Folder::new(&kernel_flow(), None);
    let answer = |question: &str| {
        let words: Vec<&str> = ["prove", "--format", "json"].into_iter().chain(question.split(' ')).collect();
        folder.flowrun(&words).out
    };
    insta::assert_snapshot!(format!("{}{}", answer("kernel-build never on cm3"), answer("power-on never on cm3")));
}

#[test]
fn a_question_that_is_none_is_told_so() {
    let folder = Folder::new(&kernel_flow(), None);
    let questions = [
        "kernel-bild never on cm3",
        "kernel-build nver on cm3",
        "kernel-build on",
        "kernel-build on cm33",
        "kernel-build",
    ];
    let told: String = questions
        .iter()
        .map(|question| {
            let words: Vec<&str> = std::iter::once("prove").chain(question.split(' ')).collect();
            let answer = folder.flowrun(&words);
            assert_eq!((answer.code, answer.out.as_str()), (2, ""));
            format!("$ flowrun prove {question}\n{}\n", answer.said)
        })
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn fixes_are_carried_out_in_the_file() {
    let workflow = "\
host orchestrator = cm3
host builder = group(builders)

stage serve on orchestrator -> Socket {
    return socket-at(\"/run/app.sock\")
}

stage build on builder, x86_64 only timeout 1h {
    sh \"make -j4\"
}

stage use on builder {
    sh \"curl --head --unix-socket {{ serve }} http://localhost/\"
}

task tidy(path: Path) does read {
    sh \"rm -f {{ path }}\"
}

stage clean on builder {
    tidy(\"/srv/cache\")
}
";
    let folder = Folder::new(workflow, None);
    assert_eq!(folder.flowrun(&["check", "test.flow"]).code, 3);
    let fixed = folder.flowrun(&["check", "--fix", "test.flow"]);
    assert_eq!(fixed.code, 0, "{}", fixed.said);
    let after = std::fs::read_to_string(folder.path("test.flow")).unwrap();
    insta::assert_snapshot!(format!("{}\n{after}", fixed.said));
    // A second time there is nothing to do, and the file stays as it is.
    folder.flowrun(&["check", "--fix", "test.flow"]);
    assert_eq!(std::fs::read_to_string(folder.path("test.flow")).unwrap(), after);
}

#[test]
fn a_fix_keeps_the_permissions_and_touches_nothing_that_is_shipped() {
    use std::os::unix::fs::PermissionsExt;
    let workflow = "host a = group(a)\nstage one on a, x86_64 only {\n    print \"x\"\n}\n";
    let folder = Folder::new(workflow, None);
    let path = folder.path("test.flow");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(folder.flowrun(&["check", "--fix", "test.flow"]).code, 0);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
    assert!(std::fs::read_to_string(&path).unwrap().contains("stage one on a and x86_64, x86_64 only"));
    let left: Vec<_> = std::fs::read_dir(folder.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [Path::new("test.flow").as_os_str()]);
}

#[test]
fn a_variable_whose_value_programs_run_comes_by_no_computed_map() {
    let workflow = "\
stage one on all {
    let more = merge({ LANG: \"C\" }, from-yaml(\"PAGER: make\") as Map[Str])
    sh(\"git log\", env: more)
}
";
    let run = Folder::new(workflow, Some(HERE)).flowrun(&["test.flow"]);
    assert_eq!(run.code, 1, "{}", run.said);
    assert!(run.said.contains("programs run the value of `PAGER`"), "{}", run.said);
}

const HERE: &str = "hosts:\n  here: { address: 127.0.0.1, connection: local }\n";

/// Options that run programs come by no spliced value, alone or in a list.
#[test]
fn a_spliced_list_brings_no_options_to_a_program_that_runs_others() {
    let workflow = "\
stage one on all {
    let more = [\"--checkpoint=1\", \"--checkpoint-action=exec=make\"]
    sh \"tar -cf /dev/null {{ more }} .\"
}
";
    let run = Folder::new(workflow, Some(HERE)).flowrun(&["test.flow"]);
    assert_eq!(run.code, 1, "{}", run.said);
    assert!(run.said.contains("the value `--checkpoint=1` would be read as an option here"), "{}", run.said);
}

#[test]
fn stages_keep_their_order_when_one_between_them_is_left_out() {
    let workflow = "\
stage first on all {
    sh \"echo one\"
}

stage between on all {
    sh \"echo between\"
}

stage last on all {
    sh \"echo two\"
}
";
    let run = Folder::new(workflow, Some(HERE)).flowrun(&["test.flow", "--stage", "first", "--stage", "last"]);
    assert_eq!(run.code, 0, "{}", run.said);
    let at = |word: &str| run.said.find(word).unwrap_or_else(|| panic!("no {word}: {}", run.said));
    assert!(at("│ one") < at("── last on"), "{}", run.said);
    assert!(!run.said.contains("│ between"), "{}", run.said);
}

/// `build` needs `fetch`, `install` needs `build`; `note` asks for a value in one branch alone.
const PASSED_ON: &str = "\
host node = name == \"here\"

stage fetch on node -> Str {
    return \"tree\"
}

stage build on node -> Str {
    return \"{{ fetch }}/image\"
}

stage install on node {
    if build == \"\" {
        fail \"nothing was built\"
    }
    fail \"there is no {{ build }}\"
}

stage note on node {
    if here.cores < 1 {
        print build
    }
}
";

#[test]
fn a_stage_whose_value_is_left_out_is_refused_before_any_connection() {
    // Nothing answers there.
    let folder = Folder::new(PASSED_ON, Some("hosts:\n  here: { address: 127.0.0.1, port: 1 }\n"));
    let run = folder.flowrun(&["test.flow", "--stage", "install"]);
    assert_eq!(run.code, 3);
    insta::assert_snapshot!(run.said);
    let run = folder.flowrun(&["test.flow", "--stage", "install", "--stage", "build"]);
    assert_eq!(run.code, 3, "{}", run.said);
    assert!(run.said.contains("run it too: `--stage fetch --stage build --stage install`"), "{}", run.said);
    let run = folder.flowrun(&["test.flow", "--from", "install"]);
    assert_eq!(run.code, 3, "{}", run.said);
    assert!(run.said.contains("run it too: `--from fetch`"), "{}", run.said);
    let folder = Folder::new(PASSED_ON, Some(HERE));
    // What one branch alone asks for may not be needed, and a dry run says what it cannot know.
    assert_eq!(folder.flowrun(&["test.flow", "--stage", "note"]).code, 0);
    let dry = folder.flowrun(&["test.flow", "--stage", "install", "--dry-run"]);
    assert!(dry.said.contains("here: (known in a real run only)"), "{}", dry.said);
}

#[test]
fn a_run_that_has_the_value_of_a_stage_is_named() {
    let folder = Folder::new(PASSED_ON, Some(HERE));
    assert_eq!(folder.flowrun(&["test.flow"]).code, 1);
    let run = folder.flowrun(&["test.flow", "--stage", "install"]);
    assert_eq!(run.code, 3, "{}", run.said);
    let (_, command) = run.said.split_once("the run that has it: `flowrun ").expect("a run is named");
    let command: Vec<&str> = command.split('`').next().unwrap_or_default().split(' ').collect();
    let again = folder.flowrun(&command);
    assert!(again.said.contains("there is no tree/image"), "{}", again.said);
    assert!(!again.said.contains("needs the value"), "{}", again.said);
}

#[test]
fn a_limit_that_picks_no_host_is_told_and_one_that_leaves_a_stage_none_asks_nothing_of_it() {
    let workflow = "\
condition ready on all {
    sh \"false\"
}

stage one on group(a) leaves ready {
    sh \"true\"
}

stage two on group(b) {
    print \"two\"
}
";
    let inventory = "\
hosts:
  first:  { address: 127.0.0.1, connection: local, groups: [a] }
  second: { address: 127.0.0.1, port: 1, groups: [b] }
";
    let folder = Folder::new(workflow, Some(inventory));
    let run = folder.flowrun(&["test.flow", "--limit", "group(none)"]);
    assert_eq!(run.code, 2, "{}", run.said);
    assert!(run.said.contains("`--limit group(none)` picks no host of the inventory"), "{}", run.said);
    let run = folder.flowrun(&["test.flow", "--limit", "second", "--stage", "one"]);
    assert_eq!(run.code, 0, "{}", run.said);
}

#[test]
fn a_stage_on_whose_hosts_nothing_succeeded_is_not_done_whatever_it_tolerates() {
    let workflow = "stage one on all tolerate 5 {\n    sh \"exit 3\"\n}\n\nstage two on all {\n    print \"two\"\n}\n";
    let run = Folder::new(workflow, Some(HERE)).flowrun(&["test.flow"]);
    assert_eq!(run.code, 1, "{}", run.said);
    assert!(!run.said.contains("│ two"), "{}", run.said);
}

#[test]
fn a_dry_run_goes_on_behind_a_file_that_a_real_run_would_have_made() {
    let workflow = "\
stage one on all {
    ensure \"the settings are there\" {
        assert file-exists(\"/nonexistent/settings\")
    } else {
        write-file(\"/nonexistent/settings\", \"a\")
    }
    let file = file-at(\"/nonexistent/settings\")
    sh \"grep -q a {{ file }}\"
    let text = read-file(\"/nonexistent/settings\")
    print \"it says {{ text }}\"
}
";
    let run = Folder::new(workflow, Some(HERE)).flowrun(&["test.flow", "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.said);
    assert!(run.said.contains("would change: the settings are there"), "{}", run.said);
}

/// Two names for this machine, of which the inventory says no more than their groups.
const TWO: &str = "\
hosts:
  a: { address: 127.0.0.1, connection: local, groups: [ga] }
  b: { address: 127.0.0.1, connection: local, groups: [gb] }
";

#[test]
fn a_need_in_a_place_that_has_to_be_measured_is_measured_before_the_first_step() {
    let workflow = "\
task t() needs cores >= 9999 {
    print \"never\"
}

stage s on all {
    print \"first\"
    on mem >= 1MiB {
        t()
    }
}
";
    let folder = Folder::new(workflow, Some(TWO));
    let plan = folder.flowrun(&["plan", "test.flow"]);
    assert!(plan.out.contains("to be measured  `t` needs `cores >= 9999`: a and b"), "{}", plan.out);
    let run = folder.flowrun(&["test.flow"]);
    assert_eq!(run.code, 1, "{}", run.said);
    assert!(!run.said.contains("│ first"), "a step came before: {}", run.said);
}

#[test]
fn a_host_without_a_class_is_found_out_where_a_narrowing_or_an_at_leads_to_it() {
    let narrowed = "\
class tiny = mem <= 9000TiB and cores >= 1
forbid build on tiny because \"no room\"

stage s on all {
    on not tiny and not cm3 and mem >= 1MiB {
        sh \"make --help\"
    }
}
";
    let at = "\
class tiny = mem <= 9000TiB and cores >= 1
forbid build on tiny because \"no room\"
host nb = name == \"b\" and not tiny and not cm3

stage s on all {
    on group(ga) {
        at nb {
            sh \"make --help\"
        }
    }
}
";
    for (workflow, more) in [(narrowed, None), (at, Some("a"))] {
        let limit = more.map(|host| ["--limit", host]);
        let arguments: Vec<&str> = ["test.flow"].into_iter().chain(limit.into_iter().flatten()).collect();
        let run = Folder::new(workflow, Some(TWO)).flowrun(&arguments);
        assert_eq!(run.code, 1, "{}", run.said);
        assert!(run.said.contains("has no class, and it is measured to be"), "{}", run.said);
        assert!(!run.said.contains("Usage: make"), "{}", run.said);
    }
}

#[test]
fn an_at_in_a_closed_stage_is_held_to_what_is_measured_there() {
    // More cores than declared are no contradiction, and still none that the stage is closed to.
    let workflow = "\
host far = name == \"b\" and cores == 1

stage s on group(ga), group(ga) or cores == 1 only {
    at far {
        print \"there\"
    }
}
";
    let inventory = TWO.replace("groups: [gb]", "cores: 1, groups: [gb]");
    if std::thread::available_parallelism().unwrap().get() == 1 {
        return;
    }
    let run = Folder::new(workflow, Some(&inventory)).flowrun(&["test.flow"]);
    assert_eq!(run.code, 1, "{}", run.said);
    assert!(run.said.contains("error[R0801]: b is measured to be no `"), "{}", run.said);
    assert!(!run.said.contains("│ there"), "{}", run.said);
}
