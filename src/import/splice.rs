//! Expressions within commands.

use super::code::{Piece, Text};
use super::jinja::{Expr, Part, parse_template};
use super::reader::Reader;
use super::scope::{Ty, Words};
use super::value::{Origin, Reason};

impl Reader<'_> {
    /// A command: what may be several words is spliced as several, unless it stands in quotes.
    pub(super) fn command(&mut self, text: &str) -> Result<Text, Reason> {
        let mut quote = None;
        let mut pieces = Vec::new();
        let parts = parse_template(text)?;
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Text(text) | Part::Expr(Expr::Str(text)) => {
                    quote = quote_after(quote, text);
                    pieces.push(Piece::Written(text.clone()));
                }
                Part::Expr(expr) => {
                    let stands = Stands::of(quote, &pieces, parts.get(at + 1));
                    pieces.push(Piece::Splice(self.spliced(expr, stands, true)?));
                }
            }
        }
        Ok(Text(pieces))
    }

    /// An expression within a command. What may be several words is spliced as several, unless it stands in quotes; what
    /// is code of a shell is spliced as such where there is a shell.
    pub(super) fn spliced(&mut self, expr: &Expr, stands: Stands, has_shell: bool) -> Result<String, Reason> {
        let is_quoted = stands == Stands::Quoted;
        let value = self.expr(expr)?;
        let is_list = value.ty == Ty::List(Box::new(Ty::Str));
        if let Origin::Joined(list) = &value.origin
            && stands == Stands::Alone
        {
            return Ok(list.clone());
        }
        let ends_quotes = |(_, separator): (&str, &str)| separator.contains('\'') || separator.contains("\\\"");
        if is_quoted && value.text.starts_with("join(") && value.text.rsplit_once(", \"").is_some_and(ends_quotes) {
            return Err(format!("`{}` ends the quotes that it stands in: join by a blank, without quotes", value.text));
        }
        let within = stands == Stands::Within;
        Ok(match value.words {
            _ if is_list => {
                return Err(format!(
                    "the list `{}` would be written as Python writes it: say `| join(' ')`",
                    value.text
                ));
            }
            Words::Several | Words::Spaced if within && has_shell => format!("raw({})", value.text),
            Words::Several | Words::Spaced | Words::Signs if within && !has_shell => {
                return Err(format!(
                    "`{}` may be several words, and stands within one: write it as `argv`",
                    value.text
                ));
            }
            Words::Empty | Words::Spaced if stands == Stands::Alone => {
                format!("[word for word in split({}, \" \") if word != \"\"]", value.text)
            }
            Words::Several if !is_quoted => format!("split({}, \" \")", value.text),
            Words::Signs | Words::Code | Words::Home if !is_quoted && has_shell => format!("raw({})", value.text),
            Words::Signs if !is_quoted => format!("[word for word in split({}, \" \") if word != \"\"]", value.text),
            Words::Code | Words::Home if !is_quoted => {
                return Err(format!(
                    "`{}` may hold quotes or variables that Ansible reads: write it as `argv`",
                    value.text
                ));
            }
            _ => value.spliceable()?,
        })
    }
}

/// How an expression stands in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// As a word.
    Alone,
    /// Beside other letters of a word.
    Within,
    Quoted,
}

impl Stands {
    /// Between what stands before and what follows.
    pub(super) fn of(quote: Option<char>, before: &[Piece], behind: Option<&Part>) -> Self {
        let parts = |c: char| c.is_whitespace() || "&|;()<>".contains(c);
        let ends = match before.last() {
            Some(Piece::Written(text)) => text.ends_with(parts),
            Some(Piece::Splice(_)) => false,
            None => true,
        };
        let begins = match behind {
            Some(Part::Text(text)) => text.starts_with(parts),
            Some(Part::Expr(_)) => false,
            None => true,
        };
        match (quote, ends && begins) {
            (Some(_), _) => Stands::Quoted,
            (None, true) => Stands::Alone,
            (None, false) => Stands::Within,
        }
    }
}

/// What quote is open behind a text of a shell.
fn quote_after(mut quote: Option<char>, text: &str) -> Option<char> {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => drop(chars.next()),
            (Some('"'), '"') => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            _ => {}
        }
    }
    quote
}
