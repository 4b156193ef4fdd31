//! Whom to call: the order of the leads, tiers by capacity, and who calls whom
//! (domain.md, "Tiers, capacity, boost" and "Rules V3 and where the team ended").
//!
//! ```text
//! margins ─▶ order (model, or rules then model; boost) ─▶ tiers (capacity, limit a firm) ─▶ salespeople
//! ```
//! Everything here but [`facts`] and [`roster`] is computed from what is handed in.

pub mod assign;
pub mod exclude;
pub mod facts;
pub mod fill;
pub mod frontier;
pub mod order;
pub mod roster;
pub mod rules;

use serde::{Deserialize, Serialize};

use crate::config::Tiers;
use assign::{Assignment, Load};
pub use order::{Place, places};
use rules::Rule;

/// A tier of the call list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tier {
    /// Today's calls: capacity × overbooking.
    A,
    /// The next day's worth.
    B,
    /// All others.
    C,
}

impl Tier {
    /// The letter shown to people.
    pub fn letter(self) -> &'static str {
        match self {
            Tier::A => "A",
            Tier::B => "B",
            Tier::C => "C",
        }
    }
}

/// Somebody who dials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Salesperson {
    /// Salesforce user id.
    pub id: String,
    /// Dials a day.
    pub dials_per_day: f64,
}

/// The tier rule with its numbers filled in; stored with the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// Salespeople counted.
    pub salespeople: u32,
    /// Where that number comes from, in words.
    pub salespeople_from: String,
    /// Dials a day each, on average.
    pub dials_per_day: f64,
    /// Dials a day of the whole team.
    pub daily: u64,
    /// Leads in tier A at most.
    pub tier_a: u64,
    /// Leads in tier B at most.
    pub tier_b: u64,
    /// Who they are, by id; empty where only their number is known.
    #[serde(default)]
    pub roster: Vec<Salesperson>,
}

impl Capacity {
    /// Sizes of the tiers for a team of which only the number is known: A = daily
    /// dials × overbook, B = one more day of dials, both rounded to whole leads.
    pub fn new(salespeople: u32, salespeople_from: String, tiers: &Tiers) -> Self {
        let daily = f64::from(salespeople) * tiers.dials_per_day;
        Capacity {
            salespeople,
            salespeople_from,
            dials_per_day: tiers.dials_per_day,
            daily: daily.round() as u64,
            tier_a: (daily * tiers.overbook).round() as u64,
            tier_b: daily.round() as u64,
            roster: Vec::new(),
        }
    }

    /// The same for people who are known.
    pub fn of(roster: Vec<Salesperson>, salespeople_from: String, tiers: &Tiers) -> Self {
        let salespeople = u32::try_from(roster.len()).unwrap_or(u32::MAX);
        let daily: f64 = roster.iter().map(|person| person.dials_per_day).sum();
        let on_average = Tiers {
            dials_per_day: match salespeople {
                0 => tiers.dials_per_day,
                n => daily / f64::from(n),
            },
            ..tiers.clone()
        };
        Capacity {
            roster,
            ..Capacity::new(salespeople, salespeople_from, &on_average)
        }
    }

    /// The tier of a ranked lead, whatever its firm. One in the do-not-call share is
    /// never for today, however large the team.
    pub fn tier_of(&self, place: &Place) -> Tier {
        if place.do_not_call {
            Tier::C
        } else {
            self.tier(place.rank)
        }
    }

    /// The tier of the lead with this rank (1 = best).
    pub fn tier(&self, rank: u64) -> Tier {
        if rank <= self.tier_a {
            Tier::A
        } else if rank <= self.tier_a + self.tier_b {
            Tier::B
        } else {
            Tier::C
        }
    }
}

/// A lead that may be called, with what decides its place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Candidate {
    /// Salesforce id; breaks ties.
    pub id: String,
    /// The model's raw score, log-odds.
    pub margin: f64,
    /// Calibrated probability.
    pub probability: f64,
    /// The firm's number, where the vendor knows it.
    pub firm: Option<String>,
    /// Whether the lead leads or owns its firm.
    pub leads_firm: bool,
    /// Salesforce id of who owns the lead now.
    pub owner: Option<String>,
    /// The first rule of thumb that it meets.
    pub rule: Rule,
    /// Whether the boost applies, if there is one.
    pub boosted: bool,
}

/// Where a lead stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Rank, percentile and do-not-call.
    pub place: Place,
    /// The rank it would have without the boost.
    pub rank_unboosted: u64,
    /// Its tier.
    pub tier: Tier,
    /// Why it is in a lower tier than its score would put it.
    pub reason: Option<String>,
    /// Who is to call it, by Salesforce user id; only tiers A and B.
    pub assigned_to: Option<String>,
}

/// The plan of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One for each candidate, in their order.
    pub leads: Vec<Planned>,
    /// How the calls were shared out; none where only the number of salespeople is known.
    pub assignment: Option<Assignment>,
    /// Leads moved down since their firm has enough in tiers A and B.
    pub over_firm_limit: u64,
    /// Leads of the rules' first tier that the model moved down.
    pub demoted: u64,
    /// Leads that the boost applies to.
    pub boosted: u64,
}

/// Orders the leads, fills the tiers and shares out the calls.
pub fn plan(candidates: &[Candidate], capacity: &Capacity, tiers: &Tiers) -> Plan {
    let ordered = order::ordered(candidates, tiers);
    let filled = fill::fill(candidates, &ordered, capacity, tiers.max_per_firm);
    let mut leads: Vec<Planned> = ordered
        .places
        .iter()
        .zip(&filled)
        .enumerate()
        .map(|(lead, (place, filled))| Planned {
            place: *place,
            rank_unboosted: ordered.ranks_unboosted[lead],
            tier: filled.tier,
            reason: filled.reason.clone(),
            assigned_to: None,
        })
        .collect();
    let assignment = (!capacity.roster.is_empty()).then(|| {
        let called: Vec<usize> = (0..leads.len())
            .filter(|&lead| leads[lead].tier != Tier::C)
            .collect();
        let loads: Vec<Load<'_>> = called
            .iter()
            .map(|&lead| {
                let candidate = &candidates[lead];
                Load {
                    id: &candidate.id,
                    tier: leads[lead].tier,
                    value: candidate.probability,
                    group: candidate.firm.as_deref().filter(|_| candidate.leads_firm),
                    owner: candidate.owner.as_deref(),
                }
            })
            .collect();
        let (persons, assignment) = assign::assign(&loads, capacity, tiers.keep_owner);
        for (&lead, person) in called.iter().zip(persons) {
            leads[lead].assigned_to = person.map(|person| capacity.roster[person].id.clone());
        }
        assignment
    });
    Plan {
        over_firm_limit: filled.iter().filter(|lead| lead.over_firm_limit).count() as u64,
        demoted: ordered.demoted.iter().filter(|demoted| **demoted).count() as u64,
        boosted: match tiers.boost > 0.0 {
            true => candidates.iter().filter(|lead| lead.boosted).count() as u64,
            false => 0,
        },
        leads,
        assignment,
    }
}

#[cfg(test)]
mod tests;
