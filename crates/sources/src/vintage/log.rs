//! `load_log`: the ledger of loads, and the one place that decides what is in use.
//!
//! Rows of a load are written to their table first and count for nothing until its
//! delivery's lines are added here, all in one transaction.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use datafusion::arrow::array::{
    Array, ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use leadrank_warehouse::{Params, Session};
use serde::{Deserialize, Serialize};

use crate::contract::{FileKind, Kind};
use crate::error::Result;
use crate::reader::{Source, days};
use crate::vintage::LOG;

/// What became of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In use until something newer of the same place is accepted.
    Accepted,
    /// Kept, but held back: its delivery failed the quality gates.
    Quarantined,
    /// Taken out of use by a person; what was in use before it is so again.
    Withdrawn,
}

impl Status {
    /// The word in `load_log`.
    pub fn word(self) -> &'static str {
        match self {
            Status::Accepted => "accepted",
            Status::Quarantined => "quarantined",
            Status::Withdrawn => "withdrawn",
        }
    }

    fn of_word(word: &str) -> Option<Status> {
        [Status::Accepted, Status::Quarantined, Status::Withdrawn]
            .into_iter()
            .find(|status| status.word() == word)
    }
}

/// One line of `load_log`: what became of one file at one moment. Lines are only ever
/// added; a file that is released from quarantine or withdrawn gets another line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoadEntry {
    /// Number of the line, rising.
    pub entry: i64,
    /// The delivery it came with, such as `2025_10-r2`: the second one of that month.
    pub delivery: String,
    /// Marks the rows of this load in its table.
    pub load_id: i64,
    /// What became of it.
    pub status: Status,
    /// Why, where that is not plain.
    pub reason: Option<String>,
    /// The file's name.
    pub file: String,
    /// What kind of file it is.
    pub kind: FileKind,
    /// Its territory, for representatives.
    pub territory: Option<String>,
    /// When the vendor's facts were true, for monthly files.
    pub snapshot_as_of: Option<NaiveDate>,
    /// When this was learned.
    pub loaded_at: DateTime<Utc>,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: i64,
    /// Rows in the table.
    pub rows: i64,
    /// Rows left out for want of a usable key.
    pub rows_left_out: i64,
    /// Rejected cells and rows.
    pub rejected_cells: i64,
    /// Declared columns the file does not have.
    pub missing_columns: Vec<String>,
    /// Columns the contract does not have.
    pub unknown_columns: Vec<String>,
    /// The header as it stands in the file.
    pub header: Vec<String>,
    /// Contract version and, if the reading was altered by options, a mark of these.
    pub contract_version: String,
}

impl LoadEntry {
    /// True if the entry is about the place a source fills.
    pub(crate) fn is_of(&self, source: &Source) -> bool {
        self.kind == source.kind
            && self.territory == source.territory
            && self.snapshot_as_of == source.snapshot_as_of
    }

    /// Whether its delivery was accepted though files of its month are missing.
    pub(crate) fn is_partial(&self) -> bool {
        let reason = self.reason.as_deref();
        reason.is_some_and(|reason| reason.starts_with(PARTIAL))
    }

    /// The place it fills: only one load of a place is in use.
    pub(crate) fn place(&self) -> Place {
        (self.kind, self.snapshot_as_of, self.territory.clone())
    }
}

/// How the reason of a delivery begins that came without all of its files.
pub(crate) const PARTIAL: &str = "partial: without ";

/// Kind, month and territory.
pub(crate) type Place = (FileKind, Option<NaiveDate>, Option<String>);

/// Columns of `load_log`.
pub(crate) fn log_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        number("entry"),
        text("delivery"),
        number("load_id"),
        text("status"),
        text("reason"),
        text("file"),
        text("kind"),
        text("territory"),
        Field::new("snapshot_as_of", DataType::Date32, true),
        Field::new("loaded_at", Kind::Timestamp.data_type(), true),
        text("sha256"),
        number("bytes"),
        number("rows"),
        number("rows_left_out"),
        number("rejected_cells"),
        text("missing_columns"),
        text("unknown_columns"),
        text("header"),
        text("contract_version"),
    ]))
}

/// Entries as one batch.
pub(crate) fn log_batch(entries: &[LoadEntry]) -> Result<RecordBatch> {
    let texts = |get: &dyn Fn(&LoadEntry) -> Option<String>| -> ArrayRef {
        Arc::new(entries.iter().map(get).collect::<StringArray>())
    };
    let numbers = |get: &dyn Fn(&LoadEntry) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(entries.iter().map(get)))
    };
    let moments = entries.iter().map(|e| e.loaded_at.timestamp_micros());
    let days = entries.iter().map(|e| e.snapshot_as_of.map(days));
    let columns = vec![
        numbers(&|e| e.entry),
        texts(&|e| Some(e.delivery.clone())),
        numbers(&|e| e.load_id),
        texts(&|e| Some(e.status.word().to_owned())),
        texts(&|e| e.reason.clone()),
        texts(&|e| Some(e.file.clone())),
        texts(&|e| Some(e.kind.word().to_owned())),
        texts(&|e| e.territory.clone()),
        Arc::new(days.collect::<Date32Array>()),
        Arc::new(TimestampMicrosecondArray::from_iter_values(moments).with_timezone("UTC")),
        texts(&|e| Some(e.sha256.clone())),
        numbers(&|e| e.bytes),
        numbers(&|e| e.rows),
        numbers(&|e| e.rows_left_out),
        numbers(&|e| e.rejected_cells),
        texts(&|e| Some(e.missing_columns.join(","))),
        texts(&|e| Some(e.unknown_columns.join(","))),
        texts(&|e| serde_json::to_string(&e.header).ok()),
        texts(&|e| Some(e.contract_version.clone())),
    ];
    Ok(RecordBatch::try_new(log_schema(), columns)?)
}

/// Reads all lines, oldest first. Lines of an older layout, which had no numbers, are
/// left out: their files are read again.
pub(crate) async fn read_log(session: &Session) -> Result<Vec<LoadEntry>> {
    let columns = log_schema();
    if !session.has_column(LOG, "entry") {
        return Ok(Vec::new());
    }
    let names: Vec<String> = columns
        .fields()
        .iter()
        .map(|field| format!("`{}`", field.name()))
        .collect();
    let sql = format!(
        "SELECT {} FROM {LOG} WHERE entry IS NOT NULL ORDER BY entry",
        names.join(", ")
    );
    let mut entries = Vec::new();
    for batch in session.collect(&sql, &Params::default()).await? {
        let column = |name: &str| -> Result<ArrayRef> {
            Ok(Arc::clone(batch.column(columns.index_of(name)?)))
        };
        let text = |name: &str| strings(&column(name)?);
        let number = |name: &str| numbers(&column(name)?);
        let (delivery, status, reason) = (text("delivery")?, text("status")?, text("reason")?);
        let (file, kind, territory) = (text("file")?, text("kind")?, text("territory")?);
        let (sha256, version) = (text("sha256")?, text("contract_version")?);
        let (missing, unknown) = (text("missing_columns")?, text("unknown_columns")?);
        let header = text("header")?;
        let day = numbers(&cast(&column("snapshot_as_of")?, &DataType::Int32)?)?;
        let moment = numbers(&cast(&column("loaded_at")?, &Kind::Timestamp.data_type())?)?;
        let (entry, load_id) = (number("entry")?, number("load_id")?);
        let (bytes, rows) = (number("bytes")?, number("rows")?);
        let (left_out, rejected) = (number("rows_left_out")?, number("rejected_cells")?);
        for row in 0..batch.num_rows() {
            // Kinds and states of a later version are none of ours.
            let kind = kind[row].clone().unwrap_or_default().parse();
            let status = Status::of_word(status[row].as_deref().unwrap_or_default());
            let (Ok(kind), Some(status)) = (kind, status) else {
                continue;
            };
            entries.push(LoadEntry {
                entry: entry[row].unwrap_or_default(),
                delivery: delivery[row].clone().unwrap_or_default(),
                load_id: load_id[row].unwrap_or_default(),
                status,
                reason: reason[row].clone(),
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
                rows_left_out: left_out[row].unwrap_or_default(),
                rejected_cells: rejected[row].unwrap_or_default(),
                missing_columns: split(missing[row].as_deref()),
                unknown_columns: split(unknown[row].as_deref()),
                header: header[row]
                    .as_deref()
                    .and_then(|text| serde_json::from_str(text).ok())
                    .unwrap_or_default(),
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
