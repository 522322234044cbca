//! `# allow(W0702) why`: on the line of what it is about, or alone on the line above it. A command of several lines can
//! hold no comment of the workflow, so there the lines around the text count as well; so do the first and the last line of a
//! statement that is broken over several.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::{Asks, Given, RULES, edits, messages};
use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::source::{FileId, SourceFile, SourceMap, Span};

/// A comment that allows something.
struct Allow {
    /// The whole comment.
    span: Span,
    /// What it lists, each with its place.
    codes: Vec<(String, Span)>,
    has_reason: bool,
    /// The line that it is about.
    line: usize,
    /// Which of its codes were of use.
    used: HashSet<usize>,
}

/// What may stand on several lines, each in the order of the text.
#[derive(Clone, Copy, Debug)]
pub struct Long<'a> {
    /// Texts of several lines.
    pub texts: &'a [Span],
    /// Statements without blocks.
    pub statements: &'a [Span],
}

/// Takes out what comments allow, and tells of the comments that do not allow anything.
#[must_use]
pub fn settle(given: &Given<'_>, long: Long<'_>, told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut allows = allows(given);
    let mut lines: HashMap<(FileId, usize), Vec<usize>> = HashMap::default();
    for (number, allow) in allows.iter().enumerate() {
        lines.entry((allow.span.file, allow.line)).or_default().push(number);
    }
    let refused = told.iter().any(Diagnostic::is_error);
    let mut kept = Vec::new();
    for diagnostic in told {
        let near = lines_of(given.sources, long, &diagnostic);
        let mut allowed = false;
        for number in near.iter().filter_map(|line| lines.get(line)).flatten() {
            let allow = &mut allows[*number];
            let listed = allow.codes.iter().position(|(code, _)| code == diagnostic.code.as_str());
            if let Some(listed) = listed.filter(|_| !diagnostic.is_error()) {
                allow.used.insert(listed);
                allowed = true;
            }
        }
        if !allowed {
            kept.push(diagnostic);
        }
    }
    once_each(&mut kept);
    allows.iter().for_each(|allow| faults(given, allow, refused, &mut kept));
    kept
}

/// A program that no table lists is told of once for each prohibition, however often it is run.
fn once_each(told: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::default();
    told.retain(|diagnostic| diagnostic.code != Code::W0701 || seen.insert(diagnostic.message.clone()));
}

/// The lines on which a diagnostic may be allowed.
fn lines_of(sources: &SourceMap, long: Long<'_>, diagnostic: &Diagnostic) -> Vec<(FileId, usize)> {
    let Some(span) = diagnostic.primary_span() else { return Vec::new() };
    let Some(file) = sources.get(span.file) else { return Vec::new() };
    let line = |offset: u32| (span.file, file.line_index(offset as usize));
    let around = [long.texts, long.statements].into_iter().filter_map(|spans| around(spans, span));
    let ends = around.flat_map(|around| [line(around.start), line(around.end.saturating_sub(1))]);
    std::iter::once(line(span.start)).chain(ends).collect()
}

/// The one of these spans, none of which is within another, that a span is in.
fn around(spans: &[Span], span: Span) -> Option<Span> {
    let before = spans.partition_point(|known| (known.file, known.start) <= (span.file, span.start));
    let last = spans.get(before.checked_sub(1)?)?;
    (last.file == span.file && span.end <= last.end).then_some(*last)
}

/// What is wrong with a comment that allows something.
fn faults(given: &Given<'_>, allow: &Allow, refused: bool, told: &mut Vec<Diagnostic>) {
    let mut lints = 0;
    let mut idle = 0;
    for (number, (written, span)) in allow.codes.iter().enumerate() {
        let Some(code) = Code::ALL.iter().find(|code| code.as_str() == written) else {
            let known = Code::ALL.iter().map(|code| code.as_str()).filter(|code| code.starts_with('W'));
            told.push(messages::unknown_allowed(written, *span, known));
            continue;
        };
        let Some(rule) = RULES.iter().find(|rule| rule.code == *code) else {
            told.push(messages::not_to_be_allowed(*code, *span));
            continue;
        };
        lints += 1;
        // What could not be asked may have something to say.
        let asked = match rule.asks {
            Asks::Text | Asks::Check => !refused,
            Asks::Inventory => !refused && given.inventory.is_some(),
        };
        // Where and in what the lines of a module run is up to the workflows that use it.
        let by_use = rule.asks != Asks::Text || matches!(*code, Code::W0701 | Code::W0729);
        let settled = !by_use || given.modules.all[given.modules.entry].file.id == span.file;
        if !allow.used.contains(&number) && asked && settled {
            idle += 1;
            // How a comment of an inventory ends is for YAML or INI to say.
            let is_ours = given.modules.all.iter().any(|module| module.file.id == span.file);
            let fix = is_ours.then(|| without(given.sources, allow, number)).flatten();
            told.push(messages::unused_allow(*code, *span, fix));
        }
    }
    if !allow.has_reason && lints > idle {
        told.push(messages::no_reason(
            allow.span,
            &allow.codes.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(),
        ));
    }
}

/// The comment without one of its codes, or no comment at all.
fn without(sources: &SourceMap, allow: &Allow, number: usize) -> Option<Fix> {
    let title = format!("`allow({})` is taken out", allow.codes.get(number)?.0);
    if allow.codes.len() > 1 {
        let (_, span) = allow.codes.get(number)?;
        let cut = match number.checked_sub(1).and_then(|before| allow.codes.get(before)) {
            Some((_, before)) => edits::between(before.end, span.end, *span),
            None => edits::between(span.start, allow.codes.get(1)?.1.start, *span),
        };
        return Some(edits::replace(cut, "", title));
    }
    edits::without_lines(sources, allow.span, title.clone()).or_else(|| {
        let file = sources.get(allow.span.file)?;
        let before = file.text().get(..allow.span.start as usize)?;
        let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
        let start = allow.span.start.saturating_sub(u32::try_from(blanks).ok()?);
        Some(edits::replace(edits::between(start, allow.span.end, allow.span), "", title))
    })
}

/// Every comment of the user's files and of the inventory that allows something.
fn allows(given: &Given<'_>) -> Vec<Allow> {
    let own = given.modules.all.iter().filter(|module| !module.is_std);
    let comments =
        own.flat_map(|module| module.file.comments.iter().filter(|comment| !comment.doc).map(|comment| comment.span));
    let hosts = given.inventory_files.iter().flat_map(|file| comments_of_hosts(given.sources, *file));
    comments.chain(hosts).filter_map(|span| read(given.sources, span)).collect()
}

/// The comments of an inventory that allow something: YAML and INI write them alike.
fn comments_of_hosts(sources: &SourceMap, file: FileId) -> Vec<Span> {
    let Some(source) = sources.get(file) else { return Vec::new() };
    let marks = source.text().match_indices("# allow(");
    let spans = marks.filter_map(|(start, _)| {
        let line = source.line_range(source.line_index(start))?;
        if is_within_text(source.text().get(line.start..start)?) {
            return None;
        }
        let text = source.text().get(start..line.end)?;
        Some(Span::new(file, start, start + text.trim_end().len()))
    });
    spans.collect()
}

/// Whether what follows on a line is not a comment: a `#` within quotes, or behind a letter, is none.
fn is_within_text(before: &str) -> bool {
    let mut open = None;
    for sign in before.chars().filter(|sign| matches!(sign, '"' | '\'')) {
        match open {
            None => open = Some(sign),
            Some(quote) if quote == sign => open = None,
            Some(_) => {}
        }
    }
    open.is_some() || before.ends_with(|last: char| !last.is_whitespace())
}

/// `# allow(W0701, W0702) why`
fn read(sources: &SourceMap, span: Span) -> Option<Allow> {
    let text = sources.slice(span);
    let (before, rest) = text.split_once("allow(")?;
    let (list, reason) = rest.split_once(')')?;
    if !before.trim_start_matches('#').trim().is_empty() {
        return None;
    }
    let mut at = span.start as usize + before.len() + "allow(".len();
    let mut codes = Vec::new();
    for written in list.split(',') {
        let name = written.trim();
        let start = at + (written.len() - written.trim_start().len());
        codes.push((name.to_owned(), Span::new(span.file, start, start + name.len())));
        at += written.len() + 1;
    }
    let file = sources.get(span.file)?;
    let has_reason = reason.chars().any(char::is_alphanumeric);
    Some(Allow { span, codes, has_reason, line: line_meant(file, span), used: HashSet::default() })
}

/// The line of a comment, or the next one that is no comment where it stands alone.
fn line_meant(file: &SourceFile, span: Span) -> usize {
    let line = file.line_index(span.start as usize);
    let text = |line: usize| file.line_range(line).and_then(|range| file.text().get(range)).map(str::trim_start);
    let is_comment = |line: usize| text(line).is_some_and(|text| text.starts_with('#'));
    if !is_comment(line) {
        return line;
    }
    (line..).find(|line| !is_comment(*line)).unwrap_or(line)
}
