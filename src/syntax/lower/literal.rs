//! Numbers, durations, sizes and strings.

use pest::iterators::Pair;

use super::Lowering;
use crate::source::Span;
use crate::syntax::ast::{DurationLit, IntLit, Text, TextPart};
use crate::syntax::parser::{Rule, children};

impl<'s> Lowering<'s> {
    pub(super) fn int(&mut self, pair: &Pair<'s, Rule>) -> IntLit {
        let span = self.span(pair);
        let digits = pair.as_str().trim_end().replace('_', "");
        let value = digits.parse().unwrap_or_else(|_| {
            self.refuse("the number is too large", span, "at most 9_223_372_036_854_775_807");
            0
        });
        IntLit { value, span }
    }

    pub(super) fn duration(&mut self, pair: &Pair<'s, Rule>) -> DurationLit {
        const UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
        DurationLit { millis: self.scaled(pair, UNITS), span: self.span(pair) }
    }

    pub(super) fn size(&mut self, pair: &Pair<'s, Rule>) -> u64 {
        const UNITS: &[(&str, u64)] =
            &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1)];
        self.scaled(pair, UNITS)
    }

    fn scaled(&mut self, pair: &Pair<'s, Rule>, units: &[(&str, u64)]) -> u64 {
        let text = pair.as_str().trim_end().replace('_', "");
        let unit = units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)));
        let value = unit.and_then(|(digits, factor)| digits.parse::<u64>().ok()?.checked_mul(*factor));
        value.unwrap_or_else(|| {
            let span = self.span(pair);
            self.refuse("the number is too large", span, "this does not fit into 64 bits");
            0
        })
    }

    pub(super) fn text(&mut self, pair: Pair<'s, Rule>) -> Text {
        let span = self.span(&pair);
        let Some(string) = children(pair).next() else { return Text { parts: Vec::new(), span } };
        let block = string.as_rule() == Rule::block_string;
        let mut parts = Vec::with_capacity(children(string.clone()).count());
        parts.extend(children(string).filter_map(|part| self.text_part(part)));
        Text { parts: if block { unindent(parts) } else { parts }, span }
    }

    fn text_part(&mut self, pair: Pair<'s, Rule>) -> Option<TextPart> {
        let span = self.raw_span(&pair);
        match pair.as_rule() {
            Rule::splice => {
                let inner = children(pair).find(|child| child.as_rule() == Rule::expr_in)?;
                Some(TextPart::Splice(Box::new(self.expr(inner))))
            }
            Rule::escape => Some(TextPart::Literal(self.escape(pair.as_str(), span).into(), span)),
            _ => Some(TextPart::Literal(pair.as_str().to_owned().into(), span)),
        }
    }

    fn escape(&mut self, text: &str, span: Span) -> &'static str {
        match &text[1..] {
            "n" => "\n",
            "t" => "\t",
            "r" => "\r",
            "\\" => "\\",
            "\"" => "\"",
            "{" => "{",
            "\n" => "",
            _ => {
                self.refuse(format!("unknown escape `{text}`"), span, r#"known are \n \t \r \\ \" and \{"#);
                ""
            }
        }
    }
}

/// Strips from a `"""` text its first line break, its last line when blank, and the indentation common to all lines.
/// Each line becomes a part of its own, so that offsets in a part stay offsets in the source.
fn unindent(parts: Vec<TextPart>) -> Vec<TextPart> {
    let mut lines = split_lines(parts);
    let indent = common_indent(&lines);
    for at in 0..lines.len() {
        let begins_line = at > 0 && ends_line(&lines[at - 1]);
        if let (true, TextPart::Literal(text, span)) = (begins_line, &mut lines[at]) {
            let cut = indent.min(text.len() - text.trim_start_matches([' ', '\t']).len());
            text.to_mut().drain(..cut);
            span.start += u32::try_from(cut).unwrap_or(0);
        }
    }
    if matches!(lines.first(), Some(TextPart::Literal(text, _)) if text.trim_matches([' ', '\t', '\r']) == "\n") {
        lines.remove(0);
    }
    if let Some(TextPart::Literal(text, _)) = lines.last_mut()
        && text.trim_matches([' ', '\t']).is_empty()
    {
        text.to_mut().clear();
    }
    lines.retain(|part| !matches!(part, TextPart::Literal(text, _) if text.is_empty()));
    lines
}

fn split_lines(parts: Vec<TextPart>) -> Vec<TextPart> {
    let mut lines = Vec::new();
    for part in parts {
        match part {
            TextPart::Literal(text, span) if text.len() == span.range().len() => {
                let mut start = span.start;
                for line in text.split_inclusive('\n') {
                    let end = start + u32::try_from(line.len()).unwrap_or(0);
                    lines.push(TextPart::Literal(line.to_owned().into(), Span { start, end, ..span }));
                    start = end;
                }
            }
            other => lines.push(other),
        }
    }
    lines
}

fn ends_line(part: &TextPart) -> bool {
    matches!(part, TextPart::Literal(text, span) if text.ends_with('\n') && text.len() == span.range().len())
}

fn common_indent(lines: &[TextPart]) -> usize {
    let starts = lines.windows(2).filter(|pair| ends_line(&pair[0])).map(|pair| &pair[1]);
    let widths = starts.filter_map(|part| match part {
        TextPart::Literal(text, _) if text.trim().is_empty() && text.ends_with('\n') => None,
        TextPart::Literal(text, _) => Some(text.len() - text.trim_start_matches([' ', '\t']).len()),
        TextPart::Splice(_) => Some(0),
    });
    widths.min().unwrap_or(0)
}
