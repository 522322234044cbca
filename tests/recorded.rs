//! `flowrun snapshot`, from the first one to one that a changed inventory moves; and plans as graphs.

use crate::outputs::{CLUSTER, FAULTY, Folder, WARNED};

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
    print \"done with {{ version }}\"
}
";

/// `PLACED` without what it is refused for.
pub(crate) fn placed() -> String {
    PLACED
        .replace("group(builders)", "x86_64 and group(builders)")
        .replace("    at workers[0] {\n        print version\n    }\n", "")
}

pub(crate) fn snapshots() -> Folder {
    Folder::with(&[("flows/a.flow", &placed()), ("cluster.yml", CLUSTER)])
}

pub(crate) const SNAPSHOT: &[&str] = &["snapshot", "-i", "cluster.yml", "flows/a.flow"];

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

/// A task that narrows, through another one, in a default and for other hosts.
const NARROWED: &str = "\
hosts workers = group(distcc)

task reload() {
    on workers {
        sh \"systemctl reload distccd\"
    }
}

task deploy() {
    on not cm3 {
        sh \"touch /tmp/deployed\"
        reload()
    }
}

task slots() -> Int {
    on cores >= 8 {
        return 8
    }
    return 1
}

task report(jobs: Int = slots()) {
    print \"{{ jobs }}\"
}

stage one on all {
    deploy()
    on aarch64 {
        reload()
    }
    deploy()
    reload()
    report()
}
";

#[test]
fn a_task_that_goes_to_other_hosts_is_shown_with_the_calls_down_to_it() {
    let folder = Folder::with(&[("flows/a.flow", NARROWED), ("cluster.yml", CLUSTER)]);
    assert_eq!(folder.flowrun(SNAPSHOT).code, 0);
    let within = |text: &str| {
        let lines = text.lines().skip_while(|line| !line.starts_with("  within"));
        lines.take_while(|line| line.contains("`on ")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(within(&folder.read("flows/a.flow.snap")));
    folder.write("flows/a.flow", &NARROWED.replace("on workers {", "on not workers {"));
    let moved = folder.flowrun(&[SNAPSHOT, &["--check"]].concat());
    assert_eq!(moved.code, 3);
    assert!(moved.out.contains("+              `on not group(distcc)` by deploy → reload: x86"), "{}", moved.out);
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

#[test]
fn a_step_that_moves_within_its_stage_has_moved() {
    let flow = "stage one on all {\n    on group(builders) {\n        sh \"true\"\n    }\n}\n";
    let folder = Folder::with(&[("flows/a.flow", flow), ("cluster.yml", CLUSTER)]);
    folder.flowrun(SNAPSHOT);
    assert!(folder.read("flows/a.flow.snap").contains("  within     `on group(builders)`: x86\n"));
    folder.write("flows/a.flow", &flow.replace("builders", "distcc"));
    let moved = folder.flowrun(&[SNAPSHOT, &["--check"]].concat());
    assert_eq!(moved.code, 3, "{}", moved.said);
    assert!(moved.out.contains("`on group(distcc)`: worker-1"), "{}", moved.out);
}
