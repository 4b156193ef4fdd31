//! Growing the folds of one setting in step.

use leadrank_stats::{ranking, sample};

use super::{FoldScore, Job, Outcome};
use crate::split::Fold;
use crate::training_set::{Table, TrainingSet};
use crate::xgboost::{Booster, Data};
use crate::{LearnError, Result};

/// One fold inside the library.
pub(super) struct FoldData {
    past: TrainingSet,
    past_outcomes: Vec<bool>,
    judge: Data,
    judge_outcomes: Vec<bool>,
}

impl FoldData {
    pub(super) fn load(table: &Table<'_>, fold: &Fold, job: &Job) -> Result<Self> {
        let seed = job.recipe.seed.into();
        let past = table.training_set(&fold.past, &job.strategy, seed)?;
        let (judge, judge_outcomes) = table.measured_set(&fold.judge, past.filling.as_ref())?;
        Ok(Self {
            past_outcomes: crate::fit::labels_of(table.labels, &fold.past)?,
            past,
            judge,
            judge_outcomes,
        })
    }

    /// What the fold's trees, cut to `rounds`, say of its block.
    fn judged(&self, booster: &Booster, rounds: u32) -> Result<(FoldScore, Vec<f64>)> {
        let wide = |margins: Vec<f32>| -> Vec<f64> { margins.into_iter().map(f64::from).collect() };
        let past = wide(booster.margins_of_first(&self.past.data, rounds)?);
        // Synthetic rows come last and are no rows to be measured on.
        let true_rows = &past[..self.past_outcomes.len()];
        let train = ranking::auc_pr(&self.past_outcomes, true_rows).unwrap_or(f64::NAN);
        let margins = wide(booster.margins_of_first(&self.judge, rounds)?);
        Ok((
            FoldScore::of(&self.judge_outcomes, &margins, train)?,
            margins,
        ))
    }
}

/// Grows until the mean stop metric has not improved for the recipe's patience.
pub(super) fn grow_in_step(folds: &[(Table<'_>, &FoldData)], job: &Job) -> Result<Outcome> {
    let recipe = &job.recipe;
    let mut boosters = folds
        .iter()
        .map(|(table, fold)| fold.past.booster(table, recipe, &job.strategy))
        .collect::<Result<Vec<Booster>>>()?;
    let mut curve = Vec::new();
    let mut best: Option<(u32, f64)> = None;
    for round in 1..=recipe.rounds {
        let mut values = Vec::with_capacity(folds.len());
        for ((_, fold), booster) in folds.iter().zip(&mut boosters) {
            booster.update(round - 1, &fold.past.data)?;
            values.push(booster.evaluate(round - 1, &fold.judge)?);
        }
        let value = sample::mean(values.into_iter());
        curve.push(value);
        if round < recipe.min_rounds {
            continue;
        }
        if best.is_none_or(|(_, least)| recipe.stop_metric.is_better(value, least)) {
            best = Some((round, value));
        }
        if best.is_some_and(|(at, _)| round - at >= recipe.patience) {
            break;
        }
    }
    let (rounds, _) = best.ok_or_else(|| {
        LearnError::fit(
            "no round of cross-validation could be judged",
            "lower min_rounds, or raise rounds",
        )
    })?;
    let mut outcome = Outcome {
        rounds,
        curve,
        folds: Vec::new(),
        margins: Vec::new(),
        smote: folds
            .iter()
            .filter_map(|(_, fold)| fold.past.smote.clone())
            .collect(),
    };
    for ((_, fold), booster) in folds.iter().zip(&boosters) {
        let (score, margins) = fold.judged(booster, rounds)?;
        outcome.folds.push(score);
        outcome.margins.push(margins);
    }
    Ok(outcome)
}
