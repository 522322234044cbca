//! Values that are used on a host where they are not.

use super::effects::path;
use crate::check::located::{Thing, Use};
use crate::check::stages::is_one_host;
use crate::check::tables::Tables;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceMap, Span};

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
    let message = format!("{} is on `{there}`, and it is used on `{here}`", what(used, tables));
    let mut diagnostic = Diagnostic::error(Code::E0308, message, used.span, how(used));
    if let Some((_, named)) = used.origin.stage {
        diagnostic = diagnostic.label(named, format!("this {} is on `{there}`", thing(used)));
    }
    if let Some(made) = used.origin.made {
        diagnostic = diagnostic.label(made, "made here");
    }
    if overlap {
        diagnostic = diagnostic
            .note("both may be the same host, but nothing says so: a place is one host when it lies within a `host`");
    }
    // A stage on several hosts has a result for each of them.
    let one = used.origin.stage.filter(|(stage, _)| is_one_host(tables, &tables.stages[*stage].on));
    with_remedy(diagnostic, used, one.map(|(_, named)| named), sources)
}

fn how(used: &Use) -> String {
    if used.chain.len() > 1 { format!("used here: {}", path(&used.chain)) } else { "used here".to_owned() }
}

fn with_remedy(diagnostic: Diagnostic, used: &Use, named: Option<Span>, sources: &SourceMap) -> Diagnostic {
    let name = named.map_or_else(|| thing(used), |named| sources.slice(named));
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
