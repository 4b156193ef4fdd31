//! Blocked cross-validation in time, on the rows before the test.
//!
//! The rows before the test are cut into blocks of days. Each fold is judged on one block
//! and fitted on what was known before it: a row whose outcome comes to be known only after
//! the block has begun is purged (`day + gap >= start of the block`, the gap being at least
//! the label horizon), and a group that occurs in the block is not fitted on (domain.md
//! "Contradictions and traps", rows 27 to 29). The test part is never touched: folds are cut
//! from [`DevelopmentRows`](super::DevelopmentRows) and from nothing else.

use std::collections::BTreeSet;

use leadrank_evidence::{Broken, Promise, apart, known_before};
use serde::{Deserialize, Serialize};

use super::audit::time_text;
use super::rows::{JudgeRows, PastRows, Rows};
use super::{Split, SplitInput, Times};
use crate::{LearnError, Result};

/// Whether the rows a fold is fitted on start at the beginning or move along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// All rows before the block.
    Expanding,
    /// The newest `rolling_days` before the block.
    Rolling,
}

/// How to cut the folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FoldConfig {
    /// Blocks to judge on.
    pub folds: u32,
    /// Days kept free before each block; the label horizon where that is longer. Ignored
    /// for order numbers.
    pub gap_days: u32,
    /// Days that the rows before the first block must span. Where history is too short for
    /// that, the first block starts earlier and the audit says so.
    pub minimum_span_days: u32,
    /// Which rows before a block are fitted on.
    pub window: Window,
    /// Length of a rolling window.
    pub rolling_days: u32,
    /// Fewest positives, and fewest negatives, on either side of a fold.
    pub minimum_of_class: u64,
}

impl Default for FoldConfig {
    fn default() -> Self {
        Self {
            folds: 5,
            gap_days: 30,
            minimum_span_days: 180,
            window: Window::Expanding,
            rolling_days: 365,
            minimum_of_class: 10,
        }
    }
}

impl FoldConfig {
    /// Refuses settings that no fold can follow.
    ///
    /// # Errors
    /// The first setting that is out of range.
    pub fn check(&self) -> Result<()> {
        let rules = [
            (
                (2..=20).contains(&self.folds),
                format!("{} folds are asked for", self.folds),
                "ask for 2 to 20",
            ),
            (
                self.window == Window::Expanding || self.rolling_days >= 1,
                "a rolling window has 0 days".to_owned(),
                "give it 1 day or more",
            ),
            (
                self.minimum_of_class >= 1,
                "folds may lack a class".to_owned(),
                "set minimum_of_class to 1 or more",
            ),
        ];
        match rules.into_iter().find(|(holds, _, _)| !holds) {
            None => Ok(()),
            Some((_, reason, hint)) => Err(LearnError::split(reason, hint)),
        }
    }
}

/// One side of a fold, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideAudit {
    /// Rows.
    pub rows: u64,
    /// Rows with a positive label.
    pub positives: u64,
    /// Earliest day (`YYYY-MM-DD`) or order number.
    pub first: String,
    /// Latest day or order number.
    pub last: String,
}

/// One fold, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldAudit {
    /// From 1, oldest block first.
    pub fold: u32,
    /// Rows fitted on.
    pub past: SideAudit,
    /// Rows judged on.
    pub judge: SideAudit,
    /// Rows before the block whose outcome was not known when it began.
    pub purged: u64,
    /// Rows before the block whose group occurs in it.
    pub isolated: u64,
}

/// All folds, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldsAudit {
    /// The folds, oldest block first.
    pub folds: Vec<FoldAudit>,
    /// Folds that were asked for; fewer were cut where rows did not suffice.
    pub asked: u32,
    /// Days kept free before each block; 0 for order numbers.
    pub gap_days: u32,
    /// Whether the rows before the first block span the days asked for.
    pub minimum_span_kept: bool,
    /// Which rows before a block are fitted on.
    pub window: Window,
}

/// One fold: rows to fit on, and newer ones to judge by.
#[derive(Debug, Clone)]
pub struct Fold {
    /// Fitted on.
    pub past: PastRows,
    /// Judged on, all newer.
    pub judge: JudgeRows,
}

/// The folds of one split.
#[derive(Debug, Clone)]
pub struct Folds {
    /// Oldest block first.
    pub folds: Vec<Fold>,
    /// The counts.
    pub audit: FoldsAudit,
}

/// The rows before the test, each with what cutting needs.
struct Cutter<'a> {
    /// Row numbers with their times, by time and then number.
    rows: Vec<(i64, usize)>,
    labels: &'a [Option<bool>],
    groups: Option<&'a [Option<String>]>,
    is_days: bool,
    gap: i64,
    config: &'a FoldConfig,
}

impl Folds {
    /// Cuts folds from the rows before the test of `split`, which must have been made from
    /// `input`.
    ///
    /// # Errors
    /// When the rows do not suffice for two folds.
    pub fn cut(split: &Split, input: &SplitInput, config: &FoldConfig) -> Result<Self> {
        config.check()?;
        let (is_days, times) = input.times.numbers();
        let mut rows: Vec<(i64, usize)> = split
            .development
            .indices()
            .iter()
            .filter_map(|&row| times.get(row).copied().flatten().map(|time| (time, row)))
            .collect();
        rows.sort_unstable();
        let horizon = i64::from(split.audit.horizon_days);
        let cutter = Cutter {
            rows,
            labels: &input.labels,
            groups: input.groups.as_deref(),
            is_days,
            gap: if is_days {
                horizon.max(i64::from(config.gap_days))
            } else {
                0
            },
            config,
        };
        let spans = if is_days { [true, false] } else { [false; 2] };
        for keep_span in spans {
            for count in (2..=config.folds).rev() {
                if let Some(folds) = cutter.cut(count, keep_span) {
                    folds.keep_their_promises(split, &times, input.groups.as_deref())?;
                    return Ok(folds);
                }
            }
        }
        Err(LearnError::split(
            format!(
                "the {} rows before the test do not give two folds with {} rows of each class on both sides",
                cutter.rows.len(),
                config.minimum_of_class
            ),
            "give more history, or lower folds.gap_days, folds.minimum_of_class or split.test_fraction",
        ))
    }

    /// No outcome of the days that are judged is known to a fit, no group stands on both
    /// sides, and nothing is newer than the rows before the test.
    fn keep_their_promises(
        &self,
        split: &Split,
        times: &[Option<i64>],
        groups: Option<&[Option<String>]>,
    ) -> std::result::Result<(), Broken> {
        let development: BTreeSet<usize> = split.development.indices().iter().copied().collect();
        let gap = i64::from(self.audit.gap_days);
        for fold in &self.folds {
            let (past, judge) = (fold.past.indices(), fold.judge.indices());
            let days = |rows: &'_ [usize]| -> Vec<i64> {
                rows.iter().filter_map(|&row| times[row]).collect()
            };
            let within = past
                .iter()
                .chain(judge)
                .all(|row| development.contains(row));
            let cut = days(judge).into_iter().min().unwrap_or(i64::MAX);
            Promise::NoFutureInFit.hold(within && known_before(days(past), gap, cut), || {
                format!("a fold of {} rows, {gap} days", past.len())
            })?;
            let Some(groups) = groups else { continue };
            let sides = [(0, past), (1, judge)].into_iter();
            let sides = sides.flat_map(|(side, rows)| {
                rows.iter().map(move |&row| (groups[row].as_deref(), side))
            });
            Promise::AdvisersApart.hold(apart(sides), || "a fold".to_owned())?;
        }
        Ok(())
    }
}

impl Cutter<'_> {
    /// So many folds, if every side of each has enough rows of both classes.
    fn cut(&self, count: u32, keep_span: bool) -> Option<Folds> {
        let starts = self.starts(count as usize, keep_span)?;
        let mut folds = Vec::new();
        let mut audits = Vec::new();
        for (place, &start) in starts.iter().enumerate() {
            let end = starts.get(place + 1).copied().unwrap_or(i64::MAX);
            let (fold, audit) = self.fold(place as u32 + 1, start, end)?;
            folds.push(fold);
            audits.push(audit);
        }
        Some(Folds {
            folds,
            audit: FoldsAudit {
                folds: audits,
                asked: self.config.folds,
                gap_days: u32::try_from(self.gap).unwrap_or(u32::MAX),
                minimum_span_kept: keep_span || !self.is_days,
                window: self.config.window,
            },
        })
    }

    /// First times of the blocks: as many rows in each as the calendar allows, and the same
    /// share before the first unless the span asks for more.
    fn starts(&self, count: usize, keep_span: bool) -> Option<Vec<i64>> {
        let first = self.rows.first()?.0;
        let share = self.rows.len() / (count + 1);
        let by_share = self.rows.get(share)?.0;
        let by_span = if keep_span {
            let span = i64::from(self.config.minimum_span_days);
            first.saturating_add(span).saturating_add(self.gap)
        } else {
            // The gap alone, so that something is known at all.
            first.saturating_add(self.gap).saturating_add(1)
        };
        let start = by_share.max(by_span).max(self.by_class()?);
        let from = self.rows.partition_point(|&(time, _)| time < start);
        let judged = &self.rows[from..];
        let mut starts = vec![judged.first()?.0];
        for block in 1..count {
            let time = judged[block * judged.len() / count].0;
            if time <= *starts.last()? {
                return None;
            }
            starts.push(time);
        }
        Some(starts)
    }

    /// First time before which enough rows of each class are known.
    fn by_class(&self) -> Option<i64> {
        let nth = (self.config.minimum_of_class - 1) as usize;
        let reached = |class: bool| {
            let mut of_class = self.rows.iter();
            of_class
                .by_ref()
                .filter(|&&(_, row)| self.labels[row] == Some(class))
                .nth(nth)
                .map(|&(time, _)| time)
        };
        let both = reached(true)?.max(reached(false)?);
        Some(both.saturating_add(self.gap).saturating_add(1))
    }

    /// The fold that is judged on the days from `start` to before `end`.
    fn fold(&self, number: u32, start: i64, end: i64) -> Option<(Fold, FoldAudit)> {
        let oldest = match self.config.window {
            Window::Rolling if self.is_days => {
                let days = i64::from(self.config.rolling_days);
                start.saturating_sub(days).saturating_sub(self.gap)
            }
            _ => i64::MIN,
        };
        let judge: Vec<(i64, usize)> = self.between(start, end).to_vec();
        let groups: BTreeSet<&str> = judge
            .iter()
            .filter_map(|&(_, row)| self.group(row))
            .collect();
        let mut past = Vec::new();
        let (mut purged, mut isolated) = (0, 0);
        for &(time, row) in self.between(oldest, start) {
            if time.saturating_add(self.gap) >= start {
                purged += 1;
            } else if self.group(row).is_some_and(|group| groups.contains(group)) {
                isolated += 1;
            } else {
                past.push((time, row));
            }
        }
        let audit = FoldAudit {
            fold: number,
            past: self.side(&past)?,
            judge: self.side(&judge)?,
            purged,
            isolated,
        };
        let fold = Fold {
            past: PastRows::new(numbers(past)),
            judge: JudgeRows::new(numbers(judge)),
        };
        Some((fold, audit))
    }

    /// The rows from `start` to before `end`.
    fn between(&self, start: i64, end: i64) -> &[(i64, usize)] {
        let from = self.rows.partition_point(|&(time, _)| time < start);
        let to = self.rows.partition_point(|&(time, _)| time < end);
        &self.rows[from..to]
    }

    fn group(&self, row: usize) -> Option<&str> {
        self.groups.and_then(|groups| groups[row].as_deref())
    }

    /// The counts of one side, if it has enough of both classes.
    fn side(&self, rows: &[(i64, usize)]) -> Option<SideAudit> {
        let positives = rows
            .iter()
            .filter(|&&(_, row)| self.labels[row] == Some(true));
        let positives = positives.count() as u64;
        let negatives = rows.len() as u64 - positives;
        let enough = self.config.minimum_of_class;
        if positives < enough || negatives < enough {
            return None;
        }
        Some(SideAudit {
            rows: rows.len() as u64,
            positives,
            first: time_text(rows.first()?.0, self.is_days),
            last: time_text(rows.last()?.0, self.is_days),
        })
    }
}

/// Row numbers, ascending.
fn numbers(rows: Vec<(i64, usize)>) -> Vec<usize> {
    let mut numbers: Vec<usize> = rows.into_iter().map(|(_, row)| row).collect();
    numbers.sort_unstable();
    numbers
}

impl Times {
    /// Whether these are days, and the times as numbers.
    pub(crate) fn numbers(&self) -> (bool, Vec<Option<i64>>) {
        match self {
            Self::Days(days) => (true, days.iter().map(|day| day.map(i64::from)).collect()),
            Self::Order(order) => (false, order.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{SplitConfig, split};
    use super::*;

    fn input(days: Vec<i32>, groups: Option<Vec<Option<String>>>) -> SplitInput {
        let labels = (0..days.len()).map(|row| Some(row % 4 == 0)).collect();
        SplitInput {
            times: Times::Days(days.into_iter().map(Some).collect()),
            groups,
            labels,
            assignment: None,
        }
    }

    fn cut(input: &SplitInput, config: &FoldConfig) -> Result<Folds> {
        let split = split(input, &SplitConfig::default())?;
        Folds::cut(&split, input, config)
    }

    /// Three rows on each of 900 days.
    fn calendar() -> SplitInput {
        input((0..2_700).map(|row| row / 3).collect(), None)
    }

    #[test]
    fn blocks_follow_each_other_and_each_fit_ends_a_gap_before() {
        // 900 days, test the newest 180 from day 720; known before it: days 0..=689, 2,070
        // rows; a sixth of them, 345, is day 115, but the span asks for day 0 + 180 + 30 = 210.
        let folds = cut(&calendar(), &FoldConfig::default()).unwrap();
        let seen: Vec<(&str, &str, u64, &str, u64)> = folds
            .audit
            .folds
            .iter()
            .map(|fold| {
                (
                    fold.judge.first.as_str(),
                    fold.judge.last.as_str(),
                    fold.judge.rows,
                    fold.past.last.as_str(),
                    fold.purged,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("1970-07-30", "1970-11-02", 288, "1970-06-29", 90),
                ("1970-11-03", "1971-02-06", 288, "1970-10-03", 90),
                ("1971-02-07", "1971-05-13", 288, "1971-01-07", 90),
                ("1971-05-14", "1971-08-17", 288, "1971-04-13", 90),
                ("1971-08-18", "1971-11-21", 288, "1971-07-18", 90),
            ]
        );
        assert!(folds.audit.minimum_span_kept);
    }

    #[test]
    fn a_rolling_window_has_the_days_asked_for() {
        let config = FoldConfig {
            window: Window::Rolling,
            rolling_days: 100,
            ..FoldConfig::default()
        };
        for fold in cut(&calendar(), &config).unwrap().audit.folds {
            assert_eq!(fold.past.rows, 300);
        }
    }

    #[test]
    fn a_short_history_says_that_the_span_was_not_kept() {
        let short = input((0..1_200).map(|row| row / 6).collect(), None);
        let folds = cut(&short, &FoldConfig::default()).unwrap();
        assert!(!folds.audit.minimum_span_kept);
        assert!(folds.audit.folds.len() >= 2);
        let config = FoldConfig {
            minimum_of_class: 400,
            ..FoldConfig::default()
        };
        let error = cut(&short, &config).unwrap_err().to_string();
        assert!(error.contains("do not give two folds"), "{error}");
    }

    #[test]
    fn a_table_whose_first_rows_have_no_positives_still_has_folds() {
        let mut late = input((0..3_000).map(|row| row / 10).collect(), None);
        for label in &mut late.labels[..900] {
            *label = Some(false);
        }
        let folds = cut(&late, &FoldConfig::default()).unwrap();
        assert!(folds.audit.folds[0].past.positives >= 10);
        assert!(!folds.audit.minimum_span_kept);
    }

    #[test]
    fn order_numbers_have_neither_gap_nor_span() {
        let rows = 600;
        let by_order = SplitInput {
            times: Times::Order((0..rows).map(Some).collect()),
            groups: None,
            labels: (0..rows).map(|row| Some(row % 4 == 0)).collect(),
            assignment: None,
        };
        let folds = cut(&by_order, &FoldConfig::default()).unwrap();
        assert_eq!(folds.audit.folds.len(), 5);
        assert!(folds.audit.folds.iter().all(|fold| fold.purged == 0));
        assert_eq!(folds.audit.folds[0].past.rows, 80);
    }

    proptest! {
        /// Random calendars with repeated advisers: what is promised holds, and the counts
        /// of rows before a block add up.
        #[test]
        fn no_fold_sees_its_future(
            days in prop::collection::vec(0i32..700, 200..500),
            advisers in prop::collection::vec(0u32..150, 500),
            gap in 0u32..60,
            rolling in any::<bool>(),
        ) {
            let groups: Vec<Option<String>> = days
                .iter()
                .zip(&advisers)
                .map(|(_, adviser)| (adviser % 7 > 0).then(|| adviser.to_string()))
                .collect();
            let input = input(days.clone(), Some(groups.clone()));
            let config = FoldConfig {
                gap_days: gap,
                minimum_span_days: 60,
                window: if rolling { Window::Rolling } else { Window::Expanding },
                rolling_days: 200,
                minimum_of_class: 1,
                ..FoldConfig::default()
            };
            let Ok(split) = split(&input, &SplitConfig::default()) else { return Ok(()) };
            let Ok(folds) = Folds::cut(&split, &input, &config) else { return Ok(()) };
            let gap = i64::from(gap.max(30));
            let test = split.test.indices();
            let mut judged = BTreeSet::new();
            for fold in &folds.folds {
                let first = fold.judge.indices().iter().map(|&row| days[row]).min().unwrap();
                for &row in fold.past.indices() {
                    prop_assert!(i64::from(days[row]) + gap < i64::from(first));
                    for &other in fold.judge.indices() {
                        prop_assert!(groups[row].is_none() || groups[row] != groups[other]);
                    }
                }
                for &row in fold.judge.indices() {
                    prop_assert!(judged.insert(row), "row {} is judged twice", row);
                    prop_assert!(!test.contains(&row));
                }
            }
            if !rolling {
                for (fold, audit) in folds.folds.iter().zip(&folds.audit.folds) {
                    let first = fold.judge.indices().iter().map(|&row| days[row]).min().unwrap();
                    let before = split.development.indices().iter();
                    let before = before.filter(|&&row| days[row] < first).count() as u64;
                    prop_assert_eq!(audit.past.rows + audit.purged + audit.isolated, before);
                }
            }
        }
    }
}
