//! A command's output on its way: to the screen line by line, into a value within bounds.

use super::event::{Event, Observer};
use crate::transport::{Sink, Stream};

/// The longest line that is passed on whole; a longer one comes in pieces.
const LONGEST_LINE: usize = 8 * 1024;
/// The most of each output that a value holds.
pub(super) const LARGEST_VALUE: usize = 16 * 1024 * 1024;
/// The number of last lines that a failure shows.
const TAIL: usize = 15;

/// Takes a command's output.
pub(super) struct Lines<'a> {
    pub(super) observer: &'a dyn Observer,
    pub(super) stage: &'a str,
    pub(super) host: &'a str,
    step: Option<u64>,
    /// Whether lines are shown as they come.
    pub(super) live: bool,
    /// Whether the output is kept as a value.
    pub(super) keep: bool,
    pub(super) stdout: Buffer,
    pub(super) stderr: Buffer,
    tail: std::collections::VecDeque<String>,
}

/// One of the two outputs.
#[derive(Default)]
pub(super) struct Buffer {
    kept: Vec<u8>,
    line: Vec<u8>,
    /// Whether there was more than a value can hold.
    pub(super) overflowed: bool,
}

impl Buffer {
    /// The text that was kept; bytes that are no UTF-8 are replaced.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LARGEST_VALUE - self.kept.len();
        self.overflowed |= bytes.len() > room;
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl<'a> Lines<'a> {
    pub(super) fn new(
        observer: &'a dyn Observer,
        stage: &'a str,
        host: &'a str,
        step: Option<u64>,
        live: bool,
        keep: bool,
    ) -> Self {
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        Lines { observer, stage, host, step, live, keep, stdout, stderr, tail: std::collections::VecDeque::new() }
    }

    /// Bytes that were taken and not told yet, because their line has no end.
    pub(super) fn pending(&self) -> u64 {
        (self.stdout.line.len() + self.stderr.line.len()) as u64
    }

    /// Passes on what stands on the last line without an end.
    pub(super) fn finish(&mut self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let line = std::mem::take(&mut self.buffer(stream).line);
            if !line.is_empty() {
                self.line(stream, &line);
            }
        }
    }

    /// Adds a line of flowrun's own.
    pub(super) fn say(&mut self, text: &str) {
        self.line(Stream::Stderr, text.as_bytes());
    }

    /// The last lines, for a failure's message.
    pub(super) fn tail(&self) -> String {
        self.tail.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    fn buffer(&mut self, stream: Stream) -> &mut Buffer {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn line(&mut self, stream: Stream, line: &[u8]) {
        let text = printable(line);
        if self.live {
            let Lines { stage, host, step, .. } = *self;
            self.observer.event(&Event::Line { stage, host, step, stream, line: &text });
        }
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(text);
    }
}

impl Sink for Lines<'_> {
    fn data(&mut self, stream: Stream, bytes: &[u8]) {
        if self.keep {
            self.buffer(stream).keep(bytes);
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            for part in piece.chunks(LONGEST_LINE) {
                self.buffer(stream).line.extend_from_slice(part);
                let line = &self.buffer(stream).line;
                if line.ends_with(b"\n") || line.len() >= LONGEST_LINE {
                    let line = std::mem::take(&mut self.buffer(stream).line);
                    self.line(stream, line.strip_suffix(b"\n").unwrap_or(&line));
                }
            }
        }
    }
}

/// A line as a terminal may show it: no control characters that would move the cursor or change its state.
fn printable(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = String::from_utf8_lossy(line);
    // Colours are left out whole, and not by their escape character alone.
    anstream::adapter::strip_str(&text)
        .to_string()
        .chars()
        .map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Seen(RefCell<Vec<String>>);

    impl Observer for Seen {
        fn event(&self, event: &Event<'_>) {
            if let Event::Line { line, .. } = event {
                self.0.borrow_mut().push((*line).to_owned());
            }
        }
    }

    fn lines_of(pieces: &[&[u8]]) -> Vec<String> {
        let seen = Seen::default();
        let mut lines = Lines::new(&seen, "s", "h", None, true, true);
        for piece in pieces {
            lines.data(Stream::Stdout, piece);
        }
        lines.finish();
        seen.0.into_inner()
    }

    #[test]
    fn lines_come_whole_whatever_the_pieces() {
        assert_eq!(lines_of(&[b"a", b"b\nc\n\nd"]), ["ab", "c", "", "d"]);
    }

    #[test]
    fn a_line_without_end_comes_in_bounded_pieces() {
        let long = vec![b'x'; 20_000];
        let lines = lines_of(&[&long]);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [8192, 8192, 3616]);
    }

    #[test]
    fn escape_sequences_and_broken_text_reach_no_terminal() {
        assert_eq!(lines_of(&[b"\x1b[2Jhi\xff\r\n"]), ["hi\u{fffd}"]);
    }

    #[test]
    fn a_value_is_bounded_and_says_so() {
        let seen = Seen::default();
        let mut lines = Lines::new(&seen, "s", "h", None, false, true);
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..17 {
            lines.data(Stream::Stdout, &chunk);
        }
        assert!(lines.stdout.overflowed);
        assert_eq!(lines.stdout.text().len(), LARGEST_VALUE);
    }
}
