//! The whole experiment on made-up leads, over and over: what the plan's error rates are.

mod leads;
mod run;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::cells::Cells;
use crate::size::Past;
use crate::{Arm, Error, Plan, Result};
use leadrank_stats::{Estimate, proportion};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use run::Outcome;

/// What is true of the made-up experiment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Relative change of scheduled calls per dial where a score is followed.
    pub lift: f64,
    /// Share of treatment's leads where it is.
    pub adoption: f64,
    /// Share of control's leads where a score is seen and followed all the same.
    pub contamination: f64,
    /// Share of control's leads that get lost from the data.
    pub lost: f64,
    /// Share of leads that are not alone in their unit.
    pub together: f64,
    /// Dials a lead, on average.
    pub dials: f64,
}

impl Truth {
    /// The plan's own assumptions with this lift.
    pub fn of(plan: &Plan, lift: f64) -> Self {
        Truth {
            lift,
            adoption: plan.assumed.adoption,
            contamination: 0.0,
            lost: 0.0,
            together: 0.05,
            // A lead without a dial is none of these; where dials are not known their number is
            // of no account.
            dials: plan.assumed.dials.max(1.0),
        }
    }

    /// The logarithm of the true ratio of both arms.
    pub fn log_ratio(&self) -> f64 {
        (1.0 + self.lift * self.adoption).ln() - (1.0 + self.lift * self.contamination).ln()
    }
}

/// What came of many experiments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trials {
    /// What was true.
    pub truth: Truth,
    /// Experiments.
    pub runs: u64,
    /// Leads of each.
    pub leads: u64,
    /// Alarms of a single test at the end.
    pub fixed: Estimate,
    /// Alarms of the planned looks with their bounds.
    pub sequential: Estimate,
    /// Alarms of the interval that is looked at every day, on any day.
    pub always_valid: Estimate,
    /// Alarms of an ordinary test that is looked at every day and believed at once.
    pub peeking: Estimate,
    /// How often the final interval holds the truth.
    pub fixed_coverage: Estimate,
    /// How often the interval that knows of the looks does.
    pub sequential_coverage: Estimate,
    /// How often the daily intervals hold it on all days together.
    pub always_valid_coverage: Estimate,
    /// Of the alarms of the planned looks, those in the wrong direction.
    pub wrong_sign: Option<Estimate>,
    /// Of them, how much larger the estimate was than the truth, on average; none without a
    /// true effect or an alarm.
    pub exaggeration: Option<f64>,
    /// Experiments that ended at an interim look.
    pub early: Estimate,
    /// Experiments in which the sizes of the arms raised an alarm.
    pub mismatch: Estimate,
    /// Of a true lift of at least the minimum: how often it was shown and at least the minimum was
    /// seen.
    pub reached_minimum: Estimate,
}

/// Runs the plan `runs` times under `truth`. The same seed gives the same numbers on any number of
/// threads.
///
/// # Errors
/// When the plan can't be carried out.
pub fn trials(
    plan: &Plan,
    truth: &Truth,
    runs: u64,
    seed: u64,
    tick: &(dyn Fn() + Sync),
) -> Result<Trials> {
    plan.check()?;
    if plan.assumed.leads < 40 {
        return Err(Error::Plan(format!(
            "{} leads are too few to try the plan on",
            plan.assumed.leads
        )));
    }
    let world = leads::World::new(plan, truth)?;
    let outcomes: Vec<Outcome> = (0..runs)
        .into_par_iter()
        .map(|number| {
            let outcome = run::run(plan, truth, &world, seed, number);
            tick();
            outcome
        })
        .collect();
    Ok(summary(plan, truth, &outcomes))
}

/// What a past period would say that had about so many leads of the same made-up world, nobody
/// seeing scores: what a plan for such an experiment would rest on. They count as one week's.
///
/// # Errors
/// As [`trials`], and when not one call is scheduled.
pub fn past(plan: &Plan, truth: &Truth, leads: u64, seed: u64) -> Result<Past> {
    let world = leads::World::new(plan, truth)?;
    let mut many = plan.clone();
    many.assumed.leads = leads;
    let untouched = Truth {
        contamination: 0.0,
        lost: 0.0,
        ..*truth
    };
    let (mut units, mut alone) = (Cells::default(), Cells::default());
    let mut draw = ChaCha8Rng::seed_from_u64(seed);
    for unit in world.units(&many, &untouched, &mut draw) {
        for lead in unit.leads(Arm::Control, &untouched) {
            alone.add(unit.stratum, Arm::Control, &lead);
        }
        if let Some(sums) = unit.sums(Arm::Control, &untouched) {
            units.add(unit.stratum, Arm::Control, &sums);
        }
    }
    Past::of(&units, &alone, plan.kpi, 1.0, 0).ok_or_else(|| {
        Error::Plan(format!(
            "{leads} made-up leads have no scheduled call: try more of them"
        ))
    })
}

fn summary(plan: &Plan, truth: &Truth, outcomes: &[Outcome]) -> Trials {
    let n = outcomes.len() as u64;
    let share = |wanted: &dyn Fn(&Outcome) -> bool| -> Estimate {
        let hits = outcomes.iter().filter(|one| wanted(one)).count() as u64;
        proportion::estimate(hits, n, 0.95).unwrap_or(Estimate {
            value: 0.0,
            lo: 0.0,
            hi: 1.0,
            n: 0,
            positives: 0,
            chance: None,
        })
    };
    let alarms: Vec<&Outcome> = outcomes.iter().filter(|one| one.sequential).collect();
    let wrong = alarms
        .iter()
        .filter(|one| one.estimate.is_sign_negative() != truth.log_ratio().is_sign_negative());
    let has_effect = truth.log_ratio().abs() > 1e-12;
    let mean_size = alarms.iter().map(|one| one.estimate.abs()).sum::<f64>() / alarms.len() as f64;
    Trials {
        truth: *truth,
        runs: n,
        leads: plan.assumed.leads,
        fixed: share(&|one| one.fixed),
        sequential: share(&|one| one.sequential),
        always_valid: share(&|one| one.always_valid),
        peeking: share(&|one| one.peeking),
        fixed_coverage: share(&|one| one.fixed_covers),
        sequential_coverage: share(&|one| one.sequential_covers),
        always_valid_coverage: share(&|one| one.always_valid_covers),
        wrong_sign: has_effect
            .then(|| proportion::estimate(wrong.count() as u64, alarms.len() as u64, 0.95))
            .flatten(),
        exaggeration: (has_effect && !alarms.is_empty())
            .then(|| mean_size / truth.log_ratio().abs()),
        early: share(&|one| one.early),
        mismatch: share(&|one| one.mismatch),
        reached_minimum: share(&|one| one.reached_minimum),
    }
}
