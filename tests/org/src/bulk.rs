//! Bulk API 2.0: jobs of both kinds, worked off by the org's clock.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use hyper::Method;
use serde_json::{Map, Value, json};

use crate::ingest::{self, Results};
use crate::reply::{self, Reply};
use crate::server::{Asked, State};
use crate::soql;
use crate::store::{moment, read_moment};

/// Largest upload, in bytes.
const LARGEST: usize = 150_000_000;

/// All jobs.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    known: BTreeMap<String, Job>,
    made: u64,
    /// Share of rows that can't be locked the next time.
    pub(crate) lock_share: Option<f64>,
    /// Share of rows after which the next job breaks off.
    pub(crate) fail_after: Option<f64>,
}

impl Jobs {
    pub(crate) fn states(&self) -> Vec<String> {
        let ingest = self.known.values().filter(|job| !job.is_query);
        ingest.map(|job| job.state.to_owned()).collect()
    }
}

#[derive(Debug, Clone)]
struct Job {
    id: String,
    is_query: bool,
    operation: String,
    object: String,
    state: &'static str,
    settings: Map<String, Value>,
    /// What was uploaded.
    upload: Option<bytes::Bytes>,
    /// When it was closed.
    closed_at: Option<DateTime<Utc>>,
    made_at: DateTime<Utc>,
    results: Results,
    /// Records of a query, and their columns.
    records: Vec<Map<String, Value>>,
    columns: Vec<String>,
    error: Option<String>,
}

impl Job {
    fn shown(&self) -> Value {
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
            "apiVersion": 62.0,
            "jobType": if self.is_query { "V2Query" } else { "V2Ingest" },
            "lineEnding": self.settings.get("lineEnding").cloned().unwrap_or("LF".into()),
            "columnDelimiter": self.settings.get("columnDelimiter").cloned().unwrap_or("COMMA".into()),
            "retries": 0,
            "totalProcessingTime": 0,
            "numberRecordsProcessed": match self.is_query {
                true => self.records.len(),
                false => self.results.successful.len() + self.results.failed.len(),
            },
        });
        if !self.is_query {
            shown["numberRecordsFailed"] = self.results.failed.len().into();
            shown["contentUrl"] =
                format!("services/data/v62.0/jobs/ingest/{}/batches", self.id).into();
            shown["apexProcessingTime"] = 0.into();
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
    let due: Vec<String> = state
        .jobs
        .known
        .values()
        .filter(|job| matches!(job.state, "UploadComplete" | "InProgress"))
        .map(|job| job.id.clone())
        .collect();
    for id in due {
        let Some(job) = state.jobs.known.get(&id) else {
            continue;
        };
        let since = now - job.closed_at.unwrap_or(now);
        if since < takes {
            continue;
        }
        if since < takes * 2 {
            if let Some(job) = state.jobs.known.get_mut(&id) {
                job.state = "InProgress";
            }
            continue;
        }
        let mut job = job.clone();
        if job.is_query {
            job.state = "JobComplete";
        } else {
            work(state, &mut job, now);
        }
        state.jobs.known.insert(id, job);
    }
}

/// Works an ingest job off.
fn work(state: &mut State, job: &mut Job, now: DateTime<Utc>) {
    let upload = job.upload.clone().unwrap_or_default();
    match ingest::run(state, &job.object, &upload, now) {
        Ok((results, broke_off)) => {
            job.results = results;
            job.state = if broke_off { "Failed" } else { "JobComplete" };
            job.error = broke_off.then(|| "InternalServerError : broke off on purpose".to_owned());
        }
        Err(words) => {
            job.state = "Failed";
            job.error = Some(words);
        }
    }
}

pub(crate) fn answer(state: &mut State, asked: &Asked) -> Reply {
    let parts = asked.parts();
    let is_query = match parts.get(1) {
        Some(&"query") => true,
        Some(&"ingest") => false,
        _ => return not_found(),
    };
    match (&asked.method, &parts[2..]) {
        (&Method::POST, []) => create(state, asked, is_query),
        (&Method::GET, []) => {
            let jobs = state
                .jobs
                .known
                .values()
                .filter(|job| job.is_query == is_query);
            let records: Vec<Value> = jobs.map(Job::shown).collect();
            reply::json(
                200,
                &json!({ "done": true, "records": records, "nextRecordsUrl": null }),
            )
        }
        (method, [id, rest @ ..]) => {
            // Ids of 15 and of 18 characters are the same.
            let id = crate::store::long_id(id);
            match state.jobs.known.get(&id) {
                Some(job) if job.is_query == is_query => {}
                _ => return not_found(),
            }
            match (method, rest) {
                (&Method::GET, []) => reply::json(200, &state.jobs.known[&id].shown()),
                (&Method::PATCH, []) => set_state(state, asked, &id),
                (&Method::DELETE, []) => delete(state, &id),
                (&Method::PUT, ["batches"]) => upload(state, asked, &id),
                (&Method::GET, ["results"]) => query_results(&state.jobs.known[&id], asked),
                (&Method::GET, ["successfulResults"]) => results(&state.jobs.known[&id], 0),
                (&Method::GET, ["failedResults"]) => results(&state.jobs.known[&id], 1),
                // Clients spell it in both ways, and the org takes both.
                (&Method::GET, ["unprocessedrecords" | "unprocessedRecords"]) => {
                    results(&state.jobs.known[&id], 2)
                }
                _ => not_found(),
            }
        }
        _ => not_found(),
    }
}

fn not_found() -> Reply {
    reply::refuse(404, "NOT_FOUND", "The requested resource does not exist")
}

fn create(state: &mut State, asked: &Asked, is_query: bool) -> Reply {
    let settings = match asked.json() {
        Ok(Value::Object(settings)) => settings,
        Ok(_) => return reply::refuse(400, "INVALIDJOB", "a job is an object"),
        Err(refused) => return *refused,
    };
    let text = |name: &str| {
        settings
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let operation = text("operation");
    let (mut object, mut records, mut columns) = (text("object"), Vec::new(), Vec::new());
    if is_query {
        let all = operation == "queryAll";
        if !all && operation != "query" {
            return reply::refuse(400, "INVALIDJOB", "operation must be query or queryAll");
        }
        let found = soql::parse(&text("query"))
            .and_then(|query| Ok((soql::run(&state.store, &query, all)?, query)));
        match found {
            Ok((rows, query)) => {
                object = query.object.clone();
                columns = query.fields;
                records = rows;
            }
            Err((code, words)) => return reply::refuse(400, code, &words),
        }
    } else {
        if operation != "update" {
            return reply::refuse(
                400,
                "INVALIDJOB",
                "this stand-in knows the operation update only",
            );
        }
        match state.store.object(&object) {
            Some((name, _)) => object = name.to_owned(),
            None => {
                let words = format!("Unable to find object: {object}");
                return reply::refuse(400, "INVALIDJOB", &words);
            }
        }
        let ending = text("lineEnding");
        if !matches!(ending.as_str(), "" | "LF" | "CRLF") {
            return reply::refuse(400, "INVALIDJOB", "lineEnding must be LF or CRLF");
        }
    }
    state.jobs.made += 1;
    let id = format!("750xx{:010}AAA", state.jobs.made);
    let now = state.now();
    let job = Job {
        id: id.clone(),
        is_query,
        operation,
        object,
        state: if is_query { "UploadComplete" } else { "Open" },
        settings,
        upload: None,
        closed_at: is_query.then_some(now),
        made_at: now,
        results: Results::default(),
        records,
        columns,
        error: None,
    };
    let shown = job.shown();
    state.jobs.known.insert(id, job);
    reply::json(200, &shown)
}

fn upload(state: &mut State, asked: &Asked, id: &str) -> Reply {
    let kind = asked
        .headers
        .get("Content-Type")
        .and_then(|value| value.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("text/csv")) {
        return reply::refuse(415, "UNSUPPORTED_MEDIA_TYPE", "text/csv is needed");
    }
    if asked.body.len() > LARGEST {
        return reply::refuse(400, "CLIENT_ERROR", "the upload is larger than 150 MB");
    }
    let Some(job) = state.jobs.known.get_mut(id) else {
        return not_found();
    };
    if job.state != "Open" || job.upload.is_some() {
        let words = "Found multiple contents for job, or the job is not open";
        return reply::refuse(400, "INVALIDJOBSTATE", words);
    }
    job.upload = Some(asked.body.clone());
    reply::with(201, "application/json", bytes::Bytes::new())
}

fn set_state(state: &mut State, asked: &Asked, id: &str) -> Reply {
    let wanted = match asked.json() {
        Ok(body) => body["state"].as_str().unwrap_or_default().to_owned(),
        Err(refused) => return *refused,
    };
    let now = state.now();
    let Some(job) = state.jobs.known.get_mut(id) else {
        return not_found();
    };
    match (job.state, wanted.as_str()) {
        ("Open", "UploadComplete") => {
            job.state = "UploadComplete";
            job.closed_at = Some(now);
        }
        ("Open" | "UploadComplete" | "InProgress", "Aborted") => job.state = "Aborted",
        (from, to) => {
            let words = format!("Unable to transition from {from} to {to}");
            return reply::refuse(400, "INVALIDJOBSTATE", &words);
        }
    }
    reply::json(200, &job.shown())
}

fn delete(state: &mut State, id: &str) -> Reply {
    let is_over = state
        .jobs
        .known
        .get(id)
        .is_some_and(|job| matches!(job.state, "JobComplete" | "Failed" | "Aborted"));
    if !is_over {
        let words = "only jobs that are done, failed or aborted can be deleted";
        return reply::refuse(400, "API_ERROR", words);
    }
    state.jobs.known.remove(id);
    reply::nothing()
}

fn results(job: &Job, which: usize) -> Reply {
    if !matches!(job.state, "JobComplete" | "Failed" | "Aborted") {
        return reply::refuse(400, "INVALIDJOBSTATE", "the job is not done");
    }
    let body = match which {
        0 => ingest::successful(&job.results),
        1 => ingest::failed(&job.results),
        _ => match (job.state, &job.upload) {
            // Nothing of an aborted job was worked on.
            ("Aborted", Some(upload)) => upload.to_vec(),
            _ => ingest::unprocessed(&job.results),
        },
    };
    reply::csv(body, &[])
}

fn query_results(job: &Job, asked: &Asked) -> Reply {
    if job.state != "JobComplete" {
        return reply::refuse(400, "INVALIDJOBSTATE", "the job is not done");
    }
    let number = |name: &str| {
        asked
            .query
            .get(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
    let from = number("locator").unwrap_or(0).min(job.records.len());
    let until = number("maxRecords").map_or(job.records.len(), |most| from + most.max(1));
    let until = until.min(job.records.len());
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    let mut failed = writer.write_record(&job.columns).is_err();
    for record in &job.records[from..until] {
        let cells = job.columns.iter().map(|name| {
            let same = record
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            same.map_or_else(String::new, |(_, value)| cell(value))
        });
        failed |= writer.write_record(cells).is_err();
    }
    let Some(body) = writer.into_inner().ok().filter(|_| !failed) else {
        return reply::refuse(500, "UNKNOWN_EXCEPTION", "the page can't be written");
    };
    let locator = if until < job.records.len() {
        until.to_string()
    } else {
        "null".into()
    };
    reply::csv(
        body,
        &[
            ("Sforce-Locator", locator),
            ("Sforce-NumberOfRecords", (until - from).to_string()),
        ],
    )
}

/// A value as a cell; moments end on Z here, unlike in JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.ends_with("+0000") => match read_moment(text) {
            Some(at) => at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            None => text.clone(),
        },
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
