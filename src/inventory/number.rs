//! Numbers of YAML 1.1, which is what Ansible reads: `0644` is 420, and `1.20` is 1.2.

/// What a text without quotes is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// A whole number.
    Int(i64),
    /// Another number, as Ansible would print it.
    Float(String),
    /// A number that is not printed as it is written, in a way that is not known here.
    Odd,
}

/// The number that a text without quotes is; none where it is a text.
pub(crate) fn number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = if digits.starts_with('_') { return None } else { digits.replace('_', "") };
    if let Some((radix, digits)) = whole(&digits) {
        return Some(i64::from_str_radix(&format!("{sign}{digits}"), radix).map_or(Number::Odd, Number::Int));
    }
    if is_of_sixties(&digits) || matches!(&*digits.to_ascii_lowercase(), ".inf" | ".nan") {
        return Some(Number::Odd);
    }
    is_float(&digits).then(|| match format!("{sign}{digits}").parse::<f64>() {
        // Others are printed with an exponent.
        Ok(number) if number == 0.0 || (1e-4..1e16).contains(&number.abs()) => Number::Float(format!("{number:?}")),
        _ => Number::Odd,
    })
}

/// The radix and the digits of a whole number. `08` is none: it is a text.
fn whole(digits: &str) -> Option<(u32, &str)> {
    let all = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    let (radix, digits) = match digits.strip_prefix('0') {
        Some("") | None => (10, digits),
        Some(rest) => match (rest.strip_prefix('x'), rest.strip_prefix('b')) {
            (Some(rest), _) => (16, rest),
            (_, Some(rest)) => (2, rest),
            _ => (8, rest),
        },
    };
    all(digits, radix).then_some((radix, digits))
}

/// `1:30`, which is 90.
fn is_of_sixties(digits: &str) -> bool {
    let mut parts = digits.split(':');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    let first = parts.next().is_some_and(|first| is_number(first) && !first.starts_with('0'));
    let rest: Vec<&str> = parts.collect();
    let is_below_sixty = |part: &&str| is_number(part) && part.len() <= 2 && (part.len() < 2 || *part < "60");
    first && !rest.is_empty() && rest.iter().all(is_below_sixty)
}

/// `1.5`, `.5`, `1.5e+3`; without a point, or without a sign before the exponent, it is a text.
fn is_float(digits: &str) -> bool {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let has_exponent = exponent.is_none_or(|exponent| {
        exponent.strip_prefix(['+', '-']).is_some_and(|digits| !digits.is_empty() && is_number(digits))
    });
    let is_mantissa = mantissa
        .split_once('.')
        .is_some_and(|(whole, part)| is_number(whole) && is_number(part) && !(whole.is_empty() && part.is_empty()));
    has_exponent && is_mantissa
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_yaml_1_1() {
        let whole =
            [("0", 0), ("10", 10), ("0644", 420), ("010", 8), ("-010", -8), ("0x1F", 31), ("0b11", 3), ("1_000", 1000)];
        for (text, wanted) in whole {
            assert_eq!(number(text), Some(Number::Int(wanted)), "{text}");
        }
        for (text, wanted) in [("1.20", "1.2"), ("1.0", "1.0"), (".5", "0.5"), ("-2.50", "-2.5"), ("1.5e+3", "1500.0")]
        {
            assert_eq!(number(text), Some(Number::Float(wanted.to_owned())), "{text}");
        }
        for text in ["1:30", "52:54:00:12:34:56", "99999999999999999999", "1.0e+30", ".inf"] {
            assert_eq!(number(text), Some(Number::Odd), "{text}");
        }
        for text in ["", "-", "_1", "08", "0o17", "1.2.3", "1e3", "10.0.0.1", ".", "0x", "a", "1:75", "02:30"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
