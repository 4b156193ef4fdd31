//! Who is who.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use leadrank_simulate::Hazard;

use super::*;

const CLIENTS: &str = "NumberClients_Individuals";

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
fn twins_have_another_number_and_the_same_facts_and_outcome() {
    let (plain, faulty) = (plain_project(), planted(Hazard::TwinAdvisers));
    let faulty = faulty.path();
    let mut twins: BTreeMap<String, String> = BTreeMap::new();
    for month in MONTHS {
        for territory in ["t1", "t2", "t3"] {
            let file = rep_file(territory, month);
            let bytes = |project: &Path| fs::read(project.join(&file)).unwrap();
            assert!(bytes(faulty).starts_with(&bytes(plain)), "{file}");
            let all = rows(faulty, &file);
            let (old, new) = all.split_at(rows(plain, &file).len());
            let known: BTreeMap<Row, String> = old
                .iter()
                .map(|row| (without_number(row), digits(&row["RepCRD"])))
                .collect();
            for row in new {
                let first = &known[&without_number(row)];
                let second = digits(&row["RepCRD"]);
                assert_ne!(*first, second);
                assert_eq!(twins.entry(second).or_insert(first.clone()), first);
            }
        }
        let firms = format!("raw/discovery_firms_{month}.csv");
        assert!(fs::read(plain.join(&firms)).unwrap() == fs::read(faulty.join(&firms)).unwrap());
    }

    let by_number: BTreeMap<String, (NaiveDate, String)> = outcomes(faulty);
    let (old, new) = (outcomes(plain), &by_number);
    assert!(old.iter().all(|(number, outcome)| new[number] == *outcome));
    let added: Vec<&String> = new.keys().filter(|n| !old.contains_key(*n)).collect();
    let share = added.len() as f64 / old.len() as f64;
    assert!((0.08..0.13).contains(&share), "{share}");
    let mut scheduled = 0;
    for number in added {
        // those who left the list before the months written are not on it
        let Some(first) = twins.get(number) else {
            continue;
        };
        let ((day, outcome), (later, same)) = (&new[first], &new[number]);
        let weeks = (*later - *day).num_days();
        assert!((63..=210).contains(&weeks) && weeks % 7 == 0, "{weeks}");
        assert_eq!(outcome, same);
        scheduled += i32::from(!outcome.is_empty());
    }
    assert!(
        twins.len() > 60 && scheduled > 0,
        "{} {scheduled}",
        twins.len()
    );
}

fn without_number(row: &Row) -> Row {
    let mut row = row.clone();
    row.remove("RepCRD");
    row
}

/// First contact day and true days to the call of contacted leads, by adviser number.
fn outcomes(project: &Path) -> BTreeMap<String, (NaiveDate, String)> {
    let mut found = BTreeMap::new();
    let truth = rows(project, "truth/leads.csv");
    for (lead, truth) in rows(project, "raw/salesforce_lead.csv").iter().zip(&truth) {
        assert_eq!(lead["Id"], truth["lead_id"]);
        if let (Some(number), Some(day)) = (filled(lead, "FA_CRD_c"), date(truth, "contact_date")) {
            let outcome = (day, truth["days_to_call"].clone());
            found.entry(digits(number)).or_insert(outcome);
        }
    }
    found
}

#[test]
fn the_identity_column_holds_the_reps_own_number() {
    let (plain, faulty) = (plain_project(), planted(Hazard::IdentityColumn));
    for month in MONTHS {
        for territory in ["t1", "t2", "t3"] {
            let file = rep_file(territory, month);
            let columns = differing_columns(plain, faulty.path(), &file);
            assert_eq!(columns.into_keys().collect::<Vec<_>>(), [CLIENTS]);
            let rows = rows(faulty.path(), &file);
            assert!(rows.iter().all(|r| r[CLIENTS] == digits(&r["RepCRD"])));
        }
    }
    let files = differing_files(plain, faulty.path());
    assert!(files.iter().all(|f| f.starts_with("raw/discovery_t")));
}
