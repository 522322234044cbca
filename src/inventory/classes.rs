//! Hosts against what their classes promise.

use super::messages::{self, Broken};
use super::{Host, Inventory};
use crate::diagnostic::Diagnostic;
use crate::place::{Attribute, Axioms, Quantity, Subject, Symbol, contradiction};
use crate::source::Span;

/// Checks that each host's class is one of `known_classes`, and that what the inventory says of the host agrees with
/// what the class promises. The classes come with the places where their names are declared.
#[must_use]
pub fn check_classes(inventory: &Inventory, axioms: &Axioms, known_classes: &[(Symbol, Span)]) -> Vec<Diagnostic> {
    inventory.hosts.iter().filter_map(|host| check_class(host, axioms, known_classes)).collect()
}

fn check_class(host: &Host, axioms: &Axioms, known_classes: &[(Symbol, Span)]) -> Option<Diagnostic> {
    let class = host.class.as_ref()?;
    let Some((_, declared)) = known_classes.iter().find(|(name, _)| **name == *class.value) else {
        let names: Vec<&str> = known_classes.iter().map(|(name, _)| &**name).collect();
        return Some(messages::unknown_class(class.span, &class.value, &names));
    };
    let found = contradiction(axioms, &host.facts())?;
    let broken = found.violations.iter().map(|violation| Broken {
        at: violation.subjects.iter().flat_map(|subject| host.places(subject)).collect(),
        part: violation.part.to_string(),
    });
    let broken: Vec<Broken> = broken.collect();
    Some(messages::contradicts_class(&host.name, &class.value, class.span, Some(*declared), &broken))
}

impl Host {
    /// Where the inventory says something of a subject; nowhere where its silence does.
    fn places(&self, subject: &Subject) -> Vec<Span> {
        let place = match subject {
            Subject::Attribute(Attribute::Arch) => self.arch.as_ref().map(|arch| arch.span),
            Subject::Attribute(Attribute::Class) => self.class.as_ref().map(|class| class.span),
            Subject::Attribute(Attribute::Name) => Some(self.name_span),
            Subject::Attribute(Attribute::Os) => self.os.as_ref().map(|os| os.span),
            Subject::Quantity(Quantity::Mem) => self.mem.as_ref().map(|mem| mem.span),
            Subject::Quantity(Quantity::Cores) => self.cores.as_ref().map(|cores| cores.span),
            Subject::Group(name) => self.groups.iter().find(|group| *group.value == **name).map(|group| group.span),
            Subject::Local => None,
        };
        place.into_iter().collect()
    }
}
