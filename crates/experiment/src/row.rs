//! A lead of the experiment with what came of it.

use chrono::NaiveDate;

use crate::Arm;

/// A lead, as known on the day of analysis. Only what happened from the day after enrolment up to
/// the horizon counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Salesforce id.
    pub lead: String,
    /// Number of the unit that was drawn.
    pub unit: u32,
    /// The arm that was drawn.
    pub arm: Arm,
    /// Number of the unit's stratum.
    pub stratum: u32,
    /// Number of who dials it; none where nobody is known.
    pub seller: Option<u32>,
    /// Day of enrolment.
    pub enrolled: NaiveDate,
    /// Whether the horizon has passed.
    pub is_mature: bool,
    /// Whether the lead is still found in the CRM's data.
    pub is_found: bool,
    /// Dials.
    pub dials: f64,
    /// Dials that somebody answered, as far as their length tells.
    pub answered: f64,
    /// Dials made while a score could be seen.
    pub exposed_dials: f64,
    /// Whether a score was in view on any day that counts, dialled or not.
    pub shown: bool,
    /// Whether a call was scheduled.
    pub called: bool,
    /// Days until the first dial; none where there was none.
    pub first_touch: Option<f64>,
    /// Value of the opportunities that came of it.
    pub pipeline: f64,
    /// What was known of its chance before: the score at enrolment, shown or not.
    pub before: f64,
    /// Whether it is a lead at a firm with much under management.
    pub is_large: bool,
    /// Its group in each planned segment.
    pub segments: Vec<u32>,
}

impl Row {
    /// Whether it counts in the analysis.
    pub fn counts(&self) -> bool {
        self.is_mature && self.is_found
    }
}
