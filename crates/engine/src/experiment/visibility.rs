//! Who may see a score.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use leadrank_experiment::Arm;
use leadrank_experiment::assign::is_rolled_out;
use leadrank_warehouse::{Session, Warehouse};

use super::ASSIGNMENTS;
use super::folder::{Experiment, Rollout};
use super::ledger;
use super::population::{Contact, contacts};
use crate::error::Result;
use crate::project::Project;
use crate::stages::table;

/// Leads whose score must not be shown on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visibility {
    hidden: BTreeSet<String>,
}

impl Visibility {
    /// What the frozen experiments of a project ask for: before their roll-out, control shows
    /// nothing, nor does who is still to be enrolled; from then on, who is rolled out does. `leads`
    /// are those that scores would be shown of.
    ///
    /// # Errors
    /// When a plan or the ledger can't be read.
    pub async fn of(
        project: &Project,
        session: &Session,
        leads: &[&str],
        day: NaiveDate,
    ) -> Result<Self> {
        let mut all = Visibility::default();
        for name in Experiment::names(project) {
            let experiment = Experiment::open(project, Some(&name))?;
            if experiment.frozen.is_none() {
                continue;
            }
            let rollouts = experiment.rollouts()?;
            let step = rollouts.iter().rev().find(|step| step.from <= day);
            let found = match step {
                Some(step) => Self::with_step(&experiment, session, leads, step).await?,
                None => Self::by_arm(&experiment, session, leads, day).await?,
            };
            all.hidden.extend(found.hidden);
        }
        Ok(all)
    }

    /// Before the roll-out: control shows nothing. While leads are enrolled, neither does one that
    /// could be and is not yet: a score that was seen before the draw can't be unseen.
    async fn by_arm(
        experiment: &Experiment,
        session: &Session,
        leads: &[&str],
        day: NaiveDate,
    ) -> Result<Self> {
        let plan = &experiment.plan;
        let book = ledger::read(session, &plan.name).await?;
        let arms: BTreeMap<&str, Arm> = book
            .assignments
            .iter()
            .filter(|one| one.enrolled <= day)
            .map(|one| (one.lead.as_str(), one.arm))
            .collect();
        let mut waiting: BTreeSet<String> = BTreeSet::new();
        if (plan.start..=plan.enrol_until).contains(&day) {
            let within = Days::new(u64::from(plan.contacted_within_days));
            let first = plan.start.checked_sub_days(within).unwrap_or(plan.start);
            let all = contacts(session).await?.into_iter();
            let could_be = |one: &Contact| plan.contacted_within_days == 0 || one.day >= first;
            waiting.extend(all.filter(could_be).map(|one| one.lead));
        }
        let is_hidden = |lead: &&&str| match arms.get(**lead) {
            Some(arm) => *arm == Arm::Control,
            None => waiting.contains(**lead),
        };
        Ok(Visibility {
            hidden: owned(leads.iter().filter(is_hidden)),
        })
    }

    /// From a step of the roll-out on: who is not rolled out yet, and the hold-out.
    pub(super) async fn with_step(
        experiment: &Experiment,
        session: &Session,
        leads: &[&str],
        step: &Rollout,
    ) -> Result<Self> {
        let book = ledger::read(session, &experiment.plan.name).await?;
        let units: BTreeMap<&str, &str> = book
            .assignments
            .iter()
            .map(|one| (one.lead.as_str(), one.unit.as_str()))
            .collect();
        let hidden = leads.iter().filter(|lead| {
            // A lead outside the experiment is a unit of its own.
            let unit = units.get(**lead).copied().unwrap_or(lead);
            !is_rolled_out(&experiment.plan, unit, step.share)
        });
        Ok(Visibility {
            hidden: owned(hidden),
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
        for name in Experiment::names(project) {
            let experiment = Experiment::open(project, Some(&name))?;
            if let Some(frozen) = &experiment.frozen {
                let steps = experiment.rollouts()?;
                let shares = steps.iter().filter(|step| step.from <= day);
                let shares: Vec<String> = shares.map(|step| step.share.to_string()).collect();
                text.push_str(&format!(" {} {}", frozen.sha256, shares.join(",")));
            }
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

fn owned<'a>(leads: impl Iterator<Item = &'a &'a str>) -> BTreeSet<String> {
    leads.map(|lead| (*lead).to_owned()).collect()
}
