//! What the names in tests stand for, noted for those who ask about the text. Whether a test is right shows elsewhere; one
//! that is not, or whose workflow is not, has its names noted as far as they stand for something.

use crate::check::body::{Body, World};
use crate::check::record::Meant;
use crate::check::resolve;
use crate::check::stages;
use crate::check::tables::Tables;
use crate::check::types::Type;
use crate::diagnostic::Diagnostic;
use crate::inventory::Inventory;
use crate::source::Span;
use crate::syntax::ast::{self, ExpectKind, ExprKind, SelectorKind, SelectorValueKind, TestKind, TestRun};

/// Notes the names in all tests of the workflow.
pub(in crate::check) fn note(world: World<'_>, inventory: Option<&Inventory>) {
    if !world.tables.recorder.is_on() {
        return;
    }
    // The places of a test are among its own hosts, and say nothing of those of the inventory.
    world.tables.recorder.without_places(|| {
        for test in world.modules.tests() {
            Noting::new(world, inventory, &test.body.statements).test(&test.body.statements);
        }
    });
}

struct Noting<'a> {
    world: World<'a>,
    inventory: Option<&'a Inventory>,
    /// The hosts that the test declares.
    hosts: Vec<&'a ast::Ident>,
    /// What is wrong is told where the test is checked.
    unheard: Vec<Diagnostic>,
}

impl<'a> Noting<'a> {
    fn new(world: World<'a>, inventory: Option<&'a Inventory>, statements: &'a [ast::TestStatement]) -> Self {
        let hosts = statements.iter().filter_map(|statement| match &statement.kind {
            TestKind::Host(name, _) => Some(name),
            _ => None,
        });
        Noting { world, inventory, hosts: hosts.collect(), unheard: Vec::new() }
    }

    fn tables(&self) -> &'a Tables {
        self.world.tables
    }

    fn declared(&self, name: Span, declared: Option<Span>) {
        if let Some(declared) = declared {
            self.tables().recorder.declared(name, declared);
        }
    }

    fn value(&self, name: &str) -> Option<Span> {
        let value = self.tables().value(self.world.modules.entry, name);
        value.map(|value| self.tables().declared(value))
    }

    fn test(&mut self, statements: &'a [ast::TestStatement]) {
        for statement in statements {
            match &statement.kind {
                TestKind::Host(name, facts) => self.host(name, facts),
                TestKind::Input(name, _) => {
                    let mut inputs = self.tables().inputs.iter().map(|input| &input.ast.name);
                    let input = inputs.find(|input| input.text == name.text);
                    self.declared(name.span, input.map(|input| input.span));
                }
                TestKind::File(_, on, _) | TestKind::Answer(_, on, _) => self.on(on.as_ref()),
                TestKind::Run(run) => self.run(run),
                TestKind::Expect(expectation) => self.expectation(expectation),
            }
        }
    }

    // ------------------------------------------------------------------ hosts

    /// A host of the inventory that a test has too goes by the same name; any other is the test's own.
    fn host(&self, name: &ast::Ident, facts: &ast::Expr) {
        if self.is_of_inventory(&name.text) {
            self.tables().recorder.name(name.span, Meant::Host);
        } else if self.own_host(&name.text) == Some(name.span) {
            self.tables().recorder.bound(name.span, &Type::Host);
        }
        let ExprKind::Record(facts) = &facts.kind else { return };
        for (field, value) in facts {
            match (&*field.text, &value.kind) {
                ("class" | "arch", ExprKind::Name(word)) => self.declared(word.span, self.value(&word.text)),
                ("groups", ExprKind::List(groups)) => self.groups(groups),
                ("measured", ExprKind::Record(facts)) => {
                    let words = facts.iter().filter_map(|(_, value)| match &value.kind {
                        ExprKind::Name(word) => Some(word),
                        _ => None,
                    });
                    words.for_each(|word| self.declared(word.span, self.value(&word.text)));
                }
                _ => {}
            }
        }
    }

    fn groups(&self, groups: &[ast::Expr]) {
        let named = groups.iter().filter(|group| matches!(group.kind, ExprKind::Name(_) | ExprKind::Text(_)));
        named.for_each(|group| self.tables().recorder.name(group.span, Meant::Group));
    }

    fn is_of_inventory(&self, name: &str) -> bool {
        self.inventory.is_some_and(|inventory| inventory.get(name).is_some())
    }

    fn own_host(&self, name: &str) -> Option<Span> {
        self.hosts.iter().find(|host| *host.text == *name).map(|host| host.span)
    }

    fn test_host(&self, written: Span, name: &str) {
        if self.is_of_inventory(name) {
            self.tables().recorder.name(written, Meant::Host);
        } else {
            self.declared(written, self.own_host(name));
        }
    }

    // ------------------------------------------------------------------ selectors

    fn on(&self, on: Option<&ast::Selector>) {
        if let Some(selector) = on {
            self.selector(selector);
        }
    }

    fn selector(&self, selector: &ast::Selector) {
        let recorder = &self.tables().recorder;
        match &selector.kind {
            SelectorKind::Or(parts) | SelectorKind::And(parts) => parts.iter().for_each(|part| self.selector(part)),
            SelectorKind::Not(inner) => self.selector(inner),
            SelectorKind::Group(name) => recorder.name(name.span, Meant::Group),
            SelectorKind::Name(path) => self.hosts_named(path),
            SelectorKind::Compare(attribute, _, value) => {
                recorder.name(attribute.span, Meant::BuiltIn);
                match &value.kind {
                    SelectorValueKind::Word(word) => self.declared(value.span, self.value(word)),
                    SelectorValueKind::Str(name) if attribute.text() == "name" => self.test_host(value.span, name),
                    _ => {}
                }
            }
        }
    }

    /// As `Names` resolves them: what the workflow calls by a name is meant before a host of that name.
    fn hosts_named(&self, path: &ast::Path) {
        let tables = self.tables();
        let name = path.text();
        let set = tables.host_sets.iter().map(|set| &set.ast.name).find(|set| *set.text == *name);
        let class = || tables.classes.iter().map(|class| &class.ast.name).find(|class| *class.text == *name);
        match set.or_else(class) {
            _ if matches!(&*name, "all" | "local") => tables.recorder.name(path.span, Meant::BuiltIn),
            Some(known) => tables.recorder.declared(path.span, known.span),
            None => self.test_host(path.span, &name),
        }
    }

    // ------------------------------------------------------------------ what is run and expected

    fn stage(&self, name: &ast::Ident) {
        let stages = &self.tables().stages;
        let stage = stages.iter().find(|stage| stage.ast.name.text == name.text);
        self.declared(name.span, stage.map(|stage| stage.ast.name.span));
    }

    fn run(&mut self, run: &ast::TestRun) {
        match run {
            TestRun::Workflow => {}
            TestRun::Stages(names) => names.iter().for_each(|name| self.stage(name)),
            TestRun::Block(selector, block) => {
                self.selector(selector);
                self.body(&[], &[block]);
            }
        }
    }

    fn body(&self, params: &[ast::Param], blocks: &[&ast::Block]) {
        let mut body = Body::new(self.world, self.world.modules.entry, None, Type::Unknown);
        for param in params {
            body.bind(&param.name, Type::Unknown, None);
        }
        for block in blocks {
            body.block(block);
        }
    }

    fn expectation(&mut self, expected: &ast::Expectation) {
        self.on(expected.on.as_ref());
        match &expected.kind {
            ExpectKind::Ok(Some(stage)) | ExpectKind::Failed(_, Some(stage)) => self.stage(stage),
            ExpectKind::Refusal(_, declared) => declared.iter().for_each(|item| self.refused(item)),
            _ => {}
        }
    }

    /// What a test declares in order to have it refused: it may stand in the place of something of the workflow.
    fn refused(&mut self, item: &ast::Item) {
        match &item.kind {
            ast::ItemKind::Stage(stage) => self.refused_stage(stage),
            ast::ItemKind::Task(task) => {
                let names = &self.tables().names[self.world.modules.entry];
                let known = names.tasks.get(&*task.name.text).map(|task| &self.tables().tasks[*task]);
                self.declared(task.name.span, known.map(|task| task.ast.name.span));
                task.guard.iter().chain(&task.needs).for_each(|selector| self.place(selector));
                self.body(&task.params, &task.body.iter().collect::<Vec<_>>());
            }
            ast::ItemKind::Input(input) => self.declared(input.name.span, self.value(&input.name.text)),
            ast::ItemKind::Host(host) | ast::ItemKind::Hosts(host) => {
                self.declared(host.name.span, self.value(&host.name.text));
                self.place(&host.selector);
            }
            _ => {}
        }
    }

    fn refused_stage(&mut self, stage: &ast::Stage) {
        self.stage(&stage.name);
        stage.after.iter().flatten().for_each(|name| self.stage(name));
        self.place(&stage.on);
        stage.guard.iter().for_each(|guard| self.place(guard));
        for effect in &stage.forbids {
            resolve::effect(self.tables(), effect, &mut self.unheard);
        }
        for conditions in [&stage.expects, &stage.leaves] {
            stages::conditions(self.tables(), self.world.modules, conditions, &mut self.unheard);
        }
        let blocks: Vec<&ast::Block> = std::iter::once(&stage.body).chain(&stage.finally).collect();
        self.body(&[], &blocks);
    }

    /// A selector of the workflow's language, which knows nothing of the test's hosts.
    fn place(&mut self, selector: &ast::Selector) {
        let entry = self.world.modules.entry;
        resolve::predicate(self.tables(), self.world.modules, entry, selector, &mut self.unheard);
    }
}
