//! The client and the sync against the stand-in org: what should happen, each fault in turn, and
//! hundreds of random sequences of faults.

mod client;
mod faults;
mod hidden;
mod meanwhile;
mod scripted;
mod sequences;
mod sync;
mod world;
