//! A predicate as a list: each node behind its operands, each shared part once. What works on the list needs no
//! recursion, and takes time linear in what is kept in memory.

use std::sync::Arc;

use rustc_hash::FxHashMap as HashMap;

use super::Predicate;

/// One node of the list; operands are positions of earlier nodes.
pub(super) enum Node<'p> {
    /// `All`, `Never`, or an atom.
    Leaf(&'p Predicate),
    Not(usize),
    And(Vec<usize>),
    Or(Vec<usize>),
}

enum Visit<'p> {
    Enter(&'p Predicate),
    Leave(&'p Predicate),
}

/// The nodes of `predicate`; the last one is the whole.
pub(super) fn flatten(predicate: &Predicate) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    let mut known: HashMap<Identity, usize> = HashMap::default();
    let mut finished: Vec<usize> = Vec::new();
    let mut pending = vec![Visit::Enter(predicate)];
    while let Some(visit) = pending.pop() {
        match visit {
            Visit::Enter(entered) => match identity(entered).map(|identity| known.get(&identity)) {
                None => finished.push(add(&mut nodes, Node::Leaf(entered))),
                Some(Some(position)) => finished.push(*position),
                Some(None) => {
                    pending.push(Visit::Leave(entered));
                    pending.extend(operands(entered).iter().rev().map(Visit::Enter));
                }
            },
            Visit::Leave(left) => {
                let first = finished.len().saturating_sub(operands(left).len());
                let positions = finished.split_off(first);
                let position = add(&mut nodes, compound(left, positions));
                known.extend(identity(left).map(|identity| (identity, position)));
                finished.push(position);
            }
        }
    }
    nodes
}

fn add<'p>(nodes: &mut Vec<Node<'p>>, node: Node<'p>) -> usize {
    nodes.push(node);
    nodes.len() - 1
}

fn compound(predicate: &Predicate, operands: Vec<usize>) -> Node<'_> {
    match (predicate, operands.as_slice()) {
        (Predicate::And(_), _) => Node::And(operands),
        (Predicate::Or(_), _) => Node::Or(operands),
        (_, [inner]) => Node::Not(*inner),
        _ => Node::Leaf(predicate),
    }
}

fn operands(predicate: &Predicate) -> &[Predicate] {
    match predicate {
        Predicate::Not(inner) => std::slice::from_ref(inner),
        Predicate::And(parts) | Predicate::Or(parts) => parts,
        _ => &[],
    }
}

/// What two uses of one compound node have in common: its operator, and where its operands are kept.
type Identity = (u8, usize);

fn identity(predicate: &Predicate) -> Option<Identity> {
    match predicate {
        Predicate::Not(inner) => Some((0, Arc::as_ptr(inner).addr())),
        Predicate::And(parts) => Some((1, parts.address())),
        Predicate::Or(parts) => Some((2, parts.address())),
        _ => None,
    }
}
