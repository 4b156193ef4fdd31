//! Parquet.

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use crate::{Error, Result};

/// The rows as a Parquet file (zstd), to be written to disk as they are.
pub fn to_parquet(batches: &[RecordBatch]) -> Result<Vec<u8>> {
    let failed = |reason: String| Error::Format {
        format: "Parquet",
        reason,
    };
    let Some(first) = batches.first() else {
        return Err(failed("the answer has no columns".to_owned()));
    };
    let level = ZstdLevel::try_new(3).unwrap_or_default();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), first.schema(), Some(properties))
        .map_err(|e| failed(e.to_string()))?;
    for batch in batches {
        writer.write(batch).map_err(|e| failed(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| failed(e.to_string()))
}
