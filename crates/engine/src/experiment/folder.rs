//! `experiments/<name>/`: the plan and what was done by it.
//!
//! ```text
//! plan.json      the pre-registration        looks.jsonl       looks taken, before they are shown
//! frozen.json    its hash and when           rollout.jsonl     shares that see scores afterwards
//! exposures.csv  lead_id,date: scores that   enrolments.jsonl  rows and hash of each enrolment
//!                were seen otherwise than    final.json        the final analysis that counts
//!                by a sync (by hand)       closed.json       that it hides nothing any more
//! ```

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_experiment::Plan;
use leadrank_experiment::analysis::Taken;
use leadrank_experiment::plan::VERSION;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::factors::Factor;
use crate::bundle::to_json;
use crate::error::{Error, Result};
use crate::project::{Project, write_atomically};

const PLAN: &str = "plan.json";
const FROZEN: &str = "frozen.json";
const LOOKS: &str = "looks.jsonl";
const ROLLOUT: &str = "rollout.jsonl";
const CLOSED: &str = "closed.json";
const ENROLMENTS: &str = "enrolments.jsonl";

/// An experiment of a project.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Its folder.
    pub folder: PathBuf,
    /// The plan.
    pub plan: Plan,
    /// Whether and since when it is frozen.
    pub frozen: Option<Frozen>,
    /// Whether and since when it is closed.
    pub closed: Option<Closed>,
}

/// That an experiment was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// When.
    pub at: DateTime<Utc>,
    /// From which day of the data on it hides nothing.
    pub on: NaiveDate,
    /// Why, where its final analysis was not made.
    pub reason: Option<String>,
}

/// That a plan was frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Hash of the plan.
    pub sha256: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A look as it is written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    /// The look.
    #[serde(flatten)]
    pub look: Taken,
    /// How it departed from the plan.
    pub departures: Vec<String>,
}

/// An enrolment as it is written down: once before its rows are in the table, once afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// When.
    pub at: DateTime<Utc>,
    /// Its number, from 1.
    pub batch: u32,
    /// The day.
    pub day: NaiveDate,
    /// Rows.
    pub rows: u64,
    /// Hash of the rows.
    pub sha256: String,
    /// The model whose scores are shown.
    pub model: String,
    /// The reason with which it was made although later data were known.
    pub forced: Option<String>,
    /// Whether the rows are in the table.
    pub is_written: bool,
}

/// A step of the roll-out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// From which day on.
    pub from: NaiveDate,
    /// Share of units that see scores.
    pub share: f64,
}

impl Experiment {
    /// Where experiments of a project lie.
    pub fn root(project: &Project) -> PathBuf {
        project.root.join("experiments")
    }

    /// Names of a project's experiments. Nothing there is no experiment; something that can't be read
    /// may be one that hides scores, so it is an error.
    ///
    /// # Errors
    /// When the folder can't be read, or holds an experiment without its plan.
    pub fn names(project: &Project) -> Result<Vec<String>> {
        let root = Self::root(project);
        let entries = match std::fs::read_dir(&root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", &root)(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let folder = entry.map_err(Error::io("read", &root))?.path();
            if is_there(&folder.join(PLAN))? {
                names.extend(folder.file_name().map(|name| name.to_string_lossy().into()));
            } else if is_there(&folder.join(FROZEN))? {
                return Err(Error::Data(format!(
                    "{} is gone and its plan was frozen: bring it back from a copy; until then nobody can tell who may see a score",
                    folder.join(PLAN).display()
                )));
            }
        }
        names.sort();
        Ok(names)
    }

    /// Opens the experiments whose plan is frozen; drafts of others are nobody's business here.
    ///
    /// # Errors
    /// As [`Experiment::names`] and [`Experiment::open`].
    pub(super) fn all_frozen(project: &Project) -> Result<Vec<Self>> {
        let root = Self::root(project);
        let mut found = Vec::new();
        for name in Self::names(project)? {
            if is_there(&root.join(&name).join(FROZEN))? {
                found.push(Self::open(project, Some(&name))?);
            }
        }
        Ok(found)
    }

    /// Opens the experiment of that name, or the only one there is. A frozen plan is held against
    /// its hash.
    ///
    /// # Errors
    /// When there is none, or several without a name, or the plan is not what was frozen.
    pub fn open(project: &Project, name: Option<&str>) -> Result<Self> {
        let names = Self::names(project)?;
        let name = match (name, names.as_slice()) {
            (Some(name), _) if names.iter().any(|one| one == name) => name.to_owned(),
            (Some(name), _) => {
                return Err(Error::Data(format!(
                    "there is no experiment `{name}`; there are: {}",
                    if names.is_empty() {
                        "none".into()
                    } else {
                        names.join(", ")
                    }
                )));
            }
            (None, [only]) => only.clone(),
            (None, []) => {
                return Err(Error::Data(
                    "no experiment is planned yet: run `leadrank experiment design`".into(),
                ));
            }
            (None, _) => {
                return Err(Error::Data(format!(
                    "which experiment? name one with --name: {}",
                    names.join(", ")
                )));
            }
        };
        let folder = Self::root(project).join(&name);
        let plan = read_plan(&folder.join(PLAN))?;
        plan.check()?;
        let frozen = match is_there(&folder.join(FROZEN))? {
            true => Some(read_json::<Frozen>(&folder.join(FROZEN))?),
            false => None,
        };
        if let Some(frozen) = &frozen {
            plan.is_as_frozen(&frozen.sha256)?;
        }
        Factor::check(&plan)?;
        let closed = match is_there(&folder.join(CLOSED))? {
            true => Some(read_json(&folder.join(CLOSED))?),
            false => None,
        };
        Ok(Experiment {
            folder,
            plan,
            frozen,
            closed,
        })
    }

    /// Opens one whose plan is frozen.
    ///
    /// # Errors
    /// As [`Experiment::open`], and when the plan can still be changed.
    pub fn frozen(project: &Project, name: Option<&str>) -> Result<Self> {
        let found = Self::open(project, name)?;
        match found.frozen {
            Some(_) => Ok(found),
            None => Err(Error::Data(format!(
                "the plan of `{}` is not frozen: read {}, then run `leadrank experiment design --freeze`",
                found.plan.name,
                found.folder.join(PLAN).display()
            ))),
        }
    }

    /// Hash of the frozen plan; empty while it can be changed.
    pub(super) fn hash(&self) -> &str {
        self.frozen.as_ref().map_or("", |frozen| &frozen.sha256)
    }

    /// Writes a plan that is not frozen yet.
    ///
    /// # Errors
    /// When one of this name is frozen, or the file can't be written.
    pub fn write(project: &Project, plan: &Plan) -> Result<Self> {
        plan.check()?;
        let folder = Self::root(project).join(&plan.name);
        if is_there(&folder.join(FROZEN))? {
            return Err(Error::Data(format!(
                "the plan of `{}` is frozen and can't be changed; plan a new experiment with another --name",
                plan.name
            )));
        }
        write_atomically(&folder.join(PLAN), &to_json(PLAN, plan)?)?;
        Ok(Experiment {
            folder,
            plan: plan.clone(),
            frozen: None,
            closed: None,
        })
    }

    /// Freezes the plan: from now on its hash is checked whenever it is used.
    ///
    /// # Errors
    /// When another experiment still hides scores, or the file can't be written.
    pub fn freeze(&mut self, project: &Project, at: DateTime<Utc>) -> Result<Frozen> {
        if let Some(frozen) = &self.frozen {
            return Ok(frozen.clone());
        }
        let others = Self::all_frozen(project)?.into_iter();
        if let Some(other) = others.into_iter().find(|one| one.closed.is_none()) {
            return Err(Error::Data(format!(
                "the experiment `{0}` still hides the scores of its control: end it with `leadrank experiment close --name {0}` first, or this one's treatment would not see its own",
                other.plan.name
            )));
        }
        let frozen = Frozen {
            sha256: self.plan.hash()?,
            at,
        };
        write_atomically(&self.folder.join(FROZEN), &to_json(FROZEN, &frozen)?)?;
        self.frozen = Some(frozen.clone());
        Ok(frozen)
    }

    /// The looks taken so far.
    ///
    /// # Errors
    /// When their file can't be read.
    pub fn looks(&self) -> Result<Vec<Noted>> {
        read_lines(&self.folder.join(LOOKS))
    }

    /// Writes a look down. It is on disk before its result is shown to anybody.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn note_look(&self, look: &Noted) -> Result<()> {
        append(&self.folder.join(LOOKS), look)
    }

    /// The enrolments so far.
    ///
    /// # Errors
    /// When their file can't be read.
    pub fn enrolments(&self) -> Result<Vec<Enrolment>> {
        read_lines(&self.folder.join(ENROLMENTS))
    }

    /// Writes an enrolment down.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn note_enrolment(&self, enrolment: &Enrolment) -> Result<()> {
        append(&self.folder.join(ENROLMENTS), enrolment)
    }

    /// The steps of the roll-out.
    ///
    /// # Errors
    /// When their file can't be read.
    pub fn rollouts(&self) -> Result<Vec<Rollout>> {
        read_lines(&self.folder.join(ROLLOUT))
    }

    /// Writes a step of the roll-out down.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn roll_out(&self, step: &Rollout) -> Result<()> {
        append(&self.folder.join(ROLLOUT), step)
    }

    /// Closes the experiment: from a day on it hides nothing.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn write_closed(&self, closed: &Closed) -> Result<()> {
        write_atomically(&self.folder.join(CLOSED), &to_json(CLOSED, closed)?)
    }

    /// Whether the experiment hides scores on a day: its plan is frozen, and it is not closed yet.
    pub(super) fn is_open(&self, on: NaiveDate) -> bool {
        self.frozen.is_some() && self.closed.as_ref().is_none_or(|closed| closed.on > on)
    }
}

/// Whether a file is there; one that can't be looked for is an error, not a file that is not there.
pub(super) fn is_there(path: &Path) -> Result<bool> {
    match path.try_exists() {
        // A name below something that is no folder.
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(false),
        found => found.map_err(Error::io("read", path)),
    }
}

/// Reads a plan; of another version it is refused by that, not by what it lacks.
fn read_plan(path: &Path) -> Result<Plan> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: u32,
    }
    let found: Versioned = read_json(path)?;
    if found.version != VERSION {
        return Err(Error::Data(format!(
            "{} has version {}, this leadrank knows {VERSION}: finish the experiment with the leadrank that planned it",
            path.display(),
            found.version
        )));
    }
    read_json(path)
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Json {
        what: path.display().to_string(),
        source,
    })
}

/// Lines of JSON; a last one without its end was cut off by a crash and does not count.
fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| {
            serde_json::from_str(line).map_err(|source| Error::Json {
                what: path.display().to_string(),
                source,
            })
        })
        .collect()
}

/// Appends a line, behind whole lines only.
fn append<T: Serialize>(path: &Path, line: &T) -> Result<()> {
    let mut text = serde_json::to_string(line).map_err(|source| Error::Json {
        what: path.display().to_string(),
        source,
    })?;
    text.push('\n');
    let kept = match is_there(path)? {
        true => std::fs::read(path).map_err(Error::io("read", path))?,
        false => Vec::new(),
    };
    let end = kept
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        file.set_len(end as u64)?;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(Error::io("write", path))
}
