//! The reports of a small made-up model: all they say, and that they say what the model says.

use std::collections::BTreeMap;

use leadrank_engine::reports::Stratum;
use leadrank_engine::reports::{Context, Counted};
use serde_json::Value;

use super::*;

const SAMPLE: &str = include_str!("sample.json");

fn sample() -> Value {
    serde_json::from_str(SAMPLE).unwrap()
}

fn model(value: &Value) -> ModelReport {
    serde_json::from_value(value.clone()).unwrap()
}

fn strata() -> Vec<Stratum> {
    let counted = |place: &str, rows, positives| Counted {
        place: place.into(),
        rows,
        positives,
    };
    [
        ("below 100 M", 900, 30),
        ("100 to 500 M", 400, 18),
        ("above 500 M", 300, 15),
    ]
    .map(|(name, rows, positives)| Stratum {
        name: name.into(),
        counts: vec![
            counted("train", rows, positives),
            counted("test", rows / 3, positives / 3),
        ],
    })
    .to_vec()
}

fn markdown_of(value: &Value) -> String {
    let strata = strata();
    let context = Context {
        strata: Some(&strata),
        ..Context::of_leads("Model 3f9a1c07 of project sample", &[])
    };
    let model = model(value);
    let made = [
        reports::selection(&model, &context),
        reports::training(&model, &context),
    ];
    made.map(|made| report::markdown(&made, IMAGES).text)
        .join("\n")
}

#[test]
fn the_reports_say_all_that_development_decided() {
    insta::assert_snapshot!(markdown_of(&sample()));
}

#[test]
fn the_same_model_gives_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let context = Context::of_leads("Model 3f9a1c07", &[]);
    let files = || -> BTreeMap<PathBuf, Vec<u8>> {
        let written = write(folder.path(), &model(&sample()), &context).unwrap();
        written
            .into_iter()
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    };
    let first = files();
    assert_eq!(first, files());
    let names: Vec<&str> = first
        .keys()
        .filter_map(|path| path.file_name()?.to_str())
        .collect();
    assert_eq!(
        names,
        [
            "feature_importance.csv",
            "feature_selection_report.html",
            "feature_selection_report.json",
            "feature_selection_report.md",
            "imbalance_strategies.csv",
            "model_training_report.html",
            "model_training_report.json",
            "model_training_report.md",
            "model_training_report.pdf",
            "selected_features.json",
            "tuning_trials.csv",
        ]
    );
    for (path, bytes) in first {
        if path.extension().is_some_and(|ending| ending == "pdf") {
            assert!(bytes.starts_with(b"%PDF-"));
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("NaN"), "{}", path.display());
        if path.extension().is_some_and(|ending| ending == "md") {
            let links = text.split("](images/").skip(1);
            let linked = links.filter_map(|rest| rest.split(')').next());
            for name in linked {
                assert!(folder.path().join("reports/images").join(name).is_file());
            }
        }
    }
}

#[test]
fn files_of_another_model_do_not_stay() {
    let folder = tempfile::tempdir().unwrap();
    let context = Context::of_leads("Model 3f9a1c07", &[]);
    write(folder.path(), &model(&sample()), &context).unwrap();
    let mut without = sample();
    without["development"] = Value::Null;
    without["undeveloped"] = "there are too few rows".into();
    let written = write(folder.path(), &model(&without), &context).unwrap();
    let reports = folder.path().join(FOLDER);
    assert!(!reports.join("tuning_trials.csv").exists());
    assert!(!reports.join("images/feature_selection_1.svg").exists());
    assert!(reports.join("images/training_1.svg").is_file());
    assert_eq!(written.len(), 8);
    let text = std::fs::read_to_string(reports.join("feature_selection_report.md")).unwrap();
    assert!(text.contains("There are too few rows."), "{text}");
}

/// A number of the model, by its place.
fn shown(pointer: &str, value: Value) {
    let mut changed = sample();
    let place = changed.pointer_mut(pointer);
    *place.unwrap_or_else(|| panic!("no {pointer}")) = value;
    let (before, after) = (markdown_of(&sample()), markdown_of(&changed));
    assert_ne!(before, after, "{pointer} is not shown");
}

#[test]
fn every_number_stems_from_the_model() {
    for pointer in [
        "/split/parts/0/rows",
        "/split/parts/1/purged",
        "/development/folds/folds/2/past/positives",
        "/development/folds/folds/2/judge/rows",
        "/development/folds/folds/1/isolated",
        "/development/selection/features/0/rank",
        "/development/stability/chosen/HNW_Client_Ratio",
        "/development/sets/2/rounds",
        "/development/sets/1/features/0",
        "/development/contest/arms/1/rounds",
        "/development/rounds",
        "/comparison/rows/2/n",
        "/comparison/rows/3/columns",
        "/metrics/test/auc_pr/n",
    ] {
        shown(pointer, 77.into());
    }
    for pointer in [
        "/development/selection/features/1/iv",
        "/development/selection/features/1/iv_chance",
        "/development/selection/features/0/share",
        "/development/stability/jaccard",
        "/development/sets/0/ahead_of_large",
        "/development/sets/0/interval/hi",
        "/development/contest/choice/rows/1/score",
        "/development/contest/choice/rows/1/auc_pr/mean",
        "/development/contest/choice/rows/1/calibration_error/interval/lo",
        "/development/contest/choice/rows/1/effective_weight",
        "/development/contest/choice/rows/1/against_none/adjusted_p",
        "/development/contest/choice/rows/1/against_none/auc_pr/interval/lo",
        "/development/tuned/trials/0/folds/0/auc_pr",
        "/development/tuned/chosen/point/lambda",
        "/development/curve/29",
        "/development/scores/1/auc_roc",
        "/development/scores/1/train_auc_pr",
        "/metrics/train/auc_roc/value",
        "/metrics/test/lift_at_10/lo",
        "/comparison/rows/1/metrics/brier/value",
        "/comparison/rows/2/against_model/0/lo",
        "/comparison/rows/2/against_model/1/p",
    ] {
        shown(pointer, 0.7654.into());
    }
}
