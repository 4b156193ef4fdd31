//! `leadrank experiment interim` and `final`

use leadrank_engine::experiment;
use leadrank_engine::reports;

use super::{Named, tell};
use crate::context::Context;

pub(super) fn run(context: &Context, options: &Named, is_final: bool) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let of = experiment::Experiment::frozen(&project, options.name.as_deref())?;
    let found = context.wait(experiment::look(
        &project,
        &of,
        context.now,
        is_final,
        context.threads(),
        &context.sink(),
    ))?;
    let stem = if is_final { "final" } else { "interim" };
    let made = [
        (stem, reports::experiment_result(&found)),
        ("statistics", reports::experiment_statistics(&found)),
    ];
    tell(context, &of, &found, &made)?;
    Ok(0)
}
