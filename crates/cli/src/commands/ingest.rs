//! `leadrank ingest`

use leadrank_engine::stages;

use crate::args::{FileKind, Ingest};
use crate::context::Context;

pub(crate) fn run(context: &Context, options: &Ingest) -> anyhow::Result<u8> {
    let project = context.project_or_new()?.locked()?;
    let request = stages::ingest::Request {
        file: options.file.clone(),
        kind: options.kind.map(contract),
        month: options.month.clone(),
        mapping: options.mapping.clone(),
        dry_run: options.dry_run,
        loaded_at: context.now,
    };
    let report = context.wait(stages::ingest::run(&project, &request, &context.sink()))?;
    context
        .printer
        .result(&report, &crate::page::intake_text(&report, options.dry_run))?;
    Ok(0)
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
