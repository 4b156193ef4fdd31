//! `leadrank demo`: the whole product on made-up data.

use std::path::Path;

use anyhow::{Context as _, bail};
use leadrank_engine::Project;
use leadrank_simulate::Options;

use crate::args::Demo;
use crate::commands::{check, run, simulate};
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
    context.apply(&mut project);
    let project = project.locked()?;
    // The mark of made-up data comes first, so that a demo that was cut off can go on.
    let truth = project.root.join("truth");
    std::fs::create_dir_all(&truth)
        .with_context(|| format!("cannot create `{}`", truth.display()))?;
    let wanted = Options {
        scale: options.scale,
        seed: project.config().seed,
        threads: Some(context.threads()),
        ..Options::default()
    };
    simulate::write(context, &project, &wanted)?;
    let (run, summary) = run::all(context, &project, false, false)?;
    let checked = check::summary(context, &project)?;
    let text = format!(
        "{summary}\nchecks     {checked}\n\nThis was made-up data. Open the report in a browser; then make a project of your own with `leadrank init`."
    );
    context.printer.result(&run, &text)?;
    Ok(0)
}
