//! From Ansible's patterns of hosts to selectors.

use super::value::Reason;
use crate::inventory::Inventory;

/// The selector of `group(…)`.
pub(super) fn group(name: &str) -> String {
    let mut chars = name.chars();
    let is_word = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !name.ends_with('-')
        && !name.contains("--");
    if is_word { format!("group({name})") } else { format!("group({})", super::code::quoted(name)) }
}

/// The selector of a pattern: `web:&staging:!db`.
///
/// # Errors
/// Why it has none.
pub(super) fn selector(pattern: &str, inventory: Option<&Inventory>) -> Result<String, Reason> {
    let separator = if pattern.contains(',') { ',' } else { ':' };
    let (mut any, mut each) = (Vec::new(), Vec::new());
    for part in pattern.split(separator).map(str::trim).filter(|part| !part.is_empty()) {
        if let Some(name) = part.strip_prefix('&') {
            each.push(one(name, inventory)?);
        } else if let Some(name) = part.strip_prefix('!') {
            each.push(format!("not {}", one(name, inventory)?));
        } else {
            any.push(one(part, inventory)?);
        }
    }
    any.dedup();
    let any = match any.as_slice() {
        [] if each.is_empty() => return Err(String::from("no hosts are named")),
        [] => None,
        [one] => Some(one.clone()),
        several if each.is_empty() => Some(several.join(" or ")),
        several => Some(format!("({})", several.join(" or "))),
    };
    Ok(any.into_iter().chain(each).collect::<Vec<_>>().join(" and "))
}

/// The selector of one name: what it is, the inventory says; without one it is taken for a group.
pub(super) fn one(name: &str, inventory: Option<&Inventory>) -> Result<String, Reason> {
    let host = |inventory: &Inventory| inventory.get(name).is_some();
    if matches!(name, "all" | "*") {
        return Ok(String::from("all"));
    }
    if inventory.is_some_and(host) {
        return Ok(format!("name == {}", super::code::quoted(name)));
    }
    if matches!(name, "localhost" | "127.0.0.1") {
        return Ok(String::from("local"));
    }
    if name.contains(['*', '?', '~', '[', '{']) || name.is_empty() {
        return Err(format!("`{name}` is a pattern of names, and a selector names hosts and groups"));
    }
    Ok(group(name))
}
