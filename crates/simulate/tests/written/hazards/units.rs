//! Numbers that mean something else, and a world that moves.

use std::collections::BTreeSet;
use std::path::Path;

use leadrank_simulate::Hazard;

use super::*;

#[test]
fn type_drift_puts_words_into_one_territory() {
    let words = |project: &Path| {
        let rows = rows(project, &rep_file("t3", "2025_10"));
        share(&rows, |r| number(r, "Number_BranchAdvisors").is_none())
    };
    let (plain, faulty) = both(Hazard::TypeDrift, words);
    assert_eq!(plain, 0.0);
    assert!((0.4..0.6).contains(&faulty), "{faulty}");
}

#[test]
fn unit_flip_divides_by_a_hundred_in_one_month() {
    let largest = |month: &'static str| {
        move |project: &Path| {
            let rows = reps(project, month, &["PercentClients_Individuals"]);
            let shares = rows
                .iter()
                .filter_map(|r| number(r, "PercentClients_Individuals"));
            shares.fold(0.0, f64::max)
        }
    };
    let (plain, faulty) = both(Hazard::UnitFlip, largest("2025_07"));
    assert!(plain > 50.0 && faulty <= 1.0, "{plain} {faulty}");
    let (plain, faulty) = both(Hazard::UnitFlip, largest("2025_10"));
    assert_eq!(plain, faulty);
}

#[test]
fn dollars_for_millions_multiply_the_money_of_the_last_month() {
    let (plain, faulty) = (plain_project(), planted(Hazard::DollarsForMillions));
    let mut files = BTreeSet::new();
    for territory in ["t1", "t2", "t3"] {
        let file = rep_file(territory, "2025_10");
        let columns = differing_columns(plain, faulty.path(), &file);
        let columns: Vec<String> = columns.into_keys().collect();
        assert_eq!(columns.len(), 12, "{columns:?}");
        for (before, after) in rows(plain, &file).iter().zip(&rows(faulty.path(), &file)) {
            for column in &columns {
                let (before, after) = (number(before, column), number(after, column));
                assert_eq!(before.is_some(), after.is_some());
                if let (Some(before), Some(after)) = (before, after) {
                    // what the plain file rounds away is half a unit of its last place
                    assert!(
                        (after / 1e6 - before).abs() < 0.051,
                        "{column} {before} {after}"
                    );
                }
            }
        }
        files.insert(file);
    }
    assert_eq!(differing_files(plain, faulty.path()), files);
}

#[test]
fn late_drift_moves_growth_of_all_and_size_of_a_third() {
    let (plain, faulty) = (plain_project(), planted(Hazard::LateDrift));
    let (mut firms, mut grown) = (BTreeSet::new(), BTreeSet::new());
    for territory in ["t1", "t2", "t3"] {
        let file = rep_file(territory, "2025_10");
        for (before, after) in rows(plain, &file).iter().zip(&rows(faulty.path(), &file)) {
            for column in ["AUMGrowthRate_1Year", "AUMGrowthRate_5Year"] {
                if let Some(growth) = number(before, column) {
                    let moved = number(after, column).unwrap() - growth;
                    assert!((moved - 15.0).abs() < 0.011, "{growth} {moved}");
                }
            }
            let firm = digits(&before["RIAFirmCRD"]);
            if let Some(assets) = number(before, "TotalAssetsInMillions") {
                let times = number(after, "TotalAssetsInMillions").unwrap() / assets;
                let tripled = times > 2.0;
                assert!(
                    (times - if tripled { 3.0 } else { 1.0 }).abs() < 0.02,
                    "{times}"
                );
                if let Some(clients) = number(before, "NumberClients_Individuals") {
                    let wanted = if tripled { 3.0 * clients } else { clients };
                    assert_eq!(number(after, "NumberClients_Individuals"), Some(wanted));
                }
                firms.insert(firm.clone());
                if tripled {
                    grown.insert(firm);
                }
            }
        }
        let columns = differing_columns(plain, faulty.path(), &file);
        let moved = |name: &str| {
            [
                "AUMGrowth",
                "TotalAssets",
                "NumberClients",
                "AssetsIn",
                "CustodianAUM",
            ]
            .iter()
            .any(|start| name.starts_with(start))
        };
        assert!(columns.keys().all(|name| moved(name)), "{columns:?}");
    }
    let third = grown.len() as f64 / firms.len() as f64;
    assert!((0.28..0.38).contains(&third), "{third}");
    let files = differing_files(plain, faulty.path());
    assert!(files.len() == 4 && files.iter().all(|f| f.contains("2025_10")));
}
