//! Can this data be used? The scorecard of each delivery, and whether features moved.

mod delivery;
pub mod drift;

pub use delivery::judge;
