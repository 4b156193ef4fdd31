//! What was decided on the way to the model, and what is simpler beside it.

use leadrank_engine::reports::{self, Decision};
use leadrank_engine::training::ModelReport;
use leadrank_learn::baselines::Standing;
use leadrank_report::{DecisionRow, RivalRow};

pub(super) fn decisions(model: &ModelReport) -> Vec<DecisionRow> {
    let row = |decision: Decision| DecisionRow {
        what: decision.what.into(),
        short: decision.short,
        sentence: decision.sentence,
    };
    let made = model.development.iter();
    made.flat_map(reports::decisions).map(row).collect()
}

pub(super) fn rivals(model: &ModelReport) -> Vec<RivalRow> {
    let row = |row: &Standing| {
        let against = reports::against_model(row);
        RivalRow {
            name: row.name.clone(),
            note: row.note.clone(),
            auc_roc: row.metrics.get("auc_roc").copied(),
            auc_pr: row.metrics.get("auc_pr").copied(),
            lift: row.metrics.get("lift_at_10").copied(),
            difference: against.map(|found| found.0),
            verdict: against.map_or("", |found| found.1).into(),
        }
    };
    let comparison = model.comparison.iter();
    comparison.flat_map(|found| &found.rows).map(row).collect()
}
