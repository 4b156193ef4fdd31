//! A scorecard: each column cut into bins, each bin worth points that anyone can add up.
//!
//! A column's value becomes the weight of evidence of its bin, and a logistic regression on these
//! gives each column a weight: the margin (log-odds) is the intercept and the sum of
//! weight × weight of evidence (N. Siddiqi, "Credit Risk Scorecards" (2006), chapters 6 and 7).
//! A scorecard is the baseline that a model of trees has to beat to be worth its trouble, what is
//! fallen back on where there are too few positives for trees, and it runs as plain SQL.

mod fit;
mod sql;
mod table;

use leadrank_stats::binning::{Binning, MonotoneOptions};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

pub use table::CardRow;

use crate::{Matrix, Result};

/// Version of the stored form.
const VERSION: u32 = 1;

/// How columns are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cuts {
    /// Bins whose rate only rises or only falls, the most telling there are.
    Monotone,
    /// Bins with about the same number of rows, in whatever order their rates are.
    Quantile,
}

/// How a scorecard is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScorecardOptions {
    /// How columns are cut; one with two values has two bins either way.
    pub cuts: Cuts,
    /// Most bins of values a column, besides the one of nulls.
    pub bins: usize,
    /// Least share of the rows in a monotone bin.
    pub minimum_share: f64,
    /// Columns with a lower information value are left out (domain.md, "Validation gates and
    /// thresholds", has 0.02).
    pub minimum_iv: f64,
    /// Columns that are kept whatever their information value. A wrong sign drops these, too.
    pub always_keep: Vec<String>,
    /// Weight of the ridge penalty on the weights of columns; the inverse of `C`. Weights of
    /// evidence are all on one scale, so they are not standardised.
    pub penalty: f64,
    /// Points at the base odds.
    pub base_points: f64,
    /// Odds that are worth the base points; without, those of the training rows.
    pub base_odds: Option<f64>,
    /// Points that double the odds.
    pub points_to_double: f64,
}

impl Default for ScorecardOptions {
    fn default() -> Self {
        let monotone = MonotoneOptions::default();
        Self {
            cuts: Cuts::Monotone,
            bins: monotone.bins,
            minimum_share: monotone.minimum_share,
            minimum_iv: 0.02,
            always_keep: Vec::new(),
            penalty: 1.0,
            base_points: 600.0,
            base_odds: None,
            points_to_double: 20.0,
        }
    }
}

/// How margins become points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PointScale {
    /// Points at the base odds.
    pub base_points: f64,
    /// Positives for each negative that are worth the base points.
    pub base_odds: f64,
    /// Points that double the odds.
    pub points_to_double: f64,
}

impl PointScale {
    /// Points of one unit of log-odds.
    pub fn factor(&self) -> f64 {
        self.points_to_double / std::f64::consts::LN_2
    }

    /// Points of a margin (log-odds).
    pub fn points(&self, margin: f64) -> f64 {
        self.base_points + self.factor() * (margin - self.base_odds.ln())
    }
}

/// A column of the card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardColumn {
    /// Its name in the matrix.
    pub name: String,
    /// Its bins on the training rows. Each edge lies in the middle between two neighbouring
    /// 32-bit numbers, what a matrix holds: so it divides 64-bit values as it divides them after
    /// rounding, and the last digit of a stored edge does not matter.
    pub binning: Binning,
    /// What the regression multiplies the weight of evidence with, 0 or more.
    pub weight: f64,
}

impl CardColumn {
    /// What a value adds to the margin; NaN is null. A null where training had none, or a value
    /// where training had nulls only, says nothing and adds 0.
    pub fn contribution(&self, value: f64) -> f64 {
        self.binning.woe(value).map_or(0.0, |woe| self.weight * woe)
    }
}

/// Why a column is not on the card.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its information value is below the limit.
    LowInformationValue,
    /// Beside the other columns its weight came out negative: the card would have rewarded what
    /// goes with fewer positives.
    NegativeWeight {
        /// The weight it had when it was dropped.
        weight: f64,
    },
}

/// A column that is not on the card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name.
    pub column: String,
    /// Its information value on the training rows.
    pub iv: f64,
    /// Why it was left out.
    pub reason: Reason,
}

/// A fitted scorecard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// Version of the stored form.
    #[serde(deserialize_with = "known_version")]
    version: u32,
    intercept: f64,
    scale: PointScale,
    columns: Vec<CardColumn>,
    left_out: Vec<LeftOut>,
}

/// What each column of a card adds to the margin of each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// The card's columns, in order.
    pub columns: Vec<String>,
    /// Log-odds of a row to which no column adds anything.
    pub intercept: f64,
    /// Log-odds, row after row, one for each column. A row's margin is the intercept and these,
    /// added up from left to right.
    pub values: Vec<f64>,
}

impl Scorecard {
    /// Log-odds of a row to which no column adds anything.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// How margins become points.
    pub fn scale(&self) -> &PointScale {
        &self.scale
    }

    /// The columns of the card, in the order of the matrix.
    pub fn columns(&self) -> &[CardColumn] {
        &self.columns
    }

    /// Columns that are not on the card: first those with a low information value, then those
    /// dropped for their sign, in the order of dropping.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The margin (log-odds) of each row; always finite. Columns are found by name.
    ///
    /// # Errors
    /// If the matrix lacks a column of the card.
    pub fn margins(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        let mut margins = vec![self.intercept; matrix.n_rows()];
        for column in &self.columns {
            for (margin, value) in margins.iter_mut().zip(matrix.column(&column.name)?) {
                *margin += column.contribution(f64::from(value));
            }
        }
        Ok(margins)
    }

    /// What each column adds to each row's margin.
    ///
    /// # Errors
    /// As [`Scorecard::margins`].
    pub fn contributions(&self, matrix: &Matrix) -> Result<Contributions> {
        let width = self.columns.len();
        let mut values = vec![0.0; matrix.n_rows() * width];
        for (at, column) in self.columns.iter().enumerate() {
            for (row, value) in matrix.column(&column.name)?.into_iter().enumerate() {
                values[row * width + at] = column.contribution(f64::from(value));
            }
        }
        Ok(Contributions {
            columns: self.columns.iter().map(|c| c.name.clone()).collect(),
            intercept: self.intercept,
            values,
        })
    }
}

/// Refuses what a later leadrank has written.
fn known_version<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<u32, D::Error> {
    match u32::deserialize(from)? {
        VERSION => Ok(VERSION),
        other => Err(D::Error::custom(format!(
            "the scorecard has version {other}, but this leadrank reads version {VERSION}: \
             use the leadrank that wrote it, or fit it again"
        ))),
    }
}
