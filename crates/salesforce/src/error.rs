//! What can go wrong, with what to do about it.

use std::path::PathBuf;

/// Shorthand.
pub type Result<T> = std::result::Result<T, Error>;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Settings that are missing or make no sense.
    #[error("{0}")]
    Settings(String),
    /// An address that nothing is sent to.
    #[error(
        "{address} is not an address that may be called: {why}; allow its host in [salesforce] allow_hosts if it is yours"
    )]
    Refused {
        /// The address, without what was to be sent.
        address: String,
        /// Why not.
        why: String,
    },
    /// Salesforce does not let us in.
    #[error(
        "Salesforce refuses the login ({code}): {message}; check the connected app, its user and the credentials"
    )]
    Login {
        /// `invalid_client`, `invalid_grant`, ….
        code: String,
        /// Its words.
        message: String,
    },
    /// Salesforce says no.
    #[error("{what}: Salesforce answers {status} {code}: {message}")]
    Api {
        /// What was asked.
        what: String,
        /// HTTP status.
        status: u16,
        /// Its code, such as `INVALID_FIELD`.
        code: String,
        /// Its words.
        message: String,
    },
    /// The org's daily requests are used up, or nearly.
    #[error(
        "{what}: the org has used {} API requests of the last 24 hours{why}; some come free each hour, so go on later (`leadrank sync --resume`), or raise the limit", share(*used, *allowed)
    )]
    Limit {
        /// What was asked.
        what: String,
        /// Requests used.
        used: u64,
        /// Requests allowed; 0 where the org did not tell.
        allowed: u64,
        /// Why it stops before the end.
        why: String,
    },
    /// The org asks for more patience than is set.
    #[error(
        "{what}: Salesforce is busy and asks to come back in {seconds} seconds, which is longer than is waited here; go on then (`leadrank sync --resume`)"
    )]
    Later {
        /// What was asked.
        what: String,
        /// Seconds from now.
        seconds: u64,
    },
    /// Something was sent that must not simply be sent again, and no answer came.
    #[error(
        "{what}: no answer came ({problem}), so whether it was done is not known; `leadrank sync --resume` looks and goes on"
    )]
    OutcomeUnknown {
        /// What was asked.
        what: String,
        /// What happened.
        problem: String,
    },
    /// Nobody answers.
    #[error(
        "{what}: no answer after {attempts} attempts ({problem}); check the network and status.salesforce.com, then try again"
    )]
    Unreachable {
        /// What was asked.
        what: String,
        /// How often.
        attempts: u32,
        /// What happened last.
        problem: String,
    },
    /// An answer that can't be understood.
    #[error("{what}: the answer can't be used: {problem}")]
    Answer {
        /// What was asked.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The org lacks fields, or they may not be written.
    #[error("{0}")]
    Fields(String),
    /// A file of the sync ledger.
    #[error("{}: {problem}", path.display())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Results that do not add up.
    #[error("{0}")]
    Unreconciled(String),
}

fn share(used: u64, allowed: u64) -> String {
    match allowed {
        0 => "all of its".into(),
        _ => format!("{used} of its {allowed}"),
    }
}

impl Error {
    /// An answer that lacks something.
    pub(crate) fn answer(what: &str, problem: impl Into<String>) -> Self {
        Error::Answer {
            what: what.to_owned(),
            problem: problem.into(),
        }
    }

    /// Trouble with a file of the ledger.
    pub(crate) fn ledger(path: impl Into<PathBuf>, problem: impl std::fmt::Display) -> Self {
        Error::Ledger {
            path: path.into(),
            problem: problem.to_string(),
        }
    }
}
