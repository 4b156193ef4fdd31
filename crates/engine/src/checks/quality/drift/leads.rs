//! Whether the leads of late are like those the model learns from.

use chrono::{Days, NaiveDate};
use leadrank_evidence::{Cell, Finding, Section, Severity, Table};
use leadrank_features::catalog;
use leadrank_learn::split::Rows as _;
use leadrank_stats::profile::{Profile, psi};

use super::{BINS, CALM, chance, percent, word};
use crate::checks::part::Part;
use crate::checks::{Input, Leads};
use crate::error::Result;
use crate::words;

/// Days before the last labelled contact that count as of late.
const RECENT_DAYS: u64 = 90;
/// Fewest leads of late that are compared.
const FEWEST: usize = 100;
/// Rows of the table at least.
const SHOWN: usize = 10;

/// One feature of the leads, then and of late.
struct Moved {
    name: &'static str,
    psi: f64,
    chance: f64,
    before: Profile,
    now: Profile,
    /// Vendor months in which another column stands in for one behind it.
    stand_ins: Vec<NaiveDate>,
}

impl Moved {
    fn months(&self) -> String {
        let months: Vec<String> = self.stand_ins.iter().map(|month| word(*month)).collect();
        months.join(", ")
    }

    fn nulls(profile: &Profile) -> Cell {
        Cell::share(profile.nulls(), profile.n())
    }
}

pub(super) fn part(input: &Input<'_>) -> Result<Part> {
    let mut part = Part::default();
    let leads = &input.leads;
    let mut section = Section::new("Leads of late against training leads");
    let training = match &leads.split {
        Ok(split) => split.refit.indices(),
        Err(reason) => {
            part.sections
                .push(section.say(format!("Not compared: {reason}.")));
            return Ok(part);
        }
    };
    let recent = recent(leads, training);
    if recent.len() < FEWEST {
        part.sections.push(section.say(format!(
            "{} labelled leads of the last {RECENT_DAYS} labelled days stand outside the training part; at least {FEWEST} are needed to compare them.",
            recent.len()
        )));
        return Ok(part);
    }
    let mut moved = Vec::new();
    for feature in catalog() {
        let values = leads.feature(feature.name)?;
        let of = |rows: &[usize]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
        let before = Profile::fit(&of(training), BINS);
        let now = before.count(&of(&recent));
        moved.push(Moved {
            name: feature.name,
            psi: psi(&before, &now)?,
            chance: chance(&before, &now, catalog().len()),
            before,
            now,
            stand_ins: super::stand_ins(feature, &input.options.absent_firm_columns)
                .into_iter()
                .map(|(month, _)| month)
                .collect(),
        });
    }
    moved.sort_by(|a, b| b.psi.total_cmp(&a.psi).then(a.name.cmp(b.name)));
    part.findings
        .push(finding(&moved, training.len(), recent.len()));
    let mut table = Table::new(
        "Features of leads of late against training leads",
        &[
            "feature",
            "#stability index",
            "#by chance up to",
            "#missing of late",
            "#missing in training",
            "stand-in in",
        ],
    )
    .note(format!(
        "All features that moved beyond chance, and the {SHOWN} that moved most; {} are compared.",
        moved.len()
    ));
    for (place, feature) in moved.iter().enumerate() {
        if place >= SHOWN && !(feature.psi >= CALM && feature.psi > feature.chance) {
            continue;
        }
        table.row(vec![
            feature.name.into(),
            Cell::Number(feature.psi),
            Cell::Number(feature.chance),
            Moved::nulls(&feature.now),
            Moved::nulls(&feature.before),
            feature.months().into(),
        ]);
    }
    section = section
        .say(format!(
            "{} labelled leads of the last {RECENT_DAYS} labelled days against the {} training leads. Leads come from another mix of sources over time, so some movement here is usual; the test part, which is of late, shows what it costs.",
            recent.len(),
            training.len()
        ))
        .table(table);
    part.sections.push(section);
    Ok(part)
}

/// Labelled leads of the last days that the model is not fitted on.
fn recent(leads: &Leads, training: &[usize]) -> Vec<usize> {
    let last = leads.labelled().map(|(row, _)| leads.contacts[row]).max();
    let Some(first) = last.and_then(|day| day.checked_sub_days(Days::new(RECENT_DAYS))) else {
        return Vec::new();
    };
    leads
        .labelled()
        .map(|(row, _)| row)
        .filter(|&row| leads.contacts[row] > first && training.binary_search(&row).is_err())
        .collect()
}

fn finding(moved: &[Moved], training: usize, recent: usize) -> Finding {
    let beyond: Vec<&Moved> = moved
        .iter()
        .filter(|feature| feature.psi >= CALM && feature.psi > feature.chance)
        .collect();
    let id = "quality.lead_drift";
    let largest = &moved[0];
    let (recent, training) = (recent as u64, training as u64);
    let Some(first) = beyond.first() else {
        return Finding::new(
            id,
            Severity::Pass,
            format!("Leads of the last {RECENT_DAYS} labelled days look like those the model learns from"),
        )
        .because(format!(
            "The largest stability index of {} features is {:.3} ({}); chance alone gives up to {:.3} with {} leads of late and {} in training.",
            moved.len(), largest.psi, largest.name, largest.chance, words::count(recent), words::count(training)
        ))
        .rows(0, recent)
        .things("leads");
    };
    let names: Vec<&str> = beyond.iter().take(5).map(|feature| feature.name).collect();
    let swapped = beyond
        .iter()
        .filter(|feature| !feature.stand_ins.is_empty());
    let swapped: Vec<String> = swapped
        .map(|feature| format!("{} ({})", feature.name, feature.months()))
        .collect();
    let mut finding = Finding::new(
        id,
        Severity::Note,
        format!(
            "Leads of the last {RECENT_DAYS} labelled days differ from those the model learns from in {} of {} features: {}",
            beyond.len(),
            moved.len(),
            names.join(", ")
        ),
    )
    .because(format!(
        "{} has a stability index of {:.2}, where chance alone gives up to {:.3} ({} leads of late, {} in training); missing on {} of late, {} in training. The index (PSI) is 0 where nothing moved; from 0.1 it is worth a word, from 0.25 it is much.",
        first.name,
        first.psi,
        first.chance,
        words::count(recent),
        words::count(training),
        percent(first.now.nulls(), first.now.n()),
        percent(first.before.nulls(), first.before.n()),
    ))
    .remedy("nothing while the test part shows the model at work on such leads; retrain when a newer month is labelled")
    .rows(beyond.len() as u64, moved.len() as u64)
    .things("features")
    .strength(first.psi);
    if !swapped.is_empty() {
        finding = finding.because(format!(
            "A stand-in for a column that some vendor months lack moves by itself: {}.",
            swapped.join(", ")
        ));
    }
    finding
}
