//! The remote shell under every POSIX shell that is installed here.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use super::super::local::Local;
use super::super::local::tests::endpoint;
use super::super::{Command, Connector as _, Host, Sink, Stream, TransportError};

/// The shells to test, where they are installed; `sh` always is.
const SHELLS: &[&[&str]] = &[&["sh"], &["dash"], &["busybox", "sh"], &["bash"], &["bash", "--posix"]];

/// Keeps all output.
#[derive(Default)]
pub(in crate::transport) struct Output {
    pub(in crate::transport) stdout: Vec<u8>,
    pub(in crate::transport) stderr: Vec<u8>,
}

impl Sink for Output {
    fn data(&mut self, stream: Stream, bytes: &[u8]) {
        match stream {
            Stream::Stdout => self.stdout.extend_from_slice(bytes),
            Stream::Stderr => self.stderr.extend_from_slice(bytes),
        }
    }
}

/// Runs a test on a host with each shell, all at a time.
async fn each(test: impl AsyncFn(&str, &dyn Host) + Copy + 'static) {
    let (tasks, mut running) = (LocalSet::new(), Vec::new());
    for shell in SHELLS {
        let there = std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|p| p.join(shell[0]).exists());
        if there {
            running.push(tasks.spawn_local(async move {
                let host = Local::with_shell(shell.iter().copied()).connect(&endpoint()).await.unwrap();
                test(&shell.join(" "), &*host).await;
                host.close().await;
            }));
        }
    }
    tasks.await;
    for task in running {
        task.await.unwrap();
    }
}

pub(in crate::transport) async fn run(host: &dyn Host, command: &Command) -> (i32, String, String) {
    let mut output = Output::default();
    let exit = timeout(Duration::from_secs(20), host.run(command, &mut output)).await.expect("it ends").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (exit.code, text(output.stdout), text(output.stderr))
}

async fn says(host: &dyn Host, script: &str) -> String {
    run(host, &Command::new(script)).await.1
}

/// Whether a process is there and no zombie.
pub(in crate::transport) fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

async fn until(shell: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "{shell}: still waiting");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Starts a command, waits until it has printed a line of pids, and drops it.
pub(in crate::transport) async fn start_and_drop(host: &dyn Host, script: &str) -> Vec<String> {
    struct Line(tokio::sync::watch::Sender<String>);
    impl Sink for Line {
        fn data(&mut self, _: Stream, bytes: &[u8]) {
            self.0.send_modify(|line| line.push_str(&String::from_utf8_lossy(bytes)));
        }
    }
    let (sender, mut line) = tokio::sync::watch::channel(String::new());
    let (command, mut sink) = (Command::new(script), Line(sender));
    let whole = async { line.wait_for(|line| line.ends_with('\n')).await.unwrap().clone() };
    let line = tokio::select! {
        exit = host.run(&command, &mut sink) => panic!("{script}: {exit:?}"),
        line = whole => line,
        () = sleep(Duration::from_secs(20)) => panic!("{script}: no line"),
    };
    line.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn exit_statuses_are_exact() {
    each(async |shell, host| {
        let table = [
            ("true", 0),
            ("false", 1),
            ("exit 127", 127),
            ("exit 255", 255),
            ("(exit 3)", 3),
            ("set -e; false; exit 7", 1),
            ("sh -c 'kill -TERM $$'", 143),
            ("kill -TERM $$", 143),
            ("kill -KILL $$", 137),
            // Not HUP or INT: a test run by `nohup` or in the background has them ignored, and so have its children.
            ("exec sh -c 'kill -USR1 $$'", 138),
            ("no-such-program-is-there", 127),
            ("trap 'exit 9' EXIT; exit 4", 9),
            ("sh -c 'kill -USR2 $$'", 140),
            ("yes | head -n 1 >/dev/null", 0),
            ("exec true", 0),
            ("# nothing", 0),
            ("", 0),
        ];
        for (script, code) in table {
            assert_eq!(run(host, &Command::new(script)).await.0, code, "{shell}: {script}");
        }
        assert_ne!(run(host, &Command::new("if then")).await.0, 0, "{shell}: a syntax error");
        assert_eq!(says(host, "echo still here").await, "still here\n", "{shell}");
    })
    .await;
}

#[tokio::test]
async fn outputs_are_separate_and_unchanged() {
    each(async |shell, host| {
        let (code, stdout, stderr) = run(host, &Command::new("printf out; printf err >&2")).await;
        assert_eq!((code, &*stdout, &*stderr), (0, "out", "err"), "{shell}");
        let mut binary = Output::default();
        let all = "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i + 1)); done";
        host.run(&Command::new(all), &mut binary).await.unwrap();
        assert_eq!(binary.stdout, (0..=255).collect::<Vec<u8>>(), "{shell}");
        assert_eq!(says(host, "printf '\\036'").await, "\u{1e}", "{shell}");
        let multi = "cat <<'EOF'\n  two\n$lines \\n\nEOF\necho end";
        assert_eq!(says(host, multi).await, "  two\n$lines \\n\nend\n", "{shell}");
    })
    .await;
}

#[tokio::test]
async fn a_command_does_not_see_the_loop_around_it() {
    each(async |shell, host| {
        let files = "ls /proc/self/fd";
        let plain = std::process::Command::new("sh").args(["-c", files]).output().unwrap();
        let plain = String::from_utf8(plain.stdout).unwrap();
        assert_eq!(says(host, files).await, plain, "{shell}: open files");
        let shown = says(host, "a=1; cd /; echo \"[$#]\"; read x; echo \"[$x]\"; exec 9>&1").await;
        assert_eq!(shown, "[0]\n[]\n", "{shell}");
        let variables = says(host, "set; env").await;
        let long_hex = |word: &str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(!variables.split(['\'', '=', '\n', '"']).any(long_hex), "{shell}: {variables}");
        assert_eq!(says(host, "echo \"[$a]\"").await, "[]\n", "{shell}");
        let own = says(host, "echo $$; sh -c 'echo $PPID'").await;
        let (one, other) = own.trim().split_once('\n').unwrap();
        assert_eq!(one, other, "{shell}: $$ is the command's own shell");
    })
    .await;
}

#[tokio::test]
async fn directory_variables_and_input_are_applied_as_they_are() {
    each(async |shell, host| {
        let directory = tempfile::tempdir().unwrap();
        let odd = directory.path().join("-it's \"$HOME\" `x`");
        std::fs::create_dir(&odd).unwrap();
        let mut command = Command::new("printf '%s|' \"$(pwd)\" \"$A\"; cat");
        command.cwd = Some(odd.to_str().unwrap().to_owned());
        command.env = vec![("A".into(), "1 'two'\n$three\\n".into())];
        command.stdin = Some((0..=255).cycle().take(1000).collect());
        for own in ["", "; : $$"] {
            let command = Command { script: format!("{}{own}", command.script), ..command.clone() };
            let mut output = Output::default();
            assert_eq!(host.run(&command, &mut output).await.unwrap().code, 0, "{shell}{own}");
            let mut expected = format!("{}|1 'two'\n$three\\n|", odd.display()).into_bytes();
            expected.extend(command.stdin.as_deref().unwrap());
            assert_eq!(output.stdout, expected, "{shell}{own}");
        }
        command.cwd = Some("/none".into());
        assert_ne!(run(host, &command).await.0, 0, "{shell}");
    })
    .await;
}

#[tokio::test]
async fn unread_input_does_not_matter() {
    each(async |shell, host| {
        let command = Command { stdin: Some(vec![b'x'; 70_000]), ..Command::new("exit 5") };
        assert_eq!(run(host, &command).await.0, 5, "{shell}");
    })
    .await;
}

#[tokio::test]
async fn secrets_are_on_no_command_line() {
    each(async |shell, host| {
        for script in ["cat /proc/[0-9]*/cmdline; sh -c 'cat /proc/[0-9]*/cmdline'", "cat /proc/[0-9]*/cmdline; : $$"] {
            let mut command = Command::new(format!("{{ {script}; }} 2>/dev/null"));
            let secret = format!("hush-{}", super::nonce().unwrap());
            command.env = vec![("TOKEN".into(), secret.clone())];
            command.stdin = Some(secret.clone().into_bytes());
            let mut output = Output::default();
            host.run(&command, &mut output).await.unwrap();
            let shown = String::from_utf8_lossy(&output.stdout);
            assert!(!output.stdout.is_empty() && !shown.contains(&secret), "{shell}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_hundred_megabytes_pass_in_small_parts() {
    struct Count(u64, usize);
    impl Sink for Count {
        fn data(&mut self, _: Stream, bytes: &[u8]) {
            assert!(bytes.iter().all(|byte| *byte == 0) || bytes.len() < 3);
            self.0 += bytes.len() as u64;
            self.1 = self.1.max(bytes.len());
        }
    }
    let host = Local::new().connect(&endpoint()).await.unwrap();
    let mut count = Count(0, 0);
    host.run(&Command::new("head -c 104857600 /dev/zero"), &mut count).await.unwrap();
    assert_eq!(count.0, 104_857_600);
    assert!(count.1 <= super::CHUNK);
    host.close().await;
}

#[tokio::test]
async fn a_daemon_that_keeps_the_output_open_is_not_waited_for() {
    each(async |shell, host| {
        let pid = says(host, "sleep 1000 & echo $!").await.trim().to_owned();
        assert!(lives(&pid), "{shell}");
        // Ending a later command leaves it alone.
        sleep(Duration::from_millis(20)).await;
        let later = start_and_drop(host, "sleep 1000 & echo $!; wait").await;
        assert_eq!(says(host, "echo next").await, "next\n", "{shell}");
        assert!(lives(&pid) && !lives(&later[0]), "{shell}");
        assert_eq!(says(host, &format!("kill {pid}; echo killed")).await, "killed\n", "{shell}");
    })
    .await;
}

#[tokio::test]
async fn dropping_a_command_ends_all_its_processes() {
    const SCRIPTS: &[&str] = &[
        "sleep 1000 & echo $! $$; wait",
        "sh -c 'sleep 1000 & echo $! $$'; sleep 1000",
        "timeout 1000 sh -c 'sleep 1000 & echo $! $$; wait'",
        "setsid -w sh -c 'sleep 1000 & echo $! $$; wait'",
        "trap '' TERM; sh -c 'sleep 1000 & echo $! $$; wait; sleep 1000'; sleep 1000",
    ];
    each(async |shell, host| {
        for script in SCRIPTS {
            let start = Instant::now();
            let pids = start_and_drop(host, script).await;
            assert!(!pids.is_empty());
            // The next command waits until the one before is gone.
            assert_eq!(says(host, "echo next").await, "next\n", "{shell}: {script}");
            for pid in pids {
                assert!(!lives(&pid), "{shell}: {script}: {pid} still lives after {:?}", start.elapsed());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_command_dropped_as_soon_as_it_is_sent_is_gone_too() {
    each(async |shell, host| {
        let file = tempfile::NamedTempFile::new().unwrap();
        let script = format!("echo $$ >>{}; exec sleep 1000", file.path().display());
        for patience in [0, 0, 1, 2, 4] {
            let (command, mut output) = (Command::new(script.clone()), Output::default());
            let _ = timeout(Duration::from_millis(patience), host.run(&command, &mut output)).await;
        }
        assert_eq!(says(host, "echo next").await, "next\n", "{shell}");
        let pids = std::fs::read_to_string(file.path()).unwrap();
        assert!(!pids.split_whitespace().any(lives), "{shell}: {pids}");
    })
    .await;
}

#[tokio::test]
async fn closing_ends_what_runs_and_the_loop() {
    each(async |shell, host| {
        let mut pids: Vec<String> = says(host, "IFS=' ' read -r _ _ _ parent _ </proc/self/stat; echo $PPID $parent")
            .await
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        pids.extend(start_and_drop(host, "sleep 1000 & echo $!; wait").await);
        host.close().await;
        until(shell, || !pids.iter().any(|pid| lives(pid))).await;
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_connection_ends_what_runs() {
    each(async |shell, _| {
        let words: Vec<&str> = shell.split(' ').chain(["-c", super::BOOTSTRAP]).collect();
        for script in ["sleep 1000 & echo $!; wait", "(trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000)"] {
            let mut child = std::process::Command::new("setsid")
                .args(&words)
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            let mut stdin = child.stdin.take().unwrap();
            let message = super::script::message("n", &Command::new(script)).unwrap();
            std::io::Write::write_all(&mut stdin, &super::greeting("n", &super::bare_loop())).unwrap();
            std::io::Write::write_all(&mut stdin, &message).unwrap();
            let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
            let pid = std::io::BufRead::lines(stdout).map(Result::unwrap).find(|line| !line.contains("hello")).unwrap();
            assert!(lives(&pid), "{shell}");
            drop(stdin);
            until(shell, || !lives(&pid)).await;
            child.wait().unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_signal_to_the_whole_group_spares_the_loop() {
    each(async |shell, host| {
        for signal in ["TERM", "USR1", "USR2", "ALRM"] {
            let (code, ..) = run(host, &Command::new(format!("kill -{signal} 0; sleep 1000"))).await;
            assert!(code > 128, "{shell}: {signal}: {code}");
        }
        assert_eq!(says(host, "echo still here").await, "still here\n", "{shell}");
    })
    .await;
}

#[tokio::test]
async fn a_shell_that_was_killed_is_started_anew() {
    each(async |shell, host| {
        let (command, mut output) = (Command::new("kill -KILL 0"), Output::default());
        let error = host.run(&command, &mut output).await.unwrap_err();
        assert!(matches!(error, TransportError::Lost { .. }), "{shell}: {error}");
        assert_eq!(says(host, "echo anew").await, "anew\n", "{shell}");
    })
    .await;
}

/// A host that is out of memory kills one process, and the others hold the outputs open.
#[tokio::test]
async fn a_part_of_the_loop_that_is_killed_alone_is_missed() {
    const WORKER: &str = "IFS=' ' read -r _ _ _ victim _ </proc/self/stat";
    const ABOVE: &str = "IFS=' ' read -r _ _ _ worker _ </proc/self/stat; \
                         IFS=' ' read -r _ _ _ victim _ </proc/$worker/stat";
    each(async |shell, host| {
        let started = tempfile::NamedTempFile::new().unwrap();
        for part in [WORKER, ABOVE] {
            let script = format!(
                "{part}; sleep 1000 & echo $! >{}; (sleep 0.1; kill -KILL $victim) & wait; sleep 1000",
                started.path().display()
            );
            let (command, mut output) = (Command::new(script), Output::default());
            let answer = timeout(Duration::from_secs(40), host.run(&command, &mut output)).await;
            let answer = answer.unwrap_or_else(|_| panic!("{shell}: {part}: waits for ever"));
            let pid = std::fs::read_to_string(started.path()).unwrap();
            until(shell, || !lives(pid.trim())).await;
            // Without the shell above, the worker may still say that the command was ended.
            if part == WORKER {
                let error = answer.unwrap_err();
                assert!(matches!(error, TransportError::Lost { .. }), "{shell}: {part}: {error}");
                assert_eq!(says(host, "echo anew").await, "anew\n", "{shell}: {part}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_login_shell_prints_is_no_output() {
    let noisy = "echo noise; echo noise >&2; exec sh \"$@\"";
    let host = Local::with_shell(["sh", "-c", noisy, "sh"]).connect(&endpoint()).await.unwrap();
    assert_eq!(run(&*host, &Command::new("echo a; echo b >&2")).await, (0, "a\n".into(), "b\n".into()));
    host.close().await;
}

#[tokio::test]
async fn a_program_that_is_no_shell_is_quoted() {
    let closed = "echo this account; echo is closed >&2; exit 1";
    let host = Local::with_shell(["sh", "-c", closed]).connect(&endpoint()).await.unwrap();
    let error = host.run(&Command::new("true"), &mut Output::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "`here`: the shell did not start: this account\nis closed");
    let host = Local::with_shell(["/no/shell"]).connect(&endpoint()).await.unwrap();
    assert!(host.run(&Command::new("true"), &mut Output::default()).await.is_err());
}
