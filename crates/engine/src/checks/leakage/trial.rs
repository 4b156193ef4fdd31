//! Small models that parts of the check train for themselves, and how sure their figures are.

use std::collections::BTreeSet;

use leadrank_evidence::Verdict;
use leadrank_learn::fit::{Fitted, Plan, Sample, fit_model};
use leadrank_learn::segments::Segments;
use leadrank_learn::split::{Rows, Split};
use leadrank_learn::xgboost::Library;
use leadrank_learn::{LearnError, Matrix, Recipe};
use leadrank_stats::{Estimate, normal};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Groups of the jackknife; each is left out once.
const GROUPS: usize = 30;

/// The trainer, or none where it is not installed: a check then says so and goes on.
///
/// # Errors
/// When the library is there but does not work.
pub(super) fn trainer() -> Result<Option<Library>> {
    match Library::open(None) {
        Ok(library) => Ok(Some(library)),
        Err(LearnError::LibraryMissing { .. } | LearnError::LibraryBroken { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What to say where there is no trainer.
pub(super) const NO_TRAINER: &str = "Not tried: the trainer is missing (`make setup` gets it).";

/// The project's own recipe in few, larger steps: enough to compare models with, not to
/// serve one.
pub(super) fn light(recipe: &Recipe, seed: u64) -> Recipe {
    Recipe {
        eta: 0.12,
        rounds: 60,
        min_rounds: 60,
        max_bin: 64,
        refit: false,
        seed: (seed & 0x7fff_ffff) as u32,
        ..recipe.clone()
    }
}

/// Trees that learn whatever there is to learn, noise included.
pub(super) fn eager(seed: u64) -> Recipe {
    Recipe {
        max_depth: 4,
        min_child_weight: 1.0,
        alpha: 0.0,
        lambda: 1.0,
        gamma: 0.0,
        eta: 0.3,
        rounds: 30,
        min_rounds: 30,
        max_bin: 64,
        refit: false,
        seed: (seed & 0x7fff_ffff) as u32,
        ..Recipe::leads()
    }
}

/// Rows with their outcome and the model's score.
#[derive(Debug, Clone)]
pub(super) struct Scored {
    /// Row numbers.
    pub(super) rows: Vec<usize>,
    /// Their outcomes.
    pub(super) labels: Vec<bool>,
    /// Their margins, in log-odds.
    pub(super) margins: Vec<f64>,
}

/// What a model is trained on.
pub(super) struct Trial<'a> {
    pub(super) library: Library,
    pub(super) matrix: &'a Matrix,
    pub(super) labels: &'a [Option<bool>],
    pub(super) split: &'a Split,
    pub(super) threads: usize,
}

impl Trial<'_> {
    /// Trains one model; none where these rows can't carry one.
    ///
    /// # Errors
    /// When the trainer fails otherwise.
    pub(super) fn fit(&self, recipe: &Recipe) -> Result<Option<Fitted>> {
        let fitted = fit_model(
            self.library,
            &Sample {
                matrix: self.matrix,
                labels: self.labels,
                split: self.split,
                segments: &Segments::none(),
                folds: None,
            },
            &Plan::of(recipe),
            self.threads,
            &mut |_| {},
        );
        match fitted {
            Ok(fitted) => Ok(Some(fitted)),
            Err(LearnError::Fit { .. } | LearnError::Downstream { .. }) => Ok(None),
            Err(error) => Err(Error::Learn(error)),
        }
    }

    /// Scores rows that have a label.
    pub(super) fn score(&self, fitted: &Fitted, rows: &impl Rows) -> Scored {
        let labelled = rows.indices().iter().copied();
        let (rows, labels): (Vec<usize>, Vec<bool>) = labelled
            .filter_map(|row| Some((row, self.labels[row]?)))
            .unzip();
        let margins = fitted.model.margins(&self.matrix.gather(&rows));
        Scored {
            rows,
            labels,
            margins: margins.into_iter().map(f64::from).collect(),
        }
    }
}

/// A number between 0 and 2^64 - 1 that depends on the seed and the text alone.
pub(super) fn spot(seed: u64, text: &str) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(text.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    u64::from_be_bytes(first)
}

/// A statistic of rows with its 95 % interval by the delete-a-group jackknife (B. Efron and
/// R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 11, with groups in
/// place of single rows): advisers are dealt into [`GROUPS`] groups, each is left out once.
/// It serves any smooth statistic, differences of two models on the same rows too. None
/// where the statistic is not defined.
pub(super) fn jackknife(
    labels: &[bool],
    units: &[&str],
    statistic: impl Fn(&[usize]) -> Option<f64>,
) -> Option<Estimate> {
    let groups: Vec<usize> = units
        .iter()
        .map(|unit| (spot(0, unit) % GROUPS as u64) as usize)
        .collect();
    let all: Vec<usize> = (0..labels.len()).collect();
    let value = statistic(&all)?;
    let mut without = Vec::new();
    for group in groups.iter().copied().collect::<BTreeSet<usize>>() {
        let kept: Vec<usize> = all
            .iter()
            .copied()
            .filter(|&row| groups[row] != group)
            .collect();
        without.push(statistic(&kept)?);
    }
    let count = without.len() as f64;
    if count < 2.0 {
        return None;
    }
    let mean = without.iter().sum::<f64>() / count;
    let spread: f64 = without.iter().map(|value| (value - mean).powi(2)).sum();
    let half = normal::quantile(0.975)? * ((count - 1.0) / count * spread).sqrt();
    Some(Estimate {
        value,
        lo: value - half,
        hi: value + half,
        n: labels.len() as u64,
        positives: positives(labels),
        chance: None,
    })
}

/// The share of pairs, one of each kind, in which the first kind has the higher value (ties
/// half), with its standard error where kinds are dealt at random: the rank sum test with
/// ties, E. L. Lehmann, "Nonparametrics" (1975), formula (1.35). Given are the numbers of
/// both kinds at each distinct value, ascending. None without both kinds.
pub(super) fn rank_sum(groups: &[(u64, u64)]) -> Option<(f64, f64)> {
    let (mut first, mut wins, mut below, mut ties) = (0.0, 0.0, 0.0, 0.0);
    for &(one, other) in groups {
        let (one, other) = (one as f64, other as f64);
        wins += one * (below + other / 2.0);
        first += one;
        below += other;
        ties += (one + other).powi(3) - (one + other);
    }
    let (n, pairs) = (first + below, first * below);
    if pairs == 0.0 {
        return None;
    }
    let variance = pairs / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
    Some((wins / pairs, variance.max(0.0).sqrt() / pairs))
}

/// Number of positives.
pub(super) fn positives(labels: &[bool]) -> u64 {
    labels.iter().filter(|&&label| label).count() as u64
}

/// `0.612 (95 % interval 0.571 to 0.653)`.
pub(super) fn with_interval(estimate: &Estimate) -> String {
    format!(
        "{:.3} (95 % interval {:.3} to {:.3})",
        estimate.value, estimate.lo, estimate.hi
    )
}

/// A fraction of 1 in percent, with a decimal where it is small.
pub(super) fn percent(part: u64, of: u64) -> String {
    let share = 100.0 * part as f64 / of.max(1) as f64;
    if share > 0.0 && share < 10.0 {
        format!("{share:.1} %")
    } else {
        format!("{share:.0} %")
    }
}

/// The first names of a list in words, and how many more there are.
pub(super) fn named<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let mut text: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    let more = match names.len().saturating_sub(most) {
        0 => String::new(),
        more => format!("{more} more"),
    };
    if !more.is_empty() {
        text.push(&more);
    }
    match text.split_last() {
        None => "none".into(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// A gate's verdict without rows to judge by.
pub(super) fn unless_few(enough: bool, verdict: Verdict) -> Verdict {
    if enough {
        verdict
    } else {
        Verdict::NotEnoughData
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jackknife_of_a_mean_is_its_standard_error() {
        let labels: Vec<bool> = (0..6_000).map(|row| row % 4 == 0).collect();
        let names: Vec<String> = (0..6_000).map(|row| row.to_string()).collect();
        let units: Vec<&str> = names.iter().map(String::as_str).collect();
        let mean = |rows: &[usize]| {
            let hits = rows.iter().filter(|&&row| labels[row]).count();
            Some(hits as f64 / rows.len() as f64)
        };
        let found = jackknife(&labels, &units, mean).unwrap();
        let expected = 1.96 * (0.25_f64 * 0.75 / 6_000.0).sqrt();
        let half = (found.hi - found.lo) / 2.0;
        assert_eq!(found.value, 0.25);
        assert!((0.6..1.6).contains(&(half / expected)), "{half} {expected}");
        assert_eq!(jackknife(&labels, &units, |_| None), None);
    }

    /// The first beats one of two and n = 3: variance 2 / 12 * 4. All tied: no spread.
    #[test]
    fn ranks_by_hand() {
        let (area, error) = rank_sum(&[(0, 1), (1, 0), (0, 1)]).unwrap();
        assert_eq!(area, 0.5);
        assert!((error - (8.0_f64 / 12.0).sqrt() / 2.0).abs() < 1e-15);
        assert_eq!(rank_sum(&[(1, 1)]), Some((0.5, 0.0)));
        assert_eq!(rank_sum(&[(0, 4), (0, 2)]), None);
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(named(&["a"], 3), "a");
        assert_eq!(named(&["a", "b"], 3), "a and b");
        assert_eq!(named(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(named::<&str>(&[], 2), "none");
    }
}
