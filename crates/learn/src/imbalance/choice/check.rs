//! What can be compared, and what shows that a strategy was not applied.

use super::{FoldResult, Trial};
use crate::imbalance::Strategy;
use crate::{LearnError, Result};

/// Refuses what can not be compared; gives the place of doing nothing.
pub(super) fn check(trials: &[Trial]) -> Result<usize> {
    let place = trials
        .iter()
        .position(|trial| trial.strategy == Strategy::None);
    let Some(at_none) = place else {
        return Err(LearnError::choice(
            "doing nothing is not among them",
            "try the strategy `none` too; the others are measured against it",
        ));
    };
    let none = &trials[at_none];
    if none.folds.len() < 2 {
        return Err(LearnError::choice(
            format!("the number of folds is {}", none.folds.len()),
            "use two folds or more, better five",
        ));
    }
    for (at, trial) in trials.iter().enumerate() {
        trial.strategy.check()?;
        let name = trial.strategy.name();
        if trials[..at]
            .iter()
            .any(|other| other.strategy == trial.strategy)
        {
            return Err(LearnError::choice(
                format!("`{name}` comes twice"),
                "give each strategy once",
            ));
        }
        let counts = |trial: &Trial| -> Vec<(u64, u64)> {
            let folds = trial.folds.iter();
            folds.map(|fold| (fold.positives, fold.negatives)).collect()
        };
        if counts(trial) != counts(none) {
            return Err(LearnError::choice(
                format!("`{name}` was tried on other folds than `none`"),
                "try all strategies on the same folds, in the same order",
            ));
        }
        for (number, fold) in trial.folds.iter().enumerate() {
            let share = |value: f64| (0.0..=1.0).contains(&value);
            let wrong = [
                (
                    "AUC-PR",
                    fold.auc_pr,
                    share(fold.auc_pr) && fold.auc_pr > 0.0,
                ),
                (
                    "precision at 10 %",
                    fold.precision_at_10,
                    share(fold.precision_at_10),
                ),
                (
                    "calibration error",
                    fold.calibration_error,
                    share(fold.calibration_error),
                ),
                ("number of trees", fold.trees as f64, fold.trees > 0),
            ]
            .into_iter()
            .find(|(_, _, is_right)| !is_right);
            if let Some((what, value, _)) = wrong {
                return Err(LearnError::choice(
                    format!("the {what} of `{name}` on fold {} is {value}", number + 1),
                    "use folds with both outcomes among training and held-out rows",
                ));
            }
        }
        if let Some(other) = trials[..at]
            .iter()
            .find(|other| is_suspicious(trial, other))
        {
            return Err(LearnError::choice(
                format!(
                    "`{}` and `{name}` have the same figures on all {} folds though they treat the rows differently, so that one of them was not applied or the trees say nothing",
                    other.strategy.name(),
                    none.folds.len()
                ),
                "look at the number of trees and the training rows of both",
            ));
        }
    }
    Ok(at_none)
}

/// Whether two strategies that must differ do not.
fn is_suspicious(one: &Trial, other: &Trial) -> bool {
    let effect =
        |trial: &Trial, fold: &FoldResult| trial.strategy.effect(fold.positives, fold.negatives);
    let figures = |fold: &FoldResult| [fold.auc_pr, fold.precision_at_10, fold.calibration_error];
    let mut pairs = one.folds.iter().zip(&other.folds);
    pairs
        .clone()
        .any(|(a, b)| effect(one, a) != effect(other, b))
        && pairs.all(|(a, b)| figures(a) == figures(b))
}
