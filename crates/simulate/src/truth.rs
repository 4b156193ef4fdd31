//! The true chance that a contacted adviser schedules a call within 30 days.
//!
//! Ratios come from domain.md, "Segments" and "Univariate conversion tables"; their levels
//! are set by one intercept, so that the overall rate holds at any scale.

use crate::adviser::{Adviser, Position};
use crate::firm::{Filing, Firm, INDEPENDENT};
use crate::places::MAIN_METRO_RATIO;

/// Mean true probability over contacted leads: with 11.8 % of all calls before contact and
/// 12 % of the others after day 30 this gives 3.9 % including the invalid ones,
/// as far as the export day lets see.
pub(crate) const MEAN_PROBABILITY: f64 = 0.0350;
/// Chance of a call scheduled before the contact.
pub(crate) const NEGATIVE: f64 = 0.0052;
/// Late calls per on-time call (12 % late, 88 % on time).
pub(crate) const LATE_PER_ON_TIME: f64 = 0.12 / 0.88;
/// Weight of hidden restlessness in the log odds.
const HIDDEN: f64 = 0.14;

/// A lead source: name, weight within the rest group, log odds, adviser-number share.
pub(crate) struct Source {
    pub(crate) name: &'static str,
    pub(crate) weight: f64,
    pub(crate) log_odds: f64,
    pub(crate) with_crd: f64,
}

const fn source(name: &'static str, weight: f64, log_odds: f64, with_crd: f64) -> Source {
    Source {
        name,
        weight,
        log_odds,
        with_crd,
    }
}

/// Lead sources; the first two have a share that moves with time, the rest share what is
/// left. The rare high-intent sources are milder than observed, to keep the confounding
/// between source and missing data small.
pub(crate) const SOURCES: [Source; 11] = [
    source("Provided Lead List", 0.0, 0.0, 0.982),
    source("LinkedIn (Self Sourced)", 0.0, 0.30, 0.915),
    source("Provided Lead (Marketing)", 548.0, -0.50, 0.95),
    source("Unknown", 274.0, 0.20, 0.80),
    source("Event", 183.0, 0.90, 0.75),
    source("RB2B", 168.0, 0.30, 0.85),
    source("Advisor Waitlist", 149.0, 1.30, 0.75),
    source("Direct Traffic", 113.0, -0.60, 0.70),
    source("Recruitment Firm", 88.0, 1.40, 0.80),
    source("Re-Engagement", 68.0, 1.00, 0.92),
    source("Referral", 30.0, 1.40, 0.80),
];

/// The part of the log odds that the feature catalog can see, up to a constant.
pub(crate) fn visible_log_odds(
    adviser: &Adviser,
    position: &Position,
    firm: &Firm,
    filing: &Filing,
) -> f64 {
    let share = position.years_firm / position.years_rep.max(0.1);
    let mut sum = match share {
        s if s < 0.3 => 0.33,
        s if s < 0.6 => 0.18,
        s if s < 0.9 => -0.02,
        _ => -0.23,
    };
    sum += match position.years_rep {
        y if y < 5.0 => 0.20,
        y if y < 10.0 => 0.17,
        y if y < 20.0 => -0.02,
        _ => -0.28,
    };
    sum += match position.prior_mean() {
        None => -0.02,
        Some(years) if years < 2.0 => 0.14,
        Some(years) if years < 5.0 => 0.06,
        Some(years) if years < 10.0 => -0.20,
        Some(_) => -0.36,
    };
    if position.years_firm < 1.0 {
        sum += 0.20;
    }
    sum += 0.06 * (position.prior_count() as f64 - 1.5);
    sum += match filing.assets {
        None => 0.04,
        Some(assets) if assets < 100.0 => 0.24,
        Some(assets) if assets <= 500.0 => 0.22,
        Some(_) => -0.08,
    };
    // smaller is better beyond the tiers, over four powers of ten of staff
    sum -= 0.10 * (filing.employees.max(1.0).log10() - 2.7).clamp(-2.0, 2.0);
    sum += if firm.ownership == Some(INDEPENDENT) {
        0.06
    } else {
        -0.02
    };
    sum += if adviser.dual == Some(true) {
        -0.06
    } else {
        0.12
    };
    if let Some(metro) = adviser.metro
        && let Some(ratio) = MAIN_METRO_RATIO.get(usize::from(metro))
    {
        sum += 1.1 * ratio.ln();
    }
    if filing.growth_1y.is_some_and(|g| g < 0.0) {
        sum += 0.05;
    }
    if filing.share_assets[1].is_some_and(|share| share > 50.0) {
        sum += 0.02;
    }
    sum
}

/// What restlessness adds beyond what shows in the career.
pub(crate) fn hidden_log_odds(adviser: &Adviser) -> f64 {
    HIDDEN * adviser.restless
}

/// The latent group an adviser belongs to.
pub(crate) fn latent_group(adviser: &Adviser) -> &'static str {
    match adviser.restless {
        z if z > RESTLESS => "restless",
        z if z < -RESTLESS => "settled",
        _ => "ordinary",
    }
}

/// Mobility beyond which an adviser counts as restless: the top fifth.
pub(crate) const RESTLESS: f64 = 0.841_621;

/// Probability of log odds.
pub(crate) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The intercept at which the mean probability of `log_odds` is `mean`.
pub(crate) fn intercept(log_odds: &[f64], mean: f64) -> f64 {
    let (mut low, mut high) = (-30.0, 30.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        let sum: f64 = log_odds.iter().map(|x| probability(x + middle)).sum();
        if sum < mean * log_odds.len() as f64 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// Area under the ROC curve by ranks (Mann-Whitney), ties counted half.
pub(crate) fn auc(scored: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = sorted.iter().filter(|s| s.1).count() as f64;
    let negatives = sorted.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let (mut wins, mut below) = (0.0, 0.0);
    for ties in sorted.chunk_by(|a, b| a.0 == b.0) {
        let hits = ties.iter().filter(|s| s.1).count() as f64;
        let misses = ties.len() as f64 - hits;
        wins += hits * (below + misses / 2.0);
        below += misses;
    }
    Some(wins / (positives * negatives))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intercept_hits_the_mean() {
        let log_odds: Vec<f64> = (0..1000).map(|k| f64::from(k % 17) * 0.1 - 0.8).collect();
        let shift = intercept(&log_odds, 0.0343);
        let mean = log_odds.iter().map(|x| probability(x + shift)).sum::<f64>() / 1000.0;
        assert!((mean - 0.0343).abs() < 1e-9);
    }

    #[test]
    fn area_under_the_curve_by_hand() {
        // pairs won: (0.8 over 0.5 and 0.2), (0.5 ties 0.5, over 0.2) = 3.5 of 4
        let scored = [(0.8, true), (0.5, false), (0.5, true), (0.2, false)];
        assert_eq!(auc(&scored), Some(3.5 / 4.0));
        assert_eq!(auc(&[(0.5, true)]), None);
    }
}
