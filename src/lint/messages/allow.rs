//! Comments that allow something.

use crate::diagnostic::{Code, Diagnostic, Fix, did_you_mean};
use crate::source::Span;

pub(in crate::lint) fn no_reason(span: Span, codes: &[&str]) -> Diagnostic {
    Diagnostic::warning(Code::W0705, "this `allow` does not say why", span, "a reason is missing")
        .help(format!("say it behind the bracket: `# allow({}) it only prints`", codes.join(", ")))
}

pub(in crate::lint) fn unused_allow(code: Code, span: Span, fix: Option<Fix>) -> Diagnostic {
    let message = format!("there is no {code} here to allow");
    Diagnostic::warning(Code::W0706, message, span, "")
        .help("take it out: it would hide the next one that comes up here")
        .maybe_fix(fix)
}

pub(in crate::lint) fn unknown_allowed<'a>(
    written: &str,
    span: Span,
    known: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    let help = did_you_mean(written, known).map(|near| format!("did you mean {near}?"));
    let help = help.unwrap_or_else(|| "`flowrun explain` lists all codes".to_owned());
    Diagnostic::warning(Code::W0707, format!("there is no code `{written}`"), span, "this allows nothing").help(help)
}

pub(in crate::lint) fn not_to_be_allowed(code: Code, span: Span) -> Diagnostic {
    let (message, help) = match code.as_str().as_bytes().first() {
        Some(b'W') => (format!("{code} is about `allow` itself and cannot be allowed"), "do what it says"),
        Some(b'E') => (format!("{code} is an error, and errors cannot be allowed"), "mend what it is about"),
        _ => {
            (format!("{code} is a failure of a run and cannot be allowed"), "`try` and `rescue` go on after a failure")
        }
    };
    Diagnostic::warning(Code::W0707, message, span, "this allows nothing").help(help)
}
