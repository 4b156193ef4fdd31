//! Does the model see the future?

mod adversarial;
mod cohort;
mod control;
mod duplicates;
mod engagement;
mod identity;
mod missingness;
mod mobility;
mod parts;
mod too_good;
mod trial;

pub use cohort::before_training;
pub use parts::of_columns_and_rows;
