//! `leadrank model verify`

use anyhow::bail;
use leadrank_engine::bundle::{self, Outcome, Verification};
use leadrank_engine::{Project, registry};
use serde_json::json;

use super::lines;
use crate::context::Context;

pub(super) fn run(
    context: &Context,
    project: &Project,
    id: Option<&str>,
    all: bool,
) -> anyhow::Result<u8> {
    let ids = match id {
        Some(id) => vec![registry::resolve(project, id)?],
        None if all => registry::list(project),
        None => registry::current_id(project).into_iter().collect(),
    };
    if ids.is_empty() {
        bail!("no model yet: run `leadrank train` (or `leadrank run`) first");
    }
    let verified = ids
        .iter()
        .map(|id| bundle::verify(&project.bundles().join(id)));
    let verified: Vec<Verification> = verified.collect();
    let records = registry::fault(project)?;
    let holds = records.is_none() && verified.iter().all(Verification::holds);

    let mut text: Vec<String> = verified.iter().flat_map(of_one).collect();
    text.push("records".into());
    text.push(match &records {
        None => "  holds    history      every line vouches for the one before, and the pointer for the last".into(),
        Some(fault) => format!("  broken   history      {fault}"),
    });
    let models: Vec<_> = verified
        .iter()
        .map(|one| json!({ "id": one.id, "holds": one.holds(), "parts": one.parts }))
        .collect();
    context.printer.result(
        &json!({ "holds": holds, "models": models, "history_fault": records }),
        &lines(&text),
    )?;
    Ok(u8::from(!holds))
}

fn of_one(one: &Verification) -> Vec<String> {
    let mut text = vec![format!("model {}", one.id)];
    for part in &one.parts {
        let word = match part.outcome {
            Outcome::Holds => "holds",
            Outcome::Broken => "broken",
            Outcome::Absent => "absent",
            Outcome::Unknown => "unknown",
        };
        text.push(format!("  {word:<7}  {:<11}  {}", part.name, part.found));
    }
    text
}
