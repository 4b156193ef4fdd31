//! Up to 200 records written, up to 2000 read in one request.

use hyper::Method;
use serde_json::{Map, Value, json};

use crate::fields;
use crate::org::State;
use crate::reply::{self, Reply};
use crate::rest;
use crate::server::Asked;
use crate::store::{Record, Refusal};

const MOST_WRITTEN: usize = 200;
const MOST_READ: usize = 2000;

impl Refusal {
    /// The refusal in JSON; single records call the code `errorCode`, collections `statusCode`.
    pub(crate) fn shown(&self, code: &str) -> Value {
        json!({ code: self.code, "message": self.message, "fields": self.fields })
    }
}

pub(crate) fn answer(state: &mut State, asked: &Asked) -> Reply {
    let done = match (&asked.method, &asked.parts()[..]) {
        (&Method::POST, ["composite", "sobjects"]) => write(state, asked, Work::Insert),
        (&Method::PATCH, ["composite", "sobjects"]) => write(state, asked, Work::Update),
        (&Method::PATCH, ["composite", "sobjects", object, field]) => {
            write(state, asked, Work::Upsert(object, field))
        }
        (&Method::DELETE, ["composite", "sobjects"]) => delete(state, asked),
        (&Method::GET | &Method::POST, ["composite", "sobjects", object]) => {
            retrieve(state, asked, object)
        }
        _ => return reply::not_found(),
    };
    done.unwrap_or_else(|refused| *refused)
}

fn refuse(code: &str, words: &str) -> Box<Reply> {
    Box::new(reply::refuse(400, code, words))
}

fn too_many(most: usize) -> Box<Reply> {
    let words =
        format!("record limit reached. cannot submit more than {most} records in this API call");
    refuse("EXCEEDED_ID_LIMIT", &words)
}

/// What is done with each record.
#[derive(Clone, Copy)]
enum Work<'a> {
    Insert,
    Update,
    /// Object and key field.
    Upsert(&'a str, &'a str),
}

/// What became of a record: its id, and whether it was made.
type Done = Result<(String, Option<bool>), Refusal>;

fn write(state: &mut State, asked: &Asked, work: Work<'_>) -> Result<Reply, Box<Reply>> {
    let body = asked.json()?;
    let Some(records) = body["records"].as_array() else {
        return Err(refuse("REQUIRED_FIELD_MISSING", "records are missing"));
    };
    if records.len() > MOST_WRITTEN {
        return Err(too_many(MOST_WRITTEN));
    }
    let mut rows = Vec::new();
    for record in records {
        let (Some(record), Some(kind)) =
            (record.as_object(), record["attributes"]["type"].as_str())
        else {
            let words = "The attributes of each record have to name its type";
            return Err(refuse("INVALID_FIELD", words));
        };
        rows.push((kind, record));
    }
    let ids: Vec<Option<&str>> = rows
        .iter()
        .map(|(_, record)| id(record).filter(|_| matches!(work, Work::Update)))
        .collect();
    let now = state.now();
    let all_or_none = body["allOrNone"] == Value::Bool(true);
    let results = each(state, &ids, all_or_none, |state, at| {
        let (kind, record) = rows[at];
        match work {
            Work::Insert => {
                let id = state.store.insert(kind, record, now)?;
                Ok((id, None))
            }
            Work::Update => {
                let id = id(record).ok_or_else(|| {
                    let words = "Id not specified in an update call";
                    Refusal::new("MISSING_ARGUMENT", words, &[])
                })?;
                Ok((state.store.update(kind, id, record, now)?, None))
            }
            Work::Upsert(object, field) => {
                let (id, is_new) = state.store.upsert(object, field, record, now)?;
                Ok((id, Some(is_new)))
            }
        }
    });
    Ok(shown(results))
}

fn delete(state: &mut State, asked: &Asked) -> Result<Reply, Box<Reply>> {
    let ids = asked
        .query
        .get("ids")
        .map(String::as_str)
        .unwrap_or_default();
    let ids: Vec<&str> = ids.split(',').filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(refuse("REQUIRED_FIELD_MISSING", "ids are missing"));
    }
    if ids.len() > MOST_WRITTEN {
        return Err(too_many(MOST_WRITTEN));
    }
    let now = state.now();
    let all_or_none = asked
        .query
        .get("allOrNone")
        .is_some_and(|text| text == "true");
    let named: Vec<Option<&str>> = ids.iter().copied().map(Some).collect();
    let results = each(state, &named, all_or_none, |state, at| {
        let id = ids[at];
        let object = fields::OBJECTS
            .iter()
            .find(|(_, prefix)| id.starts_with(prefix));
        let Some((object, _)) = object else {
            let words = format!("bad id {id}");
            return Err(Refusal::new("MALFORMED_ID", words, &[]));
        };
        Ok((state.store.delete(object, id, now)?, None))
    });
    Ok(shown(results))
}

fn id(record: &Record) -> Option<&str> {
    let found = record
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("Id"));
    found.and_then(|(_, value)| value.as_str())
}

/// Does the work of each row; an id that stands twice is refused the second time. Where all or
/// none is wanted, one refusal takes everything back.
fn each(
    state: &mut State,
    ids: &[Option<&str>],
    all_or_none: bool,
    mut work: impl FnMut(&mut State, usize) -> Done,
) -> Vec<Done> {
    let refused = state.refused(ids.len());
    let mut seen = std::collections::BTreeSet::new();
    state.store.begin();
    let mut results: Vec<Done> = Vec::new();
    for (at, (id, refused)) in ids.iter().zip(refused).enumerate() {
        let long = id.map(crate::values::long_id);
        let is_new = long.is_none_or(|long| seen.insert(long));
        results.push(match refused {
            Some(refusal) => Err(refusal),
            None if !is_new => Err(twice(id.unwrap_or_default())),
            None => work(state, at),
        });
    }
    let keep = !all_or_none || results.iter().all(Result::is_ok);
    state.store.end(keep);
    if !keep {
        for result in results.iter_mut().filter(|result| result.is_ok()) {
            let words = "Record rolled back because not all records were valid and the request was using AllOrNone header";
            *result = Err(Refusal::new(
                "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                words,
                &[],
            ));
        }
    }
    results
}

/// The refusal of a row whose id stood in the same request already.
pub(crate) fn twice(id: &str) -> Refusal {
    let words = format!("duplicate id specified: {id}");
    Refusal::new("DUPLICATE_VALUE", words, &[])
}

fn shown(results: Vec<Done>) -> Reply {
    let results = results.into_iter().map(|result| match result {
        Ok((id, None)) => json!({ "id": id, "success": true, "errors": [] }),
        Ok((id, Some(is_new))) => {
            json!({ "id": id, "success": true, "errors": [], "created": is_new })
        }
        Err(refusal) => json!({ "success": false, "errors": [refusal.shown("statusCode")] }),
    });
    reply::json(200, &results.collect())
}

fn retrieve(state: &State, asked: &Asked, object: &str) -> Result<Reply, Box<Reply>> {
    let (ids, wanted): (Vec<String>, Vec<String>) = if asked.method == Method::GET {
        let texts = |name: &str| -> Vec<String> {
            let list = asked
                .query
                .get(name)
                .map(String::as_str)
                .unwrap_or_default();
            list.split(',').map(str::to_owned).collect()
        };
        (texts("ids"), texts("fields"))
    } else {
        let body = asked.json()?;
        let texts = |name: &str| -> Vec<String> {
            let list = body[name].as_array().into_iter().flatten();
            list.filter_map(|value| Some(value.as_str()?.to_owned()))
                .collect()
        };
        (texts("ids"), texts("fields"))
    };
    if ids.len() > MOST_READ {
        return Err(too_many(MOST_READ));
    }
    let Some((name, of)) = state.store.object(object) else {
        return Err(Box::new(reply::not_found()));
    };
    let mut names = vec!["Id".to_owned()];
    for field in &wanted {
        match of.field(field) {
            Some(field) if field.name == "Id" => {}
            Some(field) => names.push(field.name.clone()),
            None => {
                let words = format!("No such column '{field}' on sobject of type {name}");
                return Err(refuse("INVALID_FIELD", &words));
            }
        }
    }
    let records = ids.iter().map(|id| match of.living(id) {
        None => Value::Null,
        Some(record) => {
            let pairs = names.iter().map(|field| {
                let value = record.get(field).cloned().unwrap_or(Value::Null);
                (field.clone(), value)
            });
            rest::nested(asked, name, pairs.collect::<Map<_, _>>()).into()
        }
    });
    Ok(reply::json(200, &records.collect()))
}
