//! Dates as text in a given pattern.

use std::fmt::Write;
use std::sync::Arc;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{Datelike, NaiveDateTime};
use datafusion::arrow::array::{ArrayRef, Date32Array, StringBuilder, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::cast::{as_date32_array, as_timestamp_microsecond_array};
use datafusion::error::Result;

use super::calendar::{self, DAY};
use super::datetime::{as_date, as_moment};
use super::{Args, Definition, failed, texts};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "bq_format_date",
        coerce: |types| Ok(vec![DataType::Utf8, as_date("FORMAT_DATE", &types[1])?]),
        returns: |_| Ok(DataType::Utf8),
        run: format_date,
    },
    Definition {
        name: "bq_format_timestamp",
        coerce: |types| {
            Ok(vec![
                DataType::Utf8,
                as_moment("FORMAT_TIMESTAMP", &types[1])?,
            ])
        },
        returns: |_| Ok(DataType::Utf8),
        run: format_timestamp,
    },
    Definition {
        name: "bq_parse_date",
        coerce: |_| Ok(vec![DataType::Utf8; 2]),
        returns: |_| Ok(DataType::Date32),
        run: parse_date,
    },
    Definition {
        name: "bq_parse_timestamp",
        coerce: |_| Ok(vec![DataType::Utf8; 2]),
        returns: |_| {
            Ok(DataType::Timestamp(
                TimeUnit::Microsecond,
                Some(Arc::from("UTC")),
            ))
        },
        run: parse_timestamp,
    },
];

/// What may follow `%`, on both sides with one meaning; `Q`, the quarter, only to format.
const KNOWN: &str = "YmdyHMSBbhAaeFDTRjGVUWuwIpkls%ntQ";

/// The pattern in pieces: chrono's between the quarters, which it does not have.
fn pieces(pattern: &str) -> Result<Vec<String>> {
    let mut pieces = vec![String::new()];
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        let last = pieces.len() - 1;
        if letter != '%' {
            pieces[last].push(letter);
            continue;
        }
        match letters.next() {
            Some('Q') => pieces.push(String::new()),
            Some(element) if KNOWN.contains(element) => {
                pieces[last].push('%');
                pieces[last].push(element);
            }
            Some(element) => {
                return Err(failed(format!(
                    "format element %{element} is not supported"
                )));
            }
            None => return Err(failed("the format ends in a lone %")),
        }
    }
    Ok(pieces)
}

fn written(moment: NaiveDateTime, pieces: &[String]) -> Result<String> {
    let mut out = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            let quarter = moment.month0() / 3 + 1;
            write!(out, "{quarter}").map_err(|_| failed("cannot format a quarter"))?;
        }
        write!(out, "{}", moment.format(piece)).map_err(|_| failed("cannot format a date"))?;
    }
    Ok(out)
}

fn format_micros(args: &Args, micros: &[Option<i64>]) -> Result<ArrayRef> {
    let pieces = pieces(&args.constant(0)?)?;
    let mut out = StringBuilder::new();
    for value in micros {
        match value.and_then(calendar::moment) {
            Some(moment) => out.append_value(written(moment, &pieces)?),
            None => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn format_date(args: &Args) -> Result<ArrayRef> {
    let days = args.array(1)?;
    let micros: Vec<Option<i64>> = as_date32_array(&days)?
        .iter()
        .map(|day| day.map(|day| i64::from(day) * DAY))
        .collect();
    format_micros(args, &micros)
}

fn format_timestamp(args: &Args) -> Result<ArrayRef> {
    let moments = args.array(1)?;
    let micros: Vec<Option<i64>> = as_timestamp_microsecond_array(&moments)?.iter().collect();
    format_micros(args, &micros)
}

fn parsed(text: &str, pattern: &str) -> Result<NaiveDateTime> {
    let items: Vec<Item> = StrftimeItems::new(pattern).collect();
    let mut found = Parsed::new();
    let wrong = || failed(format!("cannot read '{text}' as '{pattern}'"));
    parse(&mut found, text, items.iter()).map_err(|_| wrong())?;
    // what the pattern does not name is the first of it
    if found.month().is_none() && found.ordinal().is_none() && found.isoweek().is_none() {
        found.set_month(1).map_err(|_| wrong())?;
    }
    if found.day().is_none() && found.ordinal().is_none() && found.isoweek().is_none() {
        found.set_day(1).map_err(|_| wrong())?;
    }
    let day = found.to_naive_date().map_err(|_| wrong())?;
    let time = found.to_naive_time().unwrap_or_default();
    Ok(day.and_time(time))
}

fn parse_all(args: &Args) -> Result<Vec<Option<NaiveDateTime>>> {
    let pattern = args.constant(0)?;
    if pieces(&pattern)?.len() > 1 {
        return Err(failed("%Q cannot be parsed"));
    }
    let values = args.array(1)?;
    texts(&values)?
        .iter()
        .map(|value| {
            value
                .map(|text| parsed(text.trim(), pattern.trim()))
                .transpose()
        })
        .collect()
}

fn parse_date(args: &Args) -> Result<ArrayRef> {
    let days = parse_all(args)?
        .into_iter()
        .map(|moment| calendar::number(moment?.date()));
    Ok(Arc::new(days.collect::<Date32Array>()))
}

fn parse_timestamp(args: &Args) -> Result<ArrayRef> {
    let moments = parse_all(args)?.into_iter();
    let micros = moments.map(|moment| Some(moment?.and_utc().timestamp_micros()));
    Ok(Arc::new(
        micros
            .collect::<TimestampMicrosecondArray>()
            .with_timezone("UTC"),
    ))
}
