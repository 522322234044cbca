//! The names that a host line stands for: `node[01:10]`, `db[a:c]:2222`.

/// More hosts than this are a slip of the finger.
const MOST: usize = 10_000;

/// Why a pattern of hosts is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RangeFault {
    /// It is not `[begin:end]` or `[begin:end:step]`.
    Malformed,
    /// Its ends have different lengths though the first begins with a zero.
    Lengths,
    /// It ends before it begins.
    Backwards,
    /// It is too many.
    TooMany,
}

/// A pattern without its port, and the port.
pub(super) fn split_port(pattern: &str) -> (&str, Option<&str>) {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
    if let Some((address, port)) = pattern.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        // `[2001:db8::1]:22`; what has one colon alone is a range.
        if is_port(port) && address.matches(':').count() > 1 && !address.contains('[') {
            return (address, Some(port));
        }
    }
    match pattern.rsplit_once(':') {
        Some((host, port)) if is_port(port) && outside_brackets(host).count() == 0 && closed(host) => {
            (host, Some(port))
        }
        _ => (pattern, None),
    }
}

/// The colons that stand in no bracket.
fn outside_brackets(text: &str) -> impl Iterator<Item = char> {
    let mut depth = 0_usize;
    text.chars().filter(move |c| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *c == ':' && depth == 0
    })
}

fn closed(text: &str) -> bool {
    text.matches('[').count() == text.matches(']').count()
}

/// The names of a pattern without a port.
pub(super) fn expand(pattern: &str) -> Result<Vec<String>, RangeFault> {
    let mut names = vec![pattern.to_owned()];
    while names.first().is_some_and(|name| name.contains('[')) {
        let mut longer = Vec::new();
        for name in &names {
            longer.extend(expand_first(name)?);
            if longer.len() > MOST {
                return Err(RangeFault::TooMany);
            }
        }
        names = longer;
    }
    Ok(names)
}

fn expand_first(pattern: &str) -> Result<Vec<String>, RangeFault> {
    let (head, rest) = pattern.split_once('[').ok_or(RangeFault::Malformed)?;
    let (range, tail) = rest.split_once(']').ok_or(RangeFault::Malformed)?;
    let bounds: Vec<&str> = range.split(':').collect();
    let (begin, end, step) = match bounds.as_slice() {
        [begin, end] => (*begin, *end, "1"),
        [begin, end, step] => (*begin, *end, *step),
        _ => return Err(RangeFault::Malformed),
    };
    let step: usize = step.parse().ok().filter(|step| *step > 0).ok_or(RangeFault::Malformed)?;
    let middles = letters(begin, end, step).unwrap_or_else(|| numbers(begin, end, step))?;
    Ok(middles.into_iter().map(|middle| format!("{head}{middle}{tail}")).collect())
}

/// None where the ends are no letters.
fn letters(begin: &str, end: &str, step: usize) -> Option<Result<Vec<String>, RangeFault>> {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let place = |text: &str| if text.len() == 1 { LETTERS.find(text) } else { None };
    let (begin, end) = (place(begin)?, place(end)?);
    if begin > end {
        return Some(Err(RangeFault::Backwards));
    }
    Some(Ok(LETTERS[begin..=end].chars().step_by(step).map(String::from).collect()))
}

fn numbers(begin: &str, end: &str, step: usize) -> Result<Vec<String>, RangeFault> {
    let begin = if begin.is_empty() { "0" } else { begin };
    let width = if begin.len() > 1 && begin.starts_with('0') { begin.len() } else { 0 };
    let number = |text: &str| text.parse::<usize>().map_err(|_| RangeFault::Malformed);
    let (first, last) = (number(begin)?, number(end)?);
    if width > 0 && width != end.len() {
        return Err(RangeFault::Lengths);
    }
    if first > last {
        return Err(RangeFault::Backwards);
    }
    if (last - first) / step >= MOST {
        return Err(RangeFault::TooMany);
    }
    Ok((first..=last).step_by(step).map(|number| format!("{number:0width$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_ansible_s() {
        assert_eq!(expand("node[08:11]").unwrap(), ["node08", "node09", "node10", "node11"]);
        assert_eq!(expand("r[1:2]-[a:b].x").unwrap(), ["r1-a.x", "r1-b.x", "r2-a.x", "r2-b.x"]);
        assert_eq!(expand("n[:4:2]").unwrap(), ["n0", "n2", "n4"]);
        assert_eq!(expand("plain").unwrap(), ["plain"]);
        for (pattern, fault) in [
            ("n[1]", RangeFault::Malformed),
            ("n[1:x]", RangeFault::Malformed),
            ("n[1:2:0]", RangeFault::Malformed),
            ("n[1:2", RangeFault::Malformed),
            ("n[01:100]", RangeFault::Lengths),
            ("n[c:a]", RangeFault::Backwards),
            ("n[2:1]", RangeFault::Backwards),
            ("n[1:99999999999]", RangeFault::TooMany),
            ("n[1:999][1:999]", RangeFault::TooMany),
        ] {
            assert_eq!(expand(pattern), Err(fault), "{pattern}");
        }
    }

    #[test]
    fn a_port_is_what_follows_the_last_colon() {
        assert_eq!(split_port("node-1:2222"), ("node-1", Some("2222")));
        assert_eq!(split_port("n[1:3]:22"), ("n[1:3]", Some("22")));
        assert_eq!(split_port("n[1:3]"), ("n[1:3]", None));
        assert_eq!(split_port("[2001:db8::1]:22"), ("2001:db8::1", Some("22")));
        assert_eq!(split_port("2001:db8::1"), ("2001:db8::1", None));
        assert_eq!(split_port("node-1:x"), ("node-1:x", None));
    }
}
