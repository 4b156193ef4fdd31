//! What the files hold lead by lead, and what they keep.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use chrono::{Datelike, NaiveDate, Weekday};
use leadrank_simulate::weeks::{Enrolled, Weeks, write};

use super::{CALL, LEADS, OPPORTUNITIES, STAGES, TASKS};
use super::{by_id, date, day, dials, fresh, lines, open, running, weeks};
use crate::common::Row;

#[test]
fn other_rows_keep_their_bytes_and_nothing_changes_up_to_enrolment() {
    let (folder, enrolled) = running();
    let project = folder.path();
    let (leads, tasks, before) = (lines(project, LEADS), lines(project, TASKS), by_id(project));
    let told = write(project, &enrolled, &weeks()).unwrap();
    let open = open(&enrolled, &told);
    assert!(
        open.len() > 600 && told.over.len() > 400,
        "{} open",
        open.len()
    );

    let after = lines(project, LEADS);
    assert_eq!(leads.len(), after.len());
    let mut changed = 0;
    for (old, new) in leads.iter().zip(&after) {
        let id = &old[..18.min(old.len())];
        assert!(old == new || open.contains_key(id), "{id}");
        changed += usize::from(old != new);
    }
    assert!(changed > 600, "{changed}");
    for (id, lead) in by_id(project) {
        let Some(enrolled) = open.get(id.as_str()) else {
            continue;
        };
        let old = &before[&id];
        let early = |row: &Row, column| date(row, column).filter(|d| *d <= enrolled.on);
        for column in STAGES {
            assert_eq!(early(old, column), early(&lead, column), "{id} {column}");
        }
        for column in ["OwnerId", "CreatedDate", "FA_CRD_c", "DoNotCall", "Title"] {
            assert_eq!(old[column], lead[column]);
        }
    }

    // the task file: what stays stands first, in its order
    let stays = |line: &&String| {
        let cells: Vec<&str> = line.split(',').collect();
        let after = |on: NaiveDate| cells[7].parse::<NaiveDate>().unwrap() > on;
        !open.get(cells[1]).is_some_and(|e| after(e.on))
    };
    let kept: Vec<&String> = tasks.iter().filter(stays).collect();
    let after = lines(project, TASKS);
    assert!(kept.len() < tasks.len() && after.iter().zip(&kept).all(|(a, b)| a == *b));
    assert!(
        after[kept.len()..]
            .iter()
            .all(|line| open.contains_key(&line[19..37]))
    );
    assert_eq!(
        (after.len() - kept.len()) as u64,
        told.treatment.dials + told.control.dials
    );
    let ids: BTreeSet<&str> = after.iter().skip(1).map(|line| &line[..18]).collect();
    assert_eq!(ids.len(), after.len() - 1);
}

#[test]
fn dials_fall_on_working_days_after_enrolment_and_end_with_the_call() {
    let (folder, enrolled) = running();
    let truth = weeks();
    let told = write(folder.path(), &enrolled, &truth).unwrap();
    let (dials, leads) = (dials(folder.path()), by_id(folder.path()));
    let (mut timely, mut late) = (0, 0);
    for (id, one) in open(&enrolled, &told) {
        let made = dials.get(id).cloned().unwrap_or_default();
        let made: Vec<NaiveDate> = made.into_iter().filter(|d| *d > one.on).collect();
        assert!((1..=25).contains(&made.len()) && made.is_sorted());
        for dial in &made {
            assert!(!matches!(dial.weekday(), Weekday::Sat | Weekday::Sun));
            assert!(*dial <= truth.until);
        }
        let lead = &leads[id];
        if let Some(call) = date(lead, CALL) {
            assert_eq!(made.last(), Some(&call));
            let days = (call - one.on).num_days();
            assert!(days >= 1);
            timely += usize::from(days <= 30);
            late += usize::from(days > 30);
        }
        let last = made[made.len() - 1];
        let over = date(lead, "Stage_Entered_Closed_c").or(date(lead, "ConvertedDate"));
        assert!(over.is_none_or(|d| d > last));
        for column in ["LastModifiedDate", "LastActivityDate"] {
            assert_eq!(date(lead, column), over.or(Some(last)));
        }
    }
    assert!(
        timely > 100 && late > 5 && late * 4 < timely,
        "{timely} {late}"
    );
}

#[test]
fn first_dials_follow_the_place_only_where_the_score_is_followed() {
    let (folder, enrolled) = fresh(4000);
    write(folder.path(), &enrolled, &weeks()).unwrap();
    let dials = dials(folder.path());
    let wait = |e: &Enrolled| (dials[&e.lead_id][0] - e.on).num_days();
    for one in enrolled.iter().filter(|e| e.treated) {
        match one.place {
            p if p > 0.9 => assert_eq!(wait(one), 1),
            p if p < 0.1 => assert_eq!(wait(one), 14),
            _ => assert!((1..=14).contains(&wait(one))),
        }
    }
    let mean = |arm: bool, best: bool| {
        let chosen = enrolled
            .iter()
            .filter(|e| e.treated == arm && (e.place > 0.5) == best);
        let waits: Vec<i64> = chosen.map(wait).collect();
        waits.iter().sum::<i64>() as f64 / waits.len() as f64
    };
    assert!(mean(true, true) + 5.0 < mean(true, false));
    assert!((mean(false, true) - mean(false, false)).abs() < 0.6);
}

#[test]
fn equal_inputs_give_equal_bytes_in_any_order() {
    let bytes = |reverse: bool, seed| {
        let (folder, mut enrolled) = running();
        if reverse {
            enrolled.reverse();
        }
        let truth = Weeks {
            lift: 0.5,
            lost: 0.05,
            contamination: 0.1,
            seed,
            ..weeks()
        };
        write(folder.path(), &enrolled, &truth).unwrap();
        let names = [LEADS, TASKS, OPPORTUNITIES, "truth/experiment.json"];
        names.map(|name| fs::read(folder.path().join(name)).unwrap())
    };
    let (once, turned, other) = (bytes(false, 1), bytes(true, 1), bytes(false, 2));
    assert!(once == turned);
    assert!((0..3).all(|file| once[file] != other[file]));
}

#[test]
fn a_later_last_day_only_adds() {
    let (folder, enrolled) = fresh(1500);
    let told = |until| {
        let truth = Weeks { until, ..weeks() };
        write(folder.path(), &enrolled, &truth).unwrap();
        let leads = by_id(folder.path());
        let stage = |column| {
            let days = leads
                .iter()
                .map(|(id, lead)| (id.clone(), date(lead, column)));
            days.filter_map(|(id, day)| Some((id, day?))).collect()
        };
        let stages = [CALL, "Stage_Entered_Closed_c"].map(stage);
        (dials(folder.path()), stages)
    };
    let until = day(2026, 2, 28);
    let (short, few): (_, [BTreeMap<String, NaiveDate>; 2]) = told(until);
    let (mut long, mut many) = told(day(2026, 12, 31));
    for (few, many) in few.iter().zip(&mut many) {
        assert!(few.len() > 20 && few.len() < many.len());
        many.retain(|_, day| *day <= until);
        assert_eq!(few, many);
    }
    long.values_mut()
        .for_each(|days| days.retain(|d| *d <= until));
    assert_eq!(short, long);
    // on the day of enrolment itself nothing has happened yet
    let (none, [no_calls, _]) = told(day(2025, 12, 31));
    let quiet = by_id(folder.path())
        .values()
        .all(|lead| lead["Status"] == "New");
    assert!(quiet && no_calls.is_empty());
    assert!(enrolled.iter().all(|e| !none.contains_key(&e.lead_id)));
}
