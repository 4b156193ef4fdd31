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
}

const FILE: &str = "gates.json";

/// The last verdict of every gate that was ever judged in this project, by id.
pub fn recorded(project: &Project) -> BTreeMap<String, Recorded> {
    let file = project.records().join(FILE);
    let read = std::fs::read(file).ok();
    read.and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
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
    note(project, at, by, gates)
}

/// Records verdicts as they are: of a stage that no reason leads past.
///
/// # Errors
/// When the records can't be written.
pub fn note(project: &Project, at: DateTime<Utc>, by: &str, gates: &[Gate]) -> Result<()> {
    let mut all = recorded(project);
    for gate in gates {
        let recorded = Recorded {
            at,
            by: by.to_owned(),
            gate: gate.clone(),
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
            recorded(&project)["leakage.cohort"].gate.verdict,
            Verdict::Fail
        );
        project.force = Some("a rehearsal".into());
        require(&project, at, "train", vec![gate(Verdict::Fail)]).unwrap();
        let kept = &recorded(&project)["leakage.cohort"];
        assert_eq!(kept.gate.forced.as_deref(), Some("a rehearsal"));
        let last = ledger::read(&project).pop().unwrap();
        assert!(last.outcome.contains("a rehearsal"), "{}", last.outcome);
    }

    #[test]
    fn every_gate_of_the_catalog_has_its_own_id() {
        let ids: std::collections::BTreeSet<&str> = catalog().iter().map(|info| info.id).collect();
        assert_eq!(ids.len(), catalog().len());
    }
}
