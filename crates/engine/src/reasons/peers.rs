//! What the project's own leads say about values: where they agree to a call most often,
//! and how common a value is.

use std::collections::BTreeMap;

use leadrank_learn::Matrix;
use leadrank_learn::split::Rows;
use leadrank_stats::Estimate;
use leadrank_stats::proportion;
use leadrank_stats::quantile::linear_sorted;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::value::rounded;
use crate::error::{Error, Result};

/// Ranges of about equal numbers of leads that a feature's values are cut into.
const BINS: usize = 5;
/// Fewest leads with a known value of which anything is said.
const FEWEST: usize = 100;
/// Chance that any range at all is named although nothing but chance is at work; shared
/// evenly among all ranges of all features (Bonferroni).
const BY_CHANCE: f64 = 0.05;
/// Tenths of the leads that are called the highest or the lowest, at most.
const END: usize = 2;

/// What is known of the leads before the test, `peers.json` in a bundle.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Peers {
    /// Confidence of each interval.
    pub confidence: f64,
    /// By feature: numbers that may be told.
    pub features: BTreeMap<String, Peer>,
}

/// Values of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// Rate of leads with a known value.
    pub base: Estimate,
    /// The nine deciles of the known values.
    pub deciles: Vec<f64>,
    /// Where the rate is highest, if it is above `base` beyond chance.
    pub best: Option<Best>,
}

/// The values with the highest rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The values.
    pub range: Range,
    /// Their rate, with n, positives and interval.
    pub rate: Estimate,
}

/// Values from `lo`, included, to `hi`, not included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// Lower end, if there is one.
    pub lo: Option<f64>,
    /// Upper end, if there is one.
    pub hi: Option<f64>,
}

impl Range {
    #[cfg(test)]
    pub(super) fn of(lo: Option<f64>, hi: Option<f64>) -> Self {
        Range { lo, hi }
    }

    /// Whether the value lies in it.
    pub fn holds(&self, value: f64) -> bool {
        self.lo.is_none_or(|lo| lo <= value) && self.hi.is_none_or(|hi| value < hi)
    }
}

/// Where a value stands among the peers'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Among the highest so many tenths.
    High(usize),
    /// Among the lowest so many tenths.
    Low(usize),
}

impl Peers {
    /// Looks at the labelled ones of the given rows, which the splitter hands out; take
    /// those before the test. `labels` holds one label for each row of the matrix.
    ///
    /// # Errors
    /// A column that the catalog does not hold, labels of another number of rows.
    pub fn fit(matrix: &Matrix, labels: &[Option<bool>], rows: &impl Rows) -> Result<Self> {
        if labels.len() != matrix.n_rows() {
            return Err(Error::Data(format!(
                "there are {} labels for {} rows; give one for each row of the matrix",
                labels.len(),
                matrix.n_rows()
            )));
        }
        let columns = Columns::new(matrix.names())?;
        let numbers: Vec<usize> = (0..matrix.n_columns())
            .filter(|&column| columns.is_number(column))
            .collect();
        let confidence = 1.0 - BY_CHANCE / (BINS * numbers.len().max(1)) as f64;
        let mut features = BTreeMap::new();
        for column in numbers {
            let value = |&row: &usize| {
                let value = columns.fact(column, matrix.row(row))?;
                Some((value, labels[row]?))
            };
            let mut known: Vec<(f64, bool)> = rows.indices().iter().filter_map(value).collect();
            known.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let feature = columns.feature(column);
            if let Some(peer) = peer(&known, |edge| rounded(edge, feature.unit), confidence) {
                features.insert(feature.name.to_owned(), peer);
            }
        }
        Ok(Peers {
            confidence,
            features,
        })
    }
}

impl Peer {
    /// Where the value stands, if it is at either end: beyond the decile that closes it.
    pub(super) fn standing(&self, value: f64) -> Option<Standing> {
        let tenths = 1 + self.deciles.len();
        let high = tenths - self.deciles.iter().filter(|&&d| d < value).count();
        let low = tenths - self.deciles.iter().filter(|&&d| d > value).count();
        // A value beyond all nine deciles is in the last tenth.
        if high <= END {
            Some(Standing::High(high))
        } else {
            (low <= END).then_some(Standing::Low(low))
        }
    }
}

/// `known` is ascending by value.
fn peer(known: &[(f64, bool)], round: impl Fn(f64) -> f64, confidence: f64) -> Option<Peer> {
    if known.len() < FEWEST {
        return None;
    }
    let values: Vec<f64> = known.iter().map(|(value, _)| *value).collect();
    let quantiles = |parts: usize| -> Vec<f64> {
        (1..parts)
            .filter_map(|part| linear_sorted(&values, part as f64 / parts as f64))
            .collect()
    };
    let mut edges: Vec<f64> = quantiles(BINS).into_iter().map(round).collect();
    edges.dedup();
    // A rounded edge may leave no value on one side.
    edges.retain(|&edge| values[0] < edge && edge <= values[values.len() - 1]);
    Some(Peer {
        base: rate(known, confidence)?,
        deciles: quantiles(10),
        best: best(known, &edges, confidence),
    })
}

/// The range with the highest rate, with its neighbours as far as they, too, are above all
/// leads' rate beyond chance.
fn best(known: &[(f64, bool)], edges: &[f64], confidence: f64) -> Option<Best> {
    let base = rate(known, confidence)?.value;
    let mut cuts = vec![0];
    cuts.extend(
        edges
            .iter()
            .map(|&edge| known.partition_point(|(value, _)| *value < edge)),
    );
    cuts.push(known.len());
    let rate_of = |from: usize, to: usize| rate(&known[cuts[from]..cuts[to]], confidence);
    let high: Vec<Option<f64>> = (0..=edges.len())
        .map(|bin| rate_of(bin, bin + 1))
        .map(|rate| rate.filter(|rate| rate.lo > base).map(|rate| rate.value))
        .collect();
    let top = (0..high.len())
        .filter(|&bin| high[bin].is_some())
        .reduce(|best, bin| if high[bin] > high[best] { bin } else { best })?;
    let mut from = top;
    while from > 0 && high[from - 1].is_some() {
        from -= 1;
    }
    let mut to = top + 1;
    while to < high.len() && high[to].is_some() {
        to += 1;
    }
    Some(Best {
        range: Range {
            lo: from.checked_sub(1).map(|edge| edges[edge]),
            hi: edges.get(to - 1).copied(),
        },
        rate: rate_of(from, to)?,
    })
}

fn rate(rows: &[(f64, bool)], confidence: f64) -> Option<Estimate> {
    let positives = rows.iter().filter(|(_, positive)| *positive).count();
    proportion::estimate(positives as u64, rows.len() as u64, confidence)
}

#[cfg(test)]
mod tests {
    use leadrank_learn::split::{SplitConfig, SplitInput, Times, split};

    use super::*;

    /// 100 leads at each of the values 0 to 9, with this many positives each.
    fn leads(positives: [usize; 10]) -> Vec<(f64, bool)> {
        let at =
            |value: usize| (0..100).map(move |lead| (value as f64, lead >= 100 - positives[value]));
        (0..10).flat_map(at).collect()
    }

    #[test]
    fn the_range_is_where_the_rate_is_highest_beyond_chance() {
        // Bins 0-1, 2-3, 4-5, 6-7, 8-9; base 94 of 1,000.
        let known = leads([5, 5, 25, 25, 8, 8, 4, 4, 5, 5]);
        let found = peer(&known, f64::round, 0.999).unwrap();
        assert_eq!((found.base.n, found.base.positives), (1_000, 94));
        let best = found.best.unwrap();
        assert_eq!(best.range, Range::of(Some(2.0), Some(4.0)));
        assert_eq!((best.rate.n, best.rate.positives), (200, 50));
        // Wilson at 99.9 %, computed by hand: .1639 to .3618.
        assert!((best.rate.lo - 0.1639).abs() < 1e-4, "{:?}", best.rate);
        assert!(best.range.holds(2.0) && best.range.holds(3.9) && !best.range.holds(4.0));
    }

    #[test]
    fn neighbours_that_are_high_too_belong_to_it() {
        let known = leads([25, 25, 24, 24, 3, 3, 3, 3, 3, 3]);
        let best = peer(&known, f64::round, 0.99).unwrap().best.unwrap();
        assert_eq!(best.range, Range::of(None, Some(4.0)));
        assert_eq!((best.rate.n, best.rate.positives), (400, 98));
        let known = leads([3, 3, 3, 3, 3, 3, 3, 3, 25, 25]);
        let best = peer(&known, f64::round, 0.99).unwrap().best.unwrap();
        // The fourth edge, 7.2, is rounded to 7.
        assert_eq!(best.range, Range::of(Some(7.0), None));
        assert_eq!((best.rate.n, best.rate.positives), (300, 53));
    }

    #[test]
    fn chance_names_no_range_and_few_leads_say_nothing() {
        let even = leads([9, 10, 11, 10, 9, 10, 11, 10, 9, 12]);
        assert_eq!(peer(&even, f64::round, 0.999).unwrap().best, None);
        assert_eq!(peer(&even[..99], f64::round, 0.999), None);
        // One value for all: there is nothing to compare.
        let same = vec![(1.0, true); 200];
        assert_eq!(peer(&same, f64::round, 0.999).unwrap().best, None);
    }

    #[test]
    fn only_the_rows_handed_out_are_looked_at() {
        // 1,000 days with one lead each; years at the firm count up, every tenth agrees, and in
        // the newest fifth, the test, all but one do.
        let labels: Vec<Option<bool>> = (0..1_000)
            .map(|day| Some((day >= 800 && day != 900) || (day < 800 && day % 10 == 0)))
            .collect();
        let input = SplitInput {
            times: Times::Days((0..1_000).map(Some).collect()),
            groups: None,
            labels: labels.clone(),
            assignment: None,
        };
        let parts = split(&input, &SplitConfig::default()).unwrap();
        let names = vec!["DateOfHireAtCurrentFirm_NumberOfYears".to_owned()];
        let years = (0..1_000).map(|day| day as f32 / 10.0).collect();
        let matrix = Matrix::new(names, years).unwrap();
        let before = Peers::fit(&matrix, &labels, &parts.development).unwrap();
        let peer = &before.features["DateOfHireAtCurrentFirm_NumberOfYears"];
        assert_eq!(peer.base.n, parts.development.indices().len() as u64);
        assert_eq!((peer.base.value * 10.0).round(), 1.0);
        assert_eq!(peer.best, None);
        assert!(peer.deciles.iter().all(|&decile| decile < 80.0));
        let short = Peers::fit(&matrix, &labels[1..], &parts.development);
        assert!(
            short
                .unwrap_err()
                .to_string()
                .contains("999 labels for 1000 rows")
        );
    }

    #[test]
    fn high_and_low_are_the_last_two_tenths() {
        let known = leads([1; 10]);
        let peer = peer(&known, f64::round, 0.99).unwrap();
        assert_eq!(peer.standing(20.0), Some(Standing::High(1)));
        assert_eq!(peer.standing(-1.0), Some(Standing::Low(1)));
        // The eighth and ninth decile are 7.1 and 8.1.
        assert_eq!(peer.standing(8.0), Some(Standing::High(2)));
        assert_eq!(peer.standing(5.0), None);
        // Most have the same: nobody is above them by having it, too.
        let known = vec![(0.0, false); 150];
        let peer = super::peer(&known, f64::round, 0.99).unwrap();
        assert_eq!(peer.standing(0.0), None);
    }
}
