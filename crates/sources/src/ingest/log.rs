//! `load_log`, one row a file, and `rejected_cells`, one row a rejected cell.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use datafusion::arrow::array::{
    Array, ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use leadrank_warehouse::{Params, Session};

use crate::contract::{FileKind, Kind};
use crate::error::Result;
use crate::reader::{Source, days};

/// What `load_log` tells of one file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LogEntry {
    pub(super) file: String,
    pub(super) kind: FileKind,
    pub(super) territory: Option<String>,
    pub(super) snapshot_as_of: Option<NaiveDate>,
    pub(super) loaded_at: DateTime<Utc>,
    pub(super) sha256: String,
    pub(super) bytes: i64,
    pub(super) rows: i64,
    pub(super) rejected_cells: i64,
    pub(super) missing_columns: Vec<String>,
    pub(super) unknown_columns: Vec<String>,
    pub(super) contract_version: String,
}

impl LogEntry {
    /// True if the entry is about the place a source fills.
    pub(super) fn is_of(&self, source: &Source) -> bool {
        self.kind == source.kind
            && self.territory == source.territory
            && self.snapshot_as_of == source.snapshot_as_of
    }
}

/// Columns of `load_log`.
pub(super) fn log_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        text("file"),
        text("kind"),
        text("territory"),
        Field::new("snapshot_as_of", DataType::Date32, true),
        Field::new("loaded_at", Kind::Timestamp.data_type(), true),
        text("sha256"),
        number("bytes"),
        number("rows"),
        number("rejected_cells"),
        text("missing_columns"),
        text("unknown_columns"),
        text("contract_version"),
    ]))
}

/// All entries as one batch, in the order of kind, month and territory.
pub(super) fn log_batch(entries: &mut [LogEntry]) -> Result<RecordBatch> {
    entries.sort_by(|a, b| {
        (a.kind, a.snapshot_as_of, &a.territory).cmp(&(b.kind, b.snapshot_as_of, &b.territory))
    });
    let texts = |get: &dyn Fn(&LogEntry) -> Option<String>| -> ArrayRef {
        Arc::new(entries.iter().map(get).collect::<StringArray>())
    };
    let numbers = |get: &dyn Fn(&LogEntry) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(entries.iter().map(get)))
    };
    let moments = entries.iter().map(|e| e.loaded_at.timestamp_micros());
    let columns = vec![
        texts(&|e| Some(e.file.clone())),
        texts(&|e| Some(e.kind.word().to_owned())),
        texts(&|e| e.territory.clone()),
        Arc::new(
            entries
                .iter()
                .map(|e| e.snapshot_as_of.map(days))
                .collect::<Date32Array>(),
        ),
        Arc::new(TimestampMicrosecondArray::from_iter_values(moments).with_timezone("UTC")),
        texts(&|e| Some(e.sha256.clone())),
        numbers(&|e| e.bytes),
        numbers(&|e| e.rows),
        numbers(&|e| e.rejected_cells),
        texts(&|e| Some(e.missing_columns.join(","))),
        texts(&|e| Some(e.unknown_columns.join(","))),
        texts(&|e| Some(e.contract_version.clone())),
    ];
    Ok(RecordBatch::try_new(log_schema(), columns)?)
}

/// Reads all entries.
pub(super) async fn read_log(session: &Session) -> Result<Vec<LogEntry>> {
    const SQL: &str = "SELECT file, kind, territory, snapshot_as_of, loaded_at, sha256, bytes, \
        `rows`, rejected_cells, missing_columns, unknown_columns, contract_version \
        FROM LeadScoring.load_log ORDER BY kind, snapshot_as_of, territory";
    let mut entries = Vec::new();
    for batch in session.collect(SQL, &Params::default()).await? {
        let text = |index: usize| strings(batch.column(index));
        let (file, kind, territory) = (text(0)?, text(1)?, text(2)?);
        let (sha256, missing, unknown, version) = (text(5)?, text(9)?, text(10)?, text(11)?);
        let day = numbers(&cast(batch.column(3), &DataType::Int32)?)?;
        let moment = numbers(&cast(batch.column(4), &Kind::Timestamp.data_type())?)?;
        let number = |index: usize| numbers(batch.column(index));
        let (bytes, rows, rejected) = (number(6)?, number(7)?, number(8)?);
        for row in 0..batch.num_rows() {
            // A kind of a later version is none of ours; its rows are kept out of the plan.
            let Ok(kind) = kind[row].clone().unwrap_or_default().parse() else {
                continue;
            };
            entries.push(LogEntry {
                file: file[row].clone().unwrap_or_default(),
                kind,
                territory: territory[row].clone(),
                snapshot_as_of: day[row].and_then(day_of),
                loaded_at: moment[row]
                    .and_then(DateTime::from_timestamp_micros)
                    .unwrap_or_default(),
                sha256: sha256[row].clone().unwrap_or_default(),
                bytes: bytes[row].unwrap_or_default(),
                rows: rows[row].unwrap_or_default(),
                rejected_cells: rejected[row].unwrap_or_default(),
                missing_columns: split(missing[row].as_deref()),
                unknown_columns: split(unknown[row].as_deref()),
                contract_version: version[row].clone().unwrap_or_default(),
            });
        }
    }
    Ok(entries)
}

fn split(joined: Option<&str>) -> Vec<String> {
    joined
        .unwrap_or_default()
        .split(',')
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
        .collect()
}

fn day_of(days: i64) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(TimeDelta::try_days(days)?)
}

/// Text of a column, whatever form of text the engine hands out.
fn strings(column: &ArrayRef) -> Result<Vec<Option<String>>> {
    let column = cast(column, &DataType::Utf8)?;
    let texts = column.as_any().downcast_ref::<StringArray>();
    Ok(texts
        .map(|t| t.iter().map(|v| v.map(str::to_owned)).collect())
        .unwrap_or_default())
}

fn numbers(column: &ArrayRef) -> Result<Vec<Option<i64>>> {
    let column = cast(column, &DataType::Int64)?;
    let numbers = column.as_any().downcast_ref::<Int64Array>();
    Ok(numbers.map(|n| n.iter().collect()).unwrap_or_default())
}

/// Columns of `rejected_cells`.
pub(super) fn rejects_schema() -> SchemaRef {
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
    ]))
}

/// Adds a file's own facts to its records.
pub(super) fn rejects_batch(
    records: &RecordBatch,
    source: &Source,
    sha256: &str,
    loaded_at: DateTime<Utc>,
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
    ];
    Ok(RecordBatch::try_new(rejects_schema(), columns)?)
}
