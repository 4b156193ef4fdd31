//! Working an uploaded CSV off, record by record.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rand::seq::SliceRandom as _;
use serde_json::Value;

use crate::collections::twice;
use crate::csv_form::Form;
use crate::fields::Type;
use crate::org::State;
use crate::store::{Record, Refusal, Store};
use crate::values::long_id;

/// What stands for "nothing"; an empty cell leaves the value as it is.
const NOTHING: &str = "#N/A";

/// What is done with each line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    Insert,
    Update,
    /// By this field.
    Upsert(String),
    Delete,
}

impl Task {
    /// From a job's settings.
    pub(crate) fn read(
        store: &Store,
        object: &str,
        operation: &str,
        key_field: &str,
    ) -> Result<Self, String> {
        Ok(match operation {
            "insert" => Task::Insert,
            "update" => Task::Update,
            "delete" => Task::Delete,
            "upsert" if key_field.is_empty() => {
                return Err("externalIdFieldName is required for upsert".into());
            }
            "upsert" => {
                let of = store.object(object).map(|(_, of)| of);
                let field = of.and_then(|of| of.field(key_field));
                let is_key = |kind: &Type| matches!(kind, Type::UniqueText(_));
                match field.filter(|field| field.name == "Id" || is_key(&field.kind)) {
                    Some(field) => Task::Upsert(field.name.clone()),
                    None => {
                        return Err(format!(
                            "Field name provided, {key_field} does not match an External ID, Salesforce Id, or indexed field for {object}"
                        ));
                    }
                }
            }
            "hardDelete" => return Err("hardDelete needs a permission that nobody has here".into()),
            other => return Err(format!("operation `{other}` is not supported")),
        })
    }
}

/// What became of the lines of a job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Results {
    header: Vec<String>,
    /// Id, whether it was made, and cells.
    pub(crate) successful: Vec<(String, bool, Vec<String>)>,
    /// Id, error and cells.
    pub(crate) failed: Vec<(String, String, Vec<String>)>,
    /// Cells.
    unprocessed: Vec<Vec<String>>,
}

/// Works a job off: the results, and why it broke off if it did.
pub(crate) fn run(
    state: &mut State,
    object: &str,
    task: &Task,
    form: Form,
    upload: &[u8],
    now: DateTime<Utc>,
) -> (Results, Option<String>) {
    let (mut results, lines) = match read(&state.store, object, task, form, upload) {
        Ok(found) => found,
        Err((results, words)) => return (results, Some(words)),
    };
    let refused = state.refused(lines.len());
    let share = state.jobs.fail_after.take();
    let last = share.map(|share| (share * lines.len() as f64) as usize);
    let id_at = position(&results.header, "Id");
    let mut seen = BTreeSet::new();
    for (number, (cells, refused)) in lines.into_iter().zip(refused).enumerate() {
        if last.is_some_and(|last| number >= last) {
            results.unprocessed.push(cells);
            continue;
        }
        let id = id_at.map_or("", |at| cells[at].as_str());
        let is_new = id.is_empty() || seen.insert(long_id(id));
        let done = match refused {
            Some(refusal) => Err(refusal),
            None if !is_new => Err(twice(id)),
            None => write(
                &mut state.store,
                object,
                task,
                id,
                &results.header,
                &cells,
                now,
            ),
        };
        match done {
            Ok((id, made)) => results.successful.push((id, made, cells)),
            Err(refusal) => {
                let fields = refusal.fields.join(", ");
                let error = format!("{}:{}:{fields} --", refusal.code, refusal.message);
                results.failed.push((id.to_owned(), error, cells));
            }
        }
    }
    // Chunks are worked off side by side, so results come in another order than lines.
    results.successful.shuffle(&mut state.jobs.order);
    results.failed.shuffle(&mut state.jobs.order);
    let broke_off = last.map(|_| "InternalServerError : broke off on purpose".to_owned());
    (results, broke_off)
}

fn position(header: &[String], name: &str) -> Option<usize> {
    header
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))
}

type Lines = Vec<Vec<String>>;

/// The lines of an upload; one that does not fit the job fails as a whole, with all of its lines
/// not worked on.
fn read(
    store: &Store,
    object: &str,
    task: &Task,
    form: Form,
    upload: &[u8],
) -> Result<(Results, Lines), (Results, String)> {
    let mut results = Results::default();
    if !form.fits(upload) {
        let words = format!(
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {}",
            form.line_ending()
        );
        return Err((results, words));
    }
    let mut reader = form.reader(upload);
    match reader.headers() {
        Ok(header) => results.header = header.iter().map(str::to_owned).collect(),
        Err(error) => {
            let words = format!("InvalidBatch : Failed to parse CSV header: {error}");
            return Err((results, words));
        }
    }
    let mut lines = Vec::new();
    let mut wrong = None;
    for line in reader.records() {
        match line {
            Ok(line) => lines.push(line.iter().map(str::to_owned).collect::<Vec<_>>()),
            Err(error) => {
                wrong.get_or_insert(format!("InvalidBatch : {error}"));
            }
        }
    }
    let wrong = wrong.or_else(|| wrong_header(store, object, task, &results.header));
    match wrong {
        None => Ok((results, lines)),
        Some(words) => {
            results.unprocessed = lines;
            Err((results, words))
        }
    }
}

fn wrong_header(store: &Store, object: &str, task: &Task, header: &[String]) -> Option<String> {
    let Some((_, of)) = store.object(object) else {
        return Some(format!("InvalidBatch : Unable to find object: {object}"));
    };
    let unknown = header.iter().find(|name| of.field(name).is_none());
    if let Some(name) = unknown {
        return Some(format!("InvalidBatch : Field name not found : {name}"));
    }
    let twice = header
        .iter()
        .enumerate()
        .find(|(at, name)| position(header, name) != Some(*at));
    if let Some((_, name)) = twice {
        return Some(format!(
            "InvalidBatch : Failed to parse CSV header. Duplicate field : {name}"
        ));
    }
    let needed = match task {
        Task::Insert => None,
        Task::Update | Task::Delete => Some("Id"),
        Task::Upsert(field) => Some(field.as_str()),
    };
    if let Some(name) = needed.filter(|name| position(header, name).is_none()) {
        return Some(format!("InvalidBatch : Field name not found : {name}"));
    }
    let only_ids = *task != Task::Delete || header.len() == 1;
    (!only_ids).then(|| "InvalidBatch : delete batches must contain only ids".to_owned())
}

/// Does the work of one line: the id, and whether the record was made.
fn write(
    store: &mut Store,
    object: &str,
    task: &Task,
    id: &str,
    header: &[String],
    cells: &[String],
    now: DateTime<Utc>,
) -> Result<(String, bool), Refusal> {
    let set = header
        .iter()
        .zip(cells)
        .filter(|(_, cell)| !cell.is_empty());
    let values: Record = set
        .map(|(name, cell)| {
            let value = match cell.as_str() {
                NOTHING => Value::Null,
                cell => cell.into(),
            };
            (name.clone(), value)
        })
        .collect();
    match task {
        Task::Insert => Ok((store.insert(object, &values, now)?, true)),
        Task::Update if id.is_empty() => {
            let words = "Id not specified in an update call";
            Err(Refusal::new("MISSING_ARGUMENT", words, &["Id"]))
        }
        Task::Update => Ok((store.update(object, id, &values, now)?, false)),
        Task::Upsert(field) => store.upsert(object, field, &values, now),
        Task::Delete => Ok((store.delete(object, id, now)?, false)),
    }
}

fn table(
    results: &Results,
    form: Form,
    own: [&'static str; 2],
    lines: impl Iterator<Item = Vec<String>>,
) -> Vec<u8> {
    let header = own
        .into_iter()
        .chain(results.header.iter().map(String::as_str));
    let lines: Vec<Vec<String>> = lines.collect();
    let cells = lines
        .iter()
        .map(|line| line.iter().map(String::as_str).collect());
    form.write(std::iter::once(header.collect()).chain(cells))
}

pub(crate) fn successful(results: &Results, form: Form) -> Vec<u8> {
    let lines = results.successful.iter().map(|(id, made, cells)| {
        let own = [id.clone(), made.to_string()];
        own.into_iter().chain(cells.iter().cloned()).collect()
    });
    table(results, form, ["sf__Id", "sf__Created"], lines)
}

pub(crate) fn failed(results: &Results, form: Form) -> Vec<u8> {
    let lines = results.failed.iter().map(|(id, error, cells)| {
        let own = [id.clone(), error.clone()];
        own.into_iter().chain(cells.iter().cloned()).collect()
    });
    table(results, form, ["sf__Id", "sf__Error"], lines)
}

pub(crate) fn unprocessed(results: &Results, form: Form) -> Vec<u8> {
    let header = results.header.iter().map(String::as_str).collect();
    let lines = results
        .unprocessed
        .iter()
        .map(|line| line.iter().map(String::as_str).collect());
    form.write(std::iter::once(header).chain(lines))
}
