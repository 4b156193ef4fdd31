//! `leadrank experiment rollout`

use leadrank_engine::experiment;

use super::Rollout;
use crate::context::Context;

pub(super) fn run(context: &Context, options: &Rollout) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let of = experiment::Experiment::frozen(&project, options.of.name.as_deref())?;
    let share = options.percent / 100.0;
    let made = context.wait(experiment::roll_out(
        &project,
        &of,
        share,
        context.now,
        options.dry_run,
        context.threads(),
    ))?;
    let text = format!(
        "From {} on {:.0} % of all see their score{}: {} of {} open leads{}.\nNext: leadrank score and leadrank sync.",
        made.from,
        100.0 * made.share,
        match of.plan.hold_out {
            0.0 => String::new(),
            held => format!(", the hold-out of {:.0} % left out", 100.0 * held),
        },
        made.shown,
        made.open,
        if options.dry_run {
            " (a dry run: nothing was written)"
        } else {
            ""
        }
    );
    context.printer.result(&made, &text)?;
    Ok(0)
}
