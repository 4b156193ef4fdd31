//! Pure statistics for binary outcomes: how well scores rank, how honest probabilities are, what
//! columns hold and say about the outcome, and how sure one can be of any of it.
//!
//! Nothing here reads a file, knows a table or has a clock. Every random number comes from a
//! seed, and results are bit for bit the same on any number of threads.
//!
//! Conventions: `labels` are `true` for the event that is predicted; a higher score means a more
//! likely event; probabilities lie in 0..=1; shares are fractions, not percentages, unless a name
//! says `percentile`. A measure that is not defined on the rows given (one class only, no rows,
//! a NaN score) is `None`, never NaN.
//!
//! ```
//! use leadrank_stats::ranking;
//!
//! let labels = [false, false, true, true];
//! let scores = [0.1, 0.4, 0.35, 0.8];
//! assert_eq!(ranking::auc_roc(&labels, &scores), Some(0.75));
//! ```

mod bins;
mod error;
mod estimate;

pub mod always_valid;
pub mod anova;
pub mod association;
pub mod auc;
pub mod binning;
pub mod calibration;
pub mod calibrators;
pub mod chi_square;
pub mod correlation;
pub mod curves;
pub mod describe;
pub mod drift;
pub mod evaluation;
pub mod frontier;
pub mod gamma;
pub mod logistic;
pub mod multiple;
pub mod normal;
pub mod platt;
pub mod power;
pub mod profile;
pub mod proportion;
pub mod quantile;
pub mod ranking;
pub mod ratio;
pub mod sample;
pub mod sequential;
pub mod shares;
pub mod stratified;
pub mod student;
pub mod vif;

pub use error::{Error, Result};
pub use estimate::{Estimate, Interval};
pub use evaluation::paired;
