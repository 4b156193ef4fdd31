//! What can be typed. The doc comments are the user's manual.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::experiment::ExperimentVerb;
use crate::commands::model::ModelVerb;
use crate::commands::salesforce::SalesforceVerb;

/// Says which contacted leads to call first, whom to skip, and why.
///
/// Start with `leadrank demo`, or put your exports into a project's raw folder
/// and run `leadrank run`.
#[derive(Debug, Parser)]
#[command(
    name = "leadrank",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Options of every verb.
#[derive(Debug, Clone, Args)]
pub(crate) struct Shared {
    /// Project folder (default: the nearest folder upward with a leadrank.toml)
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    /// Analysis date: nothing after this day is known (default: the data's last day)
    #[arg(long, global = true, value_name = "YYYY-MM-DD")]
    pub(crate) as_of: Option<NaiveDate>,
    /// Seed of everything random
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX.unsigned_abs()))]
    pub(crate) seed: Option<u64>,
    /// Print one JSON document on standard output instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print results and errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Look at the project as it was known at the end of a past day (sql, check, status,
    /// ingest --diff)
    #[arg(long, global = true, value_name = "YYYY-MM-DD")]
    pub(crate) as_known_on: Option<NaiveDate>,
    /// Go on past failed gates; the reason is kept in the run ledger
    #[arg(long, global = true, value_name = "REASON", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) force: Option<String>,
    /// Threads to use (default: all cores)
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: Option<u32>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make a project: folders, a commented leadrank.toml, the SQL models
    Init(Init),
    /// Write made-up vendor and Salesforce exports with known truth
    Simulate(Simulate),
    /// Read the raw files into typed tables; bad cells are set aside, not lost
    Ingest(Ingest),
    /// Look for what makes data or a model untrustworthy: leaks, faults, drift
    Check(Check),
    /// Make the 69 features of every lead as of its contact date
    Features(Features),
    /// Train, calibrate and measure a model, on the project or on any table
    Train(Box<Train>),
    /// Show whether the model's probabilities come true, for all, by segment and over time
    Calibrate(OfModel),
    /// Score the open leads with the serving model and write the call list
    Score,
    /// Train at past days on what was known then, and score the periods after them
    Backtest(Box<Backtest>),
    /// Hold the model and the project against what was asked for
    Validate(OfModel),
    /// Show what the model looks at: features, pairs, cohorts, and how steady all that is
    Explain(Explain),
    /// Write all reports on the model: calibration, explanation, cheat sheet, validation
    Report(OfModel),
    /// Everything from raw files to call list, skipping what is up to date
    Run(Run),
    /// Simulate, run and report, in one command
    Demo(Demo),
    /// Ask any table a question in GoogleSQL
    Sql(Sql),
    /// Write the scores to Salesforce: only what changed, with a ledger and a way back
    Sync(Box<Sync>),
    /// What Salesforce needs to show the scores: the SFDX project, the mapping of fields
    Salesforce(Salesforce),
    /// Prove it: plan, assign, watch and analyse a randomized experiment
    Experiment(Experiment),
    /// List, compare, promote, verify and export trained models
    Model(Model),
    /// What the project holds and what would run next
    Status,
    /// Show the configuration
    Config(ConfigOptions),
    /// Check that everything needed is here, and say how to mend what is not
    Doctor,
}

/// Which model a verb looks at.
#[derive(Debug, Args)]
pub(crate) struct OfModel {
    /// Another model than the one that serves: its id or the beginning of it
    #[arg(long, value_name = "ID")]
    pub(crate) model: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Experiment {
    #[command(subcommand)]
    pub(crate) verb: ExperimentVerb,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Folder to make the project in (default: here)
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Size: 1 is about 478,000 rep rows a month and 49,000 contacted leads
    #[arg(long, default_value_t = 0.1)]
    pub(crate) scale: f64,
    /// Vendor months, such as 2025_07,2025_10 (default: eight quarters to 2025_10)
    #[arg(long, value_delimiter = ',', value_name = "YYYY_MM")]
    pub(crate) months: Vec<String>,
    /// Hazards to switch on; `--hazard list` explains them
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub(crate) hazard: Vec<String>,
    /// Write over raw files that are already there
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// Where from: `salesforce` reads leads, calls, users and opportunities of an org into the
    /// raw folder first, only what changed since last time
    #[arg(value_enum, value_name = "SOURCE", conflicts_with_all = ["file", "diff", "withdraw"])]
    pub(crate) source: Option<Source>,
    /// The org: what LEADRANK_SALESFORCE_<NAME>_… in the environment describes (default: the one
    /// in leadrank.toml)
    #[arg(long, value_name = "NAME", requires = "source")]
    pub(crate) org: Option<String>,
    /// Read everything of the org anew
    #[arg(long, requires = "source")]
    pub(crate) whole: bool,
    /// One file instead of the raw folder
    #[arg(long, requires = "kind")]
    pub(crate) file: Option<PathBuf>,
    /// What that file is
    #[arg(long, value_enum, requires = "file")]
    pub(crate) kind: Option<FileKind>,
    /// Month of that file's facts
    #[arg(long, value_name = "YYYY_MM", requires = "file")]
    pub(crate) month: Option<String>,
    /// Read a column under another name, with a factor if the unit differs:
    /// `raum_total=TotalAssetsInMillions*1e-6`
    #[arg(
        long = "map",
        value_name = "SOURCE=TARGET[*FACTOR]",
        value_delimiter = ','
    )]
    pub(crate) mapping: Vec<String>,
    /// Read and report, but load nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Load a vendor month even if a file that the month before had is missing
    #[arg(long)]
    pub(crate) partial: bool,
    /// Say what changed between two vendor months, or between the newest two revisions of
    /// one month, and which past facts were rewritten; loads nothing
    #[arg(long, value_name = "YYYY_MM[,YYYY_MM]", value_delimiter = ',', num_args = 1, conflicts_with_all = ["file", "dry_run", "partial", "withdraw"])]
    pub(crate) diff: Vec<String>,
    /// Take the newest delivery of a vendor month out of use (needs --force REASON); what
    /// was in use before it is so again
    #[arg(long, value_name = "YYYY_MM", conflicts_with_all = ["file", "dry_run", "partial"])]
    pub(crate) withdraw: Option<String>,
}

/// Where raw files come from beside the raw folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// A Salesforce org
    Salesforce,
}

#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// The org: what LEADRANK_SALESFORCE_<NAME>_… in the environment describes (default: the one
    /// in leadrank.toml)
    #[arg(long, value_name = "NAME")]
    pub(crate) org: Option<String>,
    /// Only show what would be written (the default while salesforce.dry_run is true)
    #[arg(long, conflicts_with_all = ["apply", "resume", "reconcile"])]
    pub(crate) dry_run: bool,
    /// Write, even while salesforce.dry_run is true
    #[arg(long)]
    pub(crate) apply: bool,
    /// List the runs of this org
    #[arg(long, conflicts_with_all = ["resume", "undo", "files", "reconcile"])]
    pub(crate) list: bool,
    /// Go on with a run that stopped (default: the last one)
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "last", conflicts_with_all = ["undo", "files", "reconcile"])]
    pub(crate) resume: Option<String>,
    /// Bring back the values from before a run
    #[arg(long, value_name = "RUN", conflicts_with_all = ["files", "reconcile"])]
    pub(crate) undo: Option<String>,
    /// Without credentials: write files for Bulk API 2.0 or Data Loader to this folder
    #[arg(long, value_name = "DIR", conflicts_with = "reconcile")]
    pub(crate) files: Option<PathBuf>,
    /// Read files of results into a run that was written as files
    #[arg(long, value_name = "RUN")]
    pub(crate) reconcile: Option<String>,
    /// The files of results: successful, failed and unprocessed records
    #[arg(value_name = "FILE", requires = "reconcile")]
    pub(crate) results: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Salesforce {
    #[command(subcommand)]
    pub(crate) verb: SalesforceVerb,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Which check
    #[arg(value_enum, default_value_t = CheckName::All)]
    pub(crate) name: CheckName,
    /// Vendor month that quality is judged of (default: the newest)
    #[arg(long, value_name = "YYYY_MM")]
    pub(crate) month: Option<String>,
    /// Vendor month that drift is measured against (default: the one before)
    #[arg(long, value_name = "YYYY_MM")]
    pub(crate) against: Option<String>,
    /// Write the page here (default: out/check_NAME.html in the project)
    #[arg(long, value_name = "OUT.html")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckName {
    /// Can this data be used? Scorecard of each delivery, match, drift
    Quality,
    /// Who converts? Class distribution by every segment
    Classes,
    /// Does the model see the future?
    Leakage,
    /// Can a model learn from so few positives?
    Imbalance,
    /// Do the numbers hold? Collinearity, outliers, split and labels
    Statistics,
    /// All of them
    All,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FileKind {
    /// Reps of territory 1
    T1,
    /// Reps of territory 2
    T2,
    /// Reps of territory 3
    T3,
    /// Reps matched by CRD upload
    Tx,
    /// Firms
    Firms,
    /// Salesforce leads
    Lead,
    /// Salesforce tasks (dials)
    Task,
    /// Salesforce users
    User,
    /// Salesforce opportunities
    Opportunity,
}

#[derive(Debug, Args)]
pub(crate) struct Features {
    /// Print the catalog of the features instead of making them
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    /// Train on this Parquet or CSV table instead of the project
    #[arg(long, value_name = "FILE", requires = "label")]
    pub(crate) table: Option<PathBuf>,
    /// Column that holds the outcome: 0/1, true/false, yes/no
    #[arg(long, value_name = "COL", requires = "table")]
    pub(crate) label: Option<String>,
    /// Column that orders rows in time: a date, or any rising number
    #[arg(long, value_name = "COL", requires = "table")]
    pub(crate) date: Option<String>,
    /// Column that names each row in the scores file
    #[arg(long, value_name = "COL", requires = "table")]
    pub(crate) id: Option<String>,
    /// Column whose equal values stay on one side of the split
    #[arg(long, value_name = "COL", requires = "table")]
    pub(crate) group: Option<String>,
    /// Column with the values `train` and `test`; other rows are left out
    #[arg(long, value_name = "COL", requires = "table")]
    pub(crate) split: Option<String>,
    /// First day (or number) of the test rows
    #[arg(
        long,
        value_name = "DATE",
        requires = "table",
        conflicts_with = "split"
    )]
    pub(crate) test_from: Option<String>,
    /// Columns that must not be used
    #[arg(long, value_name = "COL,…", value_delimiter = ',', requires = "table")]
    pub(crate) exclude: Vec<String>,
    /// Days after a row's date in which its label forms; rows nearer to a cut are left out
    #[arg(long, value_name = "DAYS", requires = "table")]
    pub(crate) horizon: Option<i32>,
    /// How parameters are tuned: halving, random, grid or off
    #[arg(
        long,
        value_name = "HOW",
        default_value = "halving",
        requires = "table"
    )]
    pub(crate) tune: String,
    /// Candidates of halving and random tuning
    #[arg(long, value_name = "N", requires = "table")]
    pub(crate) candidates: Option<u32>,
    /// Begin no trial of the tuning after so many minutes
    #[arg(long, value_name = "MINUTES", requires = "table")]
    pub(crate) budget: Option<f64>,
    /// Keep the trials of the tuning in this file, and go on from it after a crash
    #[arg(long, value_name = "TRIALS.csv", requires = "table")]
    pub(crate) trials: Option<PathBuf>,
    /// How features are chosen: screens, reference (the brief's) or all
    #[arg(
        long,
        value_name = "HOW",
        default_value = "screens",
        requires = "table"
    )]
    pub(crate) select: String,
    /// Features that are always kept
    #[arg(long, value_name = "COL,…", value_delimiter = ',', requires = "table")]
    pub(crate) keep: Vec<String>,
    /// Do not compare what can be done about rare outcomes; leave the rows as they are
    #[arg(long, requires = "table")]
    pub(crate) no_contest: bool,
    /// Score by an ensemble of model and scorecard: stacking or rank_average
    #[arg(long, value_name = "KIND", requires = "table")]
    pub(crate) ensemble: Option<String>,
    /// Write id, split, margin and probability of every row
    #[arg(long, value_name = "OUT.csv", requires = "table")]
    pub(crate) scores: Option<PathBuf>,
    /// Write the HTML summary here (default: beside the table's name, in `out/`)
    #[arg(long, value_name = "OUT.html", requires = "table")]
    pub(crate) report: Option<PathBuf>,
}

/// How long a period of a backtest is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Length {
    /// A calendar month
    Month,
    /// Three months
    Quarter,
}

#[derive(Debug, Args)]
pub(crate) struct Backtest {
    #[command(flatten)]
    pub(crate) of: Train,
    /// Length of a period
    #[arg(long, value_enum, default_value = "quarter")]
    pub(crate) every: Length,
    /// First day (or number) of the first period (default: after a year of history)
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Last day (or number) of the last period (default: the newest whose outcomes are known)
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// Periods of equal size, for a table whose rows have an order and no dates
    #[arg(long, value_name = "N", default_value_t = 4, requires = "table")]
    pub(crate) periods: u32,
    /// Select features, compare strategies and tune at each past day, too (slow)
    #[arg(long)]
    pub(crate) develop: bool,
    /// Test a model that is there, on periods it has not learnt from
    #[arg(long, value_name = "ID", conflicts_with_all = ["table", "develop"])]
    pub(crate) model: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) of: OfModel,
    /// Print every sentence of reasons.toml with typical values, or name its faults
    #[arg(long, conflicts_with = "model")]
    pub(crate) check_templates: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Do everything again, whether up to date or not
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Load a vendor month even if a file that the month before had is missing
    #[arg(long)]
    pub(crate) partial: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Size of the made-up data: 1 is about 49,000 contacted leads
    #[arg(long, default_value_t = 0.2)]
    pub(crate) scale: f64,
}

#[derive(Debug, Args)]
pub(crate) struct Sql {
    /// The query
    #[arg(required_unless_present = "file")]
    pub(crate) query: Option<String>,
    /// Read the query from a file
    #[arg(short, long, value_name = "FILE", conflicts_with = "query")]
    pub(crate) file: Option<PathBuf>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = SqlFormat::Table)]
    pub(crate) format: SqlFormat,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SqlFormat {
    /// Aligned text
    Table,
    /// Comma-separated
    Csv,
    /// An array of objects
    Json,
    /// A Parquet file (needs --output)
    Parquet,
}

#[derive(Debug, Args)]
pub(crate) struct Model {
    #[command(subcommand)]
    pub(crate) verb: ModelVerb,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigOptions {
    #[command(subcommand)]
    pub(crate) verb: ConfigVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Print every setting in force
    Show {
        /// Say of each value where it comes from
        #[arg(long)]
        origin: bool,
    },
}
