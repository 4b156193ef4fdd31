//! The labels, counted anew by the rule.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use leadrank_evidence::{Cell, Finding, Section, Severity, Table};
use leadrank_features::Models;

use super::super::part::Part;
use super::super::{Input, Leads};
use crate::words;

/// Statuses with their rule; the first that fits is the lead's.
const STATUSES: [(&str, &str, &str); 5] = [
    (
        "censored",
        "the window after the contact was not over on the analysis date",
        "unknown",
    ),
    ("negative", "no call scheduled by the analysis date", "0"),
    (
        "invalid_timing",
        "a call scheduled before the contact",
        "left out",
    ),
    (
        "positive",
        "a call scheduled within the window, both ends included",
        "1",
    ),
    ("late", "a call scheduled after the window", "0"),
];

/// The rule with its days (domain.md, "Label: exact rule to implement").
#[derive(Clone, Copy)]
struct Rule {
    day: NaiveDate,
    window: i64,
}

impl Rule {
    /// Days from contact to a call that was known on the analysis date.
    fn days_to_call(self, contact: NaiveDate, call: Option<NaiveDate>) -> Option<i64> {
        let known = call.filter(|call| *call <= self.day);
        known.map(|call| (call - contact).num_days())
    }

    fn status(self, contact: NaiveDate, call: Option<NaiveDate>) -> &'static str {
        if (self.day - contact).num_days() < self.window {
            return "censored";
        }
        match self.days_to_call(contact, call) {
            None => "negative",
            Some(days) if days < 0 => "invalid_timing",
            Some(days) if days <= self.window => "positive",
            Some(_) => "late",
        }
    }
}

pub(super) fn part(input: &Input<'_>) -> Part {
    let rule = Rule {
        day: input.day,
        window: input.options.window_days,
    };
    let leads = &input.leads;
    let counts = counts(leads);
    let wrong = wrong(leads, rule);
    let own_models = input.options.models != Models::embedded();
    let labels = &input.dataset.labels;
    let section = Section::new("Labels by the rule")
        .say(format!(
            "A contacted lead is positive when a call was scheduled on the day of contact or within the {} days after it, by calendar days (UTC), as known on {}. Status and label are computed here a second time, from the dates of the lead file alone, and compared with the training dataset. {} leads of the file were never contacted; {} have a scheduled call without a contact and are no rows.",
            rule.window,
            rule.day,
            words::count(labels.leads.saturating_sub(labels.contacted)),
            words::count(labels.call_without_contact)
        ))
        .table(status_table(&counts, leads.len() as u64))
        .table(border_table(leads, rule));
    Part {
        findings: vec![finding(&wrong, leads.len() as u64, own_models)],
        sections: vec![section],
        ..Part::default()
    }
}

fn counts(leads: &Leads) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    for status in &leads.statuses {
        *counts.entry(status.as_str()).or_insert(0) += 1;
    }
    counts
}

/// Leads whose status or label is not that of the rule, by (found, by the rule).
fn wrong(leads: &Leads, rule: Rule) -> BTreeMap<(String, &'static str), u64> {
    let mut wrong = BTreeMap::new();
    for row in 0..leads.len() {
        let by_rule = rule.status(leads.contacts[row], leads.calls[row]);
        let label = match by_rule {
            "positive" => Some(true),
            "negative" | "late" => Some(false),
            _ => None,
        };
        if leads.statuses[row] != by_rule || leads.labels[row] != label {
            let key = (leads.statuses[row].clone(), by_rule);
            *wrong.entry(key).or_insert(0) += 1;
        }
    }
    wrong
}

fn finding(wrong: &BTreeMap<(String, &str), u64>, all: u64, own_models: bool) -> Finding {
    let id = "statistics.labels";
    let differ: u64 = wrong.values().sum();
    if differ == 0 {
        return Finding::new(
            id,
            Severity::Pass,
            format!(
                "Each of {} contacted leads has exactly one status, and it is that of the rule",
                words::count(all)
            ),
        )
        .rows(0, all)
        .things("leads");
    }
    let severity = if own_models {
        Severity::Warn
    } else {
        Severity::Fail
    };
    let mut examples = Table::new("Labels that differ", &["status", "by the rule", "#leads"]);
    for ((found, by_rule), count) in wrong {
        let cells = vec![found.as_str().into(), (*by_rule).into(), (*count).into()];
        examples.row(cells);
    }
    Finding::new(
        id,
        severity,
        format!("{differ} contacted leads have another label than the rule gives"),
    )
    .because(format!("{differ} of {all} leads, computed from the dates of the lead file alone."))
    .remedy(if own_models {
        "this project has SQL models of its own: see whether sql/features/01_contacted_leads.sql says what is meant"
    } else {
        "make the training dataset again; please report it if labels still differ"
    })
    .rows(differ, all).things("leads")
    .examples(examples)
    .strength(1e3)
}

fn status_table(counts: &BTreeMap<&str, u64>, all: u64) -> Table {
    let mut table = Table::new(
        "What became of each contacted lead",
        &[
            "status",
            "rule, the first that fits",
            "label",
            "#leads",
            "#share",
        ],
    );
    for (status, rule, label) in STATUSES {
        let count = counts.get(status).copied().unwrap_or(0);
        table.row(vec![
            status.into(),
            rule.into(),
            label.into(),
            count.into(),
            Cell::share(count, all),
        ]);
    }
    table
}

/// Cases at the borders of the rule, with what they became.
fn border_table(leads: &Leads, rule: Rule) -> Table {
    let mut table = Table::new(
        "Cases at the borders of the rule",
        &["case", "must be", "#leads", "#are"],
    )
    .note("Calls are those known on the analysis date; contacts whose window is still open are counted in the last line only.");
    let window = rule.window;
    let calls = [
        (
            "a call on the day before the contact".to_owned(),
            -1,
            "invalid_timing",
        ),
        ("a call on the day of contact".to_owned(), 0, "positive"),
        (format!("a call on day {window}"), window, "positive"),
        (format!("a call on day {}", window + 1), window + 1, "late"),
    ];
    let mut row = |case: String, must: &str, rows: &[usize]| {
        let are = rows.iter().filter(|&&row| leads.statuses[row] == must);
        table.row(vec![
            case.into(),
            must.replace('_', " ").into(),
            (rows.len() as u64).into(),
            (are.count() as u64).into(),
        ]);
    };
    let last_open = rule.day.checked_sub_days(Days::new(window.unsigned_abs()));
    for (case, days, must) in calls {
        let rows: Vec<usize> = (0..leads.len())
            .filter(|&row| last_open.is_some_and(|last| leads.contacts[row] <= last))
            .filter(|&row| rule.days_to_call(leads.contacts[row], leads.calls[row]) == Some(days))
            .collect();
        row(case, must, &rows);
    }
    let contacted = |day: Option<NaiveDate>| -> Vec<usize> {
        let rows = 0..leads.len();
        rows.filter(|&row| Some(leads.contacts[row]) == day)
            .collect()
    };
    let closed = contacted(last_open);
    let known: Vec<usize> = closed
        .iter()
        .copied()
        .filter(|&row| leads.statuses[row] != "censored")
        .collect();
    table.row(vec![
        format!("contacted {window} days before the analysis date").into(),
        "known".into(),
        (closed.len() as u64).into(),
        (known.len() as u64).into(),
    ]);
    let open = contacted(last_open.and_then(|day| day.succ_opt()));
    let censored = open
        .iter()
        .filter(|&&row| leads.statuses[row] == "censored")
        .count();
    table.row(vec![
        format!("contacted {} days before the analysis date", window - 1).into(),
        "censored".into(),
        (open.len() as u64).into(),
        (censored as u64).into(),
    ]);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_of_the_rule() {
        let day = NaiveDate::from_ymd_opt(2025, 6, 30).unwrap();
        let rule = Rule { day, window: 30 };
        let at = |back: u64| day.checked_sub_days(Days::new(back)).unwrap();
        let status = |contact: u64, call: Option<u64>| rule.status(at(contact), call.map(at));
        assert_eq!(status(30, None), "negative");
        assert_eq!(status(29, Some(29)), "censored");
        assert_eq!(status(60, Some(60)), "positive");
        assert_eq!(status(60, Some(30)), "positive");
        assert_eq!(status(60, Some(29)), "late");
        assert_eq!(status(60, Some(61)), "invalid_timing");
        // A call of the future is not known yet.
        let future = day.succ_opt();
        assert_eq!(rule.status(at(30), future), "negative");
    }
}
