//! The vintage store: deliveries are only ever added, and a ledger says which are in use.
//!
//! Each kind of file has a table `…_deliveries` that holds the rows of every load ever
//! made, marked by `load_id`. `load_log` is the ledger: a load counts once its line is
//! there, and of each place (kind, month, territory) the newest accepted load is in use.
//! Both clocks are kept: `snapshot_as_of`, when the vendor's facts were true, and
//! `loaded_at`, when they were learned; what was known on a past day is the ledger cut
//! off at its end ([`Known`]).

mod in_use;
mod log;
mod profile;
mod rejects;
mod store;

pub use in_use::{InUse, Known, register_in_use};
pub use log::{LoadEntry, Status};
pub use profile::ColumnProfile;

pub(crate) use log::{PARTIAL, log_batch, log_schema, read_log};
pub(crate) use profile::{Profiler, profiles_batch, profiles_of, profiles_schema};
pub(crate) use rejects::{rejects_batch, rejects_schema};
pub(crate) use store::{
    LOG, PROFILES, REJECTS, read_log_of, scoring, store_of, stored_schema, table_of_kind,
    with_load_id,
};
