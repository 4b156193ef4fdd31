//! Who may see a score.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use leadrank_experiment::Arm;
use leadrank_experiment::assign::is_rolled_out;
use leadrank_warehouse::Session;

use super::folder::Experiment;
use super::ledger;
use crate::error::Result;
use crate::project::Project;

/// Leads whose score must not be shown on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visibility {
    hidden: BTreeSet<String>,
}

impl Visibility {
    /// What the frozen experiments of a project ask for: before their roll-out, control sees
    /// nothing and everybody else does; from then on, who is rolled out does. `leads` are those
    /// that scores would be shown of.
    ///
    /// # Errors
    /// When a plan or the ledger can't be read.
    pub async fn of(
        project: &Project,
        session: &Session,
        leads: &[String],
        day: NaiveDate,
    ) -> Result<Self> {
        let mut hidden = BTreeSet::new();
        for name in Experiment::names(project) {
            let experiment = Experiment::open(project, Some(&name))?;
            if experiment.frozen.is_none() {
                continue;
            }
            let book = ledger::read(session, &name).await?;
            let rollouts = experiment.rollouts()?;
            let step = rollouts.iter().rev().find(|step| step.from <= day);
            match step {
                None => hidden.extend(
                    book.assignments
                        .into_iter()
                        .filter(|one| one.arm == Arm::Control && one.enrolled <= day)
                        .map(|one| one.lead),
                ),
                Some(step) => {
                    let units: std::collections::BTreeMap<&str, &str> = book
                        .assignments
                        .iter()
                        .map(|one| (one.lead.as_str(), one.unit.as_str()))
                        .collect();
                    // A lead outside the experiment is a unit of its own.
                    let unit = |lead: &'_ str| units.get(lead).copied().map(str::to_owned);
                    hidden.extend(
                        leads
                            .iter()
                            .filter(|lead| {
                                let unit = unit(lead).unwrap_or_else(|| (*lead).clone());
                                !is_rolled_out(&experiment.plan, &unit, step.share)
                            })
                            .cloned(),
                    );
                }
            }
        }
        Ok(Visibility { hidden })
    }

    /// Whether a lead's score must not be shown.
    pub fn hides(&self, lead: &str) -> bool {
        self.hidden.contains(lead)
    }

    /// How many leads are hidden.
    pub fn count(&self) -> usize {
        self.hidden.len()
    }

    /// What enters fingerprints: the same leads, the same text.
    pub(crate) fn fingerprint(&self) -> String {
        let all: Vec<&str> = self.hidden.iter().map(String::as_str).collect();
        crate::ledger::sha256(all.join(" ").as_bytes())
    }
}
