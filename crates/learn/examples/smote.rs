//! Over-samples the table of `benches/smote_peer.py make FOLDER` to as many positives as
//! negatives: `cargo run -p leadrank-learn --example smote FOLDER`.
//!
//! Prints one line of JSON: the synthetic rows, and the wall and CPU seconds without those of
//! reading the files. Kinds of columns and stand-ins for missing values are found within them.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use leadrank_learn::imbalance::smote;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args()
        .nth(1)
        .ok_or("say in which folder the table is")?;
    let folder = Path::new(&folder);
    let labels: Vec<bool> = std::fs::read(folder.join("labels.u8"))?
        .iter()
        .map(|&label| label == 1)
        .collect();
    let bytes = std::fs::read(folder.join("values.f32"))?;
    let (values, _) = bytes.as_chunks::<4>();
    let values: Vec<f32> = values
        .iter()
        .map(|value| f32::from_le_bytes(*value))
        .collect();
    let n_columns = values
        .len()
        .checked_div(labels.len())
        .ok_or("there are no labels")?;

    let (start, cpu) = (Instant::now(), cpu_seconds()?);
    let made = smote(&values, n_columns, &labels, 1.0, 5, 42)?;
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    println!(
        r#"{{"synthetic": {}, "wall": {wall}, "cpu": {cpu}}}"#,
        made.report.synthetic
    );
    Ok(())
}

/// CPU seconds of this thread; there is no other.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds = text.split(' ').next().unwrap_or_default();
    Ok(nanoseconds.trim().parse::<f64>()? * 1e-9)
}
