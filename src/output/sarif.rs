//! Diagnostics as SARIF 2.1.0, for code scanning.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use serde_json::{Value, json};

use super::Checked;
use super::checked::Position;
use super::paths::uri;
use crate::diagnostic::{Code, Diagnostic, Fix, Label, clean};
use crate::source::{FileId, SourceFile, Span};

/// The base of the texts that are part of flowrun. It has no place of its own: nobody can open them.
const STDLIB: &str = "FLOWRUN-STDLIB";

/// One run for all workflows, each result once: those that share an inventory share its faults. Files are named relative to
/// `root`, where they are below it.
#[must_use]
pub fn sarif(all: &[Checked<'_>], root: &Path) -> String {
    let codes: BTreeSet<Code> = all.iter().flat_map(|checked| checked.diagnostics).map(|found| found.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let mut writer = Writer { root, codes: &codes, lines: HashMap::new(), results: Vec::new(), told: HashSet::new() };
    for checked in all {
        for diagnostic in checked.diagnostics {
            writer.add(checked, diagnostic);
        }
    }
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(&codes) },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": { STDLIB: { "description": { "text": "the standard library that is part of flowrun" } } },
            "results": writer.results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn driver(codes: &[Code]) -> Value {
    json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
    })
}

/// A code with its page. The page stands in the document, because a result is read where no flowrun may be.
fn rule(code: Code) -> Value {
    let page = code.page();
    let mut rule = json!({
        "id": code.as_str(),
        "name": pascal(code.title()),
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": about(page) },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": if code.as_str().starts_with('W') { "warning" } else { "error" } },
    });
    let repository = env!("CARGO_PKG_REPOSITORY");
    if !repository.is_empty() {
        let version = env!("CARGO_PKG_VERSION");
        rule["helpUri"] = json!(format!("{repository}/blob/v{version}/docs/codes/{code}.md"));
    }
    rule
}

/// `not exactly one host` as `NotExactlyOneHost`.
fn pascal(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>())
        .collect()
}

/// The first paragraph below a page's heading, on one line.
fn about(page: &str) -> String {
    page.split("\n\n").nth(1).unwrap_or_default().replace('\n', " ")
}

struct Writer<'a> {
    root: &'a Path,
    codes: &'a [Code],
    /// How often a code was found on a line of this text.
    lines: HashMap<(Code, String, String), usize>,
    results: Vec<Value>,
    /// The same as text, to know them again.
    told: HashSet<String>,
}

impl Writer<'_> {
    fn add(&mut self, checked: &Checked<'_>, diagnostic: &Diagnostic) {
        let mut result = self.result(checked, diagnostic);
        if !self.told.insert(result.to_string()) {
            return;
        }
        result["partialFingerprints"] = json!({ "flowrunLine/v1": self.fingerprint(checked, diagnostic) });
        self.results.push(result);
    }

    fn result(&self, checked: &Checked<'_>, diagnostic: &Diagnostic) -> Value {
        let shown = checked.shown_at(diagnostic);
        let location = shown.and_then(|label| self.location(checked, label)).unwrap_or_else(
            || json!({ "physicalLocation": { "artifactLocation": { "uri": uri(&checked.workflow, self.root) } } }),
        );
        let others = diagnostic.labels.iter().filter(|label| shown != Some(*label));
        let related = others.filter_map(|label| self.location(checked, label)).enumerate().map(|(id, mut location)| {
            location["id"] = json!(id);
            location
        });
        let mut result = json!({
            "ruleId": diagnostic.code.as_str(),
            "ruleIndex": self.codes.iter().position(|code| *code == diagnostic.code),
            "level": diagnostic.severity.word(),
            "message": { "text": message(diagnostic) },
            "locations": [location],
            "relatedLocations": related.collect::<Vec<_>>(),
        });
        if let Some(fix) = diagnostic.fix.as_deref().and_then(|fix| self.fix(checked, fix)) {
            result["fixes"] = json!([fix]);
        }
        result
    }

    fn location(&self, checked: &Checked<'_>, label: &Label) -> Option<Value> {
        let file = checked.file(label.span)?;
        let mut region = region(file, label.span);
        if file.is_shipped() {
            region["snippet"] = json!({ "text": checked.sources.slice(label.span) });
        }
        let mut location = json!({ "physicalLocation": { "artifactLocation": self.artifact(file), "region": region } });
        if !label.message.is_empty() {
            location["message"] = json!({ "text": clean(&label.message) });
        }
        Some(location)
    }

    fn artifact(&self, file: &SourceFile) -> Value {
        if file.is_shipped() {
            json!({ "uri": uri(file.name(), Path::new("")), "uriBaseId": STDLIB })
        } else {
            json!({ "uri": uri(file.name(), self.root) })
        }
    }

    /// The changes of a fix, by file; none where one is of a text that is nobody's file.
    fn fix(&self, checked: &Checked<'_>, fix: &Fix) -> Option<Value> {
        let mut files: BTreeMap<FileId, Vec<Value>> = BTreeMap::new();
        for (span, text) in &fix.edits {
            let file = checked.file(*span).filter(|file| !file.is_shipped())?;
            let change = json!({ "deletedRegion": region(file, *span), "insertedContent": { "text": text } });
            files.entry(span.file).or_default().push(change);
        }
        let changes = files.into_iter().filter_map(|(file, replacements)| {
            let artifact = self.artifact(checked.sources.get(file)?);
            Some(json!({ "artifactLocation": artifact, "replacements": replacements }))
        });
        Some(json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Vec<_>>() }))
    }

    /// What tells a result from others and stays when lines move: its code, its file, the text of its line, and which one of
    /// that kind it is.
    fn fingerprint(&mut self, checked: &Checked<'_>, diagnostic: &Diagnostic) -> String {
        let shown = checked.shown_at(diagnostic).and_then(|label| Some((checked.file(label.span)?, label.span)));
        let (name, line) = shown.map_or((&*checked.workflow, ""), |(file, span)| (file.name(), line_of(file, span)));
        let key = (diagnostic.code, uri(name, self.root), line.trim().to_owned());
        let hash = fnv(&format!("{}\n{}\n{}", key.0, key.1, key.2));
        let number = self.lines.entry(key).or_default();
        *number += 1;
        format!("{hash:016x}:{number}")
    }
}

fn line_of(file: &SourceFile, span: Span) -> &str {
    let line = file.line_range(file.line_index(span.start as usize));
    line.and_then(|range| file.text().get(range)).unwrap_or_default()
}

/// The FNV-1a hash: the same in every version of flowrun, which the hashes of the standard library do not promise.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The message with its remarks: viewers show nothing else. Braces stay as they are, although the standard would have them
/// doubled: no viewer that we know makes one of two, and there is nothing to be filled in.
fn message(diagnostic: &Diagnostic) -> String {
    std::iter::once(clean(&diagnostic.message)).chain(Checked::remarks(diagnostic)).collect::<Vec<_>>().join("\n")
}

fn region(file: &SourceFile, span: Span) -> Value {
    let (start, end) = Position::ends(file, span);
    json!({ "startLine": start.line, "startColumn": start.utf16, "endLine": end.line, "endColumn": end.utf16 })
}
