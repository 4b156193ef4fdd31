//! Cells and rows that were not taken over: counted in full, kept with their place.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom};
use std::sync::Arc;

use datafusion::arrow::array::{Int64Builder, RecordBatch, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use serde::{Deserialize, Serialize};

use crate::cell::Reason;
use crate::contract::Column;
use crate::error::{Error, Result};

/// Longest text kept of a rejected cell, in characters.
pub const KEPT_TEXT: usize = 200;
/// Name under which a whole row is rejected.
pub const WHOLE_ROW: &str = "(row)";
/// Records held in memory before they go to the temporary file.
const HELD: usize = 4_096;

/// The rejects of one column of one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnRejects {
    /// Cells rejected.
    pub count: u64,
    /// Cells rejected for each reason.
    pub reasons: BTreeMap<String, u64>,
    /// Physical line of the first of them.
    pub example_line: u64,
    /// Text of the first of them.
    pub example_text: String,
}

/// The reason in words, with the range where that is the reason.
pub fn reason_text(reason: Reason, column: Option<&Column>) -> String {
    match (reason, column.and_then(|c| c.range)) {
        (Reason::OutOfRange, Some((lo, hi))) => format!("{reason} {lo} to {hi}"),
        _ => reason.to_string(),
    }
}

/// Columns of a record kept aside: the file's own facts are added when it is read back.
fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("line", DataType::Int64, false),
        Field::new("column", DataType::Utf8, false),
        Field::new("text", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, false),
    ]))
}

/// Counts rejects and keeps their records: a few in memory, the rest in a temporary file,
/// so that memory does not grow with a bad file.
pub(crate) struct Rejects {
    tally: BTreeMap<String, ColumnRejects>,
    total: u64,
    held: usize,
    lines: Int64Builder,
    columns: StringBuilder,
    texts: StringBuilder,
    reasons: StringBuilder,
    spool: Option<StreamWriter<BufWriter<File>>>,
}

impl Rejects {
    pub(crate) fn new() -> Rejects {
        Rejects {
            tally: BTreeMap::new(),
            total: 0,
            held: 0,
            lines: Int64Builder::new(),
            columns: StringBuilder::new(),
            texts: StringBuilder::new(),
            reasons: StringBuilder::new(),
            spool: None,
        }
    }

    pub(crate) fn push(
        &mut self,
        line: u64,
        name: &str,
        declared: Option<&Column>,
        text: &str,
        reason: Reason,
    ) -> Result<()> {
        let text: String = text.chars().take(KEPT_TEXT).collect();
        let words = reason_text(reason, declared);
        let line_number = i64::try_from(line).unwrap_or(i64::MAX);
        self.lines.append_value(line_number);
        self.columns.append_value(name);
        self.texts.append_value(&text);
        self.reasons.append_value(&words);
        if !self.tally.contains_key(name) {
            let first = ColumnRejects {
                example_line: line,
                example_text: text,
                ..Default::default()
            };
            self.tally.insert(name.to_owned(), first);
        }
        if let Some(column) = self.tally.get_mut(name) {
            column.count += 1;
            *column.reasons.entry(words).or_default() += 1;
        }
        self.total += 1;
        self.held += 1;
        if self.held >= HELD {
            self.spill()?;
        }
        Ok(())
    }

    fn take(&mut self) -> Result<RecordBatch> {
        self.held = 0;
        Ok(RecordBatch::try_new(
            schema(),
            vec![
                Arc::new(self.lines.finish()),
                Arc::new(self.columns.finish()),
                Arc::new(self.texts.finish()),
                Arc::new(self.reasons.finish()),
            ],
        )?)
    }

    fn spill(&mut self) -> Result<()> {
        let batch = self.take()?;
        if self.spool.is_none() {
            let file = tempfile::tempfile().map_err(|e| Error::Spool(e.to_string()))?;
            let writer = StreamWriter::try_new(BufWriter::new(file), &schema());
            self.spool = Some(writer.map_err(|e| Error::Spool(e.to_string()))?);
        }
        if let Some(spool) = &mut self.spool {
            spool
                .write(&batch)
                .map_err(|e| Error::Spool(e.to_string()))?;
        }
        Ok(())
    }

    /// Ends the counting: the figures, and the records to be read back.
    pub(crate) fn finish(mut self) -> Result<RejectRecords> {
        let last = self.take()?;
        let spooled = match self.spool.take() {
            None => None,
            Some(writer) => {
                let wrong = |e: &dyn std::fmt::Display| Error::Spool(e.to_string());
                let file = writer.into_inner().map_err(|e| wrong(&e))?;
                let mut file = file.into_inner().map_err(|e| wrong(&e))?;
                file.seek(SeekFrom::Start(0)).map_err(|e| wrong(&e))?;
                Some(file)
            }
        };
        Ok(RejectRecords {
            by_column: self.tally,
            total: self.total,
            spooled,
            last,
        })
    }
}

/// The rejects of one file, complete.
#[derive(Debug)]
pub struct RejectRecords {
    /// Figures by column, in the order of names.
    pub by_column: BTreeMap<String, ColumnRejects>,
    /// All rejected cells and rows.
    pub total: u64,
    spooled: Option<File>,
    last: RecordBatch,
}

impl RejectRecords {
    /// The records in file order: `line`, `column`, `text`, `reason`.
    pub fn into_batches(self) -> Result<impl Iterator<Item = Result<RecordBatch>> + Send> {
        let spooled = match self.spooled {
            None => None,
            Some(file) => Some(
                StreamReader::try_new(BufReader::new(file), None)
                    .map_err(|e| Error::Spool(e.to_string()))?,
            ),
        };
        let last = (self.last.num_rows() > 0).then_some(Ok(self.last));
        Ok(spooled
            .into_iter()
            .flatten()
            .map(|batch| batch.map_err(|e| Error::Spool(e.to_string())))
            .chain(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_in_order_whatever_their_number() {
        let mut rejects = Rejects::new();
        let many = HELD as u64 * 2 + 7;
        for line in 0..many {
            let text = "x".repeat(300);
            rejects
                .push(line, "A", None, &text, Reason::NotANumber)
                .expect("kept");
        }
        let records = rejects.finish().expect("kept");
        assert_eq!(records.total, many);
        assert_eq!(records.by_column["A"].reasons["not a number"], many);
        assert_eq!(records.by_column["A"].example_text.len(), KEPT_TEXT);
        let mut next = 0;
        for batch in records.into_batches().expect("readable") {
            let batch = batch.expect("readable");
            let lines = batch
                .column(0)
                .as_any()
                .downcast_ref::<datafusion::arrow::array::Int64Array>();
            for line in lines.expect("declared").values() {
                assert_eq!(*line, next);
                next += 1;
            }
        }
        assert_eq!(next, many as i64);
    }

    #[test]
    fn the_range_is_part_of_the_reason() {
        let reps = crate::contract::FileKind::Reps.contract();
        let column = reps.columns.iter().find(|c| c.name == "MilesToWork");
        assert_eq!(
            reason_text(Reason::OutOfRange, column),
            "outside the plausible range 0 to 25000"
        );
    }
}
