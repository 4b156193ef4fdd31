//! Runs a stand-in org by itself: for demos, and for clients written in other languages.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use leadrank_test_org::{Field, Options, Org, Rule};
use serde_json::json;

/// A stand-in Salesforce org on this machine
#[derive(Debug, Parser)]
struct Arguments {
    /// Port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// CSV exports with API names, each OBJECT=FILE
    #[arg(long = "load", value_name = "OBJECT=FILE")]
    loads: Vec<String>,
    /// Folders of *.field-meta.xml, each OBJECT=DIR
    #[arg(long = "fields", value_name = "OBJECT=DIR")]
    fields: Vec<String>,
    /// Public key (PEM) that lets the JWT bearer flow in
    #[arg(long)]
    public_key: Option<PathBuf>,
    /// Jobs take seconds, as in a real org
    #[arg(long)]
    realistic: bool,
    /// Faults, each KIND:WHEN:FAULT, as in job-upload:nth=2:drop-after
    ///
    /// KIND: any, token, query, describe, record, collection, retrieve, job-create, job-upload,
    /// job-close, job-poll, job-results, job-delete.
    /// WHEN: next=N, nth=N, chance=P.
    /// FAULT: refuse=STATUS[/CODE[/SECONDS]], drop-before, drop-after, done-late=REQUESTS,
    /// truncate, delay=MS, expire-tokens, use-up, lock-rows=SHARE, invalid-rows=SHARE,
    /// fail-job=SHARE, stick-job=MS, delete-leads=SHARE, convert-leads=SHARE.
    #[arg(long = "fault", value_name = "RULE")]
    faults: Vec<Rule>,
    /// Requests allowed in 24 hours
    #[arg(long, value_name = "N")]
    daily_requests: Option<u64>,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(&arguments))
}

async fn serve(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options {
        seed: arguments.seed,
        ..Options::default()
    };
    if let Some(requests) = arguments.daily_requests {
        options.daily_requests = requests;
    }
    if arguments.realistic {
        options.job_takes = Duration::from_secs(3);
    }
    for text in &arguments.fields {
        let (object, folder) = text.split_once('=').ok_or("--fields wants OBJECT=DIR")?;
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if let Some(field) = Field::from_metadata(&std::fs::read_to_string(&path)?) {
                options.fields.push((object.to_owned(), field));
            }
        }
    }
    if let Some(path) = &arguments.public_key {
        options.public_key = Some(std::fs::read_to_string(path)?);
    }
    let (id, secret) = (options.client_id.clone(), options.client_secret.clone());
    let org = Org::start_at(options, arguments.port).await?;
    for rule in &arguments.faults {
        org.add_rule(rule.clone());
    }
    let mut loaded = BTreeMap::new();
    for text in &arguments.loads {
        let (object, file) = text.split_once('=').ok_or("--load wants OBJECT=FILE")?;
        *loaded.entry(object.to_owned()).or_insert(0) +=
            org.load(object, std::fs::File::open(file)?)?;
    }
    let hello =
        json!({ "url": org.url, "client_id": id, "client_secret": secret, "loaded": loaded });
    say(&hello.to_string());
    // Until it is killed.
    std::future::pending::<()>().await;
    Ok(())
}

fn say(line: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
