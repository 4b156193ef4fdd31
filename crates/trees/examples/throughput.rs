//! Prints how many rows per CPU-second a model scores and explains:
//! `throughput MODEL [ROWS.f32]`, with rows as raw little-endian `f32` (random
//! ones without the file).

use std::hint::black_box;
use std::time::Instant;

use leadrank_trees::Model;

/// CPU seconds of this process so far, as Linux counts them (100 a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |field: usize| -> f64 {
        after_name
            .split_whitespace()
            .nth(field)
            .and_then(|t| t.parse().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}

/// Rows per CPU-second of `work`, which handles `rows`, repeated for two CPU-seconds.
fn rate(rows: usize, mut work: impl FnMut()) -> f64 {
    work();
    let (start, mut done) = (cpu_seconds(), 0);
    while cpu_seconds() - start < 2.0 {
        work();
        done += rows;
    }
    done as f64 / (cpu_seconds() - start)
}

fn random_rows(count: usize) -> Vec<f32> {
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..count)
        .map(|_| {
            if next() < 0.1 {
                f32::NAN
            } else {
                next() * 4.0 - 2.0
            }
        })
        .collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments
        .next()
        .ok_or("usage: throughput MODEL [ROWS.f32]")?;
    let model = Model::from_bytes(&std::fs::read(path)?)?;
    let width = model.n_features();
    let data = match arguments.next() {
        Some(path) => {
            let bytes = std::fs::read(path)?;
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|&word| f32::from_le_bytes(word))
                .collect()
        }
        None => random_rows(20_000 * width),
    };
    let rows = data.len() / width;
    let depth = model
        .trees()
        .iter()
        .map(|tree| tree.depth())
        .max()
        .unwrap_or(0);
    println!(
        "{} trees of depth up to {depth}, {rows} rows of {width}",
        model.n_trees()
    );

    let scored = rate(rows, || {
        black_box(model.margins(&data));
    });
    println!("margins        {scored:>12.0} rows per CPU-second");
    let start = Instant::now();
    model.shap(&data[..width], &mut Vec::new());
    println!(
        "first reasons  {:>12.1} ms with the tables",
        start.elapsed().as_secs_f64() * 1e3
    );
    let part = &data[..rows.min(4_000) * width];
    let explained = rate(part.len() / width, || {
        black_box(model.shap_values(part));
    });
    println!("contributions  {explained:>12.0} rows per CPU-second");

    let mut times: Vec<f64> = Vec::new();
    let (mut out, mut order) = (Vec::new(), Vec::new());
    for row in part.chunks_exact(width) {
        let start = Instant::now();
        black_box(model.margin(row));
        model.shap(row, &mut out);
        order.clear();
        order.extend(0..width);
        order.sort_by(|&a, &b| out[b].total_cmp(&out[a]));
        black_box(&order[..width.min(5)]);
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize];
    println!(
        "one row, 5 reasons  p50 {:.1} us, p99 {:.1} us",
        at(0.5),
        at(0.99)
    );
    Ok(())
}
