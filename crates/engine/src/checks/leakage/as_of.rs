//! The gate: every vendor fact of a lead is of a day not after its contact. And how much
//! history there is to learn from, under each policy.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use leadrank_evidence::{
    Cell, Finding, Gate, Measured, Picture, Promise, RateRow, Section, Table, Unit, Verdict,
};
use leadrank_features::{Class, History, catalog};
use leadrank_stats::{proportion, quantile};

use super::cohort::cohort;
use crate::checks::Input;
use crate::checks::part::{Part, severity_of};
use crate::error::{Error, Result};
use crate::words;

/// Rows shown.
const EXAMPLES: usize = 8;

pub(super) async fn part(input: &Input<'_>) -> Result<Part> {
    let mut part = Part::default();
    let matched = pairs(input, &input.leads.months);
    let used = pairs(input, &input.leads.facts);
    let after: Vec<&(usize, NaiveDate, NaiveDate)> = used
        .iter()
        .filter(|(_, contact, month)| month > contact)
        .collect();
    let n = used.len() as u64;
    let history = input.options.history;
    let gate = gate(after.len() as u64, n, history);
    part.findings.push(finding(&gate, &after, n));
    part.gates.push(gate);

    let cohort = cohort(&input.dataset, &input.project.config().gates);
    part.findings.push(of_cohort(&cohort, input));
    part.gates.push(cohort);

    part.sections.push(ages(&matched));
    part.sections.push(coverage(input));
    part.sections.push(policies(input).await?);
    Ok(part)
}

/// Row, contact and vendor month of the leads that have one among these months.
fn pairs(input: &Input<'_>, months: &[Option<NaiveDate>]) -> Vec<(usize, NaiveDate, NaiveDate)> {
    let contacts = input.leads.contacts.iter();
    contacts
        .zip(months)
        .enumerate()
        .filter_map(|(row, (contact, month))| month.map(|month| (row, *contact, month)))
        .collect()
}

/// What the gate says of a dataset that was refused, so that the refusal stays on record.
pub(crate) fn refused(error: &Error) -> Option<Gate> {
    let rows = match error {
        Error::Features(leadrank_features::Error::LaterFacts { leads }) => Some(*leads),
        Error::Broken(broken) if broken.promise == Promise::NoFutureFacts => None,
        _ => return None,
    };
    Some(Gate {
        value: rows.map(|rows| Measured::counted(rows as f64, rows)),
        ..gate(1, 1, History::AsOf)
    })
}

fn gate(after: u64, n: u64, history: History) -> Gate {
    // The hybrid policy looks forward knowingly, and says of how many leads.
    let allowed = history == History::Hybrid;
    Gate {
        id: "leakage.as_of".into(),
        rule: "no vendor fact that a lead's features use is of a day after its contact".into(),
        value: Some(Measured::counted(after as f64, n)),
        unit: Unit::Count,
        verdict: match (n, after) {
            (0, _) => Verdict::NotEnoughData,
            (_, 0) => Verdict::Pass,
            _ if allowed => Verdict::Warn,
            _ => Verdict::Fail,
        },
        action: match allowed {
            true => "load older vendor months, or set features.history to as_of or strict",
            false => "a changed SQL model lets later facts in: compare sql/features with the shipped models",
        }
        .into(),
        brief: crate::checks::quality::brief("leakage rows 0", after == 0),
        forced: None,
    }
}

fn finding(gate: &Gate, after: &[&(usize, NaiveDate, NaiveDate)], n: u64) -> Finding {
    let late = after.len() as u64;
    let headline = match (n, late) {
        (0, _) => "no contacted lead has vendor data from before its contact".to_owned(),
        (_, 0) => format!(
            "no vendor fact is newer than the contact it describes: so for all {} leads that have vendor facts",
            words::count(n)
        ),
        _ if gate.verdict == Verdict::Warn => format!(
            "{} of {} leads rest on vendor facts from a month after their contact, as features.history = \"hybrid\" allows",
            words::count(late),
            words::count(n)
        ),
        _ => format!("{late} leads use vendor facts from after their contact"),
    };
    let mut table = Table::new(
        "Leads with facts from after their contact",
        &["contact", "vendor month", "#days too new"],
    );
    for (_, contact, month) in after.iter().take(EXAMPLES) {
        let days = (*month - *contact).num_days();
        table.row(vec![
            contact.to_string().into(),
            month.to_string().into(),
            Cell::Count(days.unsigned_abs()),
        ]);
    }
    let finding = Finding::new("leakage.as_of", severity_of(gate.verdict), headline)
        .because("Looked at over matched leads, after the join that makes the features, on the day the facts were true for.")
        .rows(late, n)
        .things("leads")
        .examples(table)
        // Nothing else can be believed if this fails.
        .strength(1e6);
    match gate.verdict {
        Verdict::Fail => finding.remedy(gate.action.clone()),
        Verdict::Warn => finding
            .because("Of such a month only what neither drifts nor is changed by a move after the contact is used; the rest is missing. That a lead has it tells that its contact was long ago: judge results on the other leads.")
            .remedy(gate.action.clone()),
        _ => finding,
    }
}

fn of_cohort(gate: &Gate, input: &Input<'_>) -> Finding {
    let clean = input.dataset.coverage.clean;
    let labelled = input.dataset.labels.labelled();
    let share = 100.0 * clean.labelled as f64 / labelled.max(1) as f64;
    let headline = match gate.verdict {
        Verdict::Fail => format!(
            "only {} of {labelled} leads with an outcome have vendor data from before their contact: too few to learn from",
            clean.labelled
        ),
        _ => format!(
            "{} of {} leads with an outcome ({share:.0} %) have vendor data from before their contact; {} of them scheduled a call",
            words::count(clean.labelled),
            words::count(labelled),
            words::count(clean.positives)
        ),
    };
    let newest = input
        .data
        .in_use
        .months(leadrank_sources::FileKind::Reps)
        .into_iter()
        .max();
    let naive = newest.map_or(0, |newest| {
        let leads = input.leads.contacts.iter();
        leads.filter(|contact| **contact < newest).count() as u64
    });
    let finding = Finding::new("leakage.cohort", severity_of(gate.verdict), headline)
        .because(format!(
            "Had every lead been given the newest vendor month, {} of {} contacted leads would have looked into the future.",
            words::count(naive),
            words::count(input.leads.len() as u64)
        ))
        .rows(clean.labelled, labelled)
        .things("leads")
        .strength(1e5);
    match gate.verdict {
        Verdict::Pass => finding,
        _ => finding.remedy("load older vendor months; keep loading each month from now on, since nothing replaces lost history"),
    }
}

fn ages(matched: &[(usize, NaiveDate, NaiveDate)]) -> Section {
    let days: Vec<f64> = matched
        .iter()
        .map(|(_, contact, month)| (*contact - *month).num_days() as f64)
        .collect();
    let mut section = Section::new("How old the facts are at contact");
    let at = |share: f64| quantile::linear(&days, share).map_or(0.0, f64::round);
    if days.is_empty() {
        return section.say("No lead found vendor data from before its contact.");
    }
    section = section.say(format!(
        "Days between the vendor month and the contact, over {} matched leads: median {:.0}, nine in ten at most {:.0}, oldest {:.0}.",
        words::count(days.len() as u64), at(0.5), at(0.9), at(1.0)
    ));
    let borders = [0.0, 31.0, 62.0, 93.0, 184.0, 366.0];
    let mut bars = Vec::new();
    for (place, from) in borders.iter().enumerate() {
        let to = borders.get(place + 1).copied().unwrap_or(f64::INFINITY);
        let count = days
            .iter()
            .filter(|days| (*from..to).contains(*days))
            .count() as u64;
        let label = if to.is_finite() {
            format!("{from:.0}–{:.0}", to - 1.0)
        } else {
            format!("{from:.0}+")
        };
        bars.push((label, count));
    }
    section.draw(Picture::Columns {
        title: "Age of vendor facts at contact".into(),
        across: "days".into(),
        of: "matched leads".into(),
        bars,
    })
}

fn coverage(input: &Input<'_>) -> Section {
    let mut quarters: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (contact, month) in input.leads.contacts.iter().zip(&input.leads.months) {
        let quarter = format!("{} Q{}", contact.year(), contact.month0() / 3 + 1);
        let counts = quarters.entry(quarter).or_default();
        counts.0 += u64::from(month.is_some());
        counts.1 += 1;
    }
    let rows = quarters.into_iter().map(|(label, (matched, all))| RateRow {
        label,
        rate: proportion::estimate(matched, all, 0.95),
    });
    Section::new("Where history reaches")
        .say("Share of contacted leads with vendor data from before their contact, by quarter of contact.")
        .draw(Picture::Rates {
            title: "Leads with vendor data of their time".into(),
            of: "contacted leads with vendor data of their time".into(),
            base: None,
            rows: rows.collect(),
        })
}

/// What each policy of history would have to learn from (domain.md, "Mutability").
async fn policies(input: &Input<'_>) -> Result<Section> {
    let sql = "SELECT t.lead_id, MIN(r.snapshot_as_of) AS first FROM LeadScoring.training_dataset t \
               JOIN LeadScoring.discovery_reps_current r ON r.RepCRD = t.adviser_id \
               WHERE t.snapshot_as_of IS NULL GROUP BY t.lead_id";
    let later = input.rows(sql).await?;
    let mut ids: Vec<String> = later.texts("lead_id")?.into_iter().flatten().collect();
    ids.sort_unstable();
    let leads = &input.leads;
    let limit = input.project.config().freshness.max_age_days;
    let mut counts = [(0_u64, 0_u64); 3];
    let (mut mutable, mut kept) = ([0_u64; 3], [0_u64; 3]);
    for (row, positive) in leads.labelled() {
        let month = leads.months[row];
        let fresh = month.is_some_and(|month| (leads.contacts[row] - month).num_days() <= limit);
        let reached = month.is_some() || ids.binary_search(&leads.ids[row]).is_ok();
        // strict, as-of, hybrid
        let used = [fresh, true, true];
        let drifting = [fresh, month.is_some(), month.is_some()];
        let steady = [fresh, month.is_some(), reached];
        for policy in 0..3 {
            counts[policy].0 += u64::from(used[policy]);
            counts[policy].1 += u64::from(used[policy] && positive);
            mutable[policy] += u64::from(drifting[policy]);
            kept[policy] += u64::from(steady[policy]);
        }
    }
    let of_class = |class: Class| {
        catalog()
            .iter()
            .filter(|feature| feature.class == class && !feature.is_temporal())
            .count()
    };
    let mut table = Table::new(
        "Coverage under each policy",
        &["policy", "#leads to learn from", "#positives", "#with features that drift", "#with what does not move"],
    )
    .note(format!(
        "Features by kind: stable {}, can be moved to the contact date {}, drift {}. The setting is features.history.",
        of_class(Class::Stable), of_class(Class::Calculable), of_class(Class::Mutable)
    ));
    let chosen = &input.project.config().features.history;
    for (policy, name) in ["strict", "as_of", "hybrid"].iter().enumerate() {
        let mark = if name == chosen { " (in use)" } else { "" };
        let (rows, positives) = counts[policy];
        table.row(vec![
            format!("{name}{mark}").into(),
            rows.into(),
            positives.into(),
            Cell::share(mutable[policy], rows),
            Cell::share(kept[policy], rows),
        ]);
    }
    let mut section = Section::new("What to do where there is no history")
        .say(format!("strict learns only from leads whose vendor data is of their time and at most {limit} days old. as_of keeps the others with missing vendor features. hybrid gives them, from the first month after their contact, what neither drifts nor is changed by a move after the contact; the rest stays missing."))
        .say("Under hybrid, and to a lesser degree under as_of, a missing value tells how long ago the contact was: judge such a model on leads that have vendor data of their time.");
    if chosen == "hybrid" {
        section = section.say("hybrid is in use: read results as forward-looking only.");
    }
    Ok(section.table(table))
}

#[cfg(test)]
mod tests {
    use leadrank_evidence::Severity;

    use super::*;

    #[test]
    fn one_late_fact_fails_and_none_to_look_at_is_no_pass() {
        assert_eq!(gate(0, 10, History::AsOf).verdict, Verdict::Pass);
        assert_eq!(gate(1, 10, History::Strict).verdict, Verdict::Fail);
        assert_eq!(gate(0, 0, History::AsOf).verdict, Verdict::NotEnoughData);
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let row = (3, day("2025-01-10"), day("2025-02-01"));
        let finding = finding(&gate(1, 10, History::AsOf), &[&row], 10);
        assert_eq!(finding.severity, Severity::Fail);
        let examples = finding.examples.unwrap();
        assert_eq!(examples.rows[0][2], Cell::Count(22));
    }

    #[test]
    fn under_the_hybrid_policy_later_facts_are_counted_and_warned_of() {
        assert_eq!(gate(0, 10, History::Hybrid).verdict, Verdict::Pass);
        let gate = gate(1_393, 2_951, History::Hybrid);
        assert_eq!(gate.verdict, Verdict::Warn);
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let late = vec![(3, day("2025-01-10"), day("2025-02-01")); 1_393];
        let late: Vec<_> = late.iter().collect();
        let finding = finding(&gate, &late, 2_951);
        assert_eq!(finding.severity, Severity::Warn);
        assert!(
            finding.headline.starts_with("1,393 of 2,951 leads"),
            "{finding:?}"
        );
    }
}
