//! The choice among strategies against imbalance, from what each came to on the same folds.
//!
//! Noise alone gives one of ten strategies the best figures. So the highest score is not
//! enough to be taken: against doing nothing there must be a difference that matters, or one
//! that is beyond chance.

mod check;
mod sentence;

use leadrank_stats::sample::{self, deviation};
use leadrank_stats::{Interval, multiple, student};
use serde::{Deserialize, Serialize};

use super::Strategy;
use crate::{LearnError, Result};

/// Confidence of the intervals, and 1 less the level of the tests.
const CONFIDENCE: f64 = 0.95;

/// Cost, as a multiple of that of doing nothing, from which on it counts against a strategy
/// (domain.md "Validation gates and thresholds", Week 4).
const COSTLY: f64 = 2.0;

/// What counts in the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Area under the precision-recall curve, mean over folds.
    AucPr,
    /// Calibration error, mean over folds.
    CalibrationError,
    /// Share of positives among the top 10 %, mean over folds.
    PrecisionAt10,
    /// Coefficient of variation of AUC-PR over folds.
    Stability,
    /// Trees times rows they were grown on; only ever against a strategy: that training
    /// ended earlier is no reason to let positives count more.
    Cost,
}

impl Criterion {
    /// Its name in words.
    pub fn name(self) -> &'static str {
        match self {
            Criterion::AucPr => "AUC-PR",
            Criterion::CalibrationError => "calibration error",
            Criterion::PrecisionAt10 => "precision at 10 %",
            Criterion::Stability => "stability",
            Criterion::Cost => "cost",
        }
    }

    /// The criteria that make up the score, each with its share (domain.md "Validation
    /// gates and thresholds", Week 4).
    const SCORED: [(Criterion, f64); 4] = [
        (Criterion::AucPr, 0.40),
        (Criterion::CalibrationError, 0.25),
        (Criterion::PrecisionAt10, 0.20),
        (Criterion::Stability, 0.15),
    ];

    /// The criteria with a difference that matters, from the same place.
    const JUDGED: [(Criterion, f64); 3] = [
        (Criterion::AucPr, 0.02),
        (Criterion::CalibrationError, 0.03),
        (Criterion::PrecisionAt10, 0.05),
    ];

    fn is_higher_better(self) -> bool {
        matches!(self, Criterion::AucPr | Criterion::PrecisionAt10)
    }
}

/// What a strategy came to on one fold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldResult {
    /// True positives among the training rows.
    pub positives: u64,
    /// Negatives among the training rows.
    pub negatives: u64,
    /// Trees that were grown.
    pub trees: u64,
    /// AUC-PR on the fold's held-out rows, above 0 and at most 1.
    pub auc_pr: f64,
    /// Share of positives among the top 10 % of the held-out rows, 0 to 1.
    pub precision_at_10: f64,
    /// Calibration error on the held-out rows, 0 to 1.
    pub calibration_error: f64,
}

/// A strategy with its results, in the order of the folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The strategy.
    pub strategy: Strategy,
    /// One result for each fold.
    pub folds: Vec<FoldResult>,
}

/// A mean over folds with its interval by Student's t, 95 %. Training rows of folds overlap,
/// so that the true uncertainty is larger (C. Nadeau and Y. Bengio, "Inference for the
/// Generalization Error", Machine Learning 52 (2003)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanOverFolds {
    /// The mean.
    pub mean: f64,
    /// Its interval.
    pub interval: Interval,
}

/// A strategy beside doing nothing; differences are the strategy's figure less the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Difference in AUC-PR, paired by fold; the interval is for this comparison alone.
    pub auc_pr: MeanOverFolds,
    /// Two-sided p-value of the paired t test of that difference.
    pub p: f64,
    /// The p-value adjusted for all comparisons of the choice (Holm).
    pub adjusted_p: f64,
    /// Difference in calibration error.
    pub calibration_error: f64,
    /// Difference in precision at 10 %.
    pub precision_at_10: f64,
    /// Cost as a multiple of that of doing nothing.
    pub cost_ratio: f64,
    /// Criteria that are better by at least the difference that matters.
    pub better: Vec<Criterion>,
    /// Criteria that are worse by at least as much.
    pub worse: Vec<Criterion>,
}

impl Comparison {
    /// Whether AUC-PR is higher beyond chance, after the adjustment.
    pub fn is_higher_beyond_chance(&self) -> bool {
        self.auc_pr.mean > 0.0 && self.adjusted_p < 1.0 - CONFIDENCE
    }

    /// Whether the difference is reason enough to take the strategy.
    fn is_clear(&self) -> bool {
        self.is_higher_beyond_chance() || (!self.better.is_empty() && self.worse.is_empty())
    }
}

/// A line of the table: one strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The strategy.
    pub strategy: Strategy,
    /// Its name in words.
    pub name: String,
    /// AUC-PR.
    pub auc_pr: MeanOverFolds,
    /// Share of positives among the top 10 %.
    pub precision_at_10: MeanOverFolds,
    /// Calibration error.
    pub calibration_error: MeanOverFolds,
    /// Coefficient of variation of AUC-PR over folds: standard deviation (divisor n - 1) by
    /// mean.
    pub variation: f64,
    /// Trees times training rows, with synthetic ones; mean over folds.
    pub cost: f64,
    /// How much a true positive counted; mean over folds.
    pub effective_weight: f64,
    /// Synthetic rows; mean over folds.
    pub synthetic: f64,
    /// The weighted score, 0 to 1.
    pub score: f64,
    /// Beside doing nothing; `None` on the line of doing nothing.
    pub against_none: Option<Comparison>,
}

impl Row {
    fn value(&self, criterion: Criterion) -> f64 {
        match criterion {
            Criterion::AucPr => self.auc_pr.mean,
            Criterion::CalibrationError => self.calibration_error.mean,
            Criterion::PrecisionAt10 => self.precision_at_10.mean,
            Criterion::Stability => self.variation,
            Criterion::Cost => self.cost,
        }
    }
}

/// How a choice ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The strategy with the highest score is clearly better than doing nothing.
    ClearWinner,
    /// None is; nothing is done about imbalance.
    NoClearWinner,
}

/// The strategy that is taken, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Number of folds.
    pub folds: u64,
    /// One line for each strategy, in the order given.
    pub rows: Vec<Row>,
    /// How it ended.
    pub outcome: Outcome,
    /// The strategy that is taken.
    pub strategy: Strategy,
    /// The outcome and its reason, in words.
    pub sentence: String,
}

/// Chooses among strategies that were tried on the same folds.
///
/// The score is 40 % AUC-PR, 25 % calibration error, 20 % precision at 10 % and 15 %
/// stability, each scaled over the strategies so that the best is 1 and the worst 0 (all are
/// 1 where there is no difference). Such scaling makes much of small differences; so the
/// strategy with the highest score (of equal ones the simplest, then the first) is taken only
/// if, against [`Strategy::None`], one of these holds:
///
/// - it is better by at least .02 in AUC-PR, .03 in calibration error or .05 in precision at
///   10 %, and none of these is worse by as much, nor the cost twice as high;
/// - its AUC-PR, paired by fold, is higher at the level of 5 % by Student's t test, after
///   Holm's adjustment for all strategies.
///
/// Else nothing is done.
///
/// # Errors
/// [`LearnError::Recipe`] for a strategy out of range, [`LearnError::Choice`] when `None` is
/// not among them, when one comes twice, for fewer than two folds, folds that are not the
/// same or figures out of range, and when two strategies that treat the rows differently
/// have the same figures on every fold: then one was not applied.
pub fn choose(trials: &[Trial]) -> Result<Choice> {
    let at_none = check::check(trials)?;
    let none = &trials[at_none];
    let mut rows: Vec<Row> = trials.iter().map(row).collect::<Result<_>>()?;
    for (criterion, share) in Criterion::SCORED {
        for (row, scaled) in scale(&rows, criterion).into_iter().enumerate() {
            rows[row].score += share * scaled;
        }
    }
    let mut comparisons = Vec::new();
    for (trial, row) in trials.iter().zip(&rows) {
        if trial.strategy != Strategy::None {
            comparisons.push(compare(trial, row, none, &rows[at_none])?);
        }
    }
    let p_values: Vec<f64> = comparisons.iter().map(|comparison| comparison.p).collect();
    let adjusted = multiple::holm(&p_values)
        .map_err(|error| LearnError::downstream("comparison of strategies", error))?;
    let others = rows.iter_mut().filter(|row| row.strategy != Strategy::None);
    for ((row, comparison), adjusted_p) in others.zip(comparisons).zip(adjusted) {
        row.against_none = Some(Comparison {
            adjusted_p,
            ..comparison
        });
    }
    // Doing nothing is the simplest, so only a higher score takes its place.
    let best = rows.iter().fold(&rows[at_none], |best, row| {
        let by_score = row.score.total_cmp(&best.score);
        let is_simpler = row.strategy.complexity() < best.strategy.complexity();
        if by_score.is_gt() || (by_score.is_eq() && is_simpler) {
            row
        } else {
            best
        }
    });
    let clear = best.against_none.as_ref().filter(|found| found.is_clear());
    let (outcome, strategy) = match clear {
        Some(_) => (Outcome::ClearWinner, best.strategy),
        None => (Outcome::NoClearWinner, Strategy::None),
    };
    let sentence = sentence::sentence(best, &rows, none.folds.len());
    Ok(Choice {
        folds: none.folds.len() as u64,
        outcome,
        strategy,
        sentence,
        rows,
    })
}

/// A line of the table, its score and comparison still open.
fn row(trial: &Trial) -> Result<Row> {
    let of =
        |figure: fn(&FoldResult) -> f64| -> Vec<f64> { trial.folds.iter().map(figure).collect() };
    let auc_pr = of(|fold| fold.auc_pr);
    let effects = trial.folds.iter();
    let effects: Vec<_> = effects
        .map(|fold| trial.strategy.effect(fold.positives, fold.negatives))
        .collect();
    let costs = trial.folds.iter().zip(&effects).map(|(fold, effect)| {
        fold.trees as f64 * (fold.positives + fold.negatives + effect.synthetic) as f64
    });
    let n = trial.folds.len() as f64;
    Ok(Row {
        strategy: trial.strategy,
        name: trial.strategy.name(),
        auc_pr: over_folds(&auc_pr)?,
        precision_at_10: over_folds(&of(|fold| fold.precision_at_10))?,
        calibration_error: over_folds(&of(|fold| fold.calibration_error))?,
        variation: deviation(&auc_pr) / mean(&auc_pr),
        cost: costs.sum::<f64>() / n,
        effective_weight: effects
            .iter()
            .map(|effect| effect.effective_weight)
            .sum::<f64>()
            / n,
        synthetic: effects
            .iter()
            .map(|effect| effect.synthetic as f64)
            .sum::<f64>()
            / n,
        score: 0.0,
        against_none: None,
    })
}

/// A criterion's values from 0 for the worst to 1 for the best.
fn scale(rows: &[Row], criterion: Criterion) -> Vec<f64> {
    let values: Vec<f64> = rows.iter().map(|row| row.value(criterion)).collect();
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let scaled = values.into_iter().map(|value| {
        if most == least {
            1.0
        } else if criterion.is_higher_better() {
            (value - least) / (most - least)
        } else {
            (most - value) / (most - least)
        }
    });
    scaled.collect()
}

/// A strategy beside doing nothing, its p-value not yet adjusted.
fn compare(trial: &Trial, row: &Row, none: &Trial, base: &Row) -> Result<Comparison> {
    let difference = |criterion| row.value(criterion) - base.value(criterion);
    let (mut better, mut worse) = (Vec::new(), Vec::new());
    for (criterion, matters) in Criterion::JUDGED {
        let gain = if criterion.is_higher_better() {
            difference(criterion)
        } else {
            -difference(criterion)
        };
        if gain >= matters {
            better.push(criterion);
        } else if gain <= -matters {
            worse.push(criterion);
        }
    }
    let cost_ratio = row.cost / base.cost;
    if cost_ratio >= COSTLY {
        worse.push(Criterion::Cost);
    }
    let pairs = trial.folds.iter().zip(&none.folds);
    let differences: Vec<f64> = pairs
        .map(|(fold, base)| fold.auc_pr - base.auc_pr)
        .collect();
    let p = p_value(&differences)?;
    Ok(Comparison {
        auc_pr: over_folds(&differences)?,
        p,
        adjusted_p: p,
        calibration_error: difference(Criterion::CalibrationError),
        precision_at_10: difference(Criterion::PrecisionAt10),
        cost_ratio,
        better,
        worse,
    })
}

fn mean(values: &[f64]) -> f64 {
    sample::mean(values.iter().copied())
}

fn over_folds(values: &[f64]) -> Result<MeanOverFolds> {
    let interval = sample::t_interval(values, CONFIDENCE)
        .ok_or_else(|| LearnError::choice("an interval needs two folds", "use more folds"))?;
    Ok(MeanOverFolds {
        mean: mean(values),
        interval,
    })
}

/// Two-sided p-value that differences have the mean 0, by Student's t test.
fn p_value(differences: &[f64]) -> Result<f64> {
    let mean = mean(differences);
    if mean == 0.0 {
        return Ok(1.0);
    }
    let error = deviation(differences) / (differences.len() as f64).sqrt();
    // Equal differences on all folds give an infinite t.
    let below = student::cdf(-(mean / error).abs(), differences.len() as u64 - 1);
    below
        .map(|below| 2.0 * below)
        .ok_or_else(|| LearnError::choice("a test needs two folds", "use more folds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDS: [f64; 4] = [0.050, 0.060, 0.055, 0.065];

    /// Results with these values of AUC-PR and one value of each of the others.
    fn trial(strategy: Strategy, auc_pr: [f64; 4], precision: f64, error: f64) -> Trial {
        let fold = |auc_pr| FoldResult {
            positives: 1000,
            negatives: 25_000,
            trees: 100,
            auc_pr,
            precision_at_10: precision,
            calibration_error: error,
        };
        Trial {
            strategy,
            folds: auc_pr.map(fold).to_vec(),
        }
    }

    fn none() -> Trial {
        trial(Strategy::None, FOLDS, 0.06, 0.01)
    }

    fn weight(auc_pr: [f64; 4], precision: f64, error: f64) -> Trial {
        trial(Strategy::Weight { times: 3.0 }, auc_pr, precision, error)
    }

    fn smote() -> Strategy {
        Strategy::Smote {
            ratio: 0.5,
            neighbours: 5,
        }
    }

    #[test]
    fn the_highest_score_alone_is_no_clear_winner() {
        let better = weight([0.052, 0.059, 0.058, 0.066], 0.061, 0.01);
        let chosen = choose(&[none(), better]).unwrap();
        assert_eq!(chosen.outcome, Outcome::NoClearWinner);
        assert_eq!(chosen.strategy, Strategy::None);
        assert!(chosen.rows[1].score > chosen.rows[0].score);
        assert_eq!(
            chosen.sentence,
            "No clear winner: weight 3 has the highest weighted score (1.00), but its AUC-PR differs from that of doing nothing by +0.0012 (95 % interval -0.0015 to +0.0040 over 4 folds, p = 0.239 after Holm over 1 comparison); no criterion differs by as much as matters. The simplest strategy is taken: nothing is done about imbalance."
        );
    }

    #[test]
    fn a_difference_beyond_chance_wins_even_if_it_is_small() {
        let better = weight(FOLDS.map(|value| value * 1.05), 0.06, 0.01);
        let chosen = choose(&[none(), better]).unwrap();
        assert_eq!(chosen.outcome, Outcome::ClearWinner, "{}", chosen.sentence);
        assert_eq!(chosen.strategy, Strategy::Weight { times: 3.0 });
        assert!(chosen.sentence.starts_with("Clear winner: weight 3 has"));
    }

    #[test]
    fn a_difference_that_matters_wins_unless_another_is_worse() {
        // Higher by .03 on average but on one fold alone: not beyond chance.
        let uneven = [0.050, 0.060, 0.055, 0.185];
        let chosen = choose(&[none(), weight(uneven, 0.08, 0.01)]).unwrap();
        assert_eq!(chosen.outcome, Outcome::ClearWinner, "{}", chosen.sentence);
        let found = chosen.rows[1].against_none.as_ref().unwrap();
        assert_eq!(
            (found.better.as_slice(), found.worse.len()),
            ([Criterion::AucPr].as_slice(), 0)
        );
        assert!(!found.is_higher_beyond_chance());

        let chosen = choose(&[none(), weight(uneven, 0.08, 0.05)]).unwrap();
        let found = chosen.rows[1].against_none.as_ref().unwrap();
        assert_eq!(found.worse, [Criterion::CalibrationError]);
        assert_eq!(chosen.outcome, Outcome::NoClearWinner);
        let stays = trial(Strategy::RatioWeight { at_most: None }, FOLDS, 0.0, 0.06);
        let chosen = choose(&[none(), weight(uneven, 0.08, 0.045), stays]).unwrap();
        assert_eq!(chosen.outcome, Outcome::NoClearWinner);
        assert!(
            chosen
                .sentence
                .contains("worse by a difference that matters: calibration error"),
            "{}",
            chosen.sentence
        );
    }

    #[test]
    fn twice_the_cost_speaks_against_a_strategy() {
        let uneven = [0.050, 0.060, 0.055, 0.185];
        let mut costly = trial(smote(), uneven, 0.08, 0.01);
        // 1.44 times the rows, with 11,500 synthetic ones.
        for fold in &mut costly.folds {
            fold.trees = 150;
        }
        let chosen = choose(&[none(), costly]).unwrap();
        let row = &chosen.rows[1];
        assert_eq!((row.synthetic, row.effective_weight), (11_500.0, 12.5));
        assert_eq!(row.cost, 150.0 * 37_500.0);
        let found = row.against_none.as_ref().unwrap();
        assert_eq!(found.worse, [Criterion::Cost]);
        assert_eq!(chosen.outcome, Outcome::NoClearWinner);
    }

    #[test]
    fn doing_nothing_can_score_highest() {
        let worse = weight([0.03, 0.05, 0.04, 0.06], 0.05, 0.02);
        let chosen = choose(&[none(), worse]).unwrap();
        assert_eq!(chosen.outcome, Outcome::NoClearWinner);
        assert!(chosen.sentence.contains("doing nothing has the highest"));
        assert_eq!(chosen.rows[0].against_none, None);
    }

    #[test]
    fn of_equal_scores_the_simpler_is_looked_at() {
        let values = FOLDS.map(|value| value * 1.2);
        let mut second = trial(smote(), values, 0.06, 0.01);
        // Another order of folds: other figures, the same means.
        second.folds.reverse();
        let chosen = choose(&[none(), second, weight(values, 0.06, 0.01)]).unwrap();
        assert_eq!(chosen.rows[1].score, chosen.rows[2].score);
        assert_eq!(chosen.strategy, Strategy::Weight { times: 3.0 });
    }

    #[test]
    fn a_strategy_that_was_not_applied_is_found_out() {
        let silent = trial(smote(), FOLDS, 0.06, 0.01);
        let said = choose(&[none(), silent]).unwrap_err().to_string();
        assert!(
            said.contains("`none` and `SMOTE 0.5, k = 5` have the same figures on all 4 folds"),
            "{said}"
        );
        // With one positive on 26 a ratio of 0.03 asks for none; that is no fallback.
        let idle = Strategy::Smote {
            ratio: 0.03,
            neighbours: 5,
        };
        choose(&[none(), trial(idle, FOLDS, 0.06, 0.01)]).unwrap();
        // A limit above the ratio is none.
        let capped = Strategy::RatioWeight {
            at_most: Some(30.0),
        };
        let whole = Strategy::RatioWeight { at_most: None };
        let values = FOLDS.map(|value| value * 1.2);
        let both = [capped, whole].map(|strategy| trial(strategy, values, 0.06, 0.01));
        choose(&[[none()].as_slice(), &both].concat()).unwrap();
    }

    #[test]
    fn what_can_not_be_compared_is_said() {
        let said = |trials: &[Trial]| choose(trials).unwrap_err().to_string();
        let other = weight(FOLDS, 0.05, 0.02);
        assert!(said(&[]).contains("doing nothing is not among them"));
        assert!(said(std::slice::from_ref(&other)).contains("doing nothing is not among them"));
        assert!(said(&[none(), other.clone(), other.clone()]).contains("`weight 3` comes twice"));
        let mut short = none();
        short.folds.truncate(1);
        assert!(said(&[short]).contains("the number of folds is 1"));
        let mut elsewhere = other.clone();
        elsewhere.folds[2].positives += 1;
        assert!(said(&[none(), elsewhere]).contains("other folds than `none`"));
        let mut wrong = other;
        wrong.folds[1].auc_pr = f64::NAN;
        assert!(said(&[none(), wrong]).contains("the AUC-PR of `weight 3` on fold 2 is NaN"));
    }

    #[test]
    fn survives_json_without_nulls_for_numbers() {
        let better = weight(FOLDS.map(|value| value * 1.1), 0.07, 0.01);
        let chosen = choose(&[none(), better]).unwrap();
        let text = serde_json::to_string(&chosen).unwrap();
        assert_eq!(text.matches("null").count(), 1, "{text}");
        let read: Choice = serde_json::from_str(&text).unwrap();
        assert_eq!(read.sentence, chosen.sentence);
        assert_eq!(read.strategy, chosen.strategy);
    }
}
