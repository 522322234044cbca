//! Where a text stands, and what is true of all that it runs.

use std::ops::Range;

use super::analysis::SpliceContext;
use super::decoded::Decoded;
use super::parse::Dialect;

/// Where a text stands in the outermost one.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// It begins at this byte and is written there as it is read.
    Exact(usize),
    /// It was unquoted or put together from something in this range.
    Within(Option<Range<usize>>),
}

impl Origin {
    /// Where a range of the text stands.
    pub(super) fn range(&self, range: Range<usize>) -> Option<Range<usize>> {
        match self {
            Self::Exact(base) => Some(base + range.start..base + range.end),
            Self::Within(outer) => outer.clone(),
        }
    }

    /// The origin of what is written at a range of the text.
    pub(super) fn inner(&self, range: Range<usize>) -> Self {
        match self {
            Self::Exact(base) => Self::Exact(base + range.start),
            Self::Within(outer) => Self::Within(outer.clone()),
        }
    }
}

/// What is true of all the text that is being read.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) dialect: Dialect,
    pub(super) origin: Origin,
    /// The programs that the text is run through.
    pub(super) via: Vec<String>,
    /// What every splice in this text is, wherever in it it stands.
    pub(super) forced: Option<SpliceContext>,
    /// What a wrapper puts something else in the place of: the `{}` of `find`.
    pub(super) filled: Option<String>,
    /// The programs of this text may not be run at all.
    pub(super) possible: bool,
    pub(super) depth: usize,
}

impl Scope {
    pub(super) fn outermost() -> Self {
        Self {
            dialect: Dialect::Sh,
            origin: Origin::Exact(0),
            via: Vec::new(),
            forced: None,
            filled: None,
            possible: false,
            depth: 0,
        }
    }

    /// The scope of something that stands in this one.
    pub(super) fn inner(&self, origin: Origin) -> Self {
        Self { origin, ..self.clone() }
    }

    /// The same scope, one level deeper.
    pub(super) fn deeper(&self) -> Self {
        Self { depth: self.depth + 1, ..self.clone() }
    }

    /// The scope of the arguments that a wrapper runs.
    pub(super) fn through(&self, wrapper: &str) -> Self {
        let mut scope = self.deeper();
        scope.via.push(wrapper.to_owned());
        scope
    }

    /// The same scope, in whose words a wrapper puts something in the place of a text.
    pub(super) fn filling(mut self, text: &str) -> Self {
        self.filled = Some(text.to_owned());
        self
    }

    /// Whether a wrapper puts something into a text.
    pub(super) fn fills(&self, text: &str) -> bool {
        self.filled.as_ref().is_some_and(|filled| text.contains(filled))
    }

    /// The same scope, whose programs may not be run at all.
    pub(super) fn perhaps(&self) -> Self {
        Self { possible: true, ..self.clone() }
    }

    /// The same scope where every splice is of one kind. An outer kind stays.
    pub(super) fn forcing(mut self, context: SpliceContext) -> Self {
        self.forced.get_or_insert(context);
        self
    }
}

/// What a program reads on its standard input.
#[derive(Clone, Debug)]
pub(super) enum Stdin {
    /// It is not known from the command itself.
    Unknown,
    /// The text of a here-document.
    Text(Decoded),
    /// A file.
    File(Decoded),
}
