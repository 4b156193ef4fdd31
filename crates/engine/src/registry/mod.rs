//! Which bundle serves: a ledger of all that ever did, and a pointer to the one that does.
//!
//! Another bundle begins to serve in two steps: a line in the ledger ([`history`]), then the
//! pointer file `bundles/current` with the bundle's id and the hash of that line. The line
//! is what counts. After a crash between the two the pointer still has the hash of the line
//! before, by which the move is known as unfinished: the ledger's newest bundle is taken to
//! serve, and the next move writes the pointer first. A line cut short is none. A pointer
//! that is neither at the newest line nor one behind it was changed by hand: it is obeyed,
//! but nothing is recorded on top of it without a reason.

pub mod diff;
pub mod history;
mod moves;
mod overview;

use chrono::{DateTime, Utc};
use leadrank_evidence::Gate;
use serde::Serialize;

pub use moves::{Plan, plan, plan_rollback, promote, rollback, trained};
pub use overview::{Card, State, list_cards};

use crate::bundle::Bundle;
use crate::error::{Error, Result};
use crate::project::Project;
use history::History;

/// The id of the serving bundle.
pub fn current_id(project: &Project) -> Option<String> {
    // Whoever can't read the ledger still has the pointer.
    let history = History::read(project).unwrap_or_default();
    let pointer = Pointer::read(project);
    standing(&history, pointer.as_ref()).serving()
}

/// The serving bundle.
///
/// # Errors
/// When nothing was trained yet or the bundle is damaged.
pub fn current(project: &Project) -> Result<Bundle> {
    let id = current_id(project).ok_or_else(no_model)?;
    Bundle::read(&project.bundles().join(id))
}

fn no_model() -> Error {
    Error::Data("no model yet: run `leadrank train` (or `leadrank run`) first".into())
}

/// Ids of all bundles of the project, sorted.
pub fn list(project: &Project) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(project.bundles()) else {
        return Vec::new();
    };
    let mut ids: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("bundle.json").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    ids.sort();
    ids
}

/// The id that `text` is or begins.
///
/// # Errors
/// When no bundle or more than one has such an id; the nearest is named.
pub fn resolve(project: &Project, text: &str) -> Result<String> {
    let known = list(project);
    if known.is_empty() {
        return Err(no_model());
    }
    if let Some(id) = known.iter().find(|id| *id == text) {
        return Ok(id.clone());
    }
    let begun: Vec<&String> = known.iter().filter(|id| id.starts_with(text)).collect();
    match begun.as_slice() {
        [id] if !text.is_empty() => Ok((*id).clone()),
        [] => {
            let distance = |id: &&String| strsim::levenshtein(text, id);
            let nearest = known.iter().min_by_key(distance).map(String::as_str);
            Err(Error::Data(format!(
                "no model `{text}`; the nearest is `{}`, and `leadrank model list` shows all",
                nearest.unwrap_or_default()
            )))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|id| id.as_str()).collect();
            Err(Error::Data(format!(
                "`{text}` begins the ids of several models: {}; give more of it",
                ids.join(", ")
            )))
        }
    }
}

/// Who works here, by the system's word; for records.
pub fn user() -> String {
    let name = std::env::var("USER").ok();
    name.filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| "unknown".into())
}

/// What is wrong with the registry's records: the chain of the ledger, or a pointer that it
/// does not know. None if all is well.
///
/// # Errors
/// When the ledger can't be read.
pub fn fault(project: &Project) -> Result<Option<String>> {
    let history = History::read(project)?;
    let standing = standing(&history, Pointer::read(project).as_ref());
    Ok(match standing {
        Standing::Foreign { problem, .. } => Some(problem),
        _ => history
            .fault
            .map(|fault| format!("bundles/history.jsonl: {fault}; restore the file from a backup")),
    })
}

/// `bundles/current`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pointer {
    id: String,
    /// Hash of the ledger's line that moved it here; none in files of the first form.
    line: Option<String>,
}

impl Pointer {
    fn path(project: &Project) -> std::path::PathBuf {
        project.bundles().join("current")
    }

    fn read(project: &Project) -> Option<Pointer> {
        let text = std::fs::read_to_string(Pointer::path(project)).ok()?;
        let mut lines = text.lines().map(|line| line.trim().to_owned());
        Some(Pointer {
            id: lines.next().filter(|id| !id.is_empty())?,
            line: lines.next().filter(|line| !line.is_empty()),
        })
    }

    fn write(&self, project: &Project) -> Result<()> {
        let line = self.line.as_deref().unwrap_or_default();
        let text = format!("{}\n{line}\n", self.id);
        crate::project::write_atomically(&Pointer::path(project), text.as_bytes())
    }
}

/// How the pointer stands to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    /// Nothing ever served.
    Empty,
    /// The pointer is where the ledger says.
    Settled(String),
    /// The ledger's newest line is written, the pointer not yet moved.
    Unfinished(Pointer),
    /// The pointer is where no newest line ever put it.
    Foreign { id: String, problem: String },
}

impl Standing {
    fn serving(self) -> Option<String> {
        match self {
            Standing::Empty => None,
            Standing::Settled(id) | Standing::Foreign { id, .. } => Some(id),
            Standing::Unfinished(pointer) => Some(pointer.id),
        }
    }
}

fn standing(history: &History, pointer: Option<&Pointer>) -> Standing {
    let last = history.last();
    let unfinished = |to: &str| {
        Standing::Unfinished(Pointer {
            id: to.to_owned(),
            line: Some(history.head.clone()),
        })
    };
    match (pointer, last) {
        (None, None) => Standing::Empty,
        (None, Some(last)) => unfinished(&last.to),
        (Some(pointer), last) => {
            let behind = |last: &history::Entry| match &pointer.line {
                // Of the first form: known by the bundle alone.
                None => last.previous.is_some() && last.from.as_ref() == Some(&pointer.id),
                line => *line == last.previous,
            };
            let settled = match (&pointer.line, last) {
                (None, None) => true,
                (None, Some(last)) => last.previous.is_none() || last.to == pointer.id,
                (Some(line), Some(last)) => *line == history.head && last.to == pointer.id,
                (Some(_), None) => false,
            };
            match last {
                _ if settled => Standing::Settled(pointer.id.clone()),
                Some(last) if behind(last) => unfinished(&last.to),
                _ => Standing::Foreign {
                    id: pointer.id.clone(),
                    problem: format!(
                        "bundles/current ({}) and the end of bundles/history.jsonl ({}) do not belong together: one of them was changed by hand; restore it from a backup",
                        pointer.id,
                        last.map_or("empty", |last| last.to.as_str())
                    ),
                },
            }
        }
    }
}

/// What a move did: what would be recorded in the ledger, and whether it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// When.
    pub at: DateTime<Utc>,
    /// What was asked.
    pub action: history::Action,
    /// On whose word.
    pub who: String,
    /// For what reason.
    pub why: String,
    /// The bundle that served before.
    pub from: Option<String>,
    /// The bundle that serves now.
    pub to: String,
    /// False when it served already, so that nothing was to be done.
    pub moved: bool,
    /// Failed gates that were passed by force.
    pub forced: Vec<Gate>,
}
