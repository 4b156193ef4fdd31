//! Carries a plan out, writing down each step before it is taken.

use std::collections::BTreeSet;
use std::time::Duration;

use super::codes::{WRITTEN_SINCE, is_passing, parts};
use super::event::Event;
use super::ledger::{Ledger, Run};
use super::offline::Columns;
use super::outcome::{Counts, Outcome, Outcomes};
use super::plan::Planned;
use super::row::{KEY_KIND, Schema};
use super::value::Value;
use crate::bulk::{LARGEST_UPLOAD, ResultKind};
use crate::client::Client;
use crate::collections::MOST_UPDATED;
use crate::error::{Error, Result};

/// How often rows are tried again that somebody else held, or whose outcome was lost.
const ROUNDS: u32 = 4;
/// How often a job is made anew whose making or filling got no answer.
const JOBS: u32 = 4;

/// How a plan is carried out.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Up to so many rows go in requests of 200; more in a job.
    pub direct_up_to: usize,
    /// Largest CSV of a job, in bytes.
    pub largest_upload: usize,
    /// Wait before rows that somebody else held are tried again.
    pub pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            direct_up_to: 2000,
            largest_upload: LARGEST_UPLOAD,
            pause: Duration::from_secs(2),
        }
    }
}

/// What is going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Rows accounted for, of all.
    Rows {
        /// So many.
        done: u64,
        /// Of so many.
        of: u64,
    },
    /// A job waits for the org.
    Job {
        /// Its id.
        id: String,
        /// Records worked on so far.
        processed: u64,
    },
    /// Rows are read back, since no answer came.
    ReadingBack(u64),
}

/// Writes the rows of a run that are not accounted for yet, and ends it.
///
/// # Errors
/// When the org can't be reached any more, its limits are used up, or the ledger can't be
/// written. What was done by then is in the ledger, and [`super::resume`] goes on.
pub async fn execute(
    client: &Client,
    ledger: &Ledger,
    run: &mut Run,
    schema: &Schema,
    rows: &[Planned],
    options: &Options,
    step: &mut dyn FnMut(Step),
) -> Result<Counts> {
    check_columns(run, schema, rows)?;
    let outcomes = run.outcomes()?;
    let is_unknown = |(_, outcome): (&str, &Outcome)| *outcome == Outcome::Unknown;
    // What a program that was killed had sent may land while the run is gone on with.
    let is_sent = |event: &Event| matches!(event, Event::Sending { .. } | Event::JobClosing { .. });
    let was_lost = outcomes.iter().any(is_unknown) || run.events()?.iter().any(is_sent);
    let mut work = Work {
        client,
        run,
        schema,
        rows,
        options,
        was_lost,
        is_resumed: false,
        outcomes,
        step,
    };
    match work.all().await {
        Ok(()) => {}
        Err(error) => {
            let why = error.to_string();
            work.run.event(&Event::Stopped { why })?;
            return Err(error);
        }
    }
    let outcomes = work.outcomes;
    finish(ledger, run, rows, &outcomes)
}

/// Holds a run against the schema of now, which may be another than the one it was planned by.
fn check_columns(run: &Run, schema: &Schema, rows: &[Planned]) -> Result<()> {
    let names: BTreeSet<String> = schema.names().into_iter().collect();
    let written = rows.iter().flat_map(|row| row.after.keys());
    let strange: BTreeSet<&str> = written
        .filter(|name| !names.contains(*name))
        .map(String::as_str)
        .collect();
    if strange.is_empty() {
        return Ok(());
    }
    let strange: Vec<&str> = strange.into_iter().collect();
    Err(Error::Fields(format!(
        "run {} writes {}, which this version does not write: finish it with the version that began it",
        run.meta.run,
        strange.join(", ")
    )))
}

/// Confirms what was written and closes the run.
pub(super) fn finish(
    ledger: &Ledger,
    run: &mut Run,
    rows: &[Planned],
    outcomes: &Outcomes,
) -> Result<Counts> {
    let counts = outcomes.reconcile(rows.iter().map(|row| row.id.as_str()))?;
    let mut confirmed = ledger.confirmed()?;
    for row in rows {
        if outcomes.of(&row.id) == Some(&Outcome::Written) {
            confirmed.note(row, run.meta.day);
        }
    }
    ledger.confirm(&confirmed)?;
    run.event(&Event::Finished { counts })?;
    Ok(counts)
}

pub(super) struct Work<'a> {
    pub(super) client: &'a Client,
    pub(super) run: &'a mut Run,
    pub(super) schema: &'a Schema,
    pub(super) rows: &'a [Planned],
    pub(super) options: &'a Options,
    pub(super) outcomes: Outcomes,
    /// Whether an answer was lost, so that outcomes may be better than they look.
    pub(super) was_lost: bool,
    /// Whether time has passed since the rows were planned.
    pub(super) is_resumed: bool,
    pub(super) step: &'a mut dyn FnMut(Step),
}

impl Work<'_> {
    /// Everything, to the end.
    async fn all(&mut self) -> Result<()> {
        let rows = self.rows.iter();
        let open = rows
            .filter(|row| self.outcomes.of(&row.id).is_none())
            .count();
        if open > self.options.direct_up_to {
            self.by_jobs().await?;
        } else {
            self.directly(&|outcome| outcome.is_none()).await?;
        }
        for round in 0..ROUNDS {
            let is_passed = |outcome: Option<&Outcome>| matches!(outcome, Some(Outcome::Failed { code, .. }) if is_passing(code));
            let is_unknown = |outcome: Option<&Outcome>| outcome == Some(&Outcome::Unknown);
            let any = |wanted: &dyn Fn(Option<&Outcome>) -> bool| {
                self.rows
                    .iter()
                    .any(|row| wanted(self.outcomes.of(&row.id)))
            };
            let (held, lost) = (any(&is_passed), any(&is_unknown));
            if !held && !lost {
                break;
            }
            if lost {
                self.read_back(&is_unknown).await?;
                self.directly(&is_unknown).await?;
            }
            if held {
                tokio::time::sleep(self.options.pause * 2_u32.pow(round)).await;
                self.directly(&is_passed).await?;
            }
        }
        // A row may have been written by a request whose answer was lost and refused afterwards.
        if self.was_lost {
            self.read_back(&|outcome| outcome != Some(&Outcome::Written))
                .await?;
        }
        Ok(())
    }

    /// Sends rows whose outcome is `wanted` in requests of 200.
    async fn directly(&mut self, wanted: &dyn Fn(Option<&Outcome>) -> bool) -> Result<()> {
        let chosen: Vec<usize> = (0..self.rows.len())
            .filter(|&at| wanted(self.outcomes.of(&self.rows[at].id)))
            .collect();
        for part in chosen.chunks(MOST_UPDATED) {
            let records: Vec<_> = part.iter().map(|&at| self.record(at)).collect();
            let (from, until) = (part[0], part[part.len() - 1] + 1);
            self.run.event(&Event::Sending { from, until })?;
            let found = match self.client.update(&self.schema.object, &records).await {
                Ok(saved) => saved
                    .into_iter()
                    .map(|saved| match saved.refusal {
                        None => (saved.id, Outcome::Written),
                        Some((code, message)) => (saved.id, Outcome::Failed { code, message }),
                    })
                    .collect(),
                Err(Error::OutcomeUnknown { .. }) => {
                    self.was_lost = true;
                    let ids = records.into_iter();
                    ids.map(|(id, _)| (id, Outcome::Unknown)).collect()
                }
                // The request as a whole was refused, so each of its rows was.
                Err(Error::Api {
                    code,
                    message,
                    status,
                    ..
                }) if status < 500 => {
                    let failed = Outcome::Failed { code, message };
                    let ids = records.into_iter();
                    ids.map(|(id, _)| (id, failed.clone())).collect()
                }
                Err(error) => return Err(error),
            };
            self.note(found)?;
        }
        Ok(())
    }

    fn record(&self, at: usize) -> (String, serde_json::Map<String, serde_json::Value>) {
        let row = &self.rows[at];
        let values = row.after.iter();
        let values = values.map(|(name, value)| (name.clone(), value.json(self.schema.kind(name))));
        (row.id.clone(), values.collect())
    }

    /// Sends rows without an outcome in jobs.
    async fn by_jobs(&mut self) -> Result<()> {
        let open: Vec<usize> = (0..self.rows.len())
            .filter(|&at| self.outcomes.of(&self.rows[at].id).is_none())
            .collect();
        let columns = Columns::of(self.schema, open.iter().map(|&at| &self.rows[at]));
        let mut next = 0;
        while next < open.len() {
            let rows = open[next..].iter().map(|&at| &self.rows[at]);
            let (csv, taken) = columns.upload(rows, self.options.largest_upload);
            let until = next + taken;
            let part = (open[next], open[until - 1] + 1);
            let job = self.job(csv, part).await?;
            self.settle(&job).await?;
            // Rows that a job that was done says nothing of.
            let silent: Vec<_> = open[next..until]
                .iter()
                .map(|&at| &self.rows[at].id)
                .filter(|id| self.outcomes.of(id).is_none())
                .map(|id| (id.clone(), Outcome::Unknown))
                .collect();
            self.was_lost |= !silent.is_empty();
            self.note(silent)?;
            next = until;
        }
        Ok(())
    }

    /// Makes, fills and closes a job. One whose filling got no answer is given up, since nothing
    /// of it is worked on before it is closed.
    async fn job(&mut self, csv: Vec<u8>, (from, until): (usize, usize)) -> Result<String> {
        let csv = bytes::Bytes::from(csv);
        let mut last = None;
        for _ in 0..JOBS {
            self.run.event(&Event::JobWanted { from, until })?;
            let job = match self.client.create_update_job(&self.schema.object).await {
                Ok(job) => job.id,
                // A job that is never closed does nothing.
                Err(error @ Error::OutcomeUnknown { .. }) => {
                    last = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.run.event(&Event::JobMade {
                job: job.clone(),
                from,
                until,
            })?;
            self.run.event(&Event::JobSending { job: job.clone() })?;
            match self.client.upload(&job, csv.clone()).await {
                Ok(()) => {}
                Err(error @ Error::OutcomeUnknown { .. }) => {
                    self.give_up(&job).await?;
                    last = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            }
            self.run.event(&Event::JobClosing { job: job.clone() })?;
            self.close(&job).await?;
            return Ok(job);
        }
        Err(last.unwrap_or_else(|| Error::Unreachable {
            what: "making a job".into(),
            attempts: JOBS,
            problem: "no answer".into(),
        }))
    }

    /// Closes a job, and looks where the answer is lost.
    async fn close(&self, job: &str) -> Result<()> {
        let mut last = None;
        for _ in 0..JOBS {
            match self.client.close_job(job).await {
                Ok(()) => return Ok(()),
                Err(error @ Error::OutcomeUnknown { .. }) => {
                    if self.client.ingest_job(job).await?.state != crate::bulk::JobState::Open {
                        return Ok(());
                    }
                    last = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| Error::Unreachable {
            what: format!("closing job {job}"),
            attempts: JOBS,
            problem: "no answer".into(),
        }))
    }

    pub(super) async fn give_up(&mut self, job: &str) -> Result<()> {
        match self.client.abort_job(job).await {
            // Gone, or not to be given up any more: nothing of it was closed, so no harm.
            Ok(()) | Err(Error::Api { .. } | Error::OutcomeUnknown { .. }) => {}
            Err(error) => return Err(error),
        }
        self.run.event(&Event::JobGivenUp {
            job: job.to_owned(),
        })
    }

    /// Waits for a job and reads what became of each of its rows.
    pub(super) async fn settle(&mut self, job: &str) -> Result<()> {
        let step = &mut *self.step;
        let mut seen = |found: &crate::bulk::Job| {
            step(Step::Job {
                id: found.id.clone(),
                processed: found.number_records_processed,
            });
        };
        self.client.wait_for_job(job, &mut seen).await?;
        let mut found: Vec<(String, Outcome)> = Vec::new();
        for kind in [
            ResultKind::Successful,
            ResultKind::Failed,
            ResultKind::Unprocessed,
        ] {
            let mut own = Vec::new();
            let mut each = |row: &std::collections::BTreeMap<&str, &str>| {
                let id = row
                    .get("Id")
                    .or_else(|| row.get("sf__Id"))
                    .copied()
                    .unwrap_or_default();
                let outcome = match kind {
                    ResultKind::Successful => Outcome::Written,
                    ResultKind::Unprocessed => Outcome::Unprocessed,
                    ResultKind::Failed => {
                        let error = row.get("sf__Error").copied().unwrap_or_default();
                        let (code, message) = parts(error);
                        Outcome::Failed { code, message }
                    }
                };
                own.push((id.to_owned(), outcome));
                Ok(())
            };
            match self.client.results(job, kind, &mut each).await {
                Ok(_) => found.append(&mut own),
                // Results that can't be had are made up for by reading back.
                Err(Error::Api { .. } | Error::Answer { .. } | Error::Unreachable { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let planned: BTreeSet<&str> = self.rows.iter().map(|row| row.id.as_str()).collect();
        let (found, strange): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|(id, _)| planned.contains(id.as_str()));
        self.note(found)?;
        self.run.event(&Event::JobDone {
            job: job.to_owned(),
        })?;
        if let Some((id, _)) = strange.first() {
            return Err(Error::Unreconciled(format!(
                "job {job} has results for {} records that this run did not plan, such as `{id}`; look at the job in Salesforce's setup, then go on with `leadrank sync --resume`, which reads back what stands in the records",
                strange.len()
            )));
        }
        // Tidiness only: the org forgets jobs by itself after a week.
        let _ = self.client.forget_job(job).await;
        Ok(())
    }

    /// Reads back rows whose outcome is `wanted`: those with the key of this run are written, and
    /// those that somebody else wrote since are left alone when the run is gone on with.
    pub(super) async fn read_back(
        &mut self,
        wanted: &dyn Fn(Option<&Outcome>) -> bool,
    ) -> Result<()> {
        let rows = self.rows.iter();
        let chosen: Vec<&Planned> = rows
            .filter(|row| wanted(self.outcomes.of(&row.id)))
            .collect();
        if chosen.is_empty() {
            return Ok(());
        }
        (self.step)(Step::ReadingBack(chosen.len() as u64));
        let ids: Vec<String> = chosen.iter().map(|row| row.id.clone()).collect();
        let fields = [self.schema.key_field.clone()];
        let found = self
            .client
            .retrieve(&self.schema.object, &ids, &fields)
            .await?;
        let known: Vec<(String, Outcome)> = chosen
            .iter()
            .zip(found)
            .filter_map(|(row, record)| {
                let json = record?.remove(&self.schema.key_field)?;
                let key = match Value::from_json(&json, &KEY_KIND) {
                    Value::Text(key) => Some(key),
                    _ => None,
                };
                let outcome = self.judged(row, key)?;
                Some((row.id.clone(), outcome))
            })
            .collect();
        self.note(known)
    }

    /// What a row's key in the org says about it.
    fn judged(&self, row: &Planned, key: Option<String>) -> Option<Outcome> {
        if key == row.key {
            return Some(Outcome::Written);
        }
        // Between a run and its resumption others may have written: theirs is newer.
        let before = row.before.get(&self.schema.key_field)?;
        let now = key.map_or(Value::Null, Value::Text);
        (self.is_resumed && now != *before).then(|| Outcome::Failed {
            code: WRITTEN_SINCE.into(),
            message: "another key stands in the record than before this run".into(),
        })
    }

    pub(super) fn note(&mut self, found: Vec<(String, Outcome)>) -> Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        self.run.results(&found)?;
        for (id, outcome) in found {
            self.outcomes.note(&id, outcome);
        }
        let rows = self.rows.iter();
        let done = rows
            .filter(|row| self.outcomes.of(&row.id).is_some())
            .count();
        (self.step)(Step::Rows {
            done: done as u64,
            of: self.rows.len() as u64,
        });
        Ok(())
    }
}
