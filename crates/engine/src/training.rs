//! One training run, the same for a project and for any table: fit on what the
//! splitter hands out, calibrate, measure, explain.

use std::collections::BTreeMap;

use leadrank_learn::Matrix;
use leadrank_learn::evaluate::{Curves, evaluate};
use leadrank_learn::explain::{ExplainOptions, Explanation, explain};
use leadrank_learn::fit::{CalibratedBy, Fitted, fit_model};
use leadrank_learn::recipe::Recipe;
use leadrank_learn::split::{Rows as _, Split, SplitAudit};
use leadrank_learn::xgboost::Library;
use leadrank_stats::Estimate;
use leadrank_stats::evaluation::{Evaluation, EvaluationOptions};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::progress::{Progress, Sink};

/// What came out of a training run, as JSON and reports show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelReport {
    /// How the rows were divided.
    pub split: SplitAudit,
    /// Metric by part and name, each with n, interval and chance level.
    pub metrics: BTreeMap<String, BTreeMap<String, Estimate>>,
    /// Curves of the test rows.
    pub curves: Curves,
    /// What the model looks at, on the test rows.
    pub explanation: Explanation,
    /// Training parameters.
    pub recipe: Recipe,
    /// Trees in the model.
    pub rounds: u32,
    /// How scores became probabilities.
    pub calibrated_by: CalibratedBy,
    /// The library that trained.
    pub trained_with: String,
    /// Columns of the model's matrix.
    pub columns: u64,
}

/// What to train on.
pub struct Task<'a> {
    /// One row each, NaN = missing.
    pub matrix: &'a Matrix,
    /// Outcomes; none where unknown.
    pub labels: &'a [Option<bool>],
    /// The split of these rows.
    pub split: &'a Split,
    /// Source column of each matrix column, where they differ.
    pub sources: Option<&'a [String]>,
}

/// Trains, calibrates, measures and explains.
///
/// # Errors
/// When the trainer is missing or the rows can't carry a model.
pub fn train(
    task: &Task<'_>,
    recipe: &Recipe,
    seed: u64,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<(Fitted, ModelReport)> {
    let library = Library::open(None)?;
    // The library takes 32 bits; the low ones of any seed are as good as all.
    let recipe = Recipe {
        seed: (seed & 0x7fff_ffff) as u32,
        ..recipe.clone()
    };
    let rounds = u64::from(recipe.rounds);
    progress(Progress::Stage("training".into()));
    let fitted = fit_model(
        library,
        task.matrix,
        task.labels,
        task.split,
        &recipe,
        threads,
        &mut |round| {
            if round.round.is_multiple_of(10) {
                let what = format!("training, at most {rounds} trees");
                progress(Progress::Step {
                    what,
                    done: u64::from(round.round),
                    total: rounds,
                });
            }
        },
    )?;
    progress(Progress::Stage(
        "measuring on rows the model never saw".into(),
    ));
    let options = EvaluationOptions {
        seed,
        ..EvaluationOptions::default()
    };
    let measured = evaluate(&fitted, task.matrix, task.labels, task.split, &options)?;
    progress(Progress::Stage("explaining".into()));
    let explain_options = ExplainOptions {
        seed,
        ..ExplainOptions::default()
    };
    let explanation = explain(
        &fitted.model,
        task.matrix,
        task.split.test.indices(),
        task.sources,
        &explain_options,
    )?;
    let report = ModelReport {
        split: task.split.audit.clone(),
        metrics: measured.parts.into_iter().map(by_name).collect(),
        curves: measured.curves,
        explanation,
        recipe,
        rounds: fitted.best_rounds,
        calibrated_by: fitted.calibrated_by,
        trained_with: fitted.trained_with.clone(),
        columns: task.matrix.n_columns() as u64,
    };
    Ok((fitted, report))
}

fn by_name((part, evaluation): (String, Evaluation)) -> (String, BTreeMap<String, Estimate>) {
    (part, evaluation.metrics)
}
