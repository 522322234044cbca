//! Why a playbook cannot be read.

use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::node::{Node, SyntaxError};
use crate::source::{FileId, Span};

const EXAMPLE: &str = "a playbook is a list of plays:\n- hosts: builders\n  tasks:\n    - command: uname -r";

pub(super) fn syntax(file: FileId, text: &str, error: &SyntaxError) -> Diagnostic {
    let end = text.get(error.offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let at = Span::new(file, error.offset, error.offset + end);
    let fault = Diagnostic::error(Code::E0101, "the playbook is not valid YAML", at, &*error.message);
    let fault = match error.opened {
        Some(opened) => fault.label(Span::new(file, opened, opened + 1), "this is still open"),
        None => fault,
    };
    fault.maybe_help(error.help)
}

pub(super) fn empty(at: Span) -> Diagnostic {
    Diagnostic::error(Code::E0101, "the playbook has no plays", at, "").help(EXAMPLE)
}

pub(super) fn no_list(at: Span, node: &Node) -> Diagnostic {
    let fault = Diagnostic::error(Code::E0101, "this is no playbook", at, format!("this is {}", node.kind()));
    if node.get("hosts").is_some() {
        return fault.help("put `- ` before the play");
    }
    if node.get("all").is_some() {
        return fault.help("an inventory is read as it is: `flowrun check WORKFLOW.flow -i THIS`");
    }
    fault.help(EXAMPLE)
}

pub(super) fn no_play(at: Span, node: &Node) -> Diagnostic {
    let fault =
        Diagnostic::error(Code::E0101, "a play has to name its `hosts`", at, format!("this is {}", node.kind()));
    let is_task = node.get("name").is_some() && node.get("tasks").is_none();
    if is_task {
        return fault.help("a file of tasks is taken in by a play: import the playbook that does");
    }
    fault.help(EXAMPLE)
}
