//! One made-up experiment from the draw of the arms to the end.

use leadrank_stats::sequential::{self, Look};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Truth;
use super::leads::{Unit, World};
use crate::analysis::bound;
use crate::assign::draw;
use crate::cells::Cells;
use crate::effect::{self, Effect};
use crate::monitor;
use crate::plan::Method;
use crate::{Arm, Plan, size, srm};

/// What came of one experiment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Outcome {
    /// A single test at the end was significant.
    pub fixed: bool,
    /// A planned look crossed its bound.
    pub sequential: bool,
    /// It did so before the end.
    pub early: bool,
    /// The daily interval left 0 out on some day.
    pub always_valid: bool,
    /// An ordinary test was significant on some day.
    pub peeking: bool,
    /// The single interval holds the truth.
    pub fixed_covers: bool,
    /// The interval that knows of the looks does.
    pub sequential_covers: bool,
    /// The daily intervals do on all days.
    pub always_valid_covers: bool,
    /// The estimate with which the planned looks ended, if with an alarm.
    pub estimate: f64,
    /// The sizes of the arms raised an alarm.
    pub mismatch: bool,
    /// It was shown, and at least the minimum was seen.
    pub reached_minimum: bool,
}

pub(super) fn run(plan: &Plan, truth: &Truth, world: &World, seed: u64, number: u64) -> Outcome {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(number);
    let mut plan = plan.clone();
    plan.salt = format!("{} {seed} {number}", plan.salt);
    let mut units = world.units(&plan, truth, &mut random);
    // In the order of enrolment; within a day as they came.
    units.sort_by_key(|unit| unit.day);
    let arms = arms(&plan, &units);
    let mismatch = {
        let kept = units
            .iter()
            .zip(&arms)
            .filter(|(unit, arm)| unit.sums(**arm, truth).is_some());
        let kept = kept.map(|(_, &arm)| ("all", arm));
        srm::parts(kept, plan.treatment_share)
            .iter()
            .any(srm::Part::alarms)
    };
    Outcome {
        mismatch,
        ..follow(&plan, truth, &units, &arms)
    }
}

fn arms(plan: &Plan, units: &[Unit]) -> Vec<Arm> {
    let mut blocks: Vec<(u64, Vec<Arm>)> = Vec::new();
    let mut arms = Vec::with_capacity(units.len());
    for (at, unit) in units.iter().enumerate() {
        if plan.method == Method::Hash {
            arms.push(draw::by_hash(plan, 0, &at.to_string()));
            continue;
        }
        if unit.stratum >= blocks.len() {
            blocks.resize(unit.stratum + 1, (0, Vec::new()));
        }
        let (next, left) = &mut blocks[unit.stratum];
        if left.is_empty() {
            *left = draw::block(plan, 0, &unit.stratum.to_string(), *next);
            *next += 1;
        }
        arms.extend(left.pop());
    }
    arms
}

/// Day by day, as units become mature.
fn follow(plan: &Plan, truth: &Truth, units: &[Unit], arms: &[Arm]) -> Outcome {
    let metric = size::metric(plan.kpi);
    let target = truth.log_ratio();
    let mut outcome = Outcome {
        always_valid_covers: true,
        ..Outcome::default()
    };
    let Some(mixture) = monitor::mixture(plan) else {
        return outcome;
    };
    let mut cells = Cells::default();
    let mut past: Vec<(Look, f64)> = Vec::new();
    let mut ended = false;
    let mut next_look = 0;
    let total = units.len() as f64;
    let mut at = 0;
    let days = units.last().map_or(0, |unit| unit.day + 1);
    for day in 0..days {
        while at < units.len() && units[at].day == day {
            if let Some(sums) = units[at].sums(arms[at], truth) {
                cells.add(units[at].stratum, arms[at], &sums);
            }
            at += 1;
        }
        let Some(found) = effect::log_ratio(&cells, metric) else {
            continue;
        };
        let is_last = day + 1 == days;
        if monitor::may_be_compared(&cells) {
            let reach = mixture.half_width(found.information());
            outcome.always_valid |= found.estimate.abs() > reach;
            outcome.always_valid_covers &= (found.estimate - target).abs() <= reach;
            outcome.peeking |= found.p_value() < plan.alpha;
        }
        let time = at as f64 / total;
        let is_look = plan
            .looks
            .get(next_look)
            .is_some_and(|look| time >= look.time);
        if (is_look || is_last) && !ended {
            next_look += 1;
            ended = look(plan, &mut past, found, time, is_last, target, &mut outcome);
        }
        if is_last {
            outcome.fixed = found.p_value() < plan.alpha;
            outcome.fixed_covers = found.interval(1.0 - plan.alpha).contains(target);
        }
    }
    outcome
}

/// Takes one planned look; true where the experiment ends with it.
fn look(
    plan: &Plan,
    past: &mut Vec<(Look, f64)>,
    found: Effect,
    time: f64,
    is_last: bool,
    target: f64,
    outcome: &mut Outcome,
) -> bool {
    let spent = if is_last {
        plan.alpha
    } else {
        plan.spending.spent(plan.alpha, time)
    };
    let before: Vec<(f64, f64)> = past
        .iter()
        .map(|(look, spent)| (look.information, *spent))
        .collect();
    let (information, bound) = bound(&before, found, spent);
    let crosses = found.z().abs() >= bound;
    if crosses || is_last {
        let looks: Vec<Look> = past.iter().map(|(look, _)| *look).collect();
        let (z, confidence) = (found.z(), 1.0 - plan.alpha);
        outcome.sequential_covers =
            sequential::covers(&looks, information, z, confidence, target).unwrap_or(false);
        // Only of alarms the estimate is asked for, and it takes a search.
        if crosses {
            outcome.estimate = sequential::inference(&looks, information, z, confidence)
                .map_or(found.estimate, |inference| inference.estimate);
        }
        outcome.sequential = crosses;
        outcome.early = crosses && !is_last;
        outcome.reached_minimum = crosses && effect::lift(outcome.estimate) >= plan.minimum_lift;
        return true;
    }
    past.push((Look { information, bound }, spent));
    false
}

#[cfg(test)]
mod tests {
    use crate::plan::tests::plan;
    use crate::trial::{Truth, past, trials};

    const RUNS: u64 = 600;

    /// Three standard errors of a share.
    fn slack(share: f64) -> f64 {
        3.0 * (share * (1.0 - share) / RUNS as f64).sqrt()
    }

    #[test]
    fn without_an_effect_alarms_are_as_rare_as_promised() {
        let mut plan = plan();
        plan.assumed.leads = 2400;
        plan.assumed.information = 24.0;
        let found = trials(&plan, &Truth::of(&plan, 0.0), RUNS, 7, &|| ()).unwrap();
        for (name, alarms) in [
            ("fixed", found.fixed),
            ("sequential", found.sequential),
            ("always valid", found.always_valid),
        ] {
            assert!(
                alarms.value <= 0.05 + slack(0.05),
                "{name}: {}",
                alarms.value
            );
        }
        for (name, holds) in [
            ("fixed", found.fixed_coverage),
            ("sequential", found.sequential_coverage),
            ("always valid", found.always_valid_coverage),
        ] {
            assert!(holds.value >= 0.95 - slack(0.05), "{name}: {}", holds.value);
        }
        assert!(
            found.peeking.value > 0.1,
            "looking daily is not free: {}",
            found.peeking.value
        );
        assert!(found.mismatch.value < 0.01);
    }

    #[test]
    fn the_past_of_the_made_up_world_is_what_the_plan_assumes() {
        let mut plan = plan();
        let truth = Truth::of(&plan, 0.3);
        let found = past(&plan, &truth, 60_000, 1).unwrap();
        assert_eq!(found, past(&plan, &truth, 60_000, 1).unwrap());
        assert!((60_000..60_003).contains(&found.leads));
        // Some 3,000 calls: three standard errors of their count.
        assert!((found.rate / plan.assumed.rate - 1.0).abs() < 3.0 / 3000_f64.sqrt());
        // Calls are nearly a Poisson count, and few leads share a unit.
        let poisson = found.leads as f64 / found.calls;
        for variance in [found.variance, found.without_strata, found.by_lead] {
            assert!(
                (0.9..1.1).contains(&(variance / poisson)),
                "{variance} {poisson}"
            );
        }
        plan.assumed.rate = 0.0;
        assert!(past(&plan, &truth, 60_000, 1).is_err());
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_a_lost_arm_is_noticed() {
        let mut plan = plan();
        plan.assumed.leads = 2000;
        let mut truth = Truth::of(&plan, 0.3);
        truth.lost = 0.2;
        let one = trials(&plan, &truth, 40, 3, &|| ()).unwrap();
        let two = trials(&plan, &truth, 40, 3, &|| ()).unwrap();
        assert_eq!(one, two);
        assert!(one.mismatch.value > 0.5, "{}", one.mismatch.value);
    }
}
