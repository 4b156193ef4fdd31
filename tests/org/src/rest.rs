//! Queries, descriptions, limits and single records.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::collections::Outcome;
use crate::reply::{self, Reply};
use crate::server::{Asked, State};
use crate::soql;

pub(crate) fn answer(state: &mut State, asked: &Asked) -> Reply {
    match (&asked.method, &asked.parts()[..]) {
        (&Method::GET, ["query" | "queryAll"]) => query(state, asked),
        (&Method::GET, ["query" | "queryAll", cursor]) => next(state, asked, cursor),
        (&Method::GET, ["limits"]) => limits(state),
        (&Method::GET, ["sobjects"]) => objects(state),
        (&Method::GET, ["sobjects", object, "describe"]) => describe(state, object),
        (_, ["sobjects", object, id]) => record(state, asked, object, id),
        (&Method::POST, ["sobjects", object]) => create(state, asked, object),
        _ => reply::refuse(404, "NOT_FOUND", "The requested resource does not exist"),
    }
}

fn query(state: &mut State, asked: &Asked) -> Reply {
    let soql = asked.query.get("q").map(String::as_str).unwrap_or_default();
    let all = asked.path[0] == "queryAll";
    let query = match soql::parse(soql) {
        Ok(query) => query,
        Err((code, words)) => return reply::refuse(400, code, &words),
    };
    let found = match soql::run(&state.store, &query, all) {
        Ok(found) => found,
        Err((code, words)) => return reply::refuse(400, code, &words),
    };
    if query.is_count {
        return reply::json(
            200,
            &json!({ "totalSize": found.len(), "done": true, "records": [] }),
        );
    }
    let records: Vec<_> = found
        .into_iter()
        .map(|record| nested(&query.object, record))
        .collect();
    page(state, asked, records, 0)
}

fn page(state: &mut State, asked: &Asked, records: Vec<Map<String, Value>>, from: usize) -> Reply {
    let options = asked
        .headers
        .get("Sforce-Query-Options")
        .and_then(|value| value.to_str().ok());
    let asked_size = options.and_then(|text| text.strip_prefix("batchSize=")?.parse().ok());
    let size = asked_size.map_or(state.options.page, |size: usize| size.clamp(200, 2000));
    let until = (from + size).min(records.len());
    let mut body = json!({
        "totalSize": records.len(),
        "done": until == records.len(),
        "records": records[from..until],
    });
    if until < records.len() {
        let name = format!("01gxx{:010}AAA", state.cursors.len());
        body["nextRecordsUrl"] = format!("/services/data/v62.0/query/{name}-{until}").into();
        state.cursors.insert(name, records);
    }
    reply::json(200, &body)
}

fn next(state: &mut State, asked: &Asked, cursor: &str) -> Reply {
    let known = cursor
        .rsplit_once('-')
        .and_then(|(name, from)| Some((state.cursors.get(name)?.clone(), from.parse().ok()?)));
    match known {
        Some((records, from)) => page(state, asked, records, from),
        None => reply::refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator"),
    }
}

/// A record with its `attributes`, and with relations as objects of their own.
fn nested(object: &str, record: Map<String, Value>) -> Map<String, Value> {
    let mut nested = Map::new();
    let id = record.get("Id").and_then(Value::as_str).unwrap_or_default();
    let url = format!("/services/data/v62.0/sobjects/{object}/{id}");
    nested.insert("attributes".into(), json!({ "type": object, "url": url }));
    for (name, value) in record {
        match name.split_once('.') {
            None => {
                nested.insert(name, value);
            }
            Some((relation, of)) => {
                let inner = nested.entry(relation).or_insert_with(|| json!({}));
                inner[of] = value;
            }
        }
    }
    nested
}

fn limits(state: &State) -> Reply {
    let allowed = state.options.daily_requests;
    let left = allowed.saturating_sub(state.used);
    reply::json(
        200,
        &json!({
            "DailyApiRequests": { "Max": allowed, "Remaining": left },
            "DailyBulkV2QueryJobs": { "Max": 10000, "Remaining": 10000 },
            "DailyBulkApiBatches": { "Max": 15000, "Remaining": 15000 },
        }),
    )
}

fn objects(state: &State) -> Reply {
    let names = state.store.objects.keys();
    let found: Vec<Value> = names
        .map(|name| json!({ "name": name, "queryable": true }))
        .collect();
    reply::json(
        200,
        &json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found }),
    )
}

fn describe(state: &State, object: &str) -> Reply {
    match state.store.object(object) {
        None => reply::refuse(404, "NOT_FOUND", "The requested resource does not exist"),
        Some((name, object)) => {
            let fields: Vec<Value> = object
                .fields
                .iter()
                .map(|field| field.described())
                .collect();
            let body = json!({ "name": name, "label": name, "custom": false, "fields": fields, "urls": {}, "childRelationships": [], "recordTypeInfos": [] });
            reply::json(200, &body)
        }
    }
}

fn record(state: &mut State, asked: &Asked, object: &str, id: &str) -> Reply {
    let now = state.now();
    match asked.method {
        Method::GET => {
            let id = crate::store::long_id(id);
            let known = state
                .store
                .object(object)
                .and_then(|(_, of)| of.records.get(&id));
            match known {
                Some(record) => reply::json(200, &Value::Object(nested(object, record.clone()))),
                None => reply::refuse(404, "NOT_FOUND", "The requested resource does not exist"),
            }
        }
        Method::PATCH => {
            let values = match asked.json() {
                Ok(Value::Object(values)) => values,
                Ok(_) => return reply::refuse(400, "JSON_PARSER_ERROR", "an object is needed"),
                Err(refused) => return *refused,
            };
            match state.store.update(object, id, &values, now) {
                Ok(_) => reply::nothing(),
                Err(refusal) => reply::json(400, &json!([Outcome::refusal(&refusal, "errorCode")])),
            }
        }
        Method::DELETE => match state.store.delete(object, id, now) {
            Ok(()) => reply::nothing(),
            Err(refusal) => reply::json(400, &json!([Outcome::refusal(&refusal, "errorCode")])),
        },
        _ => reply::refuse(405, "METHOD_NOT_ALLOWED", "HTTP method not allowed"),
    }
}

fn create(state: &mut State, asked: &Asked, object: &str) -> Reply {
    let now = state.now();
    match asked.json() {
        Ok(Value::Object(values)) => match state.store.put(object, values, now) {
            Some(id) => reply::json(201, &json!({ "id": id, "success": true, "errors": [] })),
            None => reply::refuse(404, "NOT_FOUND", "The requested resource does not exist"),
        },
        Ok(_) => reply::refuse(400, "JSON_PARSER_ERROR", "an object is needed"),
        Err(refused) => *refused,
    }
}
