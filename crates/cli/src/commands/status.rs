//! `leadrank status`

use leadrank_engine::{ledger, registry};
use serde_json::json;

use crate::context::Context;

pub(crate) fn run(context: &Context) -> anyhow::Result<u8> {
    let project = context.project()?;
    let counts = context.wait(leadrank_engine::stages::table_rows(
        &project,
        context.threads(),
    ))?;
    let model = registry::current_id(&project);
    let mut lines = vec![format!(
        "Project {} in {}",
        project.config().project,
        project.root.display()
    )];
    if counts.is_empty() {
        lines.push("no tables yet: put exports into raw/ and run `leadrank run`".into());
    }
    for (table, rows) in &counts {
        lines.push(format!("  {table:<44} {rows:>12} rows"));
    }
    lines.push(match &model {
        Some(id) => format!("serving model {id}"),
        None => "no model yet".into(),
    });
    let entries = ledger::read(&project);
    for entry in entries.iter().rev().take(5) {
        lines.push(format!(
            "  {}  {:<10} {}",
            entry.at.format("%Y-%m-%d %H:%M"),
            entry.stage,
            entry.outcome
        ));
    }
    context.printer.result(
        &json!({ "tables": counts, "model": model, "ledger": entries }),
        &lines.join("\n"),
    )?;
    Ok(0)
}
