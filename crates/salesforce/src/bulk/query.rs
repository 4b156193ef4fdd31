//! Large queries: one job, many pages of CSV.

use csv::StringRecord;
use reqwest::Method;

use super::{Job, JobState, Queue};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::transport::{Body, Call};

/// Records of one page: enough to be quick, few enough to hold in memory.
const PAGE: u32 = 20_000;

impl Client {
    /// Runs a query as a job and hands over its header and each record; with `all`, deleted
    /// records too. One page is held in memory at a time. Returns the number of records.
    ///
    /// # Errors
    /// When the query is refused, the job breaks off, or no answer comes.
    pub async fn bulk_query(
        &self,
        soql: &str,
        all: bool,
        each: &mut dyn FnMut(&StringRecord, &StringRecord) -> Result<()>,
    ) -> Result<u64> {
        let what = "a bulk query";
        let operation = if all { "queryAll" } else { "query" };
        let call = Call {
            what,
            method: Method::POST,
            path: self.data(Queue::Query.path()),
            body: Body::Json(serde_json::json!({ "operation": operation, "query": soql })),
            // A second job of the same query does no harm.
            repeatable: true,
        };
        let job: Job = self.send(call).await?.json(what)?;
        let read = self.read_job(&job.id, each).await;
        // Tidiness only: the org forgets jobs by itself after a week. Where nobody answers, there
        // is nobody to ask.
        if let Ok(_) | Err(Error::Api { .. } | Error::Answer { .. }) = read {
            let _ = self.delete_job(Queue::Query, &job.id).await;
        }
        read
    }

    async fn read_job(
        &self,
        job: &str,
        each: &mut dyn FnMut(&StringRecord, &StringRecord) -> Result<()>,
    ) -> Result<u64> {
        let what = "a bulk query";
        let done = self.wait(Queue::Query, job, &mut |_| {}).await?;
        if done.state != JobState::JobComplete {
            return Err(Error::Api {
                what: what.into(),
                status: 200,
                code: format!("{:?}", done.state),
                message: done.error_message.unwrap_or_default(),
            });
        }
        let mut locator: Option<String> = None;
        let mut count = 0;
        loop {
            let from = locator.as_ref().map_or(String::new(), |at| {
                let at: String = url::form_urlencoded::byte_serialize(at.as_bytes()).collect();
                format!("&locator={at}")
            });
            let call = Call {
                what,
                method: Method::GET,
                path: self.data(&format!(
                    "{}/{job}/results?maxRecords={PAGE}{from}",
                    Queue::Query.path()
                )),
                body: Body::Nothing,
                repeatable: true,
            };
            let page = self.send(call).await?;
            let mut reader = csv::Reader::from_reader(&page.body[..]);
            let unreadable = |error: csv::Error| Error::answer(what, error.to_string());
            let header = reader.headers().map_err(unreadable)?.clone();
            let mut record = StringRecord::new();
            let mut in_page: u64 = 0;
            while reader.read_record(&mut record).map_err(unreadable)? {
                in_page += 1;
                each(&header, &record)?;
            }
            let promised = page
                .header("Sforce-NumberOfRecords")
                .and_then(|n| n.parse().ok());
            if promised.is_some_and(|promised: u64| promised != in_page) {
                let problem = format!("a page holds {in_page} records, not as many as it says");
                return Err(Error::answer(what, problem));
            }
            count += in_page;
            let next = page
                .header("Sforce-Locator")
                .filter(|at| *at != "null" && !at.is_empty())
                .map(str::to_owned);
            if next.is_none() {
                return Ok(count);
            }
            if next == locator {
                return Err(Error::answer(what, "a page names itself as the next one"));
            }
            locator = next;
        }
    }
}
