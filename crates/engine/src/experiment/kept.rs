//! The final analysis in full, beside its line among the looks.

use leadrank_experiment::analysis::{Analysis, Decision, Taken};
use serde::{Deserialize, Serialize};

use super::folder::{Experiment, is_there, read_json};
use crate::bundle::to_json;
use crate::error::Result;
use crate::project::{Project, write_atomically};

const FINAL: &str = "final.json";

/// What is kept of the final analysis for validation and roll-out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The analysis.
    pub analysis: Analysis,
    /// The decision: that of the look which ended the test.
    pub decision: Decision,
    /// Departures from the plan.
    pub departures: Vec<String>,
    /// Whether it was due and no gate was passed by force. One that was not gives way to one that is.
    pub by_plan: bool,
    /// The interim look that ended the test, if one did.
    pub ended: Option<Taken>,
}

impl Kept {
    /// Whether an analysis says the same.
    ///
    /// # Errors
    /// When either can't be written as JSON.
    pub(super) fn says_as(&self, analysis: &Analysis) -> Result<bool> {
        Ok(to_json(FINAL, &self.analysis)? == to_json(FINAL, analysis)?)
    }

    /// Whether it shows that scores work, as planned in everything.
    pub(super) fn is_proof(&self) -> bool {
        self.says_works() && self.departures.is_empty()
    }

    /// Whether it says that scores work.
    pub(super) fn says_works(&self) -> bool {
        matches!(self.decision, Decision::Effective | Decision::BelowMinimum)
    }
}

/// The final analysis of an experiment, where it was made.
///
/// # Errors
/// When it is there and can't be read.
pub fn results_of(experiment: &Experiment) -> Result<Option<Kept>> {
    let path = experiment.folder.join(FINAL);
    match is_there(&path)? {
        true => read_json(&path).map(Some),
        false => Ok(None),
    }
}

/// Keeps a final analysis. The one before it stays beside it under the name of its day.
///
/// # Errors
/// When a file can't be read or written.
pub(super) fn keep(experiment: &Experiment, kept: &Kept) -> Result<()> {
    if let Some(former) = results_of(experiment)? {
        let name = format!("final-{}-not-by-plan.json", former.analysis.on);
        write_atomically(&experiment.folder.join(name), &to_json(FINAL, &former)?)?;
    }
    write_atomically(&experiment.folder.join(FINAL), &to_json(FINAL, kept)?)
}

/// The final analysis of the experiment of a project that ended last, by its plan.
///
/// # Errors
/// When a plan or an analysis can't be read, or a plan was changed after it was frozen.
pub fn newest_result(project: &Project) -> Result<Option<Kept>> {
    let mut newest: Option<Kept> = None;
    for name in Experiment::names(project)? {
        let experiment = Experiment::open(project, Some(&name))?;
        let kept = results_of(&experiment)?.filter(|kept| kept.by_plan);
        let is_newer = |kept: &Kept| {
            let last = newest.as_ref().map(|newest| newest.analysis.on);
            last.is_none_or(|last| last < kept.analysis.on)
        };
        if let Some(kept) = kept.filter(is_newer) {
            newest = Some(kept);
        }
    }
    Ok(newest)
}
