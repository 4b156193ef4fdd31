//! Evaluates a simulated test set of the usual size and says how long that took.
//!
//! `RAYON_NUM_THREADS=1 cargo run -p leadrank-stats --example evaluate -- 9000 1000`

use std::time::Instant;

use leadrank_stats::evaluation::{EvaluationOptions, evaluate};
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn main() -> leadrank_stats::Result<()> {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<u32>());
    let rows = arguments.next().and_then(Result::ok).unwrap_or(9000);
    let replicates = arguments.next().and_then(Result::ok).unwrap_or(1000);
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut uniform = || f64::from(generator.next_u32()) / 4_294_967_296.0;
    let margins: Vec<f64> = (0..rows)
        .map(|_| -3.3 + (0..12).map(|_| uniform() - 0.5).sum::<f64>() / 2.0)
        .collect();
    let probabilities: Vec<f64> = margins.iter().map(|m| 1.0 / (1.0 + (-m).exp())).collect();
    let labels: Vec<bool> = probabilities.iter().map(|p| uniform() < *p).collect();

    let options = EvaluationOptions {
        replicates,
        ..EvaluationOptions::default()
    };
    let start = Instant::now();
    let evaluation = evaluate(&labels, &margins, &probabilities, &options)?;
    let elapsed = start.elapsed();
    println!("{} rows, {} positive", evaluation.n, evaluation.positives);
    for (name, estimate) in &evaluation.metrics {
        let chance = estimate
            .chance
            .map_or_else(String::new, |chance| format!("{chance:>8.4}"));
        let (value, lo, hi) = (estimate.value, estimate.lo, estimate.hi);
        println!("{name:<24}{value:>8.4}  [{lo:.4}, {hi:.4}]{chance}");
    }
    println!("{replicates} replicates in {elapsed:.3?}");
    Ok(())
}
