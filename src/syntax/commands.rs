//! The texts that `sh` is called with.

use super::ast::{
    Block, Else, ExpectKind, Expectation, Expr, ExprKind, Item, ItemKind, Param, Statement, StatementKind, Test,
    TestKind, TestRun, Text, TextPart,
};

/// Every text of declarations that is written as the command of an `sh`.
#[must_use]
pub fn commands(items: &[Item]) -> Vec<&Text> {
    let mut found = Commands(Vec::new());
    found.items(items);
    found.0
}

struct Commands<'t>(Vec<&'t Text>);

impl<'t> Commands<'t> {
    fn items(&mut self, items: &'t [Item]) {
        items.iter().for_each(|item| self.item(item));
    }

    fn item(&mut self, item: &'t Item) {
        match &item.kind {
            ItemKind::Task(task) => {
                self.defaults(&task.params);
                task.body.iter().for_each(|body| self.block(body));
            }
            ItemKind::Stage(stage) => {
                self.block(&stage.body);
                stage.finally.iter().for_each(|finally| self.block(finally));
            }
            ItemKind::Condition(condition) => self.block(&condition.probe),
            ItemKind::Test(test) => self.test(test),
            ItemKind::Input(input) => input.default.iter().for_each(|default| self.expr(default)),
            ItemKind::Type(ty) => self.defaults(&ty.fields),
            ItemKind::Use(_)
            | ItemKind::Class(_)
            | ItemKind::Effect(_)
            | ItemKind::Forbid(_)
            | ItemKind::Program(_)
            | ItemKind::Host(_)
            | ItemKind::Hosts(_) => {}
        }
    }

    /// Its own blocks, and the declarations that it expects to be refused.
    fn test(&mut self, test: &'t Test) {
        for statement in &test.body.statements {
            match &statement.kind {
                TestKind::Run(TestRun::Block(_, block)) => self.block(block),
                TestKind::Expect(Expectation { kind: ExpectKind::Refusal(_, declared), .. }) => self.items(declared),
                TestKind::Run(TestRun::Workflow | TestRun::Stages(_))
                | TestKind::Host(..)
                | TestKind::Input(..)
                | TestKind::File(..)
                | TestKind::Answer(..)
                | TestKind::Expect(_) => {}
            }
        }
    }

    fn defaults(&mut self, params: &'t [Param]) {
        params.iter().filter_map(|param| param.default.as_ref()).for_each(|default| self.expr(default));
    }

    fn block(&mut self, block: &'t Block) {
        block.statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &'t Statement) {
        match &statement.kind {
            StatementKind::Let { value, .. }
            | StatementKind::Return(Some(value))
            | StatementKind::Print(value)
            | StatementKind::Assert(value, None)
            | StatementKind::Fail(value)
            | StatementKind::Expr(value) => self.expr(value),
            StatementKind::Return(None) => {}
            StatementKind::Assert(condition, Some(message)) => self.exprs([condition, message]),
            StatementKind::If(condition, then, other) => {
                self.expr(condition);
                self.block(then);
                match other.as_deref() {
                    Some(Else::If(statement)) => self.statement(statement),
                    Some(Else::Block(block)) => self.block(block),
                    None => {}
                }
            }
            StatementKind::For(_, value, body)
            | StatementKind::At(value, body)
            | StatementKind::Timeout(value, body) => {
                self.expr(value);
                self.block(body);
            }
            StatementKind::On(_, body) | StatementKind::Retry(_, _, body) => self.block(body),
            StatementKind::Ensure(goal, check, fix) => {
                self.text(goal);
                self.block(check);
                fix.iter().for_each(|fix| self.block(fix));
            }
            StatementKind::Try(body, _, rescue) => {
                self.block(body);
                self.block(rescue);
            }
        }
    }

    fn exprs(&mut self, exprs: impl IntoIterator<Item = &'t Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Text(text) => self.text(text),
            ExprKind::List(items) => self.exprs(items),
            ExprKind::Comprehension(chosen) => {
                self.exprs([&chosen.value, &chosen.list].into_iter().chain(&chosen.condition));
            }
            ExprKind::Record(entries) => self.exprs(entries.iter().map(|(_, value)| value)),
            ExprKind::Field(inner, _) | ExprKind::Unary(_, inner) | ExprKind::Try(inner) | ExprKind::Cast(inner, _) => {
                self.expr(inner);
            }
            ExprKind::Index(left, right) | ExprKind::Binary(_, left, right) => self.exprs([&**left, right]),
            ExprKind::Call(callee, arguments) => {
                if let ExprKind::Name(name) = &callee.kind
                    && name.text == "sh"
                    && let Some(ExprKind::Text(command)) = arguments.first().map(|first| &first.value.kind)
                {
                    self.0.push(command);
                }
                self.expr(callee);
                self.exprs(arguments.iter().map(|argument| &argument.value));
            }
            ExprKind::If(condition, then, other) => self.exprs([&**condition, then, other]),
            ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::Duration(_) | ExprKind::Size(_) | ExprKind::Name(_) => {}
        }
    }

    fn text(&mut self, text: &'t Text) {
        for part in &text.parts {
            match part {
                TextPart::Literal(..) => {}
                TextPart::Splice(value) => self.expr(value),
            }
        }
    }
}
