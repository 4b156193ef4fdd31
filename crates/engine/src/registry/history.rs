//! The ledger of the registry, `bundles/history.jsonl`: one line for each time another
//! bundle began to serve, appended and never changed.
//!
//! Each line holds the SHA-256 of the line before it, so that a changed, removed or inserted
//! line shows; the pointer file holds that of the newest. Lines of the ledger's first form have
//! only `at`, `id` and `before`: they are read, and the first chained line vouches for the
//! last of them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::ledger;
use crate::project::Project;

/// Stands for the line before the first one.
const START: &str = "start";

/// Why a bundle began to serve.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It was just trained.
    #[default]
    Train,
    /// Somebody chose it.
    Promote,
    /// The one after it was taken back.
    Rollback,
}

impl Action {
    /// The word shown to people.
    pub fn word(self) -> &'static str {
        match self {
            Action::Train => "train",
            Action::Promote => "promote",
            Action::Rollback => "rollback",
        }
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Why it began to serve.
    #[serde(default)]
    pub action: Action,
    /// On whose word.
    #[serde(default = "unknown")]
    pub who: String,
    /// For what reason.
    #[serde(default)]
    pub why: String,
    /// The bundle that served before, if one did.
    #[serde(default, alias = "before")]
    pub from: Option<String>,
    /// The bundle that serves from then on.
    #[serde(alias = "id")]
    pub to: String,
    /// SHA-256 of the line before; none in lines of the first form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

fn unknown() -> String {
    "unknown".into()
}

/// The ledger as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Its lines, oldest first.
    pub entries: Vec<Entry>,
    /// SHA-256 of the newest line, or the mark of the beginning.
    pub(super) head: String,
    /// What is wrong with the chain, with the number of the line.
    pub fault: Option<String>,
}

/// A time in which one bundle served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Served {
    /// The bundle.
    pub id: String,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; none while it serves.
    pub until: Option<DateTime<Utc>>,
}

fn path(project: &Project) -> std::path::PathBuf {
    project.bundles().join("history.jsonl")
}

impl History {
    /// Reads a project's ledger; a project without bundles has an empty one. A line that a
    /// crash cut off is passed over: what it would have recorded did not happen.
    ///
    /// # Errors
    /// When the file is there and can't be read.
    pub fn read(project: &Project) -> Result<History> {
        let path = path(project);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(History::of(&bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(History::of(b"")),
            Err(error) => Err(Error::io("read", path)(error)),
        }
    }

    pub(super) fn of(bytes: &[u8]) -> History {
        let mut history = History {
            head: START.into(),
            ..History::default()
        };
        let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
        for (line, number) in lines.filter(|(line, _)| !line.is_empty()) {
            let Ok(entry) = serde_json::from_slice::<Entry>(line) else {
                continue;
            };
            if history.fault.is_none() {
                history.fault = history.chain_fault(&entry, number);
            }
            history.head = ledger::sha256(line);
            history.entries.push(entry);
        }
        history
    }

    /// What is wrong when `entry` comes next.
    fn chain_fault(&self, entry: &Entry, number: usize) -> Option<String> {
        let last = self.entries.last();
        let chained_before = last.is_some_and(|last| last.previous.is_some());
        match &entry.previous {
            None => chained_before
                .then(|| format!("line {number} does not vouch for the line before it")),
            Some(previous) if *previous != self.head => Some(format!(
                "the line before line {number} is not the one that stood there when it was written"
            )),
            Some(_) => None,
        }
    }

    /// The newest line.
    pub fn last(&self) -> Option<&Entry> {
        self.entries.last()
    }

    /// Which bundles served on a calendar day (UTC), in order.
    pub fn on(&self, day: NaiveDate) -> Vec<Served> {
        self.served()
            .into_iter()
            .filter(|served| {
                let ended_before = served.until.is_some_and(|end| end.date_naive() < day);
                served.from.date_naive() <= day && !ended_before
            })
            .collect()
    }

    /// Every time in which a bundle served, oldest first.
    pub fn served(&self) -> Vec<Served> {
        let ends = self.entries.iter().skip(1).map(|next| Some(next.at));
        self.entries
            .iter()
            .zip(ends.chain([None]))
            .map(|(entry, until)| Served {
                id: entry.to.clone(),
                from: entry.at,
                until,
            })
            .collect()
    }

    /// The bundle that served before the current one, as a walk back sees it: a rollback
    /// takes the bundle it left out of the walk, so that the next one goes further back.
    pub fn before_current(&self) -> Option<&str> {
        let mut walk: Vec<&str> = Vec::new();
        for entry in &self.entries {
            let to = entry.to.as_str();
            let place = walk.iter().rposition(|id| *id == to);
            match (entry.action, place) {
                (Action::Rollback, Some(place)) => walk.truncate(place + 1),
                _ if walk.last() == Some(&to) => {}
                _ => walk.push(to),
            }
        }
        walk.iter().rev().nth(1).copied()
    }

    /// When `id` last began to serve.
    pub fn promoted_at(&self, id: &str) -> Option<DateTime<Utc>> {
        let mut newest_first = self.entries.iter().rev();
        newest_first
            .find(|entry| entry.to == id)
            .map(|entry| entry.at)
    }

    /// Appends an entry, chained, so that it survives a loss of power; gives back the hash
    /// of its line.
    pub(super) fn append(&self, project: &Project, mut entry: Entry) -> Result<String> {
        entry.previous = Some(self.head.clone());
        let path = path(project);
        ledger::append(&path, &entry)?;
        let file = std::fs::File::open(&path).map_err(Error::io("read", &path))?;
        file.sync_all().map_err(Error::io("write", &path))?;
        let line = serde_json::to_vec(&entry).map_err(|source| Error::Json {
            what: path.display().to_string(),
            source,
        })?;
        Ok(ledger::sha256(&line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn entry(action: Action, from: Option<&str>, to: &str, day: i64) -> Entry {
        Entry {
            at: DateTime::UNIX_EPOCH + chrono::Duration::days(day),
            action,
            who: "ann".into(),
            why: "better".into(),
            from: from.map(String::from),
            to: to.into(),
            previous: None,
        }
    }

    fn written(entries: &[Entry]) -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        for entry in entries {
            let history = History::read(&project).unwrap();
            let head = history.append(&project, entry.clone()).unwrap();
            assert_eq!(History::read(&project).unwrap().head, head);
        }
        (folder, project)
    }

    #[test]
    fn each_edit_of_a_chained_ledger_is_noticed() {
        let (_folder, project) = written(&[
            entry(Action::Train, None, "a", 0),
            entry(Action::Train, Some("a"), "b", 1),
            entry(Action::Promote, Some("b"), "a", 2),
        ]);
        let text = std::fs::read_to_string(path(&project)).unwrap();
        let fault = |text: &str| History::of(text.as_bytes()).fault;
        assert_eq!(fault(&text), None);
        let lines: Vec<&str> = text.lines().collect();
        let changed = lines[0].replace("better", "bitter");
        let edited = [&changed, lines[1], lines[2]].join("\n");
        assert!(fault(&edited).unwrap().contains("before line 2"));
        for kept in [[1, 2].as_slice(), &[0, 2], &[1, 0, 2], &[0, 1, 1, 2]] {
            let kept: Vec<&str> = kept.iter().map(|&line| lines[line]).collect();
            assert!(fault(&kept.join("\n")).is_some(), "{kept:?}");
        }
        // A line made unreadable is passed over, but the next one tells.
        let spoilt = [&lines[0][1..], lines[1], lines[2]].join("\n");
        assert!(fault(&spoilt).is_some());
        let unchained = lines[1].split(",\"previous\"").next().unwrap().to_owned() + "}";
        let mixed = [lines[0], &unchained].join("\n");
        assert!(fault(&mixed).unwrap().contains("line 2 does not vouch"));
    }

    #[test]
    fn lines_of_earlier_versions_are_read_and_chained_on() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        std::fs::create_dir_all(project.bundles()).unwrap();
        let old = "{\"at\":\"2025-01-01T00:00:00Z\",\"id\":\"a\",\"before\":null}\n\
                   {\"at\":\"2025-02-01T00:00:00Z\",\"id\":\"b\",\"before\":\"a\"}\n";
        std::fs::write(path(&project), old).unwrap();
        let history = History::read(&project).unwrap();
        history
            .append(&project, entry(Action::Promote, Some("b"), "c", 30_000))
            .unwrap();
        let history = History::read(&project).unwrap();
        assert_eq!(history.fault, None);
        let first = &history.entries[1];
        assert_eq!((first.to.as_str(), first.from.as_deref()), ("b", Some("a")));
        assert_eq!(
            (first.action, first.who.as_str()),
            (Action::Train, "unknown")
        );
        assert_eq!(history.before_current(), Some("b"));
        let text = std::fs::read_to_string(path(&project)).unwrap();
        let edited = text.replace("\"before\":\"a\"", "\"before\":\"x\"");
        assert!(History::of(edited.as_bytes()).fault.is_some());
    }

    #[test]
    fn walking_back_goes_further_each_time() {
        let mut history = History::default();
        let mut step = |action, to: &str| {
            history.entries.push(entry(action, None, to, 0));
            history.before_current().map(String::from)
        };
        assert_eq!(step(Action::Train, "a"), None);
        assert_eq!(step(Action::Train, "b").as_deref(), Some("a"));
        assert_eq!(step(Action::Train, "c").as_deref(), Some("b"));
        assert_eq!(step(Action::Rollback, "b").as_deref(), Some("a"));
        assert_eq!(step(Action::Rollback, "a"), None);
        assert_eq!(step(Action::Promote, "c").as_deref(), Some("a"));
        assert_eq!(step(Action::Promote, "b").as_deref(), Some("c"));
        assert_eq!(step(Action::Rollback, "c").as_deref(), Some("a"));
    }

    #[test]
    fn a_day_names_all_that_served_on_it() {
        let history = History {
            entries: vec![
                entry(Action::Train, None, "a", 10),
                entry(Action::Train, Some("a"), "b", 12),
                entry(Action::Rollback, Some("b"), "a", 12),
            ],
            ..History::default()
        };
        let on = |day| -> Vec<String> {
            let day = NaiveDate::default() + chrono::Days::new(day);
            let served = history.on(day).into_iter();
            served.map(|served| served.id).collect()
        };
        assert!(on(9).is_empty());
        assert_eq!(on(10), ["a"]);
        assert_eq!(on(12), ["a", "b", "a"]);
        assert_eq!(on(40), ["a"]);
        assert_eq!(history.promoted_at("b"), Some(history.entries[1].at));
    }
}
