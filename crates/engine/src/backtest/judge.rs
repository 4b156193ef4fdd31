//! All periods together: does the ranking hold, does it vary more than chance, is it fair?

use std::collections::BTreeMap;

use leadrank_stats::correlation::spearman;
use leadrank_stats::evaluation::{EvaluationOptions, evaluate};
use leadrank_stats::{Estimate, chi_square, drift, multiple, normal, sample};
use serde::{Deserialize, Serialize};

use super::measure::{CONFIDENCE, Group, Pooled};
use super::{Backtest, Material, Period, Scores, groups, worth};
use crate::error::{Error, Result};

/// Metrics whose steadiness is judged.
const STEADY: [&str; 4] = ["auc_roc", "auc_pr", "lift_at_10", "precision_at_10"];

/// How much a metric varies over the periods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consistency {
    /// The metric.
    pub metric: String,
    /// Mean over the periods.
    pub mean: f64,
    /// Standard deviation over mean.
    pub variation: f64,
    /// What sampling alone would be expected to show: the root of the mean squared standard error
    /// of the periods (from their bootstrap intervals), over the mean.
    pub by_chance: f64,
    /// Probability of so much variation by chance: Cochran's Q on the periods' values weighed by
    /// their squared standard errors (W. G. Cochran, "The combination of estimates from different
    /// experiments", Biometrics 10 (1954)).
    pub p: Option<f64>,
    /// Periods.
    pub n: u64,
}

/// Two neighbouring tenths in the wrong order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inversion {
    /// The better one, 1 is the best.
    pub tenth: u64,
    /// Its rate less that of the next.
    pub difference: f64,
    /// Probability of such a difference by chance if their rates were equal, one-sided, corrected
    /// by Holm's method over all nine pairs.
    pub p: f64,
}

/// Judges a backtest.
///
/// # Errors
/// When no period was tested, or the rows can't be measured.
pub fn judge(material: Material, seed: u64) -> Result<Backtest> {
    if material.periods.is_empty() {
        return Err(Error::Data(format!(
            "no period could be tested: {}",
            material.skipped.join("; ")
        )));
    }
    let rows: Vec<&Scores> = material.periods.iter().map(|(_, scores)| scores).collect();
    let all = Pooled::of(&rows);
    let options = EvaluationOptions {
        seed,
        ..EvaluationOptions::default()
    };
    let pooled = evaluate(&all.labels, &all.percentiles, &all.probabilities, &options)
        .map_err(|error| Error::Data(format!("all periods together: {error}")))?;
    let mut metrics: BTreeMap<String, BTreeMap<String, Estimate>> = BTreeMap::new();
    for (period, _) in &material.periods {
        metrics.insert(period.name.clone(), period.metrics.clone());
    }
    metrics.insert("pooled".into(), pooled.metrics);
    let periods: Vec<&Period> = material.periods.iter().map(|(period, _)| period).collect();
    let tenths = all.tenths();
    Ok(Backtest {
        metrics,
        consistency: STEADY
            .iter()
            .filter_map(|name| consistency(name, &periods))
            .collect(),
        inversions: inversions(&tenths)?,
        tenths,
        divisions: groups::divisions(&material, &all),
        groups: groups::metrics(&material, &all, &options)?,
        worth: worth::by_tier(&material),
        shares: material.shares,
        shifts: shifts(&material),
        reason_stability: reason_stability(&periods)?,
        periods: material
            .periods
            .into_iter()
            .map(|(period, _)| period)
            .collect(),
        skipped: material.skipped,
        learning: material.learning,
        gaps: material.gaps,
    })
}

fn consistency(metric: &str, periods: &[&Period]) -> Option<Consistency> {
    let found: Vec<&Estimate> = periods
        .iter()
        .filter_map(|period| period.metrics.get(metric))
        .collect();
    if found.len() < 2 {
        return None;
    }
    let values: Vec<f64> = found.iter().map(|one| one.value).collect();
    let reach = normal::quantile(0.5 + 0.5 * CONFIDENCE)?;
    let errors: Vec<f64> = found
        .iter()
        .map(|one| (one.hi - one.lo) / (2.0 * reach))
        .collect();
    let mean = sample::mean(values.iter().copied());
    if mean <= 0.0 {
        return None;
    }
    let squares = sample::mean(errors.iter().map(|error| error * error));
    let known = errors.iter().all(|&error| error > 0.0);
    Some(Consistency {
        metric: metric.to_owned(),
        mean,
        variation: sample::deviation(&values) / mean,
        by_chance: squares.sqrt() / mean,
        p: known.then(|| cochran(&values, &errors)).flatten(),
        n: found.len() as u64,
    })
}

/// Probability of so different values by chance.
fn cochran(values: &[f64], errors: &[f64]) -> Option<f64> {
    let weights: Vec<f64> = errors.iter().map(|error| 1.0 / (error * error)).collect();
    let total: f64 = weights.iter().sum();
    let weighed = values
        .iter()
        .zip(&weights)
        .map(|(value, weight)| value * weight);
    let mean = weighed.sum::<f64>() / total;
    let q: f64 = values
        .iter()
        .zip(&weights)
        .map(|(value, weight)| weight * (value - mean) * (value - mean))
        .sum();
    chi_square::survival(q, values.len() as u64 - 1)
}

/// Neighbouring tenths in the wrong order, with their probability by chance.
fn inversions(tenths: &[Group]) -> Result<Vec<Inversion>> {
    let mut found = Vec::new();
    for (pair, number) in tenths.windows(2).zip(1..) {
        let (Some(better), Some(worse)) = (pair[0].rate, pair[1].rate) else {
            continue;
        };
        let n = (better.n as f64, worse.n as f64);
        let share = (better.positives + worse.positives) as f64 / (n.0 + n.1);
        let error = (share * (1.0 - share) * (1.0 / n.0 + 1.0 / n.1)).sqrt();
        let difference = better.value - worse.value;
        let p = match error > 0.0 {
            true => normal::cdf(difference / error),
            false => 1.0,
        };
        found.push(Inversion {
            tenth: number,
            difference,
            p,
        });
    }
    let p_values: Vec<f64> = found.iter().map(|one| one.p).collect();
    let adjusted = multiple::holm(&p_values)
        .map_err(|error| Error::Data(format!("the order of tenths: {error}")))?;
    for (one, p) in found.iter_mut().zip(adjusted) {
        one.p = p;
    }
    found.retain(|one| one.difference < 0.0);
    Ok(found)
}

/// Kolmogorov-Smirnov distance of each period's probabilities from those of the one before.
fn shifts(material: &Material) -> Vec<(String, f64)> {
    let pairs = material.periods.windows(2);
    pairs
        .filter_map(|pair| {
            let (before, now) = (&pair[0].1.probabilities, &pair[1].1.probabilities);
            let found = drift::kolmogorov_smirnov(now, before)?;
            Some((pair[1].0.name.clone(), found.statistic))
        })
        .collect()
}

/// Rank correlation of each period's importance with that of the one before.
fn reason_stability(periods: &[&Period]) -> Result<Vec<(String, f64)>> {
    let mut found = Vec::new();
    for pair in periods.windows(2) {
        let strength = |period: &Period, feature: &str| {
            let of = period.importance.iter().find(|one| one.feature == feature);
            of.map_or(0.0, |one| one.mean_abs_shap)
        };
        let mut names: Vec<&str> = pair
            .iter()
            .flat_map(|period| &period.importance)
            .map(|one| one.feature.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        let side = |period: &Period| -> Vec<f64> {
            names.iter().map(|name| strength(period, name)).collect()
        };
        let (before, now) = (side(pair[0]), side(pair[1]));
        if names.len() < 2 {
            continue;
        }
        let together = spearman(&[&before, &now])
            .map_err(|error| Error::Data(format!("importance over periods: {error}")))?;
        found.extend(
            together
                .get(0, 1)
                .map(|value| (pair[1].name.clone(), value)),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::measure::{self, rate};

    fn group(positives: u64, n: u64) -> Group {
        Group {
            name: String::new(),
            rate: rate(positives, n),
        }
    }

    #[test]
    fn tenths_in_the_wrong_order_are_found_with_their_chance() {
        let mut tenths: Vec<Group> = (0..10).map(|at| group(100 - 8 * at, 1_000)).collect();
        assert!(inversions(&tenths).unwrap().is_empty());
        // A little out of order is chance, far out of order is not.
        tenths[4] = group(60, 1_000);
        tenths[9] = group(120, 1_000);
        let found = inversions(&tenths).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].tenth, 9);
        assert!(found[0].p < 1e-4);
        tenths[9] = group(40, 1_000);
        let found = inversions(&tenths).unwrap();
        assert!(found[0].p > 0.5, "{found:?}");
    }

    #[test]
    fn cochran_by_hand() {
        // Weights 4, 1: mean .6, Q = 4 · .01 · … = 4(.5 − .6)² + (1 − .6)² = .2.
        let p = cochran(&[0.5, 1.0], &[0.5, 1.0]).unwrap();
        let expected = chi_square::survival(0.2, 1).unwrap();
        assert!((p - expected).abs() < 1e-12);
        assert!(cochran(&[0.5, 0.7], &[0.01, 0.01]).unwrap() < 1e-6);
    }

    #[test]
    fn the_best_tenth_is_called_and_ties_have_an_order() {
        let called = measure::called(&[0.0; 20]);
        assert_eq!(called.iter().filter(|&&called| called).count(), 2);
        assert!(called[0] && called[1]);
        let margins: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(measure::called(&margins)[90..].iter().all(|&called| called));
    }
}
