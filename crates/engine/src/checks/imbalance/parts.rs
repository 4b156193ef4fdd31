//! The ratio of classes in all leads, in their groups and in the parts that models are judged on.

use chrono::{Days, NaiveDate};
use leadrank_evidence::{
    Brief, Cell, Finding, Gate, Measured, Picture, RateRow, Section, Series, Severity, Table, Unit,
    Verdict,
};
use leadrank_learn::split::Split;
use leadrank_stats::proportion;

use crate::checks::Input;
use crate::checks::classes::groups::{self, Grouping};
use crate::checks::classes::outcomes::{Outcomes, Tally, ratio, ratio_cell};
use crate::checks::part::{Part, severity_of};
use crate::error::Result;
use crate::words;

/// Blocks in time, as many as the brief's cross-validation has folds.
pub(super) const BLOCKS: usize = 5;
/// Fewest leads with an outcome to judge the ratio by.
const FEWEST: u64 = 100;
/// A ratio beyond the usual ones by this factor is none that the strategies are made for.
const FAR: f64 = 2.0;

/// A part of the leads in time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stretch {
    pub(super) name: String,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) leads: u64,
    pub(super) positives: u64,
    /// Positives known before it begins.
    known_before: Option<u64>,
}

#[cfg(test)]
impl Stretch {
    pub(super) fn counted(name: &str, leads: u64, positives: u64) -> Self {
        Stretch {
            name: name.into(),
            first: String::new(),
            last: String::new(),
            leads,
            positives,
            known_before: None,
        }
    }
}

/// The parts of the split, from old to new.
pub(super) fn parts(split: &Split) -> Vec<Stretch> {
    let parts = split.audit.parts.iter();
    parts
        .map(|part| Stretch {
            name: format!("{} part", part.part),
            first: part.first.clone().unwrap_or_default(),
            last: part.last.clone().unwrap_or_default(),
            leads: part.rows,
            positives: part.positives,
            known_before: None,
        })
        .collect()
}

/// Blocks in time of about as many labelled leads each; a day is never divided.
pub(super) fn blocks(input: &Input<'_>) -> Vec<Stretch> {
    let mut labelled: Vec<(NaiveDate, bool)> = input
        .leads
        .labelled()
        .map(|(row, label)| (input.leads.contacts[row], label))
        .collect();
    labelled.sort_unstable();
    let window = u64::try_from(input.project.config().label.window_days).unwrap_or(0);
    cut(&labelled, window)
}

/// Cuts ascending days into blocks.
fn cut(labelled: &[(NaiveDate, bool)], window: u64) -> Vec<Stretch> {
    let mut blocks: Vec<Vec<(NaiveDate, bool)>> = vec![Vec::new(); BLOCKS];
    let mut start = 0;
    for day in labelled.chunk_by(|a, b| a.0 == b.0) {
        // A day belongs where its middle lies.
        let middle = start as f64 + day.len() as f64 / 2.0;
        let place = (middle * BLOCKS as f64 / labelled.len() as f64) as usize;
        blocks[place.min(BLOCKS - 1)].extend_from_slice(day);
        start += day.len();
    }
    blocks.retain(|block| !block.is_empty());
    let described = blocks.iter().enumerate().map(|(place, block)| {
        let first = block[0].0;
        let known = |(day, label): &&(NaiveDate, bool)| {
            *label
                && day
                    .checked_add_days(Days::new(window))
                    .is_some_and(|end| end < first)
        };
        Stretch {
            name: format!("block {}", place + 1),
            first: first.to_string(),
            last: block
                .last()
                .map(|(day, _)| day.to_string())
                .unwrap_or_default(),
            leads: block.len() as u64,
            positives: block.iter().filter(|(_, label)| *label).count() as u64,
            known_before: (place > 0).then(|| labelled.iter().filter(known).count() as u64),
        }
    });
    described.collect()
}

/// Judges ratio and number of positives.
pub(super) fn judge(
    input: &Input<'_>,
    outcomes: &Outcomes,
    parts: &[Stretch],
    blocks: &[Stretch],
) -> Result<Part> {
    let mut part = Part::default();
    overall(input, outcomes, &mut part);
    positives(input, parts, blocks, &mut part);
    part.sections.push(in_time(input, parts, blocks));
    let groupings = [
        groups::by_aum(input, outcomes)?,
        groups::by_source(input, outcomes),
        groups::by_territory(input, outcomes),
    ];
    small_groups(input, &groupings, &mut part);
    part.sections.push(in_groups(input, &groupings));
    Ok(part)
}

fn overall(input: &Input<'_>, outcomes: &Outcomes, part: &mut Part) {
    let (lowest, highest) = input.project.config().gates.class_ratio;
    let all = outcomes.tally(input, outcomes.rows.iter().copied());
    let found = all.rate().and_then(|rate| ratio(&rate));
    let verdict = match &found {
        Some(ratio) if ratio.n >= FEWEST => {
            if ratio.hi < lowest / FAR || ratio.lo > highest * FAR {
                Verdict::Fail
            } else if ratio.hi < lowest || ratio.lo > highest {
                Verdict::Warn
            } else {
                Verdict::Pass
            }
        }
        _ => Verdict::NotEnoughData,
    };
    part.gates.push(Gate {
        id: "imbalance.ratio".into(),
        rule: format!(
            "{lowest:.0} to {highest:.0} negatives for a positive, by the interval; more than {FAR:.0} times beyond it fails"
        ),
        value: found.map(Measured::from),
        unit: Unit::Times,
        verdict,
        action: "look at the rate first (check classes); a rarer outcome needs more leads, not more weight".into(),
        brief: Some(Brief {
            rule: "15 to 30 negatives for a positive".into(),
            met: found.map(|ratio| (15.0..=30.0).contains(&ratio.value)),
        }),
        forced: None,
    });
    let Some(ratio) = found else {
        part.findings.push(Finding::new(
            "imbalance.ratio",
            severity_of(verdict),
            "no lead has a scheduled call in time: there is no ratio",
        ));
        return;
    };
    let usual = match verdict {
        Verdict::Pass => "as is usual here".to_owned(),
        Verdict::NotEnoughData => format!("on only {} leads", ratio.n),
        _ => format!("{lowest:.0} to {highest:.0} are usual"),
    };
    let mut finding = Finding::new(
        "imbalance.ratio",
        severity_of(verdict),
        format!("{:.1} negatives for each positive, {usual}", ratio.value),
    )
    .because(format!(
        "95 % interval {:.1} to {:.1}; {} positives among {} leads with a known outcome.",
        ratio.lo,
        ratio.hi,
        words::count(ratio.positives),
        words::count(ratio.n)
    ))
    .rows(ratio.positives, ratio.n)
    .things("leads")
    .strength((ratio.value / highest.max(1e-9)).max(lowest / ratio.value));
    if matches!(verdict, Verdict::Fail | Verdict::Warn) {
        finding = finding.remedy(
            "see what check classes says of the rate; a rarer outcome needs more leads, not more weight",
        );
    }
    part.findings.push(finding);
}

fn positives(input: &Input<'_>, parts: &[Stretch], blocks: &[Stretch], part: &mut Part) {
    let limit = input.project.config().gates.fold_positives;
    let all = || parts.iter().chain(blocks);
    let least = all().min_by_key(|stretch| stretch.positives);
    let verdict = match least.map(|stretch| stretch.positives) {
        None => Verdict::NotEnoughData,
        Some(0) => Verdict::Fail,
        Some(least) if least < limit => Verdict::NotEnoughData,
        Some(_) => Verdict::Pass,
    };
    part.gates.push(Gate {
        id: "imbalance.positives".into(),
        rule: format!(
            "at least {limit} positives in each part of the split and each of {BLOCKS} blocks in time; none at all fails"
        ),
        value: least.map(|stretch| Measured::counted(stretch.positives as f64, stretch.leads)),
        unit: Unit::Count,
        verdict,
        action: "load more leads, or make the part larger (section [split])".into(),
        brief: None,
        forced: None,
    });
    let few: Vec<String> = all()
        .filter(|stretch| stretch.positives < limit)
        .map(|stretch| format!("{} ({})", stretch.name, stretch.positives))
        .collect();
    let Some(least) = least else { return };
    let finding = if few.is_empty() {
        Finding::new(
            "imbalance.positives",
            Severity::Pass,
            format!(
                "every part and block has enough positives to judge by; the fewest are {} in {}",
                least.positives, least.name
            ),
        )
    } else {
        Finding::new(
            "imbalance.positives",
            severity_of(verdict),
            format!(
                "{} of {} parts and blocks have fewer than {limit} positives: what is measured on them is rough",
                few.len(),
                parts.len() + blocks.len()
            ),
        )
        .because(format!("Positives: {}.", words::list(&few)))
        .remedy("load more leads, or make these parts larger (section [split])")
    };
    part.findings
        .push(finding.rows(least.positives, least.leads).things("leads"));
}

fn small_groups(input: &Input<'_>, groupings: &[Grouping], part: &mut Part) {
    let limit = input.project.config().gates.fold_positives;
    let few: Vec<String> = groupings
        .iter()
        .flat_map(|grouping| {
            let small = grouping
                .groups
                .iter()
                .filter(|(_, tally)| tally.leads > 0 && tally.positives < limit);
            small.map(|(name, tally)| format!("{} {name} ({})", grouping.what, tally.positives))
        })
        .collect();
    if few.is_empty() {
        return;
    }
    part.findings.push(
        Finding::new(
            "imbalance.groups",
            Severity::Note,
            format!(
                "{} groups have fewer than {limit} positives: no model, weight or calibration of their own",
                few.len()
            ),
        )
        .because(format!("Positives: {}.", words::list(&few))),
    );
}

fn in_time(input: &Input<'_>, parts: &[Stretch], blocks: &[Stretch]) -> Section {
    let limit = input.project.config().gates.fold_positives;
    let window = input.project.config().label.window_days;
    let mut table = Table::new(
        "Classes in the parts of the split and in blocks of time",
        &[
            "part",
            "from",
            "to",
            "#leads",
            "#positives",
            "#rate",
            "#negatives for a positive",
            "#positives known before it",
            "remark",
        ],
    )
    .note(format!(
        "The split has cut its parts; the {BLOCKS} blocks hold about as many leads each. Known before it: positives of earlier blocks contacted more than {window} days before its first day, from which a fold could learn."
    ));
    for stretch in parts.iter().chain(blocks) {
        table.row(vec![
            stretch.name.as_str().into(),
            stretch.first.as_str().into(),
            stretch.last.as_str().into(),
            stretch.leads.into(),
            stretch.positives.into(),
            Cell::rate(stretch.positives, stretch.leads),
            ratio_cell(stretch.positives, stretch.leads),
            stretch.known_before.map_or(Cell::Nothing, Cell::Count),
            if stretch.positives < limit {
                format!("fewer than {limit} positives").into()
            } else {
                Cell::Nothing
            },
        ]);
    }
    let leads: u64 = blocks.iter().map(|block| block.leads).sum();
    let calls: u64 = blocks.iter().map(|block| block.positives).sum();
    Section::new("Classes over time")
        .draw(Picture::Trend {
            title: "Positives in five blocks of time".into(),
            of: "scheduled calls per lead".into(),
            places: blocks.iter().map(|block| block.name.clone()).collect(),
            series: vec![Series {
                name: "our label".into(),
                values: blocks
                    .iter()
                    .map(|block| proportion::estimate(block.positives, block.leads, 0.95))
                    .collect(),
            }],
            base: (leads > 0).then(|| calls as f64 / leads as f64),
        })
        .draw(Picture::Bars {
            title: "Positives to learn from and to judge by".into(),
            bars: parts
                .iter()
                .chain(blocks)
                .map(|stretch| {
                    let text = words::count(stretch.positives);
                    (stretch.name.clone(), stretch.positives as f64, text)
                })
                .collect(),
            scale: None,
        })
        .table(table)
}

fn in_groups(input: &Input<'_>, groupings: &[Grouping]) -> Section {
    let limit = input.project.config().gates.fold_positives;
    let mut section = Section::new("Classes in groups of leads")
        .say("AUM is that of the firm as of contact; leads whose firm's AUM is not known are a tier of their own.");
    for grouping in groupings {
        let mut table = Table::new(
            format!("Ratio of classes by {}", grouping.by),
            &[
                grouping.what,
                "#known outcome",
                "#positives",
                "#negatives for a positive",
                "remark",
            ],
        );
        let mut rows = Vec::new();
        let all = grouping
            .groups
            .iter()
            .fold(Tally::default(), |sum, (_, tally)| sum.plus(*tally));
        for (name, tally) in &grouping.groups {
            table.row(vec![
                name.as_str().into(),
                tally.labelled.into(),
                tally.positives.into(),
                ratio_cell(tally.positives, tally.labelled),
                if tally.positives < limit {
                    format!("fewer than {limit} positives").into()
                } else {
                    Cell::Nothing
                },
            ]);
            rows.push(RateRow {
                label: name.clone(),
                rate: tally.rate(),
            });
        }
        section = section
            .draw(Picture::Rates {
                title: format!("Positives by {}", grouping.by),
                of: "scheduled calls per lead".into(),
                base: all.rate().map(|rate| rate.value),
                rows,
            })
            .table(table);
    }
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_never_divide_a_day_and_lose_no_lead() {
        let day = |n: u64| NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(n);
        let mut labelled = Vec::new();
        for n in 0..100 {
            for lead in 0..(1 + n % 7) {
                labelled.push((day(n), lead == 0 && n % 5 == 0));
            }
        }
        labelled.sort_unstable();
        let blocks = cut(&labelled, 30);
        assert_eq!(blocks.len(), BLOCKS);
        let leads: u64 = blocks.iter().map(|block| block.leads).sum();
        assert_eq!(leads, labelled.len() as u64);
        assert!(blocks.windows(2).all(|pair| pair[0].last < pair[1].first));
        let mean = labelled.len() as u64 / BLOCKS as u64;
        assert!(blocks.iter().all(|block| block.leads.abs_diff(mean) <= 7));
        assert_eq!(blocks[0].known_before, None);
        let before = |last: u64| (0..=last).filter(|n| n % 5 == 0).count() as u64;
        let first = NaiveDate::parse_from_str(&blocks[4].first, "%Y-%m-%d").unwrap();
        let days = first.signed_duration_since(day(0)).num_days() as u64;
        assert_eq!(blocks[4].known_before, Some(before(days - 31)));
    }

    #[test]
    fn one_busy_day_is_one_block() {
        let day = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
        let blocks = cut(&[(day, true), (day, false)], 30);
        assert_eq!(blocks.len(), 1);
        assert!(cut(&[], 30).is_empty());
    }
}
