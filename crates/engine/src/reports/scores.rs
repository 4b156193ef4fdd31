//! How the folds were ranked, and how far the rows learnt from are ahead of the test.

use std::collections::BTreeMap;

use leadrank_evidence::{Cell, Finding, Measured, Section, Severity, Table, Unit};
use leadrank_learn::cross_validate::FoldScore;
use leadrank_learn::develop::Development;
use leadrank_stats::Estimate;
use leadrank_stats::ranking::slice_size;

use super::Context;
use super::criteria::{self, GAP, VARIATION};
use super::numbers::{area_over_folds, score, score_words};
use crate::training::ModelReport;
use crate::words;

/// Share of a block's rows that counts as its top.
const TOP: f64 = 0.10;

pub(super) fn folds(made: &Development, context: &Context<'_>) -> Section {
    let values: Vec<f64> = made.scores.iter().map(|fold| fold.auc_pr).collect();
    let mut table = Table::new(
        "Each block, ranked by what was learnt from its past",
        &[
            "#fold",
            &format!("#{}", context.rows),
            &format!("#{}", context.events),
            "#AUC-PR",
            "#by chance",
            "#times chance",
            "#AUC-ROC",
            "#best tenth",
            "#AUC-PR learnt from",
        ],
    )
    .note(
        "By chance AUC-PR is the block's share of positives and AUC-ROC 0.5. Best tenth: share of \
         positives among the best-ranked 10 %, with its 95 % interval. Learnt from: the same trees \
         on the rows they were grown on.",
    );
    for (number, fold) in (1u64..).zip(&made.scores) {
        let chance = fold.positives as f64 / fold.n.max(1) as f64;
        table.row(vec![
            Cell::Count(number),
            fold.n.into(),
            fold.positives.into(),
            score(fold.auc_pr),
            score(chance),
            Cell::measured(Measured::counted(fold.auc_pr / chance, fold.n), Unit::Times),
            score(fold.auc_roc),
            best_tenth(fold),
            score(fold.train_auc_pr),
        ]);
    }
    let mut section = Section::new("Fold by fold").say(format!(
        "With the final parameters AUC-PR is {} on average over the folds.",
        score_words(&area_over_folds(&values))
    ));
    if let Some(variation) = criteria::variation(made) {
        section = section.say(format!(
            "It varies by {} of its mean (coefficient of variation); shares of positives that \
             differ from block to block, and few positives, make it vary by themselves.",
            words::percent(variation)
        ));
    }
    section.table(table)
}

/// The rate among the best tenth, from the counts behind it.
fn best_tenth(fold: &FoldScore) -> Cell {
    let n = slice_size(fold.n, TOP);
    Cell::rate((fold.precision_at_10 * n as f64).round() as u64, n)
}

/// What is compared between train and test, with its unit.
const COMPARED: [(&str, &str, Unit); 4] = [
    ("auc_pr", "AUC-PR", Unit::Score),
    ("auc_roc", "AUC-ROC", Unit::Score),
    ("precision_at_10", "rate in the best tenth", Unit::Share),
    ("lift_at_10", "lift of the best tenth", Unit::Times),
];

fn of<'a>(model: &'a ModelReport, part: &str, metric: &str) -> Option<&'a Estimate> {
    let metrics: &BTreeMap<String, Estimate> = model.metrics.get(part)?;
    metrics.get(metric)
}

pub(super) fn gap(model: &ModelReport) -> Section {
    let mut table = Table::new(
        "Learnt from and test",
        &[
            "measure",
            "#learnt from",
            "#test",
            "#by chance on the test",
            "#gap",
            "#gap, relative",
        ],
    )
    .note(
        "Gap: learnt from less test. Relative: by the value on the rows learnt from. Both parts \
         have their own share of positives, which AUC-PR and rates follow and AUC-ROC and lift do not.",
    );
    for (metric, name, unit) in COMPARED {
        let (Some(train), Some(test)) = (of(model, "train", metric), of(model, "test", metric))
        else {
            continue;
        };
        let gap = train.value - test.value;
        let by_chance = test.chance.map_or(Cell::Nothing, |chance| {
            Cell::measured(Measured::counted(chance, test.n), unit)
        });
        let gap_unit = match unit {
            Unit::Score => Unit::Difference,
            unit => unit,
        };
        table.row(vec![
            name.into(),
            Cell::measured(*train, unit),
            Cell::measured(*test, unit),
            by_chance,
            Cell::measured(Measured::counted(gap, test.n), gap_unit),
            Cell::Share {
                share: gap / train.value,
            },
        ]);
    }
    let sizes = match (of(model, "train", "auc_pr"), of(model, "test", "auc_pr")) {
        (Some(train), Some(test)) => format!(
            " Learnt from: {} rows, {} positive; test: {} rows, {} positive.",
            words::count(train.n),
            words::count(train.positives),
            words::count(test.n),
            words::count(test.positives)
        ),
        _ => String::new(),
    };
    Section::new("Learnt by heart?")
        .say(format!(
            "A model that is far better on the rows it was grown on than on new ones has learnt \
             some of them by heart.{sizes}"
        ))
        .table(table)
}

pub(super) fn findings(model: &ModelReport) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(gap) = criteria::gap(model) {
        let far = gap.relative > GAP && gap.absolute > GAP;
        let (severity, headline) = if far {
            (
                Severity::Warn,
                "The model is much better on rows it has seen",
            )
        } else {
            (
                Severity::Pass,
                "The model is hardly better on rows it has seen",
            )
        };
        let finding = Finding::new("training.gap", severity, headline).because(format!(
            "AUC-ROC is {:.3} on the rows learnt from and {:.3} on the test: {:+.3}, or {} of the former.",
            gap.train,
            gap.test,
            gap.absolute,
            words::percent(gap.relative)
        ));
        found.push(if far {
            finding.remedy(
                "Prefer shallower trees, heavier leaves, stronger penalties or fewer features.",
            )
        } else {
            finding
        });
    }
    let variation = model.development.as_ref().and_then(criteria::variation);
    if let Some(variation) = variation.filter(|&variation| variation > VARIATION) {
        found.push(
            Finding::new(
                "training.variation",
                Severity::Note,
                format!(
                    "AUC-PR varies by {} of its mean over the folds",
                    words::percent(variation)
                ),
            )
            .because(noise(model)),
        );
    }
    found
}

/// How much of the variation over folds is to be expected (domain.md, "Validation gates and
/// thresholds": 8 to 12 % with about 300 positives a block; it falls with their square root).
fn noise(model: &ModelReport) -> String {
    const POSITIVES: f64 = 300.0;
    let scores = model.development.iter().flat_map(|made| &made.scores);
    let positives: Vec<f64> = scores.map(|fold| fold.positives as f64).collect();
    let mean = positives.iter().sum::<f64>() / positives.len().max(1) as f64;
    let times = (POSITIVES / mean).sqrt();
    format!(
        "The brief asks for less than {:.0} %. With {mean:.0} positives a block sampling alone brings \
         about {:.0} to {:.0} %, and blocks differ in their share of positives.",
        100.0 * VARIATION,
        8.0 * times,
        12.0 * times
    )
}
