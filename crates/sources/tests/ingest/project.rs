//! A project in a temporary folder: raw files beside a warehouse.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use leadrank_sources::{
    IngestOptions, IngestReport, Known, Result, Silent, ingest, register_in_use,
};
use leadrank_warehouse::{Params, SessionOptions, Warehouse};

/// The day all tests happen on.
pub(crate) fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 11, 1).expect("valid")
}

pub(crate) fn loaded_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 11, 1, 6, 0, 0)
        .single()
        .expect("valid")
}

pub(crate) struct Project {
    folder: tempfile::TempDir,
    pub(crate) warehouse: Warehouse,
}

impl Project {
    pub(crate) async fn new() -> Project {
        let folder = tempfile::tempdir().expect("writable");
        std::fs::create_dir(folder.path().join("raw")).expect("writable");
        let root = folder.path().join("tables").display().to_string();
        let warehouse = Warehouse::open(&root, "savvy-gtm-analytics")
            .await
            .expect("opens");
        Project { folder, warehouse }
    }

    pub(crate) fn raw(&self) -> PathBuf {
        self.folder.path().join("raw")
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.raw().join(name);
        std::fs::write(&path, content).expect("writable");
        path
    }

    pub(crate) fn options(&self) -> IngestOptions {
        IngestOptions::folder(self.raw(), loaded_at())
    }

    pub(crate) async fn load(&self) -> Result<IngestReport> {
        ingest(&self.warehouse, &self.options(), &Silent).await
    }

    /// Loads at a moment, with other options than usual.
    pub(crate) async fn load_with(
        &self,
        change: impl FnOnce(&mut IngestOptions),
    ) -> Result<IngestReport> {
        let mut options = self.options();
        change(&mut options);
        ingest(&self.warehouse, &options, &Silent).await
    }

    /// Answers of a query as text, nulls as `∅`.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        self.rows_known(sql, Known::NOW).await
    }

    /// The same, without rows where nothing was ever loaded.
    pub(crate) async fn rows_if_loaded(&self, sql: &str) -> Vec<Vec<String>> {
        let log = "LeadScoring.load_log".parse().expect("a name");
        if self.warehouse.exists(&log).await.expect("known") {
            self.rows(sql).await
        } else {
            Vec::new()
        }
    }

    /// The same as known then.
    pub(crate) async fn rows_known(&self, sql: &str, known: Known) -> Vec<Vec<String>> {
        let session = self
            .warehouse
            .session(&SessionOptions::at(day()))
            .await
            .expect("opens");
        register_in_use(&session, known).await.expect("readable");
        let batches = session.collect(sql, &Params::new()).await.expect(sql);
        batches.iter().flat_map(text).collect()
    }

    /// Version of each table there is: equal before and after means nothing was written.
    pub(crate) async fn versions(&self) -> Vec<(String, u64)> {
        let mut versions = Vec::new();
        for table in self.warehouse.tables().await.expect("listed") {
            let version = self.warehouse.version(&table).await.expect("known");
            versions.push((table.to_string(), version.expect("exists")));
        }
        versions
    }
}

fn text(batch: &RecordBatch) -> Vec<Vec<String>> {
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| cast(column, &DataType::Utf8).expect("printable"))
        .collect();
    (0..batch.num_rows())
        .map(|row| {
            let cell = |column: &datafusion::arrow::array::ArrayRef| {
                let column = column.as_string::<i32>();
                if column.is_null(row) {
                    "∅".into()
                } else {
                    column.value(row).to_owned()
                }
            };
            columns.iter().map(cell).collect()
        })
        .collect()
}

/// Makes the rows that are compared with.
pub(crate) fn table(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
        .collect()
}
