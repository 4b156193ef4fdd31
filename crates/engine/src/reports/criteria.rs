//! What the brief asks of a model beside what honest models of this field reach.
//!
//! Numbers: domain.md, "Validation gates and thresholds". Those of the brief are shown, met or
//! not, and stop nothing; the realistic ones say what to expect.

use leadrank_evidence::{Cell, Measured, Section, Table, Unit};
use leadrank_learn::develop::Development;
use leadrank_stats::Estimate;
use leadrank_stats::sample::deviation;
use serde::{Deserialize, Serialize};

use super::numbers::over_folds;
use crate::training::ModelReport;

/// Largest train-test gap that honest models of this field keep to.
pub(super) const GAP: f64 = 0.15;
/// Largest coefficient of variation over folds that the brief accepts.
pub(super) const VARIATION: f64 = 0.15;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The brief.
    Brief,
    /// What honest models of this field reached at least.
    Realistic,
}

/// One threshold beside what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// What is measured.
    pub name: String,
    /// Who asks.
    pub asked: Asked,
    /// Whether the value must be above the threshold; else below.
    pub above: bool,
    /// The threshold.
    pub threshold: f64,
    /// How value and threshold are written.
    pub unit: Unit,
    /// What was found.
    pub found: Measured,
    /// What to know of it.
    pub comment: String,
}

impl Criterion {
    /// Whether the value meets the threshold.
    pub fn met(&self) -> bool {
        match self.above {
            true => self.found.value >= self.threshold,
            false => self.found.value < self.threshold,
        }
    }

    /// Whether the interval leaves it open.
    pub fn open(&self) -> bool {
        match (self.found.lo, self.found.hi) {
            (Some(lo), Some(hi)) => lo < self.threshold && self.threshold <= hi,
            _ => false,
        }
    }

    /// The rule: `above 0.35`.
    fn rule(&self) -> String {
        let threshold = match self.unit {
            Unit::Share => format!("{} %", 100.0 * self.threshold),
            Unit::Times => format!("{}×", self.threshold),
            _ => self.threshold.to_string(),
        };
        format!("{} {threshold}", if self.above { "above" } else { "below" })
    }
}

/// How well the test is ranked: AUC-PR, the best tenth, AUC-ROC and lift.
pub fn ranking(model: &ModelReport) -> Vec<Criterion> {
    let rows: [(&str, &str, Asked, f64, Unit, &str); 4] = [
        (
            "auc_pr",
            "AUC-PR",
            Asked::Brief,
            0.35,
            Unit::Score,
            "At a base rate of 4 % this needs an AUC-ROC of about 0.88; honest models of this field reached 0.05 to 0.075.",
        ),
        (
            "precision_at_10",
            "rate in the best 10 %",
            Asked::Brief,
            0.15,
            Unit::Share,
            "Depends on the size of the slice; see the deciles.",
        ),
        (
            "auc_roc",
            "AUC-ROC",
            Asked::Realistic,
            0.58,
            Unit::Score,
            "What honest models of this field reached at least.",
        ),
        (
            "lift_at_10",
            "lift of the best 10 %",
            Asked::Realistic,
            1.4,
            Unit::Times,
            "What honest models of this field reached at least.",
        ),
    ];
    let test = model.metrics.get("test");
    rows.into_iter()
        .filter_map(|(metric, name, asked, threshold, unit, comment)| {
            let found: &Estimate = test?.get(metric)?;
            Some(Criterion {
                name: name.into(),
                asked,
                above: true,
                threshold,
                unit,
                found: (*found).into(),
                comment: comment.into(),
            })
        })
        .collect()
}

/// How far the rows learnt from are ahead of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gap {
    pub(super) train: f64,
    pub(super) test: f64,
    pub(super) absolute: f64,
    pub(super) relative: f64,
}

fn gap_of(model: &ModelReport, metric: &str) -> Option<Gap> {
    let of = |part: &str| Some(model.metrics.get(part)?.get(metric)?.value);
    let (train, test) = (of("train")?, of("test")?);
    Some(Gap {
        train,
        test,
        absolute: train - test,
        relative: (train - test) / train,
    })
}

/// The gap in AUC-ROC, which does not follow the share of positives.
pub(super) fn gap(model: &ModelReport) -> Option<Gap> {
    gap_of(model, "auc_roc")
}

/// Standard deviation of AUC-PR over folds by its mean; none for fewer than two folds.
pub(super) fn variation(made: &Development) -> Option<f64> {
    let values: Vec<f64> = made.scores.iter().map(|fold| fold.auc_pr).collect();
    let variation = deviation(&values) / over_folds(&values).value;
    (values.len() > 1 && variation.is_finite()).then_some(variation)
}

/// How steady the model is: gaps between train and test, and variation over folds.
fn steadiness(model: &ModelReport) -> Vec<Criterion> {
    let below = |name: &str, asked, threshold, unit, value: f64, n: u64, comment: &str| Criterion {
        name: name.into(),
        asked,
        above: false,
        threshold,
        unit,
        found: Measured::counted(value, n),
        comment: comment.into(),
    };
    let n = |part: &str| {
        let metrics = model.metrics.get(part);
        metrics
            .and_then(|metrics| metrics.get("auc_pr"))
            .map_or(0, |found| found.n)
    };
    let mut rows = Vec::new();
    if let Some(gap) = gap_of(model, "auc_pr") {
        let rows_of_test = n("test");
        rows.push(below(
            "AUC-PR, train less test",
            Asked::Brief,
            0.10,
            Unit::Score,
            gap.absolute,
            rows_of_test,
            "The brief does not say whether absolute or relative; this is absolute.",
        ));
        rows.push(below(
            "the same, relative to train",
            Asked::Brief,
            0.10,
            Unit::Share,
            gap.relative,
            rows_of_test,
            "Where train and test differ in their share of positives, AUC-PR differs by that alone.",
        ));
    }
    if let Some(gap) = gap(model) {
        rows.push(below(
            "AUC-ROC, train less test",
            Asked::Realistic,
            GAP,
            Unit::Score,
            gap.absolute,
            n("test"),
            "Does not follow the share of positives.",
        ));
    }
    let made = model.development.as_ref();
    if let Some((made, variation)) = made.and_then(|made| Some((made, variation(made)?))) {
        let rows_of_folds = made.scores.iter().map(|fold| fold.n).sum();
        rows.push(below(
            "variation of AUC-PR over folds",
            Asked::Brief,
            VARIATION,
            Unit::Share,
            variation,
            rows_of_folds,
            "With about 1,500 positives in 5 folds sampling alone brings 8 to 12 %.",
        ));
    }
    if let Some(error) = model
        .metrics
        .get("test")
        .and_then(|test| test.get("ece_mass"))
    {
        rows.push(Criterion {
            found: (*error).into(),
            ..below(
                "calibration error",
                Asked::Brief,
                0.05,
                Unit::Share,
                error.value,
                error.n,
                "At a base rate of 4 % the base rate alone, told of everybody, meets it too.",
            )
        });
    }
    rows
}

/// All thresholds; none where nothing was measured.
pub(super) fn section(model: &ModelReport) -> Option<Section> {
    let mut all = ranking(model);
    all.extend(steadiness(model));
    if all.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Asked and found",
        &["measure", "asked by", "asked", "#found", "met", "to know"],
    );
    for criterion in &all {
        let met = match (criterion.met(), criterion.open()) {
            (true, false) => "yes",
            (false, false) => "no",
            (true, true) => "yes, not settled",
            (false, true) => "no, not settled",
        };
        let asked = match criterion.asked {
            Asked::Brief => "the brief",
            Asked::Realistic => "experience",
        };
        table.row(vec![
            criterion.name.as_str().into(),
            asked.into(),
            criterion.rule().into(),
            Cell::measured(criterion.found, criterion.unit),
            met.into(),
            criterion.comment.as_str().into(),
        ]);
    }
    Some(
        Section::new("What was asked, and what can be expected")
            .say(
                "The brief's thresholds are shown, met or not; they stop nothing, since some of \
                 them no honest model of this field has met. Those of experience are what such \
                 models reached. Not settled: the interval holds the threshold.",
            )
            .table(table),
    )
}
