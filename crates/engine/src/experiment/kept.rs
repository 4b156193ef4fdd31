//! The final analysis that counts: the first one that was made as planned.

use leadrank_experiment::analysis::{Analysis, Decision, Taken};
use serde::{Deserialize, Serialize};

use super::folder::{Experiment, is_there, read_json};
use crate::bundle::to_json;
use crate::error::{Error, Result};
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
    /// Whether it says the same as another.
    ///
    /// # Errors
    /// When either can't be written as JSON.
    pub(super) fn says_as(&self, analysis: &Analysis) -> Result<bool> {
        Ok(to_json(FINAL, &self.analysis)? == to_json(FINAL, analysis)?)
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

/// Keeps a final analysis. One that it takes the place of stays beside it under the name of its day.
///
/// # Errors
/// When a file can't be written.
pub(super) fn keep(experiment: &Experiment, kept: &Kept, instead_of: Option<&Kept>) -> Result<()> {
    if let Some(former) = instead_of {
        let name = format!("final-{}.json", former.analysis.on);
        write_atomically(&experiment.folder.join(name), &to_json(FINAL, former)?)?;
    }
    write_atomically(&experiment.folder.join(FINAL), &to_json(FINAL, kept)?)
}

/// The final analysis of the experiment of a project that ended last.
///
/// # Errors
/// When a plan or an analysis can't be read, or a plan was changed after it was frozen.
pub fn newest_result(project: &Project) -> Result<Option<Kept>> {
    let mut newest: Option<Kept> = None;
    for name in Experiment::names(project)? {
        let experiment = Experiment::open(project, Some(&name))?;
        let kept = results_of(&experiment)?;
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

/// A final analysis beside what was kept before.
pub(super) struct Place {
    /// The one that counts instead of it.
    pub(super) first: Option<Kept>,
    /// One that it takes the place of.
    pub(super) former: Option<Kept>,
    /// What to say of it.
    pub(super) departure: Option<String>,
}

/// Which of two final analyses counts. `noted` is one that was written down among the looks on
/// another day, with its departures.
///
/// # Errors
/// When one was broken off after it was written down and before it was kept.
pub(super) fn place(
    kept: Option<Kept>,
    noted: Option<(&Taken, bool)>,
    analysis: &Analysis,
    by_plan: bool,
) -> Result<Place> {
    let on = analysis.on;
    let not_counting = |day| {
        format!(
            "A final analysis was made on {day}, early or by force; it does not count, this is the one by the plan."
        )
    };
    let Some(kept) = kept else {
        return match noted {
            None => Ok(Place {
                first: None,
                former: None,
                departure: None,
            }),
            Some((look, true)) => Err(Error::Data(format!(
                "the final analysis of {} was broken off before it was kept, and it is the one that counts: finish it with `leadrank experiment final --as-of {}`",
                look.on, look.on
            ))),
            Some((look, false)) => Ok(Place {
                first: None,
                former: None,
                departure: by_plan.then(|| not_counting(look.on)),
            }),
        };
    };
    let day = kept.analysis.on;
    if by_plan && !kept.by_plan {
        return Ok(Place {
            first: None,
            former: Some(kept),
            departure: Some(not_counting(day)),
        });
    }
    let departure = match (day == on, kept.says_as(analysis)?) {
        (true, true) => None,
        (true, false) => Some(format!(
            "The final analysis of {day} was made already and decided; the data of that day have changed since, and this is what they say now; what counts is the first one."
        )),
        (false, _) => Some(format!(
            "The final analysis was made on {day} and decided; this one repeats it with what came in since; what counts is the first one."
        )),
    };
    Ok(Place {
        first: Some(kept),
        former: None,
        departure,
    })
}
