//! Are the vendor's cells empty where advisers move most?
//!
//! Mobility drives the outcome (domain.md, "Univariate conversion tables"), and the vendor
//! lists hundreds of thousands of advisers: what gaps have to do with mobility can be seen
//! there long before the few scheduled calls could show it.

use std::collections::BTreeSet;

use leadrank_evidence::{Cell, Finding, Severity, Table};
use leadrank_features::catalog;
use leadrank_features::catalog::Group;
use leadrank_sources::FileKind;
use leadrank_stats::normal;

use super::trial::{named, rank_sum};
use crate::checks::data::Input;
use crate::error::Result;

/// A row without these years has no list of earlier firms either.
const CAREER: &str = "DateBecameRep_NumberOfYears";
const PRIOR: [&str; 4] = [
    "Number_YearsPriorFirm1",
    "Number_YearsPriorFirm2",
    "Number_YearsPriorFirm3",
    "Number_YearsPriorFirm4",
];
/// Fewest empty and fewest filled cells.
const FEWEST: u64 = 100;
/// Area between empty and filled rows, from 0.5, that matters.
const MATTERS: f64 = 0.05;
/// Probability of a false alarm, all columns together.
const LUCK: f64 = 0.001;

/// One column of the newest vendor month.
pub(super) struct Gap {
    column: &'static str,
    empty: u64,
    filled: u64,
    /// Mean number of earlier firms where it is empty and where it is filled.
    firms: (f64, f64),
    /// Of two advisers, one with the gap and one without: how often the first has more
    /// earlier firms; with its interval, all columns allowed for.
    area: f64,
    lo: f64,
    hi: f64,
}

impl Gap {
    /// How far the area surely is from 0.5.
    fn sure(&self) -> f64 {
        (self.lo - 0.5).max(0.5 - self.hi)
    }
}

/// The columns behind features that have gaps, in the newest vendor month, over advisers
/// whose career is known.
pub(super) async fn gaps(input: &Input<'_>) -> Result<Vec<Gap>> {
    let Some(month) = input.data.in_use.months(FileKind::Reps).last().copied() else {
        return Ok(Vec::new());
    };
    let declared: BTreeSet<&str> = FileKind::Reps
        .contract()
        .columns
        .iter()
        .map(|c| c.name)
        .collect();
    let mut columns: Vec<&'static str> = Vec::new();
    for feature in catalog()
        .iter()
        .filter(|feature| feature.group == Group::Base)
    {
        for source in feature.sources {
            let can = declared.contains(source) && !PRIOR.contains(source) && *source != CAREER;
            if can && !columns.contains(source) {
                columns.push(source);
            }
        }
    }
    let counts: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("COUNT(`{column}`) AS filled_{at}"))
        .collect();
    let firms = PRIOR
        .map(|column| format!("IF({column} IS NULL, 0, 1)"))
        .join(" + ");
    let sql = format!(
        "SELECT {firms} AS firms, COUNT(*) AS n, {} FROM LeadScoring.discovery_reps_current \
         WHERE snapshot_as_of = DATE '{month}' AND {CAREER} IS NOT NULL GROUP BY firms ORDER BY firms",
        counts.join(", ")
    );
    let rows = input.rows(&sql).await?;
    let whole = |name: &str| -> Result<Vec<u64>> {
        let values = rows.integers(name)?.into_iter();
        Ok(values
            .map(|value| {
                value
                    .and_then(|value| u64::try_from(value).ok())
                    .unwrap_or(0)
            })
            .collect())
    };
    let (firms, all) = (whole("firms")?, whole("n")?);
    let z =
        normal::quantile(1.0 - LUCK / (2.0 * columns.len().max(1) as f64)).unwrap_or(f64::INFINITY);
    let mut gaps = Vec::new();
    for (at, column) in columns.into_iter().enumerate() {
        let filled = whole(&format!("filled_{at}"))?;
        let groups: Vec<(u64, u64)> = all
            .iter()
            .zip(&filled)
            .map(|(n, filled)| (n - filled, *filled))
            .collect();
        let (empty, filled) = groups
            .iter()
            .fold((0, 0), |sum, group| (sum.0 + group.0, sum.1 + group.1));
        let Some((area, error)) = rank_sum(&groups).filter(|_| empty.min(filled) >= FEWEST) else {
            continue;
        };
        let total = |of: fn(&(u64, u64)) -> u64| -> f64 {
            firms
                .iter()
                .zip(&groups)
                .map(|(firms, group)| (firms * of(group)) as f64)
                .sum()
        };
        gaps.push(Gap {
            column,
            empty,
            filled,
            firms: (
                total(|group| group.0) / empty as f64,
                total(|group| group.1) / filled as f64,
            ),
            area,
            lo: area - z * error,
            hi: area + z * error,
        });
    }
    Ok(gaps)
}

/// The gaps that lie where advisers move more, or less, than others.
pub(super) fn finding(gaps: &[Gap]) -> Option<Finding> {
    let mut found: Vec<&Gap> = gaps.iter().filter(|gap| gap.sure() > MATTERS).collect();
    found.sort_by(|a, b| b.sure().total_cmp(&a.sure()));
    let worst = found.first()?;
    let names: Vec<&str> = found.iter().map(|gap| gap.column).collect();
    let word = if worst.area > 0.5 { "more" } else { "less" };
    let mut finding = Finding::new(
        "leakage.missingness",
        Severity::Warn,
        format!(
            "{} is not empty by accident: where it is, advisers have moved {word} often, and movers are the ones who schedule calls",
            worst.column
        ),
    )
    .rows(worst.empty, worst.empty + worst.filled).things("leads")
    .remedy("ask the vendor why these cells are empty; a model that reads the gap reads what it hides, and breaks on the day the vendor fills it")
    .strength(5.0 + 10.0 * worst.sure());
    for gap in found.iter().take(3) {
        finding = finding.because(format!(
            "{}: empty on {} advisers of the newest vendor month, with {:.2} earlier firms on average; {:.2} on the {} others. Of two, one with the gap and one without, the first has more in {:.0} % (interval {:.0} to {:.0} % with all columns allowed for; chance 50 %).",
            gap.column, gap.empty, gap.firms.0, gap.firms.1, gap.filled, 100.0 * gap.area, 100.0 * gap.lo, 100.0 * gap.hi
        ));
    }
    if names.len() > 1 {
        finding = finding.because(format!("Columns concerned: {}.", named(&names, 12)));
    }
    Some(finding)
}

/// All columns with gaps.
pub(super) fn table(gaps: &[Gap]) -> Table {
    let mut table = Table::new(
        "Gaps against mobility, newest vendor month",
        &["column", "#empty", "#filled", "#earlier firms if empty", "#if filled", "#area", "#from", "#to"],
    )
    .note("Advisers whose years as representative are known. Area: of two advisers, one with the gap and one without, how often the first has more earlier firms (ties half); 0.5 by chance; intervals allow for all columns.");
    for gap in gaps {
        table.row(vec![
            gap.column.into(),
            gap.empty.into(),
            gap.filled.into(),
            Cell::number(gap.firms.0),
            Cell::number(gap.firms.1),
            Cell::number(gap.area),
            Cell::number(gap.lo),
            Cell::number(gap.hi),
        ]);
    }
    table
}
