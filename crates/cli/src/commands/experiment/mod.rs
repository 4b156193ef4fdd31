//! `leadrank experiment`: plan, assign, watch and analyse a randomized experiment.

mod assign;
mod close;
mod design;
mod look;
mod monitor;
mod play;
mod rollout;
mod simulate;

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use leadrank_engine::experiment;
use leadrank_evidence::Report;
use leadrank_report as report;
use serde::Serialize;

use crate::args::Experiment;
use crate::context::Context;
use crate::reports::write_report;

/// What can be done with experiments, in this order.
#[derive(Debug, Subcommand)]
pub(crate) enum ExperimentVerb {
    /// Plan one from the project's past: size, calendar, looks, and what it can and can't show
    Design(Design),
    /// Try the plan on made-up leads: false alarms, power, intervals, peeking
    Simulate(Simulate),
    /// Enrol who is new as of the analysis date and draw their arms (daily)
    Assign(Assign),
    /// Whether it is still a fair experiment: sizes, balance, leaks, guardrails, days so far
    Monitor(Named),
    /// A planned look at the results before the end
    Interim(Named),
    /// The final analysis, once the last outcome is known
    Final(Named),
    /// After the final analysis: show scores to 10, then 50, then 100 % of all
    Rollout(Rollout),
    /// End it: from the analysis date on it hides nothing, and another may begin
    Close(Close),
    /// Write made-up outcomes of enrolled leads into a simulated project, with a known effect
    Play(Play),
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The experiment (default: the only one)
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Design {
    /// The experiment's name: letters, digits, - and _
    #[arg(long, value_name = "NAME", default_value = "first")]
    pub(crate) name: String,
    /// First day of enrolment (default: the analysis date)
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) start: Option<NaiveDate>,
    /// Weeks of enrolment (default: experiment.weeks of leadrank.toml)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=104))]
    pub(crate) weeks: Option<u32>,
    /// Freeze the plan: from now on it can't be changed
    #[arg(long)]
    pub(crate) freeze: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(flatten)]
    pub(crate) of: Named,
    /// Made-up experiments for each truth
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    pub(crate) runs: u64,
    /// True lifts where scores are followed, such as 0,0.5,-0.3 (default: none, and the assumed one)
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "SHARE",
        allow_hyphen_values = true
    )]
    pub(crate) lift: Vec<f64>,
    /// Share of treatment's leads where scores are followed (default: the assumed one)
    #[arg(long, value_name = "SHARE")]
    pub(crate) adoption: Option<f64>,
    /// Share of control's leads where a score is seen and followed all the same
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) contamination: f64,
    /// Share of control's leads that get lost from the data
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) lost: f64,
}

#[derive(Debug, Args)]
pub(crate) struct Assign {
    #[command(flatten)]
    pub(crate) of: Named,
    /// Draw and report, but enrol nobody
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rollout {
    #[command(flatten)]
    pub(crate) of: Named,
    /// Percent of all that see scores from the analysis date on
    #[arg(long, value_name = "PERCENT")]
    pub(crate) percent: f64,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Close {
    #[command(flatten)]
    pub(crate) of: Named,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Play {
    #[command(flatten)]
    pub(crate) of: Named,
    /// True relative change of scheduled calls per dial where scores are followed
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.5,
        allow_hyphen_values = true
    )]
    pub(crate) lift: f64,
    /// Share of treatment's leads where scores are followed
    #[arg(long, value_name = "SHARE", default_value_t = 0.75)]
    pub(crate) adoption: f64,
    /// Share of control's leads whose score is seen and followed all the same
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) contamination: f64,
    /// Share of control's leads that vanish from the lead file
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) lost: f64,
    /// Mean chance of a scheduled call within the horizon, without scores
    #[arg(long, value_name = "SHARE", default_value_t = 0.039)]
    pub(crate) rate: f64,
}

pub(crate) fn run(context: &Context, options: &Experiment) -> anyhow::Result<u8> {
    match &options.verb {
        ExperimentVerb::Design(options) => design::run(context, options),
        ExperimentVerb::Simulate(options) => simulate::run(context, options),
        ExperimentVerb::Assign(options) => assign::run(context, options),
        ExperimentVerb::Monitor(options) => monitor::run(context, options),
        ExperimentVerb::Interim(options) => look::run(context, options, false),
        ExperimentVerb::Final(options) => look::run(context, options, true),
        ExperimentVerb::Rollout(options) => rollout::run(context, options),
        ExperimentVerb::Close(options) => close::run(context, options),
        ExperimentVerb::Play(options) => play::run(context, options),
    }
}

/// Writes reports into the experiment's folder, each under its stem, and prints the first.
fn tell<T: Serialize>(
    context: &Context,
    of: &experiment::Experiment,
    value: &T,
    made: &[(&str, Report)],
) -> anyhow::Result<()> {
    let folder = of.folder.join("reports");
    let mut pages: Vec<PathBuf> = Vec::new();
    for (stem, report) in made {
        pages.push(write_report(&folder, stem, report)?.remove(0));
    }
    let mut text = String::new();
    if let Some((_, first)) = made.first() {
        text.push_str(report::checks_text(std::slice::from_ref(first)).trim_end());
    }
    for page in pages {
        text.push_str(&format!("\nPage: {}", page.display()));
    }
    context.printer.result(value, &text)
}
