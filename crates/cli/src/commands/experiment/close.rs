//! `leadrank experiment close`

use leadrank_engine::experiment;

use super::Close;
use crate::context::Context;

pub(super) fn run(context: &Context, options: &Close) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let of = experiment::Experiment::frozen(&project, options.of.name.as_deref())?;
    let closing = experiment::close(&project, &of, context.now, options.dry_run);
    let closed = context.wait(closing)?;
    let text = format!(
        "From {} on `{}` hides nothing{}.\nNext: leadrank score and leadrank sync.",
        closed.on,
        of.plan.name,
        if options.dry_run {
            " (a dry run: nothing was written)"
        } else {
            ""
        }
    );
    context.printer.result(&closed, &text)?;
    Ok(0)
}
