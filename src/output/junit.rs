//! Diagnostics as the JUnit XML that Jenkins and GitLab show: a suite for each workflow, a case in it for each code that was
//! found.
//!
//! Written by hand: it is four elements and one rule of escaping, less than a crate for XML would be to learn.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Checked;
use crate::diagnostic::{Code, Diagnostic, Style, render};

/// One document for all of them.
#[must_use]
pub fn junit(all: &[Checked<'_>]) -> String {
    let suites: Vec<Suite<'_>> = all.iter().map(Suite::of).collect();
    let tests: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let failures: usize = suites.iter().map(Suite::failures).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "<testsuites name=\"flowrun check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">");
    for suite in &suites {
        suite.write(&mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

struct Suite<'a> {
    name: &'a str,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    /// The first message, where the case is failed, with its code.
    failure: Option<(Code, String)>,
    /// What was found, as people are shown it.
    text: String,
}

impl<'a> Suite<'a> {
    fn of(checked: &'a Checked<'a>) -> Self {
        let mut found: BTreeMap<Code, Vec<&Diagnostic>> = BTreeMap::new();
        for diagnostic in checked.diagnostics {
            found.entry(diagnostic.code).or_default().push(diagnostic);
        }
        let mut cases: Vec<Case> = found.iter().map(|(code, found)| Case::of(checked, *code, found)).collect();
        // A suite without a case is shown nowhere.
        if !checked.refused() {
            cases.insert(0, Case { name: "accepted".to_owned(), failure: None, text: String::new() });
        }
        Suite { name: &checked.workflow, cases }
    }

    fn failures(&self) -> usize {
        self.cases.iter().filter(|case| case.failure.is_some()).count()
    }

    fn write(&self, out: &mut String) {
        let (name, tests, failures) = (escaped(self.name), self.cases.len(), self.failures());
        let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"");
        let _ = writeln!(out, "  <testsuite name=\"{name}\" {counts}>");
        for case in &self.cases {
            case.write(&name, out);
        }
        out.push_str("  </testsuite>\n");
    }
}

impl Case {
    fn of(checked: &Checked<'_>, code: Code, found: &[&Diagnostic]) -> Self {
        let refusing = found.iter().find(|diagnostic| checked.refuses(diagnostic));
        Case {
            name: format!("{code}: {}", code.title()),
            failure: refusing.map(|diagnostic| (code, diagnostic.message.clone())),
            text: found.iter().map(|diagnostic| render(diagnostic, checked.sources, Style::default())).collect(),
        }
    }

    fn write(&self, class: &str, out: &mut String) {
        let (name, text) = (escaped(&self.name), escaped(self.text.trim_end()));
        let _ = match &self.failure {
            Some((code, message)) => writeln!(
                out,
                "    <testcase classname=\"{class}\" name=\"{name}\">\n      <failure type=\"{code}\" message=\"{}\">\n{text}\n      </failure>\n    </testcase>",
                escaped(message)
            ),
            None if text.is_empty() => writeln!(out, "    <testcase classname=\"{class}\" name=\"{name}\"/>"),
            None => writeln!(
                out,
                "    <testcase classname=\"{class}\" name=\"{name}\">\n      <system-out>\n{text}\n      </system-out>\n    </testcase>"
            ),
        };
    }
}

/// Text as it may stand in an element and in an attribute. What XML cannot say at all, escaped or not, is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            '\t' => out.push('\t'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_say_is_replaced() {
        assert_eq!(
            escaped("<a b=\"&\">\u{1b}[1m\u{0}\u{ffff}ü\n"),
            "&lt;a b=&quot;&amp;&quot;&gt;\u{fffd}[1m\u{fffd}\u{fffd}ü\n"
        );
    }
}
