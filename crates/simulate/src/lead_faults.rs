//! What planted faults do to the leads, once their true course is known.

use std::collections::HashSet;

use crate::hazard::Hazard;
use crate::leads::{Crd, EXPORTED, Lead};
use crate::month::Day;
use crate::population::Population;
use crate::rng::Kind;
use crate::world::World;

/// Share of the leads with time for a second contact that get one: a tenth of all contacted.
const TWINS: f64 = 0.14;
/// Weeks between the two contacts: whole weeks keep the weekday.
const TWIN_WEEKS: (i32, i32) = (9, 30);

/// Plants what the options ask for.
pub(crate) fn plant(world: &World, leads: &mut Vec<Lead>) {
    if world.has(Hazard::TwinAdvisers) {
        let twins = twins(world, leads);
        leads.extend(twins);
    }
    if world.has(Hazard::WeekdayShift) {
        shift(leads);
    }
}

/// Second leads, under the adviser's second number.
fn twins(world: &World, leads: &[Lead]) -> Vec<Lead> {
    let mut used = HashSet::new();
    let mut twins = Vec::new();
    for lead in leads.iter().filter(|l| matches!(l.crd, Crd::Listed(_))) {
        let Some(contact) = lead.contact else {
            continue;
        };
        let mut draw = world.streams.of(Kind::Twin, lead.serial);
        let weeks = (EXPORTED - contact) / 7;
        if weeks < TWIN_WEEKS.0 || !draw.chance(TWINS) || !used.insert(lead.adviser) {
            continue;
        }
        let later = 7 * draw.whole(TWIN_WEEKS.0, weeks.min(TWIN_WEEKS.1));
        twins.push(Lead {
            serial: (leads.len() + twins.len()) as u64,
            created: lead.created + later,
            contact: Some(contact + later),
            shown_contact: Some(contact + later),
            crd: Crd::Listed(Population::second_crd(lead.adviser)),
            ..lead.clone()
        });
    }
    twins
}

/// Stamps contacts one day late from the day on which three quarters of them are past.
fn shift(leads: &mut [Lead]) {
    let mut days: Vec<Day> = leads.iter().filter_map(|l| l.contact).collect();
    days.sort_unstable();
    let Some(since) = days.get(days.len() * 3 / 4) else {
        return;
    };
    for lead in leads {
        lead.shown_contact = lead.contact.map(|day| {
            if day >= *since {
                (day + 1).min(EXPORTED)
            } else {
                day
            }
        });
    }
}
