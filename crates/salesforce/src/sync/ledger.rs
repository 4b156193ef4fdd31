//! What was planned, what was sent and what became of it, on disk before anything depends on it.
//!
//! ```text
//! <org>/lock                     one sync at a time
//! <org>/confirmed.jsonl          key of each record's last values that are surely in the org
//! <org>/<run>/plan.json          what the run is
//!             rows.jsonl         each row with its values before and after
//!             events.jsonl       what is about to be sent, before it is
//!             results.jsonl      what became of rows, as it becomes known
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::confirmed::Confirmed;
use super::outcome::{Counts, Outcome, Outcomes};
use super::plan::Planned;
use crate::error::{Error, Result};

/// Version of the files.
const VERSION: u32 = 1;
const EVENTS: &str = "events.jsonl";
const RESULTS: &str = "results.jsonl";

/// What kind of run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Values are brought up to date.
    Sync,
    /// What a run wrote is taken back.
    Undo {
        /// That run.
        of: String,
    },
    /// Files are written for somebody else to load.
    Files,
}

/// What a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Version of the files.
    #[serde(default)]
    pub version: u32,
    /// Its name: the folder.
    pub run: String,
    /// What kind of run.
    pub kind: RunKind,
    /// The org's id; empty where it is not known.
    pub org_id: String,
    /// The object.
    pub object: String,
    /// The field that takes the rows' keys.
    pub key_field: String,
    /// The day of the values.
    pub day: NaiveDate,
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// Rows planned.
    pub rows: u64,
    /// What else the caller wants kept, such as the model.
    pub notes: BTreeMap<String, String>,
}

/// What is written down before and after each call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// Rows from..until are about to be sent in one request.
    Sending { from: usize, until: usize },
    /// A job is about to be made for rows from..until.
    JobWanted { from: usize, until: usize },
    /// It was made.
    JobMade {
        job: String,
        from: usize,
        until: usize,
    },
    /// Its rows are about to be sent.
    JobSending { job: String },
    /// It is about to be closed.
    JobClosing { job: String },
    /// Its results are in.
    JobDone { job: String },
    /// A job was given up.
    JobGivenUp { job: String },
    /// The run stopped before its end.
    Stopped { why: String },
    /// All rows are accounted for.
    Finished { counts: Counts },
}

#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    #[serde(flatten)]
    outcome: Said,
}

#[derive(Serialize, Deserialize)]
struct Said {
    outcome: Outcome,
}

/// A run at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// What it is.
    pub meta: Meta,
    /// What became of its rows so far.
    pub counts: Counts,
    /// Whether it came to its end.
    pub is_finished: bool,
    /// Why it stopped, if it did.
    pub stopped: Option<String>,
}

/// The ledger of one org, held by this process alone.
#[derive(Debug)]
pub struct Ledger {
    root: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl Ledger {
    /// Takes hold of an org's ledger below `folder`.
    ///
    /// # Errors
    /// When another process holds it, or the folder can't be written.
    pub fn hold(folder: &Path, org: &str) -> Result<Self> {
        let root = folder.join(org);
        fs::create_dir_all(&root).map_err(|error| Error::ledger(&root, error))?;
        let path = root.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let lock = lock.map_err(|error| Error::ledger(&path, error))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => Error::ledger(
                &path,
                "another sync of this org is running; wait for its end",
            ),
            fs::TryLockError::Error(error) => Error::ledger(&path, error),
        })?;
        Ok(Ledger { root, _lock: lock })
    }

    /// Writes a plan down, whole or not at all. An unused name is made from `meta.run`.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn begin(&self, mut meta: Meta, rows: &[Planned]) -> Result<Run> {
        let base = meta.run.clone();
        let names = std::iter::once(base.clone()).chain((2..).map(|n| format!("{base}-{n}")));
        let (name, folder) = names
            .map(|name| (name.clone(), self.root.join(name)))
            .find(|(_, folder)| fs::metadata(folder).is_err())
            .unwrap_or_else(|| (base.clone(), self.root.join(&base)));
        meta.run = name;
        meta.version = VERSION;
        meta.rows = rows.len() as u64;
        let begun = self.root.join(format!(".{}.begun", meta.run));
        let at = |error: std::io::Error| Error::ledger(&begun, error);
        if fs::metadata(&begun).is_ok() {
            fs::remove_dir_all(&begun).map_err(at)?;
        }
        fs::create_dir(&begun).map_err(at)?;
        write_lines(&begun.join("rows.jsonl"), rows)?;
        write_lines(&begun.join("plan.json"), &[&meta])?;
        fs::rename(&begun, &folder).map_err(at)?;
        keep(&self.root)?;
        Run::mended(folder, meta)
    }

    /// Opens a run again.
    ///
    /// # Errors
    /// When there is none of this name, or its plan can't be read.
    pub fn run(&self, name: &str) -> Result<Run> {
        let folder = self.root.join(name);
        let known = runs_in(&self.root)?;
        let Some(meta) = known.into_iter().find(|meta| meta.run == name) else {
            return Err(Error::ledger(
                folder,
                "there is no such run; `leadrank sync --list` shows all",
            ));
        };
        Run::mended(folder, meta)
    }

    /// All runs, oldest first, with what became of them.
    ///
    /// # Errors
    /// When a file can't be read.
    pub fn runs(&self) -> Result<Vec<RunState>> {
        runs(&self.root)
    }

    /// The runs of an org below `folder`, without holding its ledger.
    ///
    /// # Errors
    /// When a file can't be read.
    pub fn look(folder: &Path, org: &str) -> Result<Vec<RunState>> {
        runs(&folder.join(org))
    }

    /// The values that are surely in the org. Where the file is not there or damaged, it is made
    /// again from the runs.
    ///
    /// # Errors
    /// When the runs can't be read either.
    pub fn confirmed(&self) -> Result<Confirmed> {
        let path = self.root.join("confirmed.jsonl");
        match Confirmed::read(&path) {
            Some(confirmed) => Ok(confirmed),
            None => self.confirmed_by_runs(),
        }
    }

    fn confirmed_by_runs(&self) -> Result<Confirmed> {
        let mut confirmed = Confirmed::default();
        for meta in runs_in(&self.root)? {
            let folder = self.root.join(&meta.run);
            let run = Run { folder, meta };
            let outcomes = run.outcomes()?;
            for row in run.rows()? {
                if outcomes.of(&row.id) == Some(&Outcome::Written) {
                    confirmed.note(&row, run.meta.day);
                }
            }
        }
        Ok(confirmed)
    }

    /// Keeps what is surely in the org.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn confirm(&self, confirmed: &Confirmed) -> Result<()> {
        let path = self.root.join("confirmed.jsonl");
        let fresh = self.root.join(".confirmed.jsonl");
        write_lines(&fresh, &confirmed.lines())?;
        fs::rename(&fresh, &path).map_err(|error| Error::ledger(&path, error))?;
        keep(&self.root)
    }
}

/// One run's folder.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    /// What the run is.
    pub meta: Meta,
}

impl Run {
    /// A run that is added to: lines that a crash cut off are taken away first.
    fn mended(folder: PathBuf, meta: Meta) -> Result<Self> {
        for name in [EVENTS, RESULTS] {
            cut_to_whole_lines(&folder.join(name))?;
        }
        Ok(Run { folder, meta })
    }

    /// Where the run's files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The planned rows, in their order.
    ///
    /// # Errors
    /// When they can't be read, or some are missing.
    pub fn rows(&self) -> Result<Vec<Planned>> {
        let path = self.folder.join("rows.jsonl");
        let rows: Vec<Planned> = read_lines(&path)?;
        if rows.len() as u64 != self.meta.rows {
            let problem = format!(
                "it has {} rows, {} were planned",
                rows.len(),
                self.meta.rows
            );
            return Err(Error::ledger(path, problem));
        }
        Ok(rows)
    }

    /// What is known of rows.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn outcomes(&self) -> Result<Outcomes> {
        let mut outcomes = Outcomes::default();
        let lines: Vec<Line> = read_lines(&self.folder.join(RESULTS))?;
        for line in lines {
            outcomes.note(&line.id, line.outcome.outcome);
        }
        Ok(outcomes)
    }

    pub(crate) fn events(&self) -> Result<Vec<Event>> {
        read_lines(&self.folder.join(EVENTS))
    }

    /// Writes down what is about to happen or has happened, before going on.
    pub(crate) fn event(&mut self, event: &Event) -> Result<()> {
        append(&self.folder.join(EVENTS), std::slice::from_ref(event))
    }

    /// Writes down what became of rows.
    pub(crate) fn results(&mut self, results: &[(String, Outcome)]) -> Result<()> {
        let lines: Vec<Line> = results
            .iter()
            .map(|(id, outcome)| Line {
                id: id.clone(),
                outcome: Said {
                    outcome: outcome.clone(),
                },
            })
            .collect();
        append(&self.folder.join(RESULTS), &lines)
    }

    /// The run at a glance.
    ///
    /// # Errors
    /// When its files can't be read.
    pub fn state(&self) -> Result<RunState> {
        let events = self.events()?;
        let outcomes = self.outcomes()?;
        let ids: Vec<String> = self.rows()?.into_iter().map(|row| row.id).collect();
        let stopped = events.iter().rev().find_map(|event| match event {
            Event::Stopped { why } => Some(why.clone()),
            _ => None,
        });
        let is_finished = events
            .iter()
            .any(|event| matches!(event, Event::Finished { .. }));
        Ok(RunState {
            meta: self.meta.clone(),
            counts: outcomes.reconcile(ids.iter().map(String::as_str))?,
            is_finished,
            stopped: stopped.filter(|_| !is_finished),
        })
    }
}

fn runs(root: &Path) -> Result<Vec<RunState>> {
    let metas = runs_in(root)?.into_iter();
    let runs = metas.map(|meta| Run {
        folder: root.join(&meta.run),
        meta,
    });
    runs.map(|run| run.state()).collect()
}

/// The runs of an org, oldest first.
fn runs_in(root: &Path) -> Result<Vec<Meta>> {
    let Ok(entries) = fs::read_dir(root) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Error::ledger(root, error))?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if hidden || !path.is_dir() {
            continue;
        }
        let plan = path.join("plan.json");
        let meta: Vec<Meta> = read_lines(&plan)?;
        let meta = meta.into_iter().next();
        let meta = meta.ok_or_else(|| Error::ledger(&plan, "it is empty"))?;
        if meta.version > VERSION {
            let problem = format!(
                "it is of version {}, newer than this program knows",
                meta.version
            );
            return Err(Error::ledger(plan, problem));
        }
        found.push(meta);
    }
    found.sort_by(|a, b| (a.begun_at, &a.run).cmp(&(b.begun_at, &b.run)));
    Ok(found)
}

fn write_lines<T: Serialize>(path: &Path, lines: &[T]) -> Result<()> {
    let at = |error: std::io::Error| Error::ledger(path, error);
    let mut writer = BufWriter::new(File::create(path).map_err(at)?);
    for line in lines {
        serde_json::to_writer(&mut writer, line).map_err(|error| Error::ledger(path, error))?;
        writer.write_all(b"\n").map_err(at)?;
    }
    let file = writer
        .into_inner()
        .map_err(|error| Error::ledger(path, error))?;
    file.sync_all().map_err(at)
}

/// Adds lines and waits until they are on disk.
fn append<T: Serialize>(path: &Path, lines: &[T]) -> Result<()> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).map_err(|error| Error::ledger(path, error))?;
        text.push(b'\n');
    }
    let file = OpenOptions::new().create(true).append(true).open(path);
    let written = file.and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_data()));
    written.map_err(|error| Error::ledger(path, error))
}

/// Reads lines of JSON. A last line that a crash cut off does not count.
fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let Ok(file) = File::open(path) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let mut reader = BufReader::new(file);
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        let read = reader
            .read_line(&mut line)
            .map_err(|error| Error::ledger(path, error))?;
        if read == 0 || !line.ends_with('\n') {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(&line) {
            Ok(value) => found.push(value),
            Err(error) => return Err(Error::ledger(path, format!("line {number}: {error}"))),
        }
    }
    Ok(found)
}

/// Takes away a last line that a crash cut off, so that what is added does not run into it.
fn cut_to_whole_lines(path: &Path) -> Result<()> {
    let Ok(bytes) = fs::read(path) else {
        return Ok(());
    };
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |last| last + 1);
    if whole == bytes.len() {
        return Ok(());
    }
    let file = OpenOptions::new().write(true).open(path);
    let cut = file.and_then(|file| file.set_len(whole as u64));
    cut.map_err(|error| Error::ledger(path, error))
}

/// Makes a rename last.
fn keep(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| Error::ledger(folder, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> Meta {
        Meta {
            version: 0,
            run: "20251231T080000Z".into(),
            kind: RunKind::Sync,
            org_id: "00D".into(),
            object: "Lead".into(),
            key_field: "Score_Key__c".into(),
            day: NaiveDate::default(),
            begun_at: DateTime::UNIX_EPOCH,
            rows: 0,
            notes: BTreeMap::new(),
        }
    }

    fn planned(id: &str) -> Planned {
        Planned {
            id: id.into(),
            key: Some(format!("key of {id}")),
            before: BTreeMap::new(),
            after: BTreeMap::new(),
        }
    }

    #[test]
    fn a_run_is_there_with_all_it_was_told() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::hold(folder.path(), "box").unwrap();
        let mut run = ledger.begin(meta(), &[planned("a"), planned("b")]).unwrap();
        run.event(&Event::Sending { from: 0, until: 2 }).unwrap();
        run.results(&[("a".into(), Outcome::Written)]).unwrap();
        drop(run);
        let run = ledger.run("20251231T080000Z").unwrap();
        assert_eq!(run.rows().unwrap().len(), 2);
        assert_eq!(
            run.events().unwrap(),
            [Event::Sending { from: 0, until: 2 }]
        );
        let state = run.state().unwrap();
        assert_eq!((state.counts.written, state.counts.unprocessed), (1, 1));
        assert!(!state.is_finished);
        // A second run of the same name gets another.
        assert_eq!(
            ledger.begin(meta(), &[]).unwrap().meta.run,
            "20251231T080000Z-2"
        );
        assert!(ledger.run("other").is_err());
    }

    #[test]
    fn a_line_that_a_crash_cut_off_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::hold(folder.path(), "box").unwrap();
        let mut run = ledger.begin(meta(), &[planned("a"), planned("b")]).unwrap();
        run.results(&[("a".into(), Outcome::Written)]).unwrap();
        let path = run.folder().join("results.jsonl");
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"id\":\"b\",\"outc").unwrap();
        drop(run);
        let mut run = ledger.run("20251231T080000Z").unwrap();
        assert_eq!(run.state().unwrap().counts.written, 1);
        run.results(&[("b".into(), Outcome::Written)]).unwrap();
        assert_eq!(run.state().unwrap().counts.written, 2);
    }

    #[test]
    fn one_sync_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::hold(folder.path(), "box").unwrap();
        let message = Ledger::hold(folder.path(), "box").unwrap_err().to_string();
        assert!(message.contains("another sync"), "{message}");
        drop(ledger);
        Ledger::hold(folder.path(), "box").unwrap();
    }

    #[test]
    fn what_is_in_the_org_is_found_again_from_the_runs() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::hold(folder.path(), "box").unwrap();
        let mut run = ledger.begin(meta(), &[planned("a"), planned("b")]).unwrap();
        run.results(&[("a".into(), Outcome::Written)]).unwrap();
        let found = ledger.confirmed().unwrap();
        assert_eq!(found.key("a"), Some("key of a"));
        assert_eq!(found.key("b"), None);
        ledger.confirm(&found).unwrap();
        assert_eq!(ledger.confirmed().unwrap(), found);
    }
}
