//! One file a verb.

pub(crate) mod backtest;
pub(crate) mod calibrate;
pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod experiment;
pub(crate) mod explain;
pub(crate) mod features;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod model;
mod of_model;
mod org;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod salesforce;
pub(crate) mod score;
pub(crate) mod simulate;
pub(crate) mod sql;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod train;
pub(crate) mod validate;
