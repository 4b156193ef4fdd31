//! The statistical validation of features, split and labels.

use leadrank_engine::checks::statistics;
use leadrank_evidence::{Cell, Picture, Report, Section, Severity, Shading, Table, Verdict};

use crate::project::{ask, request};

fn report(seed: u64) -> Report {
    ask(
        (40, seed, None),
        request(),
        |_| {},
        async |input| statistics::check(input).await,
    )
    .unwrap()
}

fn section<'a>(report: &'a Report, title: &str) -> &'a Section {
    let found = report
        .sections
        .iter()
        .find(|section| section.title == title);
    found.unwrap_or_else(|| panic!("no section {title}"))
}

fn texts(table: &Table, column: usize) -> Vec<&str> {
    table
        .rows
        .iter()
        .filter_map(|row| match &row[column] {
            Cell::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_plain_project_has_no_fault() {
    for seed in [1, 2] {
        let report = report(seed);
        let failed: Vec<_> = (report.findings.iter())
            .filter(|finding| finding.severity == Severity::Fail)
            .collect();
        assert!(failed.is_empty(), "{failed:#?}");
        for gate in &report.gates {
            assert_ne!(gate.verdict, Verdict::Fail, "{gate:?}");
        }
        let ids: Vec<&str> = report.gates.iter().map(|gate| gate.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "statistics.split",
                "statistics.correlation",
                "statistics.vif"
            ]
        );
        let same = report
            .findings
            .iter()
            .find(|finding| finding.id == "statistics.labels");
        assert_eq!(same.unwrap().severity, Severity::Pass);
        let ranges = report
            .findings
            .iter()
            .find(|finding| finding.id == "statistics.range");
        assert_eq!(ranges.unwrap().severity, Severity::Pass);
    }
}

#[test]
fn known_redundancies_are_found_with_their_reason() {
    let report = report(1);
    let section = section(&report, "Features that say the same");
    let pairs = &section.tables[0];
    let why = texts(pairs, 5);
    assert!(
        why.iter().any(|why| why.contains("computed from")),
        "{pairs:#?}"
    );
    let Picture::Heat {
        rows,
        columns,
        values,
        shading,
        ..
    } = &section.pictures[0]
    else {
        panic!("{:?}", section.pictures)
    };
    let marks = Shading::Marked(vec![0.8, 0.95, 0.98, 0.9999]);
    assert_eq!((rows, shading), (columns, &marks));
    assert!(rows.len() <= 40 && values.iter().all(|row| row.len() == rows.len()));
    for (place, row) in values.iter().enumerate() {
        assert_eq!(row[place], Some(1.0));
    }
    let vif = report
        .gates
        .iter()
        .find(|gate| gate.id == "statistics.vif")
        .unwrap();
    assert_ne!(vif.verdict, Verdict::Fail);
}

#[test]
fn the_calendar_has_every_part_its_window_and_the_months() {
    let report = report(1);
    let section = section(&report, "The split in time");
    let Picture::Calendar { lanes, .. } = &section.pictures[0] else {
        panic!("{:?}", section.pictures)
    };
    let labels: Vec<&str> = lanes.iter().map(|lane| lane.label.as_str()).collect();
    let (parts, rest) = labels.split_at(5);
    assert_eq!(
        parts,
        ["train", "stop", "calibration", "test", "open outcomes"]
    );
    let (months, folds) = rest.split_last().unwrap();
    assert_eq!(*months, "vendor months");
    // Few leads make few folds.
    assert!(folds.len() >= 2, "{labels:?}");
    let numbered: Vec<String> = (1..=folds.len()).map(|n| format!("fold {n}")).collect();
    assert_eq!(folds, numbered);
    let last_fold = folds[folds.len() - 1];
    let of = |label: &str| &lanes.iter().find(|lane| lane.label == label).unwrap().spans;
    // Whatever is learned from or judged on says how many leads and positives it has.
    for label in ["train", "stop", "calibration", "test", "fold 1", last_fold] {
        let sides = of(label).iter().filter(|span| span.kind != "purged");
        for side in sides {
            let counted = side.text.contains(" leads, ") && side.text.ends_with(" positives");
            assert!(counted, "{side:?}");
        }
    }
    // A fold is judged on days that its past does not reach, and never on the test.
    let fold = of(last_fold);
    let side = |kind: &str| fold.iter().find(|span| span.kind == kind).unwrap();
    assert!(side("train").to < side("purged").from, "{fold:?}");
    assert!(side("purged").to < side("judged").from, "{fold:?}");
    let first_of_test = &of("test")
        .iter()
        .find(|span| span.kind == "test")
        .unwrap()
        .from;
    assert!(&side("judged").to < first_of_test, "{fold:?}");
    assert_eq!(of("vendor months").len(), 8);
    assert_eq!(of("open outcomes").len(), 4);
    assert!(of("calibration").iter().any(|span| span.kind == "purged"));
    // The outcomes of calibration are known when the test begins.
    let test = of("test").iter().find(|span| span.kind == "test").unwrap();
    let windows = of("open outcomes");
    let calibration = windows
        .iter()
        .find(|span| span.text.contains("calibration"));
    assert!(calibration.unwrap().to < test.from, "{lanes:#?}");
}

#[test]
fn borders_of_the_label_rule_are_as_they_must_be() {
    let report = report(1);
    let section = section(&report, "Labels by the rule");
    let count = |cell: &Cell| match cell {
        Cell::Count(count) => *count,
        other => panic!("{other:?}"),
    };
    let statuses = &section.tables[0];
    let total: u64 = statuses.rows.iter().map(|row| count(&row[3])).sum();
    assert!(
        report
            .scope
            .replace(',', "")
            .starts_with(&format!("{total} contacted leads")),
        "{}",
        report.scope
    );
    let borders = &section.tables[1];
    assert_eq!(borders.rows.len(), 6);
    for row in &borders.rows {
        assert_eq!(row[2], row[3], "{row:?}");
    }
    // Most calls are scheduled on the day of contact.
    assert!(count(&borders.rows[1][2]) > 0);
}
