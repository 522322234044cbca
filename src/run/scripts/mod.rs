//! The shell texts that flowrun itself runs on hosts for locks and durable commands: POSIX `sh` alone.

use crate::transport::{Command, quote};

const HOME: &str = include_str!("home.sh");
const STATE: &str = include_str!("state.sh");

/// A script of this folder.
#[derive(Clone, Copy, Debug)]
pub(super) enum Script {
    Start,
    Follow,
    Rest,
    End,
    Forget,
    Lock,
    Unlock,
}

impl Script {
    fn text(self) -> &'static str {
        match self {
            Script::Start => include_str!("start.sh"),
            Script::Follow => include_str!("follow.sh"),
            Script::Rest => include_str!("rest.sh"),
            Script::End => include_str!("end.sh"),
            Script::Forget => include_str!("forget.sh"),
            Script::Lock => include_str!("lock.sh"),
            Script::Unlock => include_str!("unlock.sh"),
        }
    }

    /// The script with its arguments, after shell text that sets its variables.
    pub(super) fn with(self, variables: &str, arguments: &[&str]) -> Command {
        let arguments: Vec<String> = arguments.iter().map(|argument| quote(argument)).collect();
        let state = match self {
            Script::Rest | Script::Forget | Script::Unlock => "",
            Script::Start | Script::Follow | Script::End | Script::Lock => STATE,
        };
        let text = [HOME, state, self.text()].map(bare).concat();
        Command::new(format!("{variables}set -- {}\n{text}", arguments.join(" ")))
    }

    /// The script with its arguments.
    pub(super) fn on(self, arguments: &[&str]) -> Command {
        self.with("", arguments)
    }
}

/// A script without its comments: the host's shell reads it byte by byte.
fn bare(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty());
    lines.fold(String::new(), |text, line| text + line + "\n")
}
