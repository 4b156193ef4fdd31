//! Fitting one model, in three steps that each see newer rows.
//!
//! The number of trees comes from cross-validation, or, where rows do not suffice for folds,
//! from the stop part with trees grown on the fit part.
//! The probability comes from the calibration part, with that many trees grown on
//! all rows before it. The trees that will be used are grown once more on all rows
//! before the test: the newest rows say most about the next ones.

use leadrank_stats::platt::Platt;
use leadrank_trees::Model;

use crate::imbalance::Strategy;
use crate::missing;
use crate::recipe::Recipe;
use crate::split::{Rows, Split, TrainingRows};
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

/// How margins become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibratedBy {
    /// Slope and level from the calibration part (Platt).
    SlopeAndLevel,
    /// The level only, slope 1: in the calibration part higher margins did not
    /// convert more often, so a fitted slope would turn the ranking round.
    Level,
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
    pub platt: Platt,
    /// Where the probability comes from.
    pub calibrated_by: CalibratedBy,
    /// Whether the trees were grown again on all rows before the test.
    pub refitted: bool,
    /// Margins of the calibration part from trees that have not seen it, in the
    /// order of the split's calibration rows.
    pub calibration_margins: Vec<f64>,
    /// Margins of the stop part from trees that have not seen it, in the order of
    /// the split's stop rows.
    pub stop_margins: Vec<f64>,
    /// Version of the library that trained.
    pub trained_with: String,
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
}

impl Plan {
    /// The recipe, rows as they are, rounds by the stop part.
    pub fn of(recipe: &Recipe) -> Self {
        Self {
            recipe: recipe.clone(),
            strategy: Strategy::None,
            rounds: None,
        }
    }
}

/// Trains a model. `labels` must be those the split was made with; `threads` 0
/// means all, and the model's bytes do not depend on it. `progress` is told every
/// round that the stop part judges.
pub fn fit_model(
    library: Library,
    matrix: &Matrix,
    labels: &[Option<bool>],
    split: &Split,
    plan: &Plan,
    threads: usize,
    progress: &mut dyn FnMut(Round),
) -> Result<Fitted> {
    plan.recipe.check()?;
    plan.strategy.check()?;
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
    let outcomes = labels_of(labels, &split.calibration)?;
    let (platt, calibrated_by) = calibrate(&calibration_margins, &outcomes)?;
    Ok(Fitted {
        model_json: last.to_json(),
        model_ubj: last.to_ubj(),
        model: last,
        best_rounds,
        history,
        platt,
        calibrated_by,
        refitted: recipe.refit,
        calibration_margins,
        stop_margins,
        trained_with: format!("xgboost {}", library.version()),
    })
}

/// Margin to probability on rows the trees have not seen.
pub(crate) fn calibrate(margins: &[f64], outcomes: &[bool]) -> Result<(Platt, CalibratedBy)> {
    if margins.windows(2).all(|pair| pair[0] == pair[1]) {
        return Err(LearnError::fit(
            "every row of the calibration part gets the same score: the columns say nothing about the label, or too little for the recipe's min_child_weight and gamma",
            "add columns, or lower min_child_weight, gamma, alpha and lambda",
        ));
    }
    let platt = Platt::fit(margins, outcomes)
        .map_err(|error| LearnError::downstream("calibration", error))?;
    if platt.slope > 0.0 {
        return Ok((platt, CalibratedBy::SlopeAndLevel));
    }
    let intercept = level(margins, outcomes);
    Ok((
        Platt {
            slope: 1.0,
            intercept,
        },
        CalibratedBy::Level,
    ))
}

/// The shift of the margins at which the mean probability is the share of
/// positives, by bisection: the mean rises with the shift.
pub(crate) fn level(margins: &[f64], outcomes: &[bool]) -> f64 {
    let positives = outcomes.iter().filter(|&&outcome| outcome).count() as f64;
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        let shifted = Platt {
            slope: 1.0,
            intercept: middle,
        };
        let predicted: f64 = margins
            .iter()
            .map(|&margin| shifted.probability(margin))
            .sum();
        if predicted < positives {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// What stays the same while trees are grown.
struct Trainer<'a> {
    table: Table<'a>,
    plan: &'a Plan,
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
    fn grow(&self, rows: &impl TrainingRows, rounds: u32) -> Result<Model> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_that_rank_wrongly_keep_their_order_and_get_the_level() {
        let margins: Vec<f64> = (0..200).map(|row| f64::from(row) / 100.0 - 1.0).collect();
        let outcomes: Vec<bool> = (0..200).map(|row| row % 4 == 0 && row < 120).collect();
        let (platt, by) = calibrate(&margins, &outcomes).unwrap();
        assert_eq!(by, CalibratedBy::Level);
        assert_eq!(platt.slope, 1.0);
        let predicted: f64 = margins
            .iter()
            .map(|&margin| platt.probability(margin))
            .sum();
        assert!((predicted - 30.0).abs() < 1e-6, "{predicted}");
    }

    #[test]
    fn margins_that_rank_well_get_a_slope() {
        let margins: Vec<f64> = (0..200).map(|row| f64::from(row) / 100.0 - 1.0).collect();
        let outcomes: Vec<bool> = (0..200).map(|row| row % 4 == 0 && row > 80).collect();
        let (platt, by) = calibrate(&margins, &outcomes).unwrap();
        assert_eq!(by, CalibratedBy::SlopeAndLevel);
        assert!(platt.slope > 0.0);
    }
}
