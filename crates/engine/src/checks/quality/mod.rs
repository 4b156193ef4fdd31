//! Can this data be used? The scorecard of each delivery, how leads and vendor data fit
//! together, and whether features moved.

mod delivery;
pub mod drift;
mod matching;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_evidence::{Finding, Gate, Measured, Report, Section, Severity, Verdict};
use leadrank_sources::{FileKind, Scorecard, Status};

pub(in crate::checks) use delivery::brief;
pub use delivery::judge;

use super::data::Input;
use crate::error::Result;
use crate::project::Project;

/// The scorecard of what is loaded, and of what waits in the raw folder.
///
/// # Errors
/// When a table can't be read.
pub async fn check(input: &Input<'_>) -> Result<Report> {
    let mut report = input.report("quality", "Can this data be used?");
    let cards = leadrank_sources::scorecards(&input.data.session, input.project.known).await?;
    deliveries(input, &cards, &mut report);
    waiting(input.project, input, &mut report);
    matching::part(input).await?.add_to(&mut report);
    let months = input.data.in_use.months(FileKind::Reps);
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
    let mut files = Section::new("Deliveries")
        .say("Each file beside the one it replaces, else beside that of the month before.")
        .table(delivery::files_table(&cards))
        .table(matching::match_table(input));
    if let Some(card) = chosen(&cards, input.request.month) {
        files = files.table(delivery::columns_table(card));
    }
    report.sections.insert(0, files);
    report.settle();
    report.answer = answer(&report);
    Ok(report)
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
fn deliveries(input: &Input<'_>, cards: &[Scorecard], report: &mut Report) {
    let mut worst: BTreeMap<String, Gate> = BTreeMap::new();
    for card in cards {
        let forced = forced(card);
        let quarantined = card
            .files
            .iter()
            .any(|file| file.load.status == Status::Quarantined);
        let opinion = delivery::opinion(card, &input.project.config().gates);
        for mut gate in opinion.gates {
            if gate.verdict == Verdict::Fail {
                gate.forced.clone_from(&forced);
            }
            match worst.get(&gate.id) {
                Some(known) if (known.verdict, !known.stops()) <= (gate.verdict, !gate.stops()) => {
                }
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
    if !report
        .findings
        .iter()
        .any(|finding| finding.severity <= Severity::Warn)
    {
        report.find(
            Finding::new(
                "quality.deliveries",
                Severity::Pass,
                format!(
                    "{judged} files of {} deliveries are as the ones before",
                    cards.len()
                ),
            )
            .because("Rows, columns, fill rates, unreadable cells and units compared.")
            .rows(judged, judged)
            .things("files"),
        );
    }
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

/// Months in the raw folder that wait for the rest of their files.
fn waiting(project: &Project, input: &Input<'_>, report: &mut Report) {
    // A folder that is gone, or holds what can't be told apart, is for `ingest` to say.
    let Ok(waiting) = leadrank_sources::waiting(&project.raw(), &input.data.in_use) else {
        return;
    };
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
        _ => "Yes: deliveries are complete and as the ones before, advisers are found, nothing came in another unit.".into(),
    }
}
