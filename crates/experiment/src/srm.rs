//! Sample-ratio mismatch: whether the arms still have the sizes that were drawn.

use std::collections::BTreeMap;

use leadrank_stats::{multiple, shares};
use serde::{Deserialize, Serialize};

use crate::{Arm, Arms};

/// Below this probability sizes are no accident (domain.md, "A/B test").
pub const ALARM: f64 = 0.001;

/// The sizes of the arms in one part of the experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Which part: `all`, a stratum, a day, a salesperson.
    pub name: String,
    /// Units of each arm.
    pub units: Arms<u64>,
    /// Probability of sizes at least so far from the planned share by chance.
    pub p_value: f64,
    /// The same, raised for the number of parts looked at (Holm).
    pub adjusted: f64,
}

impl Part {
    /// Whether it is an alarm.
    pub fn alarms(&self) -> bool {
        self.adjusted < ALARM
    }
}

/// The sizes of all parts of one kind against the share of treatment. `units` gives each unit's
/// part and arm.
pub fn parts<'a>(
    units: impl IntoIterator<Item = (&'a str, Arm)>,
    treatment_share: f64,
) -> Vec<Part> {
    let mut counts: BTreeMap<&str, Arms<u64>> = BTreeMap::new();
    for (part, arm) in units {
        counts.entry(part).or_default()[arm] += 1;
    }
    let planned = [treatment_share, 1.0 - treatment_share];
    let mut found: Vec<Part> = counts
        .into_iter()
        .map(|(name, units)| {
            let p_value = shares::mismatch(&[units.treatment, units.control], &planned);
            let p_value = p_value.unwrap_or(1.0);
            Part {
                name: name.to_owned(),
                units,
                p_value,
                adjusted: p_value,
            }
        })
        .collect();
    let p_values: Vec<f64> = found.iter().map(|part| part.p_value).collect();
    if let Ok(adjusted) = multiple::holm(&p_values) {
        for (part, adjusted) in found.iter_mut().zip(adjusted) {
            part.adjusted = adjusted;
        }
    }
    found
}

/// The probability that units got lost at rates as different as these by chance, given how many
/// were assigned to each arm; none where nothing got lost.
pub fn lost(assigned: Arms<u64>, lost: Arms<u64>) -> Option<f64> {
    let all = assigned.treatment + assigned.control;
    if lost.treatment + lost.control == 0 || assigned.treatment == 0 || assigned.control == 0 {
        return None;
    }
    let share = assigned.treatment as f64 / all as f64;
    shares::mismatch(&[lost.treatment, lost.control], &[share, 1.0 - share])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_lost_its_controls_alarms_and_others_do_not() {
        let mut units = Vec::new();
        for at in 0..4000 {
            let arm = Arm::ALL[at % 2];
            let stratum = if at / 2 % 10 < 3 { "small" } else { "large" };
            if !(stratum == "small" && arm == Arm::Control && at % 3 == 0) {
                units.push((stratum, arm));
            }
        }
        let found = parts(units.iter().copied(), 0.5);
        assert!(!found[0].alarms() && found[1].alarms(), "{found:?}");
        assert!(found[1].p_value <= found[1].adjusted);
    }

    #[test]
    fn losses_of_one_arm_alone_are_no_accident() {
        let of = |treatment, control| Arms { treatment, control };
        assert!(lost(of(1000, 1000), of(0, 30)).unwrap() < ALARM);
        assert!(lost(of(1000, 1000), of(14, 16)).unwrap() > 0.5);
        assert_eq!(lost(of(1000, 1000), of(0, 0)), None);
    }
}
