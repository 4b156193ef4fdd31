//! A session: queries in GoogleSQL over the tables.

use std::sync::{Arc, RwLock};

use chrono::NaiveDate;
use datafusion::arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, TableProvider,
};
use datafusion::common::Column;
use datafusion::common::config::Dialect;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::{Expr, cast};
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::casing::{Catalog, Lowered, SESSION_DATASET};
use crate::sql::{Spelling, Types, translate};
use crate::{Error, Params, Result, TableName, Warehouse, functions};

/// How a session runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// The day that `CURRENT_DATE()` is; `CURRENT_TIMESTAMP()` is its first instant
    /// in UTC. Never the clock, so that a query can be repeated.
    pub as_of: NaiveDate,
    /// How many threads a query may use, all cores if none.
    pub threads: Option<usize>,
    /// Bytes of memory a query may use, no limit if none. Sorts, windows and groupings
    /// beyond it go to disk; a join whose smaller side does not fit fails and says so.
    pub memory_limit: Option<usize>,
}

impl SessionOptions {
    /// All cores, no memory limit.
    pub fn at(as_of: NaiveDate) -> Self {
        SessionOptions {
            as_of,
            threads: None,
            memory_limit: None,
        }
    }
}

/// Queries over the newest version each table had when the session was opened.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    project: Arc<MemoryCatalogProvider>,
    catalog: Arc<RwLock<Catalog>>,
    name: String,
    as_of: NaiveDate,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("catalog", &self.name)
            .field("as_of", &self.as_of)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// A session without any table but those that get registered; the project's id
    /// is `catalog`.
    pub fn empty(catalog: &str, options: &SessionOptions) -> Result<Session> {
        let mut config = SessionConfig::new()
            .with_default_catalog_and_schema(catalog, SESSION_DATASET)
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(false);
        if let Some(threads) = options.threads {
            config = config.with_target_partitions(threads.max(1));
        }
        let threads = config.target_partitions().max(1);
        let settings = config.options_mut();
        settings.sql_parser.dialect = Dialect::BigQuery;
        settings.sql_parser.enable_ident_normalization = false;
        settings.sql_parser.map_string_types_to_utf8view = false;
        // BigQuery: nulls are smaller than everything
        settings.sql_parser.default_null_ordering = "nulls_min".to_owned();
        settings.execution.parquet.schema_force_view_types = false;
        settings.execution.time_zone = Some("+00:00".to_owned());

        let mut runtime = RuntimeEnvBuilder::new();
        if let Some(bytes) = options.memory_limit {
            // each sort sets memory aside to merge what it spills; the engine's 10 MB
            // are too few where keys are wide and rows narrow
            settings.execution.sort_spill_reservation_bytes = bytes / threads / 3;
            runtime = runtime.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
        }
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime.build_arc()?)
            .with_default_features()
            .with_type_planner(Arc::new(Types))
            .build();
        let context = SessionContext::new_with_state(state);
        for function in functions::all() {
            context.register_udf(function);
        }
        let project = Arc::new(MemoryCatalogProvider::new());
        context.register_catalog(catalog, Arc::clone(&project) as Arc<dyn CatalogProvider>);
        Ok(Session {
            context,
            project,
            catalog: Arc::default(),
            name: catalog.to_owned(),
            as_of: options.as_of,
        })
    }

    pub(crate) async fn open(warehouse: &Warehouse, options: &SessionOptions) -> Result<Session> {
        let session = Session::empty(warehouse.catalog(), options)?;
        for table in warehouse.tables().await? {
            let Some(delta) = warehouse.load(&table).await? else {
                continue;
            };
            let state = session.context.state();
            delta
                .update_datafusion_session(&state)
                .map_err(|e| Error::table(&table, e))?;
            let provider = delta.table_provider().with_session(Arc::new(state)).await?;
            session.register_table(&table.to_string(), provider)?;
        }
        Ok(session)
    }

    /// The day that `CURRENT_DATE()` is.
    pub fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// Whether the session has a table or view of this name, bare or `dataset.table`.
    pub fn has_table(&self, name: &str) -> bool {
        let (dataset, table) = name.split_once('.').unwrap_or((SESSION_DATASET, name));
        match self.catalog.read() {
            Ok(catalog) => catalog.has(dataset, table),
            Err(poisoned) => poisoned.into_inner().has(dataset, table),
        }
    }

    /// Whether a table or view `dataset.table` has a column of this name, in any case.
    pub fn has_column(&self, name: &str, column: &str) -> bool {
        let (dataset, table) = name.split_once('.').unwrap_or((SESSION_DATASET, name));
        match self.catalog.read() {
            Ok(catalog) => catalog.has_column(dataset, table, column),
            Err(poisoned) => poisoned.into_inner().has_column(dataset, table, column),
        }
    }

    /// Forgets a table or view `dataset.table`: queries no longer know it.
    pub fn forget(&self, name: &str) {
        let (dataset, table) = name.split_once('.').unwrap_or((SESSION_DATASET, name));
        match self.catalog.write() {
            Ok(mut catalog) => catalog.remove(dataset, table),
            Err(poisoned) => poisoned.into_inner().remove(dataset, table),
        }
    }

    /// The tables and views `dataset.table`, by name; those under a bare name are left out.
    pub fn tables(&self) -> Vec<String> {
        match self.catalog.read() {
            Ok(catalog) => catalog.names(),
            Err(poisoned) => poisoned.into_inner().names(),
        }
    }

    /// Plans a query without parameters.
    pub async fn query(&self, googlesql: &str) -> Result<DataFrame> {
        self.query_with(googlesql, &Params::new()).await
    }

    /// Plans a query with `@name` parameters. The answer's columns are spelled as in
    /// the query; strings are `Utf8`, whole numbers `Int64`, floats `Float64`,
    /// timestamps microseconds.
    pub async fn query_with(&self, sql: &str, params: &Params) -> Result<DataFrame> {
        let translated = {
            let catalog = match self.catalog.read() {
                Ok(catalog) => catalog,
                Err(poisoned) => poisoned.into_inner(),
            };
            translate(sql, &self.name, &catalog, params, self.as_of)?
        };
        let state = self.context.state();
        let plan = state.statement_to_plan(translated.statement).await?;
        let frame = DataFrame::new(state, plan);
        if translated.explain {
            return Ok(frame);
        }
        finish(frame, &translated.spelling)
    }

    /// Runs a query and collects its rows; the batches share the answer's schema even
    /// when there are no rows.
    pub async fn collect(&self, sql: &str, params: &Params) -> Result<Vec<RecordBatch>> {
        let frame = self.query_with(sql, params).await?;
        let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
        let mut batches = frame.collect().await?;
        batches.retain(|batch| batch.num_rows() > 0);
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(schema));
        }
        Ok(batches)
    }

    /// Makes `batches` a table of this session, under a bare name or `dataset.table`;
    /// it takes the place of one of the same name.
    pub fn register_batches(
        &self,
        name: &str,
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
    ) -> Result<()> {
        let table = MemTable::try_new(schema, vec![batches])?;
        self.register_table(name, Arc::new(table))
    }

    /// Makes `provider` a table of this session, under a bare name or `dataset.table`;
    /// it takes the place of one of the same name.
    pub fn register_table(&self, name: &str, provider: Arc<dyn TableProvider>) -> Result<()> {
        let full = if name.contains('.') {
            name.to_owned()
        } else {
            format!("{SESSION_DATASET}.{name}")
        };
        let TableName { dataset, table } = full.parse()?;
        let schema = provider.schema();
        let lowered = Arc::new(Lowered::new(name, provider)?);
        let datasets = match self.project.schema(&dataset) {
            Some(found) => found,
            None => {
                let made = Arc::new(MemorySchemaProvider::new());
                self.project.register_schema(&dataset, made)?;
                self.project
                    .schema(&dataset)
                    .ok_or_else(|| Error::UnknownTable {
                        name: full.clone(),
                        near: Vec::new(),
                    })?
            }
        };
        datasets.deregister_table(&table)?;
        datasets.register_table(table.clone(), lowered)?;
        match self.catalog.write() {
            Ok(mut catalog) => catalog.insert(&dataset, &table, &schema),
            Err(poisoned) => poisoned.into_inner().insert(&dataset, &table, &schema),
        }
        Ok(())
    }

    /// Makes the query a view of this session, under a bare name or `dataset.table`.
    /// It is computed anew each time it is read.
    pub async fn create_view(&self, name: &str, sql: &str, params: &Params) -> Result<()> {
        let frame = self.query_with(sql, params).await?;
        self.register_table(name, frame.into_view())
    }
}

/// Gives the answer's columns their spelling and plain types.
fn finish(frame: DataFrame, spelling: &Spelling) -> Result<DataFrame> {
    let mut columns = Vec::new();
    let mut changed = false;
    let mut seen = std::collections::BTreeSet::new();
    for (qualifier, field) in frame.schema().iter() {
        let name = spelling.of(field.name());
        if !seen.insert(name.to_lowercase()) {
            return Err(Error::Sql(format!(
                "the answer has two columns named {name}; give one of them another name with AS"
            )));
        }
        let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
        let plain = plain_type(field.data_type());
        changed |= plain != *field.data_type() || name != *field.name() || qualifier.is_some();
        let column = if plain == *field.data_type() {
            column
        } else {
            cast(column, plain)
        };
        columns.push(column.alias(name));
    }
    if !changed {
        return Ok(frame);
    }
    Ok(frame.select(columns)?)
}

/// The type of GoogleSQL that a type of the engine stands for.
fn plain_type(data_type: &DataType) -> DataType {
    use DataType::*;
    match data_type {
        Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 | UInt64 => Int64,
        Float16 | Float32 => Float64,
        LargeUtf8 | Utf8View => Utf8,
        Dictionary(_, values) => plain_type(values),
        Timestamp(_, zone) => Timestamp(TimeUnit::Microsecond, zone.clone()),
        Date64 => Date32,
        other => other.clone(),
    }
}
