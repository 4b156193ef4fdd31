//! Salesforce: what is put into an org ([`sfdx`]).

pub mod sfdx;
