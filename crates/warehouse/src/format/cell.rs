//! One cell as text.

use datafusion::arrow::array::Array;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::{Error, Result};

/// The cells of a batch's column as text, none where null.
pub(super) struct Column<'a> {
    array: &'a dyn Array,
    formatter: ArrayFormatter<'a>,
}

impl Column<'_> {
    pub(super) fn text(&self, row: usize) -> Option<String> {
        if self.array.is_null(row) {
            return None;
        }
        Some(self.formatter.value(row).to_string())
    }

    pub(super) fn is_number(&self) -> bool {
        self.array.data_type().is_numeric()
    }
}

/// The columns of a batch.
pub(super) fn columns<'a>(batch: &'a RecordBatch, format: &'static str) -> Result<Vec<Column<'a>>> {
    const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_null("null");
    batch
        .columns()
        .iter()
        .map(|array| {
            let formatter =
                ArrayFormatter::try_new(array.as_ref(), &OPTIONS).map_err(|e| Error::Format {
                    format,
                    reason: e.to_string(),
                })?;
            Ok(Column {
                array: array.as_ref(),
                formatter,
            })
        })
        .collect()
}
