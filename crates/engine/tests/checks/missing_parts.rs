//! What checks say where something is missing: months, outcomes, deliveries, a delivery
//! before, days after the analysis date.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_engine::checks::{self, Request, Which};
use leadrank_engine::stages::{self, ingest, rows::Rows};
use leadrank_engine::{Error, Project, gates};
use leadrank_evidence::{Gate, Report, Severity, Verdict};
use leadrank_simulate::{Hazard, Month, Options};
use leadrank_sources::{FileKind, IngestReport};

use crate::project::{request, runtime};

/// A project with these vendor months; none: those of `simulate`.
fn simulated(
    folder: &Path,
    (per_mille, seed): (u64, u64),
    months: &[(i32, u32)],
    hazard: Option<Hazard>,
) -> Project {
    let project = Project::init(folder).unwrap();
    let mut options = Options {
        scale: per_mille as f64 / 1000.0,
        seed,
        hazards: hazard.into_iter().collect(),
        ..Options::default()
    };
    if !months.is_empty() {
        let months = months
            .iter()
            .filter_map(|&(year, month)| Month::new(year, month));
        options.months = months.collect();
    }
    leadrank_simulate::write(folder, &options, &|_| {}).unwrap();
    project
}

/// Loads the raw folder, long after all that the files tell of.
fn load(project: &Project) -> IngestReport {
    let raw = ingest::Request::raw_folder(at());
    runtime(2)
        .block_on(ingest::run(project, &raw, &|_| {}))
        .unwrap()
}

fn at() -> DateTime<Utc> {
    "2026-01-05T08:00:00Z".parse().unwrap()
}

fn look(
    project: &Project,
    wanted: &[Which],
    month: Option<&str>,
) -> leadrank_engine::Result<Vec<Report>> {
    let request = Request {
        now: at(),
        month: month.map(day),
        ..request()
    };
    runtime(2).block_on(checks::run(project, wanted, request, &|_| {}))
}

fn numbers(project: &Project, sql: &str) -> Vec<i64> {
    let batches = runtime(2).block_on(stages::query(project, sql, 2)).unwrap();
    let rows = Rows::new(batches);
    rows.integers("n").unwrap().into_iter().flatten().collect()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn gate<'a>(report: &'a Report, id: &str) -> &'a Gate {
    report.gates.iter().find(|gate| gate.id == id).unwrap()
}

#[test]
fn facts_of_a_later_month_under_hybrid_are_counted_and_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let months = [(2025, 1), (2025, 7)];
    let mut project = simulated(folder.path(), (50, 3), &months, None);
    load(&project);
    project.loaded.config.features.history = "hybrid".into();
    let report = look(&project, &[Which::Leakage], None).unwrap().remove(0);
    // Counted anew from leads and months alone.
    let later = numbers(
        &project,
        "SELECT COUNT(*) AS n FROM (SELECT t.lead_id, t.contact_date, MIN(r.snapshot_as_of) AS first \
         FROM LeadScoring.training_dataset t JOIN LeadScoring.discovery_reps_current r \
         ON r.RepCRD = t.adviser_id GROUP BY t.lead_id, t.contact_date) m WHERE first > contact_date",
    )[0];
    assert!(later > 100, "{later}");
    let found = gate(&report, "leakage.as_of");
    assert_eq!(found.verdict, Verdict::Warn);
    assert_eq!(found.value.unwrap().value, later as f64);
    let finding = report
        .findings
        .iter()
        .find(|found| found.id == "leakage.as_of");
    let finding = finding.unwrap();
    assert_eq!(
        (finding.severity, finding.rows),
        (Severity::Warn, later as u64)
    );
    assert!(
        finding
            .examples
            .as_ref()
            .is_some_and(|table| !table.rows.is_empty())
    );
    assert!(
        !report.answer.contains("every fact is older"),
        "{}",
        report.answer
    );
}

#[test]
fn rows_too_few_to_be_divided_are_looked_at_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = simulated(folder.path(), (50, 32), &[], None);
    load(&project);
    for as_of in [None, Some(day("2024-06-01"))] {
        project.loaded.config.as_of = as_of;
        let reports = look(&project, &Which::ALL, None).unwrap();
        let of = |name: &str| reports.iter().find(|report| report.name == name).unwrap();
        // Early on most outcomes are open, which is for `classes` to say, and there are too few to
        // learn from at all.
        for report in reports.iter().filter(|report| report.name != "classes") {
            let failed = report
                .gates
                .iter()
                .filter(|gate| gate.verdict == Verdict::Fail);
            let failed: Vec<&str> = failed.map(|gate| gate.id.as_str()).collect();
            match (report.name.as_str(), as_of) {
                ("leakage", Some(_)) => assert_eq!(failed, ["leakage.cohort"]),
                _ => assert!(report.severity() > Severity::Fail, "{as_of:?} {failed:?}"),
            }
        }
        assert_ne!(
            gate(of("quality"), "quality.match").verdict,
            Verdict::NotEnoughData
        );
        assert!(of("classes").answer.contains("with a known outcome") || as_of.is_some());
        for (check, id) in [
            ("leakage", "leakage.control"),
            ("leakage", "leakage.duplicates"),
            ("imbalance", "imbalance.positives"),
            ("statistics", "statistics.split"),
        ] {
            assert_eq!(gate(of(check), id).verdict, Verdict::NotEnoughData, "{id}");
        }
        for check in ["imbalance", "statistics"] {
            assert!(
                of(check).answer.contains("ot enough data"),
                "{}",
                of(check).answer
            );
        }
        let said = match as_of {
            None => "Not everything was looked at",
            Some(_) => "too little history",
        };
        let answer = &of("leakage").answer;
        assert!(answer.contains(said), "{answer}");
    }
}

#[test]
fn a_first_delivery_that_is_held_back_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let hazard = Some(Hazard::DollarsForMillions);
    let project = simulated(folder.path(), (20, 5), &[(2025, 10)], hazard);
    let loaded = load(&project);
    assert!(!loaded.held_back.is_empty());
    let reports = look(&project, &[Which::Quality], Some("2025-10-01")).unwrap();
    let first = &reports[0].findings[0];
    assert_eq!(
        (first.id.as_str(), first.severity),
        ("quality.units", Severity::Fail)
    );
    assert!(
        first.headline.contains("dollars instead of millions"),
        "{}",
        first.headline
    );
    assert_eq!(
        gate(&reports[0], "quality.match").verdict,
        Verdict::NotEnoughData
    );
    assert_eq!(
        gates::recorded(&project).unwrap()["quality.units"]
            .gate
            .verdict,
        Verdict::Fail
    );
    // Whoever needs the month is told where it is.
    let error = look(&project, &[Which::Leakage], None)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("in quarantine") && error.contains("discovery_"),
        "{error}"
    );
}

#[test]
fn leads_alone_are_judged_and_files_that_wait_are_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let project = simulated(folder.path(), (20, 5), &[(2025, 10)], None);
    let before = look(&project, &[Which::Quality], None).unwrap_err();
    let text = before.to_string();
    assert!(matches!(before, Error::NothingInUse(_)), "{text}");
    assert!(text.contains("salesforce_lead.csv is in raw/"), "{text}");
    for entry in std::fs::read_dir(project.raw()).unwrap() {
        let entry = entry.unwrap();
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with("discovery_")
        {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    load(&project);
    let reports = look(&project, &[Which::Quality], None).unwrap();
    let first = &reports[0].findings[0];
    assert_eq!(first.id, "quality.in_use");
    assert!(
        first
            .headline
            .contains("no vendor month is loaded yet: put"),
        "{}",
        first.headline
    );
}

#[test]
fn nothing_after_the_analysis_date_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = simulated(folder.path(), (50, 5), &[], None);
    load(&project);
    let count = |project: &Project, sql: &str| numbers(project, sql)[0];
    let contacted = "SELECT COUNT(DISTINCT Id) AS n FROM SavvyGTMData.Lead WHERE Stage_Entered_Contacting__c IS NOT NULL";
    let all = count(&project, contacted);
    let until = count(
        &project,
        &format!("{contacted} AND DATE(Stage_Entered_Contacting__c) <= DATE '2025-06-30'"),
    );
    assert!(until < all);
    let before = look(&project, &[Which::Quality], None).unwrap();
    let last = day("2025-06-30");
    project.loaded.config.as_of = Some(last);
    let reports = look(&project, &Which::ALL, None).unwrap();
    let scope = reports[0].scope.replace(',', "");
    assert!(
        scope.starts_with(&format!("{until} contacted leads")),
        "{scope}"
    );
    assert!(scope.contains("6 vendor months"), "{scope}");
    let age = gate(&reports[0], "quality.freshness").value.unwrap();
    assert_eq!(age.value, (last - day("2025-04-01")).num_days() as f64);
    let text = serde_json::to_string(&reports).unwrap();
    for later in [
        "2025-07-01",
        "2025-10-01",
        "2025_07",
        "2025_10",
        "2025-10-0",
    ] {
        assert!(!text.contains(later), "{later} is known");
    }
    for report in &reports {
        assert!(
            report.severity() > Severity::Fail,
            "{:#?}",
            report.findings.first()
        );
    }
    // What is loaded is still shown as loaded, and comes back.
    let in_use = runtime(2).block_on(stages::in_use(&project)).unwrap();
    assert_eq!(in_use.months(FileKind::Reps).len(), 8);
    project.loaded.config.as_of = None;
    let again = look(&project, &[Which::Quality], None).unwrap();
    assert_eq!(before[0].scope, again[0].scope);
}

#[test]
fn a_first_month_passes_no_gate_that_compares() {
    let folder = tempfile::tempdir().unwrap();
    let months = [(2025, 10)];
    let hazard = Some(Hazard::UnitFlip);
    let project = simulated(folder.path(), (20, 5), &months, hazard);
    load(&project);
    let report = look(&project, &[Which::Quality], None).unwrap().remove(0);
    for id in [
        "quality.complete",
        "quality.rows",
        "quality.schema",
        "quality.fill",
        "quality.units",
    ] {
        let gate = gate(&report, id);
        assert_eq!(
            (gate.verdict, gate.value),
            (Verdict::NotEnoughData, None),
            "{id}"
        );
    }
    assert_eq!(gate(&report, "quality.rejects").verdict, Verdict::Pass);
    assert!(
        !report.answer.contains("nothing came in another unit"),
        "{}",
        report.answer
    );
    let says = |text: &str| {
        report
            .findings
            .iter()
            .any(|found| found.headline.contains(text))
    };
    assert!(!says("as the ones before") && says("first of their kind"));
}

#[test]
fn a_first_month_without_a_column_that_features_need_is_held_back() {
    for hazard in [Hazard::MissingColumn, Hazard::RenamedColumn] {
        let folder = tempfile::tempdir().unwrap();
        let project = simulated(folder.path(), (20, 5), &[(2025, 10)], Some(hazard));
        let loaded = load(&project);
        assert!(!loaded.held_back.is_empty(), "{hazard:?}");
        let report = look(&project, &[Which::Quality], None).unwrap().remove(0);
        let first = &report.findings[0];
        assert_eq!(
            (first.id.as_str(), first.severity),
            ("quality.schema", Severity::Fail)
        );
        assert_eq!(gate(&report, "quality.schema").verdict, Verdict::Fail);
    }
}

#[test]
fn a_month_that_nobody_delivered_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let project = simulated(folder.path(), (50, 5), &[(2025, 7), (2025, 10)], None);
    load(&project);
    let error = look(&project, &[Which::Quality], Some("2025-11-01")).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("2025-11") && text.contains("2025-07, 2025-10"),
        "{text}"
    );
    // A small change of rows is shown as it is.
    let report = look(&project, &[Which::Quality], None).unwrap().remove(0);
    let rows = gate(&report, "quality.rows");
    assert_eq!(rows.verdict, Verdict::Pass);
    assert!(rows.value.unwrap().value > 0.001, "{rows:?}");
    // Its demand on loading is judged by the brief's own query.
    let leakage = look(&project, &[Which::Leakage], None).unwrap().remove(0);
    let cohort = gate(&leakage, "leakage.cohort").brief.as_ref().unwrap();
    assert_eq!(cohort.met, Some(false));
    let free: Vec<&String> = leakage
        .findings
        .iter()
        .filter(|found| found.id == "leakage.kept_out")
        .flat_map(|found| &found.evidence)
        .filter(|text| text.starts_with("Free text"))
        .collect();
    assert!(
        !free.is_empty() && !free[0].contains("ConvertedOpportunityId"),
        "{free:?}"
    );
}

#[test]
fn numbers_of_the_match_are_given_by_adviser_and_by_lead() {
    let folder = tempfile::tempdir().unwrap();
    let project = simulated(folder.path(), (50, 5), &[(2025, 7), (2025, 10)], None);
    load(&project);
    let report = look(&project, &[Which::Quality], None).unwrap().remove(0);
    let found = numbers(
        &project,
        "SELECT COUNT(*) AS n FROM LeadScoring.training_dataset WHERE adviser_id IN \
         (SELECT RepCRD FROM LeadScoring.discovery_reps_current)",
    )[0] as u64;
    let tables = report.sections.iter().flat_map(|section| &section.tables);
    let mut matches = tables.filter(|table| table.title == "Match of contacted leads");
    let row = matches.next().unwrap().rows.iter().find(|row| {
        matches!(&row[0], leadrank_evidence::Cell::Text(text) if text.contains("in any month"))
    });
    assert_eq!(row.unwrap()[1], leadrank_evidence::Cell::Count(found));
    let finding = report
        .findings
        .iter()
        .find(|found| found.id == "quality.match");
    assert!(
        finding
            .unwrap()
            .evidence
            .iter()
            .any(|text| text.starts_with("By lead: "))
    );
}
