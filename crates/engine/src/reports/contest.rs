//! What could be done about positives being rare, and what came of it.

use leadrank_evidence::{
    Cell, DifferenceRow, Finding, Measured, Picture, Section, Severity, Table, Unit,
};
use leadrank_learn::develop::Development;
use leadrank_learn::imbalance::choice::{MeanOverFolds, Outcome, Row};
use leadrank_learn::imbalance::{Contest, Strategy};

use super::numbers::{between, difference, difference_words, score};

/// The outcome in a line.
pub(super) fn in_short(made: &Development) -> String {
    let Some(contest) = &made.contest else {
        return match made.strategy {
            Strategy::None => "nothing, without a comparison".into(),
            strategy => format!("{}, without a comparison", strategy.name()),
        };
    };
    let rows = contest.choice.rows.iter();
    let best = rows.max_by(|a, b| a.score.total_cmp(&b.score));
    let against = best.and_then(|best| Some((best, best.against_none.as_ref()?)));
    let of = contest.choice.rows.len();
    match (against, contest.choice.outcome) {
        (Some((best, found)), outcome) => {
            let numbers = format!(
                "{} in AUC-PR, adjusted p = {:.3}",
                difference_words(&measured(&found.auc_pr, contest.choice.folds)),
                found.adjusted_p
            );
            match outcome {
                Outcome::ClearWinner => format!("{}, the best of {of}: {numbers}", best.name),
                Outcome::NoClearWinner => {
                    format!(
                        "nothing; of {of} treatments none is clearly better, {} at best: {numbers}",
                        best.name
                    )
                }
            }
        }
        (None, _) => format!("nothing, which has the highest score of {of} treatments itself"),
    }
}

/// The outcome in a sentence.
pub(super) fn outcome(made: &Development) -> String {
    match (&made.contest, made.strategy) {
        (Some(contest), _) => contest.choice.sentence.clone(),
        (None, Strategy::None) => {
            "Nothing was compared: rows are taken as they are, as the settings say.".into()
        }
        (None, strategy) => format!(
            "Nothing was compared: the settings ask for `{}`.",
            strategy.name()
        ),
    }
}

pub(super) fn finding(made: &Development) -> Finding {
    let headline = match &made.contest {
        Some(contest) if contest.choice.outcome == Outcome::ClearWinner => format!(
            "Against rare positives one treatment is clearly better: {}",
            contest.chosen().name()
        ),
        Some(_) => "No treatment of rare positives is better than none".to_owned(),
        None => "Treatments of rare positives were not compared".to_owned(),
    };
    Finding::new("training.imbalance", Severity::Note, headline).because(outcome(made))
}

pub(super) fn section(made: &Development) -> Section {
    let section = Section::new("What to do about rare positives").say(outcome(made));
    let Some(contest) = &made.contest else {
        return section;
    };
    section
        .say(format!(
            "{} treatments were grown on the same folds. A weight lets each positive count \
             several times; SMOTE makes up positives between true ones, only in what a fold \
             learns from. The score is 40 % AUC-PR, 25 % calibration error, 20 % precision in \
             the best tenth and 15 % stability, each from 0 for the worst to 1 for the \
             best of them. Noise alone makes one of them the first; so the first is taken only if \
             it is better than doing nothing by a difference that matters, or beyond chance.",
            contest.arms.len()
        ))
        .draw(differences(contest))
        .table(figures(contest))
        .table(treatment(contest))
}

fn measured(mean: &MeanOverFolds, folds: u64) -> Measured {
    between(mean.mean, Some(mean.interval), folds)
}

fn differences(contest: &Contest) -> Picture {
    let row = |row: &Row| {
        let against = row.against_none.as_ref()?;
        Some(DifferenceRow {
            label: row.name.clone(),
            difference: Some(measured(&against.auc_pr, contest.choice.folds)),
        })
    };
    Picture::Differences {
        title: "Each treatment against none".into(),
        of: "AUC-PR, less that of doing nothing".into(),
        rows: contest.choice.rows.iter().filter_map(row).collect(),
    }
}

fn figures(contest: &Contest) -> Table {
    let folds = contest.choice.folds;
    let mut table = Table::new(
        "How each treatment ranks the folds",
        &[
            "treatment",
            "#score",
            "#AUC-PR",
            "#less none",
            "#p, adjusted",
            "#best tenth",
        ],
    )
    .note(format!(
        "Means over {folds} folds with 95 % intervals by Student's t. Less none: the difference \
         in AUC-PR to doing nothing, within folds. The p-values are adjusted for all comparisons \
         (Holm). Best tenth: share of positives among the best-ranked 10 %."
    ));
    for row in &contest.choice.rows {
        let against = row.against_none.as_ref();
        let taken = if row.strategy == contest.chosen() {
            ", taken"
        } else {
            ""
        };
        table.row(vec![
            format!("{}{taken}", row.name).into(),
            Cell::number((100.0 * row.score).round() / 100.0),
            Cell::measured(measured(&row.auc_pr, folds), Unit::Score),
            against.map_or(Cell::Nothing, |against| {
                difference(measured(&against.auc_pr, folds))
            }),
            against.map_or(Cell::Nothing, |against| score(against.adjusted_p)),
            Cell::measured(measured(&row.precision_at_10, folds), Unit::Share),
        ]);
    }
    table
}

fn treatment(contest: &Contest) -> Table {
    let folds = contest.choice.folds;
    let mut table = Table::new(
        "What else it did",
        &[
            "treatment",
            "#calibration error",
            "#variation",
            "#a positive counts",
            "#rows made up",
            "#trees",
            "#cost",
        ],
    )
    .note(
        "Means over folds. Calibration error: how far told and found shares are apart, each block \
         calibrated on the others. Variation: standard deviation of AUC-PR over folds by its mean. \
         A positive counts: its weight, or 1 and its share of the rows made up. Cost: trees times \
         rows, as a multiple of doing nothing.",
    );
    for (row, arm) in contest.choice.rows.iter().zip(&contest.arms) {
        let cost = row
            .against_none
            .as_ref()
            .map_or(1.0, |found| found.cost_ratio);
        let times = |value: f64| Cell::measured(Measured::counted(value, 0), Unit::Times);
        table.row(vec![
            row.name.as_str().into(),
            Cell::measured(measured(&row.calibration_error, folds), Unit::Share),
            Cell::Share {
                share: row.variation,
            },
            times(row.effective_weight),
            Cell::Count(row.synthetic.round() as u64),
            Cell::Count(arm.rounds.into()),
            times(cost),
        ]);
    }
    table
}
