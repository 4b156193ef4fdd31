//! The brief's success criteria beside realistic ones, and results too good to be true.

use leadrank_engine::training::ModelReport;
use leadrank_learn::fit::CalibratedBy;
use leadrank_report as report;
use leadrank_report::format::Unit;

/// AUC-ROC above this on contacted leads was never reached without leakage
/// (domain.md, "Validation gates and thresholds": honest work .58–.67).
const PLAUSIBLE_AUC: f64 = 0.75;
/// Base rates above this are not those of contacted leads, so the bound says nothing.
const LEADS_BASE_RATE: f64 = 0.08;

/// Criteria, met or not, each with the value's interval.
pub(super) fn of(model: &ModelReport) -> Vec<report::CriterionRow> {
    let rows = [
        (
            "auc_pr",
            "AUC-PR above 0.35 (the brief)",
            0.35,
            "At a base rate of 4 % this needs an AUC-ROC of about 0.88; honest models of this field reached 0.05 to 0.075.",
        ),
        (
            "precision_at_10",
            "Rate in the best 10 % above 15 % (the brief)",
            0.15,
            "Depends on the size of the slice; see the deciles.",
        ),
        (
            "auc_roc",
            "AUC-ROC of at least 0.58",
            0.58,
            "What honest models of this field reached at least.",
        ),
        (
            "lift_at_10",
            "Lift of the best 10 % of at least 1.4",
            1.4,
            "What honest models of this field reached at least.",
        ),
    ];
    let Some(test) = model.metrics.get(super::JUDGED) else {
        return Vec::new();
    };
    rows.into_iter()
        .filter_map(|(name, text, threshold, comment)| {
            let estimate = test.get(name)?;
            let unit = report::MetricRow::standard(name, Vec::new()).unit;
            let open = estimate.lo < threshold && threshold <= estimate.hi;
            let comment = if open {
                format!("The interval holds the threshold: not settled. {comment}")
            } else {
                comment.to_string()
            };
            Some(report::CriterionRow {
                name: text.into(),
                threshold: unit.format(threshold),
                value: unit.with_interval(estimate),
                met: Some(estimate.value >= threshold),
                comment,
            })
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
    if model.calibrated_by == CalibratedBy::Level {
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
