//! What the opportunities of each tier were worth.

use leadrank_stats::Estimate;
use leadrank_stats::ratio::ratio;
use serde::{Deserialize, Serialize};

use super::measure::places;
use super::{Material, Scores};

/// The opportunities of one tier over all periods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worth {
    /// A, B, C.
    pub tier: String,
    /// Rows of the tier.
    pub n: u64,
    /// Rows with an opportunity of a known value.
    pub opportunities: u64,
    /// Their value, in dollars.
    pub total: f64,
    /// Value for 100 rows, in dollars, with its interval over rows; none with fewer than two.
    pub per_100: Option<Estimate>,
}

/// How today's call list shares leads out: the shares of tiers A and B. The rest is C.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// Share of tier A, 0 to 1.
    pub a: f64,
    /// Share of tier B, 0 to 1.
    pub b: f64,
}

/// Each tier's worth, if each period's rows had been shared out as leads are today; empty without
/// an opportunity file or a call list.
pub(super) fn by_tier(material: &Material) -> Vec<Worth> {
    let Some(shares) = material.shares else {
        return Vec::new();
    };
    let mut worth: [Vec<f64>; 3] = Default::default();
    for (_, scores) in &material.periods {
        let Some(own) = &scores.worth else {
            return Vec::new();
        };
        for (place, row) in places(scores).into_iter().enumerate() {
            worth[tier(place, scores, shares)].push(own[row]);
        }
    }
    ["A", "B", "C"]
        .into_iter()
        .zip(&worth)
        .map(|(tier, values)| of_tier(tier, values))
        .collect()
}

fn tier(place: usize, scores: &Scores, shares: Shares) -> usize {
    let n = scores.ids.len() as f64;
    let until = |share: f64| (share * n).round() as usize;
    match place {
        _ if place < until(shares.a) => 0,
        _ if place < until(shares.a + shares.b) => 1,
        _ => 2,
    }
}

fn of_tier(tier: &str, values: &[f64]) -> Worth {
    let opportunities = values.iter().filter(|&&value| value > 0.0).count() as u64;
    let ones = vec![1.0; values.len()];
    Worth {
        tier: tier.to_owned(),
        n: values.len() as u64,
        opportunities,
        total: values.iter().sum(),
        per_100: ratio(values, &ones).map(|found| Estimate {
            value: 100.0 * found.value,
            lo: 100.0 * found.interval.lo,
            hi: 100.0 * found.interval.hi,
            n: found.n,
            positives: opportunities,
            chance: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::Period;

    #[test]
    fn rows_are_shared_out_best_first() {
        let scores = Scores {
            ids: (0..10).map(|row| format!("lead {row}")).collect(),
            labels: vec![false; 10],
            margins: (0..10).map(f64::from).collect(),
            probabilities: vec![0.1; 10],
            worth: Some(
                (0..10)
                    .map(|row| if row >= 8 { 1e6 } else { 0.0 })
                    .collect(),
            ),
            ..Scores::default()
        };
        let mut material = Material {
            periods: vec![(Period::default(), scores)],
            ..Material::default()
        };
        assert!(by_tier(&material).is_empty());
        material.shares = Some(Shares { a: 0.1, b: 0.2 });
        let found = by_tier(&material);
        let seen: Vec<_> = found
            .iter()
            .map(|one| (one.tier.as_str(), one.n, one.opportunities, one.total))
            .collect();
        assert_eq!(seen, [("A", 1, 1, 1e6), ("B", 2, 1, 1e6), ("C", 7, 0, 0.0)]);
        let b = found[1].per_100.unwrap();
        assert_eq!(b.value, 5e7);
        assert!(b.lo == 0.0 && b.hi > 5e7);
    }
}
