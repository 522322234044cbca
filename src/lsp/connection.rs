//! Messages in and out. What comes in is taken as it comes, so that the server sees what waits: a request that was cancelled,
//! a text that has changed again. What goes out waits for nobody.

use std::collections::VecDeque;
use std::io::{BufRead, Read, Write};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Serialize;
use serde_json::{Value, json};

/// The way to the editor.
pub(super) struct Peer {
    inbox: Receiver<Message>,
    outbox: Sender<Vec<u8>>,
    waiting: VecDeque<Message>,
    next_request: i32,
    writing: JoinHandle<()>,
}

impl Peer {
    /// Over standard input and output.
    pub(super) fn stdio() -> Self {
        let (into, inbox) = channel();
        let (outbox, out_of) = channel::<Vec<u8>>();
        let refusals = outbox.clone();
        // It ends when the editor closes its side, or says that it ends.
        std::thread::spawn(move || read_all(&mut std::io::stdin().lock(), &into, &refusals));
        let writing = std::thread::spawn(move || {
            let mut stdout = std::io::stdout().lock();
            for message in out_of {
                if message.is_empty() || stdout.write_all(&message).and_then(|()| stdout.flush()).is_err() {
                    break;
                }
            }
        });
        Peer { inbox, outbox, waiting: VecDeque::new(), next_request: 0, writing }
    }

    /// The next message, or none once the editor is gone.
    pub(super) fn next(&mut self) -> Option<Message> {
        self.take_waiting();
        match self.waiting.pop_front() {
            Some(message) => Some(message),
            None => self.inbox.recv().ok(),
        }
    }

    /// Whether nothing waits to be answered.
    pub(super) fn is_idle(&mut self) -> bool {
        self.take_waiting();
        self.waiting.is_empty()
    }

    fn take_waiting(&mut self) {
        loop {
            match self.inbox.try_recv() {
                Ok(Message::Notification(notification)) if notification.method == "$/cancelRequest" => {
                    self.cancel(&notification);
                }
                Ok(message) => self.waiting.push_back(message),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }

    /// A request that waits is not begun any more.
    fn cancel(&mut self, notification: &Notification) {
        let id = notification.params.get("id").cloned().unwrap_or_default();
        let Ok(id) = serde_json::from_value::<RequestId>(id) else { return };
        let before = self.waiting.len();
        self.waiting.retain(|message| !matches!(message, Message::Request(request) if request.id == id));
        if self.waiting.len() < before {
            self.refuse(id, ErrorCode::RequestCanceled, "cancelled");
        }
    }

    pub(super) fn send(&self, message: impl Into<Message>) {
        let mut bytes = Vec::new();
        // Neither writing to memory fails, nor is an editor that is gone a reason to.
        let _ = message.into().write(&mut bytes).map(|()| self.outbox.send(bytes));
    }

    pub(super) fn notify(&self, method: &str, params: impl Serialize) {
        self.send(Notification::new(method.to_owned(), params));
    }

    /// Asks something of the editor, and gives the name that the answer will have.
    pub(super) fn ask(&mut self, method: &str, params: impl Serialize) -> RequestId {
        self.next_request += 1;
        let id = RequestId::from(format!("flowrun-{}", self.next_request));
        self.send(Request::new(id.clone(), method.to_owned(), params));
        id
    }

    pub(super) fn refuse(&self, id: RequestId, code: ErrorCode, reason: &str) {
        self.send(Response::new_err(id, code as i32, reason.to_owned()));
    }

    /// Sends what was not sent yet, and ends.
    pub(super) fn close(self) {
        // The reader may wait for an editor that says nothing more, and holds the way out: a message without a byte ends it.
        let _ = self.outbox.send(Vec::new());
        let _ = self.writing.join();
    }
}

/// Takes messages as long as there are any. One that is none is refused, and the next one is taken.
fn read_all(input: &mut impl BufRead, into: &Sender<Message>, refusals: &Sender<Vec<u8>>) {
    while let Some(body) = read_body(input) {
        match serde_json::from_slice::<Message>(&body) {
            Ok(message) => {
                let is_last = matches!(&message, Message::Notification(last) if last.method == "exit");
                if into.send(message).is_err() || is_last {
                    return;
                }
            }
            Err(error) => {
                let _ = refusals.send(refusal(&body, &error.to_string()));
            }
        }
    }
}

/// The body of the next message; none at the end, or where it cannot be said where a message would begin.
fn read_body(input: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        // A header is short; what is longer is none.
        if input.by_ref().take(8 * 1024).read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse().ok(),
            Some(_) => {}
            None => break,
        }
    }
    let (length, mut body): (u64, _) = (length?, Vec::new());
    input.take(length).read_to_end(&mut body).ok()?;
    (body.len() as u64 == length).then_some(body)
}

fn refusal(body: &[u8], reason: &str) -> Vec<u8> {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let code = if value.is_some() { ErrorCode::InvalidRequest } else { ErrorCode::ParseError };
    let id = value.as_ref().and_then(|value| value.get("id")).filter(|id| id.is_string() || id.is_i64());
    let error = json!({ "code": code as i32, "message": reason });
    let body = json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
