//! The end of an experiment: from then on it hides nothing.

use chrono::{DateTime, Utc};
use leadrank_evidence::{Gate, Unit, Verdict};

use super::folder::{Closed, Experiment};
use super::kept::results_of;
use crate::error::{Error, Result};
use crate::gates;
use crate::project::Project;
use crate::stages::as_of;

/// Closes an experiment as of the analysis date, so that everybody is shown again and another may
/// begin.
///
/// # Errors
/// [`Error::Gates`] where its final analysis by the plan is not made, unless forced; when it is closed
/// already, or can't be written.
pub async fn close(
    project: &Project,
    experiment: &Experiment,
    now: DateTime<Utc>,
    dry_run: bool,
) -> Result<Closed> {
    if let Some(closed) = &experiment.closed {
        return Err(Error::Data(format!(
            "`{}` was closed on {} already",
            experiment.plan.name, closed.on
        )));
    }
    let is_made = results_of(experiment)?.is_some_and(|kept| kept.by_plan);
    let gate = Gate {
        id: "experiment.ended".into(),
        rule: "the final analysis was made as planned".into(),
        value: None,
        unit: Unit::Count,
        verdict: match is_made {
            true => Verdict::Pass,
            false => Verdict::Fail,
        },
        action: format!(
            "run `leadrank experiment final` from {} on: once control is shown its scores nothing can be compared any more",
            experiment.plan.final_on()
        ),
        brief: None,
        forced: None,
    };
    let warehouse = project.warehouse().await?;
    let on = as_of(project, &warehouse).await?;
    if !dry_run {
        gates::require(project, now, "experiment close", vec![gate])?;
    }
    let closed = Closed {
        at: now,
        on,
        reason: project.force.clone().filter(|_| !is_made),
    };
    if !dry_run {
        experiment.write_closed(&closed)?;
    }
    Ok(closed)
}
