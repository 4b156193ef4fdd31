//! `leadrank experiment assign`

use leadrank_engine::experiment;
use leadrank_engine::reports;

use super::{Assign, tell};
use crate::context::Context;

pub(super) fn run(context: &Context, options: &Assign) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let of = experiment::Experiment::frozen(&project, options.of.name.as_deref())?;
    let made = context.wait(experiment::enrol(
        &project,
        &of,
        context.now,
        options.dry_run,
        context.threads(),
        &context.sink(),
    ))?;
    let report = reports::experiment_balance(&made, &of.plan);
    tell(context, &of, &made, &[("balance", report)])?;
    context.printer.note(match options.dry_run {
        true => "Nobody was enrolled: this was a dry run.",
        false => "Next: leadrank score and leadrank sync, which leave control's scores out.",
    });
    Ok(0)
}
