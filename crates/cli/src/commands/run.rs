//! `leadrank run`: raw files to call list.

use leadrank_engine::Project;
use leadrank_engine::pipeline::{self, RunReport};
use leadrank_report as report;

use crate::args::Run;
use crate::context::Context;
use crate::page;

pub(crate) fn run(context: &Context, options: &Run) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let (run, text) = all(context, &project, options.fresh, options.partial)?;
    context.printer.result(&run, &text)?;
    Ok(0)
}

/// Runs every stage, writes the HTML summary, and says on one screen what came out.
pub(crate) fn all(
    context: &Context,
    project: &Project,
    fresh: bool,
    partial: bool,
) -> anyhow::Result<(RunReport, String)> {
    let request = pipeline::Request {
        now: context.now,
        threads: context.threads(),
        fresh,
        partial,
    };
    let run = context.wait(pipeline::run(project, &request, &context.sink()))?;
    crate::reports::of_project(project, &run.train)?;
    let page = page::of_run(&run);
    let path = project.out().join("report.html");
    leadrank_engine::project::write_atomically(&path, report::render_run(&page).as_bytes())?;
    let text = page::run_text(&run, &page, &path);
    Ok((run, text))
}
