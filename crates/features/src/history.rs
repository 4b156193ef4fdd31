//! Leads whose contact the vendor's history does not reach back to, under the policy
//! [`crate::History::Hybrid`].
//!
//! Such a lead is shown the first month after its contact. What drifts is made missing
//! (it may have changed since, and it may have changed because of the contact); what can
//! be moved by arithmetic is moved back, and a hire that then lies after the contact was
//! at another firm than the one of that day.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::nullif;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::arrow::error::ArrowError;

use crate::catalog::{Class, Group, catalog};
use crate::error::{Error, Result};
use crate::models::Models;

const HIRED: &str = "DateOfHireAtCurrentFirm_NumberOfYears";

/// Refuses SQL models of a project that know nothing of this policy.
pub(crate) fn check(models: &Models) -> Result<()> {
    for (number, part) in [("03", "@hybrid"), ("05", "AS later")] {
        if !models.text(number, &[]).contains(part) {
            return Err(Error::HistoryModel { number, part });
        }
    }
    Ok(())
}

/// Vendor columns that drift, and so can't be used from a later month.
fn drifting() -> BTreeSet<&'static str> {
    catalog()
        .iter()
        .filter(|feature| matches!(feature.group, Group::Base | Group::Metro))
        .filter(|feature| feature.class == Class::Mutable)
        .flat_map(|feature| feature.sources)
        .copied()
        .collect()
}

/// Makes missing what a later month can't tell of an earlier day.
pub(crate) fn mask_later(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let Some(later) = batch.column_by_name("later") else {
        return Ok(batch.clone());
    };
    let later: &BooleanArray = later.as_boolean();
    let after_contact = hired_later(batch, later)?;
    let drifting = drifting();
    let schema = batch.schema();
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns
        .map(|(column, field)| match field.name().as_str() {
            HIRED => nullif(column, &after_contact),
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

/// Rows of a later month whose adviser was hired after the day looked at.
fn hired_later(batch: &RecordBatch, later: &BooleanArray) -> Result<BooleanArray, ArrowError> {
    let column = |name: &str| {
        let found = batch.column_by_name(name);
        found.ok_or_else(|| ArrowError::SchemaError(format!("no column {name}")))
    };
    let years = column(HIRED)?.as_primitive::<Float64Type>();
    let elapsed = column("elapsed_years")?.as_primitive::<Float64Type>();
    let rows = (0..batch.num_rows()).map(|row| {
        let moved = years
            .is_valid(row)
            .then(|| years.value(row) + elapsed.value(row));
        Some(later.is_valid(row) && later.value(row) && moved.is_some_and(|years| years < 0.0))
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drifts_is_known_and_what_can_be_moved_is_not_among_it() {
        let drifting = drifting();
        assert!(drifting.contains("TotalAssetsInMillions"));
        assert!(!drifting.contains(HIRED) && !drifting.contains("Number_YearsPriorFirm1"));
        assert!(!drifting.contains("KnownNonAdvisor"));
    }

    #[test]
    fn the_shipped_models_know_the_policy() {
        check(&Models::embedded()).unwrap();
    }
}
