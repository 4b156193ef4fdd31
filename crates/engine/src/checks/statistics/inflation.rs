//! Features that follow from the others.

use leadrank_evidence::{
    Brief, Cell, Finding, Gate, Measured, Section, Severity, Table, Unit, Verdict,
};
use leadrank_features::catalog::Kind;
use leadrank_stats::vif::{VifScreen, screen};

use super::super::part::{Part, severity_of};
use super::{Training, first_of, percent};
use crate::config::Config;
use crate::error::Result;
use crate::words;

const GATE: &str = "statistics.vif";
/// Complete rows for each feature that are needed to judge.
const ROWS_EACH: usize = 5;
/// Companions named for a removed feature.
const COMPANIONS: usize = 2;
/// Companions correlate at this much at least.
const CLOSE: f64 = 0.5;

pub(super) fn part(training: &Training, config: &Config) -> Result<Part> {
    let thresholds = &config.gates;
    let continuous = (0..training.features.len()).filter(|&feature| {
        let feature = training.features[feature];
        feature.kind != Kind::Flag && !feature.is_temporal()
    });
    let (sparse, used): (Vec<usize>, Vec<usize>) =
        continuous.partition(|&feature| training.missing(feature) > thresholds.null_share);
    let columns: Vec<&[f64]> = used
        .iter()
        .map(|&feature| training.columns[feature].as_slice())
        .collect();
    let information: Vec<f64> = used.iter().map(|&f| training.information[f].0).collect();
    let complete = (0..training.rows() as usize)
        .filter(|&row| columns.iter().all(|column| !column[row].is_nan()))
        .count();
    let found = if complete < ROWS_EACH * used.len().max(1) {
        None
    } else {
        Some(screen(&columns, &information, thresholds.vif)?)
    };
    let left_out: Vec<&str> = sparse.iter().map(|&f| training.features[f].name).collect();
    let scope = format!(
        "{} of {} training rows have all of {} features; {}",
        words::count(complete as u64),
        words::count(training.rows()),
        used.len(),
        match left_out.is_empty() {
            true => "none was left out for missing values".into(),
            false => format!(
                "left out because they are missing on more than {}: {}",
                percent(thresholds.null_share),
                left_out.join(", ")
            ),
        }
    );
    let removed = found.as_ref().map_or(0, |found| found.removed.len());
    let verdict = match (&found, removed) {
        (None, _) => Verdict::NotEnoughData,
        (_, 0) => Verdict::Pass,
        _ => Verdict::Warn,
    };
    let gate = Gate {
        id: GATE.into(),
        rule: format!(
            "the number of continuous features to leave out, so that all others have a variance inflation below {}, is 0",
            thresholds.vif
        ),
        value: found
            .as_ref()
            .map(|_| Measured::counted(removed as f64, used.len() as u64)),
        unit: Unit::Count,
        verdict,
        action: "drop the named features where a linear model is used; trees do not mind".into(),
        brief: Some(Brief {
            rule: "VIF < 10 for continuous features".into(),
            met: found.as_ref().map(|_| removed == 0),
        }),
        forced: None,
    };
    let mut section = Section::new("Features that follow from the others").say(format!(
        "Variance inflation of the continuous features: 1 / (1 - R²) of the regression on all others. The largest is removed, again and again, until all lie below {}; of equal ones the one with the lowest information value goes. {scope}.",
        thresholds.vif
    ));
    if let Some(found) = &found {
        section = section.table(steps(training, &used, found));
        section = section.table(kept(training, &used, found));
    }
    Ok(Part {
        findings: vec![finding(
            training,
            &used,
            found.as_ref(),
            &scope,
            config,
            verdict,
        )],
        gates: vec![gate],
        sections: vec![section],
    })
}

fn finding(
    training: &Training,
    used: &[usize],
    found: Option<&VifScreen>,
    scope: &str,
    config: &Config,
    verdict: Verdict,
) -> Finding {
    let thresholds = &config.gates;
    let Some(found) = found else {
        let headline = "Too few complete rows to say whether features follow from each other";
        return Finding::new(GATE, Severity::Note, headline).because(format!("{scope}."));
    };
    if found.removed.is_empty() {
        let headline = format!(
            "None of {} continuous features follows from the others",
            used.len()
        );
        let largest = found.kept.iter().map(|kept| kept.vif).fold(0.0, f64::max);
        return Finding::new(GATE, severity_of(verdict), headline)
            .because(format!("The largest inflation is {largest:.1}; {scope}."))
            .rows(0, found.rows);
    }
    let names: Vec<&str> = found
        .removed
        .iter()
        .map(|removed| training.features[used[removed.column]].name)
        .collect();
    let keep: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| config.selection.keep.iter().any(|kept| kept == name))
        .collect();
    let finding = Finding::new(
        GATE,
        severity_of(verdict),
        format!(
            "{} of {} continuous features follow from the others: {}",
            names.len(),
            used.len(),
            first_of(&names)
        ),
    )
    .because("A feature follows from the others when they together say nearly all that it says: its variance inflation (VIF) tells how many times less sure its weight in a linear model is because of them.")
    .because(format!("All of them, in the order of their removal: {}.", names.join(", ")))
    .because(format!("{scope}."))
    .because(format!(
        "Without them all inflations lie below {}.",
        thresholds.vif
    ))
    .rows(names.len() as u64, used.len() as u64)
    .things("features")
    .remedy("nothing for trees; a linear model (the baseline) should go without them, or its weights can't be read")
    .strength(0.1 * names.len() as f64 / used.len().max(1) as f64);
    match keep.is_empty() {
        true => finding,
        false => finding.because(format!(
            "The brief keeps {} all the same: drop what moves with them instead.",
            keep.join(", ")
        )),
    }
}

fn inflation(vif: f64) -> Cell {
    match vif.is_finite() {
        true => Cell::Number(vif),
        false => "follows exactly".into(),
    }
}

fn steps(training: &Training, used: &[usize], found: &VifScreen) -> Table {
    let mut table = Table::new(
        "Removed, in order",
        &[
            "#step",
            "feature",
            "#inflation",
            "#information value",
            "#by chance",
            "#missing",
            "moves with",
            "formula",
        ],
    );
    for (step, removed) in found.removed.iter().enumerate() {
        let feature = used[removed.column];
        table.row(vec![
            (step as u64 + 1).into(),
            training.features[feature].name.into(),
            inflation(removed.vif),
            Cell::Number(training.information[feature].0),
            Cell::Number(training.information[feature].1),
            Cell::Share {
                share: training.missing(feature),
            },
            companions(training, used, feature).into(),
            training.features[feature].formula.into(),
        ]);
    }
    table
}

fn kept(training: &Training, used: &[usize], found: &VifScreen) -> Table {
    let mut table = Table::new(
        "Kept, with their inflation among each other",
        &[
            "feature",
            "#inflation",
            "#information value",
            "#by chance",
            "#missing",
        ],
    );
    let mut kept = found.kept.clone();
    kept.sort_by(|a, b| b.vif.total_cmp(&a.vif).then(a.column.cmp(&b.column)));
    for kept in kept {
        let feature = used[kept.column];
        table.row(vec![
            training.features[feature].name.into(),
            inflation(kept.vif),
            Cell::Number(training.information[feature].0),
            Cell::Number(training.information[feature].1),
            Cell::Share {
                share: training.missing(feature),
            },
        ]);
    }
    let constant: Vec<&str> = found
        .constant
        .iter()
        .map(|&column| training.features[used[column]].name)
        .collect();
    if constant.is_empty() {
        return table;
    }
    table.note(format!(
        "Constant on these rows, so without inflation: {}.",
        constant.join(", ")
    ))
}

/// The features that move most with one, and how much.
fn companions(training: &Training, used: &[usize], feature: usize) -> String {
    let others = used.iter().filter(|&&other| other != feature);
    let mut close: Vec<(f64, usize)> = others
        .filter_map(|&other| Some((training.pearson.get(feature, other)?, other)))
        .filter(|(r, _)| r.abs() >= CLOSE)
        .collect();
    close.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then(a.1.cmp(&b.1)));
    let named: Vec<String> = close
        .iter()
        .take(COMPANIONS)
        .map(|&(r, other)| format!("{} (r = {r:.2})", training.features[other].name))
        .collect();
    match named.is_empty() {
        true => "several together".into(),
        false => named.join(", "),
    }
}
