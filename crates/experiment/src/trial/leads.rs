//! Made-up leads: strata, units, salespeople, a score that foretells something.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::Truth;
use crate::cells::{SUMS, Sum, Sums};
use crate::{Arm, Error, Plan, Result};

/// Strata, by their share of units, and how their log-odds differ.
const STRATA: [(f64, f64); 8] = [
    (0.30, 0.0),
    (0.22, 0.3),
    (0.15, -0.4),
    (0.12, 0.2),
    (0.09, -0.2),
    (0.07, 0.5),
    (0.04, -0.7),
    (0.01, 0.9),
];
/// Standard deviations of log-odds: of units, and of what the score foretells.
const UNIT: f64 = 0.4;
const SCORE: f64 = 0.5;

/// What all runs share.
pub(super) struct World {
    intercept: f64,
}

/// A unit of leads before its arm is known.
pub(super) struct Unit {
    pub(super) stratum: usize,
    /// Day of enrolment from the first, in 0..days.
    pub(super) day: u32,
    leads: Vec<Lead>,
}

struct Lead {
    /// Chance of a call without scores.
    chance: f64,
    dials: f64,
    score: f64,
    /// Luck, the same whatever the arm.
    luck: f64,
    /// Whether a score in view is followed: below adoption or contamination.
    follows: f64,
    /// Whether it gets lost: below the share lost.
    loss: f64,
}

impl World {
    /// Finds the level at which the mean chance is the plan's rate times the dials.
    pub(super) fn new(plan: &Plan, truth: &Truth) -> Result<Self> {
        let goal = plan.assumed.rate
            * match plan.kpi {
                crate::plan::Kpi::CallsPer100Dials => truth.dials,
                crate::plan::Kpi::CallsPer100Leads => 1.0,
            };
        if !(goal > 0.0 && goal < 0.5 && truth.dials >= 1.0) {
            return Err(Error::Plan(format!(
                "a rate of {:.4} with {} dials a lead can't be tried: {goal:.3} calls a lead are out of range",
                plan.assumed.rate, truth.dials
            )));
        }
        let mut draw = ChaCha8Rng::seed_from_u64(0);
        let sample: Vec<f64> = (0..20_000)
            .map(|_| {
                let normal: f64 = StandardNormal.sample(&mut draw);
                STRATA[stratum(draw.random())].1 + (UNIT * UNIT + SCORE * SCORE).sqrt() * normal
            })
            .collect();
        let (mut low, mut high) = (-15.0, 5.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            let mean = sample.iter().map(|odds| chance(odds + middle)).sum::<f64>() / 20_000.0;
            match mean < goal {
                true => low = middle,
                false => high = middle,
            }
        }
        Ok(World {
            intercept: 0.5 * (low + high),
        })
    }

    /// The units of one experiment, about the planned number of leads.
    pub(super) fn units(&self, plan: &Plan, truth: &Truth, draw: &mut ChaCha8Rng) -> Vec<Unit> {
        let days = (plan.enrol_until - plan.start).num_days() as u32 + 1;
        let mut made = Vec::new();
        let mut leads = 0;
        while leads < plan.assumed.leads {
            let stratum = stratum(draw.random());
            let many = draw.random::<f64>() < truth.together / 2.2;
            let size = if many { draw.random_range(2..=3) } else { 1 };
            let own: f64 = StandardNormal.sample(draw);
            let odds = self.intercept + STRATA[stratum].1 + UNIT * own;
            made.push(Unit {
                stratum,
                day: draw.random_range(0..days),
                leads: (0..size).map(|_| lead(odds, truth, draw)).collect(),
            });
            leads += size;
        }
        made
    }
}

fn lead(odds: f64, truth: &Truth, draw: &mut ChaCha8Rng) -> Lead {
    let score: f64 = StandardNormal.sample(draw);
    // One dial and a geometric number of more, at most 25 in all.
    let more = truth.dials - 1.0;
    let mut dials = 1.0;
    while dials < 25.0 && draw.random::<f64>() < more / (1.0 + more) {
        dials += 1.0;
    }
    Lead {
        chance: chance(odds + SCORE * score),
        dials,
        score,
        luck: draw.random(),
        follows: draw.random(),
        loss: draw.random(),
    }
}

impl Unit {
    /// What comes of its leads in an arm, without those that got lost.
    pub(super) fn leads(&self, arm: Arm, truth: &Truth) -> impl Iterator<Item = Sums> {
        let (follow, lost) = match arm {
            Arm::Treatment => (truth.adoption, 0.0),
            Arm::Control => (truth.contamination, truth.lost),
        };
        let lift = truth.lift;
        let kept = self.leads.iter().filter(move |lead| lead.loss >= lost);
        kept.map(move |lead| {
            let raise = if lead.follows < follow {
                1.0 + lift
            } else {
                1.0
            };
            let called = lead.luck < (lead.chance * raise).min(0.95);
            let mut sums = [0.0; SUMS];
            sums[Sum::Calls as usize] = f64::from(u8::from(called));
            sums[Sum::Dials as usize] = lead.dials;
            sums[Sum::Leads as usize] = 1.0;
            sums[Sum::Before as usize] = lead.score;
            sums
        })
    }

    /// What comes of it as a whole; none where all of it got lost.
    pub(super) fn sums(&self, arm: Arm, truth: &Truth) -> Option<Sums> {
        self.leads(arm, truth).reduce(|mut sums, lead| {
            for (sum, value) in sums.iter_mut().zip(lead) {
                *sum += value;
            }
            sums
        })
    }
}

fn stratum(place: f64) -> usize {
    let mut reached = 0.0;
    for (at, (share, _)) in STRATA.iter().enumerate() {
        reached += share;
        if place < reached {
            return at;
        }
    }
    STRATA.len() - 1
}

fn chance(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}
