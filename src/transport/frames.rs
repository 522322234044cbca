//! Finds the remote shell's own words in a host's output.
//!
//! Output and frames share a stream. A frame is the byte 0x1e, the connection's nonce, a blank, a word and a newline; all
//! other bytes are output. Only what may be the beginning of a frame is held back, so memory is bounded and output that
//! does not end in a newline passes unchanged.

use std::io::Read as _;

/// First byte of a frame: rare in text, so that most chunks pass after one look.
const MARK: u8 = 0x1e;

/// Longest word of a frame; anything longer is output.
const LONGEST_WORD: usize = 8;

/// What the remote shell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The shell has started; what came before is a login script's noise.
    Hello,
    /// The command ended with this status.
    Exit(i32),
    /// A cancellation is complete.
    Ended,
}

impl Frame {
    fn parse(word: &[u8]) -> Option<Frame> {
        match word {
            b"hello" => Some(Frame::Hello),
            b"ended" => Some(Frame::Ended),
            _ => std::str::from_utf8(word).ok()?.parse().ok().map(Frame::Exit),
        }
    }
}

/// A piece of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Output, to be passed on.
    Data(&'a [u8]),
    /// A frame.
    Frame(Frame),
}

/// Takes one stream apart.
#[derive(Debug)]
pub(super) struct Frames {
    start: Vec<u8>,
    held: Vec<u8>,
}

impl Frames {
    /// For a stream whose frames carry this nonce.
    pub(super) fn new(nonce: &str) -> Self {
        let mut start = vec![MARK];
        start.extend_from_slice(nonce.as_bytes());
        start.push(b' ');
        Frames { start, held: Vec::new() }
    }

    /// Takes the next bytes and gives the pieces in their order.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut take: impl FnMut(Piece<'_>)) {
        while !bytes.is_empty() {
            if self.held.is_empty() {
                let at = find_mark(bytes);
                let data = &bytes[..at];
                if !data.is_empty() {
                    take(Piece::Data(data));
                }
                bytes = &bytes[at..];
                if let Some((first, rest)) = bytes.split_first() {
                    self.held.push(*first);
                    bytes = rest;
                }
            } else {
                bytes = self.extend(bytes, &mut take);
            }
        }
    }

    /// Extends what is held back until it is a frame or cannot become one, and gives back the bytes not looked at.
    fn extend<'b>(&mut self, bytes: &'b [u8], take: &mut impl FnMut(Piece<'_>)) -> &'b [u8] {
        for (at, byte) in bytes.iter().enumerate() {
            let length = self.held.len();
            let word = self.held.get(self.start.len()..).unwrap_or_default();
            let fits = match self.start.get(length) {
                Some(expected) => expected == byte,
                None => *byte == b'\n' || word.len() < LONGEST_WORD,
            };
            let frame = if length >= self.start.len() && *byte == b'\n' { Frame::parse(word) } else { None };
            if let Some(frame) = frame {
                take(Piece::Frame(frame));
                self.held.clear();
                return &bytes[at + 1..];
            }
            if !fits || *byte == b'\n' {
                // The mark is nowhere in a nonce, so a frame can only begin at this byte.
                take(Piece::Data(&self.held));
                self.held.clear();
                return &bytes[at..];
            }
            self.held.push(*byte);
        }
        &[]
    }
}

/// Where the first mark is, or the length. `contains` is `memchr` underneath, which `position` is not.
fn find_mark(bytes: &[u8]) -> usize {
    const STEP: usize = 512;
    for (block, chunk) in bytes.chunks(STEP).enumerate() {
        if chunk.contains(&MARK) {
            return block * STEP + chunk.iter().position(|byte| *byte == MARK).unwrap_or(chunk.len());
        }
    }
    bytes.len()
}

/// 32 hexadecimal digits that nobody can guess.
///
/// # Errors
///
/// Fails if the system's source of randomness cannot be read.
pub(super) fn nonce() -> std::io::Result<String> {
    let mut random = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "0123456789abcdef0123456789abcdef";

    /// The output and the frames of a text that arrives in parts of `size` bytes.
    fn take_apart(text: &[u8], size: usize) -> (Vec<u8>, Vec<Frame>) {
        let mut frames = Frames::new(NONCE);
        let (mut data, mut found) = (Vec::new(), Vec::new());
        for part in text.chunks(size) {
            frames.feed(part, |piece| match piece {
                Piece::Data(bytes) => data.extend_from_slice(bytes),
                Piece::Frame(frame) => found.push(frame),
            });
        }
        (data, found)
    }

    fn framed(word: &str) -> Vec<u8> {
        format!("\u{1e}{NONCE} {word}\n").into_bytes()
    }

    #[test]
    fn frames_are_found_wherever_the_stream_is_cut() {
        let text = [&framed("hello")[..], b"no newline", &framed("255"), &framed("ended")].concat();
        for size in 1..=text.len() {
            let expected = (b"no newline".to_vec(), vec![Frame::Hello, Frame::Exit(255), Frame::Ended]);
            assert_eq!(take_apart(&text, size), expected, "in parts of {size}");
        }
    }

    #[test]
    fn what_only_looks_like_a_frame_is_output() {
        let mut half = framed("7");
        half.truncate(20);
        let long = framed("far too long a word");
        let word = framed("word");
        let text = [b"\x1e\x1e\x00\xff", &half[..], b"\n", &long, &word, b"\x1e."].concat();
        for size in 1..=text.len() {
            assert_eq!(take_apart(&text, size), (text.clone(), vec![]), "in parts of {size}");
        }
    }

    #[test]
    fn a_frame_may_follow_a_false_start_at_once() {
        let text = [b"\x1e0123\x1e", &framed("0")[..]].concat();
        for size in 1..=text.len() {
            assert_eq!(take_apart(&text, size), (b"\x1e0123\x1e".to_vec(), vec![Frame::Exit(0)]));
        }
    }

    #[test]
    fn nonces_differ() {
        let (one, other) = (nonce().unwrap(), nonce().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }
}
