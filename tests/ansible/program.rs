//! `flowrun inventory` and `flowrun import`, as users start them.

use std::path::Path;

use crate::lab::program;

struct Ended {
    code: i32,
    out: String,
    said: String,
}

fn flowrun(folder: &Path, arguments: &[&str]) -> Ended {
    let ended = program(folder).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: ended.status.code().unwrap_or(-1), out: text(ended.stdout), said: text(ended.stderr) }
}

/// A folder with an inventory of Ansible's, as it lies beside playbooks.
fn cluster() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("inventory/hosts.ini", "[builders]\nx86 ansible_host=10.0.0.20\n[boards]\ncm3 ansible_connection=local\n");
    put("inventory/group_vars/builders.yml", "arch: amd64\nmem: 32GiB\nrack: 7\n");
    put("inventory/group_vars/boards.yml", "class: cm3\narch: aarch64\nmem: 1GiB\n");
    put("inventory/host_vars/x86.yml", "ansible_user: builder\nansible_port: 2222\n");
    put("site.yml", "- name: build\n  hosts: builders\n  tasks:\n    - command: uname -r\n");
    put("build.flow", "stage build on x86_64 and group(builders), x86_64 only timeout 2h {\n    sh \"make\"\n}\n");
    put("wrong.flow", "host builder = group(boards) and x86_64\nstage build on builder {\n    sh \"true\"\n}\n");
    folder
}

#[test]
fn hosts_are_shown_as_they_are_read() {
    let folder = cluster();
    let shown = flowrun(folder.path(), &["inventory"]);
    assert_eq!((shown.code, shown.said.as_str()), (0, ""));
    insta::assert_snapshot!(shown.out);
    let data = flowrun(folder.path(), &["inventory", "-i", "inventory/hosts.ini", "--format", "json"]);
    let data: serde_json::Value = serde_json::from_str(&data.out).unwrap();
    assert_eq!(data["hosts"]["x86"]["vars"]["rack"], "7");
    assert_eq!(data["hosts"]["cm3"]["connection"], "local");
    let none = flowrun(&folder.path().join("inventory/host_vars"), &["inventory"]);
    assert_eq!(none.code, 2, "{}", none.said);
}

#[test]
fn a_workflow_is_checked_against_a_folder_of_inventories_beside_it() {
    let folder = cluster();
    let accepted = flowrun(folder.path(), &["check", "build.flow"]);
    assert_eq!((accepted.code, accepted.said.as_str()), (0, "build.flow: accepted, with an inventory of 2 hosts\n"));
    let refused = flowrun(folder.path(), &["check", "wrong.flow"]);
    assert!(refused.code == 3 && refused.said.contains("error[E0305]"), "{}", refused.said);
}

#[test]
fn importing_ends_as_it_went() {
    let folder = cluster();
    let whole = flowrun(folder.path(), &["import", "site.yml"]);
    assert_eq!((whole.code, whole.said.as_str()), (0, "1 task: all translated\n"));
    assert!(whole.out.contains("stage build on group(builders) {"), "{}", whole.out);
    std::fs::write(folder.path().join("part.yml"), "- hosts: all\n  tasks:\n    - lineinfile: path=/etc/x\n").unwrap();
    let part = flowrun(folder.path(), &["import", "part.yml", "-o", "part.flow"]);
    assert_eq!((part.code, part.out.as_str()), (1, ""));
    assert!(part.said.starts_with("part.yml:3: the module `lineinfile` has no counterpart"), "{}", part.said);
    assert!(std::fs::read_to_string(folder.path().join("part.flow")).unwrap().contains("fail \"not translated"));
    std::fs::write(folder.path().join("none.yml"), "- hosts: [\n").unwrap();
    let none = flowrun(folder.path(), &["import", "none.yml"]);
    assert!(none.code == 3 && none.said.contains("the playbook is not valid YAML"), "{}", none.said);
    assert_eq!(flowrun(folder.path(), &["import", "missing.yml"]).code, 2);
    assert_eq!(flowrun(folder.path(), &["import", "site.yml", "-i", "missing.ini"]).code, 2);
    std::fs::write(folder.path().join("wrong.ini"), "[open\n").unwrap();
    assert_eq!(flowrun(folder.path(), &["import", "site.yml", "-i", "wrong.ini"]).code, 3);
}
