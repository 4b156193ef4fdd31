//! Many records in one job: make it, give it its CSV, close it, wait, read what became of each.

use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::Method;
use serde_json::json;

use super::{Job, Queue};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::transport::{Body, Call};

/// Largest CSV of one job, in bytes: the org takes 150 MB after encoding it.
pub(crate) const LARGEST_UPLOAD: usize = 100_000_000;

/// Which of a job's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultKind {
    /// Written.
    Successful,
    /// Refused.
    Failed,
    /// Not looked at.
    Unprocessed,
}

impl ResultKind {
    fn path(self) -> &'static str {
        match self {
            ResultKind::Successful => "successfulResults/",
            ResultKind::Failed => "failedResults/",
            ResultKind::Unprocessed => "unprocessedrecords/",
        }
    }
}

impl Client {
    /// Makes a job that updates records of `object`.
    ///
    /// # Errors
    /// When it is refused, or its outcome is not known.
    pub async fn create_update_job(&self, object: &str) -> Result<Job> {
        let what = "making a job";
        let call = Call {
            what,
            method: Method::POST,
            path: self.data(Queue::Ingest.path()),
            body: Body::Json(json!({
                "object": object,
                "operation": "update",
                "contentType": "CSV",
                "lineEnding": "LF",
                "columnDelimiter": "COMMA",
            })),
            repeatable: false,
        };
        self.send(call).await?.json(what)
    }

    /// Gives a job its records.
    ///
    /// # Errors
    /// When they are refused, or the outcome is not known.
    pub async fn upload(&self, job: &str, csv: Bytes) -> Result<()> {
        let what = format!("sending records to job {job}");
        let call = Call {
            what: &what,
            method: Method::PUT,
            path: self.data(&format!("{}/{job}/batches", Queue::Ingest.path())),
            body: Body::Csv(csv),
            repeatable: false,
        };
        self.send(call).await?;
        Ok(())
    }

    /// Says that a job has all of its records.
    ///
    /// # Errors
    /// When it is refused, or the outcome is not known.
    pub async fn close_job(&self, job: &str) -> Result<()> {
        self.set_state(Queue::Ingest, job, "UploadComplete").await?;
        Ok(())
    }

    /// Gives a job up.
    ///
    /// # Errors
    /// When it is refused, or the outcome is not known.
    pub async fn abort_job(&self, job: &str) -> Result<()> {
        self.set_state(Queue::Ingest, job, "Aborted").await?;
        Ok(())
    }

    /// Where a job stands.
    ///
    /// # Errors
    /// When it is not known or no answer comes.
    pub async fn ingest_job(&self, job: &str) -> Result<Job> {
        self.job(Queue::Ingest, job).await
    }

    /// Looks until a job is done; `seen` is told of each look.
    ///
    /// # Errors
    /// When no answer comes, or the job takes longer than the patience set for it.
    pub async fn wait_for_job(&self, job: &str, seen: &mut dyn FnMut(&Job)) -> Result<Job> {
        self.wait(Queue::Ingest, job, seen).await
    }

    /// Forgets a job that is done, and its data with it.
    ///
    /// # Errors
    /// When it is not done or no answer comes.
    pub async fn forget_job(&self, job: &str) -> Result<()> {
        self.delete_job(Queue::Ingest, job).await
    }

    /// A job's results of one kind; each row as a map from column to text.
    ///
    /// # Errors
    /// When no answer comes, or it is no CSV.
    pub async fn results(
        &self,
        job: &str,
        kind: ResultKind,
        each: &mut dyn FnMut(&BTreeMap<&str, &str>) -> Result<()>,
    ) -> Result<u64> {
        let what = format!("results of job {job}");
        let call = Call {
            what: &what,
            method: Method::GET,
            path: self.data(&format!("{}/{job}/{}", Queue::Ingest.path(), kind.path())),
            body: Body::Nothing,
            repeatable: true,
        };
        let answer = self.send(call).await?;
        read_results(&answer.body, &what, each)
    }
}

/// Reads a file of results.
pub(crate) fn read_results(
    bytes: &[u8],
    what: &str,
    each: &mut dyn FnMut(&BTreeMap<&str, &str>) -> Result<()>,
) -> Result<u64> {
    // What a spreadsheet saved begins with a mark of byte order.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let unreadable = |error: csv::Error| Error::answer(what, error.to_string());
    let header = reader.headers().map_err(unreadable)?.clone();
    let mut record = csv::StringRecord::new();
    let mut count = 0;
    while reader.read_record(&mut record).map_err(unreadable)? {
        let row = header.iter().zip(&record).collect();
        each(&row)?;
        count += 1;
    }
    Ok(count)
}
