//! `leadrank model …` as a user types it, on one small made-up project with three models.

mod common;

use std::path::{Path, PathBuf};

use common::{fails, leadrank, succeeds};
use serde_json::Value;

/// A project with its models, oldest first; the last one serves.
struct Fixture {
    folder: PathBuf,
    ids: Vec<String>,
    /// What the last one goes without.
    feature: String,
}

impl Fixture {
    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let project = self.folder.to_str().unwrap();
        [arguments, &["--project", project]].concat()
    }

    fn text(&self, arguments: &[&str]) -> String {
        succeeds(&self.arguments(arguments))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// An error; standard error.
    fn error(&self, arguments: &[&str]) -> String {
        fails(&self.arguments(arguments), 2)
    }

    /// Something is broken, and said on standard output with exit code 1.
    fn broken(&self, arguments: &[&str]) -> String {
        let output = leadrank(&self.arguments(arguments));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}\n{text}");
        text
    }

    fn bundles(&self) -> PathBuf {
        self.folder.join("bundles")
    }

    fn serving(&self) -> String {
        let list = self.json(&["model", "list"]);
        let serving = list
            .as_array()
            .unwrap()
            .iter()
            .find(|card| card["serving"] == true);
        serving.unwrap()["id"].as_str().unwrap().to_owned()
    }
}

/// One project for all checks: making it is the costly part.
#[test]
fn models_are_listed_compared_promoted_verified_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = made(folder.path());
    the_list_has_every_model_with_its_figures(&fixture);
    one_model_is_shown_by_the_beginning_of_its_id(&fixture);
    a_diff_says_what_changed_and_who_moved(&fixture);
    a_rehearsal_changes_nothing(&fixture);
    promoting_and_rolling_back_are_recorded(&fixture);
    the_history_says_what_served_when(&fixture);
    all_models_verify(&fixture);
    every_form_is_exported(&fixture, folder.path());
    the_calibration_in_sql_is_the_models(&fixture, folder.path());
    a_changed_bundle_is_found_and_does_not_serve(&fixture);
    a_changed_history_is_found(&fixture);
}

fn made(folder: &Path) -> Fixture {
    let mut fixture = Fixture {
        folder: folder.to_path_buf(),
        ids: Vec::new(),
        feature: String::new(),
    };
    fixture.text(&["simulate", "--scale", "0.05", "--seed", "11"]);
    let settings = folder.join("leadrank.toml");
    let first = std::fs::read_to_string(&settings).unwrap();
    // What the settings say is what the models are made of, without a search for better ones.
    let first = first.replace("search = \"halving\"", "search = \"off\"");
    std::fs::write(&settings, &first).unwrap();
    let run = fixture.json(&["run"]);
    let mut ids = vec![run["model_id"].as_str().unwrap().to_owned()];
    let bundle = folder.join("bundles").join(&ids[0]).join("bundle.json");
    let manifest: Value = serde_json::from_slice(&std::fs::read(bundle).unwrap()).unwrap();
    fixture.feature = manifest["features"][0].as_str().unwrap().to_owned();
    let deeper = first.replace("max_depth = 2", "max_depth = 3");
    let fewer = first.replace(
        "exclude = []",
        &format!("exclude = [\"{}\"]", fixture.feature),
    );
    for changed in [deeper, fewer] {
        assert_ne!(changed, first);
        std::fs::write(&settings, changed).unwrap();
        let trained = fixture.json(&["train"]);
        ids.push(trained["model_id"].as_str().unwrap().to_owned());
    }
    fixture.ids = ids;
    fixture
}

fn the_list_has_every_model_with_its_figures(fixture: &Fixture) {
    let list = fixture.json(&["model", "list"]);
    let list = list.as_array().unwrap();
    let ids: Vec<&str> = list
        .iter()
        .map(|card| card["id"].as_str().unwrap())
        .collect();
    let newest_first: Vec<&str> = fixture.ids.iter().rev().map(String::as_str).collect();
    assert_eq!(ids, newest_first);
    for card in list {
        for key in ["value", "lo", "hi", "n", "chance"] {
            assert!(
                card["auc_roc"][key].is_number() && card["auc_pr"][key].is_number(),
                "{card}"
            );
        }
        assert!(card["rows"].as_u64().unwrap() > card["positives"].as_u64().unwrap());
        assert!(card["promoted_at"].is_string());
    }
    let text = fixture.text(&["model", "list"]);
    assert!(text.starts_with(&format!("* {}", fixture.ids[2])), "{text}");
    assert!(
        text.contains("serving since") && text.contains("AUC-PR"),
        "{text}"
    );
}

fn one_model_is_shown_by_the_beginning_of_its_id(fixture: &Fixture) {
    let id = &fixture.ids[0];
    let shown = fixture.json(&["model", "show", &id[..8]]);
    assert_eq!(shown["id"], **id);
    assert_eq!(shown["serving"], false);
    assert_eq!(shown["manifest"]["recipe"]["max_depth"], 2);
    assert!(shown["metrics"]["test"]["auc_roc"]["lo"].is_number());
    let text = fixture.text(&["model", "show"]);
    for part in [
        "## Intended use",
        "## Ethical",
        "max_depth",
        "Firm_Stability_Score",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let wrong = format!("{}x", &id[..11]);
    let message = fixture.error(&["model", "show", &wrong]);
    assert!(message.contains(&format!("nearest is `{id}`")), "{message}");
}

fn a_diff_says_what_changed_and_who_moved(fixture: &Fixture) {
    let [first, deeper, fewer] = [0, 1, 2].map(|place| fixture.ids[place].as_str());
    let diff = fixture.json(&["model", "diff", first, deeper]);
    assert_eq!(diff["same_training_rows"], true);
    assert!(diff["files"].as_array().unwrap().is_empty());
    let settings = diff["settings"].as_array().unwrap();
    let depth = settings
        .iter()
        .find(|change| change["name"] == "recipe.max_depth")
        .unwrap();
    assert_eq!((&depth["a"], &depth["b"]), (&2.into(), &3.into()));
    let rows: Vec<u64> = diff["scores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scores| {
            let spearman = scores["spearman"].as_f64().unwrap();
            assert!(spearman > 0.5 && spearman < 1.0, "{spearman}");
            let changed = scores["deciles_changed"].as_f64().unwrap();
            assert!(changed > 0.0 && changed < 1.0, "{changed}");
            assert!(scores["tiers_changed"].is_number());
            let largest = &scores["largest"][0];
            assert!(
                largest["because"][0]["shift"].as_f64().unwrap() != 0.0,
                "{largest}"
            );
            scores["n"].as_u64().unwrap()
        })
        .collect();
    assert!(rows[0] >= 100 && rows[1] > 1_000, "{rows:?}");
    // A lead is named by its id; golden rows have none.
    let named = |place: usize| {
        diff["scores"][place]["largest"][0]["lead"]
            .as_str()
            .unwrap()
    };
    assert!(
        named(0).starts_with("golden row") && named(1).starts_with("00Q"),
        "{}",
        named(1)
    );

    let diff = fixture.json(&["model", "diff", first, fewer]);
    let removed = diff["features_removed"].as_array().unwrap();
    assert!(
        removed.contains(&fixture.feature.as_str().into()),
        "{removed:?}"
    );
    assert!(diff["features_moved"].as_array().unwrap().is_empty());
    assert_eq!(diff["same_test_period"], true);
    let text = fixture.text(&["model", "diff", first, fewer]);
    let removed = format!("removed  {}", fixture.feature);
    for part in [removed.as_str(), "Spearman", "AUC-PR", "furthest moved"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains('@'), "an address: {text}");
}

/// Every file of the project with its bytes, but the lock.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("lock") {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path, bytes));
            }
        }
    }
    found.sort();
    found
}

fn a_rehearsal_changes_nothing(fixture: &Fixture) {
    let before = files(&fixture.folder);
    let plan = fixture.json(&[
        "model",
        "promote",
        &fixture.ids[0],
        "--why",
        "x",
        "--dry-run",
    ]);
    assert_eq!(plan["plan"]["from"], *fixture.ids[2]);
    assert_eq!(plan["needs_force"], false);
    let text = fixture.text(&["model", "rollback", "--why", "x", "--dry-run"]);
    assert!(
        text.contains(&fixture.ids[1]) && text.contains("nothing was changed"),
        "{text}"
    );
    let to = fixture.folder.join("never");
    let text = fixture.text(&[
        "model",
        "export",
        &fixture.ids[0],
        "--to",
        to.to_str().unwrap(),
        "--dry-run",
    ]);
    assert!(
        text.contains("mlflow/MLmodel") && text.contains("would be written"),
        "{text}"
    );
    assert!(!to.exists());
    assert_eq!(before, files(&fixture.folder));
}

fn promoting_and_rolling_back_are_recorded(fixture: &Fixture) {
    let ids = &fixture.ids;
    let message = fixture.error(&["model", "promote", &ids[0]]);
    assert!(message.contains("--why"), "{message}");
    let moved = fixture.json(&[
        "model",
        "promote",
        &ids[0][..9],
        "--why",
        "steadier",
        "--by",
        "ann",
    ]);
    assert_eq!(
        (&moved["moved"], &moved["from"]),
        (&true.into(), &(*ids[2]).into())
    );
    assert_eq!(fixture.serving(), ids[0]);
    let again = fixture.text(&["model", "promote", &ids[0], "--why", "again"]);
    assert!(again.contains("serves already"), "{again}");
    // What served before the promotion, then what served before that.
    fixture.text(&["model", "rollback", "--why", "worse", "--by", "bob"]);
    assert_eq!(fixture.serving(), ids[2]);
    fixture.text(&["model", "rollback", "--why", "worse still"]);
    assert_eq!(fixture.serving(), ids[1]);
    fixture.text(&["model", "rollback", "--why", "and that"]);
    assert_eq!(fixture.serving(), ids[0]);
    let message = fixture.error(&["model", "rollback", "--why", "no more"]);
    assert!(message.contains("nothing to go back to"), "{message}");
    // The call list follows the model that serves.
    assert_eq!(fixture.json(&["score"])["model_id"], *ids[0]);
}

fn the_history_says_what_served_when(fixture: &Fixture) {
    let history = fixture.json(&["model", "history"]);
    let history = history.as_array().unwrap();
    let actions: Vec<&str> = history
        .iter()
        .map(|line| line["action"].as_str().unwrap())
        .collect();
    let wanted = [
        "train", "train", "train", "promote", "rollback", "rollback", "rollback",
    ];
    assert_eq!(actions, wanted);
    assert_eq!(
        (&history[3]["who"], &history[3]["why"]),
        (&"ann".into(), &"steadier".into())
    );
    let text = fixture.text(&["model", "history"]);
    assert!(text.contains("by bob: worse"), "{text}");
    let today = &history[0]["at"].as_str().unwrap()[..10];
    let on = fixture.json(&["model", "history", "--on", today]);
    assert_eq!(on["served"][0]["id"], *fixture.ids[0]);
    let long_ago = fixture.text(&["model", "history", "--on", "2001-01-01"]);
    assert!(
        long_ago.contains("no model served on 2001-01-01"),
        "{long_ago}"
    );
}

fn all_models_verify(fixture: &Fixture) {
    let verified = fixture.json(&["model", "verify", "--all"]);
    assert_eq!(verified["holds"], true, "{verified}");
    assert_eq!(verified["models"].as_array().unwrap().len(), 3);
    let text = fixture.text(&["model", "verify"]);
    assert!(text.contains("unchanged since training"), "{text}");
    assert!(
        text.contains("100 rows score as when it was trained"),
        "{text}"
    );
    // Features only: nothing that names a person.
    let golden = fixture.bundles().join(&fixture.ids[0]).join("golden.json");
    let golden = std::fs::read_to_string(golden).unwrap();
    assert!(!golden.contains("00Q"), "a lead's id is in golden.json");
}

fn every_form_is_exported(fixture: &Fixture, folder: &Path) {
    let to = folder.join("export");
    let to = to.to_str().unwrap();
    let id = fixture.ids[0].as_str();
    let export = fixture.json(&["model", "export", &id[..6], "--to", to]);
    for file in export["files"].as_array().unwrap() {
        let path = Path::new(to).join(file["path"].as_str().unwrap());
        assert_eq!(
            std::fs::metadata(path).unwrap().len(),
            file["bytes"].as_u64().unwrap()
        );
    }
    for name in [
        "MODEL_CARD.md",
        "xgboost/model.json",
        "xgboost/model.ubj",
        "onnx/model.onnx",
        "mlflow/MLmodel",
        "mlflow/input_example.json",
        "mlflow/requirements.txt",
        "mlflow/conda.yaml",
        "mlflow/python_env.yaml",
        "bigquery/create_model.sql",
        "bigquery/predict.sql",
    ] {
        assert!(Path::new(to).join(name).is_file(), "{name}");
    }
    let in_bundle = std::fs::read(fixture.bundles().join(id).join("model.ubj")).unwrap();
    for copy in ["xgboost/model.ubj", "mlflow/model.ubj"] {
        assert_eq!(std::fs::read(Path::new(to).join(copy)).unwrap(), in_bundle);
    }
    // BigQuery takes inputs by name only from a file that names and types them.
    let model: Value =
        serde_json::from_slice(&std::fs::read(Path::new(to).join("xgboost/model.json")).unwrap())
            .unwrap();
    let count = |key: &str| model["learner"][key].as_array().unwrap().len();
    let shown = fixture.json(&["model", "show", id]);
    let features = shown["manifest"]["features"].as_array().unwrap().len();
    assert_eq!(
        (count("feature_names"), count("feature_types")),
        (features, features)
    );
    let message = fixture.error(&["model", "export", id, "--to", to]);
    assert!(message.contains("--overwrite"), "{message}");
    fixture.text(&[
        "model",
        "export",
        id,
        "--to",
        to,
        "--overwrite",
        "--format",
        "xgboost",
    ]);
    assert!(!Path::new(to).join("mlflow/MLmodel").exists());
    fixture.text(&["model", "export", id, "--to", to, "--overwrite"]);
}

/// The query for BigQuery, with the import's answer put in by hand, on our own engine.
fn the_calibration_in_sql_is_the_models(fixture: &Fixture, folder: &Path) {
    let golden = fixture.bundles().join(&fixture.ids[0]).join("golden.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    let predict = std::fs::read_to_string(folder.join("export/bigquery/predict.sql")).unwrap();
    let start = predict.find("ML.PREDICT(").unwrap();
    let end = predict.find(")\nORDER BY").unwrap();
    for row in [0, 50, 99] {
        let row = &golden["rows"][row];
        let margin: f32 = row["margin"].as_str().unwrap().parse().unwrap();
        let margin = f64::from(margin);
        let own = 1.0 / (1.0 + (-margin).exp());
        let decides = match row["segment_value"].as_f64() {
            Some(value) => format!("{value:?}"),
            None => "NULL".into(),
        };
        let answer = format!(
            "(SELECT 'a' AS lead_id, CAST({decides} AS FLOAT64) AS TotalAssetsInMillions, \
             {own:?} AS predicted_label)\n"
        );
        let query = [&predict[..start], &answer, &predict[end..]].concat();
        let query = query.trim_end().trim_end_matches(';');
        let file = folder.join("calibrated.sql");
        std::fs::write(&file, query).unwrap();
        let rows = fixture.json(&["sql", "-f", file.to_str().unwrap()]);
        let found = rows[0]["probability"].as_f64().unwrap();
        let wanted = row["probability"].as_f64().unwrap();
        assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
    }
}

fn a_changed_bundle_is_found_and_does_not_serve(fixture: &Fixture) {
    let id = &fixture.ids[1];
    let card = fixture.bundles().join(id).join("MODEL_CARD.md");
    let whole = std::fs::read_to_string(&card).unwrap();
    std::fs::write(&card, whole.replace("Out of scope", "In scope")).unwrap();
    let text = fixture.broken(&["model", "verify", id]);
    assert!(
        text.contains("broken") && text.contains("changed after training"),
        "{text}"
    );
    assert!(
        text.contains("100 rows score as when it was trained"),
        "{text}"
    );
    fixture.broken(&["model", "verify", "--all"]);
    fixture.text(&["model", "verify"]);
    let text = fixture.error(&["model", "promote", id, "--why", "x"]);
    assert!(text.contains("changed after training"), "{text}");
    fixture.error(&["model", "promote", id, "--why", "x", "--dry-run"]);
    assert_eq!(fixture.serving(), fixture.ids[0]);
    assert!(fixture.text(&["model", "list"]).contains("damaged"));
    std::fs::write(&card, whole).unwrap();
    fixture.text(&["model", "verify", id]);
}

fn a_changed_history_is_found(fixture: &Fixture) {
    let ledger = fixture.bundles().join("history.jsonl");
    let whole = std::fs::read_to_string(&ledger).unwrap();
    std::fs::write(&ledger, whole.replace("steadier", "faster")).unwrap();
    let text = fixture.broken(&["model", "verify"]);
    assert!(text.contains("before line 5"), "{text}");
    // The last line is vouched for by the pointer.
    std::fs::write(&ledger, whole.replace("and that", "and this")).unwrap();
    let text = fixture.broken(&["model", "verify"]);
    assert!(text.contains("changed by hand"), "{text}");
    let promote = ["model", "promote", &fixture.ids[2], "--why", "x"];
    let text = fixture.error(&promote);
    assert!(text.contains("--force"), "{text}");
    assert_eq!(fixture.serving(), fixture.ids[0]);
    std::fs::write(&ledger, whole).unwrap();
    fixture.text(&["model", "verify"]);
    fixture.text(&promote);
    assert_eq!(fixture.serving(), fixture.ids[2]);
}
