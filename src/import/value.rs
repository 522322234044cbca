//! From Jinja's expressions to flow's.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::code::{Piece, Text, key, quoted};
use super::jinja::{Expr, Op, Part, parse_expression, parse_file, parse_template};
use super::operators::{arithmetic, compared, contained, list_of, negation};
use super::read::boolean;
use super::scope::{Entries, Known, Names, Scope, Ty, Words};
use super::translator::{odd, printed};
use crate::inventory::Inventory;
use crate::inventory::node::{Node, Value as Yaml};
use crate::inventory::number::{Number, number};

/// An expression of flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) ty: Ty,
    /// How tightly it holds together.
    pub(super) rank: u8,
    pub(super) words: Words,
    pub(super) origin: Origin,
    /// Of a map, or of the maps in a list.
    pub(super) entries: Entries,
}

/// Where a value comes from, where that decides how it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Origin {
    #[default]
    Elsewhere,
    /// A variable of the inventory, by its key: it may be missing.
    Variable(String),
    /// A text of the inventory.
    Inventory,
    /// A value of a map, which is a text in flow whatever it was: by the map and its key, it may be missing.
    Entry(String, String),
    /// What a command printed, in the place of a file's text.
    Printed,
    /// The operating system, by another name than Ansible's; and that in small letters.
    Os,
    OsInSmallLetters,
    /// The elements of a list, each one word, with blanks between them.
    Joined(String),
    /// The memory, as the inventory may say it: Ansible measures it.
    Memory,
}

pub(super) const OR: u8 = 0;
pub(super) const AND: u8 = 1;
pub(super) const NOT: u8 = 2;
pub(super) const COMPARE: u8 = 3;
pub(super) const SUM: u8 = 4;
pub(super) const PRODUCT: u8 = 5;
pub(super) const ATOM: u8 = 7;

/// Why something cannot be said in flow, in words.
pub(super) type Reason = String;

/// What `bool` takes for a yes, in the cases that people write.
const TRUE: [&str; 10] = ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "1"];

/// The texts of an inventory that say no; all others are true by themselves.
const FALSE: [&str; 13] = ["", "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "0", "[]", "{}"];

/// A truth value as Python writes it.
pub(super) fn python(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}

fn spellings(texts: &[&str]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
}

impl Value {
    pub(super) fn new(text: impl Into<String>, ty: Ty) -> Self {
        Value { rank: ATOM, ..Value::ranked(text.into(), ty, ATOM) }
    }

    pub(super) fn ranked(text: String, ty: Ty, rank: u8) -> Self {
        Value { text, ty, rank, words: Words::One, origin: Origin::Elsewhere, entries: Entries::default() }
    }

    pub(super) fn within(&self, rank: u8) -> String {
        if self.rank < rank { format!("({})", self.text) } else { self.text.clone() }
    }

    /// Its truth, as Ansible has it.
    pub(super) fn truth(self) -> Result<Value, Reason> {
        match self.ty {
            Ty::Bool | Ty::Stat => Ok(Value { ty: Ty::Bool, ..self }),
            Ty::Str if self.may_be_truth() => {
                let text = format!("{} in [{}]", self.within(SUM), spellings(&FALSE));
                Ok(negation(&Value::ranked(text, Ty::Bool, COMPARE)))
            }
            Ty::Str | Ty::Slurp | Ty::Length => {
                Ok(Value::ranked(format!("{} != \"\"", self.within(SUM)), Ty::Bool, COMPARE))
            }
            Ty::Int => Ok(Value::ranked(format!("{} != 0", self.within(SUM)), Ty::Bool, COMPARE)),
            Ty::List(_) => Ok(Value::ranked(format!("len({}) > 0", self.text), Ty::Bool, COMPARE)),
            Ty::Map | Ty::Output | Ty::Printed => Err(format!("`{}` is no truth value", self.text)),
        }
    }

    /// What the filter `bool` makes of a text.
    pub(super) fn is_yes(&self) -> Value {
        Value::ranked(format!("{} in [{}]", self.within(SUM), spellings(&TRUE)), Ty::Bool, COMPARE)
    }

    /// Whether it is which operating system a host has.
    pub(super) fn is_system(&self) -> bool {
        matches!(self.origin, Origin::Os | Origin::OsInSmallLetters)
    }

    /// As it is used where it is compared.
    fn read(self) -> Result<Self, Reason> {
        if self.origin == Origin::Printed { self.settled() } else { Ok(self) }
    }

    /// As it is used where it is not compared.
    fn settled(self) -> Result<Self, Reason> {
        let is = match self.origin {
            Origin::Os | Origin::OsInSmallLetters => "`here.os` is \"debian\" where `ansible_distribution` is \"Debian\"",
            Origin::Printed => {
                return Err(String::from("what another user reads of a file loses the ends of its last lines: say `| trim`"));
            }
            Origin::Memory => "`here.mem` is what the inventory says, and `ansible_memtotal_mb` what the kernel leaves",
            _ => return Ok(self),
        };
        Err(format!("{is}: outside of a comparison that would be another text"))
    }

    /// Whether its text may be that of a truth value.
    pub(super) fn may_be_truth(&self) -> bool {
        self.is_of_inventory() || matches!(self.origin, Origin::Entry(..))
    }

    pub(super) fn is_of_inventory(&self) -> bool {
        matches!(self.origin, Origin::Variable(_) | Origin::Inventory)
    }

    pub(super) fn literal(&self) -> Option<&str> {
        let inner = self.text.strip_prefix('"')?.strip_suffix('"')?;
        (self.ty == Ty::Str && !inner.contains(['"', '\\', '{'])).then_some(inner)
    }

    /// As a part of a text, in which Ansible writes a truth value as Python does.
    pub(super) fn piece(&self) -> Result<Piece, Reason> {
        match (&self.ty, self.text.as_str()) {
            (Ty::Bool, "true" | "false") => Ok(Piece::Written(python(self.text == "true").to_owned())),
            _ => Ok(Piece::Splice(self.spliceable()?)),
        }
    }

    /// As a value that a string can hold.
    fn spliceable(&self) -> Result<String, Reason> {
        match self.ty {
            Ty::Bool => Ok(format!("if {} {{ \"True\" }} else {{ \"False\" }}", self.text)),
            Ty::Str | Ty::Int | Ty::Slurp => Ok(self.text.clone()),
            _ => Err(format!("`{}` is no single value, and a text cannot hold it", self.text)),
        }
    }
}

/// What expressions are read with.
pub(super) struct Reader<'a> {
    pub(super) scope: &'a Scope,
    pub(super) names: &'a mut Names,
    /// Hosts that have to be declared, by their selectors.
    pub(super) hosts: &'a mut Vec<(String, String)>,
    /// What the host is called whose playbook this is: `here`, but not where steps are delegated to another one.
    pub(super) here: &'a str,
    pub(super) inventory: Option<&'a Inventory>,
    /// How many variables are being evaluated, each for the one before.
    pub(super) depth: usize,
}

/// Variables within variables beyond this ask for themselves.
const DEPTH: usize = 20;

impl Reader<'_> {
    /// The value of a node.
    pub(super) fn node(&mut self, node: &Node) -> Result<Value, Reason> {
        match &node.value {
            Yaml::Scalar { .. } if node.is_null() => Err(String::from("it is nothing, which no type of flow has")),
            Yaml::Scalar { text, plain } => self.scalar(text, *plain && !text.contains("{{")),
            Yaml::Sequence(items) => {
                let values = items.iter().map(|item| self.node(item)).collect::<Result<Vec<Value>, Reason>>()?;
                list_of(&values)
            }
            Yaml::Mapping(_) => {
                let entry = |(name, value): (&str, &Node)| {
                    let text = value
                        .text()
                        .ok_or_else(|| format!("`{name}` is {}, and flow has texts there", value.kind()))?;
                    let text = printed(value, text)?;
                    let value = self.value(&text)?;
                    let text = self.text(&text)?.quoted();
                    Ok(((name.to_owned(), value.words), format!("{}: {text}", key(name))))
                };
                let fields = super::read::fields(node).into_iter().map(entry);
                let (words, texts): (BTreeMap<String, Words>, Vec<String>) =
                    fields.collect::<Result<Vec<_>, Reason>>()?.into_iter().unzip();
                let map = Value::new(format!("{{ {} }}", texts.join(", ")), Ty::Map);
                Ok(Value { entries: Rc::new(words), ..map })
            }
        }
    }

    fn scalar(&mut self, text: &str, plain: bool) -> Result<Value, Reason> {
        match number(text).filter(|_| plain) {
            Some(Number::Int(number)) => return Ok(Value::new(number.to_string(), Ty::Int)),
            Some(Number::Float(number)) => return Ok(Value::new(quoted(&number), Ty::Str)),
            Some(Number::Odd) => return Err(odd(text)),
            None => {}
        }
        if let Some(truth) = boolean(text).filter(|_| plain) {
            return Ok(Value::new(truth.to_string(), Ty::Bool));
        }
        if text.trim_start().starts_with("$ANSIBLE_VAULT;") {
            return Err(String::from("it is encrypted by ansible-vault: declare an `input …: Secret` for it"));
        }
        self.value(text)
    }

    /// The value of a text: of its own type, where it is one expression alone.
    pub(super) fn value(&mut self, text: &str) -> Result<Value, Reason> {
        let parts = parse_template(text)?;
        if let Some(value) = self.alone(&parts)? {
            return Ok(value);
        }
        match parts.as_slice() {
            [Part::Expr(expr)] => self.expr(expr),
            _ => {
                let text = self.text_of(&parts)?;
                let shape = text.0.iter().map(|piece| match piece {
                    Piece::Written(text) => text.as_str(),
                    Piece::Splice(_) => "x",
                });
                let mut words = Words::of(&shape.collect::<String>());
                for part in &parts {
                    if let Part::Expr(expr) = part {
                        words = words.or(self.expr(expr)?.words);
                    }
                }
                Ok(Value { words, ..Value::new(text.quoted(), Ty::Str) })
            }
        }
    }

    /// A text with its splices.
    pub(super) fn text(&mut self, text: &str) -> Result<Text, Reason> {
        let parts = parse_template(text)?;
        match self.alone(&parts)? {
            Some(value) => Ok(Text(vec![value.piece()?])),
            None => self.text_of(&parts),
        }
    }

    /// The text of a file.
    pub(super) fn template(&mut self, text: &str) -> Result<Text, Reason> {
        let parts = parse_file(text)?;
        self.text_of(&parts)
    }

    /// What stands alone on a line and is no text: Jinja drops the end of that line.
    fn alone(&mut self, parts: &[Part]) -> Result<Option<Value>, Reason> {
        let [Part::Expr(expr), Part::Text(end)] = parts else { return Ok(None) };
        if end != "\n" {
            return Ok(None);
        }
        let value = self.expr(expr)?;
        Ok((!matches!(value.ty, Ty::Str | Ty::Slurp)).then_some(value))
    }

    fn text_of(&mut self, parts: &[Part]) -> Result<Text, Reason> {
        let piece = |part: &Part| match part {
            Part::Text(text) => Ok(Piece::Written(text.clone())),
            Part::Expr(Expr::Str(text)) => Ok(Piece::Written(text.clone())),
            Part::Expr(expr) => self.expr(expr)?.piece(),
        };
        Ok(Text(parts.iter().map(piece).collect::<Result<_, Reason>>()?))
    }

    /// A command: what may be several words is spliced as several, unless it stands in quotes.
    pub(super) fn command(&mut self, text: &str) -> Result<Text, Reason> {
        let mut quote = None;
        let mut pieces = Vec::new();
        let parts = parse_template(text)?;
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Text(text) | Part::Expr(Expr::Str(text)) => {
                    quote = quote_after(quote, text);
                    pieces.push(Piece::Written(text.clone()));
                }
                Part::Expr(expr) => {
                    let stands = Stands::of(quote, &pieces, parts.get(at + 1));
                    pieces.push(Piece::Splice(self.spliced(expr, stands, true)?));
                }
            }
        }
        Ok(Text(pieces))
    }

    /// An expression within a command. What may be several words is spliced as several, unless it stands in quotes; what
    /// is code of a shell is spliced as such where there is a shell.
    pub(super) fn spliced(&mut self, expr: &Expr, stands: Stands, has_shell: bool) -> Result<String, Reason> {
        let is_quoted = stands == Stands::Quoted;
        let value = self.expr(expr)?;
        let is_list = value.ty == Ty::List(Box::new(Ty::Str));
        if let Origin::Joined(list) = &value.origin
            && stands == Stands::Alone
        {
            return Ok(list.clone());
        }
        let within = stands == Stands::Within;
        Ok(match value.words {
            _ if is_list => {
                return Err(format!("the list `{}` would be written as Python writes it: say `| join(' ')`", value.text));
            }
            Words::Several | Words::Spaced if within && has_shell => format!("raw({})", value.text),
            Words::Several | Words::Spaced | Words::Signs if within && !has_shell => {
                return Err(format!("`{}` may be several words, and stands within one: write it as `argv`", value.text));
            }
            Words::Empty | Words::Spaced if stands == Stands::Alone => format!("[word for word in split({}, \" \") if word != \"\"]", value.text),
            Words::Several if !is_quoted => format!("split({}, \" \")", value.text),
            Words::Signs | Words::Code | Words::Home if !is_quoted && has_shell => format!("raw({})", value.text),
            Words::Signs if !is_quoted => format!("[word for word in split({}, \" \") if word != \"\"]", value.text),
            Words::Code | Words::Home if !is_quoted => {
                return Err(format!("`{}` may hold quotes or variables that Ansible reads: write it as `argv`", value.text));
            }
            _ => value.spliceable()?,
        })
    }

    /// A condition, as behind `when:`; it may be written with braces too.
    pub(super) fn condition(&mut self, text: &str) -> Result<Value, Reason> {
        let text = text.trim();
        let inner = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        let expr = match inner {
            Some(inner) if !inner.contains("{{") => parse_expression(inner)?,
            _ if text.contains("{{") => return Err(String::from("a condition with `{{ }}` in it is evaluated twice")),
            _ => parse_expression(text)?,
        };
        self.expr(&expr)?.truth()
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Value, Reason> {
        let value = self.compared(expr)?;
        let says_memory = |inventory: &Inventory| inventory.hosts.iter().any(|host| host.mem.is_some());
        match value.origin {
            Origin::Memory if !self.inventory.is_none_or(says_memory) => Ok(value),
            _ => value.settled(),
        }
    }

    /// The value of an expression that is compared with something.
    fn compared(&mut self, expr: &Expr) -> Result<Value, Reason> {
        match expr {
            Expr::Str(text) => Ok(Value { words: Words::of(text), ..Value::new(quoted(text), Ty::Str) }),
            Expr::Int(number) => Ok(Value::new(number.to_string(), Ty::Int)),
            Expr::Bool(truth) => Ok(Value::new(truth.to_string(), Ty::Bool)),
            Expr::Other(text) => Err(format!("`{text}` has no counterpart")),
            Expr::Name(name) => self.name(name),
            Expr::Attr(value, field) => self.field(value, field),
            Expr::Index(value, index) => self.index(value, index),
            Expr::Call(callee) => Err(format!("`{}(…)` has no counterpart", shown(callee))),
            Expr::Filter(value, name, arguments) => self.filter(value, name, arguments),
            Expr::Test(value, name, negated) => {
                let test = self.test(value, name)?;
                Ok(if *negated { negation(&test) } else { test })
            }
            Expr::Not(value) => Ok(negation(&self.expr(value)?.truth()?)),
            Expr::Neg(value) => match self.expr(value)? {
                Value { ty: Ty::Int, text, .. } if text.bytes().all(|c| c.is_ascii_digit()) => {
                    Ok(Value::new(format!("-{text}"), Ty::Int))
                }
                value => Err(format!("`-{}` has no counterpart", value.text)),
            },
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
            Expr::List(items) => self.list(items),
            Expr::If(condition, then, other) => {
                let condition = self.expr(condition)?.truth()?;
                let (then, other) = (self.expr(then)?, self.expr(other)?);
                if then.ty != other.ty {
                    return Err(String::from("the two values of an `if` have different types"));
                }
                let text = format!("if {} {{ {} }} else {{ {} }}", condition.text, then.text, other.text);
                Ok(Value::ranked(text, then.ty, OR))
            }
        }
    }

    fn name(&mut self, name: &str) -> Result<Value, Reason> {
        match self.scope.get(name) {
            Some(Known::Lost(why)) => return Err(why.clone()),
            Some(Known::Value { name, ty, words }) => {
                let is_kept = self.scope.of_inventory.contains(name);
                let origin = if is_kept { Origin::Inventory } else { Origin::Elsewhere };
                let entries = self.scope.entries.get(name).cloned().unwrap_or_default();
                return Ok(Value { words: *words, origin, entries, ..Value::new(name.clone(), ty.clone()) });
            }
            Some(Known::Written(_)) if self.depth > DEPTH => return Err(format!("the variable `{name}` asks for itself")),
            Some(Known::Written(node)) => {
                let node = Rc::clone(node);
                self.depth += 1;
                let value = self.node(&node);
                self.depth -= 1;
                return value.map_err(|reason| format!("the variable `{name}`: {reason}"));
            }
            None => {}
        }
        let fact = name.strip_prefix("ansible_");
        match name {
            "inventory_hostname" => Ok(Value::new(self.of_host("name"), Ty::Str)),
            "inventory_hostname_short" => {
                Ok(Value::new(format!("first(split({}, \".\"))", self.of_host("name")), Ty::Str))
            }
            "group_names" => Ok(Value::new(self.of_host("groups"), Ty::List(Box::new(Ty::Str)))),
            "ansible_host" => Ok(Value::new(self.of_host("address"), Ty::Str)),
            "omit" | "hostvars" | "groups" | "playbook_dir" | "role_path" | "ansible_play_hosts" | "play_hosts"
            | "inventory_dir" | "ansible_play_batch" => Err(format!("`{name}` has no counterpart")),
            _ => match fact {
                Some(fact) => self.fact(fact),
                None => {
                    self.is_resolved(name)?;
                    let key = quoted(name);
                    let text = format!("{}[{key}]", self.of_host("vars"));
                    let words = self.words_of(name);
                    Ok(Value { words, origin: Origin::Variable(key), ..Value::new(text, Ty::Str) })
                }
            },
        }
    }

    /// What the inventory keeps as it is written, Ansible would evaluate: spliced, it would be another text.
    fn is_resolved(&self, name: &str) -> Result<(), Reason> {
        let is_jinja = |text: &String| text.contains("{{") || text.contains("{%");
        let mut hosts = self.inventory.iter().flat_map(|inventory| &inventory.hosts);
        match hosts.find(|host| host.vars.get(name).is_some_and(is_jinja)) {
            Some(host) => Err(format!("the inventory's `{name}` of `{}` holds Jinja that is not evaluated", host.name)),
            None => Ok(()),
        }
    }

    /// Whether the inventory has several words for a variable, for any of its hosts. Lists are texts of their own kind.
    fn words_of(&self, name: &str) -> Words {
        let hosts = self.inventory.iter().flat_map(|inventory| &inventory.hosts);
        let texts = hosts.filter_map(|host| host.vars.get(name)).filter(|text| !text.starts_with(['[', '{']));
        Words::of_all(texts.map(|text| Words::of(text)))
    }

    /// A field of the host whose playbook this is.
    fn of_host(&self, field: &str) -> String {
        format!("{}.{field}", self.here)
    }

    /// A fact that Ansible would gather.
    fn fact(&self, fact: &str) -> Result<Value, Reason> {
        match fact {
            "architecture" | "machine" => Ok(Value::new(self.of_host("arch"), Ty::Str)),
            "processor_vcpus" | "processor_nproc" => Ok(Value::new(self.of_host("cores"), Ty::Int)),
            "memtotal_mb" => {
                let value = Value::ranked(format!("{} / 1MiB", self.of_host("mem")), Ty::Int, PRODUCT);
                Ok(Value { origin: Origin::Memory, ..value })
            }
            "distribution" => Ok(Value { origin: Origin::Os, ..Value::new(self.of_host("os"), Ty::Str) }),
            _ => Err(format!("the fact `ansible_{fact}` is none that flowrun measures{}", instead(fact))),
        }
    }

    fn field(&mut self, value: &Expr, field: &str) -> Result<Value, Reason> {
        match value {
            Expr::Name(name) if name == "ansible_facts" => return self.fact(field.trim_start_matches("ansible_")),
            Expr::Name(name) if name == "groups" => return self.group(field),
            Expr::Name(name) if name == "hostvars" => {
                return Err(String::from("a variable of another host: declare it as a `host`, and take its `.vars`"));
            }
            Expr::Index(all, host) if **all == Expr::Name("hostvars".into()) => {
                return match &**host {
                    Expr::Name(name) if name == "inventory_hostname" => self.name(field),
                    _ => Err(String::from("a variable of another host: declare it as a `host`, and take its `.vars`")),
                };
            }
            Expr::Attr(inner, stat) if stat == "stat" => {
                let Value { text, ty: Ty::Stat, .. } = self.expr(inner)? else {
                    return Err(format!("`{}` has no counterpart", shown(value)));
                };
                return match field {
                    "exists" => Ok(Value::new(text, Ty::Bool)),
                    _ => Err(format!("of what `stat` finds, `.{field}` has no counterpart")),
                };
            }
            _ => {}
        }
        let owner = self.expr(value)?;
        let text = owner.within(ATOM);
        let found = match (&owner.ty, field) {
            (Ty::Output, "rc") => Value::new(format!("{text}.code"), Ty::Int),
            (Ty::Output, "stdout" | "stderr") => Value::new(format!("{text}.{field}"), Ty::Str),
            (Ty::Output, "stdout_lines" | "stderr_lines") => {
                let stream = field.trim_end_matches("_lines");
                let lines = Value::new(format!("lines({text}.{stream})"), Ty::List(Box::new(Ty::Str)));
                Value { words: Words::Spaced, ..lines }
            }
            (Ty::Output, "failed") => return self.failure(&owner),
            (Ty::Slurp | Ty::Printed, "content") => return Ok(Value { text, ..owner }),
            (Ty::Map, _) => {
                let words = owner.entries.get(field).copied().unwrap_or_default();
                Value { words, ..entry(text, quoted(field)) }
            }
            (Ty::Output, "changed" | "skipped") => {
                return Err(format!("whether a command is `{field}` is not known in flow"));
            }
            _ => return Err(format!("`.{field}` of `{}` has no counterpart", shown(value))),
        };
        Ok(found)
    }

    fn index(&mut self, value: &Expr, index: &Expr) -> Result<Value, Reason> {
        if let Expr::Str(field) = index
            && matches!(value, Expr::Name(name) if matches!(name.as_str(), "ansible_facts" | "groups" | "hostvars"))
        {
            return self.field(value, field);
        }
        if let (Expr::Index(all, _), Expr::Str(field)) = (value, index)
            && **all == Expr::Name("hostvars".into())
        {
            return self.field(value, field);
        }
        let (owner, index_of) = (self.expr(value)?, self.expr(index)?);
        let text = format!("{}[{}]", owner.within(ATOM), index_of.text);
        let (words, entries, owned) = (owner.words, owner.entries.clone(), owner.within(ATOM));
        match (owner.ty, index_of.ty) {
            (Ty::List(inner), Ty::Int) if index_of.text == "-1" => {
                Ok(Value { words, entries, ..Value::new(format!("last({})", owner.text), *inner) })
            }
            (Ty::List(_), Ty::Int) if index_of.text.starts_with('-') => {
                Err(format!("`{}[{}]` counts from the end", shown(value), index_of.text))
            }
            (Ty::List(inner), Ty::Int) => Ok(Value { words, entries, ..Value::new(text, *inner) }),
            (Ty::Map, Ty::Str) => {
                let field = match index {
                    Expr::Str(field) => owner.entries.get(field).copied(),
                    _ => Some(Words::of_all(owner.entries.values().copied())),
                };
                let words = field.unwrap_or_default();
                Ok(Value { words, ..entry(owned, index_of.text) })
            }
            (Ty::Output, _) => match index {
                Expr::Str(field) => self.field(value, field),
                _ => Err(format!("`{}[…]` has no counterpart", shown(value))),
            },
            _ => Err(format!("`{}[…]` has no counterpart", shown(value))),
        }
    }

    /// The names of a group's hosts.
    fn group(&mut self, name: &str) -> Result<Value, Reason> {
        let selector = if name == "all" { String::from("all") } else { super::pattern::group(name) };
        let declared = self.declare(&selector, &format!("{name}-hosts"));
        Ok(Value::new(format!("[h.name for h in {declared}]"), Ty::List(Box::new(Ty::Str))))
    }

    fn declare(&mut self, selector: &str, wanted: &str) -> String {
        if let Some((name, _)) = self.hosts.iter().find(|(_, known)| known == &format!("hosts = {selector}")) {
            return name.clone();
        }
        let name = self.names.free(wanted, true);
        self.hosts.push((name.clone(), format!("hosts = {selector}")));
        name
    }

    fn list(&mut self, items: &[Expr]) -> Result<Value, Reason> {
        let values = items.iter().map(|item| self.expr(item)).collect::<Result<Vec<Value>, Reason>>()?;
        list_of(&values)
    }

    fn filter(&mut self, value: &Expr, name: &str, arguments: &[Expr]) -> Result<Value, Reason> {
        let short = name.rsplit('.').next().unwrap_or(name);
        if matches!(short, "default" | "d") {
            return self.default(value, arguments);
        }
        let inner = self.compared(value)?;
        let inner = match inner.origin {
            Origin::Os if short == "lower" => return Ok(Value { origin: Origin::OsInSmallLetters, ..inner }),
            Origin::Memory if short == "int" => return Ok(inner),
            Origin::Printed if short == "trim" => Value { origin: Origin::Elsewhere, ..inner },
            _ => inner.settled()?,
        };
        let text = inner.text.clone();
        let argument = |this: &mut Self, at: usize, fallback: &str| match arguments.get(at) {
            Some(argument) => Ok(this.expr(argument)?.text),
            None => Ok::<String, Reason>(quoted(fallback)),
        };
        let strings = || Ty::List(Box::new(Ty::Str));
        let found = match (short, &inner.ty) {
            ("int", _) if !arguments.is_empty() => {
                return Err(String::from("`int` with a default has no counterpart"));
            }
            ("int", Ty::Int) | ("string", Ty::Str) | ("bool", Ty::Bool) | ("list", Ty::List(_)) => return Ok(inner),
            ("mandatory", _) | ("quote", Ty::Str) => return Ok(Value { words: Words::One, ..inner }),
            ("int", Ty::Str) => Value::new(format!("int({text})"), Ty::Int),
            ("string", Ty::Int | Ty::Bool) => Value::new(Text(vec![inner.piece()?]).quoted(), Ty::Str),
            ("bool", Ty::Str) => return Ok(inner.is_yes()),
            ("length" | "count", Ty::List(_)) => Value::new(format!("len({text})"), Ty::Int),
            ("length" | "count", Ty::Str) if inner.is_of_inventory() => {
                return Err(format!("the length of `{text}`: whether the inventory has a text or a list is not known"));
            }
            ("length" | "count", Ty::Str) => Value { ty: Ty::Length, ..inner },
            ("join", Ty::List(of)) if **of == Ty::Str => {
                let separator = argument(self, 0, "")?;
                let joined = Value::new(format!("join({text}, {separator})"), Ty::Str);
                let (origin, words) = match (separator.as_str(), inner.words) {
                    ("\" \"", Words::One) => (Origin::Joined(text), Words::Spaced),
                    ("\" \"", words) => (Origin::Elsewhere, words.or(Words::Spaced)),
                    (_, words) => (Origin::Elsewhere, words),
                };
                Value { origin, words, ..joined }
            }
            ("trim", Ty::Str) => Value::new(format!("trim({text})"), Ty::Str),
            ("split", Ty::Str) => Value::new(format!("split({text}, {})", argument(self, 0, " ")?), strings()),
            ("replace", Ty::Str) if arguments.len() == 2 => {
                let (from, to) = (argument(self, 0, "")?, argument(self, 1, "")?);
                Value::new(format!("replace({text}, {from}, {to})"), Ty::Str)
            }
            ("first" | "last", Ty::List(of)) => {
                let entries = inner.entries.clone();
                Value { words: inner.words, entries, ..Value::new(format!("{short}({text})"), (**of).clone()) }
            }
            ("basename", Ty::Str) => Value::new(format!("file-name({text})"), Ty::Str),
            ("dirname", Ty::Str) => Value::new(format!("parent({text})"), Ty::Str),
            ("b64decode", Ty::Slurp) => Value { ty: Ty::Str, ..inner },
            ("b64decode", Ty::Printed) => Value { ty: Ty::Str, origin: Origin::Printed, ..inner },
            ("from_yaml" | "from_json", _) => {
                let read = short.replace('_', "-");
                return Err(format!("`{short}`: declare a `type` of what it is, and write `{read}(…) as List[…]`"));
            }
            ("map" | "select" | "selectattr" | "reject" | "rejectattr", _) => {
                return Err(format!("the filter `{short}`: write `[x.name for x in xs if x.ok]`"));
            }
            _ => return Err(format!("the filter `{name}` has no counterpart here")),
        };
        Ok(found)
    }

    /// A value of the inventory may be missing; everything else is there.
    fn default(&mut self, value: &Expr, arguments: &[Expr]) -> Result<Value, Reason> {
        if matches!(arguments.first(), Some(Expr::Name(name)) if name == "omit") {
            return Err(String::from("an argument that may be left out, by `default(omit)`"));
        }
        if arguments.len() > 1 {
            return Err(String::from("`default` with more than a value: `default(x, true)` replaces empty texts too"));
        }
        let inner = self.compared(value)?;
        let (map, key) = match &inner.origin {
            Origin::Variable(key) => (self.of_host("vars"), key.clone()),
            Origin::Entry(map, key) => (map.clone(), key.clone()),
            _ => return Ok(inner),
        };
        let fallback = match arguments.first() {
            None => Value::new("\"\"", Ty::Str),
            Some(argument) => self.expr(argument)?,
        };
        let words = inner.words.or(fallback.words);
        let fallback = match fallback.ty {
            Ty::Str => fallback.text,
            Ty::Bool if matches!(fallback.text.as_str(), "true" | "false") => quoted(python(fallback.text == "true")),
            Ty::Int if fallback.rank == ATOM => quoted(&fallback.text),
            _ => return Err(String::from("a variable of the inventory is a text, and its default is none")),
        };
        Ok(Value {
            origin: Origin::Inventory,
            words,
            ..Value::new(format!("get({map}, {key}, {fallback})"), Ty::Str)
        })
    }

    fn test(&mut self, value: &Expr, name: &str) -> Result<Value, Reason> {
        match name {
            "defined" | "undefined" => {
                let is_lost = matches!(value, Expr::Name(name) if matches!(self.scope.get(name), Some(Known::Lost(_))));
                let inner = self.compared(value)?;
                let defined = match &inner.origin {
                    Origin::Variable(key) if !is_lost => {
                        Value::ranked(format!("{key} in {}", self.of_host("vars")), Ty::Bool, COMPARE)
                    }
                    Origin::Entry(map, key) => Value::ranked(format!("{key} in {map}"), Ty::Bool, COMPARE),
                    _ => Value::new("true", Ty::Bool),
                };
                Ok(if name == "defined" { defined } else { negation(&defined) })
            }
            "failed" | "failure" | "succeeded" | "success" => {
                let inner = self.expr(value)?;
                if inner.ty != Ty::Output {
                    return Err(format!("whether `{}` failed is not known in flow", shown(value)));
                }
                let failure = self.failure(&inner)?;
                Ok(if name.starts_with("succ") { negation(&failure) } else { failure })
            }
            "changed" | "change" => Err(format!("whether `{}` changed something is not known in flow", shown(value))),
            _ => Err(format!("the test `is {name}` has no counterpart")),
        }
    }

    /// Whether a command failed: as its `failed_when` says, or by its exit status.
    fn failure(&self, output: &Value) -> Result<Value, Reason> {
        match self.scope.failure(&output.text) {
            Some(Ok(condition)) if condition == "false" => Ok(Value::new("false", Ty::Bool)),
            Some(Ok(condition)) => Ok(Value::ranked(condition.clone(), Ty::Bool, OR)),
            Some(Err(why)) => Err(why.clone()),
            None => Ok(Value::ranked(format!("not {}.ok", output.within(ATOM)), Ty::Bool, NOT)),
        }
    }

    fn binary(&mut self, op: Op, left: &Expr, right: &Expr) -> Result<Value, Reason> {
        let compares =
            matches!(op, Op::In | Op::NotIn | Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge);
        let (left, right) = match compares {
            true => (self.compared(left)?.read()?, self.compared(right)?.read()?),
            false => (self.expr(left)?, self.expr(right)?),
        };
        match op {
            Op::Or | Op::And => {
                let (left, right) = (left.truth()?, right.truth()?);
                let (word, rank) = if op == Op::Or { ("or", OR) } else { ("and", AND) };
                let text = format!("{} {word} {}", left.within(rank), right.within(rank));
                Ok(Value::ranked(text, Ty::Bool, rank))
            }
            Op::In => contained(&left, &right),
            Op::NotIn => Ok(negation(&contained(&left, &right)?)),
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => compared(op, left, right),
            Op::Concat => {
                let pieces = [left.piece()?, right.piece()?].into();
                Ok(Value::new(Text(pieces).quoted(), Ty::Str))
            }
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem => arithmetic(op, &left, &right),
        }
    }
}

/// What to ask for in the place of a fact.
fn instead(fact: &str) -> &'static str {
    match fact {
        "os_family" => ": ask for each `ansible_distribution` that is meant",
        "kernel" => ": register what `uname -r` prints",
        "hostname" | "nodename" => ": register what `uname -n` prints",
        "fqdn" => ": register what `hostname -f` prints",
        "processor_cores" | "processor_count" => ": `here.cores` is `ansible_processor_vcpus`",
        _ if fact.starts_with("distribution_") => ": register what is in `/etc/os-release`",
        _ => "",
    }
}

/// A value of a map.
fn entry(map: String, key: String) -> Value {
    let value = Value::new(format!("{map}[{key}]"), Ty::Str);
    Value { origin: Origin::Entry(map, key), ..value }
}

/// How an expression stands in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// As a word.
    Alone,
    /// Beside other letters of a word.
    Within,
    Quoted,
}

impl Stands {
    /// Between what stands before and what follows.
    pub(super) fn of(quote: Option<char>, before: &[Piece], behind: Option<&Part>) -> Self {
        let ends = match before.last() {
            Some(Piece::Written(text)) => text.ends_with(|c: char| c.is_whitespace() || "&|;()<>".contains(c)),
            Some(Piece::Splice(_)) => false,
            None => true,
        };
        let begins = match behind {
            Some(Part::Text(text)) => text.starts_with(|c: char| c.is_whitespace() || "&|;()<>".contains(c)),
            Some(Part::Expr(_)) => false,
            None => true,
        };
        match (quote, ends && begins) {
            (Some(_), _) => Stands::Quoted,
            (None, true) => Stands::Alone,
            (None, false) => Stands::Within,
        }
    }
}

/// What quote is open behind a text of a shell.
fn quote_after(mut quote: Option<char>, text: &str) -> Option<char> {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => drop(chars.next()),
            (Some('"'), '"') => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            _ => {}
        }
    }
    quote
}

/// An expression as it is spoken of.
fn shown(expr: &Expr) -> String {
    match expr {
        Expr::Name(name) => name.clone(),
        Expr::Attr(value, field) => format!("{}.{field}", shown(value)),
        Expr::Index(value, _) => format!("{}[…]", shown(value)),
        Expr::Call(value) => format!("{}(…)", shown(value)),
        Expr::Filter(value, name, _) => format!("{} | {name}", shown(value)),
        Expr::Str(text) => format!("'{text}'"),
        _ => String::from("…"),
    }
}
