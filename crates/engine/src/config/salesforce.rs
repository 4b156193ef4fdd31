//! `[salesforce]`: which org, and how carefully.

use serde::{Deserialize, Serialize};

use super::MOST;

/// Talking to Salesforce. Who logs in stands in the environment, never here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Salesforce {
    /// The org's name in `LEADRANK_SALESFORCE_<NAME>_…`.
    pub org: String,
    /// Whether `leadrank sync` only shows what it would do unless `--apply` is given.
    pub dry_run: bool,
    /// A score that stayed the same is written again after so many days, so that nobody takes
    /// it for forgotten.
    pub restamp_days: i64,
    /// Up to so many leads go in requests of 200; more in a job of Bulk API 2.0.
    pub direct_up_to: u64,
    /// Share of the org's daily API requests that is left to others, 0 to 1.
    pub reserve: f64,
    /// Hosts that may be called beside Salesforce's own.
    pub allow_hosts: Vec<String>,
    /// Whether an org on this very machine may be called without https: for stand-ins.
    pub allow_loopback: bool,
}

impl Default for Salesforce {
    fn default() -> Self {
        Salesforce {
            org: "sandbox".into(),
            dry_run: true,
            restamp_days: 7,
            direct_up_to: 2000,
            reserve: 0.1,
            allow_hosts: Vec::new(),
            allow_loopback: false,
        }
    }
}

impl Salesforce {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !(1..=MOST).contains(&self.restamp_days) {
            return Err("salesforce.restamp_days must lie between 1 and 100000");
        }
        if !(0.0..1.0).contains(&self.reserve) {
            return Err("salesforce.reserve must be at least 0 and below 1");
        }
        Ok(())
    }
}
