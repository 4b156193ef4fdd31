//! Stage 1: raw files → typed tables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_evidence::{Gate, Verdict};
use leadrank_sources::discover::explicit;
use leadrank_sources::{
    Diff, FileKind, FileStatus, HeldBack, IngestOptions, IngestReport, ProgressEvent, ingest,
};

use crate::bundle::to_json;
use crate::error::{Error, Result};
use crate::gates;
use crate::ledger;
use crate::progress::{Progress, Sink};
use crate::project::{Project, write_atomically};

/// What to read.
#[derive(Debug, Clone)]
pub struct Request {
    /// One file instead of the raw folder.
    pub file: Option<PathBuf>,
    /// What that file is, with its territory where it has one.
    pub kind: Option<(FileKind, Option<&'static str>)>,
    /// Month of its facts, `YYYY_MM`.
    pub month: Option<String>,
    /// Columns read under another name, `SOURCE=TARGET[*FACTOR]`.
    pub mapping: Vec<String>,
    /// Read and report only.
    pub dry_run: bool,
    /// Load a month even if a file that the month before had is missing.
    pub partial: bool,
    /// When this was learned: stamped on every row.
    pub loaded_at: DateTime<Utc>,
}

impl Request {
    /// The whole raw folder.
    pub fn raw_folder(loaded_at: DateTime<Utc>) -> Self {
        Request {
            file: None,
            kind: None,
            month: None,
            mapping: Vec::new(),
            dry_run: false,
            partial: false,
            loaded_at,
        }
    }
}

/// Reads what changed since the last time.
///
/// # Errors
/// A file that can't be read as what it is; nothing of its month is then loaded.
pub async fn run(
    project: &Project,
    request: &Request,
    progress: &Sink<'_>,
) -> Result<IngestReport> {
    progress(Progress::Stage("reading the raw files".into()));
    let warehouse = project.warehouse().await?;
    let mut options = IngestOptions::folder(project.raw(), request.loaded_at);
    options.keep_unknown = project.config().sources.keep_unknown_columns;
    options.dry_run = request.dry_run;
    options.partial = request.partial;
    options.force = project.force.clone();
    let verdicts: Arc<Mutex<BTreeMap<String, Gate>>> = Arc::default();
    let told = Arc::clone(&verdicts);
    options.judge = crate::checks::quality::judge(&project.config().gates, move |gates| {
        keep_worst(&mut lock(&told), gates);
    });
    // With the project locked, rows that the ledger does not know are nobody's.
    options.tidy = project.is_locked();
    let mappings = project.config().sources.map.iter().chain(&request.mapping);
    options.mapping = mappings.map(|text| pair(text)).collect::<Result<_>>()?;
    if let (Some(file), Some((kind, territory))) = (&request.file, request.kind) {
        let month = request.month.as_ref().map(|month| month.replace('_', "-"));
        options.files = vec![explicit(file, kind, territory, month.as_deref())?];
    }
    let done = Mutex::new(BTreeMap::new());
    let report = ingest(&warehouse, &options, &|event: &ProgressEvent| {
        // Files may be read side by side: the bar shows their sum.
        let mut files = lock(&done);
        files.insert(event.file.clone(), (event.bytes_done, event.bytes_total));
        let sum = files
            .values()
            .fold((0, 0), |(a, b), (done, total)| (a + done, b + total));
        progress(Progress::Step {
            what: event.file.clone(),
            done: sum.0,
            total: sum.1,
        });
    })
    .await?;
    for file in &report.unrecognised {
        progress(Progress::Warning(format!(
            "{} was passed over: {}",
            file.file, file.why
        )));
    }
    for held in &report.held_back {
        let what = if held.quarantined {
            "is in quarantine"
        } else {
            "was not loaded"
        };
        progress(Progress::Warning(format!(
            "{} {what}: {}; {}",
            held.delivery,
            held.reasons.join("; "),
            held.remedy
        )));
    }
    if !request.dry_run {
        let mut gates: Vec<Gate> = lock(&verdicts).values().cloned().collect();
        if gates.is_empty() && !report.forced.is_empty() {
            // What lay in quarantine comes in as it was judged when it was read.
            let failed = gates::recorded(project)?.into_values();
            let failed =
                failed.filter(|one| one.by == "ingest" && one.gate.verdict == Verdict::Fail);
            gates.extend(failed.map(|one| one.gate));
        }
        gates::record(project, request.loaded_at, "ingest", &mut gates)?;
        let held = to_json(HELD, &report.held_back)?;
        write_atomically(&project.records().join(HELD), &held)?;
    }
    if let Some(reason) = project.force.as_ref().filter(|_| !request.dry_run) {
        for delivery in &report.forced {
            let entry = ledger::Entry {
                at: request.loaded_at,
                stage: "force".into(),
                fingerprint: String::new(),
                outcome: format!("ingest: delivery {delivery} in use by force: {reason}"),
            };
            ledger::append_entry(project, &entry)?;
        }
    }
    if !request.dry_run && report.files_read() > 0 {
        let outcome = format!(
            "{} files, {} rows, {} cells rejected",
            report.files_read(),
            report.rows(),
            report.rejected_cells()
        );
        let hashes: Vec<&str> = report
            .files
            .iter()
            .map(|file| file.sha256.as_str())
            .collect();
        let fingerprint = ledger::sha256(hashes.join("\n").as_bytes());
        ledger::finished(project, request.loaded_at, "ingest", &fingerprint, outcome)?;
    }
    Ok(report)
}

/// What the last load held back, as [`held_back`] reads it.
const HELD: &str = "held_back.json";

/// Deliveries of the raw folder that the last load held back, and why.
///
/// # Errors
/// When the record can't be read.
pub fn held_back(project: &Project) -> Result<Vec<HeldBack>> {
    let file = project.records().join(HELD);
    match std::fs::read(&file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|source| Error::Json {
            what: file.display().to_string(),
            source,
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::io("read", &file)(error)),
    }
}

/// Keeps the worst verdict of each gate over the deliveries of a load.
fn keep_worst(kept: &mut BTreeMap<String, Gate>, gates: &[Gate]) {
    for gate in gates {
        match kept.get(&gate.id) {
            Some(known) if known.verdict.weight() <= gate.verdict.weight() => {}
            _ => {
                kept.insert(gate.id.clone(), gate.clone());
            }
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What changed between two deliveries of the vendor: of two months, or of the newest two
/// revisions of one.
///
/// # Errors
/// When there are no such deliveries, or a table can't be read.
pub async fn diff(
    project: &Project,
    months: (NaiveDate, Option<NaiveDate>),
    threads: usize,
) -> Result<Diff> {
    let warehouse = project.warehouse().await?;
    let data = super::open_at(&warehouse, NaiveDate::default(), threads, project.known).await?;
    Ok(leadrank_sources::diff(&data.session, months, project.known).await?)
}

/// What changed in each month that this load delivered again.
///
/// # Errors
/// When a table can't be read.
pub async fn revised(
    project: &Project,
    report: &IngestReport,
    threads: usize,
) -> Result<Vec<Diff>> {
    let again = report.files.iter().filter(|file| {
        let is_first = file.delivery.ends_with("-r1");
        file.kind == FileKind::Reps && file.status == FileStatus::Loaded && !is_first
    });
    let months: BTreeSet<NaiveDate> = again.filter_map(|file| file.snapshot_as_of).collect();
    let mut found = Vec::new();
    for month in months {
        match diff(project, (month, None), threads).await {
            Ok(diff) => found.push(diff),
            // Other territories of a month that was not whole before are no revision.
            Err(Error::Sources(leadrank_sources::Error::NoRevision { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Takes the newest delivery of a vendor month out of use; gives the names of its files.
///
/// # Errors
/// When nothing of that month is in use, or the ledgers can't be written.
pub async fn withdraw(
    project: &Project,
    month: NaiveDate,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<Vec<String>> {
    let warehouse = project.warehouse().await?;
    let files = leadrank_sources::withdraw(&warehouse, month, reason, at).await?;
    let outcome = format!("{} taken out of use: {reason}", files.join(", "));
    ledger::finished(
        project,
        at,
        "ingest",
        &ledger::sha256(outcome.as_bytes()),
        outcome,
    )?;
    Ok(files)
}

fn pair(text: &str) -> Result<(String, String)> {
    let (source, target) = text.split_once('=').ok_or_else(|| {
        Error::Data(format!(
            "the mapping `{text}` has no `=`; write SOURCE=TARGET, or SOURCE=TARGET*FACTOR where the units differ"
        ))
    })?;
    Ok((source.trim().to_string(), target.trim().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_verdict_of_a_load_is_kept() {
        use leadrank_evidence::Unit;
        let gate = |verdict| Gate {
            id: "quality.rows".into(),
            rule: String::new(),
            value: None,
            unit: Unit::Count,
            verdict,
            action: String::new(),
            brief: None,
            forced: None,
        };
        let mut kept = BTreeMap::new();
        // A first month, of which nothing can be said, does not hide what the next came to.
        for verdict in [Verdict::NotEnoughData, Verdict::Pass] {
            keep_worst(&mut kept, &[gate(verdict)]);
        }
        assert_eq!(kept["quality.rows"].verdict, Verdict::Pass);
        for verdict in [Verdict::Fail, Verdict::Warn] {
            keep_worst(&mut kept, &[gate(verdict)]);
        }
        assert_eq!(kept["quality.rows"].verdict, Verdict::Fail);
    }

    #[test]
    fn a_mapping_needs_two_sides() {
        assert_eq!(pair("a = B*1e-6").unwrap(), ("a".into(), "B*1e-6".into()));
        assert!(pair("a").unwrap_err().to_string().contains("SOURCE=TARGET"));
    }
}
