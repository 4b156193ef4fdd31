//! What a set of features is worth: all, the large and the small one over the same folds.

use leadrank_stats::Interval;
use serde::{Deserialize, Serialize};

use super::Material;
use crate::cross_validate::{Arena, FoldScore, Job, over_folds};
use crate::imbalance::Strategy;
use crate::recipe::Recipe;
use crate::selection::{Selection, SetName, Size, matrix_of};
use crate::xgboost::Library;
use crate::{Matrix, Result};

/// One set over the folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetResult {
    /// Which set.
    pub set: SetName,
    /// Features of each fold's own set, oldest fold first.
    pub features: Vec<u64>,
    /// Rounds at which it was best.
    pub rounds: u32,
    /// Scores of each block.
    pub folds: Vec<FoldScore>,
    /// Mean area under the precision-recall curve.
    pub auc_pr: f64,
    /// How much more than the large set, on average within folds.
    pub ahead_of_large: f64,
    /// 95 % t-interval of that over folds; none with one fold.
    pub interval: Option<Interval>,
}

/// Compares the sets with the given recipe, rows as they are.
pub(super) fn compare(
    library: Library,
    material: &Material<'_>,
    own: &[Selection],
    recipe: &Recipe,
    threads: usize,
) -> Result<Vec<SetResult>> {
    let mut results = Vec::new();
    for set in [SetName::All, SetName::Large, SetName::Small] {
        let matrices = matrices(material, own, set)?;
        let arena = Arena::new(
            library,
            matrices.iter().collect(),
            material.labels,
            material.folds,
            threads,
        )?;
        let outcome = arena.run_one(Job {
            recipe: recipe.clone(),
            strategy: Strategy::None,
            newest_folds: material.folds.folds.len(),
        })?;
        results.push(SetResult {
            set,
            features: own
                .iter()
                .map(|found| found.set(set).len() as u64)
                .collect(),
            rounds: outcome.rounds,
            auc_pr: outcome.mean_auc_pr(),
            folds: outcome.folds,
            ahead_of_large: 0.0,
            interval: None,
        });
    }
    let large: Vec<f64> = results[1].folds.iter().map(|fold| fold.auc_pr).collect();
    for result in &mut results {
        let own = result.folds.iter().map(|fold| fold.auc_pr);
        let gaps: Vec<f64> = own.zip(&large).map(|(own, large)| own - large).collect();
        (result.ahead_of_large, result.interval) = over_folds(&gaps);
    }
    Ok(results)
}

/// The set that is used.
pub(super) fn decide(size: Size, results: &[SetResult]) -> SetName {
    let of = |wanted: SetName| results.iter().find(|result| result.set == wanted);
    match size {
        Size::All => SetName::All,
        Size::Large => SetName::Large,
        Size::Small => SetName::Small,
        Size::Auto => match of(SetName::All) {
            Some(all) if all.interval.is_some_and(|interval| interval.hi < 0.0) => SetName::Large,
            _ => SetName::All,
        },
    }
}

/// The columns of a set, for each fold those of its own.
pub(super) fn matrices(
    material: &Material<'_>,
    own: &[Selection],
    set: SetName,
) -> Result<Vec<Matrix>> {
    let folds = material.by_fold.iter().zip(own);
    folds
        .map(|(encoded, found)| matrix_of(encoded.matrix, encoded.sources, &found.set(set)))
        .collect()
}
