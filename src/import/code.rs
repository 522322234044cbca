//! The text that is written: lines with their indentation, and strings.

/// Lines of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Code(Vec<(usize, String)>);

impl Code {
    pub(super) fn new() -> Self {
        Code::default()
    }

    /// One line, or several that are indented alike.
    pub(super) fn line(text: impl AsRef<str>) -> Self {
        let mut code = Code::new();
        code.push(text);
        code
    }

    pub(super) fn push(&mut self, text: impl AsRef<str>) {
        self.0.extend(text.as_ref().split('\n').map(|line| (0, line.to_owned())));
    }

    pub(super) fn append(&mut self, other: Code) {
        self.0.extend(other.0);
    }

    pub(super) fn followed_by(mut self, other: Code) -> Self {
        self.append(other);
        self
    }

    /// `HEAD { … }`; what follows the last brace may go on, as `else` does.
    pub(super) fn block(&mut self, head: impl AsRef<str>, body: Code) {
        self.push(format!("{} {{", head.as_ref()));
        self.inner(body);
        self.push("}");
    }

    /// `} HEAD { … }` behind a block.
    pub(super) fn go_on(&mut self, head: &str, body: Code) {
        self.0.pop();
        self.push(format!("}} {head} {{"));
        self.inner(body);
        self.push("}");
    }

    fn inner(&mut self, body: Code) {
        self.0.extend(body.0.into_iter().map(|(depth, line)| (depth + 1, line)));
    }

    pub(super) fn comment(&mut self, text: &str) {
        for line in text.lines() {
            self.push(format!("# {}", plain(line)).trim_end());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn text(&self) -> String {
        let line = |(depth, line): &(usize, String)| {
            let blank = line.trim().is_empty();
            if blank { String::from("\n") } else { format!("{}{line}\n", "    ".repeat(*depth)) }
        };
        self.0.iter().map(line).collect()
    }
}

/// A line of a comment has no characters that end it.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim_end().to_owned()
}

/// A string with splices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) Vec<Piece>);

/// A part of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Written(String),
    /// An expression of flow.
    Splice(String),
}

impl Text {
    pub(super) fn of(text: &str) -> Self {
        Text(vec![Piece::Written(text.to_owned())])
    }

    /// The text, where nothing is spliced into it.
    pub(super) fn literal(&self) -> Option<String> {
        let written = self.0.iter().map(|piece| match piece {
            Piece::Written(text) => Some(text.as_str()),
            Piece::Splice(_) => None,
        });
        written.collect()
    }

    /// The string on one line.
    pub(super) fn quoted(&self) -> String {
        format!("\"{}\"", self.escaped(false))
    }

    /// A command: over several lines where it has them.
    pub(super) fn command(&self) -> String {
        let trimmed = self.trimmed();
        let text = trimmed.escaped(true);
        let fits = !text.lines().any(|line| line.ends_with([' ', '\t']) || line.trim().is_empty() && !line.is_empty());
        if !text.contains('\n') || !fits {
            return trimmed.quoted();
        }
        let lines: Vec<String> = text.split('\n').map(|line| format!("    {line}").trim_end().to_owned()).collect();
        format!("\"\"\"\n{}\n    \"\"\"", lines.join("\n"))
    }

    /// A file's text: the last line's end stands before the closing quotes.
    pub(super) fn content(&self) -> String {
        let text = self.escaped(true);
        let fits = !text.lines().any(|line| line.ends_with([' ', '\t']));
        match text.strip_suffix('\n') {
            Some(lines) if lines.contains('\n') && fits => {
                let lines: Vec<String> =
                    lines.split('\n').map(|line| format!("    {line}").trim_end().to_owned()).collect();
                format!("\"\"\"\n{}\n    \"\"\"", lines.join("\n"))
            }
            _ => self.quoted(),
        }
    }

    fn trimmed(&self) -> Text {
        let mut pieces = self.0.clone();
        if let Some(Piece::Written(first)) = pieces.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(Piece::Written(last)) = pieces.last_mut() {
            *last = last.trim_end().to_owned();
        }
        Text(pieces)
    }

    fn escaped(&self, lines: bool) -> String {
        let mut out = String::new();
        for (at, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Splice(expr) => out.push_str(&format!("{{{{ {expr} }}}}")),
                Piece::Written(text) => {
                    let before_splice = matches!(self.0.get(at + 1), Some(Piece::Splice(_)));
                    escape(&mut out, text, lines, before_splice);
                }
            }
        }
        out
    }
}

fn escape(out: &mut String, text: &str, lines: bool, before_splice: bool) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match c {
            '\\' => out.push_str("\\\\"),
            '"' if lines && next != Some('"') && !out.ends_with('"') => out.push('"'),
            '"' => out.push_str("\\\""),
            '{' if next == Some('{') || next.is_none() && before_splice => out.push_str("\\{"),
            '\n' if !lines => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
}

/// A plain text as a string.
pub(super) fn quoted(text: &str) -> String {
    Text::of(text).quoted()
}

/// A key of a map: bare where it is a word.
pub(super) fn key(text: &str) -> String {
    let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_word && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        text.to_owned()
    } else {
        quoted(text)
    }
}
