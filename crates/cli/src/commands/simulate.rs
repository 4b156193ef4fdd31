//! `leadrank simulate`

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::bail;
use leadrank_engine::Project;
use leadrank_engine::progress::Progress;
use leadrank_simulate::{Event, Hazard, Options, Summary};

use crate::args::Simulate;
use crate::context::Context;

pub(crate) fn run(context: &Context, options: &Simulate) -> anyhow::Result<u8> {
    if options.hazard.iter().any(|name| name == "list") {
        return list_hazards(context);
    }
    let project = context.project_or_new()?.locked()?;
    if !options.overwrite && holds_files(&project.raw()) {
        bail!(
            "`{}` already holds files; made-up data would mix with them: name a new folder with --project, or say --overwrite",
            project.raw().display()
        );
    }
    let mut wanted = Options {
        scale: options.scale,
        seed: project.config().seed,
        threads: Some(context.threads()),
        ..Options::default()
    };
    if !options.months.is_empty() {
        wanted.months = options
            .months
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>()?;
    }
    wanted.hazards = options
        .hazard
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let summary = write(context, &project, &wanted)?;
    context
        .printer
        .result(&summary, &text(&project, &summary))?;
    Ok(0)
}

/// Writes the files, with a bar that counts them.
pub(crate) fn write(
    context: &Context,
    project: &Project,
    wanted: &Options,
) -> anyhow::Result<Summary> {
    context
        .printer
        .progress(Progress::Stage("writing made-up exports".into()));
    let (planned, written) = (AtomicU64::new(0), AtomicU64::new(0));
    let summary = leadrank_simulate::write(&project.root, wanted, &|event| match event {
        Event::Planned { files } => planned.store(files as u64, Ordering::Relaxed),
        Event::Written(file) => {
            let done = written.fetch_add(1, Ordering::Relaxed) + 1;
            let total = planned.load(Ordering::Relaxed);
            let what = file.file.display().to_string();
            context
                .printer
                .progress(Progress::Step { what, done, total });
        }
    })?;
    Ok(summary)
}

/// Whether a folder holds anything.
pub(crate) fn holds_files(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

fn list_hazards(context: &Context) -> anyhow::Result<u8> {
    let lines: Vec<String> = Hazard::ALL
        .iter()
        .map(|hazard| format!("{:<24}{}", hazard.name(), hazard.explain()))
        .collect();
    context.printer.result(&Hazard::ALL, &lines.join("\n"))?;
    Ok(0)
}

fn text(project: &Project, summary: &Summary) -> String {
    let (rows, bytes) = summary.files.iter().fold((0, 0), |(rows, bytes), file| {
        (rows + file.rows, bytes + file.bytes)
    });
    let truth = &summary.truth;
    format!(
        "Made-up exports in {}: {} files, {} rows, {:.1} MB\n\
         Leads {}, contacted {}, calls scheduled within 30 days {} ({:.2} %)\n\
         The true probabilities lie apart in truth/leads.csv\n\
         Next: leadrank run --project {}",
        project.raw().display(),
        summary.files.len(),
        rows,
        bytes as f64 / 1e6,
        truth.leads,
        truth.contacted,
        truth.within_30_days,
        100.0 * truth.within_30_days as f64 / truth.contacted.max(1) as f64,
        project.root.display(),
    )
}
