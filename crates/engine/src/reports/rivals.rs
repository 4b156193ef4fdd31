//! The model beside what is simpler, on the same rows of the test.

use leadrank_evidence::{
    Cell, DifferenceRow, Finding, Measured, Picture, Section, Severity, Table, Unit,
};
use leadrank_learn::baselines::{Comparison, Kind, Standing};
use leadrank_stats::Estimate;
use leadrank_stats::paired::{Difference, Metric};

use super::numbers::{difference_words, score};
use super::selection::sentence;
use crate::words;

/// The word for a rival's difference to the model.
fn verdict(difference: &Difference) -> &'static str {
    match difference.better() {
        Some(true) => "better",
        Some(false) => "worse",
        None => "not to be told apart",
    }
}

/// How far a rival's AUC-PR is from the model's, and the word for it; none for the model itself.
pub fn against_model(rival: &Standing) -> Option<(Measured, &'static str)> {
    let found = rival.difference(Metric::AucPr)?;
    Some((found.into(), verdict(found)))
}

/// Whether a rival could take the model's place: what mixes the model in can't.
fn is_simpler(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::BaseRate | Kind::Scorecard | Kind::Logistic | Kind::Rules | Kind::Incumbent
    )
}

pub(super) fn finding(comparison: &Comparison) -> Option<Finding> {
    let judged = |row: &&Standing| is_simpler(row.kind);
    let with = |wanted: Option<bool>| -> Vec<&Standing> {
        let rows = comparison.rows.iter().filter(judged);
        let of_pr = |row: &&Standing| {
            row.difference(Metric::AucPr)
                .is_some_and(|found| found.better() == wanted)
        };
        rows.filter(of_pr).collect()
    };
    let (beating, level, beaten) = (with(Some(true)), with(None), with(Some(false)));
    let names = |rows: &[&Standing]| {
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        words::list(&names)
    };
    let no_use = level.iter().any(|row| row.kind == Kind::BaseRate);
    let (severity, headline, remedy) = if !beating.is_empty() {
        (
            Severity::Warn,
            format!(
                "The model is beaten by what is simpler: {}",
                names(&beating)
            ),
            "Use the simpler one, or find out what it sees and the model does not.",
        )
    } else if no_use {
        (
            Severity::Warn,
            "The model can't be told apart from the same chance for all".to_owned(),
            "Do not rank by it yet: wait for more outcomes, or look for better features.",
        )
    } else if !level.is_empty() {
        (
            Severity::Note,
            format!("The model can't be told apart from {}", names(&level)),
            "Where explanations matter more than the last bit of ranking, the simpler one does as well.",
        )
    } else if !beaten.is_empty() {
        (
            Severity::Pass,
            format!("The model is better than {}", names(&beaten)),
            "",
        )
    } else {
        return None;
    };
    let finding = Finding::new("training.rivals", severity, headline);
    let rows = comparison.rows.iter().filter(judged);
    let finding = rows.fold(finding, |finding, row| {
        match row.difference(Metric::AucPr) {
            Some(found) => finding.because(format!(
                "{}: {} in AUC-PR against the model, p = {:.3}, on {} test rows with {} positives.",
                sentence_start(&row.name),
                difference_words(&found.into()),
                found.p,
                words::count(found.n),
                words::count(found.positives)
            )),
            None => finding,
        }
    });
    Some(finding.remedy(remedy))
}

fn sentence_start(text: &str) -> String {
    sentence(text).trim_end_matches('.').to_owned()
}

pub(super) fn section(comparison: &Comparison) -> Section {
    let mut section = Section::new("Beside what is simpler")
        .say(comparison.sentence.clone())
        .say(
            "Each rival was fitted and calibrated on the same rows as the model and measured on \
             the same test rows. Differences are paired: both lists are measured on the same \
             resamples of these rows, so that what makes a sample easy or hard falls out.",
        );
    for reason in &comparison.left_out {
        section = section.say(format!("Left out: {}", sentence(reason)));
    }
    section
        .draw(Picture::Differences {
            title: "Rivals against the model".into(),
            of: "AUC-PR, less the model's".into(),
            rows: differences(comparison),
        })
        .table(values(comparison))
        .table(paired(comparison))
}

fn differences(comparison: &Comparison) -> Vec<DifferenceRow> {
    let rivals = comparison.rows.iter();
    rivals
        .filter(|row| row.kind != Kind::Model)
        .map(|row| DifferenceRow {
            label: row.name.clone(),
            difference: row.difference(Metric::AucPr).map(Measured::from),
        })
        .collect()
}

fn values(comparison: &Comparison) -> Table {
    let n = comparison
        .rows
        .first()
        .map_or((0, 0), |row| (row.n, row.positives));
    let mut table = Table::new(
        "Each by itself",
        &[
            "what",
            "#columns",
            "#test rows",
            "#AUC-ROC",
            "#AUC-PR",
            "#lift of the best tenth",
            "#Brier",
        ],
    )
    .note(format!(
        "With 95 % intervals. By chance AUC-ROC is 0.5, AUC-PR the share of positives{}, lift 1. \
         Brier: mean squared error of the probabilities, less is better.",
        match n {
            (0, _) => String::new(),
            (n, positives) => format!(" ({:.3})", positives as f64 / n as f64),
        }
    ));
    for row in &comparison.rows {
        let of = |name: &str, unit: Unit| {
            let found: Option<&Estimate> = row.metrics.get(name);
            found.map_or(Cell::Nothing, |found| Cell::measured(*found, unit))
        };
        let name = match row.note.as_str() {
            "" => row.name.clone(),
            note => format!("{} ({note})", row.name),
        };
        table.row(vec![
            name.into(),
            row.columns.map_or(Cell::Nothing, Cell::Count),
            row.n.into(),
            of("auc_roc", Unit::Score),
            of("auc_pr", Unit::Score),
            of("lift_at_10", Unit::Times),
            of("brier", Unit::Score),
        ]);
    }
    table
}

fn paired(comparison: &Comparison) -> Table {
    let mut table = Table::new(
        "Each less the model",
        &[
            "what",
            "#AUC-ROC",
            "#AUC-PR",
            "#p",
            "AUC-PR is",
            "#lift of the best tenth",
            "lift is",
        ],
    )
    .note(
        "Paired bootstrap differences with 95 % intervals: what lies above zero is better than the \
         model. Not to be told apart: the interval holds zero.",
    );
    for row in comparison.rows.iter().filter(|row| row.kind != Kind::Model) {
        let of = |metric| {
            let found = row.difference(metric);
            found.map_or(Cell::Nothing, |found| {
                Cell::measured(found, Unit::Difference)
            })
        };
        let word = |metric| {
            row.difference(metric)
                .map_or(Cell::Nothing, |found| verdict(found).into())
        };
        let p = row.difference(Metric::AucPr).map(|found| found.p);
        table.row(vec![
            row.name.as_str().into(),
            of(Metric::AucRoc),
            of(Metric::AucPr),
            p.map_or(Cell::Nothing, score),
            word(Metric::AucPr),
            of(Metric::LiftAt10),
            word(Metric::LiftAt10),
        ]);
    }
    table
}
