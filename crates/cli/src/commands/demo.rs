//! `leadrank demo`: the whole product on made-up data.

use std::path::Path;

use leadrank_engine::Project;
use leadrank_report as report;
use leadrank_simulate::Options;

use crate::args::Demo;
use crate::commands::{run, simulate};
use crate::context::Context;

pub(crate) fn run(context: &Context, options: &Demo) -> anyhow::Result<u8> {
    let folder = context
        .shared
        .project
        .clone()
        .unwrap_or_else(|| Path::new("demo").to_path_buf());
    let mut project = Project::init(&folder)?;
    leadrank_engine::models::copy_missing(&project.root)?;
    project.loaded.config.seed = context.shared.seed.unwrap_or(project.loaded.config.seed);
    project.loaded.config.as_of = context.shared.as_of.or(project.loaded.config.as_of);
    let wanted = Options {
        scale: options.scale,
        seed: project.config().seed,
        threads: Some(context.threads()),
        ..Options::default()
    };
    simulate::write(context, &project, &wanted)?;
    let (run, page) = run::all(context, &project, false)?;
    let text = format!(
        "{}\n\nThis was made-up data. Open {} in a browser; then put your own exports into a project (`leadrank init`).",
        report::summary_text(&page).trim_end(),
        project.out().join("report.html").display()
    );
    context.printer.result(&run, &text)?;
    Ok(0)
}
