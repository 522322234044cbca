//! How much a run works on values: as much as it takes, or in a test as much as one does that ends.

use super::state::State;
use super::value::Value;
use crate::check::primitive::Primitive;

/// The bytes of a text that count as one value.
pub(crate) const BYTES: usize = 16;

impl State {
    /// Counts so many values. Where these are too many, the run is given up by whoever watches it: what asked waits for
    /// that, by [`std::future::pending`].
    pub(super) fn is_too_much(&self, values: usize) -> bool {
        let Some(left) = self.machine.values_left() else { return false };
        let rest = left.get().checked_sub(values);
        left.set(rest.unwrap_or(0));
        rest.is_none()
    }

    /// Counts a text that is made.
    pub(super) fn is_too_long(&self, text: &str) -> bool {
        self.is_too_much(text.len() / BYTES)
    }

    /// Counts all that is looked at to compare values or to copy them.
    pub(super) fn is_too_much_of<'v>(&self, values: impl IntoIterator<Item = &'v Value>) -> bool {
        let Some(left) = self.machine.values_left() else { return false };
        values.into_iter().any(|value| self.is_too_much(weight(value, left.get())))
    }

    /// Counts what a primitive is given, and what it makes of it.
    pub(super) fn is_too_much_for(&self, primitive: Primitive, values: &[Value]) -> bool {
        self.machine.values_left().is_some()
            && (self.is_too_much_of(values) || self.is_too_much(made(primitive, values)))
    }
}

/// The number of values in a value, each text by its length. What is held twice counts twice, which may come to more than
/// can be counted: it ends soon behind `most`.
fn weight(value: &Value, most: usize) -> usize {
    let text = |text: &str| 1 + text.len() / BYTES;
    match value {
        Value::Str(held) | Value::Secret(held) => text(held),
        Value::Output(output) => text(&output.stdout) + text(&output.stderr),
        Value::Data(data) => text(&data.text),
        Value::List(items) => all(items.iter().map(|item| (0, item)), most),
        Value::Map(entries) => all(entries.iter().map(|(key, entry)| (text(key), entry)), most),
        _ => 1,
    }
}

fn all<'v>(parts: impl Iterator<Item = (usize, &'v Value)>, most: usize) -> usize {
    let mut sum = 1;
    for (key, part) in parts {
        if sum > most {
            break;
        }
        sum += key + weight(part, most - sum);
    }
    sum
}

/// The values in what a primitive makes, where they may be many more than it is given.
fn made(primitive: Primitive, values: &[Value]) -> usize {
    let text = |number: usize| match values.get(number) {
        Some(Value::Str(text)) => &**text,
        _ => "",
    };
    match (primitive, values.first()) {
        (Primitive::Join, Some(Value::List(items))) => items.len() * text(1).len() / BYTES,
        (Primitive::Replace, _) if !text(1).is_empty() => text(0).matches(text(1)).count() * text(2).len() / BYTES,
        (Primitive::Split, _) if text(1) == " " => text(0).split_whitespace().count(),
        (Primitive::Split, _) => text(0).matches(text(1)).count(),
        (Primitive::Lines, _) => text(0).lines().count(),
        _ => 0,
    }
}
