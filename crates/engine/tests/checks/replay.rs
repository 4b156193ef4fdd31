//! A feature that looks at the analysis date, or at a later month, does not pass.

use std::path::Path;

use leadrank_engine::checks::leakage;
use leadrank_evidence::{CheckReport, Severity};

use crate::project::{ask, request};

/// Replaces a part of a shipped SQL model in the project's own copy.
fn change_model(root: &Path, name: &str, part: &str, by: &str) {
    let shipped = leadrank_features::models();
    let full = format!("features/{name}.sql");
    let (_, text) = shipped.iter().find(|(known, _)| *known == full).unwrap();
    assert!(text.contains(part), "{part}");
    let own = root.join("sql").join(full);
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    std::fs::write(own, text.replace(part, by)).unwrap();
}

/// A change of a shipped model: its name, the part, and what stands there instead.
type Change = (&'static str, &'static str, &'static str);

const TO_TODAY: Change = (
    "05_lead_facts",
    "DATE_DIFF(t.target_date, m.snapshot_as_of, DAY)",
    "DATE_DIFF(CURRENT_DATE(), m.snapshot_as_of, DAY)",
);
const ANY_MONTH: Change = (
    "03_lead_months",
    "AND (@hybrid OR r.snapshot_as_of <= t.target_date)",
    "",
);
const CLAIMED: Change = (
    "05_lead_facts",
    "IF(m.snapshot_as_of <= t.target_date, m.snapshot_as_of, NULL) AS matched_month",
    "m.snapshot_as_of AS matched_month",
);

fn leak(seed: u64, changes: &[Change]) -> leadrank_engine::Result<CheckReport> {
    let change = |project: &mut leadrank_engine::Project| {
        for (name, part, by) in changes {
            change_model(&project.root, name, part, by);
        }
    };
    ask((50, seed, None), request(), change, leakage::check)
}

fn replay_fails_first(report: &CheckReport) {
    let first = &report.findings[0];
    assert_eq!(
        (first.id.as_str(), first.severity),
        ("leakage.replay", Severity::Fail)
    );
    assert!(first.rows > 0);
}

#[test]
fn tenure_counted_to_today_is_found_by_replay() {
    replay_fails_first(&leak(71, &[TO_TODAY]).unwrap());
}

#[test]
fn facts_of_a_later_month_without_a_date_are_found_by_replay() {
    replay_fails_first(&leak(72, &[ANY_MONTH]).unwrap());
}

#[test]
fn facts_of_a_later_month_are_refused_before_anything_is_written() {
    let refused = leak(73, &[ANY_MONTH, CLAIMED]).err();
    let text = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(text.contains("TIME-1"), "{text}");
}
