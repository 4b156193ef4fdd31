//! Platt scaling: a logistic curve from margins to probabilities.
//!
//! J. C. Platt, "Probabilistic Outputs for Support Vector Machines" (1999), fitted as in
//! H.-T. Lin, C.-J. Lin and R. C. Weng, "A Note on Platt's Probabilistic Outputs for Support
//! Vector Machines", Machine Learning 68 (2007).

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, finite, same_length};

/// The curve `p = 1 / (1 + exp(-(slope * margin + intercept)))`.
///
/// The slope has the opposite sign of the `A` of the papers: with useful margins it is positive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Change of the log-odds for one unit of margin.
    pub slope: f64,
    /// Log-odds at margin 0.
    pub intercept: f64,
}

/// Newton steps before the fit is taken as it is; about ten are usual.
const MAX_STEPS: usize = 200;
/// The gradient of the mean loss, on standardised margins, at which the fit has converged.
const GRADIENT_TOLERANCE: f64 = 1e-13;
/// Added to the diagonal of the Hessian, which vanishes far from the optimum.
const RIDGE: f64 = 1e-12;

impl Platt {
    /// Fits the curve by minimising the cross-entropy against smoothed targets,
    /// `(positives + 1) / (positives + 2)` and `1 / (negatives + 2)` (equation 2 of the note), by
    /// Newton's method with backtracking (its algorithm 1). The smoothing keeps the optimum
    /// finite even where margins separate the classes.
    ///
    /// Margins are standardised inside, so their unit does not matter. Margins that are all
    /// equal carry no information: the slope is then 0.
    ///
    /// # Errors
    /// For columns of different length, no rows, one class only, or margins that are not finite.
    pub fn fit(margins: &[f64], labels: &[bool]) -> Result<Platt> {
        same_length("margins", labels.len(), margins.len())?;
        if labels.is_empty() {
            return Err(Error::Empty {
                what: "the Platt fit",
            });
        }
        finite("margins", margins)?;
        let n = labels.len();
        let positives = labels.iter().filter(|&&label| label).count();
        if positives == 0 || positives == n {
            return Err(Error::OneClass {
                what: "the Platt fit",
                n,
                positives,
            });
        }
        let problem = Problem::new(margins, labels, positives)?;
        let (slope, intercept) = problem.solve();
        if problem.scale == 0.0 {
            return Ok(Platt {
                slope: 0.0,
                intercept,
            });
        }
        let slope = slope / problem.scale;
        let intercept = intercept - slope * problem.centre;
        if !slope.is_finite() || !intercept.is_finite() {
            return Err(Error::Overflow {
                name: "the coefficients of the fitted curve",
            });
        }
        Ok(Platt { slope, intercept })
    }

    /// The probability at a margin.
    pub fn probability(&self, margin: f64) -> f64 {
        sigmoid(self.slope * margin + self.intercept)
    }
}

/// The fit on standardised margins.
struct Problem {
    x: Vec<f64>,
    targets: Vec<f64>,
    centre: f64,
    scale: f64,
    start: f64,
}

impl Problem {
    fn new(margins: &[f64], labels: &[bool], positives: usize) -> Result<Self> {
        let n = margins.len() as f64;
        let centre = margins.iter().sum::<f64>() / n;
        let variance = margins
            .iter()
            .map(|m| (m - centre) * (m - centre))
            .sum::<f64>()
            / n;
        if !centre.is_finite() || !variance.is_finite() {
            return Err(Error::Overflow { name: "margins" });
        }
        let constant = margins.iter().all(|&margin| margin == margins[0]);
        let scale = if constant { 0.0 } else { variance.sqrt() };
        let standardise = |m: &f64| {
            if scale > 0.0 {
                (m - centre) / scale
            } else {
                0.0
            }
        };
        let (positives, negatives) = (positives as f64, n - positives as f64);
        let high = (positives + 1.0) / (positives + 2.0);
        let low = 1.0 / (negatives + 2.0);
        Ok(Self {
            x: margins.iter().map(standardise).collect(),
            targets: labels
                .iter()
                .map(|&label| if label { high } else { low })
                .collect(),
            centre,
            scale,
            start: ((positives + 1.0) / (negatives + 1.0)).ln(),
        })
    }

    /// Slope and intercept on the standardised margins.
    fn solve(&self) -> (f64, f64) {
        let n = self.x.len() as f64;
        let (mut slope, mut intercept) = (0.0, self.start);
        let mut loss = self.loss(slope, intercept);
        for _ in 0..MAX_STEPS {
            let (gs, gi, hss, hsi, hii) = self.derivatives(slope, intercept);
            if gs.abs().max(gi.abs()) < GRADIENT_TOLERANCE * n {
                break;
            }
            let (hss, hii) = (hss + RIDGE, hii + RIDGE);
            let determinant = hss * hii - hsi * hsi;
            let (ds, di) = (
                (hsi * gi - hii * gs) / determinant,
                (hsi * gs - hss * gi) / determinant,
            );
            let descent = gs * ds + gi * di;
            let mut step = 1.0;
            let moved = loop {
                let candidate = (slope + step * ds, intercept + step * di);
                let candidate_loss = self.loss(candidate.0, candidate.1);
                if candidate_loss < loss + 1e-4 * step * descent {
                    (slope, intercept) = candidate;
                    loss = candidate_loss;
                    break true;
                }
                step /= 2.0;
                if step < 1e-10 {
                    break false;
                }
            };
            if !moved {
                // The loss is flat to rounding. Its gradient is still exact to more digits than
                // the loss: one full step, if small, lands on the optimum.
                if ds.abs().max(di.abs()) < 1e-4 {
                    (slope, intercept) = (slope + ds, intercept + di);
                }
                break;
            }
        }
        (slope, intercept)
    }

    /// Cross-entropy against the smoothed targets.
    fn loss(&self, slope: f64, intercept: f64) -> f64 {
        let term = |(x, target): (&f64, &f64)| {
            let z = slope * x + intercept;
            // log(1 + exp(z)) - target * z, without overflow.
            z.max(0.0) + (-z.abs()).exp().ln_1p() - target * z
        };
        self.x.iter().zip(&self.targets).map(term).sum()
    }

    /// Gradient (slope, intercept) and Hessian (slope², slope·intercept, intercept²).
    fn derivatives(&self, slope: f64, intercept: f64) -> (f64, f64, f64, f64, f64) {
        let mut sums = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (x, target) in self.x.iter().zip(&self.targets) {
            let p = sigmoid(slope * x + intercept);
            let (residual, weight) = (p - target, p * (1.0 - p));
            sums.0 += residual * x;
            sums.1 += residual;
            sums.2 += weight * x * x;
            sums.3 += weight * x;
            sums.4 += weight;
        }
        sums
    }
}

/// The logistic function, without overflow.
fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + (-z).exp())
    } else {
        let e = z.exp();
        e / (1.0 + e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two groups of margins: the optimum meets the mean target of each exactly.
    #[test]
    fn two_margins_by_hand() {
        let labels = [true, false, false, false, true, true, true, false];
        let margins = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        let fitted = Platt::fit(&margins, &labels).unwrap();
        // Targets 5/6 and 1/6: means 1/3 and 2/3, log-odds -ln 2 and ln 2.
        assert!((fitted.intercept + 2_f64.ln()).abs() < 1e-9);
        assert!((fitted.slope - 4_f64.ln()).abs() < 1e-9);
        assert!((fitted.probability(0.5) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn separated_classes_stay_finite() {
        for gap in [1e-6, 1.0, 1e6] {
            let margins: Vec<f64> = (0..100).map(|row| f64::from(row / 50) * gap).collect();
            let labels: Vec<bool> = (0..100).map(|row| row >= 50).collect();
            let fitted = Platt::fit(&margins, &labels).unwrap();
            assert!((fitted.probability(gap) - 51.0 / 52.0).abs() < 1e-9);
            assert!((fitted.probability(0.0) - 1.0 / 52.0).abs() < 1e-9);
        }
    }

    #[test]
    fn an_outlier_does_not_stop_the_fit() {
        let mut margins: Vec<f64> = (0..200).map(|row| f64::from(row % 20) / 10.0).collect();
        let labels: Vec<bool> = (0..200).map(|row| row % 3 == 0).collect();
        margins[0] = 1e9;
        let fitted = Platt::fit(&margins, &labels).unwrap();
        let problem = Problem::new(&margins, &labels, 67).unwrap();
        let on_standard_scale = (
            fitted.slope * problem.scale,
            fitted.intercept + fitted.slope * problem.centre,
        );
        let (slope, intercept, ..) = problem.derivatives(on_standard_scale.0, on_standard_scale.1);
        assert!(
            slope.abs() < 1e-6 && intercept.abs() < 1e-6,
            "{slope} {intercept}"
        );
    }

    #[test]
    fn equal_margins_give_the_mean_target() {
        let fitted = Platt::fit(&[0.1; 3], &[true, false, false]).unwrap();
        assert_eq!(fitted.slope, 0.0);
        // Targets 2/3, 1/4 and 1/4.
        assert!((fitted.probability(5.0) - 7.0 / 18.0).abs() < 1e-9);
    }

    #[test]
    fn refuses_what_cannot_be_fitted() {
        let message =
            |margins: &[f64], labels: &[bool]| Platt::fit(margins, labels).unwrap_err().to_string();
        assert!(message(&[], &[]).contains("at least one row"));
        assert!(message(&[1.0, 2.0], &[true, true]).contains("2 positives in 2 rows"));
        assert!(message(&[1.0], &[true, false]).contains("margins has 1 values"));
        assert!(message(&[1.0, f64::NAN], &[true, false]).contains("row 1"));
        assert!(message(&[-1e300, 1e300], &[true, false]).contains("too large"));
    }

    #[test]
    fn the_curve_stays_in_its_range() {
        let curve = Platt {
            slope: 2.0,
            intercept: -1.0,
        };
        assert_eq!(curve.probability(-1e6), 0.0);
        assert_eq!(curve.probability(1e6), 1.0);
        let text = serde_json::to_string(&curve).unwrap();
        assert_eq!(text, r#"{"slope":2.0,"intercept":-1.0}"#);
    }
}
