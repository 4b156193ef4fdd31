//! CSV.

use datafusion::arrow::record_batch::RecordBatch;

use super::cell::columns;
use crate::{Error, Result};

/// The rows as CSV with a header; null is empty. Unless `raw`, a text that a
/// spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, tab or
/// carriage return) gets a `'` in front. Numbers stay as they are.
pub fn to_csv(batches: &[RecordBatch], raw: bool) -> Result<Vec<u8>> {
    let failed = |e: ::csv::Error| Error::Format {
        format: "CSV",
        reason: e.to_string(),
    };
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    if let Some(first) = batches.first() {
        let schema = first.schema();
        writer
            .write_record(schema.fields().iter().map(|f| safe(f.name().clone(), raw)))
            .map_err(failed)?;
    }
    for batch in batches {
        let columns = columns(batch, "CSV")?;
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|column| match column.text(row) {
                Some(text) => safe(text, raw || column.is_number()),
                None => String::new(),
            });
            writer.write_record(cells).map_err(failed)?;
        }
    }
    writer.into_inner().map_err(|e| Error::Format {
        format: "CSV",
        reason: e.to_string(),
    })
}

fn safe(text: String, raw: bool) -> String {
    if !raw && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{text}");
    }
    text
}
