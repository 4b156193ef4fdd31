//! One replicate: how often each row counts, and all metrics from that.

use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::bins::{BinTotals, EqualMass, mean_gap};
use crate::calibration::skill;
use crate::ranking::{Sweep, slice_size};

use super::sorted::SortedRows;
use super::{CALIBRATION_BINS, METRICS, TOP_PERCENT};

/// The generator of one stream of a seed.
pub(super) fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator
}

/// Draws rows, or groups of rows, with replacement; keeps its memory between draws.
#[derive(Clone)]
pub(crate) struct Resampler<'a> {
    units: u32,
    clusters: Option<&'a [u32]>,
    unit_weights: Vec<u32>,
    row_weights: Vec<u32>,
}

impl<'a> Resampler<'a> {
    /// Draws `units` rows; with `clusters`, which has the number of each row's group, that many
    /// groups.
    pub(crate) fn new(units: u32, clusters: Option<&'a [u32]>) -> Self {
        Self {
            units,
            clusters,
            unit_weights: vec![0; units as usize],
            row_weights: vec![0; clusters.map_or(0, <[u32]>::len)],
        }
    }

    /// How often each row is in this replicate.
    pub(crate) fn draw(&mut self, seed: u64, replicate: u32) -> &[u32] {
        let mut generator = generator(seed, u64::from(replicate));
        self.unit_weights.fill(0);
        for _ in 0..self.units {
            self.unit_weights[below(&mut generator, self.units) as usize] += 1;
        }
        let Some(clusters) = self.clusters else {
            return &self.unit_weights;
        };
        for (weight, &cluster) in self.row_weights.iter_mut().zip(clusters) {
            *weight = self.unit_weights[cluster as usize];
        }
        &self.row_weights
    }
}

/// A uniform whole number below `bound`, without bias: D. Lemire, "Fast Random Integer Generation
/// in an Interval", ACM TOMACS 29 (2019), algorithm 5.
#[inline]
fn below(generator: &mut ChaCha8Rng, bound: u32) -> u32 {
    loop {
        let product = u64::from(generator.next_u32()) * u64::from(bound);
        let low = product as u32;
        if low >= bound || low >= bound.wrapping_neg() % bound {
            return (product >> 32) as u32;
        }
    }
}

/// All metrics of the rows, each counted as often as its weight says; NaN where not defined.
pub(super) fn metrics(rows: &SortedRows, weights: &[u32]) -> [f64; METRICS] {
    let n: u64 = weights.iter().map(|&weight| u64::from(weight)).sum();
    let swept = sweep(rows, weights, n);
    let mut squared_error = 0.0;
    let mut width = [BinTotals::default(); CALIBRATION_BINS];
    let mut positives = 0;
    for (row, &weight) in weights.iter().enumerate() {
        squared_error += f64::from(weight) * rows.squared_errors[row];
        let hits = if rows.labels[row] {
            u64::from(weight)
        } else {
            0
        };
        positives += hits;
        width[usize::from(rows.width_bins[row])].add(
            u64::from(weight),
            hits,
            rows.probabilities[row],
        );
    }
    let mass = mass_totals(rows, n, |row| {
        let weight = u64::from(weights[row]);
        (weight, if rows.labels[row] { weight } else { 0 })
    });
    let predicted: f64 = width.iter().map(|bin| bin.probability).sum();
    let brier = squared_error / n as f64;
    let mut values = [f64::NAN; METRICS];
    values[0] = swept.auc_roc().unwrap_or(f64::NAN);
    values[1] = swept.auc_pr().unwrap_or(f64::NAN);
    values[2] = brier;
    values[3] = skill(brier, n, positives).unwrap_or(f64::NAN);
    values[4] = mean_gap(&width, n);
    values[5] = mean_gap(&mass, n);
    values[6] = if positives > 0 {
        predicted / positives as f64
    } else {
        f64::NAN
    };
    let undefined = [f64::NAN; TOP_PERCENT.len()];
    let (tops, rest) = values[7..].split_at_mut(TOP_PERCENT.len());
    let (recalls, lifts) = rest.split_at_mut(TOP_PERCENT.len());
    tops.copy_from_slice(&swept.precision());
    recalls.copy_from_slice(&swept.recall().unwrap_or(undefined));
    lifts.copy_from_slice(&swept.lift().unwrap_or(undefined));
    values
}

/// The ranking pass.
fn sweep(rows: &SortedRows, weights: &[u32], n: u64) -> Sweep<{ TOP_PERCENT.len() }> {
    let cuts = TOP_PERCENT.map(|percent| slice_size(n, f64::from(percent) / 100.0));
    let mut sweep = Sweep::new(cuts);
    let mut start = 0;
    for &end in &rows.score_ends {
        let (mut size, mut positives) = (0, 0);
        for (&weight, &label) in weights[start..end].iter().zip(&rows.labels[start..end]) {
            size += u64::from(weight);
            positives += if label { u64::from(weight) } else { 0 };
        }
        sweep.push(size, positives);
        start = end;
    }
    sweep
}

/// The equal-mass calibration bins of `n` rows; `weigh` gives a row's weight and that part of it
/// which is positive.
pub(super) fn mass_totals(
    rows: &SortedRows,
    n: u64,
    weigh: impl Fn(usize) -> (u64, u64),
) -> [BinTotals; CALIBRATION_BINS] {
    let mut totals = [BinTotals::default(); CALIBRATION_BINS];
    let mut dealer = EqualMass::new(n, CALIBRATION_BINS);
    let mut start = 0;
    for &end in &rows.probability_ends {
        let (mut size, mut positives) = (0, 0);
        for &row in &rows.by_probability[start..end] {
            let (weight, hits) = weigh(row as usize);
            size += weight;
            positives += hits;
        }
        if size > 0 {
            let probability = rows.probabilities[rows.by_probability[start] as usize];
            totals[dealer.next_bin(size)].add(size, positives, probability);
        }
        start = end;
    }
    totals
}
