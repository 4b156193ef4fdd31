//! Whether drift is seen, and a calm month is left alone.

use chrono::NaiveDate;
use leadrank_engine::checks::{Request, quality};
use leadrank_evidence::{Picture, Report, Severity, Shading, Verdict};
use leadrank_simulate::Hazard;

use crate::project::{ask, request};

const SMALL: u64 = 40;

fn drift(seed: u64, hazard: Option<Hazard>, request: Request) -> Report {
    ask(
        (SMALL, seed, hazard),
        request,
        |_| {},
        async |input| quality::drift::check(input).await,
    )
    .unwrap()
}

fn month(year: i32, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, 1)
}

#[test]
fn calm_months_are_left_alone() {
    for seed in [1, 2] {
        let report = drift(seed, None, request());
        assert!(report.severity() > Severity::Fail, "{report:#?}");
        let gate = &report.gates[0];
        assert_eq!(
            (gate.id.as_str(), gate.verdict),
            ("quality.drift", Verdict::Pass)
        );
        assert_eq!(gate.brief.as_ref().unwrap().met, Some(true));
        let table = &report.sections[0].tables[0];
        assert_eq!(table.rows.len(), 67);
    }
}

#[test]
fn late_drift_is_found_first_and_its_features_are_named() {
    let report = drift(1, Some(Hazard::LateDrift), request());
    let first = &report.findings[0];
    assert_eq!(
        (first.id.as_str(), first.severity),
        ("quality.drift", Severity::Fail)
    );
    for name in [
        "AUMGrowthRate_1Year",
        "TotalAssetsInMillions",
        "NumberClients_Individuals",
    ] {
        assert!(
            first.headline.contains(name) || first.evidence.iter().any(|e| e.contains(name)),
            "{first:#?}"
        );
    }
    assert!(
        first.headline.contains("AUMGrowthRate_1Year"),
        "{}",
        first.headline
    );
    let jump = first
        .evidence
        .iter()
        .find(|e| e.starts_with("At least twice"));
    let after = jump
        .unwrap()
        .split("TotalAssetsInMillions on ")
        .nth(1)
        .unwrap();
    let share: f64 = after.split(" %").next().unwrap().parse().unwrap();
    assert!((25.0..42.0).contains(&share), "{jump:?}");
    assert_eq!(report.gates[0].verdict, Verdict::Fail);
    let Picture::Heat {
        rows,
        columns,
        values,
        shading,
        ..
    } = &report.sections[0].pictures[0]
    else {
        panic!("{:?}", report.sections[0].pictures)
    };
    assert_eq!(columns.last().unwrap(), "2025-10");
    let growth = rows
        .iter()
        .position(|row| row == "AUMGrowthRate_1Year")
        .unwrap();
    assert!(values[growth][7].unwrap() > 0.25 && values[growth][6] == Some(0.0));
    assert_eq!(shading, &Shading::Steps(vec![0.1, 0.2, 0.25]));
}

#[test]
fn a_column_with_a_stand_in_is_no_drift_but_said() {
    // The firm file of January 2025 lacks Number_Employees.
    let asked = Request {
        month: month(2025, 1),
        ..request()
    };
    let report = drift(1, None, asked);
    let first = &report.findings[0];
    assert_eq!(first.severity, Severity::Warn, "{report:#?}");
    assert!(
        first.headline.contains("Number_Employees"),
        "{}",
        first.headline
    );
    assert_eq!(report.gates[0].verdict, Verdict::Warn);
    // Two months that both have the column, one not the other's neighbour.
    let asked = Request {
        month: month(2025, 4),
        against: month(2024, 10),
        ..request()
    };
    assert_eq!(drift(1, None, asked).gates[0].verdict, Verdict::Pass);
}

#[test]
fn what_can_not_be_compared_is_said() {
    let with = |asked: Request, change: fn(&mut leadrank_engine::Project)| {
        ask((SMALL, 1, None), asked, change, async |input| {
            quality::drift::check(input).await
        })
    };
    let unknown = Request {
        against: month(2023, 5),
        ..request()
    };
    let text = with(unknown, |_| {}).unwrap_err().to_string();
    assert!(
        text.contains("2023-05") && text.contains("2025-10"),
        "{text}"
    );
    let first = Request {
        month: month(2024, 1),
        ..request()
    };
    let report = with(first, |_| {}).unwrap();
    assert_eq!(report.gates[0].verdict, Verdict::NotEnoughData);
}

#[test]
fn one_and_two_threads_say_the_same() {
    let one = Request {
        threads: 1,
        ..request()
    };
    assert_eq!(drift(1, None, one), drift(1, None, request()));
}
