//! What happens to each enrolled lead, from its own stream alone.

use std::collections::BTreeMap;

use crate::dials::workday;
use crate::error::{Error, Result};
use crate::month::{Day, day_of};
use crate::rng::{Draw, Kind, Streams};
use crate::roster;
use crate::timing;
use crate::truth;
use crate::weeks::{COUNTED, Enrolled, Weeks};

/// Log odds from the worst place to the best: the best tenth has 1.8 times the mean chance,
/// as long as chances are small.
const PLACE: f64 = 1.5;
/// Standard deviation of an adviser's hidden effect, in log odds.
const HIDDEN: f64 = 0.5;
/// The changed chance of a call ends here.
const HIGHEST: f64 = 0.9;
/// Mean of the exponential wait whose whole part is the number of dials after the first:
/// five dials a lead.
const MORE_DIALS: f64 = 4.6;
/// Most dials of a lead.
const MOST_DIALS: usize = 25;
/// Working days over which first dials spread.
const QUEUE: i32 = 10;
/// Days for which numbers of new dials have room.
pub(super) const DAYS: i64 = 8192;
/// First number of a new dial, beyond those of the first export.
const NEW_DIALS: u64 = 5_000_000_000;
/// Serial numbers of leads that leave room for the numbers of their dials.
const SERIALS: u64 = 600_000;

/// An enrolled lead and its course.
#[derive(Debug)]
pub(super) struct Person<'a> {
    pub(super) enrolled: &'a Enrolled,
    pub(super) serial: u64,
    /// Day of enrolment.
    pub(super) on: Day,
    pub(super) course: Course,
}

/// The course of a lead after its enrolment, beyond any last day.
#[derive(Debug)]
pub(super) struct Course {
    /// Vanishes from the lead file.
    pub(super) lost: bool,
    /// The salesperson works by the score.
    pub(super) followed: bool,
    /// Chance of a call within the days that count, without any effect.
    pub(super) base: f64,
    /// The same with the effect where there is one.
    pub(super) probability: f64,
    /// At most one a day, in order.
    pub(super) dials: Vec<Dial>,
    /// Day of the scheduled call: that of the last dial.
    pub(super) call: Option<Day>,
}

/// One dial.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dial {
    pub(super) day: Day,
    /// Second of the day.
    pub(super) second: u32,
    /// Length in seconds.
    pub(super) talk: i64,
}

/// The enrolled leads by id, each with its course.
pub(super) fn tell<'a>(
    streams: &Streams,
    enrolled: &'a [Enrolled],
    weeks: &Weeks,
) -> Result<BTreeMap<&'a str, Person<'a>>> {
    let mut serials = BTreeMap::new();
    for one in enrolled {
        let id = one.lead_id.as_str();
        if serials.insert(id, (serial_of(one, weeks)?, one)).is_some() {
            return Err(Error::enrolment(
                id,
                "it is given twice; give each lead once",
            ));
        }
    }
    // by id, so that the sum behind the intercept has one order
    let log_odds: Vec<f64> = serials
        .values()
        .map(|(_, e)| log_odds(streams, e))
        .collect();
    let intercept = truth::intercept(&log_odds, weeks.rate);
    let people = serials.into_iter().zip(log_odds);
    Ok(people
        .map(|((id, (serial, enrolled)), log_odds)| {
            let base = truth::probability(log_odds + intercept);
            let mut draw = streams.of(Kind::Weeks, serial);
            let course = Course::tell(&mut draw, enrolled, base, weeks);
            let person = Person {
                enrolled,
                serial,
                on: day_of(enrolled.on),
                course,
            };
            (id, person)
        })
        .collect())
}

fn serial_of(enrolled: &Enrolled, weeks: &Weeks) -> Result<u64> {
    let refuse = |why: &str| Err(Error::enrolment(&enrolled.lead_id, why));
    if !(0.0..=1.0).contains(&enrolled.place) {
        return refuse("its place is not from 0 to 1; give its rank as a share");
    }
    if day_of(enrolled.on) < 0 || enrolled.on > weeks.until {
        return refuse("its day is before 2024 or after the last day told; give one between");
    }
    match roster::serial("00Q", &enrolled.lead_id).filter(|s| *s < SERIALS) {
        Some(serial) => Ok(serial),
        None => refuse("its id is not one of a simulated project; take it from the lead file"),
    }
}

fn log_odds(streams: &Streams, enrolled: &Enrolled) -> f64 {
    let hidden = streams.of(Kind::Cluster, hash(&enrolled.adviser)).normal();
    PLACE * enrolled.place + HIDDEN * hidden
}

/// FNV-1a, 64 bits: a stream's number for a cluster's name, the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Number of a new dial: one for each lead and day, so that none meets an older one.
pub(super) fn task_serial(lead: u64, day: Day) -> u64 {
    NEW_DIALS + lead * DAYS as u64 + u64::from(day.unsigned_abs())
}

impl Course {
    /// Draws everything that could be needed in a fixed order and decides afterwards, so
    /// that the same lead has the same luck under other truths.
    fn tell(draw: &mut Draw, enrolled: &Enrolled, base: f64, weeks: &Weeks) -> Self {
        let on = day_of(enrolled.on);
        let (vanish, follow, outcome) = (draw.unit(), draw.unit(), draw.unit());
        let unsorted = draw.whole(0, QUEUE - 1);
        let late = workday(on + timing::late(draw));
        let late_dial = Dial::on(draw, late);
        let count = 1 + (draw.wait(MORE_DIALS) as usize).min(MOST_DIALS - 1);

        let following = if enrolled.treated {
            weeks.adoption
        } else {
            weeks.contamination
        };
        let followed = follow < following;
        let lift = if followed { weeks.lift } else { 0.0 };
        let probability = (base * (1.0 + lift)).min(HIGHEST.max(base));
        let sorted = (((1.0 - enrolled.place) * f64::from(QUEUE)) as i32).min(QUEUE - 1);
        let first = after_workdays(on, 1 + if followed { sorted } else { unsorted });
        let mut course = Self {
            lost: !enrolled.treated && vanish < weeks.lost,
            followed,
            base,
            probability,
            dials: dials(draw, first, count),
            call: None,
        };
        if outcome < probability {
            // out of the last dial that counts: a call then takes no dial away from these
            // days, and calls per dial change by the lift alone
            course.dials.retain(|dial| dial.day <= on + COUNTED);
            course.call = course.dials.last().map(|dial| dial.day);
        } else if outcome < probability * (1.0 + truth::LATE_PER_ON_TIME) {
            course.dials.retain(|dial| dial.day < late);
            course.dials.truncate(MOST_DIALS - 1);
            course.dials.push(late_dial);
            course.call = Some(late);
        }
        course
    }

    /// The dials up to a day.
    pub(super) fn dials_until(&self, day: Day) -> &[Dial] {
        &self.dials[..self.dials.partition_point(|dial| dial.day <= day)]
    }
}

fn dials(draw: &mut Draw, first: Day, count: usize) -> Vec<Dial> {
    let mut dials = vec![Dial::on(draw, first)];
    let mut when = first;
    for _ in 1..count {
        when = workday(when + draw.whole(1, 7));
        dials.push(Dial::on(draw, when));
    }
    dials
}

impl Dial {
    fn on(draw: &mut Draw, day: Day) -> Self {
        let second = draw.whole(13 * 3600, 23 * 3600) as u32;
        let mean = if draw.chance(0.18) { 240.0 } else { 22.0 };
        Self {
            day,
            second,
            talk: draw.wait(mean) as i64,
        }
    }
}

/// The `count`-th working day after a day.
fn after_workdays(day: Day, count: i32) -> Day {
    (0..count).fold(day, |day, _| workday(day + 1))
}
