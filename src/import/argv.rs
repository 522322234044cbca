//! The words of `command`, which no shell reads: Ansible splits them as Python's `shlex` does, and then puts in variables
//! of the environment and whose folder `~` is, within quotes too.

use super::code::{Piece, Text};
use super::jinja::{Expr, Part, parse_template};
use super::splice::Stands;
use super::translator::{Translator, shell_quoted};
use super::value::Reason;
use crate::inventory::node::{Node, Value as Yaml};

/// What is set wherever somebody is logged in.
const ENVIRONMENT: &[&str] = &["HOME", "USER", "LOGNAME", "PATH", "SHELL", "PWD"];

/// A word, as it is written and as it is read.
#[derive(Debug, Default)]
struct Word {
    written: Vec<Piece>,
    read: Vec<Piece>,
    /// Whether a shell would read what is written otherwise.
    differs: bool,
}

/// The state of `shlex` between two characters.
#[derive(Default)]
struct Shlex {
    words: Vec<Word>,
    /// The word that has begun.
    word: Option<Word>,
    quote: Option<char>,
    escaped: bool,
}

impl Shlex {
    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert_default()
    }

    fn text(&mut self, text: &str) {
        text.chars().for_each(|c| self.char(c));
    }

    fn char(&mut self, c: char) {
        let (quote, escaped) = (self.quote, std::mem::take(&mut self.escaped));
        if quote.is_none() && !escaped && matches!(c, ' ' | '\t' | '\r' | '\n') {
            self.words.extend(self.word.take());
            return;
        }
        let word = self.word();
        push(&mut word.written, c);
        match (quote, c) {
            _ if escaped => {
                // Within quotes a backslash is left where it escapes nothing.
                if quote.is_some() && !matches!(c, '"' | '\\') {
                    push(&mut word.read, '\\');
                }
                push(&mut word.read, c);
            }
            (Some('"') | None, '\\') => {
                word.differs = true;
                self.escaped = true;
            }
            (Some(open), c) if c == open => self.quote = None,
            (None, '"' | '\'') => self.quote = Some(c),
            _ => {
                let special = match quote {
                    None => "$`|&;<>()*?[]#!",
                    Some('"') => "$`",
                    Some(_) => "$",
                };
                word.differs |= special.contains(c) || c == '~' && word.read.is_empty();
                push(&mut word.read, c);
            }
        }
    }

    fn splice(&mut self, splice: String) {
        let word = self.word();
        word.written.push(Piece::Splice(splice.clone()));
        word.read.push(Piece::Splice(splice));
    }

    fn finish(mut self) -> Result<Vec<Word>, Reason> {
        if self.quote.is_some() || self.escaped {
            return Err(String::from("a quote or a backslash in the command is left open"));
        }
        self.words.extend(self.word.take());
        Ok(self.words)
    }
}

/// The command that a text is, split into words.
pub(super) fn spoken(to: &mut Translator<'_>, text: &str, expands: bool) -> Result<Text, Reason> {
    let mut shlex = Shlex::default();
    let parts = parse_template(text)?;
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) | Part::Expr(Expr::Str(text)) => shlex.text(text),
            Part::Expr(expr) => {
                let written = shlex.word.as_ref().map_or(&[] as &[Piece], |word| &word.written);
                let stands = Stands::of(shlex.quote, written, parts.get(at + 1));
                let splice = to.reader().spliced(expr, stands, false)?;
                shlex.splice(splice);
            }
        }
    }
    let mut words = shlex.finish()?;
    if let Some(first) = words.first_mut() {
        // A shell would set a variable.
        first.differs |= first.read.iter().any(|piece| matches!(piece, Piece::Written(text) if text.contains('=')));
    }
    let pieces = words.into_iter().map(|word| {
        let read = word.read.clone();
        let written = if word.differs { for_shell(to, &word.read, expands)? } else { word.written };
        Ok((read, written))
    });
    Ok(joined(pieces.collect::<Result<Vec<_>, Reason>>()?))
}

/// The command that is written as a list of words.
pub(super) fn listed(to: &mut Translator<'_>, argv: &Node, expands: bool) -> Result<Text, Reason> {
    let Yaml::Sequence(items) = &argv.value else { return Err(String::from("`argv` is no list")) };
    let mut words = Vec::new();
    for item in items {
        let word = item.text().ok_or("`argv` holds more than texts")?;
        let read = to.reader().text(&super::translator::printed(item, word)?)?.0;
        words.push((read.clone(), for_shell(to, &read, expands)?));
    }
    Ok(joined(words))
}

/// Words with blanks between them, each as it is read and as a shell has to read it.
fn joined(words: Vec<(Vec<Piece>, Vec<Piece>)>) -> Text {
    let own = words.first().and_then(|(program, _)| program_file(program, &words[1..]));
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, (_, word)) in words.into_iter().enumerate() {
        if at > 0 {
            push_text(&mut pieces, " ");
        }
        match (at, own) {
            (0, Some(file)) => push_text(&mut pieces, file),
            _ => word.into_iter().for_each(|piece| match piece {
                Piece::Written(text) => push_text(&mut pieces, &text),
                splice => pieces.push(splice),
            }),
        }
    }
    Text(pieces)
}

/// The file of a program that a shell has by itself, where that one would print something else.
fn program_file(program: &[Piece], arguments: &[(Vec<Piece>, Vec<Piece>)]) -> Option<&'static str> {
    let [Piece::Written(name)] = program else { return None };
    let texts = |piece: &Piece, test: &dyn Fn(&str) -> bool| matches!(piece, Piece::Written(text) if test(text));
    let any = |test: &dyn Fn(&str) -> bool| arguments.iter().flat_map(|(read, _)| read).any(|piece| texts(piece, test));
    match name.as_str() {
        "echo" => {
            let options = |text: &str| text.starts_with('-') && text != "-n";
            let first = arguments.first().and_then(|(read, _)| read.first());
            let reads = first.is_some_and(|piece| texts(piece, &options)) || any(&|text| text.contains('\\'));
            reads.then_some("/bin/echo")
        }
        "printf" => any(&|text| ["\\x", "\\u", "%q"].iter().any(|own| text.contains(own))).then_some("/usr/bin/printf"),
        _ => None,
    }
}

/// A word in a shell's spelling.
fn for_shell(to: &Translator<'_>, read: &[Piece], expands: bool) -> Result<Vec<Piece>, Reason> {
    let own: Vec<&str> = to.setting.env.iter().map(|(name, _)| name.as_str()).collect();
    let (mut out, mut rest) = (Vec::new(), read.to_vec());
    if let Some(Piece::Written(text)) = rest.first_mut().filter(|_| expands)
        && text.starts_with('~')
    {
        let end = text.find('/').unwrap_or(text.len());
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !text[1..end].chars().all(is_name) || end == text.len() && read.len() > 1 {
            return Err(format!("`{text}`: whose folder it is, is known at run time only"));
        }
        let behind = text.split_off(end);
        out.push(Piece::Written(std::mem::replace(text, behind)));
        if let Some(Piece::Written(rest)) = rest.first_mut()
            && let Some(behind) = rest.strip_prefix('/').map(str::to_owned)
        {
            push(&mut out, '/');
            *rest = behind;
        }
    }
    for piece in rest {
        match piece {
            Piece::Splice(_) => out.push(piece),
            Piece::Written(text) => push_text(&mut out, &in_quotes(&text, &own, expands)),
        }
    }
    Ok(if out.is_empty() { vec![Piece::Written(String::from("''"))] } else { out })
}

/// A text in quotes where it needs some, so that the variables in it are put in and nothing else is done.
fn in_quotes(text: &str, own: &[&str], expands: bool) -> String {
    let mut out = String::from("\"");
    let mut has_variable = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((spelt, behind)) = variable(rest, own).filter(|_| expands) {
            out.push_str(&spelt);
            has_variable = true;
            rest = behind;
            continue;
        }
        if matches!(c, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out.push('"');
    let is_safe = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+:,@%".contains(c));
    match text {
        _ if has_variable => out,
        "" => String::new(),
        _ if is_safe(text) => text.to_owned(),
        _ if text.contains('=') && is_safe(&text.replace('=', "")) => format!("'{text}'"),
        _ => shell_quoted(text),
    }
}

/// `$NAME` or `${NAME}` at the start of a text in the spelling of a shell, and what follows it. A name that is not set,
/// Ansible leaves as it is written.
fn variable<'t>(text: &'t str, own: &[&str]) -> Option<(String, &'t str)> {
    let rest = text.strip_prefix('$')?;
    let (name, behind) = match rest.strip_prefix('{') {
        Some(inner) => inner.split_once('}')?,
        None => rest.split_at(rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())),
    };
    let written = &text[..text.len() - behind.len()];
    if own.contains(&name) || ENVIRONMENT.contains(&name) {
        return Some((written.to_owned(), behind));
    }
    // Others may be set or not: names of the environment are written in capitals.
    let is_name = name.len() > 2
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    is_name.then(|| (format!("${{{name}-\\{written}}}"), behind))
}

fn push(pieces: &mut Vec<Piece>, c: char) {
    push_text(pieces, c.encode_utf8(&mut [0; 4]));
}

/// Adds a text to the one that stands last.
fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Written(last)) => last.push_str(text),
        _ if text.is_empty() => {}
        _ => pieces.push(Piece::Written(text.to_owned())),
    }
}
