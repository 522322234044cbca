//! A network that is cut without a word: packets are dropped, nobody is told.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{durable, outcome, seen, skipped};
use crate::lab::Cluster;

/// All packets from and to a lab dropped, until its end.
struct Cut {
    table: String,
}

impl Cut {
    /// None where this user or this kernel cannot.
    fn of(cluster: &Cluster) -> Option<Self> {
        let inventory = std::fs::read_to_string(cluster.lab().inventory()).unwrap();
        let subnet = inventory.split_once("127.77.").unwrap().1.split('.').next().unwrap().to_owned();
        let cut = Cut { table: format!("flowrun_test_{subnet}") };
        let rules = cluster.write(
            "cut.nft",
            &format!(
                "table inet {} {{\n  chain input {{\n    type filter hook input priority 0;\n    ip daddr 127.77.{subnet}.0/24 drop\n    ip \
                 saddr 127.77.{subnet}.0/24 drop\n  }}\n}}\n",
                cut.table
            ),
        );
        match Command::new("nft").arg("-f").arg(rules).output() {
            Ok(output) if output.status.success() => Some(cut),
            other => {
                skipped(&format!("packets cannot be dropped here: {other:?}"));
                None
            }
        }
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        let _ = Command::new("nft").args(["delete", "table", "inet", &self.table]).status();
    }
}

#[test]
fn the_network_is_cut_for_longer_than_the_keepalive() {
    let cluster = Cluster::with(&["builder"]);
    let running = cluster.start(&durable("builders"));
    running.wait_for("line 5 of");
    let Some(cut) = Cut::of(&cluster) else {
        running.killed();
        cluster.own(&["runs", "--reap"]);
        return;
    };
    let since = Instant::now();
    while !running.said().contains("next attempt in") {
        assert!(since.elapsed() < Duration::from_secs(90), "the silence is not noticed: {}", running.said());
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(cut);
    let run = running.ended();
    assert!(run.text.contains("there again"), "{}", run.text);
    seen(
        "the network between flowrun and a host is cut for longer than the keepalive, and comes back",
        "the silence is noticed after 15 s, flowrun connects again and follows the durable command from where it stopped",
        &format!("exit {}, {}", run.code, outcome(&cluster)),
    );
}
