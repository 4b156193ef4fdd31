//! `leadrank model export`

use std::path::Path;

use leadrank_engine::export::{self, Format};
use leadrank_engine::{Project, ledger};
use leadrank_report::format::count;
use serde_json::json;

use super::{FormatName, lines, read};
use crate::context::Context;

/// What to write, and where.
pub(super) struct Wanted<'a> {
    pub(super) to: &'a Path,
    pub(super) formats: &'a [FormatName],
    pub(super) dry_run: bool,
    pub(super) overwrite: bool,
}

pub(super) fn run(
    context: &Context,
    project: &Project,
    id: &str,
    wanted: &Wanted<'_>,
) -> anyhow::Result<u8> {
    let bundle = read(project, Some(id))?;
    let formats = formats(wanted.formats);
    let planned = export::plan(&project.config().project, &bundle, &formats)?;
    if !wanted.dry_run {
        export::write(&planned, wanted.to, wanted.overwrite)?;
    }

    let verb = if wanted.dry_run {
        "would be written"
    } else {
        "written"
    };
    let (model, to) = (&planned.model, wanted.to.display());
    let mut text = vec![format!("model {model}, {verb} to {to}")];
    let mut files = Vec::new();
    for (name, bytes) in &planned.files {
        text.push(format!(
            "  {name:<36} {:>9} bytes",
            count(bytes.len() as u64)
        ));
        files.push(json!({ "path": name, "bytes": bytes.len(), "sha256": ledger::sha256(bytes) }));
    }
    for (name, why) in &planned.left_out {
        text.push(format!("  left out: {name}: {why}"));
    }
    context.printer.result(
        &json!({ "model": model, "to": wanted.to, "dry_run": wanted.dry_run, "files": files,
                 "left_out": planned.left_out }),
        &lines(&text),
    )?;
    Ok(0)
}

/// The forms asked for, each once, in their fixed order.
fn formats(names: &[FormatName]) -> Vec<Format> {
    let name = |format: Format| match format {
        Format::Xgboost => FormatName::Xgboost,
        Format::Onnx => FormatName::Onnx,
        Format::Mlflow => FormatName::Mlflow,
        Format::Bigquery => FormatName::Bigquery,
        Format::ScorecardSql => FormatName::ScorecardSql,
    };
    let all = names.contains(&FormatName::All);
    let wanted = Format::ALL.into_iter();
    wanted
        .filter(|&format| all || names.contains(&name(format)))
        .collect()
}
