//! The one remote shell of a host: what is sent to it and what is made of its answers.
//!
//! `loop.sh` is started once on a connection. A command is a header and lines of shell text on its standard input; its
//! output comes back on the two output streams, each closed by a frame (see [`frames`](super::frames)) with the exit
//! status. `NONCE kill` ends the running command: TERM, after two seconds KILL, then the frame `ended`. End of file on
//! standard input does the same, so that nothing stays behind when the connection or flowrun dies. `NONCE look` makes the
//! remote shell end where the part of it that would tell a command's end was killed.

use std::any::Any;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::frames::{Frame, Frames, Piece, nonce};
use super::script::{self, escape};
use super::{Command, Exit, Sink, Stream, TransportError};

/// What `sh -c` is given. The nonce and the script proper come on standard input, see [`greeting`]: no login shell has to
/// pass on more than this line, which means the same to all of them, and nothing else is on a command line.
pub(super) const BOOTSTRAP: &str = r#"IFS= read -r _fr_n; IFS= read -r _fr_l; eval "$(printf %b "$_fr_l")""#;

const LOOP: &str = include_str!("loop.sh");

/// Size of one read. The buffer is on the stack: an idle host costs none.
const CHUNK: usize = 16 * 1024;

/// Chunks taken from one stream before other tasks have their turn.
const CHUNKS_A_TURN: usize = 16;

/// How much of what a login script prints is kept for a message.
const NOISE: usize = 2048;

/// A command that was sent just before it is cancelled may begin only after the host has looked for it: ask again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Times to ask. The host needs three seconds for a command that does not heed TERM, more when it is busy.
const ASKS: usize = 20;

/// How long after a word to the host it is asked whether what would tell the end of the command is still there.
const LOOK: Duration = Duration::from_secs(10);

/// How long closing waits for a command to end. Past that the end of the connection ends it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a process that runs [`BOOTSTRAP`] reads first: the nonce, as `$_fr_n`, and a script. What follows is the script's.
pub(super) fn greeting(nonce: &str, script: &str) -> Vec<u8> {
    format!("{nonce}\n{}\n", escape(script.as_bytes()).replace('\n', "\\n")).into_bytes()
}

/// The three streams of a process, local or remote, and what must live as long as they do.
pub(super) struct Pipes {
    pub(super) stdin: Box<dyn AsyncWrite + Send + Unpin>,
    pub(super) stdout: Box<dyn AsyncRead + Send + Unpin>,
    pub(super) stderr: Box<dyn AsyncRead + Send + Unpin>,
    /// Dropped after the streams.
    pub(super) keep: Box<dyn Any + Send>,
}

/// How a conversation with a process failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The process or the connection to it ended; with what it printed if it never got as far as to greet.
    Gone(String),
    /// The system failed us.
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => {
                Failure::Gone(String::new())
            }
            _ => Failure::Io(error),
        }
    }
}

/// What is waited for.
#[derive(Clone, Copy)]
enum Until {
    /// The status of the command.
    Exit,
    /// The status, and that this many cancellations were confirmed.
    Ended(usize),
}

/// One output stream of a process that speaks in frames.
struct Output {
    stream: Stream,
    source: Box<dyn AsyncRead + Send + Unpin>,
    frames: Frames,
    /// What came before the greeting; `None` once greeted.
    noise: Option<Vec<u8>>,
    /// The status of the command that runs, once this stream has it.
    exit: Option<i32>,
    /// How many cancellations were confirmed.
    ended: usize,
    /// Nothing more will come.
    closed: bool,
}

impl Output {
    fn new(stream: Stream, source: Box<dyn AsyncRead + Send + Unpin>, nonce: &str) -> Self {
        let (frames, noise) = (Frames::new(nonce), Some(Vec::new()));
        Output { stream, source, frames, noise, exit: None, ended: 0, closed: false }
    }

    /// Cancellations are confirmed on standard output alone.
    fn reached(&self, until: Until) -> bool {
        self.exit.is_some()
            && match until {
                Until::Exit => true,
                Until::Ended(times) => self.stream == Stream::Stderr || self.ended >= times,
            }
    }

    /// Reads as far as `until`, to the end, or all that is there.
    fn poll(&mut self, context: &mut Context<'_>, until: Until, sink: &mut dyn Sink) -> Poll<io::Result<()>> {
        for _ in 0..CHUNKS_A_TURN {
            if self.closed || self.reached(until) {
                return Poll::Ready(Ok(()));
            }
            let mut space = [MaybeUninit::uninit(); CHUNK];
            let mut buffer = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.source).poll_read(context, &mut buffer))?;
            self.closed = buffer.filled().is_empty();
            self.take(buffer.filled(), sink);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes what is there between two commands, which nobody asked for, and says whether more can come.
    fn has_ended(&mut self, context: &mut Context<'_>) -> bool {
        for _ in 0..CHUNKS_A_TURN {
            let mut space = [MaybeUninit::uninit(); CHUNK];
            let mut buffer = ReadBuf::uninit(&mut space);
            match Pin::new(&mut self.source).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.take(buffer.filled(), &mut Nowhere),
                Poll::Ready(_) => return true,
                Poll::Pending => return false,
            }
        }
        false
    }

    fn take(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        let Output { frames, noise, exit, ended, stream, .. } = self;
        frames.feed(bytes, |piece| match (piece, &mut *noise) {
            (Piece::Frame(Frame::Hello), _) => *noise = None,
            (Piece::Frame(Frame::Exit(code)), _) => *exit = Some(code),
            (Piece::Frame(Frame::Ended), _) => *ended += 1,
            (Piece::Data(data), Some(noise)) => {
                let room = NOISE.saturating_sub(noise.len()).min(data.len());
                noise.extend_from_slice(&data[..room]);
            }
            // Behind the status comes only what processes write that the command left behind.
            (Piece::Data(data), None) => {
                if exit.is_none() {
                    sink.data(*stream, data);
                }
            }
        });
    }
}

/// A process that answers on both its outputs in frames.
pub(super) struct Conversation {
    stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    stdout: Output,
    stderr: Output,
    /// What is still to be written. It stays here when a future is dropped, so no message is ever cut in half.
    outbox: VecDeque<u8>,
    /// Whether standard input is closed behind the outbox.
    closing: bool,
    _keep: Box<dyn Any + Send>,
}

impl Conversation {
    pub(super) fn new(pipes: Pipes, nonce: &str) -> Self {
        Conversation {
            stdin: Some(pipes.stdin),
            stdout: Output::new(Stream::Stdout, pipes.stdout, nonce),
            stderr: Output::new(Stream::Stderr, pipes.stderr, nonce),
            outbox: VecDeque::new(),
            closing: false,
            _keep: pipes.keep,
        }
    }

    /// Whether the other side has shown that it has ended, in a moment in which nothing is waited for.
    fn has_ended(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        [&mut self.stdout, &mut self.stderr].into_iter().any(|output| output.has_ended(&mut context))
    }

    /// Sends a greeting, a body and end of file, and gives the outputs to `sink` until the status has come.
    pub(super) async fn once(mut self, greeting: &[u8], body: &[u8], sink: &mut dyn Sink) -> Result<i32, Failure> {
        self.outbox.extend(greeting);
        // The body may be large: it goes through the outbox in parts.
        let mut parts = body.chunks(CHUNK);
        poll_fn(|context| {
            loop {
                if self.outbox.is_empty() {
                    match parts.next() {
                        Some(part) => self.outbox.extend(part),
                        None => self.closing = true,
                    }
                }
                let answer = self.poll(context, Until::Exit, sink);
                if answer.is_ready() || self.stdin.is_none() || !self.outbox.is_empty() {
                    return answer;
                }
            }
        })
        .await?;
        self.code()
    }

    fn code(&self) -> Result<i32, Failure> {
        self.stdout.exit.ok_or_else(|| Failure::Gone(String::new()))
    }

    fn poll(&mut self, context: &mut Context<'_>, until: Until, sink: &mut dyn Sink) -> Poll<Result<(), Failure>> {
        if let Poll::Ready(Err(_)) = self.poll_write(context) {
            // The other side has closed its input. It may have good reasons: its output will tell.
            self.stdin = None;
            self.outbox.clear();
        }
        let _ = self.stdout.poll(context, until, sink)?;
        let _ = self.stderr.poll(context, until, sink)?;
        let outputs = [&self.stdout, &self.stderr];
        if outputs.iter().all(|output| output.reached(until)) {
            return Poll::Ready(Ok(()));
        }
        // A login shell that refuses says so before both outputs end. Later one of them tells enough, and the other may be
        // held open by something that a command left behind.
        let greeted = outputs.iter().any(|output| output.noise.is_none());
        let closed = outputs.iter().filter(|output| output.closed && !output.reached(until)).count();
        if closed == 2 || (greeted && closed == 1) {
            return Poll::Ready(Err(Failure::Gone(self.noise())));
        }
        Poll::Pending
    }

    /// What was said in place of a greeting.
    fn noise(&self) -> String {
        let noises = [&self.stdout.noise, &self.stderr.noise].map(|noise| noise.as_deref().unwrap_or_default());
        String::from_utf8_lossy(&noises.concat()).trim().to_owned()
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(stdin) = &mut self.stdin else { return Poll::Ready(Ok(())) };
        while !self.outbox.is_empty() {
            let written = ready!(Pin::new(&mut *stdin).poll_write(context, self.outbox.as_slices().0))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            self.outbox.drain(..written);
        }
        if self.closing {
            self.stdin = None;
        }
        Poll::Ready(Ok(()))
    }
}

/// The remote shell of one connection.
struct Shell {
    nonce: String,
    talk: Conversation,
}

impl Shell {
    /// Greets a process that was started with [`BOOTSTRAP`].
    fn start(pipes: Pipes) -> io::Result<Self> {
        let nonce = nonce()?;
        let mut talk = Conversation::new(pipes, &nonce);
        talk.outbox.extend(greeting(&nonce, &bare_loop()));
        Ok(Shell { nonce, talk })
    }

    /// Begins a command; what has been read of the one before no longer counts.
    fn send(&mut self, message: &[u8]) {
        self.talk.outbox.extend(message);
        (self.talk.stdout.exit, self.talk.stderr.exit) = (None, None);
    }

    /// Waits for a status on both outputs, writing what is still to be written.
    async fn status(&mut self, sink: &mut dyn Sink) -> Result<i32, Failure> {
        loop {
            let answer = poll_fn(|context| self.talk.poll(context, Until::Exit, sink));
            match timeout(LOOK, answer).await {
                Ok(answer) => {
                    answer?;
                    return self.talk.code();
                }
                // A host that takes nothing in is not asked again and again.
                Err(_) if self.talk.outbox.is_empty() => {
                    self.talk.outbox.extend(format!("{} look\n", self.nonce).as_bytes());
                }
                Err(_) => {}
            }
        }
    }

    /// Cancels what runs and waits until nothing of it is left.
    async fn end(&mut self) -> Result<(), Failure> {
        for asked in 1..=ASKS {
            self.talk.outbox.extend(format!("{} kill\n", self.nonce).as_bytes());
            let answer = poll_fn(|context| self.talk.poll(context, Until::Ended(asked), &mut Nowhere));
            if let Ok(answer) = timeout(ASK_AGAIN, answer).await {
                answer?;
                self.talk.stdout.ended = 0;
                return Ok(());
            }
        }
        Err(Failure::Gone(String::new()))
    }
}

/// The loop without comments, blank lines and indentation: the host's shell reads it byte by byte.
fn bare_loop() -> String {
    let lines = LOOP.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// Swallows what a cancelled command still writes.
struct Nowhere;

impl Sink for Nowhere {
    fn data(&mut self, _: Stream, _: &[u8]) {}
}

/// A host's place for its remote shell, which is started when it is first needed and again when it was lost.
pub(super) struct Slot {
    host: String,
    shell: Arc<Mutex<Option<Shell>>>,
}

impl Slot {
    pub(super) fn new(host: &str) -> Self {
        Slot { host: host.to_owned(), shell: Arc::default() }
    }

    /// Puts a shell in its place ahead of the first command.
    pub(super) async fn start(&self, pipes: Pipes) -> io::Result<()> {
        *self.shell.lock().await = Some(Shell::start(pipes)?);
        Ok(())
    }

    /// Runs a command, on a shell that `open` starts if there is none. The inner error is the end of the shell, which the
    /// transport can explain.
    pub(super) async fn run(
        &self,
        command: &Command,
        sink: &mut dyn Sink,
        open: impl Future<Output = Result<Pipes, TransportError>>,
    ) -> Result<Result<Exit, Failure>, TransportError> {
        let other = |reason: String| TransportError::Other { host: self.host.clone(), reason };
        let mut guard = self.shell.clone().lock_owned().await;
        let there = guard.take();
        let mut shell = match there.and_then(|mut shell| (!shell.talk.has_ended()).then_some(shell)) {
            Some(shell) => shell,
            None => Shell::start(open.await?).map_err(|error| other(error.to_string()))?,
        };
        let message = match script::message(&shell.nonce, command) {
            Ok(message) => message,
            Err(unsayable) => {
                *guard = Some(shell);
                return Err(other(unsayable.0));
            }
        };
        shell.send(&message);
        let mut turn = Turn { running: Some((guard, shell)) };
        let code = turn.status(sink).await;
        turn.finish(code.is_ok());
        Ok(code.map(|code| Exit { code }))
    }

    /// Ends the shell: what runs is cancelled first, a cancellation under way is waited for, both for a limited time.
    pub(super) async fn close(&self) {
        let closing = pin!(async { *self.shell.lock().await = None });
        let _ = timeout(PATIENCE, closing).await;
    }
}

/// The right to the shell while a command runs. Dropped before the command has ended, it cancels the command, in a task of
/// its own, and only then gives up the right.
struct Turn {
    running: Option<(OwnedMutexGuard<Option<Shell>>, Shell)>,
}

impl Turn {
    async fn status(&mut self, sink: &mut dyn Sink) -> Result<i32, Failure> {
        match &mut self.running {
            Some((_, shell)) => shell.status(sink).await,
            None => Err(Failure::Gone(String::new())),
        }
    }

    /// Gives the shell back, if it is still good for something.
    fn finish(mut self, usable: bool) {
        if let Some((mut place, shell)) = self.running.take()
            && usable
        {
            *place = Some(shell);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Without a runtime the program is ending: the end of the shell's input then ends the command.
        if let Some((mut place, mut shell)) = self.running.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                if shell.end().await.is_ok() {
                    *place = Some(shell);
                }
            });
        }
    }
}

#[cfg(test)]
#[path = "shell_tests.rs"]
pub(super) mod tests;
