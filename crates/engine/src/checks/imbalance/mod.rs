//! How rare scheduled calls are, where they are too rare to judge by, and what could be done
//! about it (the brief's step 3.3).

mod parts;
mod power;
mod spread;
mod strategies;

use leadrank_evidence::{Report, Severity};
use leadrank_learn::split::Part;

use crate::checks::Input;
use crate::checks::classes::outcomes::Outcomes;
use crate::checks::part;
use crate::error::Result;

/// Gives the ratio of classes in all leads, in groups and in the parts of the split, what the
/// brief's eight strategies would do to the training leads, and how far their results could be
/// told apart; judges the gates `imbalance.ratio` and `imbalance.positives`. Limits: domain.md,
/// "Validation gates and thresholds".
///
/// # Errors
/// When a feature is not in the training dataset.
pub async fn check(input: &Input<'_>) -> Result<Report> {
    let mut report = input.report(
        "imbalance",
        "How rare are scheduled calls, and what follows from that?",
    );
    let split = match &input.leads.split {
        Ok(split) => split,
        Err(reason) => {
            part::undivided(&["imbalance.ratio", "imbalance.positives"], reason)
                .add_to(&mut report);
            report.answer = part::UNDIVIDED.into();
            return Ok(report);
        }
    };
    let outcomes = Outcomes::of(input);
    let (stretches, blocks) = (parts::parts(split), parts::blocks(input));
    parts::judge(input, &outcomes, &stretches, &blocks)?.add_to(&mut report);
    let (positives, rows) = split
        .audit
        .part(Part::Train)
        .map_or((0, 0), |train| (train.positives, train.rows));
    strategies::judge(positives, rows - positives).add_to(&mut report);
    power::judge(&stretches, &blocks).add_to(&mut report);
    report.settle();
    report.answer = answer(&report);
    Ok(report)
}

fn answer(report: &Report) -> String {
    let said = |id: &str| {
        let found = report.findings.iter().find(|finding| finding.id == id);
        found.map(|finding| finding.headline.as_str())
    };
    let ratio = said("imbalance.ratio").unwrap_or("There is no ratio");
    let alarm = report
        .findings
        .iter()
        .find(|finding| finding.severity <= Severity::Warn && finding.id != "imbalance.ratio");
    match alarm {
        Some(alarm) => format!("{ratio}. Look first at this: {}.", alarm.headline),
        None => format!(
            "{ratio}. {}.",
            said("imbalance.power").map_or_else(String::new, capital)
        ),
    }
}

/// With a capital first letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
