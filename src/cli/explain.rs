//! `flowrun explain`

use super::arguments::Explain;
use super::{Exit, give, say};
use crate::diagnostic::{Code, did_you_mean};

pub(super) fn main(options: &Explain) -> Exit {
    let Some(code) = &options.code else {
        give(&titles());
        return Exit::Done;
    };
    let wanted = code.to_uppercase();
    match Code::ALL.iter().find(|known| known.as_str() == wanted) {
        Some(known) => {
            give(known.page());
            Exit::Done
        }
        None => {
            let meant = did_you_mean(&wanted, Code::ALL.iter().map(|known| known.as_str()));
            let help = meant.map_or(String::new(), |meant| format!(": did you mean {meant}?"));
            say(&format!("error: there is no code {code}{help}\n"));
            Exit::Usage
        }
    }
}

/// All codes, one a line.
fn titles() -> String {
    Code::ALL.iter().map(|code| format!("{code}  {}\n", code.title())).collect()
}
