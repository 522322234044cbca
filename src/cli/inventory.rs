//! `flowrun inventory`

use std::path::Path;

use serde_json::{Value, json};

use super::arguments::{Inventory as Options, TextOrJson};
use super::files::{self, Disk};
use super::{Exit, give, say};
use crate::analysis::Beside;
use crate::diagnostic::{self, Diagnostic};
use crate::inventory::{self, Connection, Host, Inventory, Power};
use crate::place::human_size;
use crate::source::SourceMap;

pub(super) fn main(options: &Options) -> Exit {
    let Some(path) = files::find_inventory(Path::new(""), options.hosts.inventory.as_deref()) else {
        say("error: there is no inventory here\n  = help: name one: `flowrun inventory -i hosts.ini`\n");
        return Exit::Usage;
    };
    let text = match files::inventory_text(&path) {
        Ok(text) => text,
        Err(exit) => return exit,
    };
    let mut sources = SourceMap::new();
    let (inventory, diagnostics) = inventory::read(&mut sources, &Beside(&Disk), &path, &text);
    say(&diagnostic::render_all(&diagnostics, &sources, files::style()));
    match options.format {
        TextOrJson::Human => give(&table(&inventory)),
        TextOrJson::Json => give(&super::as_json(&data(&inventory))),
    }
    if diagnostics.iter().any(Diagnostic::is_error) { Exit::Refused } else { Exit::Done }
}

/// A host a line, what is said of it in columns.
fn table(inventory: &Inventory) -> String {
    let mut rows = vec![["host", "address", "arch", "class", "mem", "cores", "groups"].map(str::to_owned)];
    rows.extend(inventory.hosts.iter().map(row));
    let widths: Vec<usize> =
        (0..7).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn row(host: &Host) -> [String; 7] {
    let unsaid = || String::from("-");
    let text = |text: Option<String>| text.unwrap_or_else(unsaid);
    let port = host.port.map_or_else(String::new, |port| format!(":{port}"));
    let user = host.user.as_ref().map_or_else(String::new, |user| format!("{user}@"));
    let address = match host.connection {
        Connection::Local => String::from("(local)"),
        Connection::Ssh => format!("{user}{}{port}", host.address),
    };
    let groups: Vec<&str> = host.groups.iter().map(|group| group.value.as_str()).collect();
    [
        host.name.clone(),
        address,
        text(host.arch.as_ref().map(|arch| arch.value.clone())),
        text(host.class.as_ref().map(|class| class.value.clone())),
        text(host.mem.as_ref().map(|mem| human_size(mem.value))),
        text(host.cores.as_ref().map(|cores| cores.value.to_string())),
        groups.join(" "),
    ]
    .map(|cell| super::printable(&cell))
}

fn data(inventory: &Inventory) -> Value {
    let hosts = inventory.hosts.iter().map(|host| (host.name.clone(), host_data(host)));
    json!({ "hosts": hosts.collect::<serde_json::Map<_, _>>() })
}

fn host_data(host: &Host) -> Value {
    let mut groups: Vec<&str> = host.groups.iter().map(|group| group.value.as_str()).collect();
    groups.sort_unstable();
    let connection = if host.connection == Connection::Local { "local" } else { "ssh" };
    let power = host.power.as_ref().map(|power| match power {
        Power::Command(command) => json!({ "command": command }),
        Power::Wol(address) => json!({ "wol": address.to_string() }),
    });
    json!({
        "address": host.address, "user": host.user, "port": host.port, "connection": connection,
        "class": host.class.as_ref().map(|class| &class.value), "arch": host.arch.as_ref().map(|arch| &arch.value),
        "mem": host.mem.as_ref().map(|mem| mem.value), "cores": host.cores.as_ref().map(|cores| cores.value),
        "os": host.os.as_ref().map(|os| &os.value), "groups": groups, "mounts": host.mounts, "vars": host.vars,
        "power": power, "ssh_config": host.ssh_config, "identity": host.identity,
    })
}
