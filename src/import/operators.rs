//! Operators between values, whose types have to fit in flow.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::code::quoted;
use super::jinja::Op;
use super::scope::{Ty, Words};
use super::value::{ATOM, COMPARE, NOT, Origin, PRODUCT, Reason, SUM, Value};

pub(super) fn list_of(values: &[Value]) -> Result<Value, Reason> {
    let ty = values.first().map_or(Ty::Str, |first| first.ty.clone());
    if values.iter().any(|value| value.ty != ty) {
        return Err(String::from("a list of values of different types"));
    }
    let texts: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
    let words = Words::of_all(values.iter().map(|value| value.words));
    let mut entries: BTreeMap<String, Words> = BTreeMap::new();
    for (key, words) in values.iter().flat_map(|value| value.entries.iter()) {
        let most = entries.get(key).map_or(*words, |known| known.or(*words));
        entries.insert(key.clone(), most);
    }
    let list = Value::new(format!("[{}]", texts.join(", ")), Ty::List(Box::new(ty)));
    Ok(Value { words, entries: Rc::new(entries), ..list })
}

pub(super) fn negation(value: &Value) -> Value {
    match value.text.strip_prefix("not ") {
        Some(inner) if value.rank == NOT => Value::new(inner, Ty::Bool),
        _ if value.text == "true" => Value::new("false", Ty::Bool),
        _ if value.text == "false" => Value::new("true", Ty::Bool),
        _ => Value::ranked(format!("not {}", value.within(COMPARE + 1)), Ty::Bool, NOT),
    }
}

pub(super) fn contained(left: &Value, right: &Value) -> Result<Value, Reason> {
    if right.is_of_inventory() {
        return Err(format!("what is in `{}`: whether the inventory has a text or a list is not known", right.text));
    }
    if left.is_system() {
        return Err(String::from("which distribution it is among others: compare it with each"));
    }
    let text = match &right.ty {
        Ty::Str => return Ok(Value::new(format!("contains({}, {})", right.text, left.text), Ty::Bool)),
        Ty::List(of) if **of == left.ty => format!("{} in {}", left.within(SUM), right.within(SUM)),
        Ty::Map if left.ty == Ty::Str => format!("{} in {}", left.within(SUM), right.within(SUM)),
        _ => return Err(format!("`{}` cannot be in `{}`", left.text, right.text)),
    };
    Ok(Value::ranked(text, Ty::Bool, COMPARE))
}

pub(super) fn compared(op: Op, left: Value, right: Value) -> Result<Value, Reason> {
    let sign = match op {
        Op::Eq => "==",
        Op::Ne => "!=",
        Op::Lt => "<",
        Op::Le => "<=",
        Op::Gt => ">",
        _ => ">=",
    };
    if left.ty == Ty::Length {
        let is_empty = match (op, right.text.as_str()) {
            (Op::Eq, "0") | (Op::Lt, "1") => "==",
            (Op::Ne | Op::Gt, "0") | (Op::Ge, "1") => "!=",
            _ => return Err(String::from("the length of a text is not known in flow")),
        };
        return Ok(Value::ranked(format!("{} {is_empty} \"\"", left.within(SUM)), Ty::Bool, COMPARE));
    }
    if left.is_system() || right.is_system() {
        return is_system(op, &left, &right);
    }
    let (left, right) = alike(op, left, right)?;
    Ok(Value::ranked(format!("{} {sign} {}", left.within(SUM), right.within(SUM)), Ty::Bool, COMPARE))
}

/// The identifiers in an os-release file of a distribution by the name that Ansible gives it; none where it is not known.
/// What compares small letters is given the name in small letters.
pub(super) fn os_names(name: &str, in_small_letters: bool) -> Option<&'static [&'static str]> {
    const NAMES: &[(&str, &[&str])] = &[
        // Ansible takes one for the other.
        ("Debian", &["debian", "raspbian"]),
        ("Ubuntu", &["ubuntu"]),
        ("Fedora", &["fedora"]),
        ("CentOS", &["centos"]),
        ("RedHat", &["rhel"]),
        ("Rocky", &["rocky"]),
        ("AlmaLinux", &["almalinux"]),
        ("OracleLinux", &["ol"]),
        ("Amazon", &["amzn"]),
        ("Archlinux", &["arch"]),
        ("Alpine", &["alpine"]),
        ("Gentoo", &["gentoo"]),
        ("SLES", &["sles"]),
        ("Kali", &["kali"]),
    ];
    let is = |known: &str| known == name || in_small_letters && known.to_lowercase() == name;
    let is_spelt = |known: &str| is(known) && (!in_small_letters || name.to_lowercase() == name);
    NAMES.iter().find(|(known, _)| is_spelt(known)).map(|(_, ids)| *ids)
}

/// Whether a host's operating system is the one of a name.
fn is_system(op: Op, left: &Value, right: &Value) -> Result<Value, Reason> {
    let (system, name) = if left.is_system() { (left, right) } else { (right, left) };
    let names = name.literal().and_then(|text| os_names(text, system.origin == Origin::OsInSmallLetters));
    let names = names.ok_or_else(|| format!("the distribution {} is not known by another name", name.text))?;
    let sign = match op {
        Op::Eq => "==",
        Op::Ne => "!=",
        _ => return Err(String::from("distributions have no order")),
    };
    if let [only] = names {
        return Ok(Value::ranked(format!("{} {sign} {}", system.text, quoted(only)), Ty::Bool, COMPARE));
    }
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let one_of = Value::ranked(format!("{} in [{}]", system.text, names.join(", ")), Ty::Bool, COMPARE);
    Ok(if op == Op::Eq { one_of } else { negation(&one_of) })
}

/// Both sides by one type: Jinja compares what it is given, flow what fits.
pub(super) fn alike(op: Op, left: Value, right: Value) -> Result<(Value, Value), Reason> {
    let is_equality = matches!(op, Op::Eq | Op::Ne);
    match (&left.ty, &right.ty) {
        (left_ty, right_ty) if left_ty == right_ty && !matches!(left_ty, Ty::Output | Ty::Map) => Ok((left, right)),
        (Ty::Str, Ty::Int) if is_equality && right.rank == ATOM && right.text.parse::<i64>().is_ok() => {
            let text = quoted(&right.text);
            Ok((left, Value::new(text, Ty::Str)))
        }
        (Ty::Str, Ty::Int) => Ok((Value::new(format!("int({})", left.text), Ty::Int), right)),
        (Ty::Int, Ty::Str) => {
            let right = match right.literal().map(str::parse::<i64>) {
                Some(Ok(number)) => Value::new(number.to_string(), Ty::Int),
                _ => Value::new(format!("int({})", right.text), Ty::Int),
            };
            Ok((left, right))
        }
        (Ty::Str, Ty::Bool) if left.may_be_truth() => Ok((left.is_yes(), right)),
        (Ty::Bool, Ty::Str) if right.may_be_truth() => Ok((left, right.is_yes())),
        (Ty::Stat, Ty::Bool) => Ok((left.truth()?, right)),
        (Ty::Bool, Ty::Stat) => Ok((left, right.truth()?)),
        _ => Err(format!("`{}` and `{}` cannot be compared", left.text, right.text)),
    }
}

pub(super) fn arithmetic(op: Op, left: &Value, right: &Value) -> Result<Value, Reason> {
    let (sign, rank) = match op {
        Op::Add => ("+", SUM),
        Op::Sub => ("-", SUM),
        Op::Mul => ("*", PRODUCT),
        Op::Div => ("/", PRODUCT),
        _ => ("%", PRODUCT),
    };
    let fits = match (&left.ty, &right.ty) {
        (Ty::Int, Ty::Int) => op != Op::Div,
        (Ty::Str, Ty::Str) | (Ty::List(_), Ty::List(_)) => op == Op::Add && left.ty == right.ty,
        _ => false,
    };
    if !fits {
        return Err(format!("`{} {sign} {}` has no counterpart", left.text, right.text));
    }
    let text = format!("{} {sign} {}", left.within(rank), right.within(rank + 1));
    // Python's rest is never negative, flow's is where the number is.
    let is_positive =
        left.text.starts_with(|c: char| c.is_ascii_digit()) && left.rank == ATOM || left.text.starts_with("len(");
    let text =
        if op == Op::Rem && !is_positive { format!("({text} + {0}) % {0}", right.within(rank + 1)) } else { text };
    Ok(Value::ranked(text, left.ty.clone(), rank))
}
