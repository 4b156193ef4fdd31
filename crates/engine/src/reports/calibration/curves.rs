//! What other curves, fitted on the same rows, would have said of the test.

use leadrank_evidence::{Cell, Measured, Section, Table, Unit};
use leadrank_learn::calibrate::{CalibrationOptions, HeldOut, calibrate};
use leadrank_stats::calibrators::{Method, Segmented};
use leadrank_stats::evaluation::{EvaluationOptions, evaluate};
use leadrank_stats::paired::{self, Metric, Scores};

use super::super::numbers::score;
use crate::bundle::Bundle;
use crate::error::{Error, Result};
use crate::model_rows::{ModelRows, Scored};

/// All curves fitted on the same held-out rows, each judged on the test.
pub(super) fn section(
    bundle: &Bundle,
    of: &ModelRows,
    test: &Scored,
    held_out: &HeldOut,
    options: &EvaluationOptions,
) -> Result<Section> {
    let names: Vec<String> = match &bundle.manifest.segments {
        Some(rule) => rule.cuts.names(),
        None => Vec::new(),
    };
    let mut table = Table::new(
        "Other curves on the same rows",
        &[
            "curve",
            "segments",
            "#Brier score",
            "#less that in use",
            "#gap, equal mass",
            "#by chance",
            "#predicted over observed",
        ],
    )
    .note(
        "Less that in use: difference of Brier scores with its paired 95 % interval; below 0 is \
         better. To choose a curve by this table is to look at the test: prefer the one in use \
         unless another is better beyond chance here and in the next period, too.",
    );
    let empty: [String; 0] = [];
    for method in Method::ALL {
        for by_segment in [false, true] {
            if by_segment && (names.is_empty() || method == Method::None) {
                continue;
            }
            let settings = CalibrationOptions {
                method,
                ..CalibrationOptions::default()
            };
            let names: &[String] = if by_segment { &names } else { &empty };
            let Ok(curve) = calibrate(held_out, names, &settings) else {
                continue;
            };
            table.row(row(method, by_segment, &curve, of, test, options)?);
        }
    }
    Ok(Section::new("Would another curve do better?").table(table))
}

fn row(
    method: Method,
    by_segment: bool,
    curve: &Segmented,
    of: &ModelRows,
    test: &Scored,
    options: &EvaluationOptions,
) -> Result<Vec<Cell>> {
    let scored = test.rows.iter().zip(&test.margins);
    let probabilities: Vec<f64> = scored
        .map(|(&row, &margin)| curve.probability(of.segments.of(row), margin))
        .collect();
    let failed = |error| Error::Data(format!("calibration by {}: {error}", method.name()));
    let measured =
        evaluate(&test.labels, &test.margins, &probabilities, options).map_err(failed)?;
    let found = paired::compare(
        &test.labels,
        &Scores {
            scores: &test.margins,
            probabilities: &test.probabilities,
        },
        &[Scores {
            scores: &test.margins,
            probabilities: &probabilities,
        }],
        options,
    )
    .map_err(failed)?;
    let difference = found
        .iter()
        .flatten()
        .find(|found| found.metric == Metric::Brier);
    let cell = |name: &str, unit| {
        let found = measured.metrics.get(name);
        found.map_or(Cell::Nothing, |found| Cell::measured(*found, unit))
    };
    let gap = measured.metrics.get("ece_mass");
    Ok(vec![
        curve.pooled.method().name().into(),
        if by_segment {
            "own curves"
        } else {
            "one curve"
        }
        .into(),
        measured
            .metrics
            .get("brier")
            .map_or(Cell::Nothing, |brier| score(brier.value)),
        difference.map_or(Cell::Nothing, |found| {
            Cell::measured(Measured::from(found), Unit::Difference)
        }),
        cell("ece_mass", Unit::Share),
        gap.and_then(|gap| gap.chance)
            .map_or(Cell::Nothing, |share| Cell::Share { share }),
        cell("predicted_over_observed", Unit::Times),
    ])
}
