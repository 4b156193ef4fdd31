//! A feature that looks at the analysis date, or at a later month, does not pass.

use std::path::Path;

use leadrank_engine::checks::leakage;
use leadrank_evidence::{Report, Severity};

use crate::project::{ask, request};

/// Replaces a part of a shipped SQL model in the project's own copy.
fn change_model(root: &Path, name: &str, part: &str, by: &str) {
    let shipped = leadrank_features::models();
    let full = format!("features/{name}.sql");
    let (_, text) = shipped.iter().find(|(known, _)| *known == full).unwrap();
    let own = root.join("sql").join(full);
    let text = std::fs::read_to_string(&own).unwrap_or_else(|_| (*text).to_owned());
    assert!(text.contains(part), "{part}");
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

const UNSAID: Change = (
    "05_lead_facts",
    "IFNULL(m.snapshot_as_of > t.target_date, FALSE) AS later",
    "FALSE AS later",
);

fn leak(seed: u64, changes: &[Change]) -> leadrank_engine::Result<Report> {
    let change = |project: &mut leadrank_engine::Project| {
        for (name, part, by) in changes {
            change_model(&project.root, name, part, by);
        }
    };
    ask((50, seed, None), request(), change, leakage::check)
}

fn replay_fails_first(report: &Report) {
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
fn facts_of_a_later_month_are_refused_before_anything_is_written() {
    let refused = |seed: u64, changes: &[Change]| {
        let error = leak(seed, changes).err();
        error.map(|error| error.to_string()).unwrap_or_default()
    };
    let text = refused(72, &[ANY_MONTH]);
    assert!(text.contains("after their contact"), "{text}");
    // The same month claimed to be of the lead's time, and not said to be later.
    let text = refused(73, &[ANY_MONTH, CLAIMED, UNSAID]);
    assert!(text.contains("TIME-1"), "{text}");
    // Not claimed at all: the join itself tells.
    let text = refused(74, &[ANY_MONTH, UNSAID]);
    assert!(text.contains("TIME-1"), "{text}");
}

#[test]
fn a_refusal_stays_on_record_as_a_failed_gate() {
    let mut root = None;
    let change = |project: &mut leadrank_engine::Project| {
        change_model(&project.root, ANY_MONTH.0, ANY_MONTH.1, ANY_MONTH.2);
        root = Some(project.clone());
    };
    let refused = ask((50, 75, None), request(), change, leakage::check);
    assert!(refused.is_err());
    let recorded = leadrank_engine::gates::recorded(&root.unwrap()).unwrap();
    let gate = &recorded["leakage.as_of"].gate;
    assert_eq!(gate.verdict, leadrank_evidence::Verdict::Fail);
    assert!(gate.value.unwrap().value > 0.0, "{gate:?}");
}
