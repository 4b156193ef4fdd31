//! From training rows to a card.

use leadrank_stats::binning::{BinRange, Binning, MonotoneOptions};
use leadrank_stats::logistic::{Logistic, LogisticOptions};

use super::table::floor;
use super::{CardColumn, Cuts, LeftOut, PointScale, Reason, Scorecard, ScorecardOptions, VERSION};
use crate::fit::labels_of;
use crate::split::TrainingRows;
use crate::{LearnError, Matrix, Result};

impl Scorecard {
    /// Fits a card on the training rows alone.
    ///
    /// Columns below the least information value are left out; then the regression is fitted, and
    /// while a weight is negative the column with the most negative one is dropped and the rest
    /// fitted anew. A card may end up without columns: it then gives everyone the base rate.
    ///
    /// # Errors
    /// For labels missing on the rows, one class only, a kept column that is not there, and
    /// options outside their range.
    pub fn fit(
        matrix: &Matrix,
        labels: &[Option<bool>],
        rows: &impl TrainingRows,
        options: &ScorecardOptions,
    ) -> Result<Self> {
        let labels = labels_of(labels, rows)?;
        let scale = options.scale(&labels)?;
        for name in &options.always_keep {
            if !matrix.names().contains(name) {
                return Err(LearnError::UnknownColumn {
                    name: name.clone(),
                    hint: ", which the scorecard is to keep; correct `always_keep`".to_owned(),
                });
            }
        }
        let mut left_out = Vec::new();
        let mut columns = Vec::new();
        let mut evidence: Vec<Vec<f64>> = Vec::new();
        for name in matrix.names() {
            let all = matrix.column(name)?;
            let values: Vec<f64> = rows
                .indices()
                .iter()
                .map(|&row| all.get(row).map_or(f64::NAN, |&value| f64::from(value)))
                .collect();
            let mut binning = options.cut(&values, &labels).map_err(|error| {
                LearnError::downstream("scorecard", format!("column `{name}`: {error}"))
            })?;
            settle_edges(&mut binning);
            let iv = binning.iv;
            if iv < options.minimum_iv && !options.always_keep.contains(name) {
                left_out.push(LeftOut {
                    column: name.clone(),
                    iv,
                    reason: Reason::LowInformationValue,
                });
                continue;
            }
            let woe = |&value: &f64| binning.woe(value).unwrap_or(0.0);
            evidence.push(values.iter().map(woe).collect());
            columns.push(CardColumn {
                name: name.clone(),
                binning,
                weight: 0.0,
            });
        }
        let regression = LogisticOptions {
            penalty: options.penalty,
            standardise: false,
        };
        let intercept = loop {
            let slices: Vec<&[f64]> = evidence.iter().map(Vec::as_slice).collect();
            let fitted = Logistic::fit(&slices, &labels, &regression)
                .map_err(|error| LearnError::downstream("scorecard", error))?;
            let Some((worst, weight)) = most_negative(&fitted.coefficients) else {
                for (column, weight) in columns.iter_mut().zip(fitted.coefficients) {
                    column.weight = weight;
                }
                break fitted.intercept;
            };
            evidence.remove(worst);
            let column = columns.remove(worst);
            left_out.push(LeftOut {
                column: column.name,
                iv: column.binning.iv,
                reason: Reason::NegativeWeight { weight },
            });
        };
        Ok(Self {
            version: VERSION,
            intercept,
            scale,
            columns,
            left_out,
        })
    }
}

impl ScorecardOptions {
    /// A column's bins. Two values always have a bin each: there is nothing to merge.
    fn cut(&self, values: &[f64], labels: &[bool]) -> leadrank_stats::Result<Binning> {
        if self.cuts == Cuts::Quantile || at_most_two(values) {
            return Binning::fit(values, labels, self.bins.max(2));
        }
        let options = MonotoneOptions {
            bins: self.bins,
            minimum_share: self.minimum_share,
            ..MonotoneOptions::default()
        };
        Binning::fit_monotone(values, labels, &options)
    }

    fn scale(&self, labels: &[bool]) -> Result<PointScale> {
        let positives = labels.iter().filter(|&&label| label).count() as f64;
        let negatives = labels.len() as f64 - positives;
        if positives == 0.0 || negatives == 0.0 {
            return Err(LearnError::fit(
                format!("the training rows hold {positives} positives and {negatives} negatives"),
                "a scorecard needs both outcomes: give more history",
            ));
        }
        let scale = PointScale {
            base_points: self.base_points,
            base_odds: self.base_odds.unwrap_or(positives / negatives),
            points_to_double: self.points_to_double,
        };
        let above_zero = |value: f64| value > 0.0 && value.is_finite();
        let checks = [
            (
                "base_points",
                scale.base_points,
                scale.base_points.is_finite(),
                "a finite number",
            ),
            (
                "base_odds",
                scale.base_odds,
                above_zero(scale.base_odds),
                "above 0, such as 0.05",
            ),
            (
                "points_to_double",
                scale.points_to_double,
                above_zero(scale.points_to_double),
                "above 0, such as 20",
            ),
            (
                "minimum_iv",
                self.minimum_iv,
                !self.minimum_iv.is_nan(),
                "a number, such as 0.02",
            ),
        ];
        match checks.into_iter().find(|check| !check.2) {
            None => Ok(scale),
            Some((parameter, value, _, rule)) => Err(LearnError::Recipe {
                parameter,
                value: value.to_string(),
                rule,
            }),
        }
    }
}

/// Moves each edge to the middle between the two neighbouring 32-bit numbers around it.
fn settle_edges(binning: &mut Binning) {
    for edge in &mut binning.edges {
        *edge = border(*edge);
    }
    for bin in &mut binning.bins {
        if let BinRange::Values { above, up_to } = &mut bin.range {
            *above = above.map(border);
            *up_to = up_to.map(border);
        }
    }
}

/// The number up to which values, rounded to 32 bits, are not above the edge.
fn border(edge: f64) -> f64 {
    let below = floor(edge);
    let above = below.next_up();
    if above.is_finite() {
        f64::midpoint(f64::from(below), f64::from(above))
    } else {
        edge
    }
}

/// Whether the column has no three distinct values.
fn at_most_two(values: &[f64]) -> bool {
    let mut seen: [Option<f64>; 2] = [None, None];
    values.iter().filter(|value| !value.is_nan()).all(|&value| {
        if seen.contains(&Some(value)) {
            return true;
        }
        let free = seen.iter_mut().find(|seen| seen.is_none());
        free.map(|free| *free = Some(value)).is_some()
    })
}

/// The place and value of the lowest weight below zero, the first of equals.
fn most_negative(weights: &[f64]) -> Option<(usize, f64)> {
    weights
        .iter()
        .copied()
        .enumerate()
        .filter(|&(_, weight)| weight < 0.0)
        .reduce(|least, other| if other.1 < least.1 { other } else { least })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_border_rounds_as_the_matrix_does() {
        for edge in [0.7, -0.3, 1.0, 0.0, 1e-40, 123_456.789, -2.5e30, 0.1 + 0.2] {
            let border = border(edge);
            for value in [
                border.next_down(),
                border.next_up(),
                edge - 1.0,
                edge + 1.0,
                0.7,
                -0.3,
            ] {
                let rounded = f64::from(value as f32);
                assert_eq!(value <= border, rounded <= edge, "{value} {edge}");
            }
        }
    }
}
