//! The run ledger: one JSON line for each stage that ran, appended, never changed.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::project::{Project, write_atomically};

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// The stage.
    pub stage: String,
    /// What it worked on: a hash over inputs, settings and version.
    pub fingerprint: String,
    /// Its outcome in a few words.
    pub outcome: String,
}

/// The stage under which a whole `leadrank run` is noted.
pub const RUN: &str = "run";
/// Its outcome where all stages were done or up to date.
pub const DONE: &str = "done";

/// Notes how a whole run ended: `problem` is what stopped it.
///
/// # Errors
/// When the file can't be written.
pub fn ran(project: &Project, at: DateTime<Utc>, problem: Option<&str>) -> Result<()> {
    let outcome = match problem {
        None => DONE.to_owned(),
        Some(problem) => {
            let line = problem.lines().next().unwrap_or_default();
            format!("failed: {line}")
        }
    };
    let entry = Entry {
        at,
        stage: RUN.into(),
        fingerprint: String::new(),
        outcome,
    };
    append_entry(project, &entry)
}

/// Hex SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Hex text of a digest.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether `stage` was last finished with this very fingerprint, so that it
/// need not run again.
pub fn is_current(project: &Project, stage: &str, fingerprint: &str) -> bool {
    last(project, stage).is_some_and(|last| last == fingerprint)
}

/// The fingerprint that `stage` last finished with, where it did.
pub fn last(project: &Project, stage: &str) -> Option<String> {
    std::fs::read_to_string(state_file(project, stage)).ok()
}

/// Notes that `stage` finished: appends to the ledger, then moves its state
/// forward. A crash between the two only makes the stage run once more.
///
/// # Errors
/// When the records can't be written.
pub fn finished(
    project: &Project,
    at: DateTime<Utc>,
    stage: &str,
    fingerprint: &str,
    outcome: String,
) -> Result<()> {
    let entry = Entry {
        at,
        stage: stage.to_string(),
        fingerprint: fingerprint.to_string(),
        outcome,
    };
    append_entry(project, &entry)?;
    write_atomically(&state_file(project, stage), fingerprint.as_bytes())
}

/// Appends a line to the ledger.
///
/// # Errors
/// When the file can't be written.
pub fn append_entry(project: &Project, entry: &Entry) -> Result<()> {
    append(&project.records().join("ledger.jsonl"), entry)
}

/// Forgets that `stage` finished, before its outputs are touched.
pub fn begun(project: &Project, stage: &str) {
    // Absent is what is wanted; any other failure shows when the stage writes its state.
    let _ = std::fs::remove_file(state_file(project, stage));
}

/// Forgets every stage's state, so that all of them run again.
pub fn forget(project: &Project) {
    // As in `begun`: absent is what is wanted.
    let _ = std::fs::remove_dir_all(project.records().join("state"));
}

/// All lines of the ledger, oldest first; a line cut by a crash is left out.
pub fn read(project: &Project) -> Vec<Entry> {
    let text = std::fs::read_to_string(project.records().join("ledger.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn state_file(project: &Project, stage: &str) -> std::path::PathBuf {
    project.records().join("state").join(stage)
}

/// Appends one value as a JSON line; a line that a crash cut off before is closed first.
///
/// # Errors
/// When the file can't be written.
pub fn append<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let mut line = serde_json::to_string(value).map_err(|source| Error::Json {
        what: path.display().to_string(),
        source,
    })?;
    line.push('\n');
    let mut write = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)?;
        if is_cut(&mut file)? {
            line.insert(0, '\n');
        }
        file.write_all(line.as_bytes())
    };
    write().map_err(Error::io("append to", path))
}

/// Whether a file's last line has no end.
fn is_cut(file: &mut std::fs::File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_current_only_with_its_last_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        let at = DateTime::UNIX_EPOCH;
        assert!(!is_current(&project, "train", "a"));
        finished(&project, at, "train", "a", "done".into()).unwrap();
        assert!(is_current(&project, "train", "a"));
        assert!(!is_current(&project, "train", "b"));
        begun(&project, "train");
        assert!(!is_current(&project, "train", "a"));
        assert_eq!(read(&project).len(), 1);
    }

    #[test]
    fn a_cut_line_does_not_hide_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        finished(&project, DateTime::UNIX_EPOCH, "a", "1", "ok".into()).unwrap();
        let file = project.records().join("ledger.jsonl");
        let mut text = std::fs::read_to_string(&file).unwrap();
        text.push_str("{\"at\":");
        std::fs::write(&file, text).unwrap();
        assert_eq!(read(&project).len(), 1);
        finished(&project, DateTime::UNIX_EPOCH, "b", "2", "ok".into()).unwrap();
        let stages: Vec<String> = read(&project).into_iter().map(|line| line.stage).collect();
        assert_eq!(stages, ["a", "b"]);
    }
}
