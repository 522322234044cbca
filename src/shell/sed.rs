//! What a script of `sed` does besides editing.

/// Something that a script does to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Runs shell text: `e make`.
    Runs(String),
    /// Runs what it reads: `e` alone, and `s/…/…/e`.
    RunsWhatItReads,
    /// Writes to a file: `w file`, and `s/…/…/w file`.
    Writes(String),
}

/// Everything that a script does besides editing; `None` where it is no script, or one that cannot be told.
///
/// Whether a delimiter in brackets ends a pattern, versions of `sed` disagree: `s/[/]/x/`. Both ways are read. One in which
/// the script is none does not matter, as `sed` reads all of it before it does anything.
pub(super) fn deeds(script: &str) -> Option<Vec<Deed>> {
    let read = |brackets| {
        let mut reader = Reader { rest: script.chars().collect(), at: 0, brackets, deeds: Vec::new() };
        while reader.next_command()? {}
        Some(reader.deeds)
    };
    match (read(true), read(false)) {
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(one), Some(other)) => Some([one, other].concat()),
        (one, other) => one.or(other),
    }
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    /// In brackets a delimiter is like any other character.
    brackets: bool,
    deeds: Vec<Deed>,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn skip(&mut self, is_skipped: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&is_skipped) {
            self.at += 1;
        }
    }

    fn line(&mut self) -> String {
        let start = self.at;
        self.skip(|c| c != '\n');
        self.rest[start..self.at].iter().collect()
    }

    /// Reads one command with its addresses; `false` at the end.
    fn next_command(&mut self) -> Option<bool> {
        self.skip(|c| c.is_whitespace() || c == ';' || c == '}');
        self.addresses()?;
        self.skip(|c| c.is_whitespace() || c == '!');
        let Some(command) = self.take() else { return Some(false) };
        match command {
            '{' => {}
            '#' => drop(self.line()),
            'a' | 'i' | 'c' => self.text(),
            ':' | 'b' | 't' | 'T' | 'v' => self.skip(|c| c != '\n' && c != ';' && c != '}'),
            'r' | 'R' => drop(self.line()),
            'w' | 'W' => self.writes(),
            'e' => match self.line().trim() {
                "" => self.deeds.push(Deed::RunsWhatItReads),
                command => self.deeds.push(Deed::Runs(command.to_owned())),
            },
            's' => self.substitute()?,
            'y' => {
                let delimiter = self.take()?;
                self.part(delimiter)?;
                self.part(delimiter)?;
            }
            'l' | 'L' | 'q' | 'Q' => self.skip(|c| c == ' ' || c.is_ascii_digit()),
            '=' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'n' | 'N' | 'p' | 'P' | 'x' | 'z' | 'F' => {}
            _ => return None,
        }
        Some(true)
    }

    fn addresses(&mut self) -> Option<()> {
        loop {
            match self.peek() {
                Some('/') => {
                    self.take();
                    self.pattern('/')?;
                    self.skip(|c| matches!(c, 'I' | 'M'));
                }
                Some('\\') => {
                    self.take();
                    let delimiter = self.take()?;
                    self.pattern(delimiter)?;
                    self.skip(|c| matches!(c, 'I' | 'M'));
                }
                Some(c) if c.is_ascii_digit() || "$,~+ \t".contains(c) => self.at += 1,
                _ => return Some(()),
            }
        }
    }

    /// Steps behind the next delimiter that no backslash stands before.
    fn part(&mut self, delimiter: char) -> Option<()> {
        loop {
            match self.take()? {
                '\\' => drop(self.take()),
                c if c == delimiter => return Some(()),
                _ => {}
            }
        }
    }

    /// Steps behind a pattern.
    fn pattern(&mut self, delimiter: char) -> Option<()> {
        if !self.brackets {
            return self.part(delimiter);
        }
        loop {
            match self.take()? {
                c if c == delimiter => return Some(()),
                '\\' => drop(self.take()),
                '[' => self.bracket()?,
                _ => {}
            }
        }
    }

    /// Steps behind `[…]`, of which the first character may be a `]` that does not close it.
    fn bracket(&mut self) -> Option<()> {
        self.at += usize::from(self.peek() == Some('^'));
        self.at += usize::from(self.peek() == Some(']'));
        loop {
            match self.take()? {
                ']' => return Some(()),
                '[' => {
                    if let Some(class) = self.peek().filter(|c| matches!(c, ':' | '.' | '=')) {
                        self.take();
                        while !(self.take()? == class && self.peek() == Some(']')) {}
                        self.take();
                    }
                }
                _ => {}
            }
        }
    }

    fn substitute(&mut self) -> Option<()> {
        let delimiter = self.take()?;
        self.pattern(delimiter)?;
        self.part(delimiter)?;
        loop {
            match self.peek() {
                Some('w') => {
                    self.take();
                    self.writes();
                }
                Some('e') => {
                    self.take();
                    self.deeds.push(Deed::RunsWhatItReads);
                }
                Some(c) if "gpiImM".contains(c) || c.is_ascii_digit() => self.at += 1,
                _ => return Some(()),
            }
        }
    }

    /// The text of `a`, `i` and `c`: up to a line's end before which there is no backslash.
    fn text(&mut self) {
        while let Some(c) = self.take() {
            match c {
                '\\' => drop(self.take()),
                '\n' => return,
                _ => {}
            }
        }
    }

    fn writes(&mut self) {
        let file = self.line().trim().to_owned();
        self.deeds.push(Deed::Writes(file));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_is_no_deed() {
        let scripts = [
            "p",
            "1,3d;$!N",
            "s/e/w/gp",
            "s|a/e|b w f|2",
            "/w x/,/e make/{s/a/b/;=}",
            "\\%e%Id",
            "a\\\ne make\\\nw f",
            "i e make",
            ":e;be",
            "y/we/ew/",
            "s/[^]e[:digit:]]*[a-z]/x/",
            "s/[^/]*$//",
            "s/[/]e/x/",
            "/[[:alpha:]/]w x/d",
            "# e make\nr /etc/x",
            "0~4p;5q",
            "s/a\\/e/b/;tx;:x",
        ];
        for script in scripts {
            assert_eq!(deeds(script), Some(Vec::new()), "{script}");
        }
    }

    #[test]
    fn what_runs_and_writes_is_found() {
        let runs = |text: &str| Some(vec![Deed::Runs(text.to_owned())]);
        let writes = |text: &str| Some(vec![Deed::Writes(text.to_owned())]);
        assert_eq!(deeds("1e make -j4\np"), runs("make -j4"));
        assert_eq!(deeds("/a/,$ { e make; p\n}"), runs("make; p"));
        assert_eq!(deeds("e"), Some(vec![Deed::RunsWhatItReads]));
        assert_eq!(deeds("s,.*,make,ge"), Some(vec![Deed::RunsWhatItReads]));
        assert_eq!(deeds("s/a/b/w /etc/x"), writes("/etc/x"));
        assert_eq!(deeds("/a/w out; p"), writes("out; p"));
        assert_eq!(deeds("a text\nw out"), writes("out"));
        assert_eq!(deeds("s/[/]/e"), Some(vec![Deed::RunsWhatItReads]));
        assert_eq!(deeds("s/[/]/x/e"), Some(vec![Deed::RunsWhatItReads]));
        assert_eq!(deeds("s/a"), None);
        assert_eq!(deeds("k"), None);
    }
}
