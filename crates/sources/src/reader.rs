//! One file into bounded record batches.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::{
    ArrayRef, Date32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::SchemaRef;

use crate::cell::Reason;
use crate::columns::{BlockRejects, Columns};
use crate::contract::{Contract, FileKind};
use crate::error::{Error, Result};
use crate::header::{self, Layout};
use crate::mapping::Mapping;
use crate::reject::{RejectRecords, Rejects, WHOLE_ROW};
use crate::tokens::{LONGEST_RECORD, Row, TokenError, Tokenizer};

/// Rows of a batch.
pub const BATCH_ROWS: usize = 8_192;
/// Rows read together, column by column: few enough that their text and the places of
/// their cells stay in the processor's second cache.
const BLOCK_ROWS: usize = 256;
/// Bytes looked at to tell text from other things.
const SNIFFED: usize = 4_096;

/// Which file to read, and what is known of it beside its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Where it lies.
    pub path: PathBuf,
    /// Which contract it follows.
    pub kind: FileKind,
    /// `T1`, `T2`, `T3` or `TX`, for representatives.
    pub territory: Option<String>,
    /// When the vendor's facts were true, for monthly files.
    pub snapshot_as_of: Option<NaiveDate>,
}

impl Source {
    /// The file's name without its folder: what tables and messages call it.
    pub fn name(&self) -> String {
        match self.path.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => self.path.display().to_string(),
        }
    }
}

/// How to read a file.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The user's own names for declared columns.
    pub mappings: Vec<Mapping>,
    /// Keep the text of undeclared columns of monthly files as JSON.
    pub keep_unknown: bool,
    /// The moment of loading, written as `processed_at`.
    pub loaded_at: DateTime<Utc>,
}

/// What was read, once a file is at its end.
#[derive(Debug)]
pub struct ReadSummary {
    /// Rows handed out.
    pub rows: u64,
    /// Rows left out for want of a usable key.
    pub rows_left_out: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Rejected cells and rows.
    pub rejects: RejectRecords,
}

/// Reads one file by its contract, batch by batch.
pub struct FileReader {
    name: String,
    source: Source,
    contract: &'static Contract,
    schema: SchemaRef,
    tokens: Tokenizer<File>,
    header: Vec<String>,
    layout: Layout,
    columns: Columns,
    rejects: Rejects,
    block_rejects: BlockRejects,
    kept: Vec<Row>,
    seen: HashSet<Box<str>>,
    loaded_at: DateTime<Utc>,
    rows: u64,
    rows_left_out: u64,
    ended: bool,
}

impl std::fmt::Debug for FileReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileReader")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl FileReader {
    /// Opens a file and matches its header with the contract.
    pub fn open(source: &Source, options: &ReadOptions) -> Result<FileReader> {
        let name = source.name();
        let file = open(&source.path)?;
        let mut tokens = Tokenizer::new(file);
        let start = tokens
            .peek()
            .map_err(|e| token_error(&source.path, &name, e))?;
        let mark = sniff(&name, start)?;
        tokens.skip(mark);
        let contract = source.kind.contract();
        tokens
            .next(1)
            .map_err(|e| token_error(&source.path, &name, e))?;
        let block = tokens.block();
        let Some(row) = block.rows().first() else {
            return Err(Error::Empty { file: name });
        };
        let header: Vec<String> = (0..row.len())
            .map(|place| block.cell(row, place).map(str::to_owned))
            .collect::<Result<_, _>>()
            .map_err(|_| Error::NotUtf8Text {
                file: name.clone(),
                found: "not UTF-8 (its header holds other bytes)",
            })?;
        let layout = header::layout(&name, &header, contract, &options.mappings)?;
        let keep_unknown = options.keep_unknown && source.kind.is_monthly();
        Ok(FileReader {
            columns: Columns::new(contract, &layout, keep_unknown),
            schema: contract.schema(),
            name,
            source: source.clone(),
            contract,
            tokens,
            header,
            layout,
            rejects: Rejects::new(),
            block_rejects: BlockRejects::default(),
            kept: Vec::new(),
            seen: HashSet::new(),
            loaded_at: options.loaded_at,
            rows: 0,
            rows_left_out: 0,
            ended: false,
        })
    }

    /// Columns of every batch.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The column names as they stand in the file.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Declared columns the file does not have.
    pub fn missing(&self) -> &[String] {
        &self.layout.missing
    }

    /// Columns the contract does not have.
    pub fn unknown(&self) -> &[String] {
        &self.layout.unknown
    }

    /// Personal columns that are read past.
    pub fn left_out(&self) -> &[String] {
        &self.layout.left_out
    }

    /// Which of the mappings found their source column, by index.
    pub fn mappings_used(&self) -> &[usize] {
        &self.layout.used
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.tokens.bytes()
    }

    /// The next batch of at most [`BATCH_ROWS`] rows; nothing at the end of the file.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        while !self.ended && self.columns.rows() < BATCH_ROWS && !self.columns.full() {
            let most = BLOCK_ROWS.min(BATCH_ROWS - self.columns.rows());
            let more = self.tokens.next(most);
            if more.map_err(|e| token_error(&self.source.path, &self.name, e))? {
                self.take_block()?;
            } else {
                self.ended = true;
                if self.rows == 0 && self.contract.needs_rows {
                    return Err(Error::NoRows {
                        file: self.name.clone(),
                        key: self.contract.key().name,
                        rejected: self.rows_left_out,
                    });
                }
            }
        }
        if self.columns.rows() == 0 {
            Ok(None)
        } else {
            self.batch().map(Some)
        }
    }

    /// Figures of the whole file; call it once [`FileReader::next_batch`] gave nothing.
    pub fn finish(self) -> Result<ReadSummary> {
        Ok(ReadSummary {
            rows: self.rows,
            rows_left_out: self.rows_left_out,
            bytes: self.tokens.bytes(),
            sha256: self.tokens.sha256(),
            rejects: self.rejects.finish()?,
        })
    }

    /// Takes over the records cut last: rows without a usable key are left out first, the
    /// cells of all others read then.
    fn take_block(&mut self) -> Result<()> {
        let block = self.tokens.block();
        let expected = self.layout.places.len();
        self.kept.clear();
        for row in block.rows() {
            let found = row.len();
            if found < expected && !row.closed {
                return Err(Error::Truncated {
                    file: self.name.clone(),
                    line: row.line,
                    found,
                    expected,
                });
            }
            let unusable = match self.columns.key(&block, row) {
                Err(text) => Some((text, Reason::NoKey)),
                Ok(key) if !self.contract.repeats && !self.seen.insert(key.as_ref().into()) => {
                    Some((key, Reason::RepeatedKey))
                }
                Ok(_) => None,
            };
            if let Some((text, reason)) = unusable {
                let column = self.contract.key();
                self.block_rejects
                    .row(row.line, column.name, Some(column), &text, reason);
                self.rows_left_out += 1;
                continue;
            }
            if found != expected {
                let reason = if found < expected {
                    Reason::TooFewCells
                } else {
                    Reason::TooManyCells
                };
                let text = format!("{found} of {expected} cells");
                self.block_rejects
                    .row(row.line, WHOLE_ROW, None, &text, reason);
            }
            self.kept.push(*row);
        }
        self.columns
            .push(&block, &self.kept, &mut self.block_rejects);
        self.block_rejects.settle(&mut self.rejects)?;
        self.rows += self.kept.len() as u64;
        Ok(())
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        let rows = self.columns.rows();
        let finished = self.columns.finish()?;
        let mut arrays = finished.declared;
        if self.source.kind.is_monthly() {
            let same = |text: &str| -> ArrayRef {
                Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                    text, rows,
                )))
            };
            arrays.extend(finished.censored);
            if self.source.kind == FileKind::Reps {
                arrays.push(finished.nulls);
            }
            arrays.push(finished.unknown);
            if self.source.kind == FileKind::Reps {
                arrays.push(match &self.source.territory {
                    Some(territory) => same(territory),
                    None => Arc::new(StringArray::new_null(rows)),
                });
            }
            arrays.push(match self.source.snapshot_as_of {
                Some(day) => Arc::new(Date32Array::from(vec![days(day); rows])),
                None => Arc::new(Date32Array::new_null(rows)),
            });
            let moment = vec![self.loaded_at.timestamp_micros(); rows];
            arrays.push(Arc::new(
                TimestampMicrosecondArray::from(moment).with_timezone("UTC"),
            ));
            arrays.push(same(&self.name));
            arrays.push(finished.lines);
        }
        Ok(RecordBatch::try_new(self.schema(), arrays)?)
    }
}

/// Days since 1970.
pub(crate) fn days(day: NaiveDate) -> i32 {
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// Opens a file, refusing folders.
pub(crate) fn open(path: &Path) -> Result<File> {
    let unreadable = |source| Error::Unreadable {
        path: path.into(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(unreadable(std::io::Error::from(
            std::io::ErrorKind::IsADirectory,
        )));
    }
    Ok(file)
}

/// Refuses what is not UTF-8 text; gives the length of a byte order mark.
fn sniff(name: &str, start: &[u8]) -> Result<usize> {
    let found = match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
        [b'P', b'K', 3, 4, ..] => "an Excel workbook or a zip archive",
        [0x1f, 0x8b, ..] => "a gzip archive",
        _ if start.iter().take(SNIFFED).any(|byte| *byte == 0) => "UTF-16 or binary",
        _ => {
            let mark = if start.starts_with(&[0xef, 0xbb, 0xbf]) {
                3
            } else {
                0
            };
            let blank = start[mark..].iter().all(u8::is_ascii_whitespace);
            return if blank {
                Err(Error::Empty { file: name.into() })
            } else {
                Ok(mark)
            };
        }
    };
    Err(Error::NotUtf8Text {
        file: name.into(),
        found,
    })
}

fn token_error(path: &Path, name: &str, error: TokenError) -> Error {
    let file = name.to_owned();
    match error {
        TokenError::Io(source) => Error::Unreadable {
            path: path.into(),
            source,
        },
        TokenError::UnclosedQuote(line) => Error::UnclosedQuote { file, line },
        TokenError::TooLong(line) => Error::RecordTooLong {
            file,
            line,
            limit: LONGEST_RECORD >> 20,
        },
    }
}
