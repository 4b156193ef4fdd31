//! Writes the reports of a model into the folder named, to look at in a browser. The model is
//! what `train --json` printed, or a bundle's `metrics.json`:
//! `cargo run -p leadrank --example model_reports -- train.json folder`

use std::path::PathBuf;

use anyhow::Context as _;
use leadrank_engine::reports::Context;
use leadrank_engine::training::ModelReport;

#[path = "../src/reports.rs"]
mod reports;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "name the model's JSON and a folder";
    let (file, folder) = arguments.next().zip(arguments.next()).context(usage)?;
    let text = std::fs::read(&file)?;
    let value: serde_json::Value = serde_json::from_slice(&text)?;
    let model: ModelReport = serde_json::from_value(value.clone())?;
    let context = match value.get("table").and_then(serde_json::Value::as_str) {
        Some(table) => Context::of_table(format!("Model of {table}")),
        None => Context::of_leads(format!("Model of {}", file.display()), &[]),
    };
    for path in reports::write(&folder, &model, &context)? {
        println!("{}", path.display());
    }
    Ok(())
}
