//! What every verb shares: options, project, printer, runtime, clock.

use std::future::Future;
use std::path::PathBuf;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use leadrank_engine::{Project, progress::Progress};
use leadrank_sources::Known;

use crate::args::Shared;
use crate::printer::Printer;

/// One invocation.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) shared: Shared,
    pub(crate) printer: Printer,
    runtime: tokio::runtime::Runtime,
    /// When this invocation began; the only look at the clock. It stamps
    /// records and never enters a computation.
    pub(crate) now: DateTime<Utc>,
}

impl Context {
    pub(crate) fn new(shared: &Shared) -> anyhow::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        if let Some(threads) = shared.threads {
            builder.worker_threads(threads as usize);
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads as usize)
                .build_global()
                .context("the thread pool could not be set up")?;
        }
        let runtime = builder
            .enable_all()
            .build()
            .context("the runtime could not be started")?;
        let printer = Printer::new(shared.json, shared.quiet);
        Ok(Context {
            shared: shared.clone(),
            printer,
            runtime,
            now: Utc::now(),
        })
    }

    /// Threads to work with.
    pub(crate) fn threads(&self) -> usize {
        self.shared.threads.map_or_else(
            || std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            |threads| threads as usize,
        )
    }

    /// The folder that `--project` names, or the current one.
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        match &self.shared.project {
            Some(folder) => Ok(folder.clone()),
            None => std::env::current_dir().context("the current folder can't be read"),
        }
    }

    /// Opens the project, with the options of every verb in place.
    pub(crate) fn project(&self) -> anyhow::Result<Project> {
        let mut project = match &self.shared.project {
            Some(folder) => Project::open(folder)?,
            None => Project::find(&self.folder()?)?,
        };
        self.apply(&mut project);
        Ok(project)
    }

    /// Opens the project, making it where there is none yet.
    pub(crate) fn project_or_new(&self) -> anyhow::Result<Project> {
        let mut project = match &self.shared.project {
            Some(folder) => Project::init(folder)?,
            None => match Project::find(&self.folder()?) {
                Ok(project) => project,
                Err(leadrank_engine::Error::NoProject(_)) => Project::init(&self.folder()?)?,
                Err(error) => return Err(error.into()),
            },
        };
        self.apply(&mut project);
        Ok(project)
    }

    /// Puts the options of every verb in place.
    pub(crate) fn apply(&self, project: &mut Project) {
        let config = &mut project.loaded.config;
        config.as_of = self.shared.as_of.or(config.as_of);
        config.seed = self.shared.seed.unwrap_or(config.seed);
        config.settle();
        project.force.clone_from(&self.shared.force);
        if let Some(day) = self.shared.as_known_on {
            project.known = Known::on(day);
        }
    }

    /// Runs asynchronous work to its end.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Passes progress on to the printer.
    pub(crate) fn sink(&self) -> impl Fn(Progress) + Sync + '_ {
        |progress| self.printer.progress(progress)
    }
}
