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
pub(crate) struct Looked {
    pub(crate) project: Project,
    pub(crate) bundle: Bundle,
    pub(crate) rows: ModelRows,
    /// Which model of what, in words.
    pub(crate) scope: String,
}

/// The model that is asked for, or the one that serves.
pub(crate) fn looked(context: &Context, options: &OfModel) -> anyhow::Result<Looked> {
    let project = context.project()?.locked()?;
    let bundle = match &options.model {
        Some(text) => {
            let id = registry::resolve(&project, text)?;
            Bundle::read(&project.bundles().join(id))?
        }
        None => registry::current(&project)?,
    };
    let threads = context.threads();
    let rows = context.wait(ModelRows::of_bundle(&project, &bundle, threads))?;
    let scope = format!(
        "Model {} of project {}, outcomes known up to {}",
        bundle.id,
        project.config().project,
        bundle.manifest.as_of
    );
    Ok(Looked {
        project,
        bundle,
        rows,
        scope,
    })
}

/// Looks at a model, writes its report under this name and prints it.
pub(crate) fn report(
    context: &Context,
    options: &OfModel,
    stem: &str,
    made: impl FnOnce(&Looked, &Words<'_>) -> anyhow::Result<Report>,
) -> anyhow::Result<u8> {
    let looked = looked(context, options)?;
    let words = Words::of_leads(looked.scope.clone(), &[]);
    let made = made(&looked, &words)?;
    let folder = looked.project.root.join(reports::FOLDER);
    let page = reports::write_report(&folder, stem, &made)?.remove(0);
    let text = format!(
        "{}\nPage: {}",
        report::checks_text(std::slice::from_ref(&made)).trim_end(),
        page.display()
    );
    context.printer.result(&made, &text)?;
    Ok(0)
}
