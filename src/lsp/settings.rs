//! What the editor's user can set.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Settings of the editor, and what was found out about it.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// The inventory, instead of the one beside a workflow.
    pub(super) inventory: Option<PathBuf>,
    /// The folders that are worked in.
    pub(super) roots: Vec<PathBuf>,
    /// Whether the editor shows a file when it is asked to.
    pub(super) shows_documents: bool,
    /// Whether symbols may have parts.
    pub(super) nested_symbols: bool,
    /// Whether it asks for hints anew when it is told to.
    pub(super) refreshes_hints: bool,
    /// Whether it watches files.
    pub(super) watches: bool,
    /// Whether it can be asked for settings.
    pub(super) has_settings: bool,
    /// Whether it places the cursor in what it inserts.
    pub(super) snippets: bool,
}

impl Options {
    /// Takes over what is set: `{ "inventory": "…" }`, by itself or below `flowrun`. Whether anything changed.
    pub(super) fn set(&mut self, settings: &Value) -> bool {
        let own = settings.get("flowrun").unwrap_or(settings);
        let inventory = own.get("inventory").and_then(Value::as_str).filter(|path| !path.is_empty()).map(PathBuf::from);
        let changed = inventory != self.inventory;
        self.inventory = inventory;
        changed
    }

    pub(super) fn of_client(&mut self, capabilities: &Value) {
        let has = |path: &str| capabilities.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        self.shows_documents = has("/window/showDocument/support");
        self.nested_symbols = has("/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport");
        self.refreshes_hints = has("/workspace/inlayHint/refreshSupport");
        self.watches = has("/workspace/didChangeWatchedFiles/dynamicRegistration");
        self.has_settings = has("/workspace/configuration");
        self.snippets = has("/textDocument/completion/completionItem/snippetSupport");
    }

    /// Where the inventory that is set may be: one place for each folder worked in.
    pub(super) fn inventories(&self) -> Vec<PathBuf> {
        let Some(set) = &self.inventory else { return Vec::new() };
        if self.roots.is_empty() { vec![set.clone()] } else { self.roots.iter().map(|root| root.join(set)).collect() }
    }

    /// The inventory that is set, seen from a workflow.
    pub(super) fn inventory_for(&self, workflow: &Path) -> Option<PathBuf> {
        let set = self.inventory.as_ref()?;
        let root =
            self.roots.iter().filter(|root| workflow.starts_with(root)).max_by_key(|root| root.as_os_str().len());
        Some(root.or(self.roots.first()).map_or_else(|| set.clone(), |root| root.join(set)))
    }
}
