//! What is asked of the model itself.

use std::collections::BTreeMap;

use leadrank_evidence::{Measured, Unit};
use leadrank_learn::explain::{UNSTEADY, stability};
use leadrank_stats::{Estimate, ranking};

use super::{Criterion, Target, found, missing};
use crate::bundle::Bundle;
use crate::checks::classes::{AUM_TIERS, aum_tier};
use crate::error::Result;
use crate::gates;
use crate::model_rows::ModelRows;
use crate::project::Project;
use crate::stages::dataset::DatasetReport;
use crate::stages::score::ScoreReport;
use crate::training::ModelReport;

const MODEL: &str = "model";
const TECHNICAL: &str = "technical";
/// Fewest positives of a segment for a word on its calibration.
const FEW: u64 = 10;
/// Features whose steadiness is asked about.
const FIRST: usize = 20;

fn metric<'a>(
    metrics: &'a BTreeMap<String, BTreeMap<String, Estimate>>,
    part: &str,
    name: &str,
) -> Option<&'a Estimate> {
    metrics.get(part)?.get(name)
}

/// "Model Performance Validation" of the brief.
pub(super) fn checkpoint(
    bundle: &Bundle,
    of: &ModelRows,
    model: &ModelReport,
) -> Result<Vec<Criterion>> {
    let mut rows = Vec::new();
    let asked = [
        (
            "auc_pr",
            "AUC-PR",
            Target::Above(0.20),
            Unit::Score,
            "The brief's model gate. By chance it is the share of positives.",
        ),
        (
            "auc_roc",
            "AUC-ROC",
            Target::Above(0.58),
            Unit::Score,
            "What honest models of this field reached at least.",
        ),
        (
            "precision_at_10",
            "rate in the best 10 %",
            Target::Above(0.15),
            Unit::Share,
            "By chance it is the share of positives.",
        ),
        (
            "recall_at_10",
            "reached by the best 10 %",
            Target::Above(0.14),
            Unit::Share,
            "A lift of 1.4, which honest models of this field reached.",
        ),
        (
            "lift_at_10",
            "lift of the best 10 %",
            Target::Above(1.3),
            Unit::Times,
            "The brief: more than 30 % above the base rate at capacity.",
        ),
        (
            "ece_mass",
            "calibration error, all",
            Target::Below(0.05),
            Unit::Share,
            "At 4 % positives the base rate told of everybody meets this, too.",
        ),
    ];
    for (name, words, target, unit, comment) in asked {
        rows.push(match metric(&model.metrics, "test", name) {
            Some(value) => found(MODEL, words, target, unit, *value, comment),
            None => missing(
                MODEL,
                words,
                &target.words(unit),
                "not measured on the test rows",
            ),
        });
    }
    rows.extend(segments(bundle, of)?);
    rows.extend(gaps(model));
    rows.extend(steadiness(bundle, of)?);
    Ok(rows)
}

/// Calibration error of each AUM segment.
fn segments(bundle: &Bundle, of: &ModelRows) -> Result<Vec<Criterion>> {
    let assets = of.rows.values("TotalAssetsInMillions")?;
    let test = of.test(bundle);
    let target = Target::Below(0.05);
    let mut rows = Vec::new();
    for (tier, name) in AUM_TIERS.iter().enumerate() {
        let own = test.only(|row| aum_tier(assets[row]) == tier);
        let words = format!("calibration error, assets {name}");
        let error =
            leadrank_stats::calibration::ece_equal_mass(&own.labels, &own.probabilities, 10);
        rows.push(match error {
            Some(error) if own.positives() >= FEW => found(
                MODEL,
                &words,
                target,
                Unit::Share,
                Measured::counted(error, own.rows.len() as u64),
                "See the calibration report for what noise alone would show.",
            ),
            _ => missing(
                MODEL,
                &words,
                &target.words(Unit::Share),
                format!("only {} scheduled calls in the test", own.positives()),
            ),
        });
    }
    Ok(rows)
}

/// How far the rows learnt from are ahead.
fn gaps(model: &ModelReport) -> Vec<Criterion> {
    let of = |name: &str, by: &dyn Fn(f64, f64) -> f64| {
        let train = metric(&model.metrics, "train", name)?.value;
        let test = metric(&model.metrics, "test", name)?;
        Some(Measured {
            value: by(train, test.value),
            lo: Some(by(train, test.hi)),
            hi: Some(by(train, test.lo)),
            n: test.n,
            chance: None,
        })
    };
    let absolute = |train: f64, test: f64| train - test;
    let relative = |train: f64, test: f64| (train - test) / train;
    let rows = [
        (
            of("auc_pr", &absolute),
            "AUC-PR, learnt from less test",
            Target::Below(0.10),
            Unit::Score,
            "The brief does not say whether absolute or relative; this is absolute.",
        ),
        (
            of("auc_pr", &relative),
            "the same, relative",
            Target::Below(0.10),
            Unit::Share,
            "AUC-PR follows the share of positives, which may differ between both.",
        ),
        (
            of("auc_roc", &absolute),
            "AUC-ROC, learnt from less test",
            Target::Below(0.15),
            Unit::Score,
            "What honest models kept to; does not follow the share of positives.",
        ),
    ];
    rows.into_iter()
        .filter_map(|(gap, name, target, unit, comment)| {
            Some(found(MODEL, name, target, unit, gap?, comment))
        })
        .collect()
}

/// Whether importance lasts over the folds.
fn steadiness(bundle: &Bundle, of: &ModelRows) -> Result<Vec<Criterion>> {
    let name = "share of the 20 strongest features that are not steady";
    let target = Target::Below(0.25);
    let panel = bundle.panel()?;
    if panel.len() < 2 {
        let why = "the model has no panel of folds: it was trained by an older version, or on too few rows";
        return Ok(vec![missing(MODEL, name, &target.words(Unit::Share), why)]);
    }
    let test = of.test(bundle);
    let found_of = stability(&panel, &of.matrix, &test.rows)?;
    let first = found_of.features.iter().take(FIRST);
    let unsteady = first
        .clone()
        .filter(|one| one.variation.is_some_and(|v| v > UNSTEADY));
    let count = unsteady.count();
    let n = first.count().max(1);
    Ok(vec![found(
        MODEL,
        name,
        target,
        Unit::Share,
        Measured::counted(count as f64 / n as f64, n as u64),
        "Not steady: importance varies by more than half of its mean over the folds.",
    )])
}

/// The brief's technical success criteria.
pub(super) fn technical(
    project: &Project,
    bundle: &Bundle,
    of: &ModelRows,
    model: &ModelReport,
) -> Result<Vec<Criterion>> {
    let mut rows = Vec::new();
    if let Some(value) = metric(&model.metrics, "test", "auc_pr") {
        rows.push(found(
            TECHNICAL,
            "AUC-PR",
            Target::Above(0.35),
            Unit::Score,
            *value,
            "The brief speaks of a baseline of 0.20; chance is the share of positives.",
        ));
    }
    rows.push(tier_a(project, bundle, of));
    rows.push(drift(project)?);
    rows.push(coverage(project));
    Ok(rows)
}

/// Precision among as many of the test rows as tier A is of the call list.
fn tier_a(project: &Project, bundle: &Bundle, of: &ModelRows) -> Criterion {
    let name = "rate in tier A";
    let target = Target::Above(0.15);
    let read = std::fs::read(project.records().join("score.json")).ok();
    let report: Option<ScoreReport> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let share = report
        .filter(|report| report.ranked > 0)
        .map(|report| report.capacity.tier_a as f64 / report.ranked as f64);
    let Some(share) = share else {
        let why = "no leads were scored yet: run `leadrank score`";
        return missing(TECHNICAL, name, &target.words(Unit::Share), why);
    };
    let test = of.test(bundle);
    let n = ranking::slice_size(test.rows.len() as u64, share.min(1.0));
    match ranking::at_fraction(&test.labels, &test.margins, share.min(1.0)) {
        Some(top) => {
            let positives = (top.precision * n as f64).round() as u64;
            let base = test.positives() as f64 / test.rows.len() as f64;
            match leadrank_stats::proportion::estimate(positives, n, 0.95) {
                Some(rate) => found(
                    TECHNICAL,
                    name,
                    target,
                    Unit::Share,
                    Estimate {
                        chance: Some(base),
                        ..rate
                    },
                    &format!(
                        "The best {:.0} % of the test, as much as tier A is of today's list. The brief's base rate of 6 % is not that of this data.",
                        100.0 * share.min(1.0)
                    ),
                ),
                None => missing(
                    TECHNICAL,
                    name,
                    &target.words(Unit::Share),
                    "tier A is empty",
                ),
            }
        }
        None => missing(
            TECHNICAL,
            name,
            &target.words(Unit::Share),
            "no positive test rows",
        ),
    }
}

/// The last verdict on drift.
fn drift(project: &Project) -> Result<Criterion> {
    let name = "feature drift from one vendor month to the next";
    Ok(match gates::recorded(project)?.get("quality.drift") {
        Some(recorded) if recorded.gate.value.is_some() => Criterion {
            part: TECHNICAL.into(),
            name: name.into(),
            target: recorded.gate.rule.clone(),
            value: recorded.gate.value,
            unit: recorded.gate.unit,
            standing: match recorded.gate.verdict {
                leadrank_evidence::Verdict::Pass => super::Standing::Met,
                leadrank_evidence::Verdict::NotEnoughData => super::Standing::Unknown,
                _ => super::Standing::NotMet,
            },
            comment: "The brief asks for below 5 % from week to week; vendor data comes by the month, and a stability index of 0.05 is within sampling noise.".into(),
        },
        _ => missing(TECHNICAL, name, "below 5 %", "run `leadrank check quality`, which needs two vendor months"),
    })
}

/// Contacted leads with vendor data of their time.
fn coverage(project: &Project) -> Criterion {
    let name = "contacted leads with vendor data from before contact";
    let target = Target::Above(0.80);
    let read = std::fs::read(project.records().join("dataset.json")).ok();
    let report: Option<DatasetReport> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let rate = report.and_then(|report| {
        let coverage = report.coverage;
        leadrank_stats::proportion::estimate(coverage.matched, coverage.leads, 0.95)
    });
    match rate {
        Some(rate) => found(
            TECHNICAL,
            name,
            target,
            Unit::Share,
            rate,
            "Matched by adviser number to a month that is not after the contact.",
        ),
        None => missing(
            TECHNICAL,
            name,
            &target.words(Unit::Share),
            "no training dataset: run `leadrank features`",
        ),
    }
}
