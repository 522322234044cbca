//! Commands of the shell that evaluate more of their words than one sees.
//!
//! Where `sh` is bash, the name of a variable may have an index, and an index is evaluated, quoted or not:
//! `read 'a[$(make)]'` runs make.

use super::analysis::{Place, SpliceContext};
use super::collect::Walker;
use super::decoded::{Decoded, Segment};
use super::scope::Scope;

impl Walker<'_> {
    /// Looks after the words of a command that names variables.
    pub(super) fn builtin(&mut self, name: &str, words: &[Decoded], scope: &Scope) {
        match name {
            "read" | "unset" | "getopts" | "let" | "mapfile" | "readarray" => {
                words.iter().for_each(|word| self.variable_name(word, scope));
            }
            "export" | "readonly" | "local" | "declare" | "typeset" => self.declaration(words, scope),
            "printf" => self.printf(words, scope),
            "test" | "[" => self.test_words(words, scope),
            _ => {}
        }
    }

    /// A word that names a variable, up to a `=`.
    fn variable_name(&mut self, word: &Decoded, scope: &Scope) {
        for segment in &word.segments {
            match segment {
                Segment::Splice(index) => self.splice(*index, SpliceContext::VariableName, scope),
                Segment::Literal { text, .. } => {
                    if text.contains('[') && text.contains(['$', '`']) {
                        self.error("bash runs what stands in the index of a variable", word.range.clone());
                    }
                }
                Segment::Dynamic { .. } => {}
            }
        }
    }

    fn declaration(&mut self, words: &[Decoded], scope: &Scope) {
        let integers = words.iter().map(Decoded::lead).any(|lead| lead.starts_with(['-', '+']) && lead.contains('i'));
        for word in words {
            self.assigned(word, scope);
            let name = word.lead().split_once('=').is_some_and(|(name, _)| !name.contains('['));
            if !name {
                self.variable_name(word, scope);
            } else if integers {
                word.splices().for_each(|index| self.splice(index, SpliceContext::Arithmetic, scope));
            }
        }
    }

    /// `printf -v NAME`.
    fn printf(&mut self, words: &[Decoded], scope: &Scope) {
        let Some((first, rest)) = words.split_first() else { return };
        if first.lead().starts_with("-v") {
            self.variable_name(first, scope);
            rest.iter().take(1).for_each(|name| self.variable_name(name, scope));
        } else {
            self.place_operand(first);
        }
    }

    /// `test -v NAME`, and two splices of which the first could be a `-v`.
    fn test_words(&mut self, words: &[Decoded], scope: &Scope) {
        for pair in words.windows(2) {
            let [left, right] = pair else { continue };
            let operator =
                right.literal().is_some_and(|text| text.starts_with(['-', '=', '!', ']', '<', '>', '(', ')']));
            if matches!(left.literal().as_deref(), Some("-v" | "-R")) {
                self.variable_name(right, scope);
            } else if left.whole_splice().is_some() && !operator {
                self.place(left, Place::Operand);
            }
        }
    }
}
