//! `leadrank run`: the stages in order, each skipped while its inputs are the same.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_learn::xgboost::Library;
use leadrank_sources::IngestReport;
use serde::Serialize;

use crate::error::Result;
use crate::progress::{Progress, Sink};
use crate::project::Project;
use crate::stages::dataset::DatasetReport;
use crate::stages::score::ScoreReport;
use crate::stages::train::TrainReport;
use crate::stages::{dataset, ingest, score, train};

/// How to run.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Stamped on records.
    pub now: DateTime<Utc>,
    /// Threads to use.
    pub threads: usize,
    /// Do everything again, whether up to date or not.
    pub fresh: bool,
    /// Load a vendor month even if a file that the month before had is missing.
    pub partial: bool,
}

/// Everything a run has to tell.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// The project's id.
    pub project: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The analysis date.
    pub as_of: NaiveDate,
    /// What was read.
    pub ingest: IngestReport,
    /// Labels, coverage, split.
    pub dataset: DatasetReport,
    /// Model and metrics.
    #[serde(flatten)]
    pub train: TrainReport,
    /// Scores, tiers, call list.
    pub score: ScoreReport,
    /// Wall-clock seconds of each stage, in order.
    pub seconds: Vec<(&'static str, f64)>,
}

/// Runs all stages and notes in the ledger how that ended.
///
/// # Errors
/// The first stage's failure; what earlier stages made stays valid.
pub async fn run(project: &Project, request: &Request, progress: &Sink<'_>) -> Result<RunReport> {
    let outcome = stages(project, request, progress).await;
    let problem = outcome.as_ref().err().map(ToString::to_string);
    crate::ledger::ran(project, request.now, problem.as_deref())?;
    outcome
}

async fn stages(project: &Project, request: &Request, progress: &Sink<'_>) -> Result<RunReport> {
    if request.fresh {
        crate::ledger::forget(project);
    }
    let (now, threads) = (request.now, request.threads);
    if let Err(error) = Library::open(None) {
        // Told before the long work: a model that is up to date needs no trainer, a new one does.
        progress(Progress::Warning(format!("training will fail: {error}")));
    }
    let mut clock = Stopwatch::new();
    let raw = ingest::Request {
        partial: request.partial,
        ..ingest::Request::raw_folder(now)
    };
    // A reason to train on little data is none to use a month that failed its gates.
    let ingest = ingest::run(&project.unforced(), &raw, progress).await?;
    clock.lap("ingest");
    let dataset = dataset::run(project, now, threads, progress).await?;
    clock.lap("features");
    let train = train::run(project, now, threads, progress).await?;
    clock.lap("train");
    let score = score::run(project, now, threads, progress).await?;
    clock.lap("score");
    Ok(RunReport {
        project: project.config().project.clone(),
        folder: project.root.clone(),
        as_of: dataset.as_of,
        ingest,
        dataset,
        train,
        score,
        seconds: clock.laps,
    })
}

struct Stopwatch {
    last: std::time::Instant,
    laps: Vec<(&'static str, f64)>,
}

impl Stopwatch {
    fn new() -> Self {
        Stopwatch {
            last: std::time::Instant::now(),
            laps: Vec::new(),
        }
    }

    fn lap(&mut self, stage: &'static str) {
        self.laps.push((stage, self.last.elapsed().as_secs_f64()));
        self.last = std::time::Instant::now();
    }
}
