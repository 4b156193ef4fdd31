//! The brief's success criteria beside realistic ones, and results too good to be true.

use leadrank_engine::reports::criteria::{Asked, Criterion, ranking};
use leadrank_engine::training::ModelReport;
use leadrank_evidence::Unit;
use leadrank_report as report;
use leadrank_report::format::Written as _;

/// AUC-ROC above this on contacted leads was never reached without leakage
/// (domain.md, "Validation gates and thresholds": honest work .58–.67).
const PLAUSIBLE_AUC: f64 = 0.75;
/// Base rates above this are not those of contacted leads, so the bound says nothing.
const LEADS_BASE_RATE: f64 = 0.08;

/// How well the test is ranked, met or not, each with the value's interval.
pub(super) fn of(model: &ModelReport) -> Vec<report::CriterionRow> {
    let rows = ranking(model).into_iter();
    rows.map(|criterion| {
        let Criterion {
            name,
            unit,
            threshold,
            found,
            comment,
            ..
        } = &criterion;
        let name = match criterion.asked {
            Asked::Brief => format!("{name} above {} (the brief)", unit.format(*threshold)),
            Asked::Realistic => format!("{name} of at least {}", unit.format(*threshold)),
        };
        let comment = if criterion.open() {
            format!("The interval holds the threshold: not settled. {comment}")
        } else {
            comment.clone()
        };
        report::CriterionRow {
            name: report::format::sentence(&name),
            threshold: unit.format(*threshold),
            value: unit.measured(found),
            met: Some(criterion.met()),
            comment,
        }
    })
    .collect()
}

/// What makes a careful reader doubt the figures.
pub(super) fn suspicions(model: &ModelReport) -> Vec<String> {
    let mut notes = Vec::new();
    let Some(test) = model.metrics.get(super::JUDGED) else {
        return notes;
    };
    let (Some(auc), Some(pr)) = (test.get("auc_roc"), test.get("auc_pr")) else {
        return notes;
    };
    let base = pr.positives as f64 / pr.n.max(1) as f64;
    if auc.lo > PLAUSIBLE_AUC && base < LEADS_BASE_RATE {
        notes.push(format!(
            "AUC-ROC {} is far above what contacted leads allow. Suspect that a column knows the outcome before calling this a success.",
            Unit::Score.with_interval(auc)
        ));
    }
    let calibration = model.calibration.as_ref();
    if calibration.is_some_and(|fitted| fitted.is_level_only()) {
        notes.push(
            "On the calibration rows higher scores did not convert more often: only the level of the probabilities was fitted. Take the order with care."
                .into(),
        );
    }
    if !model.split.test_is_newest {
        notes.push(
            "The test rows are not the newest ones: this is no proof that the model holds in the future.".into(),
        );
    }
    notes
}
