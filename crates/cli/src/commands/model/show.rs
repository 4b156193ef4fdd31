//! `leadrank model show`

use leadrank_engine::registry::{self, history::History};
use leadrank_engine::{Project, bundle::Bundle};
use leadrank_features::feature;
use serde_json::{Value, json};

use super::{lines, moment, read};
use crate::context::Context;

pub(super) fn run(context: &Context, project: &Project, id: Option<&str>) -> anyhow::Result<u8> {
    let bundle = read(project, id)?;
    let serving = registry::current_id(project).as_ref() == Some(&bundle.id);
    let promoted_at = History::read(project)?.promoted_at(&bundle.id);
    let card = bundle.text("MODEL_CARD.md")?;
    let metrics = bundle.report()?.metrics;
    let parameters = serde_json::to_value(&bundle.manifest.recipe)?;

    let mut text = vec![match promoted_at {
        Some(at) if serving => format!("Model {}, serving since {}", bundle.id, moment(at)),
        Some(at) => format!("Model {}, last promoted {}", bundle.id, moment(at)),
        None => format!("Model {}, never served", bundle.id),
    }];
    text.push(format!("\n{}", card.trim_end()));
    text.push("\n## Features, in the model's order".into());
    text.extend(features(&bundle));
    text.push("\n## Parameters".into());
    for (name, value) in parameters.as_object().into_iter().flatten() {
        text.push(format!("{name:<18} {}", plain(value)));
    }
    context.printer.result(
        &json!({ "id": bundle.id, "serving": serving, "promoted_at": promoted_at,
                 "manifest": bundle.manifest, "metrics": metrics, "card": card }),
        &lines(&text),
    )?;
    Ok(0)
}

fn features(bundle: &Bundle) -> Vec<String> {
    let names = bundle.manifest.features.iter().zip(1..);
    names
        .map(|(name, place)| match feature(name) {
            Some(known) => {
                let (unit, class) = (known.unit.name(), known.class.name());
                format!("{place:>3}  {name:<62} {unit:<10} {class}")
            }
            None => format!("{place:>3}  {name}"),
        })
        .collect()
}

/// A value without the quotes of JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".into(),
        other => other.to_string(),
    }
}
