//! Stage 4: serving bundle + open leads → scores, tiers, call list.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use leadrank_sources::FileKind;
use leadrank_warehouse::{Params, Session, Warehouse, WriteMode, WriteOptions};
use serde::{Deserialize, Serialize};

use super::dataset::{days_since_epoch, feature_options};
use super::rows::Rows;
use super::{Data, as_of, deliveries, open, table, train, warn_of_future};
use crate::bundle::{Bundle, to_json};
use crate::call_list::{self, ScoredLead, Status};
use crate::capacity::{Capacity, Tier, places};
use crate::error::{Error, Result};
use crate::ledger;
use crate::progress::{Progress, Sink};
use crate::project::{Project, write_atomically};
use crate::reasons::{Agreement, Facts, Reason, Reasons, Templates};
use crate::registry;

const SCORES: &str = "LeadScoring.lead_scores";
const CURRENT_SCORES: &str = "LeadScoring.lead_scores_current";

/// One tier, counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierCount {
    /// A, B, C.
    pub tier: String,
    /// Leads in it.
    pub leads: u64,
    /// Sum of their probabilities: scheduled calls to expect if all are called.
    pub expected_calls: f64,
}

/// What the stage made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreReport {
    /// The bundle that scored.
    pub model_id: String,
    /// The day of the scores.
    pub as_of: NaiveDate,
    /// Open leads scored.
    pub leads: u64,
    /// Of them on the call list.
    pub ranked: u64,
    /// Left out, by reason.
    pub excluded: BTreeMap<String, u64>,
    /// Marked do-not-call: the bottom share.
    pub do_not_call: u64,
    /// Scheduled calls to expect among those.
    pub do_not_call_expected: f64,
    /// Scores by status.
    pub status: BTreeMap<String, u64>,
    /// The team's capacity.
    pub capacity: Capacity,
    /// The tiers.
    pub tiers: Vec<TierCount>,
    /// Where the call list is.
    pub call_list: PathBuf,
    /// Its first rows.
    pub top: Vec<ScoredLead>,
}

/// Rows of the call list that reports repeat.
const TOP: usize = 20;

/// Scores the open leads as of the analysis date and writes the call list.
///
/// # Errors
/// When there is no model, or a table can't be read or written.
pub async fn run(
    project: &Project,
    now: DateTime<Utc>,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<ScoreReport> {
    let warehouse = project.warehouse().await?;
    let day = as_of(project, &warehouse).await?;
    warn_of_future(day, now, progress);
    let bundle = registry::current(project)?;
    let data = open(project, &warehouse, day, threads).await?;
    let fingerprint = fingerprint(project, &data, &bundle, day);
    let record = project.records().join("score.json");
    if ledger::is_current(project, "score", &fingerprint)
        && let Some(report) = read_report(&record)
        && is_there(&warehouse).await?
    {
        return Ok(report);
    }
    ledger::begun(project, "score");
    progress(Progress::Stage("scoring the open leads".into()));
    if bundle.manifest.as_of > day {
        progress(Progress::Warning(format!(
            "model {} knows outcomes up to {}, after the day of these scores ({day}): they look better than they could have been; `leadrank run --as-of {day}` trains one that knows no more",
            bundle.id, bundle.manifest.as_of
        )));
    }
    let session = &data.session;
    let mut options = feature_options(project, &data, day)?;
    // As the model learned them, whatever the settings say by now.
    options.calculable = bundle.manifest.calculable.parse()?;
    let frame =
        leadrank_features::scoring_dataset(session, &options, &bundle.manifest.constants, day)
            .await?;
    // In the order of lead ids already.
    let rows = Rows::new(frame.collect().await?);
    if rows.is_empty() {
        progress(Progress::Warning(format!(
            "no lead is open as of {day} (contacted, no call scheduled, not closed), so the call list is empty"
        )));
    }
    let capacity = capacity(project, session).await?;
    if capacity.daily == 0 {
        progress(Progress::Warning(
            "salesforce_user.csv names no active salesperson (IsActive and IsSGA__c), so tiers A and B are empty; set tiers.salespeople in leadrank.toml"
                .into(),
        ));
    }
    let leads = score(project, &bundle, &rows, &capacity, day)?;

    write_scores(&warehouse, &bundle, &leads, day, now).await?;
    let call_list = project.out().join("call_list.csv");
    let ranked = call_list::write(&call_list, &leads, day)?;
    let report = summarise(&bundle.id, day, &leads, ranked, capacity, call_list);
    write_atomically(&record, &to_json("score.json", &report)?)?;
    let outcome = format!("{ranked} leads on the call list");
    ledger::finished(project, now, "score", &fingerprint, outcome)?;
    Ok(report)
}

/// Whether the tables of the stage are still there.
async fn is_there(warehouse: &Warehouse) -> Result<bool> {
    let history = warehouse.exists(&table(SCORES)?).await?;
    Ok(history && warehouse.exists(&table(CURRENT_SCORES)?).await?)
}

fn read_report(file: &std::path::Path) -> Option<ScoreReport> {
    let report: ScoreReport = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    report.call_list.is_file().then_some(report)
}

fn fingerprint(project: &Project, data: &Data, bundle: &Bundle, day: NaiveDate) -> String {
    let config = project.config();
    let mut text = format!(
        "{} {} {day} {:?} {:?} {} {}\n",
        env!("CARGO_PKG_VERSION"),
        bundle.id,
        config.tiers,
        config.freshness,
        config.features.history,
        leadrank_features::models_sha256(&project.root)
    );
    let kinds = [
        FileKind::Lead,
        FileKind::User,
        FileKind::Reps,
        FileKind::Firms,
    ];
    text.push_str(&deliveries(&data.in_use, &kinds));
    ledger::sha256(text.as_bytes())
}

/// The team: the configured number, else the active salespeople of the user file.
async fn capacity(project: &Project, session: &Session) -> Result<Capacity> {
    let tiers = &project.config().tiers;
    if tiers.salespeople > 0 {
        return Ok(Capacity::new(
            tiers.salespeople,
            "from leadrank.toml".into(),
            tiers,
        ));
    }
    if !session.has_table("SavvyGTMData.User") {
        let source = "no salesforce_user.csv: one salesperson assumed; set tiers.salespeople";
        return Ok(Capacity::new(1, source.into(), tiers));
    }
    let query = "SELECT COUNT(*) AS n FROM SavvyGTMData.User WHERE IsActive AND IsSGA__c";
    let rows = Rows::new(session.collect(query, &Params::default()).await?);
    let count = rows.integers("n")?.first().copied().flatten().unwrap_or(0);
    let count = u32::try_from(count).unwrap_or(0);
    Ok(Capacity::new(
        count,
        "active ones of the user file".into(),
        tiers,
    ))
}

fn score(
    project: &Project,
    bundle: &Bundle,
    rows: &Rows,
    capacity: &Capacity,
    day: NaiveDate,
) -> Result<Vec<ScoredLead>> {
    let config = project.config();
    let manifest = &bundle.manifest;
    let matrix = train::matrix(rows, &manifest.features)?;
    if bundle.model.feature_names() != manifest.features {
        return Err(Error::Bundle {
            id: bundle.id.clone(),
            problem: "its model names other features than its manifest; train again".into(),
        });
    }
    let ids: Vec<String> = rows.texts("lead_id")?.into_iter().flatten().collect();
    let excluded = exclusions(rows)?;
    let months = rows.dates("snapshot_as_of")?;
    let margins: Vec<f64> = bundle
        .model
        .margins(matrix.data())
        .into_iter()
        .map(f64::from)
        .collect();

    let callable: Vec<usize> = (0..ids.len())
        .filter(|&row| excluded[row].is_none())
        .collect();
    let callable_ids: Vec<String> = callable.iter().map(|&row| ids[row].clone()).collect();
    let callable_margins: Vec<f64> = callable.iter().map(|&row| margins[row]).collect();
    let ranked = places(
        &callable_margins,
        &callable_ids,
        config.tiers.do_not_call_percent,
    );
    let place_of: BTreeMap<usize, _> = callable.iter().copied().zip(ranked).collect();

    let segments = bundle.segments(|name| rows.values(name))?;
    let templates = Templates::of_project(&project.root)?;
    let peers = bundle.peers()?;
    let reasons = Reasons::new(&manifest.features, &templates, &peers)?;
    let agreement = Agreement::of(bundle, &matrix)?;
    let mut shap = Vec::new();
    let mut leads = Vec::with_capacity(ids.len());
    for (row, lead_id) in ids.into_iter().enumerate() {
        let place = place_of.get(&row);
        let age = months[row].map(|month| (day - month).num_days());
        let status = match age {
            None => Status::Fallback,
            Some(age) if age > config.freshness.max_age_days => Status::Stale,
            Some(_) => Status::Fresh,
        };
        let probability = |margin| bundle.probability(segments.of(row), margin);
        bundle.model.shap(matrix.row(row), &mut shap);
        let explained = reasons.explain(&Facts {
            row: matrix.row(row),
            shap: &shap,
            base_margin: shap[manifest.features.len()],
            margin: margins[row],
            probability: &probability,
            vendor_age_days: age,
            agreement: &|idea| agreement.on(row, idea),
        });
        let told = |reasons: &[Reason]| -> Vec<String> {
            let told = reasons.iter().filter(|reason| reason.told);
            told.map(|reason| reason.text.clone()).collect()
        };
        leads.push(ScoredLead {
            lead_id,
            margin: margins[row],
            probability: probability(margins[row]),
            rank: place.map(|place| place.rank),
            percentile: place.map(|place| place.percentile),
            tier: place.map(|place| capacity.tier_of(place)),
            do_not_call: place.is_none_or(|place| place.do_not_call),
            excluded: excluded[row].clone(),
            drivers: told(&explained.drivers),
            caution: match &excluded[row] {
                Some(reason) => Some(reason.clone()),
                None => caution(told(&explained.cautions).into_iter().next(), status, age),
            },
            snapshot_as_of: months[row],
            status,
        });
    }
    Ok(leads)
}

/// What a salesperson must know before anything else comes first.
fn caution(from_model: Option<String>, status: Status, age: Option<i64>) -> Option<String> {
    match (status, age) {
        (Status::Fallback, _) => {
            Some("No vendor record matched this lead: scored without advisor data".into())
        }
        (Status::Stale, Some(age)) => Some(format!("Vendor data is {age} days old")),
        _ => from_model,
    }
}

/// Why a lead must not be called, whatever its score.
fn exclusions(rows: &Rows) -> Result<Vec<Option<String>>> {
    let do_not_call = rows.flags("do_not_call")?;
    let non_advisor = rows.flags("known_non_advisor")?;
    let pairs = do_not_call.into_iter().zip(non_advisor);
    Ok(pairs
        .map(|pair| match pair {
            (Some(true), _) => Some("Marked do-not-call in Salesforce".to_string()),
            (_, Some(true)) => Some("Known not to be an advisor".to_string()),
            _ => None,
        })
        .collect())
}

fn summarise(
    model_id: &str,
    day: NaiveDate,
    leads: &[ScoredLead],
    ranked: u64,
    capacity: Capacity,
    call_list: PathBuf,
) -> ScoreReport {
    let count = |letters: &mut BTreeMap<String, u64>, key: &str| {
        *letters.entry(key.to_string()).or_insert(0) += 1;
    };
    let (mut excluded, mut status) = (BTreeMap::new(), BTreeMap::new());
    for lead in leads {
        count(&mut status, lead.status.word());
        if let Some(reason) = &lead.excluded {
            count(&mut excluded, reason);
        }
    }
    let sum = |wanted: &dyn Fn(&&ScoredLead) -> bool| -> (u64, f64) {
        let chosen: Vec<&ScoredLead> = leads.iter().filter(wanted).collect();
        (
            chosen.len() as u64,
            chosen.iter().map(|lead| lead.probability).sum(),
        )
    };
    let tiers = [Tier::A, Tier::B, Tier::C]
        .map(|tier| {
            let (leads, expected_calls) = sum(&|lead| lead.tier == Some(tier));
            TierCount {
                tier: tier.letter().into(),
                leads,
                expected_calls,
            }
        })
        .to_vec();
    let (do_not_call, do_not_call_expected) = sum(&|lead| lead.rank.is_some() && lead.do_not_call);
    let mut top: Vec<ScoredLead> = leads
        .iter()
        .filter(|lead| lead.rank.is_some())
        .cloned()
        .collect();
    top.sort_by_key(|lead| lead.rank);
    top.truncate(TOP);
    ScoreReport {
        model_id: model_id.to_string(),
        as_of: day,
        leads: leads.len() as u64,
        ranked,
        excluded,
        do_not_call,
        do_not_call_expected,
        status,
        capacity,
        tiers,
        call_list,
        top,
    }
}

/// Appends to the history (scoring the same day with the same model again replaces
/// that run) and replaces the current scores.
async fn write_scores(
    warehouse: &Warehouse,
    bundle: &Bundle,
    leads: &[ScoredLead],
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    let batch = batch(bundle, leads, day, now)?;
    let stream = |batch: &RecordBatch| -> (SchemaRef, SendableRecordBatchStream) {
        let schema = batch.schema();
        let once = futures::stream::iter([Ok(batch.clone())]);
        (
            schema.clone(),
            Box::pin(RecordBatchStreamAdapter::new(schema, once)),
        )
    };
    let history = table(SCORES)?;
    let partition = WriteOptions {
        partition_by: vec!["as_of".into(), "model_id".into()],
    };
    let mode = if warehouse.exists(&history).await? {
        WriteMode::ReplaceWhere(format!(
            "as_of = DATE '{day}' AND model_id = '{}'",
            bundle.id
        ))
    } else {
        WriteMode::Append
    };
    let (schema, rows) = stream(&batch);
    warehouse
        .write(&history, mode, schema, rows, &partition)
        .await?;
    let (schema, rows) = stream(&batch);
    let current = table(CURRENT_SCORES)?;
    warehouse
        .write(
            &current,
            WriteMode::Overwrite,
            schema,
            rows,
            &WriteOptions::default(),
        )
        .await?;
    Ok(())
}

fn batch(
    bundle: &Bundle,
    leads: &[ScoredLead],
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<RecordBatch> {
    let texts = |of: &dyn Fn(&ScoredLead) -> Option<String>| -> ArrayRef {
        Arc::new(leads.iter().map(of).collect::<StringArray>())
    };
    let n = leads.len();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("lead_id".into(), texts(&|lead| Some(lead.lead_id.clone()))),
        (
            "scored_at".into(),
            Arc::new(
                TimestampMicrosecondArray::from(vec![now.timestamp_micros(); n])
                    .with_timezone("UTC"),
            ),
        ),
        (
            "as_of".into(),
            Arc::new(Date32Array::from(vec![days_since_epoch(day); n])),
        ),
        ("model_id".into(), texts(&|_| Some(bundle.id.clone()))),
        (
            "margin".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|l| Some(l.margin))
                    .collect::<Float64Array>(),
            ),
        ),
        (
            "probability".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|lead| Some(lead.probability))
                    .collect::<Float64Array>(),
            ),
        ),
        (
            "percentile".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|lead| lead.percentile)
                    .collect::<Float64Array>(),
            ),
        ),
        (
            "rank".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|lead| lead.rank.map(|r| r as i64))
                    .collect::<Int64Array>(),
            ),
        ),
        (
            "tier".into(),
            texts(&|lead| lead.tier.map(|tier| tier.letter().to_string())),
        ),
        (
            "do_not_call".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|lead| Some(lead.do_not_call))
                    .collect::<BooleanArray>(),
            ),
        ),
    ];
    for place in 0..5 {
        let driver = texts(&|lead| lead.drivers.get(place).cloned());
        columns.push((format!("driver_{}", place + 1), driver));
    }
    columns.push(("caution".into(), texts(&|lead| lead.caution.clone())));
    columns.push((
        "status".into(),
        texts(&|lead| Some(lead.status.word().to_string())),
    ));
    let nullable = columns
        .into_iter()
        .map(|(name, column)| (name, column, true));
    Ok(RecordBatch::try_from_iter_with_nullable(nullable)?)
}
