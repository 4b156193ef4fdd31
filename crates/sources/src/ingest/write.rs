//! Rows, rejected cells, figures and ledger lines into their tables.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int64Type, SchemaRef};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use leadrank_warehouse::{Params, SessionOptions, TableName, Warehouse, WriteMode, WriteOptions};

use crate::contract::FileKind;
use crate::error::Result;
use crate::vintage::{
    LOG, LoadEntry, PROFILES, REJECTS, log_batch, log_schema, scoring, store_of, stored_schema,
    table_of_kind, with_load_id,
};

/// A stream of batches that are made one after the other.
pub(super) fn stream_of(
    schema: SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch>> + Send + 'static,
) -> SendableRecordBatchStream {
    let batches = batches.map(|batch| batch.map_err(|e| DataFusionError::External(Box::new(e))));
    Box::pin(RecordBatchStreamAdapter::new(
        schema,
        futures::stream::iter(batches),
    ))
}

/// Adds rows to a table; gives their number.
pub(super) async fn append(
    warehouse: &Warehouse,
    table: &TableName,
    schema: SchemaRef,
    rows: SendableRecordBatchStream,
) -> Result<u64> {
    let options = WriteOptions::default();
    let commit = warehouse
        .write(table, WriteMode::Append, schema, rows, &options)
        .await?;
    Ok(commit.rows)
}

/// Adds the rows of one file to the store of its kind, marked with the load; gives their
/// number.
pub(super) async fn append_rows(
    warehouse: &Warehouse,
    kind: FileKind,
    load_id: i64,
    rows: SendableRecordBatchStream,
) -> Result<u64> {
    let schema = stored_schema(kind);
    let marked_schema = Arc::clone(&schema);
    let marked = rows.map(move |batch| {
        with_load_id(&batch?, &marked_schema, load_id)
            .map_err(|e| DataFusionError::External(Box::new(e)))
    });
    let stream = Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), marked));
    append(warehouse, &store_of(&table_of_kind(kind)), schema, stream).await
}

/// Makes the store of a kind where there is none, so that several files can be added to
/// it at the same time.
pub(super) async fn make_store(warehouse: &Warehouse, kind: FileKind) -> Result<()> {
    let store = store_of(&table_of_kind(kind));
    if warehouse.exists(&store).await? {
        return Ok(());
    }
    let schema = stored_schema(kind);
    let nothing = stream_of(Arc::clone(&schema), std::iter::empty());
    let (mode, options) = (WriteMode::AppendOnto(None), WriteOptions::default());
    match warehouse
        .write(&store, mode, schema, nothing, &options)
        .await
    {
        // Another load made it in the meantime: as good.
        Ok(_) | Err(leadrank_warehouse::Error::Changed(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Adds lines to the ledger as it was at `version`; gives its new version.
pub(super) async fn commit(
    warehouse: &Warehouse,
    version: Option<u64>,
    lines: &[LoadEntry],
) -> Result<u64> {
    let batch = log_batch(lines)?;
    let stream = stream_of(log_schema(), std::iter::once(Ok(batch)));
    let mode = WriteMode::AppendOnto(version);
    let options = WriteOptions::default();
    let commit = warehouse
        .write(&scoring(LOG), mode, log_schema(), stream, &options)
        .await?;
    Ok(commit.version)
}

/// Removes rows whose load is not in the ledger.
pub(super) async fn remove_orphans(warehouse: &Warehouse, log: &[LoadEntry]) -> Result<()> {
    let mut known: BTreeSet<i64> = log.iter().map(|entry| entry.load_id).collect();
    let of_kinds = FileKind::ALL.map(table_of_kind);
    let views = of_kinds
        .into_iter()
        .chain([scoring(REJECTS), scoring(PROFILES)]);
    let mut session = None;
    for view in views {
        let store = store_of(&view);
        if !warehouse.exists(&store).await? {
            continue;
        }
        if session.is_none() {
            let options = SessionOptions::at(NaiveDate::default());
            session = Some(warehouse.session(&options).await?);
        }
        let Some(session) = &session else { continue };
        if session.has_column(LOG, "load_id") {
            // Lines that only a newer version understands keep their rows, too.
            let sql = format!("SELECT DISTINCT load_id FROM {LOG} WHERE load_id IS NOT NULL");
            for batch in session.collect(&sql, &Params::default()).await? {
                let ids = batch.column(0).as_primitive::<Int64Type>();
                known.extend(ids.iter().flatten());
            }
        }
        let sql = format!("SELECT DISTINCT load_id FROM {store} ORDER BY load_id");
        let mut orphans: Vec<String> = Vec::new();
        for batch in session.collect(&sql, &Params::default()).await? {
            let ids = batch.column(0).as_primitive::<Int64Type>();
            let lost = ids.iter().flatten().filter(|id| !known.contains(id));
            orphans.extend(lost.map(|id| id.to_string()));
        }
        if !orphans.is_empty() {
            let predicate = format!("load_id IN ({})", orphans.join(", "));
            warehouse.delete(&store, &predicate).await?;
        }
    }
    Ok(())
}
