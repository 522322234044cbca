//! The runner against real hosts: the lab's sshds and distccds, through the program as users start it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use flowrun::lab::{Lab, Options};
use tempfile::TempDir;

/// A lab of the test's own, gone at its end.
pub(crate) struct Cluster {
    lab: Option<Lab>,
    dir: TempDir,
}

/// What a run of the program left.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Cluster {
    fn new() -> Self {
        // Tests run side by side, each on addresses of its own.
        static NEXT: AtomicU8 = AtomicU8::new(40);
        Cluster::made(Options { subnet: NEXT.fetch_add(1, Ordering::Relaxed), ..Options::default() })
    }

    /// A lab whose hosts are off.
    pub(crate) fn made(options: Options) -> Self {
        let dir = tempfile::Builder::new().prefix("fl-").tempdir_in("/tmp").unwrap();
        let options = Options { program: Some(PathBuf::from(env!("CARGO_BIN_EXE_flowrun"))), ..options };
        let lab = Lab::create(&dir.path().join("lab"), &options).unwrap();
        Cluster { lab: Some(lab), dir }
    }

    pub(crate) fn booted() -> Self {
        let cluster = Cluster::new();
        for host in cluster.lab().hosts() {
            cluster.lab().power_on(host).unwrap();
        }
        cluster
    }

    pub(crate) fn lab(&self) -> &Lab {
        self.lab.as_ref().unwrap()
    }

    /// A lab with these of its hosts switched on.
    pub(crate) fn with(hosts: &[&str]) -> Self {
        let cluster = Cluster::new();
        for host in hosts {
            cluster.lab().power_on(host).unwrap();
        }
        cluster
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Changes the text of the lab's inventory, or of another of its files.
    fn edit(&self, path: &Path, change: impl Fn(&str) -> String) {
        let text = std::fs::read_to_string(path).unwrap();
        let changed = change(&text);
        assert_ne!(text, changed, "the edit changes nothing");
        std::fs::write(path, changed).unwrap();
    }

    pub(crate) fn command(&self, workflow: &Path, more: &[&str]) -> Command {
        let mut command = program(self.dir.path());
        command.arg(workflow).arg("-i").arg(self.lab().inventory()).args(more);
        command
    }

    pub(crate) fn flowrun(&self, workflow: &Path, more: &[&str]) -> Run {
        Run::of(self.command(workflow, more).output().unwrap())
    }

    fn run(&self, text: &str) -> Run {
        self.flowrun(&self.write("test.flow", text), &[])
    }

    pub(crate) fn kernel_flow(&self, more: &[&str]) -> Run {
        self.flow("workflows/kernel.flow", more)
    }

    /// A shipped workflow with the lab's inputs.
    pub(crate) fn flow(&self, workflow: &str, more: &[&str]) -> Run {
        let inputs = self.lab().inputs();
        let mut arguments = vec!["--inputs", inputs.to_str().unwrap()];
        arguments.extend(more);
        self.flowrun(Path::new(workflow), &arguments)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(lab) = self.lab.take() {
            let gone = lab.destroy();
            if !std::thread::panicking() {
                gone.unwrap();
            }
        }
    }
}

impl Run {
    pub(crate) fn of(output: Output) -> Run {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        Run { code: output.status.code().unwrap_or(-1), text }
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32, says: &[&str]) -> Run {
        assert_eq!(self.code, code, "{}", self.text);
        for words in says {
            assert!(self.text.contains(words), "does not say {words:?}:\n{}", self.text);
        }
        self
    }

    #[track_caller]
    pub(crate) fn does_not_say(self, words: &str) -> Run {
        assert!(!self.text.contains(words), "says {words:?}:\n{}", self.text);
        self
    }
}

/// The program as users start it, in an environment of its own.
pub(crate) fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowrun"));
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .env("HOME", home)
        .stdin(Stdio::null());
    command
}

/// Whether a process of this command line runs; one that has ended and is not yet collected does not.
fn runs(marker: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).replace('\0', " ").contains(marker)
    })
}

#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_build_on_the_cm3_is_refused_before_any_connection() {
    let cluster = Cluster::booted();
    let kernel = std::fs::read_to_string("workflows/kernel.flow").unwrap();
    let stage = "stage kernel-build on builder, x86_64 only";
    let variants = [
        kernel.replace(stage, "stage kernel-build on cm3 only"),
        kernel.replace(stage, "stage kernel-build on all"),
        kernel.replace(stage, "stage kernel-build on cm3 or x86_64"),
        kernel.replace("host builder = x86_64 and group(builders)", "host builder = group(builders)"),
    ];
    for variant in variants {
        assert_ne!(variant, kernel);
        let workflow = cluster.write("kernel.flow", &variant);
        let run =
            cluster.flowrun(&workflow, &[]).ends(3, &["error[E0302]", "kernel.build → kernel.make → program `make`"]);
        run.does_not_say("── power-on");
    }
    for host in ["cm3", "builder"] {
        let log = std::fs::read_to_string(cluster.lab().dir().join(format!("hosts/{host}/sshd.log"))).unwrap();
        assert!(!log.contains("Accepted"), "{host} was connected:\n{log}");
    }
}

#[test]
fn hosts_are_booted_changed_once_and_then_left_alone() {
    let cluster = Cluster::new();
    let text = r#"
use std/power

stage boot on all {
    power.on(timeout: 30s)
    ensure "a file is there" {
        file-exists("~/made")
    } else {
        write-file("~/made", "by {{ here.name }}\n", mode: "600")
    }
}

stage read on cm3 -> Str {
    return trim(read-file("~/made"))
}

stage show on builder-host {
    print "it says {{ read }} on {{ here.arch }}"
}

host builder-host = group(builders)
host the-cm3 = cm3
"#;
    cluster.run(text).ends(
        0,
        &["changed: worker-1 answers over ssh", "it says by cm3 on x86_64", "worker-1  ok 0    changed 2   failed 0"],
    );
    cluster.run(text).ends(0, &["ok: worker-1 answers over ssh", "worker-1  ok 2    changed 0   failed 0"]);
}

#[test]
fn a_failed_command_names_host_step_and_output_and_nothing_further_starts() {
    let cluster = Cluster::booted();
    let run = cluster.run(
        r#"
stage first on group(builders) {
    sh "echo to the log; echo oh no >&2; exit 7"
}

stage second on all {
    print "never"
}
"#,
    );
    run.ends(
        1,
        &[
            "error[R0803]: the command failed on builder with exit status 7",
            "test.flow:3:5",
            "oh no",
            "second  not run",
        ],
    )
    .does_not_say("never");
}

#[test]
fn statuses_are_exact_and_try_takes_any() {
    let cluster = Cluster::booted();
    let run = cluster.run(
        r#"
stage one on cm3 {
    for code in [0, 1, 126, 127, 137, 255] {
        let output = try sh "echo out; exit {{ code }}"
        assert output.code == code, "{{ code }} came as {{ output.code }}"
    }
    let missing = try sh "no-such-program-here"  # allow(W0701)
    print "missing: {{ missing.code }}"
    let killed = try sh "kill -9 $$"
    print "killed: {{ killed.code }}"
}
"#,
    );
    run.ends(0, &["missing: 127", "killed: 137"]);
}

#[test]
fn values_reach_the_shell_as_single_words() {
    let cluster = Cluster::booted();
    let run = cluster.run(
        r#"
input odd: Str = "a b'c\"d$(touch /tmp/flowrun-injected)`id`;&|*\\ \t{}~"

stage one on cm3 {
    let bare = sh("printf %s {{ odd }}").stdout
    let quoted = sh("printf %s \"{{ odd }}\"").stdout
    let single = sh("printf %s '{{ odd }}'").stdout
    assert bare == odd and quoted == odd and single == odd, "it was changed on the way"
    let words = sh("printf '<%s>' {{ [odd, "", "x"] }}").stdout
    assert words == "<{{ odd }}><><x>", "the list was changed on the way"
    let read = sh("cat", stdin: odd).stdout
    let variable = sh("printf %s \"$ODD\"", env: { ODD: odd }).stdout
    assert read == odd and variable == odd, "it was changed on the way"
    assert not file-exists("/tmp/flowrun-injected"), "a value was run as code"
    try {
        sh "timeout {{ "--help" }} true"
    } rescue problem {
        print problem
    }
}
"#,
    );
    run.ends(0, &["would be read as an option here"]);
}

#[test]
fn an_unreachable_host_is_named_with_a_remedy() {
    let cluster = Cluster::booted();
    cluster.lab().power_off("worker-2").unwrap();
    let run =
        cluster.run("stage one on group(distcc) {\n    sh \"true\"\n}\n\nstage two on cm3 {\n    print \"never\"\n}\n");
    run.ends(4, &["error[R0802]", "worker-2", "help: "]).does_not_say("never");
}

#[test]
fn a_wrong_host_key_stops_the_run_at_once() {
    let cluster = Cluster::booted();
    let known = cluster.lab().dir().join("known_hosts");
    let text = std::fs::read_to_string(&known).unwrap();
    let line = |host: usize| text.lines().nth(host).unwrap().split_once(' ').unwrap();
    // cm3 is known by the key of another host.
    let forged = text.replace(line(0).1, line(1).1);
    assert_ne!(text, forged);
    std::fs::write(&known, forged).unwrap();
    let started = Instant::now();
    let run = cluster.run("use std/power\n\nstage one on cm3 {\n    power.on(timeout: 10m)\n}\n");
    run.ends(4, &["error[R0802]", "cm3", "key"]);
    assert!(started.elapsed() < Duration::from_secs(60), "a wrong key is waited for");
}

#[test]
fn facts_that_contradict_the_inventory_stop_the_run_before_the_first_stage() {
    let cluster = Cluster::booted();
    let stages = "stage one on all {\n    print \"never\"\n}\n";
    let inventory = cluster.lab().inventory();
    let original = std::fs::read_to_string(&inventory).unwrap();

    cluster.edit(&inventory, |text| text.replacen("arch: x86_64", "arch: aarch64", 1));
    cluster
        .run(stages)
        .ends(1, &["error[R0801]", "arch: the inventory says aarch64, measured is x86_64"])
        .does_not_say("never");

    std::fs::write(&inventory, original.replace("mem: 1GiB", "mem: 512MiB")).unwrap();
    cluster
        .run(stages)
        .ends(1, &["error[R0801]", "mem: the inventory says 512 MiB, measured is 1 GiB"])
        .does_not_say("never");

    // A builder that is declared as a CM3+ is found out by its memory, whatever the inventory says.
    std::fs::write(&inventory, original.replacen("  builder:\n", "  builder:\n    class: cm3\n", 1)).unwrap();
    cluster.run(stages).ends(3, &["error[E0602]"]);
}

#[test]
fn much_odd_and_no_output_does_no_harm() {
    let cluster = Cluster::booted();
    let run = cluster.run(
        r#"
stage one on cm3 {
    sh "head -c 100000000 /dev/zero | tr '\\0' x"
    sh "head -c 300000 /dev/urandom | tr -d x; printf 'no end'"
    let long = sh("head -c 1000000 /dev/zero | tr '\\0' y").stdout
    assert starts-with(long, "yyy") and not contains(long, "x"), "another command's output"
    sh "(sleep 60 &) ; echo a daemon holds the output"
    try {
        let all = sh("head -c 30000000 /dev/zero | tr '\\0' z").stdout
        print all
    } rescue error {
        print error
    }
    print "done with it"
}
"#,
    );
    let run = run.ends(0, &["done with it", "is larger than 16 MiB", "no end", "a daemon holds the output"]);
    let exes =
        run.text.lines().filter(|line| line.contains("xxx")).map(|line| line.matches('x').count()).sum::<usize>();
    assert_eq!(exes, 100_000_000);
}

#[test]
fn what_takes_too_long_is_ended_on_the_host() {
    let cluster = Cluster::booted();
    let run = cluster.run("stage one on cm3 {\n    sh(\"sleep 7331\", timeout: 1s)\n}\n");
    run.ends(1, &["error[R0804]: timed out on cm3 after 1s"]);
    wait_until("the end of the command", || !runs("sleep 7331"));
}

#[test]
fn an_interrupt_ends_the_command_runs_finally_and_leaves_nothing() {
    let cluster = Cluster::booted();
    let workflow = cluster.write(
        "test.flow",
        "stage one on cm3 {\n    sh \"sleep 7332\"\n} finally {\n    sh \"echo last words\"\n}\n\nstage two on cm3 {\n    print \"never\"\n}\n",
    );
    let child = cluster.command(&workflow, &[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the command", || runs("sleep 7332"));
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    run.ends(130, &["cancelled", "last words", "two  not run"]).does_not_say("never");
    wait_until("the end of the command", || !runs("sleep 7332"));
}

#[test]
fn a_killed_flowrun_leaves_no_command_behind() {
    let cluster = Cluster::booted();
    let workflow = cluster.write("test.flow", "stage one on cm3 {\n    sh \"sleep 7333\"\n}\n");
    let mut child = cluster.command(&workflow, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the command", || runs("sleep 7333"));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the end of the command", || !runs("sleep 7333"));
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let cluster = Cluster::booted();
    let text = r#"
stage one on cm3 {
    sh "touch $HOME/by-command"
    ensure "a file is there" {
        file-exists("~/made")
    } else {
        write-file("~/made", "text")
    }
    ensure "the home is there" {
        sh "test -d $HOME"
    }
    let seen = sh("uname -m").stdout
    print "it is {{ trim(seen) }}"
}
"#;
    let workflow = cluster.write("test.flow", text);
    let run = cluster.flowrun(&workflow, &["--dry-run"]);
    run.ends(0, &["would change: a file is there", "ok: the home is there", "it is aarch64"]);
    let home = cluster.lab().dir().join("hosts/cm3/home");
    assert!(!home.join("by-command").exists() && !home.join("made").exists());
}

#[test]
fn stages_rescue_retry_and_tolerate() {
    let cluster = Cluster::booted();
    let run = cluster.run(
        r#"
stage tolerant on group(distcc) tolerate 1 at-once 1 {
    if here.name == "worker-1" {
        fail "this one does not work"
    }
    print "went on"
}

stage patient on cm3 {
    sh "rm -f tries"
    retry 5 every 50ms {
        sh "echo x >> tries; test $(wc -l < tries) -ge 3"
    }
    print "tried {{ len(lines(read-file("~/tries"))) }} times"
    try {
        timeout 200ms {
            sh "sleep 30"
        }
    } rescue error {
        print "rescued: {{ error }}"
    }
}
"#,
    );
    run.ends(0, &["worker-2 │ went on", "tried 3 times", "rescued: timed out on cm3 after 200ms"]);
}

#[test]
fn files_and_sockets_cross_from_host_to_host() {
    let cluster = Cluster::booted();
    let run = cluster.run(
        r#"
host the-cm3 = cm3
host the-builder = group(builders)

stage make on the-cm3 -> File {
    return write-file("~/image", "0123456789")
}

stage listen on the-cm3 after make -> Socket {
    sh """
        cd || exit 1
        rm -f asked.sock
        cat > serve.py <<'END'
        import socket
        server = socket.socket(socket.AF_UNIX)
        server.bind("asked.sock")
        server.listen()
        peer, _ = server.accept()
        peer.sendall(b"hello from " + peer.recv(100))
        peer.close()
        END
        sed -i 's/^ *//' serve.py
        setsid /usr/bin/python3 serve.py </dev/null >/dev/null 2>&1 &
        while ! [ -S asked.sock ]; do sleep 0.05; done
        """
    return socket-at(trim(sh("echo $HOME/asked.sock").stdout))
}

program "python3" does change

stage use on the-builder {
    let file = copy(make, to: "~/image")
    assert read-file("~/image") == "0123456789", "the file was changed on the way"
    print "{{ file.host }} has it"
    let socket = forward(listen)
    let answer = sh("/usr/bin/python3 - {{ socket }}", stdin: """
        import socket, sys
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[1])
        s.sendall(b"builder")
        print(s.recv(100).decode())
        """).stdout
    print answer
}
"#,
    );
    run.ends(0, &["builder has it", "hello from builder"]);
}

#[test]
fn a_worker_without_distccd_is_named_with_the_remedy() {
    let cluster = Cluster::booted();
    let ssh = Command::new("ssh")
        .arg("-F")
        .arg(cluster.lab().ssh_config())
        .args(["worker-2", "systemctl stop distccd"])
        .status()
        .unwrap();
    assert!(ssh.success());
    let run = cluster.kernel_flow(&[]);
    run.ends(
        1,
        &[
            "distccd is not active on worker-2",
            "systemctl start distccd",
            "distcc.active()",
            "pump-preflight          not run",
        ],
    );
}

#[test]
fn a_hostfile_that_is_missing_malformed_or_other_stops_at_validation() {
    let cluster = Cluster::booted();
    let inputs = std::fs::read_to_string(cluster.lab().inputs()).unwrap();
    let manifest = inputs.lines().find_map(|line| line.strip_prefix("manifest: ")).unwrap().to_owned();
    let cases: [(Option<&str>, &[&str]); 5] = [
        (None, &["no distcc hostfile at", "on cm3"]),
        (Some("- host: worker-1\n  slots: many\n"), &["expected `Int`, found text at `[0].slots` in line 2"]),
        (Some("- [oops\n"), &["the text is no YAML"]),
        (Some("- host: worker-1\n- host: worker-2\n- host: worker-9\n"), &["the inventory does not have worker-9"]),
        (Some("- host: worker-1\n"), &["the hostfile does not have worker-2"]),
    ];
    for (text, says) in cases {
        match text {
            Some(text) => std::fs::write(&manifest, text).unwrap(),
            None => std::fs::remove_file(&manifest).unwrap(),
        }
        let run = cluster.kernel_flow(&[]).ends(1, says);
        run.ends(1, &["pump-preflight          not run", "post-power-on-validate  failed"]);
    }
}

#[test]
fn a_run_that_begins_in_the_middle_says_what_is_missing() {
    let cluster = Cluster::booted();
    let run = cluster.kernel_flow(&["--from", "kernel-build"]);
    run.ends(3, &["stage `kernel-build` needs the value of stage `pump-start`", "run it too: `--from pump-start`"]);
    let run = cluster.run(
        "host c = cm3\n\ncondition made on c {\n    file-exists(\"~/made\")\n}\n\nstage first on c leaves made -> Str {\n    \
         write-file(\"~/made\", \"\")\n    return \"x\"\n}\n\nstage second on c expects made {\n    print first\n}\n\n\
         stage third on c expects made {\n    sh \"rm ~/made\"\n}\n",
    );
    run.ends(0, &["│ x"]);
    let workflow = cluster.path("test.flow");
    let run = cluster.flowrun(&workflow, &["--stage", "second"]);
    run.ends(3, &["stage `second` needs the value of stage `first`", "--stage first --stage second"]);
    let run = cluster.flowrun(&workflow, &["--from", "third"]);
    run.ends(1, &["error[R0805]: stage `third` expects `made`, and it does not hold on cm3"]);
}

/// What is proved from the text or said by the inventory is refused before a connection is opened.
#[test]
fn a_need_that_is_declared_otherwise_and_a_value_of_another_host_are_refused_unconnected() {
    let cluster = Cluster::new();
    let run = cluster.run(
        "task link() needs mem >= 2GiB {\n    print \"linked\"\n}\n\nstage one on not group(distcc) {\n    link()\n}\n",
    );
    run.ends(3, &["error[E0303]: `link` needs `mem >= 2GiB`, and `cm3` of this place is declared otherwise"]);
    let run = cluster.run(
        r#"
host c = cm3
host b = group(builders)

stage make on c -> File {
    return write-file("~/made", "x")
}

stage use on b {
    sh "cat {{ make }}"
}
"#,
    );
    run.ends(
        3,
        &["error[E0308]: the file of stage `make` is on `c`, and it is used on `b`", "`copy(make, to: \"…\")`"],
    );
}

#[test]
fn a_secret_reaches_the_host_and_no_screen() {
    let cluster = Cluster::booted();
    let workflow = cluster.write(
        "test.flow",
        r#"
input token: Secret = env("TOKEN")

stage one on cm3 {
    sh("echo it is $TOKEN; cat", env: { TOKEN: token }, stdin: token)
    let seen = sh("cat", stdin: token).stdout
    print "printed: {{ seen }}"
    sh("echo $TOKEN >&2; exit 1", env: { TOKEN: token })
}
"#,
    );
    let run = Run::of(cluster.command(&workflow, &[]).env("TOKEN", "hunter2-x").output().unwrap());
    run.ends(1, &["it is ***", "printed: ***"]).does_not_say("hunter2");
    let workflow = cluster.write(
        "test.flow",
        r#"
input token: Secret = env("TOKEN")

stage one on cm3 {
    let seen = sh("cat", stdin: token).stdout
    ensure "the goal {{ seen }}" {
        sh "true"
    }
    fail "it was {{ seen }}"
}
"#,
    );
    let run = Run::of(cluster.command(&workflow, &[]).env("TOKEN", "hunter2-x").output().unwrap());
    run.ends(1, &["ok: the goal ***", "it was ***"]).does_not_say("hunter2");
}
