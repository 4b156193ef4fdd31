//! `experiment_assignments`: who is in which arm and what was known then, only ever appended to.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use leadrank_experiment::Arm;
use leadrank_experiment::assign::Assignment;
use leadrank_experiment::balance::Covariate;
use leadrank_warehouse::{Params, Session, Warehouse, WriteMode, WriteOptions};

use super::ASSIGNMENTS;
use super::book::{self, Book, column_name};
use super::population::Population;
use crate::error::{Error, Result};
use crate::stages::dataset::days_since_epoch;
use crate::stages::rows::Rows;
use crate::stages::table;

/// What is between the keys of a lead.
const BETWEEN: char = '|';

/// The keys of a lead as the table holds them.
pub(super) fn joined(keys: &[String]) -> String {
    keys.join(&BETWEEN.to_string())
}

/// Appends one enrolment, onto the very state that it was drawn from.
pub(super) async fn append(
    warehouse: &Warehouse,
    experiment: &str,
    plan_sha256: &str,
    made: &[Assignment],
    of: &Population,
    now: DateTime<Utc>,
    onto: Option<u64>,
) -> Result<()> {
    let places = made
        .iter()
        .map(|one| {
            let place = of.place(&one.lead);
            place.ok_or_else(|| Error::Data(format!("lead {} was drawn and is not open", one.lead)))
        })
        .collect::<Result<Vec<usize>>>()?;
    let texts = |of: &dyn Fn(&Assignment) -> String| -> ArrayRef {
        Arc::new(
            made.iter()
                .map(|one| Some(of(one)))
                .collect::<StringArray>(),
        )
    };
    let wholes = |of: &dyn Fn(&Assignment) -> i64| -> ArrayRef {
        Arc::new(made.iter().map(|one| Some(of(one))).collect::<Int64Array>())
    };
    let days: Vec<i32> = made
        .iter()
        .map(|one| days_since_epoch(one.enrolled))
        .collect();
    let owners: StringArray = places.iter().map(|&at| of.owners[at].as_deref()).collect();
    let moments = vec![now.timestamp_micros(); made.len()];
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("experiment".into(), texts(&|_| experiment.to_owned())),
        ("lead_id".into(), texts(&|one| one.lead.clone())),
        ("arm".into(), texts(&|one| one.arm.word().to_owned())),
        ("enrolled_on".into(), Arc::new(Date32Array::from(days))),
        (
            "assigned_at".into(),
            Arc::new(TimestampMicrosecondArray::from(moments).with_timezone("UTC")),
        ),
        ("batch".into(), wholes(&|one| i64::from(one.batch))),
        ("draw".into(), wholes(&|one| i64::from(one.draw))),
        ("unit".into(), texts(&|one| one.unit.clone())),
        ("keys".into(), texts(&|one| joined(&one.keys))),
        ("stratum".into(), texts(&|one| one.stratum.clone())),
        ("own_stratum".into(), texts(&|one| one.own_stratum.clone())),
        ("owner_id".into(), Arc::new(owners)),
        ("plan_sha256".into(), texts(&|_| plan_sha256.to_owned())),
    ];
    for column in of.covariates() {
        let values = places.iter().map(|&at| column.values[at]);
        let values: Float64Array = values.map(|one| one.is_finite().then_some(one)).collect();
        columns.push((column_name(&column.name), Arc::new(values)));
    }
    // All may be null: a later enrolment may lack a source that this one has.
    let columns = columns
        .into_iter()
        .map(|(name, column)| (name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns)?;
    let schema = batch.schema();
    let stream = Box::pin(RecordBatchStreamAdapter::new(
        schema.clone(),
        futures::stream::iter([Ok(batch)]),
    ));
    let options = WriteOptions::default();
    let mode = WriteMode::AppendOnto(onto);
    warehouse
        .write(&table(ASSIGNMENTS)?, mode, schema, stream, &options)
        .await?;
    Ok(())
}

/// What is in the ledger for an experiment; empty before the first enrolment.
pub(super) async fn read(session: &Session, experiment: &str) -> Result<Book> {
    if !session.has_table(ASSIGNMENTS) {
        return Ok(Book::default());
    }
    let query = format!(
        "SELECT * FROM {ASSIGNMENTS} WHERE experiment = @experiment ORDER BY batch, lead_id"
    );
    let params = Params::new().with("experiment", experiment.to_owned());
    let batches = session.collect(&query, &params).await?;
    let Some(schema) = batches.first().map(RecordBatch::schema) else {
        return Ok(Book::default());
    };
    let rows = Rows::new(batches);
    let texts = |name: &str| -> Result<Vec<String>> {
        let texts = rows.texts(name)?.into_iter();
        Ok(texts.map(Option::unwrap_or_default).collect())
    };
    let (leads, arms, units) = (texts("lead_id")?, texts("arm")?, texts("unit")?);
    let (keys, strata, own) = (texts("keys")?, texts("stratum")?, texts("own_stratum")?);
    let days = rows.dates("enrolled_on")?;
    let (batches, draws) = (rows.integers("batch")?, rows.integers("draw")?);
    let number = |value: Option<i64>| value.and_then(|one| u32::try_from(one).ok()).unwrap_or(0);
    let assignments = (0..leads.len()).map(|at| {
        let broken = |what: &str| {
            Error::Data(format!(
                "{ASSIGNMENTS} holds no {what} for lead {}; the table was changed outside leadrank",
                leads[at]
            ))
        };
        Ok(Assignment {
            lead: leads[at].clone(),
            keys: keys[at]
                .split(BETWEEN)
                .filter(|key| !key.is_empty())
                .map(str::to_owned)
                .collect(),
            unit: units[at].clone(),
            stratum: strata[at].clone(),
            own_stratum: own[at].clone(),
            arm: Arm::of_word(&arms[at]).ok_or_else(|| broken("arm"))?,
            enrolled: days[at].ok_or_else(|| broken("day"))?,
            batch: number(batches[at]),
            draw: number(draws[at]),
        })
    });
    let assignments = assignments.collect::<Result<Vec<_>>>()?;
    let mut covariates = Vec::new();
    for field in schema.fields() {
        if *field.data_type() == DataType::Float64 {
            let name = field.name().clone();
            let missing = book::missing(&name);
            let values = rows.numbers(&name)?.into_iter();
            covariates.push(Covariate {
                values: values.map(|value| value.unwrap_or(missing)).collect(),
                name,
            });
        }
    }
    Ok(Book {
        assignments,
        owners: rows.texts("owner_id")?,
        scores: rows.values("score_at_enrolment")?,
        covariates,
        plans: texts("plan_sha256")?,
    })
}
