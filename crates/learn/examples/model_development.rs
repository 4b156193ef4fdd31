//! Develops models on a made-up training table, for `benches/model_peers.py` to do the same:
//! `cargo run -p leadrank-learn --example model_development -- WHAT FOLDER`.
//!
//! `table` writes `values.f32` (46,000 rows × 67 columns, row after row, NaN for null) and
//! `labels.u8`. The others read them: `contest` cross-validates settings and leaves the folds,
//! the settings and the first setting's margins in `contest.json`; `logistic` and `scorecard`
//! fit on the rows before the test and leave those in `development.json`. Each prints one line of
//! JSON with the wall and CPU seconds of the work alone.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use leadrank_learn::cross_validate::{Arena, Job, Outcome};
use leadrank_learn::imbalance::Strategy;
use leadrank_learn::logistic::LinearModel;
use leadrank_learn::scorecard::{Scorecard, ScorecardOptions};
use leadrank_learn::split::{FoldConfig, Folds, Rows, Split, SplitConfig, SplitInput, Times};
use leadrank_learn::xgboost::Library;
use leadrank_learn::{Matrix, Recipe, split};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

const ROWS: usize = 46_000;
const DAYS: usize = 900;
const FLAGS: usize = 30;
const WHOLE: usize = 15;
const AMOUNTS: usize = 22;
/// Amounts that are nearly the sum of two others.
const SUMS: usize = 6;
const COLUMNS: usize = FLAGS + WHOLE + AMOUNTS;
const FACTORS: usize = 6;
/// Fits in a row whose mean is given: the system counts a process's CPU in hundredths of a second.
const FITS: u32 = 5;
const ROUNDS: u32 = 100;

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, folder] = arguments.as_slice() else {
        return Err("say table, contest, logistic or scorecard, and a folder".into());
    };
    let folder = Path::new(folder);
    match what.as_str() {
        "table" => write_table(folder),
        "contest" => contest(&Table::read(folder)?, folder),
        "logistic" => {
            let table = Table::read(folder)?;
            let rows = &table.split.development;
            let fit = || LinearModel::fit(&table.matrix, &table.input.labels, rows, 1.0);
            timed(&table, folder, fit, |model| model.margins(&table.matrix))
        }
        "scorecard" => {
            let table = Table::read(folder)?;
            let (rows, options) = (&table.split.development, ScorecardOptions::default());
            let fit = || Scorecard::fit(&table.matrix, &table.input.labels, rows, &options);
            timed(&table, folder, fit, |card| card.margins(&table.matrix))
        }
        other => Err(format!("{other} is not table, contest, logistic or scorecard").into()),
    }
}

/// The table as the library takes it.
struct Table {
    matrix: Matrix,
    input: SplitInput,
    split: Split,
}

impl Table {
    fn read(folder: &Path) -> Answer<Self> {
        let labels: Vec<Option<bool>> = std::fs::read(folder.join("labels.u8"))?
            .iter()
            .map(|&label| Some(label == 1))
            .collect();
        let bytes = std::fs::read(folder.join("values.f32"))?;
        let (values, _) = bytes.as_chunks::<4>();
        let values = values.iter().map(|value| f32::from_le_bytes(*value));
        let names = (0..COLUMNS).map(|column| format!("f{column}")).collect();
        let day = |row: usize| i32::try_from(row * DAYS / ROWS).ok();
        let input = SplitInput {
            times: Times::Days((0..labels.len()).map(day).collect()),
            groups: None,
            labels,
            assignment: None,
        };
        Ok(Self {
            matrix: Matrix::new(names, values.collect())?,
            split: split::split(&input, &SplitConfig::default())?,
            input,
        })
    }
}

/// Eight settings on all folds, each with the same number of rounds.
fn contest(table: &Table, folder: &Path) -> Answer<()> {
    let folds = Folds::cut(&table.split, &table.input, &FoldConfig::default())?;
    let matrices = vec![&table.matrix; folds.folds.len()];
    let library = Library::open(None)?;
    let arena = Arena::new(library, matrices, &table.input.labels, &folds, 1)?;
    let jobs: Vec<Job> = [2, 3, 4, 6]
        .into_iter()
        .flat_map(|max_depth| [0.05, 0.1].map(|eta| (max_depth, eta)))
        .map(|(max_depth, eta)| Job {
            recipe: Recipe {
                max_depth,
                eta,
                rounds: ROUNDS,
                min_rounds: ROUNDS,
                ..Recipe::leads()
            },
            strategy: Strategy::None,
            newest_folds: folds.folds.len(),
        })
        .collect();
    let clock = Clock::start()?;
    let outcomes = arena.run(&jobs, &mut |_, _| true)?;
    let (wall, cpu) = clock.read()?;
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    let rows: Vec<_> = folds
        .folds
        .iter()
        .map(|fold| json!({"past": fold.past.indices(), "judge": fold.judge.indices()}))
        .collect();
    let settings: Vec<&Recipe> = jobs.iter().map(|job| &job.recipe).collect();
    let margins = outcomes.first().map(|outcome| &outcome.margins);
    let left = json!({"folds": rows, "settings": settings, "margins": margins});
    std::fs::write(folder.join("contest.json"), left.to_string())?;
    // After the last round: what is measured is the work, not which round is best.
    let auc_pr: Vec<Option<&f64>> = outcomes.iter().map(|one| one.curve.last()).collect();
    let fits = jobs.len() * folds.folds.len();
    println!(
        "{}",
        json!({"wall": wall, "cpu": cpu, "fits": fits, "values": auc_pr})
    );
    Ok(())
}

/// Fits again and again; says how long one took and how well the last describes its own rows.
fn timed<M>(
    table: &Table,
    folder: &Path,
    fit: impl Fn() -> leadrank_learn::Result<M>,
    margins: impl Fn(&M) -> leadrank_learn::Result<Vec<f64>>,
) -> Answer<()> {
    let clock = Clock::start()?;
    let mut model = fit()?;
    for _ in 1..FITS {
        model = fit()?;
    }
    let (wall, cpu) = clock.read()?;
    let margins = margins(&model)?;
    let rows = table.split.development.indices();
    let loss: f64 = rows
        .iter()
        .map(|&row| {
            let sign = if table.input.labels[row] == Some(true) {
                -1.0
            } else {
                1.0
            };
            (sign * margins[row]).exp().ln_1p()
        })
        .sum();
    std::fs::write(folder.join("development.json"), json!(rows).to_string())?;
    let (wall, cpu) = (wall / f64::from(FITS), cpu / f64::from(FITS));
    let loss = loss / rows.len() as f64;
    println!("{}", json!({"wall": wall, "cpu": cpu, "values": [loss]}));
    Ok(())
}

/// Columns that share a few factors; what one of three sources lacks is missing together.
fn write_table(folder: &Path) -> Answer<()> {
    let mut random = ChaCha8Rng::seed_from_u64(42);
    let mut normal = move || -> f64 { (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0 };
    let mut values: Vec<u8> = Vec::with_capacity(ROWS * COLUMNS * 4);
    let mut labels = Vec::with_capacity(ROWS);
    for _ in 0..ROWS {
        let factors: [f64; FACTORS] = std::array::from_fn(|_| normal());
        let lacking: [bool; 3] = std::array::from_fn(|_| normal() > 1.5);
        let mut row = [0.0; COLUMNS];
        for column in 0..COLUMNS - SUMS {
            let mixed = 0.6 * factors[column % FACTORS] + 0.8 * normal();
            let place = column as f64;
            row[column] = if column < FLAGS {
                f64::from(u8::from(mixed > 0.05 * place))
            } else if column < FLAGS + WHOLE {
                (1.0 + 0.05 * place + 0.6 * mixed).exp().floor()
            } else {
                (0.1 * place + 0.9 * mixed).exp()
            };
        }
        for sum in 0..SUMS {
            let first = FLAGS + WHOLE + 2 * sum;
            row[COLUMNS - SUMS + sum] = (row[first] + row[first + 1]) * (0.02 * normal()).exp();
        }
        let flag = if row[0] > 0.5 { 0.5 } else { -0.5 };
        let margin = -3.45 + 0.5 * factors[0] + 0.3 * factors[1] * factors[2] + flag;
        // The sum of twelve even numbers is nearly normal, so this is nearly logistic.
        labels.push(u8::from(margin + 1.7 * normal() > 0.0));
        for (column, value) in row.into_iter().enumerate() {
            let is_missing = column >= FLAGS && lacking[column % 3];
            let value = if is_missing { f32::NAN } else { value as f32 };
            values.extend(value.to_le_bytes());
        }
    }
    let positives = labels.iter().filter(|&&label| label == 1).count();
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("values.f32"), values)?;
    std::fs::write(folder.join("labels.u8"), labels)?;
    println!("{}", json!({"rows": ROWS, "positives": positives}));
    Ok(())
}

/// Wall and CPU seconds from a start.
struct Clock {
    start: Instant,
    cpu: f64,
}

impl Clock {
    fn start() -> Answer<Self> {
        Ok(Self {
            start: Instant::now(),
            cpu: cpu_seconds()?,
        })
    }

    fn read(&self) -> Answer<(f64, f64)> {
        let wall = self.start.elapsed().as_secs_f64();
        Ok((wall, cpu_seconds()? - self.cpu))
    }
}

/// CPU seconds of this process, threads that have ended included: fields 14 and 15 of Linux's
/// `stat`, in hundredths.
fn cpu_seconds() -> Answer<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(')').ok_or("/proc/self/stat has no name")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
