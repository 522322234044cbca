//! Everything that is declared, in tables, and the names by which each module reaches it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::ir::Literal;
use super::messages;
use super::modules::{Modules, PRELUDE};
use super::primitive::Primitive;
use super::record::{Meant, Recorder};
use super::types::{Field, Record, Type};
use crate::diagnostic::Diagnostic;
use crate::place::{self, Axioms, Predicate, TooHard};
use crate::source::Span;
use crate::syntax::{self, ast};

/// What a name in value position stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Input(usize),
    HostSet(usize),
    Class(usize),
    Stage(usize),
}

/// The names of one module.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) values: HashMap<ast::Words, (Value, Span)>,
    pub(super) tasks: HashMap<ast::Words, usize>,
    pub(super) types: HashMap<ast::Words, (Rc<Record>, Span)>,
    pub(super) conditions: HashMap<ast::Words, usize>,
    /// What is declared in a way that could not be read, which was told.
    pub(super) unread: HashSet<String>,
}

#[derive(Debug)]
pub(super) struct InputDecl {
    pub(super) module: usize,
    pub(super) ast: ast::Input,
    pub(super) ty: Type,
}

#[derive(Debug)]
pub(super) struct HostSetDecl {
    pub(super) module: usize,
    pub(super) ast: ast::HostDecl,
    pub(super) single: bool,
    pub(super) predicate: Predicate,
}

#[derive(Debug)]
pub(super) struct ClassDecl {
    pub(super) module: usize,
    pub(super) ast: ast::Class,
}

#[derive(Debug)]
pub(super) struct EffectDecl {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) span: Option<Span>,
    /// Whether it is none that everybody knows: neither built in nor the prelude's.
    pub(super) is_own: bool,
}

#[derive(Debug)]
pub(super) struct ForbidDecl {
    pub(super) effect: usize,
    pub(super) on: Predicate,
    /// What people call these hosts: the class's title, or the selector.
    pub(super) hosts: String,
    /// The selector as written.
    pub(super) on_text: String,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct ProgramDecl {
    pub(super) effects: Vec<usize>,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct ConditionDecl {
    pub(super) module: usize,
    pub(super) ast: ast::Condition,
    pub(super) on: Predicate,
}

#[derive(Debug)]
pub(super) struct Signature {
    pub(super) module: usize,
    /// As callers of other modules write it.
    pub(super) name: String,
    pub(super) ast: Arc<ast::Task>,
    pub(super) params: Vec<(String, Type)>,
    pub(super) result: Type,
    pub(super) guard: Option<Predicate>,
    pub(super) needs: Option<Predicate>,
    pub(super) does: Option<Vec<(usize, Span)>>,
    pub(super) primitive: Option<Primitive>,
}

#[derive(Debug)]
pub(super) struct StageDecl {
    pub(super) ast: Arc<ast::Stage>,
    pub(super) on: Predicate,
    pub(super) guard: Option<Predicate>,
    pub(super) result: Type,
}

/// The built-in effects come first in the table of effects, in this order.
pub(super) const READ: usize = 0;
pub(super) const CHANGE: usize = 1;
pub(super) const POWER: usize = 2;

/// How many words of a command a `program` may name.
pub(super) const MAX_WORDS: usize = 4;
/// Stands behind the words of a command that is known to its end. It is no word that a command can have.
pub(super) const END: &str = "\n";

/// All declarations.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// The module that is the workflow itself.
    pub(super) entry: usize,
    pub(super) names: Vec<Names>,
    pub(super) inputs: Vec<InputDecl>,
    pub(super) host_sets: Vec<HostSetDecl>,
    pub(super) classes: Vec<ClassDecl>,
    pub(super) axioms: Axioms,
    pub(super) effects: Vec<EffectDecl>,
    pub(super) forbids: Vec<ForbidDecl>,
    /// Leading words of commands to what they do.
    pub(super) programs: BTreeMap<Vec<ast::Words>, ProgramDecl>,
    pub(super) conditions: Vec<ConditionDecl>,
    pub(super) tasks: Vec<Signature>,
    pub(super) stages: Vec<StageDecl>,
    /// What names stand for, where somebody wants to know.
    pub(super) recorder: Recorder,
    /// Whether a place can have a host: the few places of a workflow are asked about again and again.
    possible: Memo<Result<bool, TooHard>>,
    /// Whether a place is one host, for the same reason.
    pub(super) single: Memo<bool>,
}

/// Answers about places, each found out at most once.
#[derive(Debug)]
pub(super) struct Memo<T>(RefCell<HashMap<Predicate, T>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Memo(RefCell::default())
    }
}

impl<T: Copy> Memo<T> {
    pub(super) fn get(&self, place: &Predicate, find: impl FnOnce() -> T) -> T {
        if let Some(known) = self.0.borrow().get(place) {
            return *known;
        }
        let found = find();
        self.0.borrow_mut().insert(place.clone(), found);
        found
    }
}

impl Tables {
    /// Whether a host could exist that satisfies a predicate. The axioms are complete before this is asked.
    pub(super) fn possible(&self, predicate: &Predicate) -> Result<bool, TooHard> {
        self.possible.get(predicate, || place::possible(&self.axioms, predicate))
    }

    pub(super) fn effect(&self, name: &str) -> Option<usize> {
        self.effects.iter().position(|effect| effect.name == name)
    }

    /// What a name in value position stands for, seen from a module.
    pub(super) fn value(&self, module: usize, name: &str) -> Option<Value> {
        let own = self.names[module].values.get(name);
        own.or_else(|| self.names[PRELUDE].values.get(name)).map(|(value, _)| *value)
    }

    /// Whether a name is one that could not be read where it is declared: that it is unknown is no fault of its own.
    pub(super) fn is_unread(&self, module: usize, name: &str) -> bool {
        self.names[module].unread.contains(name)
    }

    pub(super) fn task(&self, module: usize, name: &str) -> Option<usize> {
        let own = self.names[module].tasks.get(name);
        own.or_else(|| self.names[PRELUDE].tasks.get(name)).copied()
    }

    /// A place as the workflow calls it, where it has a name for it.
    pub(super) fn place_name(&self, place: &Predicate) -> String {
        let set = self.host_sets.iter().find(|set| set.predicate == *place);
        set.map_or_else(|| place.to_string(), |set| set.ast.name.text.to_string())
    }

    /// Where the longest known beginning of a command is declared; none where nobody wants to know.
    pub(super) fn program_entry(&self, words: &[ast::Words]) -> Option<Span> {
        let longest = (1..=words.len().min(MAX_WORDS + 1)).rev().find_map(|len| self.programs.get(&words[..len]));
        longest.filter(|_| self.recorder.is_on()).map(|entry| entry.span)
    }

    /// What the longest known beginning of a command does.
    pub(super) fn program(&self, words: &[ast::Words]) -> Option<&[usize]> {
        let longest = (1..=words.len().min(MAX_WORDS + 1)).rev().find_map(|len| self.programs.get(&words[..len]));
        let Some(known) = longest else {
            // `gcc-12` and `x86_64-linux-gnu-gcc` are gcc.
            let (first, rest) = words.split_first()?;
            let plain = plain_name(first).filter(|plain| plain != first)?;
            return self
                .program(&std::iter::once(plain.to_owned().into()).chain(rest.iter().cloned()).collect::<Vec<_>>());
        };
        Some(known.effects.as_slice())
    }
}

/// The name of a program without the version behind it and the architecture that it is for before it, by which the tools of
/// a compiler are installed.
fn plain_name(name: &str) -> Option<&str> {
    const ARCHITECTURES: &[&str] = &[
        "aarch64",
        "alpha",
        "arm",
        "armeb",
        "armv6l",
        "armv7l",
        "hppa",
        "i386",
        "i486",
        "i586",
        "i686",
        "ia64",
        "loongarch64",
        "m68k",
        "mips",
        "mips64",
        "mips64el",
        "mipsel",
        "powerpc",
        "powerpc64",
        "powerpc64le",
        "ppc64",
        "ppc64le",
        "riscv32",
        "riscv64",
        "s390x",
        "sh4",
        "sparc",
        "sparc64",
        "x86_64",
    ];
    let version = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let unversioned = name.rsplit_once('-').filter(|(_, behind)| version(behind)).map_or(name, |(before, _)| before);
    match unversioned.split_once('-') {
        Some((arch, rest)) if ARCHITECTURES.contains(&arch) => rest.rsplit('-').next(),
        _ => Some(unversioned),
    }
}

/// Gathers names first, so that declarations may speak of each other in any order.
pub(super) fn declare(modules: &Modules, recorder: Recorder, diagnostics: &mut Vec<Diagnostic>) -> Tables {
    let mut tables = Tables { entry: modules.entry, effects: built_in_effects(), recorder, ..Tables::default() };
    let unread = modules.all.iter().map(|module| module.file.unread.iter().cloned().collect());
    tables.names = unread.map(|unread| Names { unread, ..Names::default() }).collect();
    for number in users_last(modules) {
        let mut declaring = Declaring { tables: &mut tables, modules, number, diagnostics };
        for item in &modules.all[number].file.items {
            declaring.item(item);
        }
    }
    tables
}

/// The modules in an order in which each comes behind those that it uses.
fn users_last(modules: &Modules) -> Vec<usize> {
    fn visit(modules: &Modules, number: usize, order: &mut Vec<usize>, seen: &mut Vec<bool>) {
        if std::mem::replace(&mut seen[number], true) {
            return;
        }
        let mut used: Vec<usize> = modules.all[number].uses.values().copied().collect();
        used.sort_unstable();
        for used in used {
            visit(modules, used, order, seen);
        }
        order.push(number);
    }
    let mut order = Vec::new();
    let mut seen = vec![false; modules.all.len()];
    for number in 0..modules.all.len() {
        visit(modules, number, &mut order, &mut seen);
    }
    order
}

fn built_in_effects() -> Vec<EffectDecl> {
    let known =
        [("read", "looks and changes nothing"), ("change", "changes the host"), ("power", "switches hosts on or off")];
    known
        .iter()
        .map(|(name, title)| EffectDecl {
            name: (*name).to_owned(),
            title: (*title).to_owned(),
            span: None,
            is_own: false,
        })
        .collect()
}

struct Declaring<'a> {
    tables: &'a mut Tables,
    modules: &'a Modules,
    number: usize,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Declaring<'_> {
    fn item(&mut self, item: &ast::Item) {
        let module = self.number;
        match &item.kind {
            ast::ItemKind::Use(_) => {}
            ast::ItemKind::Input(input) => {
                let number = self.tables.inputs.len();
                self.value(&input.name, Value::Input(number));
                self.tables.inputs.push(InputDecl { module, ast: input.clone(), ty: Type::Unknown });
            }
            ast::ItemKind::Host(host) => self.host_set(host, true),
            ast::ItemKind::Hosts(hosts) => self.host_set(hosts, false),
            ast::ItemKind::Class(class) => {
                // What a class says of its hosts is a premise of every proof, wherever it is declared.
                let same = |known: &ClassDecl| known.module != module && known.ast.name.text == class.name.text;
                if let Some(before) = self.tables.classes.iter().position(same) {
                    let first = self.tables.classes[before].ast.name.span;
                    self.diagnostics.push(messages::class_twice(&class.name.text, class.name.span, first));
                    // The first one counts.
                    let names = &mut self.tables.names[module].values;
                    names.entry(class.name.text.clone()).or_insert((Value::Class(before), first));
                    return;
                }
                self.value(&class.name, Value::Class(self.tables.classes.len()));
                self.tables.classes.push(ClassDecl { module, ast: class.clone() });
            }
            ast::ItemKind::Effect(effect) => self.effect(effect),
            ast::ItemKind::Condition(condition) => self.condition(condition),
            ast::ItemKind::Task(task) => self.task(task),
            ast::ItemKind::Stage(stage) => self.stage(stage),
            ast::ItemKind::Type(ty) => self.record(ty),
            // These declare no name; they are read when all names are known.
            ast::ItemKind::Forbid(_) | ast::ItemKind::Program(_) | ast::ItemKind::Test(_) => {}
        }
    }

    /// Of two declarations the first one counts: what is said of it does not come out wrong too.
    fn value(&mut self, name: &ast::Ident, value: Value) {
        // The prelude's names mean the same in every workflow, so that a question about them has one answer.
        let shipped = self.tables.names[PRELUDE].values.get(&*name.text).map(|(_, span)| *span);
        if let Some(shipped) = shipped.filter(|_| self.number != PRELUDE) {
            self.diagnostics.push(messages::prelude_s(&name.text, name.span, shipped));
            return;
        }
        match self.tables.names[self.number].values.entry(name.text.clone()) {
            Entry::Occupied(taken) => {
                self.diagnostics.push(messages::defined_twice(&name.text, name.span, taken.get().1));
            }
            Entry::Vacant(free) => {
                free.insert((value, name.span));
            }
        }
        if syntax::is_reserved(&name.text) || matches!(&*name.text, "all" | "local" | "here" | "none" | "group") {
            self.diagnostics.push(messages::reserved_name(&name.text, name.span));
        }
    }

    fn host_set(&mut self, decl: &ast::HostDecl, single: bool) {
        self.value(&decl.name, Value::HostSet(self.tables.host_sets.len()));
        let set = HostSetDecl { module: self.number, ast: decl.clone(), single, predicate: Predicate::All };
        self.tables.host_sets.push(set);
    }

    fn effect(&mut self, effect: &ast::Effect) {
        if let Some(known) = self.tables.effect(&effect.name.text) {
            let before = self.tables.effects[known].span;
            self.diagnostics.push(messages::effect_twice(&effect.name.text, effect.name.span, before));
            return;
        }
        let title = effect.title.as_ref().and_then(ast::Text::literal).unwrap_or_default();
        let (name, span, is_own) = (effect.name.text.to_string(), Some(effect.name.span), self.number != PRELUDE);
        self.tables.effects.push(EffectDecl { name, title: title.into_owned(), span, is_own });
    }

    fn condition(&mut self, condition: &ast::Condition) {
        let number = self.tables.conditions.len();
        let names = &mut self.tables.names[self.number].conditions;
        let first = *names.entry(condition.name.text.clone()).or_insert(number);
        if first != number {
            let before = self.tables.conditions[first].ast.name.span;
            self.diagnostics.push(messages::defined_twice(&condition.name.text, condition.name.span, before));
        }
        let decl = ConditionDecl { module: self.number, ast: condition.clone(), on: Predicate::All };
        self.tables.conditions.push(decl);
    }

    fn task(&mut self, task: &Arc<ast::Task>) {
        let module = &self.modules.all[self.number];
        let number = self.tables.tasks.len();
        let first = *self.tables.names[self.number].tasks.entry(task.name.text.clone()).or_insert(number);
        if first != number {
            let before = self.tables.tasks[first].ast.name.span;
            self.diagnostics.push(messages::defined_twice(&task.name.text, task.name.span, before));
        }
        let is_local = self.number == PRELUDE || self.number == self.modules.entry;
        let name = if is_local { task.name.text.to_string() } else { format!("{}.{}", module.name, task.name.text) };
        let primitive = task.is_extern.then(|| Primitive::named(&task.name.text)).flatten();
        match (task.is_extern, module.is_std, task.body.is_some()) {
            (true, false, _) => self.diagnostics.push(messages::extern_outside(task.name.span)),
            (false, _, false) => self.diagnostics.push(messages::no_body(&task.name.text, task.name.span)),
            _ => {}
        }
        self.tables.tasks.push(Signature {
            module: self.number,
            name,
            ast: task.clone(),
            params: Vec::new(),
            result: Type::Unit,
            guard: None,
            needs: None,
            does: None,
            primitive,
        });
    }

    fn stage(&mut self, stage: &Arc<ast::Stage>) {
        if self.number != self.modules.entry {
            self.diagnostics.push(messages::stage_outside(stage.name.span));
            return;
        }
        self.value(&stage.name, Value::Stage(self.tables.stages.len()));
        let decl = StageDecl { ast: stage.clone(), on: Predicate::All, guard: None, result: Type::Unit };
        self.tables.stages.push(decl);
    }

    /// A record may use those above it.
    fn record(&mut self, decl: &ast::TypeDecl) {
        for (at, field) in decl.fields.iter().enumerate() {
            if let Some(first) = decl.fields[..at].iter().find(|first| first.name.text == field.name.text) {
                let (name, first) = (&field.name, first.name.span);
                self.diagnostics.push(messages::defined_twice(&name.text, name.span, first));
            }
        }
        let fields = decl.fields.iter().map(|field| self.field(field)).collect();
        let record = Rc::new(Record { name: decl.name.text.to_string(), fields });
        match self.tables.names[self.number].types.entry(decl.name.text.clone()) {
            Entry::Occupied(taken) => {
                self.diagnostics.push(messages::defined_twice(&decl.name.text, decl.name.span, taken.get().1));
            }
            Entry::Vacant(free) => {
                free.insert((record, decl.name.span));
            }
        }
    }

    fn field(&mut self, field: &ast::Param) -> Field {
        let ty = resolve_type(self.tables, self.modules, self.number, &field.ty, false, self.diagnostics);
        let default = field.default.as_ref().and_then(|default| {
            let literal = literal(default);
            let fits = literal.as_ref().is_some_and(|literal| literal_type(literal).fits(&ty));
            if !fits {
                self.diagnostics.push(messages::field_default(&field.name.text, &ty, default.span));
            }
            literal.filter(|_| fits)
        });
        Field { name: field.name.text.to_string(), ty, default }
    }
}

/// The constant that an expression spells.
pub(super) fn literal(expr: &ast::Expr) -> Option<Literal> {
    Some(match &expr.kind {
        ast::ExprKind::Text(text) => Literal::Str(text.literal()?.into()),
        ast::ExprKind::Int(value) => Literal::Int(*value),
        ast::ExprKind::Bool(value) => Literal::Bool(*value),
        ast::ExprKind::Duration(value) => Literal::Duration(*value),
        ast::ExprKind::Size(value) => Literal::Size(*value),
        ast::ExprKind::Name(name) if name.text == "none" => Literal::None,
        _ => return None,
    })
}

pub(super) fn literal_type(literal: &Literal) -> Type {
    match literal {
        Literal::None => Type::optional(Type::Unknown),
        Literal::Str(_) => Type::Str,
        Literal::Int(_) => Type::Int,
        Literal::Bool(_) => Type::Bool,
        Literal::Duration(_) => Type::Duration,
        Literal::Size(_) => Type::Size,
    }
}

/// The type that a written one stands for; with `open`, single capital letters are type variables.
pub(super) fn resolve_type(
    tables: &Tables,
    modules: &Modules,
    module: usize,
    written: &ast::Type,
    open: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Type {
    let name = written.name.text();
    let argument =
        written.argument.as_ref().map(|argument| resolve_type(tables, modules, module, argument, open, diagnostics));
    let takes_one = matches!(name.as_str(), "List" | "Map");
    if takes_one != argument.is_some() {
        diagnostics.push(messages::type_argument(&name, takes_one, written.span));
        return Type::Unknown;
    }
    let ty = match (name.as_str(), argument) {
        ("List", Some(element)) => Type::list(element),
        ("Map", Some(element)) => Type::Map(Rc::new(element)),
        ("Str", _) => Type::Str,
        ("Int", _) => Type::Int,
        ("Bool", _) => Type::Bool,
        ("Duration", _) => Type::Duration,
        ("Size", _) => Type::Size,
        ("Path", _) => Type::Path,
        ("Host", _) => Type::Host,
        ("Output", _) => Type::Output,
        ("Secret", _) => Type::Secret,
        ("Data", _) => Type::Data,
        ("File", _) => Type::File,
        ("Socket", _) => Type::Socket,
        ("Process", _) => Type::Process,
        (name, _) if open && name.len() == 1 && name.starts_with(|c: char| c.is_ascii_uppercase()) => {
            Type::Var(name.into())
        }
        (name, _) => match named_record(tables, modules, module, &written.name) {
            Some(record) => Type::Record(record),
            None if modules.lost(module, &written.name) || tables.is_unread(module, name) => Type::Unknown,
            None => {
                let known = tables.names[module].types.keys().map(|name| &**name);
                diagnostics.push(messages::unknown_type(name, written.name.span, known));
                Type::Unknown
            }
        },
    };
    if written.optional { Type::optional(ty) } else { ty }
}

fn named_record(tables: &Tables, modules: &Modules, module: usize, path: &ast::Path) -> Option<Rc<Record>> {
    match path.words.as_slice() {
        [name] => {
            let own = tables.names[module].types.get(&*name.text);
            let (record, span) = own.or_else(|| tables.names[PRELUDE].types.get(&*name.text))?;
            tables.recorder.declared(name.span, *span);
            Some(record.clone())
        }
        [alias, name] => {
            let module = *modules.all[module].uses.get(&*alias.text)?;
            tables.recorder.name(alias.span, Meant::Module(module));
            let (record, span) = tables.names.get(module)?.types.get(&*name.text)?;
            tables.recorder.declared(name.span, *span);
            Some(record.clone())
        }
        _ => None,
    }
}
