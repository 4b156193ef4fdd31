//! Writing a table in one transaction.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::provider_as_source;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use deltalake::DeltaTable;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::operations::write::SchemaMode;
use deltalake::protocol::SaveMode;
use futures::StreamExt;

use crate::{Error, Result, TableName, Warehouse};

/// What happens to the rows that are there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteMode {
    /// They stay; columns the table does not have yet are added and null in old rows.
    Append,
    /// As [`WriteMode::Append`], but only onto this version of the table (none: only if the
    /// table does not exist); if somebody else has written since, nothing is committed
    /// and the error is [`Error::Changed`]. This makes a table a ledger that two writers
    /// can't both extend from the same state.
    AppendOnto(Option<u64>),
    /// They go, and the table takes the new rows' schema and partitioning.
    Overwrite,
    /// Those the predicate holds for go, for example
    /// `snapshot_as_of = DATE '2025-10-01'`; every new row must satisfy it too.
    ReplaceWhere(String),
}

/// How a table is laid out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// The columns whose values split the table into folders; only looked at when
    /// the table is made or overwritten, an existing table keeps its own.
    pub partition_by: Vec<String>,
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit {
    /// The table's version after the write.
    pub version: u64,
    /// Rows written.
    pub rows: u64,
}

impl Warehouse {
    /// Writes `batches` to `table` in one transaction and makes the table if it is
    /// not there. Rows are streamed, never held as a whole. If the stream fails,
    /// nothing is committed: readers go on to see the version before.
    pub async fn write(
        &self,
        table: &TableName,
        mode: WriteMode,
        schema: SchemaRef,
        batches: SendableRecordBatchStream,
        options: &WriteOptions,
    ) -> Result<Commit> {
        let failed = |e| Error::table(table, e);
        if !schema.fields().is_empty()
            && schema
                .fields()
                .iter()
                .all(|field| options.partition_by.contains(field.name()))
        {
            return Err(failed(deltalake::DeltaTableError::generic(
                "partitioned by all of its columns; leave one out of partition_by",
            )));
        }
        let existing = self.load(table).await?;
        let exists = existing.is_some();
        let onto = match mode {
            WriteMode::AppendOnto(wanted) => Some(wanted),
            _ => None,
        };
        if onto.is_some_and(|wanted| existing.as_ref().and_then(DeltaTable::version) != wanted) {
            return Err(Error::Changed(table.to_string()));
        }
        let delta = match existing {
            Some(delta) => delta,
            None => self.handle(table)?,
        };
        let rows = Arc::new(AtomicU64::new(0));
        let source = OneStream {
            schema: Arc::clone(&schema),
            rows: Arc::clone(&rows),
            stream: Mutex::new(Some(batches)),
        };
        let provider = StreamingTable::try_new(schema, vec![Arc::new(source)])?;
        let plan = LogicalPlanBuilder::scan("rows", provider_as_source(Arc::new(provider)), None)?
            .build()?;

        let overwrite = mode == WriteMode::Overwrite;
        let mut builder = delta
            .write(Vec::new())
            .with_input_plan(plan)
            .with_writer_properties(compressed())
            .with_save_mode(match mode {
                WriteMode::Append | WriteMode::AppendOnto(_) => SaveMode::Append,
                WriteMode::Overwrite | WriteMode::ReplaceWhere(_) => SaveMode::Overwrite,
            })
            .with_schema_mode(if overwrite {
                SchemaMode::Overwrite
            } else {
                SchemaMode::Merge
            });
        if onto.is_some() {
            // without retries a commit onto a newer version is refused, not merged
            builder =
                builder.with_commit_properties(CommitProperties::default().with_max_retries(0));
        }
        if let WriteMode::ReplaceWhere(predicate) = mode {
            builder = builder.with_replace_where(predicate);
        }
        if !exists || overwrite {
            builder = builder.with_partition_columns(options.partition_by.iter().cloned());
        }
        let written = match builder.await {
            Ok(written) => written,
            Err(error) => match onto {
                Some(wanted) if self.version(table).await? != wanted => {
                    return Err(Error::Changed(table.to_string()));
                }
                _ => return Err(failed(error)),
            },
        };
        let version = written.version().ok_or_else(|| {
            failed(deltalake::DeltaTableError::generic(
                "no version after commit",
            ))
        })?;
        Ok(Commit {
            version,
            rows: rows.load(Ordering::Relaxed),
        })
    }
}

impl Warehouse {
    /// Removes the rows that the predicate holds for; a table that does not exist stays so.
    pub async fn delete(&self, table: &TableName, predicate: &str) -> Result<()> {
        let Some(delta) = self.load(table).await? else {
            return Ok(());
        };
        let removed = delta.delete().with_predicate(predicate).await;
        removed.map(|_| ()).map_err(|e| Error::table(table, e))
    }
}

/// How columns are encoded. Level 1 of zstd costs a third less time than its default and
/// is no larger here, once dictionaries that do not pay are given up early: numbers that
/// hardly repeat fill 128 KiB at once, and are then written plainly and compressed well.
fn compressed() -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_dictionary_page_size_limit(DICTIONARY)
        .set_write_batch_size(ROWS_AT_ONCE)
        .build()
}

/// Most bytes of a column's dictionary.
const DICTIONARY: usize = 128 << 10;
/// Rows that are encoded at a time.
const ROWS_AT_ONCE: usize = 8_192;

/// A stream that can be run once, as a one-partition table.
struct OneStream {
    schema: SchemaRef,
    rows: Arc<AtomicU64>,
    stream: Mutex<Option<SendableRecordBatchStream>>,
}

impl fmt::Debug for OneStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneStream")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl PartitionStream for OneStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let taken = match self.stream.lock() {
            Ok(mut slot) => slot.take(),
            Err(poisoned) => poisoned.into_inner().take(),
        };
        let schema = Arc::clone(&self.schema);
        let Some(stream) = taken else {
            // a second run would silently write nothing
            let again = DataFusionError::Execution("the rows were already read once".to_owned());
            return Box::pin(RecordBatchStreamAdapter::new(
                schema,
                futures::stream::iter([Err(again)]),
            ));
        };
        let rows = Arc::clone(&self.rows);
        let counted = stream.inspect(move |batch| {
            if let Ok(batch) = batch {
                rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, counted))
    }
}
