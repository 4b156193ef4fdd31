//! `rejected_cells_deliveries`: one row a rejected cell of every load.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::contract::Kind;
use crate::error::Result;
use crate::reader::{Source, days};

/// Columns of the rejected cells.
pub(crate) fn rejects_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![
        text("file"),
        text("file_sha256"),
        Field::new("line", DataType::Int64, true),
        text("column"),
        text("text"),
        text("reason"),
        Field::new("snapshot_as_of", DataType::Date32, true),
        Field::new("loaded_at", Kind::Timestamp.data_type(), true),
        Field::new("load_id", DataType::Int64, true),
    ]))
}

/// Adds a file's own facts to its records.
pub(crate) fn rejects_batch(
    records: &RecordBatch,
    source: &Source,
    sha256: &str,
    loaded_at: DateTime<Utc>,
    load_id: i64,
) -> Result<RecordBatch> {
    let rows = records.num_rows();
    let same = |text: &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
            text, rows,
        )))
    };
    let moments = TimestampMicrosecondArray::from(vec![loaded_at.timestamp_micros(); rows]);
    let columns = vec![
        same(&source.name()),
        same(sha256),
        Arc::clone(records.column(0)),
        Arc::clone(records.column(1)),
        Arc::clone(records.column(2)),
        Arc::clone(records.column(3)),
        Arc::new(Date32Array::from(vec![
            source.snapshot_as_of.map(days);
            rows
        ])),
        Arc::new(moments.with_timezone("UTC")),
        Arc::new(Int64Array::from(vec![load_id; rows])),
    ];
    Ok(RecordBatch::try_new(rejects_schema(), columns)?)
}
