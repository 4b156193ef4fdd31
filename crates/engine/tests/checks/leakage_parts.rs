//! The parts of the leakage check that look at columns, rows and models.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use chrono::{DateTime, Days, NaiveDate, Utc};
use leadrank_engine::Project;
use leadrank_engine::checks::{Input, Request, leakage};
use leadrank_engine::stages::ingest;
use leadrank_evidence::{Finding, Report, Severity, Verdict};
use leadrank_simulate::{Hazard, Month, Options};
use leadrank_sources::Known;

const GATES: [&str; 6] = [
    "leakage.control",
    "leakage.duplicates",
    "leakage.engagement",
    "leakage.identity",
    "leakage.missingness",
    "leakage.too_good",
];

/// A project of this size, in thousandths, with this seed and fault.
type Key = (u64, u64, Option<Hazard>);

fn report(scale: u64, seed: u64, hazard: Option<Hazard>) -> &'static Report {
    static ALL: Mutex<BTreeMap<Key, &'static OnceLock<Report>>> = Mutex::new(BTreeMap::new());
    let slot = *ALL
        .lock()
        .unwrap()
        .entry((scale, seed, hazard))
        .or_insert_with(|| Box::leak(Box::new(OnceLock::new())));
    slot.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let mut project = simulate(folder.path(), scale, seed, hazard);
        load(&project, DateTime::UNIX_EPOCH);
        look(&mut project, 2)
    })
}

fn simulate(folder: &Path, scale: u64, seed: u64, hazard: Option<Hazard>) -> Project {
    let project = Project::init(folder).unwrap();
    let months = [(2024, 1), (2024, 10), (2025, 4), (2025, 10)];
    let options = Options {
        scale: scale as f64 / 1000.0,
        seed,
        months: months
            .into_iter()
            .filter_map(|(year, month)| Month::new(year, month))
            .collect(),
        hazards: hazard.into_iter().collect(),
        ..Options::default()
    };
    leadrank_simulate::write(folder, &options, &|_| {}).unwrap();
    project
}

fn run<T>(threads: usize, work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime
        .worker_threads(threads)
        .build()
        .unwrap()
        .block_on(work)
}

fn load(project: &Project, at: DateTime<Utc>) {
    let request = ingest::Request::raw_folder(at);
    run(2, ingest::run(project, &request, &|_| {})).unwrap();
}

fn look(project: &mut Project, threads: usize) -> Report {
    // A past day of knowledge after all loads: the same answer without writing tables.
    let day = NaiveDate::default() + Days::new(10);
    project.known = Known::on(day);
    let request = Request {
        now: DateTime::UNIX_EPOCH,
        threads,
        month: None,
        against: None,
    };
    run(threads, async {
        let input = Input::load(project, request, &|_| {}).await.unwrap();
        let start = std::time::Instant::now();
        let report = leakage::check(&input).await.unwrap();
        println!("looked for {:?}", start.elapsed());
        report
    })
}

fn first(report: &Report) -> &Finding {
    &report.findings[0]
}

fn verdict(report: &Report, id: &str) -> Verdict {
    report
        .gates
        .iter()
        .find(|gate| gate.id == id)
        .unwrap()
        .verdict
}

fn finding<'a>(report: &'a Report, id: &str) -> &'a Finding {
    report
        .findings
        .iter()
        .find(|finding| finding.id == id)
        .unwrap()
}

#[test]
fn plain_projects_raise_no_alarm() {
    for (scale, seed) in [(50, 3), (50, 12)] {
        let report = report(scale, seed, None);
        for id in GATES {
            let gate = report.gates.iter().find(|gate| gate.id == id).unwrap();
            assert!(gate.verdict >= Verdict::NotEnoughData, "{seed}: {gate:?}");
            assert!(gate.value.is_some(), "{gate:?}");
        }
        for finding in &report.findings {
            // That leads of today come from other sources is so in plain data too.
            let limit = match finding.id.as_str() {
                id if GATES.contains(&id) => Severity::Note,
                _ => Severity::Warn,
            };
            assert!(finding.severity >= limit, "{seed}: {finding:?}");
        }
    }
}

#[test]
fn a_feature_that_knows_the_outcome_is_named_with_what_it_gives() {
    let report = report(50, 3, Some(Hazard::LeakyFeature));
    let first = first(report);
    assert_eq!(
        (first.id.as_str(), first.severity),
        ("leakage.too_good", Severity::Fail)
    );
    assert!(first.headline.contains("MilesToWork"), "{}", first.headline);
    assert!(
        first
            .evidence
            .iter()
            .any(|text| text.contains("model loses")),
        "{first:?}"
    );
    assert_eq!(verdict(report, "leakage.too_good"), Verdict::Fail);
}

#[test]
fn fields_filled_after_engagement_are_named_though_they_are_kept_out() {
    let report = report(50, 3, Some(Hazard::EngagementField));
    let first = first(report);
    assert_eq!(
        (first.id.as_str(), first.severity),
        ("leakage.engagement", Severity::Warn)
    );
    assert!(
        first.headline.contains("Years_as_a_Rep__c"),
        "{}",
        first.headline
    );
    assert_eq!(verdict(report, "leakage.engagement"), Verdict::Warn);
}

#[test]
fn a_column_that_holds_the_key_is_named() {
    let report = report(50, 3, Some(Hazard::IdentityColumn));
    let first = first(report);
    assert_eq!(
        (first.id.as_str(), first.severity),
        ("leakage.identity", Severity::Fail)
    );
    assert!(
        first.headline.contains("NumberClients_Individuals"),
        "{}",
        first.headline
    );
    assert!(first.headline.contains("100 %"), "{}", first.headline);
    assert_eq!(verdict(report, "leakage.identity"), Verdict::Fail);
}

#[test]
fn people_with_two_numbers_are_found_across_the_split() {
    let report = report(50, 3, Some(Hazard::TwinAdvisers));
    let first = first(report);
    assert_eq!(
        (first.id.as_str(), first.severity),
        ("leakage.duplicates", Severity::Fail)
    );
    assert!(first.rows >= 5, "{first:?}");
    assert_eq!(verdict(report, "leakage.duplicates"), Verdict::Fail);
}

#[test]
fn gaps_that_hide_mobility_and_gaps_that_stand_for_the_source_are_told_apart() {
    let mobile = report(50, 3, Some(Hazard::MissingNotAtRandom));
    let found = first(mobile);
    assert_eq!(
        (found.id.as_str(), found.severity),
        ("leakage.missingness", Severity::Warn)
    );
    assert!(
        found.headline.contains("DateOfHireAtCurrentFirm"),
        "{}",
        found.headline
    );
    assert!(
        found.headline.contains("moved more often"),
        "{}",
        found.headline
    );
    let source = report(50, 3, Some(Hazard::SourceMissingness));
    let found = first(source);
    assert_eq!(
        (found.id.as_str(), found.severity),
        ("leakage.missingness", Severity::Warn)
    );
    assert!(found.headline.contains("lead source"), "{}", found.headline);
    assert!(
        found
            .examples
            .as_ref()
            .is_some_and(|table| table.rows.len() > 3)
    );
}

#[test]
fn the_control_would_show_rows_that_were_trained_on() {
    let control = finding(report(50, 3, None), "leakage.control");
    assert_eq!(control.severity, Severity::Pass);
    let table = report(50, 3, None)
        .sections
        .iter()
        .flat_map(|section| &section.tables)
        .find(|table| table.title == "Areas with shuffled labels")
        .unwrap();
    for row in &table.rows {
        let leadrank_evidence::Cell::Number(seen) = row[3] else {
            panic!("{row:?}")
        };
        assert!(seen > 0.7, "{seen}");
    }
}

#[test]
fn one_and_two_threads_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = simulate(folder.path(), 50, 3, None);
    load(&project, DateTime::UNIX_EPOCH);
    let one = serde_json::to_string(&look(&mut project, 1)).unwrap();
    assert_eq!(one, serde_json::to_string(report(50, 3, None)).unwrap());
}

/// The lead file as it was half a year earlier, and then with a field filled for those who
/// got a call in between, which nothing keeps from the model.
#[test]
fn a_field_that_is_filled_between_two_deliveries_is_caught_in_the_act() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = simulate(folder.path(), 50, 3, None);
    let file = project.raw().join("salesforce_lead.csv");
    let whole = std::fs::read_to_string(&file).unwrap();
    let write = |earlier: bool| {
        let mut reader = csv::Reader::from_reader(whole.as_bytes());
        let header = reader.headers().unwrap().clone();
        let at = |name: &str| header.iter().position(|column| column == name).unwrap();
        let (call, agency) = (
            at("Stage_Entered_Call_Scheduled__c"),
            at("External_Agency__c"),
        );
        let mut writer = csv::Writer::from_path(&file).unwrap();
        writer.write_record(&header).unwrap();
        for record in reader.records() {
            let mut cells: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
            let later = cells[call].as_str() > "2025-07";
            if later && earlier {
                cells[call].clear();
            } else if later {
                cells[agency] = "Agency".into();
            }
            writer.write_record(&cells).unwrap();
        }
        writer.flush().unwrap();
    };
    write(true);
    load(&project, DateTime::UNIX_EPOCH);
    write(false);
    load(&project, DateTime::UNIX_EPOCH + Days::new(1));
    let report = look(&mut project, 2);
    let first = first(&report);
    assert_eq!(
        (first.id.as_str(), first.severity),
        ("leakage.engagement", Severity::Fail)
    );
    assert!(
        first.headline.contains("External_Agency__c"),
        "{}",
        first.headline
    );
    assert!(
        first
            .evidence
            .iter()
            .any(|text| text.contains("filled in the next delivery")),
        "{first:?}"
    );
    assert_eq!(verdict(&report, "leakage.engagement"), Verdict::Fail);
}
