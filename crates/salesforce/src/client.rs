//! The client of one org.

use std::sync::Mutex;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::auth::Session;
use crate::error::{Error, Result};
use crate::settings::OrgSettings;

/// How many requests of the last 24 hours the org has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Used, by everybody.
    pub used: u64,
    /// Allowed.
    pub allowed: u64,
}

/// Talks to one org. Requests go through one place, which logs in when needed, waits, tries
/// again, watches the org's limits and calls no other hosts than it may.
#[derive(Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) settings: OrgSettings,
    pub(crate) session: Mutex<Option<Session>>,
    pub(crate) usage: Mutex<Option<Usage>>,
    pub(crate) draws: Mutex<ChaCha8Rng>,
}

impl Client {
    /// Logs in.
    ///
    /// # Errors
    /// When the org can't be reached or refuses.
    pub async fn connect(settings: OrgSettings) -> Result<Self> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("leadrank/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(
                settings
                    .patience
                    .answer
                    .min(std::time::Duration::from_secs(20)),
            )
            .timeout(settings.patience.answer)
            .build()
            .map_err(|error| Error::Settings(format!("no HTTP client can be made: {error}")))?;
        let draws = Mutex::new(ChaCha8Rng::seed_from_u64(settings.seed));
        let client = Client {
            http,
            settings,
            session: Mutex::new(None),
            usage: Mutex::new(None),
            draws,
        };
        client.log_in().await?;
        Ok(client)
    }

    /// What the org is called here.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// The org's id; empty where the login does not tell.
    pub fn org_id(&self) -> String {
        let session = lock(&self.session);
        session
            .as_ref()
            .map_or_else(String::new, |session| session.org_id.clone())
    }

    /// The org's requests, as the last answer told.
    pub fn usage(&self) -> Option<Usage> {
        *lock(&self.usage)
    }
}

/// A lock that a panic elsewhere can't spoil: what it holds is replaced whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
