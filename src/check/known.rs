//! What a check found out about the names of a text, for those who ask: what each stands for, what is declared, what a task
//! or stage does, where, and of which type a value is.

use std::rc::Rc;

use rustc_hash::FxHashMap as HashMap;

use super::modules::{Modules, PRELUDE};
use super::record::{Effect, Meant, Notes, Place};
use super::tables::Tables;
use super::types::{Record, Type};
use crate::place::{Axioms, Predicate};
use crate::source::Span;
use crate::syntax::ast;

/// What kind of thing is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named after its declaration")]
pub enum Kind {
    Input,
    Host,
    Hosts,
    Class,
    Effect,
    Condition,
    Task,
    Stage,
    Type,
    /// An entry of a `program` table.
    Program,
    Parameter,
    Field,
    Local,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// What is declared by the name that stands there.
    Declared(Span),
    /// A module, by its number.
    Module(usize),
    /// A group of the inventory.
    Group,
    /// A host of the inventory, by its own name.
    Host,
    /// A word of the language.
    BuiltIn,
}

/// Something that a text declares.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The module that declares it.
    pub module: usize,
    /// Where its name stands.
    pub span: Span,
    number: usize,
}

/// What was found out.
#[derive(Debug, Default)]
pub struct Known {
    tables: Tables,
    notes: Notes,
    /// Where names stand, sorted, and what each is.
    names: Vec<(Span, Target)>,
    declared: HashMap<Span, Declaration>,
}

impl Known {
    pub(super) fn new(mut tables: Tables, modules: &Modules) -> Self {
        let mut notes = tables.recorder.take();
        let declared = declarations(&tables, modules, &notes);
        let mut names: Vec<(Span, Target)> = declared.keys().map(|span| (*span, Target::Declared(*span))).collect();
        let fields = Fields::new(&tables, modules);
        names.extend(notes.names.drain(..).filter_map(|(span, meant)| Some((span, fields.target(meant)?))));
        names.extend(used_modules(modules));
        names.sort_by_key(|(span, _)| *span);
        names.dedup_by_key(|(span, _)| *span);
        notes.types.sort_by_key(|(span, _)| *span);
        Known { tables, notes, names, declared }
    }

    /// All names of the texts, in their order, with what each stands for.
    #[must_use]
    pub fn names(&self) -> &[(Span, Target)] {
        &self.names
    }

    /// The names of one file.
    #[must_use]
    pub fn names_in(&self, file: crate::source::FileId) -> &[(Span, Target)] {
        let start = self.names.partition_point(|(span, _)| span.file < file);
        let end = self.names.partition_point(|(span, _)| span.file <= file);
        &self.names[start..end]
    }

    /// The name at an offset.
    #[must_use]
    pub fn name_at(&self, file: crate::source::FileId, offset: u32) -> Option<(Span, &Target)> {
        let names = self.names_in(file);
        let behind = names.partition_point(|(span, _)| span.start <= offset);
        // Where a name ends one may still be meant, unless another begins there.
        let around = names[..behind].iter().rev().take(4).filter(|(span, _)| offset <= span.end);
        around.min_by_key(|(span, _)| span.end - span.start).map(|(span, target)| (*span, target))
    }

    /// What is declared by a name.
    #[must_use]
    pub fn declaration(&self, name: Span) -> Option<&Declaration> {
        self.declared.get(&name)
    }

    /// Everything that is declared, in the order of the texts.
    #[must_use]
    pub fn declarations(&self) -> Vec<&Declaration> {
        let mut all: Vec<&Declaration> = self.declared.values().collect();
        all.sort_by_key(|declaration| declaration.span);
        all
    }

    /// The declaration that a module reaches by a name of its own or the prelude's, of one of these kinds.
    #[must_use]
    pub fn find(&self, module: usize, name: &str, kinds: &[Kind]) -> Option<&Declaration> {
        let names = [module, PRELUDE].into_iter().filter_map(|module| self.tables.names.get(module));
        let spans = names.flat_map(|names| {
            let value = names.values.get(name).map(|(value, _)| self.tables.declared(*value));
            let task = names.tasks.get(name).map(|task| self.tables.tasks[*task].ast.name.span);
            let ty = names.types.get(name).map(|(_, span)| *span);
            let condition = names.conditions.get(name).map(|number| self.tables.conditions[*number].ast.name.span);
            [value, task, ty, condition].into_iter().flatten()
        });
        let effect = self.tables.effect(name).and_then(|effect| self.tables.effects[effect].span);
        spans
            .chain(effect)
            .filter_map(|span| self.declared.get(&span))
            .find(|declaration| kinds.contains(&declaration.kind))
    }

    /// The effects that a task or stage has, those that only look aside.
    #[must_use]
    pub fn effects(&self, declaration: &Declaration) -> &[Effect] {
        let found = match declaration.kind {
            Kind::Task => self.notes.tasks.get(declaration.number),
            Kind::Stage => self.notes.stages.get(declaration.number),
            _ => None,
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// The effects that an `extern` task declares, of which there is no body to look into.
    #[must_use]
    pub fn declared_effects(&self, declaration: &Declaration) -> Vec<&str> {
        if declaration.kind != Kind::Task {
            return Vec::new();
        }
        let does = self.tables.tasks.get(declaration.number).and_then(|task| task.does.as_ref());
        does.into_iter().flatten().map(|(effect, _)| self.tables.effects[*effect].name.as_str()).collect()
    }

    /// The hosts that a declaration is about: those of a `host`, where a stage runs, where a condition is asked.
    #[must_use]
    pub fn hosts(&self, declaration: &Declaration) -> Option<Predicate> {
        let number = declaration.number;
        match declaration.kind {
            Kind::Host | Kind::Hosts => Some(self.tables.host_sets.get(number)?.predicate.clone()),
            Kind::Class => Some(Predicate::class(declaration.name.as_str())),
            Kind::Condition => Some(self.tables.conditions.get(number)?.on.clone()),
            Kind::Stage => Some(self.tables.stages.get(number)?.on.clone()),
            Kind::Task => self.tables.tasks.get(number)?.guard.clone(),
            _ => None,
        }
    }

    /// The names, types and written forms of a task's parameters.
    #[must_use]
    pub fn parameters(&self, declaration: &Declaration) -> Vec<(&ast::Param, String)> {
        let task = match declaration.kind {
            Kind::Task => self.tables.tasks.get(declaration.number),
            _ => None,
        };
        let Some(task) = task else { return Vec::new() };
        task.ast.params.iter().zip(task.params.iter().map(|(_, ty)| ty.to_string())).collect()
    }

    /// The type of what a name is declared to be.
    #[must_use]
    pub fn type_of(&self, declaration: &Declaration) -> Option<Type> {
        let number = declaration.number;
        match declaration.kind {
            Kind::Input => Some(self.tables.inputs.get(number)?.ty.clone()),
            Kind::Host => Some(Type::Host),
            Kind::Hosts => Some(Type::list(Type::Host)),
            Kind::Task => Some(self.tables.tasks.get(number)?.result.clone()),
            Kind::Stage => Some(self.tables.stages.get(number)?.result.clone()),
            Kind::Parameter | Kind::Local | Kind::Field => {
                let bound = self.notes.bound.iter().find(|bound| bound.name == declaration.span);
                bound.map(|bound| bound.ty.clone())
            }
            _ => None,
        }
    }

    /// The type of the value that is written exactly there.
    #[must_use]
    pub fn type_at(&self, expr: Span) -> Option<&Type> {
        let at = self.notes.types.binary_search_by_key(&expr, |(span, _)| *span).ok()?;
        Some(&self.notes.types[at].1)
    }

    /// The smallest value around an offset, and its type.
    #[must_use]
    pub fn value_at(&self, file: crate::source::FileId, offset: u32) -> Option<(Span, &Type)> {
        let types = &self.notes.types;
        let behind = types.partition_point(|(span, _)| (span.file, span.start) <= (file, offset));
        let around = types[..behind].iter().rev().take(64).filter(|(span, _)| span.file == file && offset <= span.end);
        around.min_by_key(|(span, _)| span.end - span.start).map(|(span, ty)| (*span, ty))
    }

    /// The places of the `on` and `at` blocks.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.notes.places
    }

    /// What classes promise.
    #[must_use]
    pub fn axioms(&self) -> &Axioms {
        &self.tables.axioms
    }

    /// Whether a stage could be closed as it is: it is not, and nothing leaves it.
    #[must_use]
    pub fn could_be_closed(&self, stage: &Declaration) -> bool {
        stage.kind == Kind::Stage && self.notes.staying.contains(&stage.number)
    }

    /// The leading words of all known commands.
    pub fn programs(&self) -> impl Iterator<Item = String> {
        self.tables.programs.keys().map(|words| {
            let words: Vec<&str> =
                words.iter().map(|word| &**word).filter(|word| *word != super::tables::END).collect();
            words.join(" ")
        })
    }

    /// What running the commands of an entry does.
    #[must_use]
    pub fn program_effects(&self, entry: Span) -> Vec<&str> {
        let entry = self.tables.programs.values().find(|program| program.span == entry);
        let effects = entry.into_iter().flat_map(|entry| &entry.effects);
        effects.map(|effect| self.tables.effects[*effect].name.as_str()).collect()
    }

    /// All effects, with what each means.
    pub fn all_effects(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tables.effects.iter().map(|effect| (effect.name.as_str(), effect.title.as_str()))
    }
}

fn used_modules(modules: &Modules) -> impl Iterator<Item = (Span, Target)> {
    modules.all.iter().flat_map(|module| {
        module.file.items.iter().flat_map(|item| {
            let ast::ItemKind::Use(used) = &item.kind else { return Vec::new() };
            let last = used.module.text.rsplit('/').next().unwrap_or_default();
            let alias = used.alias.as_ref().map_or(last, |alias| &*alias.text);
            let Some(number) = module.uses.get(alias) else { return Vec::new() };
            let places = std::iter::once(used.module.span).chain(used.alias.as_ref().map(|alias| alias.span));
            places.map(|span| (span, Target::Module(*number))).collect()
        })
    })
}

/// The fields of records, by the record and their name.
struct Fields<'a>(Vec<(&'a Rc<Record>, &'a ast::TypeDecl)>);

impl<'a> Fields<'a> {
    fn new(tables: &'a Tables, modules: &'a Modules) -> Self {
        let types = modules.all.iter().zip(&tables.names).flat_map(|(module, names)| {
            module.file.items.iter().filter_map(|item| match &item.kind {
                ast::ItemKind::Type(decl) => Some((&names.types.get(&decl.name.text)?.0, decl)),
                _ => None,
            })
        });
        Fields(types.collect())
    }

    fn target(&self, meant: Meant) -> Option<Target> {
        Some(match meant {
            Meant::Declared(span) => Target::Declared(span),
            Meant::Module(number) => Target::Module(number),
            Meant::Group => Target::Group,
            Meant::Host => Target::Host,
            Meant::BuiltIn => Target::BuiltIn,
            Meant::Field(record, name) => {
                let (_, decl) = self.0.iter().find(|(known, _)| Rc::ptr_eq(known, &record))?;
                Target::Declared(decl.fields.iter().find(|field| field.name.text == name)?.name.span)
            }
        })
    }
}

fn declarations(tables: &Tables, modules: &Modules, notes: &Notes) -> HashMap<Span, Declaration> {
    let mut found = HashMap::default();
    let mut add = |kind: Kind, name: &ast::Ident, module: usize, number: usize| {
        let declaration = Declaration { kind, name: name.text.to_string(), module, span: name.span, number };
        found.entry(name.span).or_insert(declaration);
    };
    for (number, input) in tables.inputs.iter().enumerate() {
        add(Kind::Input, &input.ast.name, input.module, number);
    }
    for (number, set) in tables.host_sets.iter().enumerate() {
        let kind = if set.single { Kind::Host } else { Kind::Hosts };
        add(kind, &set.ast.name, set.module, number);
    }
    for (number, class) in tables.classes.iter().enumerate() {
        add(Kind::Class, &class.ast.name, class.module, number);
    }
    for (number, condition) in tables.conditions.iter().enumerate() {
        add(Kind::Condition, &condition.ast.name, condition.module, number);
    }
    for (number, stage) in tables.stages.iter().enumerate() {
        add(Kind::Stage, &stage.ast.name, tables.entry, number);
    }
    for (number, task) in tables.tasks.iter().enumerate() {
        add(Kind::Task, &task.ast.name, task.module, number);
        task.ast.params.iter().for_each(|param| add(Kind::Parameter, &param.name, task.module, number));
    }
    for (module, file) in modules.all.iter().enumerate() {
        for (number, item) in file.file.items.iter().enumerate() {
            match &item.kind {
                ast::ItemKind::Effect(effect) => add(Kind::Effect, &effect.name, module, number),
                ast::ItemKind::Type(decl) => {
                    add(Kind::Type, &decl.name, module, number);
                    decl.fields.iter().for_each(|field| add(Kind::Field, &field.name, module, number));
                }
                ast::ItemKind::Program(program) => {
                    for command in &program.commands {
                        let text = command.literal().unwrap_or_default();
                        add(Kind::Program, &ast::Ident { text, span: command.span }, module, number);
                    }
                }
                _ => {}
            }
        }
    }
    let of_file: HashMap<crate::source::FileId, usize> =
        modules.all.iter().enumerate().map(|(number, module)| (module.file.id, number)).collect();
    for bound in &notes.bound {
        // What is in no module is in the tests beside the workflow.
        let module = of_file.get(&bound.name.file).copied().unwrap_or(modules.entry);
        let declaration = Declaration { kind: Kind::Local, name: String::new(), module, span: bound.name, number: 0 };
        found.entry(bound.name).or_insert(declaration);
    }
    found
}
