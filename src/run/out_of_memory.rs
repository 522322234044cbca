//! Commands that their host's kernel ended for want of memory: seldom does an exit status say so.
//!
//! The kernel counts what it ends. The count is measured with the host's other facts, and asked for again when a command
//! ends as one does whose process was killed.

use std::time::Duration;

use super::failure::Failure;
use super::state::{At, State};
use crate::diagnostic::{self, Code};
use crate::transport::{Answer, Command};

/// How long a host may take to answer. One that has hardly any memory left answers when its kernel has made room, and one
/// that was switched off is told apart by its silence alone.
const PATIENCE: Duration = Duration::from_secs(15);

/// Prints how many processes were ended, and what the kernel says of the last one where the user may read that.
const ASK: &str = "sed -n 's/^oom_kill //p' /proc/vmstat 2>/dev/null
dmesg 2>/dev/null | sed -n 's/.*ut of memory: Killed process [0-9]* (\\(.*\\)) total-vm:.*/\\1/p' | tail -n 1";

/// Why a command looks as if a process of it had been killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// By its exit status.
    Status(i32),
    /// The host's shell, or the connection to it, ended under the command.
    Lost,
}

impl Sign {
    /// The sign in a failed command's status, or in the words with which compilers, make and shells tell of their children.
    pub(super) fn of(code: i32, tail: &str) -> Option<Sign> {
        const WORDS: [&str; 5] = ["Killed", "signal 9", "SIGKILL", "Error 137", "error 137"];
        let told = || WORDS.iter().any(|word| tail.contains(word));
        (code == 128 + 9 || told()).then_some(Sign::Status(code))
    }
}

/// What the host says afterwards.
#[derive(Debug, PartialEq, Eq)]
struct Evidence {
    kills: u64,
    /// The name of the process that was ended last.
    last: Option<String>,
}

impl Evidence {
    fn parse(answer: &str) -> Option<Evidence> {
        let mut lines = answer.lines();
        let kills = lines.next()?.trim().parse().ok()?;
        Some(Evidence { kills, last: lines.next().map(str::to_owned).filter(|name| !name.is_empty()) })
    }
}

impl State {
    /// The failure of a command during which its host ran out of memory; none where the host does not say so.
    pub(super) async fn out_of_memory(&self, at: At, sign: Sign, tail: &str) -> Option<Failure> {
        // Connecting again measures again: the count to compare with is the one from before.
        let before = self.cluster.oom_kills(at.host)?;
        let evidence = tokio::time::timeout(PATIENCE, self.evidence(at.host, sign)).await.ok()??;
        self.cluster.note_oom_kills(at.host, evidence.kills);
        (evidence.kills > before).then(|| self.died_of_it(at, sign, &evidence, tail))
    }

    async fn evidence(&self, host: usize, sign: Sign) -> Option<Evidence> {
        if sign == Sign::Lost {
            self.cluster.still_connected(host).await;
        }
        let session = self.cluster.session_within(host, PATIENCE).await.ok()?;
        let mut answer = Answer::default();
        session.run(&Command::new(ASK), &mut answer).await.ok()?;
        Evidence::parse(&answer.text(self.cluster.hosts[host].name.as_str()).ok()?)
    }

    fn died_of_it(&self, at: At, sign: Sign, evidence: &Evidence, tail: &str) -> Failure {
        let host = self.host_name(at);
        let victim = evidence.last.as_ref().map_or_else(|| "a process".to_owned(), |name| format!("`{name}`"));
        let size =
            self.cluster.facts(at.host).mem.map_or_else(String::new, |mem| format!(" of {}", diagnostic::about(mem)));
        let ended = match sign {
            Sign::Status(code) => format!("the command ended with exit status {code}"),
            Sign::Lost => "the connection was lost with it".to_owned(),
        };
        Failure::step(Code::R0803, format!("out of memory on {host}: its kernel killed {victim} while the command ran"))
            .note(format!("all memory{size} was in use; {ended}"))
            .printed(tail)
            .help("run it on a host with more memory, or fewer processes of it at a time")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_child_shows_in_the_status_or_in_what_its_parent_says() {
        assert_eq!(Sign::of(137, ""), Some(Sign::Status(137)));
        let gcc = "gcc: fatal error: Killed signal terminated program cc1";
        assert_eq!(Sign::of(1, gcc), Some(Sign::Status(1)));
        assert_eq!(Sign::of(2, "make: *** [Makefile:3: all] Error 137"), Some(Sign::Status(2)));
        assert_eq!(Sign::of(1, "g++: internal compiler error: Killed (program cc1plus)"), Some(Sign::Status(1)));
        assert_eq!(Sign::of(1, "No such file or directory"), None);
    }

    #[test]
    fn the_answer_is_a_count_and_where_it_may_be_read_a_name() {
        let evidence = |kills, last: Option<&str>| Some(Evidence { kills, last: last.map(str::to_owned) });
        assert_eq!(Evidence::parse("3\ncc1\n"), evidence(3, Some("cc1")));
        assert_eq!(Evidence::parse("3\n"), evidence(3, None));
        assert_eq!(Evidence::parse("\n"), None);
        assert_eq!(Evidence::parse(""), None);
    }
}
