//! Column names in any case.
//!
//! BigQuery's columns are case-insensitive, the query engine's are not. Every table
//! is shown to the engine with its columns in lower case, every query is lowered in
//! the same way, and the answer's columns get their spelling back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::{ExecutionPlan, Statistics};

use crate::error::nearest;
use crate::{Error, Result};

/// The dataset of tables registered by a bare name.
pub(crate) const SESSION_DATASET: &str = "session";

/// The tables a session knows: dataset, table, and the columns as spelled there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    tables: BTreeMap<(String, String), Vec<String>>,
}

impl Catalog {
    pub(crate) fn insert(&mut self, dataset: &str, table: &str, schema: &Schema) {
        let columns = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        self.tables
            .insert((dataset.to_owned(), table.to_owned()), columns);
    }

    /// Whether there is such a table.
    pub(crate) fn has(&self, dataset: &str, table: &str) -> bool {
        let key = (dataset.to_owned(), table.to_owned());
        self.tables.contains_key(&key)
    }

    /// Whether a table has a column, in any case.
    pub(crate) fn has_column(&self, dataset: &str, table: &str, column: &str) -> bool {
        let columns = self.tables.get(&(dataset.to_owned(), table.to_owned()));
        columns.is_some_and(|columns| columns.iter().any(|name| name.eq_ignore_ascii_case(column)))
    }

    /// Takes a table out.
    pub(crate) fn remove(&mut self, dataset: &str, table: &str) {
        self.tables.remove(&(dataset.to_owned(), table.to_owned()));
    }

    /// All tables but those under a bare name.
    pub(crate) fn names(&self) -> Vec<String> {
        let named = self
            .tables
            .keys()
            .filter(|(dataset, _)| dataset != SESSION_DATASET);
        named
            .map(|(dataset, table)| format!("{dataset}.{table}"))
            .collect()
    }

    /// The columns of a table, or an error that names the tables it may have meant.
    pub(crate) fn columns(&self, dataset: &str, table: &str) -> Result<&[String]> {
        let key = (dataset.to_owned(), table.to_owned());
        if let Some(columns) = self.tables.get(&key) {
            return Ok(columns);
        }
        let shown = |(dataset, table): &(String, String)| {
            if dataset == SESSION_DATASET {
                table.clone()
            } else {
                format!("{dataset}.{table}")
            }
        };
        let known: Vec<String> = self.tables.keys().map(shown).collect();
        let name = shown(&key);
        // a table of that name in another dataset is the likeliest slip
        let mut near: Vec<String> = self
            .tables
            .keys()
            .filter(|other| other.1.eq_ignore_ascii_case(table))
            .map(shown)
            .collect();
        for other in nearest(&name, known.iter().map(String::as_str)) {
            if !near.contains(&other) {
                near.push(other);
            }
        }
        near.truncate(3);
        Err(Error::UnknownTable { name, near })
    }
}

/// A table with its column names in lower case.
#[derive(Debug)]
pub(crate) struct Lowered {
    inner: Arc<dyn TableProvider>,
    schema: SchemaRef,
    /// lower case → the name inside
    inside: BTreeMap<String, String>,
}

impl Lowered {
    /// `inner` with lower-case columns; an error if two differ in case only.
    pub(crate) fn new(name: &str, inner: Arc<dyn TableProvider>) -> Result<Self> {
        let original = inner.schema();
        let mut inside = BTreeMap::new();
        let mut fields = Vec::with_capacity(original.fields().len());
        let mut twice = BTreeSet::new();
        for field in original.fields() {
            let lower = field.name().to_lowercase();
            if inside.insert(lower.clone(), field.name().clone()).is_some() {
                twice.insert(lower.clone());
            }
            fields.push(Field::clone(field).with_name(lower));
        }
        if !twice.is_empty() {
            let columns: Vec<String> = twice.into_iter().collect();
            return Err(Error::Sql(format!(
                "table `{name}` has columns that differ in case only: {}; rename one of each",
                columns.join(", ")
            )));
        }
        let schema = Arc::new(Schema::new_with_metadata(
            fields,
            original.metadata().clone(),
        ));
        Ok(Lowered {
            inner,
            schema,
            inside,
        })
    }

    fn inward(&self, filter: &Expr) -> EngineResult<Expr> {
        let renamed = filter.clone().transform(|expr| {
            Ok(match expr {
                Expr::Column(column) => match self.inside.get(&column.name) {
                    Some(name) => Transformed::yes(Expr::Column(Column::from_name(name))),
                    None => Transformed::no(Expr::Column(column)),
                },
                other => Transformed::no(other),
            })
        })?;
        Ok(renamed.data)
    }
}

#[async_trait]
impl TableProvider for Lowered {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        self.inner.table_type()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let filters: Vec<Expr> = filters
            .iter()
            .map(|filter| self.inward(filter))
            .collect::<EngineResult<_>>()?;
        let plan = self.inner.scan(state, projection, &filters, limit).await?;
        let renamed: Vec<ProjectionExpr> = plan
            .schema()
            .fields()
            .iter()
            .enumerate()
            .map(|(index, field)| ProjectionExpr {
                expr: Arc::new(PhysicalColumn::new(field.name(), index)),
                alias: field.name().to_lowercase(),
            })
            .collect();
        if renamed.is_empty() {
            return Ok(plan);
        }
        Ok(Arc::new(ProjectionExec::try_new(renamed, plan)?))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        let filters: Vec<Expr> = filters
            .iter()
            .map(|filter| self.inward(filter))
            .collect::<EngineResult<_>>()?;
        self.inner
            .supports_filters_pushdown(&filters.iter().collect::<Vec<_>>())
    }

    fn statistics(&self) -> Option<Statistics> {
        // by position, so the names do not matter
        self.inner.statistics()
    }
}
