//! Scores for everybody, step by step, after the experiment.

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_evidence::{Gate, Unit, Verdict};
use leadrank_warehouse::Params;
use serde::Serialize;

use super::folder::{Experiment, Rollout};
use super::kept::{Kept, results_of};
use super::visibility::Visibility;
use crate::error::{Error, Result};
use crate::gates;
use crate::project::Project;
use crate::stages::rows::Rows;
use crate::stages::{as_of, open};

/// A step of the roll-out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RolledOut {
    /// From which day on.
    pub from: NaiveDate,
    /// Share of units that see scores.
    pub share: f64,
    /// Open leads whose score is shown then.
    pub shown: u64,
    /// Scored open leads.
    pub open: u64,
}

/// Rolls scores out to a share of all units from the analysis date on, the hold-out excepted.
///
/// # Errors
/// [`Error::Gates`] where the final analysis did not show that scores work, unless forced; when
/// the share is none or smaller than before.
pub async fn roll_out(
    project: &Project,
    experiment: &Experiment,
    share: f64,
    now: DateTime<Utc>,
    dry_run: bool,
    threads: usize,
) -> Result<RolledOut> {
    if !(share > 0.0 && share <= 1.0) {
        return Err(Error::Data(format!(
            "{} % is no share to roll out to: write 10, 50 or 100",
            100.0 * share
        )));
    }
    let last = experiment.rollouts()?.pop();
    if let Some(last) = last.filter(|last| share < last.share) {
        return Err(Error::Data(format!(
            "scores are rolled out to {:.0} % already; to take them back, run another experiment or hide the fields in Salesforce",
            100.0 * last.share
        )));
    }
    let gate = works(results_of(experiment)?.as_ref());
    gates::require(project, now, "experiment rollout", vec![gate])?;
    let warehouse = project.warehouse().await?;
    let day = as_of(project, &warehouse).await?;
    let step = Rollout {
        at: now,
        from: day,
        share,
    };
    let data = open(project, &warehouse, day, threads).await?;
    let leads: Vec<String> = match data.session.has_table("LeadScoring.lead_scores_current") {
        true => {
            let query = "SELECT lead_id FROM LeadScoring.lead_scores_current ORDER BY lead_id";
            let rows = Rows::new(data.session.collect(query, &Params::default()).await?);
            rows.texts("lead_id")?.into_iter().flatten().collect()
        }
        false => Vec::new(),
    };
    let ids: Vec<&str> = leads.iter().map(String::as_str).collect();
    let hidden = Visibility::with_step(experiment, &data.session, &ids, &step).await?;
    if !dry_run {
        experiment.roll_out(&step)?;
    }
    Ok(RolledOut {
        from: day,
        share,
        shown: leads.iter().filter(|lead| !hidden.hides(lead)).count() as u64,
        open: leads.len() as u64,
    })
}

/// Whether the final analysis is a proof.
fn works(kept: Option<&Kept>) -> Gate {
    let action = match kept {
        None => "no final analysis was made: run `leadrank experiment final` first".to_owned(),
        Some(kept) if kept.says_works() => format!(
            "it said: {}; but it departed from the plan, so it is a hint and no proof: {}",
            kept.decision.words(),
            kept.departures.join(" ")
        ),
        Some(kept) => format!("it said: {}", kept.decision.words()),
    };
    Gate {
        id: "experiment.works".into(),
        rule: "the final analysis, made as planned, showed that scores work".into(),
        value: None,
        unit: Unit::Count,
        verdict: match kept.is_some_and(Kept::is_proof) {
            true => Verdict::Pass,
            false => Verdict::Fail,
        },
        action,
        brief: None,
        forced: None,
    }
}
