//! The weeks after a launch, read back: the truth shows, and nothing else has changed.

mod course;
mod effect;
mod opportunities;
mod refusals;
mod stages;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use leadrank_simulate::Hazard;
use leadrank_simulate::weeks::{Enrolled, Told, Weeks};

use crate::common::{Row, filled, rows, simulate};

const LEADS: &str = "raw/salesforce_lead.csv";
const TASKS: &str = "raw/salesforce_task.csv";
const OPPORTUNITIES: &str = "raw/salesforce_opportunity.csv";
const CALL: &str = "Stage_Entered_Call_Scheduled_c";
const STAGES: [&str; 4] = [
    "Stage_Entered_Contacting_c",
    "Stage_Entered_Replied_c",
    CALL,
    "Stage_Entered_Closed_c",
];

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// The day of a cell, if there is one.
fn date(row: &Row, column: &str) -> Option<NaiveDate> {
    filled(row, column).map(|text| text[..10].parse().unwrap())
}

fn weeks() -> Weeks {
    Weeks {
        until: day(2026, 3, 31),
        rate: 0.2,
        lift: 0.0,
        adoption: 1.0,
        contamination: 0.0,
        lost: 0.0,
        seed: 5,
    }
}

/// A project whose lead file holds `count` leads that nobody has dialled, and all of them
/// enrolled on the export day: every other one treated, places spread evenly.
fn fresh(count: usize) -> (tempfile::TempDir, Vec<Enrolled>) {
    let (folder, _) = simulate(0.002, &["2025_10"], &[], 1);
    let text = fs::read_to_string(folder.path().join(LEADS)).unwrap();
    let (header, last) = (text.lines().next().unwrap(), text.lines().last().unwrap());
    let (_, rest) = last.split_once(',').unwrap();
    let id = |k: usize| format!("00QSM{:010}AAA", 1000 + k);
    let mut leads = format!("{header}\n");
    (0..count).for_each(|k| leads += &format!("{},{rest}\n", id(k)));
    fs::write(folder.path().join(LEADS), leads).unwrap();
    let enrolled = |k: usize| Enrolled {
        lead_id: id(k),
        treated: k.is_multiple_of(2),
        on: day(2025, 12, 31),
        // a step without a common divisor walks over all places, in no order of the arms
        place: (k * 7919 % count) as f64 / (count - 1) as f64,
        adviser: format!("adviser {}", k / 3),
    };
    (folder, (0..count).map(enrolled).collect())
}

/// A simulated project with dials, and its leads enrolled in the middle of autumn, but for
/// every fifth. People have typed figures into most leads with a call.
fn running() -> (tempfile::TempDir, Vec<Enrolled>) {
    let (folder, _) = simulate(0.06, &["2025_10"], &[Hazard::EngagementField], 2);
    let mut enrolled = Vec::new();
    for (k, lead) in rows(folder.path(), LEADS).iter().enumerate() {
        let on = day(2025, 10, 1 + k as u32 % 28);
        if k % 5 > 0 && date(lead, "CreatedDate").unwrap() <= on {
            enrolled.push(Enrolled {
                lead_id: lead["Id"].clone(),
                treated: k.is_multiple_of(2),
                on,
                place: (k % 101) as f64 / 100.0,
                adviser: lead["LastName"].clone(),
            });
        }
    }
    (folder, enrolled)
}

/// Days of the dials by lead, in the order of the file.
fn dials(project: &Path) -> BTreeMap<String, Vec<NaiveDate>> {
    let mut dials: BTreeMap<String, Vec<NaiveDate>> = BTreeMap::new();
    for task in rows(project, TASKS) {
        let day = date(&task, "ActivityDate").unwrap();
        dials.entry(task["WhoId"].clone()).or_default().push(day);
    }
    dials
}

/// Ids of leads with a call within 30 days of enrolment.
fn called(project: &Path, enrolled: &[Enrolled]) -> BTreeSet<String> {
    let on: BTreeMap<&str, NaiveDate> = enrolled
        .iter()
        .map(|e| (e.lead_id.as_str(), e.on))
        .collect();
    let leads = rows(project, LEADS).into_iter();
    let timely = leads.filter(|lead| {
        let after = date(lead, CALL).map(|call| (call - on[lead["Id"].as_str()]).num_days());
        after.is_some_and(|days| (1..=30).contains(&days))
    });
    timely.map(|lead| lead["Id"].clone()).collect()
}

fn lines(project: &Path, name: &str) -> Vec<String> {
    let text = fs::read_to_string(project.join(name)).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn by_id(project: &Path) -> BTreeMap<String, Row> {
    let leads = rows(project, LEADS).into_iter();
    leads.map(|lead| (lead["Id"].clone(), lead)).collect()
}

/// Enrolled leads that were told anew.
fn open<'a>(enrolled: &'a [Enrolled], told: &Told) -> BTreeMap<&'a str, &'a Enrolled> {
    let leads = enrolled.iter().map(|e| (e.lead_id.as_str(), e));
    leads
        .filter(|(id, _)| !told.over.iter().any(|o| o == id))
        .collect()
}
