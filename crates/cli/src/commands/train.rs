//! `leadrank train`

use std::path::{Path, PathBuf};

use leadrank_engine::{Project, stages, table};
use leadrank_learn::Recipe;
use leadrank_learn::baselines::Kind;
use leadrank_learn::develop::{ImbalanceOptions, Settings};
use leadrank_learn::selection::{Method, SelectionOptions};
use leadrank_learn::split::FoldConfig;
use leadrank_learn::tuning::{Search, TuningOptions};
use leadrank_report as report;

use crate::args::Train;
use crate::context::Context;
use crate::page;
use crate::reports;

/// Days in which a label forms where the table's rows have dates and nothing else is said.
const HORIZON_DAYS: i32 = 30;

pub(crate) fn run(context: &Context, options: &Train) -> anyhow::Result<u8> {
    match (&options.table, &options.label) {
        (Some(file), Some(label)) => on_table(context, options, file, label),
        _ => on_project(context, &context.project()?.locked()?),
    }
}

fn on_project(context: &Context, project: &Project) -> anyhow::Result<u8> {
    let threads = context.threads();
    let made = context.wait(stages::train::run(
        project,
        context.now,
        threads,
        &context.sink(),
    ))?;
    let folder = reports::of_project(project, &made)?;
    let page = page::of_training(&made);
    let mut text = report::summary_text(&page).trim_end().to_string();
    text.push_str(&format!("\n\nHow it was made: {}", folder.display()));
    context.printer.result(&made, &text)?;
    Ok(0)
}

fn on_table(context: &Context, options: &Train, file: &Path, label: &str) -> anyhow::Result<u8> {
    let request = request(context, options, file, label)?;
    let made = table::run(&request, &context.sink())?;
    let page = page::of_table(&made);
    let path = options
        .report
        .clone()
        .unwrap_or_else(|| default_report(file));
    leadrank_engine::project::write_atomically(&path, report::render_run(&page).as_bytes())?;
    let mut text = report::summary_text(&page).trim_end().to_string();
    text.push_str(&format!("\n\nReport: {}", path.display()));
    if made.model.development.is_some() {
        let folder = path.with_extension("");
        let context =
            leadrank_engine::reports::Context::of_table(format!("Model of {}", made.table));
        reports::write(&folder, &made.model, &context)?;
        text.push_str(&format!(
            "\nHow it was made: {}",
            folder.join("reports").display()
        ));
    }
    if let Some(scores) = &options.scores {
        text.push_str(&format!("\nScores: {}", scores.display()));
    }
    context.printer.result(&made, &text)?;
    Ok(0)
}

/// What to train on, from what was typed.
pub(crate) fn request(
    context: &Context,
    options: &Train,
    file: &Path,
    label: &str,
) -> anyhow::Result<table::Request> {
    Ok(table::Request {
        file: file.to_path_buf(),
        label: label.to_string(),
        date: options.date.clone(),
        id: options.id.clone(),
        group: options.group.clone(),
        split: options.split.clone(),
        test_from: options.test_from.clone(),
        exclude: options.exclude.clone(),
        horizon_days: u32::try_from(options.horizon.unwrap_or(HORIZON_DAYS)).unwrap_or(0),
        seed: context.shared.seed.unwrap_or(42),
        threads: context.threads(),
        scores: options.scores.clone(),
        folds: FoldConfig::default(),
        settings: settings(options)?,
        trials: options.trials.clone(),
        ensemble: options.ensemble.as_deref().map(ensemble).transpose()?,
    })
}

/// The same without anything that is decided by comparing: what a backtest takes as declared.
pub(crate) fn as_declared(settings: Settings) -> Settings {
    Settings {
        imbalance: ImbalanceOptions {
            contest: false,
            ..settings.imbalance
        },
        tuning: TuningOptions {
            search: Search::Off,
            ..settings.tuning
        },
        ..settings
    }
}

fn ensemble(word: &str) -> anyhow::Result<Kind> {
    match word {
        "stacking" => Ok(Kind::Stacking),
        "rank_average" => Ok(Kind::RankAverage),
        other => anyhow::bail!("--ensemble `{other}` is not known; say stacking or rank_average"),
    }
}

/// How to develop a model of any table.
fn settings(options: &Train) -> anyhow::Result<Settings> {
    let search = match options.tune.as_str() {
        "halving" => Search::Halving,
        "random" => Search::Random,
        "grid" => Search::Grid,
        "off" => Search::Off,
        other => anyhow::bail!("--tune `{other}` is not known; say halving, random, grid or off"),
    };
    let method = match options.select.as_str() {
        "screens" => Method::Screens,
        "reference" => Method::Reference,
        "all" => Method::All,
        other => anyhow::bail!("--select `{other}` is not known; say screens, reference or all"),
    };
    let tuning = TuningOptions::default();
    Ok(Settings {
        recipe: Recipe::table(),
        selection: SelectionOptions {
            method,
            keep: options.keep.clone(),
            ..SelectionOptions::default()
        },
        imbalance: ImbalanceOptions {
            contest: !options.no_contest,
            ..ImbalanceOptions::default()
        },
        tuning: TuningOptions {
            search,
            candidates: options.candidates.unwrap_or(tuning.candidates),
            budget_minutes: options.budget.unwrap_or(tuning.budget_minutes),
            ..tuning
        },
    })
}

fn default_report(table: &Path) -> PathBuf {
    let stem = table.file_stem().unwrap_or_default().to_string_lossy();
    PathBuf::from("out").join(format!("{stem}.html"))
}
