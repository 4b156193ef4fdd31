//! One delivery: read whole, judged, and brought into use or held back.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt};
use leadrank_evidence::Promise;
use leadrank_warehouse::{SessionOptions, Warehouse};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::unbounded_channel;

use super::cards::read_profiles;
use super::options::IngestOptions;
use super::plan::Planned;
use super::report::{FileReport, FileStatus, HeldBack, IngestReport};
use super::stream::{self, Reading};
use super::write;
use crate::contract::FileKind;
use crate::error::{Error, Result};
use crate::progress::{Progress, ProgressEvent};
use crate::reader::{ReadOptions, ReadSummary};
use crate::rename;
use crate::scorecard::{Before, Judgement, Scorecard, absent_places};
use crate::vintage::{
    ColumnProfile, InUse, Known, LoadEntry, PARTIAL, PROFILES, REJECTS, Status, profiles_batch,
    profiles_schema, rejects_batch, rejects_schema, scoring, store_of,
};

/// Files of a delivery that are read and written side by side.
const AT_ONCE: usize = 2;

/// What the name of a delivery of Salesforce files begins with.
const SALESFORCE: &str = "salesforce";

/// A load under way.
pub(super) struct Load<'a> {
    warehouse: &'a Warehouse,
    options: &'a IngestOptions,
    read: ReadOptions,
    log: Vec<LoadEntry>,
    version: Option<u64>,
    profiles: BTreeMap<i64, Vec<ColumnProfile>>,
    progress: &'a dyn Progress,
}

impl<'a> Load<'a> {
    pub(super) fn new(
        warehouse: &'a Warehouse,
        options: &'a IngestOptions,
        read: ReadOptions,
        (version, log): (Option<u64>, Vec<LoadEntry>),
        progress: &'a dyn Progress,
    ) -> Load<'a> {
        Load {
            warehouse,
            options,
            read,
            log,
            version,
            profiles: BTreeMap::new(),
            progress,
        }
    }

    /// Loads the changed files of one delivery, or says why not.
    pub(super) async fn delivery(
        &mut self,
        group: &[Planned],
        report: &mut IngestReport,
    ) -> Result<()> {
        if group.iter().any(|file| file.refused.is_some()) {
            let errors = group.iter().filter_map(|file| file.refused.as_ref());
            self.refuse(group, &errors.collect::<Vec<_>>(), report);
            return Ok(());
        }
        self.release(group, report).await?;
        let changed: Vec<&Planned> = group.iter().filter(|file| file.loaded.is_none()).collect();
        let absent = self.absent(group);
        if !changed.is_empty() && !absent.is_empty() && !self.options.partial {
            self.hold(group, &absent, report);
            return Ok(());
        }
        let mut loaded = BTreeMap::new();
        if !changed.is_empty() {
            let pending = self.pending(group);
            let taken = match self.take(&changed, &pending, absent, report).await {
                Err(error) if error.broken_file().is_some() => {
                    self.refuse(group, &[&error], report);
                    return Ok(());
                }
                taken => taken?,
            };
            for (file, outcome) in changed.iter().zip(taken) {
                loaded.insert(file.source.name(), outcome);
            }
        }
        for file in group {
            let made = loaded.remove(&file.source.name());
            report.files.push(match (made, &file.loaded) {
                (Some(made), _) => made,
                (None, Some(line)) => self.unchanged(file, line),
                (None, None) => named(file, FileStatus::Held),
            });
        }
        self.repeat_quarantine(group, &changed, report);
        Ok(())
    }

    /// Loads of the group that are kept but not in use and whose files are unchanged: they
    /// are judged together with what is new, so that a month is in use as a whole.
    fn pending(&self, group: &[Planned]) -> Vec<LoadEntry> {
        let in_use = self.in_use();
        let lines = group.iter().filter_map(|file| file.loaded.as_ref());
        lines
            .filter(|line| match line.status {
                Status::Accepted => false,
                Status::Quarantined => true,
                // Taken out by a person: it stays out while something serves in its place.
                Status::Withdrawn => !in_use.loads.iter().any(|load| load.place() == line.place()),
            })
            .cloned()
            .collect()
    }

    /// Reads, judges and commits; gives a report for each file.
    async fn take(
        &mut self,
        changed: &[&Planned],
        pending: &[LoadEntry],
        absent: Vec<String>,
        report: &mut IngestReport,
    ) -> Result<Vec<FileReport>> {
        let delivery = self.next_delivery(changed[0]);
        let ids: Vec<i64> = changed
            .iter()
            .map(|file| self.new_id(&delivery, file))
            .collect();
        let readings = self.rows(changed, &ids).await?;
        let first = self.log.last().map_or(1, |line| line.entry + 1);
        let mut loads = Vec::with_capacity(changed.len());
        for (place, (file, (summary, profiles))) in changed.iter().zip(&readings).enumerate() {
            let mut line = self.line(file, summary, &delivery, ids[place]);
            line.entry = first + i64::try_from(place).unwrap_or(0);
            if !absent.is_empty() {
                line.reason = Some(format!("{PARTIAL}{}", absent.join(", ")));
            }
            loads.push((line, profiles.clone()));
        }
        let before = self.before(changed, pending).await?;
        let known: Vec<(LoadEntry, Vec<ColumnProfile>)> = pending
            .iter()
            .map(|line| {
                let profiles = self.profiles.get(&line.load_id).cloned();
                (line.clone(), profiles.unwrap_or_default())
            })
            .collect();
        let judged: Vec<_> = loads.iter().chain(&known).cloned().collect();
        let mut card = Scorecard::new(&judged, &before, absent);
        if !self.options.dry_run {
            rename::find(self.warehouse, &mut card).await?;
        }
        let (status, reason) = self.judge(&card, report);
        for (line, _) in &mut loads {
            line.status = status;
            line.reason = reason.clone().or(line.reason.take());
        }
        let reports = changed
            .iter()
            .zip(&readings)
            .map(|(file, (summary, _))| self.report(file, summary, &delivery, status))
            .collect();
        if self.options.dry_run {
            return Ok(reports);
        }
        let rejects = changed
            .iter()
            .zip(readings)
            .zip(ids)
            .map(|((file, (summary, _)), id)| (*file, summary, id));
        self.write_aside(rejects.collect(), &loads).await?;
        let (lines, profiles): (Vec<LoadEntry>, Vec<_>) = loads.into_iter().unzip();
        let mut all = lines.clone();
        if status == Status::Accepted {
            let next = first + i64::try_from(lines.len()).unwrap_or(0);
            all.extend(pending.iter().zip(next..).map(|(line, entry)| LoadEntry {
                entry,
                status,
                delivery: delivery.clone(),
                reason: Some(format!("released with {delivery}")),
                loaded_at: self.read.loaded_at,
                ..line.clone()
            }));
        }
        self.commit(all).await?;
        for (line, profiles) in lines.iter().zip(profiles) {
            self.profiles.insert(line.load_id, profiles);
        }
        Ok(reports)
    }

    /// What becomes of a delivery, and with which words.
    fn judge(&self, card: &Scorecard, report: &mut IngestReport) -> (Status, Option<String>) {
        match self.options.judge.judge(card) {
            Judgement::Accept(word) => (Status::Accepted, word),
            Judgement::Quarantine(reasons) => {
                let all = reasons.join("; ");
                if let Some(force) = &self.options.force {
                    report.forced.push(card.delivery.clone());
                    return (Status::Accepted, Some(format!("forced ({force}): {all}")));
                }
                report.held_back.push(HeldBack {
                    delivery: card.delivery.clone(),
                    quarantined: true,
                    reasons,
                    remedy: quarantine_remedy(card.snapshot_as_of),
                });
                (Status::Quarantined, Some(all))
            }
        }
    }

    /// With a reason given, files of this delivery that lie unchanged in quarantine come
    /// into use.
    async fn release(&mut self, group: &[Planned], report: &mut IngestReport) -> Result<()> {
        let Some(force) = self.options.force.clone().filter(|_| !self.options.dry_run) else {
            return Ok(());
        };
        let held = group.iter().filter_map(|file| file.loaded.as_ref());
        // What a person took out of use comes back only when it is named.
        let named = !self.options.files.is_empty();
        let held = held.filter(|line| match line.status {
            Status::Quarantined => true,
            Status::Withdrawn => named,
            Status::Accepted => false,
        });
        let first = self.log.last().map_or(1, |line| line.entry + 1);
        let lines: Vec<LoadEntry> = held
            .zip(first..)
            .map(|(line, entry)| LoadEntry {
                entry,
                status: Status::Accepted,
                reason: Some(match &line.reason {
                    Some(why) => format!("forced ({force}): {why}"),
                    None => format!("forced ({force})"),
                }),
                loaded_at: self.read.loaded_at,
                ..line.clone()
            })
            .collect();
        if lines.is_empty() {
            return Ok(());
        }
        let deliveries: BTreeSet<String> = lines.iter().map(|line| line.delivery.clone()).collect();
        report.forced.extend(deliveries);
        self.commit(lines).await
    }

    /// Says again what still lies in quarantine.
    fn repeat_quarantine(
        &self,
        group: &[Planned],
        changed: &[&Planned],
        report: &mut IngestReport,
    ) {
        if !changed.is_empty() || self.options.force.is_some() {
            return;
        }
        let held = group.iter().filter_map(|file| file.loaded.as_ref());
        let mut held = held.filter(|line| line.status == Status::Quarantined);
        if let Some(line) = held.next() {
            report.held_back.push(HeldBack {
                delivery: line.delivery.clone(),
                quarantined: true,
                reasons: line
                    .reason
                    .iter()
                    .flat_map(|all| all.split("; "))
                    .map(str::to_owned)
                    .collect(),
                remedy: quarantine_remedy(line.snapshot_as_of),
            });
        }
    }

    /// Places that the month before had and this delivery does not fill.
    fn absent(&self, group: &[Planned]) -> Vec<String> {
        let Some(month) = group[0].source.snapshot_as_of else {
            return Vec::new();
        };
        let delivered: BTreeSet<(FileKind, Option<String>)> = group
            .iter()
            .map(|file| (file.source.kind, file.source.territory.clone()))
            .collect();
        absent_places(&self.in_use().loads, month, &delivered)
    }

    /// Leaves a delivery alone of which a file can't be read as what it is.
    fn refuse(&self, group: &[Planned], errors: &[&Error], report: &mut IngestReport) {
        let broken: BTreeSet<String> = errors
            .iter()
            .filter_map(|error| error.broken_file())
            .collect();
        for file in group {
            report.files.push(match &file.loaded {
                _ if broken.contains(&file.source.name()) => named(file, FileStatus::Refused),
                Some(line) => self.unchanged(file, line),
                None => named(file, FileStatus::Held),
            });
        }
        report.held_back.push(HeldBack {
            delivery: group[0].source.snapshot_as_of.map_or_else(
                || SALESFORCE.to_owned(),
                |day| day.format("%Y-%m").to_string(),
            ),
            quarantined: false,
            reasons: errors.iter().map(|error| error.to_string()).collect(),
            remedy: "what was in use before stays in use; mend the file and load again".into(),
        });
    }

    fn hold(&self, group: &[Planned], absent: &[String], report: &mut IngestReport) {
        let month = group[0].source.snapshot_as_of;
        let month = month.map_or_else(String::new, |day| day.format("%Y-%m").to_string());
        for file in group {
            report.files.push(match &file.loaded {
                Some(line) => self.unchanged(file, line),
                None => named(file, FileStatus::Held),
            });
        }
        report.held_back.push(HeldBack {
            delivery: month,
            quarantined: false,
            reasons: vec![format!(
                "{} missing, which the month before had",
                match absent {
                    [one] => format!("{one} is"),
                    many => format!("{} are", many.join(", ")),
                }
            )],
            remedy: "put the missing files into the folder and load again, or load what is there with --partial".into(),
        });
    }

    /// Reads the files and writes their rows; nothing is written in a dry run.
    async fn rows(&self, files: &[&Planned], ids: &[i64]) -> Result<Vec<Reading>> {
        if !self.options.dry_run {
            let kinds: BTreeSet<FileKind> = files.iter().map(|file| file.source.kind).collect();
            for kind in kinds {
                write::make_store(self.warehouse, kind).await?;
            }
        }
        let (events, mut told) = unbounded_channel::<ProgressEvent>();
        let mut reading = Vec::with_capacity(files.len());
        for (file, id) in files.iter().zip(ids) {
            reading.push(self.file(file, *id, events.clone()));
        }
        drop(events);
        let work = futures::stream::iter(reading)
            .buffered(AT_ONCE)
            .try_collect();
        let mut work = pin!(work);
        let done: Result<Vec<Reading>> = loop {
            tokio::select! {
                biased;
                Some(event) = told.recv() => self.progress.report(&event),
                done = &mut work => break done,
            }
        };
        while let Ok(event) = told.try_recv() {
            self.progress.report(&event);
        }
        done
    }

    /// Reads one file, and writes its rows unless nothing is to be written.
    async fn file(
        &self,
        file: &Planned,
        id: i64,
        events: tokio::sync::mpsc::UnboundedSender<ProgressEvent>,
    ) -> Result<Reading> {
        let (mut rows, outcome) = stream::read(&file.source, &self.read, events);
        let written = if self.options.dry_run {
            let mut read = Ok(0);
            while let Some(batch) = rows.next().await {
                match batch {
                    Ok(batch) => read = read.map(|rows| rows + batch.num_rows() as u64),
                    Err(error) => {
                        read = Err(leadrank_warehouse::Error::from(error).into());
                        break;
                    }
                }
            }
            read
        } else {
            write::append_rows(self.warehouse, file.source.kind, id, rows).await
        };
        // What the reader says is nearer to the cause than what the writer made of it.
        match outcome.take() {
            Some(Err(error)) => Err(error),
            Some(Ok(reading)) => {
                let (read, written) = (reading.0.rows, written?);
                Promise::NoRowLost.hold(read == written, || {
                    format!(
                        "{}: {read} rows read, {written} written",
                        file.source.name()
                    )
                })?;
                Ok(reading)
            }
            None => {
                written?;
                Err(Error::Stopped {
                    file: file.source.name(),
                })
            }
        }
    }

    /// What is in use, with the figures of the kinds at hand.
    async fn before(&mut self, files: &[&Planned], pending: &[LoadEntry]) -> Result<Before> {
        let kinds: BTreeSet<FileKind> = files.iter().map(|file| file.source.kind).collect();
        let in_use = self.in_use();
        let wanted = |load: &&LoadEntry| kinds.contains(&load.kind);
        let loads: Vec<LoadEntry> = in_use.loads.iter().filter(wanted).cloned().collect();
        let wanted = || loads.iter().chain(pending);
        if wanted().any(|load| !self.profiles.contains_key(&load.load_id)) {
            let options = SessionOptions::at(NaiveDate::default());
            let session = self.warehouse.session(&options).await?;
            let store = store_of(&scoring(PROFILES)).to_string();
            let stored = read_profiles(&session, &store).await?;
            for load in wanted() {
                let found = stored.get(&load.load_id).cloned().unwrap_or_default();
                self.profiles.entry(load.load_id).or_insert(found);
            }
        }
        Ok(Before {
            loads,
            profiles: self.profiles.clone(),
        })
    }

    fn in_use(&self) -> InUse {
        InUse::of(&self.log, Known::NOW)
    }

    /// Rejected cells and figures, which nothing counts before the ledger has its lines.
    async fn write_aside(
        &self,
        files: Vec<(&Planned, ReadSummary, i64)>,
        loads: &[(LoadEntry, Vec<ColumnProfile>)],
    ) -> Result<()> {
        let figures: Vec<(i64, &[ColumnProfile])> = loads
            .iter()
            .map(|(line, profiles)| (line.load_id, profiles.as_slice()))
            .collect();
        let batch = profiles_batch(&figures)?;
        let rows = write::stream_of(profiles_schema(), std::iter::once(Ok(batch)));
        let table = store_of(&scoring(PROFILES));
        write::append(self.warehouse, &table, profiles_schema(), rows).await?;
        let table = store_of(&scoring(REJECTS));
        let any = files
            .iter()
            .any(|(_, summary, _)| summary.rejects.total > 0);
        if !any && self.warehouse.exists(&table).await? {
            return Ok(());
        }
        let loaded_at = self.read.loaded_at;
        let mut parts = Vec::with_capacity(files.len());
        for (file, summary, id) in files {
            let (source, sha256) = (file.source.clone(), summary.sha256);
            let batches = summary.rejects.into_batches()?;
            parts.push(batches.map(move |batch| {
                batch.and_then(|batch| rejects_batch(&batch, &source, &sha256, loaded_at, id))
            }));
        }
        let rows = write::stream_of(rejects_schema(), parts.into_iter().flatten());
        write::append(self.warehouse, &table, rejects_schema(), rows).await?;
        Ok(())
    }

    async fn commit(&mut self, lines: Vec<LoadEntry>) -> Result<()> {
        let version = write::commit(self.warehouse, self.version, &lines).await?;
        self.version = Some(version);
        self.log.extend(lines);
        Ok(())
    }

    /// The name of the next delivery of a file's month, or of Salesforce.
    fn next_delivery(&self, file: &Planned) -> String {
        let unit = match file.source.snapshot_as_of {
            Some(day) if chrono::Datelike::day(&day) == 1 => day.format("%Y_%m").to_string(),
            Some(day) => day.format("%Y_%m_%d").to_string(),
            None => SALESFORCE.to_owned(),
        };
        let start = format!("{unit}-r");
        let named = self.log.iter().map(|line| line.delivery.as_str());
        let before: BTreeSet<&str> = named.filter(|name| name.starts_with(&start)).collect();
        format!("{start}{}", before.len() + 1)
    }

    /// A number that no other load has, whichever process makes it.
    fn new_id(&self, delivery: &str, file: &Planned) -> i64 {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let text = format!(
            "{delivery} {} {} {} {}",
            file.source.name(),
            self.read.loaded_at.timestamp_micros(),
            std::process::id(),
            MADE.fetch_add(1, Ordering::Relaxed)
        );
        let digest = Sha256::digest(text.as_bytes());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest[..8]);
        // 52 bits: exact in every reader of JSON.
        i64::from_be_bytes(bytes) & 0x000f_ffff_ffff_ffff
    }

    fn line(
        &self,
        file: &Planned,
        summary: &ReadSummary,
        delivery: &str,
        load_id: i64,
    ) -> LoadEntry {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        LoadEntry {
            entry: 0,
            delivery: delivery.to_owned(),
            load_id,
            status: Status::Accepted,
            reason: None,
            file: file.source.name(),
            kind: file.source.kind,
            territory: file.source.territory.clone(),
            snapshot_as_of: file.source.snapshot_as_of,
            loaded_at: self.read.loaded_at,
            sha256: summary.sha256.clone(),
            bytes: number(summary.bytes),
            rows: number(summary.rows),
            rows_left_out: number(summary.rows_left_out),
            rejected_cells: number(summary.rejects.total),
            missing_columns: file.missing.clone(),
            unknown_columns: file.unknown.clone(),
            header: file.header.clone(),
            contract_version: file.contract_version.clone(),
        }
    }

    fn report(
        &self,
        file: &Planned,
        summary: &ReadSummary,
        delivery: &str,
        status: Status,
    ) -> FileReport {
        let status = match status {
            _ if self.options.dry_run => FileStatus::ReadOnly,
            Status::Quarantined => FileStatus::Quarantined,
            _ => FileStatus::Loaded,
        };
        FileReport {
            delivery: delivery.to_owned(),
            read: true,
            rows: summary.rows,
            rows_left_out: summary.rows_left_out,
            bytes: summary.bytes,
            sha256: summary.sha256.clone(),
            rejected_cells: summary.rejects.total,
            rejected: summary.rejects.by_column.clone(),
            ..named(file, status)
        }
    }

    fn unchanged(&self, file: &Planned, line: &LoadEntry) -> FileReport {
        let number = |value: i64| u64::try_from(value).unwrap_or_default();
        // The line may have got a successor in this very run.
        let newest = self
            .log
            .iter()
            .rev()
            .find(|other| other.load_id == line.load_id);
        let status = match newest.unwrap_or(line).status {
            Status::Accepted => FileStatus::Unchanged,
            Status::Quarantined => FileStatus::Quarantined,
            Status::Withdrawn => FileStatus::Withdrawn,
        };
        FileReport {
            delivery: line.delivery.clone(),
            rows: number(line.rows),
            rows_left_out: number(line.rows_left_out),
            bytes: number(line.bytes),
            sha256: line.sha256.clone(),
            rejected_cells: number(line.rejected_cells),
            ..named(file, status)
        }
    }
}

fn quarantine_remedy(month: Option<NaiveDate>) -> String {
    let check = match month {
        Some(day) => format!(
            "`leadrank check quality --month {}` shows why",
            day.format("%Y_%m")
        ),
        None => "`leadrank check quality` shows why".into(),
    };
    format!(
        "what was in use before stays in use; {check}; a mended file is loaded as a new revision, and --force REASON uses this one all the same"
    )
}

/// What a report says of a file before it is read.
fn named(file: &Planned, status: FileStatus) -> FileReport {
    FileReport {
        file: file.source.name(),
        kind: file.source.kind,
        territory: file.source.territory.clone(),
        snapshot_as_of: file.source.snapshot_as_of,
        delivery: String::new(),
        status,
        read: false,
        rows: 0,
        rows_left_out: 0,
        bytes: 0,
        sha256: String::new(),
        rejected_cells: 0,
        rejected: BTreeMap::new(),
        missing_columns: file.missing.clone(),
        unknown_columns: file.unknown.clone(),
        left_out_columns: file.left_out.clone(),
    }
}
