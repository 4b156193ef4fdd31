//! Every fault that can be planted is named first by the check that should find it, and a
//! plain project is failed by none.

use std::collections::BTreeSet;

use leadrank_engine::checks::Which;
use leadrank_evidence::{Report, Severity, Verdict};
use leadrank_simulate::Hazard;

use crate::project::{loaded, look, redelivered};

/// What the first finding must be, and how bad at least.
struct Expected {
    hazard: Hazard,
    /// Thousandths of the real size.
    scale: u64,
    id: &'static str,
    severity: Severity,
    /// A part of the headline.
    says: &'static str,
}

/// Every fault that a check finds.
fn all() -> Vec<Expected> {
    use Hazard as H;
    use Severity::{Fail, Note, Warn};
    let rows = [
        (H::MissingTerritory, 50, "quality.complete", Fail, "T3"),
        (
            H::MissingColumn,
            50,
            "quality.schema",
            Fail,
            "AUMGrowthRate_5Year",
        ),
        (H::RenamedColumn, 50, "quality.schema", Fail, "renamed?"),
        (
            H::ReorderedHeader,
            50,
            "quality.header",
            Note,
            "another order",
        ),
        (
            H::TypeDrift,
            50,
            "quality.rejects",
            Fail,
            "Number_BranchAdvisors",
        ),
        (
            H::UnitFlip,
            50,
            "quality.units",
            Fail,
            "fractions instead of percent",
        ),
        (
            H::DollarsForMillions,
            50,
            "quality.units",
            Fail,
            "dollars instead of millions",
        ),
        (
            H::UnknownAum,
            50,
            "quality.nulls",
            Warn,
            "assets are unknown",
        ),
        (
            H::DuplicateLeads,
            50,
            "quality.repeated_leads",
            Warn,
            "repeat a Salesforce id",
        ),
        (
            H::Latin1,
            50,
            "quality.rejects",
            Warn,
            "Notes in T1 of 2025-10",
        ),
        (
            H::LateDrift,
            50,
            "quality.drift",
            Fail,
            "AUMGrowthRate_1Year",
        ),
        (H::LateSnapshot, 50, "leakage.cohort", Fail, "too few"),
        (H::Backfill, 100, "leakage.backfill", Fail, "rewritten"),
        (
            H::LeakyFeature,
            100,
            "leakage.too_good",
            Fail,
            "MilesToWork",
        ),
        (
            H::IdentityColumn,
            50,
            "leakage.identity",
            Fail,
            "NumberClients_Individuals",
        ),
        (
            H::TwinAdvisers,
            100,
            "leakage.duplicates",
            Fail,
            "another adviser number",
        ),
        (
            H::EngagementField,
            100,
            "leakage.engagement",
            Warn,
            "Years_as_a_Rep__c",
        ),
        (
            H::MissingNotAtRandom,
            200,
            "leakage.missingness",
            Warn,
            "DateOfHireAtCurrentFirm_NumberOfYears",
        ),
        (
            H::SourceMissingness,
            100,
            "leakage.missingness",
            Warn,
            "source",
        ),
        (
            H::NegativeDays,
            200,
            "classes.timing",
            Warn,
            "before the contact",
        ),
        (H::LateCalls, 200, "classes.late", Warn, "after day 30"),
        (H::WeekdayShift, 100, "classes.weekday", Warn, "1 day late"),
    ];
    rows.map(|(hazard, scale, id, severity, says)| Expected {
        hazard,
        scale,
        id,
        severity,
        says,
    })
    .into()
}

fn check_of(id: &str) -> Which {
    match id.split('.').next() {
        Some("quality") => Which::Quality,
        Some("leakage") => Which::Leakage,
        Some("classes") => Which::Classes,
        Some("imbalance") => Which::Imbalance,
        Some("statistics") => Which::Statistics,
        other => panic!("{other:?} is no check"),
    }
}

fn show(report: &Report) -> String {
    let lines = report.findings.iter().map(|finding| {
        let (severity, strength) = (finding.severity, finding.strength);
        format!(
            "{severity:?} {} [{strength:.2}]: {}",
            finding.id, finding.headline
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn first_is(report: &Report, expected: &Expected) -> Result<(), String> {
    let first = report.findings.first().expect("a finding");
    let fits = first.id == expected.id
        && first.severity <= expected.severity
        && first.headline.contains(expected.says);
    let wanted = (expected.hazard, expected.id, expected.says);
    fits.then_some(())
        .ok_or_else(|| format!("wanted first {wanted:?}, found\n{}", show(report)))
}

/// All faults of one check, and all that went wrong with them at once.
fn named_first(check: &str) {
    let of_check = all()
        .into_iter()
        .filter(|expected| expected.id.starts_with(check));
    let wrong: Vec<String> = of_check
        .filter_map(|expected| {
            let key = (expected.scale, 5, Some(expected.hazard));
            let report = look(key, &[check_of(expected.id)]);
            first_is(&report[0], &expected).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_plain_project_is_failed_by_no_check() {
    for (scale, seed) in [(50, 5), (100, 8)] {
        for report in look((scale, seed, None), &Which::ALL) {
            let failed = report
                .gates
                .iter()
                .filter(|gate| gate.verdict == Verdict::Fail);
            let failed: Vec<&str> = failed.map(|gate| gate.id.as_str()).collect();
            assert_eq!(failed, [] as [&str; 0]);
            assert!(report.severity() > Severity::Fail, "{}", show(&report));
        }
    }
}

#[test]
fn quality_names_faults_of_files_first() {
    named_first("quality");
}

#[test]
fn leakage_names_what_leaks_first() {
    named_first("leakage");
}

#[test]
fn classes_name_shifted_outcomes_first() {
    named_first("classes");
}

#[test]
fn a_month_delivered_again_with_another_past_is_named_first() {
    let hazard = Hazard::RedeliveredMonth;
    let reports = redelivered((100, 5, Some(hazard)), &[Which::Leakage]);
    let expected = Expected {
        hazard,
        scale: 100,
        id: "leakage.backfill",
        severity: Severity::Fail,
        says: "rewritten",
    };
    first_is(&reports[0], &expected).unwrap();
}

#[test]
fn what_can_t_be_read_is_refused_or_counted_while_reading() {
    let report = loaded((20, 5, Some(Hazard::TruncatedFile))).expect("the rest loads");
    let held = &report.held_back[0];
    assert!(held.reasons[0].contains("cut off"), "{held:?}");
    let report = loaded((20, 5, Some(Hazard::Latin1))).expect("loads");
    let of_notes = |file: &leadrank_sources::FileReport| {
        let rejects = file.rejected.get("Notes")?;
        Some((file.file.clone(), rejects.reasons.clone()))
    };
    let notes: Vec<_> = report.files.iter().filter_map(of_notes).collect();
    let [(file, reasons)] = &notes[..] else {
        panic!("{notes:?}")
    };
    assert!(file.contains("t1_2025_10"), "{file}");
    assert_eq!(reasons.keys().collect::<Vec<_>>(), ["not UTF-8"]);
    assert!(reasons["not UTF-8"] > 0);
}

#[test]
fn every_fault_is_looked_for() {
    let mut covered: BTreeSet<Hazard> = all().iter().map(|expected| expected.hazard).collect();
    covered.extend([Hazard::RedeliveredMonth, Hazard::TruncatedFile]);
    assert_eq!(covered, Hazard::ALL.into_iter().collect());
}
