//! Query jobs: what they find, and how their results come.

use serde_json::Value;

use crate::csv_form::Form;
use crate::reply::{self, Reply};
use crate::server::Asked;
use crate::soql::{self, Refused};
use crate::store::{Record, Store};
use crate::values::read_moment;

/// Object, records and columns of a job's query.
pub(crate) fn run(
    store: &Store,
    operation: &str,
    text: &str,
) -> Result<(String, Vec<Record>, Vec<String>), Refused> {
    let all = match operation {
        "query" => false,
        "queryAll" => true,
        _ => {
            let words = "operation must be query or queryAll".to_owned();
            return Err(("INVALIDJOB", words));
        }
    };
    let query = soql::parse(text)?;
    if query.is_count || query.offset.is_some() {
        let words = "Bulk API 2.0 does not support COUNT() and OFFSET".to_owned();
        return Err(("INVALIDJOB", words));
    }
    let records = soql::run(store, &query, all)?;
    let object = store.object(&query.object);
    let object = object.map_or_else(String::new, |(name, _)| name.to_owned());
    Ok((object, records, query.fields))
}

/// A page of the results: `locator` says where it begins, `maxRecords` how long it is.
pub(crate) fn results(records: &[Record], columns: &[String], form: Form, asked: &Asked) -> Reply {
    let invalid = |name: &str| {
        let words = format!("{name} is not valid");
        reply::refuse(400, "INVALID_QUERY_LOCATOR", &words)
    };
    let number = |name: &str| {
        let text = asked.query.get(name).filter(|text| !text.is_empty());
        text.map(|text| text.parse::<usize>()).transpose()
    };
    let Ok(from) = number("locator").map(Option::unwrap_or_default) else {
        return invalid("locator");
    };
    let Ok(most) = number("maxRecords") else {
        return invalid("maxRecords");
    };
    if from > records.len() {
        return invalid("locator");
    }
    let until = most.map_or(records.len(), |most| from.saturating_add(most.max(1)));
    let until = until.min(records.len());
    let cells: Vec<Vec<String>> = records[from..until]
        .iter()
        .map(|record| {
            // In the order of the query; records hold their fields in that order.
            record.values().map(cell).collect()
        })
        .collect();
    let header = columns.iter().map(String::as_str).collect();
    let lines = cells
        .iter()
        .map(|line| line.iter().map(String::as_str).collect());
    let body = form.write(std::iter::once(header).chain(lines));
    let locator = if until < records.len() {
        until.to_string()
    } else {
        "null".into()
    };
    reply::csv(
        body,
        &[
            ("Sforce-Locator", locator),
            ("Sforce-NumberOfRecords", (until - from).to_string()),
        ],
    )
}

/// A value as a cell; moments end on Z here, unlike in JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.ends_with("+0000") => match read_moment(text) {
            Some(at) => at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            None => text.clone(),
        },
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
