//! How options of programs are read.

use super::index::{literals, written};
use crate::shell::Invocation;

/// The values of an option: of a short one by its letter, behind it in the same word or in the next, or of a long one.
pub(super) fn values<'a>(invocation: &'a Invocation, letter: char, long: &str) -> Vec<&'a str> {
    let words: Vec<&str> = invocation.words.iter().skip(1).map(written).collect();
    let next = |at: usize| words.get(at + 1).copied();
    let found = words.iter().enumerate().filter_map(|(at, word)| {
        if let Some(rest) = word.strip_prefix(long) {
            return if rest.is_empty() { next(at) } else { rest.strip_prefix('=') };
        }
        let short = word.strip_prefix('-').filter(|short| !short.starts_with('-'))?;
        let (_, value) = short.split_once(letter)?;
        if value.is_empty() { next(at) } else { Some(value) }
    });
    found.collect()
}

/// The first word that is no option.
pub(super) fn verb(invocation: &Invocation) -> &str {
    literals(invocation).find(|word| !word.starts_with('-')).unwrap_or_default()
}

/// Whether a shell or an interpreter with these words runs what it reads: it has no file and no text of its own.
pub(super) fn runs_its_input(invocation: &Invocation) -> bool {
    let mut words = invocation.words.iter().skip(1).map(written);
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-') else { return false };
        let short = !letters.starts_with('-');
        if short && letters.contains('c') {
            return false;
        }
        // What follows are arguments of the text that is read.
        if letters.is_empty() || short && letters.contains('s') {
            return true;
        }
        if short && letters.ends_with('o') {
            words.next();
        }
    }
    true
}

/// Whether `apt-get` or `apt` asks nothing: `-y`, `-qq`, what simulates, or the setting that `-y` stands for.
pub(super) fn apt_is_answered(invocation: &Invocation) -> bool {
    // Behind these letters stands their value.
    let letters = |word: &str| word.split(['o', 't', 'c', 'a']).next().unwrap_or_default().to_owned();
    let short = literals(invocation).filter_map(|word| word.strip_prefix('-')).filter(|word| !word.starts_with('-'));
    let short: String = short.map(letters).collect();
    let quiet = short.matches('q').count() > 1 || short.contains("q=2");
    let set = |setting: &&str| {
        let (name, value) = setting.split_once('=').unwrap_or_default();
        name.eq_ignore_ascii_case("APT::Get::Assume-Yes") && matches!(value, "true" | "1" | "yes")
    };
    quiet || short.contains(['y', 's', 'd']) || values(invocation, 'o', "--option").iter().any(set)
}
