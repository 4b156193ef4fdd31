//! Cross-validation of training settings over the folds of one split.
//!
//! A setting's folds are grown in step, a tree each in turn; the stop metric is averaged over
//! them after every round, and growing ends when the average has not improved for the
//! recipe's patience. So the number of rounds is one for all folds, chosen by all of their
//! blocks together, which is far steadier than one block's choice where positives are few.
//!
//! Settings are independent of each other: they run on as many threads as there are, and no
//! result depends on how many. Each worker loads a fold's rows once; the library quantises
//! them once and all fits of that worker share it.

mod grow;
mod worker;

use leadrank_stats::{Interval, ranking, sample};
use serde::{Deserialize, Serialize};

use crate::imbalance::{SmoteReport, Strategy};
use crate::recipe::Recipe;
use crate::split::Folds;
use crate::xgboost::Library;
use crate::{LearnError, Matrix, Result};

/// Confidence of intervals over folds.
const CONFIDENCE: f64 = 0.95;

/// Share of a block's rows that counts as its top.
const TOP: f64 = 0.10;

/// What is cross-validated over which folds.
pub struct Arena<'a> {
    library: Library,
    /// The columns of each fold: what is selected may differ, since it is selected from the
    /// fold's own past.
    matrices: Vec<&'a Matrix>,
    labels: &'a [Option<bool>],
    folds: &'a Folds,
    threads: usize,
}

/// One setting and how far to take it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Parameters; its `rounds` are the most that are grown.
    pub recipe: Recipe,
    /// What is done about positives being rare.
    pub strategy: Strategy,
    /// Judge on the newest so many folds.
    pub newest_folds: usize,
}

/// How one fold's block was ranked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FoldScore {
    /// Rows of the block.
    pub n: u64,
    /// Positive ones.
    pub positives: u64,
    /// Area under the receiver operating characteristic.
    pub auc_roc: f64,
    /// Area under the precision-recall curve.
    pub auc_pr: f64,
    /// Share of positives in the best tenth.
    pub precision_at_10: f64,
    /// Mean negative log-likelihood of the uncalibrated margins.
    pub log_loss: f64,
    /// Area under the precision-recall curve on the fold's own training rows.
    pub train_auc_pr: f64,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Rounds at which the mean stop metric is best.
    pub rounds: u32,
    /// Mean stop metric over the folds after each round.
    pub curve: Vec<f64>,
    /// One for each fold used, oldest first.
    pub folds: Vec<FoldScore>,
    /// Margins of each block's rows, in the order of the block.
    pub margins: Vec<Vec<f64>>,
    /// Synthetic rows of each fold, where the strategy makes any.
    pub smote: Vec<SmoteReport>,
}

impl Outcome {
    /// Mean area under the precision-recall curve over the folds.
    pub fn mean_auc_pr(&self) -> f64 {
        sample::mean(self.folds.iter().map(|fold| fold.auc_pr))
    }
}

/// The mean of values from folds and its t-interval; none for fewer than two.
pub fn over_folds(values: &[f64]) -> (f64, Option<Interval>) {
    let middle = sample::mean(values.iter().copied());
    (middle, sample::t_interval(values, CONFIDENCE))
}

impl<'a> Arena<'a> {
    /// `matrices` has one matrix for each fold, all of the same rows, with the columns that
    /// fold may use; `threads` 0 means all.
    ///
    /// # Errors
    /// Another number of matrices than of folds, or of rows than of labels.
    pub fn new(
        library: Library,
        matrices: Vec<&'a Matrix>,
        labels: &'a [Option<bool>],
        folds: &'a Folds,
        threads: usize,
    ) -> Result<Self> {
        if matrices.len() != folds.folds.len() {
            let expected = folds.folds.len();
            return Err(LearnError::shape("matrices", expected, matrices.len()));
        }
        for matrix in &matrices {
            if matrix.n_rows() != labels.len() {
                return Err(LearnError::shape("labels", matrix.n_rows(), labels.len()));
            }
        }
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        Ok(Self {
            library,
            matrices,
            labels,
            folds,
            threads,
        })
    }

    /// The folds.
    pub fn folds(&self) -> &Folds {
        self.folds
    }

    /// Labels of each block's rows, oldest block first.
    ///
    /// # Errors
    /// When a row of the folds has no label.
    pub fn outcomes(&self) -> Result<Vec<Vec<bool>>> {
        let folds = self.folds.folds.iter();
        folds
            .map(|fold| crate::fit::labels_of(self.labels, &fold.judge))
            .collect()
    }

    /// Runs all jobs; the outcomes come in their order. `finished` is told each job as it
    /// ends, in no particular order, and ends the run early by saying no: jobs that have not
    /// been started by then are `None`.
    ///
    /// # Errors
    /// The first job's error, by order of jobs.
    pub fn run(
        &self,
        jobs: &[Job],
        finished: &mut dyn FnMut(usize, &Outcome) -> bool,
    ) -> Result<Vec<Option<Outcome>>> {
        for job in jobs {
            job.recipe.check()?;
            job.strategy.check()?;
            if job.newest_folds == 0 || job.newest_folds > self.folds.folds.len() {
                let folds = self.folds.folds.len();
                return Err(LearnError::shape("folds of a job", folds, job.newest_folds));
            }
        }
        worker::run_all(self, jobs, finished)
    }

    /// Runs one job.
    ///
    /// # Errors
    /// What the library reports.
    pub fn run_one(&self, job: Job) -> Result<Outcome> {
        let mut outcomes = self.run(&[job], &mut |_, _| true)?;
        outcomes
            .pop()
            .flatten()
            .ok_or_else(|| LearnError::fit("a job was not run", "run it again"))
    }
}

impl FoldScore {
    /// Ranks a block's rows.
    pub(crate) fn of(outcomes: &[bool], margins: &[f64], train_auc_pr: f64) -> Result<Self> {
        let undefined = || {
            LearnError::fit(
                "a block of the folds can not be judged: its rows all have one label, or a score is not a number",
                "raise folds.minimum_of_class",
            )
        };
        let positives = outcomes.iter().filter(|&&outcome| outcome).count() as u64;
        let top = ranking::at_fraction(outcomes, margins, TOP).ok_or_else(undefined)?;
        Ok(Self {
            n: outcomes.len() as u64,
            positives,
            auc_roc: ranking::auc_roc(outcomes, margins).ok_or_else(undefined)?,
            auc_pr: ranking::auc_pr(outcomes, margins).ok_or_else(undefined)?,
            precision_at_10: top.precision,
            log_loss: log_loss(outcomes, margins),
            train_auc_pr,
        })
    }
}

/// Mean of `ln(1 + exp(-m))` over positives and `ln(1 + exp(m))` over negatives.
fn log_loss(outcomes: &[bool], margins: &[f64]) -> f64 {
    let loss = outcomes.iter().zip(margins).map(|(&outcome, &margin)| {
        let signed = if outcome { -margin } else { margin };
        signed.max(0.0) + (-signed.abs()).exp().ln_1p()
    });
    loss.sum::<f64>() / outcomes.len() as f64
}

#[cfg(test)]
mod tests;
