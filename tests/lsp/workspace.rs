//! A folder with a workflow, two modules and an inventory.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::Client;

pub(crate) const MAIN: &str = r#"## Builds what the workers test.

use std/pump
use ./lib/net
use ./lib/report as out

## Where the sources are.
input tree: Path = "/srv/linux"

host builder = x86_64 and group(builders)
hosts workers = group(distcc)

condition pump-active on cm3 {
    pump.health("/usr/bin/pumpctl")
}

## Looks at the wires.
stage look on workers leaves not pump-active {
    let port = 3632
    net.reachable(port, wait: 5s)
    on name == "worker-1" {
        print "é𝄞 {{ here.name }} listens on {{ port }}"
    }
}

stage build on builder, x86_64 only expects not pump-active timeout 2h -> File {
    sh "make -C {{ tree }}"
    let found = out.line(label: "image", text: "done")
    print found.text
    return file-at("{{ tree }}/vmlinux")
}
"#;

pub(crate) const NET: &str = r#"## The wires.

use ./report

## Whether somebody answers at a port.
task reachable(port: Int, wait: Duration = 30s) does read {
    wait-port(port, timeout: wait)
    report.line("port", text: "{{ port }}")
}
"#;

pub(crate) const REPORT: &str = r#"## What is told.

type entry = { label: Str, text: Str = "" }

## A line of a report.
task line(label: Str, text: Str) -> entry {
    return { label: label, text: text }
}
"#;

pub(crate) const INVENTORY: &str = r#"hosts:
  cm3:      { address: 10.0.0.10, class: cm3, arch: aarch64, mem: 1GiB, cores: 4 }
  x86:      { address: 10.0.0.20, arch: x86_64, mem: 32GiB, groups: [builders] }
  worker-1: { address: 10.0.0.31, arch: x86_64, mem: 8GiB, groups: [distcc] }
  worker-2: { address: 10.0.0.32, arch: x86_64, mem: 8GiB, groups: [distcc] }
  spare:    { address: 10.0.0.33, mem: 8GiB }
"#;

/// The folder, with its files on the disk.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "main.flow", MAIN);
    write(folder.path(), "lib/net.flow", NET);
    write(folder.path(), "lib/report.flow", REPORT);
    write(folder.path(), "inventory.yml", INVENTORY);
    folder
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// What an editor of today can do.
pub(crate) fn editor() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "window": { "showDocument": { "support": true } },
        "workspace": {
            "inlayHint": { "refreshSupport": true },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
        },
        "textDocument": {
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "completion": { "completionItem": { "snippetSupport": true } },
        },
    })
}

/// A server for the folder, with the workflow open.
pub(crate) fn opened() -> (TempDir, Client) {
    let folder = folder();
    let mut client = Client::start(&folder.path().canonicalize().unwrap(), editor());
    client.open("main.flow");
    (folder, client)
}
