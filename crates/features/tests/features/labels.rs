//! The label rule: the cases named in the field's notes, "Label: exact rule to implement".

use leadrank_features::{prepare_leads, training_dataset};

use crate::common::{Answer, Cell, MONTH, Row, constants, options, session};

/// Analysis date of these tests; a window of 30 days before it ends on 2025-05-31.
const AS_OF: &str = "2025-06-30";

/// Id, contact, scheduled call, status, label.
type Case = (
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    Option<(&'static str, Option<f64>)>,
);

const CASES: [Case; 16] = [
    // the same day, at another hour
    (
        "d0",
        Some("2025-03-01"),
        Some("2025-03-01"),
        Some(("positive", Some(1.0))),
    ),
    (
        "d0 early",
        Some("2025-03-01 23:59:59"),
        Some("2025-03-01 00:00:01"),
        Some(("positive", Some(1.0))),
    ),
    (
        "d30",
        Some("2025-03-01"),
        Some("2025-03-31"),
        Some(("positive", Some(1.0))),
    ),
    (
        "d30 late hour",
        Some("2025-03-01 00:00:00"),
        Some("2025-03-31 23:59:59"),
        Some(("positive", Some(1.0))),
    ),
    (
        "d31",
        Some("2025-03-01"),
        Some("2025-04-01"),
        Some(("late", Some(0.0))),
    ),
    (
        "d31 few hours",
        Some("2025-03-01 23:59:59"),
        Some("2025-04-01 00:00:00"),
        Some(("late", Some(0.0))),
    ),
    (
        "d-1",
        Some("2025-03-02 00:00:00"),
        Some("2025-03-01 23:59:59"),
        Some(("invalid_timing", None)),
    ),
    (
        "none",
        Some("2025-03-01"),
        None,
        Some(("negative", Some(0.0))),
    ),
    (
        "window just over",
        Some("2025-05-31 23:59:59"),
        None,
        Some(("negative", Some(0.0))),
    ),
    (
        "window open",
        Some("2025-06-01 00:00:00"),
        None,
        Some(("censored", None)),
    ),
    (
        "success in open window",
        Some("2025-06-01"),
        Some("2025-06-02"),
        Some(("censored", None)),
    ),
    (
        "call on the analysis date",
        Some("2025-05-31"),
        Some("2025-06-30 23:59:59"),
        Some(("positive", Some(1.0))),
    ),
    (
        "call not yet known",
        Some("2025-05-31"),
        Some("2025-07-01"),
        Some(("negative", Some(0.0))),
    ),
    (
        "contact after the analysis date",
        Some("2025-07-02"),
        None,
        Some(("censored", None)),
    ),
    ("call without contact", None, Some("2025-03-01"), None),
    ("new", None, None, None),
];

fn lead(id: &'static str, contact: Option<&'static str>, call: Option<&'static str>) -> Row {
    let mut row = Row::from([
        ("Id", Cell::Text(id)),
        ("LastModifiedDate", Cell::Text("2025-06-30")),
    ]);
    if let Some(contact) = contact {
        row.insert("Stage_Entered_Contacting__c", Cell::Text(contact));
    }
    if let Some(call) = call {
        row.insert("Stage_Entered_Call_Scheduled__c", Cell::Text(call));
    }
    row
}

#[tokio::test]
async fn every_case_of_the_rule_gives_its_status_and_label() {
    let leads: Vec<Row> = CASES
        .iter()
        .map(|(id, contact, call, _)| lead(id, *contact, *call))
        .collect();
    let session = session(AS_OF, &[], &[], &leads);
    let options = options(AS_OF, &[MONTH]);
    let audit = prepare_leads(&session, &options).await.expect("labels");
    let frame = training_dataset(&session, &options, &constants())
        .await
        .expect("rows");
    let answer = Answer::of(frame).await;
    let expected: Vec<_> = CASES
        .iter()
        .filter_map(|case| case.3.map(|kept| (case.0, kept)))
        .collect();
    assert_eq!(answer.len(), expected.len());
    for (id, (status, label)) in &expected {
        assert_eq!(
            answer.text("lead_id", id, "label_status").as_deref(),
            Some(*status),
            "{id}"
        );
        assert_eq!(answer.number("lead_id", id, "label"), *label, "{id}");
    }
    let count = |status| expected.iter().filter(|case| case.1.0 == status).count() as u64;
    assert_eq!(audit.leads, 16);
    assert_eq!(audit.contacted, 14);
    assert_eq!(audit.call_without_contact, 1);
    assert_eq!(audit.positive, count("positive"));
    assert_eq!(audit.negative, count("negative"));
    assert_eq!(audit.late, count("late"));
    assert_eq!(audit.censored, count("censored"));
    assert_eq!(audit.invalid_timing, count("invalid_timing"));
    assert_eq!(audit.labelled(), 5 + 3 + 2);
    assert_eq!(audit.base_rate(), Some(0.5));
}

#[tokio::test]
async fn of_a_repeated_id_the_row_modified_last_counts() {
    let mut newer = lead("twice", Some("2025-03-01"), Some("2025-03-02"));
    newer.insert("LastModifiedDate", Cell::Text("2025-04-01"));
    let mut older = lead("twice", Some("2025-02-01"), None);
    older.insert("LastModifiedDate", Cell::Text("2025-03-01"));
    for leads in [[newer.clone(), older.clone()], [older, newer]] {
        let session = session(AS_OF, &[], &[], &leads);
        let options = options(AS_OF, &[MONTH]);
        let audit = prepare_leads(&session, &options).await.expect("labels");
        assert_eq!((audit.contacted, audit.positive), (1, 1));
        let frame = training_dataset(&session, &options, &constants())
            .await
            .expect("rows");
        let answer = Answer::of(frame).await;
        assert_eq!(
            answer.text("lead_id", "twice", "contact_date").as_deref(),
            Some("2025-03-01")
        );
    }
}

#[tokio::test]
async fn weekdays_are_iso_days_of_the_contact() {
    // 2025-03-03 is a Monday
    const DAYS: [(&str, &str); 7] = [
        ("1", "2025-03-03 23:00:00"),
        ("2", "2025-03-04"),
        ("3", "2025-03-05"),
        ("4", "2025-03-06"),
        ("5", "2025-03-07"),
        ("6", "2025-03-08"),
        ("7", "2025-03-09 23:59:59"),
    ];
    let leads: Vec<Row> = DAYS
        .iter()
        .map(|(id, contact)| lead(id, Some(contact), None))
        .collect();
    let session = session(AS_OF, &[], &[], &leads);
    let options = options(AS_OF, &[MONTH]);
    prepare_leads(&session, &options).await.expect("labels");
    let frame = training_dataset(&session, &options, &constants())
        .await
        .expect("rows");
    let answer = Answer::of(frame).await;
    for (id, _) in DAYS {
        let day: f64 = id.parse().expect("a day");
        assert_eq!(answer.number("lead_id", id, "Day_of_Contact"), Some(day));
        let weekend = f64::from(u8::from(day > 5.0));
        assert_eq!(
            answer.number("lead_id", id, "Is_Weekend_Contact"),
            Some(weekend)
        );
    }
}
