//! Record batches read column by column into plain vectors.

use chrono::NaiveDate;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch,
    new_null_array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Int64Type, Schema};

use crate::error::{Error, Result};

/// The rows of a query's answer.
#[derive(Debug, Clone)]
pub struct Rows {
    batches: Vec<RecordBatch>,
}

impl Rows {
    /// Wraps a query's answer.
    pub fn new(batches: Vec<RecordBatch>) -> Self {
        Rows { batches }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A text column; null stays `None`.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn texts(&self, name: &str) -> Result<Vec<Option<String>>> {
        self.column(
            name,
            &DataType::Utf8,
            |array, out: &mut Vec<Option<String>>| {
                out.extend(
                    array
                        .as_string::<i32>()
                        .iter()
                        .map(|text| text.map(str::to_string)),
                );
            },
        )
    }

    /// A number column of any numeric type, or a flag as 0 and 1.
    ///
    /// # Errors
    /// When there is no such column or it holds no numbers.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>> {
        self.column(
            name,
            &DataType::Float64,
            |array, out: &mut Vec<Option<f64>>| {
                let array: &Float64Array = array.as_primitive::<Float64Type>();
                out.extend(array.iter());
            },
        )
    }

    /// A number column; null becomes NaN.
    ///
    /// # Errors
    /// As [`Rows::numbers`].
    pub fn values(&self, name: &str) -> Result<Vec<f64>> {
        let numbers = self.numbers(name)?.into_iter();
        Ok(numbers.map(|value| value.unwrap_or(f64::NAN)).collect())
    }

    /// A whole-number column.
    ///
    /// # Errors
    /// As [`Rows::numbers`].
    pub fn integers(&self, name: &str) -> Result<Vec<Option<i64>>> {
        self.column(
            name,
            &DataType::Int64,
            |array, out: &mut Vec<Option<i64>>| {
                let array: &Int64Array = array.as_primitive::<Int64Type>();
                out.extend(array.iter());
            },
        )
    }

    /// A date column.
    ///
    /// # Errors
    /// When there is no such column or it holds no dates.
    pub fn dates(&self, name: &str) -> Result<Vec<Option<NaiveDate>>> {
        self.column(
            name,
            &DataType::Date32,
            |array, out: &mut Vec<Option<NaiveDate>>| {
                let array: &Date32Array = array.as_primitive::<Date32Type>();
                out.extend(
                    array
                        .iter()
                        .map(|days| days.and_then(Date32Type::to_naive_date_opt)),
                );
            },
        )
    }

    /// A flag column, given as a flag or as 0 and 1.
    ///
    /// # Errors
    /// When there is no such column or it holds no flags.
    pub fn flags(&self, name: &str) -> Result<Vec<Option<bool>>> {
        self.column(
            name,
            &DataType::Boolean,
            |array, out: &mut Vec<Option<bool>>| {
                let array: &BooleanArray = array.as_boolean();
                out.extend(array.iter());
            },
        )
    }

    /// The same rows with `label` and `label_status` made missing.
    ///
    /// # Errors
    /// When a batch can't be built.
    pub fn without_labels(&self) -> Result<Rows> {
        let blank = |batch: &RecordBatch| -> Result<RecordBatch> {
            let schema = batch.schema();
            let fields = schema.fields().iter().zip(batch.columns());
            let columns = fields.map(|(field, column)| match field.name().as_str() {
                "label" | "label_status" => new_null_array(field.data_type(), batch.num_rows()),
                _ => Arc::clone(column),
            });
            let columns: Vec<ArrayRef> = columns.collect();
            let fields: Vec<Field> = schema
                .fields()
                .iter()
                .map(|field| field.as_ref().clone().with_nullable(true))
                .collect();
            Ok(RecordBatch::try_new(
                Arc::new(Schema::new(fields)),
                columns,
            )?)
        };
        let batches = self.batches.iter().map(blank).collect::<Result<_>>()?;
        Ok(Rows { batches })
    }

    fn column<T>(
        &self,
        name: &str,
        kind: &DataType,
        mut read: impl FnMut(&dyn Array, &mut Vec<T>),
    ) -> Result<Vec<T>> {
        let mut out = Vec::with_capacity(self.len());
        for batch in &self.batches {
            let column = batch
                .column_by_name(name)
                .ok_or_else(|| Error::Data(format!("the query's answer has no column `{name}`")))?;
            let typed = cast(column, kind)?;
            read(typed.as_ref(), &mut out);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringArray;

    use super::*;

    fn rows() -> Rows {
        let number: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
        let text: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
        let day: ArrayRef = Arc::new(Date32Array::from(vec![Some(0), None]));
        let batch = RecordBatch::try_from_iter([("n", number), ("t", text), ("d", day)]).unwrap();
        Rows::new(vec![batch.clone(), batch])
    }

    #[test]
    fn columns_keep_their_nulls_over_all_batches() {
        assert_eq!(rows().len(), 4);
        assert_eq!(
            rows().numbers("n").unwrap(),
            [Some(1.0), None, Some(1.0), None]
        );
        assert_eq!(rows().flags("n").unwrap()[0], Some(true));
        assert_eq!(rows().texts("t").unwrap()[2].as_deref(), Some("a"));
        assert_eq!(
            rows().dates("d").unwrap()[0],
            NaiveDate::from_ymd_opt(1970, 1, 1)
        );
    }

    #[test]
    fn an_absent_column_is_named() {
        assert!(rows().numbers("x").unwrap_err().to_string().contains("`x`"));
    }
}
