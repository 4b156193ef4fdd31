//! Screens the columns of a table for a model, for `benches/model_peers.py` to do the same:
//! `RAYON_NUM_THREADS=1 cargo run -p leadrank-stats --example screens -- WHAT FOLDER`.
//!
//! The folder holds `values.f32` (row after row, NaN for null) and `labels.u8`, as the example
//! `model_development` of `leadrank-learn` makes them. `WHAT` is `quantile_iv`, `monotone_iv`,
//! `vif`, `pearson` or `spearman`. Prints one line of JSON: the wall and CPU seconds of the work
//! alone, and its values, for comparison.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use leadrank_stats::binning::{Binning, MonotoneOptions};
use leadrank_stats::correlation::{self, CorrelationMatrix};
use leadrank_stats::vif;
use rayon::prelude::*;
use serde_json::{Value, json};

/// A factor that is too large.
const LIMIT: f64 = 10.0;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, folder] = arguments.as_slice() else {
        return Err("say which screen, and the folder of the table".into());
    };
    let (columns, labels) = read(Path::new(folder))?;
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let iv = |fit: &(dyn Fn(&[f64]) -> leadrank_stats::Result<Binning> + Sync)| {
        let values = columns.par_iter().map(|column| Ok(fit(column)?.iv));
        values.collect::<leadrank_stats::Result<Vec<f64>>>()
    };
    let (start, cpu) = (Instant::now(), cpu_seconds()?);
    let found: Value = match what.as_str() {
        "quantile_iv" => json!(iv(&|column| Binning::fit(column, &labels, 10))?),
        "monotone_iv" => {
            let options = MonotoneOptions::default();
            json!(iv(&|column| Binning::fit_monotone(
                column, &labels, &options
            ))?)
        }
        "vif" => {
            // Information values decide between equal factors only.
            let screen = vif::screen(&columns, &vec![0.0; columns.len()], LIMIT)?;
            let removed = screen.removed.iter().map(|one| one.column);
            json!(removed.collect::<Vec<usize>>())
        }
        "pearson" => pairs(&correlation::pearson(&columns)?, columns.len()),
        "spearman" => pairs(&correlation::spearman(&columns)?, columns.len()),
        other => return Err(format!("{other} is not a screen").into()),
    };
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    println!("{}", json!({"wall": wall, "cpu": cpu, "values": found}));
    Ok(())
}

/// The correlations of every two columns.
fn pairs(matrix: &CorrelationMatrix, size: usize) -> Value {
    let pairs = (0..size).flat_map(|i| (0..i).map(move |j| (i, j)));
    json!(
        pairs
            .map(|(i, j)| matrix.get(i, j))
            .collect::<Vec<Option<f64>>>()
    )
}

/// Columns and labels.
fn read(folder: &Path) -> Outcome<(Vec<Vec<f64>>, Vec<bool>)> {
    let labels = std::fs::read(folder.join("labels.u8"))?;
    let bytes = std::fs::read(folder.join("values.f32"))?;
    let (values, _) = bytes.as_chunks::<4>();
    let width = values
        .len()
        .checked_div(labels.len())
        .ok_or("there are no labels")?;
    let column = |column: usize| -> Vec<f64> {
        let cells = values.iter().skip(column).step_by(width);
        cells
            .map(|cell| f64::from(f32::from_le_bytes(*cell)))
            .collect()
    };
    let labels = labels.iter().map(|&label| label == 1).collect();
    Ok(((0..width).map(column).collect(), labels))
}

/// CPU seconds of all threads of this process, to the nanosecond as Linux's scheduler counts
/// them.
fn cpu_seconds() -> Outcome<f64> {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let running = text.split_whitespace().next().unwrap_or("0");
        nanoseconds += running.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}
