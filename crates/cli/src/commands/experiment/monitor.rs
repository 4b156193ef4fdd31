//! `leadrank experiment monitor`

use leadrank_engine::experiment;
use leadrank_engine::project::write_atomically;
use leadrank_engine::reports;

use super::{Named, tell};
use crate::context::Context;

pub(super) fn run(context: &Context, options: &Named) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let of = experiment::Experiment::frozen(&project, options.name.as_deref())?;
    let found = context.wait(experiment::watch(
        &project,
        &of,
        context.now,
        context.threads(),
        &context.sink(),
    ))?;
    let daily = of.folder.join("reports").join("daily_metrics.csv");
    write_atomically(&daily, &experiment::days_csv(&found.days)?)?;
    let report = reports::experiment_watch(&found, &of.plan);
    tell(context, &of, &found, &[("monitor", report)])?;
    Ok(u8::from(found.withheld))
}
