//! Messages in and out. What comes in is taken as it comes, so that the server sees what waits: a request that was cancelled,
//! a text that has changed again. What goes out waits for nobody.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use lsp_server::{Connection, ErrorCode, IoThreads, Message, Notification, Request, RequestId, Response};
use serde::Serialize;

/// The way to the editor.
pub(super) struct Peer {
    inbox: Receiver<Message>,
    outbox: Sender<Message>,
    waiting: VecDeque<Message>,
    next_request: i32,
    forwarding: JoinHandle<()>,
    threads: IoThreads,
}

impl Peer {
    /// Over standard input and output.
    pub(super) fn stdio() -> Self {
        let (connection, threads) = Connection::stdio();
        let Connection { sender, receiver } = connection;
        let (into, inbox) = channel();
        let (outbox, out_of) = channel::<Message>();
        // It ends when the editor closes its side, or says that it ends.
        std::thread::spawn(move || receiver.into_iter().try_for_each(|message| into.send(message)));
        let forwarding = std::thread::spawn(move || {
            for message in out_of {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Peer { inbox, outbox, waiting: VecDeque::new(), next_request: 0, forwarding, threads }
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
        // An editor that is gone takes nothing, and that is no reason to fail.
        let _ = self.outbox.send(message.into());
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
        let Peer { outbox, forwarding, threads, .. } = self;
        drop(outbox);
        let _ = forwarding.join();
        // The reader may wait for an editor that says nothing more; the process ends without it.
        drop(threads);
    }
}
