//! Small helpers for the words of messages.

/// `1 host`, `2 hosts`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    join_last(items, "and")
}

/// `a`, `a or b`, `a, b or c`.
#[must_use]
pub fn or_list<S: AsRef<str>>(items: &[S]) -> String {
    join_last(items, "or")
}

fn join_last<S: AsRef<str>>(items: &[S], word: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", first.join(", "), last.as_ref())
        }
    }
}

/// A duration in the largest unit that gives it as a whole number.
#[must_use]
pub fn duration(millis: u64) -> String {
    const UNITS: &[(u64, &str)] = &[(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let unit = UNITS.iter().find(|(length, _)| millis >= *length && millis.is_multiple_of(*length));
    unit.map_or_else(|| format!("{millis}ms"), |(length, name)| format!("{}{name}", millis / length))
}

/// A measured number of bytes as people say it: `23.5 GiB`, `914 MiB`.
#[must_use]
pub fn about(bytes: u64) -> String {
    const UNITS: &[(u64, &str)] = &[(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let Some((size, unit)) = UNITS.iter().find(|(size, _)| bytes >= *size) else { return format!("{bytes} B") };
    // Tenths, rounded down: a host is never said to have more than it has.
    let tenths = bytes / (size / 10).max(1);
    let (whole, rest) = (bytes / size, tenths % 10);
    if whole >= 100 || rest == 0 || tenths / 10 != whole {
        format!("{whole} {unit}")
    } else {
        format!("{whole}.{rest} {unit}")
    }
}

/// Text of a host or a workflow as a terminal may show it: what would move the cursor or change the terminal's state is
/// taken out.
#[must_use]
pub fn clean(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The candidate that a misspelt name was most likely meant to be. What has one letter or two is near to everything: such
/// a name is taken for another one where only capitals differ.
#[must_use]
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let mut candidates = candidates.into_iter();
    if length <= 2 {
        return candidates.find(|candidate| *candidate != name && candidate.eq_ignore_ascii_case(name));
    }
    let limit = (length / 3).clamp(1, 4);
    candidates
        .filter(|candidate| *candidate != name)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(or_list(&["a", "b"]), "a or b");
        assert_eq!(plural(2, "host"), "2 hosts");
    }

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(did_you_mean("worker", ["workers", "builder"]), Some("workers"));
        assert_eq!(did_you_mean("xyz", ["workers", "builder"]), None);
        assert_eq!(did_you_mean("x", ["s", "xs"]), None);
        assert_eq!(did_you_mean("CM", ["cm3", "cm"]), Some("cm"));
    }

    #[test]
    fn control_characters_reach_no_terminal() {
        assert_eq!(clean("\x1b[31mred\x1b]0;title\x07\n\tend\u{9b}"), "red\n\tend\u{fffd}");
    }

    #[test]
    fn durations_read_as_they_are_written() {
        let texts: Vec<String> = [500, 30_000, 300_000, 21_600_000].into_iter().map(duration).collect();
        assert_eq!(texts, ["500ms", "30s", "5m", "6h"]);
    }

    #[test]
    fn measured_sizes_are_rounded() {
        let texts: Vec<String> = [1 << 30, 25_276_502_016, 914 << 20, 512].into_iter().map(about).collect();
        assert_eq!(texts, ["1 GiB", "23.5 GiB", "914 MiB", "512 B"]);
    }
}
