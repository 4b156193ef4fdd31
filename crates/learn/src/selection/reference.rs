//! The brief's reference code for selection, for comparison: the best features by the
//! F-score, then recursive elimination by a random forest.
//!
//! As written in the brief the second step has nothing to do: it is asked for as many
//! features as the first one leaves. With a smaller `top` it has.

use leadrank_stats::anova::f_score;
use leadrank_stats::quantile;

use super::eliminate::{Rank, Ranking, eliminate};
use super::{Dropped, Features, Screen, SelectionOptions};
use crate::{LearnError, Result};

/// Features that the F-score leaves, as in the reference code.
const BEST: usize = 50;

/// Keeps the features with the highest F-score, missing values standing at the median; of a
/// feature with several columns the strongest counts. Information values, variance inflation
/// and the keep-list play no part here.
pub(super) fn by_f_score(
    features: &Features,
    options: &SelectionOptions,
    candidates: Vec<usize>,
    dropped: &mut Vec<Dropped>,
) -> Result<Vec<usize>> {
    let best = BEST.max(options.top as usize);
    let mut scored = Vec::new();
    for feature in candidates {
        let mut strongest: f64 = 0.0;
        for column in features.values(feature) {
            let filled = filled(column);
            let score = f_score(&filled, features.labels())
                .map_err(|error| LearnError::downstream("the F-score of a feature", error))?;
            // A constant column has none; one that tells the classes apart has no upper end.
            strongest = strongest.max(score.unwrap_or(0.0));
        }
        scored.push((feature, strongest));
    }
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let limit = scored.get(best - 1).map_or(0.0, |&(_, score)| score);
    let kept = scored.len().min(best);
    for &(feature, score) in &scored[kept..] {
        dropped.push(Dropped {
            feature: features.name(feature).to_owned(),
            screen: Screen::FScore,
            value: Some(score),
            limit,
            reason: format!("F-score {score:.2} is not among the best {best}"),
        });
    }
    Ok(scored[..kept].iter().map(|&(feature, _)| feature).collect())
}

/// Eliminates by the forest down to the large set.
pub(super) fn by_forest(
    features: &Features,
    forest: &impl Rank,
    candidates: Vec<usize>,
    options: &SelectionOptions,
    dropped: &mut Vec<Dropped>,
    notes: &mut Vec<String>,
) -> Result<Ranking> {
    if candidates.len() <= options.top as usize {
        notes.push(format!(
            "recursive elimination had nothing to do: the F-score left {} features, and {} are asked for",
            candidates.len(),
            options.top
        ));
    }
    eliminate(features, forest, candidates, options, dropped)
}

/// The column with missing values at its median.
fn filled(column: &[f64]) -> Vec<f64> {
    let present: Vec<f64> = column.iter().copied().filter(|v| !v.is_nan()).collect();
    let median = quantile::linear(&present, 0.5).unwrap_or(0.0);
    let fill = |&value: &f64| if value.is_nan() { median } else { value };
    column.iter().map(fill).collect()
}
