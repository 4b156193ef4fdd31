//! From a folder of exports to tables, one transaction a month and table.
//!
//! The order within a month is rows, then rejected cells, then the log. A file without a
//! log entry is read again and replaces what is there, so a load that was cut off anywhere
//! is completed by running it again.

mod log;
mod plan;
mod report;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::pin::pin;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use leadrank_warehouse::{Session, SessionOptions, TableName, Warehouse, WriteMode, WriteOptions};
use tokio::sync::mpsc::unbounded_channel;

pub use report::{FileReport, FileStatus, IngestReport};

use self::log::{LogEntry, log_batch, log_schema, read_log, rejects_batch, rejects_schema};
use self::plan::Planned;
use crate::contract::FileKind;
use crate::discover::{Discovered, discover, put_in_order};
use crate::error::{Error, Result};
use crate::mapping::Mapping;
use crate::progress::Progress;
use crate::reader::{ReadOptions, ReadSummary, Source};

/// What to load, and how.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// The folder of exports; looked through unless `files` are named.
    pub raw: PathBuf,
    /// Files to load instead of the folder's, made by [`crate::discover::explicit`].
    pub files: Vec<Source>,
    /// The moment of loading, written to the tables.
    pub loaded_at: DateTime<Utc>,
    /// The user's names: source column, and declared column with `*FACTOR` after it if the
    /// file counts in another unit.
    pub mapping: Vec<(String, String)>,
    /// Keep the text of undeclared columns as JSON in `unknown_columns`.
    pub keep_unknown: bool,
    /// Read and report, write nothing.
    pub dry_run: bool,
}

impl IngestOptions {
    /// A whole folder, undeclared columns kept.
    pub fn folder(raw: impl Into<PathBuf>, loaded_at: DateTime<Utc>) -> IngestOptions {
        IngestOptions {
            raw: raw.into(),
            files: Vec::new(),
            loaded_at,
            mapping: Vec::new(),
            keep_unknown: true,
            dry_run: false,
        }
    }
}

/// The table a kind of file is loaded into.
pub fn table_of(kind: FileKind) -> TableName {
    let (dataset, table) = match kind {
        FileKind::Reps => ("LeadScoring", "discovery_reps_current"),
        FileKind::Firms => ("LeadScoring", "discovery_firms_current"),
        FileKind::Lead => ("SavvyGTMData", "Lead"),
        FileKind::Task => ("SavvyGTMData", "Task"),
        FileKind::User => ("SavvyGTMData", "User"),
        FileKind::Opportunity => ("SavvyGTMData", "Opportunity"),
    };
    TableName {
        dataset: dataset.into(),
        table: table.into(),
    }
}

fn scoring(table: &str) -> TableName {
    TableName {
        dataset: "LeadScoring".into(),
        table: table.into(),
    }
}

/// Loads what is new or changed. An error names the file; months committed before it stay,
/// nothing of its own month is loaded, and running again completes the rest.
pub async fn ingest(
    warehouse: &Warehouse,
    options: &IngestOptions,
    progress: &dyn Progress,
) -> Result<IngestReport> {
    let read = ReadOptions {
        mappings: options
            .mapping
            .iter()
            .map(|(source, target)| Mapping::new(source, target))
            .collect::<Result<_>>()?,
        keep_unknown: options.keep_unknown,
        loaded_at: options.loaded_at,
    };
    let mut found = if options.files.is_empty() {
        discover(&options.raw)?
    } else {
        Discovered {
            sources: options.files.clone(),
            unrecognised: Vec::new(),
        }
    };
    put_in_order(&mut found.sources)?;
    if found.sources.is_empty() {
        return Err(Error::NothingToLoad {
            path: options.raw.clone(),
        });
    }
    let log = existing_log(warehouse, options).await?;
    let planned = plan::plan(found.sources, &read, &log)?;
    let mut load = Load {
        warehouse,
        read,
        dry_run: options.dry_run,
        log,
        progress,
    };
    let mut report = IngestReport {
        files: Vec::with_capacity(planned.len()),
        unrecognised: found.unrecognised,
        dry_run: options.dry_run,
    };
    let month = |file: &Planned| (file.source.kind, file.source.snapshot_as_of);
    for group in planned.chunk_by(|a, b| month(a) == month(b)) {
        report.files.extend(load.group(group).await?);
    }
    Ok(report)
}

/// The log as far as it is still true: entries whose table is gone do not count.
async fn existing_log(warehouse: &Warehouse, options: &IngestOptions) -> Result<Vec<LogEntry>> {
    if !warehouse.exists(&scoring("load_log")).await? {
        return Ok(Vec::new());
    }
    let mut present = BTreeSet::new();
    for kind in FileKind::ALL {
        if warehouse.exists(&table_of(kind)).await? {
            present.insert(kind);
        }
    }
    let session = warehouse
        .session(&SessionOptions::at(options.loaded_at.date_naive()))
        .await?;
    let mut log = read_log(&session).await?;
    log.retain(|entry| present.contains(&entry.kind));
    Ok(log)
}

/// A load under way.
struct Load<'a> {
    warehouse: &'a Warehouse,
    read: ReadOptions,
    dry_run: bool,
    log: Vec<LogEntry>,
    progress: &'a dyn Progress,
}

impl Load<'_> {
    /// Loads the changed files of one kind and month.
    async fn group(&mut self, group: &[Planned]) -> Result<Vec<FileReport>> {
        let changed: Vec<&Planned> = group.iter().filter(|f| f.loaded.is_none()).collect();
        let sources: Vec<Source> = changed.iter().map(|f| f.source.clone()).collect();
        let mut summaries = if sources.is_empty() {
            Vec::new()
        } else {
            self.rows(&sources).await?
        }
        .into_iter();
        let mut reports = Vec::with_capacity(group.len());
        let mut entries = Vec::with_capacity(changed.len());
        let mut rejects = Vec::with_capacity(changed.len());
        for file in group {
            let Some(loaded) = &file.loaded else {
                let Some(summary) = summaries.next() else {
                    continue;
                };
                entries.push(self.entry(file, &summary));
                reports.push(self.report(file, &summary));
                rejects.push((file.source.clone(), summary));
                continue;
            };
            reports.push(unchanged(file, loaded));
        }
        if !self.dry_run && !entries.is_empty() {
            self.write_rejects(rejects).await?;
            self.write_log(entries).await?;
        }
        Ok(reports)
    }

    /// Reads files together into their table.
    async fn rows(&self, sources: &[Source]) -> Result<Vec<ReadSummary>> {
        let kind = sources[0].kind;
        let schema = kind.contract().schema();
        let (events, mut told) = unbounded_channel();
        let (mut stream, outcome) =
            stream::read_together(sources, &self.read, SchemaRef::clone(&schema), &events);
        drop(events);
        let work = async {
            if self.dry_run {
                while let Some(batch) = stream.next().await {
                    batch.map_err(leadrank_warehouse::Error::from)?;
                }
                return Ok(());
            }
            let table = table_of(kind);
            let mode = match self.warehouse.exists(&table).await? {
                true => self
                    .replaced(sources)
                    .map_or(WriteMode::Overwrite, WriteMode::ReplaceWhere),
                false => WriteMode::Overwrite,
            };
            let partition_by = match kind.is_monthly() {
                true => vec!["snapshot_as_of".to_owned()],
                false => Vec::new(),
            };
            let options = WriteOptions { partition_by };
            self.warehouse
                .write(&table, mode, schema, stream, &options)
                .await
                .map(|_| ())
        };
        let mut work = pin!(work);
        let done: Result<(), leadrank_warehouse::Error> = loop {
            tokio::select! {
                biased;
                Some(event) = told.recv() => self.progress.report(&event),
                done = &mut work => break done,
            }
        };
        while let Ok(event) = told.try_recv() {
            self.progress.report(&event);
        }
        // What the reader says is nearer to the cause than what the writer made of it.
        if let Some(error) = outcome.error() {
            return Err(error);
        }
        done?;
        outcome.summaries(sources)
    }

    /// The rows that make way: those of the month, or, if other territories of it are
    /// loaded and unchanged, only those of the territories that are read. None for tables
    /// that are replaced wholly.
    fn replaced(&self, sources: &[Source]) -> Option<String> {
        let day = sources[0].snapshot_as_of?;
        let month = format!("snapshot_as_of = DATE '{day}'");
        let others = self.log.iter().any(|entry| {
            entry.kind == sources[0].kind
                && entry.snapshot_as_of == Some(day)
                && !sources.iter().any(|source| entry.is_of(source))
        });
        if !others {
            return Some(month);
        }
        let territories: Vec<String> = sources
            .iter()
            .filter_map(|source| source.territory.as_deref().map(literal))
            .collect();
        Some(format!(
            "{month} AND territory_source IN ({})",
            territories.join(", ")
        ))
    }

    async fn write_rejects(&self, files: Vec<(Source, ReadSummary)>) -> Result<()> {
        let table = scoring("rejected_cells");
        let exists = self.warehouse.exists(&table).await?;
        let before: Vec<&LogEntry> = self
            .log
            .iter()
            .filter(|entry| files.iter().any(|(source, _)| entry.is_of(source)))
            .collect();
        let had = before.iter().any(|entry| entry.rejected_cells > 0);
        let has = files.iter().any(|(_, summary)| summary.rejects.total > 0);
        if exists && !had && !has {
            return Ok(());
        }
        let mut names: BTreeSet<String> = files.iter().map(|(source, _)| source.name()).collect();
        names.extend(before.iter().map(|entry| entry.file.clone()));
        let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
        let mode = match exists {
            true => WriteMode::ReplaceWhere(format!("file IN ({})", names.join(", "))),
            false => WriteMode::Overwrite,
        };
        let loaded_at = self.read.loaded_at;
        let mut parts = Vec::with_capacity(files.len());
        for (source, summary) in files {
            let sha256 = summary.sha256;
            let batches = summary.rejects.into_batches()?;
            parts.push(batches.map(move |batch| {
                batch.and_then(|batch| rejects_batch(&batch, &source, &sha256, loaded_at))
            }));
        }
        let batches = parts.into_iter().flatten();
        let stream = stream_of(rejects_schema(), batches);
        let options = WriteOptions::default();
        self.warehouse
            .write(&table, mode, rejects_schema(), stream, &options)
            .await?;
        Ok(())
    }

    async fn write_log(&mut self, entries: Vec<LogEntry>) -> Result<()> {
        let same = |a: &LogEntry, b: &LogEntry| {
            (a.kind, &a.territory, a.snapshot_as_of) == (b.kind, &b.territory, b.snapshot_as_of)
        };
        self.log
            .retain(|old| !entries.iter().any(|new| same(old, new)));
        self.log.extend(entries);
        let batch = log_batch(&mut self.log)?;
        let stream = stream_of(log_schema(), std::iter::once(Ok(batch)));
        let options = WriteOptions::default();
        let table = scoring("load_log");
        self.warehouse
            .write(&table, WriteMode::Overwrite, log_schema(), stream, &options)
            .await?;
        Ok(())
    }

    fn entry(&self, file: &Planned, summary: &ReadSummary) -> LogEntry {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        LogEntry {
            file: file.source.name(),
            kind: file.source.kind,
            territory: file.source.territory.clone(),
            snapshot_as_of: file.source.snapshot_as_of,
            loaded_at: self.read.loaded_at,
            sha256: summary.sha256.clone(),
            bytes: number(summary.bytes),
            rows: number(summary.rows),
            rejected_cells: number(summary.rejects.total),
            missing_columns: file.missing.clone(),
            unknown_columns: file.unknown.clone(),
            contract_version: file.contract_version.clone(),
        }
    }

    fn report(&self, file: &Planned, summary: &ReadSummary) -> FileReport {
        FileReport {
            status: if self.dry_run {
                FileStatus::ReadOnly
            } else {
                FileStatus::Loaded
            },
            rows: summary.rows,
            rows_left_out: summary.rows_left_out,
            bytes: summary.bytes,
            sha256: summary.sha256.clone(),
            rejected_cells: summary.rejects.total,
            rejected: summary.rejects.by_column.clone(),
            ..named(file)
        }
    }
}

/// What a report says of a file before it is read.
fn named(file: &Planned) -> FileReport {
    FileReport {
        file: file.source.name(),
        kind: file.source.kind,
        territory: file.source.territory.clone(),
        snapshot_as_of: file.source.snapshot_as_of,
        status: FileStatus::Unchanged,
        rows: 0,
        rows_left_out: 0,
        bytes: 0,
        sha256: String::new(),
        rejected_cells: 0,
        rejected: BTreeMap::new(),
        missing_columns: file.missing.clone(),
        unknown_columns: file.unknown.clone(),
        left_out_columns: file.left_out.clone(),
    }
}

fn unchanged(file: &Planned, loaded: &LogEntry) -> FileReport {
    let number = |value: i64| u64::try_from(value).unwrap_or_default();
    FileReport {
        rows: number(loaded.rows),
        bytes: number(loaded.bytes),
        sha256: loaded.sha256.clone(),
        rejected_cells: number(loaded.rejected_cells),
        ..named(file)
    }
}

/// For each loaded month of representatives, the columns of the firm file that were not
/// there: all of them if the month has no firm file. The features' proxies step in for
/// exactly these.
pub async fn absent_firm_columns(
    session: &Session,
) -> Result<BTreeMap<NaiveDate, BTreeSet<String>>> {
    let log = read_log(session).await?;
    let months = |kind: FileKind| {
        log.iter()
            .filter(move |entry| entry.kind == kind)
            .filter_map(|entry| {
                entry
                    .snapshot_as_of
                    .map(|day| (day, &entry.missing_columns))
            })
    };
    let firms: BTreeMap<NaiveDate, &Vec<String>> = months(FileKind::Firms).collect();
    let all = || {
        let columns = FileKind::Firms.contract().columns.iter();
        columns
            .filter(|column| !column.key)
            .map(|column| column.name.to_owned())
            .collect()
    };
    Ok(months(FileKind::Reps)
        .map(|(day, _)| match firms.get(&day) {
            Some(missing) => (day, missing.iter().cloned().collect()),
            None => (day, all()),
        })
        .collect())
}

/// Text as an SQL literal.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn stream_of(
    schema: SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch>> + Send + 'static,
) -> SendableRecordBatchStream {
    let batches = batches.map(|batch| batch.map_err(|e| DataFusionError::External(Box::new(e))));
    Box::pin(RecordBatchStreamAdapter::new(
        schema,
        futures::stream::iter(batches),
    ))
}
