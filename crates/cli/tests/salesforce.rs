//! From an org and back: `ingest salesforce`, `run`, `sync`, against the stand-in.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::succeeds;
use leadrank_evidence::Promise;
use leadrank_test_org::{Fault, Field, Kind, Options, Org, When};
use serde_json::{Value, json};

/// A project beside an org that holds what a CRM would.
struct World {
    runtime: tokio::runtime::Runtime,
    org: Org,
    project: PathBuf,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (source, project) = (at("source"), at("project"));
        succeeds(&["init", &text(&source)]);
        let months = ["--months", "2024_10,2025_04"];
        let simulate = ["simulate", "--scale", "0.1", "--project"];
        succeeds(&[&simulate[..], &[&text(&source)], &months[..]].concat());
        succeeds(&["init", &text(&project)]);
        let scaffold = at("salesforce");
        succeeds(&["salesforce", "scaffold", "--to", &text(&scaffold)]);
        let options = Options {
            fields: fields(&scaffold),
            ..Options::default()
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let org = runtime.block_on(Org::start(options)).unwrap();
        for (object, name) in [
            ("Lead", "lead"),
            ("Task", "task"),
            ("User", "user"),
            ("Opportunity", "opportunity"),
        ] {
            let file = source.join(format!("raw/salesforce_{name}.csv"));
            org.load(object, std::fs::File::open(file).unwrap())
                .unwrap();
        }
        // The vendor's files as they are; the CRM's come from the org.
        for entry in std::fs::read_dir(source.join("raw")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("discovery_") {
                std::fs::copy(&path, project.join("raw").join(name)).unwrap();
            }
        }
        World {
            runtime,
            org,
            project,
            folder,
        }
    }

    fn leadrank(&self, arguments: &[&str]) -> Output {
        let project = text(&self.project);
        let mut command = common::command(&[arguments, &["--project", &project]].concat());
        command
            .env("LEADRANK_SALESFORCE_SANDBOX_LOGIN_URL", &self.org.url)
            .env("LEADRANK_SALESFORCE_SANDBOX_CLIENT_ID", "stand-in-app")
            .env(
                "LEADRANK_SALESFORCE_SANDBOX_CLIENT_SECRET",
                "stand-in-secret",
            )
            .env("LEADRANK__SALESFORCE__ALLOW_LOOPBACK", "true")
            // What is tested is the way of scores, not how good they are.
            .env("LEADRANK__TUNING__SEARCH", "off")
            .env("LEADRANK__IMBALANCE__CONTEST", "false")
            // A small world has few new leads a week.
            .env("LEADRANK__EXPERIMENT__CONTACTED_WITHIN_DAYS", "0")
            .env("LEADRANK__EXPERIMENT__WEEKS", "1")
            .env("LEADRANK__EXPERIMENT__INTERIM", "[]")
            .output()
            .unwrap()
    }

    /// The JSON of a command that must end with `code`.
    fn json(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.leadrank(&[arguments, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("stand-in-secret"), "a secret is printed");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A raw file's rows by id.
    fn raw(&self, name: &str) -> BTreeMap<String, BTreeMap<String, String>> {
        let path = self.project.join(format!("raw/salesforce_{name}.csv"));
        let mut reader = csv::Reader::from_path(path).unwrap();
        let header = reader.headers().unwrap().clone();
        let rows = reader.records().map(Result::unwrap).map(|line| {
            let cells = header.iter().map(str::to_owned);
            let row: BTreeMap<String, String> = cells.zip(line.iter().map(str::to_owned)).collect();
            (row["Id"].clone(), row)
        });
        rows.collect()
    }

    fn scores(&self) -> Vec<Value> {
        let query = "SELECT * FROM LeadScoring.lead_scores_current ORDER BY lead_id";
        let output = self.leadrank(&["sql", query, "--format", "json"]);
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The fields of the scaffold, as the org takes them.
fn fields(scaffold: &Path) -> Vec<(String, Field)> {
    let folder = scaffold.join("force-app/main/default/objects/Lead/fields");
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|entry| {
            let xml = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            ("Lead".to_owned(), Field::from_metadata(&xml).unwrap())
        })
        .collect()
}

#[test]
fn from_an_org_and_back() {
    let world = World::new();
    // In: everything of the CRM, without names and addresses.
    let output = world.leadrank(&["ingest", "salesforce"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("salesforce_lead.csv") && said.contains("everything"),
        "{said}"
    );
    let leads = world.raw("lead");
    let first = leads.values().next().unwrap();
    assert!(first.contains_key("FA_CRD__c") && !first.contains_key("Email"));

    let output = world.leadrank(&["run", "--quiet"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    let scores = world.scores();
    assert!(scores.len() > 50, "{}", scores.len());

    // A new project only shows what it would do.
    let dry = world.json(&["sync"], 0);
    assert_eq!(dry["dry_run"], true);
    assert_eq!(dry["planned"]["new"], scores.len());
    assert!(world.org.writes().is_empty());

    let synced = world.json(&["sync", "--apply"], 0);
    assert_eq!(synced["counts"]["written"], scores.len());
    what_is_read_back_is_what_was_scored(&world, &scores);

    // The second time nothing is written.
    let writes = world.org.writes().len();
    let again = world.json(&["sync", "--apply"], 0);
    assert_eq!(
        (&again["unchanged"], &again["run"]),
        (&json!(scores.len()), &Value::Null)
    );
    let written = world.org.writes().len();
    let held = Promise::SyncedTwiceIsOnce.hold(written == writes, || format!("{written} writes"));
    assert_eq!(held, Ok(()));
    // Nor does scoring anew change anything when nothing else has changed.
    world.json(&["score"], 0);
    let again = world.json(&["sync", "--apply"], 0);
    assert_eq!(again["unchanged"], scores.len());

    // Only what changed comes in later; who is deleted goes.
    let ids: Vec<String> = leads.keys().cloned().collect();
    world.org.set("Lead", &ids[0], "LeadSource", json!("Event"));
    world.org.delete("Lead", &ids[1]);
    let output = world.leadrank(&["ingest", "salesforce"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("what changed") && said.contains("1 deleted"),
        "{said}"
    );
    let fresh = world.raw("lead");
    assert_eq!(fresh.len(), leads.len() - 1);
    assert_eq!(fresh[&ids[0]]["LeadSource"], "Event");

    // And back.
    let run = synced["run"].as_str().unwrap();
    let undone = world.json(&["sync", "--undo", run, "--apply"], 0);
    assert_eq!(undone["counts"]["written"], undone["counts"]["planned"]);
    let id = scores[5]["lead_id"].as_str().unwrap();
    let record = world.org.get("Lead", id).unwrap();
    assert_eq!(record["Lead_Score__c"], Value::Null);
    let runs = world.json(&["sync", "--list"], 0);
    assert_eq!(runs.as_array().unwrap().len(), 2);
}

fn what_is_read_back_is_what_was_scored(world: &World, scores: &[Value]) {
    for score in scores {
        let id = score["lead_id"].as_str().unwrap();
        let record = world.org.get("Lead", id).unwrap();
        let four = |value: &Value| value.as_f64().map(|number| format!("{number:.4}"));
        assert_eq!(
            four(&record["Lead_Score__c"]),
            four(&score["probability"]),
            "{id}"
        );
        let tier = match score["do_not_call"].as_bool() {
            Some(true) => json!("Do not call"),
            _ => score["tier"].clone(),
        };
        assert_eq!(record["Lead_Tier__c"], tier, "{id}");
        let driver = record["Score_Driver_1__c"].as_str().unwrap_or_default();
        let told = score["driver_1"].as_str().unwrap_or_default();
        assert!(driver.ends_with(told), "{driver}");
        assert_eq!(record["Score_Model_Version__c"], score["model_id"]);
        assert_eq!(record["Score_As_Of__c"], score["as_of"]);
    }
}

#[test]
fn refused_rows_are_told_in_plain_words_and_a_stop_is_gone_on_from() {
    let world = World::new();
    assert!(
        world
            .leadrank(&["ingest", "salesforce", "--quiet"])
            .status
            .success()
    );
    world.leadrank(&["run", "--quiet"]);
    let scores = world.scores();
    world.org.drop_field("Lead", "Lead_Tier__c");
    let output = world.leadrank(&["sync", "--apply"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("Lead_Tier__c") && said.contains("scaffold"),
        "{said}"
    );
    assert!(world.org.writes().is_empty());

    // Whoever is held by somebody else for ever is refused, and the others are written.
    let options = Options {
        fields: fields(&world.folder.path().join("salesforce")),
        ..Options::default()
    };
    let org = world.runtime.block_on(Org::start(options)).unwrap();
    for (object, name) in [("Lead", "lead"), ("Task", "task"), ("User", "user")] {
        let file = world.project.join(format!("raw/salesforce_{name}.csv"));
        org.load(object, std::fs::File::open(file).unwrap())
            .unwrap();
    }
    let world = World { org, ..world };
    let id = scores[3]["lead_id"].as_str().unwrap();
    world
        .org
        .fault(Kind::Retrieve, When::Nth(2), Fault::DropAfter);
    world.org.fault(
        Kind::Update,
        When::Nth(1),
        Fault::Refuse {
            status: 403,
            code: "REQUEST_LIMIT_EXCEEDED".into(),
            retry_after: None,
        },
    );
    let stopped = world.json(&["sync", "--apply"], 3);
    assert_eq!(stopped["counts"]["written"], 0);
    let refused = world.leadrank(&["sync", "--apply"]);
    assert_eq!(
        refused.status.code(),
        Some(2),
        "a run that is not at its end comes first"
    );
    world.org.set("Lead", id, "IsConverted", json!(true));
    let resumed = world.json(&["sync", "--resume"], 3);
    assert_eq!(resumed["counts"]["failed"], 1);
    assert_eq!(resumed["counts"]["written"], scores.len() - 1);
    let failed = std::fs::read_to_string(resumed["failed_rows"].as_str().unwrap()).unwrap();
    assert!(
        failed.contains(id) && failed.contains("was converted meanwhile"),
        "{failed}"
    );
}

#[test]
fn files_do_where_there_are_no_credentials() {
    let world = World::new();
    for name in ["lead", "user"] {
        let file = format!("raw/salesforce_{name}.csv");
        let from = world.folder.path().join("source").join(&file);
        std::fs::copy(from, world.project.join(&file)).unwrap();
    }
    world.leadrank(&["run", "--quiet"]);
    let out = world.folder.path().join("out");
    let written = world.json(&["sync", "--files", &text(&out), "--apply"], 0);
    let file = written["files"][0].as_str().unwrap();
    let mut reader = csv::Reader::from_path(file).unwrap();
    let ids: Vec<String> = reader
        .records()
        .map(|line| line.unwrap()[0].to_owned())
        .collect();
    assert_eq!(written["counts"]["planned"], ids.len());
    let results = out.join("success.csv");
    let lines: String = ids
        .iter()
        .map(|id| format!("{id},Item Updated\n"))
        .collect();
    std::fs::write(&results, format!("ID,STATUS\n{lines}")).unwrap();
    let run = written["run"].as_str().unwrap();
    let reconciled = world.json(&["sync", "--reconcile", run, &text(&results)], 0);
    assert_eq!(reconciled["counts"]["written"], ids.len());
    let again = world.json(&["sync", "--files", &text(&out), "--apply"], 0);
    assert_eq!(
        (&again["run"], &again["unchanged"]),
        (&Value::Null, &json!(ids.len()))
    );
    let message = common::fails(&["sync", "--project", &text(&world.project)], 2);
    assert!(
        message.contains("LEADRANK_SALESFORCE_SANDBOX_LOGIN_URL"),
        "{message}"
    );
}

#[test]
fn the_scaffold_leaves_alone_what_somebody_changed() {
    let folder = tempfile::tempdir().unwrap();
    let to = text(folder.path());
    succeeds(&["salesforce", "scaffold", "--to", &to, "--dry-run"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    succeeds(&["salesforce", "scaffold", "--to", &to]);
    let file = folder.path().join("manifest/package.xml");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, "mine").unwrap();
    let said = succeeds(&["salesforce", "scaffold", "--to", &to]);
    assert!(said.contains("manifest/package.xml"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    succeeds(&["salesforce", "scaffold", "--to", &to, "--overwrite"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), whole);
    let mapping = folder.path().join("mapping.csv");
    succeeds(&["salesforce", "mapping", "-o", &text(&mapping)]);
    assert_eq!(
        csv::Reader::from_path(mapping).unwrap().records().count(),
        69
    );
}

#[test]
fn an_undo_does_not_bring_back_what_an_experiment_hides() {
    let world = World::new();
    let output = world.leadrank(&["ingest", "salesforce"]);
    assert!(output.status.success());
    let output = world.leadrank(&["run", "--quiet"]);
    assert!(matches!(output.status.code(), Some(0 | 1)));
    let shown = world.json(&["sync", "--apply"], 0);
    assert_eq!(shown["hidden"], 0);
    let design = ["experiment", "design", "--freeze"];
    world.json(&design, 0);
    // Whoever could be enrolled is emptied, then treatment comes back.
    let emptied = world.json(&["sync", "--apply"], 0);
    assert!(emptied["hidden"].as_u64().unwrap() > 50);
    world.json(&["experiment", "assign"], 0);
    let drawn = world.json(&["sync", "--apply"], 0);
    let hidden = drawn["hidden"].as_u64().unwrap();
    assert!(hidden > 20 && hidden < emptied["hidden"].as_u64().unwrap());
    let query = "SELECT lead_id, arm FROM LeadScoring.experiment_assignments";
    let output = world.leadrank(&["sql", query, "--format", "json"]);
    let ledger: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let scores = |arm: &str| -> Vec<Value> {
        let own = ledger.iter().filter(|row| row["arm"] == arm);
        let records = own.map(|row| world.org.get("Lead", row["lead_id"].as_str().unwrap()));
        records
            .map(|record| record.unwrap()["Lead_Score__c"].clone())
            .collect()
    };
    let is_as_drawn = || {
        assert!(scores("control").iter().all(Value::is_null));
        assert!(scores("treatment").iter().all(Value::is_number));
    };
    is_as_drawn();
    // Taking the emptying back would show control what it showed before.
    let run = emptied["run"].as_str().unwrap();
    let undone = world.json(&["sync", "--undo", run, "--apply"], 0);
    is_as_drawn();
    let left = undone["left_out"].to_string();
    assert!(left.contains("hidden by an experiment"), "{undone}");
}
