//! An experiment from plan to end through the binary, with what can go wrong planted.

mod common;

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

const START: &str = "2025-11-03";
const LAST_ENROLMENT: &str = "2025-11-09";
const END: &str = "2025-12-10";

/// A project in which leads were enrolled for a week; one for all tests, copied by each.
struct World {
    folder: tempfile::TempDir,
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn leadrank(project: &Path, arguments: &[&str]) -> Output {
    let project = text(project);
    common::command(&[arguments, &["--project", &project]].concat())
        .env("LEADRANK__TUNING__SEARCH", "off")
        .env("LEADRANK__IMBALANCE__CONTEST", "false")
        // A small world has few new leads a week.
        .env("LEADRANK__EXPERIMENT__CONTACTED_WITHIN_DAYS", "0")
        .env("LEADRANK__EXPERIMENT__WEEKS", "1")
        .env("LEADRANK__EXPERIMENT__INTERIM", "[]")
        .output()
        .unwrap()
}

/// The JSON of a command that must end with `code`; null where it prints none.
fn json(project: &Path, arguments: &[&str], code: i32) -> Value {
    let output = leadrank(project, &[arguments, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

/// What a command that must end with `code` says on standard error.
fn refusal(project: &Path, arguments: &[&str], code: i32) -> String {
    let output = leadrank(project, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("first");
        common::succeeds(&["init", &text(&project)]);
        let simulate = [
            "simulate",
            "--scale",
            "0.2",
            "--months",
            "2024_10,2025_04,2025_10",
        ];
        json(&project, &simulate, 0);
        json(&project, &["run", "--as-of", START], 0);
        let design = ["experiment", "design", "--as-of", START, "--freeze"];
        let design = json(&project, &design, 0);
        assert_eq!(design["plan"]["start"], START);
        assert_eq!(design["plan"]["enrol_until"], LAST_ENROLMENT);
        // Nobody is drawn yet, so nobody who could be is shown.
        json(&project, &["score", "--as-of", START], 0);
        let list = std::fs::read_to_string(project.join("out/call_list.csv")).unwrap();
        assert_eq!(list.lines().count(), 1, "{list}");
        for day in [START, "2025-11-05", LAST_ENROLMENT] {
            json(&project, &["experiment", "assign", "--as-of", day], 0);
        }
        World { folder }
    }

    /// The project after eight made-up weeks.
    fn played(&self, name: &str, truth: &[&str]) -> PathBuf {
        let project = self.folder.path().join(name);
        copy(&self.folder.path().join("first"), &project);
        json(
            &project,
            &[&["experiment", "play", "--rate", "0.12"][..], truth].concat(),
            0,
        );
        json(&project, &["ingest"], 0);
        project
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

fn gate<'a>(watch: &'a Value, id: &str) -> &'a Value {
    let gates = watch["gates"].as_array().unwrap();
    gates.iter().find(|gate| gate["id"] == id).unwrap()
}

fn arms(value: &Value) -> (f64, f64) {
    (
        value["treatment"].as_f64().unwrap(),
        value["control"].as_f64().unwrap(),
    )
}

#[test]
fn from_plan_to_end_with_what_can_go_wrong() {
    let world = World::new();
    let first = world.folder.path().join("first");
    the_plan_is_frozen(&first);
    control_sees_nothing(&first);
    a_real_effect_is_found(&world);
    none_and_harm_are_told_apart(&world);
    lost_controls_block_the_results(&world);
    a_seen_control_is_named(&world);
    a_replaced_plan_is_refused(&world);
}

fn the_plan_is_frozen(first: &Path) {
    let again = ["experiment", "design", "--as-of", START];
    let said = refusal(first, &again, 2);
    assert!(said.contains("frozen and can't be changed"), "{said}");
    let path = first.join("experiments/first/plan.json");
    let plan = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        plan.replace("\"minimum_lift\": 0.5", "\"minimum_lift\": 0.1"),
    )
    .unwrap();
    let monitor = ["experiment", "monitor", "--as-of", LAST_ENROLMENT];
    let said = refusal(first, &monitor, 2);
    assert!(said.contains("after it was frozen"), "{said}");
    std::fs::write(&path, plan).unwrap();
    let late = ["experiment", "assign", "--as-of", "2025-11-10"];
    assert!(refusal(first, &late, 2).contains("outside the planned enrolment"));
    let early = ["experiment", "assign", "--as-of", "2025-11-04"];
    assert!(refusal(first, &early, 2).contains("can't be put in before"));
    // Again on the last day nobody is new.
    let again = json(
        first,
        &["experiment", "assign", "--as-of", LAST_ENROLMENT],
        0,
    );
    assert_eq!(arms(&again["new"]), (0.0, 0.0));
    let (with, without) = arms(&again["all"]);
    assert!(
        with > 500.0 && (with / without - 1.0).abs() < 0.1,
        "{with} {without}"
    );
    let columns = again["balance"].as_array().unwrap();
    assert!(columns.len() > 69);
    let trials = ["experiment", "simulate", "--runs", "40", "--lift", "0"];
    let trials = json(first, &trials, 0);
    assert_eq!(trials[0]["runs"], 40);
    assert!(
        first
            .join("experiments/first/reports/trials.html")
            .is_file()
    );
}

fn control_sees_nothing(first: &Path) {
    let query = "SELECT lead_id, arm FROM LeadScoring.experiment_assignments";
    let output = leadrank(first, &["sql", query, "--format", "csv"]);
    let table = String::from_utf8(output.stdout).unwrap();
    let of = |arm: &str| -> std::collections::BTreeSet<String> {
        let rows = table
            .lines()
            .skip(1)
            .map(|line| line.split_once(',').unwrap());
        rows.filter(|row| row.1 == arm)
            .map(|row| row.0.to_owned())
            .collect()
    };
    json(first, &["score", "--as-of", LAST_ENROLMENT], 0);
    let list = std::fs::read_to_string(first.join("out/call_list.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(list.as_bytes());
    let called: std::collections::BTreeSet<String> = reader
        .records()
        .map(|row| row.unwrap().get(1).unwrap().to_owned())
        .collect();
    assert!(
        called.is_disjoint(&of("control")),
        "control is on the call list"
    );
    assert!(of("treatment").intersection(&called).count() > 500);
    let files = first.join("by-hand");
    let sync = [
        "sync",
        "--files",
        &text(&files),
        "--apply",
        "--as-of",
        LAST_ENROLMENT,
    ];
    let synced = json(first, &sync, 0);
    assert!(synced["hidden"].as_u64().unwrap() > 500);
    let written = std::fs::read_dir(&files)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut reader = csv::Reader::from_path(written).unwrap();
    let score = reader
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "Lead_Score__c")
        .unwrap();
    let control = of("control");
    let mut seen = 0;
    for row in reader.records() {
        let row = row.unwrap();
        if control.contains(row.get(0).unwrap()) {
            assert!(matches!(row.get(score), Some("" | "#N/A")), "{row:?}");
            seen += 1;
        }
    }
    assert!(seen > 500);
    // Files that nobody has loaded have shown nothing to anybody.
    std::fs::remove_dir_all(first.join(".leadrank/salesforce")).unwrap();
}

fn a_real_effect_is_found(world: &World) {
    let project = world.played("gain", &["--lift", "1.0", "--adoption", "0.9"]);
    let early = ["experiment", "final", "--as-of", "2025-12-09"];
    let said = refusal(&project, &early, 1);
    assert!(
        said.contains("experiment.due") && said.contains(END),
        "{said}"
    );
    let not_yet = ["experiment", "rollout", "--percent", "10", "--as-of", END];
    assert!(refusal(&project, &not_yet, 1).contains("no final analysis"));
    let watch = json(&project, &["experiment", "monitor", "--as-of", END], 0);
    assert_eq!(watch["withheld"], false);
    assert_eq!(gate(&watch, "experiment.order")["verdict"], "pass");
    let found = json(&project, &["experiment", "final", "--as-of", END], 0);
    assert!(found["departures"].as_array().unwrap().is_empty());
    assert!(matches!(
        found["decision"].as_str(),
        Some("effective" | "below_minimum")
    ));
    let primary = &found["analysis"]["primary"];
    let bound = |name: &str| primary["interval"][name].as_f64().unwrap();
    assert!(
        bound("lo") > 0.0 && bound("lo") < 0.9 && bound("hi") > 0.9,
        "{primary}"
    );
    let reports = project.join("experiments/first/reports");
    for name in ["design", "balance", "monitor", "final", "statistics"] {
        for ending in ["html", "md", "json"] {
            assert!(
                reports.join(format!("{name}.{ending}")).is_file(),
                "{name}.{ending}"
            );
        }
    }
    let daily = std::fs::read_to_string(reports.join("daily_metrics.csv")).unwrap();
    assert!(daily.starts_with("day,enrolled_treatment,enrolled_control,"));
    // The same look again says the same, and is not taken twice.
    let again = json(&project, &["experiment", "final", "--as-of", END], 0);
    assert_eq!(again["analysis"], found["analysis"]);
    let looks = std::fs::read_to_string(project.join("experiments/first/looks.jsonl")).unwrap();
    assert_eq!(looks.lines().count(), 1);
    // On a later day it is a repetition, and says so.
    let later = json(
        &project,
        &["experiment", "final", "--as-of", "2025-12-20"],
        0,
    );
    assert!(
        later["departures"]
            .to_string()
            .contains("was made on 2025-12-10")
    );
    assert_eq!(later["decision"], found["decision"]);
    let ten = ["experiment", "rollout", "--percent", "10", "--as-of", END];
    let ten = json(&project, &ten, 0);
    let share = ten["shown"].as_f64().unwrap() / ten["open"].as_f64().unwrap();
    assert!((share - 0.1).abs() < 0.03, "{share}");
}

fn none_and_harm_are_told_apart(world: &World) {
    let none = world.played("none", &["--lift", "0"]);
    let found = json(&none, &["experiment", "final", "--as-of", END], 0);
    assert!(
        matches!(found["decision"].as_str(), Some("too_small" | "open")),
        "{}",
        found["decision"]
    );
    let harm = world.played("harm", &["--lift", "-0.8", "--adoption", "1"]);
    let found = json(&harm, &["experiment", "final", "--as-of", END], 0);
    assert_eq!(found["decision"], "harmful");
    let page = std::fs::read_to_string(harm.join("experiments/first/reports/final.md")).unwrap();
    assert!(page.contains("Scores did harm"), "{page}");
    let rollout = ["experiment", "rollout", "--percent", "10", "--as-of", END];
    assert!(refusal(&harm, &rollout, 1).contains("experiment.works"));
}

fn lost_controls_block_the_results(world: &World) {
    let project = world.played("lost", &["--lift", "0.5", "--lost", "0.2"]);
    let watch = json(&project, &["experiment", "monitor", "--as-of", END], 1);
    assert_eq!(gate(&watch, "experiment.mismatch")["verdict"], "fail");
    assert_eq!(watch["withheld"], true);
    assert!(
        watch["days"]
            .as_array()
            .unwrap()
            .iter()
            .all(|day| day["lift"].is_null())
    );
    let final_ = ["experiment", "final", "--as-of", END];
    let said = refusal(&project, &final_, 1);
    assert!(said.contains("experiment.mismatch"), "{said}");
    let forced = json(
        &project,
        &[&final_[..], &["--force", "a rehearsal"]].concat(),
        0,
    );
    let departures = forced["departures"].to_string();
    assert!(departures.contains("experiment.mismatch") && departures.contains("a rehearsal"));
}

fn a_seen_control_is_named(world: &World) {
    let project = world.played("seen", &["--contamination", "0.1"]);
    let watch = json(&project, &["experiment", "monitor", "--as-of", END], 1);
    let leak = gate(&watch, "experiment.leak");
    assert_eq!(leak["verdict"], "fail");
    let first = watch["leaks"][0][0].as_str().unwrap();
    assert!(leak["action"].as_str().unwrap().contains(first));
    // A tenth of those that were dialled, as planted.
    let share = watch["exposed"]["control"]["value"].as_f64().unwrap();
    assert!((share - 0.1).abs() < 0.03, "{share}");
}

fn a_replaced_plan_is_refused(world: &World) {
    let project = world.played("changed", &["--lift", "0"]);
    let hash = project.join("experiments/first/frozen.json");
    let plan = project.join("experiments/first/plan.json");
    // Somebody plans anew with another salt and freezes that: the ledger no longer fits.
    let text = std::fs::read_to_string(&plan).unwrap();
    let mut other: Value = serde_json::from_str(&text).unwrap();
    other["salt"] = "another".into();
    std::fs::write(&plan, serde_json::to_string_pretty(&other).unwrap()).unwrap();
    std::fs::remove_file(&hash).unwrap();
    let freeze = ["experiment", "design", "--as-of", START, "--freeze"];
    let said = refusal(&project, &freeze, 2);
    assert!(
        said.contains("leads are enrolled in `first` already"),
        "{said}"
    );
}
