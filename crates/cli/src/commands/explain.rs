//! `leadrank explain`: what a model looks at, and the words in which it is told.

use leadrank_engine::reasons::Templates;
use leadrank_engine::reports;
use serde_json::json;

use crate::args::Explain;
use crate::commands::of_model;
use crate::context::Context;
use crate::reports as files;

pub(crate) fn run(context: &Context, options: &Explain) -> anyhow::Result<u8> {
    if options.check_templates {
        return check_templates(context);
    }
    of_model::report(
        context,
        &options.of,
        "explanation_report",
        |looked, words| {
            let sheet = reports::cheat_sheet(&looked.bundle, &looked.rows, &looked.scope)?;
            let folder = looked.project.root.join(files::FOLDER);
            files::write_cheat_sheet(&folder, &sheet)?;
            Ok(reports::explanation(&looked.bundle, &looked.rows, words)?)
        },
    )
}

/// Prints every sentence that a reason can be told in.
fn check_templates(context: &Context) -> anyhow::Result<u8> {
    // The shipped words can be read anywhere.
    let templates = match context.project() {
        Ok(project) => Templates::of_project(&project.root)?,
        Err(error) if is_no_project(&error) && context.shared.project.is_none() => {
            Templates::embedded()?
        }
        Err(error) => return Err(error),
    };
    let sentences = templates.rendered();
    let mut lines = Vec::new();
    let mut key = "";
    for sentence in &sentences {
        if sentence.key != key {
            key = &sentence.key;
            lines.push(key.to_owned());
        }
        lines.push(format!("    {}", sentence.text));
    }
    lines.push(format!("{} sentences, no fault", sentences.len()));
    context
        .printer
        .result(&json!({ "sentences": sentences }), &lines.join("\n"))?;
    Ok(0)
}

fn is_no_project(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(leadrank_engine::Error::NoProject(_))
    )
}
