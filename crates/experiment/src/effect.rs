//! How the arms differ, with errors that count units.
//!
//! Every effect is a smooth function of the arms' sums; its variance is `g'Vg` with `g` the slope
//! at the sums seen and `V` their covariance (the delta method: A. Deng, U. Knoblich and J. Lu,
//! "Applying the Delta Method in Metric Analytics", KDD 2018). Since arms are drawn within strata,
//! what strata differ by is no part of the error.

use leadrank_stats::{Interval, normal, student};
use serde::{Deserialize, Serialize};

use crate::cells::{Cells, ROUNDING, SUMS, Sum, Sums};
use crate::{Arm, Arms, Row};

/// A ratio of two sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// What is counted.
    pub above: Sum,
    /// Per what.
    pub below: Sum,
}

impl Metric {
    /// Scheduled calls per dial.
    pub const CALLS_PER_DIAL: Metric = Metric {
        above: Sum::Calls,
        below: Sum::Dials,
    };
    /// Scheduled calls per lead.
    pub const CALLS_PER_LEAD: Metric = Metric {
        above: Sum::Calls,
        below: Sum::Leads,
    };

    /// Its value in an arm; none where nothing is below the line.
    pub fn value(self, sums: &Sums) -> Option<f64> {
        let below = sums[self.below as usize];
        (below > 0.0).then(|| sums[self.above as usize] / below)
    }

    /// The slope of the value.
    fn slope(self, sums: &Sums) -> Option<Sums> {
        let value = self.value(sums)?;
        let below = sums[self.below as usize];
        let mut slope = [0.0; SUMS];
        slope[self.above as usize] += 1.0 / below;
        slope[self.below as usize] -= value / below;
        Some(slope)
    }

    /// The slope of the value's logarithm; none at 0.
    fn log_slope(self, sums: &Sums) -> Option<Sums> {
        let value = self.value(sums).filter(|&value| value > 0.0)?;
        self.slope(sums).map(|slope| slope.map(|one| one / value))
    }
}

/// An estimate with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub error: f64,
}

impl Effect {
    /// The statistic against no effect.
    pub fn z(self) -> f64 {
        self.estimate / self.error
    }

    /// Information, `1 / error²`.
    pub fn information(self) -> f64 {
        1.0 / (self.error * self.error)
    }

    /// The two-sided p-value of a single planned look.
    pub fn p_value(self) -> f64 {
        (2.0 * normal::cdf(-self.z().abs())).min(1.0)
    }

    /// The 95 % interval of a single planned look, or of another confidence.
    pub fn interval(self, confidence: f64) -> Interval {
        let reach = normal::quantile(0.5 + 0.5 * confidence).unwrap_or(f64::INFINITY) * self.error;
        Interval {
            lo: self.estimate - reach,
            hi: self.estimate + reach,
        }
    }

    fn of(estimate: f64, variance: f64) -> Option<Self> {
        (estimate.is_finite() && variance > 0.0 && variance.is_finite()).then(|| Effect {
            estimate,
            error: variance.sqrt(),
        })
    }
}

/// A relative change from its logarithm: `0.5` for one and a half times.
pub fn lift(log: f64) -> f64 {
    log.exp_m1()
}

/// The logarithm of treatment's value over control's: 0 where they are alike. None where an arm
/// has nothing above the line or fewer than two units, or where nothing has any spread.
pub fn log_ratio(cells: &Cells, metric: Metric) -> Option<Effect> {
    let sums = Arms::of(|arm| cells.arm(arm));
    let (estimate, slope) = log_contrast(metric, &sums)?;
    Effect::of(estimate, cells.covariance(&slope, &slope))
}

fn log_contrast(metric: Metric, sums: &Arms<Sums>) -> Option<(f64, Arms<Sums>)> {
    let treatment = metric.log_slope(&sums.treatment)?;
    let control = metric.log_slope(&sums.control)?.map(|one| -one);
    let ratio = metric.value(&sums.treatment)? / metric.value(&sums.control)?;
    Some((ratio.ln(), Arms { treatment, control }))
}

fn contrast(metric: Metric, sums: &Arms<Sums>) -> Option<(f64, Arms<Sums>)> {
    let treatment = metric.slope(&sums.treatment)?;
    let control = metric.slope(&sums.control)?.map(|one| -one);
    let difference = metric.value(&sums.treatment)? - metric.value(&sums.control)?;
    Some((difference, Arms { treatment, control }))
}

/// Treatment's value less control's.
pub fn difference(cells: &Cells, metric: Metric) -> Option<Effect> {
    let sums = Arms::of(|arm| cells.arm(arm));
    let (estimate, slope) = contrast(metric, &sums)?;
    Effect::of(estimate, cells.covariance(&slope, &slope))
}

/// An arm's value. None with fewer than two units, or nothing below the line.
pub fn value(cells: &Cells, arm: Arm, metric: Metric) -> Option<Effect> {
    let mut slope = Arms::of(|_| [0.0; SUMS]);
    let sums = cells.arm(arm);
    slope[arm] = metric.slope(&sums)?;
    // What is known of one arm alone is its units' spread, strata and all.
    let all = cells.unstratified();
    let variance = all.covariance(&slope, &slope);
    (variance >= 0.0).then_some(Effect {
        estimate: metric.value(&sums)?,
        error: variance.sqrt(),
    })
}

/// [`log_ratio`] with strata weighted by their units in both arms together (post-stratified: L. W.
/// Miratrix, J. S. Sekhon and B. Yu, JRSS B 75 (2013)). Strata without one of the arms are left
/// out.
pub fn post_stratified(cells: &Cells, metric: Metric) -> Option<Effect> {
    let both = |stratum: &&Arms<crate::cells::Cell>| {
        stratum.treatment.units > 0.0 && stratum.control.units > 0.0
    };
    let kept = Cells {
        strata: cells.strata.iter().filter(both).copied().collect(),
    };
    let factor = |stratum: &Arms<crate::cells::Cell>, arm: Arm| {
        (stratum.treatment.units + stratum.control.units) / stratum[arm].units
    };
    let sums = Arms::of(|arm| {
        let mut sums = [0.0; SUMS];
        for stratum in &kept.strata {
            for (sum, value) in sums.iter_mut().zip(stratum[arm].sums) {
                *sum += factor(stratum, arm) * value;
            }
        }
        sums
    });
    let (estimate, slope) = log_contrast(metric, &sums)?;
    Effect::of(estimate, kept.scaled_covariance(&slope, &slope, factor))
}

/// [`log_ratio`] less what the score at enrolment explains of it (A. Deng, Y. Xu, R. Kohavi and
/// T. Walker, "Improving the Sensitivity of Online Controlled Experiments by Utilizing
/// Pre-Experiment Data", WSDM 2013), with the share of the variance that this took away.
pub fn adjusted(cells: &Cells, metric: Metric) -> Option<(Effect, f64)> {
    let sums = Arms::of(|arm| cells.arm(arm));
    let (estimate, slope) = log_contrast(metric, &sums)?;
    let score = Metric {
        above: Sum::Before,
        below: Sum::Leads,
    };
    let (apart, of_score) = contrast(score, &sums)?;
    let variance = cells.covariance(&slope, &slope);
    let spread = cells.covariance(&of_score, &of_score);
    // Where one of them has no spread nothing is explained.
    let both = variance > 0.0 && spread > 0.0;
    if !both {
        return None;
    }
    let theta = cells.covariance(&slope, &of_score) / spread;
    let combined =
        Arms::of(|arm| std::array::from_fn(|at| slope[arm][at] - theta * of_score[arm][at]));
    let left = cells.covariance(&combined, &combined);
    Some((
        Effect::of(estimate - theta * apart, left)?,
        1.0 - left / variance,
    ))
}

/// What following the scores did to those that followed because of their arm: the difference per
/// dial over the difference in dials made with a score in view (G. W. Imbens and J. D. Angrist,
/// "Identification and Estimation of Local Average Treatment Effects", Econometrica 62 (1994)),
/// with that difference. None where the arms do not differ in it.
pub fn complier(cells: &Cells, metric: Metric) -> Option<(Effect, Effect)> {
    let sums = Arms::of(|arm| cells.arm(arm));
    let (estimate, slope) = contrast(metric, &sums)?;
    let exposure = Metric {
        above: Sum::ExposedDials,
        below: Sum::Dials,
    };
    let (apart, of_exposure) = contrast(exposure, &sums)?;
    if apart.abs() < 1e-9 {
        return None;
    }
    let ratio = estimate / apart;
    let combined = Arms::of(|arm| {
        std::array::from_fn(|at| (slope[arm][at] - ratio * of_exposure[arm][at]) / apart)
    });
    let compliance = Effect {
        estimate: apart,
        error: cells.covariance(&of_exposure, &of_exposure).max(0.0).sqrt(),
    };
    let effect = Effect::of(ratio, cells.covariance(&combined, &combined))?;
    Some((effect, compliance))
}

/// [`log_ratio`] with whole salespeople as what was drawn: wider or narrower where an effect
/// depends on who dials. The number of salespeople comes with it; the interval should use
/// Student's t with one fewer. None with fewer than two.
pub fn by_seller<'a>(
    rows: impl Iterator<Item = &'a Row> + Clone,
    metric: Metric,
) -> Option<(Effect, u64)> {
    let cells = Cells::of(rows.clone());
    let sums = Arms::of(|arm| cells.arm(arm));
    let (estimate, slope) = log_contrast(metric, &sums)?;
    // The sum of each one's influences, and their size.
    let mut sellers: std::collections::BTreeMap<Option<u32>, (f64, f64)> = Default::default();
    for row in rows {
        let (sum, size) = sellers.entry(row.seller).or_insert((0.0, 0.0));
        for (value, slope) in crate::cells::of_row(row).iter().zip(&slope[row.arm]) {
            *sum += value * slope;
            *size += (value * slope).abs();
        }
    }
    let n = sellers.len() as f64;
    if n < 2.0 {
        return None;
    }
    let squares: f64 = sellers
        .values()
        .filter(|(sum, size)| sum.abs() > ROUNDING * size)
        .map(|(sum, _)| sum * sum)
        .sum();
    let effect = Effect::of(estimate, squares * n / (n - 1.0))?;
    Some((effect, sellers.len() as u64))
}

/// The interval of an effect whose error rests on so many groups.
pub fn student_interval(effect: Effect, groups: u64, confidence: f64) -> Interval {
    let reach = student::quantile(0.5 + 0.5 * confidence, groups.saturating_sub(1).max(1))
        .unwrap_or(f64::INFINITY)
        * effect.error;
    Interval {
        lo: effect.estimate - reach,
        hi: effect.estimate + reach,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(calls: f64, dials: f64, before: f64, exposed: f64) -> Sums {
        let mut sums = [0.0; SUMS];
        sums[Sum::Calls as usize] = calls;
        sums[Sum::Dials as usize] = dials;
        sums[Sum::Leads as usize] = 1.0;
        sums[Sum::Before as usize] = before;
        sums[Sum::ExposedDials as usize] = exposed;
        sums
    }

    /// Two strata, units with some rule behind their numbers.
    fn cells() -> Cells {
        let mut cells = Cells::default();
        for at in 0..400_u32 {
            let (stratum, arm) = (at as usize % 2, Arm::ALL[at as usize / 2 % 2]);
            let calls = f64::from(u8::from(
                at % 7 == 0 || (arm == Arm::Treatment && at % 11 == 0),
            ));
            let dials = f64::from(1 + at % 5);
            let exposed = if arm == Arm::Treatment { dials } else { 0.0 };
            cells.add(
                stratum,
                arm,
                &unit(calls, dials, calls + f64::from(at % 3), exposed),
            );
        }
        cells
    }

    #[test]
    fn by_hand_the_difference_of_two_ratios() {
        let mut cells = Cells::default();
        for (arm, calls, dials) in [
            (Arm::Treatment, 2.0, 8.0),
            (Arm::Treatment, 1.0, 7.0),
            (Arm::Treatment, 1.0, 5.0),
            (Arm::Control, 1.0, 10.0),
            (Arm::Control, 0.0, 10.0),
        ] {
            cells.add(0, arm, &unit(calls, dials, 0.0, 0.0));
        }
        let found = difference(&cells, Metric::CALLS_PER_DIAL).unwrap();
        // .2 − .05; residuals .4, −.4, 0 and .5, −.5 over 20 dials each.
        assert!((found.estimate - 0.15).abs() < 1e-12);
        let variance = (3.0 / 2.0 * 0.32 + 2.0 * 0.5) / 400.0;
        assert!((found.error - f64::sqrt(variance)).abs() < 1e-12);
        let ratio = log_ratio(&cells, Metric::CALLS_PER_DIAL).unwrap();
        assert!((lift(ratio.estimate) - 3.0).abs() < 1e-12);
        let variance = 0.48 / 400.0 / 0.04 + 1.0 / 400.0 / 0.0025;
        assert!((ratio.error - f64::sqrt(variance)).abs() < 1e-12);
    }

    #[test]
    fn adjusting_for_what_foretells_the_outcome_narrows_the_interval() {
        let cells = cells();
        let plain = log_ratio(&cells, Metric::CALLS_PER_DIAL).unwrap();
        let (found, gain) = adjusted(&cells, Metric::CALLS_PER_DIAL).unwrap();
        assert!(found.error < plain.error && gain > 0.05, "{gain}");
        assert!((1.0 - (found.error / plain.error).powi(2) - gain).abs() < 1e-9);
    }

    #[test]
    fn with_full_exposure_compliers_are_all() {
        let cells = cells();
        let all = difference(&cells, Metric::CALLS_PER_DIAL).unwrap();
        let (own, compliance) = complier(&cells, Metric::CALLS_PER_DIAL).unwrap();
        assert_eq!(compliance.estimate, 1.0);
        assert!((own.estimate - all.estimate).abs() < 1e-12);
        assert!((own.error - all.error).abs() < 1e-9);
    }

    #[test]
    fn balanced_strata_need_no_weights() {
        let cells = cells();
        let plain = log_ratio(&cells, Metric::CALLS_PER_DIAL).unwrap();
        let weighted = post_stratified(&cells, Metric::CALLS_PER_DIAL).unwrap();
        assert!((plain.estimate - weighted.estimate).abs() < 1e-9);
        assert!((plain.error - weighted.error).abs() < 1e-9);
    }

    /// What rounding leaves of no spread is no standard error.
    #[test]
    fn without_spread_there_is_no_effect() {
        let mut cells = Cells::default();
        let mut alike = Cells::default();
        for at in 0..30 {
            let arm = Arm::ALL[at % 2];
            let dials = [3.1, 7.3][at % 2];
            cells.add(0, arm, &unit(1.0, dials, 0.1 * at as f64, 0.0));
            // Two units an arm: the score explains all.
            if at < 4 {
                let calls = 1.0 + (at / 2) as f64;
                alike.add(0, arm, &unit(calls, dials, 0.7 * calls, 0.0));
            }
        }
        assert_eq!(log_ratio(&cells, Metric::CALLS_PER_DIAL), None);
        assert!(log_ratio(&alike, Metric::CALLS_PER_DIAL).is_some());
        assert_eq!(adjusted(&alike, Metric::CALLS_PER_DIAL), None);
    }

    #[test]
    fn nothing_above_the_line_is_no_effect() {
        let mut cells = Cells::default();
        cells.add(0, Arm::Treatment, &unit(1.0, 3.0, 0.0, 0.0));
        cells.add(0, Arm::Control, &unit(0.0, 3.0, 0.0, 0.0));
        assert_eq!(log_ratio(&cells, Metric::CALLS_PER_DIAL), None);
        assert_eq!(log_ratio(&Cells::default(), Metric::CALLS_PER_DIAL), None);
    }
}
