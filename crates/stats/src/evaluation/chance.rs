//! What a model that knows nothing would show.

use rand::RngCore;
use rayon::prelude::*;

use crate::bins::{BinTotals, mean_gap};
use crate::calibration::base_brier;
use crate::ranking::slice_size;

use super::replicate::{generator, mass_totals};
use super::sorted::SortedRows;
use super::{CALIBRATION_BINS, METRICS, TOP_PERCENT};

/// Simulated outcomes for the calibration errors: their mean is then known to about 3 %.
const SIMULATIONS: u32 = 200;
/// Streams from here on are for simulation; those below are for replicates.
const FIRST_STREAM: u64 = 1 << 32;

/// The chance level of each metric, in the order of a pass; NaN where there is none.
pub(super) fn levels(rows: &SortedRows, seed: u64) -> [f64; METRICS] {
    let n = rows.len() as u64;
    let base_rate = rows.positives as f64 / n as f64;
    let (width, mass) = calibration_noise(rows, seed);
    let mut levels = [f64::NAN; METRICS];
    levels[..6].copy_from_slice(&[
        0.5,
        base_rate,
        base_brier(n, rows.positives),
        0.0,
        width,
        mass,
    ]);
    for (top, percent) in TOP_PERCENT.into_iter().enumerate() {
        let size = slice_size(n, f64::from(percent) / 100.0);
        levels[7 + top] = base_rate;
        levels[7 + TOP_PERCENT.len() + top] = size as f64 / n as f64;
        levels[7 + 2 * TOP_PERCENT.len() + top] = 1.0;
    }
    levels
}

/// The mean equal-width and equal-mass calibration errors of outcomes drawn from the
/// probabilities.
fn calibration_noise(rows: &SortedRows, seed: u64) -> (f64, f64) {
    let errors: Vec<(f64, f64)> = (0..SIMULATIONS)
        .into_par_iter()
        .map_init(
            || vec![0_u64; rows.len()],
            |outcomes, simulation| {
                draw_outcomes(rows, outcomes, seed, FIRST_STREAM + u64::from(simulation));
                errors_of(rows, outcomes)
            },
        )
        .collect();
    let mean = |error: fn(&(f64, f64)) -> f64| {
        errors.iter().map(error).sum::<f64>() / f64::from(SIMULATIONS)
    };
    (mean(|errors| errors.0), mean(|errors| errors.1))
}

/// Sets each outcome to 1 with the row's probability.
fn draw_outcomes(rows: &SortedRows, outcomes: &mut [u64], seed: u64, stream: u64) {
    let mut generator = generator(seed, stream);
    for (outcome, &probability) in outcomes.iter_mut().zip(&rows.probabilities) {
        let uniform = f64::from(generator.next_u32()) / 4_294_967_296.0;
        *outcome = u64::from(uniform < probability);
    }
}

/// Equal-width and equal-mass calibration errors for these outcomes.
fn errors_of(rows: &SortedRows, outcomes: &[u64]) -> (f64, f64) {
    let n = rows.len() as u64;
    let mut width = [BinTotals::default(); CALIBRATION_BINS];
    for (row, &outcome) in outcomes.iter().enumerate() {
        width[usize::from(rows.width_bins[row])].add(1, outcome, rows.probabilities[row]);
    }
    let mass = mass_totals(rows, n, |row| (1, outcomes[row]));
    (mean_gap(&width, n), mean_gap(&mass, n))
}
