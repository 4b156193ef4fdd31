//! Cohorts: who schedules calls more often, and what moves their scores otherwise.

use chrono::{Datelike as _, NaiveDate};
use leadrank_evidence::{Cell, Measured, Picture, RateRow, Section, Table, Unit};
use leadrank_learn::explain::{Cohort, cohorts as of_groups};

use super::Looked;
use crate::checks::classes::{AUM_TIERS, aum_tier};
use crate::error::Result;
use crate::model_rows::ModelRows;
use crate::words;

/// Differences told of a cohort.
const SHIFTS: usize = 3;
/// Lead sources that stand for themselves.
const SOURCES: usize = 8;
/// Growth of a year, in percent, that counts as standing still.
const STILL: f64 = 2.0;
/// How firms grow, in words.
pub(in crate::reports) const GROWTH: [&str; 4] =
    ["shrinking", "about the same", "growing", "not known"];

/// A way to divide the test rows.
struct Division {
    by: &'static str,
    names: Vec<String>,
    group_of: Vec<usize>,
}

pub(super) fn cohorts(looked: &Looked<'_>) -> Result<Vec<Section>> {
    let divisions = [
        by_number(
            looked,
            "assets of the firm",
            "TotalAssetsInMillions",
            &AUM_TIERS,
            aum_tier,
        )?,
        by_number(
            looked,
            "growth of the firm in a year",
            "AUMGrowthRate_1Year",
            &GROWTH,
            growth,
        )?,
        by_metro(looked)?,
        by_source(looked)?,
        by_month(looked)?,
    ];
    let mut sections = Vec::new();
    for division in divisions.into_iter().flatten() {
        let found = of_groups(
            &looked.contributions,
            looked.of.matrix.names(),
            &looked.test.labels,
            &looked.test.probabilities,
            &division.group_of,
            &division.names,
        )?;
        sections.push(section(looked, division.by, &found));
    }
    Ok(sections)
}

/// Which of [`GROWTH`] a firm's growth of a year is, in percent; NaN is not known.
pub(in crate::reports) fn growth(percent: f64) -> usize {
    match percent {
        value if value.is_nan() => 3,
        value if value < -STILL => 0,
        value if value <= STILL => 1,
        _ => 2,
    }
}

fn by_number(
    looked: &Looked<'_>,
    by: &'static str,
    feature: &str,
    names: &[&str],
    group: fn(f64) -> usize,
) -> Result<Option<Division>> {
    let values = looked.of.rows.values(feature)?;
    let rows = looked.test.rows.iter();
    Ok(Some(Division {
        by,
        names: names.iter().map(|&name| name.to_owned()).collect(),
        group_of: rows.map(|&row| group(values[row])).collect(),
    }))
}

fn by_metro(looked: &Looked<'_>) -> Result<Option<Division>> {
    let (names, home) = homes(looked.of)?;
    let rows = looked.test.rows.iter();
    Ok(Some(Division {
        by: "home metro",
        names,
        group_of: rows.map(|&row| home[row]).collect(),
    }))
}

/// The names of the home metros, elsewhere and not known among them, and which each row's is.
///
/// # Errors
/// When a column is missing.
pub(in crate::reports) fn homes(of: &ModelRows) -> Result<(Vec<String>, Vec<usize>)> {
    let catalog = leadrank_features::catalog().iter();
    let metros: Vec<_> = catalog
        .filter(|feature| feature.group == leadrank_features::Group::Metro)
        .collect();
    let names = metros.iter().map(|metro| metro.wording.label);
    let names = names.chain(["elsewhere", "not known"]).map(str::to_owned);
    let flags = metros.iter().map(|metro| of.rows.numbers(metro.name));
    let flags = flags.collect::<Result<Vec<_>>>()?;
    let home = (0..of.rows.len()).map(|row| {
        let known = flags.iter().position(|flag| flag[row] == Some(1.0));
        known.unwrap_or(metros.len() + usize::from(!of.matched(row)))
    });
    Ok((names.collect(), home.collect()))
}

/// By lead source, where the lead file says it.
fn by_source(looked: &Looked<'_>) -> Result<Option<Division>> {
    let Some(sources) = &looked.of.sources else {
        return Ok(None);
    };
    let of_rows: Vec<&str> = looked
        .test
        .rows
        .iter()
        .map(|&row| sources[row].as_deref().unwrap_or("not given"))
        .collect();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut sorted = of_rows.clone();
    sorted.sort_unstable();
    for same in sorted.chunk_by(|a, b| a == b) {
        counts.push((same[0], same.len()));
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    counts.truncate(SOURCES);
    let mut names: Vec<String> = counts.iter().map(|(name, _)| (*name).to_owned()).collect();
    let place = |name: &&str| {
        let known = counts.iter().position(|(known, _)| known == name);
        known.unwrap_or(counts.len())
    };
    let group_of = of_rows.iter().map(place).collect();
    names.push("others".into());
    Ok(Some(Division {
        by: "lead source",
        names,
        group_of,
    }))
}

fn by_month(looked: &Looked<'_>) -> Result<Option<Division>> {
    let days = looked.of.rows.dates("contact_date")?;
    let month = |row: usize| days[row].and_then(|day: NaiveDate| day.with_day(1));
    let mut months: Vec<Option<NaiveDate>> =
        looked.test.rows.iter().map(|&row| month(row)).collect();
    months.sort_unstable();
    months.dedup();
    let rows = looked.test.rows.iter();
    Ok(Some(Division {
        by: "month of contact",
        group_of: rows
            .map(|&row| months.binary_search(&month(row)).unwrap_or(0))
            .collect(),
        names: months
            .iter()
            .map(|month| month.map_or("no date".into(), |day| day.format("%Y-%m").to_string()))
            .collect(),
    }))
}

fn section(looked: &Looked<'_>, by: &str, found: &[Cohort]) -> Section {
    let (rows, events) = (looked.context.rows, looked.context.events);
    let mut table = Table::new(
        format!("By {by}"),
        &[
            "group",
            &format!("#{rows}"),
            &format!("#{events}"),
            "#observed",
            "#predicted",
            "what moves their scores otherwise",
        ],
    )
    .note(
        "Otherwise: mean contribution in log-odds less that of all others, with its 95 % interval; \
         only what is beyond chance after correction over all features, the largest three.",
    );
    for cohort in found {
        let (n, positives) = cohort.rate.map_or((0, 0), |rate| (rate.n, rate.positives));
        let shifts: Vec<String> = cohort
            .shifts
            .iter()
            .take(SHIFTS)
            .map(|shift| {
                format!(
                    "{} {:+.3} ({:+.3} to {:+.3})",
                    looked.label(&shift.feature),
                    shift.difference,
                    shift.interval.lo,
                    shift.interval.hi
                )
            })
            .collect();
        table.row(vec![
            cohort.name.as_str().into(),
            n.into(),
            positives.into(),
            cohort.rate.map_or(Cell::Nothing, Cell::Rate),
            Cell::measured(Measured::counted(cohort.mean_probability, n), Unit::Share),
            match shifts.is_empty() {
                true => Cell::Nothing,
                false => shifts.join("; ").into(),
            },
        ]);
    }
    let base = looked.test.positives() as f64 / looked.test.rows.len().max(1) as f64;
    Section::new(format!("Cohorts: {by}"))
        .say(format!(
            "{} test {rows}, of which {} schedule a call.",
            words::count(looked.test.rows.len() as u64),
            words::percent(base)
        ))
        .draw(Picture::Rates {
            title: format!("{} by {by}", words::capitalised(events)),
            of: events.to_owned(),
            base: Some(base),
            rows: found
                .iter()
                .map(|cohort| RateRow {
                    label: cohort.name.clone(),
                    rate: cohort.rate,
                })
                .collect(),
        })
        .table(table)
}
