//! Gaps that say something.

use std::collections::BTreeMap;
use std::path::Path;

use leadrank_simulate::Hazard;

use super::*;

const BEGUN: &str = "DateBecameRep_NumberOfYears";
const ASSETS: &str = "TotalAssetsInMillions";

#[test]
fn missing_not_at_random_hides_tenure_of_the_mobile() {
    let gap = |project: &Path| {
        let rows = reps(
            project,
            "2025_10",
            &["DateOfHireAtCurrentFirm_NumberOfYears"],
        );
        share(&rows, |r| {
            filled(r, "DateOfHireAtCurrentFirm_NumberOfYears").is_none()
        })
    };
    let (plain, faulty) = both(Hazard::MissingNotAtRandom, gap);
    assert!(
        (faulty - plain - 0.2 / 3.0).abs() < 0.02,
        "{plain} {faulty}"
    );
}

#[test]
fn source_missingness_empties_years_of_those_not_from_the_list() {
    let (plain, faulty) = (plain_project(), planted(Hazard::SourceMissingness));
    let mut from_list: BTreeMap<String, bool> = BTreeMap::new();
    for lead in rows(plain, "raw/salesforce_lead.csv") {
        if let Some(number) = filled(&lead, "FA_CRD_c") {
            let listed = lead["LeadSource"] == "Provided Lead List";
            from_list.entry(digits(number)).or_insert(listed);
        }
    }
    for column in [BEGUN, HIRED] {
        let gap = |project: &Path, wanted: Option<bool>| {
            let mut rows = reps(project, "2025_10", &["RepCRD", column]);
            rows.retain(|r| from_list.get(&digits(&r["RepCRD"])).copied() == wanted);
            share(&rows, |r| filled(r, column).is_none())
        };
        let other = gap(faulty.path(), Some(false));
        assert!((0.55..0.68).contains(&other), "{other}");
        assert!(gap(plain, Some(false)) < 0.1);
        assert!(gap(faulty.path(), Some(true)) < 0.1);
    }
    for month in MONTHS {
        let columns = differing_columns(plain, faulty.path(), &rep_file("t1", month));
        assert_eq!(columns.into_keys().collect::<Vec<_>>(), [BEGUN, HIRED]);
    }
    let files = differing_files(plain, faulty.path());
    assert!(files.iter().all(|f| f.starts_with("raw/discovery_t")));
}

#[test]
fn unknown_assets_leave_a_twentieth_of_the_firms_and_all_other_cells() {
    let (plain, faulty) = (plain_project(), planted(Hazard::UnknownAum));
    for month in MONTHS {
        let mut files: Vec<String> = ["t1", "t2", "t3"].map(|t| rep_file(t, month)).to_vec();
        files.push(format!("raw/discovery_firms_{month}.csv"));
        for file in &files {
            let columns = differing_columns(plain, faulty.path(), file);
            assert_eq!(columns.into_keys().collect::<Vec<_>>(), [ASSETS], "{file}");
        }
        let firms = |project| {
            let rows = rows(project, &files[3]);
            share(&rows, |r| filled(r, ASSETS).is_some())
        };
        let (before, after) = (firms(plain), firms(faulty.path()));
        assert!(
            before > 0.7 && (0.03..0.06).contains(&after),
            "{before} {after}"
        );
        let reps = reps(faulty.path(), month, &[ASSETS]);
        assert!(share(&reps, |r| filled(r, ASSETS).is_none()) > 0.85);
    }
}
