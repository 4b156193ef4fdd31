//! Does the model see the future?

mod cohort;

pub use cohort::before_training;
