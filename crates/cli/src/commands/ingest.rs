//! `leadrank ingest`

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use leadrank_engine::{Project, crm, stages};

use crate::args::{FileKind, Ingest};
use crate::context::Context;

pub(crate) fn run(context: &Context, options: &Ingest) -> anyhow::Result<u8> {
    if !options.diff.is_empty() {
        return diff(context, &options.diff);
    }
    if let Some(month) = &options.withdraw {
        return withdraw(context, month);
    }
    let project = context.project_or_new()?.locked()?;
    if options.source.is_some() {
        read_org(context, &project, options)?;
    }
    let request = stages::ingest::Request {
        file: options.file.clone(),
        kind: options.kind.map(contract),
        month: options.month.clone(),
        mapping: options.mapping.clone(),
        dry_run: options.dry_run,
        partial: options.partial,
        loaded_at: context.now,
    };
    let report = context.wait(stages::ingest::run(&project, &request, &context.sink()))?;
    context
        .printer
        .result(&report, &crate::page::intake_text(&report, options.dry_run))?;
    let revised = stages::ingest::revised(&project, &report, context.threads());
    for diff in context.wait(revised)? {
        if let Some(alarm) = crate::page::rewritten_text(&diff) {
            context.printer.note(&alarm);
        }
    }
    Ok(u8::from(!report.held_back.is_empty()))
}

/// Brings the raw files up to date with a Salesforce org.
fn read_org(context: &Context, project: &Project, options: &Ingest) -> anyhow::Result<()> {
    let name = options.org.as_ref();
    let name = name.unwrap_or(&project.config().salesforce.org);
    let client = super::org::connect(context, project, name)?;
    let sink = context.sink();
    let mirrored = context.wait(crm::mirror(project, &client, options.whole, &sink))?;
    context
        .printer
        .note(&crate::page::mirrored_text(name, &mirrored));
    Ok(())
}

/// What changed between two deliveries.
fn diff(context: &Context, months: &[String]) -> anyhow::Result<u8> {
    let [first, second @ ..] = months else {
        bail!("name one month or two");
    };
    if second.len() > 1 {
        bail!("name one month or two, not {}", months.len());
    }
    let first = month(first)?;
    let second = second.first().map(|text| month(text)).transpose()?;
    let project = context.project()?;
    let found = stages::ingest::diff(&project, (first, second), context.threads());
    let diff = context.wait(found)?;
    context
        .printer
        .result(&diff, &crate::page::diff_text(&diff))?;
    Ok(u8::from(!diff.rewritings().is_empty()))
}

fn withdraw(context: &Context, text: &str) -> anyhow::Result<u8> {
    let Some(reason) = &context.shared.force else {
        bail!("taking a month out of use needs a reason: --force REASON");
    };
    let month = month(text)?;
    let project = context.project()?.locked()?;
    let files = context.wait(stages::ingest::withdraw(
        &project,
        month,
        reason,
        context.now,
    ))?;
    let text = format!(
        "out of use: {}\nwhat was in use before is so again; the next run starts from there",
        files.join(", ")
    );
    context.printer.result(&files, &text)?;
    Ok(0)
}

/// `2025_10`, `2025-10` or a day of the month.
pub(crate) fn month(text: &str) -> anyhow::Result<NaiveDate> {
    let dashed = text.trim().replace('_', "-");
    let day = NaiveDate::parse_from_str(&dashed, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(&format!("{dashed}-01"), "%Y-%m-%d"));
    day.with_context(|| format!("`{text}` is no month; write it as 2025_10"))
}

/// The contract of a file, and the territory where it has one.
fn contract(kind: FileKind) -> (leadrank_sources::FileKind, Option<&'static str>) {
    use leadrank_sources::FileKind::{Firms, Lead, Opportunity, Reps, Task, User};
    match kind {
        FileKind::T1 => (Reps, Some("T1")),
        FileKind::T2 => (Reps, Some("T2")),
        FileKind::T3 => (Reps, Some("T3")),
        FileKind::Tx => (Reps, Some("TX")),
        FileKind::Firms => (Firms, None),
        FileKind::Lead => (Lead, None),
        FileKind::Task => (Task, None),
        FileKind::User => (User, None),
        FileKind::Opportunity => (Opportunity, None),
    }
}
