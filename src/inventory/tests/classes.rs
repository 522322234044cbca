//! Hosts that their classes exclude.

use super::*;
use crate::place::{Axioms, Comparison, Predicate, Quantity, Symbol};
use crate::source::Span;

/// Checks the hosts against one class `cm3`, an ARM with up to 1 GiB in the group `small`.
fn complaints_about_classes(hosts: &str) -> String {
    let mut sources = SourceMap::new();
    let text = "class cm3 = (aarch64 or armv7l) and mem <= 1GiB and group(small)\n";
    let declared = sources.add("prelude.flow", text);
    let arm = Predicate::arch("aarch64").or(Predicate::arch("armv7l"));
    let small = Predicate::Compare(Quantity::Mem, Comparison::Le, 1 << 30);
    let promise = arm.and(small).and(Predicate::group("small"));
    let cm3 = Symbol::from("cm3");
    let axioms: Axioms = std::iter::once((cm3.clone(), promise)).collect();

    let file = sources.add("inventory.yml", &format!("hosts:\n{hosts}"));
    let (inventory, diagnostics) = parse(&sources, file, Path::new("/"));
    assert_eq!(diagnostics, []);
    let found = check_classes(&inventory, &axioms, &[(cm3, Span::new(declared, 6, 9))]);
    render_all(&found, &sources, Style::default())
}

#[test]
fn hosts_that_keep_what_their_class_promises() {
    let hosts = "  a: { class: cm3, groups: [small] }\n  b: { class: cm3, arch: armv7l, mem: 1GiB, groups: [small] }\n";
    assert_eq!(complaints_about_classes(hosts), "");
}

#[test]
fn a_host_that_its_class_excludes() {
    let told = r#"
error[E0602]: host `a` contradicts its class `cm3`
  ┌─ inventory.yml:2:26
  │
2 │   a: { class: cm3, arch: x86_64, groups: [small] }
  │                          ^^^^^^ every `cm3` satisfies `aarch64 or armv7l`
  │
  ┌─ prelude.flow:1:7
  │
1 │ class cm3 = (aarch64 or armv7l) and mem <= 1GiB and group(small)
  │       --- the class is declared here
  │
  = help: correct what is wrong, or leave out `class: cm3`
"#;
    assert_eq!(complaints_about_classes("  a: { class: cm3, arch: x86_64, groups: [small] }\n").trim(), told.trim());
}

#[test]
fn a_host_that_breaks_all_that_its_class_promises() {
    let told = r#"
error[E0602]: host `b` contradicts its class `cm3`
  ┌─ inventory.yml:2:52
  │
2 │   b: { mem: 2GiB, class: cm3, groups: [big], arch: riscv64 }
  │             ----         ---                       ^^^^^^^ every `cm3` satisfies `aarch64 or armv7l`
  │             │            │
  │             │            every `cm3` satisfies `group(small)`
  │             every `cm3` satisfies `mem <= 1GiB`
  │
  ┌─ prelude.flow:1:7
  │
1 │ class cm3 = (aarch64 or armv7l) and mem <= 1GiB and group(small)
  │       --- the class is declared here
  │
  = help: correct what is wrong, or leave out `class: cm3`
"#;
    let host = "  b: { mem: 2GiB, class: cm3, groups: [big], arch: riscv64 }\n";
    assert_eq!(complaints_about_classes(host).trim(), told.trim());
}

#[test]
fn classes_that_nobody_declared() {
    let told = r#"
error[E0601]: unknown class `cm33`
  ┌─ inventory.yml:2:15
  │
2 │   c: { class: cm33 }
  │               ^^^^
  │
  = help: did you mean `cm3`?

error[E0601]: unknown class `big`
  ┌─ inventory.yml:3:15
  │
3 │   d: { class: big }
  │               ^^^
  │
  = help: declare it in the workflow: `class big = mem >= 8GiB`
"#;
    assert_eq!(complaints_about_classes("  c: { class: cm33 }\n  d: { class: big }\n").trim(), told.trim());
}
