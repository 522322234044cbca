//! What the tables of the workflow say of programs, as far as rules ask: whether they only look.

use std::collections::BTreeMap;

use crate::check::Modules;
use crate::shell::{Invocation, Word};
use crate::syntax::ast::ItemKind;

/// How many words of a command a table speaks of.
const MOST_WORDS: usize = 5;

/// The leading words of commands, and whether they only read.
#[derive(Debug, Default)]
pub(super) struct Programs(BTreeMap<Vec<String>, bool>);

impl Programs {
    pub(super) fn new(modules: &Modules) -> Self {
        let mut table = BTreeMap::new();
        let items = modules.all.iter().flat_map(|module| &module.file.items);
        for item in items {
            let ItemKind::Program(program) = &item.kind else { continue };
            let reads = program.effects.iter().all(|effect| effect.text == "read");
            for command in program.commands.iter().filter_map(|command| command.literal()) {
                let words = command.trim_end_matches(';').split_whitespace().map(str::to_owned).collect();
                let known = table.entry(words).or_insert(reads);
                *known &= reads;
            }
        }
        Programs(table)
    }

    /// Whether it is known to do more than look.
    pub(super) fn acts(&self, invocation: &Invocation) -> bool {
        !invocation.possible && self.known(invocation) == Some(false)
    }

    /// Whether it may do more than look: nothing says that it does not.
    pub(super) fn may_act(&self, invocation: &Invocation) -> bool {
        let passes_on = invocation.wrapper || invocation.builtin || invocation.possible;
        !passes_on && self.known(invocation) != Some(true)
    }

    fn known(&self, invocation: &Invocation) -> Option<bool> {
        let literal = |word: &Word| match word {
            Word::Literal(text) => Some(text.clone()),
            Word::Spliced(_) | Word::Dynamic(_) => None,
        };
        let words: Vec<String> = invocation.words.iter().take(MOST_WORDS).map_while(literal).collect();
        let known = (1..=words.len()).rev().find_map(|len| self.0.get(&words[..len]).copied())?;
        // What follows may be any word: then whatever the table says of commands that go on so may be meant.
        let open = words.len() < invocation.words.len().min(MOST_WORDS);
        let longer = || self.0.range(words.clone()..).take_while(|(command, _)| command.starts_with(&words));
        (!(open && known) || longer().all(|(_, reads)| *reads)).then_some(known)
    }
}
