//! The `leadrank` command: verbs, printing, progress, exit codes.
//!
//! Exit codes: 0 done, 1 a gate failed, 2 error or wrong use, 3 partly done.

mod args;
mod commands;
mod context;
mod page;
mod printer;
mod reports;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Verb};
use context::Context;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => ExitCode::from(code),
        // The gate said no: that is an answer, not a fault.
        Err(error) if is_gate(&error) => {
            printer::error(&error);
            ExitCode::from(1)
        }
        // `leadrank … | head` closes our output early; that is no error.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            printer::error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<u8> {
    if arguments.shared.as_known_on.is_some() && !reads_only(&arguments.verb) {
        anyhow::bail!(
            "--as-known-on looks at a past state and can't be combined with a verb that writes; use it with sql, check, status or ingest --diff"
        );
    }
    let context = Context::new(&arguments.shared)?;
    match arguments.verb {
        Verb::Init(options) => commands::init::run(&context, &options),
        Verb::Simulate(options) => commands::simulate::run(&context, &options),
        Verb::Ingest(options) => commands::ingest::run(&context, &options),
        Verb::Check(options) => commands::check::run(&context, &options),
        Verb::Features(options) => commands::features::run(&context, &options),
        Verb::Train(options) => commands::train::run(&context, &options),
        Verb::Backtest(options) => commands::backtest::run(&context, &options),
        Verb::Validate(options) => commands::validate::run(&context, &options),
        Verb::Calibrate(options) => commands::calibrate::run(&context, &options),
        Verb::Score => commands::score::run(&context),
        Verb::Explain(options) => commands::explain::run(&context, &options),
        Verb::Report(options) => commands::report::run(&context, &options),
        Verb::Run(options) => commands::run::run(&context, &options),
        Verb::Demo(options) => commands::demo::run(&context, &options),
        Verb::Sql(options) => commands::sql::run(&context, &options),
        Verb::Sync(options) => commands::sync::run(&context, &options),
        Verb::Salesforce(options) => commands::salesforce::run(&context, &options.verb),
        Verb::Experiment(options) => commands::experiment::run(&context, &options),
        Verb::Model(options) => commands::model::run(&context, &options),
        Verb::Status => commands::status::run(&context),
        Verb::Config(options) => commands::config::run(&context, &options),
        Verb::Doctor => commands::doctor::run(&context),
    }
}

/// Whether a verb changes nothing but records.
fn reads_only(verb: &Verb) -> bool {
    match verb {
        Verb::Sql(_) | Verb::Check(_) | Verb::Explain(_) | Verb::Status => true,
        Verb::Ingest(options) => !options.diff.is_empty(),
        _ => false,
    }
}

fn is_gate(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(
            cause.downcast_ref::<leadrank_engine::Error>(),
            Some(leadrank_engine::Error::Gates { .. })
        )
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
