//! A running org: how it is set up, and how a test looks into it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::faults::{Fault, Faults, Kind, Meddling, Rule, When};
use crate::fields::Field;
use crate::jobs::{self, Jobs};
use crate::server::Asked;
use crate::store::{Record, Refusal, Store, Write};
use crate::token::Tokens;
use crate::values::long_id;
use crate::{load, server};

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
    /// Largest upload of a job, in bytes.
    pub largest_upload: usize,
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
            largest_upload: 150_000_000,
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
    pub(crate) cursors: BTreeMap<String, Vec<Record>>,
    pub(crate) used: u64,
    pub(crate) requests: BTreeMap<Kind, u64>,
    /// Shares of rows that are refused the next time rows are written, with the refusals.
    pub(crate) refusals: Vec<(f64, Refusal)>,
    /// Requests that got no answer and are worked on after so many others.
    pub(crate) late: Vec<(u32, Asked)>,
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

    /// The refusals that faults have for `n` rows, this time.
    pub(crate) fn refused(&mut self, n: usize) -> Vec<Option<Refusal>> {
        let mut refused = vec![None; n];
        for (share, refusal) in std::mem::take(&mut self.refusals) {
            let chosen = self.faults.chosen(n, share);
            for (place, _) in refused.iter_mut().zip(chosen).filter(|(_, is)| *is) {
                *place = Some(refusal.clone());
            }
        }
        refused
    }

    /// Somebody else does something to a share of all leads.
    pub(crate) fn meddle(&mut self, what: &Meddling, share: f64) {
        let now = self.now();
        let leads = self.store.objects.get("Lead");
        let ids: Vec<String> = leads
            .into_iter()
            .flat_map(|of| of.records.keys().cloned())
            .collect();
        let chosen = self.faults.chosen(ids.len(), share);
        for (id, _) in ids.iter().zip(chosen).filter(|(_, is)| *is) {
            let (field, value) = match what {
                Meddling::Delete => ("IsDeleted", Value::Bool(true)),
                Meddling::Convert => ("IsConverted", Value::Bool(true)),
                Meddling::Set(field, value) => (field.as_str(), value.clone()),
            };
            self.store.set("Lead", id, field, value, now);
        }
    }
}

pub(crate) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
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
            jobs: Jobs::new(options.seed),
            tokens: Tokens::default(),
            faults: Faults::new(options.seed),
            cursors: BTreeMap::new(),
            used: 0,
            requests: BTreeMap::new(),
            refusals: Vec::new(),
            late: Vec::new(),
            started: Instant::now(),
            ahead: TimeDelta::zero(),
            address: url.clone(),
            options,
        }));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&state)));
        Ok(Org { state, server, url })
    }

    /// The state as of now: jobs that are due by the org's clock are worked off.
    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        let now = state.now();
        jobs::settle(&mut state, now);
        state
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
        let mut state = self.lock();
        let now = state.now();
        load::load(&mut state.store, object, export, now)
    }

    /// A record.
    pub fn get(&self, object: &str, id: &str) -> Option<Map<String, Value>> {
        let state = self.lock();
        let of = state.store.objects.get(object)?;
        of.records.get(&long_id(id)).cloned()
    }

    /// Changes a record as another user would, by no rules. Not in the log.
    pub fn set(&self, object: &str, id: &str, field: &str, value: Value) {
        let mut state = self.lock();
        let now = state.now();
        state.store.set(object, id, field, value, now);
    }

    /// Deletes a record as another user would. Not in the log.
    pub fn delete(&self, object: &str, id: &str) {
        self.set(object, id, "IsDeleted", Value::Bool(true));
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

    /// Adds a fault at requests of a kind, or of any.
    pub fn fault(&self, kind: impl Into<Option<Kind>>, when: When, fault: Fault) {
        self.add_rule(Rule {
            kind: kind.into(),
            when,
            fault,
        });
    }

    /// Adds a rule.
    pub fn add_rule(&self, rule: Rule) {
        self.lock().faults.add(rule);
    }

    /// Takes all faults away, also those that wait for the next job or rows. What was to be done
    /// late is done.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.refusals.clear();
        state.jobs.heal();
        server::catch_up(&mut state, u32::MAX);
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
