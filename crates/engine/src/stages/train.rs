//! Stage 3: training dataset → bundle.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use leadrank_evidence::Verdict;
use leadrank_features::catalog;
use leadrank_learn::Matrix;
use leadrank_learn::calibrate::CalibrationOptions;
use leadrank_learn::develop::{Encoded, Settings};
use leadrank_learn::segments::Segments;
use leadrank_learn::split::Rows as _;
use leadrank_stats::calibrators::Cuts;
use leadrank_stats::profile::Profile;
use leadrank_warehouse::Params;
use serde::{Deserialize, Serialize};

use super::dataset::{self, DatasetReport, SplitRows};
use super::rows::Rows;
use super::{Data, open};
use crate::bundle::{self, FORMAT_VERSION, Files, Manifest, SegmentRule, to_json};
use crate::checks::{self, leakage};
use crate::error::{Error, Result};
use crate::gates;
use crate::ledger;
use crate::progress::Sink;
use crate::project::Project;
use crate::reasons::Peers;
use crate::registry;
use crate::reports::{Stratum, by_aum};
use crate::rivals;
use crate::training::{ModelReport, Options, Task, Trained, cut_folds, train};

/// The bundle's counts of leads by AUM tier.
const STRATA: &str = "strata.json";

/// What AUM tiers are cut from.
const ASSETS: &str = "TotalAssetsInMillions";

/// What the stage made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrainReport {
    /// The bundle's id.
    pub model_id: String,
    /// Metrics, curves, explanation.
    #[serde(flatten)]
    pub model: ModelReport,
    /// Leads of each AUM tier in each part and fold.
    #[serde(default)]
    pub strata: Vec<Stratum>,
}

/// Trains on the project's training dataset, writes the bundle and lets it serve.
///
/// # Errors
/// When the dataset is missing or too small, or the trainer is missing.
pub async fn run(
    project: &Project,
    now: DateTime<Utc>,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<TrainReport> {
    let made = dataset::run(project, now, threads, progress).await?;
    let fingerprint = fingerprint(project, &made);
    if ledger::is_current(project, "train", &fingerprint)
        && let Ok(bundle) = registry::current(project)
    {
        return Ok(TrainReport {
            model_id: bundle.id.clone(),
            model: bundle.json("metrics.json")?,
            strata: match bundle.has(STRATA) {
                true => bundle.json(STRATA)?,
                false => Vec::new(),
            },
        });
    }
    gates::require(
        project,
        now,
        "train",
        leakage::before_training(project, &made),
    )?;
    audit(project, now, threads, progress).await?;
    ledger::begun(project, "train");
    let warehouse = project.warehouse().await?;
    let data = open(project, &warehouse, made.as_of, threads).await?;
    let query = "SELECT * FROM LeadScoring.training_dataset ORDER BY lead_id";
    let rows = Rows::new(data.session.collect(query, &Params::default()).await?);

    let names = model_features(project)?;
    let matrix = matrix(&rows, &names)?;
    let labels = rows.flags("label")?;
    let SplitRows { split, input, ids } = dataset::split_rows(project, &rows)?;
    let training: Vec<&str> = split
        .refit
        .indices()
        .iter()
        .map(|&row| ids[row].as_str())
        .collect();
    if ledger::sha256(training.join("\n").as_bytes()) != made.constants_rows_sha256 {
        return Err(Error::Data(
            "the fitted constants stem from other training rows than these; run `leadrank features` again"
                .into(),
        ));
    }
    let config = project.config();
    let rule = segment_rule(&config.calibration)?;
    let by_value = match &rule {
        Some(rule) => Some(rows.values(&rule.feature)?),
        None => None,
    };
    let segments = match (&rule, &by_value) {
        (Some(rule), Some(values)) => Segments::by_value(values.iter().copied(), &rule.cuts),
        _ => Segments::none(),
    };
    let folds = cut_folds(&split, &input, &config.folds)?;
    let whole = Encoded {
        matrix: &matrix,
        sources: None,
    };
    let task = Task {
        whole,
        labels: &labels,
        split: &split,
        segments: &segments,
        // SQL makes a lead's features from its own facts and four quantiles of the rows before
        // calibration, which know no outcome: one matrix serves all folds.
        folds: folds
            .as_ref()
            .map(|folds| (folds, vec![whole; folds.folds.len()]))
            .map_err(String::clone),
    };
    let rows_sha256 = rows_hash(&matrix, &ids, &labels);
    let trials = trials_file(project, &fingerprint, &rows_sha256);
    let strata = match matrix.column(ASSETS) {
        Ok(assets) => by_aum(&assets, &labels, &split, folds.as_ref().ok()),
        Err(_) => Vec::new(),
    };
    let externals = rivals::externals(&data.session, &ids, &matrix).await?;
    let options = Options {
        settings: settings(project, &names),
        calibration: &config.calibration,
        seed: config.seed,
        threads,
        trials: Some(&trials),
        externals: &externals,
        thresholds: &config.gates,
    };
    let Trained {
        fitted,
        report,
        matrix,
        scorecard,
        ..
    } = train(&task, &options, progress)?;

    let every_row: Vec<usize> = (0..matrix.n_rows()).collect();
    let probability = |row, margin| fitted.probability(row, margin);
    let segment_value = |row: usize| {
        by_value
            .as_ref()
            .map(|values| values[row])
            .filter(|value| !value.is_nan())
    };
    let golden = bundle::golden::pick(
        &fitted.model,
        probability,
        segment_value,
        &matrix,
        &every_row,
    );

    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        leadrank_version: env!("CARGO_PKG_VERSION").into(),
        as_of: made.as_of,
        seed: config.seed,
        window_days: config.label.window_days,
        features: matrix.names().to_vec(),
        calculable: config.features.calculable.clone(),
        constants: made.constants.clone(),
        recipe: report.recipe.clone(),
        rounds: report.rounds,
        calibration: fitted.calibration.clone(),
        segments: rule,
        split: report.split.clone(),
        labels: made.labels.clone(),
        training_rows_sha256: rows_sha256,
        raw_files: raw_files(&data),
    };
    let mut files = Files::from([
        (
            "bundle.json".to_string(),
            to_json("bundle.json", &manifest)?,
        ),
        ("model.json".to_string(), fitted.model_json),
        ("model.ubj".to_string(), fitted.model_ubj),
        (
            "metrics.json".to_string(),
            to_json("metrics.json", &report)?,
        ),
        (
            "profile.json".to_string(),
            to_json("profile.json", &profiles(&matrix, split.refit.indices())?)?,
        ),
        (
            "reasons.json".to_string(),
            to_json("reasons.json", &catalog())?,
        ),
        (
            bundle::golden::FILE.to_string(),
            to_json(bundle::golden::FILE, &golden)?,
        ),
        (
            "MODEL_CARD.md".to_string(),
            crate::model_card::text(&manifest, &report).into_bytes(),
        ),
    ]);
    files.insert(STRATA.into(), to_json(STRATA, &strata)?);
    let peers = Peers::fit(&matrix, &labels, &split.development)?;
    files.insert(bundle::PEERS.into(), to_json(bundle::PEERS, &peers)?);
    let held_out = to_json(bundle::HELD_OUT, &fitted.held_out)?;
    files.insert(bundle::HELD_OUT.into(), held_out);
    for (model, number) in fitted.panel.iter().zip(1..) {
        files.insert(bundle::panel_file(number), model.to_ubj());
    }
    if let Some(card) = &scorecard {
        let sql = card.to_sql(
            "LeadScoring.training_dataset",
            &["lead_id"],
            &BTreeMap::new(),
        );
        files.insert("scorecard.json".into(), to_json("scorecard.json", card)?);
        files.insert("scorecard.sql".into(), sql.into_bytes());
    }
    let id = bundle::write(&project.bundles(), &files)?;
    // What failed is recorded, with the reason to go past it, by the registry: it refuses.
    let mut others = report.gates.clone();
    others.retain(|gate| gate.verdict != Verdict::Fail);
    gates::record(project, now, "train", &mut others)?;
    registry::trained(project, &id, now)?;
    let outcome = format!("model {id}, {} trees", report.rounds);
    ledger::finished(project, now, "train", &fingerprint, outcome)?;
    // The report has every trial; the file was there to go on from. Left behind, it does no
    // harm.
    let _ = std::fs::remove_file(&trials);
    Ok(TrainReport {
        model_id: id,
        model: report,
        strata,
    })
}

/// Looks whether the data know the outcome, before a model learns it from them.
async fn audit(
    project: &Project,
    now: DateTime<Utc>,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<()> {
    let request = checks::Request {
        now,
        threads,
        month: None,
        against: None,
    };
    let found = checks::run(project, &[checks::Which::Leakage], request, progress).await?;
    let gates = found.into_iter().flat_map(|report| report.gates);
    let failed = gates.filter(|gate| gate.verdict == Verdict::Fail).collect();
    gates::require(project, now, "train", failed)
}

/// What the calibration's segments are cut from, by the settings.
pub(crate) fn segment_rule(options: &CalibrationOptions) -> Result<Option<SegmentRule>> {
    if options.segment_by.is_empty() {
        return Ok(None);
    }
    Ok(Some(SegmentRule {
        feature: options.segment_by.clone(),
        cuts: Cuts::new(options.bounds.clone())?,
    }))
}

/// How to develop a model of these features.
pub(crate) fn settings(project: &Project, features: &[String]) -> Settings {
    let config = project.config();
    let mut selection = config.selection.clone();
    // What is excluded can't be kept.
    selection.keep.retain(|name| features.contains(name));
    Settings {
        recipe: config.model.clone(),
        selection,
        imbalance: config.imbalance.clone(),
        tuning: config.tuning.clone(),
    }
}

/// Where this run's trials are kept: under what decides them, so that no other run's are
/// taken for its own.
fn trials_file(project: &Project, fingerprint: &str, rows_sha256: &str) -> PathBuf {
    let name = ledger::sha256(format!("{fingerprint} {rows_sha256}").as_bytes());
    let file = format!("{}.csv", &name[..16]);
    project.records().join("tuning").join(file)
}

/// Everything that decides what this stage makes.
fn fingerprint(project: &Project, made: &DatasetReport) -> String {
    let config = project.config();
    let text = format!(
        "{} {FORMAT_VERSION} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {}",
        env!("CARGO_PKG_VERSION"),
        made.training_dataset_version,
        ledger::last(project, "dataset"),
        config.features,
        config.split,
        config.folds,
        config.selection,
        config.imbalance,
        config.tuning,
        config.model,
        config.calibration,
        config.seed
    );
    ledger::sha256(text.as_bytes())
}

/// Names of the features that enter the model, in catalog order.
pub(crate) fn model_features(project: &Project) -> Result<Vec<String>> {
    let settings = &project.config().features;
    let names = || catalog().iter().map(|feature| feature.name.to_string());
    if let Some(unknown) = settings
        .exclude
        .iter()
        .find(|name| !names().any(|known| known == **name))
    {
        return Err(Error::Config {
            file: "leadrank.toml".into(),
            problem: format!(
                "features.exclude names `{unknown}`, which is no feature; `leadrank features --list` shows all"
            ),
        });
    }
    Ok(catalog()
        .iter()
        .filter(|feature| settings.temporal_in_model || !feature.is_temporal())
        .map(|feature| feature.name.to_string())
        .filter(|name| !settings.exclude.contains(name))
        .collect())
}

/// The named columns as a row-major matrix; null becomes NaN.
///
/// # Errors
/// When a column is missing.
pub fn matrix(rows: &Rows, names: &[String]) -> Result<Matrix> {
    let mut data = vec![f32::NAN; rows.len() * names.len()];
    for (place, name) in names.iter().enumerate() {
        for (row, value) in rows.numbers(name)?.into_iter().enumerate() {
            if let Some(value) = value {
                data[row * names.len() + place] = value as f32;
            }
        }
    }
    Ok(Matrix::new(names.to_vec(), data)?)
}

pub(crate) fn rows_hash(matrix: &Matrix, ids: &[String], labels: &[Option<bool>]) -> String {
    let mut bytes = Vec::with_capacity(matrix.data().len() * 4);
    for value in matrix.data() {
        // One bit pattern for every missing value.
        let bits = if value.is_nan() {
            f32::NAN.to_bits()
        } else {
            value.to_bits()
        };
        bytes.extend_from_slice(&bits.to_le_bytes());
    }
    for (id, label) in ids.iter().zip(labels) {
        bytes.extend_from_slice(id.as_bytes());
        bytes.push(label.map_or(2, u8::from));
    }
    ledger::sha256(&bytes)
}

/// Reference distribution of each feature over the training rows.
fn profiles(matrix: &Matrix, rows: &[usize]) -> Result<BTreeMap<String, Profile>> {
    let mut profiles = BTreeMap::new();
    for name in matrix.names() {
        let column = matrix.column(name)?;
        let values: Vec<f64> = rows.iter().map(|&row| f64::from(column[row])).collect();
        profiles.insert(name.clone(), Profile::fit(&values, 10));
    }
    Ok(profiles)
}

/// SHA-256 of every raw file in use, by file name.
fn raw_files(data: &Data) -> BTreeMap<String, String> {
    let loads = data.in_use.loads.iter();
    loads
        .map(|load| (load.file.clone(), load.sha256.clone()))
        .collect()
}
