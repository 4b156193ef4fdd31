//! When a score could be seen: from the ledgers of syncs, and from what was noted by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{Days, NaiveDate};
use leadrank_experiment::Arm;
use leadrank_salesforce::sync::{Ledger, Outcome, Value};

use super::folder::Experiment;
use super::kin::known_as;
use crate::crm;
use crate::error::{Error, Result};
use crate::project::Project;

/// Scores that were seen otherwise: `lead_id,date`.
const BY_HAND: &str = "exposures.csv";

/// When the score of each lead appeared and went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exposure {
    /// By lead: from a day on, whether a score can be seen.
    changes: BTreeMap<String, Vec<(NaiveDate, bool)>>,
    /// Whether a sync ever wrote any of them: else the arms are taken to be as drawn.
    pub from_syncs: bool,
    /// Notes by hand.
    pub by_hand: u64,
}

impl Exposure {
    /// What the ledgers of the project's org and the notes of the experiment say of these leads up
    /// to `day`.
    ///
    /// # Errors
    /// When a ledger or the notes can't be read.
    pub fn of(
        project: &Project,
        experiment: &Experiment,
        leads: &BTreeSet<&str>,
        day: NaiveDate,
    ) -> Result<Self> {
        let mut exposure = Exposure::default();
        let org = &project.config().salesforce.org;
        let ledgers = crm::ledgers(project);
        if ledgers.join(org).is_dir() {
            let ledger = Ledger::hold(&ledgers, org)?;
            let mut runs = ledger.runs()?;
            runs.sort_by_key(|state| state.meta.begun_at);
            for state in runs {
                let run = ledger.run(&state.meta.run)?;
                let outcomes = run.outcomes()?;
                // What was written on the evening of a day is seen the morning after; scores
                // are of the day of their data. What may have come later is taken for so where
                // it hides, and not where it shows: a leak must not be overlooked.
                let first = crm::written_on(&state.meta);
                let last = run.last_day()?.max(first);
                for row in run.rows()? {
                    let Some(lead) = known_as(leads, &row.id) else {
                        continue;
                    };
                    let written = outcomes.of(&row.id) == Some(&Outcome::Written);
                    let Some(value) = row.after.get(crm::SHOWN).filter(|_| written) else {
                        continue;
                    };
                    let is_shown = *value != Value::Null;
                    let from = if is_shown { first } else { last };
                    if from <= day {
                        exposure.from_syncs = true;
                        exposure.note(lead, from, is_shown);
                    }
                }
            }
        }
        exposure.read_notes(&experiment.folder.join(BY_HAND), day)?;
        Ok(exposure)
    }

    fn note(&mut self, lead: &str, from: NaiveDate, is_shown: bool) {
        let changes = self.changes.entry(lead.to_owned()).or_default();
        changes.push((from, is_shown));
        changes.sort_by_key(|(from, _)| *from);
    }

    fn read_notes(&mut self, path: &Path, until: NaiveDate) -> Result<()> {
        if !path.is_file() {
            return Ok(());
        }
        let broken = |line: u64, what: &str| {
            Error::Data(format!(
                "{}, line {line}: {what}; each line is a lead id and a date such as 2025-11-05",
                path.display()
            ))
        };
        let mut reader =
            csv::Reader::from_path(path).map_err(|error| broken(1, &error.to_string()))?;
        for (at, record) in reader.records().enumerate() {
            let line = at as u64 + 2;
            let record = record.map_err(|error| broken(line, &error.to_string()))?;
            let lead = record.get(0).unwrap_or_default().trim();
            let day: Option<NaiveDate> = record.get(1).and_then(|text| text.trim().parse().ok());
            match (lead.is_empty(), day) {
                (false, Some(day)) if day <= until => {
                    self.by_hand += 1;
                    self.note(lead, day, true);
                }
                (false, Some(_)) => {}
                _ => return Err(broken(line, "no lead id or no date")),
            }
        }
        Ok(())
    }

    /// Whether the score of a lead could be seen when it was dialled on `day`: noted the day
    /// before or earlier. Without any sync, treatment's scores are taken to be shown from the day
    /// after enrolment.
    pub(super) fn sees(&self, lead: &str, arm: Arm, enrolled: NaiveDate, day: NaiveDate) -> bool {
        let known = self.changes.get(lead);
        let last = known.and_then(|changes| changes.iter().rev().find(|(from, _)| *from < day));
        match last {
            Some((_, is_shown)) => *is_shown,
            None => !self.from_syncs && arm == Arm::Treatment && enrolled < day,
        }
    }

    /// The first day after enrolment and up to `until` on which the score of a lead could be seen.
    pub(super) fn first_seen(
        &self,
        lead: &str,
        arm: Arm,
        enrolled: NaiveDate,
        until: NaiveDate,
    ) -> Option<NaiveDate> {
        let after = |day: NaiveDate| day.checked_add_days(Days::new(1));
        let changes = self.changes.get(lead).into_iter().flatten();
        let shown = changes.filter(|(from, is_shown)| *is_shown && *from > enrolled);
        // What was in view already, or came into view later.
        let days = [after(enrolled)]
            .into_iter()
            .chain(shown.map(|(from, _)| after(*from)));
        days.flatten()
            .filter(|day| *day <= until)
            .find(|day| self.sees(lead, arm, enrolled, *day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_score_is_seen_from_the_day_after_it_was_written_until_it_is_taken_away() {
        let mut exposure = Exposure {
            from_syncs: true,
            ..Exposure::default()
        };
        exposure.note("a", day("2025-11-05"), false);
        exposure.note("a", day("2025-11-03"), true);
        let sees = |on: &str| exposure.sees("a", Arm::Treatment, day("2025-11-01"), day(on));
        assert!(!sees("2025-11-03") && sees("2025-11-04") && sees("2025-11-05"));
        assert!(!sees("2025-11-06"));
        let first = |enrolled: &str, until: &str| {
            exposure.first_seen("a", Arm::Control, day(enrolled), day(until))
        };
        assert_eq!(first("2025-11-01", "2025-11-30"), Some(day("2025-11-04")));
        assert_eq!(first("2025-11-04", "2025-11-30"), Some(day("2025-11-05")));
        assert_eq!(
            first("2025-11-01", "2025-11-03"),
            None,
            "shown after the horizon"
        );
        assert_eq!(first("2025-11-05", "2025-11-30"), None, "hidden by then");
        let untold = |arm| exposure.sees("b", arm, day("2025-11-01"), day("2025-11-06"));
        assert!(!untold(Arm::Treatment));
    }

    #[test]
    fn without_a_sync_the_arms_are_as_drawn_and_notes_by_hand_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(BY_HAND);
        std::fs::write(&path, "lead_id,date\nc,2025-11-04\nd,2026-01-01\n").unwrap();
        let mut exposure = Exposure::default();
        exposure.read_notes(&path, day("2025-12-01")).unwrap();
        assert_eq!(exposure.by_hand, 1);
        let sees = |lead, arm| exposure.sees(lead, arm, day("2025-11-03"), day("2025-11-06"));
        assert!(sees("t", Arm::Treatment) && !sees("k", Arm::Control) && sees("c", Arm::Control));
        std::fs::write(&path, "lead_id,date\nc,soon\n").unwrap();
        let error = exposure.read_notes(&path, day("2025-12-01")).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
