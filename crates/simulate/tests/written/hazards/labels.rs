//! What the lead file says of contact and call.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{Datelike, NaiveDate, Weekday};
use leadrank_simulate::Hazard;

use super::*;

const CONTACT: &str = "Stage_Entered_Contacting_c";
const CALL: &str = "Stage_Entered_Call_Scheduled_c";

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
fn late_calls_triple_and_nothing_else_moves() {
    let truth = |hazards: &[Hazard]| simulate(0.3, &["2025_10"], hazards, 2).1.truth;
    let (plain, faulty) = (truth(&[]), truth(&[Hazard::LateCalls]));
    let ratio = faulty.late as f64 / plain.late as f64;
    assert!((2.5..3.5).contains(&ratio), "{ratio}");
    assert_eq!(plain.within_30_days, faulty.within_30_days);
    assert_eq!(plain.negative, faulty.negative);
    assert_eq!(plain.leads, faulty.leads);
    assert_eq!(plain.mean_probability, faulty.mean_probability);

    let folders = (plain_project(), planted(Hazard::LateCalls));
    let leads = |project| rows(project, "truth/leads.csv");
    for (before, after) in leads(folders.0).iter().zip(&leads(folders.1.path())) {
        if differing_cells(before, after).is_empty() {
            continue;
        }
        assert_eq!(before["days_to_call"], "");
        assert!(number(after, "days_to_call") > Some(30.0));
    }
}

#[test]
fn weekday_shift_stamps_late_contacts_a_day_later_and_leaves_all_else() {
    let (plain, faulty) = (plain_project(), planted(Hazard::WeekdayShift));
    let file = "raw/salesforce_lead.csv";
    assert_eq!(
        differing_files(plain, faulty.path()),
        BTreeSet::from([file.to_owned()])
    );
    let columns = differing_columns(plain, faulty.path(), file);
    assert_eq!(columns.into_keys().collect::<Vec<_>>(), [CONTACT]);

    let (before, after) = (rows(plain, file), rows(faulty.path(), file));
    let days: Vec<(NaiveDate, NaiveDate)> = before
        .iter()
        .zip(&after)
        .filter_map(|(b, a)| Some((date(b, CONTACT)?, date(a, CONTACT)?)))
        .collect();
    let since = days
        .iter()
        .filter(|(b, a)| a > b)
        .map(|(b, _)| *b)
        .min()
        .unwrap();
    let late = days.iter().filter(|(b, _)| *b >= since).count() as f64 / days.len() as f64;
    assert!((0.20..0.34).contains(&late), "{late}");
    let last = NaiveDate::from_ymd_opt(2025, 12, 31).unwrap();
    for (true_day, shown) in &days {
        let shift = chrono::Days::new(u64::from(*true_day >= since && *true_day < last));
        assert_eq!(*shown, *true_day + shift);
    }
    let on = |pick: fn(&(NaiveDate, NaiveDate)) -> NaiveDate, weekday| {
        let late = days.iter().filter(|(b, _)| *b >= since);
        late.filter(|pair| pick(pair).weekday() == weekday).count()
    };
    assert_eq!(on(|p| p.0, Weekday::Sat), on(|p| p.1, Weekday::Sun));
    assert!(on(|p| p.1, Weekday::Sat) > 5 * on(|p| p.0, Weekday::Sat).max(1));

    let invalid = |leads: &[Row]| {
        let early = |l: &&Row| date(l, CALL).is_some_and(|call| Some(call) < date(l, CONTACT));
        leads.iter().filter(early).count()
    };
    let (before, after) = (invalid(&before), invalid(&after));
    assert!(after >= before + 2, "{before} {after}");
}
