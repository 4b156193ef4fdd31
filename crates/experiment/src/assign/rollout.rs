//! After the experiment: more and more units see scores, some never.

use super::draw::{digest, fraction};
use crate::Plan;

/// Whether a unit sees scores when they are rolled out to this share of all. A unit that sees them
/// at a smaller share sees them at a larger one; the plan's hold-out never does, whatever arm
/// the unit was in.
pub fn is_rolled_out(plan: &Plan, unit: &str, share: f64) -> bool {
    let held_out = fraction(&digest(plan, 0, &["hold-out", unit])) < plan.hold_out;
    !held_out && fraction(&digest(plan, 0, &["roll-out", unit])) < share
}
