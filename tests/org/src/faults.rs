//! What can go wrong on purpose.

use std::time::Duration;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Kinds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Logging in.
    Token,
    /// A query by REST, its further pages included.
    Query,
    /// `describe`, `limits` and the like.
    Describe,
    /// One record.
    Record,
    /// Writing up to 200 records.
    Update,
    /// Reading up to 2000 records.
    Retrieve,
    /// Making a job.
    JobCreate,
    /// Giving a job its data.
    JobUpload,
    /// Closing or aborting a job.
    JobState,
    /// Looking at a job.
    JobPoll,
    /// Reading a job's results.
    JobResults,
    /// Deleting a job.
    JobDelete,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 12] = [
        Kind::Token,
        Kind::Query,
        Kind::Describe,
        Kind::Record,
        Kind::Update,
        Kind::Retrieve,
        Kind::JobCreate,
        Kind::JobUpload,
        Kind::JobState,
        Kind::JobPoll,
        Kind::JobResults,
        Kind::JobDelete,
    ];
}

/// A fault.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// An answer with this status and code, without doing anything.
    Refuse {
        /// HTTP status.
        status: u16,
        /// The code.
        code: String,
        /// Seconds of `Retry-After`.
        retry_after: Option<u64>,
    },
    /// The connection breaks before anything is done.
    DropBefore,
    /// It is done, then the connection breaks without an answer.
    DropAfter,
    /// The connection breaks, and it is done all the same, just before the request that
    /// comes so many requests later; or when the org is healed.
    DoneLate(u32),
    /// It is done, and half of the answer comes.
    Truncate,
    /// The answer comes this much later.
    Delay(Duration),
    /// All tokens hold no longer.
    ExpireTokens,
    /// This share of the rows can't be locked, this time.
    LockRows(f64),
    /// This share of the rows breaks a validation rule, this time.
    InvalidRows(f64),
    /// The next job breaks off after this share of its rows.
    FailJob(f64),
    /// The next job is in progress for this much longer.
    StickJob(Duration),
    /// The day's requests are used up.
    UseUp,
    /// Somebody else does this to a share of all leads, just before the request is worked on.
    Meddle(Meddling, f64),
}

/// What others do to leads meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub enum Meddling {
    /// Delete them.
    Delete,
    /// Convert them.
    Convert,
    /// Set a field.
    Set(String, serde_json::Value),
}

/// When a fault happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// At the next so many requests of the kind.
    Next(u32),
    /// At the request with this number, 1 being the next.
    Nth(u32),
    /// With this probability at each.
    Chance(f64),
}

/// A fault at requests of a kind; any kind where none is named.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Which requests.
    pub kind: Option<Kind>,
    /// When.
    pub when: When,
    /// What.
    pub fault: Fault,
}

/// The rules in force.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    draws: ChaCha8Rng,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Faults {
            rules: Vec::new(),
            draws: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    pub(crate) fn add(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The faults of a request.
    pub(crate) fn at(&mut self, kind: Kind) -> Vec<Fault> {
        let mut found = Vec::new();
        for rule in &mut self.rules {
            if rule.kind.is_some_and(|wanted| wanted != kind) {
                continue;
            }
            let happens = match &mut rule.when {
                When::Next(left) => {
                    let happens = *left > 0;
                    *left = left.saturating_sub(1);
                    happens
                }
                When::Nth(left) => {
                    *left = left.saturating_sub(1);
                    let happens = *left == 0;
                    // Once only.
                    if happens {
                        rule.when = When::Next(0);
                    }
                    happens
                }
                When::Chance(chance) => self.draws.random::<f64>() < *chance,
            };
            if happens {
                found.push(rule.fault.clone());
            }
        }
        found
    }

    /// Which of `n` rows are among a share, drawn anew.
    pub(crate) fn chosen(&mut self, n: usize, share: f64) -> Vec<bool> {
        (0..n).map(|_| self.draws.random::<f64>() < share).collect()
    }
}
