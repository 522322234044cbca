//! The types of values.

use std::fmt;
use std::rc::Rc;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as users write it")]
pub enum Type {
    Str,
    Int,
    Bool,
    Duration,
    Size,
    Path,
    Host,
    Output,
    Secret,
    /// What `from-yaml` and `from-json` give: only `as` makes something of it.
    Data,
    /// A file on the host where it was made.
    File,
    /// A socket on the host where it was made.
    Socket,
    /// A process on the host where it was started.
    Process,
    /// No value.
    Unit,
    List(Rc<Type>),
    Map(Rc<Type>),
    Optional(Rc<Type>),
    /// A record that a `type` declares.
    Record(Rc<Record>),
    /// A type that an `extern` signature leaves open, such as the `T` of `len(List[T])`.
    Var(Rc<str>),
    /// The type of what was refused already: fits everywhere, so that one fault is told once.
    Unknown,
}

/// A record type.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// Its fields, in order.
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The value it has when it is left out.
    pub default: Option<super::ir::Literal>,
}

impl Record {
    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Type {
    /// Whether a value of it is a secret, or may hold one.
    #[must_use]
    pub fn holds_secret(&self) -> bool {
        match self {
            Type::Secret => true,
            Type::List(inner) | Type::Map(inner) | Type::Optional(inner) => inner.holds_secret(),
            Type::Record(record) => record.fields.iter().any(|field| field.ty.holds_secret()),
            _ => false,
        }
    }

    /// `List[T]`
    #[must_use]
    pub fn list(element: Type) -> Type {
        Type::List(Rc::new(element))
    }

    /// `T?`, never `T??`.
    #[must_use]
    pub fn optional(inner: Type) -> Type {
        match inner {
            Type::Optional(_) | Type::Unknown => inner,
            inner => Type::Optional(Rc::new(inner)),
        }
    }

    /// Whether a value of this type may stand where `wanted` is asked for. A path is text with a meaning, so the two
    /// stand for each other; text may always be sealed into a secret and never taken out again.
    #[must_use]
    pub fn fits(&self, wanted: &Type) -> bool {
        match (self, wanted) {
            (Type::Unknown, _) | (_, Type::Unknown) => true,
            (Type::Str, Type::Path | Type::Secret) | (Type::Path, Type::Str | Type::Secret) => true,
            (Type::Optional(a), Type::Optional(b)) => a.fits(b),
            (a, Type::Optional(b)) => a.fits(b),
            (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => a.fits(b),
            (a, b) => a == b,
        }
    }

    /// The type that values of either have. What is not known yet, as of the elements of `[]`, gives way to what is, and
    /// text beside a secret is one.
    #[must_use]
    pub fn join(&self, other: &Type) -> Option<Type> {
        Some(match (self, other) {
            (Type::Unknown, known) | (known, Type::Unknown) => known.clone(),
            (Type::Optional(a), Type::Optional(b)) => Type::optional(a.join(b)?),
            (Type::Optional(a), b) => Type::optional(a.join(b)?),
            (a, Type::Optional(b)) => Type::optional(a.join(b)?),
            (Type::List(a), Type::List(b)) => Type::list(a.join(b)?),
            (Type::Map(a), Type::Map(b)) => Type::Map(Rc::new(a.join(b)?)),
            (a, b) if b.fits(a) => a.clone(),
            (a, b) if a.fits(b) => b.clone(),
            _ => return None,
        })
    }

    /// Whether a string can hold it.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(
            self,
            Type::Str
                | Type::Int
                | Type::Bool
                | Type::Duration
                | Type::Size
                | Type::Path
                | Type::Host
                | Type::File
                | Type::Socket
                | Type::Unknown
        )
    }

    /// The fields that can be read from it, with their types; none where it has no fields.
    #[must_use]
    pub fn fields(&self) -> Vec<(&str, Type)> {
        match self {
            Type::Host => HOST_FIELDS.iter().map(|(name, ty)| (*name, ty())).collect(),
            Type::Output => vec![("stdout", Type::Str), ("stderr", Type::Str), ("code", Type::Int), ("ok", Type::Bool)],
            Type::File | Type::Socket => vec![("path", Type::Path), ("host", Type::Str)],
            Type::Process => vec![("pid", Type::Int), ("host", Type::Str)],
            Type::Record(record) => record.fields.iter().map(|field| (field.name.as_str(), field.ty.clone())).collect(),
            _ => Vec::new(),
        }
    }
}

type TypeOf = fn() -> Type;

/// What a `Host` tells of itself.
const HOST_FIELDS: &[(&str, TypeOf)] = &[
    ("name", || Type::Str),
    ("address", || Type::Str),
    ("arch", || Type::Str),
    ("class", || Type::Str),
    ("os", || Type::Str),
    ("mem", || Type::Size),
    ("cores", || Type::Int),
    ("groups", || Type::list(Type::Str)),
    ("mounts", || Type::list(Type::Path)),
    ("vars", || Type::Map(Rc::new(Type::Str))),
];

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::List(element) => write!(f, "List[{element}]"),
            Type::Map(element) => write!(f, "Map[{element}]"),
            Type::Optional(inner) => write!(f, "{inner}?"),
            Type::Record(record) => f.write_str(&record.name),
            Type::Var(name) => f.write_str(name),
            Type::Unit => f.write_str("nothing"),
            Type::Unknown => f.write_str("?"),
            plain => write!(f, "{plain:?}"),
        }
    }
}
