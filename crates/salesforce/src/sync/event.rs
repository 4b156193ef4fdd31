//! The steps of a run, as they are written down.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::outcome::Counts;

/// What is written down before and after each call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// Rows from..until are about to be sent in one request.
    Sending { from: usize, until: usize },
    /// A job is about to be made for rows from..until.
    JobWanted { from: usize, until: usize },
    /// It was made.
    JobMade {
        job: String,
        from: usize,
        until: usize,
    },
    /// Its rows are about to be sent.
    JobSending { job: String },
    /// It is about to be closed.
    JobClosing { job: String },
    /// Its results are in.
    JobDone { job: String },
    /// A job was given up.
    JobGivenUp { job: String },
    /// The run is about to be gone on with, when the data were of this day.
    Resumed { on: NaiveDate },
    /// The run stopped before its end.
    Stopped { why: String },
    /// All rows are accounted for.
    Finished { counts: Counts },
}

/// What a run came to when it last ended; none while it has not.
pub(super) fn last_end(events: &[Event]) -> Option<Counts> {
    events.iter().rev().find_map(|event| match event {
        Event::Finished { counts } => Some(*counts),
        _ => None,
    })
}
