//! `leadrank experiment design`

use leadrank_engine::experiment::{self, Request};
use leadrank_engine::reports;

use super::{Design, tell};
use crate::context::Context;

pub(super) fn run(context: &Context, options: &Design) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let request = Request {
        name: options.name.clone(),
        start: options.start,
        weeks: options.weeks,
    };
    let threads = context.threads();
    let mut made = context.wait(experiment::design(
        &project,
        &request,
        threads,
        &context.sink(),
    ))?;
    let mut of = experiment::Experiment::open(&project, Some(&options.name))?;
    if options.freeze {
        made.frozen_at = Some(of.freeze(&project, context.now)?.at);
    }
    let report = reports::experiment_design(&made);
    tell(context, &of, &made, &[("design", report)])?;
    context.printer.note(&match options.freeze {
        true => format!(
            "The plan is frozen: {}. Next: leadrank experiment assign, every day from {} on.",
            made.sha256, made.plan.start
        ),
        false => "The plan is a draft until `leadrank experiment design --freeze`; `leadrank experiment simulate` tries it.".to_owned(),
    });
    Ok(0)
}
