//! What a result supports, by the rules written down before.

use serde::{Deserialize, Serialize};

use super::Analysis;
use crate::Plan;
use crate::monitor::Lift;

/// What the primary result supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Better beyond chance, and at least the minimum lift was seen.
    Effective,
    /// Better beyond chance; less than the minimum was seen.
    BelowMinimum,
    /// A lift of the minimum is excluded, an effect is not shown.
    TooSmall,
    /// Neither shown nor excluded.
    Open,
    /// Worse beyond chance.
    Harmful,
    /// An interim look that did not reach its bound.
    GoOn,
    /// Too few scheduled calls to say anything.
    NotEnoughData,
}

impl Decision {
    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Decision::Effective => "works, and reached the minimum",
            Decision::BelowMinimum => "works, but less than the minimum was seen",
            Decision::TooSmall => "no effect of the minimum size",
            Decision::Open => "neither shown nor excluded",
            Decision::Harmful => "harm",
            Decision::GoOn => "go on as planned",
            Decision::NotEnoughData => "not enough data",
        }
    }
}

/// The decision by the plan's rules: significance from the looks' bounds, size from the estimate,
/// exclusion from the interval.
pub fn decide(plan: &Plan, analysis: &Analysis) -> Decision {
    match (analysis.primary, analysis.looks.last()) {
        (Some(lift), Some(look)) => of_look(plan, look.z, look.bound, lift, analysis.is_final),
        _ => Decision::NotEnoughData,
    }
}

/// The same for one look.
pub(super) fn of_look(plan: &Plan, z: f64, bound: f64, lift: Lift, is_final: bool) -> Decision {
    match (z.abs() >= bound, z > 0.0, is_final) {
        (true, false, _) => Decision::Harmful,
        (true, true, _) if lift.value >= plan.minimum_lift => Decision::Effective,
        (true, true, _) => Decision::BelowMinimum,
        (false, _, false) => Decision::GoOn,
        (false, _, true) if lift.interval.hi < plan.minimum_lift => Decision::TooSmall,
        (false, _, true) => Decision::Open,
    }
}
