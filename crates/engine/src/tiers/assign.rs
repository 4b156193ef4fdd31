//! Who calls whom: the leads of tiers A and B shared out so that everybody has the same to
//! expect for the dials they make.
//!
//! The units are single leads, and the leaders of one firm together: two salespeople must
//! not call them side by side. Units go by falling value, each to whoever would have the
//! least to expect per dial after it (list scheduling on machines of different speed,
//! R. L. Graham, "Bounds on Multiprocessing Timing Anomalies", SIAM J. Appl. Math. 17 (1969);
//! T. Gonzalez, O. H. Ibarra and S. Sahni, "Bounds for LPT Schedules on Uniform Processors",
//! SIAM J. Comput. 6 (1977)), or to its present owner where the bound below allows.
//!
//! While nobody's room runs out, what two people have to expect per dial differs by at most
//! [`Assignment::bound`] = the value of the largest unit / the least dials a day. Proof: when a
//! unit of value `v` goes to `i`, then for every `j` (load i + v) / c i ≤ (load j + v) / c j, so
//! `i` is ahead of `j` by at most v / c j; an owner keeps a lead only if they are then ahead of
//! whoever has least by no more; loads never fall. In the end single leads are exchanged while
//! that brings those furthest apart together, which also mends most of what full rooms drive
//! apart.

mod groups;
mod settle;

use serde::{Deserialize, Serialize};

use super::{Capacity, Salesperson, Tier};
use groups::Unit;

/// A lead to be shared out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load<'a> {
    /// Salesforce id; breaks ties.
    pub id: &'a str,
    /// A or B; others are assigned to nobody.
    pub tier: Tier,
    /// What is to be expected of it: its probability.
    pub value: f64,
    /// What it must stay together with: the firm it leads.
    pub group: Option<&'a str>,
    /// Who owns it now.
    pub owner: Option<&'a str>,
}

/// How the calls were shared out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// What each salesperson has, in the order of the roster.
    pub salespeople: Vec<Share>,
    /// Firms of which several leaders are called.
    pub groups: u64,
    /// Of them those too large for anybody's room, shared out lead by lead.
    pub groups_split: u64,
    /// Leads whose owner is on the roster.
    pub owned: u64,
    /// Of them those that their owner keeps.
    pub kept: u64,
    /// Most less least to expect per dial a day, between two salespeople who dial.
    pub imbalance: f64,
    /// What that is at most while nobody's room runs out.
    pub bound: f64,
    /// Whether somebody's room ran out, so that the bound need not hold.
    pub room_ran_out: bool,
}

/// What one salesperson has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Salesforce user id.
    pub id: String,
    /// Dials a day.
    pub dials_per_day: f64,
    /// Leads of tier A.
    pub tier_a: u64,
    /// Leads of tier B.
    pub tier_b: u64,
    /// Sum of their probabilities.
    pub expected_calls: f64,
}

/// Shares out the leads: for each the place of a salesperson on the roster, none for tier C
/// or if nobody dials. Nobody gets more leads of a tier than their part of its size.
pub fn assign(
    loads: &[Load<'_>],
    capacity: &Capacity,
    keep_owner: bool,
) -> (Vec<Option<usize>>, Assignment) {
    let mut team = Team::new(capacity);
    let mut assigned = vec![None; loads.len()];
    let units = groups::units(loads);
    let mut found = Assignment {
        groups: units.iter().filter(|unit| unit.leads.len() > 1).count() as u64,
        ..Assignment::default()
    };
    for unit in units {
        let owner = |unit: &Unit| -> Option<usize> {
            keep_owner.then(|| team_place(&capacity.roster, unit.owner(loads)?))?
        };
        if let Some(person) = team.choose(&unit, owner(&unit)) {
            team.give(person, &unit);
            for &lead in &unit.leads {
                assigned[lead] = Some(person);
            }
            continue;
        }
        if unit.leads.len() > 1 {
            found.groups_split += 1;
        }
        for piece in unit.pieces(loads) {
            if let Some(person) = team.choose(&piece, owner(&piece)) {
                team.give(person, &piece);
                assigned[piece.leads[0]] = Some(person);
            }
        }
    }
    found.bound = team.bound();
    found.room_ran_out = team.room_ran_out;
    settle::settle(&mut team, loads, &mut assigned);
    for (lead, person) in loads.iter().zip(&assigned) {
        let owner = lead.owner.and_then(|id| team_place(&capacity.roster, id));
        found.owned += u64::from(owner.is_some());
        found.kept += u64::from(owner.is_some() && owner == *person);
    }
    found.imbalance = team.imbalance();
    found.salespeople = team.shares(&capacity.roster);
    (assigned, found)
}

/// By how many times the value of a lead its owner may be ahead for keeping it.
const KEPT_AHEAD: f64 = 4.0;

fn team_place(roster: &[Salesperson], id: &str) -> Option<usize> {
    roster.iter().position(|person| person.id == id)
}

/// What people have so far.
#[derive(Debug, Clone)]
struct Team {
    dials: Vec<f64>,
    /// Most leads of tiers A and B for each.
    room: Vec<[u64; 2]>,
    /// Leads of tiers A and B.
    count: Vec<[u64; 2]>,
    value: Vec<f64>,
    /// Value of the largest unit so far.
    largest: f64,
    room_ran_out: bool,
}

impl Team {
    fn new(capacity: &Capacity) -> Self {
        let dials: Vec<f64> = capacity
            .roster
            .iter()
            .map(|one| one.dials_per_day)
            .collect();
        let n = dials.len();
        let parts = [capacity.tier_a, capacity.tier_b].map(|size| apportion(size, &dials));
        Team {
            room: (0..n).map(|one| [parts[0][one], parts[1][one]]).collect(),
            count: vec![[0, 0]; n],
            value: vec![0.0; n],
            dials,
            largest: 0.0,
            room_ran_out: false,
        }
    }

    /// Who dials at all.
    fn working(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.dials.len()).filter(|&person| self.dials[person] > 0.0)
    }

    fn has_room(&self, person: usize, unit: &Unit) -> bool {
        (0..2).all(|tier| self.count[person][tier] + unit.count[tier] <= self.room[person][tier])
    }

    /// To expect per dial, with `more` added.
    fn load(&self, person: usize, more: f64) -> f64 {
        (self.value[person] + more) / self.dials[person]
    }

    /// Who gets a unit; none if nobody has room for it.
    fn choose(&mut self, unit: &Unit, owner: Option<usize>) -> Option<usize> {
        let by_load = |&a: &usize, &b: &usize| {
            let (load_a, load_b) = (self.load(a, unit.value), self.load(b, unit.value));
            load_a.total_cmp(&load_b).then(a.cmp(&b))
        };
        let wanted = self.working().min_by(by_load)?;
        let with_room = self.working().filter(|&one| self.has_room(one, unit));
        let chosen = with_room.min_by(by_load);
        let least = self.least();
        // A few times its own value, so that one large group is no leave for all unevenness.
        let ahead = self.largest.max(unit.value).min(KEPT_AHEAD * unit.value);
        // Sums that are equal in truth differ in their last places.
        let allowed = ahead / self.fewest_dials() * (1.0 + 1e-9);
        let keeps = owner.filter(|&owner| {
            self.dials[owner] > 0.0
                && self.has_room(owner, unit)
                && self.load(owner, unit.value) - least <= allowed
        });
        let taken = keeps.or(chosen);
        self.room_ran_out |= taken != Some(wanted) && keeps.is_none();
        taken
    }

    fn give(&mut self, person: usize, unit: &Unit) {
        for tier in 0..2 {
            self.count[person][tier] += unit.count[tier];
        }
        self.value[person] += unit.value;
        self.largest = self.largest.max(unit.value);
    }

    fn loads(&self) -> impl Iterator<Item = f64> + '_ {
        self.working().map(|person| self.load(person, 0.0))
    }

    fn least(&self) -> f64 {
        self.loads().fold(f64::INFINITY, f64::min)
    }

    fn imbalance(&self) -> f64 {
        match self.working().next() {
            Some(_) => self.loads().fold(0.0, f64::max) - self.least(),
            None => 0.0,
        }
    }

    fn fewest_dials(&self) -> f64 {
        let dials = self.working().map(|person| self.dials[person]);
        dials.fold(f64::INFINITY, f64::min)
    }

    fn bound(&self) -> f64 {
        self.largest / self.fewest_dials()
    }

    fn shares(&self, roster: &[Salesperson]) -> Vec<Share> {
        let share = |(place, person): (usize, &Salesperson)| Share {
            id: person.id.clone(),
            dials_per_day: person.dials_per_day,
            tier_a: self.count[place][0],
            tier_b: self.count[place][1],
            expected_calls: self.value[place],
        };
        roster.iter().enumerate().map(share).collect()
    }
}

/// Whole numbers in proportion to the weights, of this sum: the largest remainders get one
/// more (A. Hamilton's method), earlier places first among equal ones. All 0 without weight.
fn apportion(sum: u64, weights: &[f64]) -> Vec<u64> {
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights
        .iter()
        .map(|weight| sum as f64 * weight / total)
        .collect();
    let mut parts: Vec<u64> = exact.iter().map(|part| part.floor() as u64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    let remainder = |place: usize| exact[place] - exact[place].floor();
    order.sort_by(|&a, &b| remainder(b).total_cmp(&remainder(a)).then(a.cmp(&b)));
    let missing = sum.saturating_sub(parts.iter().sum());
    for place in order.into_iter().take(missing as usize) {
        parts[place] += 1;
    }
    parts
}

#[cfg(test)]
mod tests;
