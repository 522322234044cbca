//! How a forbidden effect can be mended: where else the stage could run.

use super::modules::PRELUDE;
use super::prove::Whose;
use super::tables::{ForbidDecl, HostSetDecl, Tables};
use crate::diagnostic::Fix;
use crate::place::{self, Predicate, Verdict};
use crate::source::SourceMap;

/// What would mend it, in words, and as a change of the text where it moves the stage to no other host.
pub(super) struct Remedy {
    pub(super) help: String,
    pub(super) fix: Option<Fix>,
}

/// A remedy for an effect in a place that includes hosts where it is forbidden.
pub(super) fn forbidden(tables: &Tables, sources: &SourceMap, whose: &Whose<'_>, forbid: &ForbidDecl) -> Remedy {
    let finder = Finder { tables, allowed: forbid.on.clone().not() };
    let written = sources.slice(whose.on.span);
    // The stage names a host whose declaration leaves open what it is.
    let named = finder.own_hosts().find(|set| set.ast.name.text == written);
    match (finder.own_hosts().find(|set| finder.is_allowed(set)), finder.architecture(), named) {
        (Some(host), ..) => elsewhere(&finder, host),
        (None, Some(arch), Some(host)) => declared_better(sources, host, &arch.ast.name.text),
        (None, Some(arch), None) => {
            Remedy { help: format!("say where that fits: `on {} only`", arch.ast.name.text), fix: None }
        }
        (None, None, _) => left_out(written, whose, forbid),
    }
}

struct Finder<'a> {
    tables: &'a Tables,
    allowed: Predicate,
}

impl<'a> Finder<'a> {
    fn proves(&self, place: &Predicate, wanted: &Predicate) -> bool {
        matches!(place::entails(&self.tables.axioms, place, wanted), Ok(Verdict::Proved))
    }

    fn is_allowed(&self, set: &HostSetDecl) -> bool {
        self.proves(&set.predicate, &self.allowed)
    }

    fn own_hosts(&self) -> impl Iterator<Item = &'a HostSetDecl> + use<'a> {
        self.tables.host_sets.iter().filter(|set| set.module != PRELUDE && set.single)
    }

    /// The first architecture of the prelude whose hosts are all allowed.
    fn architecture(&self) -> Option<&'a HostSetDecl> {
        self.tables.host_sets.iter().find(|set| set.module == PRELUDE && self.is_allowed(set))
    }
}

/// A `host` of the workflow is proved to be none of the forbidden ones.
fn elsewhere(finder: &Finder<'_>, host: &HostSetDecl) -> Remedy {
    let archs = finder.tables.host_sets.iter().filter(|set| set.module == PRELUDE && finder.is_allowed(set));
    let arch = archs.into_iter().find(|arch| finder.proves(&host.predicate, &arch.predicate));
    let guard = arch.map_or(String::new(), |arch| format!(", {}", arch.ast.name.text));
    Remedy { help: format!("place it where that fits: `on {}{guard} only`", host.ast.name.text), fix: None }
}

fn declared_better(sources: &SourceMap, host: &HostSetDecl, arch: &str) -> Remedy {
    let selector = format!("{arch} and {}", in_parentheses(sources.slice(host.ast.selector.span)));
    let help = format!("say what it is where it is declared: `host {} = {selector}`", host.ast.name.text);
    let title = format!("declare `{}` to be `{arch}`", host.ast.name.text);
    Remedy { help, fix: Some(Fix { title, edits: vec![(host.ast.selector.span, selector)] }) }
}

fn left_out(written: &str, whose: &Whose<'_>, forbid: &ForbidDecl) -> Remedy {
    let hosts = if forbid.on_text.contains(' ') { format!("({})", forbid.on_text) } else { forbid.on_text.clone() };
    let selector = format!("{} and not {hosts}", in_parentheses(written));
    let title = format!("leave {hosts} out of `{}`", whose.name);
    Remedy {
        help: format!("leave such hosts out: `on {selector}`"),
        fix: Some(Fix { title, edits: vec![(whose.on.span, selector)] }),
    }
}

/// An alternative keeps its meaning within a conjunction only in parentheses.
pub(super) fn in_parentheses(selector: &str) -> String {
    if selector.contains(" or ") { format!("({selector})") } else { selector.to_owned() }
}
