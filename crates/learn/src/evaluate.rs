//! Measuring a fitted model on each part of its split.

use std::collections::BTreeMap;

use leadrank_stats::curves::{self, Decile, GainPoint, PrPoint, ReliabilityBin};
use leadrank_stats::evaluation::{self, Evaluation, EvaluationOptions};
use leadrank_stats::frontier::{self, Captured};
use serde::{Deserialize, Serialize};

use crate::fit::{Fitted, labels_of, margins};
use crate::split::{Part, Rows, Split};
use crate::{LearnError, Matrix, Result};

/// Bins of the reliability curve, of equal mass.
const RELIABILITY_BINS: usize = 10;

/// Curves of the test part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Curves {
    /// Precision against recall.
    pub precision_recall: Vec<PrPoint>,
    /// Share of positives captured by the best fraction of the rows.
    pub cumulative_gain: Vec<GainPoint>,
    /// Tenths of the rows, best first.
    pub deciles: Vec<Decile>,
    /// Predicted against observed, ten bins of equal mass.
    pub reliability: Vec<ReliabilityBin>,
    /// Share of positives captured at each five percent of the rows, with intervals; empty
    /// without positives and in records of older versions.
    #[serde(default)]
    pub captured: Vec<Captured>,
}

/// How a model did on the parts of its split.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// By part: `train` (the rows the trees were grown on), `stop` and
    /// `calibration` (scored by trees that had not seen them), `test`.
    pub parts: BTreeMap<String, Evaluation>,
    /// Curves of the test part.
    pub curves: Curves,
}

/// Evaluates all parts and draws the test part's curves.
pub fn evaluate(
    fitted: &Fitted,
    matrix: &Matrix,
    labels: &[Option<bool>],
    split: &Split,
    options: &EvaluationOptions,
) -> Result<Measured> {
    let grown_on = if fitted.refitted {
        Scored::new(fitted, matrix, labels, &split.development)?
    } else {
        Scored::new(fitted, matrix, labels, &split.fit)?
    };
    let stop = Scored::from_margins(fitted, fitted.stop_margins.clone(), labels, &split.stop)?;
    let calibration = Scored::from_margins(
        fitted,
        fitted.calibration_margins.clone(),
        labels,
        &split.calibration,
    )?;
    let test = Scored::new(fitted, matrix, labels, &split.test)?;
    let curves = test.curves(options);
    let mut parts = BTreeMap::new();
    for (part, scored) in [
        (Part::Train, grown_on),
        (Part::Stop, stop),
        (Part::Calibration, calibration),
        (Part::Test, test),
    ] {
        parts.insert(part.name().to_owned(), scored.evaluate(options)?);
    }
    Ok(Measured { parts, curves })
}

/// Rows of one part with outcome, margin and probability.
struct Scored {
    labels: Vec<bool>,
    margins: Vec<f64>,
    probabilities: Vec<f64>,
}

impl Scored {
    fn new(
        fitted: &Fitted,
        matrix: &Matrix,
        labels: &[Option<bool>],
        rows: &impl Rows,
    ) -> Result<Self> {
        let margins = margins(&fitted.model, matrix, rows);
        Self::from_margins(fitted, margins, labels, rows)
    }

    fn from_margins(
        fitted: &Fitted,
        margins: Vec<f64>,
        labels: &[Option<bool>],
        rows: &impl Rows,
    ) -> Result<Self> {
        let scored = rows.indices().iter().zip(&margins);
        let probabilities = scored
            .map(|(&row, &margin)| fitted.probability(row, margin))
            .collect();
        Ok(Self {
            labels: labels_of(labels, rows)?,
            margins,
            probabilities,
        })
    }

    fn evaluate(&self, options: &EvaluationOptions) -> Result<Evaluation> {
        evaluation::evaluate(&self.labels, &self.margins, &self.probabilities, options)
            .map_err(|error| LearnError::downstream("evaluation", error))
    }

    fn curves(&self, options: &EvaluationOptions) -> Curves {
        let (labels, margins, probabilities) = (&self.labels, &self.margins, &self.probabilities);
        Curves {
            precision_recall: curves::precision_recall(labels, margins),
            cumulative_gain: curves::cumulative_gain(labels, margins),
            deciles: curves::deciles(labels, margins, probabilities),
            reliability: curves::reliability(labels, probabilities, RELIABILITY_BINS),
            // Refused without positives only, which `evaluate` tells in its own way.
            captured: frontier::captured(labels, margins, options).unwrap_or_default(),
        }
    }
}
