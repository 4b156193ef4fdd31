//! Made-up rows for the tests of this crate.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Matrix;
use crate::split::{FoldConfig, Folds, Split, SplitConfig, SplitInput, Times, split};

/// Rows over days, some columns of which say something about the label.
pub(crate) struct MadeUp {
    pub(crate) matrix: Matrix,
    pub(crate) input: SplitInput,
    pub(crate) split: Split,
    pub(crate) folds: Folds,
}

/// `rows` rows over `days` days with about a fifth positive. `strong` and `weak` move the
/// label, `echo` repeats `strong` with a little noise, `flag` is binary and a little
/// informative, `empty` is mostly missing, and `noise_*` say nothing.
pub(crate) fn made_up(rows: usize, days: usize, seed: u64) -> MadeUp {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = move || -> f64 { (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0 };
    let names = [
        "strong", "weak", "echo", "flag", "empty", "noise_1", "noise_2", "noise_3", "noise_4",
    ];
    let mut data = Vec::with_capacity(rows * names.len());
    let mut labels = Vec::with_capacity(rows);
    for row in 0..rows {
        let (strong, weak) = (normal(), normal());
        let flag = normal() > 0.0;
        let margin = -1.9 + strong + 0.4 * weak + if flag { 0.3 } else { 0.0 };
        labels.push(Some(normal() < quantile_of(1.0 / (1.0 + (-margin).exp()))));
        let is_missing = row % 11 == 3;
        data.extend([
            if is_missing { f32::NAN } else { strong as f32 },
            weak as f32,
            (strong + 0.1 * normal()) as f32,
            f32::from(u8::from(flag)),
            if row % 20 == 0 { 1.0 } else { f32::NAN },
        ]);
        data.extend((0..4).map(|_| normal() as f32));
    }
    let input = SplitInput {
        times: Times::Days(
            (0..rows)
                .map(|row| Some((row * days / rows) as i32))
                .collect(),
        ),
        groups: None,
        labels,
        assignment: None,
    };
    let split = split(&input, &SplitConfig::default()).unwrap();
    let folds = Folds::cut(&split, &input, &FoldConfig::default()).unwrap();
    MadeUp {
        matrix: Matrix::new(names.map(String::from).to_vec(), data).unwrap(),
        input,
        split,
        folds,
    }
}

/// Roughly the normal quantile, by Tocher's logistic form; good enough to draw by.
fn quantile_of(p: f64) -> f64 {
    (p / (1.0 - p)).ln() / 1.702
}
