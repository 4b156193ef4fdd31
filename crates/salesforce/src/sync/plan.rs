//! What has to be written: rows that are new or changed and may still be written.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::confirmed::Confirmed;
use super::execute::Options;
use super::offline::Columns;
use super::row::{Note, Row, Schema, whole_id};
use super::value::Value;
use crate::client::Client;
use crate::collections::MOST_UPDATED;
use crate::describe::Described;
use crate::error::{Error, Result};

/// What decides whether a lead may be written: it is in Contacting, and no call is scheduled yet.
const CONTACTED: &str = "Stage_Entered_Contacting__c";
const SCHEDULED: &str = "Stage_Entered_Call_Scheduled__c";
const CONVERTED: &str = "IsConverted";

/// Why a record that is not found is left out.
pub(super) const GONE: &str = "not in Salesforce any more, or hidden from the integration user";
/// Why a record whose score is hidden needs no undoing.
pub(super) const HIDDEN_AND_EMPTY: &str = "hidden by an experiment, and empty already";
/// Requests of a job: make, fill, close, about ten looks, three kinds of results, delete.
const REQUESTS_OF_A_JOB: u64 = 17;

/// A row that is to be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The record.
    pub id: String,
    /// The key that the record has once it is written; none where its field is emptied.
    pub key: Option<String>,
    /// Values that the org had.
    pub before: BTreeMap<String, Value>,
    /// Values that it gets.
    pub after: BTreeMap<String, Value>,
}

/// Why a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The record had no key: it was not scored before.
    New,
    /// Its values are others.
    Changed,
    /// Its values are the same, but from so long ago that people would take them for stale.
    Restamped,
}

/// What a sync would do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Rows to write, in the order they came.
    pub rows: Vec<Planned>,
    /// How many for which reason.
    pub changes: BTreeMap<Change, u64>,
    /// How many get another value, by field.
    pub fields: BTreeMap<String, u64>,
    /// Rows that the ledger knows to be in the org.
    pub unchanged: u64,
    /// Rows that turned out to be in the org: they are confirmed without being written.
    pub already_there: Vec<Planned>,
    /// Rows of an undo that empty fields instead of giving values back, since an experiment hides
    /// the lead's score.
    pub hidden: u64,
    /// How many rows may not be written, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// Their ids, by reason, in the order they came.
    pub left_out_ids: BTreeMap<String, Vec<String>>,
    /// Values that were made to fit.
    pub notes: Vec<Note>,
}

/// Finds out what has to be written to the org. `today` is the day of the values; a row whose
/// values were stamped `restamp_days` or more before it is written again.
///
/// # Errors
/// When fields are missing or may not be written, an id comes twice, or no answer comes.
pub async fn plan(
    client: &Client,
    schema: &Schema,
    rows: Vec<Row>,
    confirmed: &Confirmed,
    today: NaiveDate,
    restamp_days: i64,
) -> Result<Plan> {
    check_fields(schema, &client.describe(&schema.object).await?)?;
    let mut plan = Plan::default();
    let changed = changed(schema, rows, confirmed, today, restamp_days, &mut plan)?;
    let ids: Vec<String> = changed.iter().map(|(row, _)| row.id.clone()).collect();
    let mut fields = schema.names();
    let is_lead = schema.object == "Lead";
    if is_lead {
        fields.extend([CONTACTED, SCHEDULED, CONVERTED].map(str::to_owned));
    }
    let found = client.retrieve(&schema.object, &ids, &fields).await?;
    for ((row, key), record) in changed.into_iter().zip(found) {
        let Some(record) = record else {
            plan.leave_out(GONE, row.id);
            continue;
        };
        if let Some(reason) = is_lead.then(|| closed(&record)).flatten() {
            plan.leave_out(reason, row.id);
            continue;
        }
        let before = values(schema, &record);
        plan.take(schema, row, key, before);
    }
    Ok(plan)
}

/// Rows with values as they fit that the ledger does not know to be in the org, with their keys.
pub(super) fn changed(
    schema: &Schema,
    rows: Vec<Row>,
    confirmed: &Confirmed,
    today: NaiveDate,
    restamp_days: i64,
    plan: &mut Plan,
) -> Result<Vec<(Row, String)>> {
    let mut seen = std::collections::BTreeSet::new();
    let mut changed = Vec::new();
    for mut row in rows {
        // One that is malformed would have the org refuse the reading of all.
        match whole_id(&row.id) {
            Some(id) => row.id = id,
            None => {
                plan.leave_out("no id of Salesforce: 15 or 18 letters and digits", row.id);
                continue;
            }
        }
        if !seen.insert(row.id.clone()) {
            let problem = format!("record {} comes twice; each may be written once", row.id);
            return Err(Error::Unreconciled(problem));
        }
        let row = row.fitted(schema, &mut plan.notes);
        let key = row.key(schema);
        if confirmed.holds(&row.id, &key, today, restamp_days) {
            plan.unchanged += 1;
        } else {
            changed.push((row, key));
        }
    }
    Ok(changed)
}

impl Plan {
    pub(super) fn leave_out(&mut self, reason: &str, id: String) {
        *self.left_out.entry(reason.to_owned()).or_default() += 1;
        let ids = self.left_out_ids.entry(reason.to_owned()).or_default();
        ids.push(id);
    }

    /// About how many requests carrying the plan out takes, if nothing goes wrong: of a job that
    /// works for long, many more are looks at it.
    pub fn requests(&self, schema: &Schema, options: &Options) -> u64 {
        let rows = self.rows.len();
        if rows <= options.direct_up_to {
            return rows.div_ceil(MOST_UPDATED) as u64;
        }
        let columns = Columns::of(schema, self.rows.iter());
        let mut left = &self.rows[..];
        let mut jobs = 0;
        while !left.is_empty() {
            let (_, taken) = columns.upload(left.iter(), options.largest_upload);
            left = &left[taken..];
            jobs += 1;
        }
        jobs * REQUESTS_OF_A_JOB
    }

    /// Takes a row up, unless the org has its values already.
    pub(super) fn take(
        &mut self,
        schema: &Schema,
        row: Row,
        key: String,
        before: BTreeMap<String, Value>,
    ) {
        let mut after = row.values;
        after.insert(schema.key_field.clone(), Value::Text(key.clone()));
        let is = |name: &str, value: &Value| {
            let kind = schema.kind(name);
            before
                .get(name)
                .is_some_and(|old| old.cell(kind) == value.cell(kind))
        };
        let differing: Vec<&String> = after
            .iter()
            .filter(|(name, value)| !is(name, value))
            .map(|(name, _)| name)
            .collect();
        let had_key = matches!(before.get(&schema.key_field), Some(Value::Text(_)));
        let change = match () {
            () if differing.is_empty() => None,
            () if !had_key => Some(Change::New),
            () if differing.iter().all(|name| schema.is_stamp(name)) => Some(Change::Restamped),
            () => Some(Change::Changed),
        };
        for name in &differing {
            *self.fields.entry((*name).clone()).or_default() += 1;
        }
        let planned = Planned {
            id: row.id,
            key: Some(key),
            before,
            after,
        };
        match change {
            None => self.already_there.push(planned),
            Some(change) => {
                *self.changes.entry(change).or_default() += 1;
                self.rows.push(planned);
            }
        }
    }
}

/// The record's values by the schema; a field that it lacks is nothing.
pub(super) fn values(schema: &Schema, record: &Map<String, Json>) -> BTreeMap<String, Value> {
    let names = schema.names().into_iter();
    names
        .map(|name| {
            let kind = schema.kind(&name);
            let json = record.get(&name).unwrap_or(&Json::Null);
            let value = Value::from_json(json, kind);
            (name, value)
        })
        .collect()
}

/// Why a lead may not be written any more.
fn closed(record: &Map<String, Json>) -> Option<&'static str> {
    let has = |name: &str| record.get(name).is_some_and(|value| !value.is_null());
    if record.get(CONVERTED) == Some(&Json::Bool(true)) {
        Some("converted")
    } else if has(SCHEDULED) {
        Some("a call is scheduled")
    } else if !has(CONTACTED) {
        Some("not in Contacting")
    } else {
        None
    }
}

fn check_fields(schema: &Schema, known: &BTreeMap<String, Described>) -> Result<()> {
    let (mut missing, mut read_only) = (Vec::new(), Vec::new());
    for name in schema.names() {
        match known.get(&name) {
            None => missing.push(name),
            Some(field) if !field.updateable => read_only.push(name),
            Some(_) => {}
        }
    }
    if missing.is_empty() && read_only.is_empty() {
        return Ok(());
    }
    let mut problem = format!("{} can't take the scores yet.", schema.object);
    if !missing.is_empty() {
        problem.push_str(&format!(
            " Not there, or hidden from the integration user: {}. Deploy the fields (leadrank salesforce scaffold) and assign the permission set Lead_Scoring_Sync to it.",
            missing.join(", ")
        ));
    }
    if !read_only.is_empty() {
        problem.push_str(&format!(
            " Not to be written by the integration user: {}. Assign the permission set Lead_Scoring_Sync to it.",
            read_only.join(", ")
        ));
    }
    Err(Error::Fields(problem))
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::{row, schema};
    use super::*;

    #[test]
    fn what_is_in_the_org_is_not_written_again() {
        let schema = schema();
        let mut plan = Plan::default();
        let one = row(1, 0.05);
        let key = one.key(&schema);
        plan.take(&schema, one.clone(), key.clone(), BTreeMap::new());
        assert_eq!(plan.changes[&Change::New], 1);
        let there = plan.rows[0].after.clone();
        plan.take(&schema, one, key, there.clone());
        assert_eq!(plan.already_there.len(), 1);
        let other = row(1, 0.06);
        let key = other.key(&schema);
        plan.take(&schema, other, key, there.clone());
        assert_eq!(plan.changes[&Change::Changed], 1);
        let mut stamped = row(1, 0.05);
        let moment = chrono::DateTime::UNIX_EPOCH;
        stamped
            .values
            .insert("Scored_At__c".into(), Value::DateTime(moment));
        let key = stamped.key(&schema);
        plan.take(&schema, stamped, key, there);
        assert_eq!(plan.changes[&Change::Restamped], 1);
    }

    #[test]
    fn requests_are_counted_as_they_will_be_sent() {
        let schema = schema();
        let rows = (0..450).map(|id| row(id, 0.05)).collect();
        let none = Confirmed::default();
        let day = NaiveDate::default();
        let plan = super::super::offline::plan(&schema, rows, &none, day, 7).unwrap();
        let options = Options::default();
        assert_eq!(plan.requests(&schema, &options), 3);
        let by_job = Options {
            direct_up_to: 449,
            ..options
        };
        assert_eq!(plan.requests(&schema, &by_job), REQUESTS_OF_A_JOB);
        let by_jobs = Options {
            largest_upload: 20_000,
            ..by_job
        };
        let jobs = plan.requests(&schema, &by_jobs) / REQUESTS_OF_A_JOB;
        assert!((2..=4).contains(&jobs), "{jobs}");
    }

    #[test]
    fn an_id_that_is_none_does_not_spoil_the_others() {
        let mut plan = Plan::default();
        let mut rows = vec![row(1, 0.05), row(2, 0.05), row(3, 0.05)];
        rows[0].id = "00Q1".into();
        rows[1].id = "00Q00000000000'AAA".into();
        let none = Confirmed::default();
        let day = NaiveDate::default();
        let left = changed(&schema(), rows, &none, day, 7, &mut plan).unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(plan.left_out.values().sum::<u64>(), 2);
        let ids: Vec<_> = plan.left_out_ids.values().flatten().collect();
        assert_eq!(ids, ["00Q1", "00Q00000000000'AAA"]);
    }

    #[test]
    fn leads_that_went_on_are_left_alone() {
        let of = |text: &str| serde_json::from_str::<Map<String, Json>>(text).unwrap();
        let open = of(
            r#"{"Stage_Entered_Contacting__c": "2025-01-01T00:00:00.000+0000", "IsConverted": false}"#,
        );
        assert_eq!(closed(&open), None);
        let called =
            of(r#"{"Stage_Entered_Contacting__c": "x", "Stage_Entered_Call_Scheduled__c": "y"}"#);
        assert_eq!(closed(&called), Some("a call is scheduled"));
        assert_eq!(closed(&of("{}")), Some("not in Contacting"));
    }

    #[test]
    fn fields_that_are_not_there_are_named_with_what_to_do() {
        let field = |updateable| Described {
            name: String::new(),
            kind: "double".into(),
            length: 0,
            updateable,
        };
        let known = BTreeMap::from([
            ("Lead_Score__c".to_owned(), field(true)),
            ("Score_Narrative__c".to_owned(), field(false)),
            ("Scored_At__c".to_owned(), field(true)),
        ]);
        let message = check_fields(&schema(), &known).unwrap_err().to_string();
        assert!(
            message.contains("integration user: Score_Key__c"),
            "{message}"
        );
        assert!(
            message.contains("written by the integration user: Score_Narrative__c"),
            "{message}"
        );
    }
}
