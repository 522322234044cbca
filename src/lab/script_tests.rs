//! The scripts that the standard library ships to hosts, tried on hosts of the lab.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::ProcessId;
use super::tests::TestLab;

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stdlib/files");
const INCLUDE_SERVER: &str = "/usr/lib/python3/dist-packages/include_server/include_server.py";

/// A lab whose cm3 has the scripts of pump mode and knows worker-1.
fn pump_lab() -> Option<TestLab> {
    if !Path::new(INCLUDE_SERVER).exists() {
        return None;
    }
    let test = TestLab::new()?;
    test.power_on(&["cm3", "worker-1"]);
    let home = home(&test);
    for entry in fs::read_dir(FILES).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, home.join("scripts").join(path.file_name().unwrap())).unwrap();
    }
    fs::create_dir(home.join(".distcc")).unwrap();
    let worker = test.lab().status()[2].address;
    fs::write(home.join(".distcc/pump.env"), format!("DISTCC_HOSTS='{worker}:3632/4,cpp,lzo'\n")).unwrap();
    Some(test)
}

fn home(test: &TestLab) -> PathBuf {
    test.lab().dir().join("hosts/cm3/home")
}

#[test]
fn an_include_server_starts_once_answers_and_stops_without_a_trace() {
    let Some(test) = pump_lab() else { return };
    let socket = test.ssh("cm3", "scripts/pumpctl start");
    assert!(socket.starts_with("/tmp/distcc-pump.") && socket.ends_with("/socket"), "{socket}");
    assert_eq!(test.ssh("cm3", "scripts/pumpctl start"), socket);
    assert_eq!(test.ssh("cm3", "scripts/pumpctl health"), "");
    assert!(test.ssh("cm3", "scripts/pumpctl status").starts_with("state running\n"));
    let table = test.ssh("cm3", "scripts/distcc-validate.sh");
    assert!(table.contains("compiles in pump mode") && table.ends_with("pump mode is active"), "{table}");

    let pid = test.ssh("cm3", "scripts/pumpctl status | sed -n 's/^pid //p'");
    assert_eq!(test.ssh("cm3", "scripts/pumpctl stop"), "");
    assert!(!Path::new(&socket).parent().unwrap().exists());
    assert!(mirrors_of(&pid).is_empty());
    assert!(test.ssh("cm3", "scripts/pumpctl health").contains("no include server is recorded"));
}

fn mirrors_of(pid: &str) -> Vec<String> {
    let names = fs::read_dir("/dev/shm").unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains(&format!(".include_server-{pid}-"))).collect()
}

#[test]
fn a_killed_include_server_is_seen_and_replaced() {
    let Some(test) = pump_lab() else { return };
    let socket = test.ssh("cm3", "scripts/pumpctl start");
    let pid = test.ssh("cm3", "pid=$(scripts/pumpctl status | sed -n 's/^pid //p'); kill -KILL $pid; echo $pid");
    let health = test.ssh("cm3", "scripts/pumpctl health");
    assert!(health.contains(&format!("(process {pid}) is dead")), "{health}");
    assert!(test.ssh("cm3", "scripts/distcc-validate.sh || true").contains("not in pump mode"));
    let other = test.ssh("cm3", "scripts/pumpctl start");
    assert_ne!(other, socket);
    assert!(!Path::new(&socket).exists() && mirrors_of(&pid).is_empty());
}

#[test]
fn an_include_server_ends_with_its_host() {
    let Some(test) = pump_lab() else { return };
    let socket = test.ssh("cm3", "scripts/pumpctl start");
    let pid = test.ssh("cm3", "scripts/pumpctl status | sed -n 's/^pid //p'");
    test.lab().power_off("cm3").unwrap();
    assert!(ProcessId::of(pid.parse().unwrap()).is_none());
    assert!(!Path::new(&socket).parent().unwrap().exists() && mirrors_of(&pid).is_empty());
}

/// What distcc-share makes of a client's log, each line given without its `distcc[PID] `, after the pid.
fn share(log: &[(u32, &str)]) -> Vec<(String, String)> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text: String = log.iter().map(|(pid, line)| format!("distcc[{pid}] {line}\n")).collect();
    fs::write(file.path(), text).unwrap();
    let output = Command::new("sh").arg(format!("{FILES}/distcc-share")).arg(file.path()).output().unwrap();
    assert!(output.status.success());
    let pairs = String::from_utf8(output.stdout).unwrap();
    pairs.lines().filter_map(|line| line.rsplit_once(' ')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

fn assert_share(log: &[(u32, &str)], expected: &[(&str, &str)]) {
    let found: Vec<_> = share(log).into_iter().filter(|(_, value)| value != "0").collect();
    let expected: Vec<_> = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn compiles_are_counted_by_worker_and_mode() {
    assert_share(
        &[
            (7, "compile from a.c to a.o"),
            (8, "compile from b.c to b.o"),
            (7, "exec on 10.0.0.1:3632/4,cpp,lzo: gcc -c a.c"),
            (8, "exec on 10.0.0.2:3632/4,cpp,lzo: gcc -c b.c"),
            (8, "99 bytes from b.c compiled on 10.0.0.2 in 0.1s, rate 9kB/s"),
            (7, "compile a.c on 10.0.0.1:3632/4,cpp,lzo completed ok"),
            (8, "compile b.c on 10.0.0.2:3632/4,cpp,lzo completed ok"),
        ],
        &[
            ("total", "2"),
            ("remote", "2"),
            ("worker 10.0.0.1:3632", "1"),
            ("worker 10.0.0.2:3632", "1"),
            ("pumped", "1"),
            ("plain", "1"),
        ],
    );
}

#[test]
fn a_compile_that_is_told_twice_counts_once() {
    assert_share(
        &[
            (7, "compile from a.c to a.o"),
            (7, "compile from a.c to a.o"),
            (7, "exec on w1,cpp,lzo: gcc -c a.c"),
            (7, "compile a.c on w1,cpp,lzo completed ok"),
            (7, "(dcc_exit) exit: code 0; self: 0.0 user"),
            (7, "compile from a.c to a.o"),
            (7, "exec on w1,cpp,lzo: gcc -c a.c"),
            (7, "compile a.c on w1,cpp,lzo completed ok"),
        ],
        &[("total", "2"), ("remote", "2"), ("worker w1", "2"), ("pumped", "2")],
    );
}

#[test]
fn a_fallback_is_local_and_a_second_worker_is_none() {
    assert_share(
        &[
            (7, "compile from a.c to a.o"),
            (7, "exec on w1,lzo: gcc -c a.c"),
            (7, "Warning: failed to distribute a.c to w1,lzo, running locally instead"),
            (7, "exec on localhost: gcc -c a.c"),
            (7, "compile a.c on localhost completed ok"),
            (7, "(dcc_exit) exit: code 0; self: 0.0 user"),
            (8, "compile from b.c to b.o"),
            (8, "exec on w1,cpp,lzo: gcc -c b.c"),
            (8, "exec on w2,cpp,lzo: gcc -c b.c"),
            (8, "compile b.c on w2,cpp,lzo completed ok"),
        ],
        &[("total", "2"), ("remote", "1"), ("worker w2", "1"), ("pumped", "1"), ("local", "1"), ("fallback", "1")],
    );
}

#[test]
fn probes_assembler_and_links_are_no_compilations() {
    assert_share(
        &[
            (7, "exec on localhost: gcc -E -x c /dev/null"),
            (7, "ERROR: compile (null) on localhost failed"),
            (8, "exec on localhost: gcc -c -o entry.o entry.S"),
            (8, "compile (null) on localhost completed ok"),
            (9, "exec on localhost: gcc -o program a.o b.o"),
            (9, "compile (null) on localhost completed ok"),
            (10, "exec on localhost: gcc -march=native -c a.c -o a.o"),
            (10, "compile (null) on localhost completed ok"),
        ],
        &[("total", "1"), ("local", "1"), ("kept", "1")],
    );
}

#[test]
fn failures_demotion_and_lost_processes_are_told() {
    assert_share(
        &[
            (7, "compile from a.c to a.o"),
            (7, "exec on w1,cpp,lzo: gcc -c a.c"),
            (7, "ERROR: compile a.c on w1,cpp,lzo failed"),
            (7, "exec on localhost: gcc -c a.c"),
            (7, "compile a.c on localhost completed ok"),
            (7, "Warning: remote compilation of 'a.c' failed, retried locally and got a different result."),
            (7, "Warning: now using plain distcc, possibly due to inconsistent file system changes during build"),
            (8, "compile from b.c to b.o"),
            (8, "(dcc_exit) exit: code 116; self: 0.0 user"),
            (9, "compile from c.c to c.o"),
        ],
        &[
            ("total", "3"),
            ("local", "1"),
            ("fallback", "1"),
            ("failed", "1"),
            ("unfinished", "1"),
            ("discrepancies", "1"),
            ("demoted", "1"),
        ],
    );
}
