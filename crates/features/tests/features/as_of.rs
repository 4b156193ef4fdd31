//! The as-of join, tenures moved to the contact, firms and stand-ins of the same month.

use leadrank_features::{Calculable, FeatureOptions, catalog, prepare_leads, training_dataset};

use crate::common::{Answer, Cell, FIRM_COLUMNS, Row, constants, day, options, row, same, session};

const AS_OF: &str = "2025-06-30";
const MONTHS: [&str; 3] = ["2025-01-01", "2025-02-01", "2025-03-01"];

fn n(value: f64) -> Cell {
    Cell::Number(value)
}

fn t(text: &'static str) -> Cell {
    Cell::Text(text)
}

fn rep(id: &'static str, month: &'static str, aum: f64) -> Row {
    row([
        ("RepCRD", t(id)),
        ("RIAFirmCRD", t("900")),
        ("territory_source", t("T1")),
        ("declared_nulls", n(0.0)),
        ("snapshot_as_of", t(month)),
        ("TotalAssetsInMillions", n(aum)),
        ("DateBecameRep_NumberOfYears", n(10.0)),
        ("DateOfHireAtCurrentFirm_NumberOfYears", n(1.95)),
        ("Number_YearsPriorFirm1", n(4.0)),
        ("Number_BranchAdvisors", n(8.0)),
        ("NumberClients_Individuals", n(50.0)),
    ])
}

fn lead(id: &'static str, adviser: &'static str, contact: &'static str) -> Row {
    row([
        ("Id", t(id)),
        ("FA_CRD__c", t(adviser)),
        ("Stage_Entered_Contacting__c", t(contact)),
    ])
}

async fn rows(reps: &[Row], firms: &[Row], leads: &[Row], options: &FeatureOptions) -> Answer {
    let session = session(AS_OF, reps, firms, leads);
    prepare_leads(&session, options).await.expect("labels");
    Answer::of(
        training_dataset(&session, options, &constants())
            .await
            .expect("rows"),
    )
    .await
}

#[tokio::test]
async fn each_lead_sees_the_newest_month_that_holds_its_adviser_and_is_not_after_contact() {
    let reps = [
        rep("1", "2025-01-01", 101.0),
        rep("1", "2025-02-01", 102.0),
        rep("1", "2025-03-01", 103.0),
        // gone from March
        rep("2", "2025-01-01", 201.0),
        rep("2", "2025-02-01", 202.0),
        // there from March only
        rep("3", "2025-03-01", 303.0),
    ];
    let mut leads = vec![
        lead("day before February", "1", "2025-01-31 23:59:59"),
        lead("first of February", "1", "2025-02-01 00:00:00"),
        lead("mid February", "1", "2025-02-14"),
        lead("May", "1", "2025-05-01"),
        lead("before all", "1", "2024-12-31"),
        lead("missing in newest", "2", "2025-04-01"),
        lead("only later", "3", "2025-02-28"),
        lead("unknown adviser", "4", "2025-04-01"),
        lead("same adviser again", "1", "2025-02-14"),
    ];
    leads.push(row([
        ("Id", t("no adviser")),
        ("Stage_Entered_Contacting__c", t("2025-04-01")),
    ]));
    let answer = rows(&reps, &[], &leads, &options(AS_OF, &MONTHS)).await;
    assert_eq!(answer.len(), 10, "one row a lead");
    for (id, month, aum) in [
        ("day before February", Some("2025-01-01"), Some(101.0)),
        ("first of February", Some("2025-02-01"), Some(102.0)),
        ("mid February", Some("2025-02-01"), Some(102.0)),
        ("same adviser again", Some("2025-02-01"), Some(102.0)),
        ("May", Some("2025-03-01"), Some(103.0)),
        ("before all", None, None),
        ("missing in newest", Some("2025-02-01"), Some(202.0)),
        ("only later", None, None),
        ("unknown adviser", None, None),
        ("no adviser", None, None),
    ] {
        assert_eq!(
            answer.text("lead_id", id, "snapshot_as_of").as_deref(),
            month,
            "{id}"
        );
        assert_eq!(
            answer.number("lead_id", id, "TotalAssetsInMillions"),
            aum,
            "{id}"
        );
    }
    // formulas applied to nulls
    for (name, value) in [
        ("NumberOfPriorFirms", Some(0.0)),
        ("Is_New_To_Firm", Some(0.0)),
        ("Growth_Momentum", Some(0.0)),
        ("Quality_Score", Some(0.1)),
        ("AUM_per_Client", None),
        ("DateBecameRep_NumberOfYears", None),
        ("Day_of_Contact", Some(2.0)),
    ] {
        assert!(
            same(answer.number("lead_id", "no adviser", name), value),
            "{name}"
        );
    }
    for feature in catalog() {
        // every feature is a column of the answer
        answer.text("lead_id", "May", feature.name);
    }
}

#[tokio::test]
async fn tenures_and_what_hangs_on_them_move_to_the_contact_and_nothing_else_does() {
    let reps = [rep("1", "2025-01-01", 100.0)];
    let leads = [
        lead("at once", "1", "2025-01-01"),
        lead("later", "1", "2025-03-01"),
    ];
    // 59 days from 1 January to 1 March 2025
    let moved = 59.0 / 365.25;
    let mut options = options(AS_OF, &MONTHS);
    let answer = rows(&reps, &[], &leads, &options).await;
    for (id, years) in [("at once", 0.0), ("later", moved)] {
        let hired = 1.95 + years;
        for (name, expected) in [
            ("DateBecameRep_NumberOfYears", 10.0 + years),
            ("DateOfHireAtCurrentFirm_NumberOfYears", hired),
            ("Number_YearsPriorFirm1", 4.0),
            ("AverageTenureAtPriorFirms", 4.0),
            ("Firm_Stability_Score", hired / 2.0),
            ("Experience_Efficiency", 100.0 / (10.0 + years + 1.0)),
            ("Is_New_To_Firm", f64::from(u8::from(hired < 2.0))),
            ("Is_Veteran_Advisor", f64::from(u8::from(years > 0.0))),
        ] {
            let found = answer.number("lead_id", id, name);
            assert!(
                same(found, Some(expected)),
                "{id} {name}: {found:?}, expected {expected}"
            );
        }
    }
    options.calculable = Calculable::AsDelivered;
    let answer = rows(&reps, &[], &leads, &options).await;
    for id in ["at once", "later"] {
        assert_eq!(
            answer.number("lead_id", id, "DateBecameRep_NumberOfYears"),
            Some(10.0)
        );
        assert_eq!(answer.number("lead_id", id, "Is_New_To_Firm"), Some(1.0));
    }
}

fn firm(month: &'static str, employees: f64, nulls_beside: bool) -> Row {
    let mut firm = row([
        ("RIAFirmCRD", t("900")),
        ("snapshot_as_of", t(month)),
        ("Number_Employees", n(employees)),
    ]);
    if !nulls_beside {
        firm.insert("Percent_ClientsUS", n(95.0));
        firm.insert("OwnershipType", t("Independent"));
    }
    firm
}

#[tokio::test]
async fn firm_facts_come_from_the_firm_file_of_the_same_month_with_fewest_nulls() {
    let reps = [
        rep("1", "2025-01-01", 100.0),
        rep("1", "2025-02-01", 100.0),
        rep("2", "2025-03-01", 1.0),
    ];
    let firms = [
        firm("2025-01-01", 11.0, false),
        firm("2025-02-01", 99.0, true),
        firm("2025-02-01", 22.0, false),
        firm("2025-02-01", 23.0, false),
        firm("2025-03-01", 33.0, false),
    ];
    let mut other = rep("3", "2025-03-01", 1.0);
    other.insert("RIAFirmCRD", t("901"));
    let mut alone = rep("4", "2025-03-01", 1.0);
    alone.remove("RIAFirmCRD");
    let reps: Vec<Row> = reps.into_iter().chain([other, alone]).collect();
    let leads = [
        lead("January", "1", "2025-01-15"),
        lead("May", "1", "2025-05-01"),
        lead("firm not in the file", "3", "2025-05-01"),
        lead("no firm", "4", "2025-05-01"),
    ];
    let answer = rows(&reps, &firms, &leads, &options(AS_OF, &MONTHS)).await;
    assert_eq!(
        answer.number("lead_id", "January", "Number_Employees"),
        Some(11.0)
    );
    // the adviser's newest month is February, so March's firm file is none of its business
    assert_eq!(
        answer.number("lead_id", "May", "Number_Employees"),
        Some(22.0)
    );
    assert_eq!(answer.number("lead_id", "May", "IsIndependent"), Some(1.0));
    // a stand-in is for a missing column, not for a missing firm
    for id in ["firm not in the file", "no firm"] {
        assert_eq!(
            answer.number("lead_id", id, "Number_Employees"),
            None,
            "{id}"
        );
        assert_eq!(
            answer.number("lead_id", id, "Number_InvestmentAdvisoryClients"),
            None,
            "{id}"
        );
    }
}

#[tokio::test]
async fn stand_ins_step_in_only_where_a_month_lacks_the_whole_column() {
    let reps = [rep("1", "2025-01-01", 100.0), rep("2", "2025-02-01", 100.0)];
    let firms = [
        firm("2025-01-01", 11.0, false),
        firm("2025-02-01", 22.0, false),
    ];
    let leads = [
        lead("January", "1", "2025-01-15"),
        lead("February", "2", "2025-05-01"),
    ];
    let mut options = options(AS_OF, &MONTHS);
    options.absent_firm_columns.insert(
        day("2025-02-01"),
        FIRM_COLUMNS.iter().map(|c| (*c).to_owned()).collect(),
    );
    let answer = rows(&reps, &firms, &leads, &options).await;
    for (name, january, february) in [
        ("Number_Employees", Some(11.0), Some(8.0)),
        ("Number_InvestmentAdvisoryClients", None, Some(50.0)),
        // 100 million dollars over 50 clients
        ("AverageAccountSize", None, Some(2_000_000.0)),
        ("Percent_ClientsUS", Some(95.0), None),
        ("IsIndependent", Some(1.0), Some(0.0)),
        ("AUM_per_Employee", Some(100.0 / 11.0), Some(12.5)),
        // 1 for everyone would say nothing
        ("Branch_Advisor_Density", Some(8.0 / 11.0), None),
    ] {
        assert!(
            same(answer.number("lead_id", "January", name), january),
            "January {name}"
        );
        assert!(
            same(answer.number("lead_id", "February", name), february),
            "February {name}"
        );
    }
}

#[tokio::test]
async fn a_rep_files_own_column_comes_before_the_stand_in() {
    let mut own = rep("1", "2025-01-01", 100.0);
    own.insert("Number_Employees", n(40.0));
    own.insert("AverageAccountSize", n(7.0));
    own.insert("Percent_ClientsUS", n(91.0));
    own.insert("OwnershipType", t("Independent"));
    // the column is there, so its null is a null
    let without = rep("2", "2025-01-01", 100.0);
    let leads = [
        lead("own", "1", "2025-01-15"),
        lead("null", "2", "2025-01-15"),
    ];
    let mut options = options(AS_OF, &MONTHS);
    let all = FIRM_COLUMNS.iter().map(|c| (*c).to_owned()).collect();
    options.absent_firm_columns.insert(day("2025-01-01"), all);
    let answer = rows(&[own, without], &[], &leads, &options).await;
    assert_eq!(
        answer.number("lead_id", "own", "Number_Employees"),
        Some(40.0)
    );
    assert_eq!(
        answer.number("lead_id", "own", "AverageAccountSize"),
        Some(7.0)
    );
    assert_eq!(
        answer.number("lead_id", "own", "Primarily_US_Clients"),
        Some(1.0)
    );
    assert_eq!(answer.number("lead_id", "own", "IsIndependent"), Some(1.0));
    assert!(same(
        answer.number("lead_id", "own", "Branch_Advisor_Density"),
        Some(0.2)
    ));
    assert_eq!(answer.number("lead_id", "null", "Number_Employees"), None);
    assert_eq!(
        answer.number("lead_id", "null", "Number_InvestmentAdvisoryClients"),
        Some(50.0)
    );
}

#[tokio::test]
async fn under_the_hybrid_policy_a_later_month_tells_only_what_does_not_drift() {
    let reps = [rep("1", "2025-03-01", 103.0), rep("2", "2025-01-01", 201.0)];
    let leads = [
        // two months before its first vendor month; and just before it
        lead("a", "1", "2025-01-01"),
        lead("b", "1", "2025-02-28"),
        // with a month of its time
        lead("c", "2", "2025-02-01"),
        lead("d", "9", "2025-02-01"),
    ];
    let mut options = options(AS_OF, &MONTHS);
    let plain = rows(&reps, &[], &leads, &options).await;
    options.history = leadrank_features::History::Hybrid;
    let hybrid = rows(&reps, &[], &leads, &options).await;
    let of = |answer: &Answer, lead: &str, column: &str| answer.number("lead_id", lead, column);
    for lead in ["a", "b"] {
        assert_eq!(hybrid.text("lead_id", lead, "snapshot_as_of"), None);
        assert_eq!(of(&hybrid, lead, "TotalAssetsInMillions"), None);
        assert_eq!(of(&hybrid, lead, "Number_BranchAdvisors"), None);
        // A move after the contact would have changed these.
        assert_eq!(of(&hybrid, lead, "Number_YearsPriorFirm1"), None);
        assert_eq!(
            of(&hybrid, lead, "DateOfHireAtCurrentFirm_NumberOfYears"),
            None
        );
        assert_eq!(of(&plain, lead, "DateBecameRep_NumberOfYears"), None);
    }
    // The month that was taken is told, of its time or later.
    let taken = |answer: &Answer, lead: &str| answer.text("lead_id", lead, "facts_as_of");
    for (lead, month) in [
        ("a", Some("2025-03-01")),
        ("b", Some("2025-03-01")),
        ("c", Some("2025-01-01")),
        ("d", None),
    ] {
        assert_eq!(taken(&hybrid, lead).as_deref(), month, "{lead}");
    }
    assert_eq!((taken(&plain, "a"), taken(&plain, "d")), (None, None));
    assert_eq!(taken(&plain, "c").as_deref(), Some("2025-01-01"));
    let back = -59.0 / 365.25;
    let years = "DateBecameRep_NumberOfYears";
    assert!(same(of(&hybrid, "a", years), Some(10.0 + back)));
    // Leads with a month of their time, and those without any, are as ever.
    for feature in catalog() {
        for lead in ["c", "d"] {
            let (before, now) = (
                of(&plain, lead, feature.name),
                of(&hybrid, lead, feature.name),
            );
            assert!(same(before, now), "{lead} {}", feature.name);
        }
    }
}
