//! Bins whose rate only rises or only falls, with the largest information value there is.
//!
//! Neighbouring fine bins are merged. What a merged bin adds to the information value depends on
//! nothing but its own counts and the number of bins (smoothing adds to the totals), so for each
//! number of bins a dynamic program over (first, last) fine bin of the highest bin so far finds
//! the optimum: the same problem as in G. Navas-Palencia, "Optimal binning: mathematical
//! programming formulation" (2020), section 2, which solves it by integer programming.

use serde::{Deserialize, Serialize};

use super::{Binning, SMOOTHING, count, edges, evidence};
use crate::error::{Error, Result, same_length};

/// How monotone bins are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MonotoneOptions {
    /// Most bins of values; 0 counts as 1.
    pub bins: usize,
    /// Quantile bins to merge from, 1 to 100.
    pub fine_bins: usize,
    /// Least share of all rows in a bin of values, 0 to 1.
    pub minimum_share: f64,
}

impl Default for MonotoneOptions {
    fn default() -> Self {
        Self {
            bins: 10,
            fine_bins: 20,
            minimum_share: 0.05,
        }
    }
}

/// More fine bins would cost time that grows with their cube.
const MOST_FINE_BINS: usize = 100;

impl Binning {
    /// Cuts the column into at most `options.bins` bins, with a bin of its own for nulls (NaN) on
    /// top, so that from bin to bin the rate and the weight of evidence either only rise or only
    /// fall, and the information value is the largest of all such divisions of the quantile bins
    /// of [`Binning::fit`]. The data chooses the direction: the one with the larger value.
    ///
    /// Each bin of values holds at least the share asked for of all rows, a positive and a
    /// negative; where no division does, all values are one bin. The bin of nulls has no part in
    /// the order and may be of any size.
    ///
    /// The edges are found in the data, so the information value is higher than that of edges
    /// chosen without the labels: its chance level is too low a bar.
    ///
    /// # Errors
    /// As [`Binning::fit`], and for options outside their range.
    ///
    /// ```
    /// use leadrank_stats::binning::{Binning, MonotoneOptions};
    ///
    /// let values: Vec<f64> = (0..400).map(f64::from).collect();
    /// let labels: Vec<bool> = (0..400).map(|row| row * row % 400 < row).collect();
    /// let binning = Binning::fit_monotone(&values, &labels, &MonotoneOptions::default())?;
    /// assert!(binning.bins.windows(2).all(|pair| pair[0].woe < pair[1].woe));
    /// # Ok::<(), leadrank_stats::Error>(())
    /// ```
    pub fn fit_monotone(
        values: &[f64],
        labels: &[bool],
        options: &MonotoneOptions,
    ) -> Result<Binning> {
        same_length("the column", labels.len(), values.len())?;
        if !(0.0..=1.0).contains(&options.minimum_share) {
            return Err(Error::Option {
                name: "the least share of a bin",
                value: options.minimum_share,
                expected: "must lie in 0..=1, such as 0.05",
            });
        }
        if !(1..=MOST_FINE_BINS).contains(&options.fine_bins) {
            return Err(Error::Option {
                name: "the number of fine bins",
                value: options.fine_bins as f64,
                expected: "must be 1 to 100, such as 20",
            });
        }
        let fine_edges = edges(values, options.fine_bins);
        let mut groups = count(values, labels, &fine_edges);
        let null = groups.pop().unwrap_or_default();
        let minimum = options.minimum_share * labels.len() as f64;
        let cuts = Search::new(&groups, null, minimum).best_cuts(options.bins.max(1));
        let mut merged = vec![(0, 0)];
        let mut merged_edges = Vec::new();
        for (fine, group) in groups.iter().enumerate() {
            if cuts.contains(&fine) {
                merged.push((0, 0));
                merged_edges.push(fine_edges[fine - 1]);
            }
            if let Some(last) = merged.last_mut() {
                last.0 += group.0;
                last.1 += group.1;
            }
        }
        merged.push(null);
        Binning::of_groups(merged_edges, &merged)
    }
}

/// A run of neighbouring fine bins.
#[derive(Debug, Clone, Copy)]
struct Run {
    counts: (u64, u64),
    /// The rate, and the odds with smoothing, which order the weights of evidence. Rounding can
    /// make two of them equal but never turns them round.
    order: [f64; 2],
    admissible: bool,
}

/// The divisions of the fine bins, to be searched.
struct Search {
    fine: usize,
    /// The run from `first` to `last` at `first * fine + last`.
    runs: Vec<Run>,
    null: (u64, u64),
    positives: f64,
    negatives: f64,
}

impl Search {
    fn new(groups: &[(u64, u64)], null: (u64, u64), minimum: f64) -> Self {
        let fine = groups.len();
        let mut runs = Vec::with_capacity(fine * fine);
        for first in 0..fine {
            let mut counts = (0, 0);
            for (last, group) in groups.iter().enumerate() {
                if last >= first {
                    counts.0 += group.0;
                    counts.1 += group.1;
                }
                let (n, positives) = counts;
                let (hits, misses) = (positives as f64, (n - positives) as f64);
                runs.push(Run {
                    counts,
                    order: [hits / n as f64, (hits + SMOOTHING) / (misses + SMOOTHING)],
                    admissible: n as f64 >= minimum && positives > 0 && positives < n,
                });
            }
        }
        let all = groups.iter().chain([&null]);
        let (n, positives) = all.fold((0, 0), |sum, group| (sum.0 + group.0, sum.1 + group.1));
        Self {
            fine,
            runs,
            null,
            positives: positives as f64,
            negatives: (n - positives) as f64,
        }
    }

    /// The fine bins that begin a bin, without the first of all.
    fn best_cuts(&self, bins: usize) -> Vec<usize> {
        // One bin of all values is the standard to beat, whatever it holds.
        let mut best_cuts = Vec::new();
        let (values, null) = self.values_of_runs(1);
        let mut best = values.get(self.fine - 1).map_or(null, |value| value + null);
        for bins in 2..=bins.min(self.fine) {
            let (values, null) = self.values_of_runs(bins);
            for rising in [true, false] {
                if let Some((value, cuts)) = self.divide(bins, &values, rising)
                    && value + null > best
                {
                    best = value + null;
                    best_cuts = cuts;
                }
            }
        }
        best_cuts
    }

    /// What each run, and the nulls, would add to the information value of `bins` bins.
    fn values_of_runs(&self, bins: usize) -> (Vec<f64>, f64) {
        let used = bins as f64 + if self.null.0 > 0 { 1.0 } else { 0.0 };
        let smoothing = SMOOTHING * used;
        let value = |counts| {
            evidence(
                counts,
                self.positives + smoothing,
                self.negatives + smoothing,
            )
            .iv
        };
        let values = self.runs.iter().map(|run| value(run.counts)).collect();
        (values, value(self.null))
    }

    /// The division into so many bins whose values add up to most, `None` if there is none in
    /// this direction.
    fn divide(&self, bins: usize, values: &[f64], rising: bool) -> Option<(f64, Vec<usize>)> {
        let fine = self.fine;
        // sums[first * fine + last]: the most that bins can add up to of which the highest so far
        // is this run; minus infinity where there are none.
        let mut sums = vec![f64::NEG_INFINITY; fine * fine];
        for last in 0..fine {
            if self.runs[last].admissible {
                sums[last] = values[last];
            }
        }
        let mut below = Vec::with_capacity(bins - 1);
        for _ in 1..bins {
            let mut next = vec![f64::NEG_INFINITY; fine * fine];
            let mut from = vec![0; fine * fine];
            for first in 1..fine {
                for last in first..fine {
                    let run = first * fine + last;
                    if !self.runs[run].admissible {
                        continue;
                    }
                    for before in 0..first {
                        let lower = before * fine + first - 1;
                        let sum = sums[lower] + values[run];
                        if sum > next[run] && self.in_order(lower, run, rising) {
                            next[run] = sum;
                            from[run] = before;
                        }
                    }
                }
            }
            sums = next;
            below.push(from);
        }
        let (mut first, value) = (0..fine)
            .map(|first| (first, sums[first * fine + fine - 1]))
            .reduce(|best, other| if other.1 > best.1 { other } else { best })?;
        if value == f64::NEG_INFINITY {
            return None;
        }
        let mut cuts = Vec::with_capacity(bins - 1);
        let mut last = fine - 1;
        for from in below.iter().rev() {
            cuts.push(first);
            (first, last) = (from[first * fine + last], first - 1);
        }
        Some((value, cuts))
    }

    fn in_order(&self, lower: usize, upper: usize, rising: bool) -> bool {
        let pairs = self.runs[lower].order.iter().zip(&self.runs[upper].order);
        let mut ordered = pairs.map(|(a, b)| if rising { a < b } else { a > b });
        ordered.all(|ordered| ordered)
    }
}

#[cfg(test)]
mod tests;
