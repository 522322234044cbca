//! Values that are used on a host where they are not.

use super::effects::path;
use crate::check::located::{Thing, Use};
use crate::check::stages::is_one_host;
use crate::check::tables::{StageDecl, Tables};
use crate::check::types::Type;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::SourceMap;

/// What it is that lives on a host.
pub(in crate::check) fn what(used: &Use, tables: &Tables) -> String {
    let stage = used.origin.stage.map(|(stage, _)| &tables.stages[stage].ast.name.text);
    let whose = stage.map_or_else(String::new, |name| format!(" of stage `{name}`"));
    format!("the {}{whose}", thing(used))
}

fn thing(used: &Use) -> &'static str {
    match used.origin.thing {
        Thing::File => "file",
        Thing::Socket => "socket",
        Thing::Value => "value",
    }
}

pub(in crate::check) fn located_elsewhere(
    used: &Use,
    there: &str,
    here: &str,
    overlap: bool,
    tables: &Tables,
    sources: &SourceMap,
) -> Diagnostic {
    let message = format!("{} is on {there}, and it is used on {here}", what(used, tables));
    let mut diagnostic = Diagnostic::error(Code::E0308, message, used.span, how(used));
    if let Some((_, named)) = used.origin.stage.filter(|(_, named)| *named != used.span) {
        diagnostic = diagnostic.label(named, format!("this {} is on {there}", thing(used)));
    }
    if let Some(made) = used.origin.made {
        diagnostic = diagnostic.label(made, "made here");
    }
    if overlap {
        diagnostic = diagnostic
            .note("both may be the same host, but nothing says so: a place is one host when it lies within a `host`");
    }
    // A stage on several hosts has a result for each of them.
    let several = used.origin.stage.filter(|(stage, _)| !is_one_host(tables, &tables.stages[*stage].on));
    if let Some((stage, _)) = several.filter(|_| overlap) {
        let name = &tables.stages[stage].ast.name.text;
        diagnostic = diagnostic.help(format!("what `{name}` left on the host at hand is `{name}[here.name]`"));
    }
    with_remedy(diagnostic, used, tables, sources)
}

fn how(used: &Use) -> String {
    if used.chain.len() > 1 { format!("used here: {}", path(&used.chain)) } else { "used here".to_owned() }
}

fn with_remedy(diagnostic: Diagnostic, used: &Use, tables: &Tables, sources: &SourceMap) -> Diagnostic {
    let named = used.origin.stage.filter(|(stage, _)| is_whole_result(&tables.stages[*stage], tables));
    let named = named.map(|(_, named)| named);
    let name = named.map(|named| sources.slice(named)).or_else(|| as_written(used, sources));
    let name = name.unwrap_or_else(|| thing(used));
    match used.origin.thing {
        Thing::Socket => {
            let across = format!("forward({name})");
            let diagnostic = diagnostic.help(format!("bring it across where it is used: `let socket = {across}`"));
            match named {
                Some(named) => diagnostic.fixed_by(format!("replace it by `{across}`"), vec![(named, across)]),
                None => diagnostic,
            }
        }
        Thing::File | Thing::Value => diagnostic
            .help(format!("bring it across where it is used: `copy({name}, to: \"…\")`"))
            .help(format!("where both hosts have it on a shared mount, say so: `file-at({name}.path)`")),
    }
}

/// Whether a stage's name alone stands for the file or socket.
fn is_whole_result(stage: &StageDecl, tables: &Tables) -> bool {
    matches!(stage.result, Type::File | Type::Socket) && is_one_host(tables, &stage.on)
}

/// The file or socket as it is written where it is used, unless only its path is left there.
fn as_written<'a>(used: &Use, sources: &'a SourceMap) -> Option<&'a str> {
    const LONGEST: usize = 40;
    let text = sources.slice(used.span);
    let whole = match text.strip_suffix(".path") {
        Some(whole) => whole,
        None if used.origin.spelt => return None,
        None => text,
    };
    let is_short = !whole.contains('\n') && whole.len() <= LONGEST;
    (used.chain.len() == 1 && is_short && !whole.starts_with("sh")).then_some(whole)
}
