//! Takes back what a run wrote.

use std::collections::BTreeMap;

use super::hidden::{Hides, is_hidden, shows};
use super::ledger::Run;
use super::outcome::Outcome;
use super::plan::{Change, GONE, HIDDEN_AND_EMPTY, Plan, Planned, values};
use super::row::Schema;
use super::value::Value;
use crate::client::Client;
use crate::error::Result;

/// What has to be written so that the records of a run have the values they had before it. Records
/// that somebody has changed since, or that a later run wrote, are left as they are. Of a record
/// that `hides` names, all that the run wrote is emptied, since its score may not come back.
///
/// # Errors
/// When the run can't be read or no answer comes.
pub async fn undo(client: &Client, run: &Run, schema: &Schema, hides: &Hides<'_>) -> Result<Plan> {
    let outcomes = run.outcomes()?;
    let rows = run.rows()?.into_iter();
    let written: Vec<Planned> = rows
        .filter(|row| outcomes.of(&row.id) == Some(&Outcome::Written))
        .collect();
    let ids: Vec<String> = written.iter().map(|row| row.id.clone()).collect();
    let found = client
        .retrieve(&schema.object, &ids, &schema.names())
        .await?;
    let mut plan = Plan::default();
    for (row, record) in written.into_iter().zip(found) {
        let Some(record) = record else {
            plan.leave_out(GONE, row.id);
            continue;
        };
        let now = values(schema, &record);
        let key = |values: &BTreeMap<String, Value>| match values.get(&schema.key_field) {
            Some(Value::Text(key)) => Some(key.clone()),
            _ => None,
        };
        if key(&now) != row.key {
            plan.leave_out("written again since", row.id);
            continue;
        }
        // Only what the run wrote is taken back.
        let mut after = row.after;
        let is_hidden = is_hidden(hides, &row.id);
        for (name, value) in &mut after {
            let before = row.before.get(name).filter(|_| !is_hidden);
            *value = before.cloned().unwrap_or(Value::Null);
        }
        if is_hidden {
            let written = now.iter().filter(|(name, _)| after.contains_key(*name));
            if !shows(schema, written) {
                plan.leave_out(HIDDEN_AND_EMPTY, row.id);
                continue;
            }
            plan.hidden += 1;
        }
        for name in after.keys() {
            *plan.fields.entry(name.clone()).or_default() += 1;
        }
        *plan.changes.entry(Change::Changed).or_default() += 1;
        plan.rows.push(Planned {
            id: row.id,
            key: key(&after),
            before: now,
            after,
        });
    }
    Ok(plan)
}
