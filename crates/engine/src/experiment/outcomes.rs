//! What came of enrolled leads, as known on a day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use datafusion::arrow::array::{ArrayRef, Date32Array, RecordBatch, StringArray};
use leadrank_experiment::{Arm, Plan, Row};
use leadrank_warehouse::{Params, Session};

use super::book::Book;
use super::exposure::Exposure;
use super::factors::{Factor, groups_of};
use super::folder::Experiment;
use super::ledger;
use crate::checks::classes::AUM_TIERS;
use crate::error::Result;
use crate::project::Project;
use crate::stages::dataset::days_since_epoch;
use crate::stages::open;
use crate::stages::rows::Rows;

pub(super) const TASKS: &str = "SavvyGTMData.Task";
const OPPORTUNITIES: &str = "SavvyGTMData.Opportunity";
/// A dial of at least so many seconds was answered, as far as its length tells.
const ANSWERED_SECONDS: i64 = 60;

/// Leads with what came of them, and the dials behind it.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcomes {
    /// In the order of the ledger.
    pub(super) rows: Vec<Row>,
    /// Whether there is a file of dials.
    pub(super) has_dials: bool,
    /// Names of strata, by their number.
    pub(super) strata: Vec<String>,
    /// Names of the groups of each planned segment.
    pub(super) segments: Vec<Vec<String>>,
    /// Days to the first dial and scores, by arm, salesperson and day of enrolment.
    pub(super) dialled: BTreeMap<(Arm, String, NaiveDate), Vec<(f64, f64)>>,
    /// Control leads with a score in view, when dialled where that is on record: lead, day of enrolment, first such day.
    pub(super) leaks: Vec<(String, NaiveDate, NaiveDate)>,
}

/// A dial.
struct Dial {
    lead: String,
    day: NaiveDate,
    answered: bool,
}

/// A lead of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Salesforce id.
    pub lead: String,
    /// The unit it was drawn with.
    pub unit: String,
    /// Its arm.
    pub arm: Arm,
    /// Day of enrolment.
    pub enrolled: NaiveDate,
    /// Its score then.
    pub score: f64,
}

/// Who is enrolled, in the order of enrolment.
///
/// # Errors
/// When the ledger can't be read.
pub async fn enrolled(
    project: &Project,
    experiment: &Experiment,
    threads: usize,
) -> Result<Vec<Member>> {
    let warehouse = project.warehouse().await?;
    let data = open(project, &warehouse, NaiveDate::default(), threads).await?;
    let book = ledger::read(&data.session, &experiment.plan.name).await?;
    let members = book.assignments.into_iter().zip(book.scores);
    Ok(members
        .map(|(one, score)| Member {
            lead: one.lead,
            unit: one.unit,
            arm: one.arm,
            enrolled: one.enrolled,
            score,
        })
        .collect())
}

/// What came of the leads of a book as of `day`.
pub(super) async fn read(
    session: &Session,
    plan: &Plan,
    book: &Book,
    exposure: &Exposure,
    day: NaiveDate,
) -> Result<Outcomes> {
    let params = register(session, plan, book, day)?;
    let (found, called) = leads(session, &params).await?;
    let has_dials = session.has_table(TASKS);
    let dials = match has_dials {
        true => dials(session, &params).await?,
        false => Vec::new(),
    };
    let pipeline = match session.has_table(OPPORTUNITIES) {
        true => pipeline(session, &params).await?,
        false => BTreeMap::new(),
    };
    let mut outcomes = Outcomes {
        has_dials,
        ..Outcomes::default()
    };
    let names = |values: &mut dyn Iterator<Item = String>| -> Vec<String> {
        let all: BTreeSet<String> = values.collect();
        all.into_iter().collect()
    };
    let of = &book.assignments;
    outcomes.strata = names(&mut of.iter().map(|one| one.stratum.clone()));
    let units = names(&mut of.iter().map(|one| one.unit.clone()));
    let sellers = names(&mut book.owners.iter().flatten().cloned());
    let number = |all: &[String], one: &str| -> u32 {
        all.binary_search_by(|other| other.as_str().cmp(one))
            .map_or(0, |at| at as u32)
    };
    let places: Vec<Option<usize>> = plan
        .segments
        .iter()
        .map(|by| plan.strata.iter().position(|one| one == by))
        .collect();
    let group = |at: usize, place: usize| -> String {
        let groups = groups_of(&of[at].own_stratum);
        groups
            .get(place)
            .map_or_else(String::new, |&name| name.to_owned())
    };
    for place in &places {
        let place = place.unwrap_or(0);
        let found = names(&mut (0..of.len()).map(|at| group(at, place)));
        outcomes.segments.push(found);
    }
    let assets = plan
        .strata
        .iter()
        .position(|one| one == Factor::Assets.word());
    let mut of_lead: BTreeMap<&str, Vec<&Dial>> = BTreeMap::new();
    for dial in &dials {
        of_lead.entry(&dial.lead).or_default().push(dial);
    }
    for (at, one) in of.iter().enumerate() {
        let own = of_lead
            .get(one.lead.as_str())
            .map_or(&[][..], Vec::as_slice);
        let seen = |dial: &&&Dial| exposure.sees(&one.lead, one.arm, one.enrolled, dial.day);
        let shown = exposure.first_seen(
            &one.lead,
            one.arm,
            one.enrolled,
            until(plan, one.enrolled, day),
        );
        let first_seen = match has_dials {
            true => own.iter().find(seen).map(|dial| dial.day),
            false => shown,
        };
        if let (Arm::Control, Some(day)) = (one.arm, first_seen) {
            outcomes.leaks.push((one.lead.clone(), one.enrolled, day));
        }
        let score = book.scores[at];
        let first = own
            .first()
            .map(|dial| (dial.day - one.enrolled).num_days() as f64);
        if let (Some(first), true) = (first, score.is_finite()) {
            let owner = book.owners[at].clone().unwrap_or_default();
            let key = (one.arm, owner, one.enrolled);
            outcomes
                .dialled
                .entry(key)
                .or_default()
                .push((first, score));
        }
        outcomes.rows.push(Row {
            lead: one.lead.clone(),
            unit: number(&units, &one.unit),
            arm: one.arm,
            stratum: number(&outcomes.strata, &one.stratum),
            seller: book.owners[at]
                .as_deref()
                .map(|owner| number(&sellers, owner)),
            enrolled: one.enrolled,
            is_mature: plan.matured_on(one.enrolled) <= day,
            is_found: found.contains(&one.lead),
            dials: own.len() as f64,
            answered: own.iter().filter(|dial| dial.answered).count() as f64,
            exposed_dials: own.iter().filter(seen).count() as f64,
            shown: shown.is_some(),
            called: called.contains(&one.lead),
            first_touch: first,
            pipeline: pipeline.get(&one.lead).copied().unwrap_or(0.0),
            before: if score.is_finite() { score } else { 0.0 },
            is_large: assets.is_some_and(|place| group(at, place) == AUM_TIERS[2]),
            segments: places
                .iter()
                .zip(&outcomes.segments)
                .map(|(place, names)| number(names, &group(at, place.unwrap_or(0))))
                .collect(),
        });
    }
    Ok(outcomes)
}

/// The last day that counts for a lead, as known on `day`.
fn until(plan: &Plan, enrolled: NaiveDate, day: NaiveDate) -> NaiveDate {
    let end = enrolled.checked_add_days(Days::new(u64::from(plan.horizon_days)));
    end.unwrap_or(NaiveDate::MAX).min(day)
}

/// Puts who was enrolled when into the session.
fn register(session: &Session, plan: &Plan, book: &Book, day: NaiveDate) -> Result<Params> {
    let leads: StringArray = book
        .assignments
        .iter()
        .map(|one| Some(one.lead.as_str()))
        .collect();
    let days = |of: &dyn Fn(NaiveDate) -> NaiveDate| -> ArrayRef {
        let days = book
            .assignments
            .iter()
            .map(|one| days_since_epoch(of(one.enrolled)));
        Arc::new(Date32Array::from(days.collect::<Vec<i32>>()))
    };
    let columns: [(&str, ArrayRef); 3] = [
        ("lead_id", Arc::new(leads)),
        ("enrolled_on", days(&|from| from)),
        ("counts_until", days(&|from| until(plan, from, day))),
    ];
    let batch = RecordBatch::try_from_iter(columns)?;
    session.register_batches("experiment_leads", batch.schema(), vec![batch])?;
    Ok(Params::new().with("as_of", day))
}

/// Leads that are still in the lead file, and those with a call scheduled in time.
async fn leads(session: &Session, params: &Params) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
    let query = include_str!("scheduled.sql");
    let rows = Rows::new(session.collect(query, params).await?);
    let ids = rows.texts("lead_id")?;
    let called = rows.flags("called")?;
    let pairs = || ids.iter().flatten().zip(&called);
    let found = pairs().map(|(id, _)| id.clone()).collect();
    let called = pairs()
        .filter(|(_, called)| **called == Some(true))
        .map(|(id, _)| id.clone())
        .collect();
    Ok((found, called))
}

/// The dials that count, in the order in which they were made.
async fn dials(session: &Session, params: &Params) -> Result<Vec<Dial>> {
    let query = include_str!("dials.sql");
    let rows = Rows::new(session.collect(query, params).await?);
    let leads = rows.texts("lead_id")?;
    let (days, seconds) = (rows.dates("day")?, rows.integers("seconds")?);
    let dials = (0..leads.len()).filter_map(|at| {
        Some(Dial {
            lead: leads[at].clone()?,
            day: days[at]?,
            answered: seconds[at].is_some_and(|seconds| seconds >= ANSWERED_SECONDS),
        })
    });
    Ok(dials.collect())
}

/// Value of the opportunities that came of leads after their enrolment.
async fn pipeline(session: &Session, params: &Params) -> Result<BTreeMap<String, f64>> {
    let query = "SELECT e.lead_id, SUM(o.Amount) AS amount FROM experiment_leads e \
                 JOIN SavvyGTMData.Lead l ON l.Id = e.lead_id \
                 JOIN SavvyGTMData.Opportunity o ON o.Id = l.ConvertedOpportunityId \
                 WHERE DATE(o.CreatedDate) > e.enrolled_on AND DATE(o.CreatedDate) <= @as_of \
                 GROUP BY e.lead_id";
    let rows = Rows::new(session.collect(query, params).await?);
    let pairs = rows
        .texts("lead_id")?
        .into_iter()
        .zip(rows.numbers("amount")?);
    Ok(pairs
        .filter_map(|(lead, amount)| Some((lead?, amount?)))
        .collect())
}
