//! How the columns of a lead hang together.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use leadrank_simulate::weeks::{Weeks, write};

use super::{CALL, STAGES, by_id, date, day, open, running, weeks};
use crate::common::filled;

#[test]
fn statuses_agree_with_stages() {
    agree(day(2026, 3, 31), 30);
    // soon enough that leads with an earlier reply are still dialled
    agree(day(2025, 12, 31), 10);
}

/// The same up to a last day, by which some leads have become opportunities.
fn agree(until: NaiveDate, opportunities: usize) {
    let (folder, enrolled) = running();
    let project = folder.path();
    let before = by_id(project);
    let truth = Weeks { until, ..weeks() };
    let told = write(project, &enrolled, &truth).unwrap();
    let (mut converted, mut undone, mut seen) = (0, 0, BTreeSet::new());
    let open = open(&enrolled, &told);
    for (id, lead) in by_id(project) {
        let status = lead["Status"].as_str();
        let has = |column| filled(&lead, column).is_some();
        assert_eq!(status == "New", !has("Stage_Entered_Contacting_c"));
        assert_eq!(status == "New", !has("Last_Prospecting_Step_c"));
        assert_eq!(status == "New", !has("LastActivityDate"));
        assert_eq!(status == "Closed", has("Stage_Entered_Closed_c"));
        assert_eq!(status == "Closed", has("Disposition_c"));
        assert!(status != "Call Scheduled" || has(CALL));
        assert!(status != "Replied" || has("Stage_Entered_Replied_c"));
        assert!(status != "Contacting" || !has("Stage_Entered_Replied_c"));
        let over = status == "Closed" || status == "Qualified";
        assert_eq!(over, has("Stage_Before_Closed_or_Conversion_c"));
        for column in ["ConvertedDate", "ConvertedOpportunityId"] {
            assert_eq!(status == "Qualified", has(column));
        }
        assert_eq!(status == "Qualified", lead["IsConverted"] == "true");
        assert!(status != "Qualified" || has(CALL));
        let modified = date(&lead, "LastModifiedDate").unwrap();
        assert!(modified <= until && modified >= date(&lead, "CreatedDate").unwrap());
        assert!(
            STAGES
                .iter()
                .all(|s| date(&lead, s).is_none_or(|d| d <= until))
        );
        if open.contains_key(id.as_str()) {
            converted += usize::from(status == "Qualified");
            let typed = |row| filled(row, "Years_as_a_Rep_c").is_some();
            if filled(&before[&id], CALL).is_some() && !has(CALL) {
                undone += usize::from(typed(&before[&id]));
                assert!(!typed(&lead) && !has("Total_Firm_AUM_c"));
            }
            seen.insert(status.to_owned());
        }
    }
    assert!(
        converted > opportunities && undone > 2,
        "{converted} {undone}"
    );
    let all = [
        "Call Scheduled",
        "Closed",
        "Contacting",
        "Qualified",
        "Replied",
    ];
    assert!(seen.iter().eq(all), "{seen:?}");
}
