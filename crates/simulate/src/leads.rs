//! Leads: who is contacted when, from which source, and how it truly ends.

use std::collections::HashSet;

use chrono::Datelike;
use rayon::prelude::*;

use crate::adviser::Adviser;
use crate::hazard::Hazard;
use crate::lead_faults;
use crate::month::{Day, Month, date_of, day_of, quarter_of};
use crate::population::Population;
use crate::rng::{Draw, Kind};
use crate::timing;
use crate::truth::{self, SOURCES};
use crate::world::World;

/// Contacts per month, January 2024 to December 2025 (domain.md, segments).
const CONTACTS: [f64; 24] = [
    4.0, 126.0, 102.0, 775.0, 925.0, 1120.0, 1872.0, 2769.0, 1889.0, 2902.0, 3249.0, 2553.0,
    2519.0, 2039.0, 1927.0, 2699.0, 2606.0, 1710.0, 2496.0, 3975.0, 3549.0, 5436.0, 4718.0, 5564.0,
];
/// Contacted leads and all leads at scale 1.
const CONTACTED: f64 = 49_400.0;
const LEADS: f64 = 79_002.0;
/// Contacts per weekday, Monday first (domain.md, segments).
const WEEKDAYS: [f64; 7] = [6208.0, 12314.0, 12758.0, 11612.0, 5534.0, 195.0, 247.0];
/// Day of the Salesforce export, 2025-12-31.
pub(crate) const EXPORTED: Day = 730;
/// Share of leads with an adviser number that the vendor knows.
const MATCHED: f64 = 0.955;

/// How a lead's adviser number stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crd {
    Missing,
    /// Known to the vendor.
    Listed(u64),
    /// Unknown to the vendor.
    Stranger(u64),
}

/// One lead with its truth.
#[derive(Debug, Clone)]
pub(crate) struct Lead {
    pub(crate) serial: u64,
    pub(crate) source: usize,
    pub(crate) created: Day,
    pub(crate) contact: Option<Day>,
    /// Day of contact as the export shows it.
    pub(crate) shown_contact: Option<Day>,
    pub(crate) adviser: i64,
    pub(crate) crd: Crd,
    pub(crate) visible: f64,
    pub(crate) log_odds: f64,
    pub(crate) probability: f64,
    pub(crate) group: &'static str,
    /// Days from contact to the scheduled call in truth, negative when before.
    pub(crate) call_after: Option<i32>,
}

impl Lead {
    /// Day of contact, or the export day for leads not yet contacted.
    pub(crate) fn as_of(&self) -> Day {
        self.contact.unwrap_or(EXPORTED)
    }

    /// True when the call is scheduled 0 to 30 days after contact.
    pub(crate) fn label(&self) -> bool {
        self.call_after.is_some_and(|days| (0..=30).contains(&days))
    }

    /// Day of the scheduled call as the export shows it.
    pub(crate) fn call_day(&self) -> Option<Day> {
        let day = self.contact? + self.call_after?;
        (day <= EXPORTED).then_some(day)
    }
}

/// All leads of a run: contacted ones by month, then the untouched.
pub(crate) fn generate(world: &World) -> Vec<Lead> {
    let mut leads = place(world);
    leads.par_iter_mut().for_each(|lead| describe(world, lead));
    let contacted: Vec<f64> = leads
        .iter()
        .filter(|l| l.contact.is_some())
        .map(|l| l.log_odds)
        .collect();
    let intercept = truth::intercept(&contacted, truth::MEAN_PROBABILITY);
    let rates = Rates::new(world);
    for lead in &mut leads {
        lead.probability = truth::probability(lead.log_odds + intercept);
        let mut draw = world.streams.of(Kind::Outcome, lead.serial);
        lead.call_after = outcome(&mut draw, lead.probability, rates);
    }
    lead_faults::plant(world, &mut leads);
    leads
}

/// How often calls are scheduled at other times than they should.
#[derive(Debug, Clone, Copy)]
struct Rates {
    /// Chance of a call before the contact.
    negative: f64,
    /// Late calls per on-time call.
    late: f64,
}

impl Rates {
    fn new(world: &World) -> Self {
        let times = |hazard, factor| if world.has(hazard) { factor } else { 1.0 };
        Self {
            negative: times(Hazard::NegativeDays, 2.0) * truth::NEGATIVE,
            late: times(Hazard::LateCalls, 3.0) * truth::LATE_PER_ON_TIME,
        }
    }
}

fn outcome(draw: &mut Draw, probability: f64, rates: Rates) -> Option<i32> {
    let Rates { negative, late } = rates;
    let spot = draw.unit();
    let timely = negative + (1.0 - negative) * probability;
    if spot < negative {
        Some(timing::before_contact(draw))
    } else if spot < timely {
        Some(timing::on_time(draw))
    } else if spot < timely + (1.0 - negative) * probability * late {
        Some(timing::late(draw))
    } else {
        None
    }
}

/// Source, dates and adviser of every lead, in order, since no adviser is drawn twice
/// except on purpose.
fn place(world: &World) -> Vec<Lead> {
    let total: f64 = CONTACTS.iter().sum();
    let mut leads: Vec<Lead> = Vec::new();
    let mut used = HashSet::new();
    let mut reached = 0.0;
    for (index, contacts) in CONTACTS.iter().enumerate() {
        reached += contacts;
        let goal = (world.scale * CONTACTED * reached / total).round() as usize;
        let month = Month::new(2024 + index as i32 / 12, 1 + index as u32 % 12);
        let Some(month) = month else { continue };
        let days = weighted_days(month);
        while leads.len() < goal {
            let serial = leads.len() as u64;
            let mut draw = world.streams.of(Kind::Lead, serial);
            let day = days[draw.weighted_by(&days)].0;
            let created = day - draw.wait(25.0) as Day;
            let lead = new_lead(
                world,
                &mut draw,
                serial,
                created,
                Some(day),
                &mut used,
                &leads,
            );
            leads.push(lead);
        }
    }
    let all = (world.scale * LEADS).round() as u64;
    for serial in leads.len() as u64..all {
        let mut draw = world.streams.of(Kind::Lead, serial);
        let created = EXPORTED - draw.wait(150.0).min(720.0) as Day;
        let lead = new_lead(world, &mut draw, serial, created, None, &mut used, &leads);
        leads.push(lead);
    }
    leads
}

fn weighted_days(month: Month) -> Vec<(Day, f64)> {
    let first = day_of(month.first_day());
    let days: Vec<Day> = (first..first + 31)
        .filter(|d| date_of(*d).month() == month.month())
        .collect();
    let weekday = |day: Day| date_of(day).weekday().num_days_from_monday() as usize;
    let mut counts = [0.0_f64; 7];
    for day in &days {
        counts[weekday(*day)] += 1.0;
    }
    days.into_iter()
        .map(|day| (day, WEEKDAYS[weekday(day)] / counts[weekday(day)]))
        .collect()
}

fn new_lead(
    world: &World,
    draw: &mut Draw,
    serial: u64,
    created: Day,
    contact: Option<Day>,
    used: &mut HashSet<i64>,
    earlier: &[Lead],
) -> Lead {
    let day = contact.unwrap_or(EXPORTED);
    let source = pick_source(draw, day);
    let mut crd = if !draw.chance(SOURCES[source].with_crd) {
        Crd::Missing
    } else if draw.chance(MATCHED) {
        Crd::Listed(0)
    } else {
        Crd::Stranger(Population::stranger(serial))
    };
    let twice = if world.has(Hazard::DuplicateLeads) {
        0.10
    } else {
        0.025
    };
    let again = draw.chance(twice) && matches!(crd, Crd::Listed(_));
    let back = (draw.unit() * earlier.len() as f64) as usize;
    let same = earlier
        .get(back)
        .filter(|l| again && matches!(l.crd, Crd::Listed(_)));
    let adviser = match same {
        Some(lead) => lead.adviser,
        None => fresh_adviser(world, draw, day, source, used),
    };
    if let Crd::Listed(number) = &mut crd {
        *number = Population::crd(adviser);
    }
    Lead {
        serial,
        source,
        created,
        contact,
        shown_contact: contact,
        adviser,
        crd,
        visible: 0.0,
        log_odds: 0.0,
        probability: 0.0,
        group: "",
        call_after: None,
    }
}

/// List share falls from 94 % to 41 %, self-sourced rises from 1.7 % to 52.9 %.
fn pick_source(draw: &mut Draw, day: Day) -> usize {
    let time = (f64::from(day - 45) / 640.0).clamp(0.0, 1.0);
    let list = 0.94 + (0.41 - 0.94) * time;
    let own = 0.017 + (0.529 - 0.017) * time;
    let spot = draw.unit();
    if spot < list {
        0
    } else if spot < list + own {
        1
    } else {
        draw.weighted_by_key(&SOURCES, |s| s.weight)
    }
}

/// An adviser on the list that day whom no lead has yet. Self-sourced leads lean towards
/// smaller firms.
fn fresh_adviser(
    world: &World,
    draw: &mut Draw,
    day: Day,
    source: usize,
    used: &mut HashSet<i64>,
) -> i64 {
    let (first, listed) = (world.population.first(day), world.population.listed(day));
    let pick = |draw: &mut Draw, used: &HashSet<i64>| {
        let mut index = first + (draw.unit() * listed as f64) as i64;
        for _ in 0..listed {
            if !used.contains(&index) {
                break;
            }
            index = first + (index + 1 - first) % listed.max(1);
        }
        index
    };
    let mut index = pick(draw, used);
    if source != 0 && draw.chance(0.25) {
        let other = pick(draw, used);
        let reps = |index| world.firms.get(world.adviser(index).on(day).firm).reps;
        if reps(other) < reps(index) {
            index = other;
        }
    }
    used.insert(index);
    index
}

fn describe(world: &World, lead: &mut Lead) {
    let day = lead.as_of();
    let adviser: Adviser = world.adviser(lead.adviser);
    let position = adviser.on(day);
    let firm = world.firms.get(position.firm);
    let filing = world.firms.filing(position.firm, quarter_of(day));
    lead.visible = truth::visible_log_odds(&adviser, &position, firm, &filing);
    lead.group = truth::latent_group(&adviser);
    let month = date_of(day);
    let season = world
        .streams
        .of(Kind::Outcome, (1 << 40) + month_number(month))
        .normal();
    lead.log_odds = lead.visible
        + truth::hidden_log_odds(&adviser)
        + SOURCES[lead.source].log_odds
        + 0.10 * season;
}

fn month_number(date: chrono::NaiveDate) -> u64 {
    u64::from(date.year_ce().1) * 12 + u64::from(date.month0())
}
