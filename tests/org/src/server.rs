//! The server: connections, faults, and which part of the API answers.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::faults::{Fault, Kind};
use crate::org::{State, lock};
use crate::reply::{self, Reply};
use crate::store::Refusal;
use crate::{collections, jobs, records, rest, token};

/// The versions of the API that are answered.
pub(crate) const VERSIONS: std::ops::RangeInclusive<u32> = 50..=66;

/// Takes connections until the task is aborted; they end with it.
pub(crate) async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&state), request));
            // A connection that breaks is what a dropped one is meant to look like.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// What a request is, for the parts of the API.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// `62.0` in `/services/data/v62.0/`; nothing where the path is another.
    pub(crate) version: Option<String>,
    /// Segments behind the version, or behind `/services/` where the path is another.
    pub(crate) path: Vec<String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    fn new(parts: hyper::http::request::Parts, body: Bytes) -> Self {
        let segments: Vec<String> = parts
            .uri
            .path()
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        let (version, path) = match &segments[..] {
            [services, data, version, rest @ ..] if services == "services" && data == "data" => {
                let version = version.strip_prefix('v').unwrap_or_default();
                (Some(version.to_owned()), rest.to_vec())
            }
            [services, rest @ ..] if services == "services" => (None, rest.to_vec()),
            _ => (None, segments),
        };
        let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        Asked {
            method: parts.method,
            version,
            path,
            query: pairs.into_owned().collect(),
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn json(&self) -> Result<Value, Box<Reply>> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Box::new(reply::refuse(400, "JSON_PARSER_ERROR", &error.to_string())))
    }

    pub(crate) fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A path below the version that was asked for.
    pub(crate) fn below(&self, path: &str) -> String {
        let version = self.version.as_deref().unwrap_or_default();
        format!("/services/data/v{version}/{path}")
    }

    fn knows_version(&self) -> bool {
        self.version.as_ref().is_none_or(|version| {
            let number = version.strip_suffix(".0").unwrap_or_default().parse();
            number.is_ok_and(|number: u32| VERSIONS.contains(&number))
        })
    }

    fn kind(&self) -> Kind {
        match (&self.method, &self.parts()[..]) {
            (_, ["oauth2", "token"]) => Kind::Token,
            (_, ["query" | "queryAll", ..]) => Kind::Query,
            (&Method::POST, ["jobs", _]) => Kind::JobCreate,
            (_, ["jobs", _, _, "batches"]) => Kind::JobUpload,
            (&Method::PATCH, ["jobs", ..]) => Kind::JobState,
            (&Method::DELETE, ["jobs", ..]) => Kind::JobDelete,
            (_, ["jobs", _] | ["jobs", _, _]) => Kind::JobPoll,
            (_, ["jobs", ..]) => Kind::JobResults,
            (_, ["composite", "sobjects", _]) => Kind::Retrieve,
            (_, ["composite", ..]) => Kind::Update,
            (_, ["sobjects", _, "describe"]) => Kind::Describe,
            (_, ["sobjects", _, _, ..]) | (&Method::POST, ["sobjects", _]) => Kind::Record,
            _ => Kind::Describe,
        }
    }
}

/// Dropping the connection is this error.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection is dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

async fn answer(
    state: Arc<Mutex<State>>,
    request: Request<Incoming>,
) -> Result<Response<Either<Full<Bytes>, Half>>, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let asked = Asked::new(parts, body.collect().await?.to_bytes());
    let kind = asked.kind();
    let faults = {
        let mut state = lock(&state);
        *state.requests.entry(kind).or_default() += 1;
        catch_up(&mut state, 1);
        state.faults.at(kind)
    };
    let (mut drop_after, mut truncate, mut is_late) = (false, false, false);
    for fault in faults {
        match fault {
            Fault::DropBefore => return Err(Box::new(Dropped)),
            Fault::DoneLate(after) => {
                lock(&state).late.push((after, asked.clone()));
                is_late = true;
            }
            Fault::DropAfter => drop_after = true,
            Fault::Truncate => truncate = true,
            Fault::Delay(time) => tokio::time::sleep(time).await,
            Fault::Refuse {
                status,
                code,
                retry_after,
            } => {
                let mut refused = reply::refuse(status, &code, "refused on purpose");
                if let Some(seconds) = retry_after {
                    refused.headers_mut().insert("Retry-After", seconds.into());
                }
                return Ok(refused.map(Either::Left));
            }
            other => happen(&mut lock(&state), other),
        }
    }
    if is_late {
        return Err(Box::new(Dropped));
    }
    let found = dispatch(&mut lock(&state), &asked, kind);
    if drop_after {
        return Err(Box::new(Dropped));
    }
    if truncate {
        let (parts, body) = found.into_parts();
        let whole = match body.collect().await {
            Ok(whole) => whole.to_bytes(),
            Err(never) => match never {},
        };
        return Ok(Response::from_parts(parts, Either::Right(Half::of(&whole))));
    }
    Ok(found.map(Either::Left))
}

/// Works on the late requests that are due after so many others.
pub(crate) fn catch_up(state: &mut State, requests: u32) {
    for (after, asked) in std::mem::take(&mut state.late) {
        match after.saturating_sub(requests) {
            0 => {
                // Nobody waits for the answer.
                let _ = dispatch(state, &asked, asked.kind());
            }
            left => state.late.push((left, asked)),
        }
    }
}

/// Faults of the org, not of the connection.
fn happen(state: &mut State, fault: Fault) {
    match fault {
        Fault::ExpireTokens => state.tokens.expire_all(),
        Fault::UseUp => state.used = state.options.daily_requests,
        Fault::LockRows(share) => {
            let words = "unable to obtain exclusive access to this record or 1 records";
            let refusal = Refusal::new("UNABLE_TO_LOCK_ROW", words, &[]);
            state.refusals.push((share, refusal));
        }
        Fault::InvalidRows(share) => {
            let words = "a rule of the org is broken";
            let refusal = Refusal::new("FIELD_CUSTOM_VALIDATION_EXCEPTION", words, &["Status"]);
            state.refusals.push((share, refusal));
        }
        Fault::FailJob(share) => state.jobs.fail_after = Some(share),
        Fault::StickJob(time) => state.jobs.stick_for = Some(time),
        Fault::Meddle(what, share) => state.meddle(&what, share),
        Fault::Refuse { .. }
        | Fault::DropBefore
        | Fault::DoneLate(_)
        | Fault::DropAfter
        | Fault::Truncate
        | Fault::Delay(_) => {}
    }
}

/// The first half of an answer, after which the connection breaks.
struct Half {
    half: Option<Bytes>,
    promised: u64,
}

impl Half {
    fn of(whole: &Bytes) -> Self {
        Half {
            half: Some(whole.slice(..whole.len() / 2)),
            promised: whole.len() as u64,
        }
    }
}

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        Poll::Ready(Some(match self.half.take() {
            Some(half) => Ok(Frame::data(half)),
            None => Err(Dropped),
        }))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}

fn dispatch(state: &mut State, asked: &Asked, kind: Kind) -> Reply {
    let now = state.now();
    jobs::settle(state, now);
    match (&asked.method, &asked.parts()[..]) {
        (&Method::POST, ["oauth2", "token"]) => return token::grant(state, asked),
        (&Method::GET, ["data"]) => return rest::versions(),
        _ => {}
    }
    if kind == Kind::Token || !asked.knows_version() {
        return reply::not_found();
    }
    if !state.tokens.holds(asked, now) {
        return reply::refuse(401, "INVALID_SESSION_ID", "Session expired or invalid");
    }
    let (used, allowed) = (state.used, state.options.daily_requests);
    let mut found = if used >= allowed {
        let words = "TotalRequests Limit exceeded.";
        reply::refuse(403, "REQUEST_LIMIT_EXCEEDED", words)
    } else {
        state.used += 1;
        match &asked.parts()[..] {
            _ if asked.version.is_none() => reply::not_found(),
            ["jobs", ..] => jobs::answer(state, asked),
            ["composite", ..] => collections::answer(state, asked),
            ["sobjects", ..] => records::answer(state, asked),
            _ => rest::answer(state, asked),
        }
    };
    let usage = format!("api-usage={}/{allowed}", state.used);
    if let Ok(usage) = usage.parse() {
        found.headers_mut().insert("Sforce-Limit-Info", usage);
    }
    found
}
