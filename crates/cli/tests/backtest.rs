//! `leadrank backtest`: models of past days, judged by what came after.

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use common::{fails, succeeds};
use serde_json::Value;

/// A number from 0 to below 1 for a row and a column, well mixed (the finaliser of SplitMix64).
fn drawn(row: u64, column: u64) -> f64 {
    let mut bits = (row * 8 + column + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// 4,000 rows over 800 days; what `amount` says of the outcome turns round after day 640.
fn table(folder: &Path) -> String {
    let mut text = String::from("key,day,amount,noise,won\n");
    let first = chrono::NaiveDate::from_ymd_opt(2023, 1, 1).unwrap();
    for row in 0..4000_u64 {
        let amount = drawn(row, 1);
        let said = if row / 5 < 640 { amount } else { 1.0 - amount };
        let won = u8::from(drawn(row, 3) < 0.02 + 0.35 * said * said);
        let day = first + chrono::Days::new(row / 5);
        writeln!(text, "k{row},{day},{amount:.4},{:.4},{won}", drawn(row, 2)).unwrap();
    }
    let path = folder.join("t.csv");
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

/// The JSON of a backtest of the table, and its scores.
fn tested(folder: &Path, table: &str, more: &[&str]) -> (Value, String) {
    let scores = folder.join("scores.csv");
    let mut arguments = vec![
        "backtest", "--table", table, "--label", "won", "--date", "day", "--id", "key", "--json",
    ];
    let place = scores.to_string_lossy().into_owned();
    arguments.extend(["--scores", &place]);
    arguments.extend(more);
    let mut command = common::command(&arguments);
    let output = command.current_dir(folder).output().unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let found = serde_json::from_slice(&output.stdout).unwrap();
    (found, std::fs::read_to_string(scores).unwrap())
}

fn area(found: &Value, period: &str) -> f64 {
    found["metrics"][period]["auc_roc"]["value"]
        .as_f64()
        .unwrap()
}

#[test]
fn a_world_that_turns_round_shows_in_the_periods_after() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path());
    let (found, scores) = tested(folder.path(), &table, &["--threads", "1"]);
    let names: Vec<&str> = found["periods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|period| period["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["2024 Q1", "2024 Q2", "2024 Q3", "2024 Q4"]);
    for before in ["2024 Q1", "2024 Q2", "2024 Q3"] {
        assert!(
            area(&found, before) > 0.65,
            "{before}: {}",
            area(&found, before)
        );
    }
    // The rows of the last quarter come after the turn.
    assert!(
        area(&found, "2024 Q4") < 0.45,
        "{}",
        area(&found, "2024 Q4")
    );
    let pooled = &found["metrics"]["pooled"]["lift_at_10"];
    for key in ["value", "lo", "hi", "n", "positives"] {
        assert!(pooled[key].is_number(), "{key}");
    }
    // Every row once, by a model that had not seen it, and all of them counted.
    let lines: Vec<&str> = scores.lines().skip(1).collect();
    assert_eq!(lines.len() as u64, pooled["n"].as_u64().unwrap());
    let mut ids: Vec<&str> = lines
        .iter()
        .map(|line| line.split(',').nth(1).unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), lines.len());
    // The page says so first.
    let report = folder.path().join("out/t/reports/backtest_report.json");
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let ids: Vec<&str> = findings
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert!(ids.contains(&"backtest.last"), "{ids:?}");
    assert!(ids.contains(&"backtest.consistency"), "{ids:?}");
    let (again, same) = tested(folder.path(), &table, &["--threads", "2"]);
    assert_eq!(scores, same, "another number of threads, other scores");
    assert_eq!(found, again);
}

#[test]
fn what_can_not_be_tested_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path());
    let with = |more: &[&str]| {
        let fixed = [
            "backtest", "--table", &table, "--label", "won", "--date", "day",
        ];
        fails(&[&fixed[..], more].concat(), 2)
    };
    assert!(with(&["--from", "2026-01-01"]).contains("no whole period"));
    assert!(with(&["--from", "soon"]).contains("no date"));
    assert!(
        with(&[
            "--every",
            "month",
            "--from",
            "2023-01-01",
            "--to",
            "2023-01-31"
        ])
        .contains("no period could be tested")
    );
}

/// On made-up data the truth is known: what the best tenth was worth lies within the interval.
#[test]
fn a_project_is_tested_and_its_lift_is_the_true_one() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().to_string_lossy().into_owned();
    let on = |arguments: &[&str]| succeeds(&[arguments, &["--project", &project]].concat());
    on(&["simulate", "--scale", "0.1", "--seed", "5", "--quiet"]);
    let quick = "[tuning]\nsearch = \"off\"\n[imbalance]\ncontest = false\n";
    let file = folder.path().join("leadrank.toml");
    if !file.is_file() {
        on(&["init", &project]);
    }
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let text = text
        .replace("search = \"halving\"", "search = \"off\"")
        .replace("contest = true", "contest = false");
    std::fs::write(&file, if text.is_empty() { quick.into() } else { text }).unwrap();
    let run: Value = serde_json::from_str(&on(&["run", "--json", "--quiet"])).unwrap();
    let found: Value = serde_json::from_str(&on(&["backtest", "--json", "--quiet"])).unwrap();
    let periods = found["periods"].as_array().unwrap();
    assert!(!periods.is_empty());
    assert!(periods[0]["per_100_dials"][0]["value"].is_number());
    assert!(periods[0]["comparison"]["rows"].as_array().unwrap().len() > 3);

    let mut truth = csv::Reader::from_path(folder.path().join("truth/leads.csv")).unwrap();
    let header = truth.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|known| known == name).unwrap();
    let (id, chance) = (column("lead_id"), column("probability_30d"));
    let true_chance: BTreeMap<String, f64> = truth
        .records()
        .map(|line| line.unwrap())
        .map(|line| (line[id].to_owned(), line[chance].parse().unwrap_or(0.0)))
        .collect();
    let path = folder.path().join("reports/backtest_scores.csv");
    let mut by_period: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for line in csv::Reader::from_path(path).unwrap().records() {
        let line = line.unwrap();
        let margin: f64 = line[2].parse().unwrap();
        by_period
            .entry(line[0].to_owned())
            .or_default()
            .push((margin, true_chance[&line[1]]));
    }
    let (mut best, mut count, mut all, mut n) = (0.0, 0.0, 0.0, 0.0);
    for rows in by_period.values_mut() {
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let tenth = rows.len().div_ceil(10);
        best += rows[..tenth].iter().map(|row| row.1).sum::<f64>();
        count += tenth as f64;
        all += rows.iter().map(|row| row.1).sum::<f64>();
        n += rows.len() as f64;
    }
    let expected = (best / count) / (all / n);
    let lift = &found["metrics"]["pooled"]["lift_at_10"];
    let (lo, hi) = (lift["lo"].as_f64().unwrap(), lift["hi"].as_f64().unwrap());
    assert!(
        lo <= expected && expected <= hi,
        "{expected} outside {lo} to {hi}"
    );

    // The serving model has seen the past: it is not judged by it.
    let model = run["model_id"].as_str().unwrap();
    let arguments = [
        "backtest",
        "--model",
        model,
        "--from",
        "2024-07-01",
        "--project",
        &project,
    ];
    let refused = fails(&arguments, 2);
    assert!(
        refused.contains("has learnt from contacts up to"),
        "{refused}"
    );
    assert!(refused.contains("--from"), "{refused}");
    the_reports_are_written(folder.path(), &on);
}

/// Calibration, explanation, validation and the cheat sheet of the same project.
fn the_reports_are_written(folder: &Path, on: &dyn Fn(&[&str]) -> String) {
    let text = on(&["report"]);
    for word in ["calibration:", "explanation:", "validate:", "cheat sheet:"] {
        assert!(text.contains(word), "{text}");
    }
    for stem in [
        "calibration_report",
        "explanation_report",
        "validation_report",
        "backtest_report",
    ] {
        for ending in ["html", "md", "json"] {
            let path = folder.join(format!("reports/{stem}.{ending}"));
            let bytes = std::fs::read(&path).unwrap_or_else(|_| panic!("{}", path.display()));
            assert!(
                ending != "html" || bytes.len() < 1_000_000,
                "{} is {} bytes",
                path.display(),
                bytes.len()
            );
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                !text.contains("NaN") && !text.contains("example.invalid"),
                "{stem}.{ending}"
            );
        }
    }
    for name in [
        "feature_importance_cheat_sheet.pdf",
        "model_training_report.pdf",
    ] {
        let bytes = std::fs::read(folder.join("reports").join(name)).unwrap();
        assert!(bytes.starts_with(b"%PDF-"), "{name}");
    }
    let validation: Value = serde_json::from_str(&on(&["validate", "--json"])).unwrap();
    let criteria = validation["criteria"].as_array().unwrap();
    for part in ["model", "technical", "business", "operational"] {
        assert!(criteria.iter().any(|one| one["part"] == part), "{part}");
    }
    // Nothing that can't be known has a value, and all else has its rows.
    for one in criteria {
        let unknown = one["standing"] == "unknown";
        assert_eq!(unknown, one["value"].is_null(), "{one}");
        assert!(!one["comment"].as_str().unwrap().is_empty(), "{one}");
    }
    // Scored again the next day: the change of each lead adds up.
    on(&["score", "--as-of", "2026-01-07", "--quiet"]);
    let query = "SELECT COUNT(*) AS n, MAX(ABS(probability - probability_before - change_by_data \
                 - change_by_model - change_by_calibration)) AS off FROM \
                 LeadScoring.lead_scores_current WHERE change IS NOT NULL";
    let rows: Value = serde_json::from_str(&on(&["sql", query, "--format", "json"])).unwrap();
    assert!(rows[0]["n"].as_u64().unwrap() > 100, "{rows}");
    assert!(rows[0]["off"].as_f64().unwrap() < 1e-9, "{rows}");
}
