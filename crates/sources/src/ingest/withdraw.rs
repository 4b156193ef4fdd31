//! Taking a delivery out of use.

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_warehouse::Warehouse;

use super::write;
use crate::error::{Error, Result};
use crate::vintage::{InUse, Known, LoadEntry, Status, read_log_of};

/// See [`super::withdraw`].
pub(super) async fn withdraw(
    warehouse: &Warehouse,
    month: NaiveDate,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<Vec<String>> {
    let (version, log) = read_log_of(warehouse).await?;
    let used = InUse::of(&log, Known::NOW);
    let of_month = |load: &&LoadEntry| load.snapshot_as_of == Some(month);
    let newest = used
        .loads
        .iter()
        .filter(of_month)
        .max_by_key(|load| load.entry);
    let newest = newest.map(|load| load.delivery.clone());
    let first = log.last().map_or(1, |line| line.entry + 1);
    let lines: Vec<LoadEntry> = used
        .loads
        .iter()
        .filter(|load| Some(&load.delivery) == newest.as_ref())
        .zip(first..)
        .map(|(load, entry)| LoadEntry {
            entry,
            status: Status::Withdrawn,
            reason: Some(reason.to_owned()),
            loaded_at: at,
            ..load.clone()
        })
        .collect();
    if lines.is_empty() {
        return Err(Error::NothingInUse { month });
    }
    write::commit(warehouse, version, &lines).await?;
    Ok(lines.into_iter().map(|line| line.file).collect())
}
