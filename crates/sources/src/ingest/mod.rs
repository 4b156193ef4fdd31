//! From a folder of exports to tables, one transaction a delivery.
//!
//! A delivery is all files of one vendor month, or the Salesforce files that changed. The
//! order is rows, then rejected cells and column figures, then the delivery's lines of the
//! ledger, all in one commit: until that commit nothing of it counts. A load that was cut
//! off anywhere is completed by running it again; what it left behind is not in the ledger
//! and so in no view.

mod cards;
mod delivery;
mod options;
mod plan;
mod report;
mod stream;
mod withdraw;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_warehouse::{Session, Warehouse};

pub use options::IngestOptions;
pub use report::{FileReport, FileStatus, HeldBack, IngestReport};

use self::delivery::Load;
use crate::contract::FileKind;
use crate::discover::{Discovered, discover, put_in_order};
use crate::error::{Error, Result};
use crate::mapping::Mapping;
use crate::progress::Progress;
use crate::reader::ReadOptions;
use crate::scorecard::absent_places;
use crate::vintage::{InUse, Known, read_log_of};

/// Loads what is new or changed. A file that can't be read as what it is holds its own delivery
/// back, which the report tells, and no other; what was in use at its place stays in use.
///
/// # Errors
/// A file that can't be read where only files that were named are loaded, a mapping that fits no
/// file, tables that can't be written, or another load that was faster; deliveries committed before
/// stay, and running again completes the rest.
pub async fn ingest(
    warehouse: &Warehouse,
    options: &IngestOptions,
    progress: &dyn Progress,
) -> Result<IngestReport> {
    let read = ReadOptions {
        mappings: options
            .mapping
            .iter()
            .map(|(source, target)| Mapping::new(source, target))
            .collect::<Result<_>>()?,
        keep_unknown: options.keep_unknown,
        loaded_at: options.loaded_at,
    };
    let mut found = if options.files.is_empty() {
        discover(&options.raw)?
    } else {
        Discovered {
            sources: options.files.clone(),
            unrecognised: Vec::new(),
        }
    };
    put_in_order(&mut found.sources)?;
    if found.sources.is_empty() {
        return Err(Error::NothingToLoad {
            path: options.raw.clone(),
        });
    }
    let (version, log) = read_log_of(warehouse).await?;
    if options.tidy && !options.dry_run {
        write::remove_orphans(warehouse, &log).await?;
    }
    let in_use = InUse::of(&log, Known::NOW);
    let mut planned = plan::plan(found.sources, &read, &log, &in_use)?;
    if !options.files.is_empty()
        && let Some(error) = planned.iter_mut().find_map(|file| file.refused.take())
    {
        return Err(error);
    }
    let mut load = Load::new(warehouse, options, read, (version, log), progress);
    let mut report = IngestReport {
        unrecognised: found.unrecognised,
        dry_run: options.dry_run,
        ..IngestReport::default()
    };
    let unit = |file: &plan::Planned| (file.source.kind.is_monthly(), file.source.snapshot_as_of);
    for group in planned.chunk_by(|a, b| unit(a) == unit(b)) {
        load.delivery(group, &mut report).await?;
    }
    Ok(report)
}

/// Months in a folder that are not in use since a file is missing that the month before
/// had: the month and what is missing of it. Only names are looked at.
///
/// # Errors
/// When the folder can't be read, or two files in it are the same thing.
pub fn waiting(raw: &Path, in_use: &InUse) -> Result<Vec<(NaiveDate, Vec<String>)>> {
    let found = discover(raw)?;
    let mut months: BTreeMap<NaiveDate, BTreeSet<_>> = BTreeMap::new();
    for source in found.sources {
        if let Some(month) = source.snapshot_as_of {
            let place = (source.kind, source.territory);
            months.entry(month).or_default().insert(place);
        }
    }
    let used = in_use.months(FileKind::Reps);
    let missing = months
        .into_iter()
        .filter(|(month, _)| !used.contains(month))
        .map(|(month, places)| (month, absent_places(&in_use.loads, month, &places)));
    Ok(missing.filter(|(_, absent)| !absent.is_empty()).collect())
}

/// Takes the deliveries of a month out of use: the ones before, if any, come back.
///
/// # Errors
/// When nothing of that month is in use, or the ledger can't be written.
pub async fn withdraw(
    warehouse: &Warehouse,
    month: NaiveDate,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<Vec<String>> {
    withdraw::withdraw(warehouse, month, reason, at).await
}

/// The scorecard of the newest delivery of each month that has one in use or in
/// quarantine, oldest first, from the figures that were taken when it was read; the last
/// one is that of the Salesforce files.
///
/// # Errors
/// When the tables can't be read.
pub async fn scorecards(session: &Session, known: Known) -> Result<Vec<crate::Scorecard>> {
    cards::scorecards(session, known).await
}
