//! Queries, limits, and what there is.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::fields;
use crate::org::State;
use crate::reply::{self, Reply};
use crate::server::{Asked, VERSIONS};
use crate::soql;
use crate::store::Record;

pub(crate) fn answer(state: &mut State, asked: &Asked) -> Reply {
    match (&asked.method, &asked.parts()[..]) {
        (&Method::GET, []) => resources(asked),
        (&Method::GET, ["query" | "queryAll"]) => query(state, asked),
        (&Method::GET, ["query" | "queryAll", cursor]) => next(state, asked, cursor),
        (&Method::GET, ["limits"]) => limits(state),
        _ => reply::not_found(),
    }
}

/// The versions there are; nobody has to log in for them.
pub(crate) fn versions() -> Reply {
    let versions: Vec<Value> = VERSIONS
        .map(|version| {
            json!({
                "label": format!("Version {version}"),
                "url": format!("/services/data/v{version}.0"),
                "version": format!("{version}.0"),
            })
        })
        .collect();
    reply::json(200, &versions.into())
}

fn resources(asked: &Asked) -> Reply {
    let mut found = Map::new();
    for name in [
        "sobjects",
        "query",
        "queryAll",
        "limits",
        "composite",
        "jobs",
    ] {
        found.insert(name.into(), asked.below(name).into());
    }
    reply::json(200, &found.into())
}

fn query(state: &mut State, asked: &Asked) -> Reply {
    let soql = asked.query.get("q").map(String::as_str).unwrap_or_default();
    let all = asked.path[0] == "queryAll";
    let found =
        soql::parse(soql).and_then(|query| Ok((soql::run(&state.store, &query, all)?, query)));
    let (found, query) = match found {
        Ok(found) => found,
        Err((code, words)) => return reply::refuse(400, code, &words),
    };
    if query.is_count {
        let body = json!({ "totalSize": found.len(), "done": true, "records": [] });
        return reply::json(200, &body);
    }
    let object = state.store.object(&query.object);
    let object = object.map_or(query.object.as_str(), |(name, _)| name);
    let records = found
        .into_iter()
        .map(|record| nested(asked, object, record))
        .collect();
    let name = format!("01gxx{:010}AAA", state.cursors.len());
    state.cursors.insert(name.clone(), records);
    page(state, asked, &name, 0)
}

fn next(state: &State, asked: &Asked, cursor: &str) -> Reply {
    let place = cursor.rsplit_once('-');
    let place = place.and_then(|(name, from)| Some((name, from.parse().ok()?)));
    match place {
        Some((name, from)) => page(state, asked, name, from),
        None => reply::refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator"),
    }
}

/// A page of the records that a cursor holds.
fn page(state: &State, asked: &Asked, name: &str, from: usize) -> Reply {
    let Some(records) = state.cursors.get(name).filter(|all| from <= all.len()) else {
        return reply::refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    };
    let wanted = asked
        .header("Sforce-Query-Options")
        .and_then(|text| text.strip_prefix("batchSize=")?.trim().parse().ok());
    let size = wanted.map_or(state.options.page, |size: usize| size.clamp(200, 2000));
    let until = (from + size).min(records.len());
    let mut body = json!({
        "totalSize": records.len(),
        "done": until == records.len(),
        "records": records[from..until],
    });
    if until < records.len() {
        body["nextRecordsUrl"] = asked.below(&format!("query/{name}-{until}")).into();
    }
    reply::json(200, &body)
}

pub(crate) fn attributes(asked: &Asked, object: &str, id: &str) -> Value {
    let url = asked.below(&format!("sobjects/{object}/{id}"));
    json!({ "type": object, "url": url })
}

/// A record with its `attributes`, and with relations as objects of their own.
pub(crate) fn nested(asked: &Asked, object: &str, record: Record) -> Record {
    let mut nested = Map::new();
    let id = record.get("Id").and_then(Value::as_str).unwrap_or_default();
    nested.insert("attributes".into(), attributes(asked, object, id));
    for (name, value) in record {
        match name.split_once('.') {
            None => {
                nested.insert(name, value);
            }
            Some((relation, of)) => {
                let target = fields::relation(object, relation).map(|(_, target)| target);
                let empty = json!({ "attributes": { "type": target } });
                nested.entry(relation).or_insert(empty)[of] = value;
            }
        }
    }
    // Where there is no other record, the relation is nothing as a whole.
    for value in nested.values_mut() {
        let is_empty = value.as_object().is_some_and(|inner| {
            let mut others = inner.iter().filter(|(name, _)| *name != "attributes");
            inner.get("attributes").is_some() && others.all(|(_, value)| value.is_null())
        });
        if is_empty {
            *value = Value::Null;
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
