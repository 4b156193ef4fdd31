//! Bulk API 2.0: jobs that the org works off in its own time.

mod ingest;
mod query;

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use tokio::time::Instant;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::transport::{Body, Call};

pub use ingest::ResultKind;
pub(crate) use ingest::{LARGEST_UPLOAD, read_results};

/// Longest wait between two looks at a job.
const SLOWEST_POLL: Duration = Duration::from_secs(15);

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum JobState {
    /// Waits for data.
    Open,
    /// Has its data.
    UploadComplete,
    /// Is worked on.
    InProgress,
    /// Is given up.
    Aborted,
    /// Is done, records that were refused included.
    JobComplete,
    /// Broke off.
    Failed,
}

impl JobState {
    /// Whether nothing more will come.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            JobState::Aborted | JobState::JobComplete | JobState::Failed
        )
    }
}

/// A job.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: JobState,
    /// Records worked on so far.
    #[serde(default)]
    pub number_records_processed: u64,
    /// Of them refused.
    #[serde(default)]
    pub number_records_failed: u64,
    /// Why it broke off.
    #[serde(default)]
    pub error_message: Option<String>,
}

/// What kind of jobs: the part of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    Ingest,
    Query,
}

impl Queue {
    fn path(self) -> &'static str {
        match self {
            Queue::Ingest => "jobs/ingest",
            Queue::Query => "jobs/query",
        }
    }
}

impl Client {
    pub(crate) async fn job(&self, queue: Queue, id: &str) -> Result<Job> {
        let what = format!("the state of job {id}");
        let call = Call {
            what: &what,
            method: Method::GET,
            path: self.data(&format!("{}/{id}", queue.path())),
            body: Body::Nothing,
            repeatable: true,
        };
        self.send(call).await?.json(&what)
    }

    /// Sets a job's state; doing so twice is refused by the org, so it is asked before.
    pub(crate) async fn set_state(&self, queue: Queue, id: &str, state: &str) -> Result<Job> {
        let what = format!("setting job {id} to {state}");
        let call = Call {
            what: &what,
            method: Method::PATCH,
            path: self.data(&format!("{}/{id}", queue.path())),
            body: Body::Json(serde_json::json!({ "state": state })),
            repeatable: false,
        };
        self.send(call).await?.json(&what)
    }

    /// Deletes a job that is done; one that is gone is as good.
    pub(crate) async fn delete_job(&self, queue: Queue, id: &str) -> Result<()> {
        let what = format!("deleting job {id}");
        let call = Call {
            what: &what,
            method: Method::DELETE,
            path: self.data(&format!("{}/{id}", queue.path())),
            body: Body::Nothing,
            repeatable: true,
        };
        match self.send(call).await {
            Ok(_) | Err(Error::Api { status: 404, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Looks until a job is done; `seen` is told of each look.
    pub(crate) async fn wait(
        &self,
        queue: Queue,
        id: &str,
        seen: &mut dyn FnMut(&Job),
    ) -> Result<Job> {
        let patience = self.settings.patience;
        let begun = Instant::now();
        let mut pause = patience.poll;
        loop {
            let job = self.job(queue, id).await?;
            seen(&job);
            if job.state.is_final() {
                return Ok(job);
            }
            if begun.elapsed() > patience.job {
                return Err(Error::OutcomeUnknown {
                    what: format!("job {id}"),
                    problem: format!(
                        "it is not done after {} minutes",
                        patience.job.as_secs() / 60
                    ),
                });
            }
            tokio::time::sleep(pause).await;
            pause = pause.mul_f64(1.5).min(SLOWEST_POLL);
        }
    }
}
