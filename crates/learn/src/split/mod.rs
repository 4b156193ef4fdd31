//! Cutting rows in time: fit, stop, calibration, test, from old to new.
//!
//! A day is never divided. A row whose label becomes known only after the next
//! part has begun is purged (`day + horizon >= start of the next part`), and a
//! group (an adviser) that occurs in two parts stays in the newest one only
//! (domain.md "Contradictions and traps", rows 27 and 29). Rows without a label
//! are never used. Where history is so short that purging between the three older
//! parts would cost more than a set share of them, only the border before the
//! test is purged, and the audit says so. Cuts depend on the set of times alone, so the order of the
//! rows does not matter.

mod audit;
mod borders;
mod cut;
mod folds;
mod rows;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_evidence::{Broken, Promise, apart, known_before};
use serde::{Deserialize, Serialize};

pub use audit::{Fate, Part, PartAudit, SplitAudit};
pub use folds::{Fold, FoldAudit, FoldConfig, Folds, FoldsAudit, SideAudit, Window};
pub use rows::{
    CalibrationRows, DevelopmentRows, FitRows, JudgeRows, PastRows, RefitRows, Rows, StopRows,
    TestRows, TrainingRows,
};

use crate::{LearnError, Result};
use audit::time_text;
use borders::Borders;

/// When each row happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Times {
    /// Calendar days since 1970-01-01.
    Days(Vec<Option<i32>>),
    /// Order numbers without a unit, for tables that have no dates.
    Order(Vec<Option<i64>>),
}

/// Where the caller wants a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignment {
    /// Before the test: fit, stop and calibration are cut from these.
    Train,
    /// Test.
    Test,
    /// Neither.
    LeftOut,
}

/// The rows to split; all lists have one entry for each row.
#[derive(Debug, Clone)]
pub struct SplitInput {
    /// When each row happened.
    pub times: Times,
    /// What must not stand on two sides, for example an adviser; `None` entries
    /// are groups of their own.
    pub groups: Option<Vec<Option<String>>>,
    /// The outcome; `None` is unknown and such a row is never used.
    pub labels: Vec<Option<bool>>,
    /// The caller's own train and test rows; test rows are then left untouched.
    pub assignment: Option<Vec<Assignment>>,
}

/// How to cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SplitConfig {
    /// Share of the labelled rows for the test, the newest.
    pub test_fraction: f64,
    /// Share of the labelled rows for calibration, before the test.
    pub calibration_fraction: f64,
    /// Share of the labelled rows for early stopping, before calibration.
    pub stop_fraction: f64,
    /// First day of the test part, instead of a share.
    pub test_from: Option<NaiveDate>,
    /// Days until a label is known; ignored for order numbers.
    pub label_horizon_days: u32,
    /// Largest share of the rows before the test that purging between train, stop
    /// and calibration may cost; beyond it those two borders are not purged.
    pub inner_purge_limit: f64,
    /// Fewest rows a part other than the test may have.
    pub minimum_rows: u64,
    /// Fewest positives, and fewest negatives, a part other than the test may have.
    pub minimum_of_class: u64,
}

impl Default for SplitConfig {
    fn default() -> Self {
        Self {
            test_fraction: 0.20,
            calibration_fraction: 0.15,
            stop_fraction: 0.10,
            test_from: None,
            label_horizon_days: 30,
            inner_purge_limit: 0.25,
            minimum_rows: 30,
            minimum_of_class: 5,
        }
    }
}

/// A finished split. Its row lists are the only way into any fit.
#[derive(Debug, Clone)]
pub struct Split {
    /// The oldest part.
    pub fit: FitRows,
    /// Early stopping.
    pub stop: StopRows,
    /// Fit, stop and what was purged between them.
    pub refit: RefitRows,
    /// Everything before the test.
    pub development: DevelopmentRows,
    /// Calibration.
    pub calibration: CalibrationRows,
    /// Test.
    pub test: TestRows,
    /// What became of each row given.
    pub fates: Vec<Fate>,
    /// The counts.
    pub audit: SplitAudit,
}

/// One usable row.
#[derive(Debug, Clone, Copy)]
struct Row {
    index: usize,
    time: i64,
    positive: bool,
}

/// Cuts the rows; see the module text for the rules.
pub fn split(input: &SplitInput, config: &SplitConfig) -> Result<Split> {
    check(input, config)?;
    let (is_days, times) = input.times.numbers();
    let horizon = if is_days {
        i64::from(config.label_horizon_days)
    } else {
        0
    };

    let (mut fates, train, mut test) = sort_out(input, &times);
    let (train, test_start, test_is_newest, test_chosen_by) =
        match (&input.assignment, config.test_from) {
            (Some(_), _) => {
                let newest = cut::is_newest(&train, &test);
                (
                    train,
                    newest.then(|| cut::start(&test)).flatten(),
                    newest,
                    "given",
                )
            }
            (None, Some(date)) => {
                let start = i64::from(cut::day_number(date));
                let (newer, older) = train.into_iter().partition(|row| row.time >= start);
                test = newer;
                (older, Some(start), true, "date")
            }
            (None, None) => {
                let start = cut::newest_share(&train, config.test_fraction, Part::Test, is_days)?;
                let (newer, older) = train.into_iter().partition(|row| row.time >= start);
                test = newer;
                (older, Some(start), true, "fraction")
            }
        };

    let known = purge(train, test_start, horizon, Part::Calibration, &mut fates);
    let borders = Borders::purged_if_cheap(&known, config, horizon, is_days)?;
    for row in &known {
        fates[row.index] = borders.fate(row.time);
    }
    for row in &test {
        fates[row.index] = Fate::Part(Part::Test);
    }
    let (refit, development) = isolate(input.groups.as_deref(), &mut fates);

    let audit = count(&fates, input, &times, is_days, |audit| {
        audit.horizon_days = u32::try_from(horizon).unwrap_or(0);
        audit.test_chosen_by = test_chosen_by.to_owned();
        audit.test_is_newest = test_is_newest;
        audit.inner_borders_purged = borders.horizon == horizon;
    });
    enough(&audit, config)?;
    let rows_of = |part: Part| -> Vec<usize> {
        (0..fates.len())
            .filter(|&row| fates[row] == Fate::Part(part))
            .collect()
    };
    let split = Split {
        fit: FitRows::new(rows_of(Part::Train)),
        stop: StopRows::new(rows_of(Part::Stop)),
        refit: RefitRows::new(refit),
        development: DevelopmentRows::new(development),
        calibration: CalibrationRows::new(rows_of(Part::Calibration)),
        test: TestRows::new(rows_of(Part::Test)),
        fates,
        audit,
    };
    split.keeps_its_promises(&times, input.groups.as_deref())?;
    Ok(split)
}

impl Split {
    /// Each list that something is fitted on, with the list it is judged on and the
    /// days that must lie between them. Inner borders that were not purged have none:
    /// the audit says so, and there times alone must not overlap. A given test that is
    /// not the newest part has no border at all.
    fn borders(&self) -> Vec<(&[usize], &[usize], i64)> {
        let horizon = i64::from(self.audit.horizon_days);
        let inner = if self.audit.inner_borders_purged {
            horizon
        } else {
            0
        };
        let (calibration, test) = (self.calibration.indices(), self.test.indices());
        let mut borders = vec![
            (self.fit.indices(), self.stop.indices(), inner),
            (self.stop.indices(), calibration, inner),
            (self.refit.indices(), calibration, inner),
        ];
        if self.audit.test_is_newest {
            borders.push((calibration, test, horizon));
            borders.push((self.development.indices(), test, horizon));
        }
        borders
    }

    /// What a split is for: no fit knows an outcome of the days it is judged on, and no
    /// group stands on two sides. `times` and `groups` are those that were split.
    ///
    /// # Errors
    /// [`Broken`] with the promise that does not hold: a fault of the splitter.
    pub fn keeps_its_promises(
        &self,
        times: &[Option<i64>],
        groups: Option<&[Option<String>]>,
    ) -> std::result::Result<(), Broken> {
        for (fitted, judged, horizon) in self.borders() {
            let days = |rows: &'_ [usize]| -> Vec<i64> {
                rows.iter().filter_map(|&row| times[row]).collect()
            };
            let Some(cut) = days(judged).into_iter().min() else {
                continue;
            };
            Promise::NoFutureInFit.hold(known_before(days(fitted), horizon, cut), || {
                format!(
                    "{} rows before {} others, {horizon} days",
                    fitted.len(),
                    judged.len()
                )
            })?;
        }
        let Some(groups) = groups else { return Ok(()) };
        let (calibration, test) = (self.calibration.indices(), self.test.indices());
        let divisions: [&[&[usize]]; 3] = [
            &[self.fit.indices(), self.stop.indices(), calibration, test],
            &[self.refit.indices(), calibration, test],
            &[self.development.indices(), test],
        ];
        for sides in divisions {
            let rows = sides.iter().enumerate().flat_map(|(side, rows)| {
                rows.iter().map(move |&row| (groups[row].as_deref(), side))
            });
            Promise::AdvisersApart.hold(apart(rows), || format!("{} sides", sides.len()))?;
        }
        Ok(())
    }
}

fn check(input: &SplitInput, config: &SplitConfig) -> Result<()> {
    let rows = input.labels.len();
    let timed = match &input.times {
        Times::Days(days) => days.len(),
        Times::Order(order) => order.len(),
    };
    let lengths = [
        ("times", Some(timed)),
        ("groups", input.groups.as_ref().map(Vec::len)),
        ("assignment", input.assignment.as_ref().map(Vec::len)),
    ];
    for (what, length) in lengths {
        if let Some(found) = length.filter(|&length| length != rows) {
            return Err(LearnError::shape(what, rows, found));
        }
    }
    if config.test_from.is_some() && matches!(input.times, Times::Order(_)) {
        return Err(LearnError::split(
            "a first test day is given, but the time column has order numbers",
            "name a date column, or leave the first test day out",
        ));
    }
    let shares = [
        config.test_fraction,
        config.calibration_fraction,
        config.stop_fraction,
    ];
    let sum: f64 = shares.iter().sum();
    if shares
        .iter()
        .any(|share| !share.is_finite() || *share <= 0.0)
        || sum >= 1.0
    {
        return Err(LearnError::split(
            format!("the shares of test, calibration and stop are {shares:?}"),
            "make each above 0 and their sum below 1",
        ));
    }
    Ok(())
}

/// Rows that can be used, as (fates so far, train, given test). Without an
/// assignment every usable row is in train.
fn sort_out(input: &SplitInput, times: &[Option<i64>]) -> (Vec<Fate>, Vec<Row>, Vec<Row>) {
    let mut fates = Vec::with_capacity(times.len());
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for (index, (&time, &label)) in times.iter().zip(&input.labels).enumerate() {
        let wanted = input
            .assignment
            .as_ref()
            .map_or(Assignment::Train, |wanted| wanted[index]);
        let fate = match (wanted, label, time) {
            (Assignment::LeftOut, _, _) => Fate::LeftOut,
            (_, None, _) => Fate::Unlabelled,
            (_, Some(_), None) => Fate::Undated,
            (Assignment::Train, Some(positive), Some(time)) => {
                train.push(Row {
                    index,
                    time,
                    positive,
                });
                Fate::Part(Part::Train)
            }
            (Assignment::Test, Some(positive), Some(time)) => {
                test.push(Row {
                    index,
                    time,
                    positive,
                });
                Fate::Part(Part::Test)
            }
        };
        fates.push(fate);
    }
    (fates, train, test)
}

/// Keeps the rows whose label is known before `start`; marks the others.
fn purge(
    rows: Vec<Row>,
    start: Option<i64>,
    horizon: i64,
    part: Part,
    fates: &mut [Fate],
) -> Vec<Row> {
    let Some(start) = start else { return rows };
    let (known, late): (Vec<Row>, Vec<Row>) = rows
        .into_iter()
        .partition(|row| row.time.saturating_add(horizon) < start);
    for row in late {
        fates[row.index] = Fate::Purged(part);
    }
    known
}

/// Leaves each group in its newest part; gives back the refit and development rows.
fn isolate(groups: Option<&[Option<String>]>, fates: &mut [Fate]) -> (Vec<usize>, Vec<usize>) {
    let mut newest: BTreeMap<&str, Part> = BTreeMap::new();
    let group_of = |row: usize| groups.and_then(|groups| groups[row].as_deref());
    for (row, fate) in fates.iter().enumerate() {
        if let (Fate::Part(part), Some(group)) = (fate, group_of(row)) {
            let seen = newest.entry(group).or_insert(*part);
            *seen = (*seen).max(*part);
        }
    }
    let newest_of = |row: usize| group_of(row).and_then(|group| newest.get(group).copied());
    let older_than = |end: Part| -> Vec<usize> {
        let is_older = |fate: &Fate| match *fate {
            Fate::Part(part) => part < end,
            // purged at an inner border of what is taken together here
            Fate::Purged(part) => part < end && Part::ALL.iter().any(|&p| part < p && p < end),
            _ => false,
        };
        (0..fates.len())
            .filter(|&row| is_older(&fates[row]) && newest_of(row).is_none_or(|part| part < end))
            .collect()
    };
    let lists = (older_than(Part::Calibration), older_than(Part::Test));
    for (row, fate) in fates.iter_mut().enumerate() {
        if let Fate::Part(part) = *fate
            && newest_of(row).is_some_and(|newest| newest > part)
        {
            *fate = Fate::Isolated(part);
        }
    }
    lists
}

fn count(
    fates: &[Fate],
    input: &SplitInput,
    times: &[Option<i64>],
    is_days: bool,
    finish: impl FnOnce(&mut SplitAudit),
) -> SplitAudit {
    let all = |wanted: Fate| fates.iter().filter(|&&fate| fate == wanted).count() as u64;
    let parts = Part::ALL.map(|part| {
        let rows: Vec<usize> = (0..fates.len())
            .filter(|&row| fates[row] == Fate::Part(part))
            .collect();
        let span = || rows.iter().filter_map(|&row| times[row]);
        PartAudit {
            part,
            rows: rows.len() as u64,
            positives: rows
                .iter()
                .filter(|&&row| input.labels[row] == Some(true))
                .count() as u64,
            first: span().min().map(|time| time_text(time, is_days)),
            last: span().max().map(|time| time_text(time, is_days)),
            purged: all(Fate::Purged(part)),
            isolated: all(Fate::Isolated(part)),
        }
    });
    let mut audit = SplitAudit {
        parts: parts.to_vec(),
        rows: fates.len() as u64,
        unlabelled: all(Fate::Unlabelled),
        undated: all(Fate::Undated),
        left_out: all(Fate::LeftOut),
        horizon_days: 0,
        test_chosen_by: String::new(),
        test_is_newest: true,
        inner_borders_purged: true,
    };
    finish(&mut audit);
    audit
}

/// Refuses parts that can not carry their task.
fn enough(audit: &SplitAudit, config: &SplitConfig) -> Result<()> {
    for part in &audit.parts {
        let (rows, class) = match part.part {
            Part::Test => (2, 1),
            _ => (config.minimum_rows, config.minimum_of_class),
        };
        let negatives = part.rows - part.positives;
        if part.rows >= rows && part.positives >= class && negatives >= class {
            continue;
        }
        return Err(LearnError::split(
            format!(
                "the {} part has {} rows, {} of them positive ({} purged, {} isolated); it needs at least {rows} rows and {class} of each class",
                part.part, part.rows, part.positives, part.purged, part.isolated
            ),
            "give more history, choose another first test day, or make the label horizon shorter",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
