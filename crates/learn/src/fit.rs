//! Fitting one model, in three steps that each see newer rows.
//!
//! The number of trees comes from the stop part, with trees grown on the fit part.
//! The probability comes from the calibration part, with that many trees grown on
//! all rows before it. The trees that will be used are grown once more on all rows
//! before the test: the newest rows say most about the next ones.

use leadrank_stats::platt::Platt;
use leadrank_trees::Model;

use crate::recipe::Recipe;
use crate::split::{Rows, Split, TrainingRows};
use crate::xgboost::{Booster, Data, Library, ModelFormat};
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
    /// The model as XGBoost writes it, JSON.
    pub model_json: Vec<u8>,
    /// The model as XGBoost writes it, universal binary JSON.
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

/// Trains a model. `labels` must be those the split was made with; `threads` 0
/// means all, and the model's bytes do not depend on it. `progress` is told every
/// round.
pub fn fit_model(
    library: Library,
    matrix: &Matrix,
    labels: &[Option<bool>],
    split: &Split,
    recipe: &Recipe,
    threads: usize,
    progress: &mut dyn FnMut(Round),
) -> Result<Fitted> {
    recipe.check()?;
    for (what, found) in [("labels", labels.len()), ("split", split.fates.len())] {
        if found != matrix.n_rows() {
            return Err(LearnError::shape(what, matrix.n_rows(), found));
        }
    }
    let trainer = Trainer {
        library,
        matrix,
        labels,
        recipe,
        threads,
    };
    let (first, history, best_rounds) = trainer.grow_until_best(split, progress)?;
    let first_model = read(&first)?;
    let stop_margins = margins(&first_model, matrix, &split.stop);
    let calibration_margins = if recipe.refit {
        let second = trainer.grow(&split.refit, best_rounds)?;
        margins(&read(&second)?, matrix, &split.calibration)
    } else {
        margins(&first_model, matrix, &split.calibration)
    };
    let (booster, model) = if recipe.refit {
        let last = trainer.grow(&split.development, best_rounds)?;
        let model = read(&last)?;
        (last, model)
    } else {
        (first, first_model)
    };
    let outcomes = labels_of(labels, &split.calibration)?;
    let (platt, calibrated_by) = calibrate(&calibration_margins, &outcomes)?;
    Ok(Fitted {
        model,
        model_json: booster.save(ModelFormat::Json)?,
        model_ubj: booster.save(ModelFormat::Ubj)?,
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
fn calibrate(margins: &[f64], outcomes: &[bool]) -> Result<(Platt, CalibratedBy)> {
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
fn level(margins: &[f64], outcomes: &[bool]) -> f64 {
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
    library: Library,
    matrix: &'a Matrix,
    labels: &'a [Option<bool>],
    recipe: &'a Recipe,
    threads: usize,
}

impl Trainer<'_> {
    /// Grows trees on the fit part until the stop part has not improved for the
    /// recipe's patience; gives the booster cut to its best round.
    fn grow_until_best(
        &self,
        split: &Split,
        progress: &mut dyn FnMut(Round),
    ) -> Result<(Booster, Vec<Round>, u32)> {
        let (train, base_rate) = self.data(&split.fit)?;
        let (stop, _) = self.data(&split.stop)?;
        let mut booster = self.booster(&train, base_rate)?;
        let mut history = Vec::new();
        let mut best: Option<(u32, f64)> = None;
        for round in 1..=self.recipe.rounds {
            booster.update(round - 1, &train)?;
            let value = booster.evaluate(round - 1, &stop)?;
            let told = Round {
                round,
                stop_metric: value,
            };
            history.push(told);
            progress(told);
            if round < self.recipe.min_rounds {
                continue;
            }
            if best.is_none_or(|(_, least)| self.recipe.stop_metric.is_better(value, least)) {
                best = Some((round, value));
            }
            if best.is_some_and(|(at, _)| round - at >= self.recipe.patience) {
                break;
            }
        }
        let best_rounds = best.map_or(self.recipe.min_rounds, |(at, _)| at);
        let cut = booster.first_rounds(best_rounds)?;
        cut.set_features(self.matrix.names())?;
        Ok((cut, history, best_rounds))
    }

    /// Grows a known number of trees.
    fn grow(&self, rows: &impl TrainingRows, rounds: u32) -> Result<Booster> {
        let (train, base_rate) = self.data(rows)?;
        let mut booster = self.booster(&train, base_rate)?;
        for round in 0..rounds {
            booster.update(round, &train)?;
        }
        Ok(booster)
    }

    fn booster(&self, train: &Data, base_rate: f64) -> Result<Booster> {
        let parameters = self.recipe.xgboost_parameters(base_rate, self.threads);
        let booster = Booster::new(self.library, train, &parameters)?;
        booster.set_features(self.matrix.names())?;
        Ok(booster)
    }

    /// A part's rows inside the library, and its share of positives under the
    /// recipe's weight.
    fn data(&self, rows: &impl Rows) -> Result<(Data, f64)> {
        let outcomes = labels_of(self.labels, rows)?;
        let values = self.matrix.gather(rows.indices());
        let mut data = Data::new(self.library, self.matrix.names(), &values, self.threads)?;
        data.set_labels(&outcomes)?;
        let positives = outcomes.iter().filter(|&&outcome| outcome).count() as f64;
        let weighted = positives * self.recipe.scale_pos_weight;
        let base_rate = weighted / (weighted + outcomes.len() as f64 - positives);
        if base_rate <= 0.0 || base_rate >= 1.0 {
            return Err(LearnError::fit(
                "all rows of a training part have the same label",
                "give rows with both outcomes",
            ));
        }
        Ok((data, base_rate))
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

fn read(booster: &Booster) -> Result<Model> {
    let bytes = booster.save(ModelFormat::Json)?;
    Model::from_bytes(&bytes).map_err(|error| LearnError::downstream("reading the model", error))
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
