//! The operands of `and` and `or`: shared, cheap to copy and to compare, and safe to drop at any depth.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use super::Predicate;

/// The operands of one `and` or `or`; reads as a slice of predicates.
///
/// Places are copied for every statement that they hold for, and a selector's name stands for its whole predicate
/// wherever it is used. Sharing keeps both cheap: a chain of names that each use the one before twice stays as small as
/// its text.
#[derive(Clone)]
pub struct Parts {
    items: Arc<Vec<Predicate>>,
    /// Of the items, in their order; makes hashing independent of depth, and most comparisons too.
    fingerprint: u64,
}

impl Parts {
    /// Appends an operand; copies the others only if they are shared.
    pub(super) fn push(&mut self, part: Predicate) {
        self.fingerprint = mix(self.fingerprint, &part);
        Arc::make_mut(&mut self.items).push(part);
    }

    /// Where the operands are kept: equal for two that share them.
    pub(super) fn address(&self) -> usize {
        Arc::as_ptr(&self.items).addr()
    }
}

fn mix(fingerprint: u64, part: &Predicate) -> u64 {
    // Its keys are fixed, so that a fingerprint is the same in every run.
    let mut hasher = DefaultHasher::new();
    fingerprint.hash(&mut hasher);
    part.hash(&mut hasher);
    hasher.finish()
}

impl From<Vec<Predicate>> for Parts {
    fn from(items: Vec<Predicate>) -> Self {
        let fingerprint = items.iter().fold(0, mix);
        Parts { items: Arc::new(items), fingerprint }
    }
}

impl FromIterator<Predicate> for Parts {
    fn from_iter<I: IntoIterator<Item = Predicate>>(items: I) -> Self {
        Parts::from(items.into_iter().collect::<Vec<_>>())
    }
}

impl Deref for Parts {
    type Target = [Predicate];

    fn deref(&self) -> &[Predicate] {
        &self.items
    }
}

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint && (self.address() == other.address() || self.items == other.items)
    }
}

impl Eq for Parts {}

impl Hash for Parts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.items.fmt(f)
    }
}

/// Takes the tree apart in a loop: the default would recurse once for each level of nesting.
impl Drop for Parts {
    fn drop(&mut self) {
        let mut pending = take(&mut self.items);
        while let Some(predicate) = pending.pop() {
            match predicate {
                Predicate::And(mut parts) | Predicate::Or(mut parts) => pending.append(&mut take(&mut parts.items)),
                Predicate::Not(inner) => pending.extend(Arc::into_inner(inner)),
                _ => {}
            }
        }
    }
}

/// The items, if nobody else holds them.
fn take(items: &mut Arc<Vec<Predicate>>) -> Vec<Predicate> {
    Arc::get_mut(items).map(std::mem::take).unwrap_or_default()
}
