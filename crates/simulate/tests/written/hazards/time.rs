//! Facts that were not known yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use leadrank_simulate::Hazard;

use super::*;

#[test]
fn late_snapshot_leaves_one_vintage_after_nearly_all_contacts() {
    let (folder, summary) = simulate(SCALE, &MONTHS, &[Hazard::LateSnapshot], 2);
    assert_eq!(summary.months.len(), 1);
    let files = fs::read_dir(folder.path().join("raw")).unwrap().count();
    assert_eq!(files, 4 + 4);
    let leads = rows(folder.path(), "raw/salesforce_lead.csv");
    let contacts: Vec<_> = leads
        .iter()
        .filter_map(|l| filled(l, "Stage_Entered_Contacting_c"))
        .collect();
    let early = contacts.iter().filter(|c| **c < "2025-12-01").count();
    assert!(early as f64 > 0.85 * contacts.len() as f64);
}

#[test]
fn backfill_rewrites_the_past_of_those_who_scheduled_a_call() {
    let contradicted = |project: &Path| {
        let hired = |month: &str| -> BTreeMap<String, (String, f64)> {
            let row = |r: crate::common::Row| {
                let years = number(&r, "DateOfHireAtCurrentFirm_NumberOfYears")?;
                let key = digits(&r["RepCRD"]);
                (r["IsPrimaryRIAFirm"] == "Yes").then_some((key, (digits(&r["RIAFirmCRD"]), years)))
            };
            reps(project, month, &[])
                .into_iter()
                .filter_map(row)
                .collect()
        };
        let (then, now) = (hired("2025_04"), hired("2025_10"));
        // half a year later the years at the same firm must be half a year more
        let wrong = |(key, (firm, years)): (&String, &(String, f64))| {
            then.get(key)
                .is_some_and(|(f, y)| f == firm && *years < y - 0.1)
        };
        now.iter().filter(|entry| wrong(*entry)).count() as f64
    };
    let (plain, faulty) = both(Hazard::Backfill, contradicted);
    assert_eq!(plain, 0.0);
    assert!(faulty >= 3.0, "{faulty}");
}

#[test]
fn a_redelivered_month_differs_only_in_the_careers_of_those_who_scheduled_a_call() {
    let (plain, faulty) = (plain_project(), planted(Hazard::RedeliveredMonth));
    let scheduled = scheduled(plain);
    let mut shorter = 0;
    for territory in ["t1", "t2", "t3"] {
        let file = rep_file(territory, "2025_07");
        for (before, after) in rows(plain, &file).iter().zip(&rows(faulty.path(), &file)) {
            let columns = differing_cells(before, after);
            if columns.is_empty() {
                continue;
            }
            assert!(scheduled.contains(&before["FirstName"]));
            assert!(
                columns
                    .iter()
                    .all(|c| *c == HIRED || c.starts_with("Number_YearsPriorFirm"))
            );
            let years = |row| number(row, HIRED);
            if let (Some(was), Some(is)) = (years(before), years(after)) {
                shorter += i32::from(is < was);
                assert!((number(after, "Number_YearsPriorFirm1").unwrap() - 0.7 * was).abs() < 0.1);
            }
        }
    }
    assert!(shorter >= 5, "{shorter}");
    let files = differing_files(plain, faulty.path());
    assert!(
        files
            .iter()
            .all(|f| f.starts_with("raw/discovery_t") && f.contains("2025_07"))
    );
}

#[test]
fn a_single_month_is_the_one_that_comes_again() {
    let (plain, _) = simulate(SCALE, &["2025_10"], &[], 2);
    let (faulty, _) = simulate(SCALE, &["2025_10"], &[Hazard::RedeliveredMonth], 2);
    assert!(!differing_files(plain.path(), faulty.path()).is_empty());
}

#[test]
fn a_leaky_feature_predicts_too_well_before_the_contact_too() {
    const WIDE: f64 = 0.3;
    let (plain, _) = simulate(WIDE, &["2022_01", "2025_10"], &[], 2);
    let (faulty, _) = simulate(WIDE, &["2022_01", "2025_10"], &[Hazard::LeakyFeature], 2);
    let measure = |project: &Path, month| {
        let labels = labels(project);
        let rows = reps(project, month, &["RepCRD", "MilesToWork"]);
        let known: BTreeMap<String, Option<f64>> = rows
            .iter()
            .map(|r| (digits(&r["RepCRD"]), number(r, "MilesToWork")))
            .collect();
        let pairs: Vec<(Option<f64>, bool)> = labels
            .iter()
            .filter_map(|(crd, label)| Some((*known.get(crd)?, *label)))
            .collect();
        assert!(pairs.len() > 5_000, "{}", pairs.len());
        (discrimination(&pairs), information_value(&pairs))
    };
    for month in ["2022_01", "2025_10"] {
        let (auc, iv) = measure(plain.path(), month);
        assert!(
            (0.44..0.56).contains(&auc) && iv < 0.1,
            "{month} {auc} {iv}"
        );
        let (auc, iv) = measure(faulty.path(), month);
        assert!(
            (0.74..0.86).contains(&auc) && iv > 0.7,
            "{month} {auc} {iv}"
        );
    }
    let file = rep_file("t1", "2022_01");
    let columns = differing_columns(plain.path(), faulty.path(), &file);
    assert_eq!(columns.into_keys().collect::<Vec<_>>(), ["MilesToWork"]);
    let files = differing_files(plain.path(), faulty.path());
    assert!(files.iter().all(|f| f.starts_with("raw/discovery_t")));
}

/// First names, which nobody shares, of those whose call was scheduled in time; also of
/// those whose lead has no adviser number.
fn scheduled(project: &Path) -> BTreeSet<String> {
    let truth = rows(project, "truth/leads.csv");
    let leads = rows(project, "raw/salesforce_lead.csv");
    let hits = leads
        .into_iter()
        .zip(&truth)
        .filter(|(_, truth)| truth["label_30d"] == "1");
    hits.map(|(lead, _)| lead["FirstName"].clone()).collect()
}

/// Area under the ROC curve of few miles among those whose miles are known.
fn discrimination(pairs: &[(Option<f64>, bool)]) -> f64 {
    let of = |wanted: bool| -> Vec<f64> {
        let miles = pairs.iter().filter(|(_, label)| *label == wanted);
        miles.filter_map(|(miles, _)| *miles).collect()
    };
    let (hits, misses) = (of(true), of(false));
    let won = |hit: &f64| -> f64 {
        let score =
            |miss: &f64| f64::from(u8::from(hit < miss)) + f64::from(u8::from(hit == miss)) / 2.0;
        misses.iter().map(score).sum()
    };
    hits.iter().map(won).sum::<f64>() / (hits.len() * misses.len()) as f64
}

/// Information value over five bins, one of them for the unknown.
fn information_value(pairs: &[(Option<f64>, bool)]) -> f64 {
    let bin = |miles: Option<f64>| match miles {
        None => 0,
        Some(miles) if miles < 4.0 => 1,
        Some(miles) if miles < 10.0 => 2,
        Some(miles) if miles < 20.0 => 3,
        Some(_) => 4,
    };
    let mut counts = [[0.5_f64; 5]; 2];
    for (miles, label) in pairs {
        counts[usize::from(*label)][bin(*miles)] += 1.0;
    }
    let totals = counts.map(|c| c.iter().sum::<f64>());
    let part = |k: usize| {
        let (hit, miss) = (counts[1][k] / totals[1], counts[0][k] / totals[0]);
        (hit - miss) * (hit / miss).ln()
    };
    (0..5).map(part).sum()
}
