//! Tuning: which training parameters rank best over the folds.
//!
//! Candidates come from the brief's grid and from the shallow region that won in practice;
//! the recipe that was given is always among them. Strategies differ in how many folds and
//! rounds each candidate gets. Every trial is kept, and a trial that was kept is never run
//! again, so that a run that was cut off goes on where it was and ends with the same choice.
//!
//! The recipe that was given stays unless another is better beyond chance, by the t-interval
//! of their differences within folds; then the simplest of those that the folds can't tell
//! from the best is taken. Among dozens of candidates the best mean is mostly luck, and where
//! the signal is weak a deep tree's luck is the largest. (L. Breiman and others,
//! "Classification and Regression Trees" (1984), section 3.4.3, take the simplest within one
//! standard error of the best; of so many candidates that is too little.)

mod choice;
mod plan;
mod sensitivity;
mod space;

use std::collections::BTreeMap;

use leadrank_stats::sample;
use serde::{Deserialize, Serialize};

pub use choice::{Chosen, choose};
pub use sensitivity::{Effect, sensitivity};
pub use space::{Grid, Point};

use crate::cross_validate::{Arena, FoldScore, Job, Outcome};
use crate::imbalance::Strategy;
use crate::recipe::Recipe;
use crate::{LearnError, Result};

/// How candidates are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// Not at all: the recipe as it is given; folds only find the number of rounds.
    Off,
    /// Every point of the grids on all folds. Takes hours on large data.
    Grid,
    /// So many points drawn at random, each on all folds.
    Random,
    /// Successive halving: many points on few folds and rounds, the better third on more
    /// (K. Jamieson and A. Talwalkar, "Non-stochastic Best Arm Identification and
    /// Hyperparameter Optimization", AISTATS 2016).
    Halving,
}

/// By what candidates are compared; always a mean over folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Area under the precision-recall curve.
    AucPr,
    /// Area under the receiver operating characteristic.
    AucRoc,
}

/// How to tune.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TuningOptions {
    /// How candidates are tried.
    pub search: Search,
    /// Candidates of `random` and `halving`, the given recipe included.
    pub candidates: u32,
    /// Which grids candidates come from.
    pub grid: Grid,
    /// By what they are compared.
    pub criterion: Criterion,
    /// Minutes after which no trial is begun; 0 for no limit. What is chosen then depends on
    /// the speed of the machine, and the report says so.
    pub budget_minutes: f64,
}

impl Default for TuningOptions {
    fn default() -> Self {
        Self {
            search: Search::Halving,
            candidates: 81,
            grid: Grid::Both,
            criterion: Criterion::AucPr,
            budget_minutes: 0.0,
        }
    }
}

impl TuningOptions {
    /// Refuses options out of range.
    ///
    /// # Errors
    /// The first that is.
    pub fn check(&self) -> Result<()> {
        let wrong = |parameter, value: String, rule| {
            Err(LearnError::Recipe {
                parameter,
                value,
                rule,
            })
        };
        if !(1..=10_000).contains(&self.candidates) {
            return wrong("candidates", self.candidates.to_string(), "from 1 to 10000");
        }
        if !(self.budget_minutes >= 0.0 && self.budget_minutes.is_finite()) {
            let value = self.budget_minutes.to_string();
            return wrong("budget_minutes", value, "0 or more");
        }
        Ok(())
    }
}

/// One candidate on some folds, at most so many rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Number of the candidate, 0 being the recipe that was given.
    pub candidate: u32,
    /// Its parameters.
    pub point: Point,
    /// Rung of halving, from 0.
    pub rung: u32,
    /// Most rounds it was given.
    pub most_rounds: u32,
    /// Rounds at which it was best.
    pub rounds: u32,
    /// One score for each fold it got, oldest first.
    pub folds: Vec<FoldScore>,
}

impl Trial {
    /// What identifies a trial within one tuning run.
    pub fn key(&self) -> (u32, u32) {
        (self.rung, self.candidate)
    }

    /// The criterion on each of its folds.
    pub fn values(&self, criterion: Criterion) -> Vec<f64> {
        let value = |fold: &FoldScore| match criterion {
            Criterion::AucPr => fold.auc_pr,
            Criterion::AucRoc => fold.auc_roc,
        };
        self.folds.iter().map(value).collect()
    }

    /// Its mean criterion.
    pub fn score(&self, criterion: Criterion) -> f64 {
        sample::mean(self.values(criterion).into_iter())
    }
}

/// What tuning found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// How.
    pub options: TuningOptions,
    /// Every trial, by rung and candidate.
    pub trials: Vec<Trial>,
    /// What was chosen, and why.
    pub chosen: Chosen,
    /// Whether the time budget ended it early.
    pub cut_short: bool,
}

/// How far tuning is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Trials that are done.
    pub done: u64,
    /// Trials in all.
    pub total: u64,
    /// Best mean criterion of the newest rung so far.
    pub best: f64,
}

/// What a caller does for a tuning run: keeps trials, watches the clock, shows progress.
pub trait Keeper {
    /// Trials of an earlier run with the same inputs.
    fn known(&self) -> Vec<Trial>;
    /// Keeps a trial for good before the next is counted.
    ///
    /// # Errors
    /// When it can't be kept.
    fn keep(&mut self, trial: &Trial) -> Result<()>;
    /// Told after every trial; says whether to go on.
    fn go_on(&mut self, standing: Standing) -> bool;
}

/// Tunes `recipe` under `strategy`.
///
/// # Errors
/// Options out of range, what the library reports, or a trial that can't be kept.
pub fn tune(
    arena: &Arena<'_>,
    recipe: &Recipe,
    strategy: &Strategy,
    options: &TuningOptions,
    keeper: &mut dyn Keeper,
) -> Result<Tuned> {
    options.check()?;
    let candidates = plan::candidates(recipe, options);
    let folds = arena.folds().folds.len();
    let rungs = plan::rungs(options, candidates.len(), folds);
    let mut known: BTreeMap<(u32, u32), Trial> = BTreeMap::new();
    for trial in keeper.known() {
        let candidate = candidates.get(trial.candidate as usize);
        // A file from elsewhere may hold anything: only what fits is taken.
        if candidate == Some(&trial.point) && trial.folds.len() <= folds {
            known.insert(trial.key(), trial);
        }
    }
    let total = rungs.iter().map(|rung| rung.candidates as u64).sum();
    let mut trials: Vec<Trial> = Vec::new();
    let mut left: Vec<u32> = (0..candidates.len() as u32).collect();
    let mut cut_short = false;
    for (number, rung) in (0..).zip(&rungs) {
        let mut done: BTreeMap<u32, Trial> = BTreeMap::new();
        let mut open = Vec::new();
        for &candidate in &left {
            match known.remove(&(number, candidate)) {
                Some(trial) if trial.folds.len() == rung.folds => {
                    done.insert(candidate, trial);
                }
                _ => open.push(candidate),
            }
        }
        let jobs: Vec<Job> = open
            .iter()
            .map(|&candidate| {
                let point = &candidates[candidate as usize];
                Job {
                    recipe: rung.limited(&point.applied_to(recipe)),
                    strategy: *strategy,
                    newest_folds: rung.folds,
                }
            })
            .collect();
        let trial_of = |place: usize, outcome: &Outcome| Trial {
            candidate: open[place],
            point: candidates[open[place] as usize].clone(),
            rung: number,
            most_rounds: jobs[place].recipe.rounds,
            rounds: outcome.rounds,
            folds: outcome.folds.clone(),
        };
        let mut failed = None;
        let mut best = f64::NEG_INFINITY;
        for trial in done.values() {
            best = best.max(trial.score(options.criterion));
        }
        let mut count = (trials.len() + done.len()) as u64;
        let outcomes = arena.run(&jobs, &mut |place, outcome| {
            let trial = trial_of(place, outcome);
            best = best.max(trial.score(options.criterion));
            count += 1;
            if let Err(error) = keeper.keep(&trial) {
                failed = Some(error);
                return false;
            }
            keeper.go_on(Standing {
                done: count,
                total,
                best,
            })
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        for (place, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Some(outcome) => {
                    done.insert(open[place], trial_of(place, outcome));
                }
                None => cut_short = true,
            }
        }
        left = plan::survivors(&done, rungs.get(number as usize + 1), options.criterion);
        trials.extend(done.into_values());
        if cut_short {
            break;
        }
    }
    let chosen = choose(&trials, options.criterion, cut_short)?;
    Ok(Tuned {
        options: options.clone(),
        trials,
        chosen,
        cut_short,
    })
}

#[cfg(test)]
mod tests;
