//! What each parameter does, over all trials.

use leadrank_stats::sample::mean;
use serde::{Deserialize, Serialize};

use super::{Criterion, Trial};

/// The trials with one value of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The parameter.
    pub parameter: String,
    /// Its value.
    pub value: f64,
    /// Trials with it.
    pub trials: u64,
    /// Their mean criterion, less the mean of all trials of the same rung: rungs differ in
    /// folds and rounds.
    pub mean: f64,
    /// The best of them, likewise.
    pub best: f64,
}

/// Effects by parameter and rising value. Parameters that never varied are left out.
pub fn sensitivity(trials: &[Trial], criterion: Criterion) -> Vec<Effect> {
    let level = |rung: u32| {
        let same: Vec<f64> = trials
            .iter()
            .filter(|trial| trial.rung == rung)
            .map(|trial| trial.score(criterion))
            .collect();
        mean(same.into_iter())
    };
    let rungs = trials
        .iter()
        .map(|trial| trial.rung)
        .max()
        .map_or(0, |last| last + 1);
    let levels: Vec<f64> = (0..rungs).map(level).collect();
    let Some(first) = trials.first() else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    for (place, (parameter, _)) in first.point.named().into_iter().enumerate() {
        let value_of = |trial: &Trial| trial.point.named()[place].1;
        let mut values: Vec<f64> = trials.iter().map(value_of).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        if values.len() < 2 {
            continue;
        }
        for value in values {
            let gains: Vec<f64> = trials
                .iter()
                .filter(|trial| value_of(trial) == value)
                .map(|trial| trial.score(criterion) - levels[trial.rung as usize])
                .collect();
            effects.push(Effect {
                parameter: parameter.to_owned(),
                value,
                trials: gains.len() as u64,
                best: gains.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                mean: mean(gains.into_iter()),
            });
        }
    }
    effects
}
