//! Which candidate is taken.

use leadrank_stats::Interval;
use serde::{Deserialize, Serialize};

use super::{Criterion, Point, Trial};
use crate::cross_validate::over_folds;
use crate::{LearnError, Result};

/// Number of the recipe that was given.
const GIVEN: u32 = 0;

/// The candidate that is taken, and how it stands to the best one and to the given recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// Number of the candidate.
    pub candidate: u32,
    /// Its parameters.
    pub point: Point,
    /// Rounds at which it was best over all folds.
    pub rounds: u32,
    /// Mean of its criterion over the folds.
    pub score: f64,
    /// Number of the candidate with the best mean.
    pub best: u32,
    /// Its mean.
    pub best_score: f64,
    /// How much better the best one is than the chosen one, on average within folds.
    pub behind_best: f64,
    /// Its 95 % t-interval over folds; none with one fold.
    pub interval: Option<Interval>,
    /// How much better the chosen one is than the given recipe, on average within folds;
    /// none where time ran out before the recipe was judged on all folds.
    pub ahead_of_given: Option<f64>,
    /// Why, in words.
    pub reason: String,
}

/// Chooses among the trials of the last rung that was reached: the recipe that was given
/// unless the best is better beyond chance, and then the simplest candidate that the folds
/// can't tell from the best.
///
/// # Errors
/// When there are no trials.
pub fn choose(trials: &[Trial], criterion: Criterion, cut_short: bool) -> Result<Chosen> {
    let Some(last) = trials.iter().map(|trial| trial.rung).max() else {
        return Err(LearnError::fit(
            "no trial of the tuning was finished",
            "raise tuning.budget_minutes",
        ));
    };
    let finalists: Vec<&Trial> = trials.iter().filter(|trial| trial.rung == last).collect();
    // The first of equals: candidates come in the order of their numbers.
    let best = finalists
        .iter()
        .copied()
        .reduce(
            |best, other| match other.score(criterion) > best.score(criterion) {
                true => other,
                false => best,
            },
        )
        .ok_or_else(|| LearnError::fit("no trial was finished", "run it again"))?;
    let mut near: Vec<(&Trial, f64, Option<Interval>)> = finalists
        .iter()
        .filter_map(|trial| {
            let (behind, interval) = difference(best, trial, criterion);
            let is_near = trial.candidate == best.candidate
                || interval.is_some_and(|interval| interval.lo <= 0.0);
            is_near.then_some((*trial, behind, interval))
        })
        .collect();
    // What was given stays unless another is better beyond chance; else the simplest counts.
    near.sort_by(|a, b| {
        let is_other = |trial: &Trial| trial.candidate != GIVEN;
        let by_given = is_other(a.0).cmp(&is_other(b.0));
        by_given.then_with(|| simplicity(a.0).total_cmp_with(&simplicity(b.0)))
    });
    let &(chosen, behind_best, interval) = near
        .first()
        .ok_or_else(|| LearnError::fit("no trial was near the best", "run it again"))?;
    let given = finalists.iter().find(|trial| trial.candidate == GIVEN);
    let mut reason = if finalists.len() == 1 {
        "it is the only candidate".to_owned()
    } else if chosen.candidate == GIVEN && best.candidate == GIVEN {
        "none is better than the parameters given".to_owned()
    } else if chosen.candidate == GIVEN {
        format!(
            "the folds can't tell the parameters given from the best, number {}",
            best.candidate
        )
    } else if near.len() == 1 {
        "it is better than every other beyond chance".to_owned()
    } else {
        format!(
            "the parameters given are worse beyond chance, and of the {} that the folds can't tell from the best it is the simplest",
            near.len()
        )
    };
    if cut_short {
        reason.push_str("; time ran out, so another run may choose otherwise");
    }
    Ok(Chosen {
        candidate: chosen.candidate,
        point: chosen.point.clone(),
        rounds: chosen.rounds,
        score: chosen.score(criterion),
        best: best.candidate,
        best_score: best.score(criterion),
        behind_best,
        interval,
        ahead_of_given: given.map(|given| difference(chosen, given, criterion).0),
        reason,
    })
}

/// Mean difference within folds, first less second, and its t-interval.
fn difference(one: &Trial, other: &Trial, criterion: Criterion) -> (f64, Option<Interval>) {
    let (one, other) = (one.values(criterion), other.values(criterion));
    let differences: Vec<f64> = one.iter().zip(&other).map(|(a, b)| a - b).collect();
    over_folds(&differences)
}

/// What makes a candidate simple, most important first: shallow trees, few of them, heavy
/// leaves, strong penalties; at last its number, so that the order is whole.
struct Simplicity([f64; 6]);

fn simplicity(trial: &Trial) -> Simplicity {
    let point = &trial.point;
    Simplicity([
        point.max_depth.into(),
        // A learner that is half as quick needs twice the trees for the same model.
        f64::from(trial.rounds) * point.eta,
        -point.min_child_weight,
        -point.lambda,
        -point.alpha,
        trial.candidate.into(),
    ])
}

impl Simplicity {
    fn total_cmp_with(&self, other: &Self) -> std::cmp::Ordering {
        let pairs = self.0.iter().zip(&other.0);
        pairs
            .map(|(a, b)| a.total_cmp(b))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }
}
