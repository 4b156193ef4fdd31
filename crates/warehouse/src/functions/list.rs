//! Arrays.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Int64Array, ListArray, ListBuilder, StringBuilder, UInt64Array,
    new_empty_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{SortOptions, concat, filter, is_not_null, sort, take};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::cast::{as_int64_array, as_list_array};
use datafusion::error::Result;

use super::{Args, Definition, failed, is_text, refused, texts};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "bq_split",
        coerce: |types| {
            if !types.iter().all(is_text) {
                return Err(refused("SPLIT: expected STRING"));
            }
            Ok(vec![DataType::Utf8; 2])
        },
        returns: |_| {
            Ok(DataType::List(Arc::new(Field::new_list_field(
                DataType::Utf8,
                true,
            ))))
        },
        run: split,
    },
    Definition {
        name: "bq_array_length",
        coerce: |types| Ok(vec![list(&types[0])?]),
        returns: |_| Ok(DataType::Int64),
        run: length,
    },
    Definition {
        name: "bq_element",
        coerce: |types| Ok(vec![list(&types[0])?, DataType::Int64, DataType::Utf8]),
        returns: |types| element_type(&types[0]),
        run: element,
    },
    Definition {
        name: "bq_sorted",
        coerce: |types| Ok(vec![list(&types[0])?, DataType::Utf8, DataType::Utf8]),
        returns: |types| Ok(types[0].clone()),
        run: sorted,
    },
    Definition {
        name: "bq_nearest_rank",
        coerce: |types| {
            let ranks = DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)));
            Ok(vec![list(&types[0])?, ranks, DataType::Int64])
        },
        returns: |types| Ok(types[0].clone()),
        run: nearest_rank,
    },
];

fn list(given: &DataType) -> Result<DataType> {
    match given {
        DataType::List(_) => Ok(given.clone()),
        DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            Ok(DataType::List(Arc::clone(field)))
        }
        other => Err(refused(format!("expected an array, not {other}"))),
    }
}

fn element_type(given: &DataType) -> Result<DataType> {
    match given {
        DataType::List(field) => Ok(field.data_type().clone()),
        other => Err(refused(format!("expected an array, not {other}"))),
    }
}

fn split(args: &Args) -> Result<ArrayRef> {
    let (values, delimiters) = (args.array(0)?, args.array(1)?);
    let (values, delimiters) = (texts(&values)?, texts(&delimiters)?);
    let mut out = ListBuilder::new(StringBuilder::new());
    for pair in values.iter().zip(delimiters.iter()) {
        let (Some(value), Some(delimiter)) = pair else {
            out.append(false);
            continue;
        };
        if delimiter.is_empty() {
            for letter in value.chars() {
                out.values().append_value(letter.to_string());
            }
        } else {
            for part in value.split(delimiter) {
                out.values().append_value(part);
            }
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

fn length(args: &Args) -> Result<ArrayRef> {
    let lists = args.array(0)?;
    let lists = as_list_array(&lists)?;
    let lengths = (0..lists.len())
        .map(|row| (!lists.is_null(row)).then(|| i64::from(lists.value_length(row))));
    Ok(Arc::new(Int64Array::from_iter(lengths)))
}

fn element(args: &Args) -> Result<ArrayRef> {
    let (lists, indices) = (args.array(0)?, args.array(1)?);
    let (lists, indices) = (as_list_array(&lists)?, as_int64_array(&indices)?);
    let mode = args.constant(2)?;
    let first = if mode.ends_with("ORDINAL") { 1 } else { 0 };
    let mut places: Vec<Option<u64>> = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        if lists.is_null(row) || indices.is_null(row) {
            places.push(None);
            continue;
        }
        let index = indices.value(row) - first;
        let start = lists.value_offsets()[row];
        if (0..i64::from(lists.value_length(row))).contains(&index) {
            places.push(u64::try_from(i64::from(start) + index).ok());
        } else if mode.starts_with("SAFE") {
            places.push(None);
        } else {
            return Err(failed(format!(
                "array index {} is out of bounds: the array has {} elements; use SAFE_{mode} to get null instead",
                indices.value(row),
                lists.value_length(row)
            )));
        }
    }
    Ok(take(lists.values(), &UInt64Array::from(places), None)?)
}

/// Each list in order, nulls first; without nulls, a list of nothing else is null.
fn sorted(args: &Args) -> Result<ArrayRef> {
    let lists = args.array(0)?;
    let lists = as_list_array(&lists)?;
    let descending = args.constant(1)? == "descending";
    let keep_nulls = args.constant(2)? == "with nulls";
    let options = SortOptions {
        descending,
        nulls_first: !descending,
    };
    let mut rows = Vec::with_capacity(args.rows);
    for row in 0..lists.len() {
        if lists.is_null(row) {
            rows.push(None);
            continue;
        }
        let mut values = lists.value(row);
        if !keep_nulls {
            values = filter(&values, &is_not_null(&values)?)?;
        }
        let nothing = values.is_empty() && !keep_nulls;
        rows.push(if nothing {
            None
        } else {
            Some(sort(&values, Some(options))?)
        });
    }
    gathered(lists.data_type(), &rows)
}

/// For each list, the values at the ranks ceil(k / n · count), nulls left out; a null
/// list and one without values give null.
fn nearest_rank(args: &Args) -> Result<ArrayRef> {
    let (lists, ranks, parts) = (args.array(0)?, args.array(1)?, args.array(2)?);
    let lists = as_list_array(&lists)?;
    let ranks = as_list_array(&ranks)?;
    let parts = as_int64_array(&parts)?;
    let mut rows = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        if lists.is_null(row) {
            rows.push(None);
            continue;
        }
        let values = lists.value(row);
        let values = filter(&values, &is_not_null(&values)?)?;
        if values.is_empty() {
            rows.push(None);
            continue;
        }
        let ordered = sort(
            &values,
            Some(SortOptions {
                descending: false,
                nulls_first: true,
            }),
        )?;
        let count = ordered.len() as i64;
        let wanted = ranks.value(row);
        let places: UInt64Array = as_int64_array(&wanted)?
            .iter()
            .flatten()
            .map(|k| {
                let n = parts.value(row).max(1);
                // ceil(k · count / n), counted from 1
                let rank = (k * count + n - 1) / n;
                (rank.clamp(1, count) - 1) as u64
            })
            .collect();
        rows.push(Some(take(&ordered, &places, None)?));
    }
    gathered(lists.data_type(), &rows)
}

/// One list for each row, null where there is none.
fn gathered(data_type: &DataType, rows: &[Option<ArrayRef>]) -> Result<ArrayRef> {
    let DataType::List(field) = data_type else {
        return Err(failed("expected an array"));
    };
    let full: Vec<&dyn Array> = rows.iter().flatten().map(AsRef::as_ref).collect();
    let values = match full.is_empty() {
        true => new_empty_array(field.data_type()),
        false => concat(&full)?,
    };
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(field),
        OffsetBuffer::from_lengths(rows.iter().map(|row| row.as_ref().map_or(0, |r| r.len()))),
        values,
        Some(rows.iter().map(Option::is_some).collect::<NullBuffer>()),
    )?))
}
