//! How a forbidden effect can be mended: where else the stage could run.

use super::modules::PRELUDE;
use super::prove::Whose;
use super::summary::{Occurrence, Shift};
use super::tables::{ForbidDecl, HostSetDecl, Tables, Value};
use crate::diagnostic::Fix;
use crate::place::{self, Predicate};
use crate::source::SourceMap;

/// What would mend it, in words, and as a change of the text where it moves the stage to no other host.
pub(super) struct Remedy {
    pub(super) help: String,
    pub(super) fix: Option<Fix>,
}

/// A remedy for an effect in a place that includes hosts where it is forbidden; none where all of them are.
pub(super) fn forbidden(
    tables: &Tables,
    sources: &SourceMap,
    whose: &Whose<'_>,
    found: &[&Occurrence],
    forbid: &ForbidDecl,
) -> Option<Remedy> {
    let finder = Finder { tables, allowed: forbid.on.clone().not() };
    let written = sources.slice(whose.on.span);
    let is_left = |occurrence: &&Occurrence| matches!(occurrence.shift, Shift::Replace(_));
    if found.iter().all(is_left) {
        return finder.another_at(whose.place, written).map(|help| Remedy { help, fix: None });
    }
    // The stage names a host whose declaration leaves open what it is.
    let named = finder.own_hosts().find(|set| set.ast.name.text == written);
    match (finder.own_hosts().find(|set| finder.is_allowed(set)), finder.architecture(), named) {
        (Some(host), ..) => Some(elsewhere(&finder, host)),
        (None, Some(arch), Some(host)) => Some(declared_better(sources, host, &arch.ast.name.text)),
        (None, Some(arch), None) => {
            let selector = finder.narrowed(whose.place, written, arch);
            Some(Remedy { help: format!("say where that fits: `on {selector} only`"), fix: None })
        }
        (None, None, _) => finder.leaves_some(whose.place).then(|| left_out(written, forbid)),
    }
}

struct Finder<'a> {
    tables: &'a Tables,
    allowed: Predicate,
}

impl<'a> Finder<'a> {
    fn proves(&self, place: &Predicate, wanted: &Predicate) -> bool {
        place::proves(&self.tables.axioms, place, wanted) == Ok(true)
    }

    fn is_allowed(&self, set: &HostSetDecl) -> bool {
        self.proves(&set.predicate, &self.allowed)
    }

    /// What an `at` that goes to the wrong host could do instead; where the stage itself runs changes nothing about it.
    fn another_at(&self, place: &Predicate, written: &str) -> Option<String> {
        if self.proves(place, &self.allowed) {
            return Some(format!("the hosts of the stage itself, `{written}`, fit: do it there, without `at`"));
        }
        let host = self.own_hosts().find(|set| self.is_allowed(set))?;
        Some(format!("go where that fits: `at {} {{ … }}`", host.ast.name.text))
    }

    fn leaves_some(&self, place: &Predicate) -> bool {
        let rest = place.clone().and(self.allowed.clone());
        self.tables.possible(&rest) == Ok(true)
    }

    /// Those of the stage's hosts that have an architecture; all that have it, where the stage has none of them.
    fn narrowed(&self, place: &Predicate, written: &str, arch: &HostSetDecl) -> String {
        let name = &arch.ast.name.text;
        let is_some = self.tables.possible(&place.clone().and(arch.predicate.clone())) == Ok(true);
        if is_some && written != "all" { format!("{} and {name}", in_parentheses(written)) } else { name.to_string() }
    }

    /// The sets of hosts that the workflow can name, by the name that means them there.
    fn nameable(&self) -> impl Iterator<Item = &'a HostSetDecl> + use<'a> {
        let tables = self.tables;
        let means = move |number: usize, name: &str| tables.value(tables.entry, name) == Some(Value::HostSet(number));
        let sets = tables.host_sets.iter().enumerate();
        sets.filter(move |(number, set)| means(*number, &set.ast.name.text)).map(|(_, set)| set)
    }

    fn own_hosts(&self) -> impl Iterator<Item = &'a HostSetDecl> + use<'a> {
        self.nameable().filter(|set| set.module != PRELUDE && set.single)
    }

    /// The first architecture of the prelude whose hosts are all allowed.
    fn architecture(&self) -> Option<&'a HostSetDecl> {
        self.nameable().find(|set| set.module == PRELUDE && self.is_allowed(set))
    }
}

/// A `host` of the workflow is proved to be none of the forbidden ones.
fn elsewhere(finder: &Finder<'_>, host: &HostSetDecl) -> Remedy {
    let mut archs = finder.nameable().filter(|set| set.module == PRELUDE && finder.is_allowed(set));
    let arch = archs.find(|arch| finder.proves(&host.predicate, &arch.predicate));
    let guard = arch.map_or(String::new(), |arch| format!(", {}", arch.ast.name.text));
    Remedy { help: format!("place it where that fits: `on {}{guard} only`", host.ast.name.text), fix: None }
}

fn declared_better(sources: &SourceMap, host: &HostSetDecl, arch: &str) -> Remedy {
    let selector = format!("{arch} and {}", in_parentheses(sources.slice(host.ast.selector.span)));
    let help = format!("say what it is where it is declared: `host {} = {selector}`", host.ast.name.text);
    let title = format!("declare `{}` to be `{arch}`", host.ast.name.text);
    Remedy { help, fix: Some(Fix { title, edits: vec![(host.ast.selector.span, selector)] }) }
}

fn left_out(written: &str, forbid: &ForbidDecl) -> Remedy {
    let hosts = if forbid.on_text.contains(' ') { format!("({})", forbid.on_text) } else { forbid.on_text.clone() };
    let selector = match written {
        "all" => format!("not {hosts}"),
        written => format!("{} and not {hosts}", in_parentheses(written)),
    };
    Remedy { help: format!("leave such hosts out: `on {selector}`"), fix: None }
}

/// An alternative keeps its meaning within a conjunction only in parentheses.
pub(super) fn in_parentheses(selector: &str) -> String {
    if selector.split_whitespace().any(|word| word == "or") { format!("({selector})") } else { selector.to_owned() }
}
