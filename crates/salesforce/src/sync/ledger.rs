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
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::confirmed::Confirmed;
use super::event::{Event, last_end};
use super::lines::{append, cut_to_whole_lines, keep, read_lines, write_lines};
use super::outcome::{Counts, Outcome, Outcomes};
use super::plan::Planned;
use crate::error::{Error, Result};
use crate::settings::check_name;

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
    /// When the name is none, another process holds it, or the folder can't be written.
    pub fn hold(folder: &Path, org: &str) -> Result<Self> {
        check_name(org)?;
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
        // There from the beginning: a new file's name may be lost although its bytes are kept.
        write_lines::<Event>(&begun.join(EVENTS), &[])?;
        write_lines::<Line>(&begun.join(RESULTS), &[])?;
        keep(&begun)?;
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
    /// When the name is none, or a file can't be read.
    pub fn look(folder: &Path, org: &str) -> Result<Vec<RunState>> {
        check_name(org)?;
        runs(&folder.join(org))
    }

    /// The values that are surely in the org. Where the file is not there or damaged, it is made
    /// again from the runs. Rows of a run that is not at its end are not sure.
    ///
    /// # Errors
    /// When the runs can't be read either.
    pub fn confirmed(&self) -> Result<Confirmed> {
        let path = self.root.join("confirmed.jsonl");
        let mut confirmed = match Confirmed::read(&path) {
            Some(confirmed) => confirmed,
            None => self.confirmed_by_runs()?,
        };
        for run in all_runs(&self.root)? {
            if last_end(&run.events()?).is_none() {
                for row in run.rows()? {
                    confirmed.forget(&row.id);
                }
            }
        }
        Ok(confirmed)
    }

    fn confirmed_by_runs(&self) -> Result<Confirmed> {
        let mut confirmed = Confirmed::default();
        for run in all_runs(&self.root)? {
            let outcomes = run.outcomes()?;
            for row in run.rows()? {
                match outcomes.of(&row.id) {
                    Some(Outcome::Written) => confirmed.note(&row, run.meta.day),
                    _ => confirmed.forget(&row.id),
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

    /// The latest day of data on which rows may have been written: that of the values, or a later
    /// one on which the run was gone on with.
    ///
    /// # Errors
    /// When the events can't be read.
    pub fn last_day(&self) -> Result<NaiveDate> {
        let events = self.events()?.into_iter();
        let resumed = events.filter_map(|event| match event {
            Event::Resumed { on } => Some(on),
            _ => None,
        });
        Ok(resumed.fold(self.meta.day, NaiveDate::max))
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
        // A list of many runs does not read the rows of those that are at their end.
        if let Some(counts) = last_end(&events) {
            return Ok(RunState {
                meta: self.meta.clone(),
                counts,
                is_finished: true,
                stopped: None,
            });
        }
        let ids: Vec<String> = self.rows()?.into_iter().map(|row| row.id).collect();
        let counts = self.outcomes()?.reconcile(ids.iter().map(String::as_str))?;
        let stopped = events.into_iter().rev().find_map(|event| match event {
            Event::Stopped { why } => Some(why),
            _ => None,
        });
        Ok(RunState {
            meta: self.meta.clone(),
            counts,
            is_finished: false,
            stopped,
        })
    }
}

/// The runs of an org to look at, oldest first.
fn all_runs(root: &Path) -> Result<Vec<Run>> {
    let metas = runs_in(root)?.into_iter();
    let runs = metas.map(|meta| Run {
        folder: root.join(&meta.run),
        meta,
    });
    Ok(runs.collect())
}

fn runs(root: &Path) -> Result<Vec<RunState>> {
    all_runs(root)?.iter().map(Run::state).collect()
}

/// What the runs of an org are, oldest first.
fn runs_in(root: &Path) -> Result<Vec<Meta>> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::ledger(root, error)),
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

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
    fn the_last_day_is_that_of_the_latest_resumption() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::hold(folder.path(), "box").unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let begun = Meta {
            day: day("2025-12-31"),
            ..meta()
        };
        let mut run = ledger.begin(begun, &[planned("a")]).unwrap();
        // As ledgers were before resumptions were written down.
        run.event(&Event::Sending { from: 0, until: 1 }).unwrap();
        assert_eq!(run.last_day().unwrap(), day("2025-12-31"));
        for (on, last) in [
            ("2025-12-30", "2025-12-31"),
            ("2026-01-03", "2026-01-03"),
            ("2026-01-02", "2026-01-03"),
        ] {
            run.event(&Event::Resumed { on: day(on) }).unwrap();
            assert_eq!(run.last_day().unwrap(), day(last));
        }
        let name = run.meta.run.clone();
        assert_eq!(
            ledger.run(&name).unwrap().last_day().unwrap(),
            day("2026-01-03")
        );
    }

    #[test]
    fn a_line_that_a_crash_cut_off_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::hold(folder.path(), "box").unwrap();
        let mut run = ledger.begin(meta(), &[planned("a"), planned("b")]).unwrap();
        run.results(&[("a".into(), Outcome::Written)]).unwrap();
        let path = run.folder().join("results.jsonl");
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        // Cut within a letter of two bytes.
        file.write_all(b"{\"id\":\"b\",\"outc\xc3").unwrap();
        drop(run);
        assert_eq!(ledger.runs().unwrap()[0].counts.written, 1);
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
        assert!(Ledger::hold(folder.path(), "../box").is_err());
    }

    /// A run of two rows that came to its end with `outcome` for the second.
    fn ended(ledger: &Ledger, key: &str, outcome: Option<Outcome>) {
        let rows = ["a", "b"].map(|id| Planned {
            key: Some(key.into()),
            ..planned(id)
        });
        let mut run = ledger.begin(meta(), &rows).unwrap();
        run.results(&[("a".into(), Outcome::Written)]).unwrap();
        if let Some(outcome) = outcome {
            run.results(&[("b".into(), outcome)]).unwrap();
        }
        let outcomes = run.outcomes().unwrap();
        super::super::execute::finish(ledger, &mut run, &rows, &outcomes).unwrap();
    }

    #[test]
    fn what_is_in_the_org_is_found_again_from_the_runs() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::hold(folder.path(), "box").unwrap();
        ended(&ledger, "one", Some(Outcome::Written));
        ended(&ledger, "two", Some(Outcome::Unprocessed));
        let kept = ledger.confirmed().unwrap();
        assert_eq!((kept.key("a"), kept.key("b")), (Some("two"), None));
        fs::remove_file(folder.path().join("box/confirmed.jsonl")).unwrap();
        assert_eq!(ledger.confirmed().unwrap(), kept);
        fs::write(folder.path().join("box/confirmed.jsonl"), "{\"id\": 1}\n").unwrap();
        assert_eq!(ledger.confirmed().unwrap(), kept);
    }

    #[test]
    fn rows_are_not_sure_while_a_run_is_open_or_its_outcome_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::hold(folder.path(), "box").unwrap();
        ended(&ledger, "one", Some(Outcome::Written));
        assert_eq!(ledger.confirmed().unwrap().key("b"), Some("one"));
        // Somebody pulled the plug: the org may hold either value by now.
        let run = ledger.begin(meta(), &[planned("b")]).unwrap();
        let kept = ledger.confirmed().unwrap();
        assert_eq!((kept.key("a"), kept.key("b")), (Some("one"), None));
        fs::remove_dir_all(run.folder()).unwrap();
        assert_eq!(ledger.confirmed().unwrap().key("b"), Some("one"));
        ended(&ledger, "two", Some(Outcome::Unknown));
        assert_eq!(ledger.confirmed().unwrap().key("b"), None);
    }
}
