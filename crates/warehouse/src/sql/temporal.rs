//! Dates and times.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DataType, DateTimeField, Expr, Interval, TimezoneInfo, Value, ValueWithSpan,
};

use super::build::{self, binary, cast, number, text};
use super::call::Call;
use crate::{Error, Result};

const TIMESTAMP: DataType = DataType::Timestamp(None, TimezoneInfo::None);

/// The session's day.
#[expect(clippy::needless_pass_by_value, reason = "every rewrite has this form")]
pub(super) fn current_date(call: Call) -> Result<Expr> {
    if let Some(zone) = call.args.first() {
        utc(&call, zone)?;
    }
    Ok(cast(text(&call.as_of.to_string()), DataType::Date))
}

/// The session's day, its first instant.
#[expect(clippy::needless_pass_by_value, reason = "every rewrite has this form")]
pub(super) fn current_timestamp(call: Call) -> Result<Expr> {
    Ok(cast(text(&format!("{}T00:00:00Z", call.as_of)), TIMESTAMP))
}

/// `DATE(x)`, `DATE(ts, 'UTC')`, `DATE(year, month, day)`
pub(super) fn date(mut call: Call) -> Result<Expr> {
    let mut args = std::mem::take(&mut call.args);
    match args.len() {
        3 => Ok(build::call("bq_make_date", args)),
        2 => {
            utc(&call, &args[1])?;
            Ok(cast(args.swap_remove(0), DataType::Date))
        }
        _ => Ok(cast(args.swap_remove(0), DataType::Date)),
    }
}

pub(super) fn timestamp(call: Call) -> Result<Expr> {
    Ok(cast(call.only()?, TIMESTAMP))
}

pub(super) fn datetime(call: Call) -> Result<Expr> {
    Ok(cast(call.only()?, DataType::Datetime(None)))
}

/// `DATE_ADD`, `DATE_SUB`, `TIMESTAMP_ADD`, `TIMESTAMP_SUB`
pub(super) fn add(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    let Ok([from, Expr::Interval(interval)]) = <[Expr; 2]>::try_from(args) else {
        return Err(call.wrong("write the second argument as INTERVAL n DAY"));
    };
    let (amount, unit) = parts(interval)?;
    let amount = match call.name.ends_with("SUB") {
        true => negated(amount),
        false => amount,
    };
    let name = match call.name.starts_with("DATE") {
        true => "bq_date_add",
        false => "bq_timestamp_add",
    };
    Ok(build::call(name, vec![from, amount, text(&unit)]))
}

/// `x + INTERVAL n DAY`
pub(super) fn plus_interval(from: Expr, interval: Interval, sign: i64) -> Result<Expr> {
    let (amount, unit) = parts(interval)?;
    let amount = if sign < 0 { negated(amount) } else { amount };
    Ok(build::call(
        "bq_plus_interval",
        vec![from, amount, text(&unit)],
    ))
}

/// `DATE_DIFF`, `DATE_TRUNC` and their TIMESTAMP forms: the last argument is a part.
pub(super) fn with_unit(mut call: Call) -> Result<Expr> {
    let mut args = std::mem::take(&mut call.args);
    let unit = args.pop().and_then(|unit| part(&unit)).ok_or_else(|| {
        call.wrong("the last argument is a part such as DAY, WEEK(MONDAY), MONTH or YEAR")
    })?;
    args.push(text(&unit));
    let name = format!("bq_{}", call.name.to_lowercase());
    Ok(build::call(&name, args))
}

pub(super) fn last_day(mut call: Call) -> Result<Expr> {
    if call.args.len() == 1 {
        call.args.push(Expr::Identifier("month".into()));
    }
    with_unit(call)
}

/// `EXTRACT(part FROM x)`
pub(super) fn extract(field: &DateTimeField, from: Expr) -> Result<Expr> {
    let unit = field.to_string().to_uppercase();
    if unit == "DATE" {
        return Ok(cast(from, DataType::Date));
    }
    Ok(build::call("bq_extract", vec![from, text(&unit)]))
}

fn negated(amount: Expr) -> Expr {
    binary(
        number(0),
        BinaryOperator::Minus,
        Expr::Nested(Box::new(amount)),
    )
}

/// How many of what.
fn parts(interval: Interval) -> Result<(Expr, String)> {
    let Interval {
        value,
        leading_field: Some(unit),
        last_field: None,
        ..
    } = interval
    else {
        return Err(Error::Sql(
            "write intervals as INTERVAL n DAY, one part only".to_owned(),
        ));
    };
    Ok((*value, unit.to_string().to_uppercase()))
}

/// A date part written as an argument: `DAY`, `WEEK(MONDAY)`.
fn part(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(ident.value.to_uppercase()),
        Expr::Function(function) => match Call::arguments(function).as_slice() {
            [Expr::Identifier(day)] if function.name.to_string().eq_ignore_ascii_case("week") => {
                Some(format!("WEEK({})", day.value.to_uppercase()))
            }
            _ => None,
        },
        _ => None,
    }
}

fn utc(call: &Call, zone: &Expr) -> Result<()> {
    if let Expr::Value(ValueWithSpan {
        value: Value::SingleQuotedString(zone),
        ..
    }) = zone
        && matches!(zone.as_str(), "UTC" | "Etc/UTC" | "+00:00" | "+00")
    {
        return Ok(());
    }
    Err(call.wrong("only the time zone 'UTC' is supported; days are UTC days"))
}
