//! A language client over the standard input and output of the real program.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Nothing takes so long: a server that hangs fails the test instead of holding it.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    server: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    next: i64,
    pub(crate) root: PathBuf,
    /// The buffers as they are here.
    texts: BTreeMap<String, (i64, String)>,
    /// What the server said of each file last, by its URI.
    published: BTreeMap<String, Value>,
    /// What it was told or asked last.
    last: String,
    /// What the server asked for.
    pub(crate) asked: Vec<Value>,
    /// What it showed to whoever sits before the editor.
    pub(crate) said: Vec<String>,
}

impl Client {
    /// Starts a server for a folder, as an editor that can do this much.
    pub(crate) fn start(root: &Path, capabilities: Value) -> Client {
        let mut client = Client::spawn(root);
        let params = json!({
            "processId": null,
            "workspaceFolders": [{ "uri": client.uri(""), "name": "w" }],
            "capabilities": capabilities,
        });
        client.ask("initialize", params);
        client.tell("initialized", json!({}));
        client
    }

    /// Starts a server and says nothing yet.
    pub(crate) fn spawn(root: &Path) -> Client {
        // A long run of random edits is for the program as it is released.
        let program = std::env::var_os("FLOWRUN_LSP_PROGRAM");
        let mut server = Command::new(program.unwrap_or_else(|| env!("CARGO_BIN_EXE_flowrun").into()))
            .args(["lsp", "--stdio"])
            .env("XDG_CACHE_HOME", root.join("cache"))
            .env_remove("FLOWRUN_INVENTORY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let input = server.stdin.take();
        Client {
            server,
            input,
            messages,
            next: 0,
            root: root.to_path_buf(),
            texts: BTreeMap::new(),
            published: BTreeMap::new(),
            last: String::new(),
            asked: Vec::new(),
            said: Vec::new(),
        }
    }

    pub(crate) fn uri(&self, name: &str) -> String {
        if name.contains(':') { name.to_owned() } else { format!("file://{}", self.root.join(name).display()) }
    }

    // ------------------------------------------------------------------ messages

    pub(crate) fn send_raw(&mut self, body: &str) {
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.last = message.to_string();
        self.send_raw(&message.to_string());
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Begins a request, and gives its number.
    pub(crate) fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// The whole response to a request that was begun.
    pub(crate) fn response(&mut self, id: i64) -> Value {
        self.response_to(&json!(id))
    }

    pub(crate) fn response_to(&mut self, id: &Value) -> Value {
        loop {
            let message = self.receive();
            if message.get("method").is_none() && message["id"] == *id {
                return message;
            }
        }
    }

    /// The result of a request.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        let response = self.response(id);
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].clone()
    }

    /// The words with which a request is refused.
    pub(crate) fn refused(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        self.response(id)["error"].clone()
    }

    /// The next message; what the server asks is answered with nothing.
    fn receive(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|error| {
            let texts = self.texts.iter().map(|(uri, (_, text))| format!("──── {uri}\n{text}\n"));
            panic!("the server says nothing ({error}) to {}\n{}", self.last, texts.collect::<String>())
        });
        match (message["method"].as_str(), message.get("id")) {
            (Some("textDocument/publishDiagnostics"), None) => {
                let params = &message["params"];
                self.published.insert(params["uri"].as_str().unwrap().to_owned(), params.clone());
            }
            (Some(_), Some(id)) => {
                self.asked.push(message.clone());
                self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": null }));
            }
            (Some("window/showMessage"), None) => {
                self.said.push(message["params"]["message"].as_str().unwrap().to_owned());
            }
            _ => {}
        }
        message
    }

    /// Ends the server as an editor does, and gives its exit status.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.exit_status()
    }

    /// Closes the server's input without a word.
    pub(crate) fn hang_up(mut self) -> Option<i32> {
        self.input = None;
        self.exit_status()
    }

    pub(crate) fn exit_status(&mut self) -> Option<i32> {
        self.server.wait().unwrap().code()
    }

    // ------------------------------------------------------------------ buffers

    pub(crate) fn text(&self, name: &str) -> &str {
        &self.texts[&self.uri(name)].1
    }

    /// Opens a file, as it is on the disk.
    pub(crate) fn open(&mut self, name: &str) {
        let text = std::fs::read_to_string(self.root.join(name)).unwrap();
        self.open_text(name, &text);
    }

    pub(crate) fn open_text(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        self.texts.insert(uri.clone(), (1, text.to_owned()));
        let document = json!({ "uri": uri, "languageId": "flow", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Writes another text into the buffer in place of the first `old`.
    pub(crate) fn replace(&mut self, name: &str, old: &str, new: &str) {
        let start = self.text(name).find(old).unwrap_or_else(|| panic!("{name} has no `{old}`"));
        self.edit(name, start, old.len(), new);
    }

    /// Writes `new` over `taken` bytes from `start`.
    pub(crate) fn edit(&mut self, name: &str, start: usize, taken: usize, new: &str) {
        let uri = self.uri(name);
        let (version, text) = self.texts.get_mut(&uri).unwrap();
        let range = json!({ "start": position(text, start), "end": position(text, start + taken) });
        text.replace_range(start..start + taken, new);
        *version += 1;
        let document = json!({ "uri": uri, "version": version });
        let change = json!({ "range": range, "text": new });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    pub(crate) fn close(&mut self, name: &str) {
        let uri = self.uri(name);
        self.texts.remove(&uri);
        self.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    /// What the server says of a file once it has seen the buffer as it is now.
    pub(crate) fn diagnostics(&mut self, name: &str) -> Value {
        let uri = self.uri(name);
        let version = self.texts.get(&uri).map(|(version, _)| *version);
        while self.published.get(&uri).is_none_or(|told| version.is_some_and(|version| told["version"] != version)) {
            self.receive();
        }
        self.published[&uri]["diagnostics"].clone()
    }

    /// Waits until the server says just these codes of a file, and gives what it says.
    pub(crate) fn until(&mut self, name: &str, codes: &[&str]) -> Value {
        let uri = self.uri(name);
        loop {
            if let Some(told) = self.published.get(&uri).map(|told| told["diagnostics"].clone()) {
                let found = told.as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap());
                if found.eq(codes.iter().copied()) {
                    return told;
                }
            }
            self.receive();
        }
    }

    /// Where `needle` stands in the buffer; `|` in it is where the cursor is, else at its beginning.
    pub(crate) fn at(&self, name: &str, needle: &str) -> Value {
        let cursor = needle.find('|').unwrap_or(0);
        let plain = needle.replacen('|', "", 1);
        let text = self.text(name);
        let start = text.find(&plain).unwrap_or_else(|| panic!("{name} has no `{plain}`"));
        json!({ "textDocument": { "uri": self.uri(name) }, "position": position(text, start + cursor) })
    }

    /// Asks about the place of `needle`.
    pub(crate) fn ask_at(&mut self, method: &str, name: &str, needle: &str) -> Value {
        let params = self.at(name, needle);
        self.ask(method, params)
    }

    /// Renames what stands at a place; what would change, or why it is refused.
    pub(crate) fn rename(&mut self, name: &str, needle: &str, new: &str) -> String {
        let mut params = self.at(name, needle);
        params["newName"] = json!(new);
        let id = self.begin("textDocument/rename", params);
        let response = self.response(id);
        match response.get("error") {
            Some(error) => error["message"].as_str().unwrap().to_owned(),
            None => self.shown(&response["result"]["changes"]),
        }
    }

    pub(crate) fn whole(&self, name: &str) -> Value {
        let text = self.text(name);
        json!({
            "textDocument": { "uri": self.uri(name) },
            "range": { "start": position(text, 0), "end": position(text, text.len()) },
        })
    }

    /// An answer as people read it: ranges in one line, the folder called `/w`.
    pub(crate) fn shown(&self, value: &Value) -> String {
        let text = serde_json::to_string_pretty(&compact(value)).unwrap();
        text.replace(self.root.to_str().unwrap(), "/w").replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Without its input it ends by itself; a test that failed may have left it otherwise.
        self.input = None;
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.parse().ok();
        }
    }
    let mut body = vec![0; length.expect("only messages are written to stdout")];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("messages are JSON"))
}

/// A place as the protocol counts it, in UTF-16 units; a `\r` by itself ends a line too.
pub(crate) fn position(text: &str, offset: usize) -> Value {
    let bytes = text.as_bytes();
    let ends = |at: &usize| bytes[*at] == b'\n' || bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    let start = (0..offset).rev().find(ends).map_or(0, |at| at + 1);
    let line = (0..offset).filter(ends).count();
    json!({ "line": line, "character": text[start..offset].encode_utf16().count() })
}

fn compact(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let place = |at: &Value| Some(format!("{}:{}", at["line"].as_u64()?, at["character"].as_u64()?));
            if let (2, Some(line)) = (fields.len(), place(value)) {
                return Value::String(line);
            }
            if let (2, Some(start), Some(end)) = (fields.len(), fields.get("start"), fields.get("end"))
                && let (Some(start), Some(end)) = (place(start), place(end))
            {
                return Value::String(format!("{start}-{end}"));
            }
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), compact(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(compact).collect()),
        other => other.clone(),
    }
}
