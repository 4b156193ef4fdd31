//! Goes on with a run that did not come to its end.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::codes::{HELD_BACK, is_passing};
use super::event::Event;
use super::execute::{Options, Step, Work, execute};
use super::hidden::{Hides, is_hidden, shows};
use super::ledger::{Ledger, Run};
use super::outcome::{Counts, Outcome};
use super::row::Schema;
use crate::bulk::JobState;
use crate::client::Client;
use crate::error::{Error, Result};

/// What is so by now, and may not have been when a run was planned.
#[derive(Clone, Copy)]
pub struct Resumption<'a> {
    /// The day of the data.
    pub on: NaiveDate,
    /// Which records' scores an experiment hides.
    pub hides: &'a Hides<'a>,
}

/// Finds out what became of what was sent, sends the rest, and ends the run. Rows that somebody
/// else has written since are left as they are, and rows that would show what an experiment hides
/// by now are held back for good. Of a run that is at its end nothing is sent: what it left is for the
/// next sync.
///
/// # Errors
/// As [`execute`].
pub async fn resume(
    client: &Client,
    ledger: &Ledger,
    run: &mut Run,
    schema: &Schema,
    options: &Options,
    resumption: Resumption<'_>,
    step: &mut dyn FnMut(Step),
) -> Result<Counts> {
    // Others may have written its records since: nothing of it may be sent or confirmed again.
    let state = run.state()?;
    if state.is_finished {
        return Ok(state.counts);
    }
    run.event(&Event::Resumed { on: resumption.on })?;
    let rows = run.rows()?;
    let outcomes = run.outcomes()?;
    let open = unsettled(&run.events()?);
    let mut work = Work {
        client,
        run,
        schema,
        rows: &rows,
        options,
        outcomes,
        was_lost: true,
        is_resumed: true,
        step,
    };
    for job in open {
        match work.client.ingest_job(&job).await {
            Ok(found) if found.state == JobState::Open => work.give_up(&job).await?,
            Ok(_) => work.settle(&job).await?,
            // The org forgot it; its rows are read back.
            Err(Error::Api { status: 404, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    // Whatever may have been sent: what is there is written, what is not is sent again.
    work.read_back(&|outcome| outcome != Some(&Outcome::Written))
        .await?;
    work.hold_back(resumption.hides)?;
    execute(client, ledger, run, schema, &rows, options, step).await
}

impl Work<'_> {
    /// Accounts for rows that are still to be sent and may not be: what is hidden stays hidden.
    fn hold_back(&mut self, hides: &Hides<'_>) -> Result<()> {
        let held = self.rows.iter().filter(|row| {
            is_open(self.outcomes.of(&row.id))
                && shows(self.schema, &row.after)
                && is_hidden(hides, &row.id)
        });
        let outcome = Outcome::Failed {
            code: HELD_BACK.into(),
            message: "an experiment does not show this lead's score, so it was not sent".into(),
        };
        let held = held.map(|row| (row.id.clone(), outcome.clone())).collect();
        self.note(held)
    }
}

/// Whether a row is neither written nor refused for good.
fn is_open(outcome: Option<&Outcome>) -> bool {
    match outcome {
        None | Some(Outcome::Unprocessed | Outcome::Unknown) => true,
        Some(Outcome::Failed { code, .. }) => is_passing(code),
        Some(Outcome::Written) => false,
    }
}

/// Jobs that were made and neither came to an end nor were given up, oldest first.
fn unsettled(events: &[Event]) -> Vec<String> {
    let over: BTreeSet<&String> = events
        .iter()
        .filter_map(|event| match event {
            Event::JobDone { job } | Event::JobGivenUp { job } => Some(job),
            _ => None,
        })
        .collect();
    let made = events.iter().filter_map(|event| match event {
        Event::JobMade { job, .. } if !over.contains(job) => Some(job.clone()),
        _ => None,
    });
    made.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_that_might_be_sent_again_are_held_back() {
        let failed = |code: &str| Outcome::Failed {
            code: code.into(),
            message: String::new(),
        };
        assert!(is_open(None));
        for open in [
            Outcome::Unknown,
            Outcome::Unprocessed,
            failed("UNABLE_TO_LOCK_ROW"),
        ] {
            assert!(is_open(Some(&open)), "{open:?}");
        }
        for settled in [
            Outcome::Written,
            failed("FIELD_CUSTOM_VALIDATION_EXCEPTION"),
            failed(HELD_BACK),
        ] {
            assert!(!is_open(Some(&settled)), "{settled:?}");
        }
    }

    #[test]
    fn jobs_that_are_over_are_left_alone() {
        let made = |job: &str| Event::JobMade {
            job: job.into(),
            from: 0,
            until: 1,
        };
        let events = [
            made("a"),
            Event::JobGivenUp { job: "a".into() },
            made("b"),
            Event::JobDone { job: "b".into() },
            made("c"),
            Event::JobClosing { job: "c".into() },
        ];
        assert_eq!(unsettled(&events), ["c"]);
    }
}
