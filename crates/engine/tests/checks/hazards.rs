//! Every fault that can be planted is named first by the check that should find it, and a
//! plain project is failed by none.

use leadrank_engine::checks::Which;
use leadrank_evidence::{CheckReport, Severity, Verdict};
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

fn expect(hazard: Hazard, scale: u64, id: &'static str, severity: Severity, says: &'static str) -> Expected {
    Expected {
        hazard,
        scale,
        id,
        severity,
        says,
    }
}

fn check_of(hazard: Hazard) -> Which {
    match hazard.finds() {
        "quality" => Which::Quality,
        "leakage" => Which::Leakage,
        "classes" => Which::Classes,
        "statistics" => Which::Statistics,
        other => panic!("{hazard} is found by {other}"),
    }
}

fn show(report: &CheckReport) -> String {
    let lines = report.findings.iter().map(|finding| {
        format!("{:?} {} [{:.2}]: {}", finding.severity, finding.id, finding.strength, finding.headline)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn named_first(expected: &[Expected]) {
    for expected in expected {
        let reports = look((expected.scale, 5, Some(expected.hazard)), &[check_of(expected.hazard)]);
        first_is(&reports[0], expected);
    }
}

fn first_is(report: &CheckReport, expected: &Expected) {
    let first = report.findings.first().expect("a finding");
    let fits = first.id == expected.id
        && first.severity <= expected.severity
        && first.headline.contains(expected.says);
    assert!(fits, "{}: wanted {} ({}) first\n{}", expected.hazard, expected.id, expected.says, show(report));
}

#[test]
fn a_plain_project_is_failed_by_no_check() {
    for (scale, seed) in [(50, 5), (100, 8)] {
        for report in look((scale, seed, None), &Which::ALL) {
            let failed: Vec<_> = report.gates.iter().filter(|gate| gate.verdict == Verdict::Fail).collect();
            assert!(failed.is_empty(), "{failed:?}");
            assert!(report.severity() > Severity::Fail, "{}", show(&report));
        }
    }
}

#[test]
fn what_comes_with_the_files_is_named_first() {
    use Hazard::{
        DollarsForMillions, DuplicateLeads, MissingColumn, MissingTerritory, RenamedColumn,
        ReorderedHeader, TypeDrift, UnitFlip, UnknownAum,
    };
    use Severity::{Fail, Note, Warn};
    named_first(&[
        expect(MissingTerritory, 20, "quality.complete", Fail, "T3"),
        expect(MissingColumn, 20, "quality.schema", Fail, "AUMGrowthRate_5Year"),
        expect(RenamedColumn, 50, "quality.schema", Fail, "renamed?"),
        expect(ReorderedHeader, 20, "quality.header", Note, "another order"),
        expect(TypeDrift, 20, "quality.rejects", Fail, "Number_BranchAdvisors"),
        expect(UnitFlip, 50, "quality.units", Fail, "fractions instead of percent"),
        expect(DollarsForMillions, 50, "quality.units", Fail, "dollars instead of millions"),
        expect(UnknownAum, 50, "quality.nulls", Warn, "assets are unknown"),
        expect(DuplicateLeads, 50, "quality.repeated_leads", Warn, "repeat a Salesforce id"),
    ]);
}

#[test]
fn what_leaks_is_named_first() {
    use Hazard::{
        Backfill, EngagementField, IdentityColumn, LateSnapshot, LeakyFeature, MissingNotAtRandom,
        SourceMissingness, TwinAdvisers,
    };
    use Severity::{Fail, Warn};
    named_first(&[
        expect(LateSnapshot, 50, "leakage.cohort", Fail, "too few"),
        expect(Backfill, 100, "leakage.backfill", Fail, "rewritten"),
        expect(LeakyFeature, 100, "leakage.too_good", Fail, "MilesToWork"),
        expect(IdentityColumn, 50, "leakage.identity", Fail, "NumberClients_Individuals"),
        expect(TwinAdvisers, 100, "leakage.duplicates", Fail, ""),
        expect(EngagementField, 100, "leakage.engagement", Warn, ""),
        expect(MissingNotAtRandom, 200, "leakage.missingness", Warn, ""),
        expect(SourceMissingness, 100, "leakage.missingness", Warn, "source"),
    ]);
}

#[test]
fn a_month_delivered_again_with_another_past_is_named_first() {
    let reports = redelivered((100, 5, Some(Hazard::RedeliveredMonth)), &[Which::Leakage]);
    let expected = expect(Hazard::RedeliveredMonth, 100, "leakage.backfill", Severity::Fail, "rewritten");
    first_is(&reports[0], &expected);
}

#[test]
fn shifted_outcomes_and_drift_are_named_first() {
    use Hazard::{LateCalls, LateDrift, NegativeDays, WeekdayShift};
    use Severity::{Fail, Warn};
    named_first(&[
        expect(NegativeDays, 200, "classes.timing", Warn, "before"),
        expect(LateCalls, 200, "classes.late", Warn, ""),
        expect(WeekdayShift, 100, "classes.weekday", Warn, ""),
        expect(LateDrift, 50, "quality.drift", Fail, ""),
    ]);
}

#[test]
fn what_can_t_be_read_is_refused_or_counted_while_reading() {
    let error = loaded((20, 5, Some(Hazard::TruncatedFile))).expect_err("cut off");
    assert!(error.to_string().contains("cut off"), "{error}");
    let report = loaded((20, 5, Some(Hazard::Latin1))).expect("loads");
    let notes = report.files.iter().filter_map(|file| file.rejected.get("Notes"));
    assert!(notes.map(|rejects| rejects.count).sum::<u64>() > 0);
}

#[test]
fn every_fault_has_its_check() {
    for hazard in Hazard::ALL {
        assert!(hazard.finds() == "ingest" || matches!(check_of(hazard), _known), "{hazard}");
    }
}
