//! The parts of the check that look at columns, rows and models one by one.

use super::{adversarial, control, duplicates, engagement, identity, missingness, too_good};
use crate::checks::data::Input;
use crate::checks::part::Part;
use crate::error::Result;

/// Runs them in the order in which reports show them.
///
/// # Errors
/// When a table can't be read or the trainer fails.
pub(super) async fn all(input: &Input<'_>) -> Result<Vec<Part>> {
    Ok(vec![
        too_good::part(input)?,
        missingness::part(input).await?,
        engagement::part(input).await?,
        identity::part(input).await?,
        control::part(input)?,
        adversarial::part(input).await?,
        duplicates::part(input).await?,
    ])
}
