//! Ansible's inventories, held against what Ansible itself reads from them (`tests/ansible/record.py` recorded it), and
//! what is said of those that cannot be read.

mod import;
mod playbooks;
mod program;

use std::path::{Path, PathBuf};

use flowrun::diagnostic::{Style, render_all};
use flowrun::inventory::{self, Files, Host, Inventory, Texts};
use flowrun::source::SourceMap;
use proptest::prelude::*;
use serde_json::Value;

/// The files of the corpus.
pub(crate) struct Disk;

impl Files for Disk {
    fn load(&self, path: &Path) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|_| "there is no such file".to_owned())
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

/// The inventory of a case: its only file of a known name, or the folder.
fn source(case: &Path) -> PathBuf {
    let names = ["hosts.ini", "hosts", "inventory.yml", "hosts.yml", "inventory.json"];
    let found: Vec<PathBuf> = names.iter().map(|name| case.join(name)).filter(|path| path.is_file()).collect();
    match found.as_slice() {
        [only] if !case.join("more.yml").exists() => only.clone(),
        _ => case.to_path_buf(),
    }
}

/// Reads an inventory as the program does: what it says, and what is told of it.
fn read(files: &dyn Files, path: &Path) -> (Inventory, String) {
    let text = files.load(path).unwrap_or_default();
    let mut sources = SourceMap::new();
    let (inventory, diagnostics) = inventory::read(&mut sources, files, path, &text);
    (inventory, render_all(&diagnostics, &sources, Style::default()))
}

/// Whether a variable's text says what Ansible's value is.
fn says(text: &str, value: &Value) -> bool {
    match value {
        Value::Null => text.is_empty(),
        Value::Bool(truth) => matches!(text, "true" | "True" | "yes" | "on") == *truth,
        Value::Number(number) => text.parse::<f64>().ok() == number.as_f64(),
        Value::String(string) => text == string,
        Value::Array(_) | Value::Object(_) => serde_json::from_str::<Value>(text).is_ok_and(|read| read == *value),
    }
}

/// The text of what flowrun knows otherwise than as a variable.
fn fact(host: &Host, name: &str) -> Option<String> {
    match name {
        "ansible_host" => Some(host.address.clone()),
        "ansible_port" => host.port.map(|port| port.to_string()),
        "ansible_user" => host.user.clone(),
        "ansible_connection" => (host.connection == inventory::Connection::Local).then(|| "local".to_owned()),
        "class" => host.class.as_ref().map(|class| class.value.clone()),
        "arch" => host.arch.as_ref().map(|arch| arch.value.replace("x86_64", "amd64")),
        "mem" => host.mem.as_ref().map(|mem| format!("{}GiB", mem.value >> 30)),
        "cores" => host.cores.as_ref().map(|cores| cores.value.to_string()),
        _ => host.vars.get(name).cloned(),
    }
}

#[test]
fn inventories_are_read_as_ansible_reads_them() {
    let mut differences = Vec::new();
    let mut compared = 0;
    for path in crate::cases::files_below(Path::new("tests/ansible/inventories"), "json") {
        if path.parent() != Some(Path::new("tests/ansible/inventories")) {
            continue;
        }
        let recorded: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let case = path.with_extension("");
        let (inventory, told) = read(&Disk, &source(&case));
        let mut wrong = |what: String| differences.push(format!("{}: {what}", case.display()));
        if told.contains("error[") {
            wrong(told);
        }
        let hosts = recorded["hosts"].as_object().unwrap();
        for host in inventory.hosts.iter().filter(|host| !hosts.contains_key(&host.name)) {
            wrong(format!("{} is no host", host.name));
        }
        for (name, expected) in hosts {
            let Some(host) = inventory.get(name) else {
                wrong(format!("{name} is missing"));
                continue;
            };
            let mut groups: Vec<&str> = host.groups.iter().map(|group| group.value.as_str()).collect();
            groups.sort_unstable();
            if serde_json::to_value(&groups).unwrap() != expected["groups"] {
                wrong(format!("{name} is in {groups:?}, not in {}", expected["groups"]));
            }
            let vars = expected["vars"].as_object().unwrap();
            for (variable, value) in vars {
                compared += 1;
                let found = fact(host, variable);
                let same =
                    |text: &String| says(text, value) || variable == "arch" && text == "amd64" && value == "x86_64";
                if !found.as_ref().is_some_and(same) {
                    wrong(format!("{name}: {variable} is {found:?}, not {value}"));
                }
            }
            for variable in host.vars.keys().filter(|variable| !vars.contains_key(*variable)) {
                wrong(format!("{name}: {variable} is no variable"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared > 100, "{compared} variables");
}

/// The folder of small inventories, each with what is told of it beside.
#[test]
fn what_is_wrong_with_an_inventory_is_told_at_its_place() {
    let folder = Path::new("tests/ansible/refused");
    let mut entries = Disk.names(folder);
    entries.sort();
    for name in entries.iter().filter(|name| !name.ends_with(".snap")) {
        let case = folder.join(name);
        let inner = case.join("hosts");
        let (inventory, told) = read(&Disk, if inner.exists() { &inner } else { &case });
        let hosts: String = inventory.hosts.iter().map(shown).collect();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(std::env::current_dir().unwrap().join(folder));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name.as_str(), format!("{told}\n{hosts}")));
    }
}

fn shown(host: &Host) -> String {
    let groups: Vec<&str> = host.groups.iter().map(|group| group.value.as_str()).collect();
    format!(
        "{} at {}{} in {groups:?}, {:?}, identity {:?}, config {:?}, mounts {:?}, power {:?}\n",
        host.name,
        host.address,
        host.port.map_or_else(String::new, |port| format!(":{port}")),
        host.vars,
        host.identity,
        host.ssh_config,
        host.mounts,
        host.power
    )
}

#[test]
fn a_message_points_at_the_line_of_a_group_s_variables() {
    let files: Texts = [
        (PathBuf::from("hosts"), "[small]\ncm3 class=cm3 arch=aarch64\n".to_owned()),
        (PathBuf::from("group_vars/small.yml"), "# of all of them\nmem: 8GB\n".to_owned()),
    ]
    .into_iter()
    .collect();
    let (_, told) = read(&files, Path::new("hosts"));
    assert!(told.contains("group_vars/small.yml:2:6") && told.contains("write `8GiB`"), "{told}");
}

proptest! {
    #![proptest_config(crate::random_cases(200))]

    /// Near to what people write: pieces of inventories in any order, under any name.
    #[test]
    fn no_text_is_too_much_for_the_reader(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
        vars in prop::collection::vec(prop::sample::select(PIECES), 0..20),
        name in prop::sample::select(&["hosts", "hosts.ini", "hosts.yml"][..]),
    ) {
        let files: Texts = [
            (PathBuf::from(name), pieces.concat()),
            (PathBuf::from("group_vars/a.yml"), vars.concat()),
        ].into_iter().collect();
        read(&files, Path::new(name));
    }
}

const PIECES: &[&str] = &[
    "[a]",
    "[a:children]",
    "[a:vars]",
    "[b]",
    "[",
    "]",
    "\n",
    "\n",
    "\n",
    " ",
    "a",
    "b",
    "h1",
    "h[1:3]",
    "x=1",
    "x={{ y }}",
    "y={{ x }}",
    "'",
    "\"",
    "\\",
    "#",
    "all:",
    "hosts:",
    "children:",
    "vars:",
    "\n  ",
    "\n    ",
    "{",
    "}",
    "&x ",
    "*x",
    "<<: ",
    "ansible_host=",
    "ansible_port: ",
    "mem: 1GiB",
    "!vault |",
    "é",
    ":22",
    "[1:",
    "power: ",
    "mounts: ",
    "- ",
    "=",
];
