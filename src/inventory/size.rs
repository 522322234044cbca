//! Sizes and hardware addresses, as the inventory writes them.

use std::fmt::{Display, Formatter, Result as FmtResult};
use std::str::FromStr;

/// The hardware address of a network card, as Wake-on-LAN needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MacAddress(pub [u8; 6]);

impl FromStr for MacAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut bytes = [0; 6];
        let mut digits = text.split([':', '-']);
        for byte in &mut bytes {
            let pair = digits.next().filter(|pair| pair.len() == 2 && !pair.starts_with('+')).ok_or(())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| ())?;
        }
        if digits.next().is_some() { Err(()) } else { Ok(MacAddress(bytes)) }
    }
}

impl Display for MacAddress {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// Why a text is no size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SizeFault {
    /// It is none, and this was perhaps meant.
    Malformed(Option<String>),
    /// It has more bytes than can be counted.
    TooLarge,
    /// It is zero.
    Zero,
}

const UNITS: [(&str, u32); 5] = [("B", 0), ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];

/// Reads `512MiB`, `8GiB` or a number of bytes.
pub(super) fn parse_size(text: &str) -> Result<u64, SizeFault> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let shift = match unit {
        "" => 0,
        unit => match UNITS.iter().find(|(name, _)| *name == unit) {
            Some((_, shift)) => *shift,
            None => return Err(SizeFault::Malformed(meant(text))),
        },
    };
    let digits = digits.replace('_', "");
    if digits.is_empty() {
        return Err(SizeFault::Malformed(None));
    }
    let bytes = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(1 << shift));
    match bytes {
        None => Err(SizeFault::TooLarge),
        Some(0) => Err(SizeFault::Zero),
        Some(bytes) => Ok(bytes),
    }
}

/// The size that `1GB`, `1 gib`, `1G` or `1.5GiB` was probably meant to be.
fn meant(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(end);
    let prefix = unit.trim_start().chars().next()?.to_ascii_uppercase();
    let rest = unit.trim_start().get(1..)?.to_ascii_lowercase();
    let (name, shift) = UNITS.iter().find(|(name, shift)| *shift > 0 && name.starts_with(prefix))?;
    if !matches!(&*rest, "" | "b" | "i" | "ib") {
        return None;
    }
    if number.parse::<u64>().is_ok() {
        return Some(format!("{number}{name}"));
    }
    smaller_unit(number.parse().ok()?, *shift)
}

/// A fraction of a unit as a whole number of the next smaller one.
fn smaller_unit(number: f64, shift: u32) -> Option<String> {
    let (name, _) = UNITS.iter().find(|(_, smaller)| smaller + 10 == shift)?;
    let count = number * 1024.0;
    (count.fract() == 0.0 && (1.0..1e9).contains(&count)).then(|| format!("{count:.0}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(parse_size("512MiB"), Ok(512 << 20));
        assert_eq!(parse_size("1_024"), Ok(1024));
        assert_eq!(parse_size("0GiB"), Err(SizeFault::Zero));
        assert_eq!(parse_size("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(parse_size("18446744073709551616"), Err(SizeFault::TooLarge));
        assert_eq!(parse_size("16777216TiB"), Err(SizeFault::TooLarge));
    }

    #[test]
    fn a_near_miss_says_what_was_meant() {
        let meant = |text| match parse_size(text) {
            Err(SizeFault::Malformed(meant)) => meant,
            other => panic!("{text}: {other:?}"),
        };
        for (text, size) in
            [("1GB", "1GiB"), ("512 mb", "512MiB"), ("8G", "8GiB"), ("1.5GiB", "1536MiB"), ("2gib", "2GiB")]
        {
            assert_eq!(meant(text).as_deref(), Some(size), "{text}");
        }
        for text in ["", "GiB", "many", "1.3GiB", "-1GiB", "1 parsec", "ü", "1é"] {
            assert_eq!(meant(text), None, "{text}");
        }
    }

    #[test]
    fn hardware_addresses() {
        let address: MacAddress = "52-54-00-12-34-aF".parse().unwrap();
        assert_eq!(address.to_string(), "52:54:00:12:34:af");
        for text in
            ["", "52:54:00:12:34", "52:54:00:12:34:56:78", "52:54:00:12:34:5", "52:54:00:12:34:+5", "g2:54:00:12:34:56"]
        {
            assert_eq!(text.parse::<MacAddress>(), Err(()), "{text}");
        }
    }
}
