//! `{{ other }}` in a value: what refers to another variable of the same host is put in its place.

use std::collections::BTreeMap;

use super::data;
use super::model::Vars;

/// Why a value cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// More than the name of a variable stands between the braces.
    Expression(String),
    /// There is no such variable, or it is no single value.
    Unknown(String),
    /// It refers to itself.
    Ring(String),
    /// It is encrypted.
    Vault(String),
}

/// References within references.
const DEPTH: usize = 20;
/// References in one value, those within references counted each time.
const MOST: usize = 1_000;

/// The variables of a host, and what Ansible adds to them.
pub(super) struct Scope<'v> {
    pub(super) vars: &'v Vars,
    pub(super) magic: BTreeMap<&'static str, String>,
}

impl Scope<'_> {
    /// The name of the host.
    pub(super) fn host(&self) -> &str {
        self.magic.get("inventory_hostname").map_or("", String::as_str)
    }

    /// A text with its references resolved.
    pub(super) fn resolve(&self, text: &str) -> Result<String, Unresolved> {
        let mut left = MOST;
        self.resolve_within(text, DEPTH, &mut left)
    }

    fn resolve_within(&self, text: &str, depth: usize, left: &mut usize) -> Result<String, Unresolved> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            out.push_str(&rest[..start]);
            let inner = &rest[start + 2..];
            let end = inner.find("}}").ok_or_else(|| Unresolved::Expression(rest[start..].to_owned()))?;
            out.push_str(&self.value(inner[..end].trim(), depth, left)?);
            rest = &inner[end + 2..];
        }
        if rest.contains("{%") || out.len() > 1 << 20 {
            return Err(Unresolved::Expression(rest.to_owned()));
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(&self, name: &str, depth: usize, left: &mut usize) -> Result<String, Unresolved> {
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
        if !is_name {
            return Err(Unresolved::Expression(format!("{{{{ {name} }}}}")));
        }
        if depth == 0 || *left == 0 {
            return Err(Unresolved::Ring(name.to_owned()));
        }
        *left -= 1;
        if let Some(text) = self.magic.get(name) {
            return Ok(text.clone());
        }
        let var = self.vars.get(name).ok_or_else(|| Unresolved::Unknown(name.to_owned()))?;
        let text = var.node.text().ok_or_else(|| Unresolved::Unknown(name.to_owned()))?;
        if text.starts_with("$ANSIBLE_VAULT;") {
            return Err(Unresolved::Vault(name.to_owned()));
        }
        let text = &data::text(&var.node);
        if var.is_unsafe { Ok(text.to_owned()) } else { self.resolve_within(text, depth - 1, left) }
    }
}
