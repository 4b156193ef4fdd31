//! The same facts as files for programs and spreadsheets.

use leadrank_learn::develop::Development;
use leadrank_learn::selection::SetName;
use serde::Serialize;

use crate::bundle::to_json;
use crate::error::{Error, Result};
use crate::training::ModelReport;
use crate::trials::csv_of;

/// Names of all files beside the reports.
pub const ARTIFACTS: [&str; 4] = [
    "selected_features.json",
    "feature_importance.csv",
    "tuning_trials.csv",
    "imbalance_strategies.csv",
];

/// A file by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name in the folder of reports.
    pub name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// `selected_features.json`.
#[derive(Serialize)]
struct Selected<'a> {
    /// The set that is used.
    set: SetName,
    /// Features of the model, in matrix order.
    features: &'a [String],
    /// What the screens leave.
    large: &'a [String],
    /// The strongest of them.
    small: &'a [String],
}

/// One line of `feature_importance.csv`.
#[derive(Serialize)]
struct Importance<'a> {
    rank: usize,
    feature: &'a str,
    mean_abs_shap: f64,
    share: f64,
    n: u64,
    information_value: Option<f64>,
    information_value_by_chance: Option<f64>,
    folds_chosen: Option<u64>,
    folds: Option<u64>,
}

/// One line of `imbalance_strategies.csv`: a strategy over the folds.
#[derive(Serialize)]
struct Strategy<'a> {
    strategy: &'a str,
    taken: bool,
    score: f64,
    folds: u64,
    auc_pr: f64,
    auc_pr_lo: f64,
    auc_pr_hi: f64,
    auc_pr_less_none: Option<f64>,
    auc_pr_less_none_lo: Option<f64>,
    auc_pr_less_none_hi: Option<f64>,
    p: Option<f64>,
    p_adjusted: Option<f64>,
    precision_at_10: f64,
    calibration_error: f64,
    variation: f64,
    effective_weight: f64,
    synthetic_rows: f64,
    trees: u32,
    cost_ratio: Option<f64>,
}

/// The files beside the reports: importance always, the others where the model was developed.
///
/// # Errors
/// When a file can't be made; a fault of the program.
pub fn artifacts(model: &ModelReport) -> Result<Vec<File>> {
    let file = |name, bytes| File { name, bytes };
    let mut files = vec![file("feature_importance.csv", importance(model)?)];
    let Some(made) = &model.development else {
        return Ok(files);
    };
    let selected = Selected {
        set: made.set,
        features: &made.features,
        large: &made.selection.large,
        small: &made.selection.small,
    };
    let name = "selected_features.json";
    files.push(file(name, to_json(name, &selected)?));
    let name = "tuning_trials.csv";
    let trials = csv_of(&made.tuned.trials);
    let trials = trials.map_err(|error| Error::Data(format!("{name}: {error}")))?;
    files.push(file(name, trials));
    if made.contest.is_some() {
        files.push(file("imbalance_strategies.csv", strategies(made)?));
    }
    Ok(files)
}

fn csv<T: Serialize>(name: &str, rows: impl IntoIterator<Item = T>) -> Result<Vec<u8>> {
    let problem = |error: String| Error::Data(format!("{name}: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer
            .serialize(row)
            .map_err(|error| problem(error.to_string()))?;
    }
    writer
        .into_inner()
        .map_err(|error| problem(error.to_string()))
}

fn importance(model: &ModelReport) -> Result<Vec<u8>> {
    let made = model.development.as_ref();
    let rows = (1..).zip(&model.explanation.sources).map(|(rank, row)| {
        let standing = made.and_then(|made| {
            let mut features = made.selection.features.iter();
            features.find(|one| one.feature == row.feature)
        });
        Importance {
            rank,
            feature: &row.feature,
            mean_abs_shap: row.mean_abs_shap,
            share: row.share,
            n: row.n,
            information_value: standing.map(|one| one.iv),
            information_value_by_chance: standing.map(|one| one.iv_chance),
            folds_chosen: made.map(|made| {
                let chosen = made.stability.chosen.get(&row.feature);
                chosen.copied().unwrap_or(0)
            }),
            folds: made.map(|made| made.stability.sets),
        }
    });
    csv("feature_importance.csv", rows)
}

fn strategies(made: &Development) -> Result<Vec<u8>> {
    let contest = made.contest.iter();
    let rows = contest.flat_map(|contest| {
        let taken = contest.chosen();
        let folds = contest.choice.folds;
        let rows = contest.choice.rows.iter().zip(&contest.arms);
        rows.map(move |(row, arm)| {
            let against = row.against_none.as_ref();
            Strategy {
                strategy: &row.name,
                taken: row.strategy == taken,
                score: row.score,
                folds,
                auc_pr: row.auc_pr.mean,
                auc_pr_lo: row.auc_pr.interval.lo,
                auc_pr_hi: row.auc_pr.interval.hi,
                auc_pr_less_none: against.map(|found| found.auc_pr.mean),
                auc_pr_less_none_lo: against.map(|found| found.auc_pr.interval.lo),
                auc_pr_less_none_hi: against.map(|found| found.auc_pr.interval.hi),
                p: against.map(|found| found.p),
                p_adjusted: against.map(|found| found.adjusted_p),
                precision_at_10: row.precision_at_10.mean,
                calibration_error: row.calibration_error.mean,
                variation: row.variation,
                effective_weight: row.effective_weight,
                synthetic_rows: row.synthetic,
                trees: arm.rounds,
                cost_ratio: against.map(|found| found.cost_ratio),
            }
        })
    });
    csv("imbalance_strategies.csv", rows)
}
