//! Scalar functions that need more than another name.

use datafusion::sql::sqlparser::ast::{BinaryOperator, DataType, Expr};

use super::build::{binary, call, cast, null, number, safe_cast, text, when};
use super::call::Call;
use crate::Result;

/// `expr` as FLOAT64.
pub(super) fn float(expr: Expr) -> Expr {
    cast(expr, DataType::Float64)
}

/// `CAST` and `SAFE_CAST`; to INT64, STRING and BOOL the engine's rules differ.
pub(super) fn cast_to(expr: Expr, data_type: DataType, safe: bool) -> Expr {
    let name = match (&data_type, safe) {
        (
            DataType::Int64 | DataType::Integer(_) | DataType::Int(_) | DataType::BigInt(_),
            false,
        ) => "bq_int64",
        (DataType::Int64 | DataType::Integer(_) | DataType::Int(_) | DataType::BigInt(_), true) => {
            "bq_safe_int64"
        }
        (DataType::String(_), _) => "bq_string",
        (DataType::Bool | DataType::Boolean, false) => "bq_bool",
        (DataType::Bool | DataType::Boolean, true) => "bq_safe_bool",
        (_, false) => return cast(expr, data_type),
        (_, true) => return safe_cast(expr, data_type),
    };
    call(name, vec![expr])
}

pub(super) fn if_(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    let [condition, yes, no] = <[Expr; 3]>::try_from(args).map_err(|_| call.wrong("takes 3"))?;
    Ok(when(condition, yes, Some(no)))
}

/// `GREATEST` and `LEAST`: null if any argument is, where the engine skips nulls.
pub(super) fn null_if_any_null(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    let any_null = args
        .iter()
        .map(|arg| Expr::IsNull(Box::new(Expr::Nested(Box::new(arg.clone())))))
        .reduce(|a, b| binary(a, BinaryOperator::Or, b))
        .ok_or_else(|| call.wrong("takes at least 1 argument"))?;
    let name = call.name.to_lowercase();
    let chosen = call.to(&name, args)?;
    Ok(when(any_null, null(), Some(chosen)))
}

/// `ROUND` and `TRUNC`, over FLOAT64.
pub(super) fn round(mut call: Call) -> Result<Expr> {
    let mut args = std::mem::take(&mut call.args);
    args[0] = float(args[0].clone());
    let name = call.name.to_lowercase();
    call.to(&name, args)
}

pub(super) fn ieee_divide(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    let [left, right] = <[Expr; 2]>::try_from(args).map_err(|_| call.wrong("takes 2"))?;
    Ok(binary(float(left), BinaryOperator::Divide, float(right)))
}

/// Null if any part is, where the engine's `concat` skips nulls.
pub(super) fn concat(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    args.into_iter()
        .reduce(|a, b| binary(a, BinaryOperator::StringConcat, b))
        .ok_or_else(|| call.wrong("takes at least 1 argument"))
}

/// All matches; `\1` is a group, `$` is plain.
pub(super) fn regexp_replace(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    let [subject, pattern, by] = <[Expr; 3]>::try_from(args).map_err(|_| call.wrong("takes 3"))?;
    let by = super::build::call("replace", vec![by, text("$"), text("$$")]);
    call.to("regexp_replace", vec![subject, pattern, by, text("g")])
}

/// The first match: its group if it has one, else the whole.
pub(super) fn regexp_extract(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    let matched = call.to("regexp_match", args)?;
    Ok(super::build::call(
        "array_element",
        vec![matched, number(1)],
    ))
}

pub(super) fn split(mut call: Call) -> Result<Expr> {
    let mut args = std::mem::take(&mut call.args);
    if args.len() == 1 {
        args.push(text(","));
    }
    call.to("bq_split", args)
}
