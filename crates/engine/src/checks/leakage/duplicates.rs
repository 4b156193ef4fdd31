//! Does anybody stand on both sides of the split, under one number or two?

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use leadrank_evidence::{Cell, Finding, Gate, Measured, Section, Severity, Table, Unit, Verdict};
use leadrank_features::catalog::Group;
use leadrank_features::{Calculable, catalog};
use leadrank_learn::split::{Fate, Part as Side, Rows as _, Split};
use leadrank_stats::proportion;

use super::trial::percent;
use crate::checks::data::{Input, Leads};
use crate::checks::part::Part;
use crate::error::Result;

const YEAR: f64 = 365.25;
const YEARS_REP: &str = "DateBecameRep_NumberOfYears";
const YEARS_FIRM: &str = "DateOfHireAtCurrentFirm_NumberOfYears";
const YEARS_PRIOR: [&str; 4] = [
    "Number_YearsPriorFirm1",
    "Number_YearsPriorFirm2",
    "Number_YearsPriorFirm3",
    "Number_YearsPriorFirm4",
];
const MILES: &str = "MilesToWork";
/// Facts that last and have few values.
const FEW_VALUED: [&str; 4] = [
    "KnownNonAdvisor",
    "IsDuallyRegistered",
    "NumberFirmAssociations",
    "NumberRIAFirmAssociations",
];
/// Fewest facts with many values that must agree beside the two dates.
const FACTS: usize = 2;
/// Days around the tolerance in which pairs are counted that agree by chance alone.
const RING: f64 = 1_000.0;
/// Share of the test rows, above chance, from which the test is not trusted; and from
/// which it is worth a look.
const MATERIAL: f64 = 0.01;
const SOME: f64 = 0.002;
/// Found pairs as a multiple of those expected by chance.
const ABOVE_CHANCE: f64 = 5.0;
/// Fewest pairs.
const FEWEST: u64 = 5;

/// What stays the same of an adviser whenever it is looked at.
struct Career {
    row: usize,
    /// Lasting facts beside the dates, each as a whole number.
    block: Vec<i64>,
    /// First day as a representative, in days of the calendar.
    start: f64,
    /// Days from there to the current firm.
    gap: f64,
}

/// Two leads of different numbers that look like one adviser.
struct Pair {
    one: usize,
    two: usize,
}

/// Pairs that agree, and how many would by chance.
#[derive(Default)]
struct Found {
    pairs: Vec<Pair>,
    /// Pairs that agree in all but the first day, of which chance is estimated.
    near: u64,
}

/// See the module's own text.
pub(super) async fn part(input: &Input<'_>) -> Result<Part> {
    let leads = &input.leads;
    let split = leads.parts()?;
    let shared = on_both_sides(leads, split);
    let repeated = repeated_ids(input).await?;
    let (careers, tolerance) = careers(input)?;
    let twins = Twins::find(leads, split, &careers, tolerance);
    let test = split.test.indices().len() as u64;

    let mut part = Part::default();
    if shared > 0 {
        part.findings.push(
            Finding::new(
                "leakage.duplicates",
                Severity::Fail,
                format!("{shared} advisers stand on both sides of the split"),
            )
            .because("The split promises to keep an adviser number on one side.")
            .rows(shared, test)
            .things("leads")
            .remedy("report this: it is a fault of the program")
            .strength(30.0),
        );
    }
    let (severity, verdict) = twins.judge(test);
    part.findings.push(twins.finding(severity, test));
    if repeated > 0 {
        part.findings.push(
            Finding::new(
                "leakage.repeated_ids",
                Severity::Note,
                format!("{repeated} rows of the lead file repeat a lead's id; each lead counts once, with its newest row"),
            )
            .rows(repeated, leads.len() as u64),
        );
    }
    part.gates.push(Gate {
        id: "leakage.duplicates".into(),
        rule: format!(
            "no adviser number stands on both sides of the split, and at most {:.0} % of the test rows have a twin before the test under another number",
            100.0 * MATERIAL
        ),
        value: proportion::estimate(twins.test_rows, test, 0.95).map(|share| Measured {
            chance: Some(twins.by_chance / test.max(1) as f64),
            ..Measured::from(share)
        }),
        unit: Unit::Share,
        verdict: if shared > 0 { Verdict::Fail } else { verdict },
        action: "give twins one adviser number before training, so that the split keeps them together".into(),
        brief: None,
        forced: None,
    });
    part.sections.push(section(
        &twins,
        shared,
        repeated,
        careers.len() as u64,
        tolerance,
        test,
    ));
    Ok(part)
}

/// Adviser numbers with a row that is learned from and a row that is tested on.
fn on_both_sides(leads: &Leads, split: &Split) -> u64 {
    let of = |rows: &[usize]| -> BTreeSet<&str> {
        rows.iter()
            .filter_map(|&row| leads.advisers[row].as_deref())
            .collect()
    };
    let learned = of(split.development.indices());
    let tested = of(split.test.indices());
    learned.intersection(&tested).count() as u64
}

async fn repeated_ids(input: &Input<'_>) -> Result<u64> {
    let sql = "SELECT COUNT(*) - COUNT(DISTINCT Id) AS n FROM SavvyGTMData.Lead";
    let rows = input.rows(sql).await?;
    let count = rows.integers("n")?.first().copied().flatten();
    Ok(count
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or(0))
}

/// Leads whose facts say enough about a career to be known again by, in blocks that agree
/// in everything but the dates, and the days by which two views of one date may differ.
fn careers(input: &Input<'_>) -> Result<(Vec<Career>, f64)> {
    let leads = &input.leads;
    let moved = input.options.calculable == Calculable::AtContact;
    let (rep, firm) = (leads.feature(YEARS_REP)?, leads.feature(YEARS_FIRM)?);
    let mut many_valued = Vec::new();
    for name in YEARS_PRIOR.into_iter().chain([MILES]) {
        many_valued.push(leads.feature(name)?);
    }
    let metros = catalog()
        .iter()
        .filter(|feature| feature.group == Group::Metro);
    let mut few_valued = Vec::new();
    for name in FEW_VALUED
        .into_iter()
        .chain(metros.map(|feature| feature.name))
    {
        few_valued.push(leads.feature(name)?);
    }
    let mut careers = Vec::new();
    let mut delivered = Vec::new();
    for row in 0..leads.len() {
        let Some(month) = leads.months[row] else {
            continue;
        };
        if leads.labels[row].is_none() || rep[row].is_nan() || firm[row].is_nan() {
            continue;
        }
        if many_valued
            .iter()
            .filter(|column| !column[row].is_nan())
            .count()
            < FACTS
        {
            continue;
        }
        let looked_at = if moved { leads.contacts[row] } else { month };
        let elapsed = if moved {
            (leads.contacts[row] - month).num_days() as f64 / YEAR
        } else {
            0.0
        };
        delivered.push(rep[row] - elapsed);
        // A null has a key of its own.
        let key = |value: f64| {
            if value.is_nan() {
                i64::MIN
            } else {
                (10.0 * value).round() as i64
            }
        };
        let block = many_valued
            .iter()
            .chain(&few_valued)
            .map(|column| key(column[row]));
        careers.push(Career {
            row,
            block: block.collect(),
            start: f64::from(looked_at.num_days_from_ce()) - YEAR * rep[row],
            gap: YEAR * (rep[row] - firm[row]),
        });
    }
    // Two dates, each known to half a unit of the vendor's rounding, and a day.
    let tolerance = YEAR * resolution(&delivered) + 1.0;
    Ok((careers, tolerance))
}

/// The unit to which years are rounded: 1, 0.1 or 0.01 of a year.
fn resolution(years: &[f64]) -> f64 {
    let fits = |unit: f64| {
        let near = |years: &&f64| {
            let units = **years / unit;
            (units - units.round()).abs() * unit < 1e-3
        };
        100 * years.iter().filter(near).count() >= 99 * years.len()
    };
    [1.0, 0.1]
        .into_iter()
        .find(|unit| fits(*unit))
        .unwrap_or(0.01)
}

/// Twins across the split and within what is learned from.
struct Twins {
    across: Vec<Pair>,
    /// Pairs across that chance would give.
    by_chance: f64,
    within: u64,
    within_by_chance: f64,
    /// Test rows with a twin before the test.
    test_rows: u64,
    /// Of the pairs across: both positive, one positive.
    both_positive: u64,
    one_positive: u64,
    base_rate: f64,
}

impl Twins {
    fn find(leads: &Leads, split: &Split, careers: &[Career], tolerance: f64) -> Twins {
        let mut learned = vec![false; leads.len()];
        for &row in split.development.indices() {
            learned[row] = true;
        }
        let tested = |row: usize| split.fates[row] == Fate::Part(Side::Test);
        let mut blocks: BTreeMap<&[i64], Vec<&Career>> = BTreeMap::new();
        for career in careers {
            if learned[career.row] || tested(career.row) {
                blocks.entry(&career.block).or_default().push(career);
            }
        }
        let (mut across, mut within) = (Found::default(), Found::default());
        for careers in blocks.values_mut() {
            careers.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.row.cmp(&b.row)));
            for (at, one) in careers.iter().enumerate() {
                for two in &careers[at + 1..] {
                    let apart = two.start - one.start;
                    if apart > RING {
                        break;
                    }
                    let same = leads.advisers[one.row] == leads.advisers[two.row];
                    if same || (one.gap - two.gap).abs() > tolerance {
                        continue;
                    }
                    let found = match (tested(one.row), tested(two.row)) {
                        (false, false) => &mut within,
                        (true, true) => continue,
                        _ => &mut across,
                    };
                    if apart <= tolerance {
                        found.pairs.push(Pair {
                            one: one.row,
                            two: two.row,
                        });
                    } else {
                        found.near += 1;
                    }
                }
            }
        }
        // Unrelated careers start as often within the tolerance of each other as within any
        // other stretch of that length nearby.
        let chance = |found: &Found| found.near as f64 * tolerance / (RING - tolerance).max(1.0);
        let positive = |row: usize| leads.labels[row] == Some(true);
        let positives = |wanted: u8| {
            let hits = |pair: &&Pair| {
                u8::from(positive(pair.one)) + u8::from(positive(pair.two)) == wanted
            };
            across.pairs.iter().filter(hits).count() as u64
        };
        let rows: BTreeSet<usize> = across
            .pairs
            .iter()
            .flat_map(|pair| [pair.one, pair.two])
            .filter(|&row| tested(row))
            .collect();
        let (n, hits) = leads
            .labelled()
            .fold((0_u64, 0_u64), |(n, hits), (_, label)| {
                (n + 1, hits + u64::from(label))
            });
        Twins {
            by_chance: chance(&across),
            within: within.pairs.len() as u64,
            within_by_chance: chance(&within),
            test_rows: rows.len() as u64,
            both_positive: positives(2),
            one_positive: positives(1),
            base_rate: hits as f64 / n.max(1) as f64,
            across: across.pairs,
        }
    }

    fn judge(&self, test: u64) -> (Severity, Verdict) {
        let pairs = self.across.len() as u64;
        let above = (self.test_rows as f64 - self.by_chance) / test.max(1) as f64;
        let real = pairs >= FEWEST && pairs as f64 > ABOVE_CHANCE * self.by_chance;
        if test == 0 {
            (Severity::Note, Verdict::NotEnoughData)
        } else if real && above > MATERIAL {
            (Severity::Fail, Verdict::Fail)
        } else if real && above > SOME {
            (Severity::Warn, Verdict::Warn)
        } else {
            (Severity::Pass, Verdict::Pass)
        }
    }

    fn finding(&self, severity: Severity, test: u64) -> Finding {
        let pairs = self.across.len() as u64;
        let headline = match severity {
            Severity::Pass | Severity::Note => format!(
                "no adviser stands on both sides of the split, not under another number either ({pairs} look-alikes, {:.1} expected by chance)",
                self.by_chance
            ),
            _ => format!(
                "{} of the test rows are people who were learned from under another adviser number",
                percent(self.test_rows, test)
            ),
        };
        let mut finding = Finding::new("leakage.duplicates", severity, headline)
            .because(format!(
                "{pairs} pairs across the split have different adviser numbers and the same career (first day, day of hire, years at earlier firms, miles to work, metro, registrations); chance would give {:.1}. Within the rows before the test there are {} such pairs, {:.1} by chance.",
                self.by_chance, self.within, self.within_by_chance
            ))
            .rows(self.test_rows, test).things("leads")
            .strength(18.0);
        let with_positive = self.both_positive + self.one_positive;
        if severity < Severity::Note && with_positive > 0 {
            finding = finding.because(format!(
                "Of {with_positive} pairs with a scheduled call on one side, {} have one on the other too ({}; unrelated leads {:.1} %); {} pairs have conflicting outcomes.",
                self.both_positive,
                percent(self.both_positive, with_positive),
                100.0 * self.base_rate,
                self.one_positive
            ));
        }
        if severity < Severity::Note {
            finding = finding.remedy("give both numbers of a person one adviser number before training; test figures of this split are too good");
        }
        finding
    }
}

fn section(
    twins: &Twins,
    shared: u64,
    repeated: u64,
    careers: u64,
    tolerance: f64,
    test: u64,
) -> Section {
    let mut table = Table::new("Who stands on both sides", &["what", "#found", "#by chance", "#of"])
        .note(format!(
            "{careers} labelled leads say enough to be known again by: both dates and at least {FACTS} of miles to work and years at four earlier firms. Dates agree if they differ by at most {tolerance:.1} days (the vendor's rounding, twice half a unit). Chance is taken from pairs that agree in all but the first day, which lies up to {RING:.0} days apart. Advisers who changed firms in between are not recognised: take the count as a lower bound."
        ));
    let rows: [(&str, u64, Option<f64>, u64); 6] = [
        ("adviser numbers on both sides", shared, Some(0.0), test),
        (
            "test rows with a twin before the test",
            twins.test_rows,
            Some(twins.by_chance),
            test,
        ),
        (
            "pairs across the split",
            twins.across.len() as u64,
            Some(twins.by_chance),
            careers,
        ),
        (
            "pairs within the rows before the test",
            twins.within,
            Some(twins.within_by_chance),
            careers,
        ),
        (
            "pairs across with conflicting outcomes",
            twins.one_positive,
            None,
            twins.across.len() as u64,
        ),
        ("rows of the lead file that repeat an id", repeated, None, 0),
    ];
    for (what, found, chance, of) in rows {
        table.row(vec![
            what.into(),
            found.into(),
            Cell::number(chance),
            if of > 0 { of.into() } else { Cell::Nothing },
        ]);
    }
    Section::new("Nobody on both sides of the split")
        .say("A person who was learned from must not be tested on: the model would be praised for its memory. The split keeps adviser numbers apart; people with two numbers are looked for by what lasts of a career.")
        .table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_rounding_is_seen() {
        let hundredths: Vec<f64> = (0..500).map(|k| f64::from(k) * 0.37).collect();
        assert_eq!(resolution(&hundredths), 0.01);
        let tenths: Vec<f64> = (0..500).map(|k| f64::from(k) * 0.3 + 2e-5).collect();
        assert_eq!(resolution(&tenths), 0.1);
        let whole: Vec<f64> = (0..500).map(f64::from).collect();
        assert_eq!(resolution(&whole), 1.0);
    }
}
