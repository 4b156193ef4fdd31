//! What a user types and reads, verb by verb.

mod common;

use std::fmt::Write as _;

use common::{command, fails, succeeds};
use serde_json::Value;

#[test]
fn the_catalog_lists_all_features() {
    let list: Value = serde_json::from_str(&succeeds(&["features", "--list", "--json"])).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 69);
    let text = succeeds(&["features", "--list"]);
    assert!(
        text.contains("Firm_Stability_Score") && text.contains("TEMPORAL"),
        "{text}"
    );
}

#[test]
fn outside_a_project_the_way_in_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let message = fails(&["run", "--project", &path], 2);
    assert!(message.contains("leadrank init"), "{message}");
}

#[test]
fn an_unknown_setting_is_an_error_with_the_nearest_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    succeeds(&["init", &path]);
    let shown = succeeds(&["config", "show", "--origin", "--project", &path]);
    assert!(shown.contains("tiers.overbook = 1.2  # file"), "{shown}");
    std::fs::write(
        folder.path().join("leadrank.toml"),
        "[tiers]\noverbok = 2.0\n",
    )
    .unwrap();
    let message = fails(&["status", "--project", &path], 2);
    assert!(message.contains("did you mean `overbook`"), "{message}");
}

#[test]
fn sql_refuses_what_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    succeeds(&["init", &path]);
    assert_eq!(
        succeeds(&[
            "sql",
            "SELECT 1/2 AS half",
            "--format",
            "csv",
            "--project",
            &path
        ]),
        "half\n0.5\n"
    );
    // A file keeps the form asked for, and --json still prints one document.
    let file = folder.path().join("a.csv").to_string_lossy().into_owned();
    let arguments = ["sql", "SELECT 1 AS a", "--format", "csv", "-o", &file];
    let told = succeeds(&[&arguments[..], &["--json", "--project", &path]].concat());
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["rows"], 1);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a\n1\n");
    let message = fails(&["sql", "SELECT pg_sleep(1)", "--project", &path], 2);
    assert!(message.to_lowercase().contains("pg_sleep"), "{message}");
    fails(&["sql", "DROP TABLE x", "--project", &path], 2);
}

/// 1,200 rows over two years; the amount drives the outcome, `secret` is it.
fn table() -> String {
    let mut text = String::from("key,day,amount,colour,secret,won\n");
    for row in 0..1200u32 {
        let amount = (row * 7919) % 100;
        let noise = (row * 104_729) % 100;
        let won = u32::from(amount + noise > 120);
        let day = format!(
            "20{:02}-{:02}-{:02}",
            23 + row / 600,
            1 + (row % 600) / 50,
            1 + row % 28
        );
        let colour = ["red", "green", "blue"][(row % 3) as usize];
        writeln!(text, "k{row},{day},{amount},{colour},{won},{won}").unwrap();
    }
    text
}

#[test]
fn any_table_can_be_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(place("t.csv"), table()).unwrap();
    let (file, scores, page) = (place("t.csv"), place("scores.csv"), place("page.html"));
    let out = succeeds(&[
        "train",
        "--table",
        &file,
        "--label",
        "won",
        "--date",
        "day",
        "--id",
        "key",
        "--exclude",
        "secret",
        "--scores",
        &scores,
        "--report",
        &page,
        "--json",
    ]);
    let report: Value = serde_json::from_str(&out).unwrap();
    let auc = &report["metrics"]["test"]["auc_roc"];
    assert!(auc["lo"].as_f64().unwrap() > 0.7, "{auc}");
    assert!(std::fs::read_to_string(&page).unwrap().contains("<svg"));
    let scores = std::fs::read_to_string(&scores).unwrap();
    assert_eq!(scores.lines().count(), 1201);
    assert!(
        scores.starts_with("id,split,margin,probability\nk0,train,"),
        "{}",
        &scores[..80]
    );

    let message = fails(
        &["train", "--table", &file, "--label", "wn", "--date", "day"],
        2,
    );
    assert!(message.contains("the nearest is `won`"), "{message}");
    let message = fails(
        &[
            "train", "--table", &file, "--label", "colour", "--date", "day",
        ],
        2,
    );
    assert!(message.contains("no outcome"), "{message}");
}

#[test]
fn given_test_rows_stay_the_test_rows() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let text = table();
    let mut lines = text.lines();
    let mut with_split = format!("{},part\n", lines.next().unwrap());
    for (row, line) in lines.enumerate() {
        let part = if row >= 900 {
            "TEST"
        } else if row < 10 {
            "other"
        } else {
            "Train"
        };
        writeln!(with_split, "{line},{part}").unwrap();
    }
    std::fs::write(place("t.csv"), with_split).unwrap();
    let (file, scores, page) = (place("t.csv"), place("s.csv"), place("p.html"));
    let out = succeeds(&[
        "train",
        "--table",
        &file,
        "--label",
        "won",
        "--date",
        "day",
        "--split",
        "part",
        "--exclude",
        "secret,key",
        "--scores",
        &scores,
        "--report",
        &page,
        "--json",
    ]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["metrics"]["test"]["auc_roc"]["n"], 300);
    let scores = std::fs::read_to_string(&scores).unwrap();
    let count = |part: &str| {
        scores
            .lines()
            .filter(|line| line.split(',').nth(1) == Some(part))
            .count()
    };
    assert_eq!(count("test"), 300);
    assert!(count("left_out") >= 10);
}

#[test]
fn without_a_trainer_the_leakage_audit_claims_no_more_than_it_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let months = "2024_01,2024_10";
    let simulate = [
        "simulate", "--scale", "0.05", "--seed", "5", "--months", months,
    ];
    succeeds(&[&simulate[..], &["--project", path]].concat());
    succeeds(&["init", path]);
    succeeds(&["ingest", "--quiet", "--project", path]);
    let output = command(&["check", "leakage", "--json", "--project", path])
        .env("LEADRANK_XGBOOST", "/nowhere")
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let check = &answer["checks"][0];
    let said = check["answer"].as_str().unwrap();
    assert!(!said.contains("nothing predicts better"), "{said}");
    assert!(
        said.contains("whether test rows reach the training"),
        "{said}"
    );
    let found = check["findings"].as_array().unwrap();
    assert!(
        found.iter().any(|found| found["id"] == "leakage.trainer"),
        "{found:?}"
    );
    let message = fails(
        &["check", "quality", "--month", "2024_11", "--project", path],
        2,
    );
    assert!(
        message.contains("vendor month 2024-11 is not loaded"),
        "{message}"
    );
}
