//! What is known of a shell text: the result of [`analyse`](super::analyse).

use std::ops::Range;

use super::quote::Quoting;
use super::template::Position;

/// What a shell text runs, and where its splices stand.
///
/// When there are errors the rest is incomplete, and the text must not be relied on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// Every command position of the text, in the order of reading.
    pub programs: Vec<Invocation>,
    /// What the text changes by a redirection or an option: `>file`, `sort -o file`, `find -delete`. `/dev/null` and its
    /// like are no files.
    pub writes: Vec<Write>,
    /// Where each splice stands, by its number.
    pub splices: Vec<SpliceContext>,
    /// Why the text, or a part of it, could not be read.
    pub errors: Vec<ShellError>,
    /// How it is written, where that is worth a word. What is shipped keeps none.
    pub remarks: Vec<Remark>,
}

/// A way of writing that a lint may speak of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Remark {
    /// What it is.
    pub manner: Manner,
    /// Where it stands; `None` stands for the whole text.
    pub position: Option<Range<Position>>,
}

/// The ways of writing that are remarked on. Ranges are of [`Analysis::programs`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Manner {
    /// A form that only bash and its like know, in text that the host's `sh` reads.
    Bash(String),
    /// An expansion outside of quotes, as written: the shell splits it, and takes what comes out for patterns.
    Unquoted(String),
    /// A command between backquotes.
    Backquotes,
    /// A command whose output another one reads, so that its exit status is lost.
    Piped {
        /// What it runs.
        programs: Range<usize>,
        /// What reads its output.
        into: Range<usize>,
    },
    /// `… || true`.
    Hidden {
        /// What fails without anybody's knowing.
        programs: Range<usize>,
    },
    /// A command of the text that is not the last, with nothing that looks at its exit status.
    Passed {
        /// What it runs.
        programs: Range<usize>,
    },
}

/// Something that the text changes by other means than a program whose work that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// What it does, in words: `a redirection to a file`.
    pub what: String,
    /// Where it stands; `None` stands for the whole text.
    pub position: Option<Range<Position>>,
}

/// A program that the text runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Which one.
    pub program: Program,
    /// The program's basename and its arguments.
    pub words: Vec<Word>,
    /// Where the program's name stands; `None` stands for the whole text.
    pub position: Option<Range<Position>>,
    /// The programs that it is run through, outermost first: `["env", "sh -c"]`.
    pub via: Vec<String>,
    /// It runs another program, which is reported as an invocation of its own.
    pub wrapper: bool,
    /// The shell itself provides it.
    pub builtin: bool,
    /// It may as well be something else: a call of a function of the text, or a mere argument that stands after a
    /// variable which may be empty. What the program does has to be counted, but it is not to be called unlisted.
    pub possible: bool,
}

/// Which program an [`Invocation`] runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// The one of this basename.
    Known(String),
    /// The one that the splice of this number names.
    Spliced(usize),
    /// One that the shell finds out as it runs: `$CC`.
    Dynamic(String),
}

/// A word of an [`Invocation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Text that is known, without its quotes.
    Literal(String),
    /// The splice of this number, alone.
    Spliced(usize),
    /// Anything else, as written; `{{…}}` stands for a splice.
    Dynamic(String),
}

/// A part of a text that cannot be read as shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellError {
    /// What is wrong with it.
    pub message: String,
    /// Where; `None` stands for the whole text.
    pub position: Option<Range<Position>>,
}

/// Where in its command an unquoted or quoted splice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A whole argument of a program.
    Argument,
    /// A part of a word.
    Part,
    /// In the name of the program.
    Command,
    /// In the value of an assignment.
    Assignment,
    /// The file of a redirection.
    Redirection,
    /// An argument of a wrapper that comes before the program it runs, such as the duration of `timeout`.
    Operand,
    /// An argument of a program that does more by some of its options.
    NoOption,
    /// Elsewhere in the syntax: the word of a `case`, a pattern.
    Syntax,
}

/// How the shell would read a value at the place of a splice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SpliceContext {
    /// Outside of quotes.
    Unquoted(Place),
    /// Between double quotes.
    DoubleQuoted(Place),
    /// Between single quotes.
    SingleQuoted(Place),
    /// In `$'…'`, where a backslash means something.
    AnsiQuoted,
    /// In a here-document, or as its delimiter.
    HereDocument,
    /// In a comment: a value of two lines would leave it.
    Comment,
    /// In `$((…))`, whose variables may hold expressions.
    Arithmetic,
    /// In `${…}`.
    ParameterExpansion,
    /// As, or in, the name of a variable.
    VariableName,
    /// As, or in, the name of a function.
    FunctionName,
    /// In a command between backquotes, which are unescaped before anything in them is read.
    Backquoted,
    /// After a backslash, which would unquote the value's opening quote.
    Escaped,
    /// Where another shell reads it as code.
    Code {
        /// What reads it: `sh -c`, `eval`, `ssh`.
        inside: String,
    },
    /// Where it could not be found again, or the text could not be read.
    Unknown,
}

impl SpliceContext {
    /// How a value has to be quoted here; `None` where no value may stand.
    #[must_use]
    pub fn quoting(&self) -> Option<Quoting> {
        match self {
            Self::Unquoted(_) => Some(Quoting::Word),
            Self::DoubleQuoted(_) => Some(Quoting::InDoubleQuotes),
            Self::SingleQuoted(_) => Some(Quoting::InSingleQuotes),
            Self::AnsiQuoted
            | Self::HereDocument
            | Self::Comment
            | Self::Arithmetic
            | Self::ParameterExpansion
            | Self::VariableName
            | Self::FunctionName
            | Self::Backquoted
            | Self::Escaped
            | Self::Code { .. }
            | Self::Unknown => None,
        }
    }

    /// Whether a list may stand here, as one word for each element. Elsewhere the second element would become part of
    /// the syntax: `CC={{ list }}` would run it.
    #[must_use]
    pub fn takes_list(&self) -> bool {
        matches!(self, Self::Unquoted(Place::Argument | Place::NoOption))
    }

    /// Whether a value that begins with `-` has to be refused here: an option in the place of a wrapper's operand would
    /// move the place of the program that the wrapper runs, and some options run programs themselves.
    #[must_use]
    pub fn refuses_leading_dash(&self) -> bool {
        let (Self::Unquoted(place) | Self::DoubleQuoted(place) | Self::SingleQuoted(place)) = self else {
            return false;
        };
        matches!(place, Place::Operand | Place::NoOption)
    }

    /// Where no value may stand, what this place is, in plain words: `in a comment`.
    #[must_use]
    pub fn describe(&self) -> String {
        let words = match self {
            Self::Unquoted(_) => "outside of quotes",
            Self::DoubleQuoted(_) => "between double quotes",
            Self::SingleQuoted(_) => "between single quotes",
            Self::AnsiQuoted => "in `$'…'`",
            Self::HereDocument => "in a here-document",
            Self::Comment => "in a comment",
            Self::Arithmetic => "in an arithmetic expression",
            Self::ParameterExpansion => "in `${…}`",
            Self::VariableName => "in the name of a variable",
            Self::FunctionName => "in the name of a function",
            Self::Backquoted => "between backquotes",
            Self::Escaped => "after a backslash",
            Self::Code { inside } => return format!("in text that `{inside}` reads as code"),
            Self::Unknown => "where the shell would not read it as a value",
        };
        words.to_owned()
    }
}
