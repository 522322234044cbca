//! Playbooks, and what becomes of them.

use std::path::{Path, PathBuf};

use flowrun::analysis::{self, Text};
use flowrun::check::Loader;
use flowrun::diagnostic::{Style, render_all};
use flowrun::import::{self, Imported};
use flowrun::inventory::{self, Files, Inventory, Texts};
use flowrun::source::SourceMap;
use proptest::prelude::*;

use super::Disk;

const FOLDER: &str = "tests/import";

/// The files of the corpus, for the checker.
struct Beside;

impl Loader for Beside {
    fn load(&self, path: &Path) -> Result<String, String> {
        Disk.load(path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

fn cluster() -> Inventory {
    let path = Path::new(FOLDER).join("hosts.ini");
    let text = Disk.load(&path).unwrap();
    inventory::read(&mut SourceMap::new(), &Disk, &path, &text).0
}

/// Imports a playbook as the program does: what is written, and what is said.
fn imported(files: &dyn Files, path: &Path, text: &str, hosts: Option<&Inventory>) -> (Imported, String) {
    let mut sources = SourceMap::new();
    let imported = import::import(&mut sources, files, path, text, hosts);
    let mut said = render_all(&imported.diagnostics, &sources, Style::default());
    for mark in &imported.marks {
        said.push_str(&format!("{}: {}\n", sources.location(mark.span), mark.reason));
    }
    said.push_str(&format!("{} tasks, {} marked\n", imported.tasks, imported.marks.len()));
    (imported, said)
}

/// What a check says of a workflow, against the cluster's inventory.
fn checked(path: &Path, text: &str) -> String {
    let hosts = Path::new(FOLDER).join("hosts.ini");
    let inventory = Disk.load(&hosts).unwrap();
    let found = analysis::analyse(&Beside, Text { path, text }, Some(Text { path: &hosts, text: &inventory }));
    render_all(&found.diagnostics, &found.sources, Style::default())
}

/// Each playbook with what is written, said, and said of what is written.
#[test]
fn each_playbook_becomes_what_is_recorded() {
    let hosts = cluster();
    let mut names = Disk.names(Path::new(FOLDER));
    names.sort();
    for name in names.iter().filter(|name| name.ends_with(".yml")) {
        let path = Path::new(FOLDER).join(name);
        let text = Disk.load(&path).unwrap();
        let (imported, said) = imported(&Disk, &path, &text, Some(&hosts));
        let told = if imported.diagnostics.is_empty() {
            checked(&path.with_extension("flow"), &imported.text)
        } else {
            String::new()
        };
        assert!(!told.contains("error[E01"), "{name} became what cannot be read:\n{told}\n{}", imported.text);
        let all = format!("{}\n---- said\n{said}\n---- checked\n{told}", imported.text);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(std::env::current_dir().unwrap().join(FOLDER));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name.trim_end_matches(".yml"), all));
    }
}

/// Every task is a statement or a mark: nothing is left out.
#[test]
fn a_step_that_is_not_translated_fails() {
    let text = "- hosts: all\n  tasks:\n    - name: edit\n      lineinfile: { path: /etc/hosts, line: x }\n";
    let (imported, said) = imported(&Disk, Path::new("site.yml"), text, None);
    assert!(imported.text.contains("fail \"not translated (site.yml:3): edit\""), "{}", imported.text);
    assert!(said.contains("site.yml:3: the module `lineinfile` has no counterpart"), "{said}");
    assert_eq!((imported.tasks, imported.marks.len()), (1, 1));
}

#[test]
fn a_build_that_is_imported_onto_the_cm3_is_refused() {
    let text = "- name: kernel-build\n  hosts: cm3\n  tasks:\n    - name: build\n      command: make -j4 bzImage\n      args: { chdir: /srv/kernel/linux }\n";
    let (imported, _) = imported(&Disk, Path::new("kernel-build.yml"), text, Some(&cluster()));
    let told = checked(Path::new("kernel-build.flow"), &imported.text);
    assert!(told.contains("error[E0302]: a build cannot run on a CM3+") || told.contains("error[E0302]"), "{told}");
}

/// What an inventory leaves unevaluated is another text than the one that Ansible would splice.
#[test]
fn a_variable_of_the_inventory_that_is_not_evaluated_is_not_spliced() {
    let text = "[web]\nw1 path=\"/srv/{{ group | upper }}\" plain=/srv number=010\n";
    let hosts = inventory::read(&mut SourceMap::new(), &Disk, Path::new("hosts.ini"), text).0;
    assert_eq!(hosts.hosts[0].vars["number"], "010");
    let text = "- hosts: web\n  tasks:\n    - command: rm -rf {{ path }}\n    - command: ls {{ plain }}\n";
    let (imported, said) = imported(&Disk, Path::new("site.yml"), text, Some(&hosts));
    let reason = "site.yml:3: `command`: the inventory's `path` of `w1` holds Jinja that is not evaluated\n";
    assert_eq!(said, format!("{reason}2 tasks, 1 marked\n"));
    assert!(imported.text.contains("fail \"not translated (site.yml:3)\""), "{}", imported.text);
    assert!(!imported.text.contains("sh \"rm"), "{}", imported.text);
    assert!(imported.text.contains("sh \"ls {{ here.vars["), "{}", imported.text);
}

/// Near to what people write: lines of playbooks that are left out, repeated or put elsewhere.
fn mutated() -> impl Strategy<Value = String> {
    let names = ["tricky.yml", "kernel-build.yml", "keywords.yml", "modules.yml"];
    let lines: Vec<String> = names
        .iter()
        .flat_map(|name| {
            let text = std::fs::read_to_string(Path::new(FOLDER).join(name)).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let start = 0..lines.len();
    (start, prop::collection::vec((0..60_usize, 0..5_usize, prop::sample::select(PIECES)), 0..6)).prop_map(
        move |(start, changes)| {
            let mut text: Vec<String> = vec!["- hosts: all".into(), "  tasks:".into()];
            let tasks = lines.iter().skip(start).filter(|line| line.starts_with("    ")).take(60);
            text.extend(tasks.cloned());
            for (at, what, piece) in changes {
                let at = 2 + at % (text.len() - 1);
                match (what, text.get_mut(at)) {
                    (0, Some(_)) => drop(text.remove(at)),
                    (1, Some(line)) => line.push_str(piece),
                    (2, Some(line)) => *line = line.replacen(": ", &format!(": {piece}"), 1),
                    (3, _) => text.insert(at.min(text.len()), format!("      {piece}")),
                    (_, Some(line)) => *line = line.replace(['"', '\''], piece),
                    _ => {}
                }
            }
            text.join("\n")
        },
    )
}

const PIECES: &[&str] = &[
    "{{ x }}",
    "{{",
    "}}",
    "{%",
    "\"",
    "'",
    "\\",
    "$(",
    "`",
    "\"\"\"",
    "{",
    "}",
    "#",
    "|",
    ">",
    "é",
    "when: x",
    "loop: [1, a]",
    "register: r",
    "name: \"{{ y\"",
    "- debug: msg=hello",
    "until: r.rc == 0",
    "become: true",
    "[",
    "]",
    "\u{1}",
    "\t",
    "not ",
    " or ",
];

proptest! {
    #![proptest_config(crate::random_cases(200))]

    #[test]
    fn what_is_written_can_always_be_read(text in mutated()) {
        let path = PathBuf::from("site.yml");
        let (imported, said) = imported(&Texts::default(), &path, &text, None);
        prop_assert!(!said.contains("please report"), "{said}\n{text}");
        let mut sources = SourceMap::new();
        let file = sources.add("site.flow", &imported.text);
        let (_, diagnostics) = flowrun::syntax::parse(&sources, file);
        let told = render_all(&diagnostics, &sources, Style::default());
        prop_assert!(told.is_empty(), "{told}\n{}", imported.text);
    }

    #[test]
    fn no_text_is_too_much_for_the_importer(text in ".{0,200}") {
        imported(&Texts::default(), Path::new("site.yml"), &text, None);
    }
}

/// Ansible has a `localhost` without a word of it, and flowrun the hosts of the inventory.
#[test]
fn a_play_on_localhost_says_what_the_inventory_has_to_have() {
    let text = "- hosts: localhost\n  tasks:\n    - command: uname -r\n";
    let import = |inventory: Option<&str>| {
        let read = |text| inventory::read(&mut SourceMap::new(), &Disk, Path::new("hosts.ini"), text).0;
        imported(&Disk, Path::new("site.yml"), text, inventory.map(read).as_ref()).0.text
    };
    let said =
        "    # `local` is a host of the inventory: it has to have a line\n    # `localhost ansible_connection=local`\n";
    for without in [None, Some("[web]\nw1\n")] {
        assert!(import(without).contains(&format!("stage site on local {{\n{said}")), "{}", import(without));
    }
    assert!(!import(Some("[web]\nw1\nhere ansible_connection=local\n")).contains("has to have"));
}
