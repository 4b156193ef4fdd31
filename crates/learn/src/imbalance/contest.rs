//! The comparison of all strategies over the folds of one split.
//!
//! Each strategy is grown with the same recipe on the same folds. Weights and synthetic rows
//! shift the level of the margins, so every strategy is calibrated before its calibration
//! error is measured: each block by Platt's method on the blocks of the other folds, whose
//! margins stem from trees that had not seen them.

use leadrank_stats::calibration::ece_equal_mass;
use leadrank_stats::platt::Platt;
use serde::{Deserialize, Serialize};

use super::choice::{Choice, FoldResult, Trial, choose};
use super::{SmoteReport, Strategy};
use crate::cross_validate::{Arena, FoldScore, Job, Outcome};
use crate::recipe::Recipe;
use crate::{LearnError, Result};

/// Bins of equal mass of the calibration error.
const BINS: usize = 10;

/// One strategy over the folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// The strategy.
    pub strategy: Strategy,
    /// Rounds at which it was best.
    pub rounds: u32,
    /// How it ranks each block, oldest first.
    pub folds: Vec<FoldScore>,
    /// Calibration error of each block after calibration.
    pub calibration_errors: Vec<f64>,
    /// What was made up in each fold, where rows were.
    pub smote: Vec<SmoteReport>,
}

/// The comparison and its outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    /// The strategies, in the brief's order.
    pub arms: Vec<Arm>,
    /// The table and what follows from it.
    pub choice: Choice,
}

impl Contest {
    /// The strategy that is taken.
    pub fn chosen(&self) -> Strategy {
        self.choice.strategy
    }
}

/// Compares the ten strategies. `told` is told how many of how many are done.
///
/// # Errors
/// What the library reports; or two strategies that must differ and do not.
pub fn hold_contest(
    arena: &Arena<'_>,
    recipe: &Recipe,
    told: &mut dyn FnMut(u64, u64),
) -> Result<Contest> {
    let strategies = Strategy::all();
    let jobs: Vec<Job> = strategies
        .iter()
        .map(|&strategy| Job {
            recipe: recipe.clone(),
            strategy,
            newest_folds: arena.folds().folds.len(),
        })
        .collect();
    let total = jobs.len() as u64;
    let mut done = 0;
    let outcomes = arena.run(&jobs, &mut |_, _| {
        done += 1;
        told(done, total);
        true
    })?;
    let blocks = arena.outcomes()?;
    let mut arms = Vec::with_capacity(jobs.len());
    let mut trials = Vec::with_capacity(jobs.len());
    for (strategy, outcome) in strategies.into_iter().zip(outcomes.into_iter().flatten()) {
        let calibration_errors = calibration_errors(&outcome, &blocks)?;
        trials.push(trial(arena, strategy, &outcome, &calibration_errors));
        arms.push(Arm {
            strategy,
            rounds: outcome.rounds,
            folds: outcome.folds,
            calibration_errors,
            smote: outcome.smote,
        });
    }
    Ok(Contest {
        arms,
        choice: choose(&trials)?,
    })
}

fn trial(arena: &Arena<'_>, strategy: Strategy, outcome: &Outcome, errors: &[f64]) -> Trial {
    let folds = arena.folds().audit.folds.iter();
    let measured = outcome.folds.iter().zip(errors);
    Trial {
        strategy,
        folds: folds
            .zip(measured)
            .map(|(audit, (score, &calibration_error))| FoldResult {
                positives: audit.past.positives,
                negatives: audit.past.rows - audit.past.positives,
                trees: outcome.rounds.into(),
                auc_pr: score.auc_pr,
                precision_at_10: score.precision_at_10,
                calibration_error,
            })
            .collect(),
    }
}

/// The calibration error of each block, calibrated on the others.
fn calibration_errors(outcome: &Outcome, blocks: &[Vec<bool>]) -> Result<Vec<f64>> {
    let downstream = |error: leadrank_stats::Error| LearnError::downstream("calibration", error);
    (0..blocks.len())
        .map(|block| {
            let others = (0..blocks.len()).filter(|&other| other != block);
            let (margins, labels): (Vec<f64>, Vec<bool>) = others
                .flat_map(|other| outcome.margins[other].iter().zip(&blocks[other]))
                .map(|(&margin, &label)| (margin, label))
                .unzip();
            let platt = Platt::fit(&margins, &labels).map_err(downstream)?;
            let own = outcome.margins[block].iter();
            let probabilities: Vec<f64> = own.map(|&margin| platt.probability(margin)).collect();
            ece_equal_mass(&blocks[block], &probabilities, BINS).ok_or_else(|| {
                LearnError::fit(
                    "the calibration error of a block is not defined",
                    "raise folds.minimum_of_class",
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imbalance::choice;
    use crate::made_up::made_up;
    use crate::xgboost::Library;

    #[test]
    fn ten_strategies_on_the_same_folds_and_no_winner_without_reason() {
        let rows = made_up(2_500, 700, 21);
        let library = Library::open(None).expect("run `make setup` first: it brings libxgboost");
        let matrices = vec![&rows.matrix; rows.folds.folds.len()];
        let arena = Arena::new(library, matrices, &rows.input.labels, &rows.folds, 2).unwrap();
        let recipe = Recipe {
            eta: 0.1,
            rounds: 40,
            min_rounds: 5,
            ..Recipe::leads()
        };
        let mut last = (0, 0);
        let contest =
            hold_contest(&arena, &recipe, &mut |done, total| last = (done, total)).unwrap();
        assert_eq!(last, (10, 10));
        assert_eq!(contest.arms.len(), 10);
        for arm in &contest.arms {
            // Calibrated, every strategy is near the truth, whatever its margins were: a
            // weight of 4 alone would put the level 4 times too high.
            let errors = &arm.calibration_errors;
            assert!(errors.iter().all(|&error| error < 0.12), "{arm:?}");
            let makes_rows = matches!(arm.strategy, Strategy::Smote { ratio, .. } if ratio > 0.5);
            assert_eq!(arm.smote.iter().any(|made| made.synthetic > 0), makes_rows);
        }
        // The labels are drawn from a smooth margin: nothing can be gained by resampling.
        assert_eq!(contest.choice.outcome, choice::Outcome::NoClearWinner);
        assert_eq!(contest.chosen(), Strategy::None);
        let again = hold_contest(&arena, &recipe, &mut |_, _| {}).unwrap();
        assert_eq!(contest, again);
    }
}
