//! From margins to probabilities, on rows that the trees have not seen.

use leadrank_stats::calibrators::{Curve, Cuts, Method, SegmentOptions, Segmented};
use leadrank_stats::logistic::{Logistic, LogisticOptions};
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

/// Rows to calibrate on: margins of trees that have not seen them, outcomes and segments. The
/// calibration part is the newest block; before it stand the blocks that folds are judged on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Margins, in log-odds.
    pub margins: Vec<f64>,
    /// Outcomes.
    pub outcomes: Vec<bool>,
    /// Segments, by number.
    pub segments: Vec<usize>,
    /// Blocks of time, oldest first.
    pub blocks: Vec<usize>,
}

impl HeldOut {
    /// Adds a block, newer than those before.
    pub(crate) fn push(&mut self, margins: Vec<f64>, outcomes: Vec<bool>, segments: Vec<usize>) {
        let block = self.blocks.last().map_or(0, |last| last + 1);
        self.blocks.resize(self.blocks.len() + margins.len(), block);
        self.margins.extend(margins);
        self.outcomes.extend(outcomes);
        self.segments.extend(segments);
    }

    /// All blocks on the level of the newest, in the order of the rows: one slope is fitted for
    /// all and an intercept for each, and what the intercepts differ by is taken off the margins.
    /// So the slope rests on many positives and the level on the newest alone, whatever the share
    /// of positives was before. Where there is no such slope above 0, the newest block stands
    /// alone.
    fn aligned(&self) -> HeldOut {
        let newest = self.blocks.last().copied().unwrap_or(0);
        let alone = || self.only(|block| block == newest);
        let mut classes = vec![[false; 2]; newest + 1];
        for (&block, &outcome) in self.blocks.iter().zip(&self.outcomes) {
            classes[block][usize::from(outcome)] = true;
        }
        let usable = self.only(|block| classes[block] == [true; 2]);
        let mut others: Vec<usize> = usable.blocks.clone();
        others.dedup();
        if others.pop() != Some(newest) || others.is_empty() {
            return alone();
        }
        let dummies: Vec<Vec<f64>> = others
            .iter()
            .map(|other| {
                let of = |block: &usize| f64::from(u8::from(block == other));
                usable.blocks.iter().map(of).collect()
            })
            .collect();
        let columns: Vec<&[f64]> = std::iter::once(usable.margins.as_slice())
            .chain(dummies.iter().map(Vec::as_slice))
            .collect();
        let free = LogisticOptions {
            penalty: 0.0,
            standardise: true,
        };
        let Ok(fitted) = Logistic::fit(&columns, &usable.outcomes, &free) else {
            return alone();
        };
        let slope = fitted.coefficients[0];
        if slope <= 0.0 {
            return alone();
        }
        let mut aligned = usable;
        for (margin, block) in aligned.margins.iter_mut().zip(&aligned.blocks) {
            if let Some(place) = others.iter().position(|other| other == block) {
                *margin += fitted.coefficients[place + 1] / slope;
            }
        }
        aligned
    }

    fn only(&self, wanted: impl Fn(usize) -> bool) -> HeldOut {
        let mut kept = HeldOut::default();
        for (row, &block) in self.blocks.iter().enumerate() {
            if wanted(block) {
                kept.margins.push(self.margins[row]);
                kept.outcomes.push(self.outcomes[row]);
                kept.segments.push(self.segments[row]);
                kept.blocks.push(block);
            }
        }
        kept
    }
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
    let rows = rows.aligned();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Log-odds of half the margin, at another level in each block.
    fn blocks(levels: &[f64], rows: usize) -> HeldOut {
        let mut held_out = HeldOut::default();
        for (block, level) in levels.iter().enumerate() {
            let margins: Vec<f64> = (0..rows)
                .map(|row| (row * 7_919 % rows) as f64 / rows as f64 * 4.0 - 2.0)
                .collect();
            let outcomes = margins.iter().enumerate().map(|(row, margin)| {
                let chance = 1.0 / (1.0 + (-(0.5 * margin + level)).exp());
                (row * 104_729 + block) % 1_000 < (1_000.0 * chance) as usize
            });
            let outcomes: Vec<bool> = outcomes.collect();
            held_out.push(margins, outcomes, vec![0; rows]);
        }
        held_out
    }

    fn slope_and_level(held_out: &HeldOut) -> (f64, f64) {
        let fitted = calibrate(held_out, &[], &CalibrationOptions::default()).unwrap();
        fitted.as_logistic(None).unwrap()
    }

    #[test]
    fn the_slope_rests_on_all_blocks_and_the_level_on_the_newest() {
        let newest = blocks(&[-3.0], 20_000);
        let expected = slope_and_level(&newest);
        // Older blocks at other levels: the level stays that of the newest.
        let (slope, level) = slope_and_level(&blocks(&[-1.0, -4.0, -2.0, -3.0], 20_000));
        assert!((slope - 0.5).abs() < 0.03, "{slope}");
        assert!((level - expected.1).abs() < 0.05, "{level} {expected:?}");
        // A newest block too small for a slope of its own takes that of the others.
        let mut mostly_old = blocks(&[-2.0, -2.0], 20_000);
        let margins: Vec<f64> = (0..200).map(|row| f64::from(row) / 50.0 - 2.0).collect();
        let outcomes = (0..200).map(|row| row % 40 == 7).collect();
        mostly_old.push(margins, outcomes, vec![0; 200]);
        let (slope, level) = slope_and_level(&mostly_old);
        assert!((slope - 0.5).abs() < 0.03, "{slope}");
        assert!(level < -3.0, "{level}");
    }

    #[test]
    fn blocks_that_say_nothing_are_left_out() {
        let mut held_out = HeldOut::default();
        held_out.push(vec![0.0; 50], vec![false; 50], vec![0; 50]);
        let newest = blocks(&[-1.0], 2_000);
        held_out.push(
            newest.margins.clone(),
            newest.outcomes.clone(),
            newest.segments.clone(),
        );
        assert_eq!(slope_and_level(&held_out), slope_and_level(&newest));
        // Where older blocks rank the wrong way round, the newest stands alone.
        let mut wrong = blocks(&[-1.0, -1.0], 2_000);
        wrong
            .margins
            .iter_mut()
            .for_each(|margin| *margin = -*margin);
        wrong.push(
            newest.margins.clone(),
            newest.outcomes.clone(),
            newest.segments.clone(),
        );
        assert_eq!(slope_and_level(&wrong), slope_and_level(&newest));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let wrong = |change: &dyn Fn(&mut CalibrationOptions)| {
            let mut options = CalibrationOptions {
                segment_by: "x".into(),
                bounds: vec![1.0],
                ..CalibrationOptions::default()
            };
            options.check().unwrap();
            change(&mut options);
            options.check().unwrap_err().to_string()
        };
        assert!(wrong(&|options| options.bounds = vec![]).contains("bounds"));
        assert!(wrong(&|options| options.bounds = vec![2.0, 1.0]).contains("rising"));
        assert!(wrong(&|options| options.prior_positives = -1.0).contains("prior_positives"));
        CalibrationOptions::default().check().unwrap();
    }
}
