//! The lists of scores that are compared.

use leadrank_stats::calibrators::Curve;

use super::{Ensemble, External, Input, Kind, of_test};
use crate::calibrate::curve;
use crate::fit::{labels_of, margins};
use crate::logistic::LinearModel;
use crate::scorecard::{Scorecard, ScorecardOptions};
use crate::split::{Rows as _, TrainingRows};
use crate::{LearnError, Result};

/// Penalty of the plain logistic regression, the inverse of scikit-learn's `C`.
const PENALTY: f64 = 1.0;

/// Information value that a column of the card needs. Below the brief's 0.02, since the card
/// reads the levels of a text column one by one.
const CARD_IV: f64 = 0.002;

/// Scores of the test rows, and how they become probabilities.
pub(super) struct Scored {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) note: String,
    pub(super) columns: Option<u64>,
    /// Margin and probability of each test row; none where it has no score.
    pub(super) scores: Vec<Option<(f64, f64)>>,
}

/// Scores that one curve makes probabilities of.
fn by_curve(margins: Vec<Option<f64>>, curve: &Curve) -> Vec<Option<(f64, f64)>> {
    let scored = |margin: f64| (margin, curve.probability(margin));
    margins
        .into_iter()
        .map(|margin| margin.map(scored))
        .collect()
}

/// Margins of all rows before and after the last fit.
struct Fits {
    /// Fitted on the rows before calibration.
    calibrating: Vec<f64>,
    /// Fitted on all rows before the test.
    last: Vec<f64>,
}

/// All lists and what they came from.
pub(super) struct Rivals {
    /// The model first.
    pub(super) lists: Vec<Scored>,
    /// What could not be fitted, with the reason.
    pub(super) left_out: Vec<String>,
    pub(super) scorecard: Option<Scorecard>,
    pub(super) ensembles: Vec<Ensemble>,
}

pub(super) fn all(input: &Input<'_>) -> Result<Rivals> {
    let mut rivals = Rivals {
        lists: vec![model(input), base_rate(input)?],
        left_out: Vec::new(),
        scorecard: None,
        ensembles: Vec::new(),
    };
    match card_fits(input) {
        Ok((fits, card)) => {
            let columns = card.columns().len() as u64;
            let scored = fitted(input, Kind::Scorecard, "scorecard", &fits, columns);
            rivals.add("scorecard", scored);
            rivals.add("logistic regression", logistic(input));
            for (name, found) in both_ensembles(input, &fits)? {
                match found {
                    Ok(ensemble) => {
                        rivals.lists.push(joined(input, &fits, &ensemble, name));
                        rivals.ensembles.push(ensemble);
                    }
                    Err(error) => rivals.left_out.push(format!("{name}: {error}")),
                }
            }
            rivals.scorecard = Some(card);
        }
        Err(error) => {
            rivals.left_out.push(format!("scorecard: {error}"));
            rivals.add("logistic regression", logistic(input));
        }
    }
    for external in input.externals {
        rivals.add(&external.name, outside(input, external));
    }
    Ok(rivals)
}

impl Rivals {
    fn add(&mut self, name: &str, found: Result<Scored>) {
        match found {
            Ok(scored) => self.lists.push(scored),
            Err(error) => self.left_out.push(format!("{name}: {error}")),
        }
    }
}

fn model(input: &Input<'_>) -> Scored {
    let test = margins(&input.fitted.model, input.model_matrix, &input.split.test);
    Scored {
        kind: Kind::Model,
        name: "this model".into(),
        note: String::new(),
        columns: Some(input.model_matrix.n_columns() as u64),
        scores: input
            .split
            .test
            .indices()
            .iter()
            .zip(test)
            .map(|(&row, margin)| Some((margin, input.fitted.probability(row, margin))))
            .collect(),
    }
}

fn base_rate(input: &Input<'_>) -> Result<Scored> {
    let outcomes = labels_of(input.labels, &input.split.calibration)?;
    let level = Curve::level(&vec![0.0; outcomes.len()], &outcomes)
        .map_err(|error| LearnError::downstream("the base rate", error))?;
    let flat = vec![Some(0.0); input.split.test.indices().len()];
    Ok(Scored {
        kind: Kind::BaseRate,
        name: "the same chance for all".into(),
        note: "the share of positives in the calibration part".into(),
        columns: None,
        scores: by_curve(flat, &level),
    })
}

/// The scorecard's margins, and the last card.
fn card_fits(input: &Input<'_>) -> Result<(Fits, Scorecard)> {
    let options = ScorecardOptions {
        minimum_iv: CARD_IV,
        ..ScorecardOptions::default()
    };
    let (matrix, labels, split) = (input.matrix, input.labels, input.split);
    let before = Scorecard::fit(matrix, labels, &split.refit, &options)?;
    let last = Scorecard::fit(matrix, labels, &split.development, &options)?;
    let fits = Fits {
        calibrating: before.margins(input.matrix)?,
        last: last.margins(input.matrix)?,
    };
    Ok((fits, last))
}

fn logistic(input: &Input<'_>) -> Result<Scored> {
    fn fit(input: &Input<'_>, rows: &impl TrainingRows) -> Result<Vec<f64>> {
        LinearModel::fit(input.matrix, input.labels, rows, PENALTY)?.margins(input.matrix)
    }
    let fits = Fits {
        calibrating: fit(input, &input.split.refit)?,
        last: fit(input, &input.split.development)?,
    };
    let columns = input.matrix.n_columns() as u64;
    fitted(input, Kind::Logistic, "logistic regression", &fits, columns)
}

/// A rival with margins for every row.
fn fitted(input: &Input<'_>, kind: Kind, name: &str, fits: &Fits, columns: u64) -> Result<Scored> {
    let outcomes = labels_of(input.labels, &input.split.calibration)?;
    let held_out = of_calibration(input, &fits.calibrating);
    let curve = curve(&held_out, &outcomes)?;
    Ok(Scored {
        kind,
        name: name.to_owned(),
        note: String::new(),
        columns: Some(columns),
        scores: by_curve(of_test(&fits.last, input.split), &curve),
    })
}

/// Margins of the calibration rows.
fn of_calibration(input: &Input<'_>, margins: &[f64]) -> Vec<f64> {
    let rows = input.split.calibration.indices().iter();
    rows.map(|&row| margins[row]).collect()
}

type Named = (&'static str, Result<Ensemble>);

/// Both ensembles, fitted on the calibration rows.
fn both_ensembles(input: &Input<'_>, card: &Fits) -> Result<[Named; 2]> {
    let outcomes = labels_of(input.labels, &input.split.calibration)?;
    let held_out = [
        input.fitted.calibration_margins.clone(),
        of_calibration(input, &card.calibrating),
    ];
    Ok([
        (
            "mean of ranks",
            Ensemble::rank_average(&held_out, &outcomes),
        ),
        ("stacking", Ensemble::stacking(&held_out, &outcomes)),
    ])
}

/// An ensemble's list.
fn joined(input: &Input<'_>, card: &Fits, ensemble: &Ensemble, name: &str) -> Scored {
    let trees = margins(&input.fitted.model, input.model_matrix, &input.split.test);
    let cards = of_test(&card.last, input.split);
    let scored = |(&tree, card): (&f64, Option<f64>)| {
        let margin = ensemble.margin(tree, card?);
        Some((margin, ensemble.probability(margin)))
    };
    let scores = trees.iter().zip(cards).map(scored).collect();
    Scored {
        kind: ensemble.kind(),
        name: name.into(),
        note: format!("model and scorecard as one score{}", ensemble.note()),
        columns: None,
        scores,
    }
}

/// A score from elsewhere, calibrated on the calibration rows that have one.
fn outside(input: &Input<'_>, external: &External) -> Result<Scored> {
    if external.scores.len() != input.matrix.n_rows() {
        let expected = input.matrix.n_rows();
        return Err(LearnError::shape(
            &external.name,
            expected,
            external.scores.len(),
        ));
    }
    let outcomes = labels_of(input.labels, &input.split.calibration)?;
    let rows = input.split.calibration.indices().iter().zip(outcomes);
    let (held_out, labels): (Vec<f64>, Vec<bool>) = rows
        .filter_map(|(&row, outcome)| Some((external.scores[row]?, outcome)))
        .unzip();
    let curve = curve(&held_out, &labels)?;
    let test = input.split.test.indices().iter();
    let margins: Vec<Option<f64>> = test.map(|&row| external.scores[row]).collect();
    if margins.iter().flatten().count() == 0 {
        return Err(LearnError::fit(
            "no row of the test has it",
            "nothing to do",
        ));
    }
    Ok(Scored {
        kind: external.kind,
        name: external.name.clone(),
        note: external.note.clone(),
        columns: None,
        scores: by_curve(margins, &curve),
    })
}
