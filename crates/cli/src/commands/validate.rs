//! `leadrank validate`: whether all is as asked for.

use leadrank_engine::validate;
use leadrank_report as report;

use crate::args::OfModel;
use crate::commands::of_model;
use crate::context::Context;
use crate::reports;

pub(crate) fn run(context: &Context, options: &OfModel) -> anyhow::Result<u8> {
    let looked = of_model::looked(context, options)?;
    let made = context.wait(validate::validate(
        &looked.project,
        &looked.bundle,
        &looked.rows,
        looked.scope.clone(),
    ))?;
    let folder = looked.project.root.join(reports::FOLDER);
    let page = reports::write_report(&folder, "validation_report", &made.report)?.remove(0);
    let text = format!(
        "{}\nPage: {}",
        report::checks_text(std::slice::from_ref(&made.report)).trim_end(),
        page.display()
    );
    context.printer.result(&made, &text)?;
    Ok(u8::from(made.stops()))
}
