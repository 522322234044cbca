//! What CI uses: the action, the recipes, and the snapshots of the workflows that are shipped.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::lab::program;
use crate::outputs::{CLUSTER, Ended, Folder, faulty, valid_json};
use crate::recorded::{SNAPSHOT, placed, snapshots};

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
