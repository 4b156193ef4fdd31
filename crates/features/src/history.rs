//! Leads whose contact the vendor's history does not reach back to, under the policy
//! [`crate::History::Hybrid`].
//!
//! Such a lead is shown the first month after its contact. What drifts is made missing (it
//! may have changed since, and it may have changed because of the contact), and so is all
//! that a move after the contact would have changed: the years at the firm and at the firms
//! before it. If only the moved ones were missing, the gap itself would tell the future.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::nullif;
use datafusion::arrow::error::ArrowError;

use crate::catalog::{Class, Group, catalog};
use crate::error::{Error, Result};
use crate::models::Models;

/// What a move changes: the present firm becomes the first of the earlier ones.
const MOVE: [&str; 5] = [
    "DateOfHireAtCurrentFirm_NumberOfYears",
    "Number_YearsPriorFirm1",
    "Number_YearsPriorFirm2",
    "Number_YearsPriorFirm3",
    "Number_YearsPriorFirm4",
];

/// Refuses SQL models of a project that know nothing of this policy.
pub(crate) fn check(models: &Models) -> Result<()> {
    for (number, part) in [("03", "@hybrid"), ("05", "AS later")] {
        if !models.text(number, &[]).contains(part) {
            return Err(Error::HistoryModel { number, part });
        }
    }
    Ok(())
}

/// Vendor columns that can't be used from a later month.
fn drifting() -> BTreeSet<&'static str> {
    let drifting = catalog()
        .iter()
        .filter(|feature| matches!(feature.group, Group::Base | Group::Metro))
        .filter(|feature| feature.class == Class::Mutable)
        .flat_map(|feature| feature.sources)
        .copied();
    drifting.chain(MOVE).collect()
}

/// Makes missing what a later month can't tell of an earlier day.
pub(crate) fn mask_later(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let Some(later) = batch.column_by_name("later") else {
        return Ok(batch.clone());
    };
    let later: &BooleanArray = later.as_boolean();
    let drifting = drifting();
    let schema = batch.schema();
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns
        .map(|(column, field)| match field.name().as_str() {
            name if drifting.contains(name) => nullif(column, later),
            _ => Ok(Arc::clone(column)),
        })
        .collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_nullable(true))
        .collect();
    let schema = Arc::new(datafusion::arrow::datatypes::Schema::new(fields));
    RecordBatch::try_new(schema, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_month_can_t_tell_is_known_and_the_rest_is_not_among_it() {
        let drifting = drifting();
        assert!(drifting.contains("TotalAssetsInMillions") && drifting.contains(MOVE[0]));
        assert!(!drifting.contains("DateBecameRep_NumberOfYears"));
        assert!(!drifting.contains("KnownNonAdvisor"));
    }

    #[test]
    fn the_shipped_models_know_the_policy() {
        check(&Models::embedded()).unwrap();
    }
}
