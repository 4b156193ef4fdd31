//! Enrolment of a day: draws, the ledger, and how alike the arms are.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_experiment::assign::{Mismatch, assign, mismatches};
use leadrank_experiment::balance::{self, Difference};
use leadrank_experiment::srm::{self, Part};
use leadrank_experiment::{Arm, Arms};
use serde::Serialize;

use super::folder::Experiment;
use super::ledger::{self, Book};
use super::population::eligible;
use super::{ASSIGNMENTS, population::Population};
use crate::error::{Error, Result};
use crate::progress::{Progress, Sink};
use crate::project::Project;
use crate::registry;
use crate::stages::{as_of, open, table};

/// What an enrolment did, and the arms as they are now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Enrolled {
    /// The experiment.
    pub experiment: String,
    /// The day.
    pub day: NaiveDate,
    /// Whether it was only looked at.
    pub dry_run: bool,
    /// Leads enrolled now.
    pub new: Arms<u64>,
    /// Leads enrolled in all.
    pub all: Arms<u64>,
    /// Units drawn in all.
    pub units: Arms<u64>,
    /// Open leads that were not enrolled, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// Draws that were made of the first day's arms.
    pub draw: u32,
    /// How alike the arms are, over all that is enrolled.
    pub balance: Vec<Difference>,
    /// Units by stratum.
    pub strata: Vec<Part>,
    /// Units by salesperson.
    pub sellers: Vec<Part>,
    /// Rows of the ledger that the plan does not draw.
    pub changed: Vec<Mismatch>,
}

/// Enrols who is new as of the analysis date. Nothing is written on a dry run.
///
/// # Errors
/// When enrolment is over or not begun, the ledger is not what the plan draws, or a table can't be
/// read or written.
pub async fn enrol(
    project: &Project,
    experiment: &Experiment,
    now: DateTime<Utc>,
    dry_run: bool,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<Enrolled> {
    let plan = &experiment.plan;
    let warehouse = project.warehouse().await?;
    let day = as_of(project, &warehouse).await?;
    if day < plan.start || day > plan.enrol_until {
        return Err(Error::Data(format!(
            "{day} is outside the planned enrolment from {} to {}; give a day of it with --as-of, and plan another experiment for other days",
            plan.start, plan.enrol_until
        )));
    }
    let bundle = registry::current(project)?;
    let name = table(ASSIGNMENTS)?;
    let onto = warehouse.version(&name).await?;
    let data = open(project, &warehouse, day, threads).await?;
    progress(Progress::Stage("drawing arms".into()));
    let book = ledger::read(&data.session, &plan.name).await?;
    if let Some(last) = book.assignments.last()
        && last.enrolled > day
    {
        return Err(Error::Data(format!(
            "leads were enrolled on {} already, after {day}: an enrolment can't be put in before another",
            last.enrolled
        )));
    }
    let changed = mismatches(plan, &book.assignments);
    if !changed.is_empty() {
        return Err(Error::Data(format!(
            "{} rows of {ASSIGNMENTS} are not what the plan draws ({} is in {}, drawn was {}): the table was changed by hand; restore it before enrolling more",
            changed.len(),
            changed[0].lead,
            changed[0].found.word(),
            changed[0].drawn.word()
        )));
    }
    let mut population = eligible(project, &data, &bundle, day, plan).await?;
    let made = if book.assignments.is_empty() {
        let columns = population.covariates();
        balance::first_enrolment(plan, &population.candidates, &columns, day)
    } else {
        let draw = book.assignments[0].draw;
        assign(plan, &book.assignments, &population.candidates, day, draw)
    };
    let left_out = std::mem::take(&mut population.left_out);
    if !dry_run && !made.is_empty() {
        let sha256 = plan.hash()?;
        ledger::append(
            &warehouse,
            &plan.name,
            &sha256,
            &made,
            &population,
            now,
            onto,
        )
        .await?;
    }
    let new = count(made.iter().map(|one| one.arm));
    let book = together(book, made, &population);
    let (balance, strata, sellers) = state(&book, plan.treatment_share);
    Ok(Enrolled {
        experiment: plan.name.clone(),
        day,
        dry_run,
        new,
        all: count(book.assignments.iter().map(|one| one.arm)),
        units: count(units(&book).values().map(|(arm, _)| *arm)),
        left_out,
        draw: book.assignments.first().map_or(0, |one| one.draw),
        balance,
        strata,
        sellers,
        changed,
    })
}

/// The book with the new rows, as the table now holds it.
fn together(
    mut book: Book,
    made: Vec<leadrank_experiment::assign::Assignment>,
    of: &Population,
) -> Book {
    let places: Vec<usize> = made
        .iter()
        .filter_map(|one| {
            of.candidates
                .binary_search_by(|other| other.lead.cmp(&one.lead))
                .ok()
        })
        .collect();
    let before = book.assignments.len();
    for column in of.covariates() {
        let name: String = ledger::column_name(&column.name);
        let missing = if name.starts_with("source_") {
            0.0
        } else {
            f64::NAN
        };
        let at = match book.covariates.iter().position(|one| one.name == name) {
            Some(at) => at,
            None => {
                book.covariates.push(balance::Covariate {
                    name,
                    values: vec![missing; before],
                });
                book.covariates.len() - 1
            }
        };
        book.covariates[at]
            .values
            .extend(places.iter().map(|&place| column.values[place]));
    }
    let after = before + places.len();
    for column in &mut book.covariates {
        column.values.resize(after, 0.0);
    }
    book.owners
        .extend(places.iter().map(|&place| of.owners[place].clone()));
    book.scores
        .extend(places.iter().map(|&place| of.scores[place]));
    book.assignments.extend(made);
    book
}

/// How alike the arms of a book are, and their sizes by stratum and salesperson.
pub(super) fn state(book: &Book, share: f64) -> (Vec<Difference>, Vec<Part>, Vec<Part>) {
    let units = units(book);
    let strata = units
        .values()
        .map(|(arm, at)| (book.assignments[*at].stratum.as_str(), *arm));
    let sellers = units
        .values()
        .map(|(arm, at)| (book.owners[*at].as_deref().unwrap_or("nobody"), *arm));
    (
        balance::differences(&book.covariates, &balance::places(&book.assignments)),
        srm::parts(strata, share),
        srm::parts(sellers, share),
    )
}

/// Each unit with its arm and the place of its first lead.
pub(super) fn units(book: &Book) -> BTreeMap<&str, (Arm, usize)> {
    let mut units = BTreeMap::new();
    for (at, one) in book.assignments.iter().enumerate() {
        units.entry(one.unit.as_str()).or_insert((one.arm, at));
    }
    units
}

pub(super) fn count(arms: impl Iterator<Item = Arm>) -> Arms<u64> {
    let mut counts = Arms::default();
    arms.for_each(|arm| counts[arm] += 1);
    counts
}
