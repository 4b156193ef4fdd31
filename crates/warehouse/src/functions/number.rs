//! Division, remainders and logarithms: GoogleSQL stops where the engine goes on.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::cast::{as_float64_array, as_int64_array};
use datafusion::error::Result;

use super::{Args, Definition, failed, refused};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "bq_divide",
        coerce: floats,
        returns: float,
        run: divide,
    },
    Definition {
        name: "bq_safe_divide",
        coerce: floats,
        returns: float,
        run: safe_divide,
    },
    Definition {
        name: "bq_div",
        coerce: integers,
        returns: integer,
        run: div,
    },
    Definition {
        name: "bq_mod",
        coerce: integers,
        returns: integer,
        run: modulo,
    },
    Definition {
        name: "bq_sqrt",
        coerce: floats,
        returns: float,
        run: sqrt,
    },
    Definition {
        name: "bq_ln",
        coerce: floats,
        returns: float,
        run: ln,
    },
    Definition {
        name: "bq_log10",
        coerce: floats,
        returns: float,
        run: log10,
    },
    Definition {
        name: "bq_log",
        coerce: floats,
        returns: float,
        run: log,
    },
];

fn floats(types: &[DataType]) -> Result<Vec<DataType>> {
    for given in types {
        if !given.is_numeric() && !given.is_null() {
            return Err(refused(format!(
                "expected a number, not {given}; cast it to FLOAT64"
            )));
        }
    }
    Ok(vec![DataType::Float64; types.len()])
}

fn float(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Float64)
}

fn integers(types: &[DataType]) -> Result<Vec<DataType>> {
    for given in types {
        if !given.is_integer() && !given.is_null() {
            return Err(refused(format!(
                "expected INT64, not {given}; cast it to INT64"
            )));
        }
    }
    Ok(vec![DataType::Int64; types.len()])
}

fn integer(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Int64)
}

fn floats_by(args: &Args, compute: impl Fn(f64, f64) -> Result<Option<f64>>) -> Result<ArrayRef> {
    let (left, right) = (args.array(0)?, args.array(1)?);
    let (left, right) = (as_float64_array(&left)?, as_float64_array(&right)?);
    let mut out = Float64Array::builder(left.len());
    for pair in left.iter().zip(right.iter()) {
        out.append_option(match pair {
            (Some(a), Some(b)) => compute(a, b)?,
            _ => None,
        });
    }
    Ok(Arc::new(out.finish()))
}

fn divide(args: &Args) -> Result<ArrayRef> {
    floats_by(args, |a, b| match b == 0.0 {
        true => Err(failed(
            "division by zero: use SAFE_DIVIDE(x, y) to get null instead",
        )),
        false => Ok(Some(a / b)),
    })
}

fn safe_divide(args: &Args) -> Result<ArrayRef> {
    floats_by(args, |a, b| Ok((b != 0.0).then(|| a / b)))
}

fn integers_by(args: &Args, name: &str, compute: fn(i64, i64) -> Option<i64>) -> Result<ArrayRef> {
    let (left, right) = (args.array(0)?, args.array(1)?);
    let (left, right) = (as_int64_array(&left)?, as_int64_array(&right)?);
    let mut out = Int64Array::builder(left.len());
    for pair in left.iter().zip(right.iter()) {
        out.append_option(match pair {
            (Some(_), Some(0)) => {
                return Err(failed(format!(
                    "{name}: division by zero; use NULLIF(y, 0)"
                )));
            }
            (Some(a), Some(b)) => {
                Some(compute(a, b).ok_or_else(|| failed(format!("{name}: {a} and {b} overflow")))?)
            }
            _ => None,
        });
    }
    Ok(Arc::new(out.finish()))
}

fn div(args: &Args) -> Result<ArrayRef> {
    integers_by(args, "DIV", i64::checked_div)
}

fn modulo(args: &Args) -> Result<ArrayRef> {
    integers_by(args, "MOD", |a, b| Some(a.wrapping_rem(b)))
}

fn unary(args: &Args, name: &str, allowed: fn(f64) -> bool, f: fn(f64) -> f64) -> Result<ArrayRef> {
    let values = args.array(0)?;
    let mut out = Float64Array::builder(values.len());
    for value in as_float64_array(&values)?.iter() {
        out.append_option(match value {
            // not a number stays so
            Some(x) if !allowed(x) && !x.is_nan() => {
                return Err(failed(format!("{name} is not defined for {x}")));
            }
            other => other.map(f),
        });
    }
    Ok(Arc::new(out.finish()))
}

fn sqrt(args: &Args) -> Result<ArrayRef> {
    unary(args, "SQRT", |x| x >= 0.0, f64::sqrt)
}

fn ln(args: &Args) -> Result<ArrayRef> {
    unary(args, "LN", |x| x > 0.0, f64::ln)
}

fn log10(args: &Args) -> Result<ArrayRef> {
    unary(args, "LOG10", |x| x > 0.0, f64::log10)
}

/// `LOG(x)` is natural, `LOG(x, y)` to base y.
fn log(args: &Args) -> Result<ArrayRef> {
    if args.len() == 1 {
        return unary(args, "LOG", |x| x > 0.0, f64::ln);
    }
    floats_by(args, |x, base| {
        if x <= 0.0 || base <= 0.0 || base == 1.0 {
            return Err(failed(format!("LOG is not defined for {x} to base {base}")));
        }
        Ok(Some(x.ln() / base.ln()))
    })
}
