//! Declarations.

use std::collections::HashSet;
use std::sync::Arc;

use pest::iterators::Pair;

use super::Lowering;
use crate::source::Span;
use crate::syntax::ast::{
    Block, Class, Condition, ConditionRef, Effect, Forbid, HostDecl, Ident, Input, IntLit, Item, ItemKind, Param, Path,
    Program, Selector, SelectorKind, Stage, Task, Text, Type, TypeDecl, Use,
};
use crate::syntax::parser::{Rule, children};

impl<'s> Lowering<'s> {
    pub(super) fn item(&mut self, pair: Pair<'s, Rule>) -> Option<Item> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::use_decl => ItemKind::Use(self.use_decl(pair)),
            Rule::input_decl => ItemKind::Input(self.input_decl(pair)),
            Rule::type_decl => ItemKind::Type(self.type_decl(pair)),
            Rule::class_decl => ItemKind::Class(self.class_decl(pair)),
            Rule::effect_decl => ItemKind::Effect(self.effect_decl(pair)),
            Rule::forbid_decl => ItemKind::Forbid(self.forbid_decl(pair)),
            Rule::program_decl => ItemKind::Program(self.program_decl(pair)),
            Rule::host_decl => ItemKind::Host(self.host_decl(pair)),
            Rule::hosts_decl => ItemKind::Hosts(self.host_decl(pair)),
            Rule::condition_decl => ItemKind::Condition(self.condition_decl(pair)),
            Rule::task_decl => ItemKind::Task(Arc::new(self.task_decl(pair))),
            Rule::stage_decl => ItemKind::Stage(Arc::new(self.stage_decl(pair))),
            Rule::test_decl => ItemKind::Test(self.test_decl(pair)),
            Rule::bad_item => {
                self.bad_item(&pair);
                return None;
            }
            _ => return None,
        };
        Some(Item { doc: self.doc_above(span).into(), span, kind })
    }

    /// The `##` lines that end on the line above a declaration.
    fn doc_above(&self, item: Span) -> String {
        let mut lines = Vec::new();
        let mut below = item.start as usize;
        for comment in self.comments.iter().rev().filter(|comment| comment.span.end <= item.start) {
            let between = &self.text[comment.span.end as usize..below];
            if !comment.doc || between.trim_matches([' ', '\t', '\r']) != "\n" {
                break;
            }
            // What is indented more than by the usual blank is an example.
            let line = self.text[comment.span.range()].trim_start_matches('#').trim_end();
            lines.push(line.strip_prefix(' ').unwrap_or(line));
            below = comment.span.start as usize;
        }
        lines.reverse();
        lines.join("\n")
    }

    fn use_decl(&mut self, pair: Pair<'s, Rule>) -> Use {
        let span = self.span(&pair);
        let mut module = self.no_name(span);
        let mut alias = None;
        for child in children(pair) {
            match child.as_rule() {
                Rule::module => module = self.ident(&child),
                Rule::word => alias = Some(self.ident(&child)),
                _ => {}
            }
        }
        Use { module, alias }
    }

    fn input_decl(&mut self, pair: Pair<'s, Rule>) -> Input {
        let param = self.param(pair);
        Input { name: param.name, ty: param.ty, default: param.default }
    }

    /// `NAME: T = default`, the common form of inputs, parameters and fields.
    fn param(&mut self, pair: Pair<'s, Rule>) -> Param {
        let span = self.span(&pair);
        let mut name = self.no_name(span);
        let mut ty = None;
        let mut default = None;
        for child in children(pair) {
            match child.as_rule() {
                Rule::word => name = self.ident(&child),
                Rule::ty => ty = Some(self.ty(child)),
                Rule::expr | Rule::expr_in => default = Some(self.expr(child)),
                _ => {}
            }
        }
        let ty = ty.unwrap_or_else(|| self.no_type(span));
        Param { name, ty, default }
    }

    fn no_type(&self, span: Span) -> Type {
        let span = self.missing(span);
        Type { name: Path { words: vec![self.no_name(span)], span }, argument: None, optional: false, span }
    }

    pub(super) fn ty(&mut self, pair: Pair<'s, Rule>) -> Type {
        let span = self.span(&pair);
        let mut ty = self.no_type(span);
        for child in children(pair) {
            match child.as_rule() {
                Rule::ty_base => {
                    for part in children(child) {
                        match part.as_rule() {
                            Rule::path => ty.name = self.path(part),
                            Rule::ty => ty.argument = Some(Box::new(self.ty(part))),
                            _ => {}
                        }
                    }
                }
                Rule::optional => ty.optional = true,
                _ => {}
            }
        }
        ty.span = span;
        ty
    }

    fn type_decl(&mut self, pair: Pair<'s, Rule>) -> TypeDecl {
        let span = self.span(&pair);
        let mut name = self.no_name(span);
        let mut fields = Vec::new();
        for child in children(pair) {
            match child.as_rule() {
                Rule::word => name = self.ident(&child),
                Rule::field_decl => fields.push(self.param(child)),
                _ => {}
            }
        }
        TypeDecl { name, fields }
    }

    fn class_decl(&mut self, pair: Pair<'s, Rule>) -> Class {
        let parts = self.parts(pair);
        Class { name: parts.name, title: parts.texts.into_iter().next(), facts: parts.selector }
    }

    fn effect_decl(&mut self, pair: Pair<'s, Rule>) -> Effect {
        let parts = self.parts(pair);
        Effect { name: parts.name, title: parts.texts.into_iter().next() }
    }

    fn forbid_decl(&mut self, pair: Pair<'s, Rule>) -> Forbid {
        let parts = self.parts(pair);
        Forbid { effect: parts.name, on: parts.on, because: parts.texts.into_iter().next() }
    }

    fn host_decl(&mut self, pair: Pair<'s, Rule>) -> HostDecl {
        let parts = self.parts(pair);
        HostDecl { name: parts.name, selector: parts.on }
    }

    fn condition_decl(&mut self, pair: Pair<'s, Rule>) -> Condition {
        let parts = self.parts(pair);
        Condition { name: parts.name, on: parts.on, probe: parts.block }
    }

    fn program_decl(&mut self, pair: Pair<'s, Rule>) -> Program {
        let parts = self.parts(pair);
        Program { commands: parts.texts, effects: parts.words }
    }

    /// The pieces that the small declarations are made of.
    fn parts(&mut self, pair: Pair<'s, Rule>) -> Parts {
        let span = self.span(&pair);
        let (mut words, mut texts, mut selector, mut block) = (Vec::new(), Vec::new(), None, None);
        for child in children(pair) {
            match child.as_rule() {
                Rule::word => words.push(self.ident(&child)),
                Rule::string => texts.push(self.text(child)),
                Rule::selector => selector = Some(self.selector(child)),
                Rule::block => block = Some(self.block(child)),
                _ => {}
            }
        }
        Parts {
            name: words.first().cloned().unwrap_or_else(|| self.no_name(span)),
            words,
            texts,
            on: selector.clone().unwrap_or_else(|| self.no_selector(span)),
            selector,
            block: block.unwrap_or_else(|| self.empty_block(span)),
        }
    }

    fn no_selector(&self, span: Span) -> Selector {
        let span = self.missing(span);
        Selector { kind: SelectorKind::Name(Path { words: vec![self.no_name(span)], span }), span }
    }

    fn task_decl(&mut self, pair: Pair<'s, Rule>) -> Task {
        let span = self.span(&pair);
        let mut task = Task {
            name: self.no_name(span),
            params: Vec::new(),
            result: None,
            guard: None,
            needs: None,
            does: None,
            body: None,
            is_extern: false,
        };
        for child in children(pair) {
            match child.as_rule() {
                Rule::k_extern => task.is_extern = true,
                Rule::word => task.name = self.ident(&child),
                Rule::params => {
                    task.params = children(child)
                        .filter(|param| param.as_rule() == Rule::param)
                        .map(|param| self.param(param))
                        .collect();
                }
                Rule::task_clauses => self.task_clauses(child, &mut task),
                Rule::block => task.body = Some(self.block(child)),
                _ => {}
            }
        }
        task
    }

    fn task_clauses(&mut self, pair: Pair<'s, Rule>, task: &mut Task) {
        for clause in children(pair) {
            match clause.as_rule() {
                Rule::result => task.result = self.result(clause),
                Rule::guard_clause => task.guard = Some(self.parts(clause).on),
                Rule::needs_clause => task.needs = Some(self.parts(clause).on),
                Rule::does_clause => task.does = Some(self.parts(clause).words),
                _ => {}
            }
        }
    }

    fn result(&mut self, pair: Pair<'s, Rule>) -> Option<Type> {
        children(pair).find(|child| child.as_rule() == Rule::ty).map(|ty| self.ty(ty))
    }

    fn stage_decl(&mut self, pair: Pair<'s, Rule>) -> Stage {
        let span = self.span(&pair);
        let mut stage = Stage {
            name: self.no_name(span),
            on: self.no_selector(span),
            guard: None,
            only: None,
            after: None,
            forbids: Vec::new(),
            expects: Vec::new(),
            leaves: Vec::new(),
            timeout: None,
            at_once: None,
            tolerate: None,
            result: None,
            body: self.empty_block(span),
            finally: None,
        };
        for child in children(pair) {
            match child.as_rule() {
                Rule::word => stage.name = self.ident(&child),
                Rule::selector => stage.on = self.selector(child),
                Rule::guard => stage.guard = children(child).next().map(|selector| self.selector(selector)),
                Rule::only => stage.only = Some(self.span(&child)),
                Rule::stage_clauses => self.stage_clauses(child, &mut stage),
                Rule::block => stage.body = self.block(child),
                Rule::finally => stage.finally = Some(self.finally(child)),
                _ => {}
            }
        }
        stage
    }

    fn finally(&mut self, pair: Pair<'s, Rule>) -> Block {
        let span = self.span(&pair);
        match children(pair).find(|child| child.as_rule() == Rule::block) {
            Some(block) => self.block(block),
            None => self.empty_block(span),
        }
    }

    fn stage_clauses(&mut self, pair: Pair<'s, Rule>, stage: &mut Stage) {
        let mut seen = HashSet::new();
        for clause in children(pair) {
            let (rule, span) = (clause.as_rule(), self.span(&clause));
            let once =
                matches!(rule, Rule::result | Rule::timeout_clause | Rule::at_once_clause | Rule::tolerate_clause);
            if once && !seen.insert(rule) {
                self.refuse("this clause is said twice", span, "said before");
            }
            match rule {
                Rule::result => stage.result = self.result(clause),
                Rule::after_clause => stage.after.get_or_insert_default().extend(self.words(clause)),
                Rule::forbids_clause => stage.forbids.extend(self.words(clause)),
                Rule::expects_clause => stage.expects.extend(self.condition_ref(clause)),
                Rule::leaves_clause => stage.leaves.extend(self.condition_ref(clause)),
                Rule::timeout_clause => {
                    stage.timeout = children(clause)
                        .find(|child| child.as_rule() == Rule::duration)
                        .map(|limit| self.duration(&limit))
                }
                Rule::at_once_clause => stage.at_once = self.count(clause),
                Rule::tolerate_clause => stage.tolerate = self.count(clause),
                _ => {}
            }
        }
    }

    fn count(&mut self, clause: Pair<'s, Rule>) -> Option<IntLit> {
        children(clause).find(|child| child.as_rule() == Rule::int).map(|count| self.int(&count))
    }

    pub(super) fn words(&mut self, pair: Pair<'s, Rule>) -> Vec<Ident> {
        children(pair).filter(|child| child.as_rule() == Rule::word).map(|word| self.ident(&word)).collect()
    }

    fn condition_ref(&mut self, pair: Pair<'s, Rule>) -> Option<ConditionRef> {
        let span = self.span(&pair);
        let mut negated = false;
        for child in children(pair) {
            match child.as_rule() {
                Rule::k_not => negated = true,
                Rule::path => return Some(ConditionRef { negated, name: self.path(child), span }),
                _ => {}
            }
        }
        None
    }
}

struct Parts {
    name: Ident,
    words: Vec<Ident>,
    texts: Vec<Text>,
    on: Selector,
    selector: Option<Selector>,
    block: Block,
}
