//! Playbooks that Ansible itself has run (`tests/ansible/record-playbooks.py` recorded what they left behind), imported and
//! run by flowrun: they leave the same behind.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cases::files_below;
use crate::lab::program;

const FOLDER: &str = "tests/ansible/playbooks";

/// The files of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    found.sort();
    found
}

/// Each file with its mode and its text.
fn left_behind(folder: &Path) -> String {
    let shown = |path: &PathBuf| {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        let text = std::fs::read_to_string(path).unwrap();
        format!("== {} {mode:o}\n{text}\n", path.strip_prefix(folder).unwrap().display())
    };
    files(folder).iter().map(shown).collect()
}

/// What flowrun says in a folder, with the umask that was recorded with.
fn flowrun(home: &Path, folder: &Path, arguments: &[&Path]) -> (bool, String) {
    let own = program(home);
    let mut command = Command::new("sh");
    command.args(["-c", "umask 022; exec \"$0\" \"$@\""]).arg(own.get_program()).args(arguments);
    command.env_clear().envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ended = command.current_dir(folder).stdin(Stdio::null()).output().unwrap();
    (ended.status.success(), String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned())
}

#[test]
fn playbooks_leave_behind_what_they_do_with_ansible() {
    let playbooks = files_below(Path::new(FOLDER), "yml");
    assert!(playbooks.len() >= 5, "{playbooks:?}");
    for playbook in playbooks {
        let home = tempfile::tempdir().unwrap();
        let (out, hosts) = (home.path().join("out"), home.path().join("hosts.ini"));
        std::fs::create_dir(&out).unwrap();
        let entry = "here ansible_connection=local color=inventory of_inventory=\"i j\"";
        std::fs::write(&hosts, format!("[all]\n{entry} out={}\n", out.display())).unwrap();
        // Files beside a playbook are named relative to it.
        let folder = home.path().join("playbooks");
        assert!(Command::new("cp").arg("-r").arg(FOLDER).arg(&folder).status().unwrap().success());
        let name = Path::new(playbook.file_name().unwrap());
        let flow = name.with_extension("flow");
        let [import, run, i, o] = ["import", "run", "-i", "-o"].map(Path::new);
        let (is_whole, said) = flowrun(home.path(), &folder, &[import, name, i, &hosts, o, &flow]);
        assert!(is_whole, "{said}");
        let (went_well, said) = flowrun(home.path(), &folder, &[run, &flow, i, &hosts]);
        assert!(went_well, "{said}\n{}", std::fs::read_to_string(folder.join(&flow)).unwrap());
        let recorded = std::fs::read_to_string(playbook.with_extension("left")).unwrap();
        let left = left_behind(&out);
        let diff = diffy::create_patch(&recorded, &left);
        assert!(recorded == left, "{}: Ansible left the one, flowrun the other\n{diff}", name.display());
    }
}

/// What no recording says that is the same for everybody: a file of somebody else is theirs afterwards.
#[test]
fn a_file_that_is_replaced_as_root_stays_whose_it_is() {
    use std::os::unix::fs::MetadataExt;

    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let target = |name: &str| at(name).display().to_string();
    std::fs::write(at("shipped"), "shipped\n").unwrap();
    for name in ["plain", "moded", "grouped", "templated", "logged-in"] {
        std::fs::write(at(name), "old\n").unwrap();
        std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(Command::new("sudo").args(["-n", "chown", "1:2"]).arg(at(name)).status().unwrap().success());
    }
    let playbook = format!(
        "- hosts: all\n  become: true\n  tasks:\n    - copy: {{ src: shipped, dest: {} }}\n    - copy: {{ src: shipped, dest: {}, mode: \"0600\" }}\n    - copy: {{ src: shipped, dest: {}, group: \"3\" }}\n    - template: {{ src: shipped, dest: {} }}\n    - copy: {{ src: shipped, dest: {} }}\n    - copy: {{ src: shipped, dest: {}, mode: \"0600\" }}\n      become: false\n",
        target("plain"),
        target("moded"),
        target("grouped"),
        target("templated"),
        target("new"),
        target("logged-in"),
    );
    std::fs::write(at("site.yml"), playbook).unwrap();
    std::fs::write(at("hosts.ini"), "here ansible_connection=local\n").unwrap();
    let [import, run, i, o] = ["import", "run", "-i", "-o"].map(Path::new);
    let [site, flow, hosts] = ["site.yml", "site.flow", "hosts.ini"].map(Path::new);
    let (is_whole, said) = flowrun(home.path(), home.path(), &[import, site, i, hosts, o, flow]);
    assert!(is_whole, "{said}");
    let (went_well, said) = flowrun(home.path(), home.path(), &[run, flow, i, hosts]);
    assert!(went_well, "{said}");
    let kept = |name: &str| {
        let found = at(name).metadata().unwrap();
        format!("{name} {}:{} {:o} {}", found.uid(), found.gid(), found.mode() & 0o777, found.len())
    };
    let all = ["plain", "moded", "grouped", "templated", "new"].map(kept);
    // Who is not root cannot give a file away: it is theirs then, with Ansible too.
    let mine = home.path().metadata().unwrap();
    let (uid, gid) = if mine.uid() == 0 { (1, 2) } else { (mine.uid(), mine.gid()) };
    assert_eq!(kept("logged-in"), format!("logged-in {uid}:{gid} 600 8"));
    assert_eq!(
        all,
        ["plain 1:2 640 8", "moded 1:2 600 8", "grouped 1:3 640 8", "templated 1:2 640 8", "new 0:0 644 8"]
    );
}
