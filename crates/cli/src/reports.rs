//! The folder `reports/` of a project: how the model was made, for people, programs and
//! spreadsheets.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use leadrank_engine::Project;
use leadrank_engine::project::write_atomically;
use leadrank_engine::reports::{self, CheatSheet, Context};
use leadrank_engine::stages::train::TrainReport;
use leadrank_engine::training::ModelReport;
use leadrank_evidence::Report;
use leadrank_report as report;

/// Where the reports of a project are.
pub(crate) const FOLDER: &str = "reports";
/// The report on training, which is made as PDF, too.
const TRAINING: &str = "model_training_report";
/// The two pages about features.
const CHEAT_SHEET: &str = "feature_importance_cheat_sheet.pdf";
/// Where their pictures are, below.
const IMAGES: &str = "images";

/// Writes the reports of a project's newly trained model; see [`write()`].
///
/// # Errors
/// When a file can't be written.
pub(crate) fn of_project(project: &Project, made: &TrainReport) -> anyhow::Result<PathBuf> {
    let scope = format!(
        "Model {} of project {}",
        made.model_id,
        project.config().project
    );
    let context = Context {
        strata: (!made.strata.is_empty()).then_some(made.strata.as_slice()),
        ..Context::of_leads(scope, &made.model.gates)
    };
    write(&project.root, &made.model, &context)?;
    Ok(project.root.join(FOLDER))
}

/// Writes the reports on feature selection and training as page, Markdown and JSON, and the files
/// beside them: selected features, importance, trials of the tuning, treatments of imbalance.
/// Gives their paths, pictures not among them. The same model and context give the same bytes;
/// a file that this model has no content for is taken away, so that none tells of another model.
///
/// # Errors
/// When a file can't be written.
pub(crate) fn write(
    root: &Path,
    model: &ModelReport,
    context: &Context<'_>,
) -> anyhow::Result<Vec<PathBuf>> {
    let folder = root.join(FOLDER);
    let mut written = Vec::new();
    for (stem, made) in [
        (
            "feature_selection_report",
            reports::selection(model, context),
        ),
        (TRAINING, reports::training(model, context)),
    ] {
        written.extend(write_report(&folder, stem, &made)?);
        if stem == TRAINING {
            let title = report::format::sentence(&made.name);
            let reports = std::slice::from_ref(&made);
            let bytes = report::pdf(reports, &title, &made.scope, report::Paper::A4)?;
            let path = folder.join(format!("{stem}.pdf"));
            write_atomically(&path, &bytes)?;
            written.push(path);
        }
    }
    let files = reports::artifacts(model)?;
    for name in reports::ARTIFACTS {
        let path = folder.join(name);
        match files.iter().find(|file| file.name == name) {
            Some(file) => {
                write_atomically(&path, &file.bytes)?;
                written.push(path);
            }
            None => remove(&path)?,
        }
    }
    Ok(written)
}

/// One report in its three forms.
pub(crate) fn write_report(
    folder: &Path,
    stem: &str,
    made: &Report,
) -> anyhow::Result<Vec<PathBuf>> {
    let title = report::format::sentence(&made.name);
    let page = report::render_checks(&title, "", std::slice::from_ref(made));
    let text = report::markdown(made, IMAGES);
    let images = folder.join(IMAGES);
    for image in &text.images {
        write_atomically(&images.join(&image.name), image.svg.as_bytes())?;
    }
    // a model with fewer pictures must not leave those of the last one behind
    let mut next = text.images.len() + 1;
    while images.join(text.image_name(next)).is_file() {
        remove(&images.join(text.image_name(next)))?;
        next += 1;
    }
    let mut json = serde_json::to_vec_pretty(made)?;
    json.push(b'\n');
    let mut written = Vec::new();
    for (ending, bytes) in [
        ("html", page.into_bytes()),
        ("md", text.text.into_bytes()),
        ("json", json),
    ] {
        let path = folder.join(format!("{stem}.{ending}"));
        write_atomically(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

/// Writes the two pages about features.
///
/// # Errors
/// When they can't be laid out or written.
pub(crate) fn write_cheat_sheet(folder: &Path, made: &CheatSheet) -> anyhow::Result<PathBuf> {
    let cards = made.cards.iter().map(|card| report::Card {
        heading: card.heading.clone(),
        lead: card.lead.clone(),
        lines: card.lines.clone(),
        picture: card.picture.clone(),
        grade: card.grade.clone(),
    });
    let bytes = report::cheat_sheet(&report::Sheet {
        title: made.title.clone(),
        subtitle: made.subtitle.clone(),
        cards: cards.collect(),
        footer: made.footer.clone(),
    })?;
    let path = folder.join(CHEAT_SHEET);
    write_atomically(&path, &bytes)?;
    Ok(path)
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error)
            .with_context(|| format!("the old file `{}` could not be removed", path.display())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
