//! The shape of a column, kept to see later whether it has moved.
//!
//! Bin edges come from the reference once and are then frozen: a population stability index that
//! bins each sample by its own quantiles would always see the same shape.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::quantile::linear_sorted;

/// Pseudo-count added to each bin that holds rows in either profile, so that no share is zero.
const SMOOTHING: f64 = 0.5;

/// A histogram with frozen edges and a bin for nulls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Ascending edges. Bin 0 holds values up to the first edge, bin `i` those above edge `i - 1`
    /// and up to edge `i`, and the bin after the last edge all above it.
    pub edges: Vec<f64>,
    /// Rows in each bin, one more than edges, and last the nulls (NaN).
    pub counts: Vec<u64>,
}

impl Profile {
    /// Counts `values` in at most `bins` bins of about equal mass; NaN is null, and infinite
    /// values lie in the outer bins. A column with at most `bins` distinct values gets a bin for
    /// each, and an empty one on either side that catches what has not been seen before.
    /// 0 bins count as 1.
    pub fn fit(values: &[f64], bins: usize) -> Profile {
        let bins = bins.max(1);
        let mut sorted: Vec<f64> = values
            .iter()
            .filter(|value| value.is_finite())
            .map(|value| value + 0.0)
            .collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let edges = match distinct_up_to(&sorted, bins) {
            Some(distinct) => edges_around(&distinct),
            None => quantile_edges(&sorted, bins),
        };
        let empty = Profile {
            counts: vec![0; edges.len() + 2],
            edges,
        };
        empty.count(values)
    }

    /// Counts other values in the same bins.
    pub fn count(&self, values: &[f64]) -> Profile {
        let mut counts = vec![0; self.edges.len() + 2];
        let null = self.edges.len() + 1;
        for &value in values {
            let bin = if value.is_nan() {
                null
            } else {
                self.edges.partition_point(|&edge| edge < value)
            };
            counts[bin] += 1;
        }
        Profile {
            edges: self.edges.clone(),
            counts,
        }
    }

    /// Number of rows, nulls included.
    pub fn n(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Number of nulls.
    pub fn nulls(&self) -> u64 {
        self.counts.last().copied().unwrap_or(0)
    }
}

/// The population stability index: the sum over bins of `(a - e) * ln(a / e)` with the shares `e`
/// of the reference and `a` of the other profile, the null bin included. It is symmetric, 0 for
/// equal shapes; by custom below 0.1 is calm and above 0.25 a shift.
///
/// Half a row is added to each bin before shares are taken; bins empty on both sides are left
/// out, since the addition alone would make them differ when the profiles differ in size. Chance
/// alone gives about `(bins - 1) * (1 / n + 1 / m)` for profiles of `n` and `m` rows.
///
/// # Errors
/// If the profiles have different edges, or one has no rows.
pub fn psi(reference: &Profile, other: &Profile) -> Result<f64> {
    let bins = reference.edges.len() + 2;
    let fits = reference.edges == other.edges
        && reference.counts.len() == bins
        && other.counts.len() == bins;
    if !fits {
        return Err(Error::Edges {
            expected: bins,
            found: other.counts.len(),
        });
    }
    if reference.n() == 0 || other.n() == 0 {
        return Err(Error::Empty {
            what: "the population stability index",
        });
    }
    let used: Vec<(f64, f64)> = reference
        .counts
        .iter()
        .zip(&other.counts)
        .filter(|&(&expected, &actual)| expected + actual > 0)
        .map(|(&expected, &actual)| (expected as f64 + SMOOTHING, actual as f64 + SMOOTHING))
        .collect();
    let total_expected: f64 = used.iter().map(|pair| pair.0).sum();
    let total_actual: f64 = used.iter().map(|pair| pair.1).sum();
    let term = |&(expected, actual): &(f64, f64)| {
        let (e, a) = (expected / total_expected, actual / total_actual);
        (a - e) * (a / e).ln()
    };
    Ok(used.iter().map(term).sum())
}

/// The distinct values of a sorted column, `None` if there are more than `limit`.
fn distinct_up_to(sorted: &[f64], limit: usize) -> Option<Vec<f64>> {
    let mut distinct: Vec<f64> = Vec::new();
    for &value in sorted {
        if distinct.last() != Some(&value) {
            if distinct.len() == limit {
                return None;
            }
            distinct.push(value);
        }
    }
    Some(distinct)
}

/// Edges half-way between neighbours, and one beyond each end. They lie well apart from the
/// values, so that a last-digit change in a stored edge moves no row.
fn edges_around(distinct: &[f64]) -> Vec<f64> {
    let (Some(&first), Some(&last)) = (distinct.first(), distinct.last()) else {
        return Vec::new();
    };
    let mut edges = vec![first - (0.5 * first.abs()).max(0.5)];
    edges.extend(
        distinct
            .windows(2)
            .map(|pair| pair[0] / 2.0 + pair[1] / 2.0),
    );
    edges.push(last + (0.5 * last.abs()).max(0.5));
    edges.retain(|edge| edge.is_finite());
    edges.dedup();
    edges
}

/// The distinct inner quantiles.
fn quantile_edges(sorted: &[f64], bins: usize) -> Vec<f64> {
    let mut edges: Vec<f64> = (1..bins)
        .filter_map(|edge| linear_sorted(sorted, edge as f64 / bins as f64))
        .filter(|edge| edge.is_finite())
        .collect();
    edges.dedup();
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_get_a_bin_each_and_room_for_new_ones() {
        let flags = Profile::fit(&[0.0, 1.0, 1.0, f64::NAN], 10);
        assert_eq!(flags.edges, [-0.5, 0.5, 1.5]);
        assert_eq!(flags.counts, [0, 1, 2, 0, 1]);
        assert_eq!(flags.count(&[-1.0, 2.0, f64::NAN]).counts, [1, 0, 0, 1, 1]);
        let constant = Profile::fit(&[4.0; 3], 10);
        assert_eq!(constant.count(&[0.0, 4.0, 9.0]).counts, [1, 1, 1, 0]);
    }

    #[test]
    fn many_values_get_bins_of_equal_mass() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let profile = Profile::fit(&values, 4);
        assert_eq!(profile.edges, [25.75, 50.5, 75.25]);
        assert_eq!(profile.counts, [25, 25, 25, 25, 0]);
        let outside = profile.count(&[f64::NEG_INFINITY, f64::INFINITY]);
        assert_eq!(outside.counts, [1, 0, 0, 1, 0]);
    }

    #[test]
    fn index_by_hand() {
        let reference = Profile {
            edges: vec![0.0],
            counts: vec![59, 39, 0],
        };
        let other = Profile {
            edges: vec![0.0],
            counts: vec![39, 59, 0],
        };
        // Shares 59.5/99 and 39.5/99, exchanged; the null bin is empty on both sides.
        let expected = 2.0 * (20.0 / 99.0) * (59.5_f64 / 39.5).ln();
        assert!((psi(&reference, &other).unwrap() - expected).abs() < 1e-14);
    }

    #[test]
    fn nulls_that_appear_are_a_shift() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let reference = Profile::fit(&values, 10);
        let mut later = values;
        later
            .iter_mut()
            .step_by(3)
            .for_each(|value| *value = f64::NAN);
        assert!(psi(&reference, &reference.count(&later)).unwrap() > 0.25);
    }

    #[test]
    fn refuses_what_cannot_be_compared() {
        let one = Profile::fit(&[1.0, 2.0], 10);
        let two = Profile::fit(&[1.0, 3.0], 10);
        assert!(
            psi(&one, &two)
                .unwrap_err()
                .to_string()
                .contains("different bin edges")
        );
        assert!(
            psi(&one, &one.count(&[]))
                .unwrap_err()
                .to_string()
                .contains("at least one row")
        );
        assert_eq!(Profile::fit(&[1.0, 2.0], 0), Profile::fit(&[1.0, 2.0], 1));
        let broken = Profile {
            counts: vec![1],
            ..one.clone()
        };
        assert!(psi(&one, &broken).is_err());
    }

    #[test]
    fn no_values_make_an_empty_profile() {
        let empty = Profile::fit(&[f64::NAN], 10);
        assert_eq!(
            (empty.edges.len(), empty.counts.as_slice()),
            (0, [0, 1].as_slice())
        );
    }

    #[test]
    fn a_stored_profile_counts_the_same_rows() {
        let values: Vec<f64> = (0..9).map(|value| f64::from(value) / 7.0).collect();
        let profile = Profile::fit(&values, 10);
        let text = serde_json::to_string(&profile).unwrap();
        let read: Profile = serde_json::from_str(&text).unwrap();
        assert_eq!(read.count(&values).counts, profile.counts);
    }
}
