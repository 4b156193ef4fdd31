//! What truly happened, in counts.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::month::day_of;
use crate::weeks::course::Person;
use crate::weeks::lead::Retold;
use crate::weeks::{COUNTED, Weeks};

/// One arm in counts, over leads that are in the lead file and were still open on the day
/// of enrolment.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Arm {
    /// Leads.
    pub leads: u64,
    /// Leads whose salesperson works by the score.
    pub followed: u64,
    /// Dials after enrolment.
    pub dials: u64,
    /// Dials within 30 days of enrolment.
    pub dials_30d: u64,
    /// Calls scheduled within 30 days of enrolment, up to the last day told.
    pub calls_30d: u64,
    /// Mean true chance of a scheduled call within 30 days without any effect; `None`
    /// without leads.
    pub base_rate: Option<f64>,
    /// The same with the effect where the score is followed.
    pub expected_rate: Option<f64>,
}

/// What truly happened; also stored as `truth/experiment.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// What was asked for.
    pub weeks: Weeks,
    /// The arm that shows a score.
    pub treatment: Arm,
    /// The arm that doesn't.
    pub control: Arm,
    /// Ids of control leads whose salesperson works by the score all the same.
    pub exposed: Vec<String>,
    /// Ids of control leads that vanished from the lead file.
    pub lost: Vec<String>,
    /// Ids of leads that had a scheduled call, or were closed or converted, on or before
    /// the day of enrolment: nobody dials them, so they stay as they are and count nowhere.
    pub over: Vec<String>,
}

/// Counts what became of the enrolled leads, by id.
pub(super) fn count(
    people: &BTreeMap<&str, Person>,
    retold: &BTreeMap<&str, Retold>,
    weeks: &Weeks,
) -> Told {
    let until = day_of(weeks.until);
    let mut told = Told {
        weeks: weeks.clone(),
        treatment: Arm::default(),
        control: Arm::default(),
        exposed: Vec::new(),
        lost: Vec::new(),
        over: Vec::new(),
    };
    for (lead_id, person) in people {
        let (treated, course) = (person.enrolled.treated, &person.course);
        match retold.get(lead_id) {
            Some(Retold::Open { .. }) => {}
            Some(Retold::Over) => {
                told.over.push((*lead_id).to_owned());
                continue;
            }
            Some(Retold::Lost) | None => {
                told.lost.push((*lead_id).to_owned());
                continue;
            }
        }
        if course.followed && !treated {
            told.exposed.push((*lead_id).to_owned());
        }
        let arm = if treated {
            &mut told.treatment
        } else {
            &mut told.control
        };
        let counted = person.on + COUNTED;
        arm.leads += 1;
        arm.followed += u64::from(course.followed);
        arm.dials += course.dials_until(until).len() as u64;
        arm.dials_30d += course.dials_until(until.min(counted)).len() as u64;
        arm.calls_30d += u64::from(course.call.is_some_and(|c| c <= until.min(counted)));
        *arm.base_rate.get_or_insert(0.0) += course.base;
        *arm.expected_rate.get_or_insert(0.0) += course.probability;
    }
    for arm in [&mut told.treatment, &mut told.control] {
        let mean = |sum: f64| sum / arm.leads as f64;
        arm.base_rate = arm.base_rate.map(mean);
        arm.expected_rate = arm.expected_rate.map(mean);
    }
    told
}
