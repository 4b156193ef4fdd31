//! Vendor exports and a CRM with known truth, for demonstrations and tests.
//!
//! [`write`] fills a project's `raw/` folder with what a vendor portal and Salesforce would
//! export, and, kept apart in `truth/`, with the probabilities and outcomes behind it. All
//! people, firms and numbers are made up; the marginals follow domain.md, "Class
//! distribution and statistics for the synthetic generator".

mod error;
mod hazard;
mod month;
mod options;
mod population;
mod places;
mod rng;

pub use error::{Error, Result};
pub use hazard::Hazard;
pub use month::Month;
pub use options::{Event, Options, Summary, TruthTotals, WrittenFile};
