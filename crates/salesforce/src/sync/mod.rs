//! Bringing records of an object to the values they should have: once, surely, and with a way back.
//!
//! ```text
//! rows ─ plan ─▶ what is new or changed, with the values of now     (reads)
//!      ─ begin ─▶ ledger: rows with before and after, on disk       (before the first call)
//!      ─ execute ─▶ small requests, or a job ─▶ outcomes by id      (each kept as it comes)
//!      ─ reconcile ─▶ written + refused + not processed + unknown = planned
//! ```
//! Values are absolute, so writing a row again does no harm; a row whose outcome is not known is
//! read back before anything else is done about it.

mod codes;
mod confirmed;
mod event;
mod execute;
mod hidden;
mod ledger;
mod lines;
pub mod offline;
mod outcome;
mod plan;
mod resume;
mod row;
mod undo;
mod value;

pub use codes::in_words;
pub use confirmed::Confirmed;
pub use execute::{Options, Step, execute};
pub use hidden::Hides;
pub use ledger::{Ledger, Meta, Run, RunKind, RunState};
pub use outcome::{Counts, Outcome, Outcomes};
pub use plan::{Change, Plan, Planned, plan};
pub use resume::{Resumption, resume};
pub use row::{Note, Row, Schema, Slot};
pub use undo::undo;
pub use value::Value;
