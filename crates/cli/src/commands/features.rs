//! `leadrank features`

use leadrank_engine::stages;
use leadrank_features::catalog;
use serde_json::json;

use crate::args::Features;
use crate::context::Context;
use crate::page;

pub(crate) fn run(context: &Context, options: &Features) -> anyhow::Result<u8> {
    if options.list {
        return list(context);
    }
    let project = context.project()?.locked()?;
    let report = context.wait(stages::dataset::run(
        &project,
        context.now,
        context.threads(),
        &context.sink(),
    ))?;
    context
        .printer
        .result(&report, &page::dataset_text(&report))?;
    Ok(0)
}

fn list(context: &Context) -> anyhow::Result<u8> {
    let mut lines = Vec::new();
    let mut group = "";
    let mut rows = Vec::new();
    for feature in catalog() {
        if feature.group.name() != group {
            group = feature.group.name();
            lines.push(format!("\n{}", group.to_uppercase()));
        }
        lines.push(format!(
            "{:>3}  {:<62} {:<10} {:<11} {}",
            feature.ordinal,
            feature.name,
            feature.unit.name(),
            feature.class.name(),
            feature.formula
        ));
        rows.push(json!(feature));
    }
    context
        .printer
        .result(&rows, lines.join("\n").trim_start())?;
    Ok(0)
}
