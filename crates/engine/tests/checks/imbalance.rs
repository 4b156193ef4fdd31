//! The imbalance of classes, on plain projects.

use leadrank_evidence::{Cell, Severity, Verdict};

use crate::made::looked;

#[test]
fn plain_projects_raise_no_alarm_and_small_ones_say_so() {
    for (scale, seed) in [(50, 1), (50, 2), (100, 4)] {
        let report = &looked(scale, seed, None).imbalance;
        for gate in &report.gates {
            assert_ne!(gate.verdict, Verdict::Fail, "{seed}: {gate:?}");
        }
        for found in &report.findings {
            assert_ne!(found.severity, Severity::Fail, "{seed}: {found:?}");
        }
        let ids: Vec<&str> = report.gates.iter().map(|gate| gate.id.as_str()).collect();
        assert_eq!(ids, ["imbalance.ratio", "imbalance.positives"]);
        let ratio = report.gates[0].value.unwrap();
        assert!(
            ratio.lo.unwrap() < 30.0 && ratio.hi.unwrap() > 24.0,
            "{ratio:?}"
        );
        // A project of a twentieth of the size has too few positives in its parts.
        assert_eq!(report.gates[1].verdict, Verdict::NotEnoughData);
    }
}

#[test]
fn strategies_and_power_are_told_in_full() {
    let report = &looked(100, 4, None).imbalance;
    let tables: Vec<_> = report
        .sections
        .iter()
        .flat_map(|section| &section.tables)
        .collect();
    let strategies = tables
        .iter()
        .find(|table| table.title.starts_with("Strategies"))
        .unwrap();
    assert_eq!(strategies.rows.len(), 10);
    let even = &strategies.rows[1];
    assert_eq!(even[2], Cell::Share { share: 0.5 });
    let power = tables
        .iter()
        .find(|table| table.title.starts_with("Smallest"))
        .unwrap();
    // The test part, five blocks and their mean.
    assert_eq!(power.rows.len(), 7);
    let said = report
        .findings
        .iter()
        .find(|found| found.id == "imbalance.power")
        .unwrap();
    assert!(
        said.headline.contains("are noise here"),
        "{}",
        said.headline
    );
    let parts = tables
        .iter()
        .find(|table| table.title.starts_with("Classes in"))
        .unwrap();
    assert_eq!(parts.rows.len(), 9);
}
