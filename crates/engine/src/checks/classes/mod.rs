//! Who schedules a call, how soon, and whether the labels can be believed (the brief's step 3.1).

pub(in crate::checks) mod groups;
mod headline;
pub(in crate::checks) mod outcomes;
mod segments;
mod timing;
mod weekday;
mod wording;

pub(crate) use groups::{AUM_TIERS, aum_tier};
use leadrank_evidence::{Report, Severity};

use crate::checks::Input;
use crate::error::Result;
use crate::words;

/// Counts the classes under every label in use, by what is known at contact and by the days to
/// the call, and judges the gates `classes.rate`, `classes.timing`, `classes.censored` and
/// `classes.weekday`. Limits: domain.md, "Validation gates and thresholds".
///
/// # Errors
/// When a query fails.
pub async fn check(input: &Input<'_>) -> Result<Report> {
    let mut report = input.report(
        "classes",
        "Who schedules a call, how soon, and can the labels be believed?",
    );
    let outcomes = outcomes::Outcomes::of(input);
    let headline = headline::Headline::of(input, &outcomes);
    let timing = timing::Timing::of(input, &outcomes);
    let segments = segments::Segments::of(input, &outcomes)?;
    let wording = wording::judge(input, &headline, &timing, &segments).await?;
    headline.judge(input).add_to(&mut report);
    timing.judge(input).add_to(&mut report);
    weekday::judge(input, &outcomes).add_to(&mut report);
    segments.judge(input).add_to(&mut report);
    wording.add_to(&mut report);
    report.settle();
    report.answer = answer(&report, &headline);
    Ok(report)
}

fn answer(report: &Report, headline: &headline::Headline) -> String {
    let rate = match headline.ours.rate() {
        Some(rate) => format!(
            "{} of {} leads with a known outcome schedule a call in time ({} to {}).",
            words::percent(rate.value),
            words::count(rate.n),
            words::percent(rate.lo),
            words::percent(rate.hi)
        ),
        None => "No lead has a known outcome yet.".into(),
    };
    let alarms: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.severity <= Severity::Warn)
        .map(|finding| finding.headline.as_str())
        .collect();
    match alarms.first() {
        Some(first) => format!("{rate} Look first at this: {first}."),
        None => format!("{rate} The labels look as they should."),
    }
}
