//! Writes a simulated project and says how long it took:
//! `cargo run -p leadrank-simulate --example write -- FOLDER SCALE [THREADS [HAZARD…]]`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use leadrank_simulate::{Event, Options, write};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder to write to")?);
    let mut options = Options::default();
    if let Some(scale) = arguments.next() {
        options.scale = scale.parse()?;
    }
    if let Some(threads) = arguments.next() {
        options.threads = Some(threads.parse()?);
    }
    options.hazards = arguments
        .map(|name| name.parse())
        .collect::<Result<_, _>>()?;
    let start = Instant::now();
    let summary = write(&folder, &options, &|event| {
        if let Event::Written(file) = event {
            eprintln!("{:>9} rows  {}", file.rows, file.file.display());
        }
    })?;
    let bytes: u64 = summary.files.iter().map(|f| f.bytes).sum();
    println!(
        "{:.1} s, {:.1} MB",
        start.elapsed().as_secs_f64(),
        bytes as f64 / 1e6
    );
    println!("{:#?}", summary.truth);
    Ok(())
}
