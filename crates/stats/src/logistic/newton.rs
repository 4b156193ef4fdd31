//! The minimum of the penalised loss, by Newton's method.

use rayon::prelude::*;

use super::cholesky::Cholesky;
use super::{Logistic, LogisticOptions, StandardErrors};
use crate::correlation::gram::{Columns, inner_products};
use crate::error::{Error, Result};

/// Rows that are summed before the next: sums of sums in this fixed order are the same on any
/// number of threads.
const BLOCK: usize = 4096;
/// Newton steps before the fit is given up; about eight are usual.
const MAX_STEPS: usize = 100;
/// The largest change of a coefficient, on standardised columns, at which the fit has converged.
/// Newton's next step would be smaller by as many digits again.
const STEP_TOLERANCE: f64 = 1e-8;
/// Halvings of a step before the loss counts as flat to rounding.
const MAX_HALVINGS: usize = 40;

/// The fit on standardised columns. Position 0 is the intercept.
pub(super) struct Problem<'a> {
    labels: &'a [bool],
    /// Columns that vary, standardised.
    columns: Vec<Vec<f64>>,
    /// Their positions among the columns handed in.
    places: Vec<usize>,
    /// Mean and standard deviation of each.
    scales: Vec<(f64, f64)>,
    /// Penalty on each standardised coefficient, half of it times the square.
    penalties: Vec<f64>,
    width: usize,
    positives: usize,
}

/// What a set of coefficients gives.
struct State {
    coefficients: Vec<f64>,
    /// Outcome less probability of each row.
    residuals: Vec<f64>,
    /// Probability times its complement; neither is a difference of numbers near 1, so both keep
    /// their digits far out.
    weights: Vec<f64>,
    loss: f64,
}

impl<'a> Problem<'a> {
    pub(super) fn new(
        columns: &[&[f64]],
        labels: &'a [bool],
        positives: usize,
        options: &LogisticOptions,
    ) -> Result<Self> {
        let mut problem = Self {
            labels,
            columns: Vec::new(),
            places: Vec::new(),
            scales: Vec::new(),
            penalties: Vec::new(),
            width: columns.len(),
            positives,
        };
        let n = labels.len() as f64;
        for (place, column) in columns.iter().enumerate() {
            if column.iter().all(|&value| value == column[0]) {
                if options.penalty == 0.0 {
                    return Err(Error::Collinear { column: place });
                }
                continue;
            }
            let mean = column.iter().sum::<f64>() / n;
            let squares: f64 = column.iter().map(|x| (x - mean) * (x - mean)).sum();
            let deviation = (squares / n).sqrt();
            if !(mean.is_finite() && deviation.is_finite() && deviation > 0.0) {
                return Err(Error::Overflow { name: "columns" });
            }
            let standard = column.iter().map(|x| (x - mean) / deviation).collect();
            problem.columns.push(standard);
            problem.places.push(place);
            problem.scales.push((mean, deviation));
            problem.penalties.push(if options.standardise {
                options.penalty
            } else {
                options.penalty / deviation / deviation
            });
        }
        Ok(problem)
    }

    /// The optimum, with standard errors where there is no penalty.
    pub(super) fn solve(&self, free: bool) -> Result<Logistic> {
        let negatives = self.labels.len() - self.positives;
        let mut start = vec![0.0; self.columns.len() + 1];
        start[0] = (self.positives as f64 / negatives as f64).ln();
        let mut state = self.state(start);
        for steps in 0..MAX_STEPS {
            let gradient = self.gradient(&state);
            let step = self.factorised(&state, steps == 0)?.solve(&gradient);
            let slope: f64 = step.iter().zip(&gradient).map(|(s, g)| s * g).sum();
            let size = step.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
            let largest = state
                .coefficients
                .iter()
                .fold(1.0, |most: f64, c| most.max(c.abs()));
            if size <= STEP_TOLERANCE * largest {
                // The last step is taken whole: the gradient is exact to more digits than the
                // loss, which is flat here.
                let coefficients = moved(&state.coefficients, &step, 1.0);
                return self.finish(&self.state(coefficients), free);
            }
            let Some(next) = self.descend(&state, &step, slope) else {
                break;
            };
            state = next;
        }
        Err(Error::Separated)
    }

    /// The first of ever shorter steps that makes the loss smaller by enough, `None` if none does.
    fn descend(&self, state: &State, step: &[f64], slope: f64) -> Option<State> {
        // Where the loss is flat to rounding, a whole step is as good as any.
        let rounding = 1e-13 * state.loss;
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let next = self.state(moved(&state.coefficients, step, length));
            if next.loss <= state.loss - 1e-4 * length * slope + rounding {
                return Some(next);
            }
            length /= 2.0;
        }
        None
    }

    /// Residuals, weights and loss at these coefficients.
    fn state(&self, coefficients: Vec<f64>) -> State {
        let mut residuals = vec![0.0; self.labels.len()];
        let mut weights = vec![0.0; self.labels.len()];
        let losses: Vec<f64> = residuals
            .par_chunks_mut(BLOCK)
            .zip(weights.par_chunks_mut(BLOCK))
            .zip(self.labels.par_chunks(BLOCK))
            .enumerate()
            .map(|(block, ((residuals, weights), labels))| {
                // The weights hold the margins first.
                weights.fill(coefficients[0]);
                let from = block * BLOCK;
                for (column, coefficient) in self.columns.iter().zip(&coefficients[1..]) {
                    let values = &column[from..from + weights.len()];
                    for (margin, value) in weights.iter_mut().zip(values) {
                        *margin += coefficient * value;
                    }
                }
                let mut loss = 0.0;
                for ((weight, residual), &label) in weights.iter_mut().zip(residuals).zip(labels) {
                    let against = if label { -*weight } else { *weight };
                    let small = (-against.abs()).exp();
                    loss += against.max(0.0) + small.ln_1p();
                    let rarer = small / (1.0 + small);
                    let missed = if against >= 0.0 {
                        1.0 / (1.0 + small)
                    } else {
                        rarer
                    };
                    *residual = if label { missed } else { -missed };
                    *weight = rarer / (1.0 + small);
                }
                loss
            })
            .collect();
        let penalty: f64 = coefficients[1..]
            .iter()
            .zip(&self.penalties)
            .map(|(c, penalty)| penalty / 2.0 * c * c)
            .sum();
        State {
            coefficients,
            residuals,
            weights,
            loss: losses.iter().sum::<f64>() + penalty,
        }
    }

    /// Downhill: the negative gradient of the loss.
    fn gradient(&self, state: &State) -> Vec<f64> {
        let residuals = &state.residuals;
        let mut gradient = vec![residuals.iter().sum::<f64>()];
        let of_columns = self.columns.par_iter().map(|column| {
            let products = column.iter().zip(residuals);
            products.map(|(x, residual)| x * residual).sum::<f64>()
        });
        gradient.par_extend(of_columns);
        for (at, penalty) in self.penalties.iter().enumerate() {
            gradient[at + 1] -= penalty * state.coefficients[at + 1];
        }
        gradient
    }

    /// The Hessian of the loss, factorised. While all weights are `equal` it is singular where
    /// columns depend on each other; later only where weights vanish, since rows are fitted
    /// perfectly.
    fn factorised(&self, state: &State, equal: bool) -> Result<Cholesky> {
        let size = self.columns.len() + 1;
        let roots: Vec<f64> = state.weights.iter().map(|weight| weight.sqrt()).collect();
        let mut weighted = Columns::new(size, roots.len());
        weighted.each_mut().enumerate().for_each(|(at, into)| {
            if at == 0 {
                into.copy_from_slice(&roots);
                return;
            }
            for ((into, x), root) in into.iter_mut().zip(&self.columns[at - 1]).zip(&roots) {
                *into = x * root;
            }
        });
        let mut hessian = inner_products(&weighted);
        for (at, penalty) in self.penalties.iter().enumerate() {
            hessian[(at + 1) * (size + 1)] += penalty;
        }
        Cholesky::new(size, hessian).map_err(|at| match at.checked_sub(1) {
            Some(column) if equal => Error::Collinear {
                column: self.places[column],
            },
            _ => Error::Separated,
        })
    }

    /// Back to the columns as they were handed in.
    fn finish(&self, state: &State, free: bool) -> Result<Logistic> {
        let mut coefficients = vec![0.0; self.width];
        let mut intercept = state.coefficients[0];
        // The intercept as a combination of the standardised coefficients.
        let mut combination = vec![1.0];
        for (at, &(mean, deviation)) in self.scales.iter().enumerate() {
            let coefficient = state.coefficients[at + 1] / deviation;
            coefficients[self.places[at]] = coefficient;
            intercept -= coefficient * mean;
            combination.push(-mean / deviation);
        }
        if !intercept.is_finite() || coefficients.iter().any(|c| !c.is_finite()) {
            return Err(Error::Overflow { name: "columns" });
        }
        let standard_errors = if free {
            let hessian = self.factorised(state, false)?;
            let mut errors = vec![0.0; self.width];
            for (at, &(_, deviation)) in self.scales.iter().enumerate() {
                let mut unit = vec![0.0; combination.len()];
                unit[at + 1] = 1.0 / deviation;
                errors[self.places[at]] = hessian.inverse_form(&unit).sqrt();
            }
            Some(StandardErrors {
                intercept: hessian.inverse_form(&combination).sqrt(),
                coefficients: errors,
            })
        } else {
            None
        };
        Ok(Logistic {
            intercept,
            coefficients,
            standard_errors,
        })
    }
}

/// `from + length × step`.
fn moved(from: &[f64], step: &[f64], length: f64) -> Vec<f64> {
    let pairs = from.iter().zip(step);
    pairs.map(|(from, step)| from + length * step).collect()
}
