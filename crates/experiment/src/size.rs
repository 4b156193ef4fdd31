//! How many leads and weeks a test needs, and what one of a given size can and can't show.

use leadrank_stats::sequential::{self, Look};
use serde::{Deserialize, Serialize};

use crate::cells::{Cells, SUMS, Sums};
use crate::effect::Metric;
use crate::plan::Kpi;
use crate::{Arm, Arms, Error, Plan, Result};

/// What a past period says of leads like those that would be enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Leads whose outcome is known.
    pub leads: u64,
    /// Their dials within the horizon.
    pub dials: f64,
    /// Their scheduled calls within the horizon.
    pub calls: f64,
    /// Leads that would be enrolled on the first day.
    pub at_once: u64,
    /// Leads that would be enrolled a week after that.
    pub leads_a_week: f64,
    /// The KPI's level, a fraction.
    pub rate: f64,
    /// Variance of the logarithm of the KPI times leads, units drawn within strata.
    pub variance: f64,
    /// The same if units were drawn without strata: what blocking saves.
    pub without_strata: f64,
    /// The same if each lead were drawn alone: what keeping leads together costs.
    pub by_lead: f64,
}

impl Past {
    /// From the cells of past leads, all in one arm, by unit and by lead, enrolled within so many
    /// weeks, some of them on the first day. None without scheduled calls.
    pub fn of(units: &Cells, leads: &Cells, kpi: Kpi, weeks: f64, at_once: u64) -> Option<Past> {
        let sums = units.arm(Arm::Control);
        let metric = metric(kpi);
        let rate = metric.value(&sums).filter(|&rate| rate > 0.0)?;
        let n = sums[crate::cells::Sum::Leads as usize];
        let variance = |cells: &Cells| -> f64 { n * log_variance(cells, metric, rate, &sums) };
        Some(Past {
            leads: n as u64,
            dials: sums[crate::cells::Sum::Dials as usize],
            calls: sums[crate::cells::Sum::Calls as usize],
            at_once,
            leads_a_week: (n - at_once as f64).max(0.0) / weeks,
            rate,
            variance: variance(units),
            without_strata: variance(&units.unstratified()),
            by_lead: variance(&leads.unstratified()),
        })
    }

    /// Leads that so many weeks of enrolment bring.
    pub fn leads_in(&self, weeks: f64) -> f64 {
        (self.at_once as f64 + self.leads_a_week * weeks).floor()
    }

    /// Weeks of enrolment that bring so many leads; 0 where the first day does, infinite where
    /// nobody comes after it.
    pub fn weeks_for(&self, leads: f64) -> f64 {
        let missing = leads - self.at_once as f64;
        if missing <= 0.0 {
            return 0.0;
        }
        missing / self.leads_a_week
    }

    /// Variance of the logarithm of the ratio of both arms, with `leads` in all, where the
    /// treatment's rate is changed by `lift`: with the rate its relative variance falls, as a
    /// count's does.
    fn variance_of_ratio(&self, plan: &Plan, leads: f64, lift: f64) -> f64 {
        let treated = leads * plan.treatment_share;
        let control = leads - treated;
        self.variance / control + self.variance / (1.0 + lift) / treated
    }
}

/// What the KPI divides.
pub fn metric(kpi: Kpi) -> Metric {
    match kpi {
        Kpi::CallsPer100Dials => Metric::CALLS_PER_DIAL,
        Kpi::CallsPer100Leads => Metric::CALLS_PER_LEAD,
    }
}

fn log_variance(cells: &Cells, metric: Metric, rate: f64, sums: &Sums) -> f64 {
    let below = sums[metric.below as usize];
    let mut slope = [0.0; SUMS];
    slope[metric.above as usize] += 1.0 / (below * rate);
    slope[metric.below as usize] -= 1.0 / below;
    let slopes = Arms {
        treatment: [0.0; SUMS],
        control: slope,
    };
    cells.covariance(&slopes, &slopes)
}

/// What a test with some number of leads sees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sight {
    /// Weeks of enrolment.
    pub weeks: f64,
    /// Leads of both arms.
    pub leads: u64,
    /// The smallest lift over all leads that is seen with the plan's power; none if not even a
    /// tenfold rate is.
    pub detectable: Option<f64>,
    /// The same for those who follow the scores: more is needed of them.
    pub detectable_if_followed: Option<f64>,
    /// Probability to see the assumed lift.
    pub power: f64,
    /// Scheduled calls to expect in both arms together, without a lift.
    pub calls: f64,
}

/// The sight of a test of so many weeks.
///
/// # Errors
/// When the plan's looks can't be.
pub fn sight(plan: &Plan, past: &Past, weeks: f64) -> Result<Sight> {
    of_leads(plan, past, past.leads_in(weeks), weeks)
}

/// The sight of a test with so many leads.
///
/// # Errors
/// As [`sight`].
pub fn of_leads(plan: &Plan, past: &Past, leads: f64, weeks: f64) -> Result<Sight> {
    let bounds = plan.bounds()?;
    let effect = plan.assumed.lift * plan.assumed.adoption;
    let detectable = detectable(plan, past, &bounds, leads);
    Ok(Sight {
        weeks,
        leads: leads as u64,
        detectable,
        detectable_if_followed: detectable.map(|lift| lift / plan.assumed.adoption),
        power: power(plan, past, &bounds, leads, effect),
        calls: past.calls / past.leads as f64 * leads,
    })
}

fn power(plan: &Plan, past: &Past, bounds: &[f64], leads: f64, lift: f64) -> f64 {
    if leads < 2.0 {
        return 0.0;
    }
    let information = 1.0 / past.variance_of_ratio(plan, leads, lift);
    let looks: Vec<Look> = (plan.looks.iter().zip(bounds))
        .map(|(look, &bound)| Look {
            information: look.time * information,
            bound,
        })
        .collect();
    sequential::power(&looks, lift.ln_1p()).unwrap_or(0.0)
}

fn detectable(plan: &Plan, past: &Past, bounds: &[f64], leads: f64) -> Option<f64> {
    const MOST: f64 = 9.0;
    let (mut low, mut high) = (0.0, MOST);
    if power(plan, past, bounds, leads, high) < plan.power {
        return None;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        match middle > 0.0 && power(plan, past, bounds, leads, middle) >= plan.power {
            true => high = middle,
            false => low = middle,
        }
    }
    Some(high)
}

/// Leads of both arms together that are needed to see the assumed lift, thinned by adoption, with
/// the plan's power; with the information that they bring.
///
/// # Errors
/// When nothing is assumed that could be seen.
pub fn leads_needed(plan: &Plan, past: &Past) -> Result<(u64, f64)> {
    let effect = plan.assumed.lift * plan.assumed.adoption;
    let times: Vec<f64> = plan.looks.iter().map(|look| look.time).collect();
    let bounds = plan.bounds()?;
    let needed = sequential::information_for_power(&times, &bounds, effect.ln_1p(), plan.power)
        .ok_or_else(|| {
            Error::Plan("a lift of 0 can't be planned for: assume another one".into())
        })?;
    let leads = past.variance_of_ratio(plan, 1.0, effect) * needed;
    Ok((leads.ceil() as u64, needed))
}

/// The information that so many leads bring under the assumed lift.
pub fn information(plan: &Plan, past: &Past, leads: f64) -> f64 {
    1.0 / past.variance_of_ratio(plan, leads, plan.assumed.lift * plan.assumed.adoption)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Sum;
    use crate::plan::tests::plan;
    use leadrank_stats::power::rows_per_arm;

    fn past(rate: f64) -> Past {
        let mut cells = Cells::default();
        let n = 10_000;
        for at in 0..n {
            let mut unit = [0.0; SUMS];
            unit[Sum::Leads as usize] = 1.0;
            unit[Sum::Dials as usize] = 1.0;
            unit[Sum::Calls as usize] = f64::from(u8::from(f64::from(at) < rate * f64::from(n)));
            cells.add(0, Arm::Control, &unit);
        }
        Past::of(&cells, &cells, Kpi::CallsPer100Leads, 10.0, 0).unwrap()
    }

    /// With one look and one dial a lead it is the comparison of two proportions, but for the
    /// logarithm: within a tenth of the table of domain.md, "A/B test".
    #[test]
    fn about_the_textbook_size_for_two_proportions() {
        let mut plan = plan();
        plan.kpi = Kpi::CallsPer100Leads;
        plan.looks.remove(0);
        let past = past(0.0389);
        assert!((past.rate - 0.0389).abs() < 1e-12);
        for (lift, adoption) in [(0.5, 1.0), (0.5, 0.75), (0.3, 1.0), (0.2, 1.0)] {
            plan.assumed.lift = lift;
            plan.assumed.adoption = adoption;
            let (leads, _) = leads_needed(&plan, &past).unwrap();
            let textbook =
                2.0 * rows_per_arm(0.0389, 0.0389 * (1.0 + lift * adoption), 0.05, 0.8).unwrap();
            let ratio = leads as f64 / textbook;
            assert!(
                (0.9..1.1).contains(&ratio),
                "{lift} {adoption}: {leads} {textbook}"
            );
        }
    }

    #[test]
    fn needed_leads_have_the_power_and_see_the_lift() {
        let plan = plan();
        let past = past(0.04);
        let (leads, information_needed) = leads_needed(&plan, &past).unwrap();
        let found = of_leads(&plan, &past, leads as f64, 4.0).unwrap();
        assert!((found.power - plan.power).abs() < 1e-3, "{}", found.power);
        let lift = found.detectable.unwrap();
        assert!((lift - 0.375).abs() < 1e-3, "{lift}");
        assert!((found.detectable_if_followed.unwrap() - 0.5).abs() < 2e-3);
        assert!((information(&plan, &past, leads as f64) / information_needed - 1.0).abs() < 1e-3);
        assert!(sight(&plan, &past, 0.0).unwrap().detectable.is_none());
    }
}
