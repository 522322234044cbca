//! Declarations, statements and blocks as documents.

use pest::iterators::Pair;

use super::doc::{Doc, Fold};
use super::source::{Source, end_of, start_of};
use crate::syntax::parser::{Rule, children};

/// Makes documents of the forms of a file, in the order of the text.
pub(super) struct Layout<'s> {
    pub(super) source: Source<'s>,
    /// How many steps further to the right the second line of an expression begins: two where a block follows.
    pub(super) hang: usize,
    /// What is at hand stays on one line, for an `# allow(…)` speaks of what stands on its line and of nothing else.
    pub(super) flat: bool,
}

impl<'s> Layout<'s> {
    pub(super) fn new(source: Source<'s>) -> Self {
        Layout { source, hang: 1, flat: false }
    }

    pub(super) fn file(&mut self, file: Pair<'s, Rule>) -> Vec<Doc<'s>> {
        let end = file.as_span().end();
        let mut docs = Vec::new();
        let mut is_below_tall = None;
        for item in children(file).filter(|child| child.as_rule() == Rule::item) {
            let Some(declaration) = children(item).next() else { continue };
            let is_tall = children(declaration.clone()).any(|part| is_block(part.as_rule()));
            let apart = is_below_tall.is_some_and(|is_below_tall| is_below_tall || is_tall);
            docs.extend(self.above_item(&declaration, apart));
            is_below_tall = Some(is_tall);
            docs.push(self.unit(declaration));
        }
        docs.extend(self.source.comment_lines_before(end + 1));
        docs
    }

    /// Comments and empty lines before a declaration. Between it and one with a block there is an empty line, before the
    /// comments where none stood among them.
    fn above_item(&mut self, item: &Pair<'s, Rule>, apart: bool) -> Vec<Doc<'s>> {
        let start = start_of(item);
        let mut docs = self.source.comment_lines_before(start);
        docs.push(if self.source.is_blank_before(start) { Doc::Blank } else { Doc::HardLine });
        let behind = match docs.first() {
            Some(Doc::Comment(remark)) if remark.behind.is_some() => Some(remark.text),
            _ => None,
        };
        // A `##` behind the declaration above documents this one, as long as nothing stands between.
        let documents = behind.is_some_and(|text| text.starts_with("##"));
        if apart && !documents && !docs.iter().any(|doc| matches!(doc, Doc::Blank)) {
            docs.insert(usize::from(behind.is_some()), Doc::Blank);
        }
        docs
    }

    /// A declaration or a statement.
    fn unit(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let start = start_of(&pair);
        let (head, _) = split_at(pair.clone(), is_block);
        let end = head.last().map_or(start, end_of);
        let is_allowed = self.source.is_allowed_at(end) && !self.source.has_comment_between(start, end);
        let flat = std::mem::replace(&mut self.flat, is_allowed);
        let doc = self.form(pair);
        self.flat = flat;
        doc
    }

    /// A group that is broken where it is asked for, or does not fit.
    pub(super) fn group(&self, broken: bool, docs: Vec<Doc<'s>>) -> Doc<'s> {
        let fold = match () {
            () if self.flat => Fold::Flat,
            () if broken => Fold::Broken,
            () => Fold::Fit,
        };
        Doc::group(fold, docs)
    }

    /// Any form.
    pub(super) fn form(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        match pair.as_rule() {
            Rule::string => self.string(&pair),
            Rule::path | Rule::field => self.dotted(pair),
            rule if is_block(rule) => self.block(pair),
            Rule::type_decl => self.type_decl(pair),
            Rule::forbid_decl => self.forbid(pair),
            Rule::task_decl => self.headed(pair, Rule::task_clauses),
            Rule::stage_decl => self.headed(pair, Rule::stage_clauses),
            Rule::params => self.bracketed(children(pair).collect(), Doc::SoftLine),
            Rule::selector | Rule::sel_and => self.chain(pair),
            Rule::expr | Rule::expr_in => self.chain(pair),
            Rule::paren | Rule::sel_paren => self.paren(pair),
            Rule::args => self.arguments(pair),
            Rule::list => self.list(pair),
            Rule::record => self.bracketed(children(pair).collect(), Doc::Line),
            Rule::if_expr => self.if_expr(pair),
            Rule::assert_stmt => self.assert(pair),
            _ if children(pair.clone()).next().is_none() => self.source.token(&pair),
            rule => self.words(rule, children(pair).collect()),
        }
    }

    /// A string stays as it is, whatever stands in its splices.
    fn string(&mut self, pair: &Pair<'s, Rule>) -> Doc<'s> {
        self.source.token(pair)
    }

    /// `pump.start` and `.start`
    fn dotted(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let is_field = pair.as_rule() == Rule::field;
        let mut docs = Vec::new();
        for word in children(pair) {
            if is_field || !docs.is_empty() {
                docs.push(Doc::Text("."));
            }
            docs.push(self.source.token(&word));
        }
        Doc::Concat(docs)
    }

    /// A form whose parts stand behind each other. What stands behind a comment, or on a line of its own where that is
    /// kept, is indented.
    pub(super) fn words(&mut self, form: Rule, parts: Vec<Pair<'s, Rule>>) -> Doc<'s> {
        let hang = self.hang;
        if parts.iter().any(|part| is_block(part.as_rule())) {
            self.hang = 2;
        }
        let mut docs = Vec::new();
        let mut indented = None;
        let mut before = None;
        for part in parts {
            let rule = part.as_rule();
            let start = start_of(&part);
            if let Some(before) = before.filter(|_| !is_block(rule)) {
                let comments = self.source.comments_before(start);
                let own_line = !self.flat && keeps_lines(form, before, rule) && self.source.is_line_before(start);
                if own_line || !comments.is_empty() {
                    indented = indented.or(Some(docs.len()));
                }
                docs.extend(comments);
                if own_line {
                    docs.push(Doc::HardLine);
                }
            }
            if before.is_some_and(|before| is_spaced(form, before, rule)) {
                docs.push(Doc::Space);
            }
            docs.push(self.form(part));
            before = Some(rule);
        }
        self.hang = hang;
        if let Some(at) = indented {
            let rest = docs.split_off(at);
            docs.push(Doc::Indent(1, rest));
        }
        Doc::Concat(docs)
    }

    /// `{ … }` over several lines. Comments before its brace move behind it.
    fn block(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let (hang, flat) = (std::mem::replace(&mut self.hang, 1), std::mem::take(&mut self.flat));
        let mut parts = children(pair);
        let Some(open) = parts.next() else { return Doc::Concat(Vec::new()) };
        let mut inner = self.source.comments_before(open.as_span().start());
        let open = self.source.token(&open);
        let mut close = None;
        for part in parts {
            let start = start_of(&part);
            inner.extend(self.source.comment_lines_before(start));
            if part.as_rule() == Rule::p_unbrace {
                close = Some(self.source.token(&part));
                continue;
            }
            inner.push(if self.source.is_blank_before(start) { Doc::Blank } else { Doc::HardLine });
            // The declarations of a refusal stand there as they are.
            let is_wrapped = matches!(part.as_rule(), Rule::stmt_item | Rule::test_item);
            let statement = if is_wrapped { children(part).next() } else { Some(part) };
            inner.extend(statement.map(|statement| self.unit(statement)));
        }
        (self.hang, self.flat) = (hang, flat);
        let mut docs = vec![open];
        if !inner.is_empty() {
            docs.extend([Doc::Indent(1, inner), Doc::HardLine]);
        }
        docs.extend(close);
        Doc::Concat(docs)
    }

    fn type_decl(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let (head, body) = split(pair, Rule::p_brace);
        let head = self.words(Rule::type_decl, head);
        Doc::Concat(vec![head, Doc::Space, self.bracketed(body, Doc::Line)])
    }

    fn forbid(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let (head, reason) = split(pair, Rule::k_because);
        let head = self.words(Rule::forbid_decl, head);
        let clauses = if reason.is_empty() { Vec::new() } else { vec![reason] };
        Doc::Concat(vec![head, self.clauses(clauses, None)])
    }

    /// A header with clauses, and its blocks.
    fn headed(&mut self, pair: Pair<'s, Rule>, clauses: Rule) -> Doc<'s> {
        let form = pair.as_rule();
        let (head, rest) = split(pair, clauses);
        let has_parameters = head.last().is_some_and(has_elements);
        let hang = std::mem::replace(&mut self.hang, 2);
        let mut docs = vec![self.words(form, head)];
        self.hang = hang;
        let mut rest = rest.into_iter();
        let clauses: Vec<_> = rest.next().into_iter().flat_map(children).map(|clause| vec![clause]).collect();
        let body = rest.next();
        docs.push(match body.as_ref().map(start_of) {
            // Where they do not fit, it is the parameters that are broken.
            body if has_parameters && !self.is_broken_before(&clauses) => self.clauses_behind(clauses, body.is_some()),
            body => self.clauses(clauses, body),
        });
        docs.extend(body.map(|body| self.form(body)));
        for part in rest {
            docs.extend([Doc::Space, self.form(part)]);
        }
        Doc::Concat(docs)
    }

    /// Whether the first clause stands on a line of its own, or a comment before one of them.
    fn is_broken_before(&self, clauses: &[Vec<Pair<'s, Rule>>]) -> bool {
        let mut starts = clauses.iter().filter_map(|clause| clause.first()).map(start_of);
        let Some(first) = starts.next() else { return false };
        self.source.is_line_before(first) || self.source.is_comment_before(starts.next_back().unwrap_or(first))
    }

    /// Clauses, on lines of their own where they do not fit or where the first one stood on a line of its own; then the
    /// brace of the body, at this offset, does too.
    fn clauses(&mut self, clauses: Vec<Vec<Pair<'s, Rule>>>, body: Option<usize>) -> Doc<'s> {
        let broken = self.is_broken_before(&clauses);
        if clauses.is_empty() {
            return if body.is_some() { Doc::Space } else { Doc::Concat(Vec::new()) };
        }
        let mut docs = Vec::new();
        for clause in clauses {
            docs.extend(clause.first().map(start_of).into_iter().flat_map(|start| self.source.comments_before(start)));
            docs.extend([Doc::Line, self.words(Rule::stage_clauses, clause)]);
        }
        docs.extend(body.into_iter().flat_map(|body| self.source.comments_before(body)));
        let end = body.map(|_| Doc::Line);
        self.group(broken, [Doc::Indent(1, docs)].into_iter().chain(end).collect())
    }

    /// Clauses behind parameters, on one line with their closing bracket.
    fn clauses_behind(&mut self, clauses: Vec<Vec<Pair<'s, Rule>>>, has_body: bool) -> Doc<'s> {
        let mut docs = Vec::new();
        for clause in clauses {
            docs.extend(clause.first().map(start_of).into_iter().flat_map(|start| self.source.comments_before(start)));
            docs.extend([Doc::Space, self.words(Rule::task_clauses, clause)]);
        }
        docs.extend(has_body.then_some(Doc::Space));
        Doc::Indent(1, docs)
    }

    /// `assert CONDITION, MESSAGE`: a message is often long, and the condition is not broken for that.
    fn assert(&mut self, pair: Pair<'s, Rule>) -> Doc<'s> {
        let (condition, message) = split(pair, Rule::p_comma);
        let mut docs = vec![self.words(Rule::assert_stmt, condition), Doc::Measured];
        if !message.is_empty() {
            docs.push(self.words(Rule::assert_stmt, message));
        }
        Doc::Concat(docs)
    }
}

/// Statements or declarations between braces, each on a line of its own.
fn is_block(rule: Rule) -> bool {
    matches!(rule, Rule::block | Rule::test_block | Rule::expect_declared)
}

/// The parts of a form before the first one of a rule, and the others.
fn split<'s>(pair: Pair<'s, Rule>, rule: Rule) -> (Vec<Pair<'s, Rule>>, Vec<Pair<'s, Rule>>) {
    split_at(pair, |part| part == rule)
}

fn split_at<'s>(pair: Pair<'s, Rule>, is_it: impl Fn(Rule) -> bool) -> (Vec<Pair<'s, Rule>>, Vec<Pair<'s, Rule>>) {
    let mut head: Vec<_> = children(pair).collect();
    let at = head.iter().position(|part| is_it(part.as_rule())).unwrap_or(head.len());
    let rest = head.split_off(at);
    (head, rest)
}

fn has_elements(params: &Pair<'_, Rule>) -> bool {
    params.as_rule() == Rule::params && children(params.clone()).any(|part| part.as_rule() == Rule::param)
}

/// Where a new line in the source stays one.
fn keeps_lines(form: Rule, before: Rule, next: Rule) -> bool {
    match form {
        Rule::program_decl => before == Rule::p_comma || next == Rule::k_does,
        Rule::assert_stmt => before == Rule::p_comma,
        Rule::test_answer | Rule::expect_command => next == Rule::k_then,
        Rule::expect_failed | Rule::expect_refusal => next == Rule::expect_because,
        _ => false,
    }
}

/// Whether a blank stands between two parts of a form.
fn is_spaced(form: Rule, before: Rule, next: Rule) -> bool {
    let is_tight = match next {
        Rule::p_comma | Rule::p_colon | Rule::p_close | Rule::p_unbracket => true,
        Rule::args | Rule::params | Rule::field | Rule::index | Rule::optional => true,
        Rule::p_bracket => form == Rule::ty_base,
        Rule::p_open => form == Rule::sel_group,
        _ => false,
    };
    !is_tight && !matches!(before, Rule::p_open | Rule::p_bracket | Rule::neg_op)
}
