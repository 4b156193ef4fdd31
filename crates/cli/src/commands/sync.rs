//! `leadrank sync`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use leadrank_engine::experiment::Visibility;
use leadrank_engine::progress::Progress;
use leadrank_engine::{Project, crm};
use leadrank_salesforce::Client;
use leadrank_salesforce::sync::{
    self, Counts, Ledger, Meta, Options, Outcome, Plan, Resumption, Run, RunKind, RunState, Step,
    Value, in_words,
};
use serde::Serialize;

use crate::args::Sync;
use crate::context::Context;
use crate::page::{runs_text, synced_text};

/// Largest file for loading by hand, in bytes: what one job takes.
const LARGEST_FILE: usize = 100_000_000;

/// What a sync did, or would do.
#[derive(Debug, Serialize)]
pub(crate) struct Synced {
    pub(crate) org: String,
    pub(crate) dry_run: bool,
    /// The run; none where nothing was to be written.
    pub(crate) run: Option<String>,
    pub(crate) planned: BTreeMap<sync::Change, u64>,
    pub(crate) fields: BTreeMap<String, u64>,
    pub(crate) unchanged: u64,
    pub(crate) already_there: u64,
    pub(crate) left_out: BTreeMap<String, u64>,
    pub(crate) made_to_fit: u64,
    /// Leads whose score an experiment does not show: their fields are empty.
    pub(crate) hidden: u64,
    /// Which values those are; none where all fit.
    pub(crate) made_to_fit_rows: Option<PathBuf>,
    pub(crate) counts: Option<Counts>,
    /// Refused rows with the reason; none where nothing was refused.
    pub(crate) failed_rows: Option<PathBuf>,
    /// Files to load by hand.
    pub(crate) files: Vec<PathBuf>,
    /// API requests that writing takes, when nothing goes wrong.
    pub(crate) requests_needed: u64,
    /// API requests of the org's last 24 hours.
    pub(crate) requests_used: Option<u64>,
}

impl Synced {
    fn of(org: &str, plan: &Plan, dry_run: bool) -> Self {
        Synced {
            org: org.to_owned(),
            dry_run,
            run: None,
            planned: plan.changes.clone(),
            fields: plan.fields.clone(),
            unchanged: plan.unchanged,
            already_there: plan.already_there.len() as u64,
            left_out: plan.left_out.clone(),
            made_to_fit: plan.notes.len() as u64,
            hidden: 0,
            made_to_fit_rows: None,
            counts: None,
            failed_rows: None,
            files: Vec::new(),
            requests_needed: 0,
            requests_used: None,
        }
    }

    fn code(&self) -> u8 {
        match &self.counts {
            Some(counts) if !counts.is_whole() && self.files.is_empty() => 3,
            _ => 0,
        }
    }
}

pub(crate) fn run(context: &Context, options: &Sync) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let config = &project.config().salesforce;
    let org = options.org.clone().unwrap_or_else(|| config.org.clone());
    let ledgers = crm::ledgers(&project);
    if options.list {
        let runs = Ledger::look(&ledgers, &org)?;
        context.printer.result(&runs, &runs_text(&org, &runs))?;
        return Ok(0);
    }
    let ledger = Ledger::hold(&ledgers, &org)?;
    let dry_run = options.dry_run || (config.dry_run && !options.apply);
    let work = Work {
        context,
        project: &project,
        org: &org,
        ledger: &ledger,
        dry_run,
    };
    let synced = if let Some(name) = &options.resume {
        work.resume(name)?
    } else if let Some(name) = &options.undo {
        work.undo(name)?
    } else if let Some(name) = &options.reconcile {
        work.reconcile(name, &options.results)?
    } else if let Some(folder) = &options.files {
        work.files(folder)?
    } else {
        work.sync()?
    };
    context.printer.result(&synced, &synced_text(&synced))?;
    Ok(synced.code())
}

struct Work<'a> {
    context: &'a Context,
    project: &'a Project,
    org: &'a str,
    ledger: &'a Ledger,
    dry_run: bool,
}

impl Work<'_> {
    fn sync(&self) -> anyhow::Result<Synced> {
        self.refuse_unfinished()?;
        let scores = self.scores()?;
        let client = self.client()?;
        let schema = crm::schema();
        self.stage("comparing with Salesforce");
        let confirmed = self.ledger.confirmed()?;
        let days = self.project.config().salesforce.restamp_days;
        let plan = sync::plan(
            &client,
            &schema,
            scores.rows,
            &confirmed,
            scores.as_of,
            days,
        );
        let plan = self.context.wait(plan)?;
        self.confirm(&plan, scores.as_of)?;
        let mut synced = Synced::of(self.org, &plan, self.dry_run);
        synced.hidden = scores.hidden;
        synced.requests_needed = plan.requests(&schema, &self.options());
        if !self.dry_run && !plan.rows.is_empty() {
            let mut meta = self.meta(RunKind::Sync, scores.as_of, client.org_id());
            meta.notes.insert("model".into(), scores.model_id);
            crm::note_written_on(&mut meta, scores.today);
            self.write(&client, meta, &plan, &mut synced)?;
        }
        synced.requests_used = client.usage().map(|usage| usage.used);
        Ok(synced)
    }

    /// Rows that turned out to be in the org already need no second look next time.
    fn confirm(&self, plan: &Plan, day: NaiveDate) -> anyhow::Result<()> {
        if self.dry_run || plan.already_there.is_empty() {
            return Ok(());
        }
        let mut confirmed = self.ledger.confirmed()?;
        for row in &plan.already_there {
            confirmed.note(row, day);
        }
        self.ledger.confirm(&confirmed)?;
        Ok(())
    }

    fn write(
        &self,
        client: &Client,
        meta: Meta,
        plan: &Plan,
        synced: &mut Synced,
    ) -> anyhow::Result<()> {
        let mut run = self.ledger.begin(meta, &plan.rows)?;
        synced.run = Some(run.meta.run.clone());
        synced.made_to_fit_rows = made_to_fit(&run, plan)?;
        let schema = crm::schema();
        let options = self.options();
        let step = &mut |step| self.show(&step);
        let work = sync::execute(
            client,
            self.ledger,
            &mut run,
            &schema,
            &plan.rows,
            &options,
            step,
        );
        let done = self.context.wait(work);
        self.ended(&run, done, synced)
    }

    /// Puts what became of a run into the answer. One that stopped has done part of its work.
    fn ended(
        &self,
        run: &Run,
        done: leadrank_salesforce::Result<Counts>,
        synced: &mut Synced,
    ) -> anyhow::Result<()> {
        let counts = match done {
            Ok(counts) => counts,
            Err(error) => {
                self.context.printer.note(&format!(
                    "stopped: {error}\ngo on with: leadrank sync --resume {}",
                    run.meta.run
                ));
                run.state()?.counts
            }
        };
        synced.counts = Some(counts);
        synced.failed_rows = failed_rows(run)?;
        Ok(())
    }

    fn resume(&self, name: &str) -> anyhow::Result<Synced> {
        let name = match name {
            "last" => self
                .unfinished()?
                .context("no run has to be gone on with")?,
            name => name.to_owned(),
        };
        let mut run = self.ledger.run(&name)?;
        let (on, hidden) = self.hidden(&run)?;
        let client = self.client()?;
        let mut synced = Synced::of(self.org, &Plan::default(), false);
        synced.run = Some(name);
        let schema = crm::schema();
        let options = self.options();
        let step = &mut |step| self.show(&step);
        let resumption = Resumption {
            on,
            hides: &|id| hidden.hides(id),
        };
        let work = sync::resume(
            &client,
            self.ledger,
            &mut run,
            &schema,
            &options,
            resumption,
            step,
        );
        let done = self.context.wait(work);
        self.ended(&run, done, &mut synced)?;
        synced.requests_used = client.usage().map(|usage| usage.used);
        Ok(synced)
    }

    fn undo(&self, name: &str) -> anyhow::Result<Synced> {
        self.refuse_unfinished()?;
        let run = self.ledger.run(name)?;
        if run.meta.kind == RunKind::Files {
            bail!(
                "run {name} was written by hand from files: what was there before is not known, so it can't be taken back"
            );
        }
        let (day, hidden) = self.hidden(&run)?;
        let client = self.client()?;
        let schema = crm::schema();
        let hides = |id: &str| hidden.hides(id);
        let plan = self
            .context
            .wait(sync::undo(&client, &run, &schema, &hides))?;
        let mut synced = Synced::of(self.org, &plan, self.dry_run);
        synced.hidden = plan.hidden;
        if !self.dry_run && !plan.rows.is_empty() {
            let kind = RunKind::Undo {
                of: name.to_owned(),
            };
            let meta = self.meta(kind, day.max(run.meta.day), client.org_id());
            self.write(&client, meta, &plan, &mut synced)?;
        }
        Ok(synced)
    }

    /// The day of the data, and whose score an experiment hides by now among the records of a run.
    fn hidden(&self, run: &Run) -> anyhow::Result<(NaiveDate, Visibility)> {
        let rows = run.rows()?;
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let threads = self.context.threads();
        Ok(self
            .context
            .wait(crm::hidden(self.project, &ids, threads))?)
    }

    /// Files for somebody to load, with a run that waits for their results.
    fn files(&self, folder: &Path) -> anyhow::Result<Synced> {
        self.refuse_unfinished()?;
        let scores = self.scores()?;
        let schema = crm::schema();
        let confirmed = self.ledger.confirmed()?;
        let days = self.project.config().salesforce.restamp_days;
        let plan = sync::offline::plan(&schema, scores.rows, &confirmed, scores.as_of, days)?;
        let mut synced = Synced::of(self.org, &plan, self.dry_run);
        synced.hidden = scores.hidden;
        if !self.dry_run && !plan.rows.is_empty() {
            let mut meta = self.meta(RunKind::Files, scores.as_of, String::new());
            meta.notes.insert("model".into(), scores.model_id);
            crm::note_written_on(&mut meta, scores.today);
            let run = self.ledger.begin(meta, &plan.rows)?;
            synced.made_to_fit_rows = made_to_fit(&run, &plan)?;
            let name = format!("scores_{}", run.meta.run);
            synced.files = sync::offline::write(&schema, &plan.rows, folder, &name, LARGEST_FILE)?;
            synced.counts = Some(run.state()?.counts);
            synced.run = Some(run.meta.run);
        }
        Ok(synced)
    }

    fn reconcile(&self, name: &str, results: &[PathBuf]) -> anyhow::Result<Synced> {
        if results.is_empty() {
            bail!("name the files of results: leadrank sync --reconcile {name} FILE …");
        }
        let mut run = self.ledger.run(name)?;
        let mut synced = Synced::of(self.org, &Plan::default(), false);
        synced.run = Some(name.to_owned());
        synced.counts = Some(sync::offline::reconcile(self.ledger, &mut run, results)?);
        synced.hidden = self.shown_in_spite(&run)?;
        if synced.hidden > 0 {
            self.context.printer.note(&format!(
                "{} of the leads that were loaded show a score that an experiment hides by now: run `leadrank sync`, which empties it; the experiment's monitor counts them as seen",
                synced.hidden
            ));
        }
        synced.failed_rows = failed_rows(&run)?;
        Ok(synced)
    }

    /// Leads whose score a run has written and an experiment hides by now.
    fn shown_in_spite(&self, run: &Run) -> anyhow::Result<u64> {
        let (_, hidden) = self.hidden(run)?;
        let outcomes = run.outcomes()?;
        let shown = run.rows()?.into_iter().filter(|row| {
            outcomes.of(&row.id) == Some(&Outcome::Written)
                && hidden.hides(&row.id)
                && row
                    .after
                    .get(crm::SHOWN)
                    .is_some_and(|value| *value != Value::Null)
        });
        Ok(shown.count() as u64)
    }

    fn scores(&self) -> anyhow::Result<crm::Scores> {
        self.stage("reading the scores");
        let threads = self.context.threads();
        Ok(self.context.wait(crm::scores(self.project, threads))?)
    }

    fn client(&self) -> anyhow::Result<Client> {
        super::org::connect(self.context, self.project, self.org)
    }

    fn options(&self) -> Options {
        Options {
            direct_up_to: self.project.config().salesforce.direct_up_to as usize,
            ..Options::default()
        }
    }

    fn meta(&self, kind: RunKind, day: NaiveDate, org_id: String) -> Meta {
        let now = self.context.now;
        Meta {
            version: 0,
            run: now.format("%Y%m%dT%H%M%SZ").to_string(),
            kind,
            org_id,
            object: "Lead".into(),
            key_field: crm::KEY.into(),
            day,
            begun_at: now,
            rows: 0,
            notes: BTreeMap::new(),
        }
    }

    /// A run that stopped half-way comes first: what it left open would be planned anew. One that
    /// was written as files is in somebody else's hands, and keeps nobody waiting.
    fn refuse_unfinished(&self) -> anyhow::Result<()> {
        match self.unfinished()? {
            None => Ok(()),
            Some(_) if self.dry_run => Ok(()),
            Some(name) => {
                bail!("run {name} is not at its end: go on with `leadrank sync --resume {name}`")
            }
        }
    }

    fn unfinished(&self) -> anyhow::Result<Option<String>> {
        let runs: Vec<RunState> = self.ledger.runs()?;
        let is_open = |run: &RunState| !run.is_finished && run.meta.kind != RunKind::Files;
        let open = runs.into_iter().rev().find(is_open);
        Ok(open.map(|run| run.meta.run))
    }

    fn stage(&self, words: &str) {
        self.context
            .printer
            .progress(Progress::Stage(words.to_owned()));
    }

    fn show(&self, step: &Step) {
        let printer = &self.context.printer;
        match step {
            Step::Rows { done, of } => printer.progress(Progress::Step {
                what: "writing to Salesforce".into(),
                done: *done,
                total: *of,
            }),
            Step::Job { processed, .. } => printer.progress(Progress::Step {
                what: format!("Salesforce is at work: {processed} leads so far"),
                done: 0,
                total: 0,
            }),
            Step::ReadingBack(rows) => {
                self.stage(&format!(
                    "no answer came for {rows} leads: looking what became of them"
                ));
            }
        }
    }
}

/// The values of a run that were made to fit their fields, as a table.
fn made_to_fit(run: &Run, plan: &Plan) -> anyhow::Result<Option<PathBuf>> {
    let written: BTreeSet<&str> = plan.rows.iter().map(|row| row.id.as_str()).collect();
    let notes = plan.notes.iter();
    let notes = notes.filter(|note| written.contains(note.id.as_str()));
    let rows = notes.map(|note| [&note.id[..], &note.field, &note.what]);
    table(
        run,
        "made_to_fit.csv",
        ["lead_id", "field", "what_was_done"],
        rows,
    )
}

/// The refused rows of a run as a table, with the reason in plain words.
fn failed_rows(run: &Run) -> anyhow::Result<Option<PathBuf>> {
    let outcomes = run.outcomes()?;
    let rows = outcomes.iter().filter_map(|(id, outcome)| match outcome {
        Outcome::Failed { code, message } => Some([id, code, message, in_words(code)]),
        _ => None,
    });
    let header = ["lead_id", "code", "salesforce_says", "what_to_do"];
    table(run, "failed_rows.csv", header, rows)
}

/// Writes a table beside a run; none without rows.
fn table<'a, const N: usize>(
    run: &Run,
    name: &str,
    header: [&str; N],
    rows: impl Iterator<Item = [&'a str; N]>,
) -> anyhow::Result<Option<PathBuf>> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(None);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let path = run.folder().join(name);
    let bytes = writer.into_inner().with_context(|| name.to_owned())?;
    leadrank_engine::project::write_atomically(&path, &bytes)?;
    Ok(Some(path))
}
