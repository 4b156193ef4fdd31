//! Stage 2: contacted leads → labels, split, fitted constants, 69 features.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use leadrank_evidence::{Promise, none_lost, one_each};
use leadrank_features::{FeatureOptions, FittedConstants, History, LabelAudit};
use leadrank_learn::LearnError;
use leadrank_learn::split::{Rows as _, Split, SplitAudit, SplitInput, Times, split};
use leadrank_sources::FileKind;
use leadrank_warehouse::{Params, Session, Warehouse, WriteMode, WriteOptions};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::rows::Rows;
use super::{Data, as_of, deliveries, nothing_in_use, open_cut_off, table, warn_of_future};
use crate::checks::leakage;
use crate::error::{Error, Result};
use crate::gates;
use crate::ledger;
use crate::progress::{Progress, Sink};
use crate::project::{Project, write_atomically};

const TRAINING_DATASET: &str = "LeadScoring.training_dataset";
const REP_FEATURES: &str = "LeadScoring.discovery_reps_with_features";

/// What the stage made, kept in `.leadrank/dataset.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetReport {
    /// The analysis date.
    pub as_of: NaiveDate,
    /// What became of the labels.
    pub labels: LabelAudit,
    /// How many leads found vendor data, and of which month.
    pub coverage: Coverage,
    /// How the labelled rows are divided; none where a check looks at rows too few for that.
    pub split: Option<SplitAudit>,
    /// The four numbers fitted on the training rows, or on all labelled rows without a split.
    pub constants: FittedConstants,
    /// SHA-256 over the ids of the rows that fitted them.
    pub constants_rows_sha256: String,
    /// Version of `LeadScoring.training_dataset`.
    pub training_dataset_version: u64,
}

/// How many contacted leads found vendor data as of their contact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Contacted leads.
    pub leads: u64,
    /// Of them with an adviser number.
    pub with_crd: u64,
    /// Of them matched to a vendor month not after the contact.
    pub matched: u64,
    /// Of the others, those that got facts of a month after their contact: 0 unless the
    /// policy of history is `hybrid`.
    #[serde(default)]
    pub later: u64,
    /// Of the matched, those that can be learned from.
    #[serde(default)]
    pub clean: Clean,
    /// Matched leads by vendor month.
    pub by_month: BTreeMap<NaiveDate, u64>,
    /// Median days between the vendor month and the contact.
    pub median_age_days: Option<f64>,
}

/// The cohort that can be learned from without looking into the future.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clean {
    /// Matched leads with a label.
    pub labelled: u64,
    /// Of them positive.
    pub positives: u64,
}

/// Makes `training_dataset` and `discovery_reps_with_features`, unless both are
/// up to date.
///
/// # Errors
/// When there are too few leads or positives, or a table can't be read or written.
pub async fn run(
    project: &Project,
    now: DateTime<Utc>,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<DatasetReport> {
    let warehouse = project.warehouse().await?;
    let day = as_of(project, &warehouse).await?;
    warn_of_future(day, now, progress);
    let data = open_cut_off(project, &warehouse, day, threads).await?;
    let fingerprint = fingerprint(project, &data, day);
    let file = project.records().join("dataset.json");
    if ledger::is_current(project, "dataset", &fingerprint)
        && let Some(report) = read_report(&file)
        && is_there(&warehouse, &report).await?
    {
        warn(&report.coverage, progress);
        return Ok(report);
    }
    ledger::begun(project, "dataset");
    let made = match make(project, &data, day, progress).await {
        Ok(made) => made,
        Err(error) => {
            // No reason leads past a refusal; it stays on record.
            if let Some(gate) = leakage::refused(&error) {
                gates::record(&project.unforced(), now, "features", &mut [gate])?;
            }
            return Err(error);
        }
    };
    let rows = stream_of(made.batches.clone(), &made.schema);
    let commit = warehouse
        .write(
            &table(TRAINING_DATASET)?,
            WriteMode::Overwrite,
            Arc::clone(&made.schema),
            rows,
            &WriteOptions::default(),
        )
        .await?;
    warn(&made.report.coverage, progress);
    let (options, constants) = (&made.options, &made.report.constants);
    write_rep_features(&warehouse, &data.session, options, constants, progress).await?;

    let report = DatasetReport {
        training_dataset_version: commit.version,
        ..made.report
    };
    write_atomically(&file, &crate::bundle::to_json("dataset.json", &report)?)?;
    let record = DatasetRecord {
        known_at: now,
        as_of: day,
        settings: settings(project),
        constants: report.constants.clone(),
        rows: commit.rows,
        rows_sha256: rows_sha256(&Rows::new(made.batches))?,
    };
    ledger::append(&project.records().join(HISTORY), &record)?;
    let outcome = format!("{} rows as of {day}", commit.rows);
    ledger::finished(project, now, "dataset", &fingerprint, outcome)?;
    Ok(report)
}

const HISTORY: &str = "datasets.jsonl";
/// Number of the set of columns in the training dataset: rows written with another are made
/// again.
const COLUMNS: u32 = 2;

/// A training dataset that was once made: enough to make it again from what was known
/// then, and to see whether it is the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetRecord {
    /// When it was made.
    pub known_at: DateTime<Utc>,
    /// Its analysis date.
    pub as_of: NaiveDate,
    /// Hash over the settings, the SQL and the version that made it.
    pub settings: String,
    /// Its fitted constants.
    pub constants: FittedConstants,
    /// Its rows.
    pub rows: u64,
    /// Hash over the content of its rows.
    pub rows_sha256: String,
}

/// Every training dataset that was made in this project, oldest first.
pub fn history(project: &Project) -> Vec<DatasetRecord> {
    let text = std::fs::read_to_string(project.records().join(HISTORY)).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Hash over all that decides how rows are made of deliveries.
pub fn settings(project: &Project) -> String {
    let config = project.config();
    let text = format!(
        "{} {COLUMNS} {:?} {:?} {:?} {:?} {:?} {}",
        env!("CARGO_PKG_VERSION"),
        config.as_of,
        config.label,
        config.features,
        config.freshness,
        config.split,
        leadrank_features::models_sha256(&project.root)
    );
    ledger::sha256(text.as_bytes())
}

/// Hash over the content of a training dataset, row by row in the order of lead ids.
///
/// # Errors
/// When a column is missing.
pub fn rows_sha256(rows: &Rows) -> Result<String> {
    let hashes = row_hashes(rows)?;
    Ok(ledger::sha256(hashes.concat().as_slice()))
}

/// A hash over each row: its keys, label and features. Every missing number counts alike.
///
/// # Errors
/// When a column is missing.
pub fn row_hashes(rows: &Rows) -> Result<Vec<[u8; 32]>> {
    let mut lines = vec![Vec::new(); rows.len()];
    for name in ["lead_id", "adviser_id", "label_status"] {
        for (line, text) in lines.iter_mut().zip(rows.texts(name)?) {
            line.extend_from_slice(text.unwrap_or_default().as_bytes());
            line.push(0);
        }
    }
    for name in ["contact_date", "snapshot_as_of"] {
        for (line, day) in lines.iter_mut().zip(rows.dates(name)?) {
            line.extend_from_slice(&day.map_or(i32::MIN, days_since_epoch).to_le_bytes());
        }
    }
    let features = leadrank_features::catalog()
        .iter()
        .map(|feature| feature.name);
    for name in ["label"].into_iter().chain(features) {
        for (line, value) in lines.iter_mut().zip(rows.numbers(name)?) {
            line.extend_from_slice(&value.unwrap_or(f64::NAN).to_bits().to_le_bytes());
        }
    }
    Ok(lines
        .iter()
        .map(|line| Sha256::digest(line).into())
        .collect())
}

/// The training dataset with all that led to it, not written anywhere.
#[derive(Debug)]
pub struct Made {
    /// What is reported of it; the version is 0.
    pub report: DatasetReport,
    /// How its features were made.
    pub options: FeatureOptions,
    /// Columns of its rows.
    pub schema: SchemaRef,
    /// Its rows, by lead.
    pub batches: Vec<RecordBatch>,
}

/// Makes labels, split, constants and features from what is in use.
///
/// # Errors
/// As [`run`].
pub async fn make(
    project: &Project,
    data: &Data,
    day: NaiveDate,
    progress: &Sink<'_>,
) -> Result<Made> {
    made(project, data, day, true, progress).await
}

/// As [`make`], but rows that are too few for a split are kept undivided: to look at, not to
/// learn from.
///
/// # Errors
/// When a table can't be read.
pub async fn make_to_look_at(
    project: &Project,
    data: &Data,
    day: NaiveDate,
    progress: &Sink<'_>,
) -> Result<Made> {
    made(project, data, day, false, progress).await
}

async fn made(
    project: &Project,
    data: &Data,
    day: NaiveDate,
    must_split: bool,
    progress: &Sink<'_>,
) -> Result<Made> {
    let session = &data.session;
    let options = feature_options(project, data, day)?;
    progress(Progress::Stage("labels and features as of contact".into()));
    let labels = leadrank_features::prepare_leads(session, &options).await?;
    let rows = lead_rows(session).await?;
    let (split, training) = match split_rows(project, &rows) {
        Ok(SplitRows { split, ids, .. }) => {
            let rows = split.refit.indices().iter();
            let training: Vec<String> = rows.map(|&row| ids[row].clone()).collect();
            (Some(split), training)
        }
        Err(Error::Learn(LearnError::Split { .. })) if !must_split => {
            (None, rows.texts("lead_id")?.into_iter().flatten().collect())
        }
        Err(error) => return Err(error),
    };
    let constants = leadrank_features::fit_constants(session, &options, &training).await?;
    let frame = leadrank_features::training_dataset(session, &options, &constants).await?;
    let schema = frame.schema().inner().clone();
    let batches = frame.collect().await?;
    let report = DatasetReport {
        as_of: day,
        coverage: coverage(&Rows::new(batches.clone()), &labels, options.history)?,
        labels,
        split: split.map(|split| split.audit),
        constants,
        constants_rows_sha256: ledger::sha256(training.join("\n").as_bytes()),
        training_dataset_version: 0,
    };
    Ok(Made {
        report,
        options,
        schema,
        batches,
    })
}

/// Batches as a stream, under one schema: the engine knows of some batches that a column
/// has no nulls.
fn stream_of(batches: Vec<RecordBatch>, schema: &SchemaRef) -> SendableRecordBatchStream {
    let under = Arc::clone(schema);
    let batches = batches.into_iter().map(move |batch| {
        RecordBatch::try_new(Arc::clone(&under), batch.columns().to_vec()).map_err(Into::into)
    });
    let stream = futures::stream::iter(batches);
    Box::pin(RecordBatchStreamAdapter::new(Arc::clone(schema), stream))
}

fn read_report(file: &std::path::Path) -> Option<DatasetReport> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Without vendor data there is next to nothing to learn from; say so before a
/// model does in harder words.
fn warn(coverage: &Coverage, progress: &Sink<'_>) {
    if 2 * coverage.matched < coverage.leads {
        progress(Progress::Warning(format!(
            "only {} of {} contacted leads found vendor data from before their contact ({} have an adviser number); the model knows nothing of the others: load older vendor months, or check FA_CRD__c in the lead file",
            coverage.matched, coverage.leads, coverage.with_crd
        )));
    }
}

/// Whether the tables of the stage are still those it wrote.
async fn is_there(warehouse: &Warehouse, report: &DatasetReport) -> Result<bool> {
    let version = warehouse.version(&table(TRAINING_DATASET)?).await?;
    let reps = warehouse.exists(&table(REP_FEATURES)?).await?;
    Ok(version == Some(report.training_dataset_version) && reps)
}

/// Everything that decides what this stage makes.
fn fingerprint(project: &Project, data: &Data, day: NaiveDate) -> String {
    let mut text = format!("{} {day}\n", settings(project));
    text.push_str(&deliveries(
        &data.in_use,
        &[FileKind::Lead, FileKind::Reps, FileKind::Firms],
    ));
    ledger::sha256(text.as_bytes())
}

/// The feature options that follow from the project and its deliveries.
///
/// # Errors
/// When no vendor month is in use.
pub fn feature_options(project: &Project, data: &Data, day: NaiveDate) -> Result<FeatureOptions> {
    let config = project.config();
    let mut options = FeatureOptions::new(day, config.label.window_days);
    options.calculable = config.features.calculable.parse()?;
    options.history = config.features.history.parse()?;
    options.models = leadrank_features::Models::of_project(&project.root)?;
    options.absent_firm_columns = data.in_use.absent_firm_columns();
    if options.absent_firm_columns.is_empty() {
        return Err(nothing_in_use(project, &data.in_use, FileKind::Reps));
    }
    Ok(options)
}

/// The labelled leads as [`split_rows`] wants them. Both the constants and the training read
/// the same split, since it depends on the rows and the settings alone.
async fn lead_rows(session: &Session) -> Result<Rows> {
    let query = "SELECT lead_id, adviser_id, contact_date, snapshot_as_of, label FROM lead_base \
                 ORDER BY lead_id";
    Ok(Rows::new(session.collect(query, &Params::default()).await?))
}

/// Rows of the training dataset, divided.
pub struct SplitRows {
    /// The parts.
    pub split: Split,
    /// What they were cut from.
    pub input: SplitInput,
    /// The lead of each row.
    pub ids: Vec<String>,
}

/// Splits rows with the columns `lead_id`, `adviser_id`, `contact_date`,
/// `snapshot_as_of`, `label`. Under the strict policy of history, leads without vendor
/// facts of their time have no label that counts.
///
/// # Errors
/// When a part would be too small to be of use.
pub fn split_rows(project: &Project, rows: &Rows) -> Result<SplitRows> {
    let config = project.config();
    let ids: Vec<String> = rows.texts("lead_id")?.into_iter().flatten().collect();
    let days = rows.dates("contact_date")?;
    let mut labels = rows.flags("label")?;
    if config.features.history.parse::<History>()? == History::Strict {
        let months = rows.dates("snapshot_as_of")?;
        for (label, (day, month)) in labels.iter_mut().zip(days.iter().zip(months)) {
            let age = day.zip(month).map(|(day, month)| (day - month).num_days());
            if age.is_none_or(|age| age > config.freshness.max_age_days) {
                *label = None;
            }
        }
    }
    let input = SplitInput {
        times: Times::Days(
            days.into_iter()
                .map(|day| day.map(days_since_epoch))
                .collect(),
        ),
        groups: Some(rows.texts("adviser_id")?),
        labels,
        assignment: None,
    };
    Ok(SplitRows {
        split: split(&input, &config.split)?,
        input,
        ids,
    })
}

/// Calendar days since 1970-01-01.
pub fn days_since_epoch(day: NaiveDate) -> i32 {
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// Counts of the rows of a training dataset; a lead must not have two, nor a fact from
/// after its contact where the policy of history does not allow one.
fn coverage(rows: &Rows, labels: &LabelAudit, history: History) -> Result<Coverage> {
    let ids = rows.texts("lead_id")?;
    let contacts = rows.dates("contact_date")?;
    let months = rows.dates("snapshot_as_of")?;
    let taken = rows.dates("facts_as_of")?;
    Promise::OneRowALead.hold(one_each(&ids), || "training_dataset".into())?;
    let statuses = [
        labels.positive,
        labels.negative,
        labels.late,
        labels.censored,
        labels.invalid_timing,
    ];
    let all_counted =
        none_lost(statuses, labels.contacted) && labels.contacted == rows.len() as u64;
    Promise::EveryLabelCounted.hold(all_counted, || format!("{labels:?}, {} rows", rows.len()))?;
    let mut coverage = Coverage {
        leads: rows.len() as u64,
        with_crd: rows.texts("adviser_id")?.iter().flatten().count() as u64,
        ..Coverage::default()
    };
    let is_later = |(contact, month): &(&Option<NaiveDate>, &Option<NaiveDate>)| {
        month.is_some() && month > contact
    };
    let claimed = contacts.iter().zip(&months).filter(is_later).count() as u64;
    coverage.later = contacts.iter().zip(&taken).filter(is_later).count() as u64;
    let late = match history {
        History::Hybrid => claimed,
        History::AsOf | History::Strict => claimed.max(coverage.later),
    };
    Promise::NoFutureFacts.hold(late == 0, || format!("{late} rows"))?;
    let labelled = rows.flags("label")?;
    let mut ages = Vec::new();
    for (row, (contact, month)) in contacts.iter().zip(&months).enumerate() {
        if let (Some(contact), Some(month)) = (contact, month) {
            coverage.matched += 1;
            coverage.clean.labelled += u64::from(labelled[row].is_some());
            coverage.clean.positives += u64::from(labelled[row] == Some(true));
            *coverage.by_month.entry(*month).or_insert(0) += 1;
            ages.push((*contact - *month).num_days() as f64);
        }
    }
    coverage.median_age_days = leadrank_stats::quantile::linear(&ages, 0.5);
    Ok(coverage)
}

/// Writes the 67 features of every rep, one vendor month at a time, so that
/// memory holds one month at most.
async fn write_rep_features(
    warehouse: &Warehouse,
    session: &Session,
    options: &FeatureOptions,
    constants: &FittedConstants,
    progress: &Sink<'_>,
) -> Result<()> {
    let name = table(REP_FEATURES)?;
    let months: Vec<NaiveDate> = options.absent_firm_columns.keys().copied().collect();
    for (place, month) in months.iter().enumerate() {
        progress(Progress::Step {
            what: format!("features of all reps, vendor month {month}"),
            done: place as u64,
            total: months.len() as u64,
        });
        let frame = leadrank_features::rep_features(session, options, constants, *month).await?;
        let schema = frame.schema().inner().clone();
        // The first month starts the table anew, so that no month of an older
        // state of the vendor's deliveries stays behind.
        let mode = if place == 0 {
            WriteMode::Overwrite
        } else {
            WriteMode::Append
        };
        let partition = WriteOptions {
            partition_by: vec!["snapshot_as_of".into()],
        };
        warehouse
            .write(
                &name,
                mode,
                schema,
                frame.execute_stream().await?,
                &partition,
            )
            .await?;
    }
    Ok(())
}
