//! Fitting one model, in three steps that each see newer rows.
//!
//! The number of trees comes from cross-validation, or, where rows do not suffice for folds,
//! from the stop part with trees grown on the fit part.
//! The probability comes from the calibration part, with that many trees grown on
//! all rows before it. The trees that will be used are grown once more on all rows
//! before the test: the newest rows say most about the next ones.

use leadrank_stats::calibrators::Segmented;
use leadrank_trees::Model;

use crate::calibrate::{CalibrationOptions, HeldOut, calibrate};
use crate::imbalance::Strategy;
use crate::missing;
use crate::panel::grow_panel;
use crate::recipe::Recipe;
use crate::segments::Segments;
use crate::split::{Folds, Rows, Split, TrainingRows};
use crate::training_set::{Table, TrainingSet};
use crate::xgboost::{Booster, Library, ModelFormat};
use crate::{LearnError, Matrix, Result};

/// One round of training, for progress and for the training curve.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Round {
    /// Round number, from 1.
    pub round: u32,
    /// The recipe's stop metric on the stop part after the round.
    pub stop_metric: f64,
}

/// A fitted model with what is needed to check and to use it.
pub struct Fitted {
    /// The trees, ready to score and explain.
    pub model: Model,
    /// The model as a file that every XGBoost from 1.7 on loads, JSON. Files of 3.1 and newer
    /// would be misread by older ones, without an error.
    pub model_json: Vec<u8>,
    /// The same, universal binary JSON.
    pub model_ubj: Vec<u8>,
    /// Rounds in the model: the best on the stop part.
    pub best_rounds: u32,
    /// Rounds tried, with the stop metric after each.
    pub history: Vec<Round>,
    /// Margin to probability, from the calibration part.
    pub calibration: Segmented,
    /// The segment of each row of the matrix.
    pub segments: Segments,
    /// Whether the trees were grown again on all rows before the test.
    pub refitted: bool,
    /// Models of the same plan, each grown on one fold's past, oldest first; empty without folds.
    pub panel: Vec<Model>,
    /// What the calibration was fitted on.
    pub held_out: HeldOut,
    /// Margins of the calibration part from trees that have not seen it, in the order of the
    /// split's calibration rows.
    pub calibration_margins: Vec<f64>,
    /// Margins of the stop part from trees that have not seen it, in the order of
    /// the split's stop rows.
    pub stop_margins: Vec<f64>,
    /// Version of the library that trained.
    pub trained_with: String,
}

impl Fitted {
    /// The calibrated probability of a row of the matrix with this margin.
    pub fn probability(&self, row: usize, margin: f64) -> f64 {
        self.calibration.probability(self.segments.of(row), margin)
    }
}

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Parameters.
    pub recipe: Recipe,
    /// What is done about positives being rare.
    pub strategy: Strategy,
    /// Rounds to grow, as cross-validation found them; none: the stop part decides.
    pub rounds: Option<u32>,
    /// How margins become probabilities.
    pub calibration: CalibrationOptions,
}

impl Plan {
    /// The recipe, rows as they are, rounds by the stop part, one curve by Platt's method.
    pub fn of(recipe: &Recipe) -> Self {
        Self {
            recipe: recipe.clone(),
            strategy: Strategy::None,
            rounds: None,
            calibration: CalibrationOptions::default(),
        }
    }
}

/// What to train on.
#[derive(Clone, Copy)]
pub struct Sample<'a> {
    /// One row each, NaN = missing.
    pub matrix: &'a Matrix,
    /// Outcomes; must be those the split was made with.
    pub labels: &'a [Option<bool>],
    /// The parts.
    pub split: &'a Split,
    /// What probabilities are calibrated by.
    pub segments: &'a Segments,
    /// Folds of the split whose blocks serve the calibration, too. Only where the matrix knows
    /// nothing that a fold's past did not: an encoder fitted on later rows does.
    pub folds: Option<&'a Folds>,
}

/// Trains a model. `threads` 0 means all, and the model's bytes do not depend on it.
/// `progress` is told every round that the stop part judges.
///
/// # Errors
/// Settings out of range, rows that can't carry a model, or what the library reports.
pub fn fit_model(
    library: Library,
    sample: &Sample<'_>,
    plan: &Plan,
    threads: usize,
    progress: &mut dyn FnMut(Round),
) -> Result<Fitted> {
    let Sample {
        matrix,
        labels,
        split,
        segments,
        folds,
    } = *sample;
    plan.recipe.check()?;
    plan.strategy.check()?;
    segments.check(matrix.n_rows())?;
    for (what, found) in [("labels", labels.len()), ("split", split.fates.len())] {
        if found != matrix.n_rows() {
            return Err(LearnError::shape(what, matrix.n_rows(), found));
        }
    }
    let table = Table {
        library,
        matrix,
        labels,
        threads,
    };
    let trainer = Trainer { table, plan };
    let recipe = &plan.recipe;
    let (first, history, best_rounds) = match plan.rounds {
        Some(rounds) => (trainer.grow(&split.fit, rounds)?, Vec::new(), rounds),
        None => trainer.grow_until_best(split, progress)?,
    };
    let stop_margins = margins(&first, matrix, &split.stop);
    let calibration_margins = if recipe.refit {
        let second = trainer.grow(&split.refit, best_rounds)?;
        margins(&second, matrix, &split.calibration)
    } else {
        margins(&first, matrix, &split.calibration)
    };
    let last = if recipe.refit {
        trainer.grow(&split.development, best_rounds)?
    } else {
        first
    };
    let panel = match folds {
        Some(folds) => grow_panel(&trainer, folds, best_rounds)?,
        None => Vec::new(),
    };
    let held_out = held_out(sample, &panel, &calibration_margins)?;
    let calibration = calibrate(&held_out, segments.names(), &plan.calibration)?;
    Ok(Fitted {
        model_json: last.to_json(),
        model_ubj: last.to_ubj(),
        model: last,
        best_rounds,
        history,
        calibration,
        segments: segments.clone(),
        refitted: recipe.refit,
        panel,
        held_out,
        calibration_margins,
        stop_margins,
        trained_with: format!("xgboost {}", library.version()),
    })
}

/// The calibration part, and before it the blocks of the folds, each scored by the model of the
/// panel that had not seen it, without the rows of the calibration part.
fn held_out(sample: &Sample<'_>, panel: &[Model], newest: &[f64]) -> Result<HeldOut> {
    let Sample {
        matrix,
        labels,
        split,
        segments,
        ..
    } = *sample;
    let calibration = split.calibration.indices();
    let mut rows = HeldOut::default();
    let folds = sample.folds.iter().flat_map(|folds| &folds.folds);
    for (fold, model) in folds.zip(panel) {
        let own = fold.judge.indices().iter().copied();
        // Both lists are ascending.
        let own: Vec<usize> = own
            .filter(|row| calibration.binary_search(row).is_err())
            .collect();
        let margins = model.margins(&matrix.gather(&own)).into_iter();
        let outcomes = own.iter().map(|&row| labels[row] == Some(true));
        rows.push(
            margins.map(f64::from).collect(),
            outcomes.collect(),
            segments.of_rows(&own),
        );
    }
    let outcomes = labels_of(labels, &split.calibration)?;
    rows.push(newest.to_vec(), outcomes, segments.of_rows(calibration));
    Ok(rows)
}

/// What stays the same while trees are grown.
pub(crate) struct Trainer<'a> {
    pub(crate) table: Table<'a>,
    pub(crate) plan: &'a Plan,
}

impl Trainer<'_> {
    /// Grows trees on the fit part until the stop part has not improved for the
    /// recipe's patience; gives the booster cut to its best round.
    fn grow_until_best(
        &self,
        split: &Split,
        progress: &mut dyn FnMut(Round),
    ) -> Result<(Model, Vec<Round>, u32)> {
        let recipe = &self.plan.recipe;
        let train = self.training_set(&split.fit)?;
        let (stop, _) = self
            .table
            .measured_set(&split.stop, train.filling.as_ref())?;
        let mut booster = train.booster(&self.table, recipe, &self.plan.strategy)?;
        let mut history = Vec::new();
        let mut best: Option<(u32, f64)> = None;
        for round in 1..=recipe.rounds {
            booster.update(round - 1, &train.data)?;
            let value = booster.evaluate(round - 1, &stop)?;
            let told = Round {
                round,
                stop_metric: value,
            };
            history.push(told);
            progress(told);
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
        let best_rounds = best.map_or(recipe.min_rounds, |(at, _)| at);
        let cut = booster.first_rounds(best_rounds)?;
        cut.set_features(self.table.matrix.names())?;
        Ok((self.finish(cut, &train)?, history, best_rounds))
    }

    /// Grows a known number of trees.
    pub(crate) fn grow(&self, rows: &impl TrainingRows, rounds: u32) -> Result<Model> {
        let train = self.training_set(rows)?;
        let mut booster = train.booster(&self.table, &self.plan.recipe, &self.plan.strategy)?;
        for round in 0..rounds {
            booster.update(round, &train.data)?;
        }
        self.finish(booster, &train)
    }

    fn training_set(&self, rows: &impl TrainingRows) -> Result<TrainingSet> {
        let seed = self.plan.recipe.seed.into();
        self.table.training_set(rows, &self.plan.strategy, seed)
    }

    /// Trees grown on filled cells are told where a missing one goes: to the side of the
    /// value it would have been filled with. So no bundle has to carry the filling.
    fn finish(&self, booster: Booster, train: &TrainingSet) -> Result<Model> {
        let booster = match &train.filling {
            None => booster,
            Some(filling) => {
                let json = booster.save(ModelFormat::Json)?;
                let fills: Vec<f32> = filling.fills().collect();
                let routed = missing::route(&json, &fills)?;
                let booster = Booster::from_bytes(self.table.library, &routed)?;
                booster.set_features(self.table.matrix.names())?;
                booster
            }
        };
        let bytes = booster.save(ModelFormat::Json)?;
        Model::from_bytes(&bytes)
            .map_err(|error| LearnError::downstream("reading the model", error))
    }
}

/// Labels of a part's rows.
pub(crate) fn labels_of(labels: &[Option<bool>], rows: &impl Rows) -> Result<Vec<bool>> {
    rows.indices()
        .iter()
        .map(|&row| {
            labels.get(row).copied().flatten().ok_or_else(|| {
                LearnError::fit(
                    format!("row {row} has no label but is in the split"),
                    "pass the labels the split was made with",
                )
            })
        })
        .collect()
}

/// Margins (log-odds) of a part's rows.
pub(crate) fn margins(model: &Model, matrix: &Matrix, rows: &impl Rows) -> Vec<f64> {
    let values = matrix.gather(rows.indices());
    model.margins(&values).into_iter().map(f64::from).collect()
}
