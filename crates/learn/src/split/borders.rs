//! The borders between train, stop and calibration.

use super::audit::{Fate, Part};
use super::{Row, SplitConfig, cut};
use crate::Result;

/// First times of the stop and calibration parts, and the horizon kept free
/// before each.
pub(super) struct Borders {
    stop: i64,
    calibration: i64,
    pub(super) horizon: i64,
}

impl Borders {
    /// Borders with the label horizon kept free, unless that costs more than the
    /// configured share of the rows: short histories would have nothing left.
    pub(super) fn purged_if_cheap(
        rows: &[Row],
        config: &SplitConfig,
        horizon: i64,
        is_days: bool,
    ) -> Result<Self> {
        let limit = config.inner_purge_limit * rows.len() as f64;
        let purged = Self::find(rows, config, horizon, is_days);
        match purged {
            Ok(borders) if borders.cost(rows) as f64 <= limit => Ok(borders),
            Err(error) if horizon == 0 => Err(error),
            _ => Self::find(rows, config, 0, is_days),
        }
    }

    /// What becomes of a row before the test.
    pub(super) fn fate(&self, time: i64) -> Fate {
        let known_before = |start: i64| time.saturating_add(self.horizon) < start;
        if time >= self.calibration {
            Fate::Part(Part::Calibration)
        } else if time >= self.stop {
            if known_before(self.calibration) {
                Fate::Part(Part::Stop)
            } else {
                Fate::Purged(Part::Stop)
            }
        } else if known_before(self.stop) {
            Fate::Part(Part::Train)
        } else {
            Fate::Purged(Part::Train)
        }
    }

    /// Cuts from the newest part on, each share taken of what is left, so that a
    /// horizon shortens all parts alike.
    fn find(rows: &[Row], config: &SplitConfig, horizon: i64, is_days: bool) -> Result<Self> {
        let before_test = 1.0 - config.test_fraction;
        let before_calibration = before_test - config.calibration_fraction;
        let share = config.calibration_fraction / before_test;
        let calibration = cut::newest_share(rows, share, Part::Calibration, is_days)?;
        let known: Vec<Row> = rows
            .iter()
            .filter(|row| row.time.saturating_add(horizon) < calibration)
            .copied()
            .collect();
        let share = config.stop_fraction / before_calibration;
        let stop = cut::newest_share(&known, share, Part::Stop, is_days)?;
        Ok(Self {
            stop,
            calibration,
            horizon,
        })
    }

    fn cost(&self, rows: &[Row]) -> usize {
        rows.iter()
            .filter(|row| matches!(self.fate(row.time), Fate::Purged(_)))
            .count()
    }
}
