//! From margins to probabilities, on rows that the trees have not seen.

use leadrank_stats::calibrators::{Curve, Cuts, Method, SegmentOptions, Segmented};
use serde::{Deserialize, Serialize};

use crate::{LearnError, Result};

/// How margins become probabilities (domain.md, "Calibration").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalibrationOptions {
    /// `none`, `platt`, `isotonic` or `beta`.
    pub method: Method,
    /// The feature by which leads are divided into segments with curves of their own; empty:
    /// one curve for all.
    pub segment_by: String,
    /// Borders of the segments, rising, both ends belonging to the segments between; what is
    /// not known, or not above 0, is a segment, too.
    pub bounds: Vec<f64>,
    /// Positives at which a segment's own curve counts as much as that of all rows.
    pub prior_positives: f64,
    /// Fewest positives for an isotonic curve; with fewer it is Platt's.
    pub isotonic_from: u64,
}

impl Default for CalibrationOptions {
    fn default() -> Self {
        let segments = SegmentOptions::default();
        Self {
            method: Method::Platt,
            segment_by: String::new(),
            bounds: Vec::new(),
            prior_positives: segments.prior_positives,
            isotonic_from: segments.isotonic_from,
        }
    }
}

impl CalibrationOptions {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// Borders that do not rise, segments without borders, or numbers out of range.
    pub fn check(&self) -> Result<()> {
        let wrong = |parameter, value: String, rule| {
            Err(LearnError::Recipe {
                parameter,
                value,
                rule,
            })
        };
        if !(self.prior_positives >= 0.0 && self.prior_positives.is_finite()) {
            let value = self.prior_positives.to_string();
            return wrong("prior_positives", value, "0 or more");
        }
        if self.segment_by.is_empty() {
            return Ok(());
        }
        if self.bounds.is_empty() {
            return wrong(
                "bounds",
                "empty".into(),
                "one border at least, or segment_by empty",
            );
        }
        Cuts::new(self.bounds.clone())
            .map(|_| ())
            .map_err(|error| LearnError::downstream("calibration", error))
    }

    /// What the fit of curves wants to know.
    pub fn of_segments(&self) -> SegmentOptions {
        SegmentOptions {
            method: self.method,
            prior_positives: self.prior_positives,
            isotonic_from: self.isotonic_from,
            ..SegmentOptions::default()
        }
    }
}

/// Rows to calibrate on: margins of trees that have not seen them, outcomes and segments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Margins, in log-odds.
    pub margins: Vec<f64>,
    /// Outcomes.
    pub outcomes: Vec<bool>,
    /// Segments, by number.
    pub segments: Vec<usize>,
}

/// Fits the curves.
///
/// # Errors
/// When all rows have the same margin or the same outcome, so that there is no curve.
pub fn calibrate(
    rows: &HeldOut,
    names: &[String],
    options: &CalibrationOptions,
) -> Result<Segmented> {
    differ(&rows.margins)?;
    Segmented::fit(
        &rows.margins,
        &rows.outcomes,
        &rows.segments,
        names,
        &options.of_segments(),
    )
    .map_err(|error| LearnError::downstream("calibration", error))
}

/// One curve for all rows, by Platt's method.
pub(crate) fn curve(margins: &[f64], outcomes: &[bool]) -> Result<Curve> {
    differ(margins)?;
    Curve::fit(Method::Platt, margins, outcomes)
        .map_err(|error| LearnError::downstream("calibration", error))
}

fn differ(margins: &[f64]) -> Result<()> {
    if margins.windows(2).any(|pair| pair[0] != pair[1]) {
        return Ok(());
    }
    Err(LearnError::fit(
        "every row of the calibration part gets the same score: the columns say nothing about the label, or too little for the recipe's min_child_weight and gamma",
        "add columns, or lower min_child_weight, gamma, alpha and lambda",
    ))
}
