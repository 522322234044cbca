//! Inventories with wrong keys and values, and what the user is told.

use super::assert_told;

#[test]
fn an_unknown_key_of_a_host() {
    assert_told(
        r#"hosts:
  größe: { address: 10.0.0.1, memory: 8GiB }
  b: { adress: 10.0.0.2, rack: 7 }
"#,
        r#"
error[E0601]: a host has no key `memory`
  ┌─ inventory.yml:2:31
  │
2 │   größe: { address: 10.0.0.1, memory: 8GiB }
  │                               ^^^^^^
  │
  = help: did you mean `mem`?

error[E0601]: a host has no key `adress`
  ┌─ inventory.yml:3:8
  │
3 │   b: { adress: 10.0.0.2, rack: 7 }
  │        ^^^^^^
  │
  = help: did you mean `address`?

error[E0601]: a host has no key `rack`
  ┌─ inventory.yml:3:26
  │
3 │   b: { adress: 10.0.0.2, rack: 7 }
  │                          ^^^^
  │
  = help: a value of your own belongs into `vars`: `vars: { rack: 7 }`
"#,
    );
}

#[test]
fn wrong_types() {
    assert_told(
        r#"defaults: builder
hosts:
  a: { cores: many, mem: [1GiB], groups: distcc, vars: [rack], mounts: { a: b } }
  b: 10.0.0.2
"#,
        r#"
error[E0601]: `defaults` has to be a mapping
  ┌─ inventory.yml:1:11
  │
1 │ defaults: builder
  │           ^^^^^^^ this is a single value
  │
  = help: write `{ user: builder }`

error[E0601]: `many` is not a number of cores
  ┌─ inventory.yml:3:15
  │
3 │   a: { cores: many, mem: [1GiB], groups: distcc, vars: [rack], mounts: { a: b } }
  │               ^^^^ expected a whole number from 1
  │
  = help: write `cores: 4`, or leave `cores` out: it is measured on the host

error[E0601]: `mem` has to be a single value
  ┌─ inventory.yml:3:26
  │
3 │   a: { cores: many, mem: [1GiB], groups: distcc, vars: [rack], mounts: { a: b } }
  │                          ^^^^^^ this is a list

error[E0601]: `groups` has to be a list
  ┌─ inventory.yml:3:42
  │
3 │   a: { cores: many, mem: [1GiB], groups: distcc, vars: [rack], mounts: { a: b } }
  │                                          ^^^^^^ this is a single value
  │
  = help: write `groups: [distcc]`

error[E0601]: `vars` has to be a mapping
  ┌─ inventory.yml:3:56
  │
3 │   a: { cores: many, mem: [1GiB], groups: distcc, vars: [rack], mounts: { a: b } }
  │                                                        ^^^^^^ this is a list
  │
  = help: write `vars: { name: value }`

error[E0601]: `mounts` has to be a list
  ┌─ inventory.yml:3:72
  │
3 │   a: { cores: many, mem: [1GiB], groups: distcc, vars: [rack], mounts: { a: b } }
  │                                                                        ^^^^^^^^ this is a mapping
  │
  = help: write `mounts: [/srv]`

error[E0601]: a host has to be a mapping
  ┌─ inventory.yml:4:6
  │
4 │   b: 10.0.0.2
  │      ^^^^^^^^ this is a single value
  │
  = help: write `{ address: 10.0.0.2 }`
"#,
    );
}

#[test]
fn sizes_that_are_none() {
    assert_told(
        r#"hosts:
  a: { mem: 1GB }
  b: { mem: lots }
  c: { mem: 0 }
  d: { mem: 99999999TiB }
  e: { mem: 1.5GiB }
"#,
        r#"
error[E0601]: `1GB` is not a size
  ┌─ inventory.yml:2:13
  │
2 │   a: { mem: 1GB }
  │             ^^^ expected a whole number and `KiB`, `MiB`, `GiB` or `TiB`
  │
  = help: write `1GiB`

error[E0601]: `lots` is not a size
  ┌─ inventory.yml:3:13
  │
3 │   b: { mem: lots }
  │             ^^^^ expected a whole number and `KiB`, `MiB`, `GiB` or `TiB`
  │
  = help: write `512MiB` or `8GiB`, or leave `mem` out: it is measured on the host

error[E0601]: `0` is not a size
  ┌─ inventory.yml:4:13
  │
4 │   c: { mem: 0 }
  │             ^ a host has at least one byte
  │
  = help: leave `mem` out: it is measured on the host

error[E0601]: `99999999TiB` is not a size
  ┌─ inventory.yml:5:13
  │
5 │   d: { mem: 99999999TiB }
  │             ^^^^^^^^^^^ this is more than can be counted in bytes

error[E0601]: `1.5GiB` is not a size
  ┌─ inventory.yml:6:13
  │
6 │   e: { mem: 1.5GiB }
  │             ^^^^^^ expected a whole number and `KiB`, `MiB`, `GiB` or `TiB`
  │
  = help: write `1536MiB`
"#,
    );
}

#[test]
fn ports_and_cores_out_of_range() {
    assert_told(
        r#"defaults: { port: 0 }
hosts:
  a: { port: 65536, cores: 0 }
  b: { port: ssh, cores: -4 }
"#,
        r#"
error[E0601]: `0` is not a port
  ┌─ inventory.yml:1:19
  │
1 │ defaults: { port: 0 }
  │                   ^ expected a number from 1 to 65535
  │
  = help: write `port: 22`

error[E0601]: `65536` is not a port
  ┌─ inventory.yml:3:14
  │
3 │   a: { port: 65536, cores: 0 }
  │              ^^^^^ expected a number from 1 to 65535
  │
  = help: write `port: 22`

error[E0601]: `0` is not a number of cores
  ┌─ inventory.yml:3:28
  │
3 │   a: { port: 65536, cores: 0 }
  │                            ^ expected a whole number from 1
  │
  = help: write `cores: 4`, or leave `cores` out: it is measured on the host

error[E0601]: `ssh` is not a port
  ┌─ inventory.yml:4:14
  │
4 │   b: { port: ssh, cores: -4 }
  │              ^^^ expected a number from 1 to 65535
  │
  = help: write `port: 22`

error[E0601]: `-4` is not a number of cores
  ┌─ inventory.yml:4:26
  │
4 │   b: { port: ssh, cores: -4 }
  │                          ^^ expected a whole number from 1
  │
  = help: write `cores: 4`, or leave `cores` out: it is measured on the host
"#,
    );
}

#[test]
fn names_that_are_none() {
    assert_told(
        r#"hosts:
  cm3 one: {}
  -oProxyCommand=x: { groups: [distcc, "a b", "c,d"], user: -x, class: cm/3 }
  ? [a]
  : {}
"#,
        r#"
error[E0601]: `cm3 one` cannot be the name of a host
  ┌─ inventory.yml:2:3
  │
2 │   cm3 one: {}
  │   ^^^^^^^ a name has no spaces
  │
  = help: call it `cm3-one`

error[E0601]: `-oProxyCommand=x` cannot be the name of a host
  ┌─ inventory.yml:3:3
  │
3 │   -oProxyCommand=x: { groups: [distcc, "a b", "c,d"], user: -x, class: cm/3 }
  │   ^^^^^^^^^^^^^^^^ a name has letters, digits, `-`, `_` and `.`, and no `=`
  │
  = help: call it `oProxyCommand-x`

error[E0601]: `a b` cannot be the name of a group
  ┌─ inventory.yml:3:40
  │
3 │   -oProxyCommand=x: { groups: [distcc, "a b", "c,d"], user: -x, class: cm/3 }
  │                                        ^^^^^ a name has no spaces
  │
  = help: call it `a-b`

error[E0601]: `c,d` cannot be the name of a group
  ┌─ inventory.yml:3:47
  │
3 │   -oProxyCommand=x: { groups: [distcc, "a b", "c,d"], user: -x, class: cm/3 }
  │                                               ^^^^^ a name has letters, digits, `-`, `_` and `.`, and no `,`
  │
  = help: several groups are a list: `groups: [c, d]`

error[E0601]: `-x` cannot be the name of a user
  ┌─ inventory.yml:3:61
  │
3 │   -oProxyCommand=x: { groups: [distcc, "a b", "c,d"], user: -x, class: cm/3 }
  │                                                             ^^ `ssh` would take this for an option

error[E0601]: `cm/3` cannot be the name of a class
  ┌─ inventory.yml:3:72
  │
3 │   -oProxyCommand=x: { groups: [distcc, "a b", "c,d"], user: -x, class: cm/3 }
  │                                                                        ^^^^ a name has letters, digits, `-`, `_` and `.`, and no `/`
  │
  = help: call it `cm-3`

error[E0601]: a key has to be a name
  ┌─ inventory.yml:4:5
  │
4 │   ? [a]
  │     ^^^ this is a list
"#,
    );
}

#[test]
fn power_that_does_not_work() {
    assert_told(
        r#"hosts:
  a: { power: { wol: "52:54:00:12:34" } }
  b: { power: { wol: "52:54:00:12:34:56", command: ipmitool power on } }
  c: { power: {} }
  d: { power: { mac: "52:54:00:12:34:56" } }
  e: { power: wol }
"#,
        r#"
error[E0601]: `52:54:00:12:34` is not a hardware address
  ┌─ inventory.yml:2:22
  │
2 │   a: { power: { wol: "52:54:00:12:34" } }
  │                      ^^^^^^^^^^^^^^^^ expected six pairs of hexadecimal digits
  │
  = help: write `wol: "52:54:00:12:34:56"`

error[E0601]: `power` has both `command` and `wol`
  ┌─ inventory.yml:3:22
  │
3 │   b: { power: { wol: "52:54:00:12:34:56", command: ipmitool power on } }
  │                      ^^^^^^^^^^^^^^^^^^^           ----------------- another way
  │                      │
  │                      one way to switch the host on
  │
  = help: keep one of them

error[E0601]: `power` does not say how the host is switched on
  ┌─ inventory.yml:4:15
  │
4 │   c: { power: {} }
  │               ^^
  │
  = help: write `power: { wol: "52:54:00:12:34:56" }` or `power: { command: "ipmitool power on" }`

error[E0601]: `power` has no key `mac`
  ┌─ inventory.yml:5:17
  │
5 │   d: { power: { mac: "52:54:00:12:34:56" } }
  │                 ^^^
  │
  = help: did you mean `wol`?

error[E0601]: `power` has to be a mapping
  ┌─ inventory.yml:6:15
  │
6 │   e: { power: wol }
  │               ^^^ this is a single value
  │
  = help: write `{ wol: … }`
"#,
    );
}

#[test]
fn a_connection_that_is_none() {
    assert_told(
        r#"hosts:
  a: { connection: locl }
  b: { connection: telnet }
"#,
        r#"
error[E0601]: there is no connection `locl`
  ┌─ inventory.yml:2:20
  │
2 │   a: { connection: locl }
  │                    ^^^^ expected `ssh` or `local`
  │
  = help: did you mean `local`?

error[E0601]: there is no connection `telnet`
  ┌─ inventory.yml:3:20
  │
3 │   b: { connection: telnet }
  │                    ^^^^^^ expected `ssh` or `local`
  │
  = help: leave it out, or write `connection: local` for the machine where flowrun runs
"#,
    );
}
