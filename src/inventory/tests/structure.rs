//! Inventories whose structure is wrong, and what the user is told.

use super::assert_told;

#[test]
fn an_unknown_key_at_the_top() {
    assert_told(
        "default: { user: builder }\nhosts:\n  a: {}\n",
        r#"
error[E0601]: an inventory has no key `default`
  ┌─ inventory.yml:1:1
  │
1 │ default: { user: builder }
  │ ^^^^^^^
  │
  = help: did you mean `defaults`?
"#,
    );
}

#[test]
fn an_ansible_inventory_in_yaml() {
    assert_told(
        "all:\n  hosts:\n    x86:\n      ansible_host: 10.0.0.20\n",
        r#"
error[E0601]: an inventory has no key `all`
  ┌─ inventory.yml:1:1
  │
1 │ all:
  │ ^^^
  │
  = help: hosts and groups of Ansible are written otherwise here; list them:
          hosts:
            node-1: { address: 10.0.0.10, arch: x86_64, mem: 8GiB, groups: [builders] }
"#,
    );
}

#[test]
fn an_ansible_inventory_in_ini() {
    assert_told(
        "[builders]\nx86 ansible_host=10.0.0.20\n",
        r#"
error[E0601]: the inventory is not valid YAML
  ┌─ inventory.yml:2:1
  │
2 │ x86 ansible_host=10.0.0.20
  │ ^ everything above is already complete
  │
  = help: an inventory names `hosts`; list them:
          hosts:
            node-1: { address: 10.0.0.10, arch: x86_64, mem: 8GiB, groups: [builders] }
"#,
    );
}

#[test]
fn a_host_declared_twice() {
    assert_told(
        r#"hosts:
  worker-1: { address: 10.0.0.31 }
  worker-2: { address: 10.0.0.32 }
  worker-1: { address: 10.0.0.33 }
"#,
        r#"
error[E0603]: host `worker-1` is declared twice
  ┌─ inventory.yml:4:3
  │
2 │   worker-1: { address: 10.0.0.31 }
  │   -------- first here
3 │   worker-2: { address: 10.0.0.32 }
4 │   worker-1: { address: 10.0.0.33 }
  │   ^^^^^^^^ here again
  │
  = help: give one of them another name, or make them one
"#,
    );
}

#[test]
fn a_key_set_twice() {
    assert_told(
        r#"hosts:
  a: { mem: 1GiB, cores: 4, mem: 2GiB, vars: { x: 1, x: 2 } }
"#,
        r#"
error[E0601]: `mem` is set twice
  ┌─ inventory.yml:2:29
  │
2 │   a: { mem: 1GiB, cores: 4, mem: 2GiB, vars: { x: 1, x: 2 } }
  │        ---                  ^^^ here again
  │        │
  │        first here

error[E0601]: `x` is set twice
  ┌─ inventory.yml:2:54
  │
2 │   a: { mem: 1GiB, cores: 4, mem: 2GiB, vars: { x: 1, x: 2 } }
  │                                                -     ^ here again
  │                                                │
  │                                                first here
"#,
    );
}

#[test]
fn no_hosts() {
    assert_told(
        "defaults: { user: builder }\nhosts:\n",
        r#"
error[E0601]: the inventory has no hosts
  ┌─ inventory.yml:2:1
  │
2 │ hosts:
  │ ^^^^^
  │
  = help: list them:
          hosts:
            node-1: { address: 10.0.0.10, arch: x86_64, mem: 8GiB, groups: [builders] }
"#,
    );
}

#[test]
fn nothing_at_all() {
    assert_told(
        "",
        r#"
error[E0601]: the inventory has no hosts
  ┌─ inventory.yml:1:1
  │
1 │
  │ ^
  │
  = help: list them:
          hosts:
            node-1: { address: 10.0.0.10, arch: x86_64, mem: 8GiB, groups: [builders] }
"#,
    );
}

#[test]
fn hosts_as_a_list() {
    assert_told(
        "hosts:\n  - name: cm3\n    address: 10.0.0.10\n",
        r#"
error[E0601]: `hosts` has to be a mapping from names to hosts
  ┌─ inventory.yml:2:3
  │
2 │   - name: cm3
  │   ^^^^^^^^^^^ this is a list
  │
  = help: write each host below its name:
          hosts:
            cm3: { address: 10.0.0.10 }
"#,
    );
}

#[test]
fn a_bracket_that_is_not_closed() {
    assert_told(
        r#"hosts:
  a: { mem: 1GB }
  b: { mem: 8GiB, groups: [distcc, extra
  c: { mem: 8GiB }
"#,
        r#"
error[E0601]: `1GB` is not a size
  ┌─ inventory.yml:2:13
  │
2 │   a: { mem: 1GB }
  │             ^^^ expected a whole number and `KiB`, `MiB`, `GiB` or `TiB`
  │
  = help: write `1GiB`

error[E0601]: the inventory is not valid YAML
  ┌─ inventory.yml:4:4
  │
3 │   b: { mem: 8GiB, groups: [distcc, extra
  │                           - this is still open
4 │   c: { mem: 8GiB }
  │    ^ a `:` cannot stand here
  │
  = help: close the bracket
"#,
    );
}

#[test]
fn a_colon_in_a_value() {
    assert_told(
        "hosts:\n  a: { power: { command: echo now: on } }\n",
        r#"
error[E0601]: the inventory is not valid YAML
  ┌─ inventory.yml:2:34
  │
2 │   a: { power: { command: echo now: on } }
  │               -                  ^ expected `,` or `}` here
  │               │
  │               this is still open
  │
  = help: close the bracket, or put a value that holds `: ` or a bracket in quotes
"#,
    );
}

#[test]
fn an_indentation_that_fits_nothing() {
    assert_told(
        "hosts:\n    a: { mem: 8GiB }\n  b: { mem: 8GiB }\n",
        r#"
error[E0601]: the inventory is not valid YAML
  ┌─ inventory.yml:3:3
  │
3 │   b: { mem: 8GiB }
  │   ^ no line above is indented like this
"#,
    );
}

#[test]
fn a_tab() {
    assert_told(
        "hosts:\n\ta: { mem: 8GiB }\n",
        r#"
error[E0601]: the inventory is not valid YAML
  ┌─ inventory.yml:2:2
  │
2 │     a: { mem: 8GiB }
  │     ^ a tab cannot indent
  │
  = help: indent with spaces
"#,
    );
}

#[test]
fn a_quote_that_is_not_closed() {
    assert_told(
        "hosts:\n  a: { mem: \"8GiB }\n",
        r#"
error[E0601]: the inventory is not valid YAML
  ┌─ inventory.yml:2:13
  │
2 │   a: { mem: "8GiB }
  │             ^ this quote is not closed
"#,
    );
}

#[test]
fn a_second_document() {
    assert_told(
        "hosts:\n  a: {}\n---\nhosts: {}\n",
        r#"
error[E0601]: the inventory is not valid YAML
  ┌─ inventory.yml:3:1
  │
3 │ ---
  │ ^ a second document begins here
"#,
    );
}

#[test]
fn an_alias_without_an_anchor() {
    assert_told(
        "hosts:\n  a: *worker\n",
        r#"
error[E0601]: the inventory is not valid YAML
  ┌─ inventory.yml:2:6
  │
2 │   a: *worker
  │      ^ no `&` anchor of this name stands above
"#,
    );
}
