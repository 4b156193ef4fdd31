//! Which table holds what.

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use leadrank_warehouse::{SessionOptions, TableName, Warehouse};

use super::{LoadEntry, read_log};
use crate::contract::FileKind;
use crate::error::Result;

/// The ledger of loads.
pub(crate) const LOG: &str = "LeadScoring.load_log";
/// Rejected cells of every load.
pub(crate) const REJECTS: &str = "LeadScoring.rejected_cells";
/// Figures of each column of every load.
pub(crate) const PROFILES: &str = "LeadScoring.load_columns";

/// What the name of a store adds to that of the view on it.
const STORE: &str = "_deliveries";

/// The name under which what is in use of a kind of file is read.
pub(crate) fn table_of_kind(kind: FileKind) -> TableName {
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

/// The table that holds every load behind a view.
pub(crate) fn store_of(view: &TableName) -> TableName {
    TableName {
        dataset: view.dataset.clone(),
        table: format!("{}{STORE}", view.table),
    }
}

/// A table of the scoring dataset by its full name, which is a constant of this module.
pub(crate) fn scoring(name: &str) -> TableName {
    let table = name.rsplit('.').next().unwrap_or(name);
    TableName {
        dataset: "LeadScoring".into(),
        table: table.into(),
    }
}

/// Columns of a kind's store: those of the view and `load_id`.
pub(crate) fn stored_schema(kind: FileKind) -> SchemaRef {
    let contract = kind.contract().schema();
    let mut fields: Vec<Arc<Field>> = contract.fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("load_id", DataType::Int64, true)));
    Arc::new(Schema::new(fields))
}

/// Marks the rows of a load.
pub(crate) fn with_load_id(
    batch: &RecordBatch,
    schema: &SchemaRef,
    load_id: i64,
) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    columns.push(Arc::new(Int64Array::from(vec![load_id; batch.num_rows()])));
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// The ledger of a warehouse with the version it was read at; empty where there is none.
pub(crate) async fn read_log_of(warehouse: &Warehouse) -> Result<(Option<u64>, Vec<LoadEntry>)> {
    let version = warehouse.version(&scoring(LOG)).await?;
    if version.is_none() {
        return Ok((None, Vec::new()));
    }
    // The day does not matter: nothing in the query depends on it.
    let session = warehouse
        .session(&SessionOptions::at(NaiveDate::default()))
        .await?;
    Ok((version, read_log(&session).await?))
}
