//! Bulk API 2.0: jobs of both kinds, worked off by the org's clock.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hyper::Method;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::csv_form::Form;
use crate::ingest::{self, Results, Task};
use crate::org::State;
use crate::query_job;
use crate::reply::{self, Reply};
use crate::server::Asked;
use crate::store::Record;
use crate::values::{long_id, moment};

/// All jobs.
#[derive(Debug)]
pub(crate) struct Jobs {
    known: BTreeMap<String, Job>,
    made: u64,
    /// Share of rows after which the next job breaks off.
    pub(crate) fail_after: Option<f64>,
    /// How much longer the next job is in progress.
    pub(crate) stick_for: Option<Duration>,
    /// In which order results come.
    pub(crate) order: ChaCha8Rng,
}

impl Jobs {
    pub(crate) fn new(seed: u64) -> Self {
        Jobs {
            known: BTreeMap::new(),
            made: 0,
            fail_after: None,
            stick_for: None,
            order: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    pub(crate) fn states(&self) -> Vec<String> {
        let ingest = self.known.values().filter(|job| !job.is_query());
        ingest.map(|job| job.state.to_owned()).collect()
    }

    pub(crate) fn heal(&mut self) {
        self.fail_after = None;
        self.stick_for = None;
        for job in self.known.values_mut() {
            job.sticks_for = TimeDelta::zero();
        }
    }
}

/// What a job is for.
#[derive(Debug, Clone)]
enum Work {
    Ingest {
        task: Task,
        /// What was uploaded.
        upload: Option<bytes::Bytes>,
        results: Results,
    },
    /// The records that were found, and their columns.
    Query {
        records: Vec<Record>,
        columns: Vec<String>,
    },
}

#[derive(Debug, Clone)]
struct Job {
    id: String,
    operation: String,
    object: String,
    state: &'static str,
    form: Form,
    version: String,
    made_at: DateTime<Utc>,
    /// When it was closed; for a query, when it was made.
    closed_at: Option<DateTime<Utc>>,
    sticks_for: TimeDelta,
    work: Work,
    error: Option<String>,
}

impl Job {
    fn is_query(&self) -> bool {
        matches!(self.work, Work::Query { .. })
    }

    fn is_over(&self) -> bool {
        matches!(self.state, "JobComplete" | "Failed" | "Aborted")
    }

    fn shown(&self) -> Value {
        let version: f64 = self.version.parse().unwrap_or_default();
        let mut shown = json!({
            "id": self.id,
            "operation": self.operation,
            "object": self.object,
            "createdById": "005xx0000000001AAA",
            "createdDate": moment(self.made_at),
            "systemModstamp": moment(self.closed_at.unwrap_or(self.made_at)),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": version,
            "lineEnding": self.form.line_ending(),
            "columnDelimiter": self.form.delimiter_name(),
        });
        match &self.work {
            Work::Query { records, .. } => {
                shown["jobType"] = "V2Query".into();
                if self.state == "JobComplete" {
                    shown["numberRecordsProcessed"] = records.len().into();
                    shown["retries"] = 0.into();
                    shown["totalProcessingTime"] = 0.into();
                }
            }
            Work::Ingest { task, results, .. } => {
                shown["jobType"] = "V2Ingest".into();
                if self.state == "Open" {
                    let path = format!("services/data/v{}/jobs/ingest/{}", self.version, self.id);
                    shown["contentUrl"] = format!("{path}/batches").into();
                }
                if let Task::Upsert(field) = task {
                    shown["externalIdFieldName"] = field.as_str().into();
                }
                let failed = results.failed.len();
                shown["numberRecordsProcessed"] = (results.successful.len() + failed).into();
                shown["numberRecordsFailed"] = failed.into();
                for time in ["retries", "totalProcessingTime", "apexProcessingTime"] {
                    shown[time] = 0.into();
                }
            }
        }
        if let Some(error) = &self.error {
            shown["errorMessage"] = error.as_str().into();
        }
        shown
    }
}

/// Moves jobs on to where they are by now.
pub(crate) fn settle(state: &mut State, now: DateTime<Utc>) {
    let takes = TimeDelta::from_std(state.options.job_takes).unwrap_or_default();
    let jobs = state.jobs.known.values();
    let due: Vec<String> = jobs
        .filter(|job| matches!(job.state, "UploadComplete" | "InProgress"))
        .map(|job| job.id.clone())
        .collect();
    for id in due {
        let Some(mut job) = state.jobs.known.remove(&id) else {
            continue;
        };
        let since = now - job.closed_at.unwrap_or(now);
        if since >= takes * 2 + job.sticks_for {
            work(state, &mut job, now);
        } else if since >= takes {
            job.state = "InProgress";
        }
        state.jobs.known.insert(id, job);
    }
}

/// Works a job off.
fn work(state: &mut State, job: &mut Job, now: DateTime<Utc>) {
    job.state = "JobComplete";
    let Work::Ingest {
        task,
        upload,
        results,
    } = &mut job.work
    else {
        return;
    };
    let upload = upload.clone().unwrap_or_default();
    let (found, error) = ingest::run(state, &job.object, task, job.form, &upload, now);
    *results = found;
    if error.is_some() {
        job.state = "Failed";
        job.error = error;
    }
}

pub(crate) fn answer(state: &mut State, asked: &Asked) -> Reply {
    let parts = asked.parts();
    let is_query = match parts.get(1) {
        Some(&"query") => true,
        Some(&"ingest") => false,
        _ => return reply::not_found(),
    };
    match (&asked.method, &parts[2..]) {
        (&Method::POST, []) => create(state, asked, is_query).unwrap_or_else(|refused| *refused),
        (&Method::GET, []) => list(state, is_query),
        (method, [id, rest @ ..]) => {
            // Ids of 15 and of 18 characters are the same.
            let id = long_id(id);
            let job = state.jobs.known.get_mut(&id);
            let Some(job) = job.filter(|job| job.is_query() == is_query) else {
                return reply::not_found();
            };
            match (method, rest) {
                (&Method::GET, []) => reply::json(200, &job.shown()),
                (&Method::PATCH, []) => set_state(state, asked, &id),
                (&Method::DELETE, []) if job.is_over() => {
                    state.jobs.known.remove(&id);
                    reply::nothing()
                }
                (&Method::DELETE, []) => {
                    let words = format!("Deleting a job in state {} is not allowed", job.state);
                    reply::refuse(400, "API_ERROR", &words)
                }
                (&Method::PUT, ["batches"]) => {
                    let largest = state.options.largest_upload;
                    upload(job, asked, largest)
                }
                (&Method::GET, [which]) => results(job, asked, which),
                _ => reply::not_found(),
            }
        }
        _ => reply::not_found(),
    }
}

fn list(state: &State, is_query: bool) -> Reply {
    let jobs = state.jobs.known.values();
    let records: Vec<Value> = jobs
        .filter(|job| job.is_query() == is_query)
        .map(Job::shown)
        .collect();
    reply::json(
        200,
        &json!({ "done": true, "records": records, "nextRecordsUrl": null }),
    )
}

fn invalid(words: &str) -> Box<Reply> {
    Box::new(reply::refuse(400, "INVALIDJOB", words))
}

fn create(state: &mut State, asked: &Asked, is_query: bool) -> Result<Reply, Box<Reply>> {
    let Value::Object(settings) = asked.json()? else {
        return Err(invalid("a job is described by an object"));
    };
    let text = |name: &str| settings.get(name).and_then(Value::as_str).unwrap_or("");
    let form =
        Form::read(text("columnDelimiter"), text("lineEnding")).map_err(|words| invalid(&words))?;
    if !matches!(text("contentType"), "" | "CSV") {
        return Err(invalid("The only supported content type is CSV"));
    }
    let operation = text("operation");
    let (object, work) = if is_query {
        let found = query_job::run(&state.store, operation, text("query"));
        let (object, records, columns) =
            found.map_err(|(code, words)| Box::new(reply::refuse(400, code, &words)))?;
        (object, Work::Query { records, columns })
    } else {
        let Some((object, _)) = state.store.object(text("object")) else {
            let words = format!("Unable to find object: {}", text("object"));
            return Err(invalid(&words));
        };
        let object = object.to_owned();
        let task = Task::read(
            &state.store,
            &object,
            operation,
            text("externalIdFieldName"),
        );
        let work = Work::Ingest {
            task: task.map_err(|words| invalid(&words))?,
            upload: None,
            results: Results::default(),
        };
        (object, work)
    };
    let now = state.now();
    state.jobs.made += 1;
    let sticks_for = match is_query {
        true => sticks(&mut state.jobs),
        false => TimeDelta::zero(),
    };
    let job = Job {
        id: long_id(&format!("750xx{:010}", state.jobs.made)),
        operation: operation.to_owned(),
        object,
        state: if is_query { "UploadComplete" } else { "Open" },
        form,
        version: asked.version.clone().unwrap_or_default(),
        made_at: now,
        closed_at: is_query.then_some(now),
        sticks_for,
        work,
        error: None,
    };
    let shown = job.shown();
    state.jobs.known.insert(job.id.clone(), job);
    Ok(reply::json(200, &shown))
}

/// How long the job that is due now sticks; the next one does not.
fn sticks(jobs: &mut Jobs) -> TimeDelta {
    let time = jobs.stick_for.take().map(TimeDelta::from_std);
    time.and_then(Result::ok).unwrap_or_default()
}

fn upload(job: &mut Job, asked: &Asked, largest: usize) -> Reply {
    let is_csv = asked
        .header("Content-Type")
        .is_some_and(|kind| kind.starts_with("text/csv"));
    if !is_csv {
        let words = "Content-Type of the data of a job has to be text/csv";
        return reply::refuse(415, "UNSUPPORTED_MEDIA_TYPE", words);
    }
    let Work::Ingest { upload, .. } = &mut job.work else {
        return reply::not_found();
    };
    if upload.is_some() {
        let words = format!(
            "Found multiple contents for job: <{}>, please 'Close' / 'Abort' / 'Delete' the current Job then create a new Job and make sure you only do 'PUT' once on a given Job.",
            job.id
        );
        return reply::refuse(400, "INVALIDJOBSTATE", &words);
    }
    if job.state != "Open" {
        let words = format!(
            "Job is in state {}; data goes into open jobs only",
            job.state
        );
        return reply::refuse(400, "INVALIDJOBSTATE", &words);
    }
    if asked.body.len() > largest {
        let words = format!("The request body is larger than {} MB", largest / 1_000_000);
        return reply::refuse(413, "REQUEST_ENTITY_TOO_LARGE", &words);
    }
    *upload = Some(asked.body.clone());
    reply::with(201, "application/json", bytes::Bytes::new())
}

fn set_state(state: &mut State, asked: &Asked, id: &str) -> Reply {
    let body = match asked.json() {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let wanted = body["state"].as_str().unwrap_or_default();
    let now = state.now();
    let State { jobs, .. } = state;
    let from = jobs.known.get(id).map_or("", |job| job.state);
    let (to, sticks_for) = match (from, wanted) {
        ("Open", "UploadComplete") => ("UploadComplete", sticks(jobs)),
        ("Open" | "UploadComplete" | "InProgress", "Aborted") => ("Aborted", TimeDelta::zero()),
        _ => {
            let words = format!("Unable to transition from {from} to {wanted}");
            return reply::refuse(400, "INVALIDJOBSTATE", &words);
        }
    };
    let Some(job) = jobs.known.get_mut(id) else {
        return reply::not_found();
    };
    job.state = to;
    job.closed_at = Some(now);
    job.sticks_for = sticks_for;
    reply::json(200, &job.shown())
}

fn results(job: &Job, asked: &Asked, which: &str) -> Reply {
    match &job.work {
        Work::Query { records, columns } => {
            if which != "results" {
                return reply::not_found();
            }
            if job.state != "JobComplete" {
                return too_early(job);
            }
            query_job::results(records, columns, job.form, asked)
        }
        Work::Ingest {
            results, upload, ..
        } => {
            let is_known = matches!(
                which,
                // Clients spell the last one in both ways, and the org takes both.
                "successfulResults" | "failedResults" | "unprocessedrecords" | "unprocessedRecords"
            );
            if !is_known {
                return reply::not_found();
            }
            if !job.is_over() {
                return too_early(job);
            }
            let body = match which {
                "successfulResults" => ingest::successful(results, job.form),
                "failedResults" => ingest::failed(results, job.form),
                // Nothing of an aborted job was worked on.
                _ if job.state == "Aborted" => upload.clone().unwrap_or_default().to_vec(),
                _ => ingest::unprocessed(results, job.form),
            };
            reply::csv(body, &[])
        }
    }
}

fn too_early(job: &Job) -> Reply {
    let words = format!("Job is in state {}; its results are not there", job.state);
    reply::refuse(400, "INVALIDJOBSTATE", &words)
}
