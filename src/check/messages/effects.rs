//! Effects.

use crate::check::summary::{Occurrence, Step, What};
use crate::check::tables::Signature;
use crate::diagnostic::{Code, Diagnostic, list};
use crate::source::Span;

/// A task with the effects that its `does` leaves out, each with the way down to it.
pub(in crate::check) fn undeclared_effects(signature: &Signature, missing: &[(&str, &[Step])]) -> Diagnostic {
    let declared = signature.ast.does.as_deref().unwrap_or_default();
    let does = match declared {
        [first, .., last] => first.span.to(last.span),
        [only] => only.span,
        [] => signature.ast.name.span,
    };
    let names: Vec<String> = missing.iter().map(|(effect, _)| format!("`{effect}`")).collect();
    let noun = if missing.len() == 1 { "effect" } else { "effects" };
    let message = format!("`{}` has the {noun} {}, which its `does` leaves out", signature.name, list(&names));
    let mut found = missing.iter().map(|(_, chain)| (chain.first().map_or(does, |step| step.span), path(chain)));
    let (span, label) = found.next().unwrap_or((does, String::new()));
    let diagnostic = Diagnostic::error(Code::E0402, message, span, label);
    let diagnostic = found.fold(diagnostic, |diagnostic, (span, label)| diagnostic.label(span, label));
    let all = declared.iter().map(|name| &*name.text).chain(missing.iter().map(|(effect, _)| *effect));
    let all: Vec<&str> = all.collect();
    let all = all.join(", ");
    let title = format!("declare that `{}` does {all}", signature.name);
    let diagnostic = diagnostic.label(does, "declared here").help(format!("declare what it does: `does {all}`"));
    if declared.is_empty() { diagnostic } else { diagnostic.fixed_by(title, vec![(does, all)]) }
}

pub(in crate::check) fn check_changes(
    occurrence: &Occurrence,
    effect: &str,
    goal: Span,
    probed: Option<&str>,
) -> Diagnostic {
    let span = occurrence.chain.first().map_or(goal, |step| step.span);
    let message = match occurrence.chain.last() {
        Some(last) if effect == "unknown" => format!("a check may only look, and what {} does is not known", last.name),
        _ => format!("a check may only look, and this has the effect `{effect}`"),
    };
    let help = match (&occurrence.what, probed) {
        (What::Unlisted(program), _) => format!("say what it does: `program \"{program}\" does read`"),
        (What::Spliced(text), _) => super::places::unknown_help(text),
        (_, Some(condition)) => {
            format!("a probe answers whether it is so: let a stage do it that `leaves {condition}`")
        }
        _ => "move it to the `else` block, which mends what the check found".to_owned(),
    };
    let of = if probed.is_some() { "the condition, whose probe is a check" } else { "the check" };
    Diagnostic::error(Code::E0401, message, span, path(&occurrence.chain)).label(goal, of).help(help)
}

/// The way down to something, where it takes more than one step.
pub(in crate::check) fn way_down(chain: &[Step]) -> String {
    if chain.len() > 1 { path(chain) } else { String::new() }
}

/// `kernel.build → kernel.make → program `make``
pub(in crate::check) fn path(chain: &[Step]) -> String {
    const ENDS: usize = 4;
    let names: Vec<&str> = chain.iter().map(|step| step.name.as_str()).collect();
    if names.len() <= 2 * ENDS {
        return names.join(" → ");
    }
    let (first, last) = (&names[..ENDS], &names[names.len() - ENDS..]);
    format!("{} → … → {}", first.join(" → "), last.join(" → "))
}
