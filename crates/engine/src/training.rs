//! One training run, the same for a project and for any table: develop in the folds, fit on
//! what the splitter hands out, calibrate, measure, explain.

use std::collections::BTreeMap;
use std::path::Path;

use leadrank_evidence::Gate;
use leadrank_learn::baselines::{Compared, Comparison, Ensemble, External, Input, compare};
use leadrank_learn::calibrate::CalibrationOptions;
use leadrank_learn::develop::{
    Development, Encoded, ImbalanceOptions, Material, Settings, Step, develop,
};
use leadrank_learn::evaluate::{Curves, evaluate};
use leadrank_learn::explain::{ExplainOptions, Explanation, explain};
use leadrank_learn::fit::{Fitted, Plan, Sample, fit_model};
use leadrank_learn::recipe::Recipe;
use leadrank_learn::scorecard::Scorecard;
use leadrank_learn::segments::Segments;
use leadrank_learn::selection::{matrix_of, sources_of};
use leadrank_learn::split::{FoldConfig, Folds, Rows as _, Split, SplitAudit, SplitInput};
use leadrank_learn::xgboost::Library;
use leadrank_learn::{LearnError, Matrix};
use leadrank_stats::Estimate;
use leadrank_stats::calibrators::Segmented;
use leadrank_stats::evaluation::{Evaluation, EvaluationOptions};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::gates::{Thresholds, performance};
use crate::progress::{Progress, Sink};
use crate::trials::TrialFile;

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
    /// How scores became probabilities; none in bundles of older versions, whose manifest has it.
    #[serde(default)]
    pub calibration: Option<Segmented>,
    /// The library that trained.
    pub trained_with: String,
    /// Columns of the model's matrix.
    pub columns: u64,
    /// How features, parameters and the rest were decided; none where the rows do not
    /// suffice for folds, and in bundles of older versions.
    #[serde(default)]
    pub development: Option<Development>,
    /// Why nothing was developed.
    #[serde(default)]
    pub undeveloped: Option<String>,
    /// The model beside what is simpler, on the test rows; none in bundles of older versions.
    #[serde(default)]
    pub comparison: Option<Comparison>,
    /// What the gates on a trained model say.
    #[serde(default)]
    pub gates: Vec<Gate>,
}

/// What to train on.
pub struct Task<'a> {
    /// Made by what was fitted on the rows before calibration.
    pub whole: Encoded<'a>,
    /// Outcomes; none where unknown.
    pub labels: &'a [Option<bool>],
    /// The split of these rows.
    pub split: &'a Split,
    /// What probabilities are calibrated by.
    pub segments: &'a Segments,
    /// Its folds, and the rows as each fold sees them; or why there are none.
    pub folds: std::result::Result<(&'a Folds, Vec<Encoded<'a>>), String>,
}

/// How to train.
pub struct Options<'a> {
    /// How to develop.
    pub settings: Settings,
    /// How margins become probabilities.
    pub calibration: &'a CalibrationOptions,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads to use; 0 means all.
    pub threads: usize,
    /// Where trials of the tuning are kept.
    pub trials: Option<&'a Path>,
    /// Scores from elsewhere that the model is held against.
    pub externals: &'a [External],
    /// Limits of the gates.
    pub thresholds: &'a Thresholds,
}

/// A trained model and what it reads.
pub struct Trained {
    /// The model.
    pub fitted: Fitted,
    /// What is told of it.
    pub report: ModelReport,
    /// The columns it reads, of all rows.
    pub matrix: Matrix,
    /// The scorecard it was compared with, on all columns.
    pub scorecard: Option<Scorecard>,
    /// Model and scorecard as one score.
    pub ensembles: Vec<Ensemble>,
}

/// Folds of the split, or why there are none: too few rows to cut them.
///
/// # Errors
/// Settings out of range, or a broken promise.
pub fn cut_folds(
    split: &Split,
    input: &SplitInput,
    config: &FoldConfig,
) -> Result<std::result::Result<Folds, String>> {
    config.check()?;
    match Folds::cut(split, input, config) {
        Ok(folds) => Ok(Ok(folds)),
        Err(error @ LearnError::Split { .. }) => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Develops, trains, calibrates, measures and explains.
///
/// # Errors
/// When the trainer is missing or the rows can't carry a model.
pub fn train(task: &Task<'_>, options: &Options<'_>, progress: &Sink<'_>) -> Result<Trained> {
    let library = Library::open(None)?;
    let mut settings = options.settings.clone();
    // The library takes 32 bits; the low ones of any seed are as good as all.
    settings.recipe.seed = (options.seed & 0x7fff_ffff) as u32;
    if settings.recipe.scale_pos_weight != 1.0 {
        // A weight that was set by hand is what the user wants: nothing is left to compare.
        settings.imbalance = ImbalanceOptions {
            contest: false,
            ..ImbalanceOptions::default()
        };
    }
    let (development, undeveloped) = match &task.folds {
        Ok((folds, by_fold)) => {
            let material = Material {
                whole: task.whole,
                by_fold: by_fold.clone(),
                labels: task.labels,
                split: task.split,
                folds,
            };
            let mut keeper = TrialFile::open(options.trials, &settings.tuning, progress)?;
            let developed = develop(
                library,
                &material,
                &settings,
                options.threads,
                &mut keeper,
                &mut |step| progress(told(step)),
            )?;
            (Some(developed), None)
        }
        Err(reason) => {
            progress(Progress::Warning(format!(
                "features and parameters are taken as they are: {reason}"
            )));
            (None, Some(reason.clone()))
        }
    };
    let plan = match &development {
        Some(developed) => Plan {
            recipe: developed.recipe.clone(),
            strategy: developed.strategy,
            rounds: Some(developed.rounds),
            calibration: options.calibration.clone(),
        },
        None => Plan {
            strategy: settings.imbalance.strategy,
            calibration: options.calibration.clone(),
            ..Plan::of(&settings.recipe)
        },
    };
    let Encoded { matrix, sources } = task.whole;
    let matrix = match &development {
        Some(developed) => matrix_of(matrix, sources, &developed.features)?,
        None => matrix.clone(),
    };
    let sources = sources.map(|_| sources_of(task.whole.matrix, sources, &matrix));

    let rounds = u64::from(plan.rounds.unwrap_or(plan.recipe.rounds));
    progress(Progress::Stage(format!("growing {rounds} trees at most")));
    let fitted = fit_model(
        library,
        &Sample {
            matrix: &matrix,
            labels: task.labels,
            split: task.split,
            segments: task.segments,
            folds: match (&task.folds, sources.is_none()) {
                (Ok((folds, _)), true) => Some(folds),
                _ => None,
            },
        },
        &plan,
        options.threads,
        &mut |round| {
            if round.round.is_multiple_of(10) {
                progress(Progress::Step {
                    what: format!("training, at most {rounds} trees"),
                    done: u64::from(round.round),
                    total: rounds,
                });
            }
        },
    )?;
    progress(Progress::Stage(
        "measuring on rows the model never saw".into(),
    ));
    let evaluation = EvaluationOptions {
        seed: options.seed,
        ..EvaluationOptions::default()
    };
    let measured = evaluate(&fitted, &matrix, task.labels, task.split, &evaluation)?;
    progress(Progress::Stage("comparing with what is simpler".into()));
    let Compared {
        comparison,
        scorecard,
        ensembles,
    } = compare(
        &Input {
            matrix: task.whole.matrix,
            labels: task.labels,
            split: task.split,
            fitted: &fitted,
            model_matrix: &matrix,
            externals: options.externals,
        },
        &evaluation,
    )?;
    progress(Progress::Stage("explaining".into()));
    let explain_options = ExplainOptions {
        seed: options.seed,
        ..ExplainOptions::default()
    };
    let explanation = explain(
        &fitted.model,
        &matrix,
        task.split.test.indices(),
        sources.as_deref(),
        &explain_options,
    )?;
    let mut report = ModelReport {
        split: task.split.audit.clone(),
        metrics: measured.parts.into_iter().map(by_name).collect(),
        curves: measured.curves,
        explanation,
        recipe: plan.recipe,
        rounds: fitted.best_rounds,
        calibration: Some(fitted.calibration.clone()),
        trained_with: fitted.trained_with.clone(),
        columns: matrix.n_columns() as u64,
        development,
        undeveloped,
        comparison: Some(comparison),
        gates: Vec::new(),
    };
    report.gates = performance::judge(&report, options.thresholds);
    Ok(Trained {
        fitted,
        report,
        matrix,
        scorecard,
        ensembles,
    })
}

/// A step in words.
fn told(step: Step) -> Progress {
    let counted = |what: &str, done, total| Progress::Step {
        what: what.to_owned(),
        done,
        total,
    };
    match step {
        Step::Selection { done, total } => counted("selecting features, fold by fold", done, total),
        Step::Sets => Progress::Stage("comparing sets of features".into()),
        Step::Contest { done, total } => {
            counted("comparing what to do about rare outcomes", done, total)
        }
        Step::Tuning => Progress::Stage("tuning".into()),
    }
}

fn by_name((part, evaluation): (String, Evaluation)) -> (String, BTreeMap<String, Estimate>) {
    (part, evaluation.metrics)
}
