//! Whether importance lasts: models of the same recipe from other stretches of time.

use leadrank_evidence::{Cell, Finding, Section, Severity, Table};
use leadrank_learn::explain::{PanelStability, UNSTEADY};

use super::super::numbers::score;
use super::{Looked, TOP};
use crate::words;

/// Features of which steadiness is told in the finding.
const FIRST: usize = 10;

pub(super) fn section(looked: &Looked<'_>, found: &PanelStability) -> Section {
    let mut table = Table::new(
        "Importance in the models of the folds",
        &[
            "feature",
            "#mean",
            "#lowest",
            "#highest",
            "#variation",
            "steady",
            "#same direction",
        ],
    )
    .note(format!(
        "Variation: standard deviation over mean; above {} is not steady. Same direction: share of \
         the models in which higher values move the score the same way.",
        words::percent(UNSTEADY)
    ));
    for feature in found.features.iter().take(TOP) {
        let values = || feature.importance.iter().copied();
        let mean = leadrank_stats::sample::mean(values());
        table.row(vec![
            looked.label(&feature.feature).into(),
            score(mean),
            score(values().fold(f64::INFINITY, f64::min)),
            score(values().fold(f64::NEG_INFINITY, f64::max)),
            feature
                .variation
                .map_or(Cell::Nothing, |share| Cell::Share { share }),
            match feature.variation {
                Some(variation) if variation <= UNSTEADY => "yes",
                Some(_) => "no",
                None => "not used",
            }
            .into(),
            feature
                .agreement
                .map_or(Cell::Nothing, |share| Cell::Share { share }),
        ]);
    }
    let (lowest, mean, highest) = correlations(found);
    Section::new("Does it last?")
        .say(format!(
            "{} models of the same recipe, each grown on what was known before another block of \
             time. Their rankings of features correlate with {mean:.2} on average ({lowest:.2} to \
             {highest:.2}, Spearman, {} pairs; 0 by chance). The later models have learnt from the \
             rows of the earlier ones, too, which makes them alike.",
            found.features.first().map_or(0, |of| of.importance.len()),
            found.rank_correlations.len()
        ))
        .table(table)
}

fn correlations(found: &PanelStability) -> (f64, f64, f64) {
    let all = || found.rank_correlations.iter().copied();
    (
        all().fold(f64::INFINITY, f64::min),
        leadrank_stats::sample::mean(all()),
        all().fold(f64::NEG_INFINITY, f64::max),
    )
}

/// Whether the strongest features are steady.
pub(super) fn finding(found: &PanelStability) -> Option<Finding> {
    let first = found.features.iter().take(FIRST);
    let unsteady: Vec<&str> = first
        .filter(|feature| {
            feature
                .variation
                .is_some_and(|variation| variation > UNSTEADY)
        })
        .map(|feature| feature.feature.as_str())
        .collect();
    if found.features.is_empty() {
        return None;
    }
    let finding = match unsteady.len() {
        0 => Finding::new(
            "explanation.steady",
            Severity::Pass,
            format!("The importance of the {FIRST} strongest features lasts"),
        ),
        count => Finding::new(
            "explanation.steady",
            Severity::Note,
            format!("{count} of the {FIRST} strongest features are not steady"),
        )
        .because(format!("They are {}.", words::list(&unsteady)))
        .remedy(
            "Reasons are told to salespeople only where the models of the folds agree on them.",
        ),
    };
    Some(finding.rows(unsteady.len() as u64, FIRST as u64))
}
