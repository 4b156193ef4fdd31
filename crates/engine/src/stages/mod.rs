//! The stages in their order, each skipped when its inputs did not change.

pub mod dataset;
pub mod ingest;
pub mod rows;
pub mod score;
pub mod train;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use leadrank_sources::FileKind;
use leadrank_warehouse::{Params, Session, SessionOptions, TableName, Warehouse};

use crate::error::{Error, Result};
use crate::progress::{Progress, Sink};
use crate::project::Project;

/// Share of the machine's work that a query may hold in memory before it
/// spills to disk, in bytes.
const QUERY_MEMORY: usize = 3 << 30;

const FIRMS: &str = "LeadScoring.discovery_firms_current";

/// A table's name from its constant text.
///
/// # Errors
/// When the text is no `dataset.table`.
pub fn table(name: &str) -> Result<TableName> {
    Ok(name.parse::<TableName>()?)
}

/// Opens a session that sees the newest version of every table. A project without
/// firm files has an empty firm table in it, so that queries need not tell them apart.
///
/// # Errors
/// When a table can't be opened.
pub async fn session(warehouse: &Warehouse, as_of: NaiveDate, threads: usize) -> Result<Session> {
    let options = SessionOptions {
        as_of,
        threads: Some(threads),
        memory_limit: Some(QUERY_MEMORY),
    };
    let session = warehouse.session(&options).await?;
    if !warehouse.exists(&table(FIRMS)?).await? {
        let schema = FileKind::Firms.contract().schema();
        session.register_batches(FIRMS, schema, Vec::new())?;
    }
    Ok(session)
}

/// Says so where the last day of the data has not come yet: one mistyped date would
/// otherwise age every vendor month and close every open label window.
pub fn warn_of_future(day: NaiveDate, now: DateTime<Utc>, progress: &Sink<'_>) {
    if day > now.date_naive() {
        progress(Progress::Warning(format!(
            "the analysis date {day} has not come yet: labels and the age of vendor data are counted to that day; mend the date in salesforce_lead.csv, or give the right day with --as-of"
        )));
    }
}

/// The analysis date: the configured one, or the last day on which anything
/// happened in the lead file. Never today's.
///
/// # Errors
/// When there are no leads yet.
pub async fn as_of(project: &Project, warehouse: &Warehouse) -> Result<NaiveDate> {
    if let Some(day) = project.config().as_of {
        return Ok(day);
    }
    if !warehouse.exists(&table("SavvyGTMData.Lead")?).await? {
        return Err(Error::Data(
            "no leads loaded yet: put salesforce_lead.csv into raw/ and run `leadrank ingest`"
                .into(),
        ));
    }
    let session = session(warehouse, NaiveDate::default(), 1).await?;
    let query = include_str!("last_day.sql");
    let batches = session.collect(query, &Params::default()).await?;
    let day = rows::Rows::new(batches)
        .dates("last_day")?
        .first()
        .copied()
        .flatten();
    day.ok_or_else(|| {
        Error::Data(
            "the lead file holds no dates, so there is no analysis date; give one with --as-of"
                .into(),
        )
    })
}

/// What a stage's fingerprint says of the deliveries behind it: the version of each
/// table, and the hash of each file in it, since versions begin anew where somebody
/// removed the tables.
///
/// `inputs` are pairs of a table and the kind that the load log gives its files.
///
/// # Errors
/// When a table can't be read.
pub async fn deliveries(warehouse: &Warehouse, inputs: &[(&str, &str)]) -> Result<String> {
    let mut text = String::new();
    for (name, _) in inputs {
        let version = warehouse.version(&table(name)?).await?;
        text.push_str(&format!("{name} {version:?}\n"));
    }
    if !warehouse.exists(&table("LeadScoring.load_log")?).await? {
        return Ok(text);
    }
    let session = session(warehouse, NaiveDate::default(), 1).await?;
    let query = "SELECT kind, file, territory, sha256, contract_version, \
                 CAST(snapshot_as_of AS STRING) AS month \
                 FROM LeadScoring.load_log ORDER BY kind, month, territory, file";
    let log = rows::Rows::new(session.collect(query, &Params::default()).await?);
    let names = [
        "kind",
        "file",
        "territory",
        "sha256",
        "contract_version",
        "month",
    ];
    let columns = names
        .iter()
        .map(|name| log.texts(name))
        .collect::<Result<Vec<_>>>()?;
    for row in 0..log.len() {
        let cells: Vec<&str> = columns
            .iter()
            .map(|column| column[row].as_deref().unwrap_or_default())
            .collect();
        if inputs.iter().any(|(_, kind)| cells[0] == *kind) {
            text.push_str(&format!("{}\n", cells.join(" ")));
        }
    }
    Ok(text)
}

/// Answers one query over the project's tables, with one batch at least.
///
/// # Errors
/// When the query is wrong or a table can't be read.
pub async fn query(project: &Project, sql: &str, threads: usize) -> Result<Vec<RecordBatch>> {
    let warehouse = project.warehouse().await?;
    let day = match as_of(project, &warehouse).await {
        Ok(day) => day,
        // Tables without leads can be asked too; only CURRENT_DATE() needs the day.
        Err(Error::Data(_)) => NaiveDate::default(),
        Err(error) => return Err(error),
    };
    let session = session(&warehouse, day, threads).await?;
    if warehouse
        .exists(&table("LeadScoring.discovery_reps_current")?)
        .await?
    {
        stage_territories(&session).await?;
    }
    let frame = session.query(sql).await?;
    let schema: SchemaRef = frame.schema().inner().clone();
    let mut batches = frame.collect().await?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}

/// `staging_discovery_t1` to `t3`: the newest month of a territory. They are views:
/// the rows stand in `discovery_reps_current` already, with their file and line.
async fn stage_territories(session: &Session) -> Result<()> {
    for territory in ["T1", "T2", "T3"] {
        let newest = format!(
            "SELECT * FROM LeadScoring.discovery_reps_current WHERE territory_source = '{territory}' \
             AND snapshot_as_of = (SELECT MAX(snapshot_as_of) FROM LeadScoring.discovery_reps_current \
             WHERE territory_source = '{territory}')"
        );
        let name = format!("LeadScoring.staging_discovery_{}", territory.to_lowercase());
        session
            .create_view(&name, &newest, &Params::default())
            .await?;
    }
    Ok(())
}

/// Rows of each table of the project.
///
/// # Errors
/// When a table can't be read.
pub async fn table_rows(project: &Project, threads: usize) -> Result<BTreeMap<String, i64>> {
    let warehouse = project.warehouse().await?;
    let session = session(&warehouse, NaiveDate::default(), threads).await?;
    let mut counts = BTreeMap::new();
    for name in warehouse.tables().await? {
        let sql = format!("SELECT COUNT(*) AS n FROM {name}");
        let batches = session.collect(&sql, &Params::default()).await?;
        let count = rows::Rows::new(batches)
            .integers("n")?
            .first()
            .copied()
            .flatten();
        counts.insert(name.to_string(), count.unwrap_or(0));
    }
    Ok(counts)
}
