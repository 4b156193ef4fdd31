//! `leadrank init`

use leadrank_engine::Project;
use leadrank_engine::reasons::Templates;
use serde_json::json;

use crate::args::Init;
use crate::context::Context;

pub(crate) fn run(context: &Context, options: &Init) -> anyhow::Result<u8> {
    let folder = match &options.folder {
        Some(folder) => folder.clone(),
        None => context.folder()?,
    };
    let project = Project::init(&folder)?;
    let copied = leadrank_engine::models::copy_missing(&project.root)?;
    let words = Templates::copy_missing(&project.root)?;
    let text = format!(
        "Project in {}\n  leadrank.toml  settings, each with its default\n  raw/           put your exports here: discovery_t1_YYYY_MM.csv, …, salesforce_lead.csv\n  sql/           the queries that make the features ({} files written); a changed copy is used\n  reasons.toml   the words of the reasons; leadrank explain --check-templates shows them\nNext: leadrank run (or leadrank simulate first, for made-up data)",
        project.root.display(),
        copied
    );
    context.printer.result(
        &json!({ "project": project.root, "sql_files_written": copied, "reasons_written": words }),
        &text,
    )?;
    Ok(0)
}
