//! From raw files to the training dataset, without the rest of the product, so that
//! `tests/reference/features_duckdb.py` can recompute it:
//! `cargo run -p leadrank-features --example training_dataset -- PROJECT AS_OF OUT`.
//! Writes `training_dataset.parquet`, `constants.json` and `training_ids.txt` to the folder
//! OUT and says how long each step took. The constants are fitted on every second lead.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use chrono::{DateTime, NaiveDate};
use leadrank_features::{
    FeatureOptions, fit_constants, prepare_leads, rep_features, training_dataset,
};
use leadrank_sources::{IngestOptions, Known, Silent, ingest, register_in_use};
use leadrank_warehouse::arrow::array::AsArray;
use leadrank_warehouse::datafusion::dataframe::DataFrameWriteOptions;
use leadrank_warehouse::{Params, SessionOptions, Warehouse};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| {
        arguments
            .next()
            .ok_or(format!("give PROJECT AS_OF OUT: no {what}"))
    };
    let project = PathBuf::from(next("PROJECT")?);
    let as_of: NaiveDate = next("AS_OF")?.parse()?;
    let out = PathBuf::from(next("OUT")?);
    std::fs::create_dir_all(&out)?;
    let root = out.join("warehouse");

    let mut clock = Instant::now();
    let mut step = |what: &str| {
        eprintln!("{:>8.2} s  {what}", clock.elapsed().as_secs_f64());
        clock = Instant::now();
    };
    let warehouse = Warehouse::open(&root.to_string_lossy(), "reference").await?;
    let raw = IngestOptions::folder(project.join("raw"), DateTime::UNIX_EPOCH);
    ingest(&warehouse, &raw, &Silent).await?;
    step("raw files to tables");

    let session = warehouse.session(&SessionOptions::at(as_of)).await?;
    let mut options = FeatureOptions::new(as_of, 30);
    let in_use = register_in_use(&session, Known::NOW).await?;
    options.absent_firm_columns = in_use.absent_firm_columns();
    let audit = prepare_leads(&session, &options).await?;
    step("labels, as-of join, base features of the leads");
    let ids = ids(&session).await?;
    let training: Vec<String> = ids.into_iter().step_by(2).collect();
    let constants = fit_constants(&session, &options, &training).await?;
    step("constants");
    let frame = training_dataset(&session, &options, &constants).await?;
    let file = out.join("training_dataset.parquet");
    frame
        .write_parquet(&file.to_string_lossy(), single_file(), None)
        .await?;
    step("training dataset");
    for month in options.absent_firm_columns.keys() {
        let rows = rep_features(&session, &options, &constants, *month).await?;
        let file = out.join(format!("reps_{month}.parquet"));
        rows.write_parquet(&file.to_string_lossy(), single_file(), None)
            .await?;
        step(&format!("67 features of all reps, {month}"));
    }
    std::fs::write(
        out.join("constants.json"),
        serde_json::to_string_pretty(&constants)?,
    )?;
    std::fs::write(out.join("training_ids.txt"), training.join("\n"))?;
    println!("{audit:?}\n{constants:?}");
    Ok(())
}

fn single_file() -> DataFrameWriteOptions {
    DataFrameWriteOptions::new().with_single_file_output(true)
}

async fn ids(session: &leadrank_warehouse::Session) -> Result<Vec<String>, Failure> {
    let query = "SELECT lead_id FROM lead_base ORDER BY lead_id";
    let batches = session.collect(query, &Params::new()).await?;
    let texts = batches
        .iter()
        .flat_map(|batch| batch.column(0).as_string::<i32>().iter());
    Ok(texts.flatten().map(str::to_owned).collect())
}
