//! Objects, their descriptions, and single records.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::org::State;
use crate::reply::{self, Reply};
use crate::rest;
use crate::server::Asked;
use crate::store::{Record, Refusal, is_deleted};
use crate::values::long_id;

pub(crate) fn answer(state: &mut State, asked: &Asked) -> Reply {
    match (&asked.method, &asked.parts()[1..]) {
        (&Method::GET, []) => objects(state, asked),
        (&Method::GET, [object]) => described(state, asked, object, false),
        (&Method::GET, [object, "describe"]) => described(state, asked, object, true),
        (&Method::POST, [object]) => create(state, asked, object),
        (&Method::GET, [object, id]) => read(state, asked, object, id),
        (&Method::PATCH, [object, id]) => update(state, asked, object, id),
        (&Method::DELETE, [object, id]) => delete(state, object, id),
        (&Method::PATCH, [object, field, key]) => upsert(state, asked, object, field, key),
        (_, [_] | [_, _] | [_, _, _]) => {
            let words = format!("HTTP Method '{}' not allowed", asked.method);
            reply::refuse(405, "METHOD_NOT_ALLOWED", &words)
        }
        _ => reply::not_found(),
    }
}

/// A refusal of the one record that was asked for.
fn refused(refusal: &Refusal) -> Reply {
    let status = match refusal.code.as_str() {
        "INVALID_CROSS_REFERENCE_KEY" | "INVALID_TYPE" => return reply::not_found(),
        "ENTITY_IS_DELETED" => 404,
        _ => 400,
    };
    reply::json(status, &json!([refusal.shown("errorCode")]))
}

fn values(asked: &Asked) -> Result<Record, Box<Reply>> {
    match asked.json()? {
        Value::Object(values) => Ok(values),
        _ => {
            let words = "The HTTP entity body is required to be one object";
            Err(Box::new(reply::refuse(400, "JSON_PARSER_ERROR", words)))
        }
    }
}

/// The refusal that a fault has for this record, if any.
fn stopped(state: &mut State) -> Result<(), Refusal> {
    match state.refused(1).pop().flatten() {
        Some(refusal) => Err(refusal),
        None => Ok(()),
    }
}

fn made(id: &str, is_new: bool) -> Value {
    json!({ "id": id, "success": true, "errors": [], "created": is_new })
}

fn create(state: &mut State, asked: &Asked, object: &str) -> Reply {
    let now = state.now();
    let values = match values(asked) {
        Ok(values) => values,
        Err(refused) => return *refused,
    };
    let done = stopped(state).and_then(|()| state.store.insert(object, &values, now));
    match done {
        Ok(id) => reply::json(201, &json!({ "id": id, "success": true, "errors": [] })),
        Err(refusal) => refused(&refusal),
    }
}

fn update(state: &mut State, asked: &Asked, object: &str, id: &str) -> Reply {
    let now = state.now();
    let values = match values(asked) {
        Ok(values) => values,
        Err(refused) => return *refused,
    };
    match stopped(state).and_then(|()| state.store.update(object, id, &values, now)) {
        Ok(_) => reply::nothing(),
        Err(refusal) => refused(&refusal),
    }
}

fn upsert(state: &mut State, asked: &Asked, object: &str, field: &str, key: &str) -> Reply {
    let now = state.now();
    let mut values = match values(asked) {
        Ok(values) => values,
        Err(refused) => return *refused,
    };
    let named = values.keys().any(|name| name.eq_ignore_ascii_case(field));
    if named {
        let words = format!("The {field} field should not be specified in the sobject data.");
        return reply::refuse(400, "INVALID_FIELD", &words);
    }
    values.insert(field.to_owned(), key.into());
    match stopped(state).and_then(|()| state.store.upsert(object, field, &values, now)) {
        Ok((id, true)) => reply::json(201, &made(&id, true)),
        Ok((id, false)) => reply::json(200, &made(&id, false)),
        Err(refusal) => refused(&refusal),
    }
}

fn delete(state: &mut State, object: &str, id: &str) -> Reply {
    let now = state.now();
    match stopped(state).and_then(|()| state.store.delete(object, id, now)) {
        Ok(_) => reply::nothing(),
        Err(refusal) => refused(&refusal),
    }
}

fn read(state: &State, asked: &Asked, object: &str, id: &str) -> Reply {
    let Some((name, of)) = state.store.object(object) else {
        return reply::not_found();
    };
    let Some(record) = of.records.get(&long_id(id)) else {
        return reply::not_found();
    };
    if is_deleted(record) {
        return reply::refuse(404, "ENTITY_IS_DELETED", "entity is deleted");
    }
    let mut shown = Map::new();
    match asked.query.get("fields") {
        // All fields, also those without a value.
        None => {
            for field in &of.fields {
                let value = record.get(&field.name).cloned().unwrap_or(Value::Null);
                shown.insert(field.name.clone(), value);
            }
        }
        Some(wanted) => {
            for field in wanted.split(',').chain(["Id"]) {
                let Some(field) = of.field(field) else {
                    let words = format!("No such column '{field}' on sobject of type {name}");
                    return reply::refuse(400, "INVALID_FIELD", &words);
                };
                let value = record.get(&field.name).cloned().unwrap_or(Value::Null);
                shown.insert(field.name.clone(), value);
            }
        }
    }
    reply::json(200, &rest::nested(asked, name, shown).into())
}

fn about(asked: &Asked, name: &str) -> Value {
    let prefix = crate::fields::prefix(name);
    let below = asked.below(&format!("sobjects/{name}"));
    json!({
        "name": name,
        "label": name,
        "custom": false,
        "keyPrefix": prefix,
        "queryable": true,
        "createable": true,
        "updateable": true,
        "deletable": true,
        "retrieveable": true,
        "urls": {
            "sobject": below,
            "describe": format!("{below}/describe"),
            "rowTemplate": format!("{below}/{{ID}}"),
        },
    })
}

fn objects(state: &State, asked: &Asked) -> Reply {
    let names = state.store.objects.keys();
    let found: Vec<Value> = names.map(|name| about(asked, name)).collect();
    let body = json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found });
    reply::json(200, &body)
}

fn described(state: &State, asked: &Asked, object: &str, whole: bool) -> Reply {
    let Some((name, object)) = state.store.object(object) else {
        return reply::not_found();
    };
    let mut shown = about(asked, name);
    if !whole {
        return reply::json(200, &json!({ "objectDescribe": shown, "recentItems": [] }));
    }
    let fields = object.fields.iter().map(|field| field.described());
    shown["fields"] = fields.collect();
    shown["childRelationships"] = json!([]);
    shown["recordTypeInfos"] = json!([]);
    reply::json(200, &shown)
}
