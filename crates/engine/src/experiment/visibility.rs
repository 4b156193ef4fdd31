//! Who may see a score.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use leadrank_experiment::assign::is_rolled_out;
use leadrank_experiment::{Arm, Plan};
use leadrank_warehouse::{Params, Session, Warehouse};

use super::ASSIGNMENTS;
use super::folder::{Experiment, Rollout};
use super::kin::Kin;
use super::ledger;
use super::population::{Contact, contacts};
use super::records;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::stages::rows::Rows;
use crate::stages::table;

/// Leads whose score must not be shown on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visibility {
    hidden: BTreeSet<String>,
}

impl Visibility {
    /// What the frozen experiments of a project ask for: before their roll-out, control shows
    /// nothing, nor does who is still to be enrolled; from then on, who is rolled out does. `leads`
    /// are those that scores would be shown of. The ledger counts as it is now, whatever day it is:
    /// who was drawn once stays in their arm.
    ///
    /// # Errors
    /// When a plan or the ledger can't be read, or leads are enrolled in an experiment that is not
    /// there: then nobody can tell, and nothing may be shown.
    pub async fn of(
        project: &Project,
        session: &Session,
        leads: &[&str],
        day: NaiveDate,
    ) -> Result<Self> {
        let mut all = Visibility::default();
        let open = open(project, session, day).await?;
        if open.is_empty() {
            return Ok(all);
        }
        let contacts = contacts(session).await?;
        for experiment in open {
            let rollouts = experiment.rollouts()?;
            let step = rollouts.iter().rev().find(|step| step.from <= day);
            let found = hidden_by(&experiment, session, &contacts, leads, (day, step)).await?;
            all.hidden.extend(found);
        }
        Ok(all)
    }

    /// The same for one experiment, from a step of its roll-out on.
    pub(super) async fn with_step(
        experiment: &Experiment,
        session: &Session,
        leads: &[&str],
        step: &Rollout,
    ) -> Result<Self> {
        let contacts = contacts(session).await?;
        let at = (step.from, Some(step));
        Ok(Visibility {
            hidden: hidden_by(experiment, session, &contacts, leads, at).await?,
        })
    }

    /// Whether a lead's score must not be shown.
    pub fn hides(&self, lead: &str) -> bool {
        self.hidden.contains(lead)
    }

    /// What enters the fingerprint of scores: another text whenever somebody was assigned, or
    /// scores were rolled out further; empty without a frozen experiment.
    pub(crate) async fn fingerprint(
        project: &Project,
        warehouse: &Warehouse,
        day: NaiveDate,
    ) -> Result<String> {
        let mut text = String::new();
        let open = Experiment::all_frozen(project)?.into_iter();
        for experiment in open.filter(|one| one.is_open(day)) {
            let steps = experiment.rollouts()?;
            let shares = steps.iter().filter(|step| step.from <= day);
            let shares: Vec<String> = shares.map(|step| step.share.to_string()).collect();
            text.push_str(&format!(" {} {}", experiment.hash(), shares.join(",")));
        }
        if !text.is_empty() {
            let version = warehouse.version(&table(ASSIGNMENTS)?).await?;
            text.push_str(&format!(
                " {}",
                version.map_or(-1, |version| version as i64)
            ));
        }
        Ok(text)
    }
}

/// The experiments of a project that hide something on a day.
async fn open(project: &Project, session: &Session, day: NaiveDate) -> Result<Vec<Experiment>> {
    let frozen = Experiment::all_frozen(project)?;
    if session.has_table(ASSIGNMENTS) {
        let query = format!("SELECT DISTINCT experiment FROM {ASSIGNMENTS} ORDER BY experiment");
        let rows = Rows::new(session.collect(&query, &Params::default()).await?);
        for name in rows.texts("experiment")?.into_iter().flatten() {
            if !frozen.iter().any(|one| one.plan.name == name) {
                return Err(Error::Data(format!(
                    "leads are enrolled in the experiment `{name}`, and its frozen plan is not in {}: bring the folder back from a copy, or from the machine where leads are enrolled; until then nobody can tell who may see a score",
                    Experiment::root(project).display()
                )));
            }
        }
    }
    Ok(frozen.into_iter().filter(|one| one.is_open(day)).collect())
}

/// What one experiment hides, by a ledger that is what was written into it.
async fn hidden_by(
    experiment: &Experiment,
    session: &Session,
    contacts: &[Contact],
    leads: &[&str],
    (day, step): (NaiveDate, Option<&Rollout>),
) -> Result<BTreeSet<String>> {
    let plan = &experiment.plan;
    let book = ledger::read(session, &plan.name).await?;
    let changed = records::changes(experiment, &book, NaiveDate::MAX)?;
    if let Some(first) = changed.first() {
        return Err(Error::Data(format!(
            "{ASSIGNMENTS} is not what was drawn and written for `{}` ({} differences; the first: {first}): restore the table from its history; until then nobody can tell who may see a score",
            plan.name,
            changed.len()
        )));
    }
    let kin = Kin::of(session, &book.assignments, contacts).await?;
    Ok(match step {
        Some(step) => by_step(plan, &kin, leads, step),
        None => by_arm(plan, &kin, contacts, leads, day),
    })
}

/// Before the roll-out: control shows nothing, nor does a new lead of one of its units. From the
/// freezing of the plan until the last enrolment, neither does one that could be enrolled and is not
/// yet: a score that was seen before the draw can't be unseen.
fn by_arm(
    plan: &Plan,
    kin: &Kin<'_>,
    contacts: &[Contact],
    leads: &[&str],
    day: NaiveDate,
) -> BTreeSet<String> {
    let within = Days::new(u64::from(plan.contacted_within_days));
    let first = plan.start.checked_sub_days(within).unwrap_or(plan.start);
    let all_open = plan.contacted_within_days == 0;
    let mut waiting: BTreeSet<&str> = BTreeSet::new();
    if day <= plan.enrol_until && (all_open || day >= first) {
        let could_be = contacts.iter().filter(|one| all_open || one.day >= first);
        waiting.extend(could_be.map(|one| one.lead.as_str()));
    }
    hidden(kin, leads, |lead| match kin.unit(lead) {
        Some(one) if one.arm == Arm::Control => true,
        Some(_) if kin.is_enrolled(lead) => false,
        _ => waiting.contains(lead),
    })
}

/// From a step of the roll-out on: who is not rolled out yet, and the hold-out.
fn by_step(plan: &Plan, kin: &Kin<'_>, leads: &[&str], step: &Rollout) -> BTreeSet<String> {
    hidden(kin, leads, |lead| {
        !is_rolled_out(plan, &kin.unit_name(lead), step.share)
    })
}

fn hidden(kin: &Kin<'_>, leads: &[&str], is_hidden: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let found = leads.iter().filter(|lead| is_hidden(kin.known_as(lead)));
    found.map(|lead| (*lead).to_owned()).collect()
}
