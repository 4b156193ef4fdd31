//! Gates: rules that decide whether work may go on, judged by checks and stages alike.
//!
//! Every verdict is recorded under the gate's id, so that `leadrank status` can show the
//! last one of each. A failed gate stops the stage that asked, unless a reason is given to
//! pass it; the reason goes into the run ledger.

mod catalog;
pub mod performance;
mod thresholds;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use leadrank_evidence::{Gate, Verdict};
use serde::{Deserialize, Serialize};

pub use catalog::{GateInfo, catalog};
pub use thresholds::Thresholds;

use crate::bundle::to_json;
use crate::error::{Error, Result};
use crate::ledger;
use crate::project::{Project, write_atomically};

/// A gate's last verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// When it was judged.
    pub at: DateTime<Utc>,
    /// By which check or stage.
    pub by: String,
    /// The gate.
    pub gate: Gate,
    /// When it was last passed by force, as long as it has not held since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<Passed>,
}

/// That a failed gate was passed by force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// When.
    pub at: DateTime<Utc>,
    /// By which stage.
    pub by: String,
    /// Why.
    pub reason: String,
}

const FILE: &str = "gates.json";

/// The last verdict of every gate that was ever judged in this project, by id.
///
/// # Errors
/// When the record is there and can't be read: what was passed by force stands in it.
pub fn recorded(project: &Project) -> Result<BTreeMap<String, Recorded>> {
    let file = project.records().join(FILE);
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(Error::io("read", &file)(error)),
    };
    serde_json::from_slice(&bytes).map_err(|source| Error::Data(format!(
        "{} can't be read ({source}): bring it back from a copy, or move it away, and every gate is judged anew",
        file.display()
    )))
}

/// Records verdicts. With a reason to force, failed gates are marked with it and the
/// ledger gets a line for each.
///
/// # Errors
/// When the records can't be written.
pub fn record(project: &Project, at: DateTime<Utc>, by: &str, gates: &mut [Gate]) -> Result<()> {
    if let Some(reason) = &project.force {
        for gate in gates
            .iter_mut()
            .filter(|gate| gate.verdict == Verdict::Fail)
        {
            gate.forced = Some(reason.clone());
            ledger::append_entry(
                project,
                &ledger::Entry {
                    at,
                    stage: "force".into(),
                    fingerprint: String::new(),
                    outcome: format!("{by}: gate {} passed by force: {reason}", gate.id),
                },
            )?;
        }
    }
    let mut all = recorded(project)?;
    for gate in gates.iter() {
        let before = all.remove(&gate.id).and_then(|recorded| recorded.passed);
        let passed = match (&gate.forced, gate.verdict) {
            (Some(reason), _) => Some(Passed {
                at,
                by: by.to_owned(),
                reason: reason.clone(),
            }),
            (None, Verdict::Fail) => before,
            (None, _) => None,
        };
        let recorded = Recorded {
            at,
            by: by.to_owned(),
            gate: gate.clone(),
            passed,
        };
        all.insert(gate.id.clone(), recorded);
    }
    write_atomically(&project.records().join(FILE), &to_json(FILE, &all)?)
}

/// Records verdicts and refuses to go on past a failed gate.
///
/// # Errors
/// [`Error::Gates`] with the gates that stop, or when the records can't be written.
pub fn require(
    project: &Project,
    at: DateTime<Utc>,
    stage: &str,
    mut gates: Vec<Gate>,
) -> Result<()> {
    record(project, at, stage, &mut gates)?;
    gates.retain(Gate::stops);
    if gates.is_empty() {
        return Ok(());
    }
    Err(Error::Gates {
        stage: stage.to_owned(),
        gates,
    })
}

#[cfg(test)]
mod tests {
    use leadrank_evidence::{Measured, Unit};

    use super::*;

    fn gate(verdict: Verdict) -> Gate {
        Gate {
            id: "leakage.cohort".into(),
            rule: "enough clean rows".into(),
            value: Some(Measured::counted(3.0, 10)),
            unit: Unit::Count,
            verdict,
            action: "load older months".into(),
            brief: None,
            forced: None,
        }
    }

    #[test]
    fn a_failed_gate_stops_and_a_reason_passes_it_and_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut project = Project::init(folder.path()).unwrap();
        let at = DateTime::UNIX_EPOCH;
        require(&project, at, "train", vec![gate(Verdict::Warn)]).unwrap();
        let error = require(&project, at, "train", vec![gate(Verdict::Fail)]).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("leakage.cohort")
                && text.contains("(found 3, n = 10)")
                && text.contains("--force"),
            "{text}"
        );
        assert_eq!(
            recorded(&project).unwrap()["leakage.cohort"].gate.verdict,
            Verdict::Fail
        );
        project.force = Some("a rehearsal".into());
        require(&project, at, "train", vec![gate(Verdict::Fail)]).unwrap();
        let kept = recorded(&project).unwrap()["leakage.cohort"].clone();
        assert_eq!(kept.gate.forced.as_deref(), Some("a rehearsal"));
        let last = ledger::read(&project).pop().unwrap();
        assert!(last.outcome.contains("a rehearsal"), "{}", last.outcome);
        // Judged again without a reason it fails, and that it was passed once is not forgotten.
        project.force = None;
        let mut again = [gate(Verdict::Fail)];
        record(&project, at, "check leakage", &mut again).unwrap();
        let kept = recorded(&project).unwrap()["leakage.cohort"].clone();
        assert_eq!(kept.gate.forced, None);
        assert_eq!(kept.passed.unwrap().by, "train");
        let mut held = [gate(Verdict::Pass)];
        record(&project, at, "check leakage", &mut held).unwrap();
        assert_eq!(recorded(&project).unwrap()["leakage.cohort"].passed, None);
    }

    #[test]
    fn a_broken_record_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        let at = DateTime::UNIX_EPOCH;
        require(&project, at, "train", vec![gate(Verdict::Warn)]).unwrap();
        let file = project.records().join(FILE);
        std::fs::write(&file, "{\"leakage").unwrap();
        let said = require(&project, at, "train", vec![gate(Verdict::Warn)]).unwrap_err();
        assert!(
            said.to_string().contains("gates.json can't be read"),
            "{said}"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"leakage");
    }

    #[test]
    fn every_gate_of_the_catalog_has_its_own_id() {
        let ids: std::collections::BTreeSet<&str> = catalog().iter().map(|info| info.id).collect();
        assert_eq!(ids.len(), catalog().len());
    }
}
