//! What the verbs that look at a trained model share.

use leadrank_engine::bundle::Bundle;
use leadrank_engine::model_rows::ModelRows;
use leadrank_engine::reports::Context as Words;
use leadrank_engine::{Project, registry};
use leadrank_evidence::Report;
use leadrank_report as report;

use crate::args::OfModel;
use crate::context::Context;
use crate::reports;

/// A model with the rows it was trained and measured on.
pub(crate) struct Looked<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) rows: &'a ModelRows,
    pub(crate) words: &'a Words<'a>,
}

/// Looks at a model, writes its report under this name and prints it.
pub(crate) fn report(
    context: &Context,
    options: &OfModel,
    stem: &str,
    made: impl FnOnce(&Looked<'_>) -> anyhow::Result<Report>,
) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let bundle = bundle(&project, options)?;
    let threads = context.threads();
    let rows = context.wait(ModelRows::of_bundle(&project, &bundle, threads))?;
    let scope = format!(
        "Model {} of project {}, outcomes known up to {}",
        bundle.id,
        project.config().project,
        bundle.manifest.as_of
    );
    let words = Words::of_leads(scope, &[]);
    let made = made(&Looked {
        bundle: &bundle,
        rows: &rows,
        words: &words,
    })?;
    let folder = project.root.join(reports::FOLDER);
    let page = reports::write_report(&folder, stem, &made)?.remove(0);
    let text = format!(
        "{}\nPage: {}",
        report::checks_text(std::slice::from_ref(&made)).trim_end(),
        page.display()
    );
    context.printer.result(&made, &text)?;
    Ok(0)
}

/// The model that is asked for, or the one that serves.
pub(crate) fn bundle(project: &Project, options: &OfModel) -> anyhow::Result<Bundle> {
    Ok(match &options.model {
        Some(text) => {
            let id = registry::resolve(project, text)?;
            Bundle::read(&project.bundles().join(id))?
        }
        None => registry::current(project)?,
    })
}
