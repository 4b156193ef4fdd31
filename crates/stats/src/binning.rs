//! How much one column says about the outcome: weight of evidence and information value.
//!
//! The weight of evidence of a bin is `ln(share of all positives / share of all negatives)` in
//! that bin, so it is **positive where positives are more frequent than overall** (credit scoring
//! often writes it the other way round, since its good outcome is the negative one). The
//! information value is the sum over bins of the difference of the two shares times the weight of
//! evidence; it does not depend on the sign convention. Source: I. J. Good, "Probability and the
//! Weighing of Evidence" (1950); N. Siddiqi, "Credit Risk Scorecards" (2006), chapter 6, whose
//! rule of thumb calls a column with less than 0.02 of no use. Bins, null bin and smoothing as in
//! domain.md, "Validation gates and thresholds".

mod monotone;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, same_length};
use crate::quantile::linear_sorted;
use crate::{Estimate, proportion};

pub use monotone::MonotoneOptions;

/// Pseudo-count added to the positives and to the negatives of each bin, so that no share is zero.
const SMOOTHING: f64 = 0.5;

/// Confidence of the interval of each bin's rate.
const CONFIDENCE: f64 = 0.95;

/// Which values a bin holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinRange {
    /// Values above one edge (left out) and up to another (taken in).
    Values {
        /// The edge below, none for the lowest bin.
        above: Option<f64>,
        /// The edge that is the greatest value of the bin, none for the highest bin.
        up_to: Option<f64>,
    },
    /// Nulls.
    Null,
}

/// One bin of a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The values that lie in it.
    pub range: BinRange,
    /// Share of positives with its Wilson interval of 95 %, rows and positives; chance is the
    /// rate of all rows.
    pub rate: Estimate,
    /// Weight of evidence: above 0 where positives are more frequent than overall.
    pub woe: f64,
    /// What the bin adds to the information value, 0 or more.
    pub iv: f64,
}

/// A column cut into bins, with what each bin says about the outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Binning {
    /// Ascending edges between the bins of values: bin `i` holds what lies above edge `i - 1` and
    /// up to edge `i`.
    pub edges: Vec<f64>,
    /// The bins of values, ascending, and last the bin of nulls if there are any.
    pub bins: Vec<Bin>,
    /// Information value of the column.
    pub iv: f64,
    /// What a column that has nothing to do with the outcome would show on average with these
    /// bins, see [`InformationValue::chance`].
    pub chance: f64,
}

impl Binning {
    /// Cuts the column at its distinct inner quantiles into at most `bins` bins, with a bin of its
    /// own for nulls (NaN) on top. A column with at most `bins` distinct values gets a bin for each.
    ///
    /// Bins that would hold no rows are not made. Where the greatest value is so frequent that a
    /// quantile falls on it, it is cut off below, so that it does not swallow all the rest.
    /// Infinite values lie in the outer bins. 0 bins count as 1.
    ///
    /// # Errors
    /// For columns of different length, no rows, or one class only.
    ///
    /// ```
    /// use leadrank_stats::binning::Binning;
    ///
    /// let values = [0.0, 0.0, 0.0, 1.0, 1.0, f64::NAN];
    /// let labels = [false, false, true, true, true, false];
    /// let binning = Binning::fit(&values, &labels, 10)?;
    /// assert_eq!(binning.bins.len(), 3);
    /// assert!(binning.woe(1.0) > binning.woe(0.0));
    /// # Ok::<(), leadrank_stats::Error>(())
    /// ```
    pub fn fit(values: &[f64], labels: &[bool], bins: usize) -> Result<Binning> {
        same_length("the column", labels.len(), values.len())?;
        let edges = edges(values, bins.max(1));
        let groups = count(values, labels, &edges);
        Binning::of_groups(edges, &groups)
    }

    /// The binning at these edges, from the counts of its bins; the last is that of nulls.
    fn of_groups(edges: Vec<f64>, groups: &[(u64, u64)]) -> Result<Binning> {
        let null = edges.len() + 1;
        let value = information_value(groups)?;
        let range = |bin: usize| {
            if bin == null {
                return BinRange::Null;
            }
            BinRange::Values {
                above: bin.checked_sub(1).map(|below| edges[below]),
                up_to: edges.get(bin).copied(),
            }
        };
        let n: u64 = groups.iter().map(|group| group.0).sum();
        let positives: u64 = groups.iter().map(|group| group.1).sum();
        let base_rate = positives as f64 / n as f64;
        let bins = groups
            .iter()
            .zip(&value.groups)
            .enumerate()
            .filter_map(|(bin, (group, evidence))| {
                let rate = proportion::estimate(group.1, group.0, CONFIDENCE)?;
                Some(Bin {
                    range: range(bin),
                    rate: Estimate {
                        chance: Some(base_rate),
                        ..rate
                    },
                    woe: evidence.woe,
                    iv: evidence.iv,
                })
            })
            .collect();
        Ok(Binning {
            edges,
            bins,
            iv: value.iv,
            chance: value.chance,
        })
    }

    /// The weight of evidence of a value; `None` for a null (NaN) if there was none in the fit.
    pub fn woe(&self, value: f64) -> Option<f64> {
        let found = if value.is_nan() {
            self.bins.iter().find(|bin| bin.range == BinRange::Null)
        } else {
            self.bins.iter().find(|bin| match bin.range {
                BinRange::Null => false,
                BinRange::Values { up_to, .. } => up_to.is_none_or(|edge| value <= edge),
            })
        };
        found.map(|bin| bin.woe)
    }
}

/// Rows and positives of the bins between the edges, and last of the nulls.
fn count(values: &[f64], labels: &[bool], edges: &[f64]) -> Vec<(u64, u64)> {
    let null = edges.len() + 1;
    let mut groups = vec![(0, 0); null + 1];
    for (&value, &label) in values.iter().zip(labels) {
        let bin = if value.is_nan() {
            null
        } else {
            edges.partition_point(|&edge| edge < value)
        };
        groups[bin].0 += 1;
        groups[bin].1 += u64::from(label);
    }
    groups
}

/// What one group of rows says about the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Weight of evidence: above 0 where positives are more frequent than overall.
    pub woe: f64,
    /// What the group adds to the information value, 0 or more.
    pub iv: f64,
}

/// The information value of a division of the rows into groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InformationValue {
    /// The sum over groups, 0 or more.
    pub iv: f64,
    /// What groups that have nothing to do with the outcome would show on average:
    /// `(groups - 1) * (1 / positives + 1 / negatives)`, counting groups with rows. It follows
    /// from the expansion of the information value into a chi-square statistic. Smoothing draws in
    /// groups with few positives: the level is then too high, by 5 % with ten positives a group
    /// and by two fifths with two (by simulation at 11 groups).
    pub chance: f64,
    /// Each group in the order handed in; one without rows says nothing and has zeros.
    pub groups: Vec<Evidence>,
}

/// The information value of groups of `(rows, positives)`, for instance the categories of a text
/// column. To each group with rows half a positive and half a negative is added before shares are
/// taken.
///
/// # Errors
/// For no rows, one class only, or a group with more positives than rows.
pub fn information_value(groups: &[(u64, u64)]) -> Result<InformationValue> {
    if let Some(row) = groups.iter().position(|&(n, positives)| positives > n) {
        return Err(Error::Value {
            name: "the number of positives",
            row,
            value: groups[row].1 as f64,
            expected: "a group has no more positives than rows",
        });
    }
    let n: u64 = groups.iter().map(|group| group.0).sum();
    let positives: u64 = groups.iter().map(|group| group.1).sum();
    let what = "the information value";
    if n == 0 {
        return Err(Error::Empty { what });
    }
    let negatives = n - positives;
    if positives == 0 || negatives == 0 {
        return Err(Error::OneClass {
            what,
            n: n as usize,
            positives: positives as usize,
        });
    }
    let used = groups.iter().filter(|group| group.0 > 0).count() as f64;
    let all_positives = positives as f64 + SMOOTHING * used;
    let all_negatives = negatives as f64 + SMOOTHING * used;
    let groups: Vec<Evidence> = groups
        .iter()
        .map(|&group| evidence(group, all_positives, all_negatives))
        .collect();
    Ok(InformationValue {
        iv: groups.iter().map(|group| group.iv).sum(),
        chance: (used - 1.0) * (1.0 / positives as f64 + 1.0 / negatives as f64),
        groups,
    })
}

/// The evidence of a group of `(rows, positives)`, given the smoothed totals of all groups.
fn evidence((n, positives): (u64, u64), all_positives: f64, all_negatives: f64) -> Evidence {
    if n == 0 {
        return Evidence { woe: 0.0, iv: 0.0 };
    }
    let positive_share = (positives as f64 + SMOOTHING) / all_positives;
    let negative_share = ((n - positives) as f64 + SMOOTHING) / all_negatives;
    let woe = (positive_share / negative_share).ln();
    Evidence {
        woe,
        iv: (positive_share - negative_share) * woe,
    }
}

/// Edges such that each bin holds values.
fn edges(values: &[f64], bins: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = values
        .iter()
        .filter(|value| value.is_finite())
        // Zeroes of both signs are equal but not so ordered: adding zero makes them the same.
        .map(|value| value + 0.0)
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(&greatest) = sorted.last() else {
        return Vec::new();
    };
    let mut distinct = sorted.clone();
    distinct.dedup();
    if distinct.len() <= bins {
        return distinct.windows(2).map(halfway).collect();
    }
    let mut edges: Vec<f64> = Vec::new();
    let mut below = 0;
    for quantile in 1..bins {
        let Some(mut edge) = linear_sorted(&sorted, quantile as f64 / bins as f64) else {
            break;
        };
        if edge == greatest {
            edge = halfway(&distinct[distinct.len() - 2..]);
        }
        let up_to = sorted.partition_point(|&value| value <= edge);
        if up_to > below && up_to < sorted.len() {
            edges.push(edge);
            below = up_to;
        }
    }
    edges
}

/// The middle between two neighbours; the lower one where rounding leaves nothing between them.
fn halfway(pair: &[f64]) -> f64 {
    let middle = pair[0] / 2.0 + pair[1] / 2.0;
    if pair[0] < middle && middle < pair[1] {
        middle
    } else {
        pair[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the halves added, 20.5 and 10.5 of 31 positives, and the other way round for negatives.
    #[test]
    fn value_by_hand() {
        let found = information_value(&[(30, 20), (0, 0), (30, 10)]).unwrap();
        let woe = (20.5_f64 / 10.5).ln();
        assert!((found.groups[0].woe - woe).abs() < 1e-14);
        assert!((found.groups[2].woe + woe).abs() < 1e-14);
        assert_eq!(found.groups[1], Evidence { woe: 0.0, iv: 0.0 });
        assert!((found.iv - 2.0 * 10.0 / 31.0 * woe).abs() < 1e-14);
        assert!((found.chance - 2.0 / 30.0).abs() < 1e-15);
    }

    #[test]
    fn few_values_get_a_bin_each() {
        let values = [2.0, 0.0, -0.0, 2.0, 5.0, f64::NAN];
        let labels = [true, false, false, true, false, false];
        let binning = Binning::fit(&values, &labels, 3).unwrap();
        assert_eq!(binning.edges, [1.0, 3.5]);
        let rows: Vec<u64> = binning.bins.iter().map(|bin| bin.rate.n).collect();
        assert_eq!(rows, [2, 2, 1, 1]);
        assert_eq!(binning.bins[3].range, BinRange::Null);
        assert_eq!(binning.woe(f64::NAN), Some(binning.bins[3].woe));
        assert_eq!(binning.woe(3.5), Some(binning.bins[1].woe));
        assert_eq!(binning.woe(1e9), Some(binning.bins[2].woe));
    }

    #[test]
    fn a_frequent_value_keeps_a_bin_at_either_end() {
        let labels: Vec<bool> = (0..100).map(|row| row % 4 == 0).collect();
        let floor: Vec<f64> = (0..100).map(|row| f64::from((row - 95).max(0))).collect();
        let binning = Binning::fit(&floor, &labels, 4).unwrap();
        assert_eq!(binning.edges, [0.0]);
        let ceiling: Vec<f64> = floor.iter().map(|value| -value).collect();
        let binning = Binning::fit(&ceiling, &labels, 4).unwrap();
        assert_eq!(binning.edges, [-0.5]);
        assert_eq!(binning.bins[1].rate.n, 96);
    }

    #[test]
    fn a_column_without_values_says_nothing() {
        let binning = Binning::fit(&[f64::NAN; 3], &[true, false, false], 10).unwrap();
        assert_eq!((binning.bins.len(), binning.iv), (1, 0.0));
        assert_eq!(binning.woe(1.0), None);
        let constant = Binning::fit(&[7.0; 3], &[true, false, false], 10).unwrap();
        assert_eq!((constant.bins.len(), constant.iv), (1, 0.0));
        assert_eq!(constant.woe(f64::NAN), None);
    }

    #[test]
    fn infinite_values_lie_in_the_outer_bins() {
        let values = [f64::NEG_INFINITY, 1.0, 2.0, f64::INFINITY];
        let binning = Binning::fit(&values, &[true, false, true, false], 10).unwrap();
        assert_eq!(binning.edges, [1.5]);
        assert!(binning.bins.iter().all(|bin| bin.rate.n == 2));
    }

    #[test]
    fn neighbouring_numbers_stay_apart() {
        let one = 1.0_f64;
        let values = [one, one.next_up()];
        let binning = Binning::fit(&values, &[true, false], 10).unwrap();
        assert_eq!(binning.edges, [one]);
        assert_eq!(binning.bins.len(), 2);
    }

    #[test]
    fn refuses_what_has_no_value() {
        assert!(Binning::fit(&[1.0], &[], 10).is_err());
        assert!(Binning::fit(&[], &[], 10).is_err());
        assert!(Binning::fit(&[1.0, 2.0], &[true, true], 10).is_err());
        let message = information_value(&[(5, 1), (1, 2)])
            .unwrap_err()
            .to_string();
        assert!(message.contains("row 1"), "{message}");
    }

    #[test]
    fn a_stored_binning_is_the_same() {
        let values: Vec<f64> = (0..40).map(|value| f64::from(value) / 7.0).collect();
        let labels: Vec<bool> = (0..40).map(|row| row % 3 == 0).collect();
        let binning = Binning::fit(&values, &labels, 5).unwrap();
        let text = serde_json::to_string(&binning).unwrap();
        let read: Binning = serde_json::from_str(&text).unwrap();
        assert_eq!(read.edges, binning.edges);
        assert_eq!(read.bins.len(), binning.bins.len());
    }
}
