//! `leadrank sql`

use anyhow::{Context as _, bail};
use leadrank_engine::stages;
use leadrank_warehouse::format;
use serde_json::json;

use crate::args::{Sql, SqlFormat};
use crate::context::Context;

pub(crate) fn run(context: &Context, options: &Sql) -> anyhow::Result<u8> {
    let query = match (&options.query, &options.file) {
        (Some(query), _) => query.clone(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the query file `{}`", file.display()))?,
        (None, None) => bail!("give a query, or a file with --file"),
    };
    let form = match options.format {
        // What goes to standard output is JSON then; a file keeps the form asked for.
        SqlFormat::Table if context.shared.json => SqlFormat::Json,
        _ if context.shared.json && options.output.is_none() => SqlFormat::Json,
        form => form,
    };
    if form == SqlFormat::Parquet && options.output.is_none() {
        bail!("Parquet is not for the terminal; name a file with --output");
    }
    let project = context.project()?;
    let batches = context.wait(stages::query(&project, &query, context.threads()))?;
    let bytes = match form {
        SqlFormat::Table => format::to_table(&batches)?.into_bytes(),
        SqlFormat::Csv => format::to_csv(&batches, false)?,
        SqlFormat::Json => format::to_json(&batches)?.into_bytes(),
        SqlFormat::Parquet => format::to_parquet(&batches)?,
    };
    let Some(path) = &options.output else {
        context.printer.bytes(&bytes)?;
        return Ok(0);
    };
    std::fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    if context.shared.json {
        context
            .printer
            .result(&json!({ "file": path, "rows": rows }), "")?;
    }
    Ok(0)
}
