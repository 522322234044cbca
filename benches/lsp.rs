//! How long it takes from a key to its diagnostics, over the real protocol: `cargo bench --bench lsp`.
//!
//! A statement is typed into a stage in the middle of a workflow, a character at a time, in each of several stages. From
//! `didChange` to the `publishDiagnostics` of that version is what is measured, transport included. What the server's threads
//! had of a processor meanwhile is told too: that does not grow on a machine that does other things.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and one that cannot go on has failed"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

mod generated;

use generated::workflow;

const INVENTORY: &str = "hosts:\n  cm3: { class: cm3, arch: aarch64, mem: 1GiB, groups: [orchestrators] }\n  \
    x86: { arch: x86_64, mem: 32GiB, groups: [builders] }\n  worker-1: { arch: x86_64, mem: 8GiB, groups: [distcc] }\n";

/// What is typed.
const STATEMENT: &str =
    "    let answer = try sh(\"systemctl is-active {{ unit }}\", timeout: 5s)\n    assert answer.ok, \"no\"\n";

fn main() {
    // `cargo test --benches` only wants to know whether it is there.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    println!("milliseconds from a key to its diagnostics");
    println!("   lines     keys      first     median       95 %       most   mean CPU");
    for lines in [200, 2_000, 20_000] {
        measure(lines, if lines > 10_000 { 100 } else { 200 });
    }
}

fn measure(lines: usize, keys: usize) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yml"), INVENTORY).unwrap();
    let text = workflow(lines);
    let path = folder.path().join("main.flow");
    std::fs::write(&path, &text).unwrap();
    let uri = format!("file://{}", path.display());
    let mut server = Server::start();
    let opened = Instant::now();
    let document = json!({ "uri": uri, "languageId": "flow", "version": 0, "text": text });
    server.tell("textDocument/didOpen", json!({ "textDocument": document }));
    server.diagnostics(0);
    let first = opened.elapsed();
    let mut times = Vec::new();
    let stages: Vec<usize> =
        text.lines().enumerate().filter(|(_, line)| line.starts_with("stage ")).map(|(at, _)| at).collect();
    let used = server.cpu();
    let (mut typed, mut line, mut column) = (STATEMENT.chars(), stages[stages.len() / 2] + 1, 0);
    let mut turn = 0;
    for version in 1..=keys {
        let key = match typed.next() {
            Some(key) => key,
            None => {
                turn += 1;
                (typed, line, column) =
                    (STATEMENT.chars(), stages[(stages.len() / 2 + turn * 7) % stages.len()] + 1 + 2 * turn, 0);
                typed.next().unwrap()
            }
        };
        let place = json!({ "line": line, "character": column });
        let change = json!({ "range": { "start": place, "end": place }, "text": key });
        let begun = Instant::now();
        server.tell(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [change] }),
        );
        server.diagnostics(version);
        times.push(begun.elapsed());
        (line, column) = if key == '\n' { (line + 1, 0) } else { (line, column + 1) };
    }
    let used = (server.cpu() - used) / u32::try_from(keys).unwrap();
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    let shown: Vec<String> = [first, at(50), at(95), at(100), used]
        .iter()
        .map(|time| format!("{:>10.2}", time.as_secs_f64() * 1e3))
        .collect();
    println!("{:>8} {keys:>8} {}", text.lines().count(), shown.join(" "));
    server.end();
}

struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowrun"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut server = Server { child, input, output };
        server.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} } }));
        while server.receive()["id"] != 1 {}
        server.tell("initialized", json!({}));
        server
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).unwrap();
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// What its threads had of a processor so far, where the system tells.
    fn cpu(&self) -> Duration {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten().flatten();
        let nanoseconds = threads.filter_map(|thread| {
            let told = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            told.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// Waits for what is said of a version of the text.
    fn diagnostics(&mut self, version: usize) {
        while self.receive()["params"]["version"] != version {}
    }

    fn end(mut self) {
        self.send(&json!({ "jsonrpc": "2.0", "id": 2, "method": "shutdown" }));
        while self.receive()["id"] != 2 {}
        self.tell("exit", Value::Null);
        self.child.wait().unwrap();
    }
}
