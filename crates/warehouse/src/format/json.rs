//! JSON.

use datafusion::arrow::array::Array;
use datafusion::arrow::array::{AsArray, ListArray};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::arrow::record_batch::RecordBatch;
use serde_json::{Map, Value};

use super::cell::{Column, columns};
use crate::{Error, Result};

/// The rows as an array of objects, columns in their order. Numbers, booleans and
/// arrays stay so, dates and times are text, null and what is no number (NaN,
/// infinite) is null.
pub fn to_json(batches: &[RecordBatch]) -> Result<String> {
    let mut rows = Vec::new();
    for batch in batches {
        let schema = batch.schema();
        let columns = columns(batch, "JSON")?;
        for row in 0..batch.num_rows() {
            let mut object = Map::new();
            for ((field, array), column) in
                schema.fields().iter().zip(batch.columns()).zip(&columns)
            {
                object.insert(
                    field.name().clone(),
                    value(array.as_ref(), Some(column), row)?,
                );
            }
            rows.push(Value::Object(object));
        }
    }
    serde_json::to_string(&rows).map_err(|e| Error::Format {
        format: "JSON",
        reason: e.to_string(),
    })
}

fn value(array: &dyn Array, column: Option<&Column<'_>>, row: usize) -> Result<Value> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int64 => Value::from(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Value::from(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Value::from(array.as_string::<i32>().value(row)),
        DataType::List(_) => {
            let list: &ListArray = array.as_list();
            let items = list.value(row);
            let items: Result<Vec<Value>> = (0..items.len())
                .map(|index| value(items.as_ref(), None, index))
                .collect();
            Value::Array(items?)
        }
        _ => {
            let shown = match column {
                Some(column) => column.text(row),
                None => {
                    let options = datafusion::arrow::util::display::FormatOptions::default();
                    let formatter =
                        datafusion::arrow::util::display::ArrayFormatter::try_new(array, &options)
                            .map_err(|e| Error::Format {
                                format: "JSON",
                                reason: e.to_string(),
                            })?;
                    Some(formatter.value(row).to_string())
                }
            };
            match shown {
                // a number of another width
                Some(text) if array.data_type().is_numeric() => {
                    serde_json::from_str(&text).unwrap_or(Value::Null)
                }
                Some(text) => Value::from(text),
                None => Value::Null,
            }
        }
    })
}
