//! What a user types to handle deliveries, and what comes back.

use std::path::Path;

use leadrank_sources::FileKind;
use serde_json::Value;

use crate::common::{fails, leadrank, succeeds};

/// A project with two vendor months and a few leads, written by hand.
fn project(folder: &Path) -> String {
    let raw = folder.join("raw");
    std::fs::create_dir_all(&raw).unwrap();
    std::fs::write(folder.join("leadrank.toml"), "").unwrap();
    for (month, miles) in [("2025_09", 1), ("2025_10", 2)] {
        for territory in ["t1", "t2"] {
            put(folder, territory, month, &reps(|_| miles.to_string()));
        }
    }
    let leads =
        (1..=50).map(|rep| format!("00Q{rep:03},{rep},2025-11-0{}T00:00:00.000Z", 1 + rep % 9));
    let leads = whole(
        FileKind::Lead,
        "Id,FA_CRD__c,Stage_Entered_Contacting__c",
        leads,
    );
    std::fs::write(raw.join("salesforce_lead.csv"), leads).unwrap();
    folder.to_string_lossy().into_owned()
}

fn reps(miles: impl Fn(u64) -> String) -> String {
    let rows = (1..=100).map(|rep| format!("{rep},7,{},3.5,Yes", miles(rep)));
    let header =
        "RepCRD,RIAFirmCRD,MilesToWork,DateOfHireAtCurrentFirm_NumberOfYears,IsPrimaryRIAFirm";
    whole(FileKind::Reps, header, rows)
}

/// A file of these columns, with all others that its kind declares, empty: a first delivery
/// without a column that features need would be held back.
fn whole(kind: FileKind, header: &str, rows: impl Iterator<Item = String>) -> String {
    let own: Vec<&str> = header.split(',').collect();
    let declared = kind.contract().columns.iter().map(|column| column.name);
    let others: Vec<&str> = declared.filter(|name| !own.contains(name)).collect();
    let empty = ",".repeat(others.len());
    let rows: Vec<String> = rows.map(|row| format!("{row}{empty}\n")).collect();
    format!("{header},{}\n{}", others.join(","), rows.concat())
}

fn put(folder: &Path, territory: &str, month: &str, content: &str) {
    let name = format!("raw/discovery_{territory}_{month}.csv");
    std::fs::write(folder.join(name), content).unwrap();
}

const MILES: &str = "SELECT SUM(MilesToWork) AS miles FROM LeadScoring.discovery_reps_current \
                     WHERE snapshot_as_of = '2025-10-01'";

fn miles(project: &str, more: &[&str]) -> String {
    let query = [
        &["sql", MILES, "--format", "csv", "--project", project],
        more,
    ]
    .concat();
    let answer = succeeds(&query);
    let last = answer.lines().last().unwrap_or_default();
    last.trim_matches('"').to_owned()
}

#[test]
fn an_incomplete_month_waits_and_partial_loads_it() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    std::fs::remove_file(folder.path().join("raw/discovery_t2_2025_10.csv")).unwrap();
    let output = leadrank(&["ingest", "--project", &project]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("T2 is missing") && text.contains("--partial"),
        "{text}"
    );
    assert_eq!(miles(&project, &[]), "");
    succeeds(&["ingest", "--partial", "--project", &project]);
    assert_eq!(miles(&project, &[]), "200.0");
}

#[test]
fn a_bad_revision_is_held_back_forced_and_taken_out_again() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    succeeds(&["ingest", "--project", &project]);
    assert_eq!(miles(&project, &[]), "400.0");

    // Half of a column can't be read: the good revision stays.
    let bad = reps(|rep| {
        if rep % 2 == 0 {
            "Osseo".into()
        } else {
            "50".into()
        }
    });
    put(folder.path(), "t1", "2025_10", &bad);
    let held = leadrank(&["ingest", "--json", "--project", &project]);
    assert_eq!(held.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&held.stdout).unwrap();
    let reasons = report["held_back"][0]["reasons"].to_string();
    assert!(reasons.contains("MilesToWork"), "{reasons}");
    assert_eq!(miles(&project, &[]), "400.0");

    succeeds(&["ingest", "--force", "the town moved", "--project", &project]);
    assert_eq!(miles(&project, &[]), "2700.0");
    let reason = succeeds(&[
        "sql",
        "SELECT reason FROM LeadScoring.loads_in_use WHERE delivery = '2025_10-r2'",
        "--project",
        &project,
    ]);
    assert!(reason.contains("the town moved"), "{reason}");

    let refused = fails(
        &["ingest", "--withdraw", "2025_10", "--project", &project],
        2,
    );
    assert!(refused.contains("--force"), "{refused}");
    succeeds(&[
        "ingest",
        "--withdraw",
        "2025_10",
        "--force",
        "it did not",
        "--project",
        &project,
    ]);
    // The first revision is back, whole.
    assert_eq!(miles(&project, &[]), "400.0");
}

#[test]
fn a_past_state_of_knowledge_is_read_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    succeeds(&["ingest", "--project", &project]);
    assert_eq!(miles(&project, &["--as-known-on", "2200-01-01"]), "400.0");
    let before = leadrank(&[
        "sql",
        MILES,
        "--as-known-on",
        "2020-01-01",
        "--project",
        &project,
    ]);
    assert!(before.status.success());
    assert!(!String::from_utf8_lossy(&before.stdout).contains("400"));
    for verb in ["run", "train", "score", "features", "ingest"] {
        let message = fails(
            &[verb, "--as-known-on", "2025-11-01", "--project", &project],
            2,
        );
        assert!(message.contains("past state"), "{message}");
    }
}

#[test]
fn a_diff_says_what_changed_and_what_was_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    succeeds(&["ingest", "--project", &project]);
    let text = succeeds(&["ingest", "--diff", "2025_09,2025_10", "--project", &project]);
    // A month has passed and the years at the firm are the same: within what rounding explains.
    assert!(
        text.contains("day of hire                0 of 100"),
        "{text}"
    );
    assert!(
        text.contains("MilesToWork") && text.contains("100 changed"),
        "{text}"
    );
    let message = fails(&["ingest", "--diff", "2025_10", "--project", &project], 2);
    assert!(message.contains("one revision only"), "{message}");

    let rewritten = reps(|_| "2".into()).replace(",3.5,", ",1.5,");
    put(folder.path(), "t1", "2025_10", &rewritten);
    let loaded = leadrank(&["ingest", "--project", &project]);
    let said = String::from_utf8_lossy(&loaded.stderr);
    assert!(
        said.contains("ALARM: 2025_10-r2 says of the past something else than 2025_10-r1")
            && said.contains("100 of 100 advisers"),
        "{said}"
    );
    let diff = ["ingest", "--diff", "2025_10", "--project", &project];
    let told = leadrank(&diff);
    assert_eq!(told.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&told.stdout).contains("ALARM"));
    let told = leadrank(&[&diff[..], &["--json"]].concat());
    let diff: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(
        (&diff["before"], &diff["after"]),
        (&"2025_10-r1".into(), &"2025_10-r2".into())
    );
    assert_eq!(diff["same_month"], true);
    let hired = diff["past"]
        .as_array()
        .unwrap()
        .iter()
        .find(|past| past["fact"] == "hired")
        .unwrap();
    assert_eq!(
        (hired["compared"].as_u64(), hired["rewritten"].as_u64()),
        (Some(100), Some(100))
    );
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_the_rest_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    put(folder.path(), "t2", "2025_10", "RepCRD,MilesToWork\n1,2\n3");
    let output = leadrank(&["ingest", "--project", &project]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("CAN'T BE READ") && said.contains("last line is cut off"),
        "{said}"
    );
    let status = succeeds(&["status", "--project", &project]);
    assert!(
        status.contains("vendor months in use (1): 2025-09"),
        "{status}"
    );
    assert!(
        status.contains("not loaded: 2025-10 (discovery_t2_2025_10.csv"),
        "{status}"
    );
    put(folder.path(), "t2", "2025_10", &reps(|_| "2".into()));
    succeeds(&["ingest", "--project", &project]);
    assert!(!succeeds(&["status", "--project", &project]).contains("not loaded"));
}

#[test]
fn verdicts_tell_when_and_by_what_and_checks_pass_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    succeeds(&["ingest", "--project", &project]);
    let status = succeeds(&["status", "--project", &project]);
    assert!(status.contains("by ingest: quality."), "{status}");
    let message = fails(
        &["check", "quality", "--force", "try", "--project", &project],
        2,
    );
    assert!(message.contains("judges and stops nothing"), "{message}");
    // A month that failed, taken in by force, is told so until it holds.
    put(folder.path(), "t1", "2025_10", &reps(|_| String::new()));
    assert_eq!(
        leadrank(&["ingest", "--project", &project]).status.code(),
        Some(1)
    );
    succeeds(&[
        "ingest",
        "--force",
        "the vendor told us",
        "--project",
        &project,
    ]);
    let status = succeeds(&["status", "--project", &project]);
    assert!(status.contains("passed by force by ingest"), "{status}");
    assert!(status.contains("the vendor told us"), "{status}");
}

#[test]
fn training_stops_at_the_floor_of_clean_rows_and_goes_on_by_force_only() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().to_string_lossy().into_owned();
    let simulate = [
        "simulate",
        "--scale",
        "0.05",
        "--hazard",
        "late-snapshot",
        "--project",
        &project,
    ];
    succeeds(&simulate);
    let message = fails(&["run", "--project", &project], 1);
    assert!(
        message.contains("leakage.cohort") && message.contains("--force"),
        "{message}"
    );
    let status: Value =
        serde_json::from_str(&succeeds(&["status", "--json", "--project", &project])).unwrap();
    let gates = status["gates"].as_array().unwrap();
    let cohort = gates
        .iter()
        .find(|gate| gate["id"] == "leakage.cohort")
        .unwrap();
    assert_eq!(cohort["last"]["gate"]["verdict"], "fail");
    assert_eq!(cohort["last"]["by"], "train");
    assert!(succeeds(&["status", "--project", &project]).contains("not judged yet"));
}

#[test]
fn training_stops_where_the_data_know_the_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().to_string_lossy().into_owned();
    let simulate = [
        "simulate",
        "--scale",
        "0.1",
        "--seed",
        "11",
        "--hazard",
        "backfill",
        "--project",
        &project,
    ];
    succeeds(&simulate);
    let message = fails(&["run", "--project", &project], 1);
    assert!(message.contains("leakage.backfill"), "{message}");
    assert!(!folder.path().join("out/call_list.csv").exists());
    let output = crate::common::command(&["run", "--force", "a rehearsal", "--project", &project])
        .env("LEADRANK__TUNING__SEARCH", "off")
        .env("LEADRANK__IMBALANCE__CONTEST", "false")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let status = succeeds(&["status", "--project", &project]);
    assert!(
        status.contains("leakage.backfill was passed by force by train"),
        "{status}"
    );
}
