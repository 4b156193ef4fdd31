//! Leads, tasks, users and opportunities of an org as the raw files of the project.
//!
//! The first time everything is read, later only what changed since (with an overlap, since
//! clocks of large systems differ); what was deleted goes. The files are the ones that an export
//! by hand would give, so that everything behind them is the same.

use std::collections::BTreeMap;
use std::path::Path;

use leadrank_salesforce::{Client, Error as CrmError};
use leadrank_sources::FileKind;
use serde::{Deserialize, Serialize};

use super::ledgers;
use crate::error::{Error, Result};
use crate::ledger::sha256;
use crate::progress::{Progress, Sink};
use crate::project::{Project, write_atomically};

const VERSION: u32 = 1;
/// Minutes that are read again: changes that were not yet to be seen last time.
const OVERLAP_MINUTES: i64 = 30;
const STAMP: &str = "SystemModstamp";
const DELETED: &str = "IsDeleted";

/// The objects, with the kind of file each becomes.
const OBJECTS: [(&str, FileKind); 4] = [
    ("Lead", FileKind::Lead),
    ("Task", FileKind::Task),
    ("User", FileKind::User),
    ("Opportunity", FileKind::Opportunity),
];

/// What was read of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirrored {
    /// The object.
    pub object: String,
    /// The raw file.
    pub file: String,
    /// Whether everything was read, and not only what changed.
    pub is_whole: bool,
    /// Records read.
    pub read: u64,
    /// Of them deleted in the org.
    pub deleted: u64,
    /// Records in the file by now.
    pub rows: u64,
    /// Columns that the org lacks or hides; what needs them is switched off, with a word.
    pub missing: Vec<String>,
}

/// What is kept about an org.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    version: u32,
    objects: BTreeMap<String, Seen>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Seen {
    columns: Vec<String>,
    /// The newest change that was read.
    newest: String,
    /// Hash of the file as it was written.
    file: String,
}

/// Brings the raw files up to date with an org. With `whole`, everything is read anew.
///
/// # Errors
/// When the org can't be read, lacks `Id` or the lead's stages, or a file can't be written. What
/// was written stays whole: a file is replaced only when all of it is there.
pub async fn mirror(
    project: &Project,
    client: &Client,
    whole: bool,
    progress: &Sink<'_>,
) -> Result<Vec<Mirrored>> {
    let place = ledgers(project).join(client.name()).join("mirror.json");
    let mut state = match whole {
        true => State::default(),
        false => known(&place)?,
    };
    let mut made = Vec::new();
    for (object, kind) in OBJECTS {
        progress(Progress::Stage(format!(
            "reading {object} of {}",
            client.name()
        )));
        let file = project
            .raw()
            .join(format!("salesforce_{}.csv", object.to_lowercase()));
        let before = state.objects.get(object).cloned();
        let (seen, found) = one(client, object, kind, before, &file).await?;
        state.objects.insert(object.to_owned(), seen);
        state.version = VERSION;
        // After the file: a crash between the two reads a little more next time.
        let text = serde_json::to_vec_pretty(&state).map_err(|source| Error::Json {
            what: "mirror.json".into(),
            source,
        })?;
        write_atomically(&place, &text)?;
        made.push(found);
    }
    Ok(made)
}

fn known(place: &Path) -> Result<State> {
    let Ok(bytes) = std::fs::read(place) else {
        return Ok(State::default());
    };
    // What can't be read is made anew.
    let state: State = serde_json::from_slice(&bytes).unwrap_or_default();
    if state.version > VERSION {
        return Err(Error::Data(format!(
            "{} is of a newer leadrank; use that one, or delete the file to read everything anew",
            place.display()
        )));
    }
    Ok(state)
}

async fn one(
    client: &Client,
    object: &str,
    kind: FileKind,
    before: Option<Seen>,
    file: &Path,
) -> Result<(Seen, Mirrored)> {
    let fields = client.describe(object).await?;
    let wanted: Vec<&str> = kind
        .contract()
        .columns
        .iter()
        .map(|column| column.name)
        .collect();
    let (columns, missing): (Vec<&str>, Vec<&str>) = wanted
        .into_iter()
        .partition(|name| fields.contains_key(*name));
    let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
    if !columns.iter().any(|name| name == "Id") {
        return Err(Error::Data(format!(
            "{object} can't be read: the integration user sees no Id; give it read access"
        )));
    }
    // What is there is built upon only where it is what was written last, with the same columns.
    let old = before
        .filter(|seen| seen.columns == columns)
        .and_then(|seen| {
            let bytes = std::fs::read(file).ok()?;
            (sha256(&bytes) == seen.file).then_some((seen, bytes))
        });
    let mut rows = match &old {
        Some((_, bytes)) => read(bytes, file)?,
        None => BTreeMap::new(),
    };
    let since = old.as_ref().map(|(seen, _)| seen.newest.clone());
    let mut newest = since.clone().unwrap_or_default();
    let soql = query(object, &columns, since.as_deref())?;
    let (mut count, mut deleted) = (0, 0);
    let wanted: Vec<&str> = columns
        .iter()
        .map(String::as_str)
        .chain([STAMP, DELETED])
        .collect();
    let id_at = columns
        .iter()
        .position(|name| name == "Id")
        .unwrap_or_default();
    // The header is the same on every page, so places are looked up once.
    let mut places: Option<Vec<Option<usize>>> = None;
    // Deleted records only matter where they may be in the file.
    client
        .bulk_query(&soql, since.is_some(), &mut |header, record| {
            let places = places.get_or_insert_with(|| {
                let place = |name: &&str| header.iter().position(|known| known == *name);
                wanted.iter().map(place).collect()
            });
            let cells = places
                .iter()
                .map(|place| place.and_then(|at| record.get(at)));
            let mut cells: Vec<&str> = cells.map(Option::unwrap_or_default).collect();
            let is_deleted = cells.pop() == Some("true");
            let stamp = cells.pop().unwrap_or_default();
            let id = cells[id_at].to_owned();
            if id.is_empty() {
                return Err(CrmError::Unreconciled(format!(
                    "a record of {object} came without Id"
                )));
            }
            count += 1;
            if stamp > newest.as_str() {
                newest = stamp.to_owned();
            }
            if is_deleted {
                deleted += u64::from(rows.remove(&id).is_some());
            } else {
                rows.insert(id, cells.into_iter().map(str::to_owned).collect());
            }
            Ok(())
        })
        .await?;
    let bytes = write(&columns, &rows)?;
    write_atomically(file, &bytes)?;
    let seen = Seen {
        columns,
        newest,
        file: sha256(&bytes),
    };
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let found = Mirrored {
        object: object.to_owned(),
        file: name,
        is_whole: since.is_none(),
        read: count,
        deleted,
        rows: rows.len() as u64,
        missing: missing.into_iter().map(str::to_owned).collect(),
    };
    Ok((seen, found))
}

fn query(object: &str, columns: &[String], since: Option<&str>) -> Result<String> {
    let mut names: Vec<&str> = columns.iter().map(String::as_str).collect();
    names.extend([STAMP, DELETED]);
    let mut conditions = Vec::new();
    if object == "Task" {
        // Dials are all that is needed of a table that holds every message, too.
        conditions.push("(Type = 'Call' OR TaskSubtype = 'Call')".to_owned());
    }
    if let Some(since) = since.filter(|since| !since.is_empty()) {
        let read = chrono::DateTime::parse_from_rfc3339(since).map_err(|_| {
            Error::Data(format!(
                "`{since}` is no moment: use --whole to read everything anew"
            ))
        })?;
        let from = read.to_utc() - chrono::TimeDelta::minutes(OVERLAP_MINUTES);
        conditions.push(format!("{STAMP} >= {}", from.format("%Y-%m-%dT%H:%M:%SZ")));
    }
    let condition = match conditions.is_empty() {
        true => String::new(),
        false => format!(" WHERE {}", conditions.join(" AND ")),
    };
    Ok(format!(
        "SELECT {} FROM {object}{condition}",
        names.join(", ")
    ))
}

fn read(bytes: &[u8], file: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let mut rows = BTreeMap::new();
    let at = reader
        .headers()
        .ok()
        .and_then(|header| header.iter().position(|name| name == "Id"))
        .unwrap_or_default();
    for record in reader.records() {
        let record = record.map_err(|error| Error::Data(format!("{}: {error}", file.display())))?;
        let id = record.get(at).unwrap_or_default().to_owned();
        rows.insert(id, record.iter().map(str::to_owned).collect());
    }
    Ok(rows)
}

/// In the order of ids, so that the same records give the same bytes.
fn write(columns: &[String], rows: &BTreeMap<String, Vec<String>>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Error::Data(format!("a raw file: {error}"));
    writer.write_record(columns).map_err(failed)?;
    for row in rows.values() {
        writer.write_record(row).map_err(failed)?;
    }
    let bytes = writer.into_inner();
    bytes.map_err(|error| Error::Data(format!("a raw file: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_asked_for_with_an_overlap() {
        let columns = ["Id".to_owned()];
        assert_eq!(
            query("Lead", &columns, None).unwrap(),
            "SELECT Id, SystemModstamp, IsDeleted FROM Lead"
        );
        assert_eq!(
            query("Task", &columns, Some("2025-12-31T08:00:00.000Z")).unwrap(),
            "SELECT Id, SystemModstamp, IsDeleted FROM Task WHERE (Type = 'Call' OR \
             TaskSubtype = 'Call') AND SystemModstamp >= 2025-12-31T07:30:00Z"
        );
        assert!(query("Lead", &columns, Some("never")).is_err());
    }
}
