//! A panel of models of one recipe, each grown on what was known at another day.
//!
//! Fold by fold it holds the model that would have been trained then. What all of them say of a
//! lead does not hang on one stretch of time; what only the newest says may be gone with the next
//! training. So the panel decides which reasons are told to people, and how steady importance is.

use leadrank_trees::Model;

use crate::fit::{Plan, Trainer};
use crate::split::Folds;
use crate::training_set::Table;
use crate::xgboost::Library;
use crate::{LearnError, Matrix, Result};

/// Grows a model of `plan` on each fold's past, oldest first: as many rounds as the plan names,
/// or the recipe's, where it names none. `matrix` has the columns of the model that the panel
/// stands beside; `threads` 0 means all, and no model depends on it.
///
/// # Errors
/// Settings out of range, rows without a label, or what the library reports.
pub fn grow_panel(
    library: Library,
    matrix: &Matrix,
    labels: &[Option<bool>],
    folds: &Folds,
    plan: &Plan,
    threads: usize,
) -> Result<Vec<Model>> {
    plan.recipe.check()?;
    plan.strategy.check()?;
    if labels.len() != matrix.n_rows() {
        return Err(LearnError::shape("labels", matrix.n_rows(), labels.len()));
    }
    let table = Table {
        library,
        matrix,
        labels,
        threads,
    };
    let trainer = Trainer { table, plan };
    let rounds = plan.rounds.unwrap_or(plan.recipe.rounds);
    let folds = folds.folds.iter();
    folds.map(|fold| trainer.grow(&fold.past, rounds)).collect()
}
