//! Learning: from a matrix with labels and times to a tested, calibrated model.
//!
//! The order is fixed by types. [`split::split`] cuts the rows in time and hands
//! out row lists that nothing else can make; [`encode::Encoder`],
//! [`fit::fit_model`] and the calibrator accept those lists only, so no test row
//! can reach a fit. The official XGBoost library trains ([`xgboost`]);
//! `leadrank-trees` reads the result, scores and explains it.
//!
//! This crate does not know where rows come from: no tables, no leads, no files.

pub mod baselines;
pub mod calibrate;
pub mod cross_validate;
pub mod develop;
pub mod encode;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod fit;
pub mod imbalance;
pub mod logistic;
#[cfg(test)]
mod made_up;
pub mod matrix;
mod missing;
mod panel;
pub mod recipe;
pub mod scorecard;
pub mod segments;
pub mod selection;
pub mod split;
mod training_set;
pub mod tuning;
pub mod xgboost;

pub use error::{LearnError, Result};
pub use matrix::Matrix;
pub use recipe::Recipe;
pub use split::Split;
