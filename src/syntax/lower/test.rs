//! The statements of tests.

use pest::iterators::Pair;

use super::Lowering;
use crate::source::Span;
use crate::syntax::ast::{
    ExpectKind, Expectation, Expr, Ident, Item, Selector, Test, TestBlock, TestKind, TestRun, TestStatement, Text,
};
use crate::syntax::parser::{Rule, children};

/// The pieces that statements of tests are made of, gathered by kind in the order of the text.
#[derive(Default)]
struct Pieces {
    words: Vec<Ident>,
    texts: Vec<Text>,
    exprs: Vec<Expr>,
    on: Option<Selector>,
    code: Option<Ident>,
    stage: Option<Ident>,
    because: Option<Text>,
    declared: Vec<Item>,
}

impl<'s> Lowering<'s> {
    pub(super) fn test_decl(&mut self, pair: Pair<'s, Rule>) -> Test {
        let span = self.span(&pair);
        let mut title = Text { parts: Vec::new(), span };
        let mut body = TestBlock { statements: Vec::new(), unread: false, span: self.missing(span) };
        for child in children(pair) {
            match child.as_rule() {
                Rule::string => title = self.text(child),
                Rule::test_block => body = self.test_block(child),
                _ => {}
            }
        }
        Test { title, body }
    }

    fn test_block(&mut self, pair: Pair<'s, Rule>) -> TestBlock {
        // The rule begins with the newlines before the brace, which are no part of the block.
        let whole = self.span(&pair);
        let brace = self.text[whole.range()].find('{').unwrap_or(0);
        let span = Span::new(self.file, whole.start as usize + brace, whole.end as usize);
        let items = children(pair).filter(|child| child.as_rule() == Rule::test_item);
        let mut block = TestBlock { statements: Vec::new(), unread: false, span };
        for item in items {
            let statement = children(item.clone()).next().and_then(|stmt| self.test_statement(stmt));
            block.unread |= statement.is_none();
            block.statements.extend(statement);
            self.semicolon(item);
        }
        block
    }

    fn test_statement(&mut self, pair: Pair<'s, Rule>) -> Option<TestStatement> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::semicolon => return None,
            Rule::bad_stmt => {
                self.bad_test_statement(&pair);
                return None;
            }
            Rule::test_run => TestKind::Run(self.test_run(pair)?),
            Rule::test_expect => TestKind::Expect(self.expectation(children(pair).last()?, false)?),
            rule => {
                let mut pieces = self.test_pieces(pair);
                match rule {
                    Rule::test_host => TestKind::Host(pieces.words.pop()?, pieces.exprs.pop()?),
                    Rule::test_input => TestKind::Input(pieces.words.pop()?, pieces.exprs.pop()?),
                    Rule::test_file => TestKind::File(pieces.texts.pop()?, pieces.on, pieces.exprs.pop()?),
                    _ => TestKind::Answer(pieces.texts.pop()?, pieces.on, pieces.exprs),
                }
            }
        };
        Some(TestStatement { kind, span })
    }

    fn test_run(&mut self, pair: Pair<'s, Rule>) -> Option<TestRun> {
        let (mut selector, mut block, mut stages) = (None, None, Vec::new());
        for child in children(pair) {
            match child.as_rule() {
                Rule::selector => selector = Some(self.selector(child)),
                Rule::block => block = Some(self.block(child)),
                Rule::word => stages.push(self.ident(&child)),
                _ => {}
            }
        }
        Some(match selector {
            Some(selector) => TestRun::Block(selector, block?),
            None if stages.is_empty() => TestRun::Workflow,
            None => TestRun::Stages(stages),
        })
    }

    fn expectation(&mut self, pair: Pair<'s, Rule>, negated: bool) -> Option<Expectation> {
        let rule = pair.as_rule();
        if rule == Rule::expect_none {
            return self.expectation(children(pair).last()?, true);
        }
        let mut pieces = self.test_pieces(pair);
        let kind = match rule {
            Rule::expect_command => ExpectKind::Commands(pieces.texts, pieces.exprs.pop()),
            Rule::expect_output => ExpectKind::Output(pieces.texts.pop()?),
            Rule::expect_file => ExpectKind::File(pieces.texts.pop()?, pieces.exprs.pop()),
            Rule::expect_changed => ExpectKind::ChangedGoal(pieces.texts.pop()?),
            Rule::expect_failed => ExpectKind::Failed(pieces.code, pieces.stage),
            Rule::expect_refusal => ExpectKind::Refusal(pieces.code?, pieces.declared),
            _ => match pieces.texts.pop() {
                Some(goal) => ExpectKind::OkGoal(goal),
                None => ExpectKind::Ok(pieces.stage),
            },
        };
        Some(Expectation { kind, negated, on: pieces.on, because: pieces.because })
    }

    fn test_pieces(&mut self, pair: Pair<'s, Rule>) -> Pieces {
        let mut pieces = Pieces::default();
        for child in children(pair) {
            match child.as_rule() {
                Rule::word => pieces.words.push(self.ident(&child)),
                Rule::string => pieces.texts.push(self.text(child)),
                Rule::expr => pieces.exprs.push(self.expr(child)),
                Rule::test_on => pieces.on = self.selector_in(child),
                Rule::expect_code => pieces.code = Some(self.ident(&child)),
                Rule::expect_stage => pieces.stage = self.words(child).pop(),
                Rule::expect_because => pieces.because = self.text_in(child),
                Rule::expect_declared => {
                    pieces.declared = children(child.clone()).filter_map(|declared| self.item(declared)).collect();
                    self.semicolon(child);
                }
                _ => {}
            }
        }
        pieces
    }

    fn selector_in(&mut self, pair: Pair<'s, Rule>) -> Option<Selector> {
        children(pair).find(|child| child.as_rule() == Rule::selector).map(|selector| self.selector(selector))
    }

    fn text_in(&mut self, pair: Pair<'s, Rule>) -> Option<Text> {
        children(pair).find(|child| child.as_rule() == Rule::string).map(|text| self.text(text))
    }
}
