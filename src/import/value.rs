//! Expressions of flow, with what decides how they are compared and spliced.

use super::code::{Piece, quoted};
use super::operators::negation;
use super::scope::{Entries, Ty, Words};

/// An expression of flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) ty: Ty,
    /// How tightly it holds together.
    pub(super) rank: u8,
    pub(super) words: Words,
    pub(super) origin: Origin,
    /// Of a map, or of the maps in a list.
    pub(super) entries: Entries,
}

/// Where a value comes from, where that decides how it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Origin {
    #[default]
    Elsewhere,
    /// A variable of the inventory, by its key: it may be missing.
    Variable(String),
    /// A text of the inventory.
    Inventory,
    /// A value of a map, which is a text in flow whatever it was: by the map and its key, it may be missing.
    Entry(String, String),
    /// What a command printed, in the place of a file's text.
    Printed,
    /// The operating system, by another name than Ansible's; and that in small letters.
    Os,
    OsInSmallLetters,
    /// The elements of a list, each one word, with blanks between them.
    Joined(String),
    /// The memory, as the inventory may say it: Ansible measures it.
    Memory,
}

pub(super) const OR: u8 = 0;
pub(super) const AND: u8 = 1;
pub(super) const NOT: u8 = 2;
pub(super) const COMPARE: u8 = 3;
pub(super) const SUM: u8 = 4;
pub(super) const PRODUCT: u8 = 5;
pub(super) const ATOM: u8 = 7;

/// Why something cannot be said in flow, in words.
pub(super) type Reason = String;

/// What `bool` takes for a yes, in the cases that people write.
const TRUE: [&str; 10] = ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "1"];

/// The texts of an inventory that say no; all others are true by themselves.
const FALSE: [&str; 13] = ["", "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "0", "[]", "{}"];

/// A truth value as Python writes it.
pub(super) fn python(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}

fn spellings(texts: &[&str]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
}

impl Value {
    pub(super) fn new(text: impl Into<String>, ty: Ty) -> Self {
        Value { rank: ATOM, ..Value::ranked(text.into(), ty, ATOM) }
    }

    pub(super) fn ranked(text: String, ty: Ty, rank: u8) -> Self {
        Value { text, ty, rank, words: Words::One, origin: Origin::Elsewhere, entries: Entries::default() }
    }

    pub(super) fn within(&self, rank: u8) -> String {
        if self.rank < rank { format!("({})", self.text) } else { self.text.clone() }
    }

    /// Its truth, as Ansible has it.
    pub(super) fn truth(self) -> Result<Value, Reason> {
        match self.ty {
            Ty::Bool | Ty::Stat => Ok(Value { ty: Ty::Bool, ..self }),
            Ty::Str if self.may_be_truth() => {
                let text = format!("{} in [{}]", self.within(SUM), spellings(&FALSE));
                Ok(negation(&Value::ranked(text, Ty::Bool, COMPARE)))
            }
            Ty::Str | Ty::Slurp | Ty::Length => {
                Ok(Value::ranked(format!("{} != \"\"", self.within(SUM)), Ty::Bool, COMPARE))
            }
            Ty::Int => Ok(Value::ranked(format!("{} != 0", self.within(SUM)), Ty::Bool, COMPARE)),
            Ty::List(_) => Ok(Value::ranked(format!("len({}) > 0", self.text), Ty::Bool, COMPARE)),
            Ty::Map | Ty::Output | Ty::Printed => Err(format!("`{}` is no truth value", self.text)),
        }
    }

    /// What the filter `bool` makes of a text.
    pub(super) fn is_yes(&self) -> Value {
        Value::ranked(format!("{} in [{}]", self.within(SUM), spellings(&TRUE)), Ty::Bool, COMPARE)
    }

    /// Whether it is which operating system a host has.
    pub(super) fn is_system(&self) -> bool {
        matches!(self.origin, Origin::Os | Origin::OsInSmallLetters)
    }

    /// As it is used where it is compared.
    pub(super) fn read(self) -> Result<Self, Reason> {
        if self.origin == Origin::Printed { self.settled() } else { Ok(self) }
    }

    /// As it is used where it is not compared.
    pub(super) fn settled(self) -> Result<Self, Reason> {
        let is = match self.origin {
            Origin::Os | Origin::OsInSmallLetters => {
                "`here.os` is \"debian\" where `ansible_distribution` is \"Debian\""
            }
            Origin::Printed => {
                return Err(String::from(
                    "what another user reads of a file loses the ends of its last lines: say `| trim`",
                ));
            }
            Origin::Memory => "`here.mem` is what the inventory says, and `ansible_memtotal_mb` what the kernel leaves",
            _ => return Ok(self),
        };
        Err(format!("{is}: outside of a comparison that would be another text"))
    }

    /// Whether its text may be that of a truth value.
    pub(super) fn may_be_truth(&self) -> bool {
        self.is_of_inventory() || matches!(self.origin, Origin::Entry(..))
    }

    pub(super) fn is_of_inventory(&self) -> bool {
        matches!(self.origin, Origin::Variable(_) | Origin::Inventory)
    }

    pub(super) fn literal(&self) -> Option<&str> {
        let inner = self.text.strip_prefix('"')?.strip_suffix('"')?;
        (self.ty == Ty::Str && !inner.contains(['"', '\\', '{'])).then_some(inner)
    }

    /// As a part of a text, in which Ansible writes a truth value as Python does.
    pub(super) fn piece(&self) -> Result<Piece, Reason> {
        match (&self.ty, self.text.as_str()) {
            (Ty::Bool, "true" | "false") => Ok(Piece::Written(python(self.text == "true").to_owned())),
            _ => Ok(Piece::Splice(self.spliceable()?)),
        }
    }

    /// As a value that a string can hold.
    pub(super) fn spliceable(&self) -> Result<String, Reason> {
        match self.ty {
            Ty::Bool => Ok(format!("if {} {{ \"True\" }} else {{ \"False\" }}", self.text)),
            Ty::Str | Ty::Int | Ty::Slurp => Ok(self.text.clone()),
            _ => Err(format!("`{}` is no single value, and a text cannot hold it", self.text)),
        }
    }
}
