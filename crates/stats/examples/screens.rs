//! Screens simulated columns of the usual number and length and says how long each screen took.
//!
//! `RAYON_NUM_THREADS=1 cargo run -p leadrank-stats --example screens -- 46000 67`

use std::time::Instant;

use leadrank_stats::binning::Binning;
use leadrank_stats::{correlation, vif};
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

fn main() -> leadrank_stats::Result<()> {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<usize>());
    let rows = arguments.next().and_then(Result::ok).unwrap_or(46_000);
    let width = arguments.next().and_then(Result::ok).unwrap_or(67);
    let (columns, labels) = simulate(rows, width);
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    println!("{rows} rows, {width} columns, every second with nulls of its own or of its source");

    let start = Instant::now();
    let binnings = columns
        .par_iter()
        .map(|column| Binning::fit(column, &labels, 10))
        .collect::<leadrank_stats::Result<Vec<Binning>>>()?;
    let values: Vec<f64> = binnings.iter().map(|binning| binning.iv).collect();
    println!("information values   {:>10.1?}", start.elapsed());

    let start = Instant::now();
    correlation::pearson(&columns)?;
    println!("Pearson correlation  {:>10.1?}", start.elapsed());

    let start = Instant::now();
    correlation::spearman(&columns)?;
    println!("Spearman correlation {:>10.1?}", start.elapsed());

    let start = Instant::now();
    let screen = vif::screen(&columns[..44.min(width)], &values[..44.min(width)], 10.0)?;
    println!(
        "variance inflation   {:>10.1?}  (first 44 columns)",
        start.elapsed()
    );
    println!(
        "{} rows without nulls, {} columns removed",
        screen.rows,
        screen.removed.len()
    );
    Ok(())
}

/// Columns that share a factor (some of them hold little else), half of them with nulls: every fourth with nulls of its own, and
/// as many with those that one of three sources lacks.
fn simulate(rows: usize, width: usize) -> (Vec<Vec<f64>>, Vec<bool>) {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut uniform = || f64::from(generator.next_u32()) / 4_294_967_296.0;
    let factor: Vec<f64> = (0..rows).map(|_| uniform()).collect();
    let labels: Vec<bool> = factor.iter().map(|f| uniform() < 0.08 * f).collect();
    let source: Vec<Vec<bool>> = (0..3)
        .map(|_| (0..rows).map(|_| uniform() < 0.2).collect())
        .collect();
    let columns = (0..width)
        .map(|column| {
            let value = |row: usize| {
                let weight = if column % 6 == 2 { 20.0 } else { 0.3 };
                let value = weight * factor[row] + uniform() + uniform();
                let lacking = match column % 4 {
                    1 => uniform() < 0.1,
                    3 => source[column % 3][row],
                    _ => false,
                };
                match (lacking, column % 5) {
                    (true, _) => f64::NAN,
                    (false, 0) => f64::from(value > 1.2),
                    (false, 1) => (10.0 * value).floor(),
                    (false, _) => value,
                }
            };
            (0..rows).map(value).collect()
        })
        .collect();
    (columns, labels)
}
