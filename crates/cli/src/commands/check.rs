//! `leadrank check`: what makes data or a model untrustworthy.

use std::path::Path;

use anyhow::{Context as _, bail};
use leadrank_engine::Project;
use leadrank_engine::checks::{self, Request, Which};
use leadrank_engine::project::write_atomically;
use leadrank_evidence::{Report, Severity};
use leadrank_report as report;
use serde::Serialize;

use crate::args::{Check, CheckName};
use crate::commands::ingest::month;
use crate::context::Context;

/// All that `check` has to say.
#[derive(Debug, Serialize)]
struct Answer {
    /// The worst of all checks.
    severity: Severity,
    /// The checks.
    checks: Vec<Report>,
}

pub(crate) fn run(context: &Context, options: &Check) -> anyhow::Result<u8> {
    if context.shared.force.is_some() {
        bail!(
            "`check` judges and stops nothing, so there is nothing to pass by force: give --force REASON to the command that a failed gate stops, such as ingest or train"
        );
    }
    let project = context.project()?.locked()?;
    let request = Request {
        now: context.now,
        threads: context.threads(),
        month: options.month.as_deref().map(month).transpose()?,
        against: options.against.as_deref().map(month).transpose()?,
    };
    let (name, wanted) = wanted(options.name);
    let path = match &options.report {
        Some(path) => path.clone(),
        None => project.out().join(format!("check_{name}.html")),
    };
    let checks = looked(context, &project, &wanted, request, &path)?;
    let severity = worst(&checks);
    let text = format!(
        "{}\nPage: {}",
        report::checks_text(&checks).trim_end(),
        path.display()
    );
    context
        .printer
        .result(&Answer { severity, checks }, &text)?;
    Ok(u8::from(severity == Severity::Fail))
}

/// All checks of a project, with their page in its place, and what they came to in a line.
pub(crate) fn summary(context: &Context, project: &Project) -> anyhow::Result<String> {
    let request = Request {
        now: context.now,
        threads: context.threads(),
        month: None,
        against: None,
    };
    let path = project.out().join("check_all.html");
    let checks = looked(context, project, &Which::ALL, request, &path)?;
    let verdicts: Vec<String> = checks
        .iter()
        .map(|check| format!("{} {}", check.name, check.severity().word()))
        .collect();
    Ok(format!("{}: {}", verdicts.join(", "), path.display()))
}

/// Makes checks and writes their page.
fn looked(
    context: &Context,
    project: &Project,
    wanted: &[Which],
    request: Request,
    path: &Path,
) -> anyhow::Result<Vec<Report>> {
    let checks = context.wait(checks::run(project, wanted, request, &context.sink()))?;
    let subtitle = format!(
        "Project {} · looked at on {} (UTC)",
        project.config().project,
        request.now.format("%Y-%m-%d at %H:%M")
    );
    let page = report::render_checks(title(wanted), &subtitle, &checks);
    write_atomically(path, page.as_bytes())
        .with_context(|| format!("the page `{}` could not be written", path.display()))?;
    Ok(checks)
}

/// What the page of these checks is called.
fn title(wanted: &[Which]) -> &'static str {
    match wanted {
        [Which::Quality] => "Data quality",
        [Which::Classes] => "Who schedules a call",
        [Which::Leakage] => "Leakage audit",
        [Which::Imbalance] => "Rare outcomes",
        [Which::Statistics] => "Statistical checks",
        _ => "Data checks",
    }
}

fn worst(checks: &[Report]) -> Severity {
    let severities = checks.iter().map(Report::severity);
    severities.min().unwrap_or(Severity::Pass)
}

fn wanted(name: CheckName) -> (&'static str, Vec<Which>) {
    match name {
        CheckName::Quality => ("quality", vec![Which::Quality]),
        CheckName::Classes => ("classes", vec![Which::Classes]),
        CheckName::Leakage => ("leakage", vec![Which::Leakage]),
        CheckName::Imbalance => ("imbalance", vec![Which::Imbalance]),
        CheckName::Statistics => ("statistics", vec![Which::Statistics]),
        CheckName::All => ("all", Which::ALL.to_vec()),
    }
}
