//! The stages in their order, each skipped when its inputs did not change.

mod changes;
pub mod dataset;
pub mod ingest;
pub mod rows;
pub mod score;
pub mod train;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use leadrank_sources::{FileKind, InUse, Known, register_in_use};
use leadrank_warehouse::{Params, Session, SessionOptions, TableName, Warehouse};

use crate::error::{Error, Result};
use crate::progress::{Progress, Sink};
use crate::project::Project;
use crate::words;

/// Share of the machine's work that a query may hold in memory before it
/// spills to disk, in bytes.
const QUERY_MEMORY: usize = 3 << 30;

const REPS: &str = "LeadScoring.discovery_reps_current";
const FIRMS: &str = "LeadScoring.discovery_firms_current";
const LEADS: &str = "SavvyGTMData.Lead";

/// A table's name from its constant text.
///
/// # Errors
/// When the text is no `dataset.table`.
pub fn table(name: &str) -> Result<TableName> {
    Ok(name.parse::<TableName>()?)
}

/// A session over a project's tables, and the loads behind them.
#[derive(Debug, Clone)]
pub struct Data {
    /// The tables, the vendor's and Salesforce's as they are in use.
    pub session: Session,
    /// The loads in use.
    pub in_use: InUse,
}

/// Opens a session that sees the newest version of every table, and of the deliveries
/// what is in use as known on the project's day of knowledge, without the vendor months
/// after the analysis date where one is set. A project without firm files has an empty firm
/// table in it, so that queries need not tell them apart.
///
/// # Errors
/// When a table can't be opened.
pub async fn open(
    project: &Project,
    warehouse: &Warehouse,
    as_of: NaiveDate,
    threads: usize,
) -> Result<Data> {
    open_at(warehouse, as_of, threads, project.knowledge()).await
}

/// As [`open`], and where an analysis date is set the leads as they were on that day: what
/// is learned and checked knows nothing of later stages.
///
/// # Errors
/// As [`open`].
pub async fn open_cut_off(
    project: &Project,
    warehouse: &Warehouse,
    as_of: NaiveDate,
    threads: usize,
) -> Result<Data> {
    let data = open(project, warehouse, as_of, threads).await?;
    if let Some(day) = project.config().as_of {
        hide_stages_after(&data.session, day).await?;
    }
    Ok(data)
}

/// Takes from the session's view of leads the stages entered after a day, and the leads that
/// came after it.
///
/// # Errors
/// When the view can't be made.
pub async fn hide_stages_after(session: &Session, day: NaiveDate) -> Result<()> {
    if !session.has_table(LEADS) {
        return Ok(());
    }
    let stages: Vec<String> = FileKind::Lead
        .contract()
        .columns
        .iter()
        .map(|column| column.name)
        .filter(|name| name.starts_with("Stage_Entered_"))
        .map(|name| format!("IF(DATE({name}) > DATE '{day}', NULL, {name}) AS {name}"))
        .collect();
    let sql = format!(
        "SELECT * REPLACE ({}) FROM {LEADS} WHERE CreatedDate IS NULL \
         OR DATE(CreatedDate) <= DATE '{day}' OR DATE(Stage_Entered_Contacting__c) <= DATE '{day}'",
        stages.join(", ")
    );
    session.create_view(LEADS, &sql, &Params::default()).await?;
    Ok(())
}

/// Why nothing of a kind is in use, and what to do: it is held back, or lies there unread,
/// or was never put there.
pub fn nothing_in_use(project: &Project, in_use: &InUse, kind: FileKind) -> Error {
    let (what, wanted) = match kind {
        FileKind::Lead => ("no leads are", "salesforce_lead.csv"),
        _ => (
            "no vendor month is",
            "discovery_t1_YYYY_MM.csv and its sisters",
        ),
    };
    let held: Vec<&str> = (in_use.held.iter())
        .filter(|load| load.kind == kind)
        .map(|load| load.file.as_str())
        .collect();
    if !held.is_empty() {
        return Error::NothingInUse(format!(
            "{what} in use: {} in quarantine; `leadrank check quality` shows why",
            words::are(&held)
        ));
    }
    if let (Some(day), FileKind::Reps) = (project.config().as_of, kind) {
        return Error::NothingInUse(format!(
            "no vendor month of {day} or before is in use; `leadrank status` shows which months are loaded"
        ));
    }
    // A folder that can't be read is for `ingest` to say.
    let found = leadrank_sources::discover::discover(&project.raw());
    let sources = found.map(|found| found.sources).unwrap_or_default();
    let mut files: Vec<String> = (sources.iter())
        .filter(|source| source.kind == kind)
        .filter_map(|source| source.path.file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    files.sort_unstable();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    Error::NothingInUse(match files.is_empty() {
        true => format!("{what} loaded yet: put {wanted} into raw/ and run `leadrank ingest`"),
        false => format!(
            "{what} loaded yet: {} in raw/, so run `leadrank ingest` and read what it says",
            words::are(&files)
        ),
    })
}

/// The same as known at another time.
///
/// # Errors
/// As [`open`].
pub async fn open_at(
    warehouse: &Warehouse,
    as_of: NaiveDate,
    threads: usize,
    known: Known,
) -> Result<Data> {
    let options = SessionOptions {
        as_of,
        threads: Some(threads),
        memory_limit: Some(QUERY_MEMORY),
    };
    let session = warehouse.session(&options).await?;
    let in_use = register_in_use(&session, known).await?;
    if !session.has_table(FIRMS) {
        let schema = FileKind::Firms.contract().schema();
        session.register_batches(FIRMS, schema, Vec::new())?;
    }
    Ok(Data { session, in_use })
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
    let Data { session, in_use } = open(project, warehouse, NaiveDate::default(), 1).await?;
    // A lead file that is held back leaves an empty view.
    let none = in_use.kind(FileKind::Lead).next().is_none() && project.known == Known::NOW;
    if none || !session.has_table(LEADS) {
        return Err(nothing_in_use(project, &in_use, FileKind::Lead));
    }
    let query = include_str!("last_day.sql");
    let batches = session.collect(query, &Params::default()).await?;
    let day = rows::Rows::new(batches)
        .dates("last_day")?
        .first()
        .copied()
        .flatten();
    if day.is_none() && project.known != Known::NOW {
        return Err(Error::Data(
            "no lead file was loaded by the end of that day; `leadrank sql \"SELECT delivery, loaded_at FROM LeadScoring.load_log\"` shows what was loaded when".into(),
        ));
    }
    day.ok_or_else(|| {
        Error::Data(
            "the lead file holds no dates, so there is no analysis date; give one with --as-of"
                .into(),
        )
    })
}

/// What a stage's fingerprint says of the deliveries behind it: the place, the hash and
/// the way of reading of each file in use, of these kinds.
pub fn deliveries(in_use: &InUse, kinds: &[FileKind]) -> String {
    let mut text = String::new();
    for load in in_use
        .loads
        .iter()
        .filter(|load| kinds.contains(&load.kind))
    {
        let month = load.snapshot_as_of.map(|day| day.to_string());
        text.push_str(&format!(
            "{} {} {} {} {} {}\n",
            load.kind,
            load.file,
            load.territory.as_deref().unwrap_or_default(),
            load.sha256,
            load.contract_version,
            month.unwrap_or_default()
        ));
    }
    text
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
        Err(Error::Data(_) | Error::NothingInUse(_)) => NaiveDate::default(),
        Err(error) => return Err(error),
    };
    let session = open(project, &warehouse, day, threads).await?.session;
    if session.has_table(REPS) {
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

/// The loads in use, and what is in quarantine.
///
/// # Errors
/// When the ledger can't be read.
pub async fn in_use(project: &Project) -> Result<InUse> {
    let warehouse = project.warehouse().await?;
    // What is loaded, whatever day is looked at.
    Ok(open_at(&warehouse, NaiveDate::default(), 1, project.known)
        .await?
        .in_use)
}

/// Rows of each table and view of the project.
///
/// # Errors
/// When a table can't be read.
pub async fn table_rows(project: &Project, threads: usize) -> Result<BTreeMap<String, i64>> {
    let warehouse = project.warehouse().await?;
    let Data { session, in_use } =
        open_at(&warehouse, NaiveDate::default(), threads, project.known).await?;
    let has_firms = in_use.kind(FileKind::Firms).next().is_some();
    let mut counts = BTreeMap::new();
    // The stores behind the views hold superseded and quarantined rows, too.
    let shown = |name: &String| !name.ends_with("_deliveries") && (has_firms || name != FIRMS);
    for name in session.tables().into_iter().filter(shown) {
        let sql = format!("SELECT COUNT(*) AS n FROM {name}");
        let batches = session.collect(&sql, &Params::default()).await?;
        let count = rows::Rows::new(batches)
            .integers("n")?
            .first()
            .copied()
            .flatten();
        counts.insert(name, count.unwrap_or(0));
    }
    Ok(counts)
}
