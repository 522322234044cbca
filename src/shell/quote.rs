//! Writing values into shell text so that they stay values.

use std::fmt;

/// How a value has to be written where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quoting {
    /// Outside of quotes: `'…'`.
    Word,
    /// Between double quotes, which are closed before the value and opened again after it: `"a "'…'" b"`.
    InDoubleQuotes,
    /// Between single quotes.
    InSingleQuotes,
}

/// Why a value cannot be written into shell text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuoteError {
    /// The value contains a NUL, which no argument of a program can hold.
    Nul,
    /// Several values stand where only one can.
    List,
}

impl fmt::Display for QuoteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nul => "the value contains a NUL, which no argument of a program can hold",
            Self::List => "a list can only stand as words of its own, outside of quotes",
        })
    }
}

impl std::error::Error for QuoteError {}

/// Writes a value as shell text that stands for exactly this value, as one word or as a part of one.
///
/// The result is always quoted, `if` and `A=1` included: bare, they would be a keyword and an assignment.
///
/// # Errors
///
/// The value contains a NUL.
pub fn quote(value: &str, quoting: Quoting) -> Result<String, QuoteError> {
    if value.contains('\0') {
        return Err(QuoteError::Nul);
    }
    // Nothing but the closing quote is special between single quotes.
    let inner = value.replace('\'', r"'\''");
    Ok(match quoting {
        Quoting::Word => format!("'{inner}'"),
        Quoting::InDoubleQuotes => format!("\"'{inner}'\""),
        Quoting::InSingleQuotes => inner,
    })
}

/// Writes each value as a word of its own. No value gives no word.
///
/// # Errors
///
/// A value contains a NUL, or the place is inside of quotes.
pub fn quote_list<S: AsRef<str>>(values: &[S], quoting: Quoting) -> Result<String, QuoteError> {
    if quoting != Quoting::Word {
        return Err(QuoteError::List);
    }
    let words: Result<Vec<_>, _> = values.iter().map(|value| quote(value.as_ref(), quoting)).collect();
    Ok(words?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_their_place() {
        assert_eq!(quote("it's", Quoting::Word).unwrap(), r"'it'\''s'");
        assert_eq!(quote("it's", Quoting::InDoubleQuotes).unwrap(), r#""'it'\''s'""#);
        assert_eq!(quote("it's", Quoting::InSingleQuotes).unwrap(), r"it'\''s");
        assert_eq!(quote("", Quoting::Word).unwrap(), "''");
        assert_eq!(quote("a\0", Quoting::Word), Err(QuoteError::Nul));
    }

    #[test]
    fn lists_give_a_word_for_each_value() {
        assert_eq!(quote_list(&["a b", "c"], Quoting::Word).unwrap(), "'a b' 'c'");
        assert_eq!(quote_list::<&str>(&[], Quoting::Word).unwrap(), "");
        assert_eq!(quote_list(&["a"], Quoting::InDoubleQuotes), Err(QuoteError::List));
    }
}
