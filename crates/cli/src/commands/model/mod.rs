//! `leadrank model`: the trained models, which of them serves, and since when.

mod diff;
mod diff_text;
mod export;
mod history;
mod list;
mod promote;
mod show;
mod verify;

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::builder::NonEmptyStringValueParser;
use clap::{Subcommand, ValueEnum};
use leadrank_engine::bundle::Bundle;
use leadrank_engine::{Project, registry};

use crate::args::Model;
use crate::context::Context;

/// What can be done with models. An id may be shortened as long as it is clear.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelVerb {
    /// All trained models with their figures; the serving one is marked
    List,
    /// One model's card, features and parameters
    Show {
        /// Its id (default: the serving one)
        id: Option<String>,
    },
    /// What differs between two models: data, features, parameters, figures, scores
    Diff {
        /// The one
        a: String,
        /// The other
        b: String,
    },
    /// Let another model serve
    Promote {
        /// Its id
        id: String,
        /// For what reason; kept in the history
        #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
        why: String,
        /// On whose word (default: the user's name)
        #[arg(long, value_name = "WHO", value_parser = NonEmptyStringValueParser::new())]
        by: Option<String>,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Go back to the model that served before the current one; again to go further back
    Rollback {
        /// For what reason; kept in the history
        #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
        why: String,
        /// On whose word (default: the user's name)
        #[arg(long, value_name = "WHO", value_parser = NonEmptyStringValueParser::new())]
        by: Option<String>,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Check that a model is unchanged since training and scores as it did then
    Verify {
        /// Its id (default: the serving one)
        #[arg(conflicts_with = "all")]
        id: Option<String>,
        /// Every model of the project
        #[arg(long)]
        all: bool,
    },
    /// Write a model in the forms of other tools
    Export {
        /// Its id
        id: String,
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// In which forms
        #[arg(long, value_enum, value_delimiter = ',', default_value = "all")]
        format: Vec<FormatName>,
        /// Say what would be written, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Write into a folder that is not empty
        #[arg(long)]
        overwrite: bool,
    },
    /// Which models served when, on whose word and why
    History {
        /// Only those that served on this day
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<NaiveDate>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// Model files as XGBoost reads them, JSON and UBJ
    Xgboost,
    /// ONNX, calibration included
    Onnx,
    /// A folder for mlflow.pyfunc
    Mlflow,
    /// Statements for BigQuery ML
    Bigquery,
    /// The baseline scorecard as a query
    ScorecardSql,
    /// All of them, as far as the model has them
    All,
}

pub(crate) fn run(context: &Context, options: &Model) -> anyhow::Result<u8> {
    let project = context.project()?;
    match &options.verb {
        ModelVerb::List => list::run(context, &project),
        ModelVerb::Show { id } => show::run(context, &project, id.as_deref()),
        ModelVerb::Diff { a, b } => diff::run(context, &project, a, b),
        ModelVerb::Promote {
            id,
            why,
            by,
            dry_run,
        } => promote::promote(context, project, id, &asked(why, by.as_deref(), *dry_run)),
        ModelVerb::Rollback { why, by, dry_run } => {
            promote::rollback(context, project, &asked(why, by.as_deref(), *dry_run))
        }
        ModelVerb::Verify { id, all } => verify::run(context, &project, id.as_deref(), *all),
        ModelVerb::Export {
            id,
            to,
            format,
            dry_run,
            overwrite,
        } => {
            let wanted = export::Wanted {
                to,
                formats: format,
                dry_run: *dry_run,
                overwrite: *overwrite,
            };
            export::run(context, &project, id, &wanted)
        }
        ModelVerb::History { on } => history::run(context, &project, *on),
    }
}

fn asked(why: &str, by: Option<&str>, dry_run: bool) -> promote::Asked {
    promote::Asked {
        why: why.to_owned(),
        who: by.map_or_else(registry::user, str::to_owned),
        dry_run,
    }
}

/// The bundle that an id or its beginning names; the serving one without it.
fn read(project: &Project, id: Option<&str>) -> anyhow::Result<Bundle> {
    let Some(id) = id else {
        return Ok(registry::current(project)?);
    };
    let id = registry::resolve(project, id)?;
    Ok(Bundle::read(&project.bundles().join(id))?)
}

/// A moment as the history shows it.
fn moment(at: chrono::DateTime<chrono::Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Lines without no-break spaces, which a terminal may show in another width.
fn lines(lines: &[String]) -> String {
    lines.join("\n").replace('\u{a0}', " ")
}
