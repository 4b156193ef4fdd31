//! What the tests from outside share: a plan.

use chrono::NaiveDate;
use leadrank_experiment::Plan;
use leadrank_experiment::plan::{Assumed, Kpi, Method, PlannedLook, VERSION};
use leadrank_stats::sequential::Spending;

/// A date from its ISO form.
pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Four weeks of enrolment with one look before the last.
pub(crate) fn plan() -> Plan {
    let look = |on: &str, time: f64| PlannedLook { on: day(on), time };
    Plan {
        version: VERSION,
        name: "spring".into(),
        hypothesis: "scores raise scheduled calls per dial".into(),
        kpi: Kpi::CallsPer100Dials,
        horizon_days: 30,
        contacted_within_days: 7,
        start: day("2025-03-03"),
        enrol_until: day("2025-03-30"),
        looks: vec![look("2025-04-20", 0.6), look("2025-04-30", 1.0)],
        spending: Spending::ObrienFleming,
        alpha: 0.05,
        power: 0.8,
        minimum_lift: 0.25,
        assumed: Assumed {
            rate: 0.08,
            lift: 0.5,
            adoption: 0.75,
            dials: 5.0,
            leads: 400,
            information: 25.0,
        },
        treatment_share: 0.5,
        method: Method::Blocks,
        block_size: 4,
        salt: "salt".into(),
        rerandomise: None,
        together_up_to_reps: 50,
        strata: vec!["assets".into()],
        completeness_bands: vec![0.5, 0.8],
        segments: vec!["assets".into()],
        hold_out: 0.0,
        balance_limit: 0.1,
        first_touch_limit: 0.1,
    }
}
