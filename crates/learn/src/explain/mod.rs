//! Which columns move the scores: exact SHAP values, averaged and sampled.
//!
//! Values are contributions to the margin (log-odds), Lundberg et al. 2018,
//! "Consistent individualized feature attribution for tree ensembles",
//! algorithm 2, as computed by `leadrank-trees`. They add up, so the columns an
//! encoder made from one source are summed row by row before averaging.

mod cohorts;
mod dependence;
mod stability;

use std::collections::BTreeMap;

use leadrank_trees::Model;
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{LearnError, Matrix, Result};

pub use cohorts::{Cohort, Shift, cohorts};
pub use dependence::{Contributions, Dependence, GroupMean, dependence};
pub use stability::{
    Pair, PanelStability, Steadiness, UNSTEADY, agreement, stability, strongest_pairs,
};

/// Rows explained at once; bounds the memory.
const CHUNK: usize = 2_048;

/// How much to sample for the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExplainOptions {
    /// Most rows in the sample.
    pub sample_rows: usize,
    /// Most columns in the sample: the strongest.
    pub sample_features: usize,
    /// Seed of the sample.
    pub seed: u64,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            sample_rows: 400,
            sample_features: 30,
            seed: 42,
        }
    }
}

/// How strongly a column moves the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The column, or the source of several.
    pub feature: String,
    /// Mean of |SHAP| over the rows, in log-odds.
    pub mean_abs_shap: f64,
    /// Share of the sum over all columns, 0 to 1.
    pub share: f64,
    /// Rows it is averaged over.
    pub n: u64,
}

/// One row's contribution of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SwarmPoint {
    /// The matrix column.
    pub feature: String,
    /// Contribution to the margin, in log-odds.
    pub shap: f64,
    /// The column's value; none is missing.
    pub value: Option<f64>,
}

/// What a model looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Matrix columns, strongest first.
    pub features: Vec<Importance>,
    /// Source columns, strongest first; equal to `features` without an encoder.
    pub sources: Vec<Importance>,
    /// Points of a beeswarm, column by column, strongest first.
    pub swarm: Vec<SwarmPoint>,
}

/// Explains the given rows. `sources` names the source of each matrix column; the
/// columns stand for themselves without it.
pub fn explain(
    model: &Model,
    matrix: &Matrix,
    rows: &[usize],
    sources: Option<&[String]>,
    options: &ExplainOptions,
) -> Result<Explanation> {
    let width = matrix.n_columns();
    if model.n_features() != width {
        return Err(LearnError::shape(
            "matrix columns",
            model.n_features(),
            width,
        ));
    }
    let sources = sources.unwrap_or(matrix.names());
    if sources.len() != width {
        return Err(LearnError::shape("source names", width, sources.len()));
    }
    if let Some(&row) = rows.iter().find(|&&row| row >= matrix.n_rows()) {
        return Err(LearnError::shape(
            "rows to explain",
            matrix.n_rows(),
            row + 1,
        ));
    }
    if rows.is_empty() {
        return Err(LearnError::fit(
            "there are no rows to explain",
            "give at least one row",
        ));
    }

    let (names, group_of) = groups(sources);
    let sampled = sample(rows.len(), options);
    let mut next_sampled = sampled.iter().copied().peekable();
    let mut by_feature = vec![0.0; width];
    let mut by_source = vec![0.0; names.len()];
    let mut sums = vec![0.0; names.len()];
    let mut swarm_rows: Vec<(usize, Vec<f64>)> = Vec::new();
    for (chunk, part) in rows.chunks(CHUNK).enumerate() {
        let values = model.shap_values(&matrix.gather(part));
        // the last value of each row is the bias
        for (at, shap) in values.chunks(width + 1).enumerate() {
            sums.fill(0.0);
            for (column, &value) in shap[..width].iter().enumerate() {
                by_feature[column] += value.abs();
                sums[group_of[column]] += value;
            }
            for (total, sum) in by_source.iter_mut().zip(&sums) {
                *total += sum.abs();
            }
            if next_sampled.next_if_eq(&(chunk * CHUNK + at)).is_some() {
                swarm_rows.push((part[at], shap[..width].to_vec()));
            }
        }
    }
    let features = ranking(matrix.names(), &by_feature, rows.len());
    let sources = ranking(&names, &by_source, rows.len());
    let swarm = swarm(matrix, &features, &swarm_rows, options.sample_features)?;
    Ok(Explanation {
        features,
        sources,
        swarm,
    })
}

/// Sum of |SHAP| over the rows for each of `names`, the contributions of its columns being
/// added up row by row. `sources` names the feature of each column.
pub(crate) fn absolute_sums(
    model: &Model,
    matrix: &Matrix,
    rows: &[usize],
    sources: &[String],
    names: &[String],
) -> Vec<f64> {
    let width = matrix.n_columns();
    let place_of = |source: &String| names.iter().position(|name| name == source);
    let places: Vec<Option<usize>> = sources.iter().map(place_of).collect();
    let mut totals = vec![0.0; names.len()];
    let mut sums = vec![0.0; names.len()];
    for part in rows.chunks(CHUNK) {
        for shap in model.shap_values(&matrix.gather(part)).chunks(width + 1) {
            sums.fill(0.0);
            for (place, &value) in places.iter().zip(shap) {
                if let Some(place) = place {
                    sums[*place] += value;
                }
            }
            for (total, sum) in totals.iter_mut().zip(&sums) {
                *total += sum.abs();
            }
        }
    }
    totals
}

/// Different source names in order of first use, and each column's place there.
fn groups(sources: &[String]) -> (Vec<String>, Vec<usize>) {
    let mut names: Vec<String> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let group_of = sources
        .iter()
        .map(|source| {
            *places.entry(source).or_insert_with(|| {
                names.push(source.clone());
                names.len() - 1
            })
        })
        .collect();
    (names, group_of)
}

/// Positions of the sampled rows, ascending.
fn sample(rows: usize, options: &ExplainOptions) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut picked = index::sample(&mut random, rows, options.sample_rows.min(rows)).into_vec();
    picked.sort_unstable();
    picked
}

/// Means of the sums, strongest first, by name at ties.
fn ranking(names: &[String], sums: &[f64], rows: usize) -> Vec<Importance> {
    let total: f64 = sums.iter().sum();
    let mut ranked: Vec<Importance> = names
        .iter()
        .zip(sums)
        .map(|(name, &sum)| Importance {
            feature: name.clone(),
            mean_abs_shap: sum / rows as f64,
            share: if total > 0.0 { sum / total } else { 0.0 },
            n: rows as u64,
        })
        .collect();
    ranked.sort_by(|a, b| {
        b.mean_abs_shap
            .total_cmp(&a.mean_abs_shap)
            .then_with(|| a.feature.cmp(&b.feature))
    });
    ranked
}

fn swarm(
    matrix: &Matrix,
    features: &[Importance],
    rows: &[(usize, Vec<f64>)],
    most: usize,
) -> Result<Vec<SwarmPoint>> {
    let places: BTreeMap<&str, usize> = matrix
        .names()
        .iter()
        .enumerate()
        .map(|(at, name)| (name.as_str(), at))
        .collect();
    let mut points = Vec::new();
    for importance in features
        .iter()
        .take(most)
        .filter(|feature| feature.mean_abs_shap > 0.0)
    {
        let Some(&column) = places.get(importance.feature.as_str()) else {
            continue;
        };
        for (row, shap) in rows {
            let value = matrix.row(*row)[column];
            points.push(SwarmPoint {
                feature: importance.feature.clone(),
                shap: shap[column],
                value: (!value.is_nan()).then_some(f64::from(value)),
            });
        }
    }
    Ok(points)
}
