//! Commands of the shell that evaluate more of their words than one sees.
//!
//! Where `sh` is bash, the name of a variable may have an index, and an index is evaluated, quoted or not:
//! `read 'a[$(make)]'` runs make.

use super::analysis::{Invocation, Place, Program, SpliceContext};
use super::collect::Walker;
use super::decoded::{Decoded, Segment};
use super::scope::Scope;
use super::template::{Part, Template};

impl Walker<'_> {
    /// Looks after the words of a command that names variables.
    pub(super) fn builtin(&mut self, name: &str, words: &[Decoded], scope: &Scope) {
        match name {
            "read" | "unset" | "getopts" | "let" | "mapfile" | "readarray" => {
                words.iter().for_each(|word| self.variable_name(word, scope));
            }
            "export" | "readonly" | "local" | "declare" | "typeset" => {
                words.iter().for_each(|word| self.latent(word, scope));
                self.declaration(words, scope);
            }
            "set" => words.iter().for_each(|word| self.latent(word, scope)),
            "printf" => self.printf(words, scope),
            "test" | "[" => self.test_words(words, scope),
            _ => {}
        }
    }

    /// A value in which commands are quoted. Bash runs them where it evaluates the value, and not only where it expands the
    /// word: `x='a[$(make)]'; echo $((x))`, `declare -a 'x=($(make))'`. They count as commands that may be run.
    pub(super) fn latent(&mut self, word: &Decoded, scope: &Scope) {
        let text: String = word
            .segments
            .iter()
            .map(|segment| if let Segment::Literal { text, .. } = segment { text.as_str() } else { "x" })
            .collect();
        for commands in quoted_commands(&text) {
            let inner = Template { parts: vec![Part::Text(commands.to_owned())] };
            for found in super::analyse(&inner).programs {
                if matches!(found.program, Program::Known(_)) {
                    let position = self.locate(word.range.clone());
                    let via = scope.via.clone();
                    self.found(Invocation { position, via, possible: true, ..found }, false);
                }
            }
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

/// What stands in `$(…)` and between backquotes in a text.
fn quoted_commands(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '`']) {
        let (inner, length) = match rest.get(at..) {
            Some(from) if from.starts_with("$(") => {
                let mut depth = 0_usize;
                let end = from.bytes().position(|byte| {
                    depth += usize::from(byte == b'(');
                    depth -= usize::from(byte == b')' && depth > 0);
                    byte == b')' && depth == 0
                });
                (from.get(2..end.unwrap_or(from.len())), end)
            }
            Some(from) if from.starts_with('`') => {
                let end = from.get(1..).and_then(|inner| inner.find('`')).map(|end| end + 1);
                (from.get(1..end.unwrap_or(from.len())), end)
            }
            _ => (None, Some(0)),
        };
        found.extend(inner);
        rest = length.and_then(|length| rest.get(at + length + 1..)).unwrap_or_default();
    }
    found
}
