//! Up to 200 records written, up to 2000 read in one request.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::reply::{self, Reply};
use crate::server::{Asked, State};
use crate::store::Refusal;

const MOST_WRITTEN: usize = 200;
const MOST_READ: usize = 2000;

/// What became of one record, in JSON.
pub(crate) struct Outcome;

impl Outcome {
    /// A refusal; single records call the code `errorCode`, collections `statusCode`.
    pub(crate) fn refusal(refusal: &Refusal, code: &str) -> Value {
        json!({ code: refusal.code, "message": refusal.message, "fields": refusal.fields })
    }

    fn of(result: Result<String, Refusal>) -> Value {
        match result {
            Ok(id) => json!({ "id": id, "success": true, "errors": [] }),
            Err(refusal) => {
                json!({ "success": false, "errors": [Self::refusal(&refusal, "statusCode")] })
            }
        }
    }
}

pub(crate) fn answer(state: &mut State, asked: &Asked) -> Reply {
    match (&asked.method, &asked.parts()[..]) {
        (&Method::PATCH, ["composite", "sobjects"]) => update(state, asked),
        (&Method::POST, ["composite", "sobjects", object]) => retrieve(state, asked, object),
        _ => reply::refuse(404, "NOT_FOUND", "The requested resource does not exist"),
    }
}

fn update(state: &mut State, asked: &Asked) -> Reply {
    let body = match asked.json() {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let Some(records) = body["records"].as_array() else {
        return reply::refuse(400, "REQUIRED_FIELD_MISSING", "records are missing");
    };
    if records.len() > MOST_WRITTEN {
        let words = format!(
            "record limit reached. cannot submit more than {MOST_WRITTEN} records in this API call"
        );
        return reply::refuse(400, "EXCEEDED_ID_LIMIT", &words);
    }
    let now = state.now();
    let locked = locked(state, records.len());
    let results: Vec<Value> = records
        .iter()
        .zip(locked)
        .map(|(record, locked)| {
            let object = record["attributes"]["type"].as_str().unwrap_or_default();
            let id = record["Id"]
                .as_str()
                .or_else(|| record["id"].as_str())
                .unwrap_or_default();
            let empty = Map::new();
            let values = record.as_object().unwrap_or(&empty);
            let result = match locked {
                true => Err(lock_refusal()),
                false => state.store.update(object, id, values, now),
            };
            Outcome::of(result)
        })
        .collect();
    reply::json(200, &Value::Array(results))
}

/// Which of `n` rows somebody else holds, this time.
pub(crate) fn locked(state: &mut State, n: usize) -> Vec<bool> {
    match state.jobs.lock_share.take() {
        Some(share) => state.faults.chosen(n, share),
        None => vec![false; n],
    }
}

pub(crate) fn lock_refusal() -> Refusal {
    Refusal::new(
        "UNABLE_TO_LOCK_ROW",
        "unable to obtain exclusive access to this record or 1 records",
        &[],
    )
}

fn retrieve(state: &mut State, asked: &Asked, object: &str) -> Reply {
    let body = match asked.json() {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let texts = |name: &str| -> Vec<String> {
        let list = body[name].as_array().into_iter().flatten();
        list.filter_map(|value| Some(value.as_str()?.to_owned()))
            .collect()
    };
    let (ids, fields) = (texts("ids"), texts("fields"));
    if ids.len() > MOST_READ {
        let words = format!(
            "record limit reached. cannot submit more than {MOST_READ} records in this API call"
        );
        return reply::refuse(400, "EXCEEDED_ID_LIMIT", &words);
    }
    let Some((name, of)) = state.store.object(object) else {
        return reply::refuse(404, "NOT_FOUND", "The requested resource does not exist");
    };
    let mut names = Vec::new();
    for field in &fields {
        match of.field(field) {
            Some(field) => names.push(field.name.clone()),
            None => {
                let words = format!("No such column '{field}' on sobject of type {name}");
                return reply::refuse(400, "INVALID_FIELD", &words);
            }
        }
    }
    let records = ids.iter().map(|id| {
        let record = of.records.get(&crate::store::long_id(id));
        let record = record.filter(|record| record.get("IsDeleted") != Some(&Value::Bool(true)));
        record.map_or(Value::Null, |record| {
            let mut found = Map::new();
            found.insert("attributes".into(), json!({ "type": name }));
            for field in ["Id".to_owned()].iter().chain(&names) {
                found.insert(
                    field.clone(),
                    record.get(field).cloned().unwrap_or(Value::Null),
                );
            }
            Value::Object(found)
        })
    });
    let records: Vec<Value> = records.collect();
    reply::json(200, &Value::Array(records))
}
