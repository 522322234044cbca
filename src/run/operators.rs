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
    let wide = |op, a: i128, b: i128| arithmetic(op, a, b).ok_or_else(too_large);
    let whole = |value: i128| i64::try_from(value).map_err(|_| too_large());
    let natural = |value: i128| u64::try_from(value).map_err(|_| too_large());
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
        (op, Int(a), Int(b)) => Int(whole(wide(op, a.into(), b.into())?)?),
        (BinaryOp::Div, Duration(a), Duration(b)) | (BinaryOp::Div, Size(a), Size(b)) => Int(whole((a / b).into())?),
        (op, Duration(a), Duration(b)) => Duration(natural(wide(op, a.into(), b.into())?)?),
        (op, Size(a), Size(b)) => Size(natural(wide(op, a.into(), b.into())?)?),
        (op, Duration(a), Int(b)) | (op @ BinaryOp::Mul, Int(b), Duration(a)) => {
            Duration(natural(wide(op, a.into(), b.into())?)?)
        }
        (op, Size(a), Int(b)) | (op @ BinaryOp::Mul, Int(b), Size(a)) => Size(natural(wide(op, a.into(), b.into())?)?),
        _ => Value::Unknown,
    })
}

/// In a width that holds any two operands of the language; whether the result fits its own type is asked afterwards.
fn arithmetic(op: BinaryOp, a: i128, b: i128) -> Option<i128> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Div => a.checked_div(b),
        BinaryOp::Rem => a.checked_rem(b),
        BinaryOp::Or | BinaryOp::And | BinaryOp::Compare(_) | BinaryOp::In => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(op: BinaryOp, left: Value, right: Value) -> Result<Value, String> {
        operate(op, left, right).map_err(|failure| failure.message)
    }

    #[test]
    fn quantities_keep_their_unit() {
        use Value::{Duration, Int, Size};
        assert_eq!(outcome(BinaryOp::Mul, Int(3), Duration(500)), Ok(Duration(1_500)));
        assert_eq!(outcome(BinaryOp::Div, Duration(30_000), Duration(1_000)), Ok(Int(30)));
        assert_eq!(outcome(BinaryOp::Sub, Size(10), Size(4)), Ok(Size(6)));
        assert_eq!(outcome(BinaryOp::Rem, Int(-7), Int(2)), Ok(Int(-1)));
    }

    #[test]
    fn what_does_not_fit_fails() {
        use Value::{Duration, Int, Size};
        let too_large = || Err("the result is out of range".to_owned());
        assert_eq!(outcome(BinaryOp::Add, Int(i64::MAX), Int(1)), too_large());
        assert_eq!(outcome(BinaryOp::Sub, Duration(1), Duration(2)), too_large());
        assert_eq!(outcome(BinaryOp::Mul, Size(u64::MAX), Int(-1)), too_large());
        assert_eq!(outcome(BinaryOp::Div, Int(i64::MIN), Int(-1)), too_large());
        assert_eq!(outcome(BinaryOp::Div, Int(1), Int(0)), Err("division by zero".to_owned()));
    }
}
