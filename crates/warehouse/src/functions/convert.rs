//! Conversions whose rules differ from the engine's.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, StringArray, StringBuilder,
};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::cast::{
    as_boolean_array, as_float64_array, as_int64_array, as_timestamp_microsecond_array,
};
use datafusion::error::Result;

use super::calendar::micros_text;
use super::{Args, Definition, failed, texts};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "bq_int64",
        coerce: same,
        returns: int64,
        run: |args| integer(args, false),
    },
    Definition {
        name: "bq_safe_int64",
        coerce: same,
        returns: int64,
        run: |args| integer(args, true),
    },
    Definition {
        name: "bq_bool",
        coerce: same,
        returns: boolean,
        run: |args| truth(args, false),
    },
    Definition {
        name: "bq_safe_bool",
        coerce: same,
        returns: boolean,
        run: |args| truth(args, true),
    },
    Definition {
        name: "bq_string",
        coerce: same,
        returns: |_| Ok(DataType::Utf8),
        run: string,
    },
];

/// Any type, brought to the few that matter.
fn same(types: &[DataType]) -> Result<Vec<DataType>> {
    use DataType::*;
    Ok(types
        .iter()
        .map(|given| match given {
            Float16 | Float32 => Float64,
            Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 | UInt64 => Int64,
            LargeUtf8 | Utf8View | Null => Utf8,
            Timestamp(_, zone) => Timestamp(TimeUnit::Microsecond, zone.clone()),
            other => other.clone(),
        })
        .collect())
}

fn int64(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Int64)
}

fn boolean(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Boolean)
}

/// Floats round half away from zero; text may have spaces around and a `0x` in front.
fn integer(args: &Args, safe: bool) -> Result<ArrayRef> {
    let values = args.array(0)?;
    let parsed: Vec<Option<Option<i64>>> = match values.data_type() {
        DataType::Int64 => return Ok(values),
        DataType::Float64 => as_float64_array(&values)?
            .iter()
            .map(|value| value.map(rounded))
            .collect(),
        DataType::Utf8 => texts(&values)?
            .iter()
            .map(|value| value.map(whole))
            .collect(),
        _ => {
            let options = CastOptions {
                safe,
                ..Default::default()
            };
            return Ok(cast_with_options(&values, &DataType::Int64, &options)?);
        }
    };
    let mut out = Int64Array::builder(values.len());
    for (row, value) in parsed.into_iter().enumerate() {
        match value {
            Some(None) if !safe => return Err(cannot(&values, row, "INT64")),
            other => out.append_option(other.flatten()),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn rounded(value: f64) -> Option<i64> {
    let rounded = value.round();
    // 2^63 is a float, i64::MAX is not
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
        .contains(&rounded)
        .then_some(rounded as i64)
}

fn whole(value: &str) -> Option<i64> {
    let value = value.trim();
    let (sign, digits) = match value.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", value.strip_prefix('+').unwrap_or(value)),
    };
    if let Some(hex) = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        return i64::from_str_radix(&format!("{sign}{hex}"), 16).ok();
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{sign}{digits}").parse().ok()
}

/// Text is `true` or `false` in any case, numbers are true unless 0.
fn truth(args: &Args, safe: bool) -> Result<ArrayRef> {
    let values = args.array(0)?;
    match values.data_type() {
        DataType::Boolean => Ok(values),
        DataType::Int64 => Ok(Arc::new(
            as_int64_array(&values)?
                .iter()
                .map(|v| v.map(|v| v != 0))
                .collect::<BooleanArray>(),
        )),
        DataType::Utf8 => {
            let mut out = Vec::with_capacity(values.len());
            for (row, value) in texts(&values)?.iter().enumerate() {
                out.push(match value {
                    Some(v) if v.eq_ignore_ascii_case("true") => Some(true),
                    Some(v) if v.eq_ignore_ascii_case("false") => Some(false),
                    Some(_) if !safe => return Err(cannot(&values, row, "BOOL")),
                    _ => None,
                });
            }
            Ok(Arc::new(BooleanArray::from(out)))
        }
        other => Err(failed(format!("cannot cast {other} to BOOL"))),
    }
}

/// Whole floats have no point, timestamps are `2025-01-31 00:00:00+00`.
fn string(args: &Args) -> Result<ArrayRef> {
    let values = args.array(0)?;
    Ok(match values.data_type() {
        DataType::Utf8 => values,
        DataType::Boolean => Arc::new(
            as_boolean_array(&values)?
                .iter()
                .map(|value| value.map(|value| if value { "true" } else { "false" }))
                .collect::<StringArray>(),
        ),
        DataType::Float64 => Arc::new(
            as_float64_array(&values)?
                .iter()
                .map(|value| value.map(float_text))
                .collect::<StringArray>(),
        ),
        DataType::Timestamp(_, zone) => {
            let suffix = if zone.is_some() { "+00" } else { "" };
            let mut out = StringBuilder::new();
            for value in as_timestamp_microsecond_array(&values)?.iter() {
                out.append_option(
                    value
                        .and_then(micros_text)
                        .map(|text| format!("{text}{suffix}")),
                );
            }
            Arc::new(out.finish())
        }
        _ => cast(&values, &DataType::Utf8)?,
    })
}

fn float_text(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 {
            "inf".to_owned()
        } else {
            "-inf".to_owned()
        };
    }
    if (1e-5..1e15).contains(&value.abs()) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        // 1e20 is written 1e+20, 1e-7 is written 1e-07
        Some((digits, power)) => match power.strip_prefix('-') {
            Some(power) => format!("{digits}e-{power:0>2}"),
            None => format!("{digits}e+{power:0>2}"),
        },
        None => text.to_lowercase(),
    }
}

fn cannot(values: &ArrayRef, row: usize, to: &str) -> datafusion::error::DataFusionError {
    let shown = cast(values, &DataType::Utf8)
        .ok()
        .and_then(|all| {
            let all = texts(&all).ok()?;
            (!all.is_null(row)).then(|| all.value(row).to_owned())
        })
        .unwrap_or_default();
    failed(format!(
        "cannot cast '{shown}' to {to}: use SAFE_CAST to get null instead"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_in_text() {
        assert_eq!(whole(" 12 "), Some(12));
        assert_eq!(whole("-0x1F"), Some(-31));
        assert_eq!(whole("+7"), Some(7));
        for bad in ["", "1.5", "--1", "1e3", "Osseo", "9223372036854775808"] {
            assert_eq!(whole(bad), None, "{bad}");
        }
    }

    #[test]
    fn floats_round_half_away_from_zero_and_stay_in_range() {
        assert_eq!(rounded(2.5), Some(3));
        assert_eq!(rounded(-2.5), Some(-3));
        assert_eq!(rounded(f64::NAN), None);
        assert_eq!(rounded(9.3e18), None);
    }

    #[test]
    fn floats_as_text() {
        assert_eq!(float_text(1.0), "1");
        assert_eq!(float_text(0.1), "0.1");
        assert_eq!(float_text(-0.0), "0");
        assert_eq!(float_text(1e20), "1e+20");
        assert_eq!(float_text(1e-7), "1e-07");
    }
}
