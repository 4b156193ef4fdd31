//! What moves the needle: by size of the firm, home metro and growth, from this project's leads.

use leadrank_evidence::{Cell, Picture, RateRow, Report, Section, Table};
use leadrank_stats::Estimate;

use super::super::Context;
use super::super::explanation::{GROWTH, growth, homes};
use super::super::values::{grade, learnt, rate};
use super::patterns::{Told, patterns};
use crate::checks::classes::{AUM_TIERS, aum_tier};
use crate::error::Result;
use crate::model_rows::ModelRows;
use crate::words;

/// Statements on a group, at most.
const STATEMENTS: usize = 4;
/// Fewest leads of a group that patterns are looked for in.
const FEWEST: usize = 300;

/// The playbook, from the leads that a model learnt from.
///
/// # Errors
/// When a column is missing.
pub fn playbook(of: &ModelRows, context: &Context<'_>) -> Result<Report> {
    let labelled = learnt(of);
    let told = Told::of(of)?;
    let all = rate(&labelled);
    let mut report = Report::new("playbook", "What moves the needle, for whom?");
    report.scope.clone_from(&context.scope);
    report.answer = format!(
        "Three ways to look at the {} leads that the model learnt from: the size of the firm, the home \
         metro and the firm's growth. Each statement says how sure it is, by the number of leads behind \
         it; what goes together with calls need not cause them.",
        words::count(labelled.len() as u64)
    );
    for (by, names, group_of) in divisions(of)? {
        let found = section(&told, &labelled, by, &names, &group_of, all)?;
        report.sections.push(found);
    }
    report.settle();
    Ok(report)
}

type Division = (&'static str, Vec<String>, Vec<usize>);

fn divisions(of: &ModelRows) -> Result<Vec<Division>> {
    let owned = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    let assets = of.rows.values("TotalAssetsInMillions")?;
    let grown = of.rows.values("AUMGrowthRate_1Year")?;
    let (metros, home) = homes(of)?;
    Ok(vec![
        (
            "assets of the firm",
            owned(&AUM_TIERS),
            assets.iter().map(|&value| aum_tier(value)).collect(),
        ),
        ("home metro", metros, home),
        (
            "growth of the firm in a year",
            owned(&GROWTH),
            grown.iter().map(|&value| growth(value)).collect(),
        ),
    ])
}

fn section(
    told: &Told,
    labelled: &[(usize, bool)],
    by: &str,
    names: &[String],
    group_of: &[usize],
    all: Option<Estimate>,
) -> Result<Section> {
    let mut table = Table::new(
        format!("By {by}"),
        &["leads", "#scheduled calls", "what to look for", "#scheduled calls there", "how sure"],
    )
    .note(
        "What to look for: values that go together with more calls (+) or fewer (−) within these leads, \
         beyond chance after correction. How sure: by the leads behind the statement.",
    );
    let mut lines = Vec::new();
    for (group, name) in names.iter().enumerate() {
        let rows = labelled.iter().copied();
        let own: Vec<(usize, bool)> = rows.filter(|&(row, _)| group_of[row] == group).collect();
        let Some(found) = rate(&own) else {
            continue;
        };
        lines.push(RateRow {
            label: name.clone(),
            rate: Some(found),
        });
        table.row(vec![
            name.as_str().into(),
            Cell::Rate(found),
            compared(found, all).into(),
            Cell::Nothing,
            grade(found.n).into(),
        ]);
        if own.len() < FEWEST {
            continue;
        }
        for pattern in patterns(told, &own)?.into_iter().take(STATEMENTS) {
            let sign = if pattern.is_good() { "+" } else { "−" };
            table.row(vec![
                name.as_str().into(),
                Cell::Nothing,
                format!(
                    "{sign} {}: {}",
                    pattern.feature.wording.label, pattern.values
                )
                .into(),
                Cell::Rate(pattern.rate),
                pattern.grade().into(),
            ]);
        }
    }
    Ok(Section::new(words::capitalised(&format!("by {by}")))
        .draw(Picture::Rates {
            title: format!("Scheduled calls by {by}"),
            of: "scheduled calls".into(),
            base: all.map(|all| all.value),
            rows: lines,
        })
        .table(table))
}

/// A group beside all leads, in words.
fn compared(own: Estimate, all: Option<Estimate>) -> &'static str {
    match all {
        Some(all) if own.lo > all.value => "all of them: call more often than the average",
        Some(all) if own.hi < all.value => "all of them: less often than the average",
        _ => "all of them: about the average, as far as can be told",
    }
}
