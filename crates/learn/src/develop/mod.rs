//! From rows to a recipe: select features, compare what can be done about rare positives,
//! tune, each step within the folds, and say at every step what it was worth.
//!
//! The test part is not an argument of anything here: folds are cut from the rows before it,
//! and the features of the final model are selected on the rows before calibration.

mod sets;

use serde::{Deserialize, Serialize};

pub use sets::SetResult;

use crate::cross_validate::{Arena, FoldScore, Job};
use crate::imbalance::{Contest, Strategy, hold_contest};
use crate::recipe::Recipe;
use crate::selection::{
    Candidates, Selection, SelectionOptions, SetName, Stability, select, stability,
};
use crate::split::{Folds, FoldsAudit, Split};
use crate::tuning::{Keeper, Tuned, TuningOptions, tune};
use crate::xgboost::Library;
use crate::{LearnError, Matrix, Result};

/// What is done about positives being rare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImbalanceOptions {
    /// Whether the ten strategies are compared, and the winner taken if there is a clear one.
    pub contest: bool,
    /// What is done without a contest.
    pub strategy: Strategy,
}

impl Default for ImbalanceOptions {
    fn default() -> Self {
        Self {
            contest: true,
            strategy: Strategy::None,
        }
    }
}

/// How to develop a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// Where training starts from.
    pub recipe: Recipe,
    /// How features are chosen.
    pub selection: SelectionOptions,
    /// What is done about positives being rare.
    pub imbalance: ImbalanceOptions,
    /// How parameters are tuned.
    pub tuning: TuningOptions,
}

/// A matrix of all rows, made by what was fitted on some of them.
#[derive(Debug, Clone, Copy)]
pub struct Encoded<'a> {
    /// One row each, NaN = missing.
    pub matrix: &'a Matrix,
    /// The feature behind each column, where they differ.
    pub sources: Option<&'a [String]>,
}

/// What to develop on.
pub struct Material<'a> {
    /// Made by what was fitted on the rows before calibration.
    pub whole: Encoded<'a>,
    /// For each fold, made by what was fitted on the fold's own past.
    pub by_fold: Vec<Encoded<'a>>,
    /// Outcomes; none where unknown.
    pub labels: &'a [Option<bool>],
    /// The split of these rows.
    pub split: &'a Split,
    /// The folds of that split.
    pub folds: &'a Folds,
}

impl<'a> Material<'a> {
    fn candidates(&self, encoded: Encoded<'a>) -> Candidates<'a> {
        Candidates {
            matrix: encoded.matrix,
            labels: self.labels,
            sources: encoded.sources,
        }
    }
}

/// Where development is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Features of each fold and of the whole are selected.
    Selection {
        /// Selections done.
        done: u64,
        /// Selections in all.
        total: u64,
    },
    /// Sets of features are compared.
    Sets,
    /// Strategies against imbalance are compared.
    Contest {
        /// Strategies done.
        done: u64,
        /// Strategies in all.
        total: u64,
    },
    /// Parameters are tuned.
    Tuning,
}

/// What development decided, with everything it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Development {
    /// The folds.
    pub folds: FoldsAudit,
    /// What the screens said, on the rows before calibration.
    pub selection: Selection,
    /// How alike the folds' own large sets are to each other.
    pub stability: Stability,
    /// All, the large and the small set beside each other.
    pub sets: Vec<SetResult>,
    /// The set that is used.
    pub set: SetName,
    /// Features of the final model, in matrix order.
    pub features: Vec<String>,
    /// The comparison of strategies, where it was held.
    pub contest: Option<Contest>,
    /// What is done about positives being rare.
    pub strategy: Strategy,
    /// Every trial and the choice among them.
    pub tuned: Tuned,
    /// The final model's parameters; its rounds are those of the folds.
    pub recipe: Recipe,
    /// Rounds to grow.
    pub rounds: u32,
    /// How the final parameters rank each fold's block.
    pub scores: Vec<FoldScore>,
    /// Mean stop metric over the folds after each round, with the final parameters.
    pub curve: Vec<f64>,
}

/// Develops. `keeper` keeps the trials of tuning; `told` is told every step.
///
/// # Errors
/// Settings out of range, rows that can't carry a model, or what the library reports.
pub fn develop(
    library: Library,
    material: &Material<'_>,
    settings: &Settings,
    threads: usize,
    keeper: &mut dyn Keeper,
    told: &mut dyn FnMut(Step),
) -> Result<Development> {
    settings.recipe.check()?;
    settings.imbalance.strategy.check()?;
    let count = material.folds.folds.len();
    if material.by_fold.len() != count {
        return Err(LearnError::shape(
            "matrices of folds",
            count,
            material.by_fold.len(),
        ));
    }
    let total = count as u64 + 1;
    let selection = select(
        library,
        &material.candidates(material.whole),
        &material.split.refit,
        &settings.recipe,
        &settings.selection,
        threads,
    )?;
    told(Step::Selection { done: 1, total });
    let mut own = Vec::with_capacity(count);
    for (fold, encoded) in material.folds.folds.iter().zip(&material.by_fold) {
        let found = select(
            library,
            &material.candidates(*encoded),
            &fold.past,
            &settings.recipe,
            &settings.selection,
            threads,
        )?;
        own.push(found);
        told(Step::Selection {
            done: own.len() as u64 + 1,
            total,
        });
    }
    let large: Vec<Vec<String>> = own.iter().map(|found| found.large.clone()).collect();
    told(Step::Sets);
    let sets = sets::compare(library, material, &own, &settings.recipe, threads)?;
    let set = sets::decide(settings.selection.size, &sets);
    let matrices = sets::matrices(material, &own, set)?;
    let arena = Arena::new(
        library,
        matrices.iter().collect(),
        material.labels,
        material.folds,
        threads,
    )?;
    let (contest, strategy) = if settings.imbalance.contest {
        let contest = hold_contest(&arena, &settings.recipe, &mut |done, total| {
            told(Step::Contest { done, total });
        })?;
        let strategy = contest.chosen();
        (Some(contest), strategy)
    } else {
        (None, settings.imbalance.strategy)
    };
    told(Step::Tuning);
    let tuned = tune(
        &arena,
        &settings.recipe,
        &strategy,
        &settings.tuning,
        keeper,
    )?;
    let recipe = tuned.chosen.point.applied_to(&settings.recipe);
    let last = arena.run_one(Job {
        recipe: recipe.clone(),
        strategy,
        newest_folds: count,
    })?;
    Ok(Development {
        folds: material.folds.audit.clone(),
        stability: stability(&large),
        features: selection.set(set),
        selection,
        set,
        sets,
        contest,
        strategy,
        tuned,
        recipe,
        rounds: last.rounds,
        scores: last.folds,
        curve: last.curve,
    })
}

#[cfg(test)]
mod tests;
