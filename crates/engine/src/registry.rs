//! Which bundle serves: a pointer that moves in one step, and its history.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::error::{Error, Result};
use crate::ledger;
use crate::project::{Project, write_atomically};

/// One move of the pointer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promotion {
    /// When.
    pub at: DateTime<Utc>,
    /// The bundle that serves from then on.
    pub id: String,
    /// The one that served before.
    pub before: Option<String>,
}

/// The id of the serving bundle.
pub fn current_id(project: &Project) -> Option<String> {
    let text = std::fs::read_to_string(project.bundles().join("current")).ok()?;
    Some(text.trim().to_string())
}

/// The serving bundle.
///
/// # Errors
/// When nothing was trained yet or the bundle is damaged.
pub fn current(project: &Project) -> Result<Bundle> {
    let id = current_id(project).ok_or_else(|| {
        Error::Data("no model yet: run `leadrank train` (or `leadrank run`) first".into())
    })?;
    Bundle::read(&project.bundles().join(id))
}

/// Lets bundle `id` serve. A crash leaves the old one serving or the new one.
///
/// # Errors
/// When the records can't be written.
pub fn promote(project: &Project, id: &str, at: DateTime<Utc>) -> Result<()> {
    let before = current_id(project);
    if before.as_deref() == Some(id) {
        return Ok(());
    }
    write_atomically(
        &project.bundles().join("current"),
        format!("{id}\n").as_bytes(),
    )?;
    let promotion = Promotion {
        at,
        id: id.to_string(),
        before,
    };
    ledger::append(&project.bundles().join("history.jsonl"), &promotion)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promoting_moves_the_pointer_and_keeps_the_history() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        assert!(
            current(&project)
                .unwrap_err()
                .to_string()
                .contains("leadrank train")
        );
        for id in ["aaa", "bbb", "bbb"] {
            promote(&project, id, DateTime::UNIX_EPOCH).unwrap();
        }
        assert_eq!(current_id(&project).as_deref(), Some("bbb"));
        let history = std::fs::read_to_string(project.bundles().join("history.jsonl")).unwrap();
        assert_eq!(history.lines().count(), 2);
        assert!(history.contains("\"before\":\"aaa\""));
    }
}
