//! Second screen: continuous features that follow from the others.

use leadrank_stats::vif;

use super::inform::Information;
use super::{Dropped, Features, Screen, SelectionOptions};
use crate::{LearnError, Result};

/// A feature that is missing on more of the rows takes no part: only rows that have all
/// features count, and it would cost too many.
const MISSING: f64 = 0.30;

/// Complete rows for each feature below which nothing is judged.
const ROWS_EACH: usize = 5;

/// Drops the continuous feature with the largest factor, again and again, until all are below
/// the limit; of equal factors the one with the lowest information value goes. A feature on
/// the keep-list stays, and what follows from it goes in its place.
pub(super) fn screen(
    features: &Features,
    information: &[Information],
    options: &SelectionOptions,
    candidates: Vec<usize>,
    dropped: &mut Vec<Dropped>,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>> {
    let mut used = Vec::new();
    let mut sparse = Vec::new();
    for &feature in &candidates {
        let Some(values) = features.continuous(feature) else {
            continue;
        };
        let missing = values.iter().filter(|value| value.is_nan()).count();
        if missing as f64 > MISSING * values.len() as f64 {
            sparse.push(features.name(feature));
        } else {
            used.push((feature, values));
        }
    }
    if !sparse.is_empty() {
        notes.push(format!(
            "not judged for variance inflation, being missing on more than {:.0} % of the rows: {}",
            100.0 * MISSING,
            sparse.join(", ")
        ));
    }
    let complete = (0..features.labels().len())
        .filter(|&row| used.iter().all(|(_, values)| !values[row].is_nan()))
        .count();
    if complete < ROWS_EACH * used.len().max(1) {
        notes.push(format!(
            "variance inflation was not judged: {complete} rows have all of {} continuous features",
            used.len()
        ));
        return Ok(candidates);
    }
    let columns: Vec<&[f64]> = used.iter().map(|&(_, values)| values).collect();
    // An infinite weight keeps a column, so that its companions go first.
    let weights: Vec<f64> = used
        .iter()
        .map(|&(feature, _)| match features.is_kept(feature) {
            true => f64::INFINITY,
            false => information[feature].iv,
        })
        .collect();
    let found = vif::screen(&columns, &weights, options.vif_limit)
        .map_err(|error| LearnError::downstream("variance inflation", error))?;
    let mut gone = Vec::new();
    for removal in &found.removed {
        let feature = used[removal.column].0;
        gone.push(feature);
        let factor = if removal.vif.is_finite() {
            format!("{:.1}", removal.vif)
        } else {
            "infinite".to_owned()
        };
        dropped.push(Dropped {
            feature: features.name(feature).to_owned(),
            screen: Screen::Inflation,
            value: removal.vif.is_finite().then_some(removal.vif),
            limit: options.vif_limit,
            reason: format!(
                "variance inflation {factor} is not below {}: it follows from the others",
                options.vif_limit
            ),
        });
    }
    Ok(candidates
        .into_iter()
        .filter(|feature| !gone.contains(feature))
        .collect())
}
