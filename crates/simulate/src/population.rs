//! Who is on the vendor's list when, and under which number.
//!
//! Advisers are numbered by seniority; the list at any day is one window of those numbers,
//! whose edges move up as people join and leave. Sizes follow domain.md, "Historical feed"
//! (growth over eight deliveries) scaled to the 462,825 distinct numbers of October 2025.

use crate::month::Day;

/// Distinct advisers on 2025-10-01 at scale 1.
const LAST_ADVISERS: f64 = 462_825.0;
/// Day number of 2025-10-01.
const LAST_DAY: f64 = 639.0;
/// Advisers who leave between 2024-01-01 and 2025-10-01 at scale 1.
const LEAVERS: f64 = 44_250.0;
/// Advisers below the first number in use, so that windows before 2024 stay positive.
const RESERVE: f64 = 60_000.0;
/// (day number, rows of that delivery in the historical feed).
const GROWTH: [(f64, f64); 8] = [
    (0.0, 469_920.0),
    (91.0, 471_145.0),
    (182.0, 474_669.0),
    (274.0, 479_419.0),
    (366.0, 483_591.0),
    (456.0, 483_556.0),
    (547.0, 488_834.0),
    (639.0, 494_396.0),
];

/// Adviser and firm numbers used by the vendor: prime-sized rings walked in big steps, so
/// that neighbours don't look alike and no number comes twice.
const CRD_RING: u64 = 7_999_993;
const CRD_STEP: u64 = 3_141_593;
const FIRM_RING: u64 = 199_999;
const FIRM_STEP: u64 = 77_377;

/// Windows of advisers by day.
#[derive(Debug, Clone)]
pub(crate) struct Population {
    scale: f64,
}

impl Population {
    pub(crate) fn new(scale: f64) -> Self {
        Self { scale }
    }

    /// First adviser still listed on a day.
    pub(crate) fn first(&self, day: Day) -> i64 {
        let left = RESERVE + LEAVERS * f64::from(day) / LAST_DAY;
        (self.scale * left.max(0.0)).round() as i64
    }

    /// One past the newest adviser listed on a day.
    pub(crate) fn end(&self, day: Day) -> i64 {
        self.first(day) + self.listed(day)
    }

    /// Number of advisers listed on a day.
    pub(crate) fn listed(&self, day: Day) -> i64 {
        let last = GROWTH[GROWTH.len() - 1].1;
        (self.scale * LAST_ADVISERS * feed_rows(f64::from(day)) / last).round() as i64
    }

    /// Day an adviser appears, or `None` when listed before `start`.
    pub(crate) fn joined_after(&self, start: Day, adviser: i64) -> Option<Day> {
        if adviser < self.end(start) {
            return None;
        }
        let (mut low, mut high) = (start, start + 4000);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.end(middle) > adviser {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    /// The vendor's number of an adviser.
    pub(crate) fn crd(adviser: i64) -> u64 {
        1_000_000 + (adviser as u64).wrapping_mul(CRD_STEP) % CRD_RING
    }

    /// A number in the vendor's style that belongs to nobody on any list.
    pub(crate) fn stranger(serial: u64) -> u64 {
        Self::crd(4_000_000 + serial as i64)
    }

    /// The number under which an adviser is listed a second time
    /// ([`crate::Hazard::TwinAdvisers`]).
    pub(crate) fn second_crd(adviser: i64) -> u64 {
        Self::crd(5_000_000 + adviser)
    }

    /// The vendor's number of a firm.
    pub(crate) fn firm_crd(firm: u32) -> u64 {
        100_000 + u64::from(firm) * FIRM_STEP % FIRM_RING
    }
}

fn feed_rows(day: f64) -> f64 {
    let segment = GROWTH
        .windows(2)
        .find(|w| day < w[1].0)
        .unwrap_or(&GROWTH[6..8]);
    let ((x0, y0), (x1, y1)) = (segment[0], segment[1]);
    y0 + (y1 - y0) * (day - x0) / (x1 - x0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn list_sizes_follow_the_feed() {
        let population = Population::new(1.0);
        assert_eq!(population.listed(639), 462_825);
        assert_eq!(population.listed(0), 439_912);
        let ever = population.end(639) - population.first(0);
        assert!((505_000..510_000).contains(&ever), "{ever}");
    }

    #[test]
    fn window_edges_only_move_up() {
        let population = Population::new(0.3);
        for day in -700..1000 {
            assert!(population.first(day) <= population.first(day + 1));
            assert!(population.end(day) <= population.end(day + 1), "{day}");
        }
    }

    #[test]
    fn joining_day_matches_the_window() {
        let population = Population::new(0.1);
        let newcomer = population.end(0) + 500;
        let day = population.joined_after(0, newcomer).unwrap();
        assert!(population.end(day) > newcomer && population.end(day - 1) <= newcomer);
        assert_eq!(population.joined_after(0, 10), None);
    }

    #[test]
    fn numbers_never_repeat() {
        let advisers: HashSet<_> = (0..200_000).map(Population::crd).collect();
        assert_eq!(advisers.len(), 200_000);
        assert!((0..50_000).all(|s| !advisers.contains(&Population::stranger(s))));
        let newest = Population::new(4.0).end(1400);
        assert!(newest + 5_000_000 < CRD_RING as i64, "{newest}");
        let firms: HashSet<_> = (0..45_000).map(Population::firm_crd).collect();
        assert_eq!(firms.len(), 45_000);
    }
}
