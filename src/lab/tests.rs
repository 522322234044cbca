//! The lab as its users see it: real hosts on a subnet of their own, asked over real ssh.

use std::fs;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::layout::MARKER;
use super::process::{ProcessId, wait_until, with_environment};
use super::*;

/// A lab in a directory and on a subnet that no other test has.
pub(super) struct TestLab {
    lab: Option<Lab>,
    options: Options,
    dir: TempDir,
    _subnet: UnixListener,
}

impl TestLab {
    /// `None` where no lab can be made, because OpenSSH's server or distcc is not installed.
    pub(super) fn new() -> Option<TestLab> {
        if ["sshd", "distccd", "distcc"].iter().any(|program| machine::find_program(program).is_none()) {
            return None;
        }
        let (subnet, _subnet) = reserve_subnet();
        let options = Options { subnet, supervisor: Some(supervisor()), ..Options::default() };
        let dir = TempDir::with_prefix("flowrun-lab.").unwrap();
        let lab = Lab::create(&dir.path().join("lab"), &options).unwrap();
        Some(TestLab { lab: Some(lab), options, dir, _subnet })
    }

    pub(super) fn lab(&self) -> &Lab {
        self.lab.as_ref().unwrap()
    }

    /// Runs a command on a host and returns its stdout; a failure shows as `failed: STDERR`.
    pub(super) fn ssh(&self, host: &str, command: &str) -> String {
        let output = Command::new("ssh").arg("-F").arg(self.lab().ssh_config()).args([host, command]).output().unwrap();
        if !output.status.success() {
            return format!("failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(super) fn power_on(&self, hosts: &[&str]) {
        std::thread::scope(|scope| {
            for host in hosts {
                scope.spawn(|| self.lab().power_on(host).unwrap());
            }
        });
    }

    fn power(&self, host: &str) -> Power {
        self.lab().status().iter().find(|status| status.name == host).unwrap().power
    }

    fn init(&self, host: &str) -> ProcessId {
        ProcessId::read(&self.lab().layout.host(Host::named(host).unwrap()).init_pid()).unwrap()
    }
}

impl Drop for TestLab {
    fn drop(&mut self) {
        if let Some(lab) = self.lab.take() {
            let _ = lab.destroy();
        }
    }
}

/// A subnet that no other test uses now, in this process or another: held by a socket that ends with its holder.
fn reserve_subnet() -> (u8, UnixListener) {
    (100..=250)
        .find_map(|subnet| {
            let name = SocketAddr::from_abstract_name(format!("flowrun-lab-test-{subnet}")).unwrap();
            Some((subnet, UnixListener::bind_addr(&name).ok()?))
        })
        .unwrap()
}

/// The test program as a supervisor: it runs [`be_an_init`] alone; what follows `--` are names of no other test.
fn supervisor() -> Vec<String> {
    let program = env::current_exe().unwrap().display().to_string();
    let name = format!("{}::be_an_init", module_path!().split_once("::").unwrap().1);
    [&program, "--exact", "--nocapture", &name, "--"].map(str::to_owned).to_vec()
}

/// No test of its own: what the tests start as a host's init. Without the marker it has nothing to do.
#[test]
fn be_an_init() {
    let Some(dir) = env::var_os(MARKER).map(PathBuf::from) else { return };
    let lab = Lab::open(&dir.join("../..")).unwrap();
    run_init(&lab, dir.file_name().unwrap().to_str().unwrap());
}

#[test]
fn a_lab_begins_powered_off_and_private() {
    let Some(test) = TestLab::new() else { return };
    assert!(test.lab().status().iter().all(|status| status.power == Power::Off));
    assert_eq!(fs::metadata(test.lab().dir()).unwrap().permissions().mode() & 0o777, 0o700);
    let inventory = fs::read_to_string(test.lab().inventory()).unwrap();
    for part in ["class: cm3", "arch: aarch64", "mem: 1GiB", "lab power on worker-2 --dir", "distcc_port: '3632'"] {
        assert!(inventory.contains(part), "{part} in {inventory}");
    }
}

#[test]
fn hosts_answer_as_machines_of_their_own() {
    let Some(test) = TestLab::new() else { return };
    test.power_on(&["cm3", "builder"]);
    assert_eq!(test.ssh("cm3", "uname -m; arch; ulimit -v"), "aarch64\naarch64\n1048576");
    assert_eq!(test.ssh("builder", "uname -m; ulimit -v"), format!("{}\nunlimited", std::env::consts::ARCH));
    let home = test.lab().dir().join("hosts/cm3/home");
    assert_eq!(test.ssh("cm3", "pwd; echo $HOME"), format!("{0}\n{0}", home.display()));
    assert_eq!(test.ssh("cm3", "systemctl is-system-running"), "running");
    assert!(test.ssh("cm3", "systemctl is-active distccd").starts_with("failed: "));
    let refusal = test.ssh("cm3", "systemctl daemon-reload");
    assert!(refusal.contains("not in the lab"), "{refusal}");
}

#[test]
fn a_worker_compiles_and_its_service_can_be_stopped_and_started() {
    let Some(test) = TestLab::new() else { return };
    test.power_on(&["worker-1"]);
    let status = &test.lab().status()[2];
    assert_eq!((status.power, status.distccd), (Power::On, Some(true)));
    assert_eq!(compile_on(&test), "");
    assert!(test.ssh("worker-1", "journalctl -u distccd -n 20 --no-pager").contains("COMPILE_OK"));

    assert_eq!(test.ssh("worker-1", "systemctl stop distccd; systemctl is-active distccd || true"), "inactive");
    assert_eq!(test.lab().status()[2].distccd, Some(false));
    assert_eq!(test.ssh("worker-1", "systemctl start distccd && systemctl is-active distccd"), "active");
    assert!(wait_until(Duration::from_secs(5), || test.lab().status()[2].distccd == Some(true)));
}

/// Compiles one file on worker-1, with no way to fall back; returns what distcc complains of.
fn compile_on(test: &TestLab) -> String {
    let dir = test.dir.path();
    fs::write(dir.join("canary.c"), "int canary;\n").unwrap();
    let output = Command::new("distcc")
        .args(["gcc", "-c", "canary.c", "-o", "canary.o"])
        .current_dir(dir)
        .env("DISTCC_HOSTS", format!("{}:{}", test.lab().status()[2].address, test.options.distcc_port))
        .env("DISTCC_FALLBACK", "0")
        .env("DISTCC_DIR", dir)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn power_off_ends_what_runs_detached_and_clears_its_files() {
    let Some(test) = TestLab::new() else { return };
    test.power_on(&["builder"]);
    let pid = test.ssh("builder", "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $!; touch $TMPDIR/left");
    let stray = ProcessId::of(pid.parse().unwrap()).unwrap();
    test.lab().power_off("builder").unwrap();
    assert!(!stray.is_alive());
    assert_eq!(test.power("builder"), Power::Off);
    assert_eq!(fs::read_dir(test.lab().dir().join("hosts/builder/tmp")).unwrap().count(), 0);
    test.power_on(&["builder"]);
    assert_eq!(test.ssh("builder", "echo again"), "again");
}

#[test]
fn a_host_whose_init_was_killed_can_be_powered_on() {
    let Some(test) = TestLab::new() else { return };
    test.power_on(&["worker-1"]);
    let pid = test.ssh("worker-1", "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $!");
    let stray = ProcessId::of(pid.parse().unwrap()).unwrap();
    let init = test.init("worker-1");
    init.signal(rustix::process::Signal::KILL).unwrap();
    assert!(wait_until(Duration::from_secs(5), || !init.is_alive()));
    assert_eq!(test.power("worker-1"), Power::Failing);
    test.power_on(&["worker-1"]);
    assert_eq!(test.power("worker-1"), Power::On);
    assert!(!stray.is_alive());
}

#[test]
fn destroy_leaves_no_process_and_no_file() {
    let Some(mut test) = TestLab::new() else { return };
    test.power_on(&["cm3", "builder", "worker-1", "worker-2"]);
    let hosts: Vec<_> = HOSTS.iter().map(|host| test.lab().layout.host(host)).collect();
    assert!(distccd::temporary_dir(&hosts[2]).exists());
    let lab = test.lab.take().unwrap();
    let dir = lab.dir().to_owned();
    lab.destroy().unwrap();
    assert!(!dir.exists());
    for host in hosts {
        assert!(with_environment(&host.marker()).is_empty(), "{host:?}");
        assert!(!distccd::temporary_dir(&host).exists(), "{host:?}");
    }
}

#[test]
fn hosts_of_a_deleted_lab_end_by_themselves() {
    let Some(test) = TestLab::new() else { return };
    test.power_on(&["builder"]);
    let init = test.init("builder");
    fs::remove_dir_all(test.lab().dir()).unwrap();
    assert!(wait_until(Duration::from_secs(10), || !init.is_alive()));
}

#[test]
fn a_lab_that_is_up_is_not_made_again() {
    let Some(test) = TestLab::new() else { return };
    test.power_on(&["builder"]);
    let error = Lab::create(test.lab().dir(), &test.options).unwrap_err();
    assert!(error.message().ends_with("is already up: builder on"), "{error}");
    test.lab().power_off("builder").unwrap();
    Lab::create(test.lab().dir(), &test.options).unwrap();
}

#[test]
fn a_taken_port_is_told() {
    let Some(test) = TestLab::new() else { return };
    let builder = test.lab().status()[1].clone();
    let listener = TcpListener::bind((builder.address, builder.port)).unwrap();
    let error = test.lab().power_on("builder").unwrap_err();
    let wanted = format!("port {} of {} is in use: sshd needs it", builder.port, builder.address);
    assert_eq!(error.message(), wanted);
    let dir = test.dir.path().join("second");
    let other = Lab::create(&dir, &test.options).unwrap();
    assert_ne!(other.status()[1].port, builder.port);
    let options = Options { port: Some(builder.port), ..test.options.clone() };
    assert_eq!(Lab::create(&dir, &options).unwrap_err().message(), wanted);
    drop(listener);
    // A process that another test is starting right now may hold a copy of it until its exec.
    assert!(wait_until(Duration::from_secs(5), || network::is_free(builder.address, builder.port)));
    test.lab().power_on("builder").unwrap();
}

#[test]
fn a_directory_with_other_things_in_it_is_left_alone() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("thesis.tex"), "").unwrap();
    let error = settle(dir.path()).unwrap_err();
    assert!(error.message().ends_with("is not empty and holds no lab"), "{error}");
    let error = Lab::open(dir.path()).unwrap_err();
    assert!(error.message().starts_with("there is no lab in"), "{error}");
}

#[test]
fn a_path_that_sshd_cannot_read_is_refused() {
    let dir = TempDir::new().unwrap();
    let error = settle(&dir.path().join("100%")).unwrap_err();
    assert!(error.message().starts_with("the lab cannot be kept in"), "{error}");
}

#[test]
fn an_unknown_host_is_told_with_the_known_ones() {
    let error = Host::named("worker-9").unwrap_err();
    assert_eq!(error.message(), "the lab has no host `worker-9`");
    assert_eq!(error.help(), Some("its hosts are cm3, builder, worker-1, worker-2"));
}
