//! Dates and timestamps: adding, counting, truncating, extracting.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Date32Array, Int64Array, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::cast::{as_date32_array, as_int64_array, as_timestamp_microsecond_array};
use datafusion::error::Result;

use super::calendar::{self, DAY, Part};
use super::{Args, Definition, failed, is_text, refused};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "bq_make_date",
        coerce: |_| Ok(vec![DataType::Int64; 3]),
        returns: date,
        run: make_date,
    },
    Definition {
        name: "bq_date_add",
        coerce: date_amount,
        returns: date,
        run: date_add,
    },
    Definition {
        name: "bq_timestamp_add",
        coerce: moment_amount,
        returns: first,
        run: timestamp_add,
    },
    Definition {
        name: "bq_plus_interval",
        coerce: any_amount,
        returns: moved,
        run: plus_interval,
    },
    Definition {
        name: "bq_date_diff",
        coerce: two_dates,
        returns: integer,
        run: date_diff,
    },
    Definition {
        name: "bq_timestamp_diff",
        coerce: two_moments,
        returns: integer,
        run: timestamp_diff,
    },
    Definition {
        name: "bq_date_trunc",
        coerce: date_unit,
        returns: date,
        run: date_trunc,
    },
    Definition {
        name: "bq_last_day",
        coerce: date_unit,
        returns: date,
        run: last_day,
    },
    Definition {
        name: "bq_timestamp_trunc",
        coerce: moment_unit,
        returns: first,
        run: timestamp_trunc,
    },
    Definition {
        name: "bq_extract",
        coerce: any_unit,
        returns: integer,
        run: extract,
    },
    Definition {
        name: "bq_unix_date",
        coerce: |t| Ok(vec![as_date("UNIX_DATE", &t[0])?]),
        returns: integer,
        run: unix_date,
    },
    Definition {
        name: "bq_unix_seconds",
        coerce: |t| Ok(vec![as_moment("UNIX_SECONDS", &t[0])?]),
        returns: integer,
        run: |args| unix(args, 1_000_000),
    },
    Definition {
        name: "bq_unix_micros",
        coerce: |t| Ok(vec![as_moment("UNIX_MICROS", &t[0])?]),
        returns: integer,
        run: |args| unix(args, 1),
    },
];

fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")))
}

/// A DATE, or a text that the engine reads as one.
pub(super) fn as_date(function: &str, given: &DataType) -> Result<DataType> {
    match given {
        DataType::Date32 => Ok(DataType::Date32),
        text if is_text(text) => Ok(DataType::Date32),
        DataType::Timestamp(_, _) => Err(refused(format!(
            "{function}: expected DATE, not TIMESTAMP or DATETIME; write DATE(x)"
        ))),
        other => Err(refused(format!("{function}: expected DATE, not {other}"))),
    }
}

/// A TIMESTAMP or DATETIME, or a text that the engine reads as one.
pub(super) fn as_moment(function: &str, given: &DataType) -> Result<DataType> {
    match given {
        DataType::Timestamp(_, zone) => {
            Ok(DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))
        }
        text if is_text(text) => Ok(utc()),
        DataType::Date32 => Err(refused(format!(
            "{function}: expected TIMESTAMP, not DATE; write TIMESTAMP(x) or use the DATE_ function"
        ))),
        other => Err(refused(format!(
            "{function}: expected TIMESTAMP, not {other}"
        ))),
    }
}

fn as_either(function: &str, given: &DataType) -> Result<DataType> {
    match given {
        DataType::Date32 => Ok(DataType::Date32),
        other => as_moment(function, other),
    }
}

fn date_amount(types: &[DataType]) -> Result<Vec<DataType>> {
    Ok(vec![
        as_date("DATE_ADD", &types[0])?,
        DataType::Int64,
        DataType::Utf8,
    ])
}
fn moment_amount(types: &[DataType]) -> Result<Vec<DataType>> {
    Ok(vec![
        as_moment("TIMESTAMP_ADD", &types[0])?,
        DataType::Int64,
        DataType::Utf8,
    ])
}
fn any_amount(types: &[DataType]) -> Result<Vec<DataType>> {
    Ok(vec![
        as_either("INTERVAL", &types[0])?,
        DataType::Int64,
        DataType::Utf8,
    ])
}
fn two_dates(types: &[DataType]) -> Result<Vec<DataType>> {
    Ok(vec![
        as_date("DATE_DIFF", &types[0])?,
        as_date("DATE_DIFF", &types[1])?,
        DataType::Utf8,
    ])
}
fn two_moments(types: &[DataType]) -> Result<Vec<DataType>> {
    let name = "TIMESTAMP_DIFF";
    Ok(vec![
        as_moment(name, &types[0])?,
        as_moment(name, &types[1])?,
        DataType::Utf8,
    ])
}
fn date_unit(types: &[DataType]) -> Result<Vec<DataType>> {
    Ok(vec![as_date("DATE_TRUNC", &types[0])?, DataType::Utf8])
}
fn moment_unit(types: &[DataType]) -> Result<Vec<DataType>> {
    Ok(vec![
        as_moment("TIMESTAMP_TRUNC", &types[0])?,
        DataType::Utf8,
    ])
}
fn any_unit(types: &[DataType]) -> Result<Vec<DataType>> {
    Ok(vec![as_either("EXTRACT", &types[0])?, DataType::Utf8])
}
fn date(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Date32)
}
fn integer(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Int64)
}
fn first(types: &[DataType]) -> Result<DataType> {
    Ok(types[0].clone())
}
/// A DATE plus an interval is a DATETIME.
fn moved(types: &[DataType]) -> Result<DataType> {
    match &types[0] {
        DataType::Date32 => Ok(DataType::Timestamp(TimeUnit::Microsecond, None)),
        other => Ok(other.clone()),
    }
}

fn part(args: &Args, index: usize, function: &str) -> Result<Part> {
    let name = args.constant(index)?;
    if name.is_empty() {
        return Ok(Part::Day);
    }
    Part::named(&name).ok_or_else(|| failed(format!("{function}: {name} is no date part")))
}

fn unfit(function: &str, part: Part, hint: &str) -> datafusion::error::DataFusionError {
    let name = part.name();
    failed(format!("{function} does not take the part {name}; {hint}"))
}

fn dates(array: &ArrayRef) -> Result<&Date32Array> {
    as_date32_array(array)
}

fn make_date(args: &Args) -> Result<ArrayRef> {
    let arrays = [args.array(0)?, args.array(1)?, args.array(2)?];
    let [y, m, d] = [
        as_int64_array(&arrays[0])?,
        as_int64_array(&arrays[1])?,
        as_int64_array(&arrays[2])?,
    ];
    let mut out = Date32Array::builder(args.rows);
    for ((y, m), d) in y.iter().zip(m.iter()).zip(d.iter()) {
        let (Some(y), Some(m), Some(d)) = (y, m, d) else {
            out.append_null();
            continue;
        };
        let day = i32::try_from(y)
            .ok()
            .zip(u32::try_from(m).ok().zip(u32::try_from(d).ok()))
            .and_then(|(y, (m, d))| chrono::NaiveDate::from_ymd_opt(y, m, d))
            .and_then(calendar::number)
            .ok_or_else(|| failed(format!("DATE: there is no day {y}-{m}-{d}")))?;
        out.append_value(day);
    }
    Ok(Arc::new(out.finish()))
}

fn date_add(args: &Args) -> Result<ArrayRef> {
    let part = part(args, 2, "DATE_ADD")?;
    if matches!(part, Part::Clock(_) | Part::IsoYear) {
        return Err(unfit(
            "DATE_ADD",
            part,
            "use TIMESTAMP_ADD for hours and less",
        ));
    }
    let (days, amounts) = (args.array(0)?, args.array(1)?);
    let mut out = Date32Array::builder(args.rows);
    for pair in dates(&days)?.iter().zip(as_int64_array(&amounts)?.iter()) {
        out.append_option(match pair {
            (Some(day), Some(amount)) => Some(
                calendar::days_later(day, amount, part)
                    .ok_or_else(|| failed("DATE_ADD: the date is out of range"))?,
            ),
            _ => None,
        });
    }
    Ok(Arc::new(out.finish()))
}

fn shifted(
    args: &Args,
    moments: &TimestampMicrosecondArray,
    part: Part,
    calendar_parts: bool,
) -> Result<TimestampMicrosecondArray> {
    let amounts = args.array(1)?;
    let range = || failed("the timestamp is out of range");
    let mut out = TimestampMicrosecondArray::builder(args.rows);
    for pair in moments.iter().zip(as_int64_array(&amounts)?.iter()) {
        let (Some(from), Some(amount)) = pair else {
            out.append_null();
            continue;
        };
        let to = match part {
            Part::Clock(size) => amount.checked_mul(size).and_then(|by| from.checked_add(by)),
            Part::Day => amount.checked_mul(DAY).and_then(|by| from.checked_add(by)),
            other if calendar_parts => {
                let day = i32::try_from(from.div_euclid(DAY)).map_err(|_| range())?;
                calendar::days_later(day, amount, other)
                    .map(|day| i64::from(day) * DAY + from.rem_euclid(DAY))
            }
            other => {
                return Err(unfit(
                    "TIMESTAMP_ADD",
                    other,
                    "use DATE_ADD(DATE(x), …) for weeks and more",
                ));
            }
        };
        out.append_value(to.ok_or_else(range)?);
    }
    Ok(out.finish())
}

fn timestamp_add(args: &Args) -> Result<ArrayRef> {
    let part = part(args, 2, "TIMESTAMP_ADD")?;
    let moments = args.array(0)?;
    let moved = shifted(args, as_timestamp_microsecond_array(&moments)?, part, false)?;
    Ok(Arc::new(moved.with_data_type(moments.data_type().clone())))
}

fn plus_interval(args: &Args) -> Result<ArrayRef> {
    let part = part(args, 2, "INTERVAL")?;
    let from = args.array(0)?;
    if from.data_type() == &DataType::Date32 {
        let moments: TimestampMicrosecondArray = dates(&from)?
            .iter()
            .map(|day| day.map(|day| i64::from(day) * DAY))
            .collect();
        return Ok(Arc::new(shifted(args, &moments, part, true)?));
    }
    // weeks, months and years have no fixed length in UTC time of day
    let moved = shifted(args, as_timestamp_microsecond_array(&from)?, part, true)?;
    Ok(Arc::new(moved.with_data_type(from.data_type().clone())))
}

fn date_diff(args: &Args) -> Result<ArrayRef> {
    let part = part(args, 2, "DATE_DIFF")?;
    if matches!(part, Part::Clock(_)) {
        return Err(unfit(
            "DATE_DIFF",
            part,
            "use TIMESTAMP_DIFF for hours and less",
        ));
    }
    let (later, earlier) = (args.array(0)?, args.array(1)?);
    let mut out = Int64Array::builder(args.rows);
    for pair in dates(&later)?.iter().zip(dates(&earlier)?.iter()) {
        out.append_option(match pair {
            (Some(a), Some(b)) => calendar::days_apart(a, b, part),
            _ => None,
        });
    }
    Ok(Arc::new(out.finish()))
}

/// Whole parts between two moments, cut off toward zero.
fn timestamp_diff(args: &Args) -> Result<ArrayRef> {
    let part = part(args, 2, "TIMESTAMP_DIFF")?;
    let size = match part {
        Part::Clock(size) => size,
        Part::Day => DAY,
        other => {
            return Err(unfit(
                "TIMESTAMP_DIFF",
                other,
                "use DATE_DIFF(DATE(x), DATE(y), …) for weeks and more",
            ));
        }
    };
    let (later, earlier) = (args.array(0)?, args.array(1)?);
    let (later, earlier) = (
        as_timestamp_microsecond_array(&later)?,
        as_timestamp_microsecond_array(&earlier)?,
    );
    let mut out = Int64Array::builder(args.rows);
    for pair in later.iter().zip(earlier.iter()) {
        out.append_option(match pair {
            (Some(a), Some(b)) => Some(
                a.checked_sub(b)
                    .ok_or_else(|| failed("TIMESTAMP_DIFF: out of range"))?
                    / size,
            ),
            _ => None,
        });
    }
    Ok(Arc::new(out.finish()))
}

fn date_trunc(args: &Args) -> Result<ArrayRef> {
    let part = part(args, 1, "DATE_TRUNC")?;
    if matches!(part, Part::Clock(_)) {
        return Err(unfit(
            "DATE_TRUNC",
            part,
            "use TIMESTAMP_TRUNC for hours and less",
        ));
    }
    let days = args.array(0)?;
    let first = dates(&days)?
        .iter()
        .map(|day| calendar::first_day(day?, part));
    Ok(Arc::new(first.collect::<Date32Array>()))
}

fn last_day(args: &Args) -> Result<ArrayRef> {
    let part = part(args, 1, "LAST_DAY")?;
    let days = args.array(0)?;
    let mut out = Date32Array::builder(args.rows);
    for day in dates(&days)?.iter() {
        let Some(day) = day else {
            out.append_null();
            continue;
        };
        // the first day of the next part, less one
        let last = calendar::first_day(day, part)
            .and_then(|first| calendar::days_later(first, 1, part))
            .ok_or_else(|| unfit("LAST_DAY", part, "use WEEK, MONTH, QUARTER or YEAR"))?;
        out.append_value(last - 1);
    }
    Ok(Arc::new(out.finish()))
}

fn timestamp_trunc(args: &Args) -> Result<ArrayRef> {
    let part = part(args, 1, "TIMESTAMP_TRUNC")?;
    let moments = args.array(0)?;
    let truncated: TimestampMicrosecondArray = as_timestamp_microsecond_array(&moments)?
        .iter()
        .map(|moment| {
            let moment = moment?;
            match part {
                Part::Clock(size) => Some(moment.div_euclid(size) * size),
                other => {
                    let day = i32::try_from(moment.div_euclid(DAY)).ok()?;
                    Some(i64::from(calendar::first_day(day, other)?) * DAY)
                }
            }
        })
        .collect();
    Ok(Arc::new(
        truncated.with_data_type(moments.data_type().clone()),
    ))
}

fn extract(args: &Args) -> Result<ArrayRef> {
    let name = args.constant(1)?;
    let from = args.array(0)?;
    let micros: Vec<Option<i64>> = if from.data_type() == &DataType::Date32 {
        if ["HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"].contains(&name.as_str()) {
            return Err(failed(format!(
                "EXTRACT({name}): a DATE has no time of day"
            )));
        }
        dates(&from)?
            .iter()
            .map(|day| day.map(|day| i64::from(day) * DAY))
            .collect()
    } else {
        as_timestamp_microsecond_array(&from)?.iter().collect()
    };
    let mut out = Int64Array::builder(args.rows);
    for value in micros {
        out.append_option(match value.and_then(calendar::moment) {
            Some(moment) => Some(
                calendar::extract(moment, &name)
                    .ok_or_else(|| failed(format!("EXTRACT: {name} is no part of a date")))?,
            ),
            None => None,
        });
    }
    Ok(Arc::new(out.finish()))
}

fn unix_date(args: &Args) -> Result<ArrayRef> {
    let days = args.array(0)?;
    Ok(Arc::new(
        dates(&days)?
            .iter()
            .map(|day| day.map(i64::from))
            .collect::<Int64Array>(),
    ))
}

fn unix(args: &Args, size: i64) -> Result<ArrayRef> {
    let moments = args.array(0)?;
    let seconds = as_timestamp_microsecond_array(&moments)?
        .iter()
        .map(|moment| moment.map(|moment| moment.div_euclid(size)));
    Ok(Arc::new(seconds.collect::<Int64Array>()))
}
