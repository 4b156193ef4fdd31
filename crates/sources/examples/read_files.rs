//! The reader alone, for `make bench`: every monthly vendor file of a folder into record
//! batches that are counted and dropped:
//! `cargo run -p leadrank-sources --example read_files -- FOLDER`.
//!
//! Prints one line of JSON: files, rows, rejected cells, bytes.

use std::error::Error;
use std::path::PathBuf;

use chrono::DateTime;
use leadrank_sources::discover::discover;
use leadrank_sources::reader::{FileReader, ReadOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("give the FOLDER")?;
    let options = ReadOptions {
        mappings: Vec::new(),
        keep_unknown: true,
        loaded_at: DateTime::UNIX_EPOCH,
    };
    let (mut files, mut rows, mut rejected, mut bytes) = (0, 0, 0, 0);
    for source in discover(&PathBuf::from(folder))?.sources {
        if !source.kind.is_monthly() {
            continue;
        }
        let mut reader = FileReader::open(&source, &options)?;
        while reader.next_batch()?.is_some() {}
        let summary = reader.finish()?;
        files += 1;
        rows += summary.rows;
        rejected += summary.rejects.total;
        bytes += summary.bytes;
    }
    println!(
        r#"{{"files": {files}, "rows": {rows}, "rejected_cells": {rejected}, "bytes": {bytes}}}"#
    );
    Ok(())
}
