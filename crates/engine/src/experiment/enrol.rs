//! Enrolment of a day: draws, the ledger, and how alike the arms are.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_evidence::{Gate, Measured, Unit, Verdict};
use leadrank_experiment::assign::assign;
use leadrank_experiment::balance::{self, Covariate, Difference};
use leadrank_experiment::srm::Part;
use leadrank_experiment::{Arm, Arms};
use leadrank_warehouse::{Params, Session};
use serde::Serialize;

use super::ASSIGNMENTS;
use super::book::column_name;
use super::folder::{Enrolment, Experiment};
use super::ledger;
use super::population::eligible;
use super::reach::Reach;
use super::records::{self, Known};
use crate::error::{Error, Result};
use crate::gates;
use crate::progress::{Progress, Sink};
use crate::project::Project;
use crate::registry;
use crate::stages::rows::Rows;
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
    let mut book = ledger::read(&data.session, &plan.name).await?;
    if let Some(last) = book.assignments.last()
        && last.enrolled > day
    {
        return Err(Error::Data(format!(
            "leads were enrolled on {} already, after {day}: an enrolment can't be put in before another",
            last.enrolled
        )));
    }
    records::settle(experiment, &book)?;
    let changed = records::changes(experiment, &book, NaiveDate::MAX)?;
    if let Some(first) = changed.first() {
        return Err(Error::Data(format!(
            "{ASSIGNMENTS} is not what was drawn and written ({} differences; the first: {first}): the table was changed by hand; restore it before enrolling more",
            changed.len(),
        )));
    }
    let gate = enrolment_gate(project, &data.session, day).await?;
    if !dry_run {
        let reach = Reach::of(&data, day).await?.gate(plan, day);
        gates::require(project, now, "experiment assign", vec![gate.clone(), reach])?;
    }
    let model = records::last_model(experiment)?.filter(|model| *model != bundle.id);
    if let Some(model) = model {
        progress(Progress::Warning(format!(
            "model {} makes the scores by now, and {model} made those of who is enrolled: the effect will be that of both, and the result departs from the plan",
            bundle.id
        )));
    }
    let forced = project
        .force
        .clone()
        .filter(|_| gate.verdict == Verdict::Fail);
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
        let covariates = population.covariates();
        let mut columns: Vec<(String, &Covariate)> = covariates
            .iter()
            .map(|column| (column_name(&column.name), column))
            .collect();
        columns.sort_by(|a, b| a.0.cmp(&b.0));
        let rows = made.iter().filter_map(|one| {
            let at = population.place(&one.lead)?;
            let values = columns
                .iter()
                .map(|(name, column)| (name.as_str(), column.values[at]));
            let known = Known {
                owner: population.owners[at].as_deref(),
                values: values.collect(),
            };
            Some((one, known))
        });
        let mut record = Enrolment {
            at: now,
            batch: made[0].batch,
            day,
            rows: made.len() as u64,
            sha256: records::hash(rows),
            model: bundle.id.clone(),
            forced,
            is_written: false,
        };
        experiment.note_enrolment(&record)?;
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
        record.is_written = true;
        experiment.note_enrolment(&record)?;
    }
    let new = count(made.iter().map(|one| one.arm));
    book.add(made, &population);
    let (units, share) = (book.units(), plan.treatment_share);
    Ok(Enrolled {
        experiment: plan.name.clone(),
        day,
        dry_run,
        new,
        all: count(book.assignments.iter().map(|one| one.arm)),
        units: count(units.iter().map(|(arm, _)| *arm)),
        left_out,
        draw: book.assignments.first().map_or(0, |one| one.draw),
        balance: book.balance(),
        strata: book.by_stratum(&units, share),
        sellers: book.by_seller(&units, share),
    })
}

/// Share of the leads of which something later may be known: dates get mistyped.
const MISTYPED: f64 = 0.001;

/// Whether leads are drawn before what becomes of them is known. Made-up data hold outcomes that
/// `play` replaces once leads are drawn.
async fn enrolment_gate(project: &Project, session: &Session, day: NaiveDate) -> Result<Gate> {
    let query = include_str!("later.sql");
    let params = Params::new().with("day", day);
    let rows = Rows::new(session.collect(query, &params).await?);
    let number = |name: &str| -> Result<u64> {
        let value = rows.integers(name)?.first().copied().flatten();
        Ok(value.map_or(0, |value| value.max(0) as u64))
    };
    let (later, all) = (number("later")?, number("leads")?);
    let is_known = later as f64 > MISTYPED * all as f64 && !project.is_made_up();
    Ok(Gate {
        id: "experiment.enrolment".into(),
        rule: format!(
            "what happened after the day after {day} is not known yet: of at most {} % of the leads",
            100.0 * MISTYPED
        ),
        value: Some(Measured::counted(later as f64, all)),
        unit: Unit::Count,
        verdict: match is_known {
            true => Verdict::Fail,
            false => Verdict::Pass,
        },
        action: match project.is_made_up() {
            true => "the data are made up, and outcomes are written after the draw".to_owned(),
            false => "enrol on the day itself, with the data of that day: who is drawn when it is known what became of them proves nothing".to_owned(),
        },
        brief: None,
        forced: None,
    })
}

/// How many are in each arm.
pub(super) fn count(arms: impl Iterator<Item = Arm>) -> Arms<u64> {
    let mut counts = Arms::default();
    arms.for_each(|arm| counts[arm] += 1);
    counts
}
