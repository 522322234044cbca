//! Expressions: their types, and their typed form.

use super::body::Body;
use super::ir::{self, Literal};
use super::messages;
use super::record::Meant;
use super::summary::What;
use super::tables::{self, Value};
use super::types::Type;
use crate::place::Predicate;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp, ExprKind, UnaryOp};

impl Body<'_> {
    /// The typed form of an expression that has to be of a type.
    pub(super) fn expect(&mut self, expr: &ast::Expr, wanted: &Type) -> ir::Expr {
        let (lowered, ty) = self.infer_for(expr, Some(wanted));
        if !ty.fits(wanted) {
            self.diagnostics.push(messages::mismatch(wanted, &ty, expr.span));
        }
        lowered
    }

    /// The typed form of an expression, and its type.
    pub(super) fn infer(&mut self, expr: &ast::Expr) -> (ir::Expr, Type) {
        self.infer_for(expr, None)
    }

    pub(super) fn infer_for(&mut self, expr: &ast::Expr, wanted: Option<&Type>) -> (ir::Expr, Type) {
        let found = self.inferred(expr, wanted);
        self.tables().recorder.ty(expr.span, &found.1);
        found
    }

    fn inferred(&mut self, expr: &ast::Expr, wanted: Option<&Type>) -> (ir::Expr, Type) {
        if !matches!(expr.kind, ExprKind::Call(..) | ExprKind::Try(_)) {
            self.used = true;
        }
        if let Some(literal) = tables::literal(expr) {
            let ty = tables::literal_type(&literal);
            return (ir::Expr::Literal(literal), ty);
        }
        let span = expr.span;
        match &expr.kind {
            ExprKind::Text(text) => self.text(text),
            ExprKind::List(items) => self.list(items, wanted),
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension),
            ExprKind::Record(entries) => self.record(entries, wanted, span),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Field(value, field) => self.field(value, field, span),
            ExprKind::Index(value, index) => self.index(value, index, span),
            ExprKind::Call(callee, arguments) => self.call(callee, arguments, span),
            ExprKind::Unary(UnaryOp::Not, value) => {
                (ir::Expr::Not(Box::new(self.expect(value, &Type::Bool))), Type::Bool)
            }
            ExprKind::Unary(UnaryOp::Neg, value) => {
                (ir::Expr::Neg(Box::new(self.expect(value, &Type::Int))), Type::Int)
            }
            ExprKind::Try(value) => self.try_expr(value, span),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, span),
            ExprKind::Cast(value, ty) => self.cast(value, ty, span),
            ExprKind::If(condition, then, other) => self.if_expr(condition, then, other, wanted),
            ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::Duration(_) | ExprKind::Size(_) => {
                (ir::Expr::Literal(Literal::None), Type::Unknown)
            }
        }
    }

    /// A string with splices; in each a value that text can hold.
    pub(super) fn text(&mut self, text: &ast::Text) -> (ir::Expr, Type) {
        if let Some(literal) = text.literal() {
            return (ir::Expr::Literal(Literal::Str(literal.into())), Type::Str);
        }
        let parts = text.parts.iter().map(|part| match part {
            ast::TextPart::Literal(text, _) => ir::Part::Literal((&**text).into()),
            ast::TextPart::Splice(value) => ir::Part::Splice(self.spliced(value)),
        });
        let parts = parts.collect();
        (ir::Expr::Text(parts), Type::Str)
    }

    fn spliced(&mut self, value: &ast::Expr) -> ir::Expr {
        let (lowered, ty) = self.infer(value);
        match &ty {
            Type::Secret => self.diagnostics.push(messages::secret_shown("this text", value.span)),
            Type::List(_) => self.diagnostics.push(messages::list_in_text(value.span, self.world.sources)),
            ty if ty.is_text() => {}
            ty => self.diagnostics.push(messages::not_text(ty, value.span)),
        }
        lowered
    }

    fn list(&mut self, items: &[ast::Expr], wanted: Option<&Type>) -> (ir::Expr, Type) {
        let mut element = match wanted {
            Some(Type::List(element)) => (**element).clone(),
            _ => Type::Unknown,
        };
        let wanted = element.clone();
        let lowered = items.iter().map(|item| self.alike(item, &wanted, &mut element)).collect();
        (ir::Expr::List(lowered), Type::list(element))
    }

    /// One of several values that have a type in common: `common` is that of those before it, and then its own as well.
    fn alike(&mut self, value: &ast::Expr, wanted: &Type, common: &mut Type) -> ir::Expr {
        let (lowered, ty) = self.infer_for(value, Some(common));
        match common.join(&ty).filter(|_| ty.fits(wanted)) {
            Some(joined) => *common = joined,
            None => self.diagnostics.push(messages::mismatch(common, &ty, value.span)),
        }
        lowered
    }

    fn comprehension(&mut self, comprehension: &ast::Comprehension) -> (ir::Expr, Type) {
        let hosts = self.hosts_of(&comprehension.list);
        let (list, ty) = self.infer(&comprehension.list);
        let element = self.element_type(&ty, comprehension.list.span);
        self.scoped(|this| {
            let local = this.bind(&comprehension.name, element, hosts);
            let condition = comprehension.condition.as_ref().map(|condition| this.expect(condition, &Type::Bool));
            let (value, ty) = this.infer(&comprehension.value);
            let lowered = ir::Comprehension { value, local, list, condition };
            (ir::Expr::Comprehension(Box::new(lowered)), Type::list(ty))
        })
    }

    pub(super) fn element_type(&mut self, list: &Type, span: Span) -> Type {
        match list {
            Type::List(element) => (**element).clone(),
            Type::Unknown => Type::Unknown,
            other => {
                self.diagnostics.push(messages::not_a_list(other, span));
                Type::Unknown
            }
        }
    }

    /// `{ a: 1 }` is the record that is asked for, and a map where none is.
    fn record(&mut self, entries: &[(ast::Ident, ast::Expr)], wanted: Option<&Type>, span: Span) -> (ir::Expr, Type) {
        for (at, (key, _)) in entries.iter().enumerate() {
            if let Some((before, _)) = entries[..at].iter().find(|(before, _)| before.text == key.text) {
                self.diagnostics.push(messages::defined_twice(&key.text, key.span, before.span));
            }
        }
        let wanted = match wanted {
            Some(Type::Optional(inner)) => Some(&**inner),
            other => other,
        };
        match wanted {
            Some(Type::Record(record)) => {
                let mut lowered = Vec::new();
                for (key, value) in entries {
                    self.tables().recorder.field(key, record);
                    match record.field(&key.text) {
                        Some(field) => lowered.push((key.text.to_string(), self.expect(value, &field.ty))),
                        None => self.diagnostics.push(messages::unknown_field(
                            &key.text,
                            &Type::Record(record.clone()),
                            key.span,
                        )),
                    }
                }
                for field in &record.fields {
                    if entries.iter().any(|(key, _)| key.text == field.name) {
                        continue;
                    }
                    match &field.default {
                        Some(default) => lowered.push((field.name.clone(), ir::Expr::Literal(default.clone()))),
                        None => self.diagnostics.push(messages::field_missing(&field.name, &record.name, span)),
                    }
                }
                (ir::Expr::Record(lowered), Type::Record(record.clone()))
            }
            other => {
                let mut element = match other {
                    Some(Type::Map(element)) => (**element).clone(),
                    _ => Type::Unknown,
                };
                let wanted = element.clone();
                let lowered = entries
                    .iter()
                    .map(|(key, value)| (key.text.to_string(), self.alike(value, &wanted, &mut element)))
                    .collect();
                (ir::Expr::Record(lowered), Type::Map(element.into()))
            }
        }
    }

    fn name(&mut self, name: &ast::Ident) -> (ir::Expr, Type) {
        if let Some(local) = self.local(&name.text) {
            self.tables().recorder.declared(name.span, local.bound);
            return (ir::Expr::Local(local.slot), local.ty.clone());
        }
        let nothing = (ir::Expr::Literal(Literal::None), Type::Unknown);
        let value = self.tables().value(self.module, &name.text);
        match value.filter(|_| name.text != "here") {
            Some(value) => self.tables().recorder.declared(name.span, self.tables().declared(value)),
            None if name.text == "here" => self.tables().recorder.name(name.span, Meant::BuiltIn),
            None => {}
        }
        match (&*name.text, value) {
            ("", _) => nothing,
            ("here", _) => {
                if self.nowhere {
                    self.diagnostics.push(messages::no_host_yet("`here`", name.span));
                }
                (ir::Expr::Here, Type::Host)
            }
            (_, Some(Value::Input(input))) => (ir::Expr::Input(input), self.tables().inputs[input].ty.clone()),
            (_, Some(Value::HostSet(set))) => {
                let single = self.tables().host_sets[set].single;
                (ir::Expr::HostSet(set), if single { Type::Host } else { Type::list(Type::Host) })
            }
            (_, Some(Value::Stage(stage))) => self.stage_result(stage, name.span),
            (text, Some(Value::Class(_))) => {
                self.diagnostics.push(messages::class_as_value(text, name.span));
                nothing
            }
            (text, None) if self.tables().is_unread(self.module, text) => nothing,
            (text, None) => {
                self.unknown_name(text, name.span);
                nothing
            }
        }
    }

    fn unknown_name(&mut self, name: &str, span: Span) {
        let names = &self.tables().names;
        let globals = names[self.module].values.keys().map(|name| &**name);
        let known: Vec<&str> = self.local_names().chain(globals).chain(["here"]).collect();
        let is_task = self.tables().task(self.module, name).is_some();
        let diagnostic = messages::unknown_name(name, span, &known, is_task);
        self.diagnostics.push(diagnostic);
    }

    /// A stage's name is its result, once it has run.
    fn stage_result(&mut self, stage: usize, span: Span) -> (ir::Expr, Type) {
        let decl = &self.tables().stages[stage];
        let reachable = self.stage.is_some_and(|current| self.world.order.ends_before(stage, current));
        if self.world.order.unknown {
            return (ir::Expr::StageResult(stage, span), Type::Unknown);
        }
        if !reachable {
            let when = self.too_early(stage);
            self.diagnostics.push(messages::result_too_early(&decl.ast, span, &when));
            return (ir::Expr::StageResult(stage, span), Type::Unknown);
        }
        if decl.result == Type::Unit {
            self.diagnostics.push(messages::stage_without_result(&decl.ast, span));
            return (ir::Expr::StageResult(stage, span), Type::Unknown);
        }
        // Whether it is one host cannot be said of a place that is not understood.
        if decl.on == Predicate::Never {
            return (ir::Expr::StageResult(stage, span), Type::Unknown);
        }
        let single = super::stages::is_one_host(self.tables(), &decl.on);
        let ty = if single { decl.result.clone() } else { Type::Map(decl.result.clone().into()) };
        (ir::Expr::StageResult(stage, span), ty)
    }

    fn too_early(&self, stage: usize) -> messages::TooEarly<'_> {
        match self.stage {
            None => messages::TooEarly::AnyTime,
            Some(current) if current == stage => messages::TooEarly::Itself,
            Some(current) if self.world.order.ends_before(current, stage) => {
                messages::TooEarly::Before(&self.world.tables.stages[current].ast)
            }
            Some(_) => messages::TooEarly::Beside,
        }
    }

    fn field(&mut self, value: &ast::Expr, field: &ast::Ident, span: Span) -> (ir::Expr, Type) {
        if let Some(module) = self.module_named(value) {
            self.tables().recorder.name(value.span, Meant::Module(module));
            return self.module_value(module, field);
        }
        if self.is_lost_module(value) {
            return (ir::Expr::Literal(Literal::None), Type::Unknown);
        }
        let (lowered, ty) = self.infer(value);
        if let Type::Record(record) = &ty {
            self.tables().recorder.field(field, record);
        }
        let found = ty.fields().into_iter().find(|(name, _)| *name == field.text).map(|(_, ty)| ty);
        let found = found.unwrap_or_else(|| {
            if ty != Type::Unknown {
                self.diagnostics.push(messages::unknown_field(&field.text, &ty, field.span));
            }
            Type::Unknown
        });
        if field.text == "host" && matches!(ty, Type::File | Type::Socket | Type::Process) {
            return (ir::Expr::HostName(Box::new(lowered)), found);
        }
        (ir::Expr::Field(Box::new(lowered), field.text.to_string(), span), found)
    }

    /// The module that a name stands for, where no value hides it.
    pub(super) fn module_named(&self, value: &ast::Expr) -> Option<usize> {
        let ExprKind::Name(name) = &value.kind else { return None };
        if self.local(&name.text).is_some() {
            return None;
        }
        self.world.modules.all[self.module].uses.get(&*name.text).copied()
    }

    /// Whether a name stands for a module that could not be had.
    pub(super) fn is_lost_module(&self, value: &ast::Expr) -> bool {
        let ExprKind::Name(name) = &value.kind else { return false };
        self.local(&name.text).is_none() && self.world.modules.all[self.module].lost.contains(&*name.text)
    }

    fn module_value(&mut self, module: usize, field: &ast::Ident) -> (ir::Expr, Type) {
        let found = self.tables().names[module].values.get(&*field.text);
        if let Some((value, _)) = found {
            self.tables().recorder.declared(field.span, self.tables().declared(*value));
        }
        match found {
            Some((Value::HostSet(set), _)) => {
                let single = self.tables().host_sets[*set].single;
                (ir::Expr::HostSet(*set), if single { Type::Host } else { Type::list(Type::Host) })
            }
            Some((Value::Input(input), _)) => (ir::Expr::Input(*input), self.tables().inputs[*input].ty.clone()),
            _ => {
                let name = &self.world.modules.all[module].name;
                let is_task = self.tables().names[module].tasks.contains_key(&*field.text);
                let known = self.tables().names[module].values.keys().map(|name| &**name);
                let told = messages::unknown_in_module(name, &field.text, field.span, known, is_task);
                self.diagnostics.push(told);
                (ir::Expr::Literal(Literal::None), Type::Unknown)
            }
        }
    }

    fn index(&mut self, value: &ast::Expr, index: &ast::Expr, span: Span) -> (ir::Expr, Type) {
        let (lowered, ty) = self.infer(value);
        let (key, element) = match ty {
            Type::List(element) => (Type::Int, (*element).clone()),
            Type::Map(element) => (Type::Str, (*element).clone()),
            Type::Unknown => (Type::Unknown, Type::Unknown),
            other => {
                self.diagnostics.push(messages::not_indexable(&other, value.span));
                (Type::Unknown, Type::Unknown)
            }
        };
        let index = self.expect(index, &key);
        (ir::Expr::Index(Box::new(lowered), Box::new(index), span), element)
    }

    /// `try sh "…"`: the output, whatever the exit status.
    fn try_expr(&mut self, value: &ast::Expr, span: Span) -> (ir::Expr, Type) {
        let (lowered, ty) = self.infer(value);
        if !matches!(lowered, ir::Expr::Command(_)) && ty != Type::Unknown {
            self.diagnostics.push(messages::try_what(span));
        }
        (ir::Expr::Try(Box::new(lowered)), ty)
    }

    fn binary(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> (ir::Expr, Type) {
        if matches!(op, BinaryOp::Or | BinaryOp::And) {
            let (left, right) = (self.expect(left, &Type::Bool), self.expect(right, &Type::Bool));
            return (ir::Expr::Binary(op, Box::new(left), Box::new(right), span), Type::Bool);
        }
        let (left_ir, left_ty) = self.infer(left);
        let (right_ir, right_ty) = self.infer_for(right, Some(&left_ty));
        let ty = operation(op, &left_ty, &right_ty).unwrap_or_else(|| {
            self.diagnostics.push(messages::bad_operands(op, &left_ty, &right_ty, left.span, right.span));
            Type::Unknown
        });
        (ir::Expr::Binary(op, Box::new(left_ir), Box::new(right_ir), span), ty)
    }

    fn cast(&mut self, value: &ast::Expr, written: &ast::Type, span: Span) -> (ir::Expr, Type) {
        let ty = self.resolve_type(written);
        let (lowered, from) = self.infer(value);
        if !matches!(from, Type::Data | Type::Unknown) {
            self.diagnostics.push(messages::cast_of(&from, value.span));
        }
        (ir::Expr::Cast(Box::new(lowered), ty.clone(), span), ty)
    }

    fn if_expr(
        &mut self,
        condition: &ast::Expr,
        then: &ast::Expr,
        other: &ast::Expr,
        wanted: Option<&Type>,
    ) -> (ir::Expr, Type) {
        let condition = self.expect(condition, &Type::Bool);
        let (then_ir, then_ty) = self.infer_for(then, wanted);
        let (other_ir, other_ty) = self.infer_for(other, Some(&then_ty));
        let ty = then_ty.join(&other_ty).unwrap_or_else(|| {
            self.diagnostics.push(messages::mismatch(&then_ty, &other_ty, other.span));
            then_ty
        });
        (ir::Expr::If(Box::new(condition), Box::new(then_ir), Box::new(other_ir)), ty)
    }

    /// Notes the effects of a program's table entry.
    pub(super) fn note_effects(&mut self, effects: &[usize], by: &str, span: Span) {
        for effect in effects {
            self.note(What::Effect(*effect, by.to_owned()), span);
        }
    }
}

/// The type of an operation, where its operands fit.
fn operation(op: BinaryOp, left: &Type, right: &Type) -> Option<Type> {
    use Type::{Bool, Duration, Int, Path, Size, Str, Unknown};
    if *left == Unknown || *right == Unknown {
        return Some(if matches!(op, BinaryOp::Compare(_) | BinaryOp::In) { Bool } else { Unknown });
    }
    match op {
        BinaryOp::Compare(ast::Comparison::Eq | ast::Comparison::Ne) => {
            (left.fits(right) || right.fits(left)).then_some(Bool)
        }
        BinaryOp::Compare(_) => {
            matches!((left, right), (Int, Int) | (Duration, Duration) | (Size, Size) | (Str, Str)).then_some(Bool)
        }
        BinaryOp::In => match right {
            Type::List(element) => left.fits(element).then_some(Bool),
            Type::Map(_) => left.fits(&Str).then_some(Bool),
            _ => None,
        },
        BinaryOp::Add => match (left, right) {
            (Int, Int) => Some(Int),
            (Duration, Duration) => Some(Duration),
            (Size, Size) => Some(Size),
            (Str | Path, Str | Path) => Some(Str),
            (Type::List(_), Type::List(_)) => left.join(right),
            _ => None,
        },
        BinaryOp::Sub => match (left, right) {
            (Int, Int) | (Duration, Duration) | (Size, Size) => Some(left.clone()),
            _ => None,
        },
        BinaryOp::Mul => match (left, right) {
            (Int | Duration | Size, Int) => Some(left.clone()),
            (Int, Duration | Size) => Some(right.clone()),
            _ => None,
        },
        BinaryOp::Div => match (left, right) {
            (Int | Duration | Size, Int) => Some(left.clone()),
            (Duration, Duration) | (Size, Size) => Some(Int),
            _ => None,
        },
        BinaryOp::Rem => matches!((left, right), (Int, Int)).then_some(Int),
        BinaryOp::Or | BinaryOp::And => None,
    }
}
