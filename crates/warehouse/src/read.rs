//! Reading a user's own table file, CSV or Parquet.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{Error, Result};

/// Rows of a batch.
const BATCH: usize = 8_192;

/// Reads a table file as a whole: `.parquet` as it is; `.csv` and `.tsv` with the
/// separator found in the header (comma, semicolon or tab) and each column's type
/// found over all its rows (INT64, FLOAT64, BOOL, DATE, TIMESTAMP, else STRING).
/// Empty cells, `NA`, `NULL` and `null` are null. There is at least one batch.
pub fn read_table_file(path: impl AsRef<Path>) -> Result<Vec<RecordBatch>> {
    let path = path.as_ref();
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "parquet" => parquet(path),
        "csv" | "tsv" | "txt" => delimited(path),
        _ => Err(Error::file(
            path,
            "its name should end in .csv, .tsv or .parquet",
        )),
    }
}

fn parquet(path: &Path) -> Result<Vec<RecordBatch>> {
    let file = File::open(path).map_err(|e| Error::file(path, e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(|e| Error::file(path, format!("it is no Parquet file: {e}")))?;
    let schema = Arc::clone(builder.schema());
    let reader = builder
        .with_batch_size(BATCH)
        .build()
        .map_err(|e| Error::file(path, e))?;
    let mut batches = Vec::new();
    for batch in reader {
        batches.push(batch.map_err(|e| Error::file(path, e))?);
    }
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}

fn delimited(path: &Path) -> Result<Vec<RecordBatch>> {
    let bytes = std::fs::read(path).map_err(|e| Error::file(path, e))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(bytes))
        .from_reader(bytes);
    let header = reader
        .byte_headers()
        .map_err(|e| Error::file(path, e))?
        .clone();
    let names = header_names(path, &header)?;
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
    let mut record = csv::ByteRecord::new();
    loop {
        let line = reader.position().line();
        if !reader
            .read_byte_record(&mut record)
            .map_err(|e| Error::file(path, broken(&e)))?
        {
            break;
        }
        for (index, column) in columns.iter_mut().enumerate() {
            let cell =
                std::str::from_utf8(record.get(index).unwrap_or_default()).map_err(|_| {
                    Error::file(
                        path,
                        format!("line {line}, column {} is not UTF-8", names[index]),
                    )
                })?;
            let cell = cell.trim();
            column.push((!is_null(cell)).then(|| cell.to_owned()));
        }
    }
    let typed: Vec<(Field, ArrayRef)> = names
        .iter()
        .zip(columns)
        .map(|(name, cells)| {
            let array = typed(&cells);
            (
                Field::new(
                    name,
                    datafusion::arrow::array::Array::data_type(&array).clone(),
                    true,
                ),
                array,
            )
        })
        .collect();
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = typed.into_iter().unzip();
    let whole = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|e| Error::file(path, e))?;
    let rows = whole.num_rows();
    if rows == 0 {
        return Ok(vec![whole]);
    }
    Ok((0..rows)
        .step_by(BATCH)
        .map(|start| whole.slice(start, BATCH.min(rows - start)))
        .collect())
}

fn header_names(path: &Path, header: &csv::ByteRecord) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (index, cell) in header.iter().enumerate() {
        let name = String::from_utf8_lossy(cell).trim().to_owned();
        if name.is_empty() {
            return Err(Error::file(
                path,
                format!("column {} has no name in the header", index + 1),
            ));
        }
        if names.contains(&name) {
            return Err(Error::file(path, format!("the header names {name} twice")));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(Error::file(
            path,
            "it is empty; the first line should name the columns",
        ));
    }
    Ok(names)
}

fn broken(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => format!(
            "line {} has {len} cells, the header has {expected_len}",
            pos.as_ref().map_or(0, csv::Position::line)
        ),
        _ => error.to_string(),
    }
}

/// The separator that cuts the header into most pieces, outside quotes; comma if none does.
fn separator(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for &byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => {
                if let Some(entry) = counts.iter_mut().find(|entry| entry.0 == byte) {
                    entry.1 += 1;
                }
            }
            _ => {}
        }
    }
    // the first of equals wins: comma
    counts
        .iter()
        .rev()
        .max_by_key(|entry| entry.1)
        .map_or(b',', |entry| entry.0)
}

fn is_null(cell: &str) -> bool {
    matches!(cell, "" | "NA" | "null" | "NULL")
}

/// The cells as the narrowest type that all of them have.
fn typed(cells: &[Option<String>]) -> ArrayRef {
    fn all<T>(
        cells: &[Option<String>],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<Option<T>>> {
        cells
            .iter()
            .map(|cell| match cell {
                None => Some(None),
                Some(text) => read(text).map(Some),
            })
            .collect()
    }
    if cells.iter().all(Option::is_none) {
        return Arc::new(StringArray::new_null(cells.len()));
    }
    if let Some(values) = all(cells, whole) {
        return Arc::new(Int64Array::from(values));
    }
    if let Some(values) = all(cells, float) {
        return Arc::new(Float64Array::from(values));
    }
    if let Some(values) = all(cells, truth) {
        return Arc::new(BooleanArray::from(values));
    }
    if let Some(values) = all(cells, day) {
        return Arc::new(Date32Array::from(values));
    }
    if let Some(values) = all(cells, moment) {
        let data_type = DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")));
        return Arc::new(TimestampMicrosecondArray::from(values).with_data_type(data_type));
    }
    Arc::new(cells.iter().map(Option::as_deref).collect::<StringArray>())
}

/// A whole number; `007` is text, it would lose its zeros.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let padded = digits.len() > 1 && digits.starts_with('0');
    if padded || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn float(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['-', '+']);
    let padded = digits.len() > 1
        && digits.starts_with('0')
        && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    match text.to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "-inf" | "infinity" | "-infinity" => text.parse().ok(),
        // no other word is a number
        lower if lower.bytes().any(|b| b.is_ascii_alphabetic() && b != b'e') || padded => None,
        _ => text.parse().ok(),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn day(text: &str) -> Option<i32> {
    if text.len() != 10 {
        return None;
    }
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    i32::try_from(
        day.signed_duration_since(chrono::NaiveDate::default())
            .num_days(),
    )
    .ok()
}

fn moment(text: &str) -> Option<i64> {
    if let Ok(zoned) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(zoned.timestamp_micros());
    }
    // Salesforce writes its zone without a colon
    if let Ok(zoned) = chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(zoned.timestamp_micros());
    }
    let plain = text.trim_end_matches(" UTC").trim_end_matches('Z');
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|format| chrono::NaiveDateTime::parse_from_str(plain, format).ok())
        .map(|moment| moment.and_utc().timestamp_micros())
        .or_else(|| Some(i64::from(day(text)?) * 86_400_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, content: &str) -> Result<RecordBatch> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        read_table_file(&path).map(|mut batches| batches.remove(0))
    }

    fn types(batch: &RecordBatch) -> Vec<String> {
        batch
            .schema()
            .fields()
            .iter()
            .map(|f| f.data_type().to_string())
            .collect()
    }

    #[test]
    fn finds_types_over_all_rows() {
        let batch = read(
            "a.csv",
            "i,f,b,d,t,s,n,z\n1,1,true,2025-01-31,2025-01-31 10:00:00,a,,007\nNA,2.5,false,NULL,2025-02-01T00:00:00Z,1,NA,1\n",
        )
        .unwrap();
        assert_eq!(
            types(&batch),
            [
                "Int64",
                "Float64",
                "Boolean",
                "Date32",
                "Timestamp(µs, \"UTC\")",
                "Utf8",
                "Utf8",
                "Utf8"
            ]
        );
        assert_eq!(batch.num_rows(), 2);
        assert_eq!(batch.column(0).null_count(), 1);
    }

    #[test]
    fn finds_the_separator_outside_quotes() {
        let batch = read("a.csv", "\u{feff}\"a,b\";c\n1;2\n").unwrap();
        assert_eq!(batch.schema().field(0).name(), "a,b");
        assert_eq!(types(&batch), ["Int64", "Int64"]);
        let batch = read("a.tsv", "a\tb\nx\ty\n").unwrap();
        assert_eq!(batch.num_columns(), 2);
    }

    #[test]
    fn a_header_alone_is_a_table_without_rows() {
        let batch = read("a.csv", "a,b\n").unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (0, 2));
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let message = |name: &str, content: &str| read(name, content).unwrap_err().to_string();
        assert!(message("a.csv", "a,b\n1,2\n3\n").contains("line 3 has 1 cells, the header has 2"));
        assert!(message("a.csv", "a,a\n").contains("names a twice"));
        assert!(message("a.csv", "a,,b\n").contains("column 2 has no name"));
        assert!(message("a.csv", "").contains("empty"));
        assert!(message("a.xlsx", "").contains(".csv, .tsv or .parquet"));
        assert!(message("a.parquet", "PAR").contains("no Parquet file"));
    }
}
