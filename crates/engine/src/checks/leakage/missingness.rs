//! Do empty cells stand for the outcome, or for the lead source?

use std::collections::BTreeMap;

use leadrank_evidence::{
    Cell, Finding, Gate, Measured, Picture, RateRow, Section, Severity, Table, Unit, Verdict,
};
use leadrank_features::catalog;
use leadrank_stats::association::{
    CommonOddsRatio, Independence, TwoByTwo, independence, mantel_haenszel, odds_ratio,
};
use leadrank_stats::{Estimate, multiple, proportion};

use super::mobility;
use super::trial::{percent, unless_few};
use crate::checks::data::{Input, Leads};
use crate::checks::part::Part;
use crate::error::Result;
use crate::words;

/// Empty here means that there was no such firm, not that nothing is known.
const MEANT: [&str; 5] = [
    "Number_YearsPriorFirm1",
    "Number_YearsPriorFirm2",
    "Number_YearsPriorFirm3",
    "Number_YearsPriorFirm4",
    "AverageTenureAtPriorFirms",
];
/// Fewest empty and fewest filled rows for which a column is judged.
const FEWEST: u64 = 30;
/// Odds that matter: surely above the one or below the other.
const ODDS: (f64, f64) = (0.77, 1.3);
/// Odds that no honest gap reaches: such cells are filled, or emptied, after the outcome.
const IMPLAUSIBLE: f64 = 3.0;
/// P-value, raised for the number of tests, below which something is not luck.
const P: f64 = 0.01;
/// Cramér's V with the lead source from which emptiness stands for the source, and from
/// which it is worth a word.
const SOURCE: (f64, f64) = (0.10, 0.30);
/// Fewest positives for which the gate is judged.
const POSITIVES: u64 = 20;

/// One reason why cells are empty: the features that are empty on the same rows.
struct Cause {
    /// The features, or what is behind them.
    name: String,
    features: Vec<&'static str>,
    /// Whether the rows have no vendor record at all.
    no_record: bool,
    /// Whether emptiness is a value: there was no such firm.
    meant: bool,
    /// Empty (true) or filled (false), of the rows to compare; others are left out.
    rows: Vec<(usize, bool)>,
}

/// What a cause has to do with the outcome, the source and the drivers.
struct Judged<'a> {
    cause: &'a Cause,
    empty: (u64, u64),
    filled: (u64, u64),
    crude: Option<Estimate>,
    adjusted: Option<CommonOddsRatio>,
    /// Of the adjusted test, raised for the number of causes.
    p: f64,
    source: Option<Independence>,
}

/// See the module's own text.
pub(super) async fn part(input: &Input<'_>) -> Result<Part> {
    let leads = &input.leads;
    let causes = causes(leads)?;
    let judged = judge(leads, &causes)?;
    let labelled = leads.labelled().count() as u64;
    let positives = leads.labelled().filter(|(_, label)| *label).count() as u64;
    let mut part = Part::default();
    for judged in &judged {
        part.findings.extend(judged.of_outcome());
        part.findings.extend(judged.of_source(leads));
    }
    let gaps = mobility::gaps(input).await?;
    part.findings.extend(mobility::finding(&gaps));
    let worst = part.findings.iter().map(|finding| finding.severity).min();
    let strongest = judged
        .iter()
        .filter(|judged| !judged.cause.meant)
        .filter_map(|judged| judged.adjusted?.odds_ratio)
        .max_by(|a, b| a.value.ln().abs().total_cmp(&b.value.ln().abs()));
    part.gates.push(Gate {
        id: "leakage.missingness".into(),
        rule: format!(
            "within a lead source, no empty cell goes with odds of a call surely above {} or below {} times the others'",
            ODDS.1, ODDS.0
        ),
        value: strongest.map(Measured::from),
        unit: Unit::Times,
        verdict: unless_few(
            positives >= POSITIVES && !judged.is_empty(),
            match worst {
                Some(Severity::Fail) => Verdict::Fail,
                Some(Severity::Warn) => Verdict::Warn,
                _ => Verdict::Pass,
            },
        ),
        action: "ask the vendor why these cells are empty; a model that reads gaps may read the way a lead came in, or the outcome".into(),
        brief: None,
        forced: None,
    });
    if worst.is_none_or(|worst| worst > Severity::Warn) && !judged.is_empty() {
        part.findings.push(
            Finding::new(
                "leakage.missingness",
                Severity::Pass,
                format!(
                    "empty cells do not tell the outcome: {} patterns of gaps looked at",
                    judged.len()
                ),
            )
            .rows(positives, labelled)
            .things("leads"),
        );
    }
    part.sections
        .push(section(leads, &judged, labelled).table(mobility::table(&gaps)));
    Ok(part)
}

/// The patterns of gaps over labelled leads. Where the rows of one pattern lie wholly within
/// those of another, they have a cause of their own and are left out of the wider one.
fn causes(leads: &Leads) -> Result<Vec<Cause>> {
    let labelled: Vec<usize> = leads.labelled().map(|(row, _)| row).collect();
    let mut causes = vec![Cause {
        name: "vendor record before the contact".into(),
        features: Vec::new(),
        no_record: true,
        meant: false,
        rows: labelled
            .iter()
            .map(|&row| (row, leads.months[row].is_none()))
            .collect(),
    }];
    let matched: Vec<usize> = labelled
        .into_iter()
        .filter(|&row| leads.months[row].is_some())
        .collect();
    let mut patterns: BTreeMap<Vec<bool>, Vec<&'static str>> = BTreeMap::new();
    for feature in catalog() {
        let column = leads.feature(feature.name)?;
        let empty: Vec<bool> = matched.iter().map(|&row| column[row].is_nan()).collect();
        if empty.contains(&true) {
            patterns.entry(empty).or_default().push(feature.name);
        }
    }
    let within = |inner: &[bool], outer: &[bool]| inner.iter().zip(outer).all(|(a, b)| !a || *b);
    for (empty, features) in &patterns {
        let mut own = empty.clone();
        for other in patterns.keys().filter(|other| *other != empty) {
            if within(other, empty) {
                own.iter_mut()
                    .zip(other)
                    .for_each(|(own, other)| *own &= !other);
            }
        }
        let rows = matched.iter().zip(&own).zip(empty);
        causes.push(Cause {
            name: match features[..] {
                [first] => first.to_owned(),
                [first, ..] => format!("{first} (and {} more)", features.len() - 1),
                [] => String::new(),
            },
            features: features.clone(),
            no_record: false,
            meant: features.iter().any(|name| MEANT.contains(name)),
            rows: rows
                .filter(|((_, own), empty)| **own || !**empty)
                .map(|((row, own), _)| (*row, *own))
                .collect(),
        });
    }
    causes.retain(|cause| {
        let empty = cause.rows.iter().filter(|(_, empty)| *empty).count() as u64;
        empty >= FEWEST && cause.rows.len() as u64 - empty >= FEWEST
    });
    causes.sort_by(|a, b| {
        let order = |cause: &Cause| {
            (
                !cause.no_record,
                catalog()
                    .iter()
                    .position(|f| cause.features.first() == Some(&f.name)),
            )
        };
        order(a).cmp(&order(b))
    });
    Ok(causes)
}

fn judge<'a>(leads: &Leads, causes: &'a [Cause]) -> Result<Vec<Judged<'a>>> {
    let mut judged = Vec::new();
    for cause in causes {
        let mut strata: BTreeMap<&str, TwoByTwo> = BTreeMap::new();
        let mut all = TwoByTwo::default();
        for &(row, empty) in &cause.rows {
            let source = leads.sources[row].as_deref().unwrap_or("");
            let positive = leads.labels[row] == Some(true);
            for table in [strata.entry(source).or_default(), &mut all] {
                let cell = match (empty, positive) {
                    (true, true) => &mut table.positives,
                    (true, false) => &mut table.negatives,
                    (false, true) => &mut table.other_positives,
                    (false, false) => &mut table.other_negatives,
                };
                *cell += 1;
            }
        }
        let by_source: Vec<TwoByTwo> = strata.values().copied().collect();
        let counts: Vec<[u64; 2]> = by_source
            .iter()
            .map(|t| {
                [
                    t.positives + t.negatives,
                    t.other_positives + t.other_negatives,
                ]
            })
            .collect();
        let adjusted = mantel_haenszel(&by_source, 0.95);
        judged.push(Judged {
            cause,
            empty: (all.positives, all.positives + all.negatives),
            filled: (
                all.other_positives,
                all.other_positives + all.other_negatives,
            ),
            crude: odds_ratio(&all, 0.95),
            p: adjusted.map_or(1.0, |found| found.p_value),
            adjusted,
            source: independence(&counts),
        });
    }
    let raised = multiple::holm(&judged.iter().map(|judged| judged.p).collect::<Vec<f64>>())?;
    judged
        .iter_mut()
        .zip(raised)
        .for_each(|(judged, p)| judged.p = p);
    Ok(judged)
}

impl Judged<'_> {
    fn odds(&self) -> Option<Estimate> {
        self.adjusted?.odds_ratio
    }

    fn rates(&self) -> String {
        let (empty, filled) = (self.empty, self.filled);
        format!(
            "{} of {} leads where it is empty had a call ({}), {} of {} where not ({}).",
            words::count(empty.0),
            words::count(empty.1),
            percent(empty.0, empty.1),
            words::count(filled.0),
            words::count(filled.1),
            percent(filled.0, filled.1)
        )
    }

    /// The gap as the subject of a sentence.
    fn subject(&self) -> String {
        let name = &self.cause.name;
        match (self.cause.no_record, self.cause.meant) {
            (true, _) => "A missing vendor record".into(),
            (_, true) => format!("No entry in {name}"),
            _ => format!("An empty {name}"),
        }
    }

    /// Whether the odds of a call differ by more than matters, within lead sources.
    fn is_material(&self) -> bool {
        let surely = |odds: Estimate| odds.lo > ODDS.1 || odds.hi < ODDS.0;
        self.p < P && self.odds().is_some_and(surely)
    }

    /// The gap itself predicts, within lead sources.
    fn of_outcome(&self) -> Option<Finding> {
        let odds = self.odds().filter(|_| self.is_material())?;
        let implausible = odds.lo > IMPLAUSIBLE || odds.hi < 1.0 / IMPLAUSIBLE;
        let (severity, remedy) = match (self.cause.meant, self.cause.no_record) {
            // No earlier firm is a fact.
            (true, _) => (Severity::Note, ""),
            (_, false) if implausible => (
                Severity::Fail,
                "keep the column out (features.exclude) until it is known when its cells are filled",
            ),
            (_, true) => (
                Severity::Warn,
                "compare the rates by lead source; match more advisers before trusting scores of leads without record",
            ),
            _ => (
                Severity::Warn,
                "ask the vendor when this cell is filled; keep the column out (features.exclude) if it is filled because of a call",
            ),
        };
        let more = if odds.value > 1.0 { "more" } else { "fewer" };
        let why = match self.cause.meant {
            true => "it means that there was no such firm",
            false => "the gap is no accident",
        };
        let finding = Finding::new(
            "leakage.missingness",
            severity,
            format!("{} goes with {more} calls: {why}", self.subject()),
        )
        .because(self.rates())
        .because(format!(
            "Odds within a lead source {:.2} times the others' (95 % interval {:.2} to {:.2}, by chance 1; {} leads). So much by luck alone: {}, with allowance for the many gaps looked at (Holm).",
            odds.value, odds.lo, odds.hi, words::count(odds.n), words::chance(self.p)
        ))
        .rows(self.empty.1, self.empty.1 + self.filled.1)
            .things("leads")
        .remedy(remedy)
        .strength(3.0 + odds.value.ln().abs());
        Some(finding)
    }

    /// The gap stands for the way a lead came in.
    fn of_source(&self, leads: &Leads) -> Option<Finding> {
        let source = self.source.as_ref()?;
        if source.cramers_v < SOURCE.0 || source.p_value >= P {
            return None;
        }
        let severity = match source.cramers_v >= SOURCE.1 {
            true => Severity::Warn,
            false => Severity::Note,
        };
        let mut by_source: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for &(row, empty) in &self.cause.rows {
            let name = leads.sources[row].as_deref().unwrap_or("(none)");
            let counts = by_source.entry(name).or_default();
            counts.0 += u64::from(empty);
            counts.1 += 1;
        }
        let mut table = Table::new("Empty by lead source", &["lead source", "#empty", "#leads"]);
        for (name, (empty, n)) in &by_source {
            table.row(vec![(*name).into(), Cell::rate(*empty, *n), (*n).into()]);
        }
        let mut finding = Finding::new(
            "leakage.missingness",
            severity,
            format!(
                "{} tells the lead source, where a lead comes from",
                self.subject()
            ),
        )
        .because(format!(
            "How closely it goes with the lead source: {:.2} on a scale from 0, not at all, to 1, entirely (Cramér's V; {:.2} by chance, {} leads).",
            source.cramers_v, source.chance_v, words::count(source.n)
        ))
        .because(self.rates());
        if let (Some(crude), Some(adjusted)) = (self.crude, self.odds()) {
            finding = finding.because(format!(
                "Odds of a call {:.2} times the others' over all leads (95 % interval {:.2} to {:.2}), {:.2} within a source ({:.2} to {:.2}).",
                crude.value, crude.lo, crude.hi, adjusted.value, adjusted.lo, adjusted.hi
            ));
        }
        let finding = finding
            .rows(self.empty.1, self.empty.1 + self.filled.1)
            .things("leads")
            .remedy("judge the model within each lead source, at least within the provided list; a model that reads the gap reads the source")
            .examples(table)
            .strength(4.0 + 10.0 * source.cramers_v);
        Some(finding)
    }
}

fn section(leads: &Leads, judged: &[Judged<'_>], labelled: u64) -> Section {
    let mut table = Table::new(
        "Gaps against outcome and lead source",
        &[
            "gap", "#features", "#empty leads", "#calls if empty", "#calls if filled", "#odds", "#odds within source",
            "#from", "#to", "#p (Holm)", "#V with source", "#V by chance",
        ],
    )
    .note(format!(
        "{} labelled leads. Features that are empty on the same rows have one cause and one line. p (Holm): the probability of such a difference by luck, with allowance for the many gaps. V: Cramér's V, 0 where gap and lead source have nothing to do with each other, 1 where one tells the other. Rows that a narrower gap explains are left out of the wider one. Odds of a call as a multiple of the filled rows', over all and within a lead source (Mantel-Haenszel).",
        words::count(labelled)
    ));
    for judged in judged {
        let odds = judged.odds();
        table.row(vec![
            judged.cause.name.clone().into(),
            (judged.cause.features.len() as u64).into(),
            judged.empty.1.into(),
            Cell::rate(judged.empty.0, judged.empty.1),
            Cell::rate(judged.filled.0, judged.filled.1),
            Cell::number(judged.crude.map(|odds| odds.value)),
            Cell::number(odds.map(|odds| odds.value)),
            Cell::number(odds.map(|odds| odds.lo)),
            Cell::number(odds.map(|odds| odds.hi)),
            Cell::number(judged.p),
            Cell::number(judged.source.map(|source| source.cramers_v)),
            Cell::number(judged.source.map(|source| source.chance_v)),
        ]);
    }
    let positives = leads.labelled().filter(|(_, label)| *label).count() as u64;
    let rows = judged.iter().map(|judged| RateRow {
        label: judged.cause.name.clone(),
        rate: proportion::estimate(judged.empty.0, judged.empty.1, 0.95),
    });
    Section::new("Do gaps predict?")
        .say("Gradient-boosted trees read an empty cell as a fact. That is harmless where cells are empty by accident, and treacherous where they are empty because of the way a lead came in, or filled because of a call.")
        .draw(Picture::Rates {
            title: "Calls where a cell is empty".into(),
            of: "scheduled calls".into(),
            base: (labelled > 0).then(|| positives as f64 / labelled as f64),
            rows: rows.collect(),
        })
        .table(table)
}
