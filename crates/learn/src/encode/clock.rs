//! Columns that say when a row happened, not whom it is about.
//!
//! An interest rate, a month's index, the version of a price list: the same for all rows of a
//! day, moving slowly. Such a column can't tell leads of one day apart. Trees use it to tell
//! times apart instead, and beyond the range they have seen they can only guess: on a bank's
//! calls, five such columns took the test AUC from 0.74 to 0.25.

use crate::split::Times;

/// Why a column is dropped.
pub(super) const REASON: &str =
    "follows the clock: it says when a row happened, not what it is; --keep takes it all the same";

/// Changes from row to row below which a column follows the clock, as a share of those in
/// random order.
const STEADY: f64 = 0.10;

/// Changes in random order below which nothing can be told.
const FEWEST: f64 = 30.0;

/// The rows in the order in which they happened; rows without a time last.
pub(super) fn in_time(times: &Times, rows: &[usize]) -> Vec<usize> {
    let (_, times) = times.numbers();
    let mut order = rows.to_vec();
    order.sort_by_key(|&row| (times.get(row).copied().flatten().unwrap_or(i64::MAX), row));
    order
}

/// Whether neighbours in time nearly always have the same value, though the column has many.
pub(super) fn follows(numbers: &[f64], in_time: &[usize]) -> bool {
    let bits = |row: &usize| {
        let value = numbers[*row];
        // One pattern for every missing value, and for both zeros.
        if value.is_nan() {
            f64::NAN.to_bits()
        } else {
            (value + 0.0).to_bits()
        }
    };
    let seen: Vec<u64> = in_time.iter().map(bits).collect();
    let changes = seen.windows(2).filter(|pair| pair[0] != pair[1]).count() as f64;
    let mut sorted = seen;
    sorted.sort_unstable();
    let n = sorted.len() as f64;
    let same: f64 = sorted
        .chunk_by(|a, b| a == b)
        .map(|run| (run.len() as f64 / n).powi(2))
        .sum();
    let by_chance = (n - 1.0) * (1.0 - same);
    by_chance >= FEWEST && changes < STEADY * by_chance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_in_time_follow_the_clock_and_facts_of_rows_do_not() {
        let rows: Vec<usize> = (0..3_000).collect();
        let monthly: Vec<f64> = (0..3_000).map(|row| f64::from(row / 300)).collect();
        assert!(follows(&monthly, &rows));
        let mixed: Vec<f64> = (0..3_000).map(|row| f64::from(row * 7 % 10)).collect();
        assert!(!follows(&mixed, &rows));
        // A rare flag is mostly the same, but by chance, too.
        let rare: Vec<f64> = (0..3_000)
            .map(|row| f64::from(u8::from(row % 100 == 7)))
            .collect();
        assert!(!follows(&rare, &rows));
        let constant = vec![1.0; 3_000];
        assert!(!follows(&constant, &rows));
        // A rising number has a value of its own in each row: that is another screen's matter.
        let rising: Vec<f64> = (0..3_000).map(f64::from).collect();
        assert!(!follows(&rising, &rows));
    }

    #[test]
    fn the_order_is_that_of_time() {
        let times = Times::Order(vec![Some(5), None, Some(1), Some(5)]);
        assert_eq!(in_time(&times, &[0, 1, 2, 3]), [2, 0, 3, 1]);
    }
}
