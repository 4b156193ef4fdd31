//! `leadrank report`: all that can be told of a model, written in one go.

use leadrank_engine::reports::{self, Context as Words};
use leadrank_engine::validate;
use leadrank_evidence::Severity;
use serde::Serialize;

use crate::args::OfModel;
use crate::commands::of_model;
use crate::context::Context;
use crate::reports as files;

/// One report.
#[derive(Serialize)]
struct Line {
    name: String,
    severity: Severity,
    answer: String,
    page: std::path::PathBuf,
}

pub(crate) fn run(context: &Context, options: &OfModel) -> anyhow::Result<u8> {
    let looked = of_model::looked(context, options)?;
    let words = Words::of_leads(looked.scope.clone(), &[]);
    let folder = looked.project.root.join(files::FOLDER);
    let (bundle, rows) = (&looked.bundle, &looked.rows);
    let validation = context.wait(validate::validate(
        &looked.project,
        bundle,
        rows,
        looked.scope.clone(),
    ))?;
    let mut lines = Vec::new();
    for (stem, made) in [
        (
            "calibration_report",
            reports::calibration(bundle, rows, &words)?,
        ),
        (
            "explanation_report",
            reports::explanation(bundle, rows, &words)?,
        ),
        ("validation_report", validation.report),
        (
            "sga_training_guide",
            reports::training_guide(bundle, rows, &words)?,
        ),
        ("playbook", reports::playbook(rows, &words)?),
    ] {
        let page = files::write_report(&folder, stem, &made)?.remove(0);
        lines.push(Line {
            severity: made.severity(),
            name: made.name,
            answer: made.answer,
            page,
        });
    }
    let sheet = reports::cheat_sheet(bundle, rows, &looked.scope)?;
    let sheet = files::write_cheat_sheet(&folder, &sheet)?;
    let mut text: Vec<String> = lines
        .iter()
        .map(|line| format!("{}: {}\n  {}", line.name, line.answer, line.page.display()))
        .collect();
    text.push(format!("cheat sheet: {}", sheet.display()));
    context.printer.result(&lines, &text.join("\n"))?;
    Ok(0)
}
