//! Does the model see the future?

mod adversarial;
mod as_of;
mod backfill;
mod cohort;
mod control;
mod duplicates;
mod engagement;
mod identity;
mod missingness;
mod mobility;
mod replay;
mod seed_query;
mod too_good;
mod trial;

use leadrank_evidence::{Report, Severity};

pub use cohort::before_training;

use super::data::Input;
use crate::error::Result;

/// What leakage is.
const ABOUT: &str = "Leakage is when a model learns from something that nobody can know on the day it has to decide: a fact from after the contact, a field that is filled in because a call was scheduled, the same adviser in training and in the test. Such a model looks good on paper and fails with the sales team. What was looked at stands below, with its figures.";

/// The leakage audit (the brief's step 3.2): when facts were true, whether the past is
/// rewritten, what predicts too well, what was filled in afterwards, who stands on both
/// sides.
///
/// # Errors
/// When a table can't be read.
pub async fn check(input: &Input<'_>) -> Result<Report> {
    let mut report = input.report("leakage", "Does the model see the future?");
    report.about = ABOUT.into();
    as_of::part(input).await?.add_to(&mut report);
    replay::part(input).await?.add_to(&mut report);
    backfill::part(input).await?.add_to(&mut report);
    too_good::part(input)?.add_to(&mut report);
    missingness::part(input).await?.add_to(&mut report);
    engagement::part(input).await?.add_to(&mut report);
    identity::part(input).await?.add_to(&mut report);
    control::part(input)?.add_to(&mut report);
    adversarial::part(input).await?.add_to(&mut report);
    duplicates::part(input).await?.add_to(&mut report);
    seed_query::part(input).await?.add_to(&mut report);
    report.settle();
    report.answer = answer(&report);
    Ok(report)
}

/// The answer in a sentence.
fn answer(report: &Report) -> String {
    let count = |severity: Severity| {
        let of = |finding: &&leadrank_evidence::Finding| finding.severity == severity;
        report.findings.iter().filter(of).count()
    };
    let failed = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Fail);
    let mut failed = failed.peekable();
    if failed.peek().is_some() && failed.all(|finding| finding.id == "leakage.cohort") {
        return "It can't be told yet: there is too little history from before the contacts to learn from.".into();
    }
    match (report.severity(), count(Severity::Fail), count(Severity::Warn)) {
        (Severity::Fail, fails, _) => format!(
            "Yes, or it may: {fails} of {} things looked at would make the model look better than it will be. Mend them before you believe a number.",
            report.findings.len()
        ),
        (Severity::Warn, _, warns) => format!(
            "{} a look before a result is believed. No clear leak was found.",
            match warns {
                0 => "A rule that is not met needs".to_owned(),
                1 => "One thing needs".to_owned(),
                _ => format!("{warns} things need"),
            }
        ),
        _ => "No sign of it: every fact is older than the contact it describes, the past can be made again, and nothing predicts better than is plausible.".into(),
    }
}
