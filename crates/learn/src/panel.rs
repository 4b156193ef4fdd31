//! A panel of models of one plan, each grown on what was known at another day.
//!
//! Fold by fold it holds the model that would have been trained then. What all of them say of a
//! lead does not hang on one stretch of time; what only the newest says may be gone with the next
//! training. So the panel decides which reasons are told to people, and how steady importance is;
//! and each of its models scores its fold's block, which it has not seen, for the calibration.

use leadrank_trees::Model;

use crate::Result;
use crate::fit::Trainer;
use crate::split::Folds;

/// Grows `rounds` trees on each fold's past, oldest first.
pub(crate) fn grow_panel(trainer: &Trainer<'_>, folds: &Folds, rounds: u32) -> Result<Vec<Model>> {
    let folds = folds.folds.iter();
    folds.map(|fold| trainer.grow(&fold.past, rounds)).collect()
}
