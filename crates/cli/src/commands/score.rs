//! `leadrank score`

use leadrank_engine::stages;

use crate::context::Context;
use crate::page;

pub(crate) fn run(context: &Context) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let report = context.wait(stages::score::run(
        &project,
        context.now,
        context.threads(),
        &context.sink(),
    ))?;
    context
        .printer
        .result(&report, &page::score_text(&report))?;
    Ok(0)
}
