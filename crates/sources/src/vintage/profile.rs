//! Figures of each column of a load, taken while it is read: what the scorecard compares
//! with the delivery before, so that no row has to be read again for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef};
use serde::Serialize;

use crate::cell::Reason;
use crate::contract::Contract;
use crate::error::Result;
use crate::reject::{ColumnRejects, reason_text};

/// Values kept of a numeric column; beyond it every second one is let go.
const KEPT: usize = 32_768;

/// The figures of one column of one load.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ColumnProfile {
    /// The declared column.
    pub column: String,
    /// Rows of the load.
    pub rows: u64,
    /// Rows with a value.
    pub filled: u64,
    /// Cells that were rejected.
    pub rejected: u64,
    /// Of these, numbers outside the plausible range.
    pub out_of_range: u64,
    /// Of numbers: the quantiles 0.05, 0.25, 0.5, 0.75 and 0.95 of an evenly spaced
    /// sample of at least 16,384 values, or of all where there are fewer.
    pub quantiles: Option<[f64; 5]>,
    /// Of numbers: the least and the greatest value in that sample.
    pub range: Option<(f64, f64)>,
}

impl ColumnProfile {
    /// Share of rows with a value; none without rows.
    pub fn fill_rate(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.filled as f64 / self.rows as f64)
    }

    /// Share of the cells that held something and were rejected; none if none did.
    pub fn reject_rate(&self) -> Option<f64> {
        let held = self.filled + self.rejected;
        (held > 0).then(|| self.rejected as f64 / held as f64)
    }
}

/// Counts and samples the declared columns of one file, batch by batch.
pub(crate) struct Profiler {
    contract: &'static Contract,
    rows: u64,
    filled: Vec<u64>,
    /// One sample for each numeric column; rows `0, step, 2 step, …` are in it.
    samples: Vec<Option<Vec<f64>>>,
    step: u64,
    /// Rows sampled so far.
    sampled: usize,
}

impl Profiler {
    pub(crate) fn new(contract: &'static Contract) -> Profiler {
        Profiler {
            contract,
            rows: 0,
            filled: vec![0; contract.columns.len()],
            samples: contract
                .columns
                .iter()
                .map(|column| column.kind.is_number().then(Vec::new))
                .collect(),
            step: 1,
            sampled: 0,
        }
    }

    /// Takes a batch whose first columns are the declared ones.
    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        let rows = batch.num_rows();
        let first = self.rows.next_multiple_of(self.step) - self.rows;
        let step = usize::try_from(self.step).unwrap_or(usize::MAX);
        let start = usize::try_from(first).unwrap_or(usize::MAX);
        for (place, column) in batch.columns().iter().take(self.filled.len()).enumerate() {
            self.filled[place] += (rows - column.null_count()) as u64;
            if let Some(sample) = &mut self.samples[place] {
                let picked = (start..rows).step_by(step);
                sample.extend(picked.map(|row| number(column, row)));
            }
        }
        self.sampled += (start..rows).step_by(step).count();
        self.rows += rows as u64;
        while self.sampled > KEPT {
            self.thin();
        }
    }

    /// Keeps every second sampled row.
    fn thin(&mut self) {
        for sample in self.samples.iter_mut().flatten() {
            let mut place = 0;
            sample.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
        self.sampled = self.sampled.div_ceil(2);
        self.step *= 2;
    }

    /// The figures; `rejects` tells what was rejected, by column.
    pub(crate) fn finish(self, rejects: &BTreeMap<String, ColumnRejects>) -> Vec<ColumnProfile> {
        let columns = self.contract.columns.iter().zip(self.filled);
        columns
            .zip(self.samples)
            .map(|((column, filled), sample)| {
                let mut known: Vec<f64> = sample.unwrap_or_default();
                known.retain(|value| !value.is_nan());
                known.sort_unstable_by(f64::total_cmp);
                let at = |share: f64| known[((known.len() - 1) as f64 * share).round() as usize];
                let any = !known.is_empty();
                let rejected = rejects.get(column.name);
                let out_of_range = rejected.map_or(0, |rejected| {
                    let reason = reason_text(Reason::OutOfRange, Some(column));
                    rejected.reasons.get(&reason).copied().unwrap_or(0)
                });
                ColumnProfile {
                    column: column.name.to_owned(),
                    rows: self.rows,
                    filled,
                    rejected: rejected.map_or(0, |rejected| rejected.count),
                    out_of_range,
                    quantiles: any.then(|| [0.05, 0.25, 0.5, 0.75, 0.95].map(at)),
                    range: any.then(|| (at(0.0), at(1.0))),
                }
            })
            .collect()
    }
}

/// A cell as a number; NaN where there is none.
fn number(column: &ArrayRef, row: usize) -> f64 {
    if column.is_null(row) {
        return f64::NAN;
    }
    match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row) as f64,
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row),
        _ => f64::NAN,
    }
}

/// Names of the quantile columns, in order.
const QUANTILES: [&str; 5] = ["p05", "p25", "p50", "p75", "p95"];

/// Columns of `load_columns`.
pub(crate) fn profiles_schema() -> SchemaRef {
    let mut fields = vec![
        Field::new("load_id", DataType::Int64, true),
        Field::new("column", DataType::Utf8, true),
    ];
    for name in ["rows", "filled", "rejected", "out_of_range"] {
        fields.push(Field::new(name, DataType::Int64, true));
    }
    for name in ["min"].into_iter().chain(QUANTILES).chain(["max"]) {
        fields.push(Field::new(name, DataType::Float64, true));
    }
    Arc::new(Schema::new(fields))
}

/// The figures of some loads as one batch.
pub(crate) fn profiles_batch(loads: &[(i64, &[ColumnProfile])]) -> Result<RecordBatch> {
    let all: Vec<(i64, &ColumnProfile)> = loads
        .iter()
        .flat_map(|(id, columns)| columns.iter().map(move |column| (*id, column)))
        .collect();
    let counts = |get: fn(&ColumnProfile) -> u64| -> ArrayRef {
        let values = all.iter().map(|(_, column)| get(column));
        let values = values.map(|value| i64::try_from(value).unwrap_or(i64::MAX));
        Arc::new(Int64Array::from_iter_values(values))
    };
    let numbers = |get: &dyn Fn(&ColumnProfile) -> Option<f64>| -> ArrayRef {
        Arc::new(
            all.iter()
                .map(|(_, column)| get(column))
                .collect::<Float64Array>(),
        )
    };
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(all.iter().map(|(id, _)| *id))),
        Arc::new(StringArray::from_iter_values(
            all.iter().map(|(_, column)| &column.column),
        )),
        counts(|column| column.rows),
        counts(|column| column.filled),
        counts(|column| column.rejected),
        counts(|column| column.out_of_range),
        numbers(&|column| column.range.map(|range| range.0)),
    ];
    for place in 0..QUANTILES.len() {
        columns.push(numbers(&|column| {
            column.quantiles.map(|quantiles| quantiles[place])
        }));
    }
    columns.push(numbers(&|column| column.range.map(|range| range.1)));
    Ok(RecordBatch::try_new(profiles_schema(), columns)?)
}

/// The figures of one load from rows of `load_columns`.
pub(crate) fn profiles_of(batch: &RecordBatch, row: usize) -> Result<(i64, ColumnProfile)> {
    let schema = profiles_schema();
    let place = |name: &str| schema.index_of(name);
    let whole = |name: &str| -> Result<i64> {
        Ok(batch
            .column(place(name)?)
            .as_primitive::<Int64Type>()
            .value(row))
    };
    let count = |name: &str| -> Result<u64> { Ok(u64::try_from(whole(name)?).unwrap_or(0)) };
    let float = |name: &str| -> Result<Option<f64>> {
        let column = batch.column(place(name)?).as_primitive::<Float64Type>();
        Ok(column.is_valid(row).then(|| column.value(row)))
    };
    let mut quantiles = [0.0; 5];
    let mut known = true;
    for (quantile, name) in quantiles.iter_mut().zip(QUANTILES) {
        match float(name)? {
            Some(value) => *quantile = value,
            None => known = false,
        }
    }
    let names = batch.column(place("column")?).as_string::<i32>();
    let profile = ColumnProfile {
        column: names.value(row).to_owned(),
        rows: count("rows")?,
        filled: count("filled")?,
        rejected: count("rejected")?,
        out_of_range: count("out_of_range")?,
        quantiles: known.then_some(quantiles),
        range: float("min")?.zip(float("max")?),
    };
    Ok((whole("load_id")?, profile))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::FileKind;

    /// Batches of the firm contract with employees `from..to`, every third one null.
    fn batch(from: u64, to: u64) -> RecordBatch {
        let schema = FileKind::Firms.contract().schema();
        let columns = schema.fields().iter().map(|field| -> ArrayRef {
            let rows = (to - from) as usize;
            match field.name().as_str() {
                "Number_Employees" => Arc::new(
                    (from..to)
                        .map(|n| (n % 3 != 0).then_some(n as f64))
                        .collect::<Float64Array>(),
                ),
                _ => datafusion::arrow::array::new_null_array(field.data_type(), rows),
            }
        });
        let columns = columns.collect();
        RecordBatch::try_new(schema, columns).expect("as declared")
    }

    fn employees(sizes: &[u64]) -> ColumnProfile {
        let mut profiler = Profiler::new(FileKind::Firms.contract());
        let mut next = 0;
        for size in sizes {
            profiler.add(&batch(next, next + size));
            next += size;
        }
        let rejects = ColumnRejects {
            count: 7,
            reasons: [("outside the plausible range 0 to 2000000".to_owned(), 4)].into(),
            ..ColumnRejects::default()
        };
        let found = profiler.finish(&[("Number_Employees".to_owned(), rejects)].into());
        found
            .into_iter()
            .find(|profile| profile.column == "Number_Employees")
            .expect("declared")
    }

    #[test]
    fn small_files_are_sampled_whole() {
        let profile = employees(&[6, 5]);
        assert_eq!((profile.rows, profile.filled), (11, 7));
        assert_eq!((profile.rejected, profile.out_of_range), (7, 4));
        assert_eq!(profile.range, Some((1.0, 10.0)));
        assert_eq!(profile.quantiles.expect("numbers")[2], 5.0);
        assert_eq!(profile.reject_rate(), Some(0.5));
    }

    #[test]
    fn the_sample_does_not_depend_on_how_rows_are_batched() {
        let whole = employees(&[150_000]);
        assert_eq!(whole, employees(&[1, 8_191, 100_000, 41_808]));
        assert_eq!(whole.filled, 100_000);
        let median = whole.quantiles.expect("numbers")[2];
        assert!((median - 75_000.0).abs() < 1_000.0, "{median}");
    }

    #[test]
    fn figures_come_back_from_their_table() {
        let columns = [employees(&[9]), ColumnProfile::default()];
        let batch = profiles_batch(&[(5, &columns)]).expect("as declared");
        for (row, column) in columns.iter().enumerate() {
            let back = profiles_of(&batch, row).expect("as declared");
            assert_eq!(back, (5, column.clone()));
        }
    }
}
