//! The model beside what is simpler, on the same rows of the test.
//!
//! A model earns its place only against what one could do without it: call in any order, read
//! a scorecard, follow rules, keep the score there is. Each rival goes through what the model
//! went through: fitted on the rows before calibration to learn its calibration, and again on
//! all rows before the test. Differences are paired: both lists are measured on the same
//! resamples of the same rows.

mod ensemble;
mod rivals;

use std::collections::BTreeMap;

use leadrank_stats::Estimate;
use leadrank_stats::evaluation::{self, EvaluationOptions};
use leadrank_stats::paired::{self, Difference, Metric, Scores};
use serde::{Deserialize, Serialize};

use crate::fit::Fitted;
use crate::scorecard::Scorecard;
use crate::split::{Rows as _, Split};
use crate::{LearnError, Matrix, Result};
pub use ensemble::Ensemble;
use rivals::{Rivals, Scored};

/// What a list of scores comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The model itself.
    Model,
    /// The same probability for everybody.
    BaseRate,
    /// Logistic regression on weights of evidence, as points.
    Scorecard,
    /// Logistic regression on the columns as they are.
    Logistic,
    /// Mean of the ranks of model and scorecard.
    RankAverage,
    /// Logistic regression on the margins of model and scorecard.
    Stacking,
    /// Rules of thumb.
    Rules,
    /// A score that was there before.
    Incumbent,
}

/// Scores that come from elsewhere: rules, or a score that was there before.
#[derive(Debug, Clone, PartialEq)]
pub struct External {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What one should know of it, in words.
    pub note: String,
    /// A score for each row of the matrix; none where it has none.
    pub scores: Vec<Option<f64>>,
}

/// What to compare.
pub struct Input<'a> {
    /// All columns, before any selection; what rivals are fitted on.
    pub matrix: &'a Matrix,
    /// Outcomes; none where unknown.
    pub labels: &'a [Option<bool>],
    /// The split of these rows.
    pub split: &'a Split,
    /// The model.
    pub fitted: &'a Fitted,
    /// Its columns.
    pub model_matrix: &'a Matrix,
    /// Scores from elsewhere.
    pub externals: &'a [External],
}

/// One list of scores on the test rows that have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// What it comes from.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What one should know of it, in words; empty if nothing.
    pub note: String,
    /// Columns it reads; none where that says nothing.
    pub columns: Option<u64>,
    /// Test rows that have a score of it.
    pub n: u64,
    /// Positive ones.
    pub positives: u64,
    /// Metrics on these rows.
    pub metrics: BTreeMap<String, Estimate>,
    /// Its metrics less the model's on the same rows; empty for the model.
    pub against_model: Vec<Difference>,
}

impl Standing {
    /// The paired difference in one metric.
    pub fn difference(&self, metric: Metric) -> Option<&Difference> {
        self.against_model
            .iter()
            .find(|found| found.metric == metric)
    }
}

/// The model and its rivals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The model first.
    pub rows: Vec<Standing>,
    /// What follows, in words.
    pub sentence: String,
    /// Rivals that could not be fitted, with the reason.
    pub left_out: Vec<String>,
}

/// What a comparison leaves behind.
pub struct Compared {
    /// The table.
    pub comparison: Comparison,
    /// The scorecard, fitted on all rows before the test; none where it can't be.
    pub scorecard: Option<Scorecard>,
    /// Both ensembles, ready to score any row; empty without a scorecard.
    pub ensembles: Vec<Ensemble>,
}

/// Compares the model with its rivals on the test rows.
///
/// # Errors
/// Inputs of different sizes, or a model that can't be measured. A rival that can't be fitted
/// is left out with the reason.
pub fn compare(input: &Input<'_>, options: &EvaluationOptions) -> Result<Compared> {
    let outcomes = crate::fit::labels_of(input.labels, &input.split.test)?;
    let Rivals {
        lists,
        left_out,
        scorecard,
        ensembles,
    } = rivals::all(input)?;
    let mut rows = Vec::new();
    let model = lists
        .first()
        .ok_or_else(|| LearnError::fit("there is no model to compare", "train one first"))?;
    for list in &lists {
        rows.push(standing(list, model, &outcomes, options)?);
    }
    Ok(Compared {
        comparison: Comparison {
            sentence: sentence(&rows),
            rows,
            left_out,
        },
        scorecard,
        ensembles,
    })
}

/// One rival measured, and held against the model on the rows that have it.
fn standing(
    list: &Scored,
    model: &Scored,
    outcomes: &[bool],
    options: &EvaluationOptions,
) -> Result<Standing> {
    let places: Vec<usize> = (0..outcomes.len())
        .filter(|&row| list.scores[row].is_some())
        .collect();
    let labels: Vec<bool> = places.iter().map(|&row| outcomes[row]).collect();
    let of = |scored: &Scored| -> (Vec<f64>, Vec<f64>) {
        places.iter().filter_map(|&row| scored.scores[row]).unzip()
    };
    let downstream = |error: leadrank_stats::Error| LearnError::downstream("comparison", error);
    let (margins, probabilities) = of(list);
    let measured =
        evaluation::evaluate(&labels, &margins, &probabilities, options).map_err(downstream)?;
    let mut against_model = Vec::new();
    if list.kind != Kind::Model {
        let (reference, reference_probabilities) = of(model);
        let found = paired::compare(
            &labels,
            &Scores {
                scores: &reference,
                probabilities: &reference_probabilities,
            },
            &[Scores {
                scores: &margins,
                probabilities: &probabilities,
            }],
            options,
        )
        .map_err(downstream)?;
        against_model = found.into_iter().flatten().collect();
    }
    Ok(Standing {
        kind: list.kind,
        name: list.name.clone(),
        note: list.note.clone(),
        columns: list.columns,
        n: measured.n,
        positives: measured.positives,
        metrics: measured.metrics,
        against_model,
    })
}

/// What the comparison says: which simpler rivals the model beats beyond chance, which it
/// does not, and which beat it.
fn sentence(rows: &[Standing]) -> String {
    let mut beaten = Vec::new();
    let mut level = Vec::new();
    let mut better = Vec::new();
    for row in rows.iter().filter(|row| row.kind != Kind::Model) {
        let Some(difference) = row.difference(Metric::AucPr) else {
            continue;
        };
        match difference.better() {
            Some(true) => better.push(row.name.as_str()),
            Some(false) => beaten.push(row.name.as_str()),
            None => level.push(row.name.as_str()),
        }
    }
    let mut parts = Vec::new();
    if !better.is_empty() {
        parts.push(format!("worse than {}", better.join(", ")));
    }
    if !level.is_empty() {
        parts.push(format!("not to be told apart from {}", level.join(", ")));
    }
    if !beaten.is_empty() {
        parts.push(format!("better than {}", beaten.join(", ")));
    }
    match parts.is_empty() {
        true => "There is nothing to compare with.".into(),
        false => format!("In AUC-PR the model is {}.", parts.join("; ")),
    }
}

/// Margins of the test rows.
fn of_test(margins: &[f64], split: &Split) -> Vec<Option<f64>> {
    let rows = split.test.indices().iter();
    rows.map(|&row| margins.get(row).copied()).collect()
}

#[cfg(test)]
mod tests;
