//! What people are told of an experiment: plan, arms, days, result, and its error rates.

mod balance;
mod design;
mod result;
mod statistics;
mod trials;
mod watch;

pub use balance::balance;
pub use design::design;
pub use result::result;
pub use statistics::statistics;
pub use trials::trials;
pub use watch::watch;

use leadrank_evidence::{Cell, Measured, Unit};
use leadrank_experiment::Arm;
use leadrank_experiment::monitor::Lift;
use leadrank_stats::Estimate;

/// A relative change in percent with its sign: `+12 %`.
fn signed(share: f64) -> String {
    let percent = 100.0 * share;
    let digits = usize::from(percent.abs() < 9.95);
    format!("{percent:+.digits$} %").replace('-', "−")
}

/// A relative change with its interval.
fn lift_words(lift: &Lift) -> String {
    format!(
        "{} (interval {} to {})",
        signed(lift.value),
        signed(lift.interval.lo),
        signed(lift.interval.hi)
    )
}

fn lift_cell(lift: Option<&Lift>, n: u64) -> Cell {
    lift.map_or(Cell::Nothing, |lift| {
        Cell::measured(measured(lift, n), Unit::Share)
    })
}

fn measured(lift: &Lift, n: u64) -> Measured {
    Measured {
        value: lift.value,
        lo: Some(lift.interval.lo),
        hi: Some(lift.interval.hi),
        n,
        chance: Some(0.0),
    }
}

fn score(estimate: Option<Estimate>) -> Cell {
    estimate.map_or(Cell::Nothing, |found| Cell::measured(found, Unit::Score))
}

/// The arms as people call them.
fn name(arm: Arm) -> &'static str {
    match arm {
        Arm::Treatment => "with scores",
        Arm::Control => "without",
    }
}
