//! `leadrank model`

use anyhow::bail;
use leadrank_engine::{Project, bundle::Bundle, registry};
use serde_json::json;

use crate::args::{Model, ModelVerb};
use crate::context::Context;

pub(crate) fn run(context: &Context, options: &Model) -> anyhow::Result<u8> {
    let project = context.project()?;
    match &options.verb {
        ModelVerb::List => list(context, &project),
        ModelVerb::Show { id } => show(context, &project, id.as_deref()),
        ModelVerb::Verify { id } => {
            let bundle = read(&project, id.as_deref())?;
            let text = format!("{}: unchanged since training", bundle.id);
            context
                .printer
                .result(&json!({ "id": bundle.id, "unchanged": true }), &text)?;
            Ok(0)
        }
    }
}

fn list(context: &Context, project: &Project) -> anyhow::Result<u8> {
    let current = registry::current_id(project);
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for id in registry::list(project) {
        let serving = current.as_deref() == Some(id.as_str());
        let bundle = read(project, Some(&id))?;
        let manifest = &bundle.manifest;
        lines.push(format!(
            "{} {id}  as of {}  {} features  {} trees",
            if serving { "*" } else { " " },
            manifest.as_of,
            manifest.features.len(),
            manifest.rounds
        ));
        rows.push(json!({ "id": id, "serving": serving, "as_of": manifest.as_of }));
    }
    if lines.is_empty() {
        lines.push("no models yet: `leadrank train` makes the first".into());
    }
    context.printer.result(&rows, &lines.join("\n"))?;
    Ok(0)
}

fn show(context: &Context, project: &Project, id: Option<&str>) -> anyhow::Result<u8> {
    let bundle = read(project, id)?;
    let card = bundle.text("MODEL_CARD.md")?;
    context.printer.result(&bundle.manifest, &card)?;
    Ok(0)
}

fn read(project: &Project, id: Option<&str>) -> anyhow::Result<Bundle> {
    let Some(id) = id else {
        return Ok(registry::current(project)?);
    };
    let known = registry::list(project);
    if !known.iter().any(|one| one == id) {
        bail!("no model `{id}`; known: {}", known.join(", "));
    }
    Ok(Bundle::read(&project.bundles().join(id))?)
}
