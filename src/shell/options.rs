//! Reads the options of a wrapper.

use super::decoded::Decoded;
use super::wrappers::Wrapper;

/// The options of a command line, and where they end.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// The index of the first word that is none.
    pub(super) end: usize,
    /// Each option, with its value.
    pub(super) given: Vec<(String, Option<Decoded>)>,
    /// The indices of the words that are values of options.
    pub(super) values: Vec<usize>,
    /// The last option is not in the table, and what follows it may be its value.
    pub(super) uncertain: bool,
}

impl Options {
    /// Whether one of these was given.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.given.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    /// The values of these options.
    pub(super) fn values_of<'o>(&'o self, names: &'o [&str]) -> impl Iterator<Item = (&'o str, &'o Decoded)> {
        let named = self.given.iter().filter(|(name, _)| names.contains(&name.as_str()));
        named.filter_map(|(name, value)| Some((name.as_str(), value.as_ref()?)))
    }
}

/// Reads options up to the first word that is none, or, if they may stand anywhere, all of them.
pub(super) fn read(wrapper: &Wrapper, words: &[Decoded], anywhere: bool) -> Options {
    let mut options = Options::default();
    while let Some(word) = words.get(options.end) {
        let lead = word.lead();
        if lead == "--" && word.literal().is_some() {
            options.end += 1;
            options.uncertain = false;
            if !anywhere {
                break;
            }
        } else if let Some(long) = lead.strip_prefix("--") {
            options.long(wrapper, long, word, words);
        } else if is_short(wrapper, word, &lead) {
            options.short(wrapper, &lead, word, words);
        } else if anywhere {
            options.end += 1;
        } else {
            break;
        }
    }
    options
}

/// Whether a word is a bundle of short options. A lone `-` is an operand of most programs, and an option of `env`.
fn is_short(wrapper: &Wrapper, word: &Decoded, lead: &str) -> bool {
    lead.starts_with('-') && (lead.len() > 1 || word.literal().is_none() || wrapper.short.starts_with('-'))
}

impl Options {
    fn long(&mut self, wrapper: &Wrapper, long: &str, word: &Decoded, words: &[Decoded]) {
        self.end += 1;
        self.uncertain = false;
        if let Some((name, _)) = long.split_once('=') {
            let value = word.tail(name.len() + 3);
            self.given.push((in_full(wrapper, name).to_owned(), Some(value)));
            return;
        }
        let long = in_full(wrapper, long);
        let takes_value = wrapper.long.iter().any(|known| known.strip_suffix('=') == Some(long));
        let value = if takes_value { self.next_value(words) } else { None };
        self.uncertain = !takes_value && (word.literal().is_none() || !wrapper.long.contains(&long));
        self.given.push((long.to_owned(), value));
    }

    fn short(&mut self, wrapper: &Wrapper, lead: &str, word: &Decoded, words: &[Decoded]) {
        self.end += 1;
        self.uncertain = false;
        for (at, letter) in lead.char_indices().skip(1) {
            let after = at + letter.len_utf8();
            let attached = after < lead.len() || word.literal().is_none();
            match value_of(wrapper, letter) {
                Value::Required => {
                    let value = if attached { Some(word.tail(after)) } else { self.next_value(words) };
                    // `-n$x` with nothing in `$x` takes the next word.
                    self.uncertain |= attached && value.as_ref().is_some_and(|value| value.may_be_empty());
                    return self.given.push((letter.to_string(), value));
                }
                Value::Attached if attached => {
                    return self.given.push((letter.to_string(), Some(word.tail(after))));
                }
                Value::Attached | Value::None => {}
                Value::Unknown => self.uncertain = true,
            }
            self.given.push((letter.to_string(), None));
        }
        self.uncertain |= word.literal().is_none();
    }

    fn next_value(&mut self, words: &[Decoded]) -> Option<Decoded> {
        let value = words.get(self.end)?.clone();
        self.values.push(self.end);
        self.end += 1;
        Some(value)
    }
}

/// The long option that an abbreviated one stands for: `getopt_long` takes any beginning that fits one alone. Where the table
/// has several that it fits, the one that runs or writes something counts.
fn in_full<'o>(wrapper: &Wrapper, written: &'o str) -> &'o str {
    let known = || wrapper.long.iter().map(|long| long.trim_end_matches('='));
    if written.is_empty() || known().any(|long| long == written) {
        return written;
    }
    let mut fitting: Vec<&'static str> = known().filter(|long| long.starts_with(written)).collect();
    fitting.sort_by_key(|long| !wrapper.code.contains(long) && !wrapper.changes.contains(long));
    fitting.first().copied().unwrap_or(written)
}

enum Value {
    None,
    Required,
    Attached,
    Unknown,
}

fn value_of(wrapper: &Wrapper, letter: char) -> Value {
    let Some((_, rest)) = wrapper.short.split_once(letter) else { return Value::Unknown };
    if rest.starts_with("::") {
        Value::Attached
    } else if rest.starts_with(':') {
        Value::Required
    } else {
        Value::None
    }
}
