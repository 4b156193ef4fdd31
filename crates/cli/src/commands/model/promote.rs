//! `leadrank model promote` and `leadrank model rollback`

use leadrank_engine::Project;
use leadrank_engine::registry::{self, Moved, Plan};
use leadrank_report as report;
use serde_json::json;

use super::lines;
use crate::context::Context;

/// What both verbs are told.
pub(super) struct Asked {
    pub(super) why: String,
    pub(super) who: String,
    pub(super) dry_run: bool,
}

pub(super) fn promote(
    context: &Context,
    project: Project,
    id: &str,
    asked: &Asked,
) -> anyhow::Result<u8> {
    let id = registry::resolve(&project, id)?;
    if asked.dry_run {
        return planned(context, &project, &registry::plan(&project, &id)?);
    }
    let project = project.locked()?;
    let moved = registry::promote(&project, &id, &asked.who, &asked.why, context.now)?;
    done(context, &moved)
}

pub(super) fn rollback(context: &Context, project: Project, asked: &Asked) -> anyhow::Result<u8> {
    if asked.dry_run {
        return planned(context, &project, &registry::plan_rollback(&project)?);
    }
    let project = project.locked()?;
    let moved = registry::rollback(&project, &asked.who, &asked.why, context.now)?;
    done(context, &moved)
}

fn done(context: &Context, moved: &Moved) -> anyhow::Result<u8> {
    let mut text = vec![match &moved.from {
        _ if !moved.moved => format!("model {} serves already; nothing to do", moved.to),
        Some(from) => format!("model {} serves now, in place of {from}", moved.to),
        None => format!("model {} serves now", moved.to),
    }];
    if moved.moved {
        text.push(format!("recorded: {}, {}", moved.who, moved.why));
        text.push("`leadrank score` makes the call list with it".into());
    }
    if !moved.forced.is_empty() {
        let gates: Vec<&str> = moved.forced.iter().map(|gate| gate.id.as_str()).collect();
        text.push(format!("passed by force: {}", gates.join(", ")));
    }
    context.printer.result(moved, &lines(&text))?;
    Ok(0)
}

/// Says what would be done; the exit code is the one that doing it would have.
fn planned(context: &Context, project: &Project, plan: &Plan) -> anyhow::Result<u8> {
    plan.verification.require()?;
    let mut text = vec![match &plan.from {
        Some(from) if *from == plan.to => format!("model {from} serves already; nothing to do"),
        Some(from) => format!("model {} would serve in place of {from}", plan.to),
        None => format!("model {} would serve", plan.to),
    }];
    for part in &plan.verification.parts {
        text.push(format!("  {:<12} {}", part.name, part.found));
    }
    let stops = !plan.failed_gates.is_empty() && project.force.is_none();
    if !plan.failed_gates.is_empty() {
        text.push(report::gates_text(&plan.failed_gates).trim_end().into());
    }
    if stops {
        text.push("it did not pass its gates: --force REASON would be needed".into());
    }
    text.push("nothing was changed".into());
    context.printer.result(
        &json!({ "dry_run": true, "plan": plan, "needs_force": stops }),
        &lines(&text),
    )?;
    Ok(u8::from(stops))
}
