//! Replay: past rows made again from only what was known then, and compared by hash
//! (promise TIME-2). Both clocks are turned back: the one of loading, for datasets that
//! were made before, and the one of the facts, for a day in the past.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_evidence::{Finding, Gate, Measured, Section, Severity, Table, Unit, Verdict};
use leadrank_features::{FeatureOptions, FittedConstants, History};
use leadrank_sources::{FileKind, Known};
use leadrank_warehouse::{Params, Session};

use crate::checks::Input;
use crate::checks::part::Part;
use crate::error::Result;
use crate::stages::dataset::{self, DatasetRecord, feature_options, row_hashes, rows_sha256};
use crate::stages::rows::Rows;
use crate::stages::{hide_stages_after, open_at};
use crate::words;

/// Share of the contacts that lie before the past day that is replayed.
const PAST: f64 = 0.5;

/// A replay and what came of it.
struct Replayed {
    what: String,
    rows: u64,
    differing: u64,
}

pub(super) async fn part(input: &Input<'_>) -> Result<Part> {
    let mut replays = Vec::new();
    let mut part = Part::default();
    let mut section = Section::new("Can the past be made again?")
        .say("A feature that sees the future comes out otherwise when the future is taken away. So past rows are made again from only what was known then and compared, value for value, by hash.");
    if let Some(record) = stored(input) {
        replays.push(again(input, &record).await?);
    } else {
        section = section.say("No dataset made with today's settings and SQL is on record before now, so the clock of loading was not turned back.");
    }
    match past_day(input) {
        Some(day) => replays.push(cut_off(input, day).await?),
        None => {
            section = section
                .say("There are too few contacts or vendor months to cut the past off at a day.");
        }
    }
    let rows: u64 = replays.iter().map(|replay| replay.rows).sum();
    let differing: u64 = replays.iter().map(|replay| replay.differing).sum();
    let verdict = match (rows, differing) {
        (0, _) => Verdict::NotEnoughData,
        (_, 0) => Verdict::Pass,
        _ => Verdict::Fail,
    };
    part.gates.push(Gate {
        id: "leakage.replay".into(),
        rule: "rows made again from what was known then equal those made then".into(),
        value: Some(Measured::counted(differing as f64, rows)),
        unit: Unit::Count,
        verdict,
        action: "a feature sees later facts: compare sql/features with the shipped models".into(),
        brief: None,
        forced: None,
    });
    part.findings.push(match verdict {
        Verdict::Pass => Finding::new(
            "leakage.replay",
            Severity::Pass,
            format!(
                "the past can be made again: {} past rows, from what was known then, are the same value for value",
                words::count(rows)
            ),
        ),
        Verdict::Fail => Finding::new(
            "leakage.replay",
            Severity::Fail,
            format!("{differing} of {rows} past rows come out otherwise when later facts are taken away"),
        )
        .because("Their features depend on something that was not known at the time.")
        .remedy("compare sql/features with the shipped models; a feature must not use a vendor month after the contact")
        .strength(1e4),
        _ => Finding::new("leakage.replay", Severity::Note, "the past could not be replayed: too little history"),
    }.rows(differing, rows));
    let mut table = Table::new("Replays", &["what was taken away", "#rows", "#differing"]);
    for replay in replays {
        table.row(vec![
            replay.what.into(),
            replay.rows.into(),
            replay.differing.into(),
        ]);
    }
    part.sections.push(section.table(table));
    Ok(part)
}

/// The oldest dataset on record that the present settings and SQL would make the same way.
fn stored(input: &Input<'_>) -> Option<DatasetRecord> {
    let settings = dataset::settings(input.project);
    let records = dataset::history(input.project).into_iter();
    records
        .into_iter()
        .find(|record| record.settings == settings)
}

/// Makes a dataset again from the deliveries that were loaded when it was made.
async fn again(input: &Input<'_>, record: &DatasetRecord) -> Result<Replayed> {
    let threads = input.request.threads;
    // Only datasets of the same analysis date setting are replayed.
    let known = Known::at(record.known_at).until(input.project.config().as_of);
    let data = open_at(&input.warehouse, record.as_of, threads, known).await?;
    if let Some(day) = input.project.config().as_of {
        hide_stages_after(&data.session, day).await?;
    }
    let options = feature_options(input.project, &data, record.as_of)?;
    let rows = make(&data.session, &options, &record.constants).await?;
    let same = rows_sha256(&rows)? == record.rows_sha256;
    let counted = rows.len() as u64;
    Ok(Replayed {
        what: format!(
            "what was loaded after the dataset of {} was made",
            record.known_at.format("%Y-%m-%d %H:%M")
        ),
        rows: counted.max(record.rows),
        differing: if same { 0 } else { counted.max(record.rows) },
    })
}

/// A day with half of the contacts before it, and a vendor month after it to be taken away.
fn past_day(input: &Input<'_>) -> Option<NaiveDate> {
    let mut contacts = input.leads.contacts.clone();
    contacts.sort_unstable();
    let day = *contacts.get((contacts.len() as f64 * PAST) as usize)?;
    let months = input.data.in_use.months(FileKind::Reps);
    let before = months.iter().any(|month| *month <= day);
    (before && months.iter().any(|month| *month > day)).then_some(day)
}

/// Makes the rows of leads contacted until a day from facts and stages until that day.
async fn cut_off(input: &Input<'_>, day: NaiveDate) -> Result<Replayed> {
    let threads = input.request.threads;
    let known = input.project.knowledge();
    let data = open_at(&input.warehouse, day, threads, known).await?;
    hide_later(&data.session, day).await?;
    let mut options = feature_options(input.project, &data, day)?;
    options.absent_firm_columns.retain(|month, _| *month <= day);
    let rows = make(&data.session, &options, input.constants()).await?;
    // Under the hybrid policy leads without a month of their time look forward knowingly.
    let looks_forward = match options.history {
        History::Hybrid => "AND snapshot_as_of IS NOT NULL",
        History::AsOf | History::Strict => "",
    };
    let stored = input
        .rows(&format!(
            "SELECT * FROM LeadScoring.training_dataset WHERE contact_date <= DATE '{day}' {looks_forward} ORDER BY lead_id"
        ))
        .await?;
    // What became of a lead may not have been known then; its features were.
    let (then, now) = (features_only(&rows)?, features_only(&stored)?);
    let differing = now
        .iter()
        .filter(|(lead, hash)| then.get(*lead) != Some(hash))
        .count();
    Ok(Replayed {
        what: format!("vendor months and lead stages after {day}"),
        rows: now.len() as u64,
        differing: differing as u64,
    })
}

/// Hash of each row without its label, by lead.
fn features_only(rows: &Rows) -> Result<BTreeMap<String, [u8; 32]>> {
    let ids = rows.texts("lead_id")?.into_iter().flatten();
    let hashes = row_hashes(&rows.without_labels()?)?;
    Ok(ids.zip(hashes).collect())
}

/// Takes from the session's views what was true or happened after a day.
async fn hide_later(session: &Session, day: NaiveDate) -> Result<()> {
    let none = Params::default();
    for table in ["discovery_reps_current", "discovery_firms_current"] {
        let name = format!("LeadScoring.{table}");
        let sql = format!("SELECT * FROM {name} WHERE snapshot_as_of <= DATE '{day}'");
        session.create_view(&name, &sql, &none).await?;
    }
    hide_stages_after(session, day).await
}

/// The rows of the session's leads, with constants fitted before.
async fn make(
    session: &Session,
    options: &FeatureOptions,
    constants: &FittedConstants,
) -> Result<Rows> {
    leadrank_features::prepare_leads(session, options).await?;
    let frame = leadrank_features::training_dataset(session, options, constants).await?;
    Ok(Rows::new(frame.collect().await?))
}
