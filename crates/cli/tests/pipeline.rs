//! From raw files to call list through the binary, and the features against an
//! engine of another make.

mod common;

use std::path::Path;
use std::process::Command;

use common::{fails, leadrank, root, succeeds};
use serde_json::Value;

/// One project for all checks: making it is the costly part.
#[test]
fn a_project_from_simulation_to_call_list() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().to_string_lossy().into_owned();
    let on = |arguments: &[&str]| -> Vec<String> {
        [arguments, &["--project", &project]]
            .concat()
            .into_iter()
            .map(String::from)
            .collect()
    };
    strings(&on(&["simulate", "--scale", "0.05", "--seed", "11"]));
    let run: Value = serde_json::from_str(&strings(&on(&["run", "--json"]))).unwrap();
    the_json_has_the_agreed_keys(&run);
    the_call_list_is_whole(folder.path(), &run);
    the_page_is_there_and_light(folder.path());
    the_seeds_queries_run_from_their_files(&on);
    features_equal_another_engines(folder.path(), &run, &on);
    let second = strings(&on(&["run"]));
    assert!(
        second.contains(run["model_id"].as_str().unwrap()),
        "{second}"
    );
    assert!(strings(&on(&["model", "verify"])).contains("unchanged since training"));
    a_damaged_model_is_refused(folder.path(), &run, &on);
}

fn the_json_has_the_agreed_keys(run: &Value) {
    for part in ["train", "calibration", "test"] {
        for name in [
            "auc_roc",
            "auc_pr",
            "brier",
            "brier_skill",
            "ece_width",
            "ece_mass",
        ] {
            for key in ["value", "lo", "hi", "n", "positives"] {
                assert!(
                    run["metrics"][part][name][key].is_number(),
                    "{part}.{name}.{key}"
                );
            }
        }
        for slice in [1, 5, 10, 20] {
            for metric in ["precision", "recall", "lift"] {
                let name = format!("{metric}_at_{slice}");
                assert!(
                    run["metrics"][part][&name]["value"].is_number(),
                    "{part}.{name}"
                );
            }
        }
    }
    let labels = &run["dataset"]["labels"];
    let count = |name: &str| labels[name].as_u64().unwrap();
    let parts = ["positive", "negative", "late", "censored", "invalid_timing"].map(count);
    assert_eq!(parts.iter().sum::<u64>(), count("contacted"));
}

fn the_call_list_is_whole(project: &Path, run: &Value) {
    let mut reader = csv::Reader::from_path(project.join("out/call_list.csv")).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len() as u64, run["score"]["ranked"].as_u64().unwrap());
    let mut probabilities = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(row[0], (place + 1).to_string());
        let probability: f64 = row[3].parse().unwrap();
        assert!(probability > 0.0 && probability < 1.0, "{row:?}");
        probabilities.push(probability);
        // What is not known is not told: no reasons without vendor data.
        if &row[14] == "fallback" {
            assert!(
                row[6].is_empty() && row[11].contains("No vendor record"),
                "{row:?}"
            );
        }
        assert!(!row.iter().any(|cell| cell.contains("NaN")), "{row:?}");
    }
    // Segments have curves of their own, so that neighbours may be out of order, tenths not.
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let tenth = probabilities.len() / 10;
    let (best, worst) = (
        &probabilities[..tenth],
        &probabilities[probabilities.len() - tenth..],
    );
    assert!(mean(best) > mean(worst), "{} {}", mean(best), mean(worst));
    let in_order = rows.iter().filter(|row| row[16].is_empty());
    let tiers: Vec<&str> = in_order.map(|row| row.get(2).unwrap()).collect();
    assert!(tiers.is_sorted(), "tiers are not in the order of ranks");
    for row in &rows {
        // Whom somebody is to call, and nobody else, has a name.
        assert_eq!(&row[2] == "C", row[15].is_empty(), "{row:?}");
    }
    let flagged = rows.iter().filter(|row| &row[5] == "yes").count() as f64;
    assert!(
        (flagged / rows.len() as f64 - 0.2).abs() < 0.03,
        "{flagged} of {}",
        rows.len()
    );
}

fn the_page_is_there_and_light(project: &Path) {
    let page = std::fs::read_to_string(project.join("out/report.html")).unwrap();
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(
        !page.contains("http://www.") && !page.contains("src=\"http"),
        "loads from outside"
    );
    assert!(
        !page.contains("example.invalid"),
        "an e-mail address reached the report"
    );
}

fn the_seeds_queries_run_from_their_files(on: &dyn Fn(&[&str]) -> Vec<String>) {
    for name in ["seed_step_3_2.sql", "seed_step_3_3.sql"] {
        let file = root().join("sql/audit").join(name);
        let arguments = on(&["sql", "-f", &file.to_string_lossy(), "--format", "json"]);
        let rows: Value = serde_json::from_str(&strings(&arguments)).unwrap();
        assert_eq!(rows.as_array().unwrap().len(), 1, "{name}: {rows}");
    }
}

fn strings(arguments: &[String]) -> String {
    succeeds(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// All 69 features, the label and the as-of month of every lead, value for value.
fn features_equal_another_engines(
    project: &Path,
    run: &Value,
    on: &dyn Fn(&[&str]) -> Vec<String>,
) {
    let export = project.join("training_dataset.parquet");
    strings(&on(&[
        "sql",
        "SELECT * FROM LeadScoring.training_dataset",
        "--format",
        "parquet",
        "-o",
        &export.to_string_lossy(),
    ]));
    let constants = project.join("constants.json");
    std::fs::write(&constants, run["dataset"]["constants"].to_string()).unwrap();
    let output = Command::new("python3")
        .env("PYTHONPATH", root().join(".tools/duckdb"))
        .arg(root().join("tests/reference/features_duckdb.py"))
        .arg(project)
        .args(["--as-of", run["as_of"].as_str().unwrap()])
        .arg("--constants")
        .arg(&constants)
        .arg("--export")
        .arg(&export)
        .output()
        .expect("python3 runs; `make setup` brings it");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let problem = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "run `make setup` if duckdb is missing\n{text}\n{problem}"
    );
}

fn a_damaged_model_is_refused(project: &Path, run: &Value, on: &dyn Fn(&[&str]) -> Vec<String>) {
    let model = project
        .join("bundles")
        .join(run["model_id"].as_str().unwrap())
        .join("model.json");
    let mut bytes = std::fs::read(&model).unwrap();
    bytes.push(b' ');
    std::fs::write(&model, bytes).unwrap();
    let arguments = on(&["model", "show"]);
    let message = fails(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), 2);
    assert!(message.contains("changed after training"), "{message}");
}

#[test]
fn raw_files_are_never_mixed_with_made_up_ones() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().to_string_lossy().into_owned();
    succeeds(&["init", &project]);
    std::fs::write(folder.path().join("raw/salesforce_lead.csv"), "Id\n").unwrap();
    let message = fails(&["simulate", "--scale", "0.001", "--project", &project], 2);
    assert!(message.contains("--overwrite"), "{message}");
    // The lead file lacks what it needs: named, nothing loaded.
    let message = fails(&["ingest", "--project", &project], 1);
    assert!(message.contains("salesforce_lead.csv"), "{message}");
    let status = leadrank(&["status", "--project", &project]);
    assert!(String::from_utf8_lossy(&status.stdout).contains("no tables yet"));
}
