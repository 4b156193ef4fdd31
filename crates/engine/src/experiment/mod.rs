//! The experiment in a project: who may be enrolled, the ledger of arms, what came of leads, and
//! who may see a score.
//!
//! ```text
//! population ─▶ design (rehearsed on the past) ─▶ frozen plan ─▶ enrol ─▶ ledger
//! ledger ─▶ visibility ─▶ sync, call list         ledger + outcomes + exposure ─▶ watch, look
//! ```

mod book;
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
mod records;
mod rehearsal;
mod rollout;
mod visibility;
mod watch;

pub use design::{Design, Request, design};
pub use enrol::{Enrolled, enrol};
pub use exposure::Exposure;
pub use factors::Factor;
pub use folder::{Enrolment, Experiment, Noted, Rollout};
pub use kept::{Kept, newest_result, results_of};
pub use look::{Result as LookResult, look};
pub use outcomes::{Member, enrolled};
pub use population::{Population, eligible};
pub use rollout::{RolledOut, roll_out};
pub use visibility::Visibility;
pub use watch::{Watch, days_csv, watch};

/// The table of who is in which arm.
pub(crate) const ASSIGNMENTS: &str = "LeadScoring.experiment_assignments";
