//! Can this data be used? The scorecard of each delivery, how leads and vendor data fit
//! together, and whether features moved.

mod delivery;
pub mod drift;
mod matching;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_evidence::{Finding, Gate, Measured, Report, Section, Severity, Verdict};
use leadrank_sources::{FileKind, InUse, Scorecard, Status};

pub(in crate::checks) use delivery::brief;
pub use delivery::judge;

use super::data::{Input, Request};
use super::part::not_judged;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::stages::Data;
use crate::words;

/// Gates that ask whether leads and vendor data fit together.
const OF_LEADS: [&str; 5] = [
    "quality.freshness",
    "quality.match",
    "quality.critical",
    "quality.nulls",
    "quality.drift",
];

/// The scorecard of what is loaded, and of what waits in the raw folder.
///
/// # Errors
/// When a month is asked for that is neither loaded nor waits, or a table can't be read.
pub async fn check(input: &Input<'_>) -> Result<Report> {
    let mut report = input.report("quality", QUESTION);
    let (project, in_use) = (input.project, &input.data.in_use);
    let cards =
        leadrank_sources::scorecards(&input.data.session, input.project.knowledge()).await?;
    let waiting = waiting(project, in_use);
    is_there(input.request.month, &cards, &waiting)?;
    deliveries(project, &cards, &mut report);
    absent(&waiting, &mut report);
    matching::part(input).await?.add_to(&mut report);
    let months = in_use.months(FileKind::Reps);
    match input.request.month.filter(|month| !months.contains(month)) {
        None => drift::part(input).await?.add_to(&mut report),
        Some(month) => report.find(Finding::new(
            "quality.drift",
            Severity::Note,
            format!(
                "{} is not in use, so no drift was measured of it",
                month.format("%Y-%m")
            ),
        )),
    }
    let mut files = files(&cards).table(matching::match_table(input).await?);
    if let Some(card) = chosen(&cards, input.request.month) {
        files = files.table(delivery::columns_table(card));
    }
    report.sections.insert(0, files);
    report.settle();
    report.answer = answer(&report);
    Ok(report)
}

/// The scorecards alone, where nothing is in use that leads could be matched with: a first
/// delivery that is held back must say why. `reason` says what is not in use.
///
/// # Errors
/// As [`check`]; [`Error::NothingInUse`] where nothing was ever loaded.
pub async fn of_deliveries(
    project: &Project,
    data: &Data,
    request: Request,
    reason: &str,
) -> Result<Report> {
    let cards = leadrank_sources::scorecards(&data.session, project.knowledge()).await?;
    if cards.is_empty() {
        return Err(Error::NothingInUse(reason.to_owned()));
    }
    let mut report = Report::new("quality", QUESTION);
    report.scope = format!(
        "{} deliveries; {}",
        words::count(cards.len() as u64),
        first_clause(reason)
    );
    let waiting = waiting(project, &data.in_use);
    is_there(request.month, &cards, &waiting)?;
    deliveries(project, &cards, &mut report);
    absent(&waiting, &mut report);
    report.gates.extend(not_judged(
        &OF_LEADS,
        "load leads and a vendor month that passes its gates",
    ));
    report.find(
        // That this check says why is plain here.
        Finding::new("quality.in_use", Severity::Fail, first_clause(reason))
            .because("Without leads and a vendor month there is nothing to make features of.")
            .strength(0.0),
    );
    let mut files = files(&cards);
    if let Some(card) = chosen(&cards, request.month) {
        files = files.table(delivery::columns_table(card));
    }
    report.sections.push(files);
    report.settle();
    report.answer = answer(&report);
    Ok(report)
}

fn first_clause(text: &str) -> &str {
    text.split("; ").next().unwrap_or(text)
}

const QUESTION: &str = "Can this data be used?";

fn files(cards: &[Scorecard]) -> Section {
    Section::new("Deliveries")
        .say("Each file beside the one it replaces, else beside that of the month before.")
        .table(delivery::files_table(cards))
}

/// Refuses a month that nobody delivered.
fn is_there(
    month: Option<NaiveDate>,
    cards: &[Scorecard],
    waiting: &[(NaiveDate, Vec<String>)],
) -> Result<()> {
    let Some(month) = month else {
        return Ok(());
    };
    let loaded: Vec<NaiveDate> = cards
        .iter()
        .filter_map(|card| card.snapshot_as_of)
        .collect();
    if loaded.contains(&month) || waiting.iter().any(|(day, _)| *day == month) {
        return Ok(());
    }
    let word = |day: &NaiveDate| day.format("%Y-%m").to_string();
    let there: Vec<String> = loaded.iter().map(word).collect();
    Err(Error::Data(format!(
        "vendor month {} is not loaded; there are {}",
        word(&month),
        match there.is_empty() {
            true => "none".into(),
            false => there.join(", "),
        }
    )))
}

/// The delivery whose columns are shown: of the month asked for, else the newest month's.
fn chosen(cards: &[Scorecard], month: Option<NaiveDate>) -> Option<&Scorecard> {
    let monthly = cards.iter().filter(|card| card.snapshot_as_of.is_some());
    match month {
        Some(_) => monthly
            .into_iter()
            .find(|card| card.snapshot_as_of == month),
        None => monthly.max_by_key(|card| card.snapshot_as_of),
    }
}

/// Judges every delivery; of each gate the worst verdict counts.
fn deliveries(project: &Project, cards: &[Scorecard], report: &mut Report) {
    let mut worst: BTreeMap<String, Gate> = BTreeMap::new();
    for card in cards {
        let forced = forced(card);
        let quarantined = card
            .files
            .iter()
            .any(|file| file.load.status == Status::Quarantined);
        let opinion = delivery::opinion(card, &project.config().gates);
        for mut gate in opinion.gates {
            if gate.verdict == Verdict::Fail {
                gate.forced.clone_from(&forced);
            }
            match worst.get(&gate.id) {
                Some(known) if weight(known) <= weight(&gate) => {}
                _ => {
                    worst.insert(gate.id.clone(), gate);
                }
            }
        }
        for mut finding in opinion.findings {
            if quarantined && finding.severity == Severity::Fail {
                finding = finding
                    .because("The delivery is in quarantine; what was in use before stays in use.");
            }
            if let (Some(reason), Severity::Fail) = (&forced, finding.severity) {
                finding.severity = Severity::Warn;
                finding = finding.because(format!("It is in use all the same: {reason}."));
            }
            report.find(finding);
        }
    }
    let order = crate::gates::catalog();
    let place = |id: &str| order.iter().position(|info| info.id == id);
    let mut gates: Vec<Gate> = worst.into_values().collect();
    gates.sort_by_key(|gate| place(&gate.id));
    report.gates.extend(gates);
    let judged = cards.iter().map(|card| card.files.len() as u64).sum();
    let noted = |finding: &Finding| finding.severity <= Severity::Warn;
    if report.findings.iter().any(noted) {
        return;
    }
    let (severity, headline) = match compared(report) {
        true => (
            Severity::Pass,
            format!(
                "{judged} files of {} deliveries are as the ones before",
                cards.len()
            ),
        ),
        false => (
            Severity::Note,
            format!(
                "{judged} files are the first of their kind: there are none before to compare them with"
            ),
        ),
    };
    report.find(
        Finding::new("quality.deliveries", severity, headline)
            .because("Rows, columns, fill rates, unreadable cells and units compared.")
            .rows(judged, judged)
            .things("files"),
    );
}

/// The order in which one verdict on a gate goes before another.
fn weight(gate: &Gate) -> (u8, bool) {
    (gate.verdict.weight(), !gate.stops())
}

/// Whether any delivery could be compared with one before.
fn compared(report: &Report) -> bool {
    let open = |gate: &Gate| gate.verdict == Verdict::NotEnoughData;
    let mut gates = report.gates.iter();
    !gates.any(|gate| gate.id == "quality.rows" && open(gate))
}

/// The reason with which a delivery came into use past its gates.
fn forced(card: &Scorecard) -> Option<String> {
    card.files
        .iter()
        .filter(|file| file.load.status == Status::Accepted)
        .find_map(|file| {
            file.load
                .reason
                .clone()
                .filter(|reason| reason.starts_with("forced"))
        })
}

/// Months in the raw folder that wait for the rest of their files, with what is missing.
fn waiting(project: &Project, in_use: &InUse) -> Vec<(NaiveDate, Vec<String>)> {
    // A folder that is gone, or holds what can't be told apart, is for `ingest` to say.
    let mut waiting = leadrank_sources::waiting(&project.raw(), in_use).unwrap_or_default();
    let last = project.config().as_of;
    waiting.retain(|(month, _)| last.is_none_or(|last| *month <= last));
    waiting
}

fn absent(waiting: &[(NaiveDate, Vec<String>)], report: &mut Report) {
    for (month, absent) in waiting {
        let month = month.format("%Y-%m");
        report.find(
            Finding::new(
                "quality.complete",
                Severity::Fail,
                format!("{} of {month} is missing, so the month is not loaded", absent.join(", ")),
            )
            .because("The month before had it. The last complete month stays in use.")
            .rows(absent.len() as u64, absent.len() as u64)
            .remedy("put the missing file into raw/ and run `leadrank ingest`; --partial loads the month without it")
            .strength(1e3),
        );
        if let Some(gate) = report
            .gates
            .iter_mut()
            .find(|gate| gate.id == "quality.complete")
        {
            gate.verdict = Verdict::Fail;
            gate.value = Some(Measured::counted(absent.len() as f64, absent.len() as u64));
        }
    }
}

fn answer(report: &Report) -> String {
    let worst = report.findings.first();
    match (report.severity(), worst) {
        (Severity::Fail, Some(worst)) => format!("Not as it is: {}.", worst.headline),
        (Severity::Warn, Some(worst)) => format!("Yes, with an eye on this: {}.", worst.headline),
        _ if !compared(report) => "Yes, as far as it can be told: advisers are found, but there is no delivery before this one to compare rows, columns and units with.".into(),
        _ => "Yes: deliveries are complete and as the ones before, advisers are found, nothing came in another unit.".into(),
    }
}
