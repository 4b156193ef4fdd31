//! The enrolment rehearsed on the past, through the code of the real one.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use leadrank_experiment::assign::Assignment;
use leadrank_experiment::cells::Cells;
use leadrank_experiment::plan::{Kpi, Plan};
use leadrank_experiment::size::Past;
use leadrank_experiment::{Arm, Row};
use leadrank_warehouse::Params;

use super::book::Book;
use super::exposure::Exposure;
use super::factors::Factor;
use super::outcomes;
use super::population::{Strata, contacts, eligible, features, of_adviser};
use crate::bundle::Bundle;
use crate::error::{Error, Result};
use crate::progress::{Progress, Sink};
use crate::project::Project;
use crate::registry;
use crate::stages::rows::Rows;
use crate::stages::{Data, open, open_at, train};

/// A rehearsed enrolment with what came of it.
pub(super) struct Rehearsal {
    rows: Vec<Row>,
    pub(super) from: NaiveDate,
    pub(super) until: NaiveDate,
    weeks: f64,
    /// Leads enrolled on the first day.
    at_once: u64,
}

/// Enrols in the past as if nobody saw a score: on the first day who was eligible then, after that
/// everybody on the day of contact; and reads what came of it by now.
pub(super) async fn rehearse(
    project: &Project,
    plan: &Plan,
    weeks: u64,
    day: NaiveDate,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<Rehearsal> {
    progress(Progress::Stage("rehearsing on the past".into()));
    let warehouse = project.warehouse().await?;
    let bundle = registry::current(project)?;
    let before = |days: u64| day.checked_sub_days(Days::new(days)).unwrap_or(day);
    let until = before(u64::from(plan.horizon_days) + 1);
    let from = before(u64::from(plan.horizon_days) + 7 * weeks);
    let factors = Factor::of_plan(plan);
    let past = open_at(&warehouse, from, threads, project.known).await?;
    let first = eligible(project, &past, &bundle, from, plan).await?;
    let mut book = Book::default();
    for (at, one) in first.candidates.into_iter().enumerate() {
        book.owners.push(first.owners[at].clone());
        book.scores.push(first.scores[at]);
        book.assignments
            .push(member(one.lead, one.keys, one.stratum, from));
    }
    let at_once = book.assignments.len() as u64;
    let data = open(project, &warehouse, day, threads).await?;
    let strata = (&factors[..], &plan.completeness_bands[..]);
    arrivals(&data, &bundle, strata, (from, until), &mut book).await?;
    let found = outcomes::read(&data.session, plan, &book, &Exposure::default(), day).await?;
    Ok(Rehearsal {
        rows: found.rows,
        from,
        until,
        weeks: weeks as f64,
        at_once,
    })
}

/// Puts leads contacted after `from` and up to `until` into the book, on their day of contact, with
/// the features as of then.
async fn arrivals(
    data: &Data,
    bundle: &Bundle,
    (factors, bands): (&[Factor], &[f64]),
    (from, until): (NaiveDate, NaiveDate),
    book: &mut Book,
) -> Result<()> {
    let known: BTreeSet<String> = book
        .assignments
        .iter()
        .map(|one| one.lead.clone())
        .collect();
    let open: BTreeSet<String> = contacts(&data.session)
        .await?
        .into_iter()
        .filter(|one| one.is_open && one.day > from && one.day <= until)
        .map(|one| one.lead)
        .collect();
    let query = "SELECT * FROM LeadScoring.training_dataset \
                 WHERE contact_date > @from AND contact_date <= @until ORDER BY lead_id";
    let params = Params::new().with("from", from).with("until", until);
    let rows = Rows::new(data.session.collect(query, &params).await?);
    if rows.is_empty() {
        return Ok(());
    }
    let features = features(&rows)?;
    let strata = Strata::of(&rows, &features, factors, bands)?;
    let scores = bundle
        .model
        .margins(train::matrix(&rows, &bundle.manifest.features)?.data());
    let (leads, advisers) = (rows.texts("lead_id")?, rows.texts("adviser_id")?);
    let days = rows.dates("contact_date")?;
    for (row, lead) in leads.into_iter().enumerate() {
        let (Some(lead), Some(day)) = (lead, days[row]) else {
            continue;
        };
        if known.contains(&lead) || !open.contains(&lead) {
            continue;
        }
        let adviser = advisers[row].as_deref().map(of_adviser);
        book.owners.push(None);
        book.scores.push(f64::from(scores[row]));
        book.assignments.push(member(
            lead,
            adviser.into_iter().collect(),
            strata.name(row),
            day,
        ));
    }
    Ok(())
}

/// A lead of the rehearsal; nobody saw a score, so all are of one arm.
fn member(lead: String, keys: Vec<String>, stratum: String, on: NaiveDate) -> Assignment {
    Assignment {
        unit: keys.first().unwrap_or(&lead).clone(),
        lead,
        keys,
        own_stratum: stratum.clone(),
        stratum,
        arm: Arm::Control,
        enrolled: on,
        batch: 1,
        draw: 0,
    }
}

/// What it says of such leads.
pub(super) fn past(of: &Rehearsal, kpi: Kpi) -> Result<Past> {
    let units = Cells::of(&of.rows);
    let leads = Cells::of_leads(&of.rows);
    Past::of(&units, &leads, kpi, of.weeks, of.at_once).ok_or_else(|| {
        Error::Data(format!(
            "of {} leads that would have been enrolled from {} to {} none had a call scheduled after its enrolment: nothing can be planned from that; wait for more outcomes, or widen experiment.contacted_within_days",
            of.rows.len(),
            of.from,
            of.until
        ))
    })
}
