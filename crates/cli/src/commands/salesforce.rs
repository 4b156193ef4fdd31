//! `leadrank salesforce`

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Subcommand;
use leadrank_engine::crm::{self, Made};
use leadrank_engine::project::write_atomically;
use serde::Serialize;

use crate::context::Context;

/// What Salesforce needs to show the scores.
#[derive(Debug, Subcommand)]
pub(crate) enum SalesforceVerb {
    /// Write the SFDX project: fields, permission sets, list views, components
    Scaffold {
        /// Folder to write it to
        #[arg(long, value_name = "DIR", default_value = "salesforce")]
        to: PathBuf,
        /// Replace files that were changed since
        #[arg(long)]
        overwrite: bool,
        /// Only show what would be written
        #[arg(long)]
        dry_run: bool,
    },
    /// Write salesforce_field_mapping.csv: all 69 features, what is in Salesforce, what each means
    Mapping {
        /// File to write
        #[arg(
            long,
            short,
            value_name = "FILE",
            default_value = "salesforce_field_mapping.csv"
        )]
        output: PathBuf,
    },
}

#[derive(Serialize)]
struct Written {
    folder: PathBuf,
    dry_run: bool,
    files: BTreeMap<PathBuf, Made>,
}

pub(crate) fn run(context: &Context, verb: &SalesforceVerb) -> anyhow::Result<u8> {
    match verb {
        SalesforceVerb::Scaffold {
            to,
            overwrite,
            dry_run,
        } => {
            let files = crm::scaffold(to, *overwrite, *dry_run)?;
            let count = |wanted: Made| files.iter().filter(|(_, made)| *made == wanted).count();
            let mut text = format!(
                "{}{}: {} new files, {} replaced, {} as they were",
                if *dry_run { "Would write to " } else { "" },
                to.display(),
                count(Made::New),
                count(Made::Replaced),
                count(Made::Same)
            );
            let kept: Vec<String> = files
                .iter()
                .filter(|(_, made)| *made == Made::Kept)
                .map(|(path, _)| format!("  {}", path.display()))
                .collect();
            if !kept.is_empty() {
                text.push_str(&format!(
                    "\nLeft alone since they differ (--overwrite replaces them):\n{}",
                    kept.join("\n")
                ));
            }
            text.push_str(&format!(
                "\nNext, in that folder: sf project deploy start --dry-run --target-org <your sandbox>\nThen assign Lead_Scoring_Sync to the integration user and Lead_Scoring_Read to salespeople ({})",
                to.join("README.md").display()
            ));
            let written = Written {
                folder: to.clone(),
                dry_run: *dry_run,
                files: files.into_iter().collect(),
            };
            context.printer.result(&written, &text)?;
        }
        SalesforceVerb::Mapping { output } => {
            write_atomically(output, &crm::mapping_csv()?)?;
            let text = format!("69 features: {}", output.display());
            context.printer.result(&output, &text)?;
        }
    }
    Ok(0)
}
