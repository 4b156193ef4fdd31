//! How steady importance and directions are from one stretch of time to the next.

use std::collections::BTreeMap;

use leadrank_stats::correlation::spearman;
use leadrank_stats::sample;
use leadrank_trees::Model;
use serde::{Deserialize, Serialize};

use super::dependence::Contributions;
use super::{CHUNK, absolute_sums};
use crate::{LearnError, Matrix, Result};

/// Coefficient of variation of an importance above which it is not steady (domain.md,
/// "Validation gates and thresholds").
pub const UNSTEADY: f64 = 0.5;

/// How steady one feature is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steadiness {
    /// The feature.
    pub feature: String,
    /// Mean of |SHAP| by each model, in the order of the models, log-odds.
    pub importance: Vec<f64>,
    /// Standard deviation over mean of those; none where no model uses it.
    pub variation: Option<f64>,
    /// Of the models that use it, the share in which higher values raise the score, or lower it,
    /// whichever is more; none where its values and contributions do not go together.
    pub agreement: Option<f64>,
}

/// How steady a panel of models is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PanelStability {
    /// The features, most important first.
    pub features: Vec<Steadiness>,
    /// Spearman's rank correlation of the importances of each pair of models.
    pub rank_correlations: Vec<f64>,
    /// Rows that the importance was taken over.
    pub n: u64,
}

/// Compares models of the same columns on the same rows.
///
/// # Errors
/// Fewer than two models, or other columns than the matrix has.
pub fn stability(models: &[Model], matrix: &Matrix, rows: &[usize]) -> Result<PanelStability> {
    if models.len() < 2 {
        return Err(LearnError::fit(
            "there are fewer than two models to compare",
            "raise folds.folds, or give a longer history",
        ));
    }
    let names = matrix.names();
    for model in models {
        if model.n_features() != names.len() {
            let (wanted, found) = (names.len(), model.n_features());
            return Err(LearnError::shape("columns of a model", wanted, found));
        }
    }
    let mut importance = Vec::new();
    let mut directions = Vec::new();
    for model in models {
        let sums = absolute_sums(model, matrix, rows, names, names);
        let means = sums.iter().map(|sum| sum / rows.len().max(1) as f64);
        importance.push(means.collect::<Vec<f64>>());
        directions.push(signs(model, matrix, rows));
    }
    let mut rank_correlations = Vec::new();
    for one in 0..models.len() {
        for other in 0..one {
            let found = spearman(&[&importance[one], &importance[other]])
                .map_err(|error| LearnError::downstream("importance", error))?;
            rank_correlations.extend(found.get(0, 1));
        }
    }
    let mut features: Vec<Steadiness> = names
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let own: Vec<f64> = importance.iter().map(|of| of[column]).collect();
            let mean = sample::mean(own.iter().copied());
            let signs: Vec<i8> = directions
                .iter()
                .map(|of| of[column])
                .filter(|&sign| sign != 0)
                .collect();
            let up = signs.iter().filter(|&&sign| sign > 0).count();
            let most = up.max(signs.len() - up) as f64;
            Steadiness {
                feature: name.clone(),
                variation: (mean > 0.0).then(|| sample::deviation(&own) / mean),
                agreement: (!signs.is_empty()).then(|| most / signs.len() as f64),
                importance: own,
            }
        })
        .collect();
    let mean = |of: &Steadiness| sample::mean(of.importance.iter().copied());
    features.sort_by(|a, b| {
        let by_size = mean(b).total_cmp(&mean(a));
        by_size.then_with(|| a.feature.cmp(&b.feature))
    });
    Ok(PanelStability {
        features,
        rank_correlations,
        n: rows.len() as u64,
    })
}

/// For each column whether contributions rise (1) or fall (-1) with its values; 0 where neither.
fn signs(model: &Model, matrix: &Matrix, rows: &[usize]) -> Vec<i8> {
    let contributions = Contributions::of(model, matrix, rows);
    (0..matrix.n_columns())
        .map(|column| {
            let values = rows.iter().map(|&row| f64::from(matrix.row(row)[column]));
            let (x, y): (Vec<f64>, Vec<f64>) = values
                .zip(contributions.column(column))
                .filter(|(value, _)| !value.is_nan())
                .unzip();
            // By ranks: money is too skewed for anything else.
            let found = spearman(&[&x, &y]).ok().and_then(|found| found.get(0, 1));
            match found {
                Some(together) if together > 0.0 => 1,
                Some(together) if together < 0.0 => -1,
                _ => 0,
            }
        })
        .collect()
}

/// For each row and each group of columns the share of the panel that gives the group the same
/// direction as `model` does: 1 where all agree. Row-major, a column for each group; 0 where the
/// model itself gives the group nothing. `group_of` has the group of each column.
pub fn agreement(
    model: &Model,
    panel: &[Model],
    matrix: &Matrix,
    group_of: &[usize],
    groups: usize,
) -> Vec<f64> {
    let own = grouped(model, matrix, group_of, groups);
    let mut agreeing = vec![0_u32; own.len()];
    for other in panel {
        let theirs = grouped(other, matrix, group_of, groups);
        for ((count, a), b) in agreeing.iter_mut().zip(&own).zip(&theirs) {
            *count += u32::from(a * b > 0.0);
        }
    }
    let of = panel.len().max(1) as f64;
    agreeing
        .into_iter()
        .map(|count| f64::from(count) / of)
        .collect()
}

/// Sums of the contributions of each group, for all rows of the matrix.
fn grouped(model: &Model, matrix: &Matrix, group_of: &[usize], groups: usize) -> Vec<f64> {
    let width = matrix.n_columns();
    let mut sums = vec![0.0; matrix.n_rows() * groups];
    let rows: Vec<usize> = (0..matrix.n_rows()).collect();
    for (part, sums) in rows
        .chunks(CHUNK)
        .zip(sums.chunks_mut(CHUNK * groups.max(1)))
    {
        let shap = model.shap_values(&matrix.gather(part));
        for (row, sums) in shap.chunks(width + 1).zip(sums.chunks_mut(groups.max(1))) {
            for (column, &value) in row[..width].iter().enumerate() {
                sums[group_of[column]] += value;
            }
        }
    }
    sums
}

/// Pairs of columns that interact most, strongest first, over some rows.
pub fn strongest_pairs(model: &Model, matrix: &Matrix, rows: &[usize]) -> Vec<Pair> {
    let strengths: BTreeMap<(usize, usize), f64> =
        model.interaction_strengths(&matrix.gather(rows));
    let names = matrix.names();
    let mut pairs: Vec<Pair> = strengths
        .into_iter()
        .map(|((a, b), sum)| Pair {
            one: names[a].clone(),
            other: names[b].clone(),
            strength: sum / rows.len().max(1) as f64,
            n: rows.len() as u64,
        })
        .collect();
    pairs.sort_by(|a, b| {
        let by_size = b.strength.total_cmp(&a.strength);
        by_size.then_with(|| (&a.one, &a.other).cmp(&(&b.one, &b.other)))
    });
    pairs
}

/// Two columns that make something together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// One of them.
    pub one: String,
    /// The other.
    pub other: String,
    /// Mean of |what they make together|, in log-odds.
    pub strength: f64,
    /// Rows it is averaged over.
    pub n: u64,
}
