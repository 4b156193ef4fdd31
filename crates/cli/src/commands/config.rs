//! `leadrank config`

use serde_json::json;

use crate::args::{ConfigOptions, ConfigVerb};
use crate::context::Context;

pub(crate) fn run(context: &Context, options: &ConfigOptions) -> anyhow::Result<u8> {
    let ConfigVerb::Show { origin } = &options.verb;
    let project = context.project()?;
    let loaded = &project.loaded;
    let text = if *origin {
        let values = serde_json::to_value(&loaded.config)?;
        let mut lines = Vec::new();
        for (key, from) in &loaded.origins {
            let value = key.split('.').fold(&values, |inner, part| &inner[part]);
            let from = serde_json::to_value(from)?;
            lines.push(format!(
                "{key} = {value}  # {}",
                from.as_str().unwrap_or_default()
            ));
        }
        lines.join("\n")
    } else {
        loaded.config.to_toml()
    };
    context.printer.result(
        &json!({ "config": loaded.config, "origins": loaded.origins }),
        &text,
    )?;
    Ok(0)
}
