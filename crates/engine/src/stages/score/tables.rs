//! The scores as tables: the history, and those of now.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use leadrank_warehouse::{Warehouse, WriteMode, WriteOptions};

use crate::bundle::Bundle;
use crate::call_list::ScoredLead;
use crate::crm;
use crate::error::Result;
use crate::reasons::Change;
use crate::stages::dataset::days_since_epoch;
use crate::stages::table;

pub(in crate::stages) const SCORES: &str = "LeadScoring.lead_scores";
const CURRENT_SCORES: &str = "LeadScoring.lead_scores_current";

/// Whether the tables of the stage are still there.
pub(super) async fn are_there(warehouse: &Warehouse) -> Result<bool> {
    let history = warehouse.exists(&table(SCORES)?).await?;
    Ok(history && warehouse.exists(&table(CURRENT_SCORES)?).await?)
}

/// Appends to the history (scoring the same day with the same model again replaces
/// that run) and replaces the current scores.
pub(super) async fn write(
    warehouse: &Warehouse,
    bundle: &Bundle,
    leads: &[ScoredLead],
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    let batch = batch(bundle, leads, day, now)?;
    let stream = |batch: &RecordBatch| -> (SchemaRef, SendableRecordBatchStream) {
        let schema = batch.schema();
        let once = futures::stream::iter([Ok(batch.clone())]);
        (
            schema.clone(),
            Box::pin(RecordBatchStreamAdapter::new(schema, once)),
        )
    };
    let history = table(SCORES)?;
    let partition = WriteOptions {
        partition_by: vec!["as_of".into(), "model_id".into()],
    };
    let mode = if warehouse.exists(&history).await? {
        WriteMode::ReplaceWhere(format!(
            "as_of = DATE '{day}' AND model_id = '{}'",
            bundle.id
        ))
    } else {
        WriteMode::Append
    };
    let (schema, rows) = stream(&batch);
    warehouse
        .write(&history, mode, schema, rows, &partition)
        .await?;
    let (schema, rows) = stream(&batch);
    let current = table(CURRENT_SCORES)?;
    warehouse
        .write(
            &current,
            WriteMode::Overwrite,
            schema,
            rows,
            &WriteOptions::default(),
        )
        .await?;
    Ok(())
}

fn batch(
    bundle: &Bundle,
    leads: &[ScoredLead],
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<RecordBatch> {
    let texts = |of: &dyn Fn(&ScoredLead) -> Option<String>| -> ArrayRef {
        Arc::new(leads.iter().map(of).collect::<StringArray>())
    };
    let n = leads.len();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("lead_id".into(), texts(&|lead| Some(lead.lead_id.clone()))),
        (
            "scored_at".into(),
            Arc::new(
                TimestampMicrosecondArray::from(vec![now.timestamp_micros(); n])
                    .with_timezone("UTC"),
            ),
        ),
        (
            "as_of".into(),
            Arc::new(Date32Array::from(vec![days_since_epoch(day); n])),
        ),
        ("model_id".into(), texts(&|_| Some(bundle.id.clone()))),
        (
            "margin".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|l| Some(l.margin))
                    .collect::<Float64Array>(),
            ),
        ),
        (
            "probability".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|lead| Some(lead.probability))
                    .collect::<Float64Array>(),
            ),
        ),
        (
            "percentile".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|lead| lead.percentile)
                    .collect::<Float64Array>(),
            ),
        ),
        (
            "rank".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|lead| lead.rank.map(|r| r as i64))
                    .collect::<Int64Array>(),
            ),
        ),
        (
            "tier".into(),
            texts(&|lead| lead.tier.map(|tier| tier.letter().to_string())),
        ),
        (
            "do_not_call".into(),
            Arc::new(
                leads
                    .iter()
                    .map(|lead| Some(lead.do_not_call))
                    .collect::<BooleanArray>(),
            ),
        ),
    ];
    for place in 0..5 {
        let driver = texts(&|lead| lead.drivers.get(place).cloned());
        columns.push((format!("driver_{}", place + 1), driver));
    }
    columns.push(("caution".into(), texts(&|lead| lead.caution.clone())));
    columns.push((
        "status".into(),
        texts(&|lead| Some(lead.status.word().to_string())),
    ));
    // Columns that came later stand last: a table of an older version gets them so.
    columns.push((
        "assigned_to".into(),
        texts(&|lead| lead.assigned_to.clone()),
    ));
    columns.push((
        "rank_unboosted".into(),
        Arc::new(
            leads
                .iter()
                .map(|lead| lead.rank_unboosted.map(|rank| rank as i64))
                .collect::<Int64Array>(),
        ),
    ));
    columns.push((
        "tier_reason".into(),
        texts(&|lead| lead.tier_reason.clone()),
    ));
    columns.push(("why".into(), texts(&|lead| Some(lead.why.clone()))));
    columns.push((
        "contributions".into(),
        texts(&|lead| Some(lead.contributions.clone())),
    ));
    let change = |of: fn(&Change) -> f64| -> ArrayRef {
        let changes = leads.iter().map(|lead| lead.change.as_ref().map(of));
        Arc::new(changes.collect::<Float64Array>())
    };
    columns.push(("probability_before".into(), change(|of| of.before)));
    columns.push(("change_by_data".into(), change(|of| of.data)));
    columns.push(("change_by_model".into(), change(|of| of.model)));
    columns.push(("change_by_calibration".into(), change(|of| of.calibration)));
    columns.push((
        "change".into(),
        texts(&|lead| lead.change.as_ref().map(|change| change.text.clone())),
    ));
    columns.push((
        "narrative".into(),
        texts(&|lead| Some(lead.narrative.clone())),
    ));
    columns.push((
        "driver_signals".into(),
        texts(&|lead| Some(lead.signals.join("|"))),
    ));
    let days = leads
        .iter()
        .map(|lead| lead.snapshot_as_of.map(days_since_epoch));
    columns.push((
        "snapshot_as_of".into(),
        Arc::new(days.collect::<Date32Array>()),
    ));
    let numbers = |of: &dyn Fn(&ScoredLead) -> Option<f64>| -> ArrayRef {
        Arc::new(leads.iter().map(of).collect::<Float64Array>())
    };
    columns.push(("peer_rate".into(), numbers(&|lead| lead.peer_rate)));
    for (place, one) in crm::DISPLAY.iter().enumerate() {
        let fact = |lead: &ScoredLead| lead.facts.get(place).copied().flatten();
        columns.push((one.feature.to_owned(), numbers(&fact)));
    }
    let nullable = columns
        .into_iter()
        .map(|(name, column)| (name, column, true));
    Ok(RecordBatch::try_from_iter_with_nullable(nullable)?)
}
