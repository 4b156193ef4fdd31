//! `leadrank demo`: the whole product on made-up data.

use std::path::Path;

use anyhow::bail;
use leadrank_engine::Project;
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
    let made_up = folder.join("truth").is_dir();
    if !made_up && simulate::holds_files(&folder.join("raw")) {
        bail!(
            "`{}` holds files that no demo wrote; name another folder with --project",
            folder.join("raw").display()
        );
    }
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
    let (run, summary) = run::all(context, &project, false)?;
    let text = format!(
        "{summary}\n\nThis was made-up data. Open the report in a browser; then make a project of your own with `leadrank init`."
    );
    context.printer.result(&run, &text)?;
    Ok(0)
}
