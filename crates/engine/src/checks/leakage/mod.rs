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

use leadrank_evidence::{Finding, Report, Severity, Verdict};

pub(crate) use as_of::refused;
pub use cohort::before_training;

use super::data::Input;
use super::part::undivided;
use crate::error::Result;
use crate::words;

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
    let split = input.leads.split.as_ref();
    if split.is_ok() {
        too_good::part(input)?.add_to(&mut report);
    }
    missingness::part(input).await?.add_to(&mut report);
    engagement::part(input).await?.add_to(&mut report);
    identity::part(input).await?.add_to(&mut report);
    match split {
        Ok(_) => {
            control::part(input)?.add_to(&mut report);
            adversarial::part(input).await?.add_to(&mut report);
            duplicates::part(input).await?.add_to(&mut report);
        }
        Err(reason) => undivided(&NEED_PARTS, reason).add_to(&mut report),
    }
    let (query, leaking) = seed_query::part(input).await?;
    query.add_to(&mut report);
    answer_brief(&mut report, leaking);
    if trial::trainer()?.is_none() {
        report.find(
            Finding::new(
                "leakage.trainer",
                Severity::Note,
                "what needs a model was not tried: the trainer is missing",
            )
            .because("Not known without it: whether shuffled labels can be learned, what the model loses without its best features, and whether it can tell training rows from today's leads.")
            .remedy("`make setup` gets the trainer; `leadrank doctor` says whether it is found")
            .strength(50.0),
        );
    }
    report.settle();
    report.answer = answer(&report);
    Ok(report)
}

/// What the brief's own query says of the brief's own demand.
fn answer_brief(report: &mut Report, leaking: Option<u64>) {
    let mut gates = report.gates.iter_mut();
    let cohort = gates.find(|gate| gate.id == "leakage.cohort");
    if let (Some(gate), Some(leaking)) = (cohort, leaking)
        && let Some(brief) = &mut gate.brief
    {
        brief.met = Some(leaking == 0);
    }
}

/// Gates that are judged on the parts of the split.
const NEED_PARTS: [&str; 3] = ["leakage.too_good", "leakage.control", "leakage.duplicates"];

/// What a gate without a verdict leaves unsaid.
fn unproved(report: &Report) -> Vec<&str> {
    let open = |id: &str| {
        let mut gates = report.gates.iter();
        gates.any(|gate| gate.id == id && gate.verdict == Verdict::NotEnoughData)
    };
    let proofs = [
        (
            "leakage.as_of",
            "whether facts are older than the contact they describe",
        ),
        ("leakage.replay", "whether the past can be made again"),
        ("leakage.backfill", "whether past facts were rewritten"),
        (
            "leakage.too_good",
            "whether a feature predicts better than is plausible",
        ),
        ("leakage.control", "whether test rows reach the training"),
        (
            "leakage.duplicates",
            "whether anybody stands on both sides of the split",
        ),
    ];
    let named = proofs.into_iter().filter(|(id, _)| open(id));
    named.map(|(_, what)| what).collect()
}

/// The answer in a sentence.
fn answer(report: &Report) -> String {
    let count = |severity: Severity| {
        let of = |finding: &&Finding| finding.severity == severity;
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
    let unproved = unproved(report);
    let open = match (unproved.is_empty(), report.severity()) {
        (true, _) | (false, Severity::Fail) => String::new(),
        _ => format!(
            " Not everything was looked at: it is open {}.",
            words::list(&unproved)
        ),
    };
    let said = match (report.severity(), count(Severity::Fail), count(Severity::Warn)) {
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
        _ if !unproved.is_empty() => "No sign of it in what was looked at.".into(),
        _ => "No sign of it: every fact is older than the contact it describes, the past can be made again, and nothing predicts better than is plausible.".into(),
    };
    said + &open
}

#[cfg(test)]
mod tests {
    use leadrank_evidence::{Brief, Gate, Unit};

    use super::*;

    fn gate(id: &str, verdict: Verdict) -> Gate {
        Gate {
            id: id.into(),
            rule: String::new(),
            value: None,
            unit: Unit::Count,
            verdict,
            action: String::new(),
            brief: None,
            forced: None,
        }
    }

    #[test]
    fn the_answer_claims_nothing_that_was_not_looked_at() {
        let mut report = Report::new("leakage", "?");
        report.gates = vec![
            gate("leakage.as_of", Verdict::Pass),
            gate("leakage.control", Verdict::Pass),
        ];
        assert!(answer(&report).contains("nothing predicts better"));
        report.gates[1].verdict = Verdict::NotEnoughData;
        let said = answer(&report);
        assert!(!said.contains("nothing predicts better"), "{said}");
        assert!(
            said.contains("whether test rows reach the training"),
            "{said}"
        );
        // A leak is a leak, whatever else is open.
        report.find(Finding::new(
            "leakage.backfill",
            Severity::Fail,
            "rewritten",
        ));
        assert!(!answer(&report).contains("Not everything"));
    }

    #[test]
    fn an_answer_beside_a_warning_begins_with_it() {
        let mut report = Report::new("leakage", "?");
        let warning = || Finding::new("leakage.adversarial", Severity::Warn, "unlike");
        report.find(warning());
        let said = answer(&report);
        assert!(said.starts_with("One thing needs a look"), "{said}");
        report.find(warning());
        assert!(answer(&report).starts_with("2 things need a look"));
    }

    #[test]
    fn the_briefs_demand_is_met_where_its_query_counts_nothing() {
        let met = |leaking| {
            let mut report = Report::new("leakage", "?");
            report.gates = vec![Gate {
                brief: Some(Brief {
                    rule: "no row".into(),
                    met: None,
                }),
                ..gate("leakage.cohort", Verdict::Pass)
            }];
            answer_brief(&mut report, leaking);
            report.gates[0].brief.as_ref().unwrap().met
        };
        assert_eq!(met(Some(0)), Some(true));
        assert_eq!(met(Some(7)), Some(false));
        assert_eq!(met(None), None);
    }
}
