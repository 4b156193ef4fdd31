//! The experiment in a project: who may be enrolled, the ledger of arms, what came of leads, and
//! who may see a score.
//!
//! ```text
//! population ─▶ design (rehearsed on the past) ─▶ frozen plan ─▶ enrol ─▶ ledger
//! ledger ─▶ visibility ─▶ sync, call list         ledger + outcomes + exposure ─▶ watch, look
//! ```

mod book;
mod close;
mod design;
mod enrol;
mod exposure;
mod factors;
mod folder;
mod kept;
mod kin;
mod ledger;
mod look;
mod outcomes;
mod population;
mod reach;
mod records;
mod rehearsal;
mod rollout;
mod visibility;
mod watch;

pub use close::close;
pub use design::{Design, Request, design};
pub use enrol::{Enrolled, enrol};
pub use exposure::Exposure;
pub use factors::Factor;
pub use folder::{Closed, Enrolment, Experiment, Noted, Rollout};
pub use kept::{Kept, newest_result, results_of};
pub use look::{Result as LookResult, look};
pub use outcomes::{Member, enrolled};
pub use population::{Population, eligible};
pub use rollout::{RolledOut, roll_out};
pub use visibility::Visibility;
pub use watch::{Watch, days_csv, watch};

/// The table of who is in which arm.
pub(crate) const ASSIGNMENTS: &str = "LeadScoring.experiment_assignments";

/// A plan of that KPI.
#[cfg(test)]
fn plan_for_tests(kpi: leadrank_experiment::plan::Kpi) -> leadrank_experiment::Plan {
    let plan = serde_json::json!({
        "version": leadrank_experiment::plan::VERSION,
        "name": "autumn",
        "hypothesis": "scores help",
        "kpi": kpi,
        "horizon_days": 30,
        "contacted_within_days": 7,
        "start": "2025-11-03",
        "enrol_until": "2025-11-09",
        "looks": [{ "on": "2025-12-10", "time": 1.0 }],
        "spending": "obrien_fleming",
        "alpha": 0.05,
        "power": 0.8,
        "minimum_lift": 0.5,
        "assumed": {
            "rate": 0.01, "lift": 0.5, "adoption": 0.75, "dials": 5.0, "leads": 1000,
            "information": 10.0
        },
        "treatment_share": 0.5,
        "method": "blocks",
        "block_size": 4,
        "salt": "salt",
        "rerandomise": null,
        "together_up_to_reps": 50,
        "strata": ["assets"],
        "completeness_bands": [0.5, 0.8],
        "segments": ["assets"],
        "hold_out": 0.0,
        "balance_limit": 0.1,
        "first_touch_limit": 0.1
    });
    serde_json::from_value(plan).unwrap()
}
