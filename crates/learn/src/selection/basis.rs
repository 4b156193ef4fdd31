//! What trees that rank features are grown on.

use super::{Candidates, matrix_of, sources_of};
use crate::imbalance::Strategy;
use crate::recipe::Recipe;
use crate::split::TrainingRows;
use crate::training_set::Table;
use crate::xgboost::{Booster, Library, ModelFormat};
use crate::{Matrix, Result};

/// Candidates with the training rows and the recipe; shared by all ways of ranking.
pub(super) struct Basis<'a, R> {
    pub(super) library: Library,
    pub(super) candidates: &'a Candidates<'a>,
    pub(super) rows: &'a R,
    pub(super) recipe: &'a Recipe,
    pub(super) threads: usize,
}

impl<R: TrainingRows> Basis<'_, R> {
    /// The columns of these features, and the feature behind each.
    pub(super) fn columns(&self, features: &[String]) -> Result<(Matrix, Vec<String>)> {
        let Candidates {
            matrix, sources, ..
        } = self.candidates;
        let part = matrix_of(matrix, *sources, features)?;
        let behind = sources_of(matrix, *sources, &part);
        Ok((part, behind))
    }

    /// The model (JSON) after `rounds` rounds of `recipe` on these columns; `prepare` may set
    /// what a recipe does not hold.
    pub(super) fn grow(
        &self,
        matrix: &Matrix,
        recipe: &Recipe,
        rounds: u32,
        prepare: impl FnOnce(&Booster) -> Result<()>,
    ) -> Result<Vec<u8>> {
        let table = Table {
            library: self.library,
            matrix,
            labels: self.candidates.labels,
            threads: self.threads,
        };
        let set = table.training_set(self.rows, &Strategy::None, self.recipe.seed.into())?;
        let mut booster = set.booster(&table, recipe, &Strategy::None)?;
        prepare(&booster)?;
        for round in 0..rounds {
            booster.update(round, &set.data)?;
        }
        booster.save(ModelFormat::Json)
    }
}

/// Each part's share of the sum; zeros where there is nothing to share.
pub(super) fn shares(parts: Vec<f64>) -> Vec<f64> {
    let total: f64 = parts.iter().sum();
    let share = |part: f64| if total > 0.0 { part / total } else { 0.0 };
    parts.into_iter().map(share).collect()
}
