//! Scoring and explaining beside XGBoost itself, on the same model and rows, one
//! thread each, in one run:
//! `RAYON_NUM_THREADS=1 cargo run -p leadrank-learn --example bench_trees`.
//!
//! Both sides run alternately five times and the run with the least CPU time of each
//! counts, whatever else the machine does; the ratio is what matters, rates depend on
//! the machine. Two models of depth 6: one whose trees have about 30 leaves, and one of
//! noisy labels whose trees are as full as depth 6 allows.

use std::error::Error;

use leadrank_learn::xgboost::{Booster, Data, Library, ModelFormat};
use leadrank_trees::Model;

const ROWS: usize = 20_000;
const COLUMNS: usize = 67;
const TREES: u32 = 100;
/// XGBoost's explanation is slow: fewer rows give the same rate.
const EXPLAINED: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let library = Library::open(None)?;
    println!(
        "XGBoost {}, {TREES} trees of depth 6, {COLUMNS} columns, one thread each",
        library.version()
    );
    let values = values();
    let noise = noise();
    let label = |level: f32| {
        let rows = values.chunks(COLUMNS).zip(&noise);
        rows.map(|(row, noise)| row[0] + row[1] * row[2] + level * noise > 1.0 + level / 2.0)
            .collect::<Vec<bool>>()
    };
    let few = &values[..EXPLAINED * COLUMNS];

    let plain = Sides::train(library, &values, &label(0.0))?;
    plain.compare("margins", &values, Booster::margins, Model::margins)?;
    plain.compare("SHAP", few, Booster::contributions, Model::shap_values)?;
    let full = Sides::train(library, &values, &label(1.0))?;
    full.compare("margins_full", &values, Booster::margins, Model::margins)
}

/// One model on both sides.
struct Sides {
    library: Library,
    names: Vec<String>,
    booster: Booster,
    model: Model,
}

impl Sides {
    fn train(library: Library, values: &[f32], labels: &[bool]) -> Result<Self, Box<dyn Error>> {
        let names: Vec<String> = (0..COLUMNS).map(|column| format!("f{column}")).collect();
        let mut data = Data::new(library, &names, values, 1)?;
        data.set_labels(labels)?;
        let parameters = [
            ("objective", "binary:logistic"),
            ("max_depth", "6"),
            ("tree_method", "hist"),
            ("nthread", "1"),
            ("seed", "7"),
        ]
        .map(|(name, value)| (name.to_string(), value.to_string()));
        let mut booster = Booster::new(library, &data, &parameters)?;
        for round in 0..TREES {
            booster.update(round, &data)?;
        }
        let bytes = booster.save(ModelFormat::Ubj)?;
        // A booster without training data has no cached predictions to give back.
        let booster = Booster::from_bytes(library, &bytes)?;
        booster.set("nthread", "1")?;
        Ok(Sides {
            library,
            names,
            booster,
            model: Model::from_bytes(&bytes)?,
        })
    }

    fn compare<T, U, E: Error + 'static>(
        &self,
        what: &str,
        values: &[f32],
        theirs: impl Fn(&Booster, &Data) -> Result<T, E>,
        ours: impl Fn(&Model, &[f32]) -> U,
    ) -> Result<(), Box<dyn Error>> {
        let (mut our_best, mut their_best) = (f64::MAX, f64::MAX);
        for _ in 0..5 {
            let fresh = Data::new(self.library, &self.names, values, 1)?;
            let start = cpu_seconds()?;
            std::hint::black_box(theirs(&self.booster, &fresh)?);
            their_best = their_best.min(cpu_seconds()? - start);
            let start = cpu_seconds()?;
            std::hint::black_box(ours(&self.model, values));
            our_best = our_best.min(cpu_seconds()? - start);
        }
        let rows = values.len() / COLUMNS;
        let rate = |seconds: f64| rows as f64 / seconds / 1000.0;
        println!(
            "{what:<12} {:>9.1} k rows/s   XGBoost {:>8.1} k rows/s   ratio {:.1}",
            rate(our_best),
            rate(their_best),
            their_best / our_best
        );
        Ok(())
    }
}

/// CPU seconds of all threads of this process, to the nanosecond as Linux's scheduler
/// counts them.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let running = text.split_whitespace().next().unwrap_or("0");
        nanoseconds += running.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}

/// One repeatable number between 0 and 1 for each row, which no column tells.
fn noise() -> Vec<f32> {
    let mut state = 2u64;
    (0..ROWS)
        .map(|_| number(&mut state) as f32 / 16_777_216.0)
        .collect()
}

/// Repeatable values between 0 and 1, one in twenty missing.
fn values() -> Vec<f32> {
    let mut state = 1u64;
    (0..ROWS * COLUMNS)
        .map(|_| {
            let bits = number(&mut state);
            if bits.is_multiple_of(20) {
                f32::NAN
            } else {
                bits as f32 / 16_777_216.0
            }
        })
        .collect()
}

/// The next 24 bits of a linear congruential generator.
fn number(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 40
}
