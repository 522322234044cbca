//! Operators and elements: functions of values alone.

use super::failure::Failure;
use super::value::Value;
use crate::diagnostic::Code;
use crate::syntax::ast::{BinaryOp, Comparison};

pub(super) fn element(value: &Value, index: &Value) -> Result<Value, Failure> {
    match (value, index) {
        (Value::List(items), Value::Int(at)) => {
            let found = usize::try_from(*at).ok().and_then(|at| items.get(at));
            found.cloned().ok_or_else(|| {
                Failure::step(Code::R0803, format!("the list has {} elements, and none at {at}", items.len()))
            })
        }
        (Value::Map(entries), Value::Str(key)) => entries.get(&**key).cloned().ok_or_else(|| {
            let names: Vec<&str> = entries.keys().map(String::as_str).collect();
            Failure::step(Code::R0803, format!("there is no entry `{key}`"))
                .note(format!("known are {}", crate::diagnostic::list(&names)))
                .help(format!("give a fallback: `get(…, \"{key}\", …)`"))
        }),
        _ => Ok(Value::Unknown),
    }
}

pub(super) fn operate(op: BinaryOp, left: Value, right: Value) -> Result<Value, Failure> {
    use Value::{Bool, Duration, Int, Size};
    let too_large = || Failure::step(Code::R0803, "the result is out of range");
    Ok(match (op, left, right) {
        (BinaryOp::And | BinaryOp::Or, _, right) => right,
        (BinaryOp::Compare(Comparison::Eq), left, right) => Bool(left == right),
        (BinaryOp::Compare(Comparison::Ne), left, right) => Bool(left != right),
        (BinaryOp::Compare(op), left, right) => Bool(in_order(op, &left, &right)),
        (BinaryOp::In, left, Value::List(items)) => Bool(items.contains(&left)),
        (BinaryOp::In, Value::Str(key), Value::Map(entries)) => Bool(entries.contains_key(&*key)),
        (BinaryOp::Add, Value::Str(a), Value::Str(b)) => Value::text(format!("{a}{b}")),
        (BinaryOp::Add, Value::List(a), Value::List(b)) => Value::list(a.iter().chain(b.iter()).cloned().collect()),
        (BinaryOp::Div | BinaryOp::Rem, _, Int(0) | Duration(0) | Size(0)) => {
            return Err(Failure::step(Code::R0803, "division by zero"));
        }
        (op, Int(a), Int(b)) => Int(whole(op, a, b).ok_or_else(too_large)?),
        (BinaryOp::Div, Duration(a), Duration(b)) | (BinaryOp::Div, Size(a), Size(b)) => {
            Int(i64::try_from(a / b).map_err(|_| too_large())?)
        }
        (op, Duration(a), Duration(b)) => Duration(natural(op, a, b).ok_or_else(too_large)?),
        (op, Size(a), Size(b)) => Size(natural(op, a, b).ok_or_else(too_large)?),
        (op, Duration(a), Int(b)) | (op @ BinaryOp::Mul, Int(b), Duration(a)) => {
            Duration(u64::try_from(b).ok().and_then(|b| natural(op, a, b)).ok_or_else(too_large)?)
        }
        (op, Size(a), Int(b)) | (op @ BinaryOp::Mul, Int(b), Size(a)) => {
            Size(u64::try_from(b).ok().and_then(|b| natural(op, a, b)).ok_or_else(too_large)?)
        }
        _ => Value::Unknown,
    })
}

fn whole(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Div => a.checked_div(b),
        _ => a.checked_rem(b),
    }
}

fn natural(op: BinaryOp, a: u64, b: u64) -> Option<u64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Div => a.checked_div(b),
        _ => a.checked_rem(b),
    }
}

fn in_order(op: Comparison, left: &Value, right: &Value) -> bool {
    let ordering = match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) | (Value::Size(a), Value::Size(b)) => a.cmp(b),
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        _ => return false,
    };
    match op {
        Comparison::Lt => ordering.is_lt(),
        Comparison::Le => ordering.is_le(),
        Comparison::Gt => ordering.is_gt(),
        Comparison::Ge => ordering.is_ge(),
        Comparison::Eq => ordering.is_eq(),
        Comparison::Ne => ordering.is_ne(),
    }
}
