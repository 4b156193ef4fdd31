//! A small whole bundle for tests.

use leadrank_learn::Matrix;
use leadrank_stats::platt::Platt;
use leadrank_trees::Model;
use serde_json::{Value, json};

use super::{FORMAT_VERSION, Files, golden, to_json};

/// Margin = .5 − 1.2 · [years at firm ≥ 2 or unknown] + .8 · [new to firm].
pub(crate) fn model() -> Model {
    Model::from_bytes(include_bytes!("../../tests/fixtures/two_stumps.json")).unwrap()
}

pub(crate) fn names() -> Vec<String> {
    ["DateOfHireAtCurrentFirm_NumberOfYears", "Is_New_To_Firm"]
        .map(String::from)
        .to_vec()
}

pub(crate) fn probability(_segment_value: Option<f64>, margin: f64) -> f64 {
    let calibration = Platt {
        slope: 0.9,
        intercept: -3.0,
    };
    calibration.probability(margin)
}

/// `bundle.json` as format 1 wrote it.
pub(crate) fn manifest_1(seed: u64) -> Value {
    let part = |part: &str, rows: u64, positives: u64, first: &str, last: &str| {
        json!({ "part": part, "rows": rows, "positives": positives, "first": first, "last": last,
                "purged": 0, "isolated": 0 })
    };
    json!({
        "format_version": 1, "leadrank_version": "0.1.0", "as_of": "2025-10-31", "seed": seed,
        "window_days": 30, "features": names(), "calculable": "at_contact",
        "constants": { "average_account_size_p75": 1.0, "average_account_size_median": null,
                       "firm_stability_score_median": 2.5, "aum_per_client_median": 0.5,
                       "fitted_on_rows": 500 },
        "recipe": { "max_depth": 1 }, "rounds": 2,
        "calibration": { "slope": 0.9, "intercept": -3.0 },
        "split": { "parts": [ part("train", 500, 20, "2024-01-01", "2024-10-01"),
                              part("stop", 100, 4, "2024-11-01", "2024-12-01"),
                              part("calibration", 100, 4, "2025-01-01", "2025-03-01"),
                              part("test", 200, 8, "2025-04-01", "2025-09-01") ],
                   "rows": 900, "unlabelled": 0, "undated": 0, "left_out": 0, "horizon_days": 30,
                   "test_chosen_by": "fraction", "test_is_newest": true,
                   "inner_borders_purged": true },
        "labels": { "leads": 1000, "call_without_contact": 0, "contacted": 950, "positive": 36,
                    "negative": 860, "late": 4, "censored": 50, "invalid_timing": 0 },
        "training_rows_sha256": "ab", "raw_files": { "salesforce_lead.csv": "cd" },
    })
}

/// `metrics.json` as small as it may be.
pub(crate) fn metrics() -> Value {
    let estimate = |value: f64| {
        json!({ "value": value, "lo": value - 0.05, "hi": value + 0.05, "n": 200, "positives": 8,
                "chance": 0.5 })
    };
    json!({
        "split": manifest_1(1)["split"],
        "metrics": { "test": { "auc_roc": estimate(0.62), "auc_pr": estimate(0.07) } },
        "curves": { "precision_recall": [], "cumulative_gain": [], "deciles": [],
                    "reliability": [] },
        "explanation": { "features": [], "sources": [], "swarm": [] },
        "recipe": { "max_depth": 1 }, "rounds": 2,
        "trained_with": "xgboost 3.1.3", "columns": 2,
    })
}

/// The files of a bundle; another seed makes another bundle.
pub(crate) fn files(seed: u64) -> Files {
    let mut manifest = manifest_1(seed);
    manifest["format_version"] = json!(FORMAT_VERSION);
    let mut data = Vec::new();
    for row in 0..200_u16 {
        data.extend([f32::from(row) / 20.0, f32::from(row % 2)]);
    }
    let matrix = Matrix::new(names(), data).unwrap();
    let rows: Vec<usize> = (0..200).collect();
    let of = |_, margin| probability(None, margin);
    let golden = golden::pick(&model(), of, |_| None, &matrix, &rows);
    let json = |name: &str, value: &Value| (name.to_owned(), to_json(name, value).unwrap());
    Files::from([
        json("bundle.json", &manifest),
        json("metrics.json", &metrics()),
        (
            golden::FILE.to_owned(),
            to_json(golden::FILE, &golden).unwrap(),
        ),
        ("model.json".to_owned(), model().to_json()),
        ("model.ubj".to_owned(), model().to_ubj()),
        ("MODEL_CARD.md".to_owned(), b"# Model card\n".to_vec()),
    ])
}
