//! Scoring and explaining beside XGBoost itself, on the same model and rows, one
//! thread each, in one run:
//! `RAYON_NUM_THREADS=1 cargo run -p leadrank-learn --example bench_trees`.
//!
//! Both sides run alternately five times and the fastest run of each counts; the
//! ratio is what matters, rates depend on the machine.

use std::error::Error;
use std::time::Instant;

use leadrank_learn::xgboost::{Booster, Data, Library, ModelFormat};
use leadrank_trees::Model;

const ROWS: usize = 20_000;
const COLUMNS: usize = 67;
const TREES: u32 = 100;
/// XGBoost's explanation is slow: fewer rows give the same rate.
const EXPLAINED: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let library = Library::open(None)?;
    let values = values();
    let labels: Vec<bool> = values
        .chunks(COLUMNS)
        .map(|row| row[0] + row[1] * row[2] > 1.0)
        .collect();
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("f{column}")).collect();
    let mut data = Data::new(library, &names, &values, 1)?;
    data.set_labels(&labels)?;
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
    let model = Model::from_bytes(&bytes)?;

    println!(
        "XGBoost {}, {TREES} trees of depth 6, {COLUMNS} columns, one thread each",
        library.version()
    );
    let mut fastest = Fastest::new();
    for _ in 0..5 {
        let fresh = Data::new(library, &names, &values, 1)?;
        fastest.theirs(|| booster.margins(&fresh))?;
        fastest.ours(|| model.margins(&values));
    }
    fastest.report("margins", ROWS);

    let few = &values[..EXPLAINED * COLUMNS];
    let mut fastest = Fastest::new();
    for _ in 0..5 {
        let fresh = Data::new(library, &names, few, 1)?;
        fastest.theirs(|| booster.contributions(&fresh))?;
        fastest.ours(|| model.shap_values(few));
    }
    fastest.report("SHAP", EXPLAINED);
    Ok(())
}

/// Seconds of the fastest run of each side.
struct Fastest {
    ours: f64,
    theirs: f64,
}

impl Fastest {
    fn new() -> Self {
        Fastest {
            ours: f64::MAX,
            theirs: f64::MAX,
        }
    }

    fn ours<T>(&mut self, work: impl FnOnce() -> T) {
        let start = Instant::now();
        std::hint::black_box(work());
        self.ours = self.ours.min(start.elapsed().as_secs_f64());
    }

    fn theirs<T, E>(&mut self, work: impl FnOnce() -> Result<T, E>) -> Result<(), E> {
        let start = Instant::now();
        std::hint::black_box(work()?);
        self.theirs = self.theirs.min(start.elapsed().as_secs_f64());
        Ok(())
    }

    fn report(&self, what: &str, rows: usize) {
        let rate = |seconds: f64| rows as f64 / seconds / 1000.0;
        println!(
            "{what:<8} {:>9.1} k rows/s   XGBoost {:>8.1} k rows/s   ratio {:.1}",
            rate(self.ours),
            rate(self.theirs),
            self.theirs / self.ours
        );
    }
}

/// Repeatable values between 0 and 1, one in twenty missing.
fn values() -> Vec<f32> {
    let mut state = 1u64;
    (0..ROWS * COLUMNS)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let bits = state >> 40;
            if bits.is_multiple_of(20) {
                f32::NAN
            } else {
                bits as f32 / 16_777_216.0
            }
        })
        .collect()
}
