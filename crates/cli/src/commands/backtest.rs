//! `leadrank backtest`: whether it would have worked.

use std::path::{Path, PathBuf};

use leadrank_engine::backtest::{self, Backtest, Every, Material, OfProject, OfTable};
use leadrank_engine::bundle::Bundle;
use leadrank_engine::project::write_atomically;
use leadrank_engine::reports::{self, Context as Words};
use leadrank_engine::{registry, table};
use leadrank_report as report;

use crate::args::{self, Length};
use crate::commands::train;
use crate::context::Context;
use crate::reports::{FOLDER, write_report};

pub(crate) fn run(context: &Context, options: &args::Backtest) -> anyhow::Result<u8> {
    match (&options.of.table, &options.of.label) {
        (Some(file), Some(label)) => on_table(context, options, file, label),
        _ => on_project(context, options),
    }
}

fn every(length: Length) -> Every {
    match length {
        Length::Month => Every::Month,
        Length::Quarter => Every::Quarter,
    }
}

fn on_project(context: &Context, options: &args::Backtest) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    let day = |text: &Option<String>, name: &str| {
        let read = text.as_deref().map(|text| {
            text.parse().map_err(|_| {
                anyhow::anyhow!("--{name} `{text}` is no date; write it as 2025-03-01")
            })
        });
        read.transpose()
    };
    let bundle = match &options.model {
        Some(text) => {
            let id = registry::resolve(&project, text)?;
            Some(Bundle::read(&project.bundles().join(id))?)
        }
        None => None,
    };
    let request = OfProject {
        every: every(options.every),
        from: day(&options.from, "from")?,
        to: day(&options.to, "to")?,
        develop: options.develop,
        model: bundle.as_ref(),
        threads: context.threads(),
    };
    let material = context.wait(backtest::on_project(&project, &request, &context.sink()))?;
    let scope = match &bundle {
        Some(bundle) => format!(
            "Model {} of project {}",
            bundle.id,
            project.config().project
        ),
        None => format!(
            "Project {}, a model for each period",
            project.config().project
        ),
    };
    let words = Words::of_leads(scope, &[]);
    let seed = project.config().seed;
    finish(context, options, material, seed, &words, &project.root)
}

fn on_table(
    context: &Context,
    options: &args::Backtest,
    file: &Path,
    label: &str,
) -> anyhow::Result<u8> {
    let request = train::request(context, &options.of, file, label)?;
    let request = table::Request {
        settings: match options.develop {
            true => request.settings,
            false => train::as_declared(request.settings),
        },
        ..request
    };
    let of = OfTable {
        every: every(options.every),
        from: options.from.clone(),
        to: options.to.clone(),
        periods: options.periods,
    };
    let material = backtest::on_table(&request, &of, &context.sink())?;
    let words = Words::of_table(format!("Table {}, a model for each period", file.display()));
    let stem = file.file_stem().unwrap_or_default();
    let folder = PathBuf::from("out").join(stem);
    finish(context, options, material, request.seed, &words, &folder)
}

/// Judges, writes and prints.
fn finish(
    context: &Context,
    options: &args::Backtest,
    material: Material,
    seed: u64,
    words: &Words<'_>,
    root: &Path,
) -> anyhow::Result<u8> {
    let scores = backtest::scores_csv(&material)?;
    let found: Backtest = backtest::judge(material, seed)?;
    let made = reports::backtest(&found, words);
    let folder = root.join(FOLDER);
    let page = write_report(&folder, "backtest_report", &made)?.remove(0);
    write_atomically(
        &folder.join("backtest_periods.csv"),
        &backtest::periods_csv(&found)?,
    )?;
    let path = options
        .of
        .scores
        .clone()
        .unwrap_or_else(|| folder.join("backtest_scores.csv"));
    write_atomically(&path, &scores)?;
    let text = format!(
        "{}\nPage: {}\nScores: {}",
        report::checks_text(std::slice::from_ref(&made)).trim_end(),
        page.display(),
        path.display()
    );
    context.printer.result(&found, &text)?;
    Ok(0)
}
