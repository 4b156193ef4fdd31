//! Up to 200 records in one request.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::transport::{Body, Call};

/// Most records of one update.
pub(crate) const MOST_UPDATED: usize = 200;
/// Most records of one reading.
pub(crate) const MOST_RETRIEVED: usize = 2000;

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The record.
    pub id: String,
    /// Code and words of a refusal; none where it was written.
    pub refusal: Option<(String, String)>,
}

#[derive(Deserialize)]
struct SaveResult {
    success: bool,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fault {
    #[serde(default)]
    status_code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    fields: Vec<String>,
}

impl Client {
    /// Updates up to 200 records, each by itself. Writing the same values again changes nothing,
    /// yet it is not sent twice by itself: the caller learns that an answer was lost.
    ///
    /// # Errors
    /// When the request as a whole fails, or its outcome is not known.
    pub async fn update(
        &self,
        object: &str,
        records: &[(String, Map<String, Value>)],
    ) -> Result<Vec<Saved>> {
        let what = format!("writing {} records of {object}", records.len());
        let bodies: Vec<Value> = records
            .iter()
            .map(|(id, values)| {
                let mut record = Map::new();
                record.insert("attributes".into(), json!({ "type": object }));
                record.insert("Id".into(), id.as_str().into());
                record.extend(values.clone());
                Value::Object(record)
            })
            .collect();
        let call = Call {
            what: &what,
            method: Method::PATCH,
            path: self.data("composite/sobjects"),
            body: Body::Json(json!({ "allOrNone": false, "records": bodies })),
            repeatable: false,
        };
        // A whole answer that can't be read says no more than none.
        let results: Vec<SaveResult> =
            self.send(call)
                .await?
                .json(&what)
                .map_err(|error| Error::OutcomeUnknown {
                    what: what.clone(),
                    problem: error.to_string(),
                })?;
        // The API answers in the order of the request (its only key: a refusal has no id).
        if results.len() != records.len() {
            return Err(Error::OutcomeUnknown {
                what,
                problem: format!("{} results for {} records", results.len(), records.len()),
            });
        }
        let pairs = records.iter().zip(results);
        Ok(pairs
            .map(|((id, _), result)| Saved {
                id: id.clone(),
                refusal: (!result.success).then(|| refusal(result.errors)),
            })
            .collect())
    }

    /// Reads `fields` of records, in the order of `ids`; none for what is not there.
    ///
    /// # Errors
    /// When a field is not known or no answer comes.
    pub async fn retrieve(
        &self,
        object: &str,
        ids: &[String],
        fields: &[String],
    ) -> Result<Vec<Option<Map<String, Value>>>> {
        let mut found = Vec::with_capacity(ids.len());
        for part in ids.chunks(MOST_RETRIEVED) {
            let what = format!("reading {} records of {object}", part.len());
            let call = Call {
                what: &what,
                method: Method::POST,
                path: self.data(&format!("composite/sobjects/{object}")),
                body: Body::Json(json!({ "ids": part, "fields": fields })),
                repeatable: true,
            };
            let records: Vec<Option<Map<String, Value>>> = self.send(call).await?.json(&what)?;
            if records.len() != part.len() {
                let problem = format!("{} records for {} ids", records.len(), part.len());
                return Err(Error::answer(&what, problem));
            }
            found.extend(records);
        }
        Ok(found)
    }
}

fn refusal(errors: Vec<Fault>) -> (String, String) {
    match errors.into_iter().next() {
        None => ("UNKNOWN".into(), "refused without a reason".into()),
        Some(fault) if fault.fields.is_empty() => (fault.status_code, fault.message),
        Some(fault) => {
            let fields = fault.fields.join(", ");
            (fault.status_code, format!("{} [{fields}]", fault.message))
        }
    }
}
