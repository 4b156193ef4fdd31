//! The server: connections, faults, and which part of the API answers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::bulk::Jobs;
use crate::faults::{Fault, Faults, Kind, Rule};
use crate::fields::Field;
use crate::reply::{self, Reply};
use crate::store::{Store, Write};
use crate::token::Tokens;
use crate::{bulk, collections, rest, token};

/// How the org is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Consumer key of the connected app.
    pub client_id: String,
    /// Consumer secret of the connected app.
    pub client_secret: String,
    /// Public key (PEM) of the JWT bearer flow, if it is allowed.
    pub public_key: Option<String>,
    /// The user of the JWT bearer flow.
    pub username: String,
    /// How long a token holds.
    pub token_holds: Duration,
    /// Requests allowed in 24 hours.
    pub daily_requests: u64,
    /// Where the org's clock begins.
    pub now: DateTime<Utc>,
    /// How long a job waits, and how long it is worked on.
    pub job_takes: Duration,
    /// Records of a page of a query.
    pub page: usize,
    /// Fields beside those that objects have anyway.
    pub fields: Vec<(String, Field)>,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            client_id: "stand-in-app".into(),
            client_secret: "stand-in-secret".into(),
            public_key: None,
            username: "integration@example.com".into(),
            token_holds: Duration::from_secs(7200),
            daily_requests: 100_000,
            now: DateTime::UNIX_EPOCH + TimeDelta::days(20_454),
            job_takes: Duration::from_millis(4),
            page: 2000,
            fields: Vec::new(),
            seed: 1,
        }
    }
}

pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) store: Store,
    pub(crate) jobs: Jobs,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) cursors: BTreeMap<String, Vec<Map<String, Value>>>,
    pub(crate) used: u64,
    requests: BTreeMap<Kind, u64>,
    started: Instant,
    ahead: TimeDelta,
    pub(crate) address: String,
}

impl State {
    /// The org's clock.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.started.elapsed()).unwrap_or_default();
        self.options.now + elapsed + self.ahead
    }
}

/// A running org. It stops when it is dropped.
pub struct Org {
    state: Arc<Mutex<State>>,
    server: tokio::task::JoinHandle<()>,
    /// Where it listens: `http://127.0.0.1:<port>`.
    pub url: String,
}

impl Drop for Org {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Org {
    /// Starts an org on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        Self::start_at(options, 0).await
    }

    /// Starts an org on a port of this machine.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start_at(options: Options, port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Mutex::new(State {
            store: Store::new(&options.fields),
            jobs: Jobs::default(),
            tokens: Tokens::default(),
            faults: Faults::new(options.seed),
            cursors: BTreeMap::new(),
            used: 0,
            requests: BTreeMap::new(),
            started: Instant::now(),
            ahead: TimeDelta::zero(),
            address: url.clone(),
            options,
        }));
        let shared = Arc::clone(&state);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&state), request));
                    // A connection that breaks is what a dropped one is meant to look like.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Ok(Org { state, server, url })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Puts a record in as it is. Returns its id.
    pub fn put(&self, object: &str, values: Map<String, Value>) -> Option<String> {
        let mut state = self.lock();
        let now = state.now();
        state.store.put(object, values, now)
    }

    /// Puts the records of a CSV export in. Returns their number.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn load(&self, object: &str, export: impl std::io::Read) -> Result<u64, csv::Error> {
        crate::load::load(self, object, export)
    }

    /// A record.
    pub fn get(&self, object: &str, id: &str) -> Option<Map<String, Value>> {
        self.lock()
            .store
            .objects
            .get(object)?
            .records
            .get(id)
            .cloned()
    }

    /// Changes a record as another user would, by no rules. Not in the log.
    pub fn set(&self, object: &str, id: &str, field: &str, value: Value) {
        let mut state = self.lock();
        let now = crate::store::moment(state.now());
        let objects = &mut state.store.objects;
        if let Some(record) = objects
            .get_mut(object)
            .and_then(|of| of.records.get_mut(id))
        {
            record.insert(field.to_owned(), value);
            record.insert("SystemModstamp".into(), now.into());
        }
    }

    /// Deletes a record as another user would.
    pub fn delete(&self, object: &str, id: &str) {
        let mut state = self.lock();
        let now = state.now();
        let _ = state.store.delete(object, id, now);
    }

    /// Takes a field away, as an administrator would.
    pub fn drop_field(&self, object: &str, field: &str) {
        if let Some(of) = self.lock().store.objects.get_mut(object) {
            of.fields.retain(|known| known.name != field);
        }
    }

    /// All writes that went through the API, in their order.
    pub fn writes(&self) -> Vec<Write> {
        self.lock().store.log.clone()
    }

    /// Forgets the log of writes.
    pub fn forget_writes(&self) {
        self.lock().store.log.clear();
    }

    /// How many requests of each kind came.
    pub fn requests(&self) -> BTreeMap<Kind, u64> {
        self.lock().requests.clone()
    }

    /// Adds a fault.
    pub fn fault(&self, kind: impl Into<Option<Kind>>, when: crate::When, fault: Fault) {
        self.lock().faults.add(Rule {
            kind: kind.into(),
            when,
            fault,
        });
    }

    /// Takes all faults away.
    pub fn heal(&self) {
        self.lock().faults.clear();
    }

    /// Sets how many of the day's requests are used.
    pub fn set_used(&self, used: u64) {
        self.lock().used = used;
    }

    /// Moves the org's clock on.
    pub fn advance(&self, by: TimeDelta) {
        self.lock().ahead += by;
    }

    /// The states of all ingest jobs, oldest first.
    pub fn job_states(&self) -> Vec<String> {
        self.lock().jobs.states()
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What a request is, for the parts of the API.
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Segments behind `/services/data/vXX.X/`, or of the whole path where it is another.
    pub(crate) path: Vec<String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn json(&self) -> Result<Value, Box<Reply>> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Box::new(reply::refuse(400, "JSON_PARSER_ERROR", &error.to_string())))
    }

    pub(crate) fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
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
            (_, ["sobjects", _, id]) if *id != "describe" => Kind::Record,
            (&Method::POST, ["sobjects", _]) => Kind::Record,
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
    let path: Vec<String> = parts
        .uri
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let path = match &path[..] {
        [services, data, version, rest @ ..]
            if services == "services" && data == "data" && version.starts_with('v') =>
        {
            rest.to_vec()
        }
        [services, rest @ ..] if services == "services" => rest.to_vec(),
        _ => path,
    };
    let asked = Asked {
        method: parts.method,
        path,
        query: pairs.into_owned().collect(),
        headers: parts.headers,
        body: body.collect().await?.to_bytes(),
    };
    let kind = asked.kind();
    let faults = {
        let mut state = lock(&state);
        *state.requests.entry(kind).or_default() += 1;
        state.faults.at(kind)
    };
    let (mut drop_after, mut truncate) = (false, false);
    for fault in faults {
        match fault {
            Fault::DropBefore => return Err(Box::new(Dropped)),
            Fault::DropAfter => drop_after = true,
            Fault::Truncate => truncate = true,
            Fault::Delay(time) => tokio::time::sleep(time).await,
            Fault::ExpireTokens => lock(&state).tokens.expire_all(),
            Fault::LockRows(share) => lock(&state).jobs.lock_share = Some(share),
            Fault::FailJob(share) => lock(&state).jobs.fail_after = Some(share),
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
        }
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
    bulk::settle(state, now);
    if kind == Kind::Token {
        return token::grant(state, asked);
    }
    if !state.tokens.holds(asked, now) {
        return reply::refuse(401, "INVALID_SESSION_ID", "Session expired or invalid");
    }
    let (used, allowed) = (state.used, state.options.daily_requests);
    let mut found = if used >= allowed {
        reply::refuse(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
        )
    } else {
        state.used += 1;
        match &asked.parts()[..] {
            ["jobs", ..] => bulk::answer(state, asked),
            ["composite", ..] => collections::answer(state, asked),
            _ => rest::answer(state, asked),
        }
    };
    let usage = format!("api-usage={}/{allowed}", state.used);
    if let Ok(usage) = usage.parse() {
        found.headers_mut().insert("Sforce-Limit-Info", usage);
    }
    found
}
