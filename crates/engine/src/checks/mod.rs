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

use leadrank_evidence::Report;
use leadrank_sources::Known;

pub use data::{Input, Leads, Request};

use crate::error::Result;
use crate::gates;
use crate::progress::{Progress, Sink};
use crate::project::Project;

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
    let input = Input::load(project, request, progress).await?;
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
        // The verdict on a past state says nothing of the present one.
        if project.known == Known::NOW {
            let by = format!("check {what}");
            // A check judges; what a failed gate stops is passed by force where it stops.
            gates::record(&project.unforced(), request.now, &by, &mut report.gates)?;
        }
        reports.push(report);
    }
    Ok(reports)
}
