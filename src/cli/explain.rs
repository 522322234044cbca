//! `flowrun explain`

use super::arguments::Explain;
use super::{Exit, give, say};
use crate::diagnostic::{Code, did_you_mean};

pub(super) fn main(options: &Explain) -> Exit {
    let wanted = options.code.to_uppercase();
    match Code::ALL.iter().find(|code| code.as_str() == wanted) {
        Some(code) => {
            give(&format!("{code}: {}\n\n{}\n", code.title(), code.meaning()));
            Exit::Done
        }
        None => {
            let meant = did_you_mean(&wanted, Code::ALL.iter().map(|code| code.as_str()));
            let help = meant.map_or(String::new(), |meant| format!(": did you mean {meant}?"));
            say(&format!("error: there is no code {}{help}\n", options.code));
            Exit::Usage
        }
    }
}
