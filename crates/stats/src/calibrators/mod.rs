//! Curves from margins to probabilities.
//!
//! A model's margin orders rows; a curve fitted on rows that the model has not seen says what
//! share of rows with such a margin is positive. Every curve here rises with the margin or stays
//! level, so that calibration never turns a ranking round; ranks are taken from the margins, since
//! an isotonic curve ties some of them.

mod beta;
mod cuts;
mod isotonic;
mod segments;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, finite, same_length};
use crate::platt::Platt;

pub use beta::Beta;
pub use cuts::Cuts;
pub use isotonic::Isotonic;
pub use segments::{SegmentCurve, SegmentOptions, Segmented};

/// How a curve is fitted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The margin is taken for the log-odds that it claims to be.
    None,
    /// A slope and a level on the log-odds ([`Platt`]).
    #[default]
    Platt,
    /// Steps that only rise ([`Isotonic`]): any shape, for many positives.
    Isotonic,
    /// Two slopes, for low and for high margins, and a level ([`Beta`]).
    Beta,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 4] = [Method::None, Method::Platt, Method::Isotonic, Method::Beta];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Method::None => "none",
            Method::Platt => "Platt",
            Method::Isotonic => "isotonic",
            Method::Beta => "beta",
        }
    }
}

/// A fitted curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Curve {
    /// The logistic function of the margin.
    None,
    /// The logistic function of the margin moved by `shift`: where margins do not rank these rows
    /// the right way round, their slope is left alone and only the level is set.
    Level {
        /// Added to the margin, in log-odds.
        shift: f64,
    },
    /// Slope and level.
    Platt(Platt),
    /// Rising steps.
    Isotonic(Isotonic),
    /// Two slopes and a level.
    Beta(Beta),
}

impl Curve {
    /// Fits a curve. Where the fitted curve would fall with the margin it is a [`Curve::Level`];
    /// where a [`Beta`] has no optimum, since margins separate the classes or are all equal, it is
    /// Platt's, which always has one.
    ///
    /// # Errors
    /// For columns of different length, no rows, one class only, or margins that are not finite.
    ///
    /// ```
    /// use leadrank_stats::calibrators::{Curve, Method};
    ///
    /// let margins: Vec<f64> = (0..200).map(|row| f64::from(row) / 50.0 - 2.0).collect();
    /// let outcomes: Vec<bool> = (0..200).map(|row| row > 100 && row % 3 == 0).collect();
    /// let curve = Curve::fit(Method::Platt, &margins, &outcomes)?;
    /// assert!(curve.probability(2.0) > curve.probability(-2.0));
    /// # Ok::<(), leadrank_stats::Error>(())
    /// ```
    pub fn fit(method: Method, margins: &[f64], labels: &[bool]) -> Result<Curve> {
        both_classes(margins, labels)?;
        match method {
            Method::None => Ok(Curve::None),
            Method::Platt => {
                let platt = Platt::fit(margins, labels)?;
                match platt.slope > 0.0 {
                    true => Ok(Curve::Platt(platt)),
                    false => Curve::level(margins, labels),
                }
            }
            Method::Isotonic => Ok(Curve::Isotonic(Isotonic::fit(margins, labels))),
            Method::Beta => match Beta::fit(margins, labels) {
                Ok(Some(beta)) => Ok(Curve::Beta(beta)),
                Ok(None) => Curve::level(margins, labels),
                Err(_) => Curve::fit(Method::Platt, margins, labels),
            },
        }
    }

    /// The shift of the margins at which the mean probability is the share of positives, by
    /// bisection: the mean rises with the shift.
    ///
    /// # Errors
    /// As [`Curve::fit`].
    pub fn level(margins: &[f64], labels: &[bool]) -> Result<Curve> {
        both_classes(margins, labels)?;
        let positives = labels.iter().filter(|&&label| label).count() as f64;
        let farthest = margins
            .iter()
            .fold(0.0_f64, |far, margin| far.max(margin.abs()));
        let (mut low, mut high) = (-40.0 - farthest, 40.0 + farthest);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            let predicted: f64 = margins.iter().map(|margin| logistic(margin + middle)).sum();
            if predicted < positives {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(Curve::Level {
            shift: 0.5 * (low + high),
        })
    }

    /// How it was fitted; a level, too, stands for Platt's.
    pub fn method(&self) -> Method {
        match self {
            Curve::None => Method::None,
            Curve::Level { .. } | Curve::Platt(_) => Method::Platt,
            Curve::Isotonic(_) => Method::Isotonic,
            Curve::Beta(_) => Method::Beta,
        }
    }

    /// The probability at a margin.
    pub fn probability(&self, margin: f64) -> f64 {
        match self {
            Curve::Isotonic(steps) => steps.probability(margin),
            _ => logistic(self.log_odds(margin)),
        }
    }

    /// The log-odds of the probability at a margin.
    pub fn log_odds(&self, margin: f64) -> f64 {
        match self {
            Curve::None => margin,
            Curve::Level { shift } => margin + shift,
            Curve::Platt(platt) => platt.slope * margin + platt.intercept,
            Curve::Isotonic(steps) => {
                let probability = steps.probability(margin);
                (probability / (1.0 - probability)).ln()
            }
            Curve::Beta(beta) => beta.log_odds(margin),
        }
    }

    /// Slope and intercept, where the log-odds are a straight line of the margin.
    pub fn as_logistic(&self) -> Option<(f64, f64)> {
        match self {
            Curve::None => Some((1.0, 0.0)),
            Curve::Level { shift } => Some((1.0, *shift)),
            Curve::Platt(platt) => Some((platt.slope, platt.intercept)),
            Curve::Isotonic(_) | Curve::Beta(_) => None,
        }
    }

    /// The curve in words: `Platt (slope 0.900, intercept -3.000)`.
    pub fn words(&self) -> String {
        match self {
            Curve::None => "none: the margin as it is".into(),
            Curve::Level { shift } => format!("level only (log-odds {shift:+.3})"),
            Curve::Platt(platt) => format!(
                "Platt (slope {:.3}, intercept {:.3})",
                platt.slope, platt.intercept
            ),
            Curve::Isotonic(steps) => format!("isotonic ({} knots)", steps.knots().len()),
            Curve::Beta(beta) => format!(
                "beta (slopes {:.3} and {:.3}, intercept {:.3})",
                beta.low, beta.high, beta.intercept
            ),
        }
    }
}

/// `1 / (1 + exp(-x))` without overflow.
pub(crate) fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let odds = x.exp();
        odds / (1.0 + odds)
    }
}

fn both_classes(margins: &[f64], labels: &[bool]) -> Result<()> {
    let what = "a calibration curve";
    same_length("margins", labels.len(), margins.len())?;
    finite("margins", margins)?;
    let n = labels.len();
    if n == 0 {
        return Err(Error::Empty { what });
    }
    let positives = labels.iter().filter(|&&label| label).count();
    if positives == 0 || positives == n {
        return Err(Error::OneClass { what, n, positives });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
