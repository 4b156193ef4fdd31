//! Working an uploaded CSV off, record by record.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::collections::{lock_refusal, locked};
use crate::server::State;

/// What stands for "nothing"; an empty cell leaves the value as it is.
const NOTHING: &str = "#N/A";

/// What became of the lines of a job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Results {
    pub(crate) header: Vec<String>,
    /// Id and cells.
    pub(crate) successful: Vec<(String, Vec<String>)>,
    /// Id, error and cells.
    pub(crate) failed: Vec<(String, String, Vec<String>)>,
    /// Cells.
    pub(crate) unprocessed: Vec<Vec<String>>,
}

/// Works a job off; whether it broke off. An upload that is no CSV of the object fails as a
/// whole, with the words.
pub(crate) fn run(
    state: &mut State,
    object: &str,
    upload: &[u8],
    now: DateTime<Utc>,
) -> Result<(Results, bool), String> {
    let mut reader = csv::Reader::from_reader(upload);
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(error) => {
            return Err(format!(
                "InvalidBatch : Failed to parse CSV header: {error}"
            ));
        }
    };
    let Some((_, of)) = state.store.object(object) else {
        return Err("InvalidBatch : the object is not known".into());
    };
    for name in &header {
        if of.field(name).is_none() {
            return Err(format!("InvalidBatch : Field name not found : {name}"));
        }
    }
    let at = header
        .iter()
        .position(|name| name.eq_ignore_ascii_case("Id"));
    let Some(at) = at else {
        return Err("InvalidBatch : Id is missing".into());
    };
    let mut lines = Vec::new();
    for line in reader.records() {
        let line = line.map_err(|error| format!("InvalidBatch : {error}"))?;
        lines.push(line.iter().map(str::to_owned).collect::<Vec<String>>());
    }
    let locked = locked(state, lines.len());
    let stops = state.jobs.fail_after.take();
    let last = stops.map(|share| (share * lines.len() as f64) as usize);
    let mut results = Results {
        header,
        ..Results::default()
    };
    for (number, cells) in lines.into_iter().enumerate() {
        if last.is_some_and(|last| number >= last) {
            results.unprocessed.push(cells);
            continue;
        }
        let pairs = results.header.iter().zip(&cells);
        let set = pairs.filter(|(name, cell)| !cell.is_empty() && !name.eq_ignore_ascii_case("Id"));
        let values: Map<String, Value> = set
            .map(|(name, cell)| {
                let value = if cell == NOTHING {
                    Value::Null
                } else {
                    cell.as_str().into()
                };
                (name.clone(), value)
            })
            .collect();
        let id = cells[at].clone();
        let written = match locked[number] {
            true => Err(lock_refusal()),
            false => state.store.update(object, &id, &values, now),
        };
        match written {
            Ok(id) => results.successful.push((id, cells)),
            Err(refusal) => {
                let fields = refusal.fields.join(", ");
                let error = format!("{}:{}:{fields} --", refusal.code, refusal.message);
                results.failed.push((id, error, cells));
            }
        }
    }
    // Chunks are worked off side by side, so results come in another order than lines.
    results.successful.reverse();
    Ok((results, last.is_some()))
}

fn csv(header: &[&str], names: &[String], lines: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    let header = header.iter().map(|name| (*name).to_owned());
    let mut whole = writer
        .write_record(header.chain(names.iter().cloned()))
        .is_ok();
    for line in lines {
        whole &= writer.write_record(line).is_ok();
    }
    writer
        .into_inner()
        .ok()
        .filter(|_| whole)
        .unwrap_or_default()
}

pub(crate) fn successful(results: &Results) -> Vec<u8> {
    let lines = results.successful.iter();
    let lines = lines.map(|(id, cells)| [vec![id.clone(), "false".into()], cells.clone()].concat());
    csv(&["sf__Id", "sf__Created"], &results.header, lines)
}

pub(crate) fn failed(results: &Results) -> Vec<u8> {
    let lines = results.failed.iter();
    let lines =
        lines.map(|(id, error, cells)| [vec![id.clone(), error.clone()], cells.clone()].concat());
    csv(&["sf__Id", "sf__Error"], &results.header, lines)
}

pub(crate) fn unprocessed(results: &Results) -> Vec<u8> {
    csv(&[], &results.header, results.unprocessed.iter().cloned())
}
