//! Whether it runs, from the run ledger.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use leadrank_evidence::{Measured, Unit};
use leadrank_stats::{proportion, quantile};

use super::{Criterion, Target, found, missing};
use crate::ledger::{self, Entry};
use crate::project::Project;

const PART: &str = "operational";
/// Days before the newest run that count.
const DAYS: i64 = 30;

/// One `leadrank run`.
struct Run {
    at: DateTime<Utc>,
    ok: bool,
}

pub(super) fn criteria(project: &Project) -> Vec<Criterion> {
    let runs = recent(&ledger::read(project));
    let mut rows = Vec::new();
    let failed = runs.iter().filter(|run| !run.ok).count() as u64;
    let none = "no run is on record yet: use `leadrank run`";
    let name = "runs that failed, last 30 days";
    let target = Target::Below(0.02);
    rows.push(
        match proportion::estimate(failed, runs.len() as u64, 0.95) {
            Some(rate) => found(
                PART,
                name,
                target,
                Unit::Share,
                rate,
                "Every run counts, also those of a person trying things out.",
            ),
            None => missing(PART, name, &target.words(Unit::Share), none),
        },
    );
    let name = "hours from a failure to the next run that works";
    let target = Target::Below(4.0);
    let hours = recoveries(&runs);
    rows.push(match quantile::linear(&hours, 1.0) {
        Some(longest) => found(
            PART,
            name,
            target,
            Unit::Score,
            Measured::counted(longest, hours.len() as u64),
            "The longest of the last 30 days.",
        ),
        None if runs.is_empty() => missing(PART, name, &target.words(Unit::Score), none),
        None => missing(
            PART,
            name,
            &target.words(Unit::Score),
            "no failure in the last 30 days that a working run followed",
        ),
    });
    let name = "days with a run on which scores were made";
    let target = Target::Above(0.95);
    let mut days: BTreeMap<NaiveDate, bool> = BTreeMap::new();
    for run in &runs {
        *days.entry(run.at.date_naive()).or_insert(false) |= run.ok;
    }
    let good = days.values().filter(|&&ok| ok).count() as u64;
    rows.push(match proportion::estimate(good, days.len() as u64, 0.95) {
        Some(rate) => found(
            PART,
            name,
            target,
            Unit::Share,
            rate,
            "Days without any run are not seen from here.",
        ),
        None => missing(PART, name, &target.words(Unit::Share), none),
    });
    rows.push(missing(
        PART,
        "time until a new feature is in use",
        "below 1 day",
        "a matter of how people work; CONTRIBUTING.md says how a feature is added and tested",
    ));
    rows
}

/// Runs of the last 30 days before the newest.
fn recent(entries: &[Entry]) -> Vec<Run> {
    let runs = entries.iter().filter(|entry| entry.stage == ledger::RUN);
    let all: Vec<Run> = runs
        .map(|entry| Run {
            at: entry.at,
            ok: entry.outcome == ledger::DONE,
        })
        .collect();
    let Some(newest) = all.iter().map(|run| run.at).max() else {
        return Vec::new();
    };
    let from = newest - TimeDelta::days(DAYS);
    all.into_iter().filter(|run| run.at > from).collect()
}

/// Hours from the first failure of a row to the run that worked.
fn recoveries(runs: &[Run]) -> Vec<f64> {
    let mut hours = Vec::new();
    let mut since: Option<DateTime<Utc>> = None;
    for run in runs {
        match (run.ok, since) {
            (false, None) => since = Some(run.at),
            (true, Some(failed)) => {
                hours.push((run.at - failed).num_seconds() as f64 / 3600.0);
                since = None;
            }
            _ => {}
        }
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::Standing;

    fn entry(hour: i64, outcome: &str) -> Entry {
        Entry {
            at: DateTime::UNIX_EPOCH + TimeDelta::hours(hour),
            stage: ledger::RUN.into(),
            fingerprint: String::new(),
            outcome: outcome.into(),
        }
    }

    #[test]
    fn failures_recoveries_and_days_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        assert!(
            criteria(&project)
                .iter()
                .all(|one| one.standing == Standing::Unknown)
        );
        for (hour, outcome) in [
            // Longer than 30 days before the newest: does not count.
            (0, "failed: x"),
            (24 * 40, ledger::DONE),
            (24 * 41, "failed: no vendor month"),
            (24 * 41 + 1, "failed: no vendor month"),
            (24 * 41 + 3, ledger::DONE),
            (24 * 42, "failed: disk full"),
        ] {
            ledger::append_entry(&project, &entry(hour, outcome)).unwrap();
        }
        let found = criteria(&project);
        let value = |at: usize| found[at].value.unwrap();
        assert_eq!((value(0).value, value(0).n), (0.6, 5));
        assert_eq!((value(1).value, value(1).n), (3.0, 1));
        assert_eq!(found[1].standing, Standing::Met);
        assert_eq!((value(2).value * 3.0, value(2).n), (2.0, 3));
    }
}
