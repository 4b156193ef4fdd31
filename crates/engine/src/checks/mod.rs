//! Checks: what a careful analyst would look at before believing a number.
//!
//! Each check reads the project, judges its gates, and tells what it found, worst first,
//! with the evidence. It writes nothing but the verdicts of its gates.

pub mod classes;
mod data;
pub mod imbalance;
pub mod leakage;
mod part;
pub mod quality;
pub mod statistics;

use chrono::NaiveDate;
use leadrank_evidence::Report;
use leadrank_sources::Known;

pub use data::{Input, Leads, Request};

use crate::error::{Error, Result};
use crate::gates;
use crate::progress::{Progress, Sink};
use crate::project::Project;
use crate::stages::open;

/// Which check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Can this data be used?
    Quality,
    /// Who converts?
    Classes,
    /// Does the model see the future?
    Leakage,
    /// Can a model learn from so few positives?
    Imbalance,
    /// Do the numbers hold?
    Statistics,
}

impl Which {
    /// All of them, in the order in which data meets them.
    pub const ALL: [Which; 5] = [
        Which::Quality,
        Which::Classes,
        Which::Leakage,
        Which::Imbalance,
        Which::Statistics,
    ];
}

/// Makes checks, records the verdicts of their gates, and gives their reports.
///
/// # Errors
/// When there is no data to look at, or a table can't be read.
pub async fn run(
    project: &Project,
    wanted: &[Which],
    request: Request,
    progress: &Sink<'_>,
) -> Result<Vec<Report>> {
    let input = match Input::load(project, request, progress).await {
        Ok(input) => input,
        Err(Error::NothingInUse(reason)) if wanted.contains(&Which::Quality) => {
            return of_deliveries(project, request, &reason, progress).await;
        }
        Err(error) => return Err(error),
    };
    let mut reports = Vec::with_capacity(wanted.len());
    for which in wanted {
        let (what, mut report) = match which {
            Which::Quality => ("quality", quality::check(&input).await?),
            Which::Classes => ("classes", classes::check(&input).await?),
            Which::Leakage => ("leakage", leakage::check(&input).await?),
            Which::Imbalance => ("imbalance", imbalance::check(&input).await?),
            Which::Statistics => ("statistics", statistics::check(&input).await?),
        };
        progress(Progress::Stage(format!("checked {what}")));
        note_verdicts(project, request, what, &mut report)?;
        reports.push(report);
    }
    Ok(reports)
}

/// The verdict on a past state says nothing of the present one. A check judges; what a failed
/// gate stops is passed by force where it stops.
fn note_verdicts(
    project: &Project,
    request: Request,
    what: &str,
    report: &mut Report,
) -> Result<()> {
    if project.known != Known::NOW {
        return Ok(());
    }
    let by = format!("check {what}");
    gates::record(&project.unforced(), request.now, &by, &mut report.gates)
}

/// What can be said where no lead or no vendor month is in use.
async fn of_deliveries(
    project: &Project,
    request: Request,
    reason: &str,
    progress: &Sink<'_>,
) -> Result<Vec<Report>> {
    let warehouse = project.warehouse().await?;
    let data = open(project, &warehouse, NaiveDate::default(), request.threads).await?;
    let mut report = quality::of_deliveries(project, &data, request, reason).await?;
    progress(Progress::Stage(
        "checked quality of deliveries alone".into(),
    ));
    note_verdicts(project, request, "quality", &mut report)?;
    Ok(vec![report])
}
