//! An experiment from plan to end through the binary, with what can go wrong planted.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

/// The day of planning; scores are of that day.
const BEFORE: &str = "2025-11-02";
const START: &str = "2025-11-03";
/// The plan of all tests, frozen.
const DESIGN: [&str; 7] = [
    "experiment",
    "design",
    "--as-of",
    BEFORE,
    "--start",
    START,
    "--freeze",
];
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
        json(&project, &["run", "--as-of", BEFORE], 0);
        assert!(listed(&project) > 1000);
        copy(&project, &folder.path().join("open"));
        let design = json(&project, &DESIGN, 0);
        assert_eq!(design["plan"]["start"], START);
        assert_eq!(design["plan"]["enrol_until"], LAST_ENROLMENT);
        // Nobody is drawn yet, so nobody who could be is shown, from the freezing on.
        for day in [BEFORE, START] {
            json(&project, &["score", "--as-of", day], 0);
            assert_eq!(listed(&project), 0, "{day}");
        }
        json(&project, &["score", "--as-of", BEFORE], 0);
        copy(&project, &folder.path().join("undrawn"));
        for day in [START, "2025-11-05", LAST_ENROLMENT] {
            json(&project, &["experiment", "assign", "--as-of", day], 0);
        }
        World { folder }
    }

    /// The project after eight made-up weeks.
    fn played(&self, name: &str, truth: &[&str]) -> PathBuf {
        let project = self.copied(name);
        Self::play(&project, truth);
        project
    }

    /// A copy of the project in which leads are enrolled.
    fn copied(&self, name: &str) -> PathBuf {
        let project = self.folder.path().join(name);
        copy(&self.folder.path().join("first"), &project);
        project
    }

    fn play(project: &Path, truth: &[&str]) {
        let play = ["experiment", "play", "--rate", "0.12"];
        json(project, &[&play[..], truth].concat(), 0);
        json(project, &["ingest"], 0);
    }
}

/// Leads on the call list.
fn listed(project: &Path) -> usize {
    let list = std::fs::read_to_string(project.join("out/call_list.csv")).unwrap();
    list.lines().count() - 1
}

/// Who is in an arm, with the unit.
fn drawn(project: &Path, arm: &str) -> BTreeMap<String, String> {
    let query =
        format!("SELECT lead_id, unit FROM LeadScoring.experiment_assignments WHERE arm = '{arm}'");
    let output = leadrank(project, &["sql", &query, "--format", "csv"]);
    let table = String::from_utf8(output.stdout).unwrap();
    let rows = table.lines().skip(1);
    rows.map(|line| line.split_once(',').unwrap())
        .map(|(lead, unit)| (lead.to_owned(), unit.to_owned()))
        .collect()
}

/// Scores of files for loading by hand: lead and score.
fn loaded_by_hand(folder: &Path) -> Vec<(String, String)> {
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let mut reader = csv::Reader::from_path(file.path()).unwrap();
    let names = reader.headers().unwrap().clone();
    let score = names
        .iter()
        .position(|name| name == "Lead_Score__c")
        .unwrap();
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| (row[0].to_owned(), row[score].to_owned()))
        .collect()
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
    without_the_plan_nothing_is_shown(&world);
    new_leads_of_a_unit_go_with_it(&world);
    who_is_drawn_late_is_told(&world);
    rows_that_went_are_told(&world);
    scores_that_nobody_saw_are_no_treatment(&world);
    a_score_that_was_hidden_late_was_seen(&world);
    a_real_effect_is_found(&world);
    none_and_harm_are_told_apart(&world);
    lost_controls_block_the_results(&world);
    a_seen_control_is_named(&world);
    a_replaced_plan_is_refused(&world);
    a_final_analysis_is_made_once(&world);
    a_forced_end_is_no_proof(&world);
    a_bound_that_is_reached_decides(&world);
    data_that_end_early_are_no_end(&world);
    a_forced_look_gives_way_on_its_own_day(&world);
    a_kill_between_look_and_result_decides_nothing_anew(&world);
    a_kill_within_an_enrolment_forgets_nothing(&world);
    without_the_ledger_nothing_is_shown(&world);
    an_experiment_is_closed_before_another_begins(&world);
    another_model_is_told(&world);
}

fn the_plan_is_frozen(first: &Path) {
    let again = ["experiment", "design", "--as-of", BEFORE];
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
    let (treated, control) = (drawn(first, "treatment"), drawn(first, "control"));
    // The scores are of the day before the first draw: who was drawn since is hidden all the same.
    let files = first.join("by-hand");
    let sync = |files: &Path| {
        let at = text(files);
        json(
            first,
            &["sync", "--files", &at, "--apply", "--as-of", LAST_ENROLMENT],
            0,
        )
    };
    let synced = sync(&files);
    assert!(synced["hidden"].as_u64().unwrap() > 500);
    let is_empty = |score: &str| matches!(score, "" | "#N/A");
    let rows = loaded_by_hand(&files);
    let hidden = rows.iter().filter(|row| control.contains_key(&row.0));
    assert!(hidden.clone().count() > 500 && hidden.clone().all(|row| is_empty(&row.1)));
    let shown = rows.iter().filter(|row| treated.contains_key(&row.0));
    assert!(shown.filter(|row| !is_empty(&row.1)).count() > 500);
    // Files that nobody has loaded have shown nothing to anybody.
    std::fs::remove_dir_all(first.join(".leadrank/salesforce")).unwrap();
    json(first, &["score", "--as-of", LAST_ENROLMENT], 0);
    let called = called(first);
    assert!(called.iter().all(|lead| !control.contains_key(lead)));
    assert!(
        called
            .iter()
            .filter(|lead| treated.contains_key(*lead))
            .count()
            > 500
    );
    let synced = sync(&first.join("by-hand-too"));
    assert!(synced["hidden"].as_u64().unwrap() > 500);
    std::fs::remove_dir_all(first.join(".leadrank/salesforce")).unwrap();
}

fn called(project: &Path) -> BTreeSet<String> {
    let mut reader = csv::Reader::from_path(project.join("out/call_list.csv")).unwrap();
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| row[1].to_owned()).collect()
}

fn without_the_plan_nothing_is_shown(world: &World) {
    let project = world.copied("bare");
    let experiments = project.join("experiments");
    std::fs::rename(&experiments, project.join("elsewhere")).unwrap();
    let score = [
        "score",
        "--as-of",
        LAST_ENROLMENT,
        "--force",
        "it must go out",
    ];
    let said = refusal(&project, &score, 2);
    assert!(
        said.contains("nobody can tell who may see a score"),
        "{said}"
    );
    let files = text(&project.join("by-hand"));
    let sync = ["sync", "--files", &files, "--apply"];
    assert!(refusal(&project, &sync, 2).contains("nobody can tell"));
    std::fs::rename(project.join("elsewhere"), &experiments).unwrap();
    for (file, told) in [
        ("frozen.json", "its frozen plan is not"),
        ("plan.json", "is gone"),
    ] {
        let file = experiments.join("first").join(file);
        std::fs::rename(&file, project.join("aside")).unwrap();
        let said = refusal(&project, &sync, 2);
        assert!(said.contains(told), "{said}");
        std::fs::rename(project.join("aside"), &file).unwrap();
    }
    json(&project, &sync, 0);
}

fn new_leads_of_a_unit_go_with_it(world: &World) {
    let project = world.copied("kin");
    let raw = project.join("raw/salesforce_lead.csv");
    let mut reader = csv::Reader::from_path(&raw).unwrap();
    let names = reader.headers().unwrap().clone();
    let place = |name: &str| names.iter().position(|one| one == name).unwrap();
    let contacted = place("Stage_Entered_Contacting__c");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    // One more lead of an adviser of each arm, contacted after the last enrolment.
    let mut writer = csv::Writer::from_path(&raw).unwrap();
    writer.write_record(&names).unwrap();
    rows.iter()
        .for_each(|row| writer.write_record(row).unwrap());
    let mut twin = |arm: &str, id: &str| {
        let drawn = drawn(&project, arm);
        let is_open = |row: &&csv::StringRecord| {
            let of = drawn
                .get(&row[0])
                .is_some_and(|unit| unit.starts_with("adviser:"));
            of && row[place("Stage_Entered_Call_Scheduled__c")].is_empty()
                && row[place("Stage_Entered_Closed__c")].is_empty()
                && !row[place("FA_CRD__c")].is_empty()
        };
        let of = rows.iter().find(is_open).unwrap();
        let cells = of.iter().enumerate().map(|(at, cell)| match at {
            0 => id.to_owned(),
            at if at == contacted => "2025-11-20T09:00:00.000Z".to_owned(),
            _ => cell.to_owned(),
        });
        writer.write_record(cells).unwrap();
    };
    twin("treatment", "00QTWIN0000000001A");
    twin("control", "00QTWIN0000000002A");
    writer.flush().unwrap();
    drop(writer);
    json(&project, &["ingest"], 0);
    json(&project, &["score", "--as-of", "2025-11-21"], 0);
    let called = called(&project);
    assert!(called.contains("00QTWIN0000000001A"));
    assert!(!called.contains("00QTWIN0000000002A"));
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
    assert_eq!(later["repeats"], END);
    assert_eq!(later["departures"], found["departures"]);
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
    let freeze = ["experiment", "design", "--as-of", BEFORE, "--freeze"];
    let said = refusal(&project, &freeze, 2);
    assert!(
        said.contains("leads are enrolled in `first` already"),
        "{said}"
    );
}

fn who_is_drawn_late_is_told(world: &World) {
    let project = world.folder.path().join("late");
    copy(&world.folder.path().join("undrawn"), &project);
    // Real data, as far as anybody can tell: they hold what happened later.
    let (truth, aside) = (project.join("truth"), project.join("aside"));
    std::fs::rename(&truth, &aside).unwrap();
    let assign = ["experiment", "assign", "--as-of", START];
    let said = refusal(&project, &assign, 1);
    assert!(said.contains("experiment.enrolment"), "{said}");
    let forced = [&assign[..], &["--force", "a rehearsal"]].concat();
    let made = json(&project, &forced, 0);
    let (with, _) = arms(&made["new"]);
    assert!(with > 500.0);
    std::fs::rename(&aside, &truth).unwrap();
    World::play(&project, &["--lift", "0"]);
    let found = json(&project, &["experiment", "final", "--as-of", END], 0);
    let departures = found["departures"].to_string();
    assert!(
        departures.contains("enrolled on 2025-11-03"),
        "{departures}"
    );
    assert!(departures.contains("a rehearsal"), "{departures}");
}

fn rows_that_went_are_told(world: &World) {
    let project = world.copied("rows");
    let path = project.join("experiments/first/enrolments.jsonl");
    let lines = std::fs::read_to_string(&path).unwrap();
    assert_eq!(lines.lines().count(), 6, "each of three before and after");
    // A row less in the table is the same as one more in the record.
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    let rows = last["rows"].as_u64().unwrap();
    let more = lines.replace(
        &format!("\"rows\":{rows}"),
        &format!("\"rows\":{}", rows + 1),
    );
    std::fs::write(&path, more).unwrap();
    let watch = json(&project, &["experiment", "monitor", "--as-of", END], 1);
    let ledger = gate(&watch, "experiment.ledger");
    assert_eq!(ledger["verdict"], "fail");
    let told = format!("of 2025-11-09 has {rows} rows, {} were written", rows + 1);
    assert!(
        ledger["action"].as_str().unwrap().contains(&told),
        "{ledger}"
    );
    let assign = ["experiment", "assign", "--as-of", LAST_ENROLMENT];
    assert!(refusal(&project, &assign, 2).contains("changed by hand"));
}

fn scores_that_nobody_saw_are_no_treatment(world: &World) {
    let project = world.copied("unseen");
    let files = project.join("by-hand");
    let sync = [
        "sync",
        "--files",
        &text(&files),
        "--apply",
        "--as-of",
        LAST_ENROLMENT,
    ];
    let synced = json(&project, &sync, 0);
    // A file of which the org took five leads only.
    let treated = drawn(&project, "treatment");
    let rows = loaded_by_hand(&files).into_iter().map(|row| row.0);
    let taken: Vec<String> = rows
        .filter(|lead| treated.contains_key(lead))
        .take(5)
        .collect();
    let lines: String = taken
        .iter()
        .map(|lead| format!("{lead},Item Updated\n"))
        .collect();
    let results = project.join("results.csv");
    std::fs::write(&results, format!("ID,STATUS\n{lines}")).unwrap();
    let run = synced["run"].as_str().unwrap();
    json(&project, &["sync", "--reconcile", run, &text(&results)], 3);
    World::play(&project, &["--lift", "0"]);
    let watch = json(&project, &["experiment", "monitor", "--as-of", END], 1);
    let exposed = gate(&watch, "experiment.exposed");
    assert_eq!(exposed["verdict"], "fail", "{exposed}");
    assert_eq!(watch["exposed"]["treatment"]["positives"], 5);
    assert_eq!(watch["withheld"], true);
}

/// Loads a file for loading by hand as if the org took all of it.
fn load_all(project: &Path, day: &str) {
    let files = project.join(format!("by-hand-{day}"));
    let sync = ["sync", "--files", &text(&files), "--apply", "--as-of", day];
    let synced = json(project, &sync, 0);
    let rows = loaded_by_hand(&files).into_iter();
    let lines: String = rows
        .map(|row| format!("{},Item Updated\n", row.0))
        .collect();
    let results = project.join("results.csv");
    std::fs::write(&results, format!("ID,STATUS\n{lines}")).unwrap();
    let run = synced["run"].as_str().unwrap();
    json(project, &["sync", "--reconcile", run, &text(&results)], 0);
}

fn a_score_that_was_hidden_late_was_seen(world: &World) {
    let project = world.folder.path().join("late-hiding");
    copy(&world.folder.path().join("open"), &project);
    load_all(&project, BEFORE);
    json(&project, &DESIGN, 0);
    json(&project, &["experiment", "assign", "--as-of", START], 0);
    World::play(&project, &["--lift", "0"]);
    // Of the same old scores, with the data of weeks later.
    load_all(&project, "2025-11-30");
    let watch = json(&project, &["experiment", "monitor", "--as-of", END], 1);
    let leak = gate(&watch, "experiment.leak");
    assert_eq!(leak["verdict"], "fail", "{leak}");
    assert!(watch["exposed"]["control"]["value"].as_f64().unwrap() > 0.5);
}

fn a_final_analysis_is_made_once(world: &World) {
    let project = world.played("once", &["--lift", "0"]);
    let last = ["experiment", "final", "--as-of", END];
    let first = json(&project, &last, 0);
    let kept = project.join("experiments/first/final.json");
    let bytes = std::fs::read(&kept).unwrap();
    // The data of the same day change, and would say something else.
    World::play(&project, &["--lift", "2.0", "--adoption", "1"]);
    let again = json(&project, &last, 0);
    assert_eq!(again["repeats"], END);
    assert_eq!(again["departures"], first["departures"]);
    assert_eq!(again["decision"], first["decision"]);
    assert_ne!(again["analysis"], first["analysis"]);
    assert_eq!(std::fs::read(&kept).unwrap(), bytes);
    let page = std::fs::read_to_string(project.join("experiments/first/reports/final.md")).unwrap();
    assert!(!page.contains("The scores worked"), "{page}");
}

fn a_forced_end_is_no_proof(world: &World) {
    let project = world.played("forced", &["--lift", "1.0", "--adoption", "0.9"]);
    let early = [
        "experiment",
        "final",
        "--as-of",
        "2025-12-09",
        "--force",
        "impatience",
    ];
    let early = json(&project, &early, 0);
    assert_eq!(early["decision"], "effective");
    let rollout = ["experiment", "rollout", "--percent", "10", "--as-of", END];
    let said = refusal(&project, &rollout, 1);
    assert!(
        said.contains("no proof") && said.contains("impatience"),
        "{said}"
    );
    // The planned one takes its place, and tells of it.
    let found = json(&project, &["experiment", "final", "--as-of", END], 0);
    let told = found["departures"].to_string();
    assert!(
        told.contains("was made on 2025-12-09, early or by force; it counts for nothing"),
        "{told}"
    );
    let folder = project.join("experiments/first");
    assert!(folder.join("final-2025-12-09-not-by-plan.json").is_file());
    let kept: Value =
        serde_json::from_slice(&std::fs::read(folder.join("final.json")).unwrap()).unwrap();
    assert_eq!(
        (&kept["by_plan"], &kept["analysis"]["on"]),
        (&true.into(), &END.into())
    );
    let looks = std::fs::read_to_string(folder.join("looks.jsonl")).unwrap();
    assert_eq!(looks.lines().count(), 2, "{looks}");
    assert!(refusal(&project, &rollout, 1).contains("no proof"));
    json(
        &project,
        &[&rollout[..], &["--force", "agreed"]].concat(),
        0,
    );
}

fn a_bound_that_is_reached_decides(world: &World) {
    let project = world.played("stopped", &["--lift", "3.0", "--adoption", "1"]);
    let interim = |day: &'static str| ["experiment", "interim", "--as-of", day];
    let look = json(&project, &interim("2025-12-08"), 0);
    assert_eq!(look["decision"], "effective");
    assert!(look["departures"].to_string().contains("was not planned"));
    let said = refusal(&project, &interim("2025-12-09"), 2);
    assert!(said.contains("2025-12-08 reached its bound"), "{said}");
    assert!(refusal(&project, &interim(END), 2).contains("reached its bound"));
    // What came in since says otherwise: the look decided, and the end says what there is.
    World::play(&project, &["--lift", "-0.9", "--adoption", "1"]);
    let found = json(&project, &["experiment", "final", "--as-of", END], 0);
    assert_eq!(found["decision"], "effective");
    assert_eq!(found["ended"]["on"], "2025-12-08");
    let page = std::fs::read_to_string(project.join("experiments/first/reports/final.md")).unwrap();
    assert!(page.contains("They point the other way"), "{page}");
    assert!(
        page.contains("At the interim look of 2025-12-08: This look"),
        "{page}"
    );
    let none = world.played("no-interim", &["--lift", "0"]);
    let said = refusal(&none, &interim(END), 2);
    assert!(said.contains("run `leadrank experiment final`"), "{said}");
}

/// Takes from a raw file the rows that tell of something after a day.
fn cut(project: &Path, name: &str, columns: &[&str], last: &str) {
    let path = project.join("raw").join(name);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let names = reader.headers().unwrap().clone();
    let places: Vec<usize> = (0..names.len())
        .filter(|&at| columns.contains(&&names[at]))
        .collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    let mut writer = csv::Writer::from_path(&path).unwrap();
    writer.write_record(&names).unwrap();
    let is_known = |row: &&csv::StringRecord| {
        let mut days = places.iter().map(|&at| row[at].get(..10).unwrap_or(""));
        days.all(|day| day <= last)
    };
    for row in rows.iter().filter(is_known) {
        writer.write_record(row).unwrap();
    }
    writer.flush().unwrap();
}

fn kept(project: &Path) -> Value {
    let path = project.join("experiments/first/final.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn data_that_end_early_are_no_end(world: &World) {
    let project = world.played("stale", &["--lift", "0.5"]);
    let whole = std::fs::read(project.join("raw/salesforce_task.csv")).unwrap();
    cut(
        &project,
        "salesforce_task.csv",
        &["CreatedDate"],
        "2025-11-18",
    );
    json(&project, &["ingest"], 0);
    let last = ["experiment", "final", "--as-of", END];
    let said = refusal(&project, &last, 1);
    assert!(said.contains("experiment.data"), "{said}");
    assert!(
        said.contains("salesforce_task.csv ends on 2025-11-18"),
        "{said}"
    );
    std::fs::write(project.join("raw/salesforce_task.csv"), whole).unwrap();
    json(&project, &["ingest"], 0);
    let found = json(&project, &last, 0);
    assert_eq!(found["departures"], serde_json::json!([]));
}

fn a_forced_look_gives_way_on_its_own_day(world: &World) {
    let project = world.played("same-day", &["--lift", "0.5", "--lost", "0.3"]);
    let last = ["experiment", "final", "--as-of", END];
    let forced = [&last[..], &["--force", "to see"]].concat();
    json(&project, &forced, 0);
    assert_eq!(kept(&project)["by_plan"], false);
    // The lead file is mended.
    let leads = "raw/salesforce_lead.csv";
    std::fs::copy(
        world.folder.path().join("first").join(leads),
        project.join(leads),
    )
    .unwrap();
    World::play(&project, &["--lift", "2.0", "--adoption", "1"]);
    let found = json(&project, &last, 0);
    assert_eq!(
        (&found["repeats"], &found["decision"]),
        (&Value::Null, &"effective".into())
    );
    assert_eq!(
        (&kept(&project)["by_plan"], &kept(&project)["decision"]),
        (&true.into(), &"effective".into())
    );
    let told = found["departures"].to_string();
    assert!(told.contains("it counts for nothing"), "{told}");
}

fn a_kill_between_look_and_result_decides_nothing_anew(world: &World) {
    let project = world.played("killed", &["--lift", "0"]);
    let last = |day: &'static str| ["experiment", "final", "--as-of", day];
    json(
        &project,
        &[&last("2025-12-09")[..], &["--force", "early"]].concat(),
        0,
    );
    let early = std::fs::read(project.join("experiments/first/final.json")).unwrap();
    let found = json(&project, &last(END), 0);
    // As a kill leaves it between the line of the look and the result.
    let path = project.join("experiments/first/final.json");
    std::fs::write(&path, &early).unwrap();
    World::play(&project, &["--lift", "3.0", "--adoption", "1"]);
    let said = refusal(&project, &last("2025-12-11"), 2);
    assert!(
        said.contains("broken off") && said.contains("--as-of 2025-12-10"),
        "{said}"
    );
    let finished = json(&project, &last(END), 0);
    assert_eq!(finished["decision"], found["decision"]);
    assert!(
        finished["departures"]
            .to_string()
            .contains("have changed since")
    );
    assert_eq!(kept(&project)["decision"], found["decision"]);
}

fn a_kill_within_an_enrolment_forgets_nothing(world: &World) {
    let project = world.folder.path().join("half");
    copy(&world.folder.path().join("undrawn"), &project);
    let (truth, aside) = (project.join("truth"), project.join("aside"));
    std::fs::rename(&truth, &aside).unwrap();
    let assign = ["experiment", "assign", "--as-of", START, "--force", "late"];
    json(&project, &assign, 0);
    std::fs::rename(&aside, &truth).unwrap();
    // As a kill leaves it between the table and the second line.
    let path = project.join("experiments/first/enrolments.jsonl");
    let lines = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{}\n", lines.lines().next().unwrap())).unwrap();
    World::play(&project, &["--lift", "0"]);
    let found = json(&project, &["experiment", "final", "--as-of", END], 0);
    assert!(found["departures"].to_string().contains("by force: late"));
    let settled = std::fs::read_to_string(&path).unwrap();
    assert_eq!(settled, lines);
}

fn without_the_ledger_nothing_is_shown(world: &World) {
    let project = world.copied("tableless");
    let table = project.join("tables/LeadScoring/experiment_assignments");
    std::fs::rename(&table, project.join("aside")).unwrap();
    let score = ["score", "--as-of", "2025-11-10"];
    let said = refusal(&project, &score, 2);
    assert!(
        said.contains("rows, ") && said.contains("nobody can tell"),
        "{said}"
    );
    std::fs::rename(project.join("aside"), &table).unwrap();
    json(&project, &score, 0);
    // Somebody's draft is nobody's business.
    std::fs::create_dir_all(project.join("experiments/draft")).unwrap();
    std::fs::write(project.join("experiments/draft/plan.json"), "{}").unwrap();
    json(&project, &["score", "--as-of", "2025-11-11"], 0);
}

fn an_experiment_is_closed_before_another_begins(world: &World) {
    let project = world.played("closed", &["--lift", "0"]);
    let second = [
        "experiment",
        "design",
        "--name",
        "second",
        "--as-of",
        END,
        "--freeze",
    ];
    let said = refusal(&project, &second, 2);
    assert!(said.contains("experiment close --name first"), "{said}");
    let close = ["experiment", "close", "--name", "first", "--as-of", END];
    let said = refusal(&project, &close, 1);
    assert!(said.contains("experiment.ended"), "{said}");
    json(
        &project,
        &["experiment", "final", "--name", "first", "--as-of", END],
        0,
    );
    json(&project, &["score", "--as-of", END], 0);
    let control = drawn(&project, "control");
    assert!(
        called(&project)
            .iter()
            .all(|lead| !control.contains_key(lead))
    );
    json(&project, &close, 0);
    json(&project, &["score", "--as-of", END], 0);
    assert!(
        called(&project)
            .iter()
            .any(|lead| control.contains_key(lead))
    );
    json(&project, &second, 0);
}

fn another_model_is_told(world: &World) {
    let project = world.folder.path().join("models");
    copy(&world.folder.path().join("undrawn"), &project);
    json(&project, &["experiment", "assign", "--as-of", START], 0);
    json(&project, &["train", "--as-of", "2025-11-05"], 0);
    let output = leadrank(&project, &["experiment", "assign", "--as-of", "2025-11-05"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the effect will be that of both"), "{said}");
    World::play(&project, &["--lift", "0"]);
    let found = json(&project, &["experiment", "final", "--as-of", END], 0);
    let told = found["departures"].to_string();
    assert!(told.contains("From 2025-11-05 on another model"), "{told}");
}
