//! Whether the vendor's features moved from one month to the next.

mod leads;
mod level;
mod month;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use leadrank_evidence::{
    Brief, Cell, Finding, Gate, Measured, Picture, Report, Section, Severity, Shading, Table, Unit,
    Verdict,
};
use leadrank_features::catalog::{Group, Unit as Counts};
use leadrank_features::{Feature, catalog};
use leadrank_sources::Known;
use leadrank_stats::drift::psi_by_chance;
use leadrank_stats::profile::{Profile, psi};
use leadrank_stats::quantile;

use self::level::Level;
pub(in crate::checks) use self::level::stand_ins;
use self::month::{Firms, Size, TABLE};
use super::super::Input;
use super::super::part::Part;
use crate::error::{Error, Result};
use crate::gates::Thresholds;

const GATE: &str = "quality.drift";
/// Bins of a profile, as is usual for the stability index.
const BINS: usize = 10;
/// Stability index below which a feature is calm (domain.md, "Monitoring and operations").
const CALM: f64 = 0.10;
/// Probability that any one of all calm features lies above its bound by chance.
const EXCEEDED: f64 = 0.05;
/// Share of firms that may at least double or halve a figure, and the multiple of the share
/// of the months before from which it counts.
const JUMPED: f64 = 0.10;
const JUMPED_TIMES: f64 = 3.0;
/// Features named in a headline, and rows of a heat map, at most.
const NAMED: usize = 6;
const HEAT_ROWS: usize = 40;

/// Drift alone, as a report of its own.
///
/// # Errors
/// When a month is asked for that is not in use, or a table can't be read.
pub async fn check(input: &Input<'_>) -> Result<Report> {
    let mut report = input.report("drift", "Did the features move since the month before?");
    part(input).await?.add_to(&mut report);
    report.settle();
    let first = report.findings.first();
    report.answer = first.map_or(String::new(), |finding| format!("{}.", finding.headline));
    Ok(report)
}

/// Judges the drift of the vendor's features, and of the leads' own.
///
/// # Errors
/// As [`check`].
pub(in crate::checks) async fn part(input: &Input<'_>) -> Result<Part> {
    let mut part = Part::default();
    let session = &input.data.session;
    let because = if input.project.known != Known::NOW {
        "The features of all advisers are kept as known now, not as known on a past day."
    } else if session.has_table(TABLE) {
        ""
    } else if input.leads.split.is_err() {
        "The features of all advisers are made once there are leads enough to learn from."
    } else {
        "The features of all advisers were not made yet; `leadrank features` makes them."
    };
    let sizes = match because {
        "" => month::sizes(session).await?,
        _ => Vec::new(),
    };
    match chosen(input, &sizes)? {
        Some((reference, judged)) if because.is_empty() => {
            part = vendor(input, &sizes, reference, judged).await?;
        }
        _ => {
            let because = match because {
                "" => "There is one vendor month only, so nothing to compare it with.",
                because => because,
            };
            part.gates.push(gate(&[], &input.project.config().gates));
            let headline = "Whether the vendor's features moved can't be said";
            part.findings
                .push(Finding::new(GATE, Severity::Note, headline).because(because));
        }
    }
    let leads = leads::part(input)?;
    part.findings.extend(leads.findings);
    part.sections.extend(leads.sections);
    Ok(part)
}

/// Places of the reference and of the judged month.
fn chosen(input: &Input<'_>, sizes: &[Size]) -> Result<Option<(usize, usize)>> {
    if sizes.is_empty() {
        return Ok(None);
    }
    let find = |day: NaiveDate| -> Result<usize> {
        let same = |size: &Size| word(size.day) == word(day);
        sizes.iter().position(same).ok_or_else(|| {
            let months: Vec<String> = sizes.iter().map(|size| word(size.day)).collect();
            Error::Data(format!(
                "vendor month {} is not in use; there are {}",
                word(day),
                months.join(", ")
            ))
        })
    };
    let judged = input.request.month.map(find).transpose()?;
    let judged = judged.unwrap_or(sizes.len() - 1);
    let reference = match input.request.against {
        Some(day) => Some(find(day)?),
        None => judged.checked_sub(1),
    };
    Ok(reference.map(|reference| (reference, judged)))
}

/// Firms that at least doubled or halved a figure, of all firms that have it.
#[derive(Clone, Copy)]
struct Jumped {
    now: (u64, u64),
    /// The same from the month before to the reference month, where there is one.
    usual: Option<(u64, u64)>,
}

/// What became of one feature between two months.
struct Moved {
    feature: &'static Feature,
    level: Level,
    psi: f64,
    /// What chance alone stays below.
    chance: f64,
    before: Profile,
    now: Profile,
    median_before: Option<f64>,
    median_now: Option<f64>,
    jumped: Option<Jumped>,
    /// The column that one of the months lacks and another stands in for.
    stand_in: Option<String>,
    severity: Severity,
}

impl Moved {
    fn n(&self) -> u64 {
        self.now.n().min(self.before.n())
    }

    /// Whether far more firms than usual at least doubled or halved it.
    fn is_jump(&self) -> bool {
        let share = |(part, of): (u64, u64)| part as f64 / of.max(1) as f64;
        self.jumped.is_some_and(|jumped| {
            let (now, usual) = (share(jumped.now), jumped.usual.map_or(0.0, share));
            now >= JUMPED && now >= JUMPED_TIMES * usual
        })
    }

    fn judge(&mut self, thresholds: &Thresholds) {
        let mut severity = match self.psi {
            psi if psi <= self.chance || psi < CALM => Severity::Pass,
            psi if psi >= thresholds.psi_fail => Severity::Fail,
            psi if psi >= thresholds.psi_warn => Severity::Warn,
            _ => Severity::Note,
        };
        if self.is_jump() {
            severity = severity.min(Severity::Warn);
        }
        if self.stand_in.is_some() {
            severity = severity.max(Severity::Warn);
        }
        self.severity = severity;
    }
}

/// The vendor's features month by month.
struct Columns {
    of_firms: Vec<&'static Feature>,
    of_reps: Vec<&'static Feature>,
}

impl Columns {
    fn new() -> Columns {
        let features = catalog().iter().filter(|feature| !feature.is_temporal());
        let (of_reps, of_firms) = features.partition(|feature| Level::of(feature) == Level::Rep);
        Columns { of_firms, of_reps }
    }
}

async fn vendor(
    input: &Input<'_>,
    sizes: &[Size],
    reference: usize,
    judged: usize,
) -> Result<Part> {
    let session = &input.data.session;
    let columns = Columns::new();
    let from = sizes[reference];
    // Edges: of all firms, and of a sample of advisers, of the reference month.
    let reference_firms = Firms::read(session, &columns.of_firms, from.day).await?;
    let reference_sample = month::sample(session, &columns.of_reps, from).await?;
    let judged_sample = month::sample(session, &columns.of_reps, sizes[judged]).await?;
    let frozen = |values: &[Vec<f64>]| -> Vec<Profile> {
        values.iter().map(|v| Profile::fit(v, BINS)).collect()
    };
    let firm_profiles = frozen(&reference_firms.values);
    let rep_edges = frozen(&reference_sample);
    let rep_profiles = month::count(session, &columns.of_reps, from.day, &rep_edges).await?;

    let mut heat: Vec<Vec<Option<f64>>> = Vec::new();
    let mut moved = Vec::new();
    let mut usual_firms = None;
    for (place, size) in sizes.iter().enumerate() {
        let firms = Firms::read(session, &columns.of_firms, size.day).await?;
        let counted = month::count(session, &columns.of_reps, size.day, &rep_edges).await?;
        let firm_counts = (firm_profiles.iter().zip(&firms.values))
            .map(|(profile, values)| profile.count(values))
            .collect::<Vec<_>>();
        let pairs = firm_profiles.iter().zip(&firm_counts);
        let pairs = pairs.chain(rep_profiles.iter().zip(&counted));
        heat.push(pairs.map(|(before, now)| psi(before, now).ok()).collect());
        if place == judged {
            let firms_moved = columns
                .of_firms
                .iter()
                .enumerate()
                .map(|(i, feature)| Moved {
                    jumped: can_jump(feature).then(|| {
                        let usual = usual_firms.as_ref();
                        Jumped {
                            now: firms.jumped(&reference_firms, i),
                            usual: usual.map(|usual| reference_firms.jumped(usual, i)),
                        }
                    }),
                    median_before: quantile::linear(&reference_firms.values[i], 0.5),
                    median_now: quantile::linear(&firms.values[i], 0.5),
                    ..compare(feature, &firm_profiles[i], &firm_counts[i])
                });
            let reps_moved = columns
                .of_reps
                .iter()
                .enumerate()
                .map(|(i, feature)| Moved {
                    median_before: quantile::linear(&reference_sample[i], 0.5),
                    median_now: quantile::linear(&judged_sample[i], 0.5),
                    ..compare(feature, &rep_profiles[i], &counted[i])
                });
            moved = firms_moved.chain(reps_moved).collect();
        }
        if place + 1 == reference {
            usual_firms = Some(firms);
        }
    }
    let (before, now) = (from.day, sizes[judged].day);
    for moved in &mut moved {
        let swaps = stand_ins(moved.feature, &input.options.absent_firm_columns);
        let of_month = |month: NaiveDate| swaps.iter().filter(move |swap| swap.0 == month);
        let lacks = |month, column: &String| of_month(month).any(|swap| swap.1 == *column);
        let mut either = of_month(before).chain(of_month(now)).map(|swap| &swap.1);
        let differs = either.find(|column| lacks(before, column) != lacks(now, column));
        moved.stand_in = differs.cloned();
        moved.judge(&input.project.config().gates);
    }
    let names: Vec<&'static Feature> = (columns.of_firms.iter().chain(&columns.of_reps))
        .copied()
        .collect();
    Ok(tell(
        &input.project.config().gates,
        sizes,
        (reference, judged),
        moved,
        &names,
        &heat,
    ))
}

/// Whether doubling and halving mean something for this feature.
fn can_jump(feature: &Feature) -> bool {
    let of_size = matches!(
        feature.unit,
        Counts::Count | Counts::MillionDollars | Counts::Dollars
    );
    of_size && Level::of(feature) == Level::Firm
}

/// Two profiles of one feature.
fn compare(feature: &'static Feature, before: &Profile, now: &Profile) -> Moved {
    let features = catalog().iter().filter(|feature| !feature.is_temporal());
    Moved {
        feature,
        level: Level::of(feature),
        psi: psi(before, now).unwrap_or(0.0),
        chance: chance(before, now, features.count()),
        before: before.clone(),
        now: now.clone(),
        median_before: None,
        median_now: None,
        jumped: None,
        stand_in: None,
        severity: Severity::Pass,
    }
}

/// What the stability index stays below by chance, for all of so many calm features at once.
fn chance(before: &Profile, now: &Profile, features: usize) -> f64 {
    let used = before.counts.iter().zip(&now.counts);
    let bins = used.filter(|&(&a, &b)| a + b > 0).count() as u64;
    let exceeded = EXCEEDED / features.max(1) as f64;
    psi_by_chance(bins, before.n(), now.n(), exceeded).map_or(0.0, |chance| chance.upper)
}

/// Gate, findings, tables and picture of two months.
fn tell(
    thresholds: &Thresholds,
    sizes: &[Size],
    (reference, judged): (usize, usize),
    mut moved: Vec<Moved>,
    names: &[&'static Feature],
    heat: &[Vec<Option<f64>>],
) -> Part {
    let mut part = Part::default();
    let months = (word(sizes[reference].day), word(sizes[judged].day));
    moved.sort_by(|a, b| (b.psi.total_cmp(&a.psi)).then(a.feature.ordinal.cmp(&b.feature.ordinal)));
    part.gates.push(gate(&moved, thresholds));
    part.findings.extend(findings(&moved, &months));
    let mut section = Section::new(format!("Drift of the vendor's features, {} against {}", months.1, months.0))
        .say(format!(
            "The stability index compares how {} advisers of {} spread over the bins of {} ({} advisers; bins are frozen there, missing is a bin of its own). Below {CALM} is calm, {} is warned of, {} fails. What a firm files stands on the row of each of its advisers, so such features are counted once a firm; what is made of facts of both is counted once a firm too, by the least value among its advisers.",
            sizes[judged].reps, months.1, months.0, sizes[reference].reps, thresholds.psi_warn, thresholds.psi_fail
        ));
    section = match picture(sizes, &months.0, names, heat) {
        Some((picture, calm)) => section
            .say(format!(
                "{calm} more features stay below {CALM} in every month."
            ))
            .draw(picture),
        None => section.say(format!(
            "All {} features stay below {CALM} in every month against {}.",
            names.len(),
            months.0
        )),
    };
    part.sections.push(section.table(table(&moved, &months)));
    part
}

fn gate(moved: &[Moved], thresholds: &Thresholds) -> Gate {
    let worst = moved.iter().map(|feature| feature.severity).min();
    let comparable = || moved.iter().filter(|feature| feature.stand_in.is_none());
    let largest = comparable().max_by(|a, b| a.psi.total_cmp(&b.psi));
    Gate {
        id: GATE.into(),
        rule: format!(
            "no feature's stability index reaches {} ({} is warned of), beyond chance",
            thresholds.psi_fail, thresholds.psi_warn
        ),
        value: largest.map(|feature| Measured {
            chance: Some(feature.chance),
            ..Measured::counted(feature.psi, feature.n())
        }),
        unit: Unit::Score,
        verdict: match worst {
            None => Verdict::NotEnoughData,
            Some(Severity::Fail) => Verdict::Fail,
            Some(Severity::Warn) => Verdict::Warn,
            Some(_) => Verdict::Pass,
        },
        action: "see which features moved; ask the vendor what changed, and load the month again or retrain on it".into(),
        brief: Some(Brief {
            rule: "PSI < .25 for all features; drift below 5 % week over week (below what chance gives in small samples)".into(),
            met: (!moved.is_empty()).then(|| moved.iter().all(|feature| feature.psi < 0.25)),
        }),
        forced: None,
    }
}

fn findings(moved: &[Moved], months: &(String, String)) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (stand_ins, comparable): (Vec<&Moved>, Vec<&Moved>) =
        moved.iter().partition(|feature| feature.stand_in.is_some());
    let far: Vec<&Moved> = (comparable.iter().copied())
        .filter(|feature| feature.severity <= Severity::Warn)
        .collect();
    let some: Vec<&str> = (comparable.iter())
        .filter(|feature| feature.severity == Severity::Note)
        .map(|feature| feature.feature.name)
        .collect();
    if !far.is_empty() {
        findings.push(of_far(&far, comparable.len(), months));
    }
    let swapped: BTreeSet<&str> = (stand_ins.iter())
        .filter(|feature| feature.severity <= Severity::Warn)
        .filter_map(|feature| feature.stand_in.as_deref())
        .collect();
    if !swapped.is_empty() {
        let columns: Vec<&str> = swapped.into_iter().collect();
        findings.push(
            Finding::new(
                GATE,
                Severity::Warn,
                format!(
                    "{} is in the firm file of only one of {} and {}; its stand-in serves in the other, and {} features moved by that alone",
                    columns.join(", "), months.0, months.1, stand_ins.len()
                ),
            )
            .remedy("export the firm file with the column and load the month again; until then, do not compare these features over the two months"),
        );
    }
    if far.is_empty() {
        let largest = comparable.first();
        let headline = format!(
            "None of the {} comparable features moved far from {} to {}",
            comparable.len(),
            months.0,
            months.1
        );
        let severity = if some.is_empty() {
            Severity::Pass
        } else {
            Severity::Note
        };
        let mut finding = Finding::new(GATE, severity, headline);
        if let Some(largest) = largest {
            finding = finding.because(sentence(largest));
        }
        if !some.is_empty() {
            finding = finding.because(format!("Moved a little: {}.", some.join(", ")));
        }
        findings.push(finding);
    }
    findings
}

/// The finding that names what moved far.
fn of_far(far: &[&Moved], of: usize, months: &(String, String)) -> Finding {
    // What others are computed from explains them.
    let (roots, others): (Vec<&Moved>, Vec<&Moved>) = far
        .iter()
        .partition(|moved| moved.feature.group != Group::Engineered);
    let (named, followers) = if roots.is_empty() {
        (others, roots)
    } else {
        (roots, others)
    };
    let more = match named.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let severity = far.iter().map(|feature| feature.severity).min();
    let mut finding = Finding::new(
        GATE,
        severity.unwrap_or(Severity::Warn),
        format!(
            "{} of {of} features moved far from {} to {}: {}{more}",
            far.len(),
            months.0,
            months.1,
            names(&named[..named.len().min(NAMED)])
        ),
    );
    for feature in named.iter().take(NAMED) {
        finding = finding.because(sentence(feature));
    }
    let jumped: Vec<String> = named
        .iter()
        .filter_map(|feature| of_jump(feature))
        .collect();
    if !jumped.is_empty() {
        finding = finding.because(format!(
            "At least twice or at most half of {}: {}.",
            months.0,
            jumped.join(", ")
        ));
    }
    if !followers.is_empty() {
        finding = finding.because(format!("Computed from them: {}.", names(&followers)));
    }
    let strongest = far.iter().map(|feature| feature.psi).fold(0.0, f64::max);
    finding
        .rows(far.len() as u64, of as u64).things("features")
        .remedy("ask the vendor what changed in this month (unit, definition, source); scores of leads with facts of this month rest on values the model has not seen")
        .strength(strongest)
}

fn names(moved: &[&Moved]) -> String {
    let names: Vec<&str> = moved.iter().map(|moved| moved.feature.name).collect();
    names.join(", ")
}

/// What share of firms at least doubled or halved a figure, where that is far more than usual.
fn of_jump(moved: &Moved) -> Option<String> {
    let found = moved.jumped.filter(|_| moved.is_jump())?;
    let (jumped, all) = found.now;
    let usual = found.usual.map_or(String::new(), |(jumped, all)| {
        format!(", {} the month before", percent(jumped, all))
    });
    Some(format!(
        "{} on {} of {all} firms{usual}",
        moved.feature.name,
        percent(jumped, all)
    ))
}

fn sentence(moved: &Moved) -> String {
    let median = match (moved.median_before, moved.median_now) {
        (Some(before), Some(now)) => {
            format!("; median {} before, {} now", short(before), short(now))
        }
        _ => String::new(),
    };
    format!(
        "{}: stability index {:.3}, by chance up to {:.3} ({} and {} {}){median}.",
        moved.feature.name,
        moved.psi,
        moved.chance,
        moved.before.n(),
        moved.now.n(),
        moved.level.unit()
    )
}

fn table(moved: &[Moved], months: &(String, String)) -> Table {
    let mut table = Table::new(
        format!("Stability of each feature, {} against {}", months.1, months.0),
        &[
            "feature",
            "verdict",
            "#stability index",
            "#by chance up to",
            "counted by",
            "#rows",
            "#missing",
            "#missing before",
            "#median",
            "#median before",
            "#doubled or halved",
        ],
    )
    .note("By chance: what not one calm feature of all exceeds with 95 % probability. Medians of advisers are of a sample. Doubled or halved: share of firms with at least twice or at most half the figure.");
    for feature in moved {
        table.row(vec![
            feature.feature.name.into(),
            match &feature.stand_in {
                Some(_) => "stand-in".into(),
                None => feature.severity.word().into(),
            },
            Cell::Number(feature.psi),
            Cell::Number(feature.chance),
            feature.level.unit().into(),
            feature.now.n().into(),
            Cell::share(feature.now.nulls(), feature.now.n()),
            Cell::share(feature.before.nulls(), feature.before.n()),
            Cell::number(feature.median_now),
            Cell::number(feature.median_before),
            (feature.jumped).map_or(Cell::Nothing, |jumped| {
                Cell::share(jumped.now.0, jumped.now.1)
            }),
        ]);
    }
    table
}

/// Features by months against the reference: those that moved in any, and how many did not.
fn picture(
    sizes: &[Size],
    reference: &str,
    names: &[&'static Feature],
    heat: &[Vec<Option<f64>>],
) -> Option<(Picture, usize)> {
    let largest = |feature: usize| -> f64 {
        let values = heat.iter().filter_map(|month| month[feature]);
        values.fold(0.0, f64::max)
    };
    let mut shown: Vec<usize> = (0..names.len()).filter(|&f| largest(f) >= CALM).collect();
    let calm = names.len() - shown.len();
    shown.sort_by(|&a, &b| largest(b).total_cmp(&largest(a)));
    shown.truncate(HEAT_ROWS);
    shown.sort_by_key(|&feature| names[feature].ordinal);
    let picture = Picture::Heat {
        title: format!("Stability index of each month against {reference}"),
        rows: shown.iter().map(|&f| names[f].name.to_owned()).collect(),
        columns: sizes.iter().map(|size| word(size.day)).collect(),
        values: (shown.iter())
            .map(|&f| heat.iter().map(|month| month[f]).collect())
            .collect(),
        shading: Shading::Steps(vec![0.1, 0.2, 0.25]),
    };
    (!shown.is_empty()).then_some((picture, calm))
}

/// `2025-10`.
fn word(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

fn percent(part: u64, of: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / of.max(1) as f64)
}

/// A number with three digits or so.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value == value.round() => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}
