//! Inventories and what is read from them.

mod classes;
mod structure;
mod values;

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Style, render_all};

fn read(text: &str) -> (Inventory, Vec<Diagnostic>, SourceMap) {
    let mut sources = SourceMap::new();
    let file = sources.add("inventory.yml", text);
    let (inventory, diagnostics) = parse(&sources, file, Path::new("/srv/cluster"));
    (inventory, diagnostics, sources)
}

/// Compares the messages as the user sees them, blank lines at the ends aside.
#[track_caller]
fn assert_told(text: &str, told: &str) {
    let (_, diagnostics, sources) = read(text);
    let found = render_all(&diagnostics, &sources, Style::default());
    assert!(found.trim() == told.trim(), "told:\n{found}\nexpected:\n{told}");
}

fn accepted(text: &str) -> Inventory {
    let (inventory, diagnostics, sources) = read(text);
    assert_eq!(diagnostics, [], "{}", render_all(&diagnostics, &sources, Style::default()));
    inventory
}

const CLUSTER: &str = r#"
defaults: { user: builder, port: 22, ssh_config: ssh/config, identity: ~/.ssh/id_ed25519 }
hosts:
  cm3: { address: 10.0.0.10, class: cm3, arch: aarch64, mem: 1GiB, cores: 4, groups: [orchestrators], connection: local }
  x86:
    port: 2222
    user: root
    arch: x86_64
    mem: 34359738368
    os: debian
    groups:
      - builders
      - distcc
    mounts: [/srv/kernel]
    vars: { rack: 7, zone: "b", spare: }
    power: { wol: 52:54:00:12:34:56 }
  worker-1: { identity: /etc/keys/worker, power: { command: "ipmitool -H bmc power on" } }
  worker-2:
"#;

#[test]
fn a_host_is_all_that_is_said_of_it() {
    let inventory = accepted(CLUSTER);
    let host = inventory.get("x86").unwrap();
    assert_eq!((host.address.as_str(), host.user.as_deref(), host.port), ("x86", Some("root"), Some(2222)));
    assert_eq!(host.mem.as_ref().map(|mem| mem.value), Some(32 << 30));
    assert_eq!(host.mounts, ["/srv/kernel"]);
    assert_eq!(host.vars["rack"], "7");
    assert_eq!(host.vars["spare"], "");
    assert_eq!(host.power, Some(Power::Wol(MacAddress([0x52, 0x54, 0, 0x12, 0x34, 0x56]))));
    assert_eq!(host.ssh_config, Some(PathBuf::from("/srv/cluster/ssh/config")));
    assert_eq!(host.identity, Some(PathBuf::from("~/.ssh/id_ed25519")));

    let worker = inventory.get("worker-1").unwrap();
    assert_eq!(worker.power, Some(Power::Command(String::from("ipmitool -H bmc power on"))));
    assert_eq!(worker.identity, Some(PathBuf::from("/etc/keys/worker")));
    assert_eq!((worker.connection, worker.port, &*worker.address), (Connection::Ssh, Some(22), "worker-1"));
    assert_eq!(inventory.hosts.len(), 4);
}

#[test]
fn the_facts_are_what_predicates_ask_for() {
    let inventory = accepted(CLUSTER);
    let facts = inventory.get("cm3").unwrap().facts();
    assert_eq!((facts.class.as_deref(), facts.arch.as_deref()), (Some("cm3"), Some("aarch64")));
    assert_eq!((facts.mem, facts.cores, facts.local), (Some(1 << 30), Some(4), true));
    assert!(facts.groups.contains("orchestrators"));
    assert_eq!(inventory.get("worker-2").unwrap().facts().mem, None);
}

#[test]
fn spans_point_into_the_text() {
    let (inventory, _, sources) = read("# größe\nhosts:\n  ü: { arch: x86_64, groups: [\"a\", b] }\n");
    let host = &inventory.hosts[0];
    assert_eq!(sources.slice(host.name_span), "ü");
    assert_eq!(host.arch.as_ref().map(|arch| sources.slice(arch.span)), Some("x86_64"));
    assert_eq!(host.groups.iter().map(|group| sources.slice(group.span)).collect::<Vec<_>>(), ["\"a\"", "b"]);
}

#[test]
fn hosts_may_share_what_they_have_in_common() {
    let inventory =
        accepted("hosts:\n  a: &worker { arch: x86_64, mem: 8GiB }\n  b: { <<: *worker, mem: 4GiB }\n  c: *worker\n");
    let mem = |name| inventory.get(name).and_then(|host| host.mem.as_ref()).map(|mem| mem.value >> 30);
    assert_eq!((mem("a"), mem("b"), mem("c")), (Some(8), Some(4), Some(8)));
    assert_eq!(inventory.get("b").and_then(|host| host.facts().arch).as_deref(), Some("x86_64"));
}

#[test]
fn what_could_be_read_is_there_beside_the_faults() {
    let (inventory, diagnostics, _) =
        read("hosts:\n  a: { mem: 1GB, arch: x86_64 }\n  b: { cores: 4, power: { wol: [\n");
    assert_eq!(diagnostics.len(), 2);
    assert_eq!(inventory.get("a").and_then(|host| host.facts().arch).as_deref(), Some("x86_64"));
    assert_eq!(inventory.get("b").and_then(|host| host.facts().cores), Some(4));
}

/// Pieces that YAML and inventories are made of, in any order.
fn nearly_yaml() -> impl Strategy<Value = String> {
    let pieces = vec![
        "hosts:",
        "defaults:",
        "a:",
        "ü:",
        "\n",
        "\n  ",
        "\n    ",
        "\r\n",
        " ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        ": ",
        "\"",
        "'",
        "#",
        "&x ",
        "*x",
        "<<: *x",
        "|",
        ">",
        "!t ",
        "? ",
        "---",
        "...",
        "%",
        "\t",
        "mem: ",
        "1GB",
        "port: ",
        "power: ",
        "wol: ",
        "groups: ",
        "vars: ",
        "1",
        "-",
        "✓",
        "\u{feff}",
        "\0",
        "~",
        "@",
        "null",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in prop_oneof![nearly_yaml(), any::<String>()]) {
        let (_, diagnostics, sources) = read(&text);
        let _ = render_all(&diagnostics, &sources, Style::default());
        for label in diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
            let file = sources.get(label.span.file).unwrap();
            prop_assert!(file.text().get(label.span.range()).is_some(), "{:?} in {:?}", label, text);
        }
    }
}
