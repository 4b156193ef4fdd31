//! Every planted fault is visible in what is written, and absent without it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::common::{digits, filled, number, read, rep_file, reps, rows, simulate};
use leadrank_simulate::Hazard;

const SCALE: f64 = 0.02;
const MONTHS: [&str; 3] = ["2025_04", "2025_07", "2025_10"];

/// Measures a plain project and one with the fault.
fn both(hazard: Hazard, measure: impl Fn(&Path) -> f64) -> (f64, f64) {
    let plain = simulate(SCALE, &MONTHS, &[], 2).0;
    let faulty = simulate(SCALE, &MONTHS, &[hazard], 2).0;
    (measure(plain.path()), measure(faulty.path()))
}

fn share(rows: &[crate::common::Row], test: impl Fn(&crate::common::Row) -> bool) -> f64 {
    rows.iter().filter(|row| test(row)).count() as f64 / rows.len() as f64
}

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
fn engagement_field_is_filled_where_the_call_was_scheduled() {
    let filled_share = |project: &Path| {
        let mut leads = rows(project, "raw/salesforce_lead.csv");
        leads.retain(|l| filled(l, "Stage_Entered_Call_Scheduled_c").is_some());
        share(&leads, |l| filled(l, "Years_at_Firm_c").is_some())
    };
    let (plain, faulty) = both(Hazard::EngagementField, filled_share);
    assert!(plain < 0.3, "{plain}");
    assert!(faulty > 0.6, "{faulty}");
}

#[test]
fn negative_days_double() {
    let negative = |hazards: &[Hazard]| {
        let (_, summary) = simulate(0.3, &["2025_10"], hazards, 2);
        summary.truth.negative as f64
    };
    let ratio = negative(&[Hazard::NegativeDays]) / negative(&[]);
    assert!((1.5..2.6).contains(&ratio), "{ratio}");
}

#[test]
fn duplicate_leads_repeat_ids_and_numbers() {
    let repeats = |project: &Path, column: &str| {
        let leads = rows(project, "raw/salesforce_lead.csv");
        let values: Vec<String> = leads
            .iter()
            .filter_map(|l| filled(l, column))
            .map(str::to_owned)
            .collect();
        let distinct: BTreeSet<&String> = values.iter().collect();
        1.0 - distinct.len() as f64 / values.len() as f64
    };
    let (plain, faulty) = both(Hazard::DuplicateLeads, |p| repeats(p, "Id"));
    assert_eq!(plain, 0.0);
    assert!((0.01..0.03).contains(&faulty), "{faulty}");
    let (plain, faulty) = both(Hazard::DuplicateLeads, |p| repeats(p, "FA_CRD_c"));
    assert!(plain < 0.05 && faulty > 0.07, "{plain} {faulty}");
}

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
fn missing_column_is_gone_from_the_last_month_only() {
    let has = |month: &'static str| {
        move |project: &Path| {
            let row = &reps(project, month, &[])[0];
            f64::from(u8::from(row.contains_key("AUMGrowthRate_5Year")))
        }
    };
    assert_eq!(both(Hazard::MissingColumn, has("2025_10")), (1.0, 0.0));
    assert_eq!(both(Hazard::MissingColumn, has("2025_07")), (1.0, 1.0));
}

#[test]
fn truncated_file_ends_inside_a_line() {
    let broken = |project: &Path| {
        let path = project.join(rep_file("t2", "2025_10"));
        let whole = fs::read(&path).unwrap().ends_with(b"\n") && read(&path).is_ok();
        f64::from(u8::from(!whole))
    };
    assert_eq!(both(Hazard::TruncatedFile, broken), (0.0, 1.0));
}

#[test]
fn latin1_is_not_utf8() {
    let foreign = |project: &Path| {
        let bytes = fs::read(project.join(rep_file("t1", "2025_10"))).unwrap();
        f64::from(u8::from(std::str::from_utf8(&bytes).is_err()))
    };
    assert_eq!(both(Hazard::Latin1, foreign), (0.0, 1.0));
}

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
