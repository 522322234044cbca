//! Selectors.

use pest::iterators::Pair;

use super::Lowering;
use crate::syntax::ast::{Comparison, Path, Selector, SelectorKind, SelectorValue, SelectorValueKind, Words};
use crate::syntax::parser::{Rule, children};

impl<'s> Lowering<'s> {
    pub(in crate::syntax) fn selector(&mut self, pair: Pair<'s, Rule>) -> Selector {
        self.joined(pair, Rule::sel_and, Self::sel_and, SelectorKind::Or)
    }

    fn sel_and(&mut self, pair: Pair<'s, Rule>) -> Selector {
        self.joined(pair, Rule::sel_not, Self::sel_not, SelectorKind::And)
    }

    fn joined(
        &mut self,
        pair: Pair<'s, Rule>,
        part: Rule,
        lower: fn(&mut Self, Pair<'s, Rule>) -> Selector,
        join: fn(Vec<Selector>) -> SelectorKind,
    ) -> Selector {
        let span = self.span(&pair);
        let parts = children(pair).filter(|child| child.as_rule() == part);
        let mut parts: Vec<Selector> = parts.map(|child| lower(self, child)).collect();
        match (parts.pop(), parts.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                parts.extend(last);
                Selector { kind: join(parts), span }
            }
        }
    }

    fn sel_not(&mut self, pair: Pair<'s, Rule>) -> Selector {
        let span = self.span(&pair);
        let mut negated = false;
        let mut selector = Selector { kind: SelectorKind::Or(Vec::new()), span };
        for child in children(pair) {
            match child.as_rule() {
                Rule::k_not => negated = !negated,
                Rule::sel_atom => selector = self.sel_atom(child),
                _ => {}
            }
        }
        if negated { Selector { kind: SelectorKind::Not(Box::new(selector)), span } } else { selector }
    }

    fn sel_atom(&mut self, pair: Pair<'s, Rule>) -> Selector {
        let span = self.span(&pair);
        let nothing = Selector { kind: SelectorKind::Or(Vec::new()), span };
        let Some(child) = children(pair).next() else { return nothing };
        match child.as_rule() {
            Rule::sel_paren => {
                let inner = children(child).find(|child| child.as_rule() == Rule::selector);
                inner.map_or(nothing, |inner| self.selector(inner))
            }
            Rule::sel_group => {
                let name = children(child).find(|child| child.as_rule() == Rule::group_name);
                name.map_or(nothing, |name| {
                    let mut name = self.ident(&name);
                    name.text = name.text.trim_matches('"').to_owned().into();
                    Selector { kind: SelectorKind::Group(name), span }
                })
            }
            _ => self.sel_test(child).unwrap_or(nothing),
        }
    }

    fn sel_test(&mut self, pair: Pair<'s, Rule>) -> Option<Selector> {
        let span = self.span(&pair);
        let mut name: Option<Path> = None;
        let mut comparison = None;
        let mut value = None;
        for child in children(pair) {
            match child.as_rule() {
                Rule::path => name = Some(self.path(child)),
                Rule::comparison => comparison = comparison_of(child.as_str().trim_end()),
                Rule::sel_value => value = self.sel_value(child),
                _ => {}
            }
        }
        let kind = match (name?, comparison, value) {
            (name, Some(comparison), Some(value)) => SelectorKind::Compare(name, comparison, value),
            (name, ..) => SelectorKind::Name(name),
        };
        Some(Selector { kind, span })
    }

    fn sel_value(&mut self, pair: Pair<'s, Rule>) -> Option<SelectorValue> {
        let span = self.span(&pair);
        let child = children(pair).next()?;
        let kind = match child.as_rule() {
            Rule::size => SelectorValueKind::Size(self.size(&child)),
            Rule::int => SelectorValueKind::Int(self.int(&child).value),
            Rule::string => {
                let text = self.text(child);
                SelectorValueKind::Str(text.literal().map(Words::into_owned).unwrap_or_else(|| {
                    self.refuse("a selector's text holds no splice", span, "this is known only at run time");
                    String::new()
                }))
            }
            _ => SelectorValueKind::Word(self.path(child).text()),
        };
        Some(SelectorValue { kind, span })
    }
}

pub(super) fn comparison_of(text: &str) -> Option<Comparison> {
    Some(match text {
        "==" => Comparison::Eq,
        "!=" => Comparison::Ne,
        "<" => Comparison::Lt,
        "<=" => Comparison::Le,
        ">" => Comparison::Gt,
        ">=" => Comparison::Ge,
        _ => return None,
    })
}
