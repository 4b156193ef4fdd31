//! The split, audited from its rows.

use chrono::{Datelike, Days, NaiveDate};
use leadrank_evidence::{
    Cell, Finding, Gate, Lane, Measured, Picture, Section, Severity, Span, Table, Unit, Verdict,
    apart, known_before,
};
use leadrank_learn::split::{Fate, Part as SplitPart, Rows as _, Split};
use leadrank_stats::association::independence;

use super::super::part::Part;
use super::super::{Input, Leads};
use super::{folds, percent};
use crate::error::Result;
use crate::words;

const GATE: &str = "statistics.split";
/// Probability below which base rates of parts are said to differ.
const UNEQUAL: f64 = 0.01;

/// What is wrong with the split, counted from its rows.
struct Audit {
    /// Fits that know an outcome of the days they are judged on.
    open: Vec<String>,
    /// Whether advisers stand on one side each.
    apart: bool,
    /// Positives of the part that has fewest, with its name.
    fewest: (u64, &'static str),
    /// Leads of that part.
    fewest_of: u64,
    labelled: u64,
}

pub(super) fn part(input: &Input<'_>) -> Result<Part> {
    let leads = &input.leads;
    let split = leads.parts()?;
    let floor = input.project.config().gates.fold_positives;
    let window = input.options.window_days;
    let audit = audit(leads, split, window);
    let inner = split.audit.inner_borders_purged;
    let verdict = if !audit.open.is_empty() || !audit.apart || !split.audit.test_is_newest {
        Verdict::Fail
    } else if audit.fewest.0 < floor || !inner {
        Verdict::Warn
    } else {
        Verdict::Pass
    };
    let gate = Gate {
        id: GATE.into(),
        rule: format!(
            "no fit knows an outcome of the days it is judged on, no adviser stands on two sides, and each part has at least {floor} positives"
        ),
        value: Some(Measured::counted(audit.fewest.0 as f64, audit.fewest_of)),
        unit: Unit::Count,
        verdict,
        action: "load more history, or change the shares under [split] in leadrank.toml".into(),
        brief: None,
        forced: None,
    };
    let mut findings = vec![finding(&audit, split, floor, window)];
    findings.extend(unequal(leads, split));
    let section = Section::new("The split in time")
        .say(format!(
            "Parts follow each other in time. An outcome is known {window} days after the contact, so leads contacted within {window} days before the next part begins are left out of the older one (purged); an adviser contacted in two parts stays in the newer one (isolated). Both were checked again here from the rows."
        ))
        .say("Once the number of trees is known, training uses train, stop and what was purged between them.")
        .say("Everything before that is decided in folds, which never touch the test: in each, a model learns from the past of a block of days and is judged on the block; the days before it are kept free (hatched).")
        .draw(calendar(input, split))
        .table(table(leads, split));
    Ok(Part {
        gates: vec![gate],
        findings,
        sections: vec![section],
    })
}

fn number(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce())
}

/// Checks purge and isolation anew, with the window of the label itself.
fn audit(leads: &Leads, split: &Split, window: i64) -> Audit {
    let days = |rows: &[usize]| -> Vec<i64> {
        rows.iter()
            .map(|&row| number(leads.contacts[row]))
            .collect()
    };
    let inner = if split.audit.inner_borders_purged {
        window
    } else {
        0
    };
    let parts = [
        split.fit.indices(),
        split.stop.indices(),
        split.calibration.indices(),
        split.test.indices(),
    ];
    let (refit, development) = (split.refit.indices(), split.development.indices());
    let borders: [(&str, &[usize], &[usize], i64); 5] = [
        ("train before stop", parts[0], parts[1], inner),
        ("stop before calibration", parts[1], parts[2], inner),
        ("train and stop before calibration", refit, parts[2], inner),
        ("calibration before test", parts[2], parts[3], window),
        ("all before test", development, parts[3], window),
    ];
    let mut open = Vec::new();
    for (name, fitted, judged, horizon) in borders {
        let cut = days(judged).into_iter().min();
        if cut.is_some_and(|cut| !known_before(days(fitted), horizon, cut)) {
            open.push(name.to_owned());
        }
    }
    let divisions: [&[&[usize]]; 3] = [
        &parts,
        &[refit, parts[2], parts[3]],
        &[development, parts[3]],
    ];
    let are_apart = divisions.iter().all(|sides| {
        apart(sides.iter().enumerate().flat_map(|(side, rows)| {
            rows.iter()
                .map(move |&row| (leads.advisers[row].as_deref(), side))
        }))
    });
    let counted = counted(leads, split);
    let fewest = counted
        .iter()
        .map(|(part, rows, positives)| ((*positives, part.name()), *rows));
    let (fewest, fewest_of) = fewest.min().unwrap_or(((0, ""), 0));
    Audit {
        open,
        apart: are_apart,
        fewest,
        fewest_of,
        labelled: counted.iter().map(|(_, rows, _)| rows).sum(),
    }
}

/// Rows and positives of each part.
fn counted(leads: &Leads, split: &Split) -> Vec<(SplitPart, u64, u64)> {
    let count = |part: SplitPart| {
        let fates = split.fates.iter().zip(&leads.labels);
        let labels: Vec<Option<bool>> = fates
            .filter(|(fate, _)| **fate == Fate::Part(part))
            .map(|(_, label)| *label)
            .collect();
        let positives = labels.iter().filter(|label| **label == Some(true)).count();
        (part, labels.len() as u64, positives as u64)
    };
    SplitPart::ALL.into_iter().map(count).collect()
}

fn finding(audit: &Audit, split: &Split, floor: u64, window: i64) -> Finding {
    let found = |severity, headline: String| {
        Finding::new(GATE, severity, headline)
            .rows(audit.fewest.0, audit.labelled)
            .things("leads")
    };
    let support = format!(
        "{} has {} positives, the fewest of all parts; {floor} are needed to judge by.",
        audit.fewest.1, audit.fewest.0
    );
    if !audit.open.is_empty() {
        return found(
            Severity::Fail,
            format!(
                "Some outcomes were not known yet when the next part began: {}",
                audit.open.join(", ")
            ),
        )
        .because(format!(
            "A lead needs {window} days until its outcome is known; the split keeps {} days free.",
            split.audit.horizon_days
        ))
        .remedy("keep at least the label window free between parts")
        .strength(1e3);
    }
    if !audit.apart {
        return found(
            Severity::Fail,
            "Some advisers stand on two sides of the split".into(),
        )
        .remedy("please report this: the split isolates advisers")
        .strength(1e3);
    }
    if !split.audit.test_is_newest {
        return found(Severity::Fail, "The test part is not the newest".into())
            .because("Such a test does not show how the model does in the future.")
            .remedy("let leadrank choose the test part, or give a first test day")
            .strength(1e3);
    }
    if audit.fewest.0 < floor {
        let mut finding = found(
            Severity::Warn,
            format!(
                "The {} part has only {} positives",
                audit.fewest.1, audit.fewest.0
            ),
        )
        .because(support)
        .remedy("load more history; until then, read what rests on this part with its interval")
        .strength(0.5);
        if !split.audit.inner_borders_purged {
            finding = finding.because(not_purged());
        }
        return finding;
    }
    if !split.audit.inner_borders_purged {
        return found(
            Severity::Warn,
            "History is too short to purge between train, stop and calibration".into(),
        )
        .because(not_purged())
        .remedy("load more history")
        .strength(0.4);
    }
    found(
        Severity::Pass,
        format!("The split is purged, keeps advisers apart, and each part has at least {floor} positives"),
    )
    .because(support)
}

fn not_purged() -> &'static str {
    "Purging the two inner borders would have cost too many rows; the test is purged and stays honest, the calibration may be a little too kind."
}

/// Whether the parts differ in their base rate by more than luck.
fn unequal(leads: &Leads, split: &Split) -> Option<Finding> {
    let counted = counted(leads, split);
    let lines: Vec<[u64; 2]> = counted
        .iter()
        .map(|(_, rows, positives)| [*positives, rows - positives])
        .collect();
    let found = independence(&lines)?;
    let rates: Vec<String> = counted
        .iter()
        .map(|(part, rows, positives)| {
            let rate = *positives as f64 / (*rows).max(1) as f64;
            format!("{part} {} of {} leads", percent(rate), words::count(*rows))
        })
        .collect();
    let differs = found.p_value < UNEQUAL;
    let (severity, headline) = match differs {
        true => (
            Severity::Note,
            "The share of scheduled calls differs between the parts of the split by more than luck",
        ),
        false => (
            Severity::Pass,
            "The parts of the split have the same share of scheduled calls, within luck",
        ),
    };
    let finding = Finding::new("statistics.base_rate", severity, headline)
        .because(format!(
            "{}. So much difference by luck alone: {} (chi-square test of all four).",
            rates.join(", "),
            words::chance(found.p_value)
        ))
        .rows(found.n, found.n)
        .things("leads");
    Some(match differs {
        true => finding
            .remedy(
                "probabilities follow the share of the calibration part: watch whether it lasts",
            )
            .strength(found.cramers_v),
        false => finding,
    })
}

fn table(leads: &Leads, split: &Split) -> Table {
    let mut table = Table::new(
        "Parts of the split",
        &[
            "part",
            "from",
            "to",
            "#leads",
            "#positives",
            "#share of calls",
            "#purged",
            "#isolated",
        ],
    )
    .note("Intervals of shares are 95 % Wilson intervals.");
    for (part, rows, positives) in counted(leads, split) {
        let audit = split.audit.part(part);
        let day = |day: Option<String>| day.map_or(Cell::Nothing, Cell::Text);
        let purged = audit.map_or(0, |audit| audit.purged);
        let isolated = audit.map_or(0, |audit| audit.isolated);
        table.row(vec![
            part.name().into(),
            day(audit.and_then(|audit| audit.first.clone())),
            day(audit.and_then(|audit| audit.last.clone())),
            rows.into(),
            positives.into(),
            Cell::rate(positives, rows),
            purged.into(),
            isolated.into(),
        ]);
    }
    table
}

/// First and last contact of the rows with this fate.
fn stretch(leads: &Leads, split: &Split, fate: Fate) -> Option<(NaiveDate, NaiveDate, usize)> {
    let fates = split.fates.iter().zip(&leads.contacts);
    let days = fates
        .filter(|(found, _)| **found == fate)
        .map(|(_, day)| *day);
    let days: Vec<NaiveDate> = days.collect();
    Some((*days.iter().min()?, *days.iter().max()?, days.len()))
}

fn span(from: NaiveDate, to: NaiveDate, kind: &str, text: String) -> Span {
    Span {
        from: from.to_string(),
        to: to.to_string(),
        kind: kind.into(),
        text,
    }
}

fn calendar(input: &Input<'_>, split: &Split) -> Picture {
    let leads = &input.leads;
    let mut lanes = Vec::new();
    let mut windows = Vec::new();
    for (part, rows, positives) in counted(leads, split) {
        let mut spans = Vec::new();
        if let Some((from, to, _)) = stretch(leads, split, Fate::Part(part)) {
            let text = folds::counted(rows, positives);
            spans.push(span(from, to, part.name(), text));
            let window = Days::new(input.options.window_days.unsigned_abs());
            if let (Some(first), Some(last)) = (to.succ_opt(), to.checked_add_days(window)) {
                let text = format!("outcomes of {part} become known");
                windows.push(span(first, last, "window", text));
            }
        }
        if let Some((from, to, rows)) = stretch(leads, split, Fate::Purged(part)) {
            let text = format!("{} left out", words::count(rows as u64));
            spans.push(span(from, to, "purged", text));
        }
        lanes.push(Lane {
            label: part.name().into(),
            spans,
        });
    }
    lanes.push(Lane {
        label: "open outcomes".into(),
        spans: windows,
    });
    lanes.extend(folds::lanes(leads, split, input.project.config()));
    let months = input.options.absent_firm_columns.keys();
    lanes.push(Lane {
        label: "vendor months".into(),
        spans: months
            .map(|&day| span(day, day, "vintage", day.format("%Y-%m").to_string()))
            .collect(),
    });
    Picture::Calendar {
        title: "Contacts by part and fold, and the days until their outcome is known".into(),
        lanes,
    }
}
